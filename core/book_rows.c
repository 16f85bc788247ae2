#include "core/book_parts.h"
#include "core/csv.h"

#include <stdlib.h>

struct rows {
    struct xlsx_rows *xlsx;
    struct ods_rows *ods;
    struct csv *csv;
    struct unpacking *from; /* that the CSV comes out of; NULL: it is in memory */
    struct cell *cells;     /* of a record */
    size_t cells_room;
    uint64_t count; /* records */
};

static bool open_csv(struct rows *rows, struct book *book, const struct part *part, char comma,
                     struct fault *fault) {
    const bool windows = book->encoding == BOOK_WINDOWS_1252;
    if (comma && comma != ',' && comma != ';' && comma != '\t')
        return fault_set(fault, FAULT_INPUT, "a separator that is no comma, semicolon or tab");
    if (book->gzip)
        rows->from = gzip_unpack(book->bytes, book->length, book->budget, fault);
    else if (book->archive)
        rows->from = archive_unpack(book->archive, part->member, fault);
    if (rows->from) {
        rows->csv = csv_new_stream(unpacking_read, rows->from, windows, fault);
    } else if (!book->gzip && !book->archive) {
        rows->csv = csv_new_dialect(book->bytes, book->length, (struct csv_dialect){',', windows});
        if (!rows->csv)
            (void)fault_memory(fault);
    }
    if (!rows->csv)
        return false;
    size_t length;
    const char *ahead = csv_ahead(rows->csv, &length);
    if (!comma && !csv_guess_comma(ahead, length, windows, &comma, fault))
        return false;
    csv_set_comma(rows->csv, comma);
    return true;
}

struct rows *rows_open(struct book *book, size_t sheet, char comma, struct fault *fault) {
    struct rows *rows = calloc(1, sizeof *rows);
    if (!rows) {
        (void)fault_memory(fault);
        return NULL;
    }
    const struct part *part = &book->parts[book->places[sheet].part];
    size_t index = book->places[sheet].index;
    bool fine = false;
    switch (part->kind) {
    case PART_CSV:
        fine = open_csv(rows, book, part, comma, fault);
        break;
    case PART_XLSX:
        rows->xlsx = xlsx_rows_open(part->xlsx, index, fault);
        fine = rows->xlsx != NULL;
        break;
    case PART_ODS:
        rows->ods = ods_rows_open(part->ods, index, fault);
        fine = rows->ods != NULL;
        break;
    }
    if (!fine)
        rows_destroy(&rows);
    return rows;
}

void rows_destroy(struct rows **rows) {
    if (!*rows)
        return;
    xlsx_rows_destroy(&(*rows)->xlsx);
    ods_rows_destroy(&(*rows)->ods);
    csv_destroy(&(*rows)->csv);
    unpacking_destroy(&(*rows)->from);
    free((*rows)->cells);
    free(*rows);
    *rows = NULL;
}

static bool cells_of(struct rows *rows, const struct csv_record *record, bool *empty,
                     struct fault *fault) {
    if (record->count > rows->cells_room) {
        free(rows->cells);
        rows->cells = malloc(CSV_FIELDS_MAX * sizeof *rows->cells);
        rows->cells_room = rows->cells ? CSV_FIELDS_MAX : 0;
        if (!rows->cells)
            return fault_memory(fault);
    }
    size_t bytes = 0;
    for (size_t i = 0; i < record->count; i++) {
        const struct csv_field *field = &record->fields[i];
        rows->cells[i] = (struct cell){field->text, field->length, (uint32_t)(i + 1), CELL_TEXT};
        bytes |= field->length;
    }
    *empty = bytes == 0;
    return true;
}

static enum rows_result next_record(struct rows *rows, struct row *out, struct fault *fault) {
    struct csv_record record;
    bool empty;
    do {
        enum csv_result result = csv_next(rows->csv, &record, fault);
        if (result != CSV_RECORD)
            return result == CSV_END ? ROWS_END : ROWS_BAD;
        if (++rows->count > BOOK_ROWS_MAX) {
            (void)fault_set(fault, FAULT_INPUT, "more than %d rows", BOOK_ROWS_MAX);
            return ROWS_BAD;
        }
        if (!cells_of(rows, &record, &empty, fault))
            return ROWS_BAD;
    } while (empty);
    *out = (struct row){rows->cells, record.count, record.line};
    return ROWS_ROW;
}

enum rows_result rows_next(struct rows *rows, struct row *out, struct fault *fault) {
    return rows->xlsx  ? xlsx_rows_next(rows->xlsx, out, fault)
           : rows->ods ? ods_rows_next(rows->ods, out, fault)
                       : next_record(rows, out, fault);
}

uint64_t rows_number(const struct rows *rows) {
    return rows->xlsx  ? xlsx_rows_number(rows->xlsx)
           : rows->ods ? ods_rows_number(rows->ods)
                       : csv_line(rows->csv);
}

uint64_t rows_column(const struct rows *rows) {
    return rows->xlsx  ? xlsx_rows_column(rows->xlsx)
           : rows->ods ? ods_rows_column(rows->ods)
                       : csv_column(rows->csv);
}
