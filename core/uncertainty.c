/* Rank intervals, and leaving metrics out. */
#include "core/uncertainty.h"

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
    uint32_t *rank;  /* of one replicate */
    uint8_t *band;
};

static void count_replicate(struct variant *variant, size_t node, struct counting *counting,
                            struct spread *spread) {
    variant_ranks_and_bands(variant, node, counting->rank, counting->band);
    for (size_t a = 0; a < counting->n_areas; a++) {
        uint32_t *ranks = &counting->ranks[a * counting->width];
        if (!counting->rank[a])
            continue;
        if (counting->listed)
            ranks[spread->areas[a].n] = counting->rank[a];
        else
            ranks[counting->rank[a]]++;
        spread->areas[a].n++;
        spread->band_counts[a * counting->bands + counting->band[a] - 1]++;
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

static int by_number(const void *left, const void *right) {
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

static void summarise(const struct counting *counting, double interval, struct spread *spread) {
    for (size_t a = 0; a < counting->n_areas; a++) {
        struct rank_spread *out = &spread->areas[a];
        uint32_t *ranks = &counting->ranks[a * counting->width];
        double sum = 0.0; /* of whole numbers, so that it is exact */
        if (!out->n)
            continue;
        if (counting->listed)
            qsort(ranks, out->n, sizeof *ranks, by_number);
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
    counting->ranks = calloc(n * counting->width + 1, sizeof *counting->ranks);
    counting->rank = calloc(n + 1, sizeof *counting->rank);
    counting->band = calloc(n + 1, 1);
    return (counting->ranks && counting->rank && counting->band) || fault_memory(fault);
}

static void close_counting(struct counting *counting) {
    free(counting->ranks);
    free(counting->rank);
    free(counting->band);
}

static void note_failure(char failure[200], const struct fault *fault) {
    if (!*failure)
        (void)snprintf(failure, 200, "%.199s", fault->text);
}

struct run {
    struct variant *variant;
    const size_t *nodes;
    size_t n_nodes;
    struct counting *countings;
    struct spread **out;
};

static bool run_replicates(struct run *run, uint32_t replicates, uint64_t seed,
                           struct fault *fault) {
    static const uint32_t streams[64]; /* all from stream 0 */
    for (uint32_t k = 0; k < replicates; k++) {
        bool scored = variant_run(run->variant, seed, streams, k, fault);
        if (!scored && fault->kind != FAULT_INPUT)
            return false;
        for (size_t i = 0; i < run->n_nodes; i++) {
            run->out[i]->replicates++;
            if (scored)
                count_replicate(run->variant, run->nodes[i], &run->countings[i], run->out[i]);
            else
                note_failure(run->out[i]->failure, fault);
            run->out[i]->failed += !scored;
        }
    }
    return true;
}

static bool open_run(struct run *run, const struct pack *pack, const struct figures *figures,
                     uint32_t replicates, struct fault *fault) {
    run->variant = variant_new(pack, figures, fault);
    run->countings = calloc(run->n_nodes + 1, sizeof *run->countings);
    if (!run->variant)
        return false;
    if (!run->countings)
        return fault_memory(fault);
    if (!variant_run_nominal(run->variant, fault))
        return false;
    for (size_t i = 0; i < run->n_nodes; i++) {
        run->out[i] = spread_new(pack, fault);
        if (!run->out[i] || !open_counting(&run->countings[i], pack, replicates, fault))
            return false;
        variant_ranks(run->variant, run->nodes[i], run->countings[i].rank);
        for (size_t a = 0; a < run->out[i]->n_areas; a++)
            run->out[i]->areas[a].nominal = run->countings[i].rank[a];
    }
    return true;
}

bool uncertainty_spread(const struct pack *pack, const struct figures *figures, const size_t *nodes,
                        size_t n_nodes, uint32_t replicates, uint64_t seed, struct spread **out,
                        struct fault *fault) {
    for (size_t i = 0; i < n_nodes; i++)
        out[i] = NULL;
    if (!can_vary(pack, n_nodes, replicates, fault))
        return false;
    struct run run = {.nodes = nodes, .n_nodes = n_nodes, .out = out};
    bool good = open_run(&run, pack, figures, replicates, fault) &&
                run_replicates(&run, replicates, seed, fault);
    for (size_t i = 0; i < n_nodes; i++) {
        if (good)
            summarise(&run.countings[i], pack->definition->uncertainty.interval, out[i]);
        else
            spread_destroy(&out[i]);
        if (run.countings)
            close_counting(&run.countings[i]);
    }
    free(run.countings);
    variant_destroy(&run.variant);
    return good;
}

/* --- leaving one metric out ------------------------------------------------------------------- */

struct comparing {
    uint32_t *before, *after;
    double *value;
    uint8_t *status;
    size_t n;
    struct room room;
};

static void compare(const struct comparing *c, const struct column *scores, struct left_out *out) {
    double shifts = 0.0;
    size_t n = 0;
    for (size_t a = 0; a < c->n; a++) {
        if (!c->before[a] || !c->after[a])
            continue;
        uint32_t shift =
            c->before[a] > c->after[a] ? c->before[a] - c->after[a] : c->after[a] - c->before[a];
        shifts += shift;
        out->compared++;
        if (shift > out->most_shift) {
            out->most_shift = shift;
            out->most_area = a;
        }
        c->room.x[n] = c->value[a];
        c->room.y[n++] = scores->value[scores->count - c->n + a];
    }
    out->mean_shift = out->compared ? shifts / (double)out->compared : 0.0;
    struct correlation r;
    out->has_correlation = stats_pearson(c->room.x, c->room.y, n, &r);
    out->correlation = out->has_correlation ? r.value : 0.0;
}

static bool leave_each(struct variant *variant, const struct pack *pack, size_t node,
                       struct comparing *c, struct left_out *out, size_t *n_out,
                       struct fault *fault) {
    const struct definition *d = pack->definition;
    if (!variant_run_nominal(variant, fault))
        return false;
    variant_ranks(variant, node, c->before);
    const struct column *scores = scorer_scores(variant_scorer(variant), node);
    memcpy(c->value, scores->value + scores->count - c->n, c->n * sizeof *c->value);
    *n_out = 0;
    for (size_t k = 0; k < d->n_nodes; k++) {
        if (!node_is_metric(&d->nodes[k]))
            continue;
        struct left_out *one = &out[(*n_out)++];
        *one = (struct left_out){.metric = k, .most_area = SIZE_MAX};
        one->scored = variant_run_without(variant, k, fault);
        if (!one->scored && fault->kind != FAULT_INPUT)
            return false;
        if (!one->scored) {
            note_failure(one->failure, fault);
            continue;
        }
        variant_ranks(variant, node, c->after);
        compare(c, scorer_scores(variant_scorer(variant), node), one);
    }
    return true;
}

bool uncertainty_leave_out(const struct pack *pack, const struct figures *figures, size_t node,
                           struct left_out *out, size_t *n_out, struct fault *fault) {
    struct comparing c = {.n = figures->n_areas};
    c.before = calloc(c.n + 1, 2 * sizeof *c.before);
    c.value = calloc(c.n + 1, sizeof *c.value);
    struct variant *variant = variant_new(pack, figures, fault);
    bool good = variant != NULL;
    if (good && (!c.before || !c.value))
        good = fault_memory(fault);
    good = good && room_open(&c.room, c.n, fault);
    if (good) {
        c.after = c.before + c.n + 1;
        good = leave_each(variant, pack, node, &c, out, n_out, fault);
    }
    room_close(&c.room);
    free(c.before);
    free(c.value);
    variant_destroy(&variant);
    return good;
}
