#include "core/scorer.h"

#include "core/aggregate.h"
#include "core/arena.h"
#include "core/impute.h"
#include "core/normalise.h"
#include "core/screen.h"
#include "core/status.h"
#include "core/weigh.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A coverage of 0.75 must be met by 6 of 8 metrics however their shares are rounded on the way. */
static const double rounding = 1e-9;

struct scored_node {
    struct column came;       /* metrics: the figures as they came */
    uint8_t *carried;         /* metrics: of those, what was carried forward */
    struct column filled;     /* metrics: screened and imputed */
    uint8_t *imputed;         /* metrics */
    struct outliers outliers; /* metrics */
    uint8_t *winsorised;      /* metrics: by row */
    struct column score;
    double *covered; /* which share of the weight below has a value, for each row */
    double weight;   /* in force, among its siblings */
    bool dropped;    /* not in the index: left out, or screened */
    bool came_anew;  /* metrics: to be screened and imputed again */
    bool dirty;      /* to be scored again */
};

struct scorer {
    const struct pack *pack;
    const struct definition *definition;
    const struct method *method; /* of the last run */
    struct method last;          /* what it said then; its nodes are the scorer's */
    bool has_run;
    struct scored_node *nodes;
    size_t n_nodes, n_rows, n_areas, slices;
    bool *place_dropped; /* by row */
    struct impute_table table;
    struct room room;
    /* of one node's children */
    double *score, *weight, *work;
    const struct column **children;
    const char **ids;
    struct arena *arena;
};

/* --- memory ----------------------------------------------------------------------------------- */

static bool node_room(struct scorer *scorer, const struct figures *figures, size_t k) {
    struct scored_node *node = &scorer->nodes[k];
    size_t n = scorer->n_rows;
    node->covered = arena_alloc(scorer->arena, n, sizeof *node->covered);
    if (!node->covered || !figures_column(scorer->arena, n, false, &node->score))
        return false;
    if (!node_is_metric(&scorer->definition->nodes[k]))
        return true;
    node->carried = arena_alloc(scorer->arena, n, 1);
    node->imputed = arena_alloc(scorer->arena, n, 1);
    node->winsorised = arena_alloc(scorer->arena, n, 1);
    if (!node->carried || !node->imputed || !node->winsorised ||
        !figures_column(scorer->arena, n, true, &node->came) ||
        !figures_column(scorer->arena, n, true, &node->filled))
        return false;
    const struct metric_figures *from = &figures->metrics[k];
    memcpy(node->came.value, from->column.value, n * sizeof *node->came.value);
    memcpy(node->came.status, from->column.status, n);
    memcpy(node->came.rule, from->column.rule, n);
    memcpy(node->carried, from->imputed, n);
    return true;
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
    scorer->ids = arena_alloc(arena, most, sizeof *scorer->ids);
    scorer->table.metrics = arena_alloc(arena, nodes, sizeof *scorer->table.metrics);
    scorer->table.indexes = arena_alloc(arena, nodes, 3 * sizeof *scorer->table.indexes);
    scorer->last.nodes = arena_alloc(arena, nodes, sizeof *scorer->last.nodes);
    if (!scorer->nodes || !scorer->place_dropped || !scorer->score || !scorer->weight ||
        !scorer->work || !scorer->children || !scorer->ids || !scorer->table.metrics ||
        !scorer->table.indexes || !scorer->last.nodes)
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
    room_close(&(*scorer)->room);
    free((*scorer)->table.work);
    struct arena *arena = (*scorer)->arena;
    arena_destroy(&arena);
    *scorer = NULL;
}

/* --- slices: one for each panel period, or all together --------------------------------------- */

static struct column slice_of(const struct scorer *scorer, const struct column *column, size_t s) {
    size_t n = scorer->n_rows / scorer->slices;
    return (struct column){
        .count = n, .value = column->value + s * n, .status = column->status + s * n};
}

