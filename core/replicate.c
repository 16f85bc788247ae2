/* What one replicate says otherwise than the definition. */
#include "core/random.h"
#include "core/uncertainty.h"

struct draw {
    uint64_t seed, k;
    uint32_t stream, factor;
};

static double uniform(const struct draw *draw, size_t dimension) {
    return random_uniform(draw->seed, draw->stream << 16 | draw->factor, draw->k,
                          (uint32_t)dimension);
}

/* What a level's nodes take in place of what they have, where it is not their own. */
static void vary_level(const struct definition *definition, struct method *method,
                       const struct factor *factor, size_t choice) {
    for (size_t k = 0; k < definition->n_nodes; k++) {
        struct node_method *node = &method->nodes[k];
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

static void vary_metrics(const struct definition *definition, struct method *method,
                         const struct factor *factor, size_t choice) {
    for (size_t k = 0; k < definition->n_nodes; k++) {
        struct node_method *node = &method->nodes[k];
        if (!node_is_metric(&definition->nodes[k]))
            continue;
        if (factor->what == VARY_TREATMENT && !node->treatment.own)
            node->treatment = factor->among.treatments[choice];
        else if (factor->what == VARY_IMPUTATION && !node->imputation.own)
            node->imputation = factor->among.imputations[choice];
    }
}

static void take_weight_set(const struct definition *definition, struct method *method,
                            size_t set) {
    for (size_t k = 0; k < definition->n_nodes; k++)
        method->nodes[k].weight =
            set == SIZE_MAX ? definition->nodes[k].weight : definition->weight_sets[set].weights[k];
}

/* Node k takes number k + 1. */
static void add_noise(const struct definition *definition, struct method *method,
                      const struct factor *factor, const struct draw *draw) {
    double u[RANDOM_AT_ONCE];
    size_t drawn = 0; /* up to node drawn - 1 */
    for (size_t k = 0; k < definition->n_nodes; k++) {
        if (definition->nodes[k].level != factor->level)
            continue;
        if (k >= drawn) {
            random_uniforms(draw->seed, draw->stream << 16 | draw->factor, draw->k, (uint32_t)k + 1,
                            u);
            drawn = k + RANDOM_AT_ONCE;
        }
        double uniform_k = u[k + RANDOM_AT_ONCE - drawn];
        method->nodes[k].weight *= 1.0 + factor->noise * (2.0 * uniform_k - 1.0);
    }
}

static void vary(const struct definition *definition, struct method *method,
                 const struct factor *factor, const struct draw *draw) {
    size_t choice = 0;
    if (factor->count) {
        choice = (size_t)(uniform(draw, 0) * (double)factor->count);
        choice = choice < factor->count ? choice : factor->count - 1;
    }
    switch (factor->what) {
    case VARY_WEIGHT_SET:
        take_weight_set(definition, method, factor->among.sets[choice]);
        break;
    case VARY_WEIGHT_NOISE:
        add_noise(definition, method, factor, draw);
        break;
    case VARY_TREATMENT:
    case VARY_IMPUTATION:
        vary_metrics(definition, method, factor, choice);
        break;
    case VARY_LEAVE_OUT:
        if (factor->among.metrics[choice] != SIZE_MAX)
            method->nodes[factor->among.metrics[choice]].left_out = true;
        break;
    default:
        vary_level(definition, method, factor, choice);
        break;
    }
}

enum { STREAM_A = 0, STREAM_B = 1 };

/* A weight set must not undo noise, whatever the order of the factors: sets come first. Bit f of
 * `from_b`: factor f is drawn from stream B. */
static void vary_all(const struct definition *definition, uint64_t seed, uint64_t from_b,
                     uint64_t k, struct method *method) {
    const struct uncertainty *u = &definition->uncertainty;
    for (int noise = 0; noise < 2; noise++) {
        for (size_t f = 0; f < u->n_factors; f++) {
            uint32_t stream = from_b >> f & 1 ? STREAM_B : STREAM_A;
            const struct draw draw = {seed, k, stream, (uint32_t)f};
            if ((u->factors[f].what == VARY_WEIGHT_NOISE) == (noise == 1))
                vary(definition, method, &u->factors[f], &draw);
        }
    }
}

void uncertainty_change(const struct definition *definition, uint64_t seed, uint64_t k,
                        struct method *method) {
    vary_all(definition, seed, 0, k, method);
}

void sensitivity_change(const struct definition *definition, uint64_t seed, uint64_t item,
                        struct method *method) {
    uint64_t columns = definition->uncertainty.n_factors + 2, column = item % columns;
    uint64_t from_b = column == 0 ? 0 : column == 1 ? UINT64_MAX : UINT64_C(1) << (column - 2);
    vary_all(definition, seed, from_b, item / columns, method);
}
