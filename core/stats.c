#include "core/stats.h"

#include <math.h>
#include <stdlib.h>

static const double z_95 = 1.959964; /* 97.5 % point of the standard normal distribution */

double stats_mean(const double *x, size_t n) {
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum / (double)n;
}

static int by_size(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

double stats_median(double *x, size_t n) {
    qsort(x, n, sizeof *x, by_size);
    /* Halved before they are added, so that the sum of two large numbers does not overflow. */
    return n % 2 ? x[n / 2] : x[n / 2 - 1] / 2 + x[n / 2] / 2;
}

/* A mean is rounded, so deviations from it cannot tell whether a column is constant. */
static bool is_constant(const double *x, size_t n) {
    for (size_t i = 1; i < n; i++) {
        if (x[i] != x[0])
            return false;
    }
    return true;
}

static bool pearson(const double *x, const double *y, size_t n, double *out) {
    if (n < 4 || is_constant(x, n) || is_constant(y, n))
        return false;
    double mean_x = stats_mean(x, n), mean_y = stats_mean(y, n);
    double xx = 0.0, yy = 0.0, xy = 0.0;
    for (size_t i = 0; i < n; i++) {
        double dx = x[i] - mean_x, dy = y[i] - mean_y;
        xx += dx * dx;
        yy += dy * dy;
        xy += dx * dy;
    }
    double r = xy / (sqrt(xx) * sqrt(yy));
    if (!isfinite(r))
        return false;
    *out = r > 1.0 ? 1.0 : r < -1.0 ? -1.0 : r;
    return true;
}

static void interval(struct correlation *out, double error) {
    double z = atanh(out->value);
    out->low = tanh(z - z_95 * error);
    out->high = tanh(z + z_95 * error);
}

bool stats_pearson(const double *x, const double *y, size_t n, struct correlation *out) {
    if (!pearson(x, y, n, &out->value))
        return false;
    interval(out, 1.0 / sqrt((double)n - 3.0));
    return true;
}

bool stats_spearman(const double *x, const double *y, size_t n, struct correlation *out) {
    if (n < 4)
        return false;
    double *ranks = calloc(n, 2 * sizeof *ranks);
    if (!ranks)
        return false;
    bool defined = stats_ranks(x, n, TIES_AVERAGE, ranks) &&
                   stats_ranks(y, n, TIES_AVERAGE, ranks + n) &&
                   pearson(ranks, ranks + n, n, &out->value);
    free(ranks);
    if (!defined)
        return false;
    interval(out, sqrt((1.0 + out->value * out->value / 2.0) / ((double)n - 3.0)));
    return true;
}

struct entry {
    double x;
    size_t index;
};

/* Equal numbers keep their order, whatever the sort does with equals. */
static int by_number(const void *left, const void *right) {
    const struct entry *a = left, *b = right;
    if (a->x != b->x)
        return a->x < b->x ? -1 : 1;
    return (a->index > b->index) - (a->index < b->index);
}

/* The rank of those that stand from `first` up to before `end`, counted from 0, in the order. */
static double shared_rank(enum ties ties, size_t first, size_t end, size_t distinct) {
    switch (ties) {
    case TIES_MIN:
        return (double)(first + 1);
    case TIES_MAX:
        return (double)end;
    case TIES_DENSE:
        return (double)(distinct + 1);
    default:
        return (double)(first + 1 + end) / 2.0;
    }
}

bool stats_ranks(const double *x, size_t n, enum ties ties, double *rank) {
    struct entry *entries = calloc(n + 1, sizeof *entries);
    if (!entries)
        return false;
    for (size_t i = 0; i < n; i++)
        entries[i] = (struct entry){x[i], i};
    qsort(entries, n, sizeof *entries, by_number);
    for (size_t first = 0, end, distinct = 0; first < n; first = end, distinct++) {
        end = first + 1;
        while (end < n && entries[end].x == entries[first].x)
            end++;
        double shared = shared_rank(ties, first, end, distinct);
        for (size_t i = first; i < end; i++)
            rank[entries[i].index] = shared;
    }
    free(entries);
    return true;
}
