/* What an uncertainty analysis varies: factors, each a choice of the definition that could have
 * been made otherwise, with its alternatives. core/uncertainty.h computes them. */
#ifndef CORE_VARIATION_H
#define CORE_VARIATION_H

#include "core/method.h"

#include <stddef.h>
#include <stdint.h>

enum vary {
    VARY_NORMALISE,
    VARY_AGGREGATE,
    VARY_WEIGHTING,
    VARY_WEIGHT_SET,
    VARY_WEIGHT_NOISE,
    VARY_TREATMENT,
    VARY_IMPUTATION,
    VARY_LEAVE_OUT,
    VARY_COUNT,
};

struct factor {
    enum vary what;
    const char *name; /* for people */
    size_t level;     /* normalise, aggregate, weighting: whose nodes; noise: of whose nodes */
    size_t count;     /* alternatives, equally likely; not for noise */
    union {
        const struct scale *scales;
        const struct combination *combinations;
        const enum weighting *weightings;
        const size_t *sets; /* indexes of weight sets; SIZE_MAX: the tree's weights */
        const struct treatment *treatments;
        const struct imputation *imputations;
        const size_t *metrics; /* nodes, one of which is left out; SIZE_MAX: none is */
    } among;
    double noise; /* a weight is multiplied by 1 - noise to 1 + noise, uniformly */
};

struct uncertainty {
    const struct factor *factors;
    size_t n_factors; /* 0: the definition has no such section */
    uint32_t replicates;
    uint64_t seed;
    double interval; /* 0.9: from the 5th to the 95th hundredth */
};

extern const char *const vary_names[VARY_COUNT];

#endif
