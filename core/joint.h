/* Several columns together, over the places that have all of them. */
#ifndef CORE_JOINT_H
#define CORE_JOINT_H

#include "core/column.h"

#include <stdbool.h>
#include <stddef.h>

/* Fills products (count x count) with the sums of products of deviations from the mean, and
 * deviations (count) with the roots of its diagonal: covariance and standard deviation up to a
 * factor; both are 0 for a column that is the same everywhere. Returns how many places there are.
 */
size_t joint_products(const struct column *const *columns, size_t count, double *products,
                      double *deviations);

/* The first column that is the same at every place; `count` when all vary. */
size_t joint_constant(const double *deviations, size_t count);

/* Products become correlations. All columns must vary. */
void joint_correlate(double *products, const double *deviations, size_t count);

#endif
