#include "services/cli/table.h"

#include "services/bus/instant.h"

#include "core/csv.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum cell_kind { CELL_MISSING, CELL_TEXT, CELL_NUMBER, CELL_INTEGER, CELL_TRUTH };

struct cell {
    enum cell_kind kind;
    bool sign;
    int decimals;
    int64_t integer;
    double number;
    char *text;
};

struct table {
    size_t columns, count, room; /* count and room are in cells */
    const char *const *keys, *const *headings;
    struct cell *cells;
    bool failed;
};

struct table *table_new(size_t columns, const char *const *keys, const char *const *headings) {
    struct table *table = calloc(1, sizeof *table);
    if (!table)
        return NULL;
    table->columns = columns;
    table->keys = keys;
    table->headings = headings;
    return table;
}

void table_destroy(struct table **table) {
    if (!*table)
        return;
    for (size_t i = 0; i < (*table)->count; i++)
        free((*table)->cells[i].text);
    free((*table)->cells);
    free(*table);
    *table = NULL;
}

static void add(struct table *table, struct cell cell) {
    if (table->count == table->room) {
        size_t room = table->room ? table->room * 2 : 256;
        struct cell *cells = realloc(table->cells, room * sizeof *cells);
        if (!cells) {
            free(cell.text);
            table->failed = true;
            return;
        }
        table->cells = cells;
        table->room = room;
    }
    table->cells[table->count++] = cell;
}

void table_text(struct table *table, const char *text) {
    struct cell cell = {.kind = text ? CELL_TEXT : CELL_MISSING};
    if (text) {
        cell.text = strdup(text);
        if (!cell.text)
            table->failed = true;
    }
    add(table, cell);
}

void table_count(struct table *table, uint64_t number) {
    add(table, (struct cell){.kind = CELL_INTEGER, .integer = (int64_t)number});
}

void table_signed(struct table *table, int64_t number) {
    add(table, (struct cell){.kind = CELL_INTEGER, .integer = number, .sign = true});
}

void table_number(struct table *table, double number, int decimals) {
    add(table, (struct cell){.kind = CELL_NUMBER, .number = number, .decimals = decimals});
}

void table_rank(struct table *table, double rank) {
    if (rank == 0.0)
        table_missing(table);
    else if (rank == (double)(int64_t)rank)
        table_count(table, (uint64_t)rank);
    else
        table_number(table, rank, 1);
}

void table_truth(struct table *table, bool truth) {
    add(table, (struct cell){.kind = CELL_TRUTH, .integer = truth});
}

void table_instant(struct table *table, uint64_t ms) {
    char text[INSTANT_TEXT];
    table_text(table, instant_write(ms - ms % 1000, text));
}

void table_missing(struct table *table) {
    add(table, (struct cell){.kind = CELL_MISSING});
}

size_t table_rows(const struct table *table) {
    return table->count / table->columns;
}

/* --- text ------------------------------------------------------------------------------------- */

enum { CELL_TEXT_MAX = 400 };

static void cell_text(const struct cell *cell, char out[CELL_TEXT_MAX]) {
    switch (cell->kind) {
    case CELL_TEXT:
        (void)snprintf(out, CELL_TEXT_MAX, "%s", cell->text ? cell->text : "");
        break;
    case CELL_INTEGER:
        (void)snprintf(out, CELL_TEXT_MAX, cell->sign && cell->integer > 0 ? "+%lld" : "%lld",
                       (long long)cell->integer);
        break;
    case CELL_NUMBER:
        (void)snprintf(out, CELL_TEXT_MAX, "%.*f", cell->decimals, cell->number);
        break;
    case CELL_TRUTH:
        (void)snprintf(out, CELL_TEXT_MAX, "%s", cell->integer ? "yes" : "no");
        break;
    default:
        (void)snprintf(out, CELL_TEXT_MAX, "-");
    }
}

