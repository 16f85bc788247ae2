#include "core/rank.h"

#include "core/status.h"

void rank_scores(const struct column *scores, enum ties ties, struct room *room, uint32_t *rank) {
    struct sort_entry *entries = room->entries;
    size_t n = 0;
    for (size_t i = 0; i < scores->count; i++) {
        rank[i] = 0;
        if (scores->status[i] == STATUS_VALUE)
            entries[n++] = (struct sort_entry){0.0 - scores->value[i], i}; /* the highest first */
    }
    sort_entries(entries, room->spare, n);
    uint32_t distinct = 0;
    for (size_t first = 0, end; first < n; first = end) {
        end = first + 1;
        while (end < n && entries[end].key == entries[first].key)
            end++;
        distinct++;
        size_t shared = ties == TIES_DENSE ? distinct : ties == TIES_MAX ? end : first + 1;
        for (size_t i = first; i < end; i++)
            rank[entries[i].index] = (uint32_t)shared;
    }
}

void rank_bands(const uint32_t *rank, size_t count, unsigned bands, uint8_t *band) {
    uint64_t n = 0;
    for (size_t i = 0; i < count; i++)
        n += rank[i] != 0;
    for (size_t i = 0; i < count; i++)
        band[i] = (uint8_t)(rank[i] ? (uint64_t)(rank[i] - 1) * bands / n + 1 : 0);
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
