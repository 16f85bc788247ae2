/* The two files are turned into the tables and releases of a pack, so that there is one way to
 * score and not two. */
#include "core/plain.h"

#include "core/arena.h"
#include "core/csv.h"
#include "core/nearest.h"
#include "core/number.h"
#include "core/status.h"

#include <stdlib.h>
#include <string.h>

enum { CODE, NAME, REGION, TYPE, POPULATION, PERIOD, METRIC, VALUE, ROLES };

/* What a column may be called. */
static const char *const role_names[ROLES][2] = {
    [CODE] = {"area_code", "code"},      [NAME] = {"area_name", "name"},
    [REGION] = {"region", NULL},         [TYPE] = {"type", NULL},
    [POPULATION] = {"population", NULL}, [METRIC] = {"metric", NULL},
    [VALUE] = {"value", NULL},           [PERIOD] = {"period", "year"},
};
static const char *const defaults[ROLES] = {
    [CODE] = "",        [NAME] = "",       [REGION] = "all", [TYPE] = "area",
    [POPULATION] = "1", [PERIOD] = "2000", [METRIC] = "",    [VALUE] = ""};

#define NO_COLUMN SIZE_MAX

struct cell {
    const char *text;
    uint64_t line, column;
};

struct sheet {
    const char *name; /* of the file */
    struct arena *arena;
    const char **header;
    size_t columns, rows, room;
    struct cell *cells; /* rows * columns */
    size_t role[ROLES]; /* which column; NO_COLUMN: none */
    struct fault *fault;
};

static const struct cell *cell_at(const struct sheet *sheet, size_t row, size_t column) {
    return &sheet->cells[row * sheet->columns + column];
}

static bool wrong(const struct sheet *sheet, uint64_t line, uint64_t column, const char *reason,
                  const char *found) {
    return fault_set(sheet->fault, FAULT_INPUT, "%s:%llu:%llu: %s '%.100s'", sheet->name,
                     (unsigned long long)line, (unsigned long long)column, reason, found);
}

/* --- reading the sheet ------------------------------------------------------------------------ */

static bool read_header(struct sheet *sheet, const struct csv_record *record) {
    sheet->columns = record->count;
    sheet->header = arena_alloc(sheet->arena, record->count, sizeof *sheet->header);
    if (!sheet->header)
        return fault_memory(sheet->fault);
    for (size_t r = 0; r < ROLES; r++)
        sheet->role[r] = NO_COLUMN;
    for (size_t c = 0; c < record->count; c++) {
        const struct csv_field *field = &record->fields[c];
        sheet->header[c] = arena_copy(sheet->arena, field->text, field->length);
        if (!sheet->header[c])
            return fault_memory(sheet->fault);
        for (size_t k = 0; k < c; k++) {
            if (strcmp(sheet->header[k], field->text) == 0)
                return wrong(sheet, field->line, field->column, "a second column", field->text);
        }
        for (size_t r = 0; r < ROLES; r++) {
            for (size_t n = 0; n < 2 && role_names[r][n]; n++) {
                if (strcmp(role_names[r][n], field->text) == 0)
                    sheet->role[r] = c;
            }
        }
    }
    if (sheet->role[CODE] == NO_COLUMN) {
        return fault_set(sheet->fault, FAULT_INPUT,
                         "%s: no column 'area_code' (or 'code') that says which place a row is of",
                         sheet->name);
    }
    return true;
}

static bool read_row(struct sheet *sheet, const struct csv_record *record) {
    if (record->count != sheet->columns) {
        return fault_set(sheet->fault, FAULT_INPUT,
                         "%s:%llu: %zu fields, expected %zu as in the header", sheet->name,
                         (unsigned long long)record->line, record->count, sheet->columns);
    }
    if (sheet->rows == sheet->room) {
        size_t room = sheet->room ? 2 * sheet->room : 256;
        struct cell *cells = reallocarray(sheet->cells, room * sheet->columns, sizeof *cells);
        if (!cells)
            return fault_memory(sheet->fault);
        sheet->cells = cells;
        sheet->room = room;
    }
    for (size_t c = 0; c < sheet->columns; c++) {
        const struct csv_field *field = &record->fields[c];
        struct cell *cell = &sheet->cells[sheet->rows * sheet->columns + c];
        *cell = (struct cell){arena_copy(sheet->arena, field->text, field->length), field->line,
                              field->column};
        if (!cell->text)
            return fault_memory(sheet->fault);
        if (c == sheet->role[CODE] && !*cell->text)
            return wrong(sheet, cell->line, cell->column, "expected the code of a place, found",
                         cell->text);
    }
    sheet->rows++;
    return true;
}

