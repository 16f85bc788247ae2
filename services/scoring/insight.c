#include "services/scoring/insight.h"

#include "core/changes.h"
#include "core/explain_words.h"
#include "core/uncertainty.h"
#include "core/utf8.h"
#include "services/bus/log.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Beyond two metrics the causes are those of their missions, or of all: for each place and each mix
 * of old and new figures the index is scored anew. 'mindex explain' goes deeper, for one place. */
enum { UNIONS = 2, CAUSES = 3 };

/* Each place explained scores every place anew, so that their product must have a bound: above
 * about 1,500 places, those that moved farthest are explained, and the rest by 'mindex explain'. */
enum { EXPLAINED_MAX = 2500000 };

/* Each replicate scores every place anew while the next release waits. */
enum { SPREAD_AREAS_MAX = 10000 };

/* Fewer ranks than these are found faster than a thread is made. */
enum { APART_RANKS_MIN = 20000 };

/* Rank intervals at the nodes where ranks changed. */
struct intervals {
    const struct pack *pack;
    const struct release *const *releases;
    size_t *nodes, n_nodes;
    struct spread **spreads;
    bool found, apart; /* apart: the thread is there */
    struct fault fault;
    pthread_t thread;
};

struct finding {
    struct arena *arena;
    const struct explain_side *older, *newer;
    const struct edition *before, *edition;
    struct changes *changes;
    size_t *areas, n_areas; /* to be explained */
    size_t *place;          /* by area: where it is among `areas`; SIZE_MAX: not explained */
    struct explanation *explanation; /* NULL: not yet */
    struct intervals intervals;
    size_t *order; /* causes of one change */
    Insight *out;
};

/* --- reasons ---------------------------------------------------------------------------------- */

struct moved {
    size_t area;
    uint32_t most; /* ranks, at any node */
};

/* The farthest first; then in the order of the table of areas. */
static int by_move(const void *left, const void *right) {
    const struct moved *a = left, *b = right;
    if (a->most != b->most)
        return a->most > b->most ? -1 : 1;
    return a->area < b->area ? -1 : a->area > b->area;
}

/* Those that moved somewhere, `most` being 0 for all others. */
static size_t find_moved(const struct finding *f, struct moved *moved, size_t n) {
    size_t count = 0;
    for (size_t a = 0; a < n; a++)
        moved[a].area = a;
    for (size_t i = 0; i < f->changes->count; i++) {
        const struct change *c = &f->changes->changes[i];
        uint32_t by =
            c->old_rank > c->new_rank ? c->old_rank - c->new_rank : c->new_rank - c->old_rank;
        if (by > moved[c->area].most)
            moved[c->area].most = by;
    }
    qsort(moved, n, sizeof *moved, by_move);
    while (count < n && moved[count].most)
        count++;
    return count;
}

static bool list_areas(struct finding *f) {
    size_t n = f->newer->pack->geography->n_areas;
    f->areas = arena_alloc(f->arena, n, sizeof *f->areas);
    f->place = arena_alloc(f->arena, n, sizeof *f->place);
    struct moved *moved = arena_alloc(f->arena, n, sizeof *moved);
    if (!f->areas || !f->place || !moved)
        return false;
    size_t count = find_moved(f, moved, n), most = EXPLAINED_MAX / n + 1;
    if (count > most)
        log_info("only the farthest moves are explained", "places=%zu of=%zu", most, count);
    for (size_t a = 0; a < n; a++)
        f->place[a] = SIZE_MAX;
    for (size_t i = 0; i < count && i < most; i++) {
        f->place[moved[i].area] = f->n_areas;
        f->areas[f->n_areas++] = moved[i].area;
    }
    return true;
}

/* As the hub takes it. NULL: memory ran out. */
static char *plain_copy(struct arena *arena, const char *text) {
    char *copy = arena_copy(arena, text, strlen(text));
    if (copy)
        utf8_make_plain(copy);
    return copy;
}