/* What overflowed must not reach a comparison, which would take it without a word. */
static bool check_finite(const struct scorer *scorer, size_t k, const struct column *column,
                         const char *what, struct fault *fault) {
    for (size_t row = 0; row < scorer->n_rows; row++) {
        if (column->status[row] == STATUS_VALUE && !isfinite(column->value[row])) {
            return fault_set(fault, FAULT_INPUT, "node '%s', area %s: the %s is too large a number",
                             scorer->definition->nodes[k].id,
                             scorer->pack->geography->areas[row % scorer->n_areas].code, what);
        }
    }
    return true;
}

static bool normalise_node(struct scorer *scorer, size_t k, struct fault *fault) {
    const struct node *node = &scorer->definition->nodes[k];
    const struct scale *scale = &scorer->method->nodes[k].scale;
    bool turned = node_is_metric(node) && node->direction == LOWER_IS_NEED;
    struct scale in_use = turned ? normalise_turned(scale) : *scale;
    size_t reference =
        scale->reference ? geography_area(scorer->pack->geography, scale->reference) : SIZE_MAX;
    if (scale->reference && reference == SIZE_MAX)
        return fault_set(fault, FAULT_INPUT, "node '%s': there is no area '%s' to refer to",
                         node->id, scale->reference);
    for (size_t s = 0; s < scorer->slices; s++) {
        struct column part = slice_of(scorer, &scorer->nodes[k].score, s);
        /* Of several periods together, the newest. */
        size_t row = reference == SIZE_MAX ? SIZE_MAX : reference + part.count - scorer->n_areas;
        if (!normalise(&in_use, row, &part, &scorer->room, fault))
            return fault_within(fault, "node '%s'", node->id);
    }
    return check_finite(scorer, k, &scorer->nodes[k].score, "score", fault);
}

/* --- metrics ---------------------------------------------------------------------------------- */

static void copy_figures(struct scorer *scorer, size_t k) {
    struct scored_node *node = &scorer->nodes[k];
    size_t n = scorer->n_rows;
    memcpy(node->filled.value, node->came.value, n * sizeof *node->filled.value);
    memcpy(node->filled.status, node->came.status, n);
    memcpy(node->filled.rule, node->came.rule, n);
    memcpy(node->imputed, node->carried, n);
    for (size_t row = 0; row < n; row++) {
        if (node->dropped || scorer->place_dropped[row])
            node->filled.status[row] = STATUS_SCREENED;
    }
    scorer->table.metrics[k] = (struct impute_metric){
        .id = scorer->definition->nodes[k].id,
        .column = node->dropped ? NULL : &node->filled,
        .imputed = node->imputed,
    };
}

static void screen_all(struct scorer *scorer) {
    const struct screening *screening = &scorer->method->screening;
    for (size_t k = 0; k < scorer->n_nodes; k++) {
        struct scored_node *node = &scorer->nodes[k];
        if (!node_is_metric(&scorer->definition->nodes[k]))
            continue;
        bool screened = screening->metric_available > 0.0 || screening->metric_non_zero > 0.0;
        node->dropped = scorer->method->nodes[k].left_out ||
                        (screened && !screen_metric(screening, &node->came));
    }
    memset(scorer->place_dropped, 0, scorer->n_rows * sizeof *scorer->place_dropped);
    if (!(screening->place_available > 0.0 || screening->place_non_zero > 0.0))
        return;
    for (size_t row = 0; row < scorer->n_rows; row++) {
        struct screen_count count = {0};
        for (size_t k = 0; k < scorer->n_nodes; k++) {
            if (node_is_metric(&scorer->definition->nodes[k]) && !scorer->method->nodes[k].left_out)
                screen_add(&count, &scorer->nodes[k].came, row);
        }
        scorer->place_dropped[row] = !screen_place(screening, &count);
    }
}

/* The figure of a row, turned so that more is more need. Taken from 0 and not negated, so that 0
 * does not become -0. */
static double turned_figure(const struct scorer *scorer, size_t k, size_t row) {
    double figure = scorer->nodes[k].filled.value[row];
    return scorer->definition->nodes[k].direction == HIGHER_IS_NEED ? figure : 0.0 - figure;
}

