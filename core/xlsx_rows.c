#include "core/number.h"
#include "core/serial_date.h"
#include "core/xlsx_parts.h"

#include <stdlib.h>
#include <string.h>

enum cell_type {
    TYPE_NUMBER,
    TYPE_SHARED,
    TYPE_TEXT, /* a formula's result */
    TYPE_INLINE,
    TYPE_BOOLEAN,
    TYPE_ERROR,
    TYPE_DATE,
};

struct xlsx_rows {
    struct xlsx *xlsx;
    struct xml *xml;
    struct cells cells;
    uint64_t number;
    uint32_t column;
    bool in_data, in_row, in_cell;
    enum cell_type type;
    bool is_date;
    bool gathering;
    unsigned phonetic; /* depth of the rPh that it is in; 0: none */
};

static bool refuse(struct xlsx_rows *rows, const struct fault *fault) {
    xml_refuse(rows->xml, fault);
    return false;
}

/* A whole number of digits only, at most `most`; else 0. */
static uint64_t whole(const char *text, uint64_t most) {
    uint64_t value = 0;
    if (!*text)
        return 0;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return 0;
        value = 10 * value + (uint64_t)(*text - '0');
        if (value > most)
            return 0;
    }
    return value;
}

static bool start_row(struct xlsx_rows *rows, const char **attributes, struct fault *fault) {
    const char *r = xlsx_attribute(attributes, "r");
    uint64_t number = r ? whole(r, BOOK_ROWS_MAX) : rows->number + 1;
    if (number == 0 || number > BOOK_ROWS_MAX) {
        return fault_set(fault, FAULT_INPUT, "a row with the number '%.40s', expected at most %d",
                         r ? r : "", BOOK_ROWS_MAX);
    }
    if (number <= rows->number) {
        return fault_set(fault, FAULT_INPUT, "row %ju after row %ju, expected them in order",
                         (uintmax_t)number, (uintmax_t)rows->number);
    }
    rows->number = number;
    rows->column = 0;
    rows->in_row = true;
    cells_clear(&rows->cells);
    return true;
}

/* The column of a reference such as "AB12" in the row at hand; 0: it is none. */
static uint32_t reference(const struct xlsx_rows *rows, const char *r) {
    uint32_t column = 0;
    for (; *r >= 'A' && *r <= 'Z'; r++) {
        column = 26 * column + (uint32_t)(*r - 'A' + 1);
        if (column > BOOK_COLUMNS_MAX)
            return 0;
    }
    return whole(r, BOOK_ROWS_MAX) == rows->number ? column : 0;
}

static bool set_type(struct xlsx_rows *rows, const char *t, struct fault *fault) {
    static const struct {
        const char *name;
        enum cell_type type;
    } types[] = {
        {"s", TYPE_SHARED},         {"n", TYPE_NUMBER}, {"str", TYPE_TEXT}, {"b", TYPE_BOOLEAN},
        {"inlineStr", TYPE_INLINE}, {"e", TYPE_ERROR},  {"d", TYPE_DATE},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (strcmp(t, types[i].name) == 0) {
            rows->type = types[i].type;
            return true;
        }
    }
    return fault_set(fault, FAULT_INPUT, "a cell of the type '%.40s', which is none of XLSX", t);
}

static bool start_cell(struct xlsx_rows *rows, const char **attributes, struct fault *fault) {
    uint32_t column = rows->column + 1;
    rows->type = TYPE_NUMBER;
    rows->is_date = false;
    for (; *attributes; attributes += 2) {
        const char *name = attributes[0], *value = attributes[1];
        if (strcmp(name, "r") == 0) {
            column = reference(rows, value);
            if (column == 0)
                return fault_set(fault, FAULT_INPUT, "a cell '%.40s' in row %ju", value,
                                 (uintmax_t)rows->number);
        } else if (strcmp(name, "s") == 0) {
            uint64_t style = whole(value, UINT32_MAX);
            rows->is_date = style < rows->xlsx->styles.count && rows->xlsx->styles.is_date[style];
        } else if (strcmp(name, "t") == 0) {
            if (!set_type(rows, value, fault))
                return false;
        }
    }
    if (column <= rows->column || column > BOOK_COLUMNS_MAX) {
        return fault_set(fault, FAULT_INPUT,
                         "column %u after column %u, expected them in order "
                         "and at most %d",
                         column, rows->column, BOOK_COLUMNS_MAX);
    }
    rows->column = column;
    rows->in_cell = true;
    cells_forget(&rows->cells);
    return true;
}

