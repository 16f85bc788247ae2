#include "core/scorer_parts.h"

#include "core/weigh.h"

#include <stdlib.h>
#include <string.h>

/* --- memory ----------------------------------------------------------------------------------- */

static bool same_period(const char *a, const char *b) {
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_figures(const struct scored_node *node, const struct metric_figures *from) {
    size_t n = node->came.count;
    return same_period(node->period, from->period) &&
           memcmp(node->came.value, from->column.value, n * sizeof *node->came.value) == 0 &&
           memcmp(node->came.status, from->column.status, n) == 0 &&
           memcmp(node->came.rule, from->column.rule, n) == 0 &&
           memcmp(node->carried, from->imputed, n) == 0;
}

static bool put_figures(struct scored_node *node, const struct metric_figures *from) {
    size_t n = node->came.count;
    if (!same_period(node->period, from->period)) {
        char *period = from->period ? strdup(from->period) : NULL;
        if (from->period && !period)
            return false;
        free(node->period);
        node->period = period;
    }
    memcpy(node->came.value, from->column.value, n * sizeof *node->came.value);
    memcpy(node->came.status, from->column.status, n);
    memcpy(node->came.rule, from->column.rule, n);
    memcpy(node->carried, from->imputed, n);
    return true;
}

static bool node_room(struct scorer *scorer, const struct figures *figures, size_t k) {
    struct scored_node *node = &scorer->nodes[k];
    size_t n = scorer->n_rows;
    if (!figures_column(scorer->arena, n, false, &node->score))
        return false;
    if (!node_is_metric(&scorer->definition->nodes[k])) {
        node->covered = arena_alloc(scorer->arena, n, sizeof *node->covered);
        return node->covered != NULL;
    }
    node->carried = arena_alloc(scorer->arena, n, 1);
    node->winsorised = arena_alloc(scorer->arena, n, 1);
    if (!node->carried || !node->winsorised || !figures_column(scorer->arena, n, true, &node->came))
        return false;
    return put_figures(node, &figures->metrics[k]);
}

static bool make_room(struct scorer *scorer, const struct figures *figures) {
    struct arena *arena = scorer->arena;
    size_t nodes = scorer->n_nodes, most = definition_most_children(scorer->definition);
    scorer->nodes = arena_alloc(arena, nodes, sizeof *scorer->nodes);
    scorer->place_dropped = arena_alloc(arena, scorer->n_rows, sizeof *scorer->place_dropped);
    scorer->score = arena_alloc(arena, most, sizeof *scorer->score);
    scorer->weight = arena_alloc(arena, most, sizeof *scorer->weight);
    scorer->work = arena_alloc(arena, WEIGH_WORK(most), sizeof *scorer->work);
    scorer->children = arena_alloc(arena, most, sizeof *scorer->children);
    scorer->generalised = arena_alloc(arena, most, sizeof *scorer->generalised);
    scorer->ids = arena_alloc(arena, most, sizeof *scorer->ids);
    scorer->table.metrics = arena_alloc(arena, nodes, sizeof *scorer->table.metrics);
    scorer->table.indexes = arena_alloc(arena, nodes, 3 * sizeof *scorer->table.indexes);
    scorer->last.nodes = arena_alloc(arena, nodes, sizeof *scorer->last.nodes);
    if (!scorer->nodes || !scorer->place_dropped || !scorer->score || !scorer->weight ||
        !scorer->work || !scorer->children || !scorer->generalised || !scorer->ids ||
        !scorer->table.metrics || !scorer->table.indexes || !scorer->last.nodes)
        return false;
    for (size_t k = 0; k < nodes; k++) {
        if (!node_room(scorer, figures, k))
            return false;
    }
    return true;
}

struct scorer *scorer_new(const struct pack *pack, const struct figures *figures,
                          struct fault *fault) {
    struct arena *arena = arena_new();
    struct scorer *scorer = arena ? arena_alloc(arena, 1, sizeof *scorer) : NULL;
    if (!scorer) {
        arena_destroy(&arena);
        fault_memory(fault);
        return NULL;
    }
    scorer->arena = arena;
    scorer->pack = pack;
    scorer->definition = pack->definition;
    scorer->n_nodes = pack->definition->n_nodes;
    scorer->n_rows = figures->n_rows;
    scorer->n_areas = figures->n_areas;
    scorer->slices = pack->definition->panel.within ? figures->n_periods : 1;
    scorer->table.n_nodes = scorer->n_nodes;
    scorer->table.n_rows = figures->n_rows;
    scorer->table.slice = figures->n_rows / scorer->slices;
    scorer->table.areas = pack->geography->areas;
    scorer->table.n_areas = figures->n_areas;
    if (!room_open(&scorer->room, figures->n_rows, fault)) {
        scorer_destroy(&scorer);
    } else if (!make_room(scorer, figures)) {
        fault_memory(fault);
        scorer_destroy(&scorer);
    }
    return scorer;
}

void scorer_destroy(struct scorer **scorer) {
    if (!*scorer)
        return;
    for (size_t k = 0; (*scorer)->nodes && k < (*scorer)->n_nodes; k++)
        free((*scorer)->nodes[k].period);
    room_close(&(*scorer)->room);
    free((*scorer)->table.work);
    struct arena *arena = (*scorer)->arena;
    arena_destroy(&arena);
    *scorer = NULL;
}

/* --- running ---------------------------------------------------------------------------------- */

bool scorer_rerun(struct scorer *scorer, struct fault *fault) {
    if (!scorer_prepare_metrics(scorer, fault))
        return false;
    /* Preorder read backwards: every node comes after all that is below it. */
    for (size_t k = scorer->n_nodes; k-- > 0;) {
        struct scored_node *node = &scorer->nodes[k];
        if (!node->dirty)
            continue;
        bool metric = node_is_metric(&scorer->definition->nodes[k]);
        if (!(metric ? scorer_score_metric(scorer, k, fault)
                     : scorer_score_parent(scorer, k, fault)))
            return false;
        node->scored++;
    }
    for (size_t k = 0; k < scorer->n_nodes; k++)
        scorer->nodes[k].dirty = scorer->nodes[k].came_anew = false;
    return true;
}

/* What a method says differs byte by byte; bytes between fields can only cost work. */
#define DIFFERS(a, b) (memcmp(&(a), &(b), sizeof(a)) != 0)

static void mark(struct scorer *scorer, size_t node) {
    for (; node != NO_NODE; node = scorer->definition->nodes[node].parent)
        scorer->nodes[node].dirty = true;
}

static void take_node(struct scorer *scorer, size_t k, const struct node_method *now,
                      const struct node_method *was) {
    const struct node *node = &scorer->definition->nodes[k];
    if (node_is_metric(node) &&
        (DIFFERS(now->imputation, was->imputation) || now->left_out != was->left_out))
        scorer_changed(scorer, k);
    if (DIFFERS(now->scale, was->scale) || DIFFERS(now->treatment, was->treatment) ||
        DIFFERS(now->combination, was->combination) || now->weighting != was->weighting ||
        DIFFERS(now->coverage, was->coverage) || now->of_children != was->of_children)
        mark(scorer, k);
    if (DIFFERS(now->weight, was->weight))
        mark(scorer, node->parent);
}

/* Marks what the method says otherwise than that of the last run. */
static void take_method(struct scorer *scorer, const struct method *method) {
    bool all = !scorer->has_run || DIFFERS(method->screening, scorer->last.screening);
    scorer->method = method;
    for (size_t k = 0; k < scorer->n_nodes; k++) {
        if (!all)
            take_node(scorer, k, &method->nodes[k], &scorer->last.nodes[k]);
        else if (node_is_metric(&scorer->definition->nodes[k]))
            scorer_changed(scorer, k);
    }
    scorer->last.screening = method->screening;
    memcpy(scorer->last.nodes, method->nodes, scorer->n_nodes * sizeof *method->nodes);
    scorer->has_run = true;
}

bool scorer_prepare(struct scorer *scorer, const struct method *method, struct fault *fault) {
    take_method(scorer, method);
    return scorer_prepare_metrics(scorer, fault);
}

bool scorer_run(struct scorer *scorer, const struct method *method, struct fault *fault) {
    take_method(scorer, method);
    return scorer_rerun(scorer, fault);
}

/* --- looking in ------------------------------------------------------------------------------- */

struct column *scorer_figures(struct scorer *scorer, size_t node) {
    return &scorer->nodes[node].came;
}

void scorer_changed(struct scorer *scorer, size_t node) {
    scorer->nodes[node].came_anew = true;
    mark(scorer, node);
}

bool scorer_take(struct scorer *scorer, size_t node, const struct metric_figures *figures,
                 struct fault *fault) {
    if (same_figures(&scorer->nodes[node], figures))
        return true;
    if (!put_figures(&scorer->nodes[node], figures))
        return fault_memory(fault);
    scorer_changed(scorer, node);
    return true;
}

const struct column *scorer_scores(const struct scorer *scorer, size_t node) {
    return &scorer->nodes[node].score;
}

double scorer_weight(const struct scorer *scorer, size_t node) {
    return scorer->nodes[node].weight;
}

const struct column *scorer_filled(const struct scorer *scorer, size_t node) {
    return &scorer->nodes[node].filled;
}

const uint8_t *scorer_imputed(const struct scorer *scorer, size_t node) {
    return scorer->nodes[node].imputed;
}

const uint8_t *scorer_winsorised(const struct scorer *scorer, size_t node) {
    return scorer->nodes[node].winsorised;
}

const struct outliers *scorer_outliers(const struct scorer *scorer, size_t node) {
    return &scorer->nodes[node].outliers;
}

const char *scorer_period(const struct scorer *scorer, size_t node) {
    return scorer->nodes[node].period;
}

uint64_t scorer_scored(const struct scorer *scorer, size_t node) {
    return scorer->nodes[node].scored;
}

size_t scorer_rows(const struct scorer *scorer) {
    return scorer->n_rows;
}

struct room *scorer_room(struct scorer *scorer) {
    return &scorer->room;
}
