/* Normalisation: bringing columns in different units to one scale. Higher stays higher. */
#ifndef CORE_NORMALISE_H
#define CORE_NORMALISE_H

#include "core/column.h"
#include "core/definition.h"

/* Normalises the numbers of `column` in place; places without one are passed over and keep their
 * status. `low` and `high` are those of the level.
 *
 *   none             nothing
 *   min-max          low + (x - min) / (max - min) * (high - low)
 *                    OECD/JRC, Handbook on Constructing Composite Indicators (2008), step 5
 *   z-score          low + (x - mean) / sd * high; sd of the sample (n - 1)        the same
 *   percentile-rank  low + (rank - 1) / (n - 1) * (high - low), rank 1 the smallest, ties share the
 *                    mean of their ranks                                            the same
 *
 * A column whose numbers are all the same, or that has one number only, cannot be told apart: every
 * place gets the middle of the range (z-score: low). False: out of memory. */
bool normalise(enum normalise method, double low, double high, struct column *column,
               struct fault *fault);

/* The method that a definition calls `name`. False when there is none. */
bool normalise_of_name(const char *name, enum normalise *out);
const char *normalise_name(enum normalise method);

#endif
