#include "core/extract_parts.h"

#include "core/plain_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_ROOM = GLANCE_TEXT_ROOM };

struct cell extract_cell(const struct row *row, uint32_t column) {
    static const struct cell none = {.text = "", .kind = CELL_TEXT};
    size_t low = 0, high = row->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (row->cells[middle].column < column)
            low = middle + 1;
        else
            high = middle;
    }
    return low < row->count && row->cells[low].column == column ? row->cells[low] : none;
}

/* --- filters ---------------------------------------------------------------------------------- */

static bool among(const struct patterns *patterns, const char *text) {
    for (size_t i = 0; i < patterns->n; i++) {
        if (plain_matches(patterns->list[i], text))
            return true;
    }
    return false;
}

static bool passes(struct extraction *in, const struct row *row) {
    const struct layout *layout = in->report->layout;
    char text[TEXT_ROOM];
    for (size_t i = 0; i < layout->n_filters; i++) {
        const struct filter *filter = &layout->filters[i];
        const struct cell cell = extract_cell(row, in->report->header.filters[i]);
        plain_heading(cell.text, cell.length, text, sizeof text);
        if (i == 0)
            column_texts_add(&in->texts, text, in->arena);
        if (among(&filter->values, text) == filter->except)
            return false;
    }
    return true;
}

/* --- figures ---------------------------------------------------------------------------------- */

/* A number by the layout's scale and rate. False: the rate has no population to divide by. */
static bool scaled(struct extraction *in, uint32_t code, double *value) {
    const struct layout *layout = in->report->layout;
    *value *= layout->scale;
    if (layout->per_population == 0)
        return true;
    double population = in->geography->codes[code].population;
    if (!(population > 0))
        return false;
    *value = *value / population * layout->per_population;
    return true;
}

static bool no_population(struct extraction *in, const struct row *row, uint32_t column,
                          uint32_t code) {
    const struct known_code *known = &in->geography->codes[code];
    return extract_problem(in, row->number, column, "no population",
                           "a count of %s (%.60s), whose population the pack's codes do not give, "
                           "so that no rate can be made of it",
                           known->code, known->name);
}

static bool check_range(struct extraction *in, const struct row *row, uint32_t column,
                        double value) {
    const struct description *description = in->description;
    if (!description->has_range || (value >= description->low && value <= description->high))
        return true;
    return extract_problem(in, row->number, column, "value out of range",
                           "%.10g, expected %.10g to %.10g (%s)", value, description->low,
                           description->high, description->name);
}

static bool bad_cell(struct extraction *in, const struct row *row, uint32_t column,
                     const struct cell *cell, const char *expected) {
    return extract_problem(in, row->number, column,
                           strncmp(expected, "no mark", 7) == 0 ? "mark beside a number"
                                                                : "neither number nor mark",
                           "'%.80s', expected %s", cell->text, expected);
}

/* A limit: the number is kept only where there is one. */
static bool read_limit(struct extraction *in, const struct row *row, enum column_role role,
                       uint16_t flag, struct observation *one, double *out) {
    struct figure figure;
    const char *expected;
    uint32_t column = in->report->header.columns[role];
    if (column == 0)
        return true;
    const struct cell cell = extract_cell(row, column);
    if (!marks_read(&in->report->layout->marks, cell.text, cell.length, cell.kind, &figure,
                    &expected))
        return bad_cell(in, row, column, &cell, expected);
    if (figure.status != STATUS_VALUE || one->status != STATUS_VALUE)
        return true;
    one->flags |= flag;
    *out = figure.value;
    return scaled(in, one->code, out) || no_population(in, row, column, one->code);
}

/* Fills in status, value, flags and limits from the cell of a value and its companions. */
static bool read_figure(struct extraction *in, const struct row *row, uint32_t column,
                        struct observation *one) {
    const struct layout *layout = in->report->layout;
    const struct cell cell = extract_cell(row, column);
    struct figure figure;
    const char *expected;
    if (!marks_read(&layout->marks, cell.text, cell.length, cell.kind, &figure, &expected))
        return bad_cell(in, row, column, &cell, expected);
    uint32_t status = in->report->header.columns[ROLE_STATUS];
    if (status) {
        const struct cell mark = extract_cell(row, status);
        if (!marks_qualify(&layout->marks, mark.text, mark.length, layout->prose_in_status, &figure,
                           &expected))
            return bad_cell(in, row, status, &mark, expected);
    }
    one->column = column;
    one->status = (uint8_t)figure.status;
    one->flags = figure.flags;
    one->value = figure.value;
    if (figure.status == STATUS_VALUE && !scaled(in, one->code, &one->value))
        return no_population(in, row, column, one->code);
    return (figure.status != STATUS_VALUE || check_range(in, row, column, one->value)) &&
           read_limit(in, row, ROLE_LOWER, FLAG_HAS_LOW, one, &one->low) &&
           read_limit(in, row, ROLE_UPPER, FLAG_HAS_HIGH, one, &one->high);
}

