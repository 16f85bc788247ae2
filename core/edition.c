#include "core/edition.h"

#include "core/arena.h"
#include "core/figures.h"
#include "core/rank.h"
#include "core/status.h"

#include <stdlib.h>
#include <string.h>

/* --- a node's columns ------------------------------------------------------------------------- */

/* In one piece of memory, which goes with the last edition that has it. */
struct kept_node {
    size_t users;
    uint64_t scored; /* by the scorer, as often */
    char *period;
    struct node_scores scores;
    max_align_t columns[];
};

enum {
    BYTES_OF_NODE = 2 * sizeof(double) + sizeof(uint32_t) + 2, /* for each area */
    BYTES_OF_METRIC = BYTES_OF_NODE + sizeof(double) + 2 + 2,
};

/* The widest first, so that each begins where it may. */
static void lay_out(unsigned char *at, size_t n, bool metric, struct node_scores *out) {
    double *numbers = (double *)(void *)at;
    uint32_t *ranks = (uint32_t *)(void *)(numbers + (metric ? 3 : 2) * n);
    uint8_t *bytes = (uint8_t *)(ranks + n);
    *out = (struct node_scores){.score = {.count = n, .value = numbers, .status = bytes},
                                .rank = ranks,
                                .shown_rank = numbers + n,
                                .band = bytes + n};
    memset(out->score.status, STATUS_ABSENT, n);
    if (!metric)
        return;
    out->raw = (struct column){n, numbers + 2 * n, bytes + 2 * n, bytes + 3 * n};
    out->imputed = bytes + 4 * n;
    out->winsorised = bytes + 5 * n;
    memset(out->raw.status, STATUS_ABSENT, n);
}

static struct kept_node *kept_new(size_t n, bool metric) {
    size_t each = metric ? BYTES_OF_METRIC : BYTES_OF_NODE;
    if (n > (SIZE_MAX - sizeof(struct kept_node)) / each)
        return NULL;
    struct kept_node *kept = calloc(1, sizeof *kept + n * each);
    if (!kept)
        return NULL;
    kept->users = 1;
    lay_out((unsigned char *)kept->columns, n, metric, &kept->scores);
    return kept;
}

static void let_go(struct kept_node *kept) {
    if (!kept || --kept->users > 0)
        return;
    free(kept->period);
    free(kept);
}

/* --- an edition ------------------------------------------------------------------------------- */

/* Its nodes are still to come. */
static struct edition *edition_open(const struct pack *pack, struct fault *fault) {
    struct arena *arena = arena_new();
    struct edition *edition = arena ? arena_alloc(arena, 1, sizeof *edition) : NULL;
    if (edition) {
        edition->arena = arena;
        edition->n_areas = pack->geography->n_areas;
        edition->n_nodes = pack->definition->n_nodes;
        edition->nodes = arena_alloc(arena, edition->n_nodes, sizeof *edition->nodes);
        edition->kept = arena_alloc(arena, edition->n_nodes, sizeof(struct kept_node *));
        if (edition->nodes && edition->kept)
            return edition;
    }
    fault_memory(fault);
    arena_destroy(&arena);
    return NULL;
}

static bool add_node(struct edition *edition, const struct pack *pack, size_t k) {
    edition->kept[k] = kept_new(edition->n_areas, node_is_metric(&pack->definition->nodes[k]));
    if (!edition->kept[k])
        return false;
    edition->nodes[k] = edition->kept[k]->scores;
    return true;
}

struct edition *edition_new(const struct pack *pack, struct fault *fault) {
    struct edition *edition = edition_open(pack, fault);
    for (size_t k = 0; edition && k < edition->n_nodes; k++) {
        if (add_node(edition, pack, k))
            continue;
        fault_memory(fault);
        edition_destroy(&edition);
    }
    return edition;
}

