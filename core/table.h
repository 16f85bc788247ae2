/* Reading a table of the pack: a CSV file whose header must name the columns it should, in order.
 */
#ifndef CORE_TABLE_H
#define CORE_TABLE_H

#include "core/csv.h"
#include "core/fault.h"
#include "core/geography.h"

enum { TABLE_LINES_MAX = 1 << 20 };

/* Takes one record, which has as many fields as there are columns. */
typedef bool table_row(void *context, const struct csv_record *record, struct fault *fault);

/* Gives every record below the header to `take`. A table without any is a fault. */
bool table_read(struct table_file table, const char *const *columns, size_t n_columns,
                table_row *take, void *context, struct fault *fault);

/* The same, where columns after the first `n_needed` may be left out from the end. */
bool table_read_up_to(struct table_file table, const char *const *columns, size_t n_needed,
                      size_t n_columns, table_row *take, void *context, struct fault *fault);

/* Lines of the table: never fewer than its records, so that room for them is made once. */
bool table_lines(struct table_file table, size_t *out, struct fault *fault);

/* Faults "table:line:column: expected ..., found ...". Returns false. */
bool table_fault(const char *table, const struct csv_field *field, const char *expected,
                 struct fault *fault);

/* Faults "table:line: what 'found'". Returns false. */
bool table_row_fault(const char *table, uint64_t line, const char *what, const char *found,
                     struct fault *fault);

#endif
