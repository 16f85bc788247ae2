/* What the files of services/bus/study.h share. */
#ifndef BUS_STUDY_PARTS_H
#define BUS_STUDY_PARTS_H

#include "core/grid.h"
#include "core/tally.h"
#include "services/bus/study.h"

struct study {
    Study *message;
    char hash[HASH_TEXT];
    enum study_kind kind;
    struct library *library; /* that keeps the pack */
    const struct pack *pack;
    size_t *nodes, n_nodes, n_areas;
    /* uncertainty, sensitivity, weights */
    struct figures *figures;
    uint32_t *nominal;  /* [node * n_areas + area]: ranks by the definition itself */
    uint32_t bin_width; /* of the counts of ranks */
    /* weights */
    struct grid *grid;
    size_t *weighted, n_weighted; /* nodes of the level */
    Pack *files;                  /* what-if: the pack as a message */
    struct arena *arena;
};

/* What a piece of the study has. */
bool study_has_tallies(const struct study *study);
bool study_has_outcomes(const struct study *study);
bool study_has_ranks(const struct study *study);

/* One alternative: its ranks at the study's nodes, in the order of the study's places, into
 * [node * n_areas + area]; 0: none, or it has no such node or place. */
bool study_score_alternative(const struct study *study, struct library *library, uint64_t k,
                             uint32_t *ranks, struct fault *fault);

#endif
