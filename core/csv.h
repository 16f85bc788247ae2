/* Reading and writing CSV (RFC 4180), with the place of every field, so that an error can name line
 * and column. The separator may be another than the comma.
 *
 * A reader copies nothing of the input except the record at hand. It refuses what a careful person
 * would: bytes that are not in the encoding, a NUL, a quote that never closes, text after a closing
 * quote, a record longer than CSV_LINE_MAX bytes. A byte-order mark at the start is skipped; lines
 * may end in LF or CRLF; a record that is an empty line is skipped. */
#ifndef CORE_CSV_H
#define CORE_CSV_H

#include "core/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
    CSV_LINE_MAX = 1 << 20, /* bytes in a record: 40 columns of the longest notes seen are 20 kB */
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
    bool ended;    /* false: nothing stands behind it, not even a line end. Where a file is cut
                      short, a number may have lost digits and still be a number */
};

struct csv;

/* How the fields are written. Text comes out as UTF-8 in any case. */
struct csv_dialect {
    char comma;        /* ',', ';' or '\t' */
    bool windows_1252; /* else UTF-8. A byte-order mark of UTF-8 is believed before this. */
};

/* A reader over `length` bytes that stay the caller's and must outlive it. NULL: out of memory.
 * csv_new reads commas and UTF-8. */
struct csv *csv_new(const char *bytes, size_t length);
struct csv *csv_new_dialect(const char *bytes, size_t length, struct csv_dialect dialect);

/* Puts up to `room` bytes of what comes next into `into`; *got is 0 at the end only. */
typedef bool csv_more(void *context, void *into, size_t room, size_t *got, struct fault *fault);

/* A reader over what `more` gives, of which it holds a few records' length. */
struct csv *csv_new_stream(csv_more *more, void *context, bool windows_1252, struct fault *fault);

/* The bytes in memory of a reader of which nothing was read yet, by which to choose a separator. */
const char *csv_ahead(const struct csv *csv, size_t *length);
void csv_set_comma(struct csv *csv, char comma);

/* The one of comma, semicolon and tab by which most of the first lines that have any agree on their
 * number of fields; the comma where none is better. False: out of memory. */
bool csv_guess_comma(const char *bytes, size_t length, bool windows_1252, char *out,
                     struct fault *fault);

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

/* Closes a stream of open_memstream, or NULL. False where not all that was written is there; fclose
 * does not tell that there is no text. */
bool csv_close(FILE *out, char *const *text);

#endif
