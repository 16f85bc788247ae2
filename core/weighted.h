/* Weighted sums over the children of a node, of many rows and of several items at once: the loop in
 * which replicates spend their multiplications. Each sum is made in the order of the children from
 * 0 on, as core/aggregate.c makes it, so that it has the same bits. */
#ifndef CORE_WEIGHTED_H
#define CORE_WEIGHTED_H

#include <stddef.h>

/* Items at once, and what the number of rows is a multiple of. */
enum { WEIGHTED_ITEMS = 16, WEIGHTED_STEP = 32 };

/* sums[j][r]: weights[j] * x[0][r] + weights[WEIGHTED_ITEMS + j] * x[1][r] + ... for each of the
 * `items`, at most WEIGHTED_ITEMS; those of up to three more are written over. */
void weighted_sums(const double *const *x, const double *weights, size_t count, size_t rows,
                   size_t items, double *const *sums);

/* The same of weights[j] / x[0][r] ... */
void weighted_quotients(const double *const *x, const double *weights, size_t count, size_t rows,
                        size_t items, double *const *sums);

/* One item, whose columns are its own: weights[0] * x[0][r] + weights[1] * x[1][r] + ... */
void weighted_sum(const double *const *x, const double *weights, size_t count, size_t rows,
                  double *sum);
void weighted_quotient(const double *const *x, const double *weights, size_t count, size_t rows,
                       double *sum);

#endif
