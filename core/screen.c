#include "core/screen.h"

#include "core/status.h"

void screen_add(struct screen_count *count, const struct column *column, size_t row) {
    bool figure = column->status[row] == STATUS_VALUE;
    count->cells++;
    count->figures += figure;
    count->non_zero += figure && column->value[row] != 0.0;
}

static double share(size_t part, size_t whole) {
    return whole ? (double)part / (double)whole : 0.0;
}

bool screen_place(const struct screening *screening, const struct screen_count *count) {
    return share(count->figures, count->cells) >= screening->place_available &&
           share(count->non_zero, count->figures) >= screening->place_non_zero;
}

bool screen_metric(const struct screening *screening, const struct column *column) {
    struct screen_count count = {0};
    for (size_t row = 0; row < column->count; row++)
        screen_add(&count, column, row);
    return share(count.figures, count.cells) >= screening->metric_available &&
           share(count.non_zero, count.figures) >= screening->metric_non_zero;
}
