/* Several items at once: for each node the sums of its children, a few hundred rows at a time, and
 * then what sums cannot say. A row below which no figure is missing is covered to exactly 1, since
 * both sums of weights are made in the same order; the others are for alternatives_rows.c. */
#include "core/alternatives_tile.h"

#include "core/arena.h"
#include "core/clones.h"
#include "core/normalise.h"
#include "core/powers.h"
#include "core/status.h"

#include <math.h>
#include <string.h>

/* --- memory ----------------------------------------------------------------------------------- */

static bool open_mix(struct alternatives *a, const struct parent *parent, struct mix *mix) {
    size_t n = parent->n_children;
    mix->children = arena_alloc(a->arena, n, sizeof *mix->children);
    mix->weights = arena_alloc(a->arena, n * ITEMS, sizeof *mix->weights);
    mix->weights_by_item = arena_alloc(a->arena, n * ITEMS, sizeof *mix->weights_by_item);
    mix->in = arena_alloc(a->arena, n * ITEMS, sizeof *mix->in);
    mix->columns = arena_alloc(a->arena, n, sizeof *mix->columns);
    mix->status = arena_alloc(a->arena, n, sizeof *mix->status);
    mix->x = arena_alloc(a->arena, n, sizeof *mix->x);
    mix->generalised = arena_alloc(a->arena, n, sizeof *mix->generalised);
    return mix->children && mix->weights && mix->weights_by_item && mix->in && mix->columns &&
           mix->status && mix->x && mix->generalised;
}

static bool open_parts(struct alternatives *a, struct parent *parent) {
    double *numbers = alternatives_numbers(a->arena, (size_t)2 * ITEMS * ROWS);
    uint8_t *status = arena_alloc(a->arena, ITEMS, ROWS);
    parent->ragged = arena_alloc(a->arena, a->stride, 1);
    if (!numbers || !status || !parent->ragged)
        return false;
    for (size_t j = 0; j < ITEMS; j++) {
        parent->part[j] = numbers + j * ROWS;
        parent->part_covered[j] = numbers + (ITEMS + j) * ROWS;
        parent->part_status[j] = status + j * ROWS;
    }
    return true;
}

bool tile_open(struct alternatives *a) {
    size_t most = definition_most_children(a->pack->definition);
    struct tile *tile = a->tile = arena_alloc(a->arena, 1, sizeof *tile);
    if (!tile)
        return false;
    size_t items = TILE_MAX / a->stride / (a->n_parents + 1) / 4 * 4;
    a->tile_items = items < 4 ? 4 : items < ITEMS ? items : ITEMS;
    tile->mixes = arena_alloc(a->arena, a->n_parents, sizeof *tile->mixes);
    tile->forms = alternatives_numbers(a->arena, most * ROWS);
    tile->score = arena_alloc(a->arena, most, sizeof *tile->score);
    tile->weight = arena_alloc(a->arena, most, sizeof *tile->weight);
    if (!tile->mixes || !tile->forms || !tile->score || !tile->weight)
        return false;
    for (size_t p = 0; p < a->n_parents; p++) {
        if (!open_mix(a, &a->parents[p], &tile->mixes[p]) || !open_parts(a, &a->parents[p]))
            return false;
    }
    return true;
}

static bool make_whole(struct alternatives *a, struct parent *parent) {
    for (size_t j = 0; j < a->tile_items && !parent->whole[j]; j++) {
        double *value = alternatives_numbers(a->arena, a->stride);
        parent->whole_status[j] = arena_alloc(a->arena, a->stride, 1);
        parent->whole_covered[j] = arena_alloc(a->arena, a->stride, sizeof(double));
        if (!value || !parent->whole_status[j] || !parent->whole_covered[j])
            return false;
        parent->whole[j] = value;
    }
    return true;
}

/* --- what the items of a tile do at each parent ----------------------------------------------- */

static enum form form_of(enum aggregate method) {
    switch (method) {
    case AGGREGATE_ARITHMETIC:
        return FORM_VALUE;
    case AGGREGATE_GEOMETRIC:
        return FORM_LOG;
    case AGGREGATE_HARMONIC:
        return FORM_POSITIVE;
    case AGGREGATE_GENERALISED:
        return FORM_SHARES;
    default:
        return FORM_NONE;
    }
}

