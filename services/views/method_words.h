/* How an index is made, in plain words: sentence parts for each choice of its definition. */
#ifndef VIEWS_METHOD_WORDS_H
#define VIEWS_METHOD_WORDS_H

#include "core/definition.h"

#include <stdio.h>

/* What each fills in follows "A figure ...", "Gaps ...", "A score ...": no capital, no full stop.
 * Text of the definition is escaped. */

/* "becomes its percentile rank, from 0 (least need) to 100 (most)". */
void words_normalise(FILE *out, const struct scale *scale);
/* "stay gaps", "are filled by the median of the places of the same region". */
void words_impute(FILE *out, const struct imputation *imputation);
/* "are left as they are", "of which skewness and kurtosis are beyond 2 and 3.5 ...". */
void words_treat(FILE *out, const struct treatment *treatment);
/* "the weighted arithmetic mean of". */
void words_aggregate(FILE *out, const struct combination *combination);
/* "as the definition says", "the same for all" ... */
void words_weights(FILE *out, enum weighting weighting);
/* One choice that could have been made otherwise: "how figures of the level Metric are made
 * comparable (3 ways)". */
void words_factor(FILE *out, const struct definition *definition, const struct factor *factor);

#endif
