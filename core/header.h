/* Finding the header of a table: the first row, or rows that make headings together, that holds all
 * the columns that a layout names. */
#ifndef CORE_HEADER_H
#define CORE_HEADER_H

#include "core/arena.h"
#include "core/description.h"
#include "core/glance.h"

enum { HEADING_ROOM = 400 }; /* bytes of a heading */

struct heading {
    uint32_t column;   /* from 1 */
    const char *own;   /* its texts from top to bottom, as plain_heading makes them */
    const char *whole; /* the same with what stands left of an empty cell in the rows above */
    const char *label; /* as `whole`, in its own letter case: for people and for periods */
};

struct headings {
    const struct heading *list; /* those that are not empty, by column */
    size_t n;
    uint64_t row;  /* of the last header row; 0: none was found */
    size_t fields; /* of a CSV: how many its record has */
};

struct period_column {
    uint32_t column;
    const char *period, *label;
};

struct header {
    struct headings headings;
    uint32_t columns[ROLES]; /* 0: the layout names none */
    uint32_t *filters;       /* a column for each filter of the layout */
    struct period_column *periods;
    size_t n_periods;
    const char *title_period; /* PERIOD_FROM_TITLE */
};

/* Why a layout does not fit a sheet; the fewer columns are missing, the nearer it is. */
struct misfit {
    size_t missing;   /* SIZE_MAX: nothing was looked at */
    size_t headings;  /* of the row that is nearest */
    char reason[400]; /* "no column 'Area code' ... found there: ..." */
};

enum header_result { HEADER_FOUND, HEADER_NONE, HEADER_BAD };

/* Looks through the first rows until the header is found. HEADER_NONE: `misfit` says how near it
 * came. HEADER_BAD: the fault says why the sheet cannot be read, or memory ran out. What is found
 * lies in the arena. */
enum header_result header_find(const struct glance *glance, const struct layout *layout,
                               struct arena *arena, struct header *out, struct misfit *misfit,
                               struct fault *fault);

#endif
