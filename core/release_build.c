#include "core/release_build.h"

#include "core/arena.h"
#include "core/period.h"
#include "core/status.h"

#include <stdlib.h>
#include <string.h>

struct release_build {
    const struct geography *geography;
    struct arena *arena;
    struct observation *rows;
    size_t n, room;
    char **periods; /* in order of first appearance */
    int32_t *keys;
    size_t n_periods, periods_room, last_period;
};

struct release_build *release_build_new(const struct geography *geography) {
    struct release_build *build = calloc(1, sizeof *build);
    if (!build)
        return NULL;
    build->geography = geography;
    build->arena = arena_new();
    if (!build->arena)
        release_build_destroy(&build);
    return build;
}

void release_build_destroy(struct release_build **build) {
    if (!*build)
        return;
    arena_destroy(&(*build)->arena);
    free((*build)->rows);
    free((*build)->periods);
    free((*build)->keys);
    free(*build);
    *build = NULL;
}

size_t release_build_count(const struct release_build *build) {
    return build->n;
}

/* --- adding ----------------------------------------------------------------------------------- */

static bool more_periods(struct release_build *build) {
    if (build->n_periods < build->periods_room)
        return true;
    size_t room = build->periods_room ? build->periods_room * 2 : 32;
    char **periods = realloc(build->periods, room * sizeof *periods);
    if (periods)
        build->periods = periods;
    int32_t *keys = realloc(build->keys, room * sizeof *keys);
    if (keys)
        build->keys = keys;
    if (!periods || !keys)
        return false;
    build->periods_room = room;
    return true;
}

enum build_result release_build_period(struct release_build *build, const char *text, size_t length,
                                       uint32_t *out) {
    length = period_length(text, length); /* "2023" and "2023 (p)" are one period */
    /* Rows of one period stand together, or periods repeat in turn: look on from the last found. */
    for (size_t i = 0; i < build->n_periods; i++) {
        size_t at = (build->last_period + i) % build->n_periods;
        if (strncmp(build->periods[at], text, length) != 0 || build->periods[at][length] != '\0')
            continue;
        *out = (uint32_t)at;
        build->last_period = at;
        return BUILD_DONE;
    }
    int32_t key;
    if (!period_key(text, length, &key))
        return BUILD_NO_PERIOD;
    if (build->n_periods == RELEASE_PERIODS_MAX)
        return BUILD_TOO_MANY;
    char *copy = arena_copy(build->arena, text, length);
    if (!copy || !more_periods(build))
        return BUILD_NO_MEMORY;
    *out = (uint32_t)build->n_periods;
    build->last_period = build->n_periods;
    build->keys[build->n_periods] = key;
    build->periods[build->n_periods++] = copy;
    return BUILD_DONE;
}

enum build_result release_build_add(struct release_build *build, const struct observation *one) {
    if (build->n == RELEASE_OBSERVATIONS_MAX)
        return BUILD_TOO_MANY;
    if (build->n == build->room) {
        size_t room = build->room ? build->room * 2 : 1024;
        struct observation *rows = realloc(build->rows, room * sizeof *rows);
        if (!rows)
            return BUILD_NO_MEMORY;
        build->rows = rows;
        build->room = room;
    }
    build->rows[build->n++] = *one;
    return BUILD_DONE;
}

/* --- rows for the same area and period -------------------------------------------------------- */

static int by_cell(const struct observation *left, const struct observation *right) {
    if (left->line != right->line)
        return left->line < right->line ? -1 : 1;
    return left->column < right->column ? -1 : left->column > right->column;
}

static int by_place(const void *a, const void *b) {
    const struct observation *left = a, *right = b;
    if (left->code != right->code)
        return left->code < right->code ? -1 : 1;
    if (left->period != right->period)
        return left->period < right->period ? -1 : 1;
    return by_cell(left, right);
}

static int in_file_order(const void *a, const void *b) {
    return by_cell(a, b);
}

static bool say_the_same(const struct observation *a, const struct observation *b) {
    return a->status == b->status && a->flags == b->flags &&
           (a->status != STATUS_VALUE || a->value == b->value) && a->low == b->low &&
           a->high == b->high;
}

static bool refuse_doubles(struct release_build *build, const struct release_origin *source,
                           struct problems *problems) {
    if (build->n == 0)
        return true;
    size_t kept = 1;
    bool fine = true;
    qsort(build->rows, build->n, sizeof *build->rows, by_place);
    for (size_t i = 1; i < build->n; i++) {
        const struct observation *a = &build->rows[kept - 1], *b = &build->rows[i];
        bool same_place = a->code == b->code && a->period == b->period;
        if (same_place && source->same_twice && say_the_same(a, b))
            continue;
        if (same_place) {
            const struct problem_place place = {source->name, source->sheet, b->line,
                                                b->column ? b->column : 1};
            fine = problems_add_at(problems, place, "second row for an area and period",
                                   "a second row for %s in %s; the first is in %s %u",
                                   build->geography->codes[b->code].code, build->periods[b->period],
                                   source->sheet ? "row" : "line", a->line);
        }
        build->rows[kept++] = *b;
    }
    build->n = kept;
    qsort(build->rows, build->n, sizeof *build->rows, in_file_order);
    return fine;
}

/* --- the release ------------------------------------------------------------------------------ */