static Cause *cause_message(struct finding *f, const struct explain_case *c, size_t node,
                            size_t which) {
    const struct explain_cause *why = &f->explanation->causes[which];
    Cause *out = arena_alloc(f->arena, 1, sizeof *out);
    if (!out)
        return NULL;
    mindex__v1__cause__init(out);
    out->kind = (char *)cause_name(why->cause);
    out->amount = explanation_amount(f->explanation, c->at, node, which);
    if (why->node && !(out->node = plain_copy(f->arena, why->node)))
        return NULL;
    const char *unit = "";
    out->has_old_figure = out->has_new_figure =
        explain_figures(c, why, &out->old_figure, &out->new_figure, &unit);
    if (out->has_old_figure && !(out->unit = plain_copy(f->arena, unit)))
        return NULL;
    return out;
}

/* The largest causes, and all in words. Without a score before and after there are none. */
static bool tell_causes(struct finding *f, const struct change *change, Told *told) {
    size_t place = f->place[change->area];
    if (place == SIZE_MAX || !f->explanation->known[place * f->explanation->n_nodes + change->node])
        return true;
    const struct explain_case c = {f->explanation, f->older->pack, f->newer->pack, f->before,
                                   f->edition,     place,          change->area};
    char text[EXPLAIN_WORDS];
    explain_sentence(&c, change->node, text);
    size_t n = explain_largest(&c, change->node, f->order);
    told->why = plain_copy(f->arena, text);
    told->causes = arena_alloc(f->arena, CAUSES, sizeof(Cause *));
    if (!told->why || !told->causes)
        return false;
    for (size_t i = 0; i < n && i < CAUSES; i++) {
        told->causes[i] = cause_message(f, &c, change->node, f->order[i]);
        if (!told->causes[i])
            return false;
        told->n_causes++;
    }
    return true;
}

static bool find_reasons(struct finding *f, struct fault *fault) {
    if (!list_areas(f))
        return fault_memory(fault);
    f->explanation = explain(f->older, f->newer, f->areas, f->n_areas, UNIONS, fault);
    if (!f->explanation)
        return false;
    f->order = arena_alloc(f->arena, f->explanation->n_causes, sizeof *f->order);
    return f->order || fault_memory(fault);
}

/* --- intervals -------------------------------------------------------------------------------- */

/* Nodes above the metrics at which a rank changed. */
static size_t nodes_of_changes(const struct finding *f, size_t *nodes) {
    const struct definition *d = f->newer->pack->definition;
    size_t n = 0;
    for (size_t i = 0; i < f->changes->count; i++) {
        size_t node = f->changes->changes[i].node;
        if (!node_is_metric(&d->nodes[node]) && (n == 0 || nodes[n - 1] != node))
            nodes[n++] = node; /* changes stand by node */
    }
    return n;
}

static void *spread_main(void *intervals) {
    struct intervals *in = intervals;
    const struct uncertainty *u = &in->pack->definition->uncertainty;
    struct figures *figures = figures_new(in->pack, in->releases, &in->fault);
    in->found = figures && uncertainty_spread(in->pack, figures, in->nodes, in->n_nodes,
                                              u->replicates, u->seed, in->spreads, &in->fault);
    figures_destroy(&figures);
    return NULL;
}

/* Nothing to find is no failure. */
static bool intervals_open(struct finding *f, struct fault *fault) {
    struct intervals *in = &f->intervals;
    const struct pack *pack = in->pack = f->newer->pack;
    in->releases = f->newer->releases;
    if (!pack->definition->uncertainty.n_factors)
        return true;
    if (pack->geography->n_areas > SPREAD_AREAS_MAX) {
        log_info("no rank intervals: ask 'mindex uncertainty' for them", "places=%zu most=%d",
                 pack->geography->n_areas, SPREAD_AREAS_MAX);
        return true;
    }
    size_t n_nodes = pack->definition->n_nodes;
    in->nodes = arena_alloc(f->arena, n_nodes, sizeof *in->nodes);
    in->spreads = arena_alloc(f->arena, n_nodes, sizeof(struct spread *));
    if (!in->nodes || !in->spreads)
        return fault_memory(fault);
    in->n_nodes = nodes_of_changes(f, in->nodes);
    return true;
}

/* In a thread of their own, beside the reasons, which take about as long; where that is not worth a
 * thread, or none can be had, at intervals_end. They share only what is read. */
static void intervals_begin(struct intervals *in) {
    size_t ranks = in->pack->geography->n_areas * in->pack->definition->uncertainty.replicates;
    in->apart = in->n_nodes && ranks >= APART_RANKS_MIN &&
                pthread_create(&in->thread, NULL, spread_main, in) == 0;
}

