/* The same index computed in many ways: replicates, weight grids, what-ifs. Item k is the
 * definition's method as somebody changes it for k; what comes of it are ranks, and the scores on
 * which they stand, bit for bit those of scorer_run by that method. Of a panel, ranks are of the
 * newest period. */
#ifndef CORE_ALTERNATIVES_H
#define CORE_ALTERNATIVES_H

#include "core/figures.h"
#include "core/pack.h"

#include <stdbool.h>
#include <stdint.h>

/* For one thread; several may work at once over the same pack and figures. */
struct alternatives;

/* Ranks are wanted at `nodes`. The pack and the figures stay the caller's and must outlive it. */
struct alternatives *alternatives_new(const struct pack *pack, const struct figures *figures,
                                      const size_t *nodes, size_t n_nodes, struct fault *fault);
void alternatives_destroy(struct alternatives **alternatives);

struct alternatives_use {
    /* Makes `method` (a copy of the definition's, with its own nodes) that of item k. May be asked
     * for the same item more than once, and must say the same each time. NULL: as it is. */
    void (*change)(void *context, uint64_t k, struct method *method);
    /* Ranks and bands of item k at nodes[i], n_areas each: rank 1 is most need, equal scores are
     * ranked as in an edition of the definition, 0: none. Items come in any order. */
    bool (*ranks)(void *context, uint64_t k, size_t i, const uint32_t *rank, const uint8_t *band,
                  struct fault *fault);
    /* Item k cannot be scored. NULL: this ends the run, and is its fault. */
    bool (*failed)(void *context, uint64_t k, const struct fault *why, struct fault *fault);
    void *context;
};

/* Computes items first ... first + count - 1. False: a callback said so, or memory ran out. */
bool alternatives_run(struct alternatives *alternatives, uint64_t first, uint64_t count,
                      const struct alternatives_use *use, struct fault *fault);

/* While `ranks` is called: the scores on which its ranks stand. */
const struct column *alternatives_scores(const struct alternatives *alternatives);

#endif