static bool read_sheet(struct sheet *sheet, struct table_file data) {
    struct csv *csv = csv_new(data.bytes, data.length);
    struct csv_record record;
    enum csv_result result = CSV_BAD;
    bool fine = csv || fault_memory(sheet->fault);
    for (size_t n = 0; fine && (result = csv_next(csv, &record, sheet->fault)) == CSV_RECORD; n++)
        fine = n ? read_row(sheet, &record) : read_header(sheet, &record);
    if (fine && result == CSV_BAD) {
        fine = fault_within(sheet->fault, "%s:%llu:%llu", sheet->name,
                            (unsigned long long)csv_line(csv), (unsigned long long)csv_column(csv));
    }
    if (fine && sheet->rows == 0)
        fine = fault_set(sheet->fault, FAULT_INPUT, "%s: no rows, expected a header and figures",
                         sheet->name);
    csv_destroy(&csv);
    return fine;
}

/* --- the tables ------------------------------------------------------------------------------- */

static bool is_tidy(const struct sheet *sheet) {
    return sheet->role[METRIC] != NO_COLUMN && sheet->role[VALUE] != NO_COLUMN;
}

static const char *text_of(const struct sheet *sheet, size_t row, size_t role) {
    size_t column = sheet->role[role];
    const char *text = column == NO_COLUMN ? "" : cell_at(sheet, row, column)->text;
    if (*text)
        return text;
    return role == NAME ? cell_at(sheet, row, sheet->role[CODE])->text : defaults[role];
}

/* --- which rows are the first of their place -------------------------------------------------- */

struct place {
    const char *code;
    size_t row;
};

static int by_code(const void *a, const void *b) {
    const struct place *left = a, *right = b;
    int order = strcmp(left->code, right->code);
    return order ? order : (left->row > right->row) - (left->row < right->row);
}

/* What places are grouped and divided by is one for each, whatever row it stands in. */
static bool check_same(const struct sheet *sheet, size_t row, size_t other) {
    static const size_t roles[] = {REGION, TYPE, POPULATION};
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        size_t column = sheet->role[roles[i]];
        if (column == NO_COLUMN)
            continue;
        const struct cell *cell = cell_at(sheet, row, column),
                          *before = cell_at(sheet, other, column);
        if (strcmp(cell->text, before->text) == 0)
            continue;
        return fault_set(sheet->fault, FAULT_INPUT,
                         "%s:%llu:%llu: a second %s of '%.100s': '%.100s', expected '%.100s' as in "
                         "line %llu; what changes with time needs a name of its own",
                         sheet->name, (unsigned long long)cell->line,
                         (unsigned long long)cell->column, role_names[roles[i]][0],
                         text_of(sheet, row, CODE), cell->text, before->text,
                         (unsigned long long)before->line);
    }
    return true;
}

/* The rows that name a place for the first time; in wide data of one period each must. */
static bool *find_first(const struct sheet *sheet) {
    bool *first = arena_alloc(sheet->arena, sheet->rows, sizeof *first);
    struct place *places = arena_alloc(sheet->arena, sheet->rows, sizeof *places);
    if (!first || !places) {
        fault_memory(sheet->fault);
        return NULL;
    }
    for (size_t row = 0; row < sheet->rows; row++)
        places[row] = (struct place){text_of(sheet, row, CODE), row};
    qsort(places, sheet->rows, sizeof *places, by_code);
    for (size_t i = 0; i < sheet->rows; i++) {
        bool again = i > 0 && strcmp(places[i].code, places[i - 1].code) == 0;
        const struct cell *cell = cell_at(sheet, places[i].row, sheet->role[CODE]);
        if (again && !is_tidy(sheet) && sheet->role[PERIOD] == NO_COLUMN) {
            wrong(sheet, cell->line, cell->column, "a second row for the place", cell->text);
            return NULL;
        }
        if (again && !check_same(sheet, places[i].row, places[i - 1].row))
            return NULL;
        first[places[i].row] = !again;
    }
    return first;
}

