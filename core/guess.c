#include "core/guess.h"

#include "core/guess_parts.h"
#include "core/number.h"
#include "core/period.h"
#include "core/plain_text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool guess_is_code(const char *text) {
    if (strlen(text) != 9 || !isupper((unsigned char)text[0]))
        return false;
    for (int i = 1; i < 9; i++) {
        if (!isdigit((unsigned char)text[i]))
            return false;
    }
    return true;
}

/* --- where the table is ----------------------------------------------------------------------- */

struct spot {
    size_t codes; /* different ones, in the column with most of them */
    uint32_t column;
    uint64_t first_row;
};

enum { LOOK_ROWS = 3000 };

struct codes_of_column {
    uint32_t codes[LOOK_ROWS]; /* as numbers */
    size_t n;
    uint64_t first_row;
};

/* The letter and the digits as one number, which fits: 26 letters of a hundred million. */
static uint32_t code_number(const char *code) {
    uint32_t number = (uint32_t)(code[0] - 'A');
    for (int i = 1; i < 9; i++)
        number = number * 10 + (uint32_t)(code[i] - '0');
    return number;
}

/* Census areas, wards and constituencies, which no index of authorities is made of. */
static bool is_too_small(const char *code) {
    static const char *const beginnings[] = {"E00", "E01", "E02", "E05", "E14", "E33",
                                             "W00", "W01", "W02", "W05", "W07", "S00",
                                             "S01", "S02", "S13", "S14"};
    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++) {
        if (strncmp(code, beginnings[i], 3) == 0)
            return true;
    }
    return false;
}

static void note_different(struct codes_of_column *column, const char *code, uint64_t row) {
    uint32_t number = code_number(code);
    if (is_too_small(code))
        return;
    for (size_t i = column->n; i-- > 0;) {
        if (column->codes[i] == number)
            return;
    }
    if (column->n == 0)
        column->first_row = row;
    if (column->n < LOOK_ROWS)
        column->codes[column->n++] = number;
}

/* Counts the different codes in each column of a sheet: a table may name the larger area of each
 * row, too. False: it cannot be read in this encoding. */
static bool look_at_sheet(struct book *book, size_t sheet, struct codes_of_column *columns,
                          struct spot *out, struct fault *fault) {
    char text[GUESS_TEXT];
    struct row row;
    enum rows_result result = ROWS_END;
    struct rows *rows = rows_open(book, sheet, 0, fault);
    *out = (struct spot){0};
    if (!rows)
        return false;
    for (size_t i = 0; i < GUESS_COLUMNS; i++)
        columns[i].n = 0;
    for (size_t n = 0; n < LOOK_ROWS && (result = rows_next(rows, &row, fault)) == ROWS_ROW; n++) {
        for (size_t i = 0; i < row.count && row.cells[i].column <= GUESS_COLUMNS; i++) {
            if (plain_text(row.cells[i].text, row.cells[i].length, text, sizeof text) &&
                guess_is_code(text))
                note_different(&columns[row.cells[i].column - 1], text, row.number);
        }
    }
    rows_destroy(&rows);
    for (uint32_t i = 0; i < GUESS_COLUMNS; i++) {
        if (columns[i].n > out->codes)
            *out = (struct spot){columns[i].n, i + 1, columns[i].first_row};
    }
    return result != ROWS_BAD;
}

static bool find_table(struct publication *publication, struct guess *guess, struct spot *best,
                       struct fault *fault) {
    char others[200] = "";
    struct book *book = publication_book(publication, guess->encoding, fault);
    struct codes_of_column *columns = arena_alloc(guess->arena, GUESS_COLUMNS, sizeof *columns);
    if (!columns)
        return fault_memory(fault);
    if (!book)
        return false;
    *best = (struct spot){0};
    for (size_t i = 0; i < book_sheets(book); i++) {
        struct spot here;
        if (book_sheet(book, i)->hidden)
            continue;
        if (!look_at_sheet(book, i, columns, &here, fault))
            return false;
        if (here.codes > best->codes) {
            *best = here;
            guess->sheet = i;
        } else if (here.codes && here.codes == best->codes) {
            size_t used = strlen(others);
            (void)snprintf(others + used, sizeof others - used, "%s%.40s", used ? ", " : "",
                           publication_sheet_name(publication, guess->encoding, i));
        }
    }
    guess->other_sheets = arena_copy(guess->arena, others, strlen(others));
    if (!guess->other_sheets)
        return fault_memory(fault);
    if (best->codes == 0)
        return fault_set(fault, FAULT_INPUT,
                         "no column of any sheet has area codes such as E06000001");
    const struct sheet *sheet = book_sheet(book, guess->sheet);
    guess->sheet_name = book_sheets(book) > 1 ? (sheet->name ? sheet->name : sheet->member) : "";
    guess->first_row = best->first_row;
    return true;
}

