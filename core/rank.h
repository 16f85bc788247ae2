/* Ranks and bands. */
#ifndef CORE_RANK_H
#define CORE_RANK_H

#include "core/column.h"
#include "core/fault.h"

#include <stdint.h>

/* rank[i]: 1 is the highest score (most need), ties share the better rank ("1224"); 0 where there
 * is no score. False: out of memory. */
bool rank_scores(const struct column *scores, uint32_t *rank, struct fault *fault);

/* band[i]: 1 ... bands, quantiles of rank: band = floor((rank - 1) * bands / ranked) + 1, so that
 * ties share a band; 0 where there is no rank. */
void rank_bands(const uint32_t *rank, size_t count, unsigned bands, uint8_t *band);

#endif
