#include "core/guess_parts.h"

#include "core/period.h"
#include "core/plain_text.h"

#include <string.h>
#include <strings.h>

enum { AREAS_MAX = 4096 };

struct reading {
    struct guess *guess;
    int32_t newest; /* the period that begins last, of those with a number; 0: none yet */
    const char *areas[AREAS_MAX];
    size_t n_areas;
    const int *codes;
    size_t n_codes;
};

static const struct cell *cell_at(const struct row *row, int column) {
    static const struct cell none = {.text = "", .kind = CELL_TEXT};
    for (size_t i = 0; column >= 0 && i < row->count; i++) {
        if (row->cells[i].column == (uint32_t)column + 1)
            return &row->cells[i];
    }
    return &none;
}

/* Whether the draft takes the row, and its code. */
static bool is_taken(const struct reading *in, const struct row *row, char *code, size_t room) {
    const struct guess *guess = in->guess;
    char text[GUESS_TEXT];
    const struct cell *cell = cell_at(row, guess->roles[ROLE_CODE]);
    bool of_level = false;
    plain_label(cell->text, cell->length, code, room);
    if (!guess_is_code(code) || code[0] != 'E')
        return false;
    for (size_t i = 0; i < in->n_codes; i++)
        of_level |= in->codes[i] == (code[1] - '0') * 10 + code[2] - '0';
    for (size_t i = 0; of_level && i < guess->n_filters; i++) {
        const struct guess_filter *filter = &guess->filters[i];
        cell = cell_at(row, (int)filter->column);
        plain_label(cell->text, cell->length, text, sizeof text);
        of_level = strcasecmp(text, guess->columns[filter->column].values[filter->value]) == 0;
    }
    return of_level;
}

/* --- periods and areas ------------------------------------------------------------------------ */

static bool note_area(struct reading *in, const char *code) {
    for (size_t i = in->n_areas; i-- > 0;) {
        if (strcmp(in->areas[i], code) == 0)
            return true;
    }
    if (in->n_areas == AREAS_MAX)
        return true;
    in->areas[in->n_areas] = arena_copy(in->guess->arena, code, strlen(code));
    return in->areas[in->n_areas++] != NULL;
}

/* Counts the areas of the newest period. */
static bool note_period(struct reading *in, const char *period, const char *code, bool number) {
    int32_t key = 1;
    if (period && !period_key(period, strlen(period), &key))
        return true;
    if (key > in->newest && number) {
        in->newest = key;
        in->n_areas = 0;
        if (period)
            in->guess->figures.newest = arena_copy(in->guess->arena, period, strlen(period));
        if (period && !in->guess->figures.newest)
            return false;
    }
    return key != in->newest || note_area(in, code);
}

/* --- marks ------------------------------------------------------------------------------------ */

static bool note_mark(struct guess *guess, const char *text, enum status status, bool beside) {
    struct guess_figures *figures = &guess->figures;
    for (size_t i = 0; i < figures->n_marks; i++) {
        if (strcasecmp(figures->marks[i].text, text) != 0)
            continue;
        figures->marks[i].beside |= beside;
        return true;
    }
    if (figures->n_marks == GUESS_MARKS)
        return true;
    const char *copy = arena_copy(guess->arena, text, strlen(text));
    figures->marks[figures->n_marks++] = (struct guess_mark){copy, status, beside};
    return copy != NULL;
}

/* What the status column says, beside a number or none. */
static bool note_status(struct guess *guess, const struct cell *cell, bool number) {
    struct figure alone = {.status = STATUS_NOT_AVAILABLE, .empty = true};
    char text[GUESS_TEXT];
    const char *expected;
    (void)plain_text(cell->text, cell->length, text, sizeof text);
    if (!*text)
        return true;
    if (!marks_qualify(&guess->marks, cell->text, cell->length, false, &alone, &expected)) {
        struct figure value = {.status = STATUS_VALUE};
        guess->figures.prose |=
            !marks_qualify(&guess->marks, cell->text, cell->length, false, &value, &expected);
        return true;
    }
    return alone.empty || note_mark(guess, text, alone.status, number);
}

/* --- figures ---------------------------------------------------------------------------------- */

static bool note_figure(struct reading *in, const struct cell *cell, bool *number) {
    struct guess_figures *figures = &in->guess->figures;
    struct figure figure;
    char text[GUESS_TEXT];
    const char *expected;
    *number = false;
    if (!marks_read(&in->guess->marks, cell->text, cell->length, cell->kind, &figure, &expected))
        return true;
    if (figure.status != STATUS_VALUE) {
        (void)plain_text(cell->text, cell->length, text, sizeof text);
        return !*text || note_mark(in->guess, text, figure.status, false);
    }
    *number = true;
    if (figures->numbers == 0 || figure.value < figures->low)
        figures->low = figure.value;
    if (figures->numbers == 0 || figure.value > figures->high)
        figures->high = figure.value;
    figures->numbers++;
    return true;
}

static bool note_long(struct reading *in, const struct row *row, const char *code) {
    const struct guess *guess = in->guess;
    char period[GUESS_TEXT];
    bool number;
    const struct cell *cell = cell_at(row, guess->roles[ROLE_PERIOD]);
    plain_label(cell->text, cell->length, period, sizeof period);
    return note_figure(in, cell_at(row, guess->roles[ROLE_VALUE]), &number) &&
           note_status(in->guess, cell_at(row, guess->roles[ROLE_STATUS]), number) &&
           note_period(in, guess->roles[ROLE_PERIOD] < 0 ? NULL : period, code, number);
}

static bool note_wide(struct reading *in, const struct row *row, const char *code) {
    const struct guess *guess = in->guess;
    for (size_t i = 0; i < guess->n_columns; i++) {
        const char *period = guess->columns[i].heading;
        int32_t key;
        bool number;
        if (!period_key(period, strlen(period), &key))
            continue;
        if (!note_figure(in, cell_at(row, (int)i), &number) ||
            !note_period(in, period, code, number))
            return false;
    }
    return true;
}

bool guess_figures(struct guess *guess, struct rows *rows, struct fault *fault) {
    struct row row;
    char code[GUESS_TEXT];
    struct reading *in = arena_alloc(guess->arena, 1, sizeof *in);
    enum rows_result result = ROWS_END;
    if (!in)
        return fault_memory(fault);
    in->guess = guess;
    in->codes = guess_level_codes(guess->level, &in->n_codes);
    for (size_t n = 0; n < GUESS_ROWS && (result = rows_next(rows, &row, fault)) == ROWS_ROW; n++) {
        if (row.number <= guess->header_row || !is_taken(in, &row, code, sizeof code))
            continue;
        if (!(guess->wide ? note_wide(in, &row, code) : note_long(in, &row, code)))
            return fault_memory(fault);
    }
    guess->figures.areas = in->n_areas;
    return result != ROWS_BAD;
}
