#include "core/normalise.h"

#include "core/stats.h"
#include "core/status.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The numbers of a column, side by side, and a place of the same size for their ranks. */
struct numbers {
    double *x, *work;
    size_t n;
};

static bool gather(const struct column *column, struct numbers *out, struct fault *fault) {
    out->n = 0;
    out->x = calloc(column->count + 1, 2 * sizeof *out->x);
    if (!out->x)
        return fault_memory(fault);
    out->work = out->x + column->count + 1;
    for (size_t i = 0; i < column->count; i++) {
        if (column->status[i] == STATUS_VALUE)
            out->x[out->n++] = column->value[i];
    }
    return true;
}

static void put_back(const struct numbers *numbers, struct column *column) {
    size_t k = 0;
    for (size_t i = 0; i < column->count; i++) {
        if (column->status[i] == STATUS_VALUE)
            column->value[i] = numbers->x[k++];
    }
}

static void bounds(const struct numbers *numbers, double *min, double *max) {
    *min = *max = numbers->x[0];
    for (size_t i = 1; i < numbers->n; i++) {
        if (numbers->x[i] < *min)
            *min = numbers->x[i];
        if (numbers->x[i] > *max)
            *max = numbers->x[i];
    }
}

static bool min_max(struct numbers *numbers, double min, double max, double low, double high,
                    struct fault *fault) {
    double span = max - min;
    if (!isfinite(span)) {
        return fault_set(fault, FAULT_INPUT, "figures from %g to %g are too far apart for min-max",
                         min, max);
    }
    for (size_t i = 0; i < numbers->n; i++) {
        numbers->x[i] = low + (numbers->x[i] - min) / span * (high - low);
    }
    return true;
}

static bool z_score(struct numbers *numbers, double mean_wanted, double sd_wanted,
                    struct fault *fault) {
    double mean = stats_mean(numbers->x, numbers->n), squares = 0.0;
    for (size_t i = 0; i < numbers->n; i++) {
        squares += (numbers->x[i] - mean) * (numbers->x[i] - mean);
    }
    double sd = sqrt(squares / (double)(numbers->n - 1));
    if (!isfinite(sd) || !(sd > 0.0)) {
        return fault_set(fault, FAULT_INPUT,
                         "figures with mean %g and standard deviation %g have no z-scores", mean,
                         sd);
    }
    for (size_t i = 0; i < numbers->n; i++) {
        numbers->x[i] = mean_wanted + (numbers->x[i] - mean) / sd * sd_wanted;
    }
    return true;
}

static bool percentile_rank(struct numbers *numbers, double low, double high, struct fault *fault) {
    if (!stats_midranks(numbers->x, numbers->n, numbers->work))
        return fault_memory(fault);
    for (size_t i = 0; i < numbers->n; i++) {
        numbers->x[i] = low + (numbers->work[i] - 1.0) / (double)(numbers->n - 1) * (high - low);
    }
    return true;
}

static bool transform(enum normalise method, double low, double high, struct numbers *numbers,
                      struct fault *fault) {
    double min, max;
    bounds(numbers, &min, &max);
    if (min == max) {
        double middle = method == NORMALISE_Z_SCORE ? low : low + (high - low) / 2.0;
        for (size_t i = 0; i < numbers->n; i++)
            numbers->x[i] = middle;
        return true;
    }
    if (method == NORMALISE_MIN_MAX)
        return min_max(numbers, min, max, low, high, fault);
    if (method == NORMALISE_Z_SCORE)
        return z_score(numbers, low, high, fault);
    return percentile_rank(numbers, low, high, fault);
}

bool normalise(enum normalise method, double low, double high, struct column *column,
               struct fault *fault) {
    if (method == NORMALISE_NONE)
        return true;
    struct numbers numbers;
    if (!gather(column, &numbers, fault))
        return false;
    bool good = numbers.n == 0 || transform(method, low, high, &numbers, fault);
    if (good)
        put_back(&numbers, column);
    free(numbers.x);
    return good;
}

static const char *const names[] = {
    [NORMALISE_NONE] = "none",
    [NORMALISE_MIN_MAX] = "min-max",
    [NORMALISE_Z_SCORE] = "z-score",
    [NORMALISE_PERCENTILE_RANK] = "percentile-rank",
};

bool normalise_of_name(const char *name, enum normalise *out) {
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i], name) != 0)
            continue;
        *out = (enum normalise)i;
        return true;
    }
    return false;
}

const char *normalise_name(enum normalise method) {
    return names[method];
}
