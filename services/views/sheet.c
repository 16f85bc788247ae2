#include "services/views/sheet_parts.h"

#include "services/bus/buffer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct sheet *sheet_new(const char *name, const char *title, const char *source,
                        const struct sheet_column *columns, size_t n_columns) {
    struct sheet *sheet = calloc(1, sizeof *sheet);
    if (!sheet)
        return NULL;
    sheet->columns = columns;
    sheet->n_columns = n_columns;
    sheet->window = (struct sheet_window){.count = UINT64_MAX, .most_cells = UINT64_MAX};
    sheet->name = strdup(name);
    sheet->title = strdup(title);
    sheet->source = strdup(source ? source : "");
    if (!sheet->name || !sheet->title || !sheet->source)
        sheet_destroy(&sheet);
    return sheet;
}

void sheet_destroy(struct sheet **sheet) {
    if (!*sheet)
        return;
    free((*sheet)->name);
    free((*sheet)->title);
    free((*sheet)->source);
    free((*sheet)->licence);
    free((*sheet)->cells);
    free((*sheet)->texts);
    free(*sheet);
    *sheet = NULL;
}

void sheet_describe(struct sheet *sheet, const struct sheet_about *about) {
    free(sheet->licence);
    sheet->licence = about->licence ? strdup(about->licence) : NULL;
    sheet->failed = sheet->failed || (about->licence && !sheet->licence);
    sheet->about = *about;
    sheet->about.licence = sheet->licence;
}

/* --- cells ------------------------------------------------------------------------------------ */

void sheet_keep(struct sheet *sheet, struct sheet_window window) {
    sheet->window = window;
}

/* Whether the cell that comes next is of a row that is kept. */
static bool is_kept(const struct sheet *sheet) {
    uint64_t row = sheet->n_added / sheet->n_columns;
    return row >= sheet->window.first && row - sheet->window.first < sheet->window.count;
}

static void add(struct sheet *sheet, struct sheet_cell cell) {
    bool kept = is_kept(sheet);
    sheet->n_added++;
    sheet->too_large = sheet->too_large || (kept && sheet->n_cells == sheet->window.most_cells);
    if (!kept || sheet->too_large)
        return;
    if (sheet->n_cells == sheet->room_cells) {
        size_t room = sheet->room_cells ? sheet->room_cells * 2 : 1024;
        struct sheet_cell *cells = reallocarray(sheet->cells, room, sizeof *cells);
        if (!cells) {
            sheet->failed = true;
            return;
        }
        sheet->cells = cells;
        sheet->room_cells = room;
    }
    sheet->cells[sheet->n_cells++] = cell;
}

void sheet_text(struct sheet *sheet, const char *text) {
    if (!text) {
        sheet_missing(sheet);
        return;
    }
    if (!is_kept(sheet) || sheet->too_large) {
        add(sheet, (struct sheet_cell){.kind = CELL_MISSING});
        return;
    }
    size_t length = strlen(text) + 1;
    if (sheet->room_texts - sheet->n_texts < length) {
        size_t room = sheet->room_texts * 2 + length + 4096;
        char *texts = realloc(sheet->texts, room);
        if (!texts) {
            sheet->failed = true;
            return;
        }
        sheet->texts = texts;
        sheet->room_texts = room;
    }
    memcpy(sheet->texts + sheet->n_texts, text, length);
    add(sheet, (struct sheet_cell){.kind = CELL_TEXT, .is.text = sheet->n_texts});
    sheet->n_texts += length;
}

void sheet_count(struct sheet *sheet, uint64_t number) {
    add(sheet, (struct sheet_cell){.kind = CELL_COUNT, .is.count = number});
}

void sheet_signed(struct sheet *sheet, int64_t number) {
    add(sheet, (struct sheet_cell){.kind = CELL_SIGNED, .is.whole = number});
}

void sheet_number(struct sheet *sheet, double number) {
    if (isfinite(number))
        add(sheet, (struct sheet_cell){.kind = CELL_NUMBER, .is.number = number});
    else
        sheet_missing(sheet);
}

void sheet_truth(struct sheet *sheet, bool truth) {
    add(sheet, (struct sheet_cell){.kind = CELL_TRUTH, .is.count = truth});
}

void sheet_instant(struct sheet *sheet, uint64_t ms) {
    add(sheet, (struct sheet_cell){.kind = CELL_INSTANT, .is.count = ms});
}

void sheet_missing(struct sheet *sheet) {
    add(sheet, (struct sheet_cell){.kind = CELL_MISSING});
}

size_t sheet_rows(const struct sheet *sheet) {
    return (size_t)(sheet->n_added / sheet->n_columns);
}

const struct sheet_cell *sheet_at(const struct sheet *sheet, size_t row, size_t column) {
    return &sheet->cells[(row - sheet->window.first) * sheet->n_columns + column];
}

const char *sheet_cell_text(const struct sheet *sheet, const struct sheet_cell *cell) {
    return sheet->texts + cell->is.text;
}

