/* A file as a publisher ships it, read as sheets of rows of cells: CSV (comma, semicolon or tab),
 * XLSX (ECMA-376) and ODS (OASIS OpenDocument 1.2), each alone or inside a zip archive or gzip.
 *
 * Sheets are read one after the other, in bounded memory however many rows they have: a reader
 * holds one row, and of an XLSX the shared strings. What a file may make of that is bounded by the
 * limits below; beyond them, and for what is no such file at all, it is refused with a fault that
 * says what was found. Nothing outside the bytes is ever opened: no external entity, no linked
 * workbook, no path of an archive's member. */
#ifndef CORE_BOOK_H
#define CORE_BOOK_H

#include "core/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    BOOK_SHEETS_MAX = 1024,
    BOOK_COLUMNS_MAX = 16384,     /* XLSX has no more */
    BOOK_ROWS_MAX = 16 << 20,     /* in one sheet */
    BOOK_CELL_MAX = 1 << 20,      /* bytes of text in one cell */
    BOOK_STRINGS_MAX = 256 << 20, /* bytes of shared strings, and of a member held in memory */
    BOOK_MEMBERS_MAX = 4096,      /* files in an archive */
    BOOK_EXPANSION_MAX = 1000,    /* bytes out of an archive for each byte in it */
};
#define BOOK_UNPACKED_MAX (UINT64_C(4) << 30) /* bytes out of an archive in all */

enum book_encoding {
    BOOK_UTF8, /* with or without a byte-order mark; other bytes are refused */
    /* The bytes 81, 8D, 8F, 90 and 9D, which it does not have, are refused. A file that begins with
     * the byte-order mark of UTF-8 is read as that all the same. */
    BOOK_WINDOWS_1252,
};

enum cell_kind {
    CELL_TEXT,
    CELL_NUMBER,  /* text is the number as the file stores it: the value, not its display */
    CELL_DATE,    /* text is "2024-03-31", or "2024-03-31T12:00:00" where there is a time */
    CELL_BOOLEAN, /* "TRUE" or "FALSE" */
    CELL_ERROR,   /* "#N/A", "#REF!" ... */
};

/* A cell that is not empty. A formula is its stored result. A merged range is its first cell. A
 * time of day without a date is in XLSX a number, a fraction of a day, and in ODS the text that
 * shows. */
struct cell {
    const char *text; /* UTF-8, terminated, without a NUL inside; valid until the next rows_next */
    size_t length;
    uint32_t column; /* from 1 */
    enum cell_kind kind;
};

struct row {
    const struct cell *cells; /* by column; of a CSV every field, empty ones too */
    size_t count;             /* at least 1 */
    uint64_t number; /* from 1: the row of the sheet; of a CSV the line on which it begins */
};

struct sheet {
    /* The archive's file that it is in, fit to be shown: characters that would mislead are escaped.
     * NULL: the file itself. */
    const char *member;
    const char *name; /* as the workbook has it; of a CSV NULL */
    bool hidden;
};

struct book;

/* `bytes` stay the caller's and must outlive the book; of `name` only the ending counts, for a file
 * that is not what it says. NULL: the fault says what is wrong; no fault here names the file, its
 * caller does. A file that is refused here has nothing in it that can be read; one that is not may
 * still hold a bad row, so whoever needs all or nothing reads all first. */
struct book *book_open(const char *name, const void *bytes, size_t length,
                       enum book_encoding encoding, struct fault *fault);
void book_destroy(struct book **book);

/* In the order of the file; at least one. Valid until book_destroy. */
size_t book_sheets(const struct book *book);
const struct sheet *book_sheet(const struct book *book, size_t index);

/* Bytes of a member of the archive that is no table, such as datapackage.json or a CSV's
 * -metadata.json, with a NUL behind. *bytes is the caller's, to be freed with free; NULL where
 * there is none of that name or the book is no archive. False: the fault says why not. */
bool book_member(struct book *book, const char *name, char **bytes, size_t *length,
                 struct fault *fault);

struct rows;

/* Begins with the first row of a sheet. Several may be open at once. `comma` is the separator of a
 * CSV, or 0: the one of comma, semicolon and tab by which most of the first lines that have any
 * agree on their number of fields. NULL: the fault says why not. The book must outlive the rows. */
struct rows *rows_open(struct book *book, size_t sheet, char comma, struct fault *fault);
void rows_destroy(struct rows **rows);

enum rows_result { ROWS_ROW, ROWS_END, ROWS_BAD };

/* The next row that is not empty; of a CSV, one with a field that is not. On ROWS_BAD the fault
 * says what is wrong, and rows_number and rows_column where, as far as it is known (else 0): of a
 * CSV the line and the character in it, else the sheet's row and column. */
enum rows_result rows_next(struct rows *rows, struct row *out, struct fault *fault);
uint64_t rows_number(const struct rows *rows);
uint64_t rows_column(const struct rows *rows);

#endif
