#include "core/figures.h"

#include "core/arena.h"
#include "core/period.h"
#include "core/status.h"

#include <stdlib.h>
#include <string.h>

struct taking {
    const struct pack *pack;
    const struct release *const *releases;
    struct metric_figures *out;
    struct column *spare; /* of n_areas: a denominator, an older period */
};

bool figures_column(struct arena *arena, size_t n, bool ruled, struct column *out) {
    out->count = n;
    out->value = arena_alloc(arena, n, sizeof *out->value);
    out->status = arena_alloc(arena, n, sizeof *out->status);
    out->rule = ruled ? arena_alloc(arena, n, sizeof *out->rule) : NULL;
    if (!out->value || !out->status || (ruled && !out->rule))
        return false;
    memset(out->status, STATUS_ABSENT, n);
    return true;
}

/* The release's period for panel period p; SIZE_MAX: none. */
static size_t period_of(const struct definition *definition, const struct release *release,
                        size_t p) {
    size_t found = SIZE_MAX;
    if (!definition->panel.n_periods)
        return release_newest(release);
    for (size_t i = 0; i < release->n_periods; i++) {
        int32_t key;
        if (period_key(release->periods[i], strlen(release->periods[i]), &key) &&
            key == definition->panel.keys[p])
            found = i;
    }
    return found;
}

/* The newest period that begins before that of the panel: where carrying forward begins when the
 * panel's own is not there. One past it. */
static size_t periods_before(const struct definition *definition, const struct release *release,
                             size_t p) {
    size_t end = 0;
    for (size_t i = 0; definition->panel.n_periods && i < release->n_periods; i++) {
        int32_t key;
        if (period_key(release->periods[i], strlen(release->periods[i]), &key) &&
            key < definition->panel.keys[p])
            end = i + 1;
    }
    return end;
}

static struct column slice(const struct column *column, size_t from, size_t count) {
    return (struct column){.count = count,
                           .value = column->value + from,
                           .status = column->status + from,
                           .rule = column->rule ? column->rule + from : NULL};
}

static bool bring(const struct taking *taking, const struct release *release, size_t period,
                  size_t dataset, struct column *out, struct fault *fault) {
    const struct dataset *from = &taking->pack->definition->datasets[dataset];
    return release_to_areas(release, period, taking->pack->geography, from, out, fault) ||
           fault_within(fault, "dataset '%s'", from->id);
}

/* Fills gaps from the periods before `end`, the newest first. */
static bool carry(const struct taking *taking, const struct release *release, size_t end,
                  size_t dataset, struct column *out, uint8_t *imputed, struct fault *fault) {
    struct column older = *taking->spare;
    size_t gaps = 1;
    for (size_t period = end; gaps && period-- > 0;) {
        if (!bring(taking, release, period, dataset, &older, fault))
            return false;
        gaps = 0;
        for (size_t a = 0; a < out->count; a++) {
            bool gap = out->status[a] != STATUS_VALUE && out->status[a] != STATUS_NOT_APPLICABLE;
            gaps += gap;
            if (!gap || older.status[a] != STATUS_VALUE)
                continue;
            out->status[a] = STATUS_VALUE;
            out->value[a] = older.value[a];
            out->rule[a] = older.rule[a];
            imputed[a] = IMPUTE_CARRIED;
        }
    }
    return true;
}

static void divide(const struct column *by, double per, struct column *out) {
    for (size_t a = 0; a < out->count; a++) {
        if (out->status[a] != STATUS_VALUE)
            continue;
        if (by->status[a] != STATUS_VALUE)
            out->status[a] = by->status[a];
        else if (!(by->value[a] > 0.0))
            out->status[a] = STATUS_NOT_APPLICABLE;
        else
            out->value[a] = out->value[a] / by->value[a] * per;
    }
}

static bool denominate(const struct taking *taking, const struct node *node, size_t p,
                       struct column *out, struct fault *fault) {
    struct column by = *taking->spare;
    if (node->denominator == DENOMINATOR_POPULATION) {
        for (size_t a = 0; a < by.count; a++) {
            by.status[a] = STATUS_VALUE;
            by.value[a] = taking->pack->geography->areas[a].population;
        }
    } else {
        const struct release *release = taking->releases[node->denominator];
        size_t period = release ? period_of(taking->pack->definition, release, p) : SIZE_MAX;
        if (release && period == SIZE_MAX)
            period = release_newest(release);
        memset(by.status, STATUS_ABSENT, by.count);
        if (period != SIZE_MAX && !bring(taking, release, period, node->denominator, &by, fault))
            return false;
    }
    divide(&by, node->per, out);
    return true;
}

