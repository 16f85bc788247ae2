/* Aggregation: one score from the scores of the children, by weight. */
#ifndef CORE_AGGREGATE_H
#define CORE_AGGREGATE_H

#include "core/definition.h"

#include <stdbool.h>
#include <stddef.h>

/* Children without a score are left out of `score` and `weight` by the caller, so that the rest
 * share their weight.
 *   arithmetic  sum(w x) / sum(w)
 *   geometric   exp(sum(w log x) / sum(w)); false where an x is not above 0
 * `count` is at least 1, weights are above 0. */
bool aggregate(enum aggregate method, const double *score, const double *weight, size_t count,
               double *out);

bool aggregate_of_name(const char *name, enum aggregate *out);
const char *aggregate_name(enum aggregate method);

#endif
