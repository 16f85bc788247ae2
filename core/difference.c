#include "core/difference.h"

#include "core/arena.h"
#include "core/period.h"
#include "core/stats.h"
#include "core/status.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double rounding = 1e-12;

const char *value_change_name(enum value_change_kind kind) {
    static const char *const names[] = {"", "changed", "status", "added", "removed"};
    return (size_t)kind < sizeof names / sizeof *names ? names[kind] : "";
}

/* --- which row is which ----------------------------------------------------------------------- */

/* The first day of each period, 0: it cannot be read. NULL: memory ran out. */
static int32_t *days_of(const struct release *release) {
    int32_t *days = calloc(release->n_periods + 1, sizeof *days);
    for (size_t i = 0; days && i < release->n_periods; i++) {
        if (!period_key(release->periods[i], strlen(release->periods[i]), &days[i]))
            days[i] = 0;
    }
    return days;
}

/* The only period that begins on this day; SIZE_MAX: none, or several. */
static size_t only_period(const int32_t *days, size_t n, int32_t day) {
    size_t found = SIZE_MAX;
    for (size_t i = 0; i < n; i++) {
        if (days[i] != day)
            continue;
        if (found != SIZE_MAX)
            return SIZE_MAX;
        found = i;
    }
    return found;
}

static size_t period_called(const struct release *release, const char *text) {
    for (size_t i = 0; i < release->n_periods; i++) {
        if (strcmp(release->periods[i], text) == 0)
            return i;
    }
    return SIZE_MAX;
}

static void match_periods(const struct release *older, const int32_t *old_days,
                          const struct release *newer, const int32_t *new_days, size_t *same) {
    for (size_t i = 0; i < older->n_periods; i++) {
        same[i] = period_called(newer, older->periods[i]);
        if (same[i] != SIZE_MAX || !old_days[i])
            continue;
        size_t by_day = only_period(new_days, newer->n_periods, old_days[i]);
        /* One that has its own namesake is not given to another. */
        if (by_day != SIZE_MAX && only_period(old_days, older->n_periods, old_days[i]) == i &&
            period_called(older, newer->periods[by_day]) == SIZE_MAX)
            same[i] = by_day;
    }
}

bool difference_periods(const struct release *older, const struct release *newer, size_t *same) {
    int32_t *old_days = days_of(older), *new_days = days_of(newer);
    bool fine = old_days && new_days;
    if (fine)
        match_periods(older, old_days, newer, new_days, same);
    free(old_days);
    free(new_days);
    return fine;
}

struct named {
    const char *name;
    size_t index;
};

static int by_name(const void *a, const void *b) {
    const struct named *left = a, *right = b;
    return strcmp(left->name, right->name);
}

static bool same_codes(const struct release *older, const struct release *newer) {
    bool same = older->n_codes == newer->n_codes;
    for (size_t i = 0; same && i < older->n_codes; i++)
        same = strcmp(older->codes[i], newer->codes[i]) == 0;
    return same;
}

/* For each code of `older` its place among the codes of `newer`. False: memory. */
static bool match_codes(const struct release *older, const struct release *newer, size_t *same) {
    if (same_codes(older, newer)) { /* as they mostly are: nothing to sort */
        for (size_t i = 0; i < older->n_codes; i++)
            same[i] = i;
        return true;
    }
    struct named *names = calloc(newer->n_codes + 1, sizeof *names);
    if (!names)
        return false;
    for (size_t i = 0; i < newer->n_codes; i++)
        names[i] = (struct named){newer->codes[i], i};
    qsort(names, newer->n_codes, sizeof *names, by_name);
    for (size_t i = 0; i < older->n_codes; i++) {
        struct named wanted = {older->codes[i], 0};
        struct named *found = bsearch(&wanted, names, newer->n_codes, sizeof *names, by_name);
        same[i] = found ? found->index : SIZE_MAX;
    }
    free(names);
    return true;
}

struct entry {
    uint64_t key; /* period and code */
    size_t row;
};

