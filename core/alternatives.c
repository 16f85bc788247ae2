#include "core/alternatives_parts.h"

#include "core/arena.h"
#include "core/rank.h"

#include <string.h>

/* --- memory ----------------------------------------------------------------------------------- */

double *alternatives_numbers(struct arena *arena, size_t count) {
    enum { LINE = 64 }; /* bytes of the widest vector */
    char *bytes = arena_alloc(arena, count + LINE / sizeof(double), sizeof(double));
    return bytes ? (double *)(void *)(bytes + (LINE - (uintptr_t)bytes % LINE) % LINE) : NULL;
}

static bool open_parent(struct alternatives *a, size_t node) {
    const struct node *nodes = a->pack->definition->nodes;
    struct parent *parent = &a->parents[a->n_parents];
    parent->node = node;
    for (size_t i = 0; i < a->n_nodes; i++)
        parent->asked = parent->asked || a->nodes[i] == node;
    for (size_t c = node + 1; c < nodes[node].end; c = nodes[c].end)
        parent->n_children++;
    parent->children = arena_alloc(a->arena, parent->n_children, sizeof *parent->children);
    if (!parent->children)
        return false;
    size_t n = 0;
    for (size_t c = node + 1; c < nodes[node].end; c = nodes[c].end)
        parent->children[n++] = (struct child){c, node_is_metric(&nodes[c]), a->at[c]};
    a->at[node] = a->n_parents++;
    return true;
}

/* Preorder read backwards: every node comes after all that is below it. */
static bool open_tree(struct alternatives *a) {
    const struct definition *d = a->pack->definition;
    a->at = arena_alloc(a->arena, d->n_nodes, sizeof *a->at);
    a->metrics = arena_alloc(a->arena, d->n_nodes, sizeof *a->metrics);
    a->parents = arena_alloc(a->arena, d->n_nodes, sizeof *a->parents);
    if (!a->at || !a->metrics || !a->parents)
        return false;
    for (size_t k = d->n_nodes; k-- > 0;) {
        if (node_is_metric(&d->nodes[k])) {
            a->at[k] = a->n_metrics;
            a->metrics[a->n_metrics++] = k;
        } else if (!open_parent(a, k)) {
            return false;
        }
    }
    a->kept = arena_alloc(a->arena, a->n_metrics, sizeof *a->kept);
    return a->kept != NULL;
}

static bool make_room(struct alternatives *a, const struct figures *figures, const size_t *nodes) {
    const struct definition *d = a->pack->definition;
    size_t *copy = arena_alloc(a->arena, a->n_nodes, sizeof *copy);
    a->nodes = copy;
    a->n_areas = figures->n_areas;
    a->n_rows = figures->n_rows;
    a->slices = d->panel.within ? figures->n_periods : 1;
    a->stride = (a->n_rows + WEIGHTED_STEP - 1) / WEIGHTED_STEP * WEIGHTED_STEP;
    a->method.nodes = arena_alloc(a->arena, d->n_nodes, sizeof *a->method.nodes);
    a->rank = arena_alloc(a->arena, a->n_areas, sizeof *a->rank);
    a->band = arena_alloc(a->arena, a->n_areas, 1);
    if (!copy || !a->method.nodes || !a->rank || !a->band)
        return false;
    memcpy(copy, nodes, a->n_nodes * sizeof *copy);
    return open_tree(a) && plan_open(a) && tile_open(a);
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
    *out = (struct alternatives){
        .pack = pack, .n_nodes = n_nodes, .kept_max = KEPT_MAX, .arena = arena};
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
    size_t newest = a->n_rows - a->n_areas;
    a->scores = (struct column){
        .count = a->n_areas, .value = scores->value + newest, .status = scores->status + newest};
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
    if (kept_prepares(a, &a->method) && !kept_take(a, &a->method, fault))
        return false;
    for (size_t i = 0; i < a->n_nodes; i++) {
        if (!hand_over(a, k, i, scorer_scores(a->scorer, a->nodes[i]), use, fault))
            return false;
    }
    return true;
}

static bool run_tile(struct alternatives *a, struct plan *const *plans, size_t n,
                     const struct alternatives_use *use, struct fault *fault) {
    bool scored[ITEMS];
    if (!tile_score(a, plans, n, scored, fault))
        return false;
    for (size_t j = 0; j < n; j++) {
        for (size_t i = 0; scored[j] && i < a->n_nodes; i++) {
            const struct column scores = tile_scores(a, j, a->nodes[i]);
            if (!hand_over(a, plans[j]->k, i, &scores, use, fault))
                return false;
        }
    }
    for (size_t j = 0; j < n; j++) { /* what is wrong with it, the scorer says */
        if (!scored[j] && !run_one(a, plans[j]->k, use, fault))
            return false;
    }
    return true;
}

/* The items of one kind, tile by tile. */
static bool run_kind(struct alternatives *a, struct plan *first, const struct alternatives_use *use,
                     struct fault *fault) {
    struct plan *plans[ITEMS];
    size_t n = 0;
    for (struct plan *plan = first; plan; plan = plan->next) {
        plans[n++] = plan;
        if (n < a->tile_items && plan->next)
            continue;
        if (!run_tile(a, plans, n, use, fault))
            return false;
        n = 0;
    }
    return true;
}

/* Puts a plan behind the others of its kind; `kinds` are the first of each. */
static void add_plan(const struct alternatives *a, struct plan *plan, struct plan **kinds,
                     struct plan **ends, size_t *n_kinds) {
    size_t i = 0;
    while (i < *n_kinds && !plan_same(a, kinds[i], plan))
        i++;
    plan->next = NULL;
    if (i == *n_kinds)
        kinds[(*n_kinds)++] = plan;
    else
        ends[i]->next = plan;
    ends[i] = plan;
}

static bool run_block(struct alternatives *a, uint64_t first, size_t count,
                      const struct alternatives_use *use, struct fault *fault) {
    struct plan *kinds[BLOCK], *ends[BLOCK];
    size_t n_kinds = 0;
    for (size_t i = 0; i < count; i++) {
        struct plan *plan = &a->plans[i];
        change(a, first + i, use);
        plan->k = first + i;
        if (plan_item(a, &a->method, plan))
            add_plan(a, plan, kinds, ends, &n_kinds);
        else if (!run_one(a, first + i, use, fault))
            return false;
    }
    for (size_t i = 0; i < n_kinds; i++) {
        if (!run_kind(a, kinds[i], use, fault))
            return false;
    }
    return true;
}

bool alternatives_run(struct alternatives *alternatives, uint64_t first, uint64_t count,
                      const struct alternatives_use *use, struct fault *fault) {
    for (uint64_t at = 0; at < count; at += BLOCK) {
        size_t n = count - at < BLOCK ? (size_t)(count - at) : BLOCK;
        if (!run_block(alternatives, first + at, n, use, fault))
            return false;
    }
    return true;
}
