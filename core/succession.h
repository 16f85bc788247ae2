/* Which area codes took the place of which, and when: the dated rows by which figures of one
 * vintage of codes reach areas of another.
 *
 * The table of the pack (CSV with a header; columns in this order):
 *   date,old_code,new_code,weight,kind
 * `date` is the day from which the new code is in force, YYYY-MM-DD; where the source states the
 * year alone it is YYYY, which counts as the last day of that year: from then on the new code is
 * in force for certain. `weight` is how many people of the old code's area came into the new one's,
 * empty where no source says. `kind`:
 *   recode    the same place under a new code
 *   merge     the whole of the old area became a part of the new one
 *   split     a part of the old area, which is no more, became the new one or a part of it
 *   transfer  a small part of the old area moved: said, and not followed */
#ifndef CORE_SUCCESSION_H
#define CORE_SUCCESSION_H

#include "core/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct geography;
struct table_file;

enum succession_kind {
    SUCCESSION_RECODE,
    SUCCESSION_MERGE,
    SUCCESSION_SPLIT,
    SUCCESSION_TRANSFER,
    SUCCESSION_KINDS
};

struct succession_row {
    int32_t day;     /* year * 10000 + month * 100 + day */
    size_t from, to; /* indices into the codes of the geography */
    double people;   /* 0: not known */
    enum succession_kind kind;
    uint64_t line;
};

struct succession {
    const struct succession_row *rows; /* by day, then as they stand in the table */
    size_t n;
};

/* A code, and how many people of the area at hand are in it (0: not known). */
struct part {
    size_t code;
    double people;
};

enum { PARTS_MAX = 256 };

/* The codes that an area is made up of on some day. */
struct parts {
    struct part part[PARTS_MAX];
    size_t n;
};

/* "2023-04-01", or "2012" for its last day. False: no such day. */
bool day_read(const char *text, size_t length, int32_t *out);

/* Reads the table for a geography that has its codes; its rows lie in the geography's arena. */
bool succession_read(const struct geography *geography, struct table_file table,
                     struct succession *out, struct fault *fault);

/* Whether an area under the code stands on that day, as far as the changes say. */
bool succession_in_force(const struct succession *succession, size_t code, int32_t day);

/* The day on which the code came into force; 0: before all changes. */
int32_t succession_since(const struct succession *succession, size_t code);

/* Of one place's codes, as rows of kind recode have them, the one that stands on that day; its last
 * where none does. */
size_t succession_standing(const struct succession *succession, size_t code, int32_t day);

/* How many rows are of `day` or before: where to begin to walk from there. */
size_t succession_until(const struct succession *succession, int32_t day);

/* Turns the parts into what they were before the newest of the rows [0, *at) that touch them, or
 * what became of them by the oldest of the rows from *at on; *at moves over the rows of that day
 * and all between. False: nothing touches them any more, or the fault is set (more than PARTS_MAX
 * parts). */
bool succession_earlier(const struct succession *succession, size_t *at, struct parts *parts,
                        struct fault *fault);
bool succession_later(const struct succession *succession, size_t *at, struct parts *parts,
                      struct fault *fault);

#endif
