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

bool rank_scores(const struct column *scores, uint32_t *rank, struct fault *fault) {
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
    for (size_t i = 0; i < n; i++) {
        bool tied = i > 0 && entries[i].score == entries[i - 1].score;
        rank[entries[i].index] = tied ? rank[entries[i - 1].index] : (uint32_t)i + 1;
    }
    free(entries);
    return true;
}

void rank_bands(const uint32_t *rank, size_t count, unsigned bands, uint8_t *band) {
    uint64_t ranked = 0;
    for (size_t i = 0; i < count; i++)
        ranked += rank[i] != 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t nth = rank[i] ? (uint64_t)(rank[i] - 1) * bands / ranked + 1 : 0;
        band[i] = (uint8_t)nth;
    }
}
