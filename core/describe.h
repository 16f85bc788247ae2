/* Statistics of an index: of one column, of two, and of a node's children. Places without a figure
 * in what is looked at are passed over, and `n` says how many were left. */
#ifndef CORE_DESCRIBE_H
#define CORE_DESCRIBE_H

#include "core/column.h"
#include "core/room.h"
#include "core/stats.h"

#include <stdbool.h>
#include <stddef.h>

struct summary {
    size_t n, missing;
    size_t zeros, uniques; /* figures that are 0; different figures */
    size_t outliers; /* beyond 1.5 times the distance between the quartiles, from these (Tukey) */
    /* if n is above 0; quartiles of type 7 */
    double mean, min, quartile_1, median, quartile_3, max;
    bool has_sd; /* n above 1, and there is such a number: of the sample */
    double sd;
    bool has_shape; /* as stats_shape */
    double skewness, kurtosis;
};

void describe_column(const struct column *column, struct room *room, struct summary *out);

struct relation {
    size_t n; /* places with both */
    bool has_pearson, has_spearman;
    struct correlation pearson, spearman;
    /* Two-sided p-values against no correlation: Student's t with n - 2 degrees of freedom of
     * r sqrt((n - 2) / (1 - r^2)); for Spearman's an approximation. */
    double pearson_p, spearman_p;
};

/* The room is for a->count places at least. */
void describe_relation(const struct column *a, const struct column *b, struct room *room,
                       struct relation *out);

/* Cronbach's alpha over the places that have every child: k / (k - 1) (1 - sum of variances /
 * variance of the sum), and the same of the children standardised, k r / (1 + (k - 1) r) with r the
 * mean correlation. L. J. Cronbach, Coefficient alpha and the internal structure of tests (1951).
 */
struct alpha {
    size_t n, children;
    bool defined; /* 2 children, 3 places, none the same everywhere */
    double raw, standardised;
};

/* Room for `work`: DESCRIBE_WORK(children) numbers. */
#define DESCRIBE_WORK(children) ((children) * (children) + (children))
void describe_alpha(const struct column *const *children, size_t count, double *work,
                    struct alpha *out);

/* Principal components of the correlations of the children, over the places that have every child:
 * eigenvalues, greatest first, and loadings[i * count + c] of child c on component i, vectors of
 * length 1 whose sum is not negative. False: fewer than 3 places, or a child that is the same
 * everywhere; `n` says how many places there were. */
bool describe_components(const struct column *const *children, size_t count, double *work,
                         double *values, double *loadings, size_t *n);

/* The two-sided p-value of Student's t with `freedom` degrees of freedom (above 0). */
double describe_t(double t, double freedom);

#endif
