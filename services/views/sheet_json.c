/* A sheet as JSON: what it is, and its rows as objects; null for what is missing. */
#include "services/views/sheet_parts.h"

#include "services/bus/instant.h"
#include "services/views/json.h"

#include <inttypes.h>

static void write_cell(const struct sheet *sheet, const struct sheet_cell *cell, FILE *out) {
    char instant[INSTANT_TEXT];
    switch (cell->kind) {
    case CELL_TEXT:
        json_text(out, sheet_cell_text(sheet, cell));
        break;
    case CELL_COUNT:
        (void)fprintf(out, "%" PRIu64, cell->is.count);
        break;
    case CELL_NUMBER:
        json_number(out, cell->is.number);
        break;
    case CELL_TRUTH:
        (void)fputs(cell->is.count ? "true" : "false", out);
        break;
    case CELL_INSTANT:
        json_text(out, instant_write(cell->is.count, instant));
        break;
    default:
        (void)fputs("null", out);
    }
}

static void write_row(const struct sheet *sheet, size_t row, FILE *out) {
    (void)fputc('{', out);
    for (size_t c = 0; c < sheet->n_columns; c++) {
        json_key(out, sheet->columns[c].key, c == 0);
        write_cell(sheet, sheet_at(sheet, row, c), out);
    }
    (void)fputc('}', out);
}

static void write_address(const char *key, const char *url, FILE *out) {
    json_key(out, key, 0);
    json_text(out, *url ? url : NULL);
}

void sheet_write_json(const struct sheet *sheet, const struct sheet_page *page, FILE *out) {
    (void)fputc('{', out);
    json_key(out, "title", 1);
    json_text(out, sheet->title);
    json_key(out, "source", 0);
    json_text(out, sheet->source);
    (void)fprintf(out, ",\"total\":%zu,\"limit\":%" PRIu64 ",\"offset\":%" PRIu64,
                  sheet_rows(sheet), page->limit, page->offset);
    write_address("next", page->next, out);
    write_address("prev", page->prev, out);
    (void)fputs(",\"items\":[\n", out);
    for (size_t row = page->first; row < page->end; row++) {
        write_row(sheet, row, out);
        (void)fputs(row + 1 < page->end ? ",\n" : "\n", out);
    }
    (void)fputs("]}\n", out);
}
