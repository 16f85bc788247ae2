#include "core/warnings.h"

#include "core/arena.h"
#include "core/difference.h"
#include "core/figures.h"
#include "core/period.h"
#include "core/stats.h"
#include "core/status.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const warning_names[WARNING_COUNT] = {"older", "unit", "missing-area", "jump"};

/* A code with a number in both releases. */
struct pair {
    uint32_t row; /* of the newer release */
    double was, is;
};

struct looking {
    const struct release *before, *now;
    const struct geography *geography;
    size_t level;
    const struct dataset *dataset;
    const char *file;
    size_t then, newest; /* the periods compared; SIZE_MAX: the release has no number */
    struct pair *pairs;
    size_t n_pairs;
    double floor; /* what a figure counts as at least */
    struct arena *arena;
    struct warnings *out;
};

static void add(struct looking *l, enum warning kind) {
    l->out->counts[kind]++;
}

static const char *period_name(const struct release *release, size_t period) {
    return release->periods[period];
}

/* --- which figures are compared --------------------------------------------------------------- */

/* The period of the release in force that `newest` is compared with. */
static bool find_periods(struct looking *l) {
    l->newest = release_newest(l->now);
    l->then = release_newest(l->before);
    if (l->newest == SIZE_MAX || l->then == SIZE_MAX)
        return true;
    size_t *same = arena_alloc(l->arena, l->before->n_periods, sizeof *same);
    if (!same || !difference_periods(l->before, l->now, same))
        return false;
    for (size_t i = 0; i < l->before->n_periods; i++) {
        if (same[i] == l->newest)
            l->then = i;
    }
    return true;
}

/* For each code of the geography: whether a figure under it can reach an area of the index. */
static bool *serving(const struct looking *l) {
    const struct geography *geography = l->geography;
    bool *serves = arena_alloc(l->arena, geography->n_codes, sizeof *serves);
    size_t from = geography->first[l->level * geography->n_areas];
    size_t to = geography->first[(l->level + 1) * geography->n_areas];
    for (size_t i = from; serves && i < to; i++)
        serves[geography->sources[i].code] = true;
    return serves;
}

/* The row of the period for each code of the geography, plus 1; 0: none with a number. */
static uint32_t *numbers_by_code(const struct looking *l, const struct release *release,
                                 size_t period) {
    uint32_t *rows = arena_alloc(l->arena, l->geography->n_codes, sizeof *rows);
    size_t *known = arena_alloc(l->arena, release->n_codes, sizeof *known);
    for (size_t i = 0, next = 0; rows && known && i < release->n_codes; i++) {
        known[i] = geography_code_near(l->geography, release->codes[i], next);
        next = known[i] + 1;
    }
    for (size_t i = 0; rows && known && i < release->n; i++) {
        size_t code = known[release->code[i]];
        if (release->period[i] == period && release->status[i] == STATUS_VALUE && code != SIZE_MAX)
            rows[code] = (uint32_t)i + 1;
    }
    return known ? rows : NULL;
}

static int by_row(const void *a, const void *b) {
    const struct pair *left = a, *right = b;
    return left->row < right->row ? -1 : left->row > right->row;
}

static bool find_pairs(struct looking *l) {
    const bool *serves = serving(l);
    const uint32_t *was = numbers_by_code(l, l->before, l->then);
    const uint32_t *is = numbers_by_code(l, l->now, l->newest);
    double *sizes = arena_alloc(l->arena, l->geography->n_codes, sizeof *sizes);
    l->pairs = arena_alloc(l->arena, l->geography->n_codes, sizeof *l->pairs);
    if (!serves || !was || !is || !sizes || !l->pairs)
        return false;
    size_t n = 0;
    for (size_t code = 0; code < l->geography->n_codes; code++) {
        if (!serves[code] || !was[code])
            continue;
        double before = l->before->value[was[code] - 1];
        sizes[n++] = fabs(before);
        if (is[code])
            l->pairs[l->n_pairs++] =
                (struct pair){is[code] - 1, before, l->now->value[is[code] - 1]};
    }
    l->floor = n ? stats_median(sizes, n) / WARNING_TINY : 0.0;
    qsort(l->pairs, l->n_pairs, sizeof *l->pairs, by_row);
    return true;
}

/* --- one kind after the other ----------------------------------------------------------------- */

static void look_for_older(struct looking *l) {
    const char *was = period_name(l->before, release_newest(l->before));
    const char *is = period_name(l->now, l->newest);
    int32_t old, new;
    if (!period_key(was, strlen(was), &old) || !period_key(is, strlen(is), &new) || new >= old)
        return;
    add(l, WARNING_OLDER);
    problems_add(&l->out->problems, l->file, 0, 0,
                 "warning (older): its newest period is %s; the release in force has %s", is, was);
}

