/* Rank intervals, and leaving metrics out. */
#include "core/uncertainty.h"

#include "core/alternatives.h"
#include "core/arena.h"
#include "core/describe.h"
#include "core/status.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How many numbers a place's ranks are kept in. */
static size_t width_of(size_t n_areas, uint32_t replicates) {
    return replicates <= n_areas ? replicates : n_areas + 1;
}

size_t uncertainty_most_nodes(const struct pack *pack, uint32_t replicates) {
    size_t areas = pack->geography->n_areas;
    return UNCERTAINTY_RANKS_MAX / (areas * width_of(areas, replicates));
}

static bool can_vary(const struct pack *pack, size_t n_nodes, uint32_t replicates,
                     struct fault *fault) {
    size_t areas = pack->geography->n_areas;
    if (pack->definition->uncertainty.n_factors == 0) {
        return fault_set(
            fault, FAULT_INPUT,
            "the definition has no 'uncertainty': it must say which choices could have "
            "been made otherwise");
    }
    return n_nodes <= uncertainty_most_nodes(pack, replicates) ||
           fault_set(fault, FAULT_INPUT,
                     "the ranks of %zu places in %u replicates are too many at once: take fewer "
                     "replicates",
                     areas, replicates);
}

/* --- rank intervals: the order of replicates does not matter ---------------------------------- */

struct counting {
    size_t n_areas, width;
    unsigned bands;
    bool listed;     /* ranks[area * width ...]: each replicate's, else [... + rank]: how many */
    uint32_t *ranks; /* spread->areas[area].n of them, or the sum of the counts */
    uint32_t *spare; /* for sorting those of one area */
};

static void count_replicate(const struct counting *counting, const uint32_t *rank,
                            const uint8_t *band, struct spread *spread) {
    for (size_t a = 0; a < counting->n_areas; a++) {
        uint32_t *ranks = &counting->ranks[a * counting->width];
        if (!rank[a])
            continue;
        if (counting->listed)
            ranks[spread->areas[a].n] = rank[a];
        else
            ranks[rank[a]]++;
        spread->areas[a].n++;
        spread->band_counts[a * counting->bands + band[a] - 1]++;
    }
}

/* The rank that stands at place `at` (from 0) when all replicates' are sorted. */
static double rank_at(const struct counting *counting, const uint32_t *ranks, uint64_t at) {
    if (counting->listed)
        return (double)ranks[at];
    uint64_t seen = 0;
    size_t r = 1;
    while (r < counting->n_areas && (seen += ranks[r]) <= at)
        r++;
    return (double)r;
}

static double quantile(const struct counting *counting, const uint32_t *ranks, uint32_t n,
                       double p) {
    double at = (double)(n - 1) * p;
    uint64_t below = (uint64_t)at;
    double low = rank_at(counting, ranks, below);
    double high = below + 1 < n ? rank_at(counting, ranks, below + 1) : low;
    return low + (at - (double)below) * (high - low);
}

/* By their lower byte, then by the next, as many as a rank has: there are hundreds of short lists,
 * for which a sort by comparisons took ten times as long. */
static void sort_ranks(const struct counting *counting, uint32_t *ranks, uint32_t n) {
    uint32_t *from = ranks, *to = counting->spare;
    for (unsigned shift = 0; counting->n_areas >> shift; shift += 8) {
        uint32_t start[257] = {0};
        for (uint32_t i = 0; i < n; i++)
            start[(from[i] >> shift & 255) + 1]++;
        for (unsigned b = 1; b < 256; b++)
            start[b] += start[b - 1];
        for (uint32_t i = 0; i < n; i++)
            to[start[from[i] >> shift & 255]++] = from[i];
        uint32_t *was = from;
        from = to;
        to = was;
    }
    if (from != ranks)
        memcpy(ranks, from, n * sizeof *ranks);
}

