/* One replicate: the definition's method, varied, and its ranks. */
#include "core/arena.h"
#include "core/random.h"
#include "core/rank.h"
#include "core/uncertainty.h"

#include <string.h>

struct variant {
    const struct pack *pack;
    struct scorer *scorer;
    struct method method;
    size_t first; /* row of the newest period */
    struct arena *arena;
};

struct variant *variant_new(const struct pack *pack, const struct figures *figures,
                            struct fault *fault) {
    struct arena *arena = arena_new();
    struct variant *out = arena ? arena_alloc(arena, 1, sizeof *out) : NULL;
    if (!out) {
        arena_destroy(&arena);
        fault_memory(fault);
        return NULL;
    }
    out->arena = arena;
    out->pack = pack;
    out->first = figures->n_rows - figures->n_areas;
    out->method = pack->definition->method;
    out->method.nodes = arena_alloc(arena, pack->definition->n_nodes, sizeof *out->method.nodes);
    if (!out->method.nodes)
        fault_memory(fault);
    else
        out->scorer = scorer_new(pack, figures, fault);
    if (!out->scorer)
        variant_destroy(&out);
    return out;
}

void variant_destroy(struct variant **variant) {
    if (!*variant)
        return;
    scorer_destroy(&(*variant)->scorer);
    struct arena *arena = (*variant)->arena;
    arena_destroy(&arena);
    *variant = NULL;
}

const struct scorer *variant_scorer(const struct variant *variant) {
    return variant->scorer;
}

/* --- varying ---------------------------------------------------------------------------------- */

static void reset(struct variant *variant) {
    const struct definition *definition = variant->pack->definition;
    memcpy(variant->method.nodes, definition->method.nodes,
           definition->n_nodes * sizeof *variant->method.nodes);
}

struct draw {
    uint64_t seed, k;
    uint32_t stream, factor;
};

static double uniform(const struct draw *draw, size_t dimension) {
    return random_uniform(draw->seed, draw->stream << 16 | draw->factor, draw->k,
                          (uint32_t)dimension);
}

/* What a level's nodes take in place of what they have, where it is not their own. */
static void vary_level(struct variant *variant, const struct factor *factor, size_t choice) {
    const struct definition *definition = variant->pack->definition;
    for (size_t k = 0; k < definition->n_nodes; k++) {
        struct node_method *node = &variant->method.nodes[k];
        if (definition->nodes[k].level != factor->level)
            continue;
        if (factor->what == VARY_NORMALISE && !node->scale.own)
            node->scale = factor->among.scales[choice];
        else if (factor->what == VARY_AGGREGATE)
            node->combination = factor->among.combinations[choice];
        else if (factor->what == VARY_WEIGHTING)
            node->weighting = factor->among.weightings[choice];
    }
}

static void vary_metrics(struct variant *variant, const struct factor *factor, size_t choice) {
    const struct definition *definition = variant->pack->definition;
    for (size_t k = 0; k < definition->n_nodes; k++) {
        struct node_method *node = &variant->method.nodes[k];
        if (!node_is_metric(&definition->nodes[k]))
            continue;
        if (factor->what == VARY_TREATMENT && !node->treatment.own)
            node->treatment = factor->among.treatments[choice];
        else if (factor->what == VARY_IMPUTATION && !node->imputation.own)
            node->imputation = factor->among.imputations[choice];
    }
}

static void vary_weights(struct variant *variant, const struct factor *factor,
                         const struct draw *draw, size_t choice) {
    const struct definition *definition = variant->pack->definition;
    size_t set = factor->what == VARY_WEIGHT_SET ? factor->among.sets[choice] : SIZE_MAX;
    for (size_t k = 0; k < definition->n_nodes; k++) {
        double *weight = &variant->method.nodes[k].weight;
        if (factor->what == VARY_WEIGHT_SET)
            *weight = set == SIZE_MAX ? definition->nodes[k].weight
                                      : definition->weight_sets[set].weights[k];
        else if (definition->nodes[k].level == factor->level)
            *weight *= 1.0 + factor->noise * (2.0 * uniform(draw, k + 1) - 1.0);
    }
}

static void vary(struct variant *variant, const struct factor *factor, const struct draw *draw) {
    size_t choice = 0;
    if (factor->count) {
        choice = (size_t)(uniform(draw, 0) * (double)factor->count);
        choice = choice < factor->count ? choice : factor->count - 1;
    }
    switch (factor->what) {
    case VARY_WEIGHT_SET:
    case VARY_WEIGHT_NOISE:
        vary_weights(variant, factor, draw, choice);
        break;
    case VARY_TREATMENT:
    case VARY_IMPUTATION:
        vary_metrics(variant, factor, choice);
        break;
    case VARY_LEAVE_OUT:
        if (factor->among.metrics[choice] != SIZE_MAX)
            variant->method.nodes[factor->among.metrics[choice]].left_out = true;
        break;
    default:
        vary_level(variant, factor, choice);
        break;
    }
}

/* A weight set must not undo noise, whatever the order of the factors: sets come first. */
bool variant_run(struct variant *variant, uint64_t seed, const uint32_t *streams, uint64_t k,
                 struct fault *fault) {
    const struct uncertainty *u = &variant->pack->definition->uncertainty;
    reset(variant);
    for (int noise = 0; noise < 2; noise++) {
        for (size_t f = 0; f < u->n_factors; f++) {
            const struct draw draw = {seed, k, streams[f], (uint32_t)f};
            if ((u->factors[f].what == VARY_WEIGHT_NOISE) == (noise == 1))
                vary(variant, &u->factors[f], &draw);
        }
    }
    return scorer_run(variant->scorer, &variant->method, fault);
}

bool variant_run_nominal(struct variant *variant, struct fault *fault) {
    reset(variant);
    return scorer_run(variant->scorer, &variant->method, fault);
}

bool variant_run_without(struct variant *variant, size_t metric, struct fault *fault) {
    reset(variant);
    variant->method.nodes[metric].left_out = true;
    return scorer_run(variant->scorer, &variant->method, fault);
}

/* --- ranks ------------------------------------------------------------------------------------ */

static struct column newest(const struct variant *variant, size_t node) {
    const struct column *scores = scorer_scores(variant->scorer, node);
    return (struct column){.count = scores->count - variant->first,
                           .value = scores->value + variant->first,
                           .status = scores->status + variant->first};
}

/* As an edition's are (core/edition.h): of equal scores the best, where their average is shown. */
static enum ties ties_of(const struct variant *variant) {
    enum ties ties = variant->pack->definition->ties;
    return ties == TIES_AVERAGE ? TIES_MIN : ties;
}

void variant_ranks(struct variant *variant, size_t node, uint32_t *rank) {
    struct column scores = newest(variant, node);
    rank_scores(&scores, ties_of(variant), scorer_room(variant->scorer), rank);
}

void variant_ranks_and_bands(struct variant *variant, size_t node, uint32_t *rank, uint8_t *band) {
    const struct definition *definition = variant->pack->definition;
    struct column scores = newest(variant, node);
    struct room *room = scorer_room(variant->scorer);
    rank_scores(&scores, TIES_MIN, room, rank);
    if (definition->band_thresholds)
        rank_threshold_bands(&scores, definition->band_thresholds, definition->bands, band);
    else
        rank_bands(rank, scores.count, definition->bands, band);
    if (ties_of(variant) != TIES_MIN)
        rank_scores(&scores, ties_of(variant), room, rank);
}
