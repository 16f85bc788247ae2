/* A table of figures with typed columns, which can be written in each format that there is: what
 * the API answers, what is downloaded, what an export holds. */
#ifndef VIEWS_SHEET_H
#define VIEWS_SHEET_H

#include "core/boundaries.h"
#include "core/pack.h"
#include "services/views/answer.h"

#include <stdio.h>

enum sheet_type {
    SHEET_TEXT,
    SHEET_COUNT,
    SHEET_SIGNED,
    SHEET_NUMBER,
    SHEET_TRUTH,
    SHEET_INSTANT,
    SHEET_TYPES
};

enum sheet_role {
    SHEET_PLAIN,
    SHEET_KEY,    /* with the sheet's other keys it tells a row from all others; what it is called
                    stands in the next column */
    SHEET_AREA,   /* likewise, and it is the code of an area */
    SHEET_STATUS, /* why the figures beside it are missing */
    SHEET_FACT /* a number that is the same for all rows, or a name: nothing to be reckoned with */
};

/* A column: its key is the CSV header and the JSON name. */
struct sheet_column {
    const char *key, *title, *description, *unit; /* unit NULL: none */
    enum sheet_type type;
    enum sheet_role role;
};

struct sheet;

/* `columns` must outlive it. `name` is the file name without ending; `title` and `source` are
 * copied. NULL: out of memory. */
struct sheet *sheet_new(const char *name, const char *title, const char *source,
                        const struct sheet_column *columns, size_t n_columns);
void sheet_destroy(struct sheet **sheet);

/* What else is told of it. The licence is copied; what is pointed to else must stay. */
struct sheet_about {
    uint64_t edition, time_ms;       /* 0: none */
    const char *node, *licence;      /* NULL: none */
    const struct pack *pack;         /* for GeoJSON: where the areas are; NULL: it has none */
    const struct boundaries *shapes; /* NULL: areas are points */
};
void sheet_describe(struct sheet *sheet, const struct sheet_about *about);

/* Rows, from 0, and how many cells they may be. */
struct sheet_window {
    uint64_t first, count, most_cells;
};
/* Those that the request will be answered with; SHEET_CELLS_MAX cells at most. */
struct sheet_window sheet_window(const struct request *request);
/* Keeps only these rows of those that are added from here on; the others are counted alone. */
void sheet_keep(struct sheet *sheet, struct sheet_window window);

/* Cells from left to right; after the last column a new row begins. Text is copied. When memory
 * runs out the sheet remembers it, and every writer fails; so it does where there are more cells
 * than the window may have, and then the answer says so. */
enum { SHEET_CELLS_MAX = 20000000 };
void sheet_text(struct sheet *sheet, const char *text); /* NULL: missing */
void sheet_count(struct sheet *sheet, uint64_t number);
void sheet_signed(struct sheet *sheet, int64_t number);
void sheet_number(struct sheet *sheet, double number); /* what is not finite is missing */
void sheet_truth(struct sheet *sheet, bool truth);
void sheet_instant(struct sheet *sheet, uint64_t ms); /* since 1970; ISO 8601 */
void sheet_missing(struct sheet *sheet);

size_t sheet_rows(const struct sheet *sheet);

/* The rows as a JSON array of objects, and all of it as CSV. False: memory ran out before. */
bool sheet_write_items(const struct sheet *sheet, FILE *out);
bool sheet_write_all_csv(const struct sheet *sheet, FILE *out);

/* How many bytes at the end of the path are the ending of a format, with its point; 0: none. */
size_t sheet_ending(const char *path);

/* Answers with the sheet as the request wants it: by the ending of its path (.json, .csv, .xlsx,
 * .geojson, .jsonstat.json, .csv-metadata.json), else by Accept, else JSON; a page of it by `limit`
 * and `offset`, with a Link to the next. An ending that the sheet cannot be written in is a problem
 * that says which there are. Destroys the sheet. */
void sheet_answer(struct sheet **sheet, const struct request *request, struct answer *answer);

#endif