double sheet_cell_number(const struct sheet_cell *cell) {
    return cell->kind == CELL_NUMBER   ? cell->is.number
           : cell->kind == CELL_SIGNED ? (double)cell->is.whole
                                       : (double)cell->is.count;
}

size_t sheet_column_of(const struct sheet *sheet, enum sheet_role role) {
    for (size_t c = 0; c < sheet->n_columns; c++) {
        if (sheet->columns[c].role == role)
            return c;
    }
    return SIZE_MAX;
}

bool sheet_is_measure(const struct sheet_column *column) {
    return column->role == SHEET_PLAIN &&
           (column->type == SHEET_NUMBER || column->type == SHEET_COUNT ||
            column->type == SHEET_SIGNED);
}

/* --- answering -------------------------------------------------------------------------------- */

enum { JSON_ROWS = 1000 };

struct format {
    const char *ending, *type;
    uint64_t rows; /* unless told */
    sheet_writer *write;
    bool shown; /* by a browser, and not kept as a file */
};

/* Of two endings that fit, the longer one stands first. */
static const struct format formats[] = {
    {".csv-metadata.json", "application/csvm+json", UINT64_MAX, sheet_write_csvw, true},
    {".jsonstat.json", "application/json; profile=\"https://json-stat.org/format/\"", UINT64_MAX,
     sheet_write_jsonstat, true},
    {".json", "application/json", JSON_ROWS, sheet_write_json, true},
    {".csv", "text/csv; charset=utf-8; header=present", UINT64_MAX, sheet_write_csv, false},
    {".geojson", "application/geo+json", UINT64_MAX, sheet_write_geojson, true},
    {".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", UINT64_MAX,
     sheet_write_xlsx, false},
};

enum { FORMATS = sizeof formats / sizeof *formats, FORMAT_JSON = 2, FORMAT_FIRST_BY_ACCEPT = 2 };

/* NULL: the path has no ending that is known. */
static const struct format *by_ending(const char *path) {
    size_t length = strlen(path);
    for (size_t i = 0; i < FORMATS; i++) {
        size_t ending = strlen(formats[i].ending);
        if (length > ending && strcmp(path + length - ending, formats[i].ending) == 0)
            return &formats[i];
    }
    return NULL;
}

size_t sheet_ending(const char *path) {
    const struct format *format = by_ending(path);
    return format ? strlen(format->ending) : 0;
}

/* The first of ours that the header names: who asks knows only one, as a rule. */
static const struct format *by_accept(const char *accept) {
    for (const char *at = accept; *at; at += *at == ',') {
        at += strspn(at, " \t");
        size_t length = strcspn(at, ";, \t");
        for (size_t i = FORMAT_FIRST_BY_ACCEPT; i < FORMATS; i++) {
            if (length == strcspn(formats[i].type, ";") &&
                strncasecmp(at, formats[i].type, length) == 0)
                return &formats[i];
        }
        at += strcspn(at, ",");
    }
    return &formats[FORMAT_JSON];
}

static void answer_as(const struct sheet *sheet, const struct format *format,
                      const struct request *request, struct answer *answer) {
    struct sheet_page page;
    struct fault fault = {0};
    if (!sheet_find_page(sheet, request, format->rows, &page, answer))
        return;
    struct buffer buffer;
    FILE *out = buffer_open(&buffer);
    if (!out)
        return;
    bool fine = format->write(sheet, &page, out, &fault);
    bool kept = buffer_close(&buffer, out);
    if (!fine && fault.kind == FAULT_INPUT)
        answer_problem(answer, request, 406, "%s", fault.text);
    else if (!fine && fault.kind != FAULT_MEMORY)
        answer_fault(answer, request, &fault);
    if (!fine && kept)
        free(buffer.bytes);
    if (!fine || !kept)
        return;
    answer->type = format->type;
    answer->body = buffer.bytes;
    answer->length = buffer.length;
    if (!format->shown)
        (void)snprintf(answer->file_name, sizeof answer->file_name, "%.100s%s", sheet->name,
                       format->ending);
}

static const struct format *format_of(const struct request *request) {
    const struct format *format = by_ending(request->path);
    return format ? format : by_accept(request->accept);
}

struct sheet_window sheet_window(const struct request *request) {
    struct sheet_window window = {.count = format_of(request)->rows, .most_cells = SHEET_CELLS_MAX};
    sheet_read_page(request, &window);
    return window;
}

void sheet_answer(struct sheet **sheet, const struct request *request, struct answer *answer) {
    if (*sheet && (*sheet)->too_large)
        answer_problem(answer, request, 413,
                       "%zu rows of %zu cells are more than one answer takes; ask for a part of "
                       "them by 'limit' and 'offset', or for one node",
                       sheet_rows(*sheet), (*sheet)->n_columns);
    else if (*sheet && !(*sheet)->failed)
        answer_as(*sheet, format_of(request), request, answer);
    sheet_destroy(sheet);
}
