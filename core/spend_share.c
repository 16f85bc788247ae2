#include "core/spend_share.h"

#include "core/arena.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *id, *words;
} places[SHARE_PLACES] = {
    [SHARE_NONE] = {"", ""},
    [SHARE_BELOW] = {"below", "below its share of need"},
    [SHARE_ON_TARGET] = {"on-target", "on target"},
    [SHARE_ABOVE] = {"above", "above its share of need"},
};

const char *share_place_id(enum share_place place) {
    return places[place].id;
}

const char *share_place_words(enum share_place place) {
    return places[place].words;
}

/* --- areas ------------------------------------------------------------------------------------ */

static double spend_of(const struct comparison *comparison, size_t area) {
    const struct spend_row *row = &comparison->rows[area];
    return comparison->rules.measure == SPEND_TOTAL ? row->total : row->per_head;
}

static void find_ends(struct spend_share *out, const struct comparison *comparison) {
    out->least = INFINITY;
    out->most = -INFINITY;
    for (size_t a = 0; a < comparison->n_rows; a++) {
        if (!comparison->rows[a].compared)
            continue;
        out->least = fmin(out->least, comparison->rows[a].need);
        out->most = fmax(out->most, comparison->rows[a].need);
    }
}

static double need_of(const struct spend_share *share, const struct pack *pack,
                      const struct comparison *comparison, size_t area) {
    double span = share->most - share->least;
    double way = span > 0 ? (comparison->rows[area].need - share->least) / span : 0;
    double weight = 1 + (share->ratio - 1) * way;
    return comparison->rules.measure == SPEND_TOTAL
               ? weight * pack->geography->areas[area].population
               : weight;
}

static void compare_shares(struct share *share) {
    if (!(share->need > 0))
        return;
    share->gap = 100 * (share->spend / share->need - 1);
    share->place = share->gap < -SHARE_BAND  ? SHARE_BELOW
                   : share->gap > SHARE_BAND ? SHARE_ABOVE
                                             : SHARE_ON_TARGET;
}

static bool fill_areas(struct spend_share *out, const struct pack *pack,
                       const struct comparison *comparison, struct fault *fault) {
    double need = 0, spend = 0;
    for (size_t a = 0; a < comparison->n_rows; a++) {
        if (!comparison->rows[a].compared)
            continue;
        out->areas[a].need = need_of(out, pack, comparison, a);
        out->areas[a].spend = spend_of(comparison, a);
        if (out->areas[a].spend < 0) {
            return fault_set(fault, FAULT_INPUT,
                             "there are no shares of spend: that of %s is %g, expected 0 or more",
                             pack->geography->areas[a].name, out->areas[a].spend);
        }
        need += out->areas[a].need;
        spend += out->areas[a].spend;
    }
    if (!(spend > 0) || !isfinite(spend) || !isfinite(need))
        return fault_set(fault, FAULT_INPUT, "there are no shares of spend: all of it is %g",
                         spend);
    for (size_t a = 0; a < comparison->n_rows; a++) {
        if (!comparison->rows[a].compared)
            continue;
        out->areas[a].need /= need;
        out->areas[a].spend /= spend;
        compare_shares(&out->areas[a]);
        out->order[out->n_order++] = a;
        out->places[out->areas[a].place]++;
    }
    return true;
}

static int by_gap(const void *left, const void *right, void *context) {
    const struct share *areas = context;
    size_t a = *(const size_t *)left, b = *(const size_t *)right;
    if (areas[a].gap != areas[b].gap)
        return areas[a].gap < areas[b].gap ? -1 : 1;
    return (a > b) - (a < b);
}

/* --- groups ----------------------------------------------------------------------------------- */

static void add_to_group(struct share_group *groups, size_t *n, const char *name,
                         const struct share *share) {
    size_t i = 0;
    while (i < *n && strcmp(groups[i].name, name) != 0)
        i++;
    if (i == *n)
        groups[(*n)++].name = name;
    groups[i].areas[share->place]++;
    groups[i].share.need += share->need;
    groups[i].share.spend += share->spend;
}

static void fill_groups(struct spend_share *out, const struct pack *pack) {
    for (size_t a = 0; a < pack->geography->n_areas; a++) {
        const struct area *area = &pack->geography->areas[a];
        add_to_group(out->regions, &out->n_regions, area->region, &out->areas[a]);
        add_to_group(out->types, &out->n_types, area->type, &out->areas[a]);
    }
    for (size_t i = 0; i < out->n_regions; i++)
        compare_shares(&out->regions[i].share);
    for (size_t i = 0; i < out->n_types; i++)
        compare_shares(&out->types[i].share);
}

/* ---------------------------------------------------------------------------------------------- */

static struct spend_share *share_new(size_t n_areas, double ratio, struct fault *fault) {
    struct arena *arena = arena_new();
    struct spend_share *out = arena ? arena_alloc(arena, 1, sizeof *out) : NULL;
    if (out) {
        out->arena = arena;
        out->ratio = ratio;
        out->areas = arena_alloc(arena, n_areas, sizeof *out->areas);
        out->order = arena_alloc(arena, n_areas, sizeof *out->order);
        /* There are no more of either than areas. */
        out->regions = arena_alloc(arena, n_areas, sizeof *out->regions);
        out->types = arena_alloc(arena, n_areas, sizeof *out->types);
    }
    if (out && out->areas && out->order && out->regions && out->types)
        return out;
    fault_memory(fault);
    arena_destroy(&arena);
    return NULL;
}

struct spend_share *spend_share(const struct pack *pack, const struct comparison *comparison,
                                double ratio, struct fault *fault) {
    if (!(ratio >= 1) || !isfinite(ratio)) {
        fault_set(fault, FAULT_INPUT, "a ratio of need of %g, expected 1 or more", ratio);
        return NULL;
    }
    struct spend_share *out = share_new(comparison->n_rows, ratio, fault);
    if (!out)
        return NULL;
    find_ends(out, comparison);
    if (!fill_areas(out, pack, comparison, fault)) {
        spend_share_destroy(&out);
        return NULL;
    }
    qsort_r(out->order, out->n_order, sizeof *out->order, by_gap, out->areas);
    fill_groups(out, pack);
    return out;
}

void spend_share_destroy(struct spend_share **share) {
    if (!*share)
        return;
    struct arena *arena = (*share)->arena; /* it lies in its own arena */
    arena_destroy(&arena);
    *share = NULL;
}