void edition_destroy(struct edition **edition) {
    if (!*edition)
        return;
    for (size_t k = 0; k < (*edition)->n_nodes; k++)
        let_go((*edition)->kept[k]);
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

static bool take_metric(const struct scorer *scorer, size_t k, size_t first,
                        struct kept_node *kept) {
    struct node_scores *out = &kept->scores;
    take_column(scorer_filled(scorer, k), first, &out->raw);
    memcpy(out->imputed, scorer_imputed(scorer, k) + first, out->raw.count);
    out->outliers = *scorer_outliers(scorer, k);
    memcpy(out->winsorised, scorer_winsorised(scorer, k) + first, out->raw.count);
    const char *period = scorer_period(scorer, k);
    out->period = kept->period = period ? strdup(period) : NULL;
    return out->period || !period;
}

static void show_ranks(struct node_scores *node, enum ties ties, size_t *same) {
    size_t n = node->score.count;
    for (size_t a = 0; a < n; a++)
        node->shown_rank[a] = node->rank[a];
    if (ties != TIES_AVERAGE)
        return;
    memset(same, 0, (n + 2) * sizeof *same);
    for (size_t a = 0; a < n; a++)
        same[node->rank[a]]++;
    for (size_t a = 0; a < n; a++) {
        if (node->rank[a])
            node->shown_rank[a] += (double)(same[node->rank[a]] - 1) / 2.0;
    }
}

static bool take_node(struct edition *edition, const struct pack *pack, struct scorer *scorer,
                      size_t k, size_t period, size_t *same) {
    size_t first = period * edition->n_areas;
    if (!add_node(edition, pack, k))
        return false;
    struct kept_node *kept = edition->kept[k];
    kept->scored = scorer_scored(scorer, k);
    take_column(scorer_scores(scorer, k), first, &kept->scores.score);
    rank_node(pack->definition, scorer_room(scorer), &kept->scores);
    show_ranks(&kept->scores, pack->definition->ties, same);
    if (node_is_metric(&pack->definition->nodes[k]) && !take_metric(scorer, k, first, kept))
        return false;
    edition->nodes[k] = kept->scores;
    return true;
}

static void share_node(struct edition *edition, const struct edition *before, size_t k) {
    edition->kept[k] = before->kept[k];
    edition->kept[k]->users++;
    edition->nodes[k] = before->nodes[k];
}

struct edition *edition_after(const struct pack *pack, struct scorer *scorer, size_t period,
                              const struct edition *before, struct fault *fault) {
    struct edition *edition = edition_open(pack, fault);
    if (!edition)
        return NULL;
    size_t *same = calloc(edition->n_areas + 2, sizeof *same); /* by rank: how many have it */
    bool good = same != NULL;
    for (size_t k = 0; good && k < edition->n_nodes; k++) {
        if (before && before->kept[k]->scored == scorer_scored(scorer, k))
            share_node(edition, before, k);
        else
            good = take_node(edition, pack, scorer, k, period, same);
    }
    free(same);
    if (!good) {
        fault_memory(fault);
        edition_destroy(&edition);
    }
    return edition;
}

struct edition *edition_of_scorer(const struct pack *pack, struct scorer *scorer, size_t period,
                                  struct fault *fault) {
    return edition_after(pack, scorer, period, NULL, fault);
}

bool edition_show_ranks(struct edition *edition, enum ties ties, struct fault *fault) {
    size_t *same = calloc(edition->n_areas + 2, sizeof *same);
    if (!same)
        return fault_memory(fault);
    for (size_t k = 0; k < edition->n_nodes; k++)
        show_ranks(&edition->nodes[k], ties, same);
    free(same);
    return true;
}

struct edition *edition_score(const struct pack *pack, const struct release *const *releases,
                              struct fault *fault) {
    struct edition *edition = NULL;
    struct figures *figures = figures_new(pack, releases, fault);
    struct scorer *scorer = figures ? scorer_new(pack, figures, fault) : NULL;
    if (scorer && scorer_run(scorer, &pack->definition->method, fault))
        edition = edition_of_scorer(pack, scorer, figures->n_periods - 1, fault);
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
