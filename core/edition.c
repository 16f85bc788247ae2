#include "core/edition.h"

#include "core/arena.h"
#include "core/figures.h"
#include "core/rank.h"
#include "core/status.h"

#include <stdlib.h>
#include <string.h>

/* --- an empty edition ------------------------------------------------------------------------- */

static bool node_new(struct arena *arena, size_t n, bool metric, struct node_scores *out) {
    out->rank = arena_alloc(arena, n, sizeof *out->rank);
    out->shown_rank = arena_alloc(arena, n, sizeof *out->shown_rank);
    out->band = arena_alloc(arena, n, sizeof *out->band);
    out->imputed = metric ? arena_alloc(arena, n, 1) : NULL;
    out->winsorised = metric ? arena_alloc(arena, n, 1) : NULL;
    return out->rank && out->shown_rank && out->band &&
           figures_column(arena, n, false, &out->score) &&
           (!metric ||
            (out->imputed && out->winsorised && figures_column(arena, n, true, &out->raw)));
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

/* --- from the scorer -------------------------------------------------------------------------- */

static void take_column(const struct column *from, size_t first, struct column *out) {
    memcpy(out->value, from->value + first, out->count * sizeof *out->value);
    memcpy(out->status, from->status + first, out->count);
    if (out->rule)
        memcpy(out->rule, from->rule + first, out->count);
}

static void rank_node(const struct definition *definition, struct room *room,
                      struct node_scores *node) {
    rank_scores(&node->score, TIES_MIN, room, node->rank);
    if (definition->band_thresholds)
        rank_threshold_bands(&node->score, definition->band_thresholds, definition->bands,
                             node->band);
    else
        rank_bands(node->rank, node->score.count, definition->bands, node->band);
    if (definition->ties == TIES_MAX || definition->ties == TIES_DENSE)
        rank_scores(&node->score, definition->ties, room, node->rank);
}

static bool take_metric(const struct figures *figures, const struct scorer *scorer, size_t k,
                        size_t first, struct arena *arena, struct node_scores *out) {
    take_column(scorer_filled(scorer, k), first, &out->raw);
    memcpy(out->imputed, scorer_imputed(scorer, k) + first, out->raw.count);
    out->outliers = *scorer_outliers(scorer, k);
    memcpy(out->winsorised, scorer_winsorised(scorer, k) + first, out->raw.count);
    const char *period = figures->metrics[k].period;
    out->period = period ? arena_copy(arena, period, strlen(period)) : NULL;
    return out->period || !period;
}

struct edition *edition_of_scorer(const struct pack *pack, const struct figures *figures,
                                  struct scorer *scorer, size_t period, struct fault *fault) {
    struct edition *edition = edition_new(pack, fault);
    if (!edition)
        return NULL;
    size_t first = period * edition->n_areas;
    bool good = true;
    for (size_t k = 0; good && k < edition->n_nodes; k++) {
        struct node_scores *node = &edition->nodes[k];
        take_column(scorer_scores(scorer, k), first, &node->score);
        rank_node(pack->definition, scorer_room(scorer), node);
        if (node_is_metric(&pack->definition->nodes[k]))
            good = take_metric(figures, scorer, k, first, edition->arena, node);
    }
    if (!good)
        fault_memory(fault);
    if (!good || !edition_show_ranks(edition, pack->definition->ties, fault))
        edition_destroy(&edition);
    return edition;
}

bool edition_show_ranks(struct edition *edition, enum ties ties, struct fault *fault) {
    size_t *same = calloc(edition->n_areas + 2, sizeof *same); /* by rank: how many have it */
    if (!same)
        return fault_memory(fault);
    for (size_t k = 0; k < edition->n_nodes; k++) {
        struct node_scores *node = &edition->nodes[k];
        memset(same, 0, (edition->n_areas + 2) * sizeof *same);
        for (size_t a = 0; a < edition->n_areas; a++)
            same[node->rank[a]]++;
        for (size_t a = 0; a < edition->n_areas; a++) {
            node->shown_rank[a] = node->rank[a];
            if (ties == TIES_AVERAGE && node->rank[a])
                node->shown_rank[a] += (double)(same[node->rank[a]] - 1) / 2.0;
        }
    }
    free(same);
    return true;
}

struct edition *edition_score(const struct pack *pack, const struct release *const *releases,
                              struct fault *fault) {
    struct edition *edition = NULL;
    struct figures *figures = figures_new(pack, releases, fault);
    struct scorer *scorer = figures ? scorer_new(pack, figures, fault) : NULL;
    if (scorer && scorer_run(scorer, &pack->definition->method, fault))
        edition = edition_of_scorer(pack, figures, scorer, figures->n_periods - 1, fault);
    scorer_destroy(&scorer);
    figures_destroy(&figures);
    return edition;
}

size_t edition_ranked(const struct edition *edition, size_t node) {
    size_t ranked = 0;
    for (size_t a = 0; a < edition->n_areas; a++)
        ranked += edition->nodes[node].rank[a] != 0;
    return ranked;
}