static int by_key(const void *a, const void *b) {
    const struct entry *left = a, *right = b;
    return left->key < right->key ? -1 : left->key > right->key;
}

static uint64_t entry_key(const struct release *release, size_t period, size_t code) {
    return (uint64_t)period * release->n_codes + code;
}

/* --- comparing -------------------------------------------------------------------------------- */

/* A change with what it is sorted by. */
struct weighed {
    struct value_change change;
    double relative; /* size of the change; infinite where the older number is 0 */
    int32_t day;
};

struct comparing {
    const struct release *older, *newer;
    bool shared;
    size_t *code, *period; /* of `older`: their places in `newer` */
    struct entry *entries; /* the rows of `newer`, sorted */
    bool *seen, *known;    /* rows of `newer` that are matched; its periods that are */
    double *sizes;         /* of the changes of numbers */
    size_t n_sizes;
    int32_t *old_days, *new_days;
    struct weighed *list;
    size_t n_list;
    struct difference *out;
};

static bool room_for(struct comparing *c) {
    size_t most = c->older->n + c->newer->n;
    c->code = calloc(c->older->n_codes + 1, sizeof *c->code);
    c->period = calloc(c->older->n_periods + 1, sizeof *c->period);
    c->entries = calloc(c->newer->n + 1, sizeof *c->entries);
    c->seen = calloc(c->newer->n + 1, sizeof *c->seen);
    c->known = calloc(c->newer->n_periods + 1, sizeof *c->known);
    c->sizes = calloc(c->older->n + 1, sizeof *c->sizes);
    c->list = calloc(most + 1, sizeof *c->list);
    c->old_days = days_of(c->older);
    c->new_days = days_of(c->newer);
    return c->old_days && c->new_days && c->code && c->period && c->entries && c->seen &&
           c->known && c->sizes && c->list;
}

static void free_room(struct comparing *c) {
    free(c->code);
    free(c->period);
    free(c->entries);
    free(c->seen);
    free(c->known);
    free(c->sizes);
    free(c->list);
    free(c->old_days);
    free(c->new_days);
}

static struct value_change *add(struct comparing *c, enum value_change_kind kind,
                                const struct release *named, size_t row) {
    const int32_t *days = named == c->newer ? c->new_days : c->old_days;
    struct weighed *entry = &c->list[c->n_list++];
    *entry = (struct weighed){.day = days[named->period[row]],
                              .change = {.kind = kind,
                                         .area = named->codes[named->code[row]],
                                         .period = named->periods[named->period[row]],
                                         .old_status = STATUS_ABSENT,
                                         .new_status = STATUS_ABSENT}};
    return &entry->change;
}

static void set_old(struct value_change *change, const struct release *from, size_t row) {
    change->old_status = from->status[row];
    change->old_value = from->status[row] == STATUS_VALUE ? from->value[row] : 0.0;
}

static void set_new(struct value_change *change, const struct release *from, size_t row) {
    change->new_status = from->status[row];
    change->new_value = from->status[row] == STATUS_VALUE ? from->value[row] : 0.0;
}

static bool same_number(double a, double b) {
    return fabs(a - b) <= rounding * fmax(fabs(a), fabs(b));
}

/* The last change of the list is of a number. */
static void count_change(struct comparing *c, double was, double is) {
    double size = fabs(is - was);
    c->list[c->n_list - 1].relative = was == 0.0 ? INFINITY : size / fabs(was);
    c->out->changed++;
    c->sizes[c->n_sizes++] = size;
    c->out->largest = fmax(c->out->largest, size);
    if (was != 0.0)
        c->out->largest_relative = fmax(c->out->largest_relative, size / fabs(was));
}

static void compare_rows(struct comparing *c, size_t old_row, size_t new_row) {
    bool number = c->older->status[old_row] == STATUS_VALUE;
    bool status = c->older->status[old_row] != c->newer->status[new_row];
    if (!status && (!number || same_number(c->older->value[old_row], c->newer->value[new_row]))) {
        c->out->same++;
        return;
    }
    struct value_change *change =
        add(c, status ? STATUS_CHANGED : VALUE_CHANGED, c->newer, new_row);
    set_old(change, c->older, old_row);
    set_new(change, c->newer, new_row);
    if (status)
        c->out->statuses++;
    else
        count_change(c, change->old_value, change->new_value);
}

