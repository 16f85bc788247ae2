/* Reading and writing CSV (RFC 4180) in memory, with the place of every field, so that an error can
 * name line and column.
 *
 * A reader copies nothing of the input except the record at hand. It refuses what a careful person
 * would: bytes that are not UTF-8, a NUL, a quote that never closes, text after a closing quote, a
 * line longer than CSV_LINE_MAX bytes, a last line without a line end (where a file is cut short, a
 * number may have lost digits and still be a number). A byte-order mark at the start is skipped;
 * lines may end in LF or CRLF; a record that is an empty line is skipped. */
#ifndef CORE_CSV_H
#define CORE_CSV_H

#include "core/fault.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
    CSV_LINE_MAX =
        1 << 20, /* bytes in one record: 40 columns of the longest notes seen are 20 kB */
    CSV_FIELDS_MAX = 4096,
};

struct csv_field {
    const char *text; /* terminated; valid until the next csv_next */
    size_t length;
    uint64_t line;   /* from 1 */
    uint64_t column; /* from 1, in characters */
};

struct csv_record {
    const struct csv_field *fields;
    size_t count;
    uint64_t line; /* of its first field */
};

struct csv;

/* A reader over `length` bytes that stay the caller's and must outlive it. NULL: out of memory. */
struct csv *csv_new(const char *bytes, size_t length);
void csv_destroy(struct csv **csv);

enum csv_result { CSV_RECORD, CSV_END, CSV_BAD };

/* The next record. On CSV_BAD `fault` has the reason, and csv_line and csv_column say where. */
enum csv_result csv_next(struct csv *csv, struct csv_record *out, struct fault *fault);

uint64_t csv_line(const struct csv *csv);
uint64_t csv_column(const struct csv *csv);

/* Writes one field, quoted where need be. The caller writes the commas and the line's end. */
void csv_write(FILE *out, const char *text);

/* Writes a number with the fewest digits (at most 17) that read back to the same bits. */
void csv_write_number(FILE *out, double value);

#endif
