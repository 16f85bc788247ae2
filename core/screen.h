/* Screening by data availability: which metrics, and which places, enter the index at all. */
#ifndef CORE_SCREEN_H
#define CORE_SCREEN_H

#include "core/column.h"
#include "core/method.h"

/* Cells counted: all, those with a figure, those with a figure that is not 0. */
struct screen_count {
    size_t cells, figures, non_zero;
};

void screen_add(struct screen_count *count, const struct column *column, size_t row);

/* Whether the share of figures among cells, and of those that are not 0 among figures, reach the
 * least that the screening asks for. Without any figure, both shares are 0. */
bool screen_place(const struct screening *screening, const struct screen_count *count);
bool screen_metric(const struct screening *screening, const struct column *column);

#endif
