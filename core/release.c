#include "core/release.h"

#include "core/arena.h"
#include "core/csv.h"
#include "core/number.h"
#include "core/period.h"
#include "core/status.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum column_kind { COLUMN_CODE, COLUMN_PERIOD, COLUMN_VALUE, COLUMN_NAME, COLUMN_STATUS };
enum { COLUMN_KINDS = 5, NEEDED = 3 };

static const char *const column_names[COLUMN_KINDS] = {"area_code", "period", "value", "area_name",
                                                       "status"};

struct observation {
    uint32_t code, period; /* code: index in the geography until it is mapped */
    uint32_t line;
    uint8_t status;
    double value;
};

struct reading {
    const char *name;
    const struct geography *geography;
    struct problems *problems;
    struct arena *arena;
    struct csv *csv;
    size_t columns, place[COLUMN_KINDS]; /* SIZE_MAX: no such column */
    struct observation *rows;
    size_t n, room;
    char **periods; /* in order of first appearance */
    int32_t *keys;
    size_t n_periods, periods_room;
};

static bool no_memory(struct reading *reading) {
    return problems_add(reading->problems, reading->name, 0, 0,
                        "out of memory; nothing is wrong with the file");
}

/* --- the header ------------------------------------------------------------------------------- */

static bool take_heading(struct reading *reading, const struct csv_field *field, size_t place) {
    for (int kind = 0; kind < COLUMN_KINDS; kind++) {
        if (strcmp(field->text, column_names[kind]) != 0)
            continue;
        if (reading->place[kind] == SIZE_MAX) {
            reading->place[kind] = place;
            return true;
        }
        return problems_add(reading->problems, reading->name, field->line, field->column,
                            "a second column '%s'", field->text);
    }
    return problems_add(reading->problems, reading->name, field->line, field->column,
                        "a column '%.100s', expected area_code, period and value, and perhaps "
                        "area_name and status",
                        field->text);
}

static bool read_header(struct reading *reading) {
    struct fault fault = {0};
    struct csv_record record;
    enum csv_result result = csv_next(reading->csv, &record, &fault);
    if (result == CSV_BAD) {
        return problems_add(reading->problems, reading->name, csv_line(reading->csv),
                            csv_column(reading->csv), "%s", fault.text);
    }
    if (result == CSV_END) {
        return problems_add(reading->problems, reading->name, 0, 0,
                            "the file is empty, expected a header and rows");
    }
    reading->columns = record.count;
    for (int kind = 0; kind < COLUMN_KINDS; kind++)
        reading->place[kind] = SIZE_MAX;
    bool fine = true;
    for (size_t i = 0; i < record.count; i++)
        fine &= take_heading(reading, &record.fields[i], i);
    for (int kind = 0; fine && kind < NEEDED; kind++) {
        if (reading->place[kind] != SIZE_MAX)
            continue;
        fine = problems_add(reading->problems, reading->name, record.line, 1,
                            "the header has no column '%s'", column_names[kind]);
    }
    return fine;
}

/* --- one row ---------------------------------------------------------------------------------- */

static bool complain(struct reading *reading, const struct csv_field *field, const char *expected) {
    return problems_add(reading->problems, reading->name, field->line, field->column,
                        "'%.80s', expected %s", field->text, expected);
}

/* A known code that differs from `text` in one letter, to suggest it. */
static const char *one_off(const struct geography *geography, const char *text) {
    size_t length = strlen(text);
    for (size_t i = 0; i < geography->n_codes; i++) {
        const char *code = geography->codes[i].code;
        size_t wrong = 0;
        if (strlen(code) != length)
            continue;
        for (size_t k = 0; k < length; k++)
            wrong += code[k] != text[k];
        if (wrong == 1)
            return code;
    }
    return NULL;
}

