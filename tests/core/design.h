/* The items of a sensitivity design, computed one after the other. */
#ifndef TESTS_CORE_DESIGN_H
#define TESTS_CORE_DESIGN_H

#include "core/alternatives.h"
#include "core/uncertainty.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct design_items {
    const struct definition *definition;
    uint64_t seed;
    size_t n_areas;
    uint32_t *nominal;
    double *outcomes;
};

static inline bool design_nominal(void *context, uint64_t k, size_t i, const uint32_t *rank,
                                  const uint8_t *band, struct fault *fault) {
    struct design_items *items = context;
    memcpy(items->nominal, rank, items->n_areas * sizeof *rank);
    (void)k, (void)i, (void)band, (void)fault;
    return true;
}

static inline void design_change(void *context, uint64_t k, struct method *method) {
    const struct design_items *items = context;
    sensitivity_change(items->definition, items->seed, k, method);
}

static inline bool design_take(void *context, uint64_t k, size_t i, const uint32_t *rank,
                               const uint8_t *band, struct fault *fault) {
    struct design_items *items = context;
    items->outcomes[k] = mean_rank_shift(items->nominal, rank, items->n_areas);
    (void)i, (void)band, (void)fault;
    return true;
}

static inline bool design_failed(void *context, uint64_t k, const struct fault *why,
                                 struct fault *fault) {
    struct design_items *items = context;
    items->outcomes[k] = (double)NAN;
    (void)why, (void)fault;
    return true;
}

static inline struct sensitivity *design_sensitivity(const struct pack *pack,
                                                     const struct figures *figures, size_t node,
                                                     uint32_t rows, uint64_t seed,
                                                     uint32_t bootstrap, struct fault *fault) {
    size_t factors = pack->definition->uncertainty.n_factors, n = rows * (factors + 2);
    struct design_items items = {
        .definition = pack->definition, .seed = seed, .n_areas = figures->n_areas};
    const struct alternatives_use as_it_is = {.ranks = design_nominal, .context = &items},
                                  varied = {.change = design_change,
                                            .ranks = design_take,
                                            .failed = design_failed,
                                            .context = &items};
    struct alternatives *alternatives = alternatives_new(pack, figures, &node, 1, fault);
    struct sensitivity *out = NULL;
    items.nominal = calloc(items.n_areas, sizeof *items.nominal);
    items.outcomes = calloc(n, sizeof *items.outcomes);
    if (alternatives && ((items.nominal && items.outcomes) || fault_memory(fault)) &&
        alternatives_run(alternatives, 0, 1, &as_it_is, fault) &&
        alternatives_run(alternatives, 0, n, &varied, fault))
        out = sensitivity_of(items.outcomes, rows, factors, seed, bootstrap, fault);
    free(items.nominal);
    free(items.outcomes);
    alternatives_destroy(&alternatives);
    return out;
}

#endif
