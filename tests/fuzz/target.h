/* What the targets of books do with their bytes: open them as a book, read rows of every sheet, and
 * look for a member.
 *
 * A zip of random bytes is refused by its checksums before any reader sees it. So the inputs of the
 * XLSX and ODS targets are texts: a line "=== NAME" begins each member; the target packs them. */
#ifndef TESTS_FUZZ_TARGET_H
#define TESTS_FUZZ_TARGET_H

#include "core/book.h"
#include "tests/fuzz/fuzz.h"

#include <zlib.h>

enum { FUZZ_ROWS_MAX = 2000, FUZZ_SHEETS_MAX = 8, FUZZ_MEMBERS_MAX = 16 };

static inline void fuzz_row(const struct row *row) {
    uint32_t column = 0;
    fuzz_check(row->number >= 1 && row->count >= 1);
    for (size_t i = 0; i < row->count; i++) {
        const struct cell *cell = &row->cells[i];
        fuzz_check(cell->column > column && cell->column <= BOOK_COLUMNS_MAX);
        fuzz_check(strlen(cell->text) == cell->length && cell->length <= BOOK_CELL_MAX * 3);
        column = cell->column;
    }
}

static inline void fuzz_sheet(struct book *book, size_t sheet) {
    struct fault fault = {0};
    struct rows *rows = rows_open(book, sheet, 0, &fault);
    if (!rows) {
        fuzz_check(fault.kind == FAULT_INPUT && *fault.text);
        return;
    }
    struct row row;
    enum rows_result result = ROWS_ROW;
    uint64_t last = 0;
    for (int i = 0; i < FUZZ_ROWS_MAX && result == ROWS_ROW; i++) {
        result = rows_next(rows, &row, &fault);
        if (result == ROWS_ROW) {
            fuzz_row(&row);
            fuzz_check(row.number > last);
            last = row.number;
        }
    }
    fuzz_check(result != ROWS_BAD || (fault.kind == FAULT_INPUT && *fault.text));
    (void)rows_number(rows);
    (void)rows_column(rows);
    rows_destroy(&rows);
}

static inline void fuzz_book(const void *bytes, size_t length, enum book_encoding encoding) {
    struct fault fault = {0};
    struct book *book = book_open("fuzz", bytes, length, encoding, &fault);
    if (!book) {
        fuzz_check(fault.kind == FAULT_INPUT && *fault.text);
        return;
    }
    fuzz_check(book_sheets(book) >= 1);
    for (size_t i = 0; i < book_sheets(book) && i < FUZZ_SHEETS_MAX; i++)
        fuzz_sheet(book, i);
    char *member;
    size_t member_length;
    if (book_member(book, "datapackage.json", &member, &member_length, &fault))
        free(member);
    book_destroy(&book);
}

struct fuzz_zip {
    uint8_t *bytes, *list;
    size_t used, list_used;
    unsigned count;
};

static inline void fuzz_number(uint8_t *at, uint32_t value, int size) {
    for (int i = 0; i < size; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

/* Adds a stored member (APPNOTE.TXT 4.3.7 and 4.3.12). */
static inline void fuzz_add(struct fuzz_zip *zip, const uint8_t *name, size_t name_length,
                            const uint8_t *bytes, size_t length) {
    uint8_t *local = zip->bytes + zip->used, *list = zip->list + zip->list_used;
    uint32_t crc = (uint32_t)crc32(0, bytes, (uInt)length);
    memset(local, 0, 30);
    memset(list, 0, 46);
    memcpy(local, "PK\x03\x04\x14", 5);
    memcpy(list, "PK\x01\x02\x14\0\x14", 7);
    for (int i = 0; i < 2; i++) {
        uint8_t *at = i ? list + 16 : local + 14;
        fuzz_number(at, crc, 4);
        fuzz_number(at + 4, (uint32_t)length, 4);
        fuzz_number(at + 8, (uint32_t)length, 4);
        fuzz_number(at + 12, (uint32_t)name_length, 2);
    }
    fuzz_number(list + 42, (uint32_t)zip->used, 4);
    memcpy(local + 30, name, name_length);
    memcpy(list + 46, name, name_length);
    if (length)
        memcpy(local + 30 + name_length, bytes, length);
    zip->used += 30 + name_length + length;
    zip->list_used += 46 + name_length;
    zip->count++;
}

/* Packs the members of a text and reads the zip. */
static inline void fuzz_package(const uint8_t *bytes, size_t length, const char *mimetype) {
    static const char mark[] = "=== ";
    enum { MARK = sizeof mark - 1, HEADERS = 400 };
    struct fuzz_zip zip = {.bytes = malloc(2 * length + 128 * HEADERS),
                           .list = malloc(length + 64 * HEADERS)};
    fuzz_check(zip.bytes && zip.list);
    if (mimetype)
        fuzz_add(&zip, (const uint8_t *)"mimetype", 8, (const uint8_t *)mimetype, strlen(mimetype));
    else
        fuzz_add(&zip, (const uint8_t *)"[Content_Types].xml", 19, (const uint8_t *)"<a/>", 4);
    const uint8_t *at = bytes, *end = bytes + length;
    while (zip.count < FUZZ_MEMBERS_MAX && end - at > MARK && memcmp(at, mark, MARK) == 0) {
        at += MARK;
        const uint8_t *line = memchr(at, '\n', (size_t)(end - at));
        if (!line || line - at > HEADERS)
            break;
        const uint8_t *inside = line + 1;
        const uint8_t *next = memmem(inside, (size_t)(end - inside), "\n=== ", MARK + 1);
        next = next ? next + 1 : end;
        fuzz_add(&zip, at, (size_t)(line - at), inside, (size_t)(next - inside));
        at = next;
    }
    uint8_t *tail = zip.bytes + zip.used;
    memcpy(tail, zip.list, zip.list_used);
    tail += zip.list_used;
    memset(tail, 0, 22);
    memcpy(tail, "PK\x05\x06", 4);
    fuzz_number(tail + 8, zip.count, 2);
    fuzz_number(tail + 10, zip.count, 2);
    fuzz_number(tail + 12, (uint32_t)zip.list_used, 4);
    fuzz_number(tail + 16, (uint32_t)zip.used, 4);
    fuzz_book(zip.bytes, zip.used + zip.list_used + 22, BOOK_UTF8);
    free(zip.bytes);
    free(zip.list);
}

#endif
