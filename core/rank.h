/* Ranks and bands. */
#ifndef CORE_RANK_H
#define CORE_RANK_H

#include "core/column.h"
#include "core/stats.h"

#include <stdint.h>

/* rank[i]: 1 is the highest score (most need); 0 where there is no score. Equal scores share the
 * better rank (TIES_MIN, "1224"; and TIES_AVERAGE, as a rank here is a whole number), the worse
 * (TIES_MAX, "1334"), or the better with no rank left out behind them (TIES_DENSE, "1223"). The
 * room is for scores->count places at least. */
void rank_scores(const struct column *scores, enum ties ties, struct room *room, uint32_t *rank);

/* band[i]: 1 ... bands, quantiles of the places by rank (TIES_MIN): floor(p * bands / ranked) + 1
 * for a place that p others are above, so that ties share a band; 0 where there is no rank. */
void rank_bands(const uint32_t *rank, size_t count, unsigned bands, uint8_t *band);

/* The same by thresholds: band 1 from thresholds[0] up, and so on; the last, bands, is below all of
 * the bands - 1 thresholds, which fall. */
void rank_threshold_bands(const struct column *scores, const double *thresholds, unsigned bands,
                          uint8_t *band);

#endif
