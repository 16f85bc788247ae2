/* The metrics: screening, imputation, direction, outliers. */
#include "core/clones.h"
#include "core/scorer_parts.h"
#include "core/screen.h"
#include "core/status.h"

#include <string.h>

/* --- before scoring --------------------------------------------------------------------------- */

static bool make_filled(struct scorer *scorer, struct scored_node *node) {
    if (node->own_imputed)
        return true;
    node->own_imputed = arena_alloc(scorer->arena, scorer->n_rows, 1);
    return node->own_imputed &&
           figures_column(scorer->arena, scorer->n_rows, true, &node->own_filled);
}

/* The figures that imputation fills in, less what is screened. */
static bool copy_figures(struct scorer *scorer, struct scored_node *node) {
    size_t n = scorer->n_rows;
    if (!make_filled(scorer, node))
        return false;
    node->filled = node->own_filled;
    node->imputed = node->own_imputed;
    memcpy(node->filled.value, node->came.value, n * sizeof *node->filled.value);
    memcpy(node->filled.status, node->came.status, n);
    memcpy(node->filled.rule, node->came.rule, n);
    memcpy(node->imputed, node->carried, n);
    for (size_t row = 0; row < n; row++) {
        if (node->dropped || scorer->place_dropped[row])
            node->filled.status[row] = STATUS_SCREENED;
    }
    return true;
}

static bool fill_figures(struct scorer *scorer, size_t k) {
    struct scored_node *node = &scorer->nodes[k];
    if (node->dropped || scorer->drops_places ||
        !status_all_values(node->came.status, scorer->n_rows)) {
        if (!copy_figures(scorer, node))
            return false;
    } else {
        node->filled = node->came;
        node->imputed = node->carried;
    }
    scorer->table.metrics[k] = (struct impute_metric){
        .id = scorer->definition->nodes[k].id,
        .column = node->dropped ? NULL : &node->filled,
        .imputed = node->imputed,
    };
    return true;
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
    scorer->drops_places = false;
    if (!(screening->place_available > 0.0 || screening->place_non_zero > 0.0))
        return;
    for (size_t row = 0; row < scorer->n_rows; row++) {
        struct screen_count count = {0};
        for (size_t k = 0; k < scorer->n_nodes; k++) {
            if (node_is_metric(&scorer->definition->nodes[k]) && !scorer->method->nodes[k].left_out)
                screen_add(&count, &scorer->nodes[k].came, row);
        }
        scorer->place_dropped[row] = !screen_place(screening, &count);
        scorer->drops_places = scorer->drops_places || scorer->place_dropped[row];
    }
}

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

bool scorer_prepare_metrics(struct scorer *scorer, struct fault *fault) {
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
        if (metric && scorer->nodes[k].came_anew && !fill_figures(scorer, k))
            return fault_memory(fault);
    }
    return impute(&scorer->table, scorer->method->nodes, &scorer->room, fault);
}

/* --- scoring ---------------------------------------------------------------------------------- */

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
        struct column part = scorer_slice(scorer, &node->score, s);
        if (!outliers_treat(treatment, &part, &scorer->room, &node->outliers, fault))
            return fault_within(fault, "metric '%s'", scorer->definition->nodes[k].id);
        mark_winsorised(scorer, k, s);
    }
    return true;
}

/* A row without a figure has a 0 in place of a score. */
CLONES
static void turn(const struct column *figures, bool lower_is_need, double *out) {
    const double *value = figures->value;
    const uint8_t *status = figures->status;
    size_t n = figures->count;
    for (size_t row = 0; row < n; row++) {
        double figure = lower_is_need ? 0.0 - value[row] : value[row];
        out[row] = status[row] == STATUS_VALUE ? figure : 0.0;
    }
}

bool scorer_score_metric(struct scorer *scorer, size_t k, struct fault *fault) {
    struct scored_node *node = &scorer->nodes[k];
    turn(&node->filled, scorer->definition->nodes[k].direction != HIGHER_IS_NEED,
         node->score.value);
    memcpy(node->score.status, node->filled.status, scorer->n_rows);
    node->whole = status_all_values(node->score.status, scorer->n_rows);
    return scorer_check_finite(scorer, k, "figure", fault) && treat_metric(scorer, k, fault) &&
           scorer_normalise(scorer, k, fault);
}