static void write_area(FILE *areas, FILE *geography, FILE *codes, const struct sheet *sheet,
                       size_t row) {
    static const size_t roles[] = {CODE, NAME, REGION, REGION, TYPE, POPULATION};
    const char *code = text_of(sheet, row, CODE);
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        csv_write(areas, text_of(sheet, row, roles[i]));
        (void)fputc(',', areas);
    }
    (void)fputs("0,0\n", areas);
    csv_write(geography, code);
    (void)fputs(",area,1,", geography);
    csv_write(geography, code);
    (void)fputs(",\n", geography);
    csv_write(codes, code);
    (void)fputc(',', codes);
    csv_write(codes, text_of(sheet, row, NAME));
    (void)fputs(",area\n", codes);
}

enum { AREAS, GEOGRAPHY, CODES, DEFINITION, FILES };

static bool make_tables(const struct sheet *sheet, struct table_file tables[PLAIN_TABLES]) {
    static const char *const names[] = {"areas.csv", "geography.csv", "codes.csv"};
    static const char *const headers[] = {
        "code,name,region_code,region,type,population,longitude,latitude\n",
        "area_code,level,step,source_code,weight\n", "code,name,level\n"};
    char *bytes[PLAIN_TABLES] = {0};
    FILE *out[PLAIN_TABLES] = {0};
    const bool *first = find_first(sheet);
    if (!first)
        return false;
    bool open = true;
    for (size_t i = 0; i < PLAIN_TABLES; i++) {
        out[i] = open_memstream(&bytes[i], &tables[i].length);
        open = open && out[i];
    }
    for (size_t i = 0; open && i < PLAIN_TABLES; i++)
        (void)fputs(headers[i], out[i]);
    for (size_t row = 0; open && row < sheet->rows; row++) {
        if (first[row])
            write_area(out[AREAS], out[GEOGRAPHY], out[CODES], sheet, row);
    }
    for (size_t i = 0; i < PLAIN_TABLES; i++) {
        open &= csv_close(out[i], &bytes[i]);
        tables[i].name = names[i];
        tables[i].bytes = bytes[i];
    }
    return open || fault_memory(sheet->fault);
}

static struct pack *make_pack(const struct sheet *sheet, struct table_file tables[PLAIN_TABLES],
                              struct table_file definition) {
    if (!make_tables(sheet, tables))
        return NULL;
    const struct table_file files[FILES] = {tables[AREAS], tables[GEOGRAPHY], tables[CODES],
                                            definition};
    return pack_read(definition.name, files, FILES, sheet->fault);
}

/* --- the releases ----------------------------------------------------------------------------- */

/* "code,period,value,mark". */
static bool write_figure(FILE *out, const struct sheet *sheet, size_t row, size_t column) {
    const struct cell *cell = cell_at(sheet, row, column);
    size_t length = strlen(cell->text);
    enum status status;
    double value;
    bool number = number_read(cell->text, length, &value);
    if (!number && !status_of_mark(cell->text, length, &status))
        return wrong(sheet, cell->line, cell->column,
                     "expected a number such as 12.5, or a mark such as [x], found", cell->text);
    csv_write(out, text_of(sheet, row, CODE));
    (void)fputc(',', out);
    csv_write(out, text_of(sheet, row, PERIOD));
    (void)fputc(',', out);
    csv_write(out, number ? cell->text : "");
    (void)fputc(',', out);
    csv_write(out, number ? "" : cell->text);
    (void)fputc('\n', out);
    return true;
}

static bool write_tidy(FILE *out, const struct sheet *sheet, const char *metric, size_t *rows) {
    for (size_t row = 0; row < sheet->rows; row++) {
        if (strcmp(text_of(sheet, row, METRIC), metric) != 0)
            continue;
        if (!write_figure(out, sheet, row, sheet->role[VALUE]))
            return false;
        (*rows)++;
    }
    return true;
}

static bool write_wide(FILE *out, const struct sheet *sheet, const char *metric, size_t *rows) {
    for (size_t c = 0; c < sheet->columns; c++) {
        if (strcmp(sheet->header[c], metric) != 0)
            continue;
        for (size_t row = 0; row < sheet->rows; row++) {
            if (!write_figure(out, sheet, row, c))
                return false;
        }
        *rows = sheet->rows;
    }
    return true;
}

static bool no_figures(const struct sheet *sheet, const char *metric) {
    struct nearest near = {.word = metric};
    for (size_t c = 0; !is_tidy(sheet) && c < sheet->columns; c++)
        nearest_offer(&near, sheet->header[c]);
    for (size_t row = 0; is_tidy(sheet) && row < sheet->rows; row++)
        nearest_offer(&near, text_of(sheet, row, METRIC));
    return fault_set(sheet->fault, FAULT_INPUT, "%s: no %s '%s'%s%s%s", sheet->name,
                     is_tidy(sheet) ? "row of the metric" : "column for the metric", metric,
                     near.best ? "; did you mean '" : "", near.best ? near.best : "",
                     near.best ? "'?" : "");
}

