/* Small statistics over arrays of numbers (no gaps: the caller leaves those out). */
#ifndef CORE_STATS_H
#define CORE_STATS_H

#include "core/fault.h"
#include "core/room.h"

#include <stddef.h>

/* The mean, to which what rounding left of the deviations from it is added once more, so that it is
 * good to the last digits also where figures are far from 0 for their spread. n at least 1. */
double stats_mean(const double *x, size_t n);

/* The middle number, or the mean of the two in the middle. Sorts `x`. n at least 1. */
double stats_median(double *x, size_t n);

/* The smallest and the largest number; of the two zeros, the first. n at least 1. */
void stats_bounds(const double *x, size_t n, double *min, double *max);

struct correlation {
    double value;
    double low, high; /* 95 % interval */
};

/* Pearson's r with Fisher's z interval, z +- 1.95996 / sqrt(n - 3). False where it is not
 * defined: n < 4, or a constant. */
bool stats_pearson(const double *x, const double *y, size_t n, struct correlation *out);

/* Spearman's rho: Pearson's r of the mid-ranks, with the interval of Bonett and Wright (2000),
 * z +- 1.95996 * sqrt((1 + rho^2 / 2) / (n - 3)). Puts the ranks in place of the numbers. The room
 * is for n numbers at least; x and y may be its own. */
bool stats_spearman(double *x, double *y, size_t n, struct room *room, struct correlation *out);

/* What equal numbers get of the ranks that they take up together. Dense leaves no rank out: 1 2
 * 2 3. */
enum ties { TIES_AVERAGE, TIES_MIN, TIES_MAX, TIES_DENSE };

/* Ranks; 1 is the smallest. The room is for n numbers at least; its x and y are left alone. The
 * ranks may take the place of the numbers. */
void stats_ranks(const double *x, size_t n, enum ties ties, struct room *room, double *rank);

/* Standard deviation of a sample (divided by n - 1). n at least 2. Infinite only where it is beyond
 * every number. */
double stats_sd(const double *x, size_t n);

/* The sample-corrected skewness G1 = g1 sqrt(n (n - 1)) / (n - 2) and excess kurtosis
 * G2 = ((n + 1) g2 + 6) (n - 1) / ((n - 2) (n - 3)), with g1 = m3 / m2^1.5, g2 = m4 / m2^2 - 3 and
 * m the central moments: type 2 of Joanes and Gill, Comparing measures of sample skewness and
 * kurtosis (1998). False where they are not defined: n < 4, or a constant. */
bool stats_shape(const double *x, size_t n, double *skewness, double *kurtosis);

/* A quantile of sorted numbers, interpolated between the two about (n - 1) p: type 7 of Hyndman and
 * Fan, Sample quantiles in statistical packages (1996). n at least 1. */
double stats_quantile(const double *sorted, size_t n, double p);

#endif
