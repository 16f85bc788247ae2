/* Rank intervals, and leaving metrics out. */
#include "core/uncertainty.h"

#include "core/alternatives.h"
#include "core/arena.h"
#include "core/describe.h"
#include "core/status.h"
#include "core/tally.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- rank intervals: the order of replicates does not matter ---------------------------------- */

static struct spread *spread_new(const struct pack *pack, struct fault *fault) {
    struct arena *arena = arena_new();
    struct spread *out = arena ? arena_alloc(arena, 1, sizeof *out) : NULL;
    if (out) {
        out->arena = arena;
        out->n_areas = pack->geography->n_areas;
        out->bands = pack->definition->bands;
        out->areas = arena_alloc(arena, out->n_areas, sizeof *out->areas);
        out->band_counts = arena_alloc(arena, out->n_areas * out->bands, sizeof *out->band_counts);
        if (out->areas && out->band_counts)
            return out;
    }
    arena_destroy(&arena);
    fault_memory(fault);
    return NULL;
}

void spread_destroy(struct spread **spread) {
    if (!*spread)
        return;
    struct arena *arena = (*spread)->arena;
    arena_destroy(&arena);
    *spread = NULL;
}

struct run {
    const struct pack *pack;
    const struct figures *figures;
    uint32_t replicates;
    uint64_t seed;
    const size_t *nodes;
    size_t n_nodes;
    struct tally **tallies;
    struct spread **out;
    uint64_t first_failed; /* of the replicates that failed, the first: they come in any order */
};

static bool nominal_ranks(void *context, uint64_t k, size_t i, const uint32_t *rank,
                          const uint8_t *band, struct fault *fault) {
    struct run *run = context;
    for (size_t a = 0; a < run->out[i]->n_areas; a++)
        run->out[i]->areas[a].nominal = rank[a];
    (void)k, (void)band, (void)fault;
    return true;
}

static void change_replicate(void *context, uint64_t k, struct method *method) {
    const struct run *run = context;
    uncertainty_change(run->pack->definition, run->seed, k, method);
}

static bool replicate_ranks(void *context, uint64_t k, size_t i, const uint32_t *rank,
                            const uint8_t *band, struct fault *fault) {
    struct run *run = context;
    (void)k;
    return tally_add(run->tallies[i], rank, band, fault);
}

static bool replicate_failed(void *context, uint64_t k, const struct fault *why,
                             struct fault *fault) {
    struct run *run = context;
    for (size_t i = 0; i < run->n_nodes; i++) {
        run->out[i]->failed++;
        if (k < run->first_failed)
            (void)snprintf(run->out[i]->failure, sizeof run->out[i]->failure, "%.199s", why->text);
    }
    run->first_failed = k < run->first_failed ? k : run->first_failed;
    (void)fault;
    return true;
}

static bool open_run(struct run *run, struct fault *fault) {
    size_t areas = run->figures->n_areas;
    uint32_t width = tally_bin_width(areas, run->n_nodes, run->replicates);
    run->tallies = calloc(run->n_nodes, sizeof(struct tally *));
    if (!run->tallies)
        return fault_memory(fault);
    for (size_t i = 0; i < run->n_nodes; i++) {
        run->out[i] = spread_new(run->pack, fault);
        run->tallies[i] =
            tally_new(areas, run->pack->definition->bands, width, run->n_nodes, fault);
        if (!run->out[i] || !run->tallies[i])
            return false;
        run->out[i]->replicates = run->replicates;
        run->out[i]->bin_width = width;
    }
    return true;
}

static bool run_replicates(struct run *run, struct fault *fault) {
    const struct alternatives_use nominal = {.ranks = nominal_ranks, .context = run},
                                  varied = {.change = change_replicate,
                                            .ranks = replicate_ranks,
                                            .failed = replicate_failed,
                                            .context = run};
    struct alternatives *alternatives =
        alternatives_new(run->pack, run->figures, run->nodes, run->n_nodes, fault);
    bool good = alternatives && alternatives_run(alternatives, 0, 1, &nominal, fault) &&
                alternatives_run(alternatives, 0, run->replicates, &varied, fault);
    alternatives_destroy(&alternatives);
    return good;
}

static bool summarise(const struct run *run, size_t i, struct fault *fault) {
    struct spread *out = run->out[i];
    struct tally_span span = {0};
    uint8_t *bytes = tally_bytes(run->tallies[i], &span.length, fault);
    struct tally_place *places = calloc(out->n_areas + 1, sizeof *places);
    span.bytes = bytes;
    bool good = bytes && (places || fault_memory(fault)) &&
                tally_summarise(&span, run->pack->definition->uncertainty.interval, places,
                                out->band_counts, fault);
    for (size_t a = 0; good && a < out->n_areas; a++) {
        struct rank_spread *area = &out->areas[a];
        area->n = places[a].n;
        area->mean = places[a].mean;
        area->low = places[a].low;
        area->median = places[a].median;
        area->high = places[a].high;
    }
    free(places);
    free(bytes);
    return good;
}

static bool run_nodes(struct run *run, struct fault *fault) {
    bool good = open_run(run, fault) && run_replicates(run, fault);
    for (size_t i = 0; i < run->n_nodes; i++) {
        good = good && summarise(run, i, fault);
        if (run->tallies)
            tally_destroy(&run->tallies[i]);
    }
    free(run->tallies);
    return good;
}

