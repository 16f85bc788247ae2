#include "core/table_schema_check.h"

#include "core/plain_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_ROOM = 400 };

struct checking {
    const struct table_schema *schema;
    uint32_t *columns; /* of each field; 0: it is not there */
    struct problem_place place;
    struct problems *problems;
};

/* --- columns ---------------------------------------------------------------------------------- */

static uint32_t column_of(const struct schema_field *field, const struct headings *headings) {
    for (size_t i = 0; i < headings->n; i++) {
        for (size_t k = 0; k < field->headings.n; k++) {
            const char *text = field->headings.list[k];
            if (strcmp(headings->list[i].own, text) == 0 ||
                strcmp(headings->list[i].whole, text) == 0)
                return headings->list[i].column;
        }
    }
    return 0;
}

static bool find_columns(struct checking *checking, const struct headings *headings) {
    bool good = true;
    for (size_t i = 0; i < checking->schema->n_fields; i++) {
        const struct schema_field *field = &checking->schema->fields[i];
        checking->columns[i] = column_of(field, headings);
        if (checking->columns[i] || (checking->schema->may_lack && !field->required))
            continue;
        struct problem_place place = checking->place;
        place.line = headings->row;
        good = problems_add_at(checking->problems, place, "column missing",
                               "no column '%.100s', which %.100s describes", field->name,
                               checking->schema->name);
    }
    return good;
}

/* --- cells ------------------------------------------------------------------------------------ */

static const struct cell *cell_at(const struct row *row, uint32_t column) {
    for (size_t i = column <= row->count ? column : row->count; i-- > 0;) {
        if (row->cells[i].column == column)
            return &row->cells[i];
    }
    return NULL;
}

static bool among(const char *const *list, size_t n, const char *text) {
    for (size_t i = 0; i < n; i++) {
        if (strcmp(list[i], text) == 0)
            return true;
    }
    return false;
}

static bool broken(struct checking *checking, const struct schema_field *field, const char *kind,
                   const char *found, const char *expected) {
    return problems_add_at(checking->problems, checking->place, kind,
                           "'%.80s', expected %.160s in '%.80s' (%.80s)", found, expected,
                           field->name, checking->schema->name);
}

/* A number by the schema alone, without marks: an own character for groups must be declared. */
static bool read_number(const struct schema_field *field, const struct cell *cell, double *out) {
    const struct marks marks = {.decimal = field->decimal, .group = field->group};
    struct figure figure;
    const char *expected;
    if (!marks_read(&marks, cell->text, cell->length, cell->kind, &figure, &expected) ||
        figure.status != STATUS_VALUE || figure.flags)
        return false;
    *out = figure.value;
    if (cell->kind == CELL_NUMBER || field->group)
        return true;
    return !memchr(cell->text, field->decimal == ',' ? '.' : ',', cell->length);
}

static bool within(const struct schema_field *field, double value) {
    bool low = !field->has_low || (field->above ? value > field->low : value >= field->low);
    bool high = !field->has_high || (field->below ? value < field->high : value <= field->high);
    return low && high;
}

static void say_bounds(const struct schema_field *field, char *out, size_t room) {
    size_t used = 0;
    (void)snprintf(out, room, "a number");
    if (field->has_low) {
        used = strlen(out);
        (void)snprintf(out + used, room - used, " %s %.10g", field->above ? "above" : "from",
                       field->low);
    }
    if (field->has_high) {
        used = strlen(out);
        (void)snprintf(out + used, room - used, " %s %.10g", field->below ? "below" : "up to",
                       field->high);
    }
}

static bool check_number(struct checking *checking, const struct schema_field *field,
                         const struct cell *cell) {
    char expected[120];
    double value;
    if (!read_number(field, cell, &value)) {
        return broken(checking, field, "no number", cell->text,
                      field->type == SCHEMA_INTEGER ? "a whole number" : "a number");
    }
    if (field->type == SCHEMA_INTEGER && value != floor(value))
        return broken(checking, field, "no number", cell->text, "a whole number");
    if (within(field, value))
        return true;
    say_bounds(field, expected, sizeof expected);
    return broken(checking, field, "value out of range", cell->text, expected);
}

static bool check_allowed(struct checking *checking, const struct schema_field *field,
                          const char *text) {
    char expected[160];
    size_t used = 0;
    if (field->n_allowed == 0 || among(field->allowed, field->n_allowed, text))
        return true;
    for (size_t i = 0; i < field->n_allowed && used + 60 < sizeof expected; i++) {
        int n = snprintf(expected + used, sizeof expected - used, "%s'%.40s'", i ? ", " : "one of ",
                         field->allowed[i]);
        used += n > 0 ? (size_t)n : 0;
    }
    return broken(checking, field, "value not allowed", text, expected);
}

static void check_cell(struct checking *checking, const struct schema_field *field,
                       const struct cell *cell) {
    char text[TEXT_ROOM];
    const struct cell none = {.text = "", .kind = CELL_TEXT};
    if (!cell)
        cell = &none;
    (void)plain_text(cell->text, cell->length, text, sizeof text);
    bool missing = !*text || among(field->missing, field->n_missing, text) ||
                   among(field->missing, field->n_missing, cell->text);
    if (missing) {
        if (field->required)
            (void)broken(checking, field, "value missing", text, "a value");
        return;
    }
    if ((field->type == SCHEMA_ANY || check_number(checking, field, cell)))
        (void)check_allowed(checking, field, text);
}

bool table_schema_check(const struct table_schema *schema, const struct headings *headings,
                        struct rows *rows, struct problem_place place, struct problems *problems) {
    struct checking checking = {.schema = schema, .place = place, .problems = problems};
    struct fault fault = {0};
    struct row row;
    enum rows_result result = ROWS_END;
    size_t before = problems->total;
    checking.columns = calloc(schema->n_fields + 1, sizeof *checking.columns);
    if (!checking.columns)
        return problems_add_memory(problems, place.file);
    bool all = find_columns(&checking, headings);
    while (all && (result = rows_next(rows, &row, &fault)) == ROWS_ROW) {
        if (row.number <= headings->row)
            continue;
        checking.place.line = row.number;
        for (size_t i = 0; i < schema->n_fields; i++) {
            if (!checking.columns[i])
                continue;
            checking.place.column = checking.columns[i];
            check_cell(&checking, &schema->fields[i], cell_at(&row, checking.columns[i]));
        }
    }
    free(checking.columns);
    if (result == ROWS_BAD) {
        place.line = rows_number(rows);
        place.column = rows_column(rows);
        problems_add_at(problems, place, "unreadable", "%s", fault.text);
    }
    return problems->total == before;
}
