/* A dataset description: how a publisher's file becomes observations, read from a YAML file of the
 * pack. The format is described, key by key, in deploy/description.md.
 *
 * A description lists layouts, because publishers change their columns from one edition to the
 * next; the first whose header fits a file reads it. After description_read it is only read. */
#ifndef CORE_DESCRIPTION_H
#define CORE_DESCRIPTION_H

#include "core/book.h"
#include "core/fault.h"
#include "core/marks.h"

#include <stdbool.h>
#include <stddef.h>

enum column_role {
    ROLE_CODE,
    ROLE_NAME,
    ROLE_PERIOD,
    ROLE_VALUE,
    ROLE_LOWER,
    ROLE_UPPER,
    ROLE_STATUS,
};

enum { ROLES = 7, HEADER_ROWS_MAX = 8, PATTERN_ROOM = 300 };

/* "code", "name", "period", "value", "lower", "upper", "status" */
extern const char *const role_words[ROLES];

/* Alternatives, as plain_heading (core/plain_text.h) makes them, in which "*" stands for any text.
 */
struct patterns {
    const char *const *list;
    size_t n; /* 0: not given */
};

/* A row counts only if the cell in the column is one of the values; or, `except`, none of them. */
struct filter {
    struct patterns column; /* one, and what it is called */
    struct patterns values;
    bool except;
};

enum period_from {
    PERIOD_FROM_COLUMN,
    PERIOD_FIXED,         /* period_text is it */
    PERIOD_FROM_TITLE,    /* period_text is a POSIX extended expression, its group the period */
    PERIOD_FROM_HEADINGS, /* the columns whose headings are periods; period_text NULL, or an
                             expression that a heading is matched with */
};

struct layout {
    const char *name;      /* for people */
    struct patterns files; /* of the file's name without folders; none: any */
    enum book_encoding encoding;
    char separator;         /* of a CSV; 0: detected */
    struct patterns sheets; /* none: the only visible sheet with the header */
    size_t header_rows;     /* that make a heading together; 1 unless told */
    struct patterns columns[ROLES];
    const struct filter *filters;
    size_t n_filters;
    enum period_from period_from;
    const char *period_text;
    struct patterns only;     /* beginnings of the codes that count, as written; none: all */
    bool skip_without_code;   /* rows that have no code are passed over, else refused */
    bool skip_outside;        /* ... and codes that the pack does not know */
    bool same_twice;          /* ... and a second row that says the same */
    bool prose_in_status;     /* text in the status column that is no mark is passed over */
    struct patterns suffixes; /* that a name may have behind it, such as "UA" */
    double scale;             /* every value is multiplied by it */
    double per_population;    /* 0, or the value is a count and becomes a rate per so many people */
    struct marks marks;
};

struct description {
    const char *name;            /* its file */
    const char *unit;            /* in words; "" where it is not told */
    const char *level, *vintage; /* of the codes; NULL: as the dataset says */
    size_t areas_min, areas_max; /* of the newest period; both 0: not told */
    bool has_range;
    double low, high; /* what a value may be */
    const struct layout *layouts;
    size_t n_layouts;
    struct arena *arena;
};

/* Reads the description called `name` (for messages) from YAML. NULL: the fault says file, line,
 * column, what was found and what was expected. Unknown keys are faults. */
struct description *description_read(const char *name, const char *bytes, size_t length,
                                     struct fault *fault);
void description_destroy(struct description **description);

#endif