static bool look_for_unit(struct looking *l) {
    static const double factors[] = {100.0, 1000.0, 0.01, 0.001};
    double *ratios = arena_alloc(l->arena, l->n_pairs, sizeof *ratios);
    size_t n = 0;
    for (size_t i = 0; ratios && i < l->n_pairs; i++) {
        if (l->pairs[i].was != 0.0 && l->pairs[i].is != 0.0)
            ratios[n++] = fabs(l->pairs[i].is / l->pairs[i].was);
    }
    if (n < WARNING_UNIT_LEAST)
        return ratios != NULL;
    double median = stats_median(ratios, n);
    for (size_t i = 0; i < sizeof factors / sizeof *factors; i++) {
        if (median > factors[i] * WARNING_UNIT_WITHIN || median < factors[i] / WARNING_UNIT_WITHIN)
            continue;
        add(l, WARNING_UNIT);
        problems_add(&l->out->problems, l->file, 0, 0,
                     "warning (unit): half of the figures of %s are %.4g times those of %s or "
                     "more; was the unit changed?",
                     period_name(l->now, l->newest), median, period_name(l->before, l->then));
    }
    return true;
}

static bool to_areas(struct looking *l, const struct release *release, size_t period,
                     struct column *out, struct fault *fault) {
    if (!figures_column(l->arena, l->geography->n_areas, true, out))
        return fault_memory(fault);
    return release_to_areas(release, period, l->geography, l->dataset, out, fault);
}

static bool look_for_missing(struct looking *l, struct fault *fault) {
    struct column was, is;
    if (!to_areas(l, l->before, l->then, &was, fault) ||
        !to_areas(l, l->now, l->newest, &is, fault))
        return false;
    for (size_t a = 0; a < l->geography->n_areas; a++) {
        if (was.status[a] != STATUS_VALUE || is.status[a] != STATUS_ABSENT)
            continue;
        add(l, WARNING_MISSING_AREA);
        problems_add(&l->out->problems, l->file, 0, 0,
                     "warning (missing-area): %s %s had a figure for %s and has no row for %s",
                     l->geography->areas[a].code, l->geography->areas[a].name,
                     period_name(l->before, l->then), period_name(l->now, l->newest));
    }
    return true;
}

static struct problem_place place_of(const struct looking *l, size_t row) {
    const struct release *now = l->now;
    return (struct problem_place){.file = l->file,
                                  .sheet = now->n_sheets ? now->sheets[now->sheet[row]] : NULL,
                                  .line = now->line[row],
                                  .column = now->column ? now->column[row] : 0};
}

static void look_for_jumps(struct looking *l) {
    for (size_t i = 0; i < l->n_pairs; i++) {
        const struct pair *pair = &l->pairs[i];
        double was = fmax(fabs(pair->was), l->floor), is = fmax(fabs(pair->is), l->floor);
        if (!(is >= WARNING_JUMP_FACTOR * was || was >= WARNING_JUMP_FACTOR * is) || was == is)
            continue;
        add(l, WARNING_JUMP);
        const char *code = l->now->codes[l->now->code[pair->row]];
        size_t known = geography_code(l->geography, code); /* or it would be in no pair */
        problems_add_at(&l->out->problems, place_of(l, pair->row), "other",
                        "warning (jump): %s %s is %.10g for %s, and was %.10g for %s", code,
                        l->geography->codes[known].name, pair->is, period_name(l->now, l->newest),
                        pair->was, period_name(l->before, l->then));
    }
}

static bool look(struct looking *l, struct fault *fault) {
    if (!find_periods(l))
        return fault_memory(fault);
    /* Marks alone say nothing that could be compared. */
    if (l->newest == SIZE_MAX || l->then == SIZE_MAX)
        return true;
    if (!find_pairs(l))
        return fault_memory(fault);
    look_for_older(l);
    if (!look_for_unit(l))
        return fault_memory(fault);
    if (!look_for_missing(l, fault))
        return false;
    if (l->out->counts[WARNING_UNIT] == 0)
        look_for_jumps(l);
    return true;
}

bool warnings_find(const struct release *before, const struct release *now,
                   const struct geography *geography, const struct dataset *dataset,
                   const char *file, struct warnings *out, struct fault *fault) {
    struct looking l = {.before = before,
                        .now = now,
                        .geography = geography,
                        .level = geography_level(geography, dataset->level),
                        .dataset = dataset,
                        .file = file,
                        .arena = arena_new(),
                        .out = out};
    if (!l.arena)
        return fault_memory(fault);
    bool known = l.level != SIZE_MAX ||
                 fault_set(fault, FAULT_INPUT, "the geography has no sources for the level '%s'",
                           dataset->level);
    bool fine = known && look(&l, fault);
    arena_destroy(&l.arena);
    return fine;
}