static bool add_child(struct alternatives *a, struct mix *mix, const struct child *child) {
    struct tile *tile = a->tile;
    size_t c = mix->count;
    bool any = false;
    for (size_t j = 0; j < ITEMS; j++) {
        double weight = j < tile->n ? tile->plans[j]->weights[child->node] : 0.0;
        bool in = j < tile->n && tile->plans[j]->in[child->node];
        mix->weights[c * ITEMS + j] = weight;
        mix->all[j] += weight;
        mix->in[c * ITEMS + j] = in ? 1.0 : 0.0;
        any = any || in;
    }
    if (!any)
        return true;
    mix->children[c] = child;
    mix->columns[c] = NULL;
    mix->status[c] = NULL;
    mix->shared = mix->shared && child->metric;
    mix->count++;
    if (!child->metric) {
        mix->gaps = mix->gaps || tile->mixes[child->at].gaps;
        return true;
    }
    struct kept *kept = a->kept[child->at].kept[tile->plans[0]->kept[child->at]];
    mix->gaps = mix->gaps || !kept->whole;
    mix->status[c] = kept->status;
    enum form form = mix->form < FORM_COUNT ? mix->form : FORM_VALUE;
    if (!kept_column(a, kept, form, &mix->columns[c]))
        return false;
    tile->fits = tile->fits && mix->columns[c];
    return true;
}

static bool mix_parent(struct alternatives *a, size_t p) {
    const struct tile *tile = a->tile;
    const struct parent *parent = &a->parents[p];
    struct mix *mix = &a->tile->mixes[p];
    mix->form = form_of(tile->plans[0]->recipes[p].method);
    mix->count = 0;
    mix->shared = true;
    mix->pass = 0;
    mix->normalised = mix->gaps = false;
    memset(mix->all, 0, sizeof mix->all);
    for (size_t c = 0; c < parent->n_children; c++) {
        const struct child *child = &parent->children[c];
        if (!add_child(a, mix, child))
            return false;
        const struct mix *below = child->metric ? NULL : &tile->mixes[child->at];
        if (below && mix->pass < below->pass + below->normalised)
            mix->pass = below->pass + below->normalised;
    }
    for (size_t j = 0; j < tile->n; j++) {
        mix->normalised = mix->normalised || tile->plans[j]->scales[p].method != NORMALISE_NONE;
        for (size_t c = 0; c < mix->count; c++)
            mix->weights_by_item[j * mix->count + c] = mix->weights[c * ITEMS + j];
    }
    mix->whole = parent->asked || mix->normalised;
    for (size_t c = 0; c < mix->count; c++) { /* what is scored before must stay */
        if (!mix->children[c]->metric && tile->mixes[mix->children[c]->at].pass != mix->pass)
            tile->mixes[mix->children[c]->at].whole = true;
    }
    return true;
}

static bool mix_all(struct alternatives *a) {
    for (size_t p = 0; p < a->n_parents; p++) {
        if (!mix_parent(a, p))
            return false;
    }
    for (size_t p = 0; p < a->n_parents; p++) {
        if (a->tile->mixes[p].whole && !make_whole(a, &a->parents[p]))
            return false;
    }
    return true;
}

/* --- one part --------------------------------------------------------------------------------- */

/* The rows of the part, as loops of a known number of steps take them. */
static size_t padded(const struct tile *tile) {
    return (tile->rows + WEIGHTED_STEP - 1) / WEIGHTED_STEP * WEIGHTED_STEP;
}

static const double *in_form(const double *from, size_t rows, enum form form, double *out) {
    if (form == FORM_VALUE)
        return from;
    if (form == FORM_LOG) {
        powers_log(from, out, rows);
        return out;
    }
    for (size_t r = 0; r < rows; r++)
        out[r] = from[r] > 0.0 ? from[r] : (double)NAN;
    return out;
}

static void sum_shared(struct alternatives *a, size_t p) {
    struct mix *mix = &a->tile->mixes[p];
    double *sums[ITEMS];
    for (size_t c = 0; c < mix->count; c++)
        mix->x[c] = mix->columns[c] + a->tile->from;
    for (size_t j = 0; j < a->tile_items; j++)
        sums[j] = tile_values(a, p, j);
    if (mix->form == FORM_POSITIVE)
        weighted_quotients(mix->x, mix->weights, mix->count, padded(a->tile), a->tile->n, sums);
    else
        weighted_sums(mix->x, mix->weights, mix->count, padded(a->tile), a->tile->n, sums);
}

