#include "core/release.h"

#include "core/arena.h"
#include "core/csv.h"
#include "core/number.h"
#include "core/release_build.h"
#include "core/status.h"

#include <string.h>

enum column_kind { COLUMN_CODE, COLUMN_PERIOD, COLUMN_VALUE, COLUMN_NAME, COLUMN_STATUS };
enum { COLUMN_KINDS = 5, NEEDED = 3 };

static const char *const column_names[COLUMN_KINDS] = {"area_code", "period", "value", "area_name",
                                                       "status"};

struct reading {
    const char *name;
    const struct geography *geography;
    struct problems *problems;
    struct release_build *build;
    struct csv *csv;
    size_t columns, place[COLUMN_KINDS]; /* SIZE_MAX: no such column */
    size_t likely;                       /* the code after the last one */
};

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

static bool complain(struct reading *reading, const struct csv_field *field, const char *kind,
                     const char *expected) {
    const struct problem_place place = {reading->name, NULL, field->line, field->column};
    return problems_add_at(reading->problems, place, kind, "'%.80s', expected %s", field->text,
                           expected);
}

static bool read_code(struct reading *reading, const struct csv_field *field, uint32_t *out) {
    size_t code = geography_code_near(reading->geography, field->text, reading->likely);
    if (code != SIZE_MAX) {
        reading->likely = code + 1;
        *out = (uint32_t)code;
        return true;
    }
    const char *near = release_near_code(reading->geography, field->text);
    const struct problem_place place = {reading->name, NULL, field->line, field->column};
    return problems_add_at(reading->problems, place, "unknown area code",
                           "'%.80s' is no area code that the pack knows%s%s%s", field->text,
                           near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

static bool read_period(struct reading *reading, const struct csv_field *field, uint32_t *out) {
    switch (release_build_period(reading->build, field->text, field->length, out)) {
    case BUILD_DONE:
        return true;
    case BUILD_NO_PERIOD:
        return complain(reading, field, "period that cannot be read",
                        "a period such as 2024, 2023-24, 2024-06-30 or 2023-01-01/P1Y");
    case BUILD_TOO_MANY:
        return complain(reading, field, "too many periods", "no more than 4096 different periods");
    default:
        return problems_add_memory(reading->problems, reading->name);
    }
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
            return complain(reading, mark, "mark beside a number",
                            "no mark for a missing figure beside a number");
        }
        row->status = STATUS_VALUE;
        return true;
    }
    const struct csv_field *found = mark && value->length == 0 && mark->length ? mark : value;
    if (!status_of_mark(found->text, found->length, &status)) {
        return complain(reading, found, "neither number nor mark",
                        "a number such as 12.5, or a mark such as [x]");
    }
    row->value = 0;
    row->status = (uint8_t)status;
    return true;
}

static bool read_row(struct reading *reading, const struct csv_record *record) {
    if (!record->ended) {
        const struct problem_place place = {reading->name, NULL, csv_line(reading->csv),
                                            csv_column(reading->csv)};
        return problems_add_at(reading->problems, place, "no line end",
                               "the last line has no line end; is the file cut short? Add one if "
                               "it is whole");
    }
    if (record->count != reading->columns) {
        /* The first field too many, or the last that there is. */
        size_t at = record->count > reading->columns ? reading->columns : record->count - 1;
        const struct csv_field *field = &record->fields[at];
        const struct problem_place place = {reading->name, NULL, field->line, field->column};
        return problems_add_at(reading->problems, place, "number of fields",
                               "%zu fields, expected %zu as in the header", record->count,
                               reading->columns);
    }
    struct observation row = {.line = (uint32_t)record->line};
    bool code = read_code(reading, &record->fields[reading->place[COLUMN_CODE]], &row.code);
    bool period = read_period(reading, &record->fields[reading->place[COLUMN_PERIOD]], &row.period);
    bool value = read_value(reading, record, &row);
    if (!code || !period || !value)
        return false;
    enum build_result kept =
        record->line > UINT32_MAX ? BUILD_TOO_MANY : release_build_add(reading->build, &row);
    if (kept == BUILD_TOO_MANY) {
        return problems_add(reading->problems, reading->name, record->line, 0, "more than %d rows",
                            RELEASE_OBSERVATIONS_MAX);
    }
    return kept == BUILD_DONE || problems_add_memory(reading->problems, reading->name);
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
    if (release_build_count(reading->build) == 0 && reading->problems->total == 0) {
        return problems_add(reading->problems, reading->name, 0, 0,
                            "a header and no rows, expected figures");
    }
    return true;
}

struct release *release_read(const struct geography *geography, const char *name, const char *bytes,
                             size_t length, struct problems *problems) {
    struct reading reading = {.name = name, .geography = geography};
    struct problems own = {0}; /* so that problems of other files do not count here */
    const struct release_origin source = {.name = name};
    reading.problems = &own;
    reading.build = release_build_new(geography);
    reading.csv = csv_new(bytes, length);
    struct release *out = NULL;
    if (!reading.build || !reading.csv)
        problems_add_memory(&own, name);
    else if (read_header(&reading) && read_rows(&reading))
        out = release_build_finish(reading.build, &source, &own);
    if (own.total > 0)
        release_destroy(&out); /* accepted whole or refused whole */
    problems_take(problems, &own);
    csv_destroy(&reading.csv);
    release_build_destroy(&reading.build);
    return out;
}

bool release_is_tidy(const char *bytes, size_t length, bool *tidy) {
    struct fault fault = {0};
    struct csv_record record;
    struct csv *csv = csv_new(bytes, length);
    bool has[COLUMN_KINDS] = {false};
    if (csv && csv_next(csv, &record, &fault) == CSV_RECORD) {
        for (size_t i = 0; i < record.count; i++) {
            for (int kind = 0; kind < COLUMN_KINDS; kind++)
                has[kind] |= strcmp(record.fields[i].text, column_names[kind]) == 0;
        }
    }
    bool fine = csv && fault.kind != FAULT_MEMORY;
    csv_destroy(&csv);
    *tidy = fine && has[COLUMN_CODE] && has[COLUMN_PERIOD] && has[COLUMN_VALUE];
    return fine;
}

void release_destroy(struct release **release) {
    if (!*release)
        return;
    struct arena *arena = (*release)->arena;
    *release = NULL;
    arena_destroy(&arena); /* the release itself lies in it */
}