static void summarise(const struct counting *counting, double interval, struct spread *spread) {
    for (size_t a = 0; a < counting->n_areas; a++) {
        struct rank_spread *out = &spread->areas[a];
        uint32_t *ranks = &counting->ranks[a * counting->width];
        double sum = 0.0; /* of whole numbers, so that it is exact */
        if (!out->n)
            continue;
        if (counting->listed)
            sort_ranks(counting, ranks, out->n);
        for (size_t i = 0; i < (counting->listed ? out->n : counting->width); i++)
            sum += counting->listed ? (double)ranks[i] : (double)i * (double)ranks[i];
        out->mean = sum / (double)out->n;
        out->low = quantile(counting, ranks, out->n, (1.0 - interval) / 2.0);
        out->median = quantile(counting, ranks, out->n, 0.5);
        out->high = quantile(counting, ranks, out->n, (1.0 + interval) / 2.0);
    }
}

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

static bool open_counting(struct counting *counting, const struct pack *pack, uint32_t replicates,
                          struct fault *fault) {
    size_t n = pack->geography->n_areas;
    counting->n_areas = n;
    counting->width = width_of(n, replicates);
    counting->listed = replicates <= n;
    counting->bands = pack->definition->bands;
    counting->ranks = calloc((n + 1) * counting->width, sizeof *counting->ranks);
    counting->spare = counting->ranks ? counting->ranks + n * counting->width : NULL;
    return counting->ranks || fault_memory(fault);
}

struct run {
    const struct definition *definition;
    uint64_t seed;
    size_t n_nodes;
    struct counting *countings;
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
    uncertainty_change(run->definition, run->seed, k, method);
}

static bool replicate_ranks(void *context, uint64_t k, size_t i, const uint32_t *rank,
                            const uint8_t *band, struct fault *fault) {
    struct run *run = context;
    count_replicate(&run->countings[i], rank, band, run->out[i]);
    (void)k, (void)fault;
    return true;
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

static bool open_run(struct run *run, const struct pack *pack, uint32_t replicates,
                     struct fault *fault) {
    run->countings = calloc(run->n_nodes + 1, sizeof *run->countings);
    if (!run->countings)
        return fault_memory(fault);
    for (size_t i = 0; i < run->n_nodes; i++) {
        run->out[i] = spread_new(pack, fault);
        if (!run->out[i] || !open_counting(&run->countings[i], pack, replicates, fault))
            return false;
        run->out[i]->replicates = replicates;
    }
    return true;
}

static bool run_replicates(struct run *run, struct alternatives *alternatives, uint32_t replicates,
                           struct fault *fault) {
    const struct alternatives_use nominal = {.ranks = nominal_ranks, .context = run},
                                  varied = {.change = change_replicate,
                                            .ranks = replicate_ranks,
                                            .failed = replicate_failed,
                                            .context = run};
    return alternatives_run(alternatives, 0, 1, &nominal, fault) &&
           alternatives_run(alternatives, 0, replicates, &varied, fault);
}

bool uncertainty_spread(const struct pack *pack, const struct figures *figures, const size_t *nodes,
                        size_t n_nodes, uint32_t replicates, uint64_t seed, struct spread **out,
                        struct fault *fault) {
    for (size_t i = 0; i < n_nodes; i++)
        out[i] = NULL;
    if (!can_vary(pack, n_nodes, replicates, fault))
        return false;
    struct run run = {.definition = pack->definition,
                      .seed = seed,
                      .n_nodes = n_nodes,
                      .out = out,
                      .first_failed = UINT64_MAX};
    struct alternatives *alternatives = alternatives_new(pack, figures, nodes, n_nodes, fault);
    bool good = alternatives && open_run(&run, pack, replicates, fault) &&
                run_replicates(&run, alternatives, replicates, fault);
    for (size_t i = 0; i < n_nodes; i++) {
        if (good)
            summarise(&run.countings[i], pack->definition->uncertainty.interval, out[i]);
        else
            spread_destroy(&out[i]);
        if (run.countings)
            free(run.countings[i].ranks);
    }
    free(run.countings);
    alternatives_destroy(&alternatives);
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