/* Where points were moved, they are those that are not what they were. */
static void mark_winsorised(struct scorer *scorer, size_t k, size_t slice) {
    struct scored_node *node = &scorer->nodes[k];
    size_t n = scorer->n_rows / scorer->slices;
    if (node->outliers.moved_high + node->outliers.moved_low == 0)
        return;
    for (size_t row = slice * n; row < (slice + 1) * n; row++)
        node->winsorised[row] = node->score.status[row] == STATUS_VALUE &&
                                node->score.value[row] != turned_figure(scorer, k, row);
}

static bool treat_metric(struct scorer *scorer, size_t k, struct fault *fault) {
    struct scored_node *node = &scorer->nodes[k];
    const struct treatment *treatment = &scorer->method->nodes[k].treatment;
    memset(node->winsorised, 0, scorer->n_rows);
    if (!treatment->on) {
        node->outliers = (struct outliers){.passes = true};
        return true;
    }
    for (size_t s = 0; s < scorer->slices; s++) {
        struct column part = slice_of(scorer, &node->score, s);
        if (!outliers_treat(treatment, &part, &scorer->room, &node->outliers, fault))
            return fault_within(fault, "metric '%s'", scorer->definition->nodes[k].id);
        mark_winsorised(scorer, k, s);
    }
    return true;
}

static bool score_metric(struct scorer *scorer, size_t k, struct fault *fault) {
    struct scored_node *node = &scorer->nodes[k];
    for (size_t row = 0; row < scorer->n_rows; row++) {
        node->score.status[row] = node->filled.status[row];
        node->covered[row] = node->filled.status[row] == STATUS_VALUE ? 1.0 : 0.0;
        if (node->filled.status[row] == STATUS_VALUE)
            node->score.value[row] = turned_figure(scorer, k, row);
    }
    return check_finite(scorer, k, &node->filled, "figure", fault) &&
           treat_metric(scorer, k, fault) && normalise_node(scorer, k, fault);
}

/* --- nodes above the metrics ------------------------------------------------------------------ */

/* The children that are in the index; returns how many. */
static size_t gather_children(struct scorer *scorer, size_t k) {
    const struct node *nodes = scorer->definition->nodes;
    size_t n = 0;
    for (size_t c = k + 1; c < nodes[k].end; c = nodes[c].end) {
        if (scorer->nodes[c].dropped)
            continue;
        scorer->children[n] = &scorer->nodes[c].score;
        scorer->ids[n] = nodes[c].id;
        scorer->score[n++] = scorer->method->nodes[c].weight;
    }
    return n;
}

static bool weigh_children(struct scorer *scorer, size_t k, size_t count, struct fault *fault) {
    const struct node *nodes = scorer->definition->nodes;
    struct weigh_children children = {.columns = scorer->children,
                                      .ids = scorer->ids,
                                      .given = scorer->score,
                                      .count = count,
                                      .work = scorer->work};
    if (!weigh(scorer->method->nodes[k].weighting, &children, scorer->weight, fault))
        return fault_within(fault, "node '%s'", nodes[k].id);
    size_t n = 0;
    for (size_t c = k + 1; c < nodes[k].end; c = nodes[c].end)
        scorer->nodes[c].weight = scorer->nodes[c].dropped ? 0.0 : scorer->weight[n++];
    return true;
}

/* The score of one row at a node above the metrics, from its children's. */
static bool score_row(struct scorer *scorer, size_t k, size_t row, struct fault *fault) {
    const struct node *nodes = scorer->definition->nodes;
    const struct node_method *method = &scorer->method->nodes[k];
    struct scored_node *out = &scorer->nodes[k];
    double all = 0.0, covered = 0.0;
    size_t n = 0, children = 0;
    for (size_t c = k + 1; c < nodes[k].end; c = nodes[c].end) {
        const struct scored_node *child = &scorer->nodes[c];
        all += child->weight;
        children += !child->dropped;
        if (child->score.status[row] != STATUS_VALUE)
            continue;
        covered += child->weight * child->covered[row];
        scorer->score[n] = child->score.value[row];
        scorer->weight[n++] = child->weight;
    }
    out->covered[row] = covered / all;
    double share = method->of_children ? (double)n / (double)children : out->covered[row];
    out->score.status[row] = STATUS_THIN;
    if (scorer->place_dropped[row])
        out->score.status[row] = STATUS_SCREENED;
    if (n == 0 || share < method->coverage - rounding)
        return true;
    out->score.value[row] = 0.0; /* of comparisons: when all are there */
    const struct combination *combination = &method->combination;
    if (!aggregate_compares_places(combination->method) &&
        (!aggregate(combination, scorer->score, scorer->weight, n, &out->score.value[row]) ||
         !isfinite(out->score.value[row]))) {
        return fault_set(fault, FAULT_INPUT, "node '%s', area %s: the scores below have no %s mean",
                         nodes[k].id, scorer->pack->geography->areas[row % scorer->n_areas].code,
                         aggregate_name(combination->method));
    }
    out->score.status[row] = STATUS_VALUE;
    return true;
}