/* --- the header ------------------------------------------------------------------------------- */

static char *keep(struct guess *guess, const struct cell *cell) {
    char text[HEADER_ROWS_MAX * GUESS_TEXT];
    plain_label(cell->text, cell->length, text, sizeof text);
    return arena_copy(guess->arena, text, strlen(text));
}

/* A row above the table: a title, or the header so far. */
struct above {
    uint64_t number;
    size_t count;
    char *texts[GUESS_COLUMNS + 1];
};

static bool read_above(struct guess *guess, struct rows *rows, struct above *last, size_t *n,
                       struct fault *fault) {
    struct row row;
    enum rows_result result;
    while ((result = rows_next(rows, &row, fault)) == ROWS_ROW && row.number < guess->first_row) {
        if (*n == HEADER_ROWS_MAX) {
            memmove(last, last + 1, (HEADER_ROWS_MAX - 1) * sizeof *last);
            (*n)--;
        }
        struct above *line = &last[(*n)++];
        *line = (struct above){.number = row.number};
        for (size_t i = 0; i < row.count && row.cells[i].column <= GUESS_COLUMNS; i++) {
            char *text = keep(guess, &row.cells[i]);
            if (!text)
                return fault_memory(fault);
            if (!*text)
                continue;
            line->texts[row.cells[i].column] = text;
            line->count++;
            if (guess->n_titles < GUESS_TITLES)
                guess->titles[guess->n_titles++] = text;
        }
    }
    return result != ROWS_BAD;
}

static void append(char *text, size_t room, const char *more) {
    size_t used = strlen(text);
    (void)snprintf(text + used, room - used, "%s%s", used ? " " : "", more);
}

/* The headings of one column: its own texts from top to bottom, and the same with what stands left
 * of an empty cell in the rows above, as core/header.h makes them. */
static bool join(struct guess *guess, const struct above *rows, size_t n, uint32_t column,
                 const char **carried, const char **own, const char **whole) {
    char texts[2][HEADER_ROWS_MAX * GUESS_TEXT] = {"", ""};
    for (size_t i = 0; i < n; i++) {
        const char *text = rows[i].texts[column];
        if (text) {
            append(texts[0], sizeof texts[0], text);
            carried[i] = text;
            for (size_t below = i + 1; below < n; below++)
                carried[below] = NULL;
        }
        const char *above = i + 1 < n ? carried[i] : NULL;
        if (text || above)
            append(texts[1], sizeof texts[1], text ? text : above);
    }
    *own = arena_copy(guess->arena, texts[0], strlen(texts[0]));
    *whole = arena_copy(guess->arena, texts[1], strlen(texts[1]));
    return *own && *whole;
}

static void find_twice(struct guess *guess) {
    for (size_t i = 0; i < guess->n_columns; i++) {
        guess->columns[i].twice = false;
        for (size_t k = 0; k < guess->n_columns; k++) {
            guess->columns[i].twice |=
                i != k && *guess->columns[i].heading &&
                strcasecmp(guess->columns[i].heading, guess->columns[k].heading) == 0;
        }
    }
}

/* Makes columns of the `n` rows that are the header. A heading that is there twice is told by what
 * stands above and left of it. */
static bool make_columns(struct guess *guess, const struct above *rows, size_t n) {
    const char *carried[HEADER_ROWS_MAX] = {NULL}, *whole[GUESS_COLUMNS];
    for (uint32_t column = 1; column <= GUESS_COLUMNS; column++) {
        struct guess_column *to = &guess->columns[column - 1];
        to->column = column;
        if (!join(guess, rows, n, column, carried, &to->heading, &whole[column - 1]))
            return false;
    }
    guess->n_columns = GUESS_COLUMNS;
    find_twice(guess);
    for (size_t i = 0; i < guess->n_columns; i++) {
        if (guess->columns[i].twice)
            guess->columns[i].heading = whole[i];
    }
    find_twice(guess);
    return true;
}

