/* Why a score changed: an exact split of every change between two editions over its causes.
 *
 * The causes of a change of a place's score at a node:
 *   own         the place's own figures changed
 *   filled      how the place's figure was come by changed: an imputed figure, or another rule by
 *               which a figure reaches the place
 *   others      figures of other places changed, which moves the least, the greatest, the mean or
 *               the ranks that its own are measured by
 *   definition  the definition or its tables changed, places that joined or left among them
 *   together    what cannot be told apart, because a state in between has no score
 *
 * Own, filled and others are split further by metric, or, where more metrics changed than
 * `most_unions`, by the nodes of the deepest level that is coarse enough.
 *
 * The split is the Owen value (G. Owen, Values of games with a priori unions, 1977) of the game in
 * which a coalition of causes is worth the score that the place would have if these causes were as
 * in the new edition and all others as in the old: the Shapley value with the causes of one metric
 * (or node) as a union. It does not depend on any order, gives nothing to a cause that changes
 * nothing, and its parts add up to the change, to within rounding. */
#ifndef CORE_EXPLAIN_H
#define CORE_EXPLAIN_H

#include "core/edition.h"

enum cause { CAUSE_OWN, CAUSE_FILLED, CAUSE_OTHERS, CAUSE_DEFINITION, CAUSE_TOGETHER, CAUSE_COUNT };

/* "own", "filled", "others", "definition", "together". Never NULL. */
const char *cause_name(enum cause cause);

/* One column of the split: the same for every place and node. */
struct explain_cause {
    enum cause cause;
    const char *node; /* id of the metric, or of the node whose metrics changed; NULL: none */
    size_t in_older, in_newer; /* that node in each pack; NO_NODE: it has none */
};

struct explanation {
    size_t n_areas, n_nodes, n_causes;  /* areas asked for; nodes of the newer pack */
    const struct explain_cause *causes; /* the last is CAUSE_TOGETHER */
    const double *amounts;              /* [(area * n_nodes + node) * n_causes + cause] */
    const bool
        *known; /* [area * n_nodes + node]: a score before and after, so that there is a change */
    const double *before, *after; /* [area * n_nodes + node], where known */
    struct arena *arena;
};

/* One edition's inputs: a release for each dataset of the pack, NULL: none. */
struct explain_side {
    const struct pack *pack;
    const struct release *const *releases;
};

/* Splits the changes of `areas` (indexes in the newer pack). Where the definition has not changed,
 * give the same pack on both sides. NULL: a fault. */
struct explanation *explain(const struct explain_side *older, const struct explain_side *newer,
                            const size_t *areas, size_t n_areas, size_t most_unions,
                            struct fault *fault);
void explanation_destroy(struct explanation **explanation);

double explanation_amount(const struct explanation *explanation, size_t area, size_t node,
                          size_t cause);

#endif