static void sum_one(struct alternatives *a, size_t p, size_t j) {
    struct mix *mix = &a->tile->mixes[p];
    size_t rows = padded(a->tile);
    const double *weights = mix->weights_by_item + j * mix->count;
    for (size_t c = 0; c < mix->count; c++) {
        const struct child *child = mix->children[c];
        mix->x[c] = child->metric ? mix->columns[c] + a->tile->from
                                  : in_form(tile_values(a, child->at, j), rows, mix->form,
                                            a->tile->forms + c * ROWS);
    }
    if (mix->form == FORM_POSITIVE)
        weighted_quotient(mix->x, weights, mix->count, rows, tile_values(a, p, j));
    else
        weighted_sum(mix->x, weights, mix->count, rows, tile_values(a, p, j));
}

/* Of the children that the item has: another one could count most. */
static void mean_shares(struct alternatives *a, size_t p, size_t j) {
    const struct tile *tile = a->tile;
    struct mix *mix = &a->tile->mixes[p];
    size_t n = 0;
    for (size_t c = 0; c < mix->count; c++) {
        const struct child *child = mix->children[c];
        const double *x =
            child->metric ? mix->columns[c] + tile->from : tile_values(a, child->at, j);
        const uint8_t *status =
            child->metric ? mix->status[c] + tile->from : tile_statuses(a, child->at, j);
        if (tile->plans[j]->in[child->node])
            mix->generalised[n++] = (struct generalised_child){
                x, mix->gaps ? status : NULL, mix->weights_by_item[j * mix->count + c]};
    }
    generalised_means(tile->plans[0]->recipes[p].power, mix->generalised, n, tile->rows,
                      tile_values(a, p, j));
}

CLONES
static void divide(double *x, double by) {
    for (size_t r = 0; r < WEIGHTED_STEP; r++)
        x[r] /= by;
}

CLONES
static void divide_into(double *x, double dividend) {
    for (size_t r = 0; r < WEIGHTED_STEP; r++)
        x[r] = dividend / x[r];
}

static void mean_sums(struct alternatives *a, size_t p, size_t j) {
    const struct mix *mix = &a->tile->mixes[p];
    if (!mix->shared)
        sum_one(a, p, j);
    double *x = tile_values(a, p, j);
    size_t rows = padded(a->tile);
    for (size_t r = 0; r < rows; r += WEIGHTED_STEP) {
        if (mix->form == FORM_POSITIVE)
            divide_into(x + r, mix->all[j]);
        else
            divide(x + r, mix->all[j]);
    }
    if (mix->form == FORM_LOG)
        powers_exp(x, x, rows);
}

CLONES
static void mark(uint8_t *marks, const uint8_t *more) {
    for (size_t r = 0; r < WEIGHTED_STEP; r++)
        marks[r] |= more[r];
}

/* Marks the rows below which a figure is missing; says whether there are any. */
static bool find_ragged(const struct alternatives *a, size_t p) {
    const struct tile *tile = a->tile;
    const struct mix *mix = &tile->mixes[p];
    uint8_t *ragged = a->parents[p].ragged + tile->from;
    memset(ragged, STATUS_VALUE, tile->rows);
    if (!mix->gaps)
        return false;
    for (size_t c = 0; c < mix->count; c++) {
        const struct child *child = mix->children[c];
        const uint8_t *more = child->metric ? mix->status[c] : a->parents[child->at].ragged;
        for (size_t r = 0; r < tile->rows; r += WEIGHTED_STEP)
            mark(ragged + r, more + tile->from + r);
    }
    static const uint8_t none[ROWS] = {STATUS_VALUE};
    return memcmp(ragged, none, tile->rows) != 0;
}

/* Whether none of the numbers is infinite or none at all. */
CLONES
static uint64_t exponents(const double *x) {
    uint64_t most = 0;
    for (size_t r = 0; r < WEIGHTED_STEP; r++)
        most |= (power_bits(x[r]) & UINT64_C(0x7ff) << 52) + (UINT64_C(1) << 52);
    return most;
}

static bool all_finite(const double *x, size_t rows) {
    uint64_t most = 0;
    size_t r = 0;
    for (; r + WEIGHTED_STEP <= rows; r += WEIGHTED_STEP)
        most |= exponents(x + r);
    bool finite = most >> 63 == 0;
    for (; r < rows; r++)
        finite = finite && isfinite(x[r]);
    return finite;
}

/* A node that is not in the index has a weight of 0 above, where any number will do that has a
 * logarithm. */
