/* The parts of core/guess.h, for the core/guess*.c files only. */
#ifndef CORE_GUESS_PARTS_H
#define CORE_GUESS_PARTS_H

#include "core/arena.h"
#include "core/description.h"
#include "core/guess.h"

enum {
    GUESS_COLUMNS = 128, /* that are looked at */
    GUESS_ROWS = 20000,
    GUESS_VALUES = 60, /* different texts of a column that are kept */
    GUESS_TEXT = 100,  /* bytes of each */
    GUESS_TITLES = 60,
    GUESS_FILTERS = 8,
    GUESS_MARKS = 20,
};

/* What stands in one column below the header. */
struct guess_column {
    uint32_t column;
    const char *heading; /* as a label; "" where there is none */
    bool twice;          /* another column has the same heading */
    size_t codes, numbers, marks, periods, years, prose, empty;
    const char *values[GUESS_VALUES]; /* different texts, in order of appearance */
    size_t n_values;
    bool many; /* there are more */
};

/* A row of the table: its area (and period), and what stands in each column as a number of that
 * column's different texts. */
struct guess_sample {
    char key[GUESS_TEXT * 2];
    uint8_t value[GUESS_COLUMNS];
};

enum { GUESS_EMPTY = UINT8_MAX - 1, GUESS_OTHER = UINT8_MAX };

/* Only the rows with this text in the column. */
struct guess_filter {
    size_t column, value;
};

/* A text in place of a figure or beside it. */
struct guess_mark {
    const char *text;
    enum status status;
    bool beside; /* a number, though it is a reason for none */
};

/* What the rows say that the draft would take. */
struct guess_figures {
    size_t numbers;
    double low, high;
    struct guess_mark marks[GUESS_MARKS];
    size_t n_marks;
    bool prose;         /* in the status column */
    const char *newest; /* period with a number; NULL: the table has one period only */
    size_t areas;       /* in it */
};

struct guess {
    enum book_encoding encoding;
    struct marks marks; /* with a comma for the point, where that is needed */
    size_t sheet;
    const char *sheet_name;         /* "" where it needs none */
    const char *other_sheets;       /* with as many codes, for a comment; "" where there are none */
    uint64_t header_row, first_row; /* of the sheet */
    size_t header_rows;
    size_t rows, without_code;
    struct guess_column columns[GUESS_COLUMNS];
    size_t n_columns;
    const char *titles[GUESS_TITLES]; /* texts above the header */
    size_t n_titles;
    int roles[ROLES];       /* index into columns; -1: none */
    const char *why[ROLES]; /* ... and what makes it so */
    struct guess_filter filters[GUESS_FILTERS];
    size_t n_filters;
    bool repeats; /* areas have several rows for a period, even so */
    struct guess_figures figures;
    bool wide;                /* the headings are periods */
    size_t prefixes[26][100]; /* codes by letter and two digits */
    size_t other_codes;       /* that are no nine-character codes */
    const char *level;
    bool level_told; /* by the codes */
    bool no_memory;  /* while a row was taken */
    struct arena *arena;
};

/* Whether a text is a code of the Government Statistical Service, such as E06000001. */
bool guess_is_code(const char *text);

/* Decides which column is what. The columns must be filled in. */
void guess_roles(struct guess *guess);

/* The numbers that the level's codes have behind their E. */
const int *guess_level_codes(const char *level, size_t *count);

/* Decides which rows are meant, where areas have several for a period. Changes the samples. */
void guess_filters(struct guess *guess, struct guess_sample *samples, size_t n);

/* Reads the rows that the draft would take. `rows` begin with the first of the sheet. False: the
 * fault says why not. */
bool guess_figures(struct guess *guess, struct rows *rows, struct fault *fault);

/* Writes it all down. */
bool guess_write(const struct guess *guess, const char *file, FILE *out);

#endif
