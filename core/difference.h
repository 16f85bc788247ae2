/* Two releases of a dataset compared, value by value: what was added, removed and changed, and by
 * how much. */
#ifndef CORE_DIFFERENCE_H
#define CORE_DIFFERENCE_H

#include "core/release.h"

#include <stdbool.h>

/* The numbers are on the wire and on disk: never change one. */
enum value_change_kind {
    VALUE_CHANGED = 1,  /* a number, and another number */
    STATUS_CHANGED = 2, /* a number or a mark, and another mark or a number */
    VALUE_ADDED = 3,    /* only the newer release has a row */
    VALUE_REMOVED = 4,  /* only the older one has */
};

/* "changed", "status", "added", "removed". Never NULL. */
const char *value_change_name(enum value_change_kind kind);

struct value_change {
    enum value_change_kind kind;
    const char *area, *period;      /* code; the newer release's text where it has the row */
    uint8_t old_status, new_status; /* STATUS_ABSENT where there is no row */
    double old_value, new_value;    /* read only where the status is STATUS_VALUE */
};

struct difference {
    uint32_t added, removed, changed, statuses, same;
    /* Of the numbers that changed, all without a sign; `changed` 0: all are 0. Relative is to the
     * older number; numbers that were 0 are left out of it. */
    double largest, largest_relative, median;
    /* The changed numbers first, the largest relative change first (from 0: above all); then
     * statuses, added and removed; ties by period, the newest first, then by area. */
    const struct value_change *list;
    size_t n_list; /* not more than DIFFERENCE_LISTED */
    struct arena *arena;
};

enum { DIFFERENCE_LISTED = 100000 };

/* Compares `newer` with `older`. Rows are matched by code, and by period: the same text, or else
 * the same first day (publishers write 2022 today and 2022-01-01/P1Y tomorrow), where that fits one
 * period only. Numbers that differ by less than one part in 10^12 are the same: that is how they
 * were written, not what they are. With `shared`, only periods that both releases have are looked
 * at. The texts are the releases', which must outlive it. NULL: memory ran out. */
struct difference *difference_between(const struct release *older, const struct release *newer,
                                      bool shared, struct fault *fault);
void difference_destroy(struct difference **difference);

/* For each period of `older` the one of `newer` that is the same, or SIZE_MAX, as above; in an
 * array of the caller's with older->n_periods places. False: memory ran out. */
bool difference_periods(const struct release *older, const struct release *newer, size_t *same);

#endif