static bool take_period(const struct taking *taking, size_t k, size_t p, struct fault *fault) {
    const struct definition *definition = taking->pack->definition;
    const struct node *node = &definition->nodes[k];
    const struct release *release = taking->releases[node->dataset];
    struct metric_figures *metric = taking->out;
    size_t n = taking->spare->count;
    struct column out = slice(&metric->column, p * n, n);
    if (!release)
        return true;
    size_t period = period_of(definition, release, p);
    if (period != SIZE_MAX) {
        metric->period = release->periods[period];
        if (!bring(taking, release, period, node->dataset, &out, fault))
            return false;
    }
    size_t end = period == SIZE_MAX ? periods_before(definition, release, p) : period;
    if (definition->method.nodes[k].imputation.method == IMPUTE_CARRIED &&
        !carry(taking, release, end, node->dataset, &out, metric->imputed + p * n, fault))
        return false;
    return node->denominator == DENOMINATOR_NONE || denominate(taking, node, p, &out, fault);
}

bool figures_metric_room(struct arena *arena, size_t n, struct metric_figures *out) {
    out->imputed = arena_alloc(arena, n, 1);
    return out->imputed && figures_column(arena, n, true, &out->column);
}

static size_t panel_periods(const struct pack *pack) {
    size_t periods = pack->definition->panel.n_periods;
    return periods ? periods : 1;
}

bool figures_metric(const struct pack *pack, const struct release *const *releases, size_t node,
                    struct metric_figures *out, struct column *spare, struct fault *fault) {
    struct taking taking = {.pack = pack, .releases = releases, .out = out, .spare = spare};
    struct column *column = &out->column;
    out->period = NULL;
    memset(column->value, 0, column->count * sizeof *column->value);
    memset(column->status, STATUS_ABSENT, column->count);
    memset(column->rule, RULE_NONE, column->count);
    memset(out->imputed, IMPUTE_NONE, column->count);
    for (size_t p = 0; p < panel_periods(pack); p++) {
        if (!take_period(&taking, node, p, fault))
            return false;
    }
    return true;
}

static bool take(const struct pack *pack, const struct release *const *releases,
                 struct figures *out, struct fault *fault) {
    const struct definition *definition = pack->definition;
    struct column spare;
    out->metrics = arena_alloc(out->arena, definition->n_nodes, sizeof *out->metrics);
    if (!out->metrics || !figures_column(out->arena, out->n_areas, true, &spare))
        return fault_memory(fault);
    for (size_t k = 0; k < definition->n_nodes; k++) {
        struct metric_figures *metric = &out->metrics[k];
        if (!node_is_metric(&definition->nodes[k]))
            continue;
        if (!figures_metric_room(out->arena, out->n_rows, metric))
            return fault_memory(fault);
        if (!figures_metric(pack, releases, k, metric, &spare, fault))
            return false;
        const char *period = metric->period;
        metric->period = period ? arena_copy(out->arena, period, strlen(period)) : NULL;
        if (period && !metric->period)
            return fault_memory(fault);
    }
    return true;
}

struct figures *figures_new(const struct pack *pack, const struct release *const *releases,
                            struct fault *fault) {
    struct arena *arena = arena_new();
    struct figures *out = arena ? arena_alloc(arena, 1, sizeof *out) : NULL;
    if (!out) {
        arena_destroy(&arena);
        fault_memory(fault);
        return NULL;
    }
    out->arena = arena;
    out->n_areas = pack->geography->n_areas;
    out->n_periods = panel_periods(pack);
    if (out->n_areas > SIZE_MAX / 16 / out->n_periods) {
        fault_memory(fault);
        figures_destroy(&out);
        return NULL;
    }
    out->n_rows = out->n_areas * out->n_periods;
    if (!take(pack, releases, out, fault))
        figures_destroy(&out);
    return out;
}

void figures_destroy(struct figures **figures) {
    if (!*figures)
        return;
    /* The figures lie in their own arena. */
    struct arena *arena = (*figures)->arena;
    arena_destroy(&arena);
    *figures = NULL;
}
