#include "core/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool table_row_fault(const char *table, uint64_t line, const char *what, const char *found,
                     struct fault *fault) {
    return fault_set(fault, FAULT_INPUT, "%s:%" PRIu64 ": %s '%.100s'", table, line, what, found);
}

bool table_fault(const char *table, const struct csv_field *field, const char *expected,
                 struct fault *fault) {
    return fault_set(fault, FAULT_INPUT, "%s:%" PRIu64 ":%" PRIu64 ": expected %s, found '%.100s'",
                     table, field->line, field->column, expected, field->text);
}

static bool check_header(struct table_file table, const struct csv_record *record,
                         const char *const *columns, size_t n_columns, struct fault *fault) {
    for (size_t i = 0; i < n_columns && i < record->count; i++) {
        if (strcmp(record->fields[i].text, columns[i]) == 0)
            continue;
        char expected[64];
        (void)snprintf(expected, sizeof expected, "the column '%s'", columns[i]);
        return table_fault(table.name, &record->fields[i], expected, fault);
    }
    return true;
}

static bool read_records(struct table_file table, struct csv *csv, const char *const *columns,
                         size_t n_needed, size_t n_columns, table_row *take, void *context,
                         struct fault *fault) {
    struct csv_record record;
    for (size_t rows = 0;; rows++) {
        enum csv_result result = csv_next(csv, &record, fault);
        if (result == CSV_BAD) {
            return fault_within(fault, "%s:%" PRIu64 ":%" PRIu64, table.name, csv_line(csv),
                                csv_column(csv));
        }
        if (result == CSV_END) {
            return rows > 1 || fault_set(fault, FAULT_INPUT, "%s: no rows", table.name);
        }
        if (rows == 0 && !check_header(table, &record, columns, n_columns, fault))
            return false;
        if (rows == 0 && record.count >= n_needed && record.count < n_columns)
            n_columns = record.count;
        if (rows == 0 && record.count < n_needed) {
            return fault_set(fault, FAULT_INPUT,
                             "%s:%" PRIu64 ": expected %zu fields, found %zu: no column '%s'",
                             table.name, record.line, n_columns, record.count,
                             columns[record.count]);
        }
        if (record.count != n_columns) {
            return fault_set(fault, FAULT_INPUT, "%s:%" PRIu64 ": expected %zu fields, found %zu",
                             table.name, record.line, n_columns, record.count);
        }
        if (rows > 0 && !take(context, &record, fault))
            return false;
    }
}

bool table_read(struct table_file table, const char *const *columns, size_t n_columns,
                table_row *take, void *context, struct fault *fault) {
    return table_read_up_to(table, columns, n_columns, n_columns, take, context, fault);
}

bool table_read_up_to(struct table_file table, const char *const *columns, size_t n_needed,
                      size_t n_columns, table_row *take, void *context, struct fault *fault) {
    struct csv *csv = csv_new(table.bytes, table.length);
    if (!csv)
        return fault_memory(fault);
    bool good = read_records(table, csv, columns, n_needed, n_columns, take, context, fault);
    csv_destroy(&csv);
    return good;
}

bool table_lines(struct table_file table, size_t *out, struct fault *fault) {
    *out = 1;
    for (size_t i = 0; i < table.length; i++)
        *out += table.bytes[i] == '\n';
    return *out <= TABLE_LINES_MAX ||
           fault_set(fault, FAULT_INPUT, "%s: more than %d lines", table.name, TABLE_LINES_MAX);
}
