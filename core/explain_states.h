/* The states between two editions, for core/explain.c only: any mix of old and new figures under
 * the old or the new definition can be set up and scored. */
#ifndef CORE_EXPLAIN_STATES_H
#define CORE_EXPLAIN_STATES_H

#include "core/explain.h"

#define UNION_NONE SIZE_MAX

/* Metrics whose figures changed, taken together. */
struct explain_union {
    const char *id; /* of the metric or node */
    size_t n;
    size_t (*metrics)[2]; /* node in the old and in the new pack; NO_NODE: it has none */
};

/* One definition, with old and new figures, filled in as that definition says. */
struct explain_world {
    const struct pack *pack;
    struct method method;      /* without what has been done already */
    struct node_method *nodes; /* the method's */
    bool *screened[2];         /* by node: a metric that is not in the index with these figures */
    struct scorer *scorer;
    struct column *cells[2]; /* by node: old and new figures */
    uint8_t **imputed[2];
    size_t *changed; /* by node: how many cells differ */
};

struct explain_states {
    size_t n_worlds; /* 1 where the definition is the same: worlds[0] is old and new */
    struct explain_world worlds[2];
    struct explain_union *unions;
    size_t n_unions;                         /* of figures */
    const size_t *to_old_area, *to_old_node; /* from the new pack's; SIZE_MAX: none */
    struct arena *arena;
};

bool explain_states_open(struct explain_states *states, const struct explain_side *older,
                         const struct explain_side *newer, size_t most_unions, struct fault *fault);
/* Two worlds without figures and unions, whose scorers are left to the caller. */
bool explain_states_open_whole(struct explain_states *states, const struct pack *older,
                               const struct pack *newer, struct fault *fault);
void explain_states_close(struct explain_states *states);

/* Sets every figure of a union to old or new in a world. */
void explain_set_union(struct explain_states *states, size_t world, size_t which, bool newer);

/* Sets the place's own cells of a union: those that are its own figures, and those that are filled.
 */
void explain_set_cells(struct explain_states *states, size_t world, size_t which, size_t area,
                       bool own_new, bool filled_new);

/* Whether the place has such cells that differ, and whether any other place has. */
void explain_differences(const struct explain_states *states, size_t which, size_t area, bool *own,
                         bool *filled, bool *others);

/* The place's row in a world's scorer; SIZE_MAX: it is not there. */
size_t explain_row(const struct explain_states *states, size_t world, size_t area);
size_t explain_node(const struct explain_states *states, size_t world, size_t node);

#endif