/* Periods in the order of time; returns where each went. */
static uint32_t *sort_periods(struct release_build *build) {
    uint32_t *rank = arena_alloc(build->arena, build->n_periods, sizeof *rank);
    const char **sorted = arena_alloc(build->arena, build->n_periods, sizeof *sorted);
    for (size_t i = 0; rank && sorted && i < build->n_periods; i++) {
        for (size_t k = 0; k < build->n_periods; k++) {
            bool before = build->keys[k] < build->keys[i] ||
                          (build->keys[k] == build->keys[i] &&
                           strcmp(build->periods[k], build->periods[i]) < 0);
            rank[i] += before;
        }
        sorted[rank[i]] = build->periods[i];
    }
    if (rank && sorted && build->n_periods)
        memcpy(build->periods, sorted, build->n_periods * sizeof *sorted);
    return rank && sorted ? rank : NULL;
}

/* The distinct codes, numbered by first appearance. */
static bool number_codes(struct release_build *build, struct release *out) {
    size_t known = build->geography->n_codes;
    uint32_t *number = arena_alloc(build->arena, known, sizeof *number); /* 0: not seen */
    const char **codes = arena_alloc(build->arena, known, sizeof *codes);
    if (!number || !codes)
        return false;
    for (size_t i = 0; i < build->n; i++) {
        struct observation *row = &build->rows[i];
        const char *code = build->geography->codes[row->code].code;
        if (!number[row->code]) {
            codes[out->n_codes++] = arena_copy(build->arena, code, strlen(code));
            if (!codes[out->n_codes - 1])
                return false;
            number[row->code] = (uint32_t)out->n_codes;
        }
        row->code = number[row->code] - 1;
    }
    out->codes = codes;
    return true;
}

static bool fill_basics(struct release_build *build, struct release *out, const uint32_t *rank) {
    size_t n = build->n;
    uint32_t *numbers = arena_alloc(build->arena, n, 3 * sizeof *numbers);
    uint8_t *status = arena_alloc(build->arena, n, 1);
    double *value = arena_alloc(build->arena, n, sizeof *value);
    if (!numbers || !status || !value)
        return false;
    for (size_t i = 0; i < n; i++) {
        const struct observation *row = &build->rows[i];
        numbers[i] = row->code;
        numbers[n + i] = rank[row->period];
        numbers[2 * n + i] = row->line;
        status[i] = row->status;
        value[i] = row->value;
    }
    out->code = numbers;
    out->period = numbers + n;
    out->line = numbers + 2 * n;
    out->status = status;
    out->value = value;
    return true;
}

static bool fill_sheet(struct release_build *build, struct release *out, const char *sheet) {
    const char **sheets = arena_alloc(build->arena, 1, sizeof *sheets);
    if (!sheets)
        return false;
    sheets[0] = arena_copy(build->arena, sheet, strlen(sheet));
    out->sheets = sheets;
    out->n_sheets = 1;
    out->sheet = arena_alloc(build->arena, build->n, sizeof *out->sheet);
    return sheets[0] && out->sheet;
}

/* Flags and limits are left out where no observation has any. */
static bool fill_details(struct release_build *build, struct release *out) {
    size_t n = build->n;
    uint16_t any = 0;
    uint32_t *column = arena_alloc(build->arena, n, sizeof *column);
    for (size_t i = 0; column && i < n; i++) {
        column[i] = build->rows[i].column;
        any |= build->rows[i].flags;
    }
    out->column = column;
    if (!column || !any)
        return column != NULL;
    uint16_t *flags = arena_alloc(build->arena, n, sizeof *flags);
    double *low = arena_alloc(build->arena, n, sizeof *low);
    double *high = arena_alloc(build->arena, n, sizeof *high);
    if (!flags || !low || !high)
        return false;
    for (size_t i = 0; i < n; i++) {
        flags[i] = build->rows[i].flags;
        low[i] = build->rows[i].low;
        high[i] = build->rows[i].high;
    }
    out->flags = flags;
    out->low = low;
    out->high = high;
    return true;
}

static struct release *make(struct release_build *build, const struct release_origin *source) {
    struct release *out = arena_alloc(build->arena, 1, sizeof *out);
    const char **periods = arena_alloc(build->arena, build->n_periods, sizeof *periods);
    uint32_t *rank = sort_periods(build);
    if (!out || !periods || !rank || !number_codes(build, out))
        return NULL;
    for (size_t i = 0; i < build->n_periods; i++)
        periods[i] = build->periods[i];
    out->periods = periods;
    out->n_periods = build->n_periods;
    out->n = build->n;
    bool made = fill_basics(build, out, rank) &&
                (!source->sheet || fill_sheet(build, out, source->sheet)) &&
                (!source->details || fill_details(build, out));
    if (!made)
        return NULL;
    out->arena = build->arena;
    build->arena = NULL;
    return out;
}

struct release *release_build_finish(struct release_build *build,
                                     const struct release_origin *source,
                                     struct problems *problems) {
    struct release *out = NULL;
    if (refuse_doubles(build, source, problems)) {
        out = make(build, source);
        if (!out)
            problems_add_memory(problems, source->name);
    }
    build->n = build->n_periods = 0;
    return out;
}

const char *release_near_code(const struct geography *geography, const char *text) {
    size_t length = strlen(text);
    for (size_t i = 0; i < geography->n_codes; i++) {
        const char *code = geography->codes[i].code;
        size_t wrong = 0;
        if (strlen(code) != length)
            continue;
        for (size_t k = 0; k < length; k++)
            wrong += code[k] != text[k];
        if (wrong == 1)
            return code;
    }
    return NULL;
}