static bool keep(struct extraction *in, const struct row *row, const struct observation *one) {
    switch (release_build_add(in->build, one)) {
    case BUILD_DONE:
        return true;
    case BUILD_TOO_MANY:
        return extract_problem(in, row->number, one->column, "too many figures",
                               "more than %d figures", RELEASE_OBSERVATIONS_MAX);
    default:
        return problems_add_memory(in->problems, in->file);
    }
}

/* --- rows ------------------------------------------------------------------------------------- */

static bool read_period(struct extraction *in, const struct row *row, uint32_t *out) {
    uint32_t column = in->report->header.columns[ROLE_PERIOD];
    char text[TEXT_ROOM];
    *out = in->fixed_period;
    if (column == 0)
        return true;
    const struct cell cell = extract_cell(row, column);
    plain_label(cell.text, cell.length, text, sizeof text);
    switch (release_build_period(in->build, text, strlen(text), out)) {
    case BUILD_DONE:
        return true;
    case BUILD_NO_PERIOD:
        return extract_problem(in, row->number, column, "period that cannot be read",
                               "'%.80s', expected a period such as 2024, 2023-24, 2024-06-30, "
                               "2022 Q1 or Apr 2020 to Mar 2023",
                               text);
    case BUILD_TOO_MANY:
        return extract_problem(in, row->number, column, "too many periods",
                               "more than %d different periods", RELEASE_PERIODS_MAX);
    default:
        return problems_add_memory(in->problems, in->file);
    }
}

static bool read_long(struct extraction *in, const struct row *row, struct observation *one) {
    bool period = read_period(in, row, &one->period);
    bool figure = read_figure(in, row, in->report->header.columns[ROLE_VALUE], one);
    return period && figure && keep(in, row, one);
}

static bool read_wide(struct extraction *in, const struct row *row, struct observation *one) {
    const struct header *header = &in->report->header;
    bool fine = true;
    for (size_t i = 0; i < header->n_periods; i++) {
        one->period = in->period_numbers[i];
        fine &= read_figure(in, row, header->periods[i].column, one) && keep(in, row, one);
    }
    return fine;
}

static bool read_row(struct extraction *in, const struct row *row) {
    struct extract_report *report = in->report;
    struct observation one = {.line = (uint32_t)row->number};
    report->rows++;
    if (!passes(in, row)) {
        report->filtered++;
        return true;
    }
    enum extract_code code = extract_code(in, row, &one.code);
    if (code == EXTRACT_CODE_SKIP)
        return true;
    if (in->is_csv && row->count != report->header.headings.fields) {
        /* The first field too many, or the last that there is. */
        size_t expected = report->header.headings.fields;
        uint32_t at = (uint32_t)(row->count > expected ? expected + 1 : row->count);
        return extract_problem(in, row->number, at, "number of fields",
                               "%zu fields, expected %zu as in the header", row->count, expected);
    }
    if (row->number > UINT32_MAX) {
        return extract_problem(in, row->number, 0, "too many figures", "more rows than %u",
                               UINT32_MAX);
    }
    if (code == EXTRACT_CODE_BAD)
        return false;
    report->taken++;
    return report->layout->period_from == PERIOD_FROM_HEADINGS ? read_wide(in, row, &one)
                                                               : read_long(in, row, &one);
}

bool extract_rows(struct extraction *in, struct rows *rows) {
    struct fault fault = {0};
    struct row row;
    enum rows_result result;
    while ((result = rows_next(rows, &row, &fault)) == ROWS_ROW) {
        if (row.number > in->report->header.headings.row)
            (void)read_row(in, &row); /* go on: the next rows may have problems too */
    }
    if (result == ROWS_BAD) {
        return extract_problem(in, rows_number(rows), (uint32_t)rows_column(rows), "unreadable",
                               "%s", fault.text);
    }
    return in->problems->total == 0;
}
