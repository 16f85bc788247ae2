#include "core/edition.h"

#include "core/aggregate.h"
#include "core/arena.h"
#include "core/normalise.h"
#include "core/rank.h"
#include "core/status.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A coverage of 0.75 must be met by 6 of 8 metrics however their shares are rounded on the way. */
static const double rounding = 1e-9;

/* --- an empty edition ------------------------------------------------------------------------ */

static bool column_new(struct arena *arena, size_t n, bool ruled, struct column *out) {
    out->count = n;
    out->value = arena_alloc(arena, n, sizeof *out->value);
    out->status = arena_alloc(arena, n, sizeof *out->status);
    out->rule = ruled ? arena_alloc(arena, n, sizeof *out->rule) : NULL;
    if (!out->value || !out->status || (ruled && !out->rule))
        return false;
    memset(out->status, STATUS_ABSENT, n);
    return true;
}

static bool node_new(struct arena *arena, size_t n, bool metric, struct node_scores *out) {
    out->rank = arena_alloc(arena, n, sizeof *out->rank);
    out->band = arena_alloc(arena, n, sizeof *out->band);
    return out->rank && out->band && column_new(arena, n, false, &out->score) &&
           (!metric || column_new(arena, n, true, &out->raw));
}

static bool fill_empty(struct edition *edition, const struct pack *pack) {
    edition->n_areas = pack->geography->n_areas;
    edition->n_nodes = pack->definition->n_nodes;
    edition->nodes = arena_alloc(edition->arena, edition->n_nodes, sizeof *edition->nodes);
    if (!edition->nodes)
        return false;
    for (size_t k = 0; k < edition->n_nodes; k++) {
        bool metric = node_is_metric(&pack->definition->nodes[k]);
        if (!node_new(edition->arena, edition->n_areas, metric, &edition->nodes[k]))
            return false;
    }
    return true;
}

struct edition *edition_new(const struct pack *pack, struct fault *fault) {
    struct arena *arena = arena_new();
    struct edition *edition = arena ? arena_alloc(arena, 1, sizeof *edition) : NULL;
    if (edition) {
        edition->arena = arena;
        if (fill_empty(edition, pack))
            return edition;
    }
    fault_memory(fault);
    arena_destroy(&arena);
    return NULL;
}

void edition_destroy(struct edition **edition) {
    if (!*edition)
        return;
    /* The edition lies in its own arena. */
    struct arena *arena = (*edition)->arena;
    arena_destroy(&arena);
    *edition = NULL;
}

/* --- scoring --------------------------------------------------------------------------------- */

struct scoring {
    const struct pack *pack;
    const struct release *const *releases;
    struct edition *edition;
    /* covered[k * n_areas + a]: which share of the weight below node k has a value for area a. */
    double *covered;
    double *score, *weight; /* of the children of one node in one area */
    const struct column **children;
};

static bool normalise_column(const struct scoring *scoring, size_t k, struct fault *fault) {
    const struct node *node = &scoring->pack->definition->nodes[k];
    bool turned = node_is_metric(node) && node->direction == LOWER_IS_NEED;
    struct scale scale = turned ? normalise_turned(node->scale) : *node->scale;
    size_t reference =
        scale.reference ? geography_area(scoring->pack->geography, scale.reference) : SIZE_MAX;
    return normalise(&scale, reference, &scoring->edition->nodes[k].score, fault) ||
           fault_within(fault, "node '%s'", node->id);
}

static bool take_figures(const struct scoring *scoring, size_t k, struct fault *fault) {
    const struct definition *definition = scoring->pack->definition;
    const struct dataset *dataset = &definition->datasets[definition->nodes[k].dataset];
    const struct release *release = scoring->releases[definition->nodes[k].dataset];
    struct node_scores *out = &scoring->edition->nodes[k];
    size_t period = release ? release_newest(release) : SIZE_MAX;
    if (period == SIZE_MAX)
        return true;
    const char *text = release->periods[period];
    out->period = arena_copy(scoring->edition->arena, text, strlen(text));
    if (!out->period)
        return fault_memory(fault);
    return release_to_areas(release, period, scoring->pack->geography, dataset->level, &out->raw,
                            fault) ||
           fault_within(fault, "dataset '%s'", dataset->id);
}

static bool score_metric(const struct scoring *scoring, size_t k, struct fault *fault) {
    if (!take_figures(scoring, k, fault))
        return false;
    const struct node *node = &scoring->pack->definition->nodes[k];
    struct node_scores *out = &scoring->edition->nodes[k];
    double *covered = scoring->covered + k * out->raw.count;
    for (size_t a = 0; a < out->raw.count; a++) {
        out->score.status[a] = out->raw.status[a];
        bool present = out->raw.status[a] == STATUS_VALUE;
        covered[a] = present ? 1.0 : 0.0;
        if (!present)
            continue;
        /* Taken from 0 and not negated, so that 0 does not become -0. */
        out->score.value[a] =
            node->direction == HIGHER_IS_NEED ? out->raw.value[a] : 0.0 - out->raw.value[a];
    }
    return normalise_column(scoring, k, fault);
}