static struct release *make_release(const struct sheet *sheet, const struct pack *pack,
                                    const char *metric) {
    char *bytes = NULL;
    size_t length = 0, rows = 0;
    struct problems problems = {0};
    FILE *out = open_memstream(&bytes, &length);
    bool fine = out != NULL || fault_memory(sheet->fault);
    if (fine)
        (void)fputs("area_code,period,value,status\n", out);
    fine = fine && (is_tidy(sheet) ? write_tidy : write_wide)(out, sheet, metric, &rows);
    if (fine && rows == 0)
        fine = no_figures(sheet, metric);
    if (!csv_close(out, &bytes) && fine)
        fine = fault_memory(sheet->fault);
    struct release *release =
        fine ? release_read(pack->geography, sheet->name, bytes, length, &problems) : NULL;
    if (fine && problems.no_memory) {
        fault_memory(sheet->fault);
    } else if (fine && !release) {
        fault_set(sheet->fault, FAULT_INPUT, "%s: metric '%s': %s", sheet->name, metric,
                  problems.kept[0].reason);
    }
    free(bytes);
    return release;
}

/* --- both ------------------------------------------------------------------------------------- */

/* Elsewhere a population may be left out; who divides by it must have it. */
static bool check_population(const struct sheet *sheet, const struct definition *definition) {
    for (size_t k = 0; k < definition->n_nodes; k++) {
        if (definition->nodes[k].denominator != DENOMINATOR_POPULATION)
            continue;
        if (sheet->role[POPULATION] == NO_COLUMN) {
            return fault_set(sheet->fault, FAULT_INPUT,
                             "%s: no column 'population', which the metric '%s' is divided by",
                             sheet->name, definition->nodes[k].id);
        }
        for (size_t row = 0; row < sheet->rows; row++) {
            const struct cell *cell = cell_at(sheet, row, sheet->role[POPULATION]);
            if (!*cell->text)
                return wrong(sheet, cell->line, cell->column,
                             "expected a population, as a metric is divided by it, found", "");
        }
    }
    return true;
}

static bool fill_plain(struct plain *plain, const struct sheet *sheet,
                       struct table_file definition) {
    plain->pack = make_pack(sheet, plain->tables, definition);
    if (!plain->pack || !check_population(sheet, plain->pack->definition))
        return false;
    if (plain->pack->definition->panel.n_periods && sheet->role[PERIOD] == NO_COLUMN) {
        return fault_set(sheet->fault, FAULT_INPUT,
                         "%s: no column 'period' (or 'year'), and the definition is of a panel",
                         sheet->name);
    }
    size_t n = plain->pack->definition->n_datasets;
    plain->releases = calloc(n + 1, sizeof(struct release *));
    if (!plain->releases)
        return fault_memory(sheet->fault);
    for (size_t i = 0; i < n; i++) {
        plain->releases[i] =
            make_release(sheet, plain->pack, plain->pack->definition->datasets[i].id);
        if (!plain->releases[i])
            return false;
    }
    return true;
}

struct plain *plain_read(struct table_file definition, struct table_file data,
                         struct fault *fault) {
    struct sheet sheet = {.name = data.name, .arena = arena_new(), .fault = fault};
    struct plain *plain = sheet.arena ? calloc(1, sizeof *plain) : NULL;
    if (!plain)
        fault_memory(fault);
    else if (!read_sheet(&sheet, data) || !fill_plain(plain, &sheet, definition))
        plain_destroy(&plain);
    free(sheet.cells);
    arena_destroy(&sheet.arena);
    return plain;
}

void plain_destroy(struct plain **plain) {
    if (!*plain)
        return;
    size_t n = (*plain)->pack ? (*plain)->pack->definition->n_datasets : 0;
    for (size_t i = 0; (*plain)->releases && i < n; i++) {
        if ((*plain)->releases[i])
            release_destroy(&(*plain)->releases[i]);
    }
    free((*plain)->releases);
    for (size_t i = 0; i < PLAIN_TABLES; i++)
        free((char *)(*plain)->tables[i].bytes);
    pack_destroy(&(*plain)->pack);
    free(*plain);
    *plain = NULL;
}