/* As many nodes at once as have exact counts, so that more nodes are more runs and not wider bins.
 */
static size_t nodes_at_once(const struct figures *figures, uint32_t replicates, size_t n_nodes) {
    size_t n = n_nodes;
    while (n > 1 && tally_bin_width(figures->n_areas, n, replicates) > 1)
        n--;
    return n;
}

bool uncertainty_spread(const struct pack *pack, const struct figures *figures, const size_t *nodes,
                        size_t n_nodes, uint32_t replicates, uint64_t seed, struct spread **out,
                        struct fault *fault) {
    size_t most = nodes_at_once(figures, replicates, n_nodes);
    bool good = true;
    for (size_t i = 0; i < n_nodes; i++)
        out[i] = NULL;
    if (pack->definition->uncertainty.n_factors == 0) {
        return fault_set(
            fault, FAULT_INPUT,
            "the definition has no 'uncertainty': it must say which choices could have "
            "been made otherwise");
    }
    for (size_t at = 0; good && at < n_nodes; at += most) {
        struct run run = {.pack = pack,
                          .figures = figures,
                          .replicates = replicates,
                          .seed = seed,
                          .nodes = nodes + at,
                          .n_nodes = n_nodes - at < most ? n_nodes - at : most,
                          .out = out + at,
                          .first_failed = UINT64_MAX};
        good = run_nodes(&run, fault);
    }
    for (size_t i = 0; !good && i < n_nodes; i++)
        spread_destroy(&out[i]);
    return good;
}

/* --- leaving one metric out ------------------------------------------------------------------- */

struct comparing {
    struct alternatives *alternatives;
    uint32_t *before;
    double *value;
    size_t n;
    struct room room;
    struct left_out *out; /* item k: without metric out[k].metric */
};

static bool keep_nominal(void *context, uint64_t k, size_t i, const uint32_t *rank,
                         const uint8_t *band, struct fault *fault) {
    struct comparing *c = context;
    memcpy(c->before, rank, c->n * sizeof *rank);
    memcpy(c->value, alternatives_scores(c->alternatives)->value, c->n * sizeof *c->value);
    (void)k, (void)i, (void)band, (void)fault;
    return true;
}

static void leave_out(void *context, uint64_t k, struct method *method) {
    const struct comparing *c = context;
    method->nodes[c->out[k].metric].left_out = true;
}

static bool compare(void *context, uint64_t k, size_t i, const uint32_t *rank, const uint8_t *band,
                    struct fault *fault) {
    const struct comparing *c = context;
    const struct column *scores = alternatives_scores(c->alternatives);
    struct left_out *out = &c->out[k];
    double shifts = 0.0;
    size_t n = 0;
    for (size_t a = 0; a < c->n; a++) {
        if (!c->before[a] || !rank[a])
            continue;
        uint32_t shift = c->before[a] > rank[a] ? c->before[a] - rank[a] : rank[a] - c->before[a];
        shifts += shift;
        if (shift > out->most_shift) {
            out->most_shift = shift;
            out->most_area = a;
        }
        c->room.x[n] = c->value[a];
        c->room.y[n++] = scores->value[a];
    }
    struct correlation r;
    out->scored = true;
    out->compared = (uint32_t)n;
    out->mean_shift = n ? shifts / (double)n : 0.0;
    out->has_correlation = stats_pearson(c->room.x, c->room.y, n, &r);
    out->correlation = out->has_correlation ? r.value : 0.0;
    (void)i, (void)band, (void)fault;
    return true;
}

static bool cannot_leave_out(void *context, uint64_t k, const struct fault *why,
                             struct fault *fault) {
    struct comparing *c = context;
    (void)snprintf(c->out[k].failure, sizeof c->out[k].failure, "%.199s", why->text);
    (void)fault;
    return true;
}

static bool leave_each(struct comparing *c, size_t n_metrics, struct fault *fault) {
    const struct alternatives_use nominal = {.ranks = keep_nominal, .context = c},
                                  without = {.change = leave_out,
                                             .ranks = compare,
                                             .failed = cannot_leave_out,
                                             .context = c};
    return alternatives_run(c->alternatives, 0, 1, &nominal, fault) &&
           alternatives_run(c->alternatives, 0, n_metrics, &without, fault);
}

bool uncertainty_leave_out(const struct pack *pack, const struct figures *figures, size_t node,
                           struct left_out *out, size_t *n_out, struct fault *fault) {
    const struct definition *d = pack->definition;
    struct comparing c = {.n = figures->n_areas, .out = out};
    *n_out = 0;
    for (size_t k = 0; k < d->n_nodes; k++) {
        if (node_is_metric(&d->nodes[k]))
            out[(*n_out)++] = (struct left_out){.metric = k, .most_area = SIZE_MAX};
    }
    c.before = calloc(c.n + 1, sizeof *c.before);
    c.value = calloc(c.n + 1, sizeof *c.value);
    c.alternatives = alternatives_new(pack, figures, &node, 1, fault);
    bool good = c.alternatives && ((c.before && c.value) || fault_memory(fault)) &&
                room_open(&c.room, c.n, fault) && leave_each(&c, *n_out, fault);
    room_close(&c.room);
    free(c.before);
    free(c.value);
    alternatives_destroy(&c.alternatives);
    return good;
}
