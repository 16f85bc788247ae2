/* A sheet as JSON-stat 2: a cube whose dimensions are the sheet's keys and, last, its measures. */
#include "services/views/sheet_parts.h"

#include "services/bus/instant.h"
#include "services/views/json.h"

#include <inttypes.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

enum { DIMENSIONS_MAX = 4, VALUES_MAX = 4000000 };

struct category {
    const char *code;
    size_t index, row; /* row: where it stands first */
};

struct dimension {
    size_t column, n;
    struct category *categories; /* in the order of the rows */
    void *tree;                  /* the same by code */
};

struct cube {
    struct dimension dimensions[DIMENSIONS_MAX];
    size_t n, n_measures, n_values;
    size_t *rows; /* by cell of the dimensions: the row and 1; 0: none */
};

static int by_code(const void *a, const void *b) {
    return strcmp(((const struct category *)a)->code, ((const struct category *)b)->code);
}

static bool take_category(struct dimension *d, const char *code, size_t row, size_t *index) {
    struct category *next = &d->categories[d->n];
    *next = (struct category){code, d->n, row};
    struct category **found = tsearch(next, &d->tree, by_code);
    if (!found)
        return false;
    if (*found == next)
        d->n++;
    *index = (*found)->index;
    return true;
}

/* The text of a key, which is there in every row. */
static const char *code_at(const struct sheet *sheet, size_t row, size_t column) {
    const struct sheet_cell *cell = sheet_at(sheet, row, column);
    return cell->kind == CELL_TEXT ? sheet_cell_text(sheet, cell) : "";
}

static bool find_dimensions(const struct sheet *sheet, struct cube *cube, struct fault *fault) {
    for (size_t c = 0; c < sheet->n_columns; c++) {
        const struct sheet_column *column = &sheet->columns[c];
        cube->n_measures += sheet_is_measure(column);
        if (column->role != SHEET_KEY && column->role != SHEET_AREA)
            continue;
        if (cube->n == DIMENSIONS_MAX || column->type != SHEET_TEXT) {
            cube->n = 0;
            break;
        }
        cube->dimensions[cube->n++].column = c;
    }
    if (cube->n && cube->n_measures)
        return true;
    return fault_set(fault, FAULT_INPUT,
                     "'%s' is no cube of figures, so that it cannot be JSON-stat; expected .json, "
                     ".csv, .csv-metadata.json or .xlsx",
                     sheet->name);
}

static bool find_categories(const struct sheet *sheet, struct cube *cube, size_t *indexes,
                            struct fault *fault) {
    size_t rows = sheet_rows(sheet);
    cube->n_values = cube->n_measures;
    for (size_t d = 0; d < cube->n; d++) {
        struct dimension *dimension = &cube->dimensions[d];
        dimension->categories = calloc(rows + 1, sizeof *dimension->categories);
        if (!dimension->categories)
            return fault_memory(fault);
        for (size_t row = 0; row < rows; row++) {
            const char *code = code_at(sheet, row, dimension->column);
            if (!take_category(dimension, code, row, &indexes[row * cube->n + d]))
                return fault_memory(fault);
        }
        if (dimension->n && cube->n_values > VALUES_MAX / dimension->n)
            return fault_set(fault, FAULT_INPUT,
                             "'%s' would have more than %d values as JSON-stat; ask for one node",
                             sheet->name, VALUES_MAX);
        cube->n_values *= dimension->n;
    }
    return true;
}

static bool place_rows(const struct sheet *sheet, struct cube *cube, struct fault *fault) {
    size_t rows = sheet_rows(sheet);
    size_t *indexes = calloc(rows * cube->n + 1, sizeof *indexes);
    bool fine = indexes ? find_categories(sheet, cube, indexes, fault) : fault_memory(fault);
    if (fine) {
        cube->rows = calloc(cube->n_values / cube->n_measures + 1, sizeof *cube->rows);
        fine = cube->rows || fault_memory(fault);
    }
    for (size_t row = 0; fine && row < rows; row++) {
        size_t at = 0;
        for (size_t d = 0; d < cube->n; d++)
            at = at * cube->dimensions[d].n + indexes[row * cube->n + d];
        cube->rows[at] = row + 1;
    }
    free(indexes);
    return fine;
}

static void keep(void *category) {
    (void)category; /* it lies in the dimension's list */
}

static void close_cube(struct cube *cube) {
    for (size_t d = 0; d < cube->n; d++) {
        tdestroy(cube->dimensions[d].tree, keep);
        free(cube->dimensions[d].categories);
    }
    free(cube->rows);
}

/* --- writing ---------------------------------------------------------------------------------- */

static void write_dimension(const struct sheet *sheet, const struct dimension *d, FILE *out) {
    const struct sheet_column *column = &sheet->columns[d->column];
    (void)fputs("\"label\":", out);
    json_write_text(out, column->title);
    (void)fputs(",\"category\":{\"index\":[", out);
    for (size_t i = 0; i < d->n; i++) {
        if (i)
            (void)fputc(',', out);
        json_write_text(out, d->categories[i].code);
    }
    (void)fputs("],\"label\":{", out);
    for (size_t i = 0; i < d->n; i++) {
        const char *label = code_at(sheet, d->categories[i].row, d->column + 1);
        json_key(out, d->categories[i].code, i == 0);
        json_write_text(out, label);
    }
    (void)fputs("}}", out);
}