/* The places of one period are compared with each other, or of all. */
static void compare_places(struct scorer *scorer, size_t k, size_t count) {
    enum aggregate method = scorer->method->nodes[k].combination.method;
    size_t n = scorer->n_rows / scorer->slices;
    for (size_t s = 0; s < scorer->slices; s++) {
        struct column out = slice_of(scorer, &scorer->nodes[k].score, s);
        aggregate_places(method, scorer->children, scorer->weight, count, s * n, &out);
    }
}

static bool score_parent(struct scorer *scorer, size_t k, struct fault *fault) {
    size_t count = gather_children(scorer, k);
    scorer->nodes[k].dropped = count == 0;
    if (count == 0) {
        memset(scorer->nodes[k].score.status, STATUS_SCREENED, scorer->n_rows);
        return true;
    }
    if (!weigh_children(scorer, k, count, fault))
        return false;
    for (size_t row = 0; row < scorer->n_rows; row++) {
        if (!score_row(scorer, k, row, fault))
            return false;
    }
    if (aggregate_compares_places(scorer->method->nodes[k].combination.method)) {
        (void)gather_children(scorer, k);
        if (!weigh_children(scorer, k, count, fault))
            return false;
        compare_places(scorer, k, count);
    }
    return normalise_node(scorer, k, fault);
}

/* --- running ---------------------------------------------------------------------------------- */

/* Whether a change of one metric can change how another is prepared. */
static bool is_joint(const struct scorer *scorer) {
    const struct screening *screening = &scorer->method->screening;
    bool joint = screening->place_available > 0.0 || screening->place_non_zero > 0.0;
    for (size_t k = 0; k < scorer->n_nodes; k++) {
        enum impute method = scorer->method->nodes[k].imputation.method;
        joint = joint || method == IMPUTE_REGRESSION || method == IMPUTE_EM;
    }
    return joint;
}

static bool prepare(struct scorer *scorer, struct fault *fault) {
    bool any = false;
    for (size_t k = 0; k < scorer->n_nodes; k++)
        any = any || scorer->nodes[k].came_anew;
    if (!any)
        return true;
    screen_all(scorer);
    bool joint = is_joint(scorer);
    for (size_t k = 0; k < scorer->n_nodes; k++) {
        scorer->table.metrics[k].column = NULL;
        bool metric = node_is_metric(&scorer->definition->nodes[k]);
        if (metric && joint)
            scorer_changed(scorer, k);
        if (metric && scorer->nodes[k].came_anew)
            copy_figures(scorer, k);
    }
    return impute(&scorer->table, scorer->method->nodes, &scorer->room, fault);
}

bool scorer_rerun(struct scorer *scorer, struct fault *fault) {
    if (!prepare(scorer, fault))
        return false;
    /* Preorder read backwards: every node comes after all that is below it. */
    for (size_t k = scorer->n_nodes; k-- > 0;) {
        struct scored_node *node = &scorer->nodes[k];
        if (!node->dirty)
            continue;
        bool metric = node_is_metric(&scorer->definition->nodes[k]);
        if (!(metric ? score_metric(scorer, k, fault) : score_parent(scorer, k, fault)))
            return false;
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
    return prepare(scorer, fault);
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

size_t scorer_rows(const struct scorer *scorer) {
    return scorer->n_rows;
}

struct room *scorer_room(struct scorer *scorer) {
    return &scorer->room;
}