static void leave_out(const struct alternatives *a, size_t p, size_t j) {
    double *value = tile_values(a, p, j), *covered = tile_coverages(a, p, j);
    memset(tile_statuses(a, p, j), STATUS_SCREENED, a->tile->rows);
    for (size_t r = 0; r < padded(a->tile); r++)
        value[r] = 1.0;
    for (size_t r = 0; r < a->tile->rows; r++)
        covered[r] = 0.0;
}

static void score_part(struct alternatives *a, size_t p) {
    struct tile *tile = a->tile;
    const struct mix *mix = &tile->mixes[p];
    if (mix->shared && mix->form < FORM_COUNT)
        sum_shared(a, p);
    bool ragged = find_ragged(a, p), each = mix->form == FORM_NONE;
    bool together = mix->form == FORM_VALUE || mix->form == FORM_LOG;
    const uint8_t *marks = a->parents[p].ragged + tile->from;
    for (size_t j = 0; j < tile->n; j++) {
        if (!tile->plans[j]->in[a->parents[p].node]) {
            leave_out(a, p, j);
            continue;
        }
        memset(tile_statuses(a, p, j), STATUS_VALUE, tile->rows);
        if (mix->form == FORM_SHARES)
            mean_shares(a, p, j);
        else if (!each)
            mean_sums(a, p, j);
        for (size_t r = 0; !together && (ragged || each) && r < tile->rows; r++) {
            if ((each || marks[r]) && !tile_score_row(a, p, j, r))
                tile->scored[j] = false;
        }
    }
    for (size_t r = 0; together && ragged && r < tile->rows; r++) {
        if (marks[r] != STATUS_VALUE)
            tile_score_row_of_all(a, p, r);
    }
    for (size_t j = 0; j < tile->n; j++) {
        if (!all_finite(tile_values(a, p, j), tile->rows))
            tile->scored[j] = false;
    }
}

/* --- all of them ------------------------------------------------------------------------------ */

static void normalise_item(struct alternatives *a, size_t p, size_t j) {
    const struct parent *parent = &a->parents[p];
    const struct scale *scale = &a->tile->plans[j]->scales[p];
    size_t n = a->n_rows / a->slices;
    struct fault why; /* the scorer says it */
    for (size_t s = 0; s < a->slices && a->tile->scored[j]; s++) {
        struct column part = {.count = n,
                              .value = parent->whole[j] + s * n,
                              .status = parent->whole_status[j] + s * n};
        a->tile->scored[j] = normalise(scale, SIZE_MAX, &part, scorer_room(a->scorer), &why);
    }
    if (!all_finite(parent->whole[j], a->n_rows))
        a->tile->scored[j] = false;
}

static void run_pass(struct alternatives *a, unsigned pass) {
    struct tile *tile = a->tile;
    for (tile->from = 0; tile->from < a->n_rows; tile->from += ROWS) {
        size_t left = a->n_rows - tile->from;
        tile->rows = left < ROWS ? left : ROWS;
        for (size_t p = 0; p < a->n_parents; p++) {
            if (tile->mixes[p].pass == pass)
                score_part(a, p);
        }
    }
    for (size_t p = 0; p < a->n_parents; p++) {
        for (size_t j = 0; j < tile->n; j++) {
            if (tile->mixes[p].pass == pass && tile->scored[j] &&
                tile->plans[j]->scales[p].method != NORMALISE_NONE)
                normalise_item(a, p, j);
        }
    }
}

bool tile_score(struct alternatives *a, struct plan *const *plans, size_t n, bool *scored,
                struct fault *fault) {
    struct tile *tile = a->tile;
    tile->plans = plans;
    tile->n = n;
    tile->scored = scored;
    tile->fits = true;
    if (!mix_all(a))
        return fault_memory(fault);
    for (size_t j = 0; j < n; j++)
        scored[j] = tile->fits;
    if (!tile->fits)
        return true;
    unsigned last = tile->mixes[a->n_parents - 1].pass; /* the root's, the latest */
    for (unsigned pass = 0; pass <= last; pass++)
        run_pass(a, pass);
    return true;
}

struct column tile_scores(const struct alternatives *a, size_t item, size_t node) {
    size_t at = a->at[node];
    if (!node_is_metric(&a->pack->definition->nodes[node]))
        return (struct column){.count = a->n_rows,
                               .value = a->parents[at].whole[item],
                               .status = a->parents[at].whole_status[item]};
    const struct kept *kept = a->kept[at].kept[a->tile->plans[item]->kept[at]];
    return (struct column){
        .count = a->n_rows, .value = kept->column[FORM_VALUE], .status = kept->status};
}
