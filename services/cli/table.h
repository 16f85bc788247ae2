/* A table that is printed as aligned text, as CSV or as JSON. */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum format { FORMAT_TEXT, FORMAT_CSV, FORMAT_JSON };

struct table;

/* A table whose columns have these keys (CSV header, JSON names) and headings (text); `headings`
 * may hold NULL for a column that text leaves out. Both are constants. NULL: out of memory. */
struct table *table_new(size_t columns, const char *const *keys, const char *const *headings);
void table_destroy(struct table **table);

/* Cells are added from left to right; after the last column a new row begins. Text is copied.
 * When memory runs out the table remembers it, and table_print says so. */
void table_text(struct table *table, const char *text); /* NULL: missing */
void table_count(struct table *table, uint64_t number);
void table_signed(struct table *table, int64_t number);              /* text shows + or - */
void table_number(struct table *table, double number, int decimals); /* decimals: in text only */
void table_rank(struct table *table, double rank);                   /* 0: missing */
void table_truth(struct table *table, bool truth);
void table_instant(struct table *table, uint64_t ms); /* since 1970; to the second */
void table_missing(struct table *table);

size_t table_rows(const struct table *table);

/* Missing is "-" in text, an empty cell in CSV, null in JSON. CSV and JSON give numbers with all
 * their digits, or with `digits` significant ones (0: all). JSON is an array of objects. False:
 * memory ran out, or `out` has an error. */
bool table_print(const struct table *table, enum format format, int digits, FILE *out);

#endif