/* Inside a cell: its value, or the runs of its text. */
static void start_inside(struct xlsx_rows *rows, const char *local) {
    unsigned depth = xml_depth(rows->xml);
    if (depth == 5 && strcmp(local, "v") == 0)
        rows->gathering = rows->type != TYPE_INLINE;
    else if (strcmp(local, "t") == 0)
        rows->gathering = rows->type == TYPE_INLINE && !rows->phonetic && depth <= 7;
    else if (strcmp(local, "rPh") == 0 && !rows->phonetic)
        rows->phonetic = depth;
}

static void start(void *context, const char *name, const char **attributes) {
    struct xlsx_rows *rows = context;
    const char *local = xlsx_local(name);
    unsigned depth = xml_depth(rows->xml);
    struct fault fault;
    bool fine = true;
    if (local && rows->in_cell)
        start_inside(rows, local);
    else if (local && rows->in_row && depth == 4 && strcmp(local, "c") == 0)
        fine = start_cell(rows, attributes, &fault);
    else if (local && rows->in_data && depth == 3 && strcmp(local, "row") == 0)
        fine = start_row(rows, attributes, &fault);
    else if (local && depth == 2 && strcmp(local, "sheetData") == 0)
        rows->in_data = true;
    if (!fine)
        (void)refuse(rows, &fault);
}

static bool add_shared(struct xlsx_rows *rows, const char *text, struct fault *fault) {
    const struct xlsx_strings *strings = &rows->xlsx->strings;
    uint64_t index = whole(text, UINT32_MAX);
    if (index >= strings->count || (index == 0 && strcmp(text, "0") != 0)) {
        return fault_set(fault, FAULT_INPUT, "a cell of the shared string '%.40s', of %zu", text,
                         strings->count);
    }
    cells_forget(&rows->cells);
    uint32_t from = strings->starts[index], to = strings->starts[index + 1];
    return to - from == 1 ||
           cells_add_shared(&rows->cells, rows->column, strings->text + from, to - from - 1, fault);
}

static bool replace(struct xlsx_rows *rows, const char *text, enum cell_kind kind,
                    struct fault *fault) {
    cells_forget(&rows->cells);
    return cells_gather(&rows->cells, text, strlen(text), fault) &&
           cells_add(&rows->cells, rows->column, kind, fault);
}

static bool add_number(struct xlsx_rows *rows, const char *text, struct fault *fault) {
    char date[SERIAL_DATE_ROOM];
    double value;
    if (!number_read(text, strlen(text), &value))
        return fault_set(fault, FAULT_INPUT, "a cell of a number that holds '%.40s'", text);
    if (rows->is_date && serial_date(value, rows->xlsx->from_1904, date))
        return replace(rows, date, CELL_DATE, fault);
    return cells_add(&rows->cells, rows->column, CELL_NUMBER, fault);
}

static bool add_text(struct xlsx_rows *rows, struct fault *fault) {
    struct cells *cells = &rows->cells;
    cells->used =
        cells->start + xlsx_unescape(cells->text + cells->start, cells->used - cells->start);
    return cells_add(cells, rows->column, CELL_TEXT, fault);
}

