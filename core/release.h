/* Reading a release: a tidy CSV file with a header that names the columns area_code, period and
 * value, and may name area_name and status, in any order. A value is a number or one of the
 * publisher's marks (core/status.h); where there is a status column, a mark stands there and the
 * value is empty.
 *
 * A release is accepted whole or refused whole. Refused are: an empty file, a header without the
 * three columns or with one that is unknown or named twice, a record with another number of
 * fields, an area code that the pack does not know, a period that cannot be read, text in a number,
 * a number that is not finite, a second row for the same area and period, and all that
 * core/csv.h refuses. A problem has a line and a column, except that of a file without rows; what
 * is wrong with a row as a whole stands at its first column. */
#ifndef CORE_RELEASE_H
#define CORE_RELEASE_H

#include "core/column.h"
#include "core/geography.h"
#include "core/problems.h"

#include <stddef.h>
#include <stdint.h>

enum {
    RELEASE_BYTES_MAX = 128 << 20,
    RELEASE_OBSERVATIONS_MAX = 4 << 20,
    RELEASE_PERIODS_MAX = 4096,
    RELEASE_SHEETS_MAX = 1024,
};

struct release {
    const char *const *codes; /* distinct, in order of first appearance */
    size_t n_codes;
    const char *const *periods; /* distinct, oldest first */
    size_t n_periods;
    size_t n; /* observations; the arrays below have n entries */
    const uint32_t *code;
    const uint32_t *period;
    const uint8_t *status;
    const double *value;  /* read only where status is STATUS_VALUE */
    const uint32_t *line; /* of the file, or row of the sheet, from 1 */
    /* What a publisher's own file gives on top of that; NULL, or no sheets, where it does not. */
    const char *const *sheets; /* as the workbook names them; none: a plain CSV */
    size_t n_sheets;
    const uint16_t *sheet;  /* index into sheets; not NULL when there are any */
    const uint32_t *column; /* of the value, from 1 */
    const uint16_t *flags;  /* enum flag */
    const double *low;      /* read only where FLAG_HAS_LOW is set */
    const double *high;     /* ... and FLAG_HAS_HIGH */
    struct arena *arena;    /* NULL when the arrays are somebody else's */
};

/* Whether the bytes begin with a tidy header: a file for release_read, be it good or bad below.
 * False: memory ran out. */
bool release_is_tidy(const char *bytes, size_t length, bool *tidy);

/* Reads `length` bytes called `name`. NULL: refused, and `problems` says why; or out of memory,
 * which `problems` says too. */
struct release *release_read(const struct geography *geography, const char *name, const char *bytes,
                             size_t length, struct problems *problems);
void release_destroy(struct release **release);

/* The newest period of the release: the one that begins last among those with a number.
 * SIZE_MAX when it has no number at all. */
size_t release_newest(const struct release *release);

/* Brings the figures of one period to the areas of the index by the rules of the geography, for a
 * dataset of the definition. The first step of an area's sources that gives a number is taken:
 *   rates   the mean of its sources, by the people of the area in each; STATUS_UNWEIGHTED where
 *           there are several and it is not known how many people
 *   counts  the sum of its sources, each by its share that falls to the area; STATUS_UNWEIGHTED
 *           where the share is not known
 * Where the same place stands under several codes and the figures differ, the newest code's is
 * taken; where they are equal, it counts once, under its own code.
 *
 * `out` has geography->n_areas places, its arrays (rule too) are the caller's. An area that no step
 * serves takes the status of its first source that has a row, or STATUS_ABSENT. False: out of
 * memory or a level that the geography does not have. */
bool release_to_areas(const struct release *release, size_t period,
                      const struct geography *geography, const struct dataset *dataset,
                      struct column *out, struct fault *fault);

/* An observation that a figure was made of. */
struct release_source {
    uint32_t observation; /* index into the arrays of the release */
    double weight;        /* in the mean (all add up to 1), or the share of the count */
};

/* Which observations the figure of one area was made of by release_to_areas, and by which rule;
 * none and RULE_NONE where it has no figure. `out` has room for geography->most_sources. */
bool release_sources(const struct release *release, size_t period,
                     const struct geography *geography, const struct dataset *dataset, size_t area,
                     struct release_source *out, size_t *n, enum rule *rule, struct fault *fault);

#endif