static bool intervals_end(struct intervals *in, struct fault *fault) {
    if (in->apart)
        (void)pthread_join(in->thread, NULL);
    else if (in->n_nodes)
        (void)spread_main(in);
    in->apart = false;
    if (!in->n_nodes)
        return true;
    if (!in->found)
        *fault = in->fault;
    else if (in->spreads[0]->failed)
        log_warning("replicates failed", "failed=%u of=%u", in->spreads[0]->failed,
                    in->spreads[0]->replicates);
    return in->found;
}

static void intervals_close(struct intervals *in) {
    if (in->apart)
        (void)pthread_join(in->thread, NULL);
    for (size_t i = 0; i < in->n_nodes; i++)
        spread_destroy(&in->spreads[i]);
}

static const struct spread *spread_at(const struct intervals *in, size_t node) {
    for (size_t i = 0; i < in->n_nodes; i++) {
        if (in->nodes[i] == node)
            return in->spreads[i];
    }
    return NULL;
}

static void tell_interval(const struct finding *f, const struct change *change, Told *told) {
    const struct spread *spread = spread_at(&f->intervals, change->node);
    if (!spread || !spread->areas[change->area].n)
        return;
    told->has_rank_low = told->has_rank_high = true;
    told->rank_low = spread->areas[change->area].low;
    told->rank_high = spread->areas[change->area].high;
    told->has_beyond_interval = change->old_rank != 0 && change->new_rank != 0;
    told->beyond_interval = change->old_rank < told->rank_low || change->old_rank > told->rank_high;
}

/* --- telling ---------------------------------------------------------------------------------- */

/* Packed here: the hub need not unpack it to write the event. */
static bool pack_told(struct arena *arena, Told *told, Reason *out) {
    size_t length = mindex__v1__told__get_packed_size(told);
    out->told.data = arena_alloc(arena, length, 1);
    out->has_told = out->told.data != NULL;
    if (out->has_told)
        out->told.len = mindex__v1__told__pack(told, out->told.data);
    return out->has_told;
}

static bool tell_change(struct finding *f, const struct change *change) {
    Told told = MINDEX__V1__TOLD__INIT;
    if (!tell_causes(f, change, &told))
        return false;
    tell_interval(f, change, &told);
    if (!told.why && !told.has_rank_low)
        return true;
    Reason *out = arena_alloc(f->arena, 1, sizeof *out);
    if (!out)
        return false;
    mindex__v1__reason__init(out);
    out->node = (uint32_t)change->node;
    out->area = (uint32_t)change->area;
    f->out->reasons[f->out->n_reasons++] = out;
    return pack_told(f->arena, &told, out);
}

static bool tell_all(struct finding *f, struct fault *fault) {
    f->out->reasons = arena_alloc(f->arena, f->changes->count, sizeof(Reason *));
    bool good = f->out->reasons != NULL;
    for (size_t i = 0; good && i < f->changes->count; i++)
        good = tell_change(f, &f->changes->changes[i]);
    return good || fault_memory(fault);
}

/* --- both ------------------------------------------------------------------------------------- */

static bool find(struct finding *f, struct fault *fault) {
    f->changes = changes_between(f->older->pack, f->before, f->newer->pack, f->edition, fault);
    if (!f->changes)
        return false;
    if (f->changes->count == 0)
        return true;
    if (!intervals_open(f, fault))
        return false;
    intervals_begin(&f->intervals);
    return find_reasons(f, fault) && intervals_end(&f->intervals, fault) && tell_all(f, fault);
}

Insight *insight_find(struct arena *arena, const struct explain_side *older,
                      const struct edition *before, const struct explain_side *newer,
                      const struct edition *edition, struct fault *fault) {
    struct finding f = {
        .arena = arena, .older = older, .before = before, .newer = newer, .edition = edition};
    f.out = arena_alloc(arena, 1, sizeof *f.out);
    if (!f.out) {
        fault_memory(fault);
        return NULL;
    }
    mindex__v1__insight__init(f.out);
    bool good = find(&f, fault);
    intervals_close(&f.intervals);
    explanation_destroy(&f.explanation);
    changes_destroy(&f.changes);
    return good ? f.out : NULL;
}
