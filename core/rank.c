#include "core/rank.h"

#include "core/clones.h"
#include "core/order.h"
#include "core/status.h"

#include <string.h>

void rank_scores(const struct column *scores, enum ties ties, struct room *room, uint32_t *rank) {
    struct order order = order_falling(scores->value, scores->status, scores->count, room);
    if (order.count < scores->count)
        memset(rank, 0, scores->count * sizeof *rank);
    uint32_t distinct = 0;
    for (size_t first = 0, end; first < order.count; first = end) {
        end = order_end(&order, first);
        distinct++;
        size_t shared = ties == TIES_DENSE ? distinct : ties == TIES_MAX ? end : first + 1;
        for (size_t i = first; i < end; i++)
            rank[order_place(&order, i)] = (uint32_t)shared;
    }
}

/* A quotient of whole numbers below 2^40 lies further from the next whole number than a double
 * rounds it, so that its whole part is exact. */
CLONES
static void quantile_bands(const uint32_t *rank, size_t count, double bands, double ranked,
                           uint8_t *band) {
    for (size_t i = 0; i < count; i++) {
        int32_t ranks = rank[i] != 0, above = (int32_t)rank[i] - ranks;
        int32_t quantile = (int32_t)((double)above * bands / ranked);
        band[i] = (uint8_t)(ranks * (quantile + 1));
    }
}

void rank_bands(const uint32_t *rank, size_t count, unsigned bands, uint8_t *band) {
    size_t ranked = 0;
    for (size_t i = 0; i < count; i++)
        ranked += rank[i] != 0;
    quantile_bands(rank, count, (double)bands, ranked ? (double)ranked : 1.0, band);
}

void rank_threshold_bands(const struct column *scores, const double *thresholds, unsigned bands,
                          uint8_t *band) {
    for (size_t i = 0; i < scores->count; i++) {
        unsigned b = 0;
        while (b + 1 < bands && scores->value[i] < thresholds[b])
            b++;
        band[i] = scores->status[i] == STATUS_VALUE ? (uint8_t)(b + 1) : 0;
    }
}
