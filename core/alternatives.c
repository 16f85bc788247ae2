#include "core/alternatives.h"

#include "core/arena.h"
#include "core/rank.h"
#include "core/scorer.h"

#include <string.h>

struct alternatives {
    const struct pack *pack;
    struct scorer *scorer;
    struct method method;
    const size_t *nodes; /* at which ranks are wanted */
    size_t n_nodes;
    size_t first_row; /* of the newest period */
    size_t n_areas;
    struct column scores; /* of the node that is being handed over */
    uint32_t *rank;
    uint8_t *band;
    struct arena *arena;
};

/* --- memory ----------------------------------------------------------------------------------- */

static bool make_room(struct alternatives *a, const struct figures *figures, const size_t *nodes) {
    const struct definition *d = a->pack->definition;
    size_t *copy = arena_alloc(a->arena, a->n_nodes, sizeof *copy);
    a->nodes = copy;
    a->n_areas = figures->n_areas;
    a->first_row = figures->n_rows - figures->n_areas;
    a->method.nodes = arena_alloc(a->arena, d->n_nodes, sizeof *a->method.nodes);
    a->rank = arena_alloc(a->arena, a->n_areas, sizeof *a->rank);
    a->band = arena_alloc(a->arena, a->n_areas, 1);
    if (!copy || !a->method.nodes || !a->rank || !a->band)
        return false;
    memcpy(copy, nodes, a->n_nodes * sizeof *copy);
    return true;
}

struct alternatives *alternatives_new(const struct pack *pack, const struct figures *figures,
                                      const size_t *nodes, size_t n_nodes, struct fault *fault) {
    struct arena *arena = arena_new();
    struct alternatives *out = arena ? arena_alloc(arena, 1, sizeof *out) : NULL;
    if (!out) {
        arena_destroy(&arena);
        fault_memory(fault);
        return NULL;
    }
    *out = (struct alternatives){.pack = pack, .n_nodes = n_nodes, .arena = arena};
    if (!make_room(out, figures, nodes))
        fault_memory(fault);
    else
        out->scorer = scorer_new(pack, figures, fault);
    if (!out->scorer)
        alternatives_destroy(&out);
    return out;
}

void alternatives_destroy(struct alternatives **alternatives) {
    if (!*alternatives)
        return;
    scorer_destroy(&(*alternatives)->scorer);
    struct arena *arena = (*alternatives)->arena;
    arena_destroy(&arena);
    *alternatives = NULL;
}

/* --- ranks ------------------------------------------------------------------------------------ */

static void rank_and_band(struct alternatives *a) {
    const struct definition *d = a->pack->definition;
    struct room *room = scorer_room(a->scorer);
    rank_scores(&a->scores, TIES_MIN, room, a->rank);
    if (d->band_thresholds)
        rank_threshold_bands(&a->scores, d->band_thresholds, d->bands, a->band);
    else
        rank_bands(a->rank, a->scores.count, d->bands, a->band);
    /* As an edition's are (core/edition.h): of equal scores the best, where their average is shown.
     */
    if (d->ties != TIES_MIN && d->ties != TIES_AVERAGE)
        rank_scores(&a->scores, d->ties, room, a->rank);
}

static bool hand_over(struct alternatives *a, uint64_t k, size_t i, const struct column *scores,
                      const struct alternatives_use *use, struct fault *fault) {
    a->scores = (struct column){.count = a->n_areas,
                                .value = scores->value + a->first_row,
                                .status = scores->status + a->first_row};
    rank_and_band(a);
    return use->ranks(use->context, k, i, a->rank, a->band, fault);
}

const struct column *alternatives_scores(const struct alternatives *alternatives) {
    return &alternatives->scores;
}

/* --- running ---------------------------------------------------------------------------------- */

static void change(struct alternatives *a, uint64_t k, const struct alternatives_use *use) {
    const struct definition *d = a->pack->definition;
    a->method.screening = d->method.screening;
    memcpy(a->method.nodes, d->method.nodes, d->n_nodes * sizeof *a->method.nodes);
    if (use->change)
        use->change(use->context, k, &a->method);
}

/* By the scorer, as any definition is computed. */
static bool run_one(struct alternatives *a, uint64_t k, const struct alternatives_use *use,
                    struct fault *fault) {
    struct fault why;
    change(a, k, use);
    if (!scorer_run(a->scorer, &a->method, &why)) {
        if (why.kind == FAULT_INPUT && use->failed)
            return use->failed(use->context, k, &why, fault);
        *fault = why;
        return false;
    }
    for (size_t i = 0; i < a->n_nodes; i++) {
        if (!hand_over(a, k, i, scorer_scores(a->scorer, a->nodes[i]), use, fault))
            return false;
    }
    return true;
}

bool alternatives_run(struct alternatives *alternatives, uint64_t first, uint64_t count,
                      const struct alternatives_use *use, struct fault *fault) {
    for (uint64_t k = 0; k < count; k++) {
        if (!run_one(alternatives, first + k, use, fault))
            return false;
    }
    return true;
}
