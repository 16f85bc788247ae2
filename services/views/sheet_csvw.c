/* What the CSV of a sheet is, as CSV on the Web has it (Metadata Vocabulary for Tabular Data). */
#include "services/views/sheet_parts.h"

#include "services/bus/instant.h"
#include "services/views/json.h"

#include <string.h>

static const char *const datatypes[SHEET_TYPES] = {
    [SHEET_TEXT] = "string",    [SHEET_COUNT] = "nonNegativeInteger",
    [SHEET_SIGNED] = "integer", [SHEET_NUMBER] = "number",
    [SHEET_TRUTH] = "boolean",  [SHEET_INSTANT] = "dateTime",
};

static void write_column(const struct sheet_column *column, FILE *out) {
    bool key = column->role == SHEET_KEY || column->role == SHEET_AREA;
    (void)fputs("{\"name\":", out);
    json_write_text(out, column->key);
    json_key(out, "titles", 0);
    json_write_text(out, column->key);
    json_key(out, "datatype", 0);
    json_write_text(out, datatypes[column->type]);
    if (key)
        (void)fputs(",\"required\":true", out);
    json_key(out, "dc:title", 0);
    json_write_text(out, column->title);
    json_key(out, "dc:description", 0);
    json_write_text(out, column->description);
    if (column->unit) {
        json_key(out, "schema:unitText", 0);
        json_write_text(out, column->unit);
    }
    (void)fputc('}', out);
}

static void write_keys(const struct sheet *sheet, FILE *out) {
    bool any = false;
    for (size_t c = 0; c < sheet->n_columns; c++) {
        if (sheet->columns[c].role != SHEET_KEY && sheet->columns[c].role != SHEET_AREA)
            continue;
        (void)fputs(any ? "," : ",\"primaryKey\":[", out);
        json_write_text(out, sheet->columns[c].key);
        any = true;
    }
    if (any)
        (void)fputc(']', out);
}

/* The address is beside this one: from the last slash of its path on. */
static bool write_url(const struct sheet_page *page, FILE *out, struct fault *fault) {
    char address[ADDRESS_TEXT];
    if (!sheet_address(page->request, 0, 0, ".csv", address, fault))
        return false;
    size_t path = strcspn(address, "?");
    while (path && address[path - 1] != '/')
        path--;
    json_key(out, "url", 0);
    json_write_text(out, address + path);
    return true;
}

bool sheet_write_csvw(const struct sheet *sheet, const struct sheet_page *page, FILE *out,
                      struct fault *fault) {
    char instant[INSTANT_TEXT];
    (void)fputs("{\"@context\":[\"http://www.w3.org/ns/csvw\",{\"@language\":\"en\"}]", out);
    if (!write_url(page, out, fault))
        return false;
    json_key(out, "dc:title", 0);
    json_write_text(out, sheet->title);
    json_key(out, "dc:source", 0);
    json_write_text(out, sheet->source);
    if (sheet->about.licence) {
        json_key(out, "dc:rights", 0);
        json_write_text(out, sheet->about.licence);
    }
    if (sheet->about.time_ms) {
        json_key(out, "dc:issued", 0);
        json_write_text(out, instant_write(sheet->about.time_ms, instant));
    }
    (void)fputs(",\"dialect\":{\"header\":true,\"encoding\":\"utf-8\"}"
                ",\"tableSchema\":{\"columns\":[\n",
                out);
    for (size_t c = 0; c < sheet->n_columns; c++) {
        if (c)
            (void)fputs(",\n", out);
        write_column(&sheet->columns[c], out);
    }
    (void)fputc(']', out);
    write_keys(sheet, out);
    (void)fputs("}}\n", out);
    return true;
}
