#include "services/cli/table.h"

#include "core/csv.h"
#include "core/utf8.h"
#include "services/bus/instant.h"
#include "services/cli/colour.h"

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

static bool is_figure(const struct table *table, size_t column) {
    for (size_t i = column; i < table->count; i += table->columns) {
        if (table->cells[i].kind == CELL_TEXT || table->cells[i].kind == CELL_TRUTH)
            return false;
    }
    return true;
}

/* A column as it is printed. */
struct shown {
    size_t width;
    bool right;
};

/* What moved says by its sign which way, and a band by its words; colour helps to find them. */
static enum colour colour_of(const struct cell *cell) {
    if (cell->kind == CELL_INTEGER && cell->sign && cell->integer)
        return cell->integer > 0 ? COLOUR_MORE : COLOUR_LESS;
    if (cell->kind != CELL_TEXT || !cell->text)
        return COLOUR_NONE;
    return strcmp(cell->text, "very high") == 0  ? COLOUR_HIGH
           : strcmp(cell->text, "very low") == 0 ? COLOUR_LOW
                                                 : COLOUR_NONE;
}

/* Cuts a text to so many columns, with an ellipsis for the rest. */
static void cut(char *text, size_t width) {
    size_t length = strlen(text);
    if (utf8_columns(text) <= width)
        return;
    while (length && utf8_columns(text) + 1 > width) {
        do
            length--;
        while (length && ((unsigned char)text[length] & 0xc0) == 0x80);
        text[length] = '\0';
    }
    (void)snprintf(text + length, CELL_TEXT_MAX - length, "\u2026");
}

/* Blanks wait in *blanks until text follows, so that no line ends in them. */
static void put(FILE *out, char text[CELL_TEXT_MAX], const struct shown *shown, enum colour shade,
                size_t *blanks) {
    cut(text, shown->width);
    size_t pad = shown->width - utf8_columns(text);
    if (shown->right)
        *blanks += pad;
    if (*text) {
        bool plain = shade == COLOUR_NONE;
        (void)fprintf(out, "%*s%s%s%s", (int)*blanks, "", plain ? "" : colour(out, shade), text,
                      plain ? "" : colour(out, COLOUR_NONE));
        *blanks = 0;
    }
    if (!shown->right)
        *blanks += pad;
}

/* How wide each column is; on a terminal that has not so many, the widest of text is made less,
 * if that is enough: two broken lines are easier to read than half a table. */
static void measure(const struct table *table, struct shown *columns, FILE *out) {
    enum { LEAST = 16 };
    size_t total = 0, widest = SIZE_MAX, room = colour_columns(out);
    char text[CELL_TEXT_MAX];
    for (size_t c = 0; c < table->columns; c++) {
        if (!table->headings[c])
            continue;
        columns[c].right = is_figure(table, c);
        columns[c].width = utf8_columns(table->headings[c]);
        for (size_t i = c; i < table->count; i += table->columns) {
            cell_text(&table->cells[i], text);
            size_t width = utf8_columns(text);
            if (width > columns[c].width)
                columns[c].width = width;
        }
        total += columns[c].width + (total ? 2 : 0);
        if (!columns[c].right && (widest == SIZE_MAX || columns[c].width > columns[widest].width))
            widest = c;
    }
    if (room && total > room && widest != SIZE_MAX && columns[widest].width >= total - room + LEAST)
        columns[widest].width -= total - room;
}

static bool print_text(const struct table *table, FILE *out) {
    struct shown *columns = calloc(table->columns, sizeof *columns);
    char text[CELL_TEXT_MAX];
    if (columns)
        measure(table, columns, out);
    for (size_t row = 0; columns && row <= table_rows(table); row++) {
        size_t blanks = 0;
        for (size_t c = 0; c < table->columns; c++) {
            const struct cell *cell = row ? &table->cells[(row - 1) * table->columns + c] : NULL;
            if (!table->headings[c])
                continue;
            if (cell)
                cell_text(cell, text);
            else
                (void)snprintf(text, sizeof text, "%s", table->headings[c]);
            put(out, text, &columns[c], cell ? colour_of(cell) : COLOUR_HEADING, &blanks);
            blanks += 2;
        }
        (void)fputs("\n", out);
    }
    bool printed = columns && !ferror(out);
    free(columns);
    return printed;
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