static bool add_cell(struct xlsx_rows *rows, struct fault *fault) {
    if (rows->cells.used == rows->cells.start)
        return true; /* empty, or only formatted */
    const char *text = cells_gathered(&rows->cells, fault);
    if (!text)
        return false;
    switch (rows->type) {
    case TYPE_SHARED:
        return add_shared(rows, text, fault);
    case TYPE_NUMBER:
        return add_number(rows, text, fault);
    case TYPE_BOOLEAN:
        if (strcmp(text, "0") != 0 && strcmp(text, "1") != 0)
            return fault_set(fault, FAULT_INPUT, "a cell of a boolean that holds '%.40s'", text);
        return replace(rows, *text == '1' ? "TRUE" : "FALSE", CELL_BOOLEAN, fault);
    case TYPE_ERROR:
        return cells_add(&rows->cells, rows->column, CELL_ERROR, fault);
    case TYPE_DATE:
        fault->kind = FAULT_NONE;
        if (cells_gathered_date(&rows->cells, fault))
            return cells_add(&rows->cells, rows->column, CELL_DATE, fault);
        return fault->kind != FAULT_NONE
                   ? false
                   : fault_set(fault, FAULT_INPUT, "a cell of a date that holds '%.40s'", text);
    case TYPE_TEXT:
    case TYPE_INLINE:
        break;
    }
    return add_text(rows, fault);
}

static void end(void *context, const char *name) {
    struct xlsx_rows *rows = context;
    unsigned depth = xml_depth(rows->xml);
    struct fault fault;
    (void)name;
    rows->gathering = false;
    if (depth == rows->phonetic)
        rows->phonetic = 0;
    if (depth == 4 && rows->in_cell) {
        rows->in_cell = false;
        if (!add_cell(rows, &fault))
            (void)refuse(rows, &fault);
    } else if (depth == 3 && rows->in_row) {
        rows->in_row = false;
        if (rows->cells.count > 0)
            xml_pause(rows->xml);
    } else if (depth == 2) {
        rows->in_data = false;
    }
}

static void text(void *context, const char *bytes, size_t length) {
    struct xlsx_rows *rows = context;
    struct fault fault;
    if (rows->gathering && !cells_gather(&rows->cells, bytes, length, &fault))
        (void)refuse(rows, &fault);
}

static bool read_parts(struct xlsx *xlsx, struct fault *fault) {
    if (xlsx->parts_read)
        return true;
    xlsx_free_strings(&xlsx->strings); /* of an attempt before */
    xlsx->styles.count = 0;
    xlsx->parts_read =
        (xlsx->strings_member == ARCHIVE_NONE ||
         xlsx_read_strings(xlsx->archive, (size_t)xlsx->strings_member, &xlsx->strings, fault)) &&
        (xlsx->styles_member == ARCHIVE_NONE ||
         xlsx_read_styles(xlsx->archive, (size_t)xlsx->styles_member, &xlsx->styles, fault));
    return xlsx->parts_read;
}

struct xlsx_rows *xlsx_rows_open(struct xlsx *xlsx, size_t sheet, struct fault *fault) {
    static const struct xml_handlers handlers = {start, end, text};
    if (!read_parts(xlsx, fault))
        return NULL;
    struct xlsx_rows *rows = calloc(1, sizeof *rows);
    if (!rows) {
        (void)fault_memory(fault);
        return NULL;
    }
    rows->xlsx = xlsx;
    rows->xml = xml_open(xlsx->archive, (size_t)xlsx->sheets[sheet].member, &handlers, rows, fault);
    if (!rows->xml)
        xlsx_rows_destroy(&rows);
    return rows;
}

void xlsx_rows_destroy(struct xlsx_rows **rows) {
    if (!*rows)
        return;
    xml_destroy(&(*rows)->xml);
    cells_free(&(*rows)->cells);
    free(*rows);
    *rows = NULL;
}

enum rows_result xlsx_rows_next(struct xlsx_rows *rows, struct row *out, struct fault *fault) {
    switch (xml_run(rows->xml, fault)) {
    case XML_RUN_PAUSED:
        *out = cells_row(&rows->cells, rows->number);
        return ROWS_ROW;
    case XML_RUN_OVER:
        return ROWS_END;
    case XML_RUN_BAD:
        break;
    }
    return ROWS_BAD;
}

uint64_t xlsx_rows_number(const struct xlsx_rows *rows) {
    return rows->number;
}

uint64_t xlsx_rows_column(const struct xlsx_rows *rows) {
    return rows->in_cell || rows->in_row ? rows->column : 0;
}