/* Whether a row does not tell its columns apart, and the one above it says more of them. */
static bool is_split(const struct above *row, const struct above *above) {
    for (uint32_t i = 1; i <= GUESS_COLUMNS; i++) {
        for (uint32_t k = i + 1; row->texts[i] && k <= GUESS_COLUMNS; k++) {
            if (row->texts[k] && strcasecmp(row->texts[i], row->texts[k]) == 0 &&
                (above->texts[i] || above->texts[k]))
                return true;
        }
    }
    return false;
}

/* The row with a heading above the codes, else the widest, of the last rows before the table; and
 * those above it where only both together tell the columns apart. */
static bool choose_header(struct guess *guess, const struct above *last, size_t n,
                          uint32_t code_column) {
    size_t best = n;
    for (size_t i = n; i-- > 0;) {
        bool heads = last[i].texts[code_column] && last[i].count > 1;
        if (heads) {
            best = i;
            break;
        }
        if (last[i].count > 1 && (best == n || last[i].count > last[best].count))
            best = i;
    }
    size_t first = best;
    if (best < n && best > 0 && is_split(&last[best], &last[best - 1])) {
        while (first > 0 && last[first - 1].count > 1)
            first--;
    }
    guess->header_row = best < n ? last[best].number : 0;
    guess->header_rows = best < n ? best - first + 1 : 1;
    return make_columns(guess, best < n ? &last[first] : last, best < n ? guess->header_rows : 0);
}

/* --- below it --------------------------------------------------------------------------------- */

static bool is_year(const char *text) {
    unsigned long year;
    return strlen(text) == 4 && number_whole(text, 4, 1900, 2100, &year);
}

static uint8_t note_value(struct guess *guess, struct guess_column *column, const char *text) {
    for (size_t i = 0; i < column->n_values; i++) {
        if (strcmp(column->values[i], text) == 0)
            return (uint8_t)i;
    }
    if (column->n_values == GUESS_VALUES) {
        column->many = true;
        return GUESS_OTHER;
    }
    const char *copy = arena_copy(guess->arena, text, strlen(text));
    if (!copy) {
        guess->no_memory = true;
        return GUESS_OTHER;
    }
    column->values[column->n_values] = copy;
    return (uint8_t)column->n_values++;
}

static uint8_t note_cell(struct guess *guess, struct guess_column *column,
                         const struct cell *cell) {
    char text[GUESS_TEXT];
    int32_t key;
    struct figure figure;
    const char *expected;
    plain_label(cell->text, cell->length, text, sizeof text);
    if (!*text) {
        column->empty++;
        return GUESS_EMPTY;
    }
    bool good = marks_read(&guess->marks, cell->text, cell->length, cell->kind, &figure, &expected);
    column->codes += guess_is_code(text);
    column->periods += period_key(text, strlen(text), &key);
    column->years += is_year(text);
    column->numbers += good && figure.status == STATUS_VALUE;
    column->marks += good && figure.status != STATUS_VALUE;
    column->prose += !good;
    return note_value(guess, column, text);
}

static void note_code(struct guess *guess, const char *code) {
    if (guess_is_code(code))
        guess->prefixes[code[0] - 'A'][(code[1] - '0') * 10 + code[2] - '0']++;
    else
        guess->other_codes++;
}

/* Takes one row of the table. False: it has no code. */
static bool take_row(struct guess *guess, const struct row *row, uint32_t code_column,
                     struct guess_sample *sample) {
    char code[GUESS_TEXT] = "";
    for (size_t i = 0; i < row->count; i++) {
        if (row->cells[i].column == code_column)
            plain_label(row->cells[i].text, row->cells[i].length, code, sizeof code);
    }
    if (strcspn(code, "0123456789") == strlen(code) || strchr(code, ' '))
        return false;
    note_code(guess, code);
    memset(sample->value, GUESS_EMPTY, sizeof sample->value);
    for (size_t i = 0; i < row->count && row->cells[i].column <= GUESS_COLUMNS; i++) {
        size_t k = row->cells[i].column - 1;
        sample->value[k] = note_cell(guess, &guess->columns[k], &row->cells[i]);
    }
    (void)snprintf(sample->key, sizeof sample->key, "%s", code);
    return true;
}

