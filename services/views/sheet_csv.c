/* A sheet as CSV (RFC 4180): a header, an empty cell for what is missing. A text that a spreadsheet
 * would take for a formula, as it begins with = + - @ or a control, has an apostrophe before it. */
#include "services/views/sheet_parts.h"

#include "core/csv.h"
#include "services/bus/instant.h"

#include <string.h>

static void write_text(FILE *out, const char *text) {
    if (!*text || !strchr("=+-@\t\r\n", *text)) {
        csv_write(out, text);
        return;
    }
    (void)fputs("\"'", out);
    for (; *text; text++)
        (void)fprintf(out, *text == '"' ? "\"%c" : "%c", *text);
    (void)fputc('"', out);
}

static void write_cell(const struct sheet *sheet, const struct sheet_cell *cell, FILE *out) {
    char instant[INSTANT_TEXT];
    switch (cell->kind) {
    case CELL_TEXT:
        write_text(out, sheet_cell_text(sheet, cell));
        break;
    case CELL_COUNT:
        (void)fprintf(out, "%llu", (unsigned long long)cell->is.count);
        break;
    case CELL_SIGNED:
        (void)fprintf(out, "%lld", (long long)cell->is.whole);
        break;
    case CELL_NUMBER:
        csv_write_number(out, cell->is.number);
        break;
    case CELL_TRUTH:
        (void)fputs(cell->is.count ? "true" : "false", out);
        break;
    case CELL_INSTANT:
        (void)fputs(instant_write(cell->is.count, instant), out);
        break;
    default:
        break;
    }
}

bool sheet_write_csv(const struct sheet *sheet, const struct sheet_page *page, FILE *out,
                     struct fault *fault) {
    (void)fault;
    for (size_t c = 0; c < sheet->n_columns; c++)
        (void)fprintf(out, "%s%s", c ? "," : "", sheet->columns[c].key);
    (void)fputs("\r\n", out);
    for (size_t row = page->first; row < page->end; row++) {
        for (size_t c = 0; c < sheet->n_columns; c++) {
            if (c)
                (void)fputc(',', out);
            write_cell(sheet, sheet_at(sheet, row, c), out);
        }
        (void)fputs("\r\n", out);
    }
    return true;
}

bool sheet_write_all_csv(const struct sheet *sheet, FILE *out) {
    const struct sheet_page all = {.end = sheet_rows(sheet)};
    struct fault fault;
    return !sheet->failed && !sheet->too_large && sheet_write_csv(sheet, &all, out, &fault);
}
