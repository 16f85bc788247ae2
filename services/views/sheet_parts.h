/* The insides of a sheet, for its writers. */
#ifndef VIEWS_SHEET_PARTS_H
#define VIEWS_SHEET_PARTS_H

#include "services/views/sheet.h"

enum cell_kind { CELL_MISSING, CELL_TEXT, CELL_COUNT, CELL_NUMBER, CELL_TRUTH, CELL_INSTANT };

struct sheet_cell {
    enum cell_kind kind;
    union {
        size_t text; /* where it begins in `texts` */
        uint64_t count;
        double number;
    } is;
};

struct sheet {
    char *name, *title, *source;
    const struct sheet_column *columns;
    size_t n_columns;
    struct sheet_cell *cells;
    size_t n_cells, room_cells;
    char *texts;
    size_t n_texts, room_texts;
    bool failed;
};

/* The rows that are answered. */
struct sheet_page {
    uint64_t offset, limit;                                           /* limit UINT64_MAX: all */
    size_t first, end;                                                /* rows */
    char self[1024], next[1024], prev[1024], last[1024], begin[1024]; /* addresses; "": none */
};

const struct sheet_cell *sheet_at(const struct sheet *sheet, size_t row, size_t column);
const char *sheet_cell_text(const struct sheet *sheet, const struct sheet_cell *cell);

/* Each writes the page's rows. */
void sheet_write_csv(const struct sheet *sheet, const struct sheet_page *page, FILE *out);
void sheet_write_json(const struct sheet *sheet, const struct sheet_page *page, FILE *out);

/* Finds the page that is asked for, of `initial` rows unless told. False: the answer is a problem.
 */
bool sheet_find_page(const struct sheet *sheet, const struct request *request, uint64_t initial,
                     struct sheet_page *page, struct answer *answer);

#endif
