/* The row at hand of a workbook's reader. Text is gathered at the end of one buffer that moves as
 * it grows, so cells keep offsets until the row is whole. For core/xlsx_rows.c and core/ods.c. */
#ifndef CORE_CELLS_H
#define CORE_CELLS_H

#include "core/book.h"

enum { CELLS_TEXT_MAX = 64 << 20 }; /* bytes of text in one row */

struct cells {
    struct cell *cells;
    size_t *offsets; /* of a cell's text in `text` */
    size_t count, room;
    char *text;
    size_t used, text_room;
    size_t start; /* of the text that is gathered for the next cell */
};

void cells_clear(struct cells *cells);
void cells_free(struct cells *cells);

/* Gathers text for the next cell; forgets what was gathered. */
bool cells_gather(struct cells *cells, const char *text, size_t length, struct fault *fault);
void cells_forget(struct cells *cells);

/* Terminates what was gathered; valid until something is gathered. */
const char *cells_gathered(struct cells *cells, struct fault *fault);

/* Adds a cell of what was gathered, which begins anew. */
bool cells_add(struct cells *cells, uint32_t column, enum cell_kind kind, struct fault *fault);

/* Adds a cell of text that stands elsewhere, and lives on. */
bool cells_add_shared(struct cells *cells, uint32_t column, const char *text, size_t length,
                      struct fault *fault);

/* Adds the last cell once more. */
bool cells_add_again(struct cells *cells, uint32_t column, struct fault *fault);

/* The row, valid until the cells change. */
struct row cells_row(struct cells *cells, uint64_t number);

/* Brings what was gathered, "2024-03-31" with or without "T12:00:00" and a fraction, into the form
 * of a CELL_DATE. False: it is no such date, or (then with a fault) memory ran out. */
bool cells_gathered_date(struct cells *cells, struct fault *fault);

#endif