static bool read_below(struct guess *guess, struct rows *rows, uint32_t code_column,
                       struct fault *fault) {
    struct guess_sample *samples = calloc(GUESS_ROWS, sizeof *samples);
    struct row row;
    size_t n = 0;
    enum rows_result result = ROWS_END;
    if (!samples)
        return fault_memory(fault);
    while (n < GUESS_ROWS && (result = rows_next(rows, &row, fault)) == ROWS_ROW) {
        if (row.number <= guess->header_row)
            continue;
        guess->rows++;
        if (take_row(guess, &row, code_column, &samples[n]))
            n++;
        else
            guess->without_code++;
    }
    guess_roles(guess);
    guess_filters(guess, samples, n);
    free(samples);
    return result != ROWS_BAD && (!guess->no_memory || fault_memory(fault));
}

/* --- all of it -------------------------------------------------------------------------------- */

static bool read_table(struct publication *publication, struct guess *guess,
                       const struct spot *spot, struct fault *fault) {
    struct book *book = publication_book(publication, guess->encoding, fault);
    struct above *last = calloc(HEADER_ROWS_MAX, sizeof *last);
    size_t n = 0;
    struct rows *rows = last ? rows_open(book, guess->sheet, 0, fault) : NULL;
    bool fine = rows && read_above(guess, rows, last, &n, fault);
    rows_destroy(&rows);
    if (!last || (fine && !choose_header(guess, last, n, spot->column)))
        fine = fault_memory(fault);
    free(last);
    if (!fine)
        return false;
    rows = rows_open(book, guess->sheet, 0, fault);
    guess->roles[ROLE_CODE] = (int)spot->column - 1;
    fine = rows && read_below(guess, rows, spot->column, fault);
    rows_destroy(&rows);
    rows = fine ? rows_open(book, guess->sheet, 0, fault) : NULL;
    fine = rows && guess_figures(guess, rows, fault);
    rows_destroy(&rows);
    return fine;
}

/* Whether what was drafted is a description. */
static bool holds(const char *yaml, size_t length, struct fault *fault) {
    struct description *description = description_read("the draft", yaml, length, fault);
    bool good = description != NULL;
    description_destroy(&description);
    return good;
}

static bool write_draft(const struct guess *guess, const char *file, FILE *out,
                        struct fault *fault) {
    char *yaml = NULL;
    size_t length = 0;
    FILE *memory = open_memstream(&yaml, &length);
    bool written = memory && guess_write(guess, file, memory);
    if (memory && (fclose(memory) != 0 || !yaml)) /* fclose does not tell that there is no text */
        written = false;
    if (!written)
        fault_memory(fault);
    written = written && holds(yaml, length, fault);
    if (written && fwrite(yaml, 1, length, out) != length)
        written = fault_set(fault, FAULT_SYSTEM, "the description cannot be written");
    free(yaml);
    return written;
}

/* One try, with a point or a comma in numbers. *numbers: whether there are any. */
static bool attempt(struct publication *publication, char decimal, FILE *out, bool *numbers,
                    struct fault *fault) {
    struct arena *arena = arena_new();
    struct guess *guess = arena ? arena_alloc(arena, 1, sizeof *guess) : NULL;
    struct spot spot;
    *numbers = true;
    if (!guess) {
        arena_destroy(&arena);
        return fault_memory(fault);
    }
    guess->arena = arena;
    guess->marks.decimal = decimal;
    guess->encoding = BOOK_UTF8;
    bool found = find_table(publication, guess, &spot, fault);
    if (!found && fault->kind == FAULT_INPUT) {
        struct fault other = {0};
        guess->encoding = BOOK_WINDOWS_1252;
        found = find_table(publication, guess, &spot, &other);
        if (other.kind == FAULT_MEMORY)
            *fault = other;
    }
    bool written = found && read_table(publication, guess, &spot, fault);
    *numbers = !written || guess->wide || guess->roles[ROLE_VALUE] >= 0;
    if (written && !*numbers) {
        written = fault_set(fault, FAULT_INPUT,
                            "no column of numbers beside the %zu areas below row %llu", spot.codes,
                            (unsigned long long)guess->header_row);
    }
    written = written && write_draft(guess, publication_name(publication), out, fault);
    arena_destroy(&arena);
    return written;
}

bool guess_description(struct publication *publication, FILE *out, struct fault *fault) {
    struct fault first = {0};
    bool numbers;
    bool written = attempt(publication, 0, out, &numbers, &first);
    if (!written && !numbers)
        written = attempt(publication, ',', out, &numbers, &first);
    if (!written)
        *fault = first;
    return written;
}
