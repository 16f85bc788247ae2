/* A table of figures with typed columns, which can be written in each format that there is: what
 * the API answers, what is downloaded, what an export holds. */
#ifndef VIEWS_SHEET_H
#define VIEWS_SHEET_H

#include "services/views/answer.h"

#include <stdio.h>

enum sheet_type { SHEET_TEXT, SHEET_COUNT, SHEET_NUMBER, SHEET_TRUTH, SHEET_INSTANT };

/* A column: its key is the CSV header and the JSON name. */
struct sheet_column {
    const char *key, *title, *description, *unit; /* unit NULL: none */
    enum sheet_type type;
};

struct sheet;

/* `columns` must outlive it. `name` is the file name without ending; `title` and `source` are
 * copied. NULL: out of memory. */
struct sheet *sheet_new(const char *name, const char *title, const char *source,
                        const struct sheet_column *columns, size_t n_columns);
void sheet_destroy(struct sheet **sheet);

/* Cells from left to right; after the last column a new row begins. Text is copied. When memory
 * runs out the sheet remembers it, and every writer fails. */
void sheet_text(struct sheet *sheet, const char *text); /* NULL: missing */
void sheet_count(struct sheet *sheet, uint64_t number);
void sheet_number(struct sheet *sheet, double number); /* a finite one */
void sheet_truth(struct sheet *sheet, bool truth);
void sheet_instant(struct sheet *sheet, uint64_t ms); /* since 1970; ISO 8601 */
void sheet_missing(struct sheet *sheet);

size_t sheet_rows(const struct sheet *sheet);

/* Answers with the sheet as the request wants it: by the ending of its path (.json, .csv, .xlsx,
 * .geojson, .jsonstat.json, .csv-metadata.json), else by Accept, else JSON; a page of it by `limit`
 * and `offset`, with a Link to the next. An ending that the sheet cannot be written in is a problem
 * that says which there are. Destroys the sheet. */
void sheet_answer(struct sheet **sheet, const struct request *request, struct answer *answer);

#endif