/* The row of `newer` for one of `older`; SIZE_MAX: none. */
static size_t row_for(const struct comparing *c, size_t old_row) {
    size_t code = c->code[c->older->code[old_row]];
    size_t period = c->period[c->older->period[old_row]];
    if (code == SIZE_MAX || period == SIZE_MAX)
        return SIZE_MAX;
    struct entry wanted = {.key = entry_key(c->newer, period, code)};
    const struct entry *found =
        bsearch(&wanted, c->entries, c->newer->n, sizeof *c->entries, by_key);
    return found ? found->row : SIZE_MAX;
}

static void compare(struct comparing *c) {
    const struct release *older = c->older, *newer = c->newer;
    match_periods(older, c->old_days, newer, c->new_days, c->period);
    for (size_t i = 0; i < older->n_periods; i++) {
        if (c->period[i] != SIZE_MAX)
            c->known[c->period[i]] = true;
    }
    for (size_t i = 0; i < newer->n; i++)
        c->entries[i] = (struct entry){entry_key(newer, newer->period[i], newer->code[i]), i};
    qsort(c->entries, newer->n, sizeof *c->entries, by_key);
    for (size_t i = 0; i < older->n; i++) {
        size_t row = row_for(c, i);
        if (row != SIZE_MAX) {
            c->seen[row] = true;
            compare_rows(c, i, row);
        } else if (!c->shared || c->period[older->period[i]] != SIZE_MAX) {
            c->out->removed++;
            set_old(add(c, VALUE_REMOVED, older, i), older, i);
        }
    }
    for (size_t i = 0; i < newer->n; i++) {
        if (c->seen[i] || (c->shared && !c->known[newer->period[i]]))
            continue;
        c->out->added++;
        set_new(add(c, VALUE_ADDED, newer, i), newer, i);
    }
    if (c->n_sizes)
        c->out->median = stats_median(c->sizes, c->n_sizes);
}

/* --- the list --------------------------------------------------------------------------------- */

static int by_weight(const void *a, const void *b) {
    const struct weighed *left = a, *right = b;
    if (left->change.kind != right->change.kind)
        return left->change.kind < right->change.kind ? -1 : 1;
    if (left->relative != right->relative)
        return left->relative > right->relative ? -1 : 1;
    if (left->day != right->day)
        return left->day > right->day ? -1 : 1;
    int period = strcmp(right->change.period, left->change.period);
    return period ? period : strcmp(left->change.area, right->change.area);
}

static bool keep_list(struct comparing *c) {
    struct difference *out = c->out;
    qsort(c->list, c->n_list, sizeof *c->list, by_weight);
    out->n_list = c->n_list < DIFFERENCE_LISTED ? c->n_list : DIFFERENCE_LISTED;
    struct value_change *list = arena_alloc(out->arena, out->n_list, sizeof *list);
    for (size_t i = 0; list && i < out->n_list; i++)
        list[i] = c->list[i].change;
    out->list = list;
    return list != NULL;
}

struct difference *difference_between(const struct release *older, const struct release *newer,
                                      bool shared, struct fault *fault) {
    struct arena *arena = arena_new();
    struct difference *out = arena ? arena_alloc(arena, 1, sizeof *out) : NULL;
    struct comparing c = {.older = older, .newer = newer, .shared = shared, .out = out};
    bool fine = out && room_for(&c) && match_codes(older, newer, c.code);
    if (fine) {
        out->arena = arena;
        compare(&c);
        fine = keep_list(&c);
    }
    free_room(&c);
    if (fine)
        return out;
    arena_destroy(&arena);
    fault_memory(fault);
    return NULL;
}

void difference_destroy(struct difference **difference) {
    if (!*difference)
        return;
    /* The difference lies in its own arena. */
    struct arena *arena = (*difference)->arena;
    arena_destroy(&arena);
    *difference = NULL;
}