static bool read_code(struct reading *reading, const struct csv_field *field, uint32_t *out) {
    size_t code = geography_code(reading->geography, field->text);
    if (code != SIZE_MAX) {
        *out = (uint32_t)code;
        return true;
    }
    const char *near = one_off(reading->geography, field->text);
    return problems_add(reading->problems, reading->name, field->line, field->column,
                        "'%.80s' is no area code that the pack knows%s%s%s", field->text,
                        near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

static bool add_period(struct reading *reading, const struct csv_field *field, int32_t key) {
    if (reading->n_periods == reading->periods_room) {
        size_t room = reading->periods_room ? reading->periods_room * 2 : 32;
        char **periods = realloc(reading->periods, room * sizeof *periods);
        if (periods)
            reading->periods = periods;
        int32_t *keys = realloc(reading->keys, room * sizeof *keys);
        if (keys)
            reading->keys = keys;
        if (!periods || !keys)
            return no_memory(reading);
        reading->periods_room = room;
    }
    char *copy = arena_copy(reading->arena, field->text, field->length);
    if (!copy)
        return no_memory(reading);
    reading->keys[reading->n_periods] = key;
    reading->periods[reading->n_periods++] = copy;
    return true;
}

static bool read_period(struct reading *reading, const struct csv_field *field, uint32_t *out) {
    /* Rows of one period stand together or repeat in turn: look from the newest back. */
    for (size_t i = reading->n_periods; i-- > 0;) {
        if (strcmp(reading->periods[i], field->text) != 0)
            continue;
        *out = (uint32_t)i;
        return true;
    }
    int32_t key;
    if (!period_key(field->text, field->length, &key)) {
        return complain(reading, field,
                        "a period such as 2024, 2023-24, 2024-06-30 or 2023-01-01/P1Y");
    }
    if (reading->n_periods == RELEASE_PERIODS_MAX) {
        return complain(reading, field, "no more than 4096 different periods");
    }
    *out = (uint32_t)reading->n_periods;
    return add_period(reading, field, key);
}

static bool read_value(struct reading *reading, const struct csv_record *record,
                       struct observation *row) {
    const struct csv_field *value = &record->fields[reading->place[COLUMN_VALUE]];
    const struct csv_field *mark = reading->place[COLUMN_STATUS] == SIZE_MAX
                                       ? NULL
                                       : &record->fields[reading->place[COLUMN_STATUS]];
    enum status status = STATUS_VALUE;
    if (number_read(value->text, value->length, &row->value)) {
        /* Marks such as [p] and [r] qualify a number; one that says that there is none does not. */
        if (mark && mark->length && status_of_mark(mark->text, mark->length, &status)) {
            return complain(reading, mark, "no mark for a missing figure beside a number");
        }
        row->status = STATUS_VALUE;
        return true;
    }
    const struct csv_field *found = mark && value->length == 0 && mark->length ? mark : value;
    if (!status_of_mark(found->text, found->length, &status)) {
        return complain(reading, found, "a number such as 12.5, or a mark such as [x]");
    }
    row->value = 0;
    row->status = (uint8_t)status;
    return true;
}

static bool keep_row(struct reading *reading, const struct observation *row) {
    if (reading->n == reading->room) {
        size_t room = reading->room ? reading->room * 2 : 1024;
        struct observation *rows = realloc(reading->rows, room * sizeof *rows);
        if (!rows)
            return no_memory(reading);
        reading->rows = rows;
        reading->room = room;
    }
    reading->rows[reading->n++] = *row;
    return true;
}

static bool read_row(struct reading *reading, const struct csv_record *record) {
    if (!record->ended) {
        return problems_add(reading->problems, reading->name, csv_line(reading->csv),
                            csv_column(reading->csv),
                            "the last line has no line end; is the file cut short? Add one if it "
                            "is whole");
    }
    if (record->count != reading->columns) {
        /* The first field too many, or the last that there is. */
        size_t at = record->count > reading->columns ? reading->columns : record->count - 1;
        const struct csv_field *field = &record->fields[at];
        return problems_add(reading->problems, reading->name, field->line, field->column,
                            "%zu fields, expected %zu as in the header", record->count,
                            reading->columns);
    }
    if (reading->n == RELEASE_OBSERVATIONS_MAX || record->line > UINT32_MAX) {
        return problems_add(reading->problems, reading->name, record->line, 1, "more than %d rows",
                            RELEASE_OBSERVATIONS_MAX);
    }
    struct observation row = {.line = (uint32_t)record->line};
    bool code = read_code(reading, &record->fields[reading->place[COLUMN_CODE]], &row.code);
    bool period = read_period(reading, &record->fields[reading->place[COLUMN_PERIOD]], &row.period);
    bool value = read_value(reading, record, &row);
    return code && period && value && keep_row(reading, &row);
}

static bool read_rows(struct reading *reading) {
    struct fault fault = {0};
    struct csv_record record;
    enum csv_result result;
    while ((result = csv_next(reading->csv, &record, &fault)) == CSV_RECORD) {
        (void)read_row(reading, &record); /* go on: the next rows may have problems too */
    }
    if (result == CSV_BAD) {
        return problems_add(reading->problems, reading->name, csv_line(reading->csv),
                            csv_column(reading->csv), "%s", fault.text);
    }
    if (reading->n == 0 && reading->problems->total == 0) {
        return problems_add(reading->problems, reading->name, 0, 0,
                            "a header and no rows, expected figures");
    }
    return true;
}

/* --- the release ------------------------------------------------------------------------------ */

static int by_place(const void *a, const void *b) {
    const struct observation *left = a, *right = b;
    if (left->code != right->code)
        return left->code < right->code ? -1 : 1;
    if (left->period != right->period)
        return left->period < right->period ? -1 : 1;
    return left->line < right->line ? -1 : left->line > right->line;
}

static int by_line(const void *a, const void *b) {
    const struct observation *left = a, *right = b;
    return left->line < right->line ? -1 : left->line > right->line;
}

static bool refuse_doubles(struct reading *reading) {
    if (reading->n == 0)
        return reading->problems->total == 0;
    qsort(reading->rows, reading->n, sizeof *reading->rows, by_place);
    for (size_t i = 1; i < reading->n; i++) {
        const struct observation *a = &reading->rows[i - 1], *b = &reading->rows[i];
        if (a->code != b->code || a->period != b->period)
            continue;
        problems_add(reading->problems, reading->name, b->line, 1,
                     "a second row for %s in %s; the first is in line %u",
                     reading->geography->codes[b->code].code, reading->periods[b->period], a->line);
    }
    qsort(reading->rows, reading->n, sizeof *reading->rows, by_line);
    return reading->problems->total == 0;
}

/* Periods in the order of time; returns where each went. */
static uint32_t *sort_periods(struct reading *reading) {
    uint32_t *rank = arena_alloc(reading->arena, reading->n_periods, sizeof *rank);
    const char **sorted = arena_alloc(reading->arena, reading->n_periods, sizeof *sorted);
    for (size_t i = 0; rank && sorted && i < reading->n_periods; i++) {
        for (size_t k = 0; k < reading->n_periods; k++) {
            bool before = reading->keys[k] < reading->keys[i] ||
                          (reading->keys[k] == reading->keys[i] &&
                           strcmp(reading->periods[k], reading->periods[i]) < 0);
            rank[i] += before;
        }
        sorted[rank[i]] = reading->periods[i];
    }
    if (rank && sorted)
        memcpy(reading->periods, sorted, reading->n_periods * sizeof *sorted);
    return rank && sorted ? rank : NULL;
}

/* The distinct codes, numbered by first appearance. */
static bool number_codes(struct reading *reading, struct release *out) {
    size_t known = reading->geography->n_codes;
    uint32_t *number = arena_alloc(reading->arena, known, sizeof *number); /* 0: not seen */
    const char **codes = arena_alloc(reading->arena, known, sizeof *codes);
    if (!number || !codes)
        return false;
    for (size_t i = 0; i < reading->n; i++) {
        struct observation *row = &reading->rows[i];
        const char *code = reading->geography->codes[row->code].code;
        if (!number[row->code]) {
            codes[out->n_codes++] = arena_copy(reading->arena, code, strlen(code));
            if (!codes[out->n_codes - 1])
                return false;
            number[row->code] = (uint32_t)out->n_codes;
        }
        row->code = number[row->code] - 1;
    }
    out->codes = codes;
    return true;
}

static struct release *build(struct reading *reading) {
    struct arena *arena = reading->arena;
    size_t n = reading->n;
    struct release *out = arena_alloc(arena, 1, sizeof *out);
    uint32_t *numbers = arena_alloc(arena, n, 3 * sizeof *numbers);
    uint8_t *status = arena_alloc(arena, n, 1);
    double *value = arena_alloc(arena, n, sizeof *value);
    const char **periods = arena_alloc(arena, reading->n_periods, sizeof *periods);
    uint32_t *rank = sort_periods(reading);
    if (!out || !numbers || !status || !value || !periods || !rank || !number_codes(reading, out)) {
        return NULL;
    }
    memcpy(periods, reading->periods, reading->n_periods * sizeof *periods);
    for (size_t i = 0; i < n; i++) {
        const struct observation *row = &reading->rows[i];
        numbers[i] = row->code;
        numbers[n + i] = rank[row->period];
        numbers[2 * n + i] = row->line;
        status[i] = row->status;
        value[i] = row->value;
    }
    out->periods = periods;
    out->n_periods = reading->n_periods;
    out->n = n;
    out->code = numbers;
    out->period = numbers + n;
    out->line = numbers + 2 * n;
    out->status = status;
    out->value = value;
    out->arena = arena;
    return out;
}

struct release *release_read(const struct geography *geography, const char *name, const char *bytes,
                             size_t length, struct problems *problems) {
    struct reading reading = {.name = name, .geography = geography, .problems = problems};
    size_t before = problems->total;
    struct problems own = {0}; /* so that problems of other files do not count here */
    reading.problems = &own;
    reading.arena = arena_new();
    reading.csv = csv_new(bytes, length);
    struct release *out = NULL;
    if (!reading.arena || !reading.csv) {
        no_memory(&reading);
    } else if (read_header(&reading) && read_rows(&reading) && refuse_doubles(&reading)) {
        out = build(&reading);
        if (!out)
            no_memory(&reading);
    }
    for (size_t i = 0; i < own.total && i < PROBLEMS_KEPT; i++) {
        problems_add(problems, own.kept[i].file, own.kept[i].line, own.kept[i].column, "%s",
                     own.kept[i].reason);
    }
    problems->total = before + own.total;
    if (!out)
        arena_destroy(&reading.arena);
    csv_destroy(&reading.csv);
    free(reading.rows);
    free(reading.periods);
    free(reading.keys);
    return out;
}

void release_destroy(struct release **release) {
    if (!*release)
        return;
    struct arena *arena = (*release)->arena;
    *release = NULL;
    arena_destroy(&arena); /* the release itself lies in it */
}
