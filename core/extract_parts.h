/* The parts of core/extract.h, for the core/extract*.c files only. */
#ifndef CORE_EXTRACT_PARTS_H
#define CORE_EXTRACT_PARTS_H

#include "core/extract.h"
#include "core/names.h"
#include "core/release_build.h"

struct extraction {
    const struct description *description;
    const struct geography *geography;
    const char *level;
    const char *file, *sheet; /* sheet NULL: a plain CSV */
    bool is_csv;
    struct extract_report *report;
    struct problems *problems; /* of this extraction alone */
    struct release_build *build;
    struct arena *arena;
    struct names *names;           /* made for the first row that has a name and no code */
    struct period_column *periods; /* of the header, as numbers of the build */
    uint32_t *period_numbers;
    uint32_t fixed_period;
    struct column_texts texts; /* of the first filter's column; column 0: not wanted */
};

/* Reads the rows below the header. False: there are problems. */
bool extract_rows(struct extraction *in, struct rows *rows);

/* The code that a row is for. EXTRACT_CODE_SKIP: it is none that counts, which was counted. */
enum extract_code { EXTRACT_CODE, EXTRACT_CODE_SKIP, EXTRACT_CODE_BAD };
enum extract_code extract_code(struct extraction *in, const struct row *row, uint32_t *out);

/* The cell of a column; an empty one where there is none. */
struct cell extract_cell(const struct row *row, uint32_t column);

/* Adds a problem at a cell; column 0: the row as a whole. Returns false. */
bool extract_problem(struct extraction *in, uint64_t row, uint32_t column, const char *kind,
                     const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
