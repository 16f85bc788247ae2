/* A sheet as JSON: what it is, and its rows as objects; null for what is missing. */
#include "services/views/sheet_parts.h"

#include "services/bus/instant.h"
#include "services/views/json.h"

#include <inttypes.h>

static void write_cell(const struct sheet *sheet, const struct sheet_cell *cell, FILE *out) {
    char instant[INSTANT_TEXT];
    switch (cell->kind) {
    case CELL_TEXT:
        json_write_text(out, sheet_cell_text(sheet, cell));
        break;
    case CELL_COUNT:
        (void)fprintf(out, "%" PRIu64, cell->is.count);
        break;
    case CELL_SIGNED:
        (void)fprintf(out, "%" PRId64, cell->is.whole);
        break;
    case CELL_NUMBER:
        json_write_number(out, cell->is.number);
        break;
    case CELL_TRUTH:
        (void)fputs(cell->is.count ? "true" : "false", out);
        break;
    case CELL_INSTANT:
        json_write_text(out, instant_write(cell->is.count, instant));
        break;
    default:
        (void)fputs("null", out);
    }
}

void sheet_write_row(const struct sheet *sheet, size_t row, FILE *out) {
    (void)fputc('{', out);
    for (size_t c = 0; c < sheet->n_columns; c++) {
        json_key(out, sheet->columns[c].key, c == 0);
        write_cell(sheet, sheet_at(sheet, row, c), out);
    }
    (void)fputc('}', out);
}

static void write_member(const char *key, const char *text, FILE *out) {
    json_key(out, key, 0);
    json_write_text(out, text && *text ? text : NULL);
}

void sheet_write_about(const struct sheet *sheet, FILE *out) {
    char instant[INSTANT_TEXT];
    const struct sheet_about *about = &sheet->about;
    json_key(out, "title", 1);
    json_write_text(out, sheet->title);
    if (about->edition)
        (void)fprintf(out, ",\"edition\":%" PRIu64, about->edition);
    else
        (void)fputs(",\"edition\":null", out);
    write_member("scored", about->time_ms ? instant_write(about->time_ms, instant) : NULL, out);
    write_member("node", about->node, out);
    write_member("source", sheet->source, out);
    write_member("licence", about->licence, out);
}

static void write_rows(const struct sheet *sheet, size_t first, size_t end, FILE *out) {
    (void)fputs("[\n", out);
    for (size_t row = first; row < end; row++) {
        sheet_write_row(sheet, row, out);
        (void)fputs(row + 1 < end ? ",\n" : "\n", out);
    }
    (void)fputc(']', out);
}

bool sheet_write_items(const struct sheet *sheet, FILE *out) {
    bool whole = !sheet->failed && !sheet->too_large;
    write_rows(sheet, 0, whole ? sheet_rows(sheet) : 0, out);
    return whole;
}

bool sheet_write_json(const struct sheet *sheet, const struct sheet_page *page, FILE *out,
                      struct fault *fault) {
    (void)fault;
    (void)fputc('{', out);
    sheet_write_about(sheet, out);
    (void)fprintf(out, ",\"total\":%zu,\"limit\":%" PRIu64 ",\"offset\":%" PRIu64,
                  sheet_rows(sheet), page->limit, page->offset);
    write_member("next", page->next, out);
    write_member("prev", page->prev, out);
    (void)fputs(",\"items\":", out);
    write_rows(sheet, page->first, page->end, out);
    (void)fputs("}\n", out);
    return true;
}
