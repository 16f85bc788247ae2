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
};

/* What stands in one column below the header. */
struct guess_column {
    uint32_t column;
    const char *heading; /* as a label; "" where there is none */
    bool twice;          /* another column has the same heading */
    size_t codes, numbers, marks, periods, years, prose, empty;
    const char *values[GUESS_VALUES]; /* different texts, in order of appearance */
    size_t n_values;
    bool many;   /* there are more */
    bool varies; /* between rows that say the same code and period */
};

struct guess {
    enum book_encoding encoding;
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
    int roles[ROLES];         /* index into columns; -1: none */
    bool wide;                /* the headings are periods */
    size_t prefixes[26][100]; /* codes by letter and two digits */
    size_t other_codes;       /* that are no nine-character codes */
    const char *level;
    struct arena *arena;
};

/* Whether a text is a code of the Government Statistical Service, such as E06000001. */
bool guess_is_code(const char *text);

/* Decides which column is what. The columns must be filled in. */
void guess_roles(struct guess *guess);

/* Writes it all down. */
bool guess_write(const struct guess *guess, const char *file, FILE *out);

#endif