/* The score of one area at a node above the metrics, from its children's. */
static bool score_area(const struct scoring *scoring, size_t k, size_t a, struct fault *fault) {
    const struct definition *definition = scoring->pack->definition;
    const struct node *nodes = definition->nodes;
    const struct level *level = &definition->levels[nodes[k].level];
    struct edition *edition = scoring->edition;
    struct column *out = &edition->nodes[k].score;
    double all = 0.0, covered = 0.0;
    size_t n = 0;
    for (size_t c = k + 1; c < nodes[k].end; c = nodes[c].end) {
        const struct column *child = &edition->nodes[c].score;
        all += nodes[c].weight;
        if (child->status[a] != STATUS_VALUE)
            continue;
        covered += nodes[c].weight * scoring->covered[c * edition->n_areas + a];
        scoring->score[n] = child->value[a];
        scoring->weight[n++] = nodes[c].weight;
    }
    double share = scoring->covered[k * edition->n_areas + a] = covered / all;
    out->status[a] = STATUS_THIN;
    if (n == 0 || share < level->coverage - rounding)
        return true;
    out->value[a] = 0.0; /* Copeland's comes when all are there */
    if (level->aggregate != AGGREGATE_COPELAND &&
        (!aggregate(level->aggregate, level->power, scoring->score, scoring->weight, n,
                    &out->value[a]) ||
         !isfinite(out->value[a]))) {
        return fault_set(fault, FAULT_INPUT, "node '%s', area %s: the scores below have no %s mean",
                         nodes[k].id, scoring->pack->geography->areas[a].code,
                         aggregate_name(level->aggregate));
    }
    out->status[a] = STATUS_VALUE;
    return true;
}

static void compare_places(const struct scoring *scoring, size_t k) {
    const struct node *nodes = scoring->pack->definition->nodes;
    size_t n = 0;
    for (size_t c = k + 1; c < nodes[k].end; c = nodes[c].end) {
        scoring->children[n] = &scoring->edition->nodes[c].score;
        scoring->weight[n++] = nodes[c].weight;
    }
    aggregate_copeland(scoring->children, scoring->weight, n, &scoring->edition->nodes[k].score);
}

static bool score_parent(const struct scoring *scoring, size_t k, struct fault *fault) {
    const struct definition *definition = scoring->pack->definition;
    for (size_t a = 0; a < scoring->edition->n_areas; a++) {
        if (!score_area(scoring, k, a, fault))
            return false;
    }
    if (definition->levels[definition->nodes[k].level].aggregate == AGGREGATE_COPELAND)
        compare_places(scoring, k);
    return normalise_column(scoring, k, fault);
}

static bool rank_node(const struct scoring *scoring, size_t k, struct fault *fault) {
    const struct definition *definition = scoring->pack->definition;
    struct node_scores *node = &scoring->edition->nodes[k];
    if (!rank_scores(&node->score, definition->ties, node->rank, fault))
        return false;
    if (!definition->band_thresholds)
        return rank_bands(&node->score, definition->bands, node->band, fault);
    rank_threshold_bands(&node->score, definition->band_thresholds, definition->bands, node->band);
    return true;
}

/* Preorder read backwards: every node comes after all that is below it. */
static bool score_nodes(const struct scoring *scoring, struct fault *fault) {
    for (size_t k = scoring->edition->n_nodes; k-- > 0;) {
        bool metric = node_is_metric(&scoring->pack->definition->nodes[k]);
        if (!(metric ? score_metric(scoring, k, fault) : score_parent(scoring, k, fault)) ||
            !rank_node(scoring, k, fault)) {
            return false;
        }
    }
    return true;
}

struct edition *edition_score(const struct pack *pack, const struct release *const *releases,
                              struct fault *fault) {
    struct edition *edition = edition_new(pack, fault);
    if (!edition)
        return NULL;
    size_t nodes = edition->n_nodes, areas = edition->n_areas;
    struct scoring scoring = {.pack = pack, .releases = releases, .edition = edition};
    /* nodes x areas is known not to overflow: the edition has arrays that are larger. */
    scoring.covered = calloc(nodes * areas + 1, sizeof *scoring.covered);
    scoring.score = calloc(nodes, sizeof *scoring.score);
    scoring.weight = calloc(nodes, sizeof *scoring.weight);
    scoring.children = calloc(nodes, sizeof *scoring.children);
    bool room = scoring.covered && scoring.score && scoring.weight && scoring.children;
    if (!room)
        fault_memory(fault);
    if (!room || !score_nodes(&scoring, fault))
        edition_destroy(&edition);
    free(scoring.covered);
    free(scoring.score);
    free(scoring.weight);
    free((void *)scoring.children);
    return edition;
}

size_t edition_ranked(const struct edition *edition, size_t node) {
    size_t ranked = 0;
    for (size_t a = 0; a < edition->n_areas; a++)
        ranked += edition->nodes[node].rank[a] != 0;
    return ranked;
}