static void write_measures(const struct sheet *sheet, FILE *out) {
    static const char *const parts[] = {"\"label\":\"Measure\",\"category\":{\"index\":[",
                                        "],\"label\":{", "},\"unit\":{"};
    for (size_t part = 0; part < 3; part++) {
        bool first = true;
        (void)fputs(parts[part], out);
        for (size_t c = 0; c < sheet->n_columns; c++) {
            const struct sheet_column *column = &sheet->columns[c];
            if (!sheet_is_measure(column) || (part == 2 && !column->unit))
                continue;
            if (part == 0) {
                (void)fputs(first ? "" : ",", out);
                json_write_text(out, column->key);
            } else {
                json_key(out, column->key, first);
                (void)fputs(part == 1 ? "" : "{\"label\":", out);
                json_write_text(out, part == 1 ? column->title : column->unit);
                (void)fputs(part == 1 ? "" : "}", out);
            }
            first = false;
        }
    }
    (void)fputs("}}", out);
}

static void write_values(const struct sheet *sheet, const struct cube *cube, FILE *out) {
    size_t cells = cube->n_values / cube->n_measures, written = 0;
    for (size_t at = 0; at < cells; at++) {
        for (size_t c = 0; c < sheet->n_columns; c++) {
            if (!sheet_is_measure(&sheet->columns[c]))
                continue;
            const struct sheet_cell *cell =
                cube->rows[at] ? sheet_at(sheet, cube->rows[at] - 1, c) : NULL;
            (void)fputs(written++ ? "," : "", out);
            if (cell && cell->kind != CELL_MISSING)
                json_write_number(out, sheet_cell_number(cell));
            else
                (void)fputs("null", out);
        }
    }
}

/* Of the values that are missing, why: by their number in the list of values. */
static void write_statuses(const struct sheet *sheet, const struct cube *cube, FILE *out) {
    size_t status = sheet_column_of(sheet, SHEET_STATUS), index = 0;
    size_t cells = cube->n_values / cube->n_measures;
    bool first = true;
    for (size_t at = 0; at < cells; at++) {
        size_t row = cube->rows[at];
        const char *why = row && status != SIZE_MAX ? code_at(sheet, row - 1, status) : "";
        for (size_t c = 0; c < sheet->n_columns; c++) {
            if (!sheet_is_measure(&sheet->columns[c]))
                continue;
            if (*why && sheet_at(sheet, row - 1, c)->kind == CELL_MISSING) {
                (void)fprintf(out, "%s\"%zu\":", first ? "" : ",", index);
                json_write_text(out, why);
                first = false;
            }
            index++;
        }
    }
}

static void write_cube(const struct sheet *sheet, const struct cube *cube, FILE *out) {
    char instant[INSTANT_TEXT];
    (void)fputs("{\"version\":\"2.0\",\"class\":\"dataset\",\"label\":", out);
    json_write_text(out, sheet->title);
    (void)fputs(",\"source\":", out);
    json_write_text(out, sheet->source);
    if (sheet->about.time_ms) {
        (void)fputs(",\"updated\":", out);
        json_write_text(out, instant_write(sheet->about.time_ms, instant));
    }
    (void)fprintf(out,
                  ",\"extension\":{\"edition\":%" PRIu64 ",\"licence\":", sheet->about.edition);
    json_write_text(out, sheet->about.licence);
    (void)fputs("},\"id\":[", out);
    for (size_t d = 0; d < cube->n; d++)
        (void)fprintf(out, "\"%s\",", sheet->columns[cube->dimensions[d].column].key);
    (void)fputs("\"measure\"],\"size\":[", out);
    for (size_t d = 0; d < cube->n; d++)
        (void)fprintf(out, "%zu,", cube->dimensions[d].n);
    (void)fprintf(out, "%zu],\"role\":{", cube->n_measures);
    size_t area = sheet_column_of(sheet, SHEET_AREA);
    if (area != SIZE_MAX)
        (void)fprintf(out, "\"geo\":[\"%s\"],", sheet->columns[area].key);
    (void)fputs("\"metric\":[\"measure\"]},\"dimension\":{", out);
    for (size_t d = 0; d < cube->n; d++) {
        (void)fprintf(out, "\"%s\":{", sheet->columns[cube->dimensions[d].column].key);
        write_dimension(sheet, &cube->dimensions[d], out);
        (void)fputs("},\n", out);
    }
    (void)fputs("\"measure\":{", out);
    write_measures(sheet, out);
    (void)fputs("}},\n\"value\":[", out);
    write_values(sheet, cube, out);
    (void)fputs("],\n\"status\":{", out);
    write_statuses(sheet, cube, out);
    (void)fputs("}}\n", out);
}

bool sheet_write_jsonstat(const struct sheet *sheet, const struct sheet_page *page, FILE *out,
                          struct fault *fault) {
    struct cube cube = {0};
    if (page->end - page->first != sheet_rows(sheet))
        return fault_set(
            fault, FAULT_INPUT,
            "a part of the rows is no cube; ask for JSON-stat without limit and offset");
    bool fine = find_dimensions(sheet, &cube, fault) && place_rows(sheet, &cube, fault);
    if (fine)
        write_cube(sheet, &cube, out);
    close_cube(&cube);
    return fine;
}
