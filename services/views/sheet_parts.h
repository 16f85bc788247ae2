/* The insides of a sheet, for its writers. */
#ifndef VIEWS_SHEET_PARTS_H
#define VIEWS_SHEET_PARTS_H

#include "services/views/sheet.h"

enum cell_kind {
    CELL_MISSING,
    CELL_TEXT,
    CELL_COUNT,
    CELL_SIGNED,
    CELL_NUMBER,
    CELL_TRUTH,
    CELL_INSTANT
};

struct sheet_cell {
    enum cell_kind kind;
    union {
        size_t text; /* where it begins in `texts` */
        uint64_t count;
        int64_t whole; /* with a sign */
        double number;
    } is;
};

struct sheet {
    char *name, *title, *source, *licence;
    struct sheet_about about;
    const struct sheet_column *columns;
    size_t n_columns;
    struct sheet_cell *cells;
    size_t n_cells, room_cells; /* of the rows that are kept */
    struct sheet_window window; /* those rows */
    uint64_t n_added;           /* cells of all rows */
    char *texts;
    size_t n_texts, room_texts;
    bool failed, too_large;
};

enum { ADDRESS_TEXT = 1000 }; /* it stands in the Link header, which has not much more room */

/* The rows that are answered. */
struct sheet_page {
    uint64_t offset, limit;
    size_t first, end; /* rows */
    /* where the other rows are; "": there are none */
    char next[ADDRESS_TEXT], prev[ADDRESS_TEXT], last[ADDRESS_TEXT], begin[ADDRESS_TEXT];
    const struct request *request; /* NULL: nobody asked by an address */
};

/* Of a row that is kept. */
const struct sheet_cell *sheet_at(const struct sheet *sheet, size_t row, size_t column);
const char *sheet_cell_text(const struct sheet *sheet, const struct sheet_cell *cell);
double sheet_cell_number(const struct sheet_cell *cell);
/* SIZE_MAX: none. */
size_t sheet_column_of(const struct sheet *sheet, enum sheet_role role);
/* Whether the column's cells are numbers to be reckoned with. */
bool sheet_is_measure(const struct sheet_column *column);
/* A row, as a JSON object. */
void sheet_write_row(const struct sheet *sheet, size_t row, FILE *out);
/* "title": ... and what else is told of the sheet, as members of a JSON object. */
void sheet_write_about(const struct sheet *sheet, FILE *out);

/* Each writes the page's rows. False: it cannot be written so, and the fault says why. */
typedef bool sheet_writer(const struct sheet *sheet, const struct sheet_page *page, FILE *out,
                          struct fault *fault);
sheet_writer sheet_write_csv, sheet_write_json, sheet_write_csvw, sheet_write_xlsx,
    sheet_write_geojson, sheet_write_jsonstat;

/* The same request from another row on (limit 0: all rows), as another format (NULL: the same). A
 * fault of kind FAULT_INPUT: it would be too long. */
bool sheet_address(const struct request *request, uint64_t offset, uint64_t limit,
                   const char *ending, char out[ADDRESS_TEXT], struct fault *fault);

/* What of the window the request says, where it says it well. */
void sheet_read_page(const struct request *request, struct sheet_window *window);

/* Finds the page that is asked for, of `initial` rows unless told. False: the answer is a problem.
 */
bool sheet_find_page(const struct sheet *sheet, const struct request *request, uint64_t initial,
                     struct sheet_page *page, struct answer *answer);

#endif
