/* Ranks and bands. */
#ifndef CORE_RANK_H
#define CORE_RANK_H

#include "core/column.h"
#include "core/fault.h"
#include "core/stats.h"

#include <stdint.h>

/* rank[i]: 1 is the highest score (most need); 0 where there is no score. Equal scores share the
 * better rank (TIES_MIN, "1224"), the worse (TIES_MAX, "1334"), or the better with no rank left out
 * behind them (TIES_DENSE, "1223"). False: out of memory. */
bool rank_scores(const struct column *scores, enum ties ties, uint32_t *rank, struct fault *fault);

/* band[i]: 1 ... bands, quantiles of the places by score: floor(p * bands / ranked) + 1 for a place
 * that p others are above, so that ties share a band; 0 where there is no score. */
bool rank_bands(const struct column *scores, unsigned bands, uint8_t *band, struct fault *fault);

/* The same by thresholds: band 1 from thresholds[0] up, and so on; the last, bands, is below all of
 * the bands - 1 thresholds, which fall. */
void rank_threshold_bands(const struct column *scores, const double *thresholds, unsigned bands,
                          uint8_t *band);

#endif
