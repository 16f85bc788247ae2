#include "core/stats.h"

#include "core/clones.h"
#include "core/order.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const double z_95 = 1.959963984540054; /* 97.5 % point of the standard normal distribution */

double stats_mean(const double *x, size_t n) {
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    double mean = sum / (double)n, left = 0.0;
    if (!isfinite(sum)) { /* too large for a sum, not for a mean */
        mean = 0.0;
        for (size_t i = 0; i < n; i++)
            mean += x[i] / (double)n;
    }
    for (size_t i = 0; i < n; i++)
        left += x[i] - mean;
    return isfinite(left) ? mean + left / (double)n : mean;
}

static double first_zero(const double *x) {
    while (*x != 0.0)
        x++;
    return *x;
}

/* The bits of numbers, as whole numbers in the same order (-0 below 0). Of whole numbers a compiler
 * may compare several at once, and does; of others not, as one may be a NaN. Its own inverse. */
static inline int64_t in_order(int64_t bits) {
    return bits ^ (int64_t)((0 - ((uint64_t)bits >> 63)) >> 1);
}

static inline int64_t order_of(double x) {
    int64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return in_order(bits);
}

static double number_of(int64_t order) {
    double x;
    int64_t bits = in_order(order);
    memcpy(&x, &bits, sizeof x);
    return x;
}

CLONES
static void find_bounds(const double *x, size_t n, int64_t *min, int64_t *max) {
    int64_t least = order_of(x[0]), greatest = least;
    for (size_t i = 1; i < n; i++) {
        int64_t order = order_of(x[i]);
        least = order < least ? order : least;
        greatest = order > greatest ? order : greatest;
    }
    *min = least;
    *max = greatest;
}

void stats_bounds(const double *x, size_t n, double *min, double *max) {
    int64_t least, greatest;
    find_bounds(x, n, &least, &greatest);
    *min = number_of(least);
    *max = number_of(greatest);
    if (*min == 0.0)
        *min = first_zero(x);
    if (*max == 0.0)
        *max = first_zero(x);
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
    if (!isfinite(xx + yy) || !isfinite(r)) /* an infinite square would make it 0 */
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

bool stats_spearman(double *x, double *y, size_t n, struct room *room, struct correlation *out) {
    stats_ranks(x, n, TIES_AVERAGE, room, x);
    stats_ranks(y, n, TIES_AVERAGE, room, y);
    if (!pearson(x, y, n, &out->value))
        return false;
    interval(out, sqrt((1.0 + out->value * out->value / 2.0) / ((double)n - 3.0)));
    return true;
}

/* The rank of those that stand from `first` up to before `end`, counted from 0, in the order. */
static double shared_rank(enum ties ties, size_t first, size_t end, size_t distinct) {
    switch (ties) {
    case TIES_MIN:
        return (double)(first + 1);
    case TIES_MAX:
        return (double)end;
    case TIES_DENSE:
        return (double)distinct;
    default:
        return (double)(first + 1 + end) / 2.0;
    }
}

void stats_ranks(const double *x, size_t n, enum ties ties, struct room *room, double *rank) {
    struct order order = order_falling(x, NULL, n, room);
    size_t distinct = 0;
    for (size_t first = 0; first < n; first = order_end(&order, first))
        distinct++;
    for (size_t first = 0, end; first < n; first = end, distinct--) {
        end = order_end(&order, first);
        double shared = shared_rank(ties, n - end, n - first, distinct);
        for (size_t i = first; i < end; i++)
            rank[order_place(&order, i)] = shared;
    }
}

double stats_sd(const double *x, size_t n) {
    double mean = stats_mean(x, n), squares = 0.0;
    for (size_t i = 0; i < n; i++)
        squares += (x[i] - mean) * (x[i] - mean);
    if (isfinite(squares))
        return sqrt(squares / (double)(n - 1));
    double scale = 0.0; /* too large for squares, not for a root */
    for (size_t i = 0; i < n; i++)
        scale = fmax(scale, fabs(x[i]));
    squares = 0.0;
    for (size_t i = 0; i < n; i++)
        squares += (x[i] / scale - mean / scale) * (x[i] / scale - mean / scale);
    return scale * sqrt(squares / (double)(n - 1));
}

/* A power of 2, by which a product is exact, that brings the largest deviation near 1, so that its
 * fourth power is a number in any unit. */
static double unit_of_deviations(const double *x, size_t n, double mean) {
    double most = 0.0;
    int exponent;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs(x[i] - mean));
    (void)frexp(most, &exponent);
    return isfinite(most) ? ldexp(1.0, exponent < -1000 ? 1000 : -exponent) : 1.0;
}

bool stats_shape(const double *x, size_t n, double *skewness, double *kurtosis) {
    if (n < 4 || is_constant(x, n))
        return false;
    double mean = stats_mean(x, n), m2 = 0.0, m3 = 0.0, m4 = 0.0, count = (double)n;
    double unit = unit_of_deviations(x, n, mean);
    for (size_t i = 0; i < n; i++) {
        double d = (x[i] - mean) * unit;
        m2 += d * d;
        m3 += d * d * d;
        m4 += d * d * d * d;
    }
    *skewness = sqrt(count) * m3 / (m2 * sqrt(m2)) * sqrt(count * (count - 1.0)) / (count - 2.0);
    *kurtosis = ((count + 1.0) * (count * m4 / (m2 * m2) - 3.0) + 6.0) * (count - 1.0) /
                ((count - 2.0) * (count - 3.0));
    return isfinite(*skewness) && isfinite(*kurtosis);
}

double stats_quantile(const double *sorted, size_t n, double p) {
    double at = (double)(n - 1) * p;
    size_t below = (size_t)at;
    if (below + 1 >= n)
        return sorted[n - 1];
    double low = sorted[below], high = sorted[below + 1], share = at - (double)below;
    return isfinite(high - low) ? low + share * (high - low) : low * (1.0 - share) + high * share;
}
