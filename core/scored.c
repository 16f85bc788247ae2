#include "core/scored.h"

#include "core/arena.h"

#include <stdlib.h>
#include <string.h>

struct scored {
    const struct pack *pack;
    char **keys; /* by dataset, of what was scored last; NULL: no release */
    struct scorer *scorer;
    struct edition *last;        /* of what it scored last; NULL: nothing yet */
    struct metric_figures taken; /* of one metric, which goes to the scorer */
    struct column spare;
    struct arena *room; /* of those two; NULL: not needed yet */
};

struct scored *scored_new(const struct pack *pack, struct fault *fault) {
    struct scored *scored = calloc(1, sizeof *scored);
    char **keys = calloc(pack->definition->n_datasets + 1, sizeof(char *));
    if (!scored || !keys) {
        free(scored);
        free(keys);
        fault_memory(fault);
        return NULL;
    }
    *scored = (struct scored){.pack = pack, .keys = keys};
    return scored;
}

static void forget(struct scored *scored) {
    for (size_t d = 0; d < scored->pack->definition->n_datasets; d++) {
        free(scored->keys[d]);
        scored->keys[d] = NULL;
    }
    edition_destroy(&scored->last);
    scorer_destroy(&scored->scorer);
    arena_destroy(&scored->room);
}

void scored_destroy(struct scored **scored) {
    if (!*scored)
        return;
    forget(*scored);
    free((*scored)->keys);
    free(*scored);
    *scored = NULL;
}

const struct pack *scored_pack(const struct scored *scored) {
    return scored->pack;
}

static bool same_key(const char *a, const char *b) {
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool keep_keys(struct scored *scored, const char *const *keys) {
    for (size_t d = 0; d < scored->pack->definition->n_datasets; d++) {
        if (same_key(scored->keys[d], keys[d]))
            continue;
        free(scored->keys[d]);
        scored->keys[d] = keys[d] ? strdup(keys[d]) : NULL;
        if (keys[d] && !scored->keys[d])
            return false;
    }
    return true;
}

/* --- the first time --------------------------------------------------------------------------- */

static bool begin(struct scored *scored, const struct release *const *releases,
                  struct fault *fault) {
    struct figures *figures = figures_new(scored->pack, releases, fault);
    if (figures)
        scored->scorer = scorer_new(scored->pack, figures, fault);
    figures_destroy(&figures);
    return scored->scorer != NULL;
}

/* --- afterwards ------------------------------------------------------------------------------- */

static bool make_room(struct scored *scored) {
    if (scored->room)
        return true;
    scored->room = arena_new();
    return scored->room &&
           figures_column(scored->room, scored->pack->geography->n_areas, true, &scored->spare) &&
           figures_metric_room(scored->room, scorer_rows(scored->scorer), &scored->taken);
}

static bool is_reached(const struct scored *scored, size_t k, const char *const *keys) {
    const struct node *node = &scored->pack->definition->nodes[k];
    if (!node_is_metric(node))
        return false;
    size_t by = node->denominator;
    bool divided = by != DENOMINATOR_NONE && by != DENOMINATOR_POPULATION;
    return !same_key(scored->keys[node->dataset], keys[node->dataset]) ||
           (divided && !same_key(scored->keys[by], keys[by]));
}

static bool change(struct scored *scored, const struct release *const *releases,
                   const char *const *keys, struct fault *fault) {
    for (size_t k = 0; k < scored->pack->definition->n_nodes; k++) {
        if (!is_reached(scored, k, keys))
            continue;
        if (!make_room(scored))
            return fault_memory(fault);
        if (!figures_metric(scored->pack, releases, k, &scored->taken, &scored->spare, fault) ||
            !scorer_take(scored->scorer, k, &scored->taken, fault))
            return false;
    }
    return true;
}

/* --- both ------------------------------------------------------------------------------------- */

static struct edition *edition_now(const struct scored *scored, struct fault *fault) {
    size_t period = scorer_rows(scored->scorer) / scored->pack->geography->n_areas - 1;
    return edition_after(scored->pack, scored->scorer, period, scored->last, fault);
}

static bool score(struct scored *scored, const struct release *const *releases,
                  const char *const *keys, struct fault *fault) {
    bool taken =
        scored->scorer ? change(scored, releases, keys, fault) : begin(scored, releases, fault);
    if (!taken || !scorer_run(scored->scorer, &scored->pack->definition->method, fault))
        return false;
    struct edition *edition = edition_now(scored, fault);
    if (!edition)
        return false;
    edition_destroy(&scored->last);
    scored->last = edition;
    return keep_keys(scored, keys) || fault_memory(fault);
}

struct edition *scored_edition(struct scored *scored, const struct release *const *releases,
                               const char *const *keys, struct fault *fault) {
    struct edition *edition =
        score(scored, releases, keys, fault) ? edition_now(scored, fault) : NULL;
    if (!edition)
        forget(scored);
    return edition;
}
