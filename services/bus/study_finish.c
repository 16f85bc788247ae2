/* All pieces of a study become its result. */
#include "core/uncertainty.h"
#include "services/bus/study_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct finishing {
    const struct study *study;
    struct arena *arena;
    const StudyPiece *all;
    StudyResult *out;
};

/* --- for people ------------------------------------------------------------------------------- */

static bool name_all(struct finishing *f) {
    const struct definition *d = f->study->pack->definition;
    const struct area *areas = f->study->pack->geography->areas;
    StudyResult *out = f->out;
    size_t n = f->study->n_areas;
    out->areas = arena_alloc(f->arena, n, sizeof *out->areas);
    out->area_names = arena_alloc(f->arena, n, sizeof *out->area_names);
    out->node_names = arena_alloc(f->arena, f->study->n_nodes, sizeof *out->node_names);
    out->band_names = arena_alloc(f->arena, d->bands, sizeof *out->band_names);
    out->weighted = arena_alloc(f->arena, f->study->n_weighted, sizeof *out->weighted);
    if (!out->areas || !out->area_names || !out->node_names || !out->band_names || !out->weighted)
        return false;
    for (; out->n_areas < n; out->n_areas++)
        out->areas[out->n_areas] = (char *)areas[out->n_areas].code;
    for (; out->n_area_names < n; out->n_area_names++)
        out->area_names[out->n_area_names] = (char *)areas[out->n_area_names].name;
    for (; out->n_node_names < f->study->n_nodes; out->n_node_names++)
        out->node_names[out->n_node_names] =
            (char *)d->nodes[f->study->nodes[out->n_node_names]].name;
    for (; out->n_band_names < d->bands; out->n_band_names++)
        out->band_names[out->n_band_names] = (char *)d->band_names[out->n_band_names];
    for (; out->n_weighted < f->study->n_weighted; out->n_weighted++)
        out->weighted[out->n_weighted] = (char *)d->nodes[f->study->weighted[out->n_weighted]].id;
    return true;
}

/* --- counts of ranks -------------------------------------------------------------------------- */

static bool open_spread(struct finishing *f, size_t node, NodeSpread *out) {
    size_t n = f->study->n_areas, bands = f->study->pack->definition->bands;
    out->node = f->study->message->nodes[node];
    out->bin_width = f->study->bin_width;
    out->items = arena_alloc(f->arena, n, sizeof *out->items);
    out->mean = arena_alloc(f->arena, n, sizeof *out->mean);
    out->low = arena_alloc(f->arena, n, sizeof *out->low);
    out->median = arena_alloc(f->arena, n, sizeof *out->median);
    out->high = arena_alloc(f->arena, n, sizeof *out->high);
    out->bands = arena_alloc(f->arena, n * bands, sizeof *out->bands);
    out->nominal = f->study->nominal + node * n;
    out->n_items = out->n_nominal = out->n_mean = out->n_low = out->n_median = out->n_high = n;
    out->n_bands = n * bands;
    return out->items && out->mean && out->low && out->median && out->high && out->bands;
}

static bool fill_spread(struct finishing *f, size_t node, double interval, NodeSpread *out,
                        struct fault *fault) {
    size_t n = f->study->n_areas, bands = f->study->pack->definition->bands;
    const struct tally_span span = {f->all->tallies[node].data, f->all->tallies[node].len};
    struct tally_place *places = calloc(n, sizeof *places);
    uint32_t *in_band = calloc(n * bands, sizeof *in_band);
    bool read = (places && in_band && open_spread(f, node, out)) || fault_memory(fault);
    read = read && tally_summarise(&span, interval, places, in_band, fault);
    for (size_t a = 0; read && a < n; a++) {
        out->items[a] = places[a].n;
        out->mean[a] = places[a].mean;
        out->low[a] = places[a].low;
        out->median[a] = places[a].median;
        out->high[a] = places[a].high;
    }
    for (size_t i = 0; read && i < n * bands; i++)
        out->bands[i] = in_band[i];
    out->has_interval = true;
    out->interval = interval;
    free(places);
    free(in_band);
    return read;
}

/* Of a grid, low and high are the best and the worst rank. */
static bool put_spreads(struct finishing *f, struct fault *fault) {
    size_t n = f->all->n_tallies;
    double interval =
        f->study->kind == STUDY_WEIGHTS ? 1.0 : f->study->pack->definition->uncertainty.interval;
    f->out->spreads = arena_alloc(f->arena, n, sizeof *f->out->spreads);
    NodeSpread *all = arena_alloc(f->arena, n, sizeof *all);
    if (!f->out->spreads || !all)
        return fault_memory(fault);
    for (size_t i = 0; i < n; i++) {
        mindex__v1__node_spread__init(&all[i]);
        if (!fill_spread(f, i, interval, &all[i], fault))
            return false;
        f->out->spreads[f->out->n_spreads++] = &all[i];
    }
    return true;
}

/* --- outcomes --------------------------------------------------------------------------------- */

