/* Aggregation: one score from the scores of the children, by weight. */
#ifndef CORE_AGGREGATE_H
#define CORE_AGGREGATE_H

#include "core/column.h"
#include "core/method.h"

#include <stdbool.h>
#include <stddef.h>

/* Children without a score are left out of `score` and `weight` by the caller, so that the rest
 * share their weight.
 *   arithmetic   sum(w x) / sum(w)
 *   geometric    exp(sum(w log x) / sum(w)); false where an x is not above 0
 *   harmonic     sum(w) / sum(w / x); false where an x is not above 0
 *   generalised  (sum(w x^p) / sum(w)) ^ (1 / p), p not 0; false where an x is below 0, or is 0
 *                and p is below 0
 *   median       the x at which half of the weight is reached; where it is reached exactly between
 *                two, their mean. Sorts `score` and `weight`
 * `count` is at least 1, weights are above 0. Not for methods that compare places.
 * OECD/JRC, Handbook on Constructing Composite Indicators (2008), step 7. */
bool aggregate(const struct combination *combination, double *score, double *weight, size_t count,
               double *out);

/* The share of the weight of those children that have a score for both places by which place i is
 * above place k, equal ones counting half: an entry of the outranking matrix. 0.5 where no child
 * has both. */
double aggregate_outranks(const struct column *const *children, const double *weights, size_t count,
                          size_t i, size_t k);

/* Scores by comparing places, for every place of `out` whose status is STATUS_VALUE:
 *   copeland     how many of the others it outranks by more than half of the weight, less how many
 *                outrank it so; where both have half, however the sums of weights are rounded,
 *                neither does. A. H. Copeland, A 'reasonable' social welfare function (1951)
 *   outranking   the sum of its row of the outranking matrix, which is what COINr calls its
 *                Copeland score (a_copeland)
 * Neither depends on the order of places, gaps or not. Place i of `out` is place first + i of the
 * children. */
void aggregate_places(enum aggregate method, const struct column *const *children,
                      const double *weights, size_t count, size_t first, struct column *out);

/* Whether a method compares places, and is for aggregate_places and not for aggregate. */
bool aggregate_compares_places(enum aggregate method);

bool aggregate_of_name(const char *name, enum aggregate *out);
const char *aggregate_name(enum aggregate method);

#endif