/* Characters, not bytes: continuation bytes of UTF-8 take no room. */
static size_t width_of(const char *text) {
    size_t width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static bool is_figure(const struct table *table, size_t column) {
    for (size_t i = column; i < table->count; i += table->columns) {
        if (table->cells[i].kind == CELL_TEXT || table->cells[i].kind == CELL_TRUTH)
            return false;
    }
    return true;
}

/* Blanks wait in *blanks until text follows, so that no line ends in them. */
static void put(FILE *out, const char *text, size_t width, bool right, size_t *blanks) {
    size_t pad = width - width_of(text);
    if (right)
        *blanks += pad;
    if (*text) {
        (void)fprintf(out, "%*s%s", (int)*blanks, "", text);
        *blanks = 0;
    }
    if (!right)
        *blanks += pad;
}

static bool print_text(const struct table *table, FILE *out) {
    size_t *width = calloc(table->columns, sizeof *width);
    bool *right = calloc(table->columns, sizeof *right);
    bool room = width && right;
    char text[CELL_TEXT_MAX];
    for (size_t c = 0; room && c < table->columns; c++) {
        if (!table->headings[c])
            continue;
        right[c] = is_figure(table, c);
        width[c] = width_of(table->headings[c]);
        for (size_t i = c; i < table->count; i += table->columns) {
            cell_text(&table->cells[i], text);
            if (width_of(text) > width[c])
                width[c] = width_of(text);
        }
    }
    for (size_t row = 0; room && row <= table_rows(table); row++) {
        size_t blanks = 0;
        for (size_t c = 0; c < table->columns; c++) {
            if (!table->headings[c])
                continue;
            if (row)
                cell_text(&table->cells[(row - 1) * table->columns + c], text);
            put(out, row ? text : table->headings[c], width[c], right[c], &blanks);
            blanks += 2;
        }
        (void)fputs("\n", out);
    }
    free(width);
    free(right);
    return room && !ferror(out);
}

/* --- CSV and JSON ----------------------------------------------------------------------------- */

static void print_csv_cell(const struct cell *cell, int digits, FILE *out) {
    if (cell->kind == CELL_TEXT)
        csv_write(out, cell->text ? cell->text : "");
    else if (cell->kind == CELL_NUMBER && digits)
        (void)fprintf(out, "%.*g", digits, cell->number);
    else if (cell->kind == CELL_NUMBER)
        csv_write_number(out, cell->number);
    else if (cell->kind == CELL_INTEGER)
        (void)fprintf(out, "%lld", (long long)cell->integer);
    else if (cell->kind == CELL_TRUTH)
        (void)fputs(cell->integer ? "true" : "false", out);
}

static bool print_csv(const struct table *table, int digits, FILE *out) {
    for (size_t c = 0; c < table->columns; c++) {
        (void)fprintf(out, "%s%s", c ? "," : "", table->keys[c]);
    }
    (void)fputs("\n", out);
    for (size_t i = 0, c = 0; i < table->count; i++) {
        if (c)
            (void)fputs(",", out);
        print_csv_cell(&table->cells[i], digits, out);
        if (++c == table->columns) {
            (void)fputs("\n", out);
            c = 0;
        }
    }
    return !ferror(out);
}

static json_t *json_cell(const struct cell *cell) {
    switch (cell->kind) {
    case CELL_TEXT:
        return json_string(cell->text ? cell->text : "");
    case CELL_NUMBER:
        return json_real(cell->number);
    case CELL_INTEGER:
        return json_integer(cell->integer);
    case CELL_TRUTH:
        return json_boolean(cell->integer);
    default:
        return json_null();
    }
}

static bool print_json(const struct table *table, int digits, FILE *out) {
    json_t *rows = json_array();
    bool fine = rows != NULL;
    for (size_t row = 0; fine && row < table_rows(table); row++) {
        json_t *object = json_object();
        for (size_t c = 0; object && fine && c < table->columns; c++) {
            fine = json_object_set_new(object, table->keys[c],
                                       json_cell(&table->cells[row * table->columns + c])) == 0;
        }
        fine = json_array_append_new(rows, object) == 0 && fine;
    }
    size_t precision = digits ? (size_t)digits : 17;
    fine = fine && json_dumpf(rows, out, JSON_INDENT(2) | JSON_REAL_PRECISION(precision)) == 0;
    json_decref(rows);
    (void)fputs("\n", out);
    return fine && !ferror(out);
}

bool table_print(const struct table *table, enum format format, int digits, FILE *out) {
    if (table->failed)
        return false;
    return format == FORMAT_CSV    ? print_csv(table, digits, out)
           : format == FORMAT_JSON ? print_json(table, digits, out)
                                   : print_text(table, out);
}