static bool put_points(struct finishing *f, struct fault *fault) {
    size_t n = f->all->n_outcomes, weights = f->study->n_weighted;
    f->out->grid = arena_alloc(f->arena, n, sizeof *f->out->grid);
    GridPoint *all = arena_alloc(f->arena, n, sizeof *all);
    double *numbers = arena_alloc(f->arena, n * weights, sizeof *numbers);
    if (!f->out->grid || !all || !numbers)
        return fault_memory(fault);
    for (size_t k = 0; k < n; k++) {
        uint32_t parts[GRID_PARTS_MAX];
        GridPoint *point = f->out->grid[f->out->n_grid++] = &all[k];
        mindex__v1__grid_point__init(point);
        point->weights = numbers + k * weights;
        point->n_weights = weights;
        grid_point(f->study->grid, k, parts);
        for (size_t i = 0; i < weights; i++)
            point->weights[i] = (double)parts[i] / (double)f->study->message->grid->steps;
        point->has_shift = f->all->scored.data[k] == 1;
        point->shift = f->all->outcomes[k];
    }
    return true;
}

static void put_index(struct finishing *f, const struct sensitivity *s, size_t i,
                      SensitivityIndex *out) {
    mindex__v1__sensitivity_index__init(out);
    out->factor = (char *)f->study->pack->definition->uncertainty.factors[i].name;
    out->first = s->first[i].value;
    out->first_low = s->first[i].low;
    out->first_high = s->first[i].high;
    out->total = s->total[i].value;
    out->total_low = s->total[i].low;
    out->total_high = s->total[i].high;
    f->out->sensitivity->indexes[f->out->sensitivity->n_indexes++] = out;
}

static bool put_indexes(struct finishing *f, const struct sensitivity *s) {
    SensitivityResult *out = arena_alloc(f->arena, 1, sizeof *out);
    SensitivityIndex *all = arena_alloc(f->arena, s->n_factors, sizeof *all);
    if (!out || !all)
        return false;
    mindex__v1__sensitivity_result__init(out);
    f->out->sensitivity = out;
    out->node = f->study->message->nodes[0];
    out->rows = s->rows;
    out->failed_rows = s->failed;
    out->defined = s->defined;
    out->has_mean = out->has_variance = s->rows - s->failed >= 2;
    out->mean = s->mean;
    out->variance = s->variance;
    out->indexes = arena_alloc(f->arena, s->n_factors, sizeof *out->indexes);
    for (size_t i = 0; out->indexes && i < s->n_factors; i++)
        put_index(f, s, i, &all[i]);
    return out->indexes != NULL;
}

static bool put_sensitivity(struct finishing *f, struct fault *fault) {
    const Study *study = f->study->message;
    size_t n = f->all->n_outcomes;
    double *outcomes = calloc(n + 1, sizeof *outcomes);
    for (size_t k = 0; outcomes && k < n; k++)
        outcomes[k] = f->all->scored.data[k] == 1 ? f->all->outcomes[k] : NAN;
    struct sensitivity *s = outcomes
                                ? sensitivity_of(outcomes, study->rows,
                                                 f->study->pack->definition->uncertainty.n_factors,
                                                 study->seed, study->bootstrap, fault)
                                : NULL;
    if (!outcomes)
        fault_memory(fault);
    bool put = s && (put_indexes(f, s) || fault_memory(fault));
    sensitivity_destroy(&s);
    free(outcomes);
    return put;
}

/* --- alternatives ----------------------------------------------------------------------------- */

static bool put_alternatives(struct finishing *f, struct fault *fault) {
    size_t n = f->all->n_failures, nodes = f->study->n_nodes;
    f->out->alternatives = arena_alloc(f->arena, n, sizeof *f->out->alternatives);
    AlternativeResult *all = arena_alloc(f->arena, n, sizeof *all);
    if (!f->out->alternatives || !all)
        return fault_memory(fault);
    for (size_t k = 0; k < n; k++) {
        AlternativeResult *out = f->out->alternatives[f->out->n_alternatives++] = &all[k];
        mindex__v1__alternative_result__init(out);
        out->name = f->study->message->alternatives[k]->name;
        if (f->all->scored.data[k] == 1) {
            out->ranks = f->all->ranks + k * nodes;
            out->n_ranks = nodes;
        } else {
            out->failure = f->all->failures[k];
        }
    }
    return true;
}

/* --- all of it -------------------------------------------------------------------------------- */

static bool put_all(struct finishing *f, struct fault *fault) {
    if (!name_all(f))
        return fault_memory(fault);
    switch (f->study->kind) {
    case STUDY_SENSITIVITY:
        return put_sensitivity(f, fault);
    case STUDY_WHAT_IF:
    case STUDY_BACK_CAST:
        return put_alternatives(f, fault);
    default:
        return put_spreads(f, fault) && put_points(f, fault);
    }
}

StudyResult *study_finish(const struct study *study, struct arena *arena, StudyPiece *const *pieces,
                          size_t n, struct fault *fault) {
    struct finishing f = {.study = study, .arena = arena};
    f.all = study_merge(study, arena, pieces, n, fault);
    if (!f.all)
        return NULL;
    if (f.all->first != 0 || f.all->count != study->message->items) {
        fault_set(fault, FAULT_INPUT, "pieces of %llu items, of a study of %llu",
                  (unsigned long long)f.all->count, (unsigned long long)study->message->items);
        return NULL;
    }
    f.out = arena_alloc(arena, 1, sizeof *f.out);
    if (!f.out) {
        fault_memory(fault);
        return NULL;
    }
    mindex__v1__study_result__init(f.out);
    f.out->study = study->message;
    f.out->hash = (char *)study->hash;
    f.out->failed = f.all->failed;
    f.out->failure = f.all->failure;
    return put_all(&f, fault) ? f.out : NULL;
}
