#include "core/rank.h"

#include "core/status.h"

#include <stdlib.h>

struct entry {
    double score;
    size_t index;
};

/* The highest first; equal scores keep their order, whatever the sort does with equals. */
static int by_score(const void *left, const void *right) {
    const struct entry *a = left, *b = right;
    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    return (a->index > b->index) - (a->index < b->index);
}

bool rank_scores(const struct column *scores, enum ties ties, uint32_t *rank, struct fault *fault) {
    struct entry *entries = calloc(scores->count + 1, sizeof *entries);
    if (!entries)
        return fault_memory(fault);
    size_t n = 0;
    for (size_t i = 0; i < scores->count; i++) {
        rank[i] = 0;
        if (scores->status[i] != STATUS_VALUE)
            continue;
        entries[n++] = (struct entry){scores->value[i], i};
    }
    qsort(entries, n, sizeof *entries, by_score);
    uint32_t distinct = 0;
    for (size_t first = 0, end; first < n; first = end) {
        end = first + 1;
        while (end < n && entries[end].score == entries[first].score)
            end++;
        distinct++;
        size_t shared = ties == TIES_DENSE ? distinct : ties == TIES_MAX ? end : first + 1;
        for (size_t i = first; i < end; i++)
            rank[entries[i].index] = (uint32_t)shared;
    }
    free(entries);
    return true;
}

bool rank_bands(const struct column *scores, unsigned bands, uint8_t *band, struct fault *fault) {
    uint32_t *rank = calloc(scores->count + 1, sizeof *rank);
    if (!rank)
        return fault_memory(fault);
    bool ranked = rank_scores(scores, TIES_MIN, rank, fault);
    uint64_t n = 0;
    for (size_t i = 0; i < scores->count; i++)
        n += rank[i] != 0;
    for (size_t i = 0; ranked && i < scores->count; i++)
        band[i] = (uint8_t)(rank[i] ? (uint64_t)(rank[i] - 1) * bands / n + 1 : 0);
    free(rank);
    return ranked;
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
