#include "core/cells.h"
#include "core/number.h"
#include "core/ods_names.h"

#include <stdlib.h>
#include <string.h>

enum { REPEATED_MAX = 64 << 20 }; /* cells that repetition may make, in one table */

struct ods_rows {
    struct ods *ods;
    struct xml *xml;
    struct cells cells;
    size_t wanted; /* the table */
    size_t begun;  /* tables of which the beginning was read */
    bool in_table, over, bad;
    unsigned skip;                /* depth of the element that is passed over; 0: none */
    uint64_t number, rows_repeat; /* of the row at hand */
    uint64_t left;                /* times that the row is still to be given */
    uint64_t column, columns_repeat;
    uint64_t repeated;
    unsigned row, cell, paragraph; /* depths; 0: in none */
    bool covered;
    enum cell_kind kind;
    bool by_text;     /* the cell is what its paragraphs say */
    bool after_space; /* a space here would be the second, or the first of the paragraph */
};

static bool repetition(const char *text, uint64_t *out, struct fault *fault) {
    unsigned long times;
    if (!number_whole(text, strlen(text), 1, UINT32_MAX, &times)) {
        return fault_set(fault, FAULT_INPUT, "a repetition of '%.40s', expected a whole number",
                         text);
    }
    *out = times;
    return true;
}

static bool start_row(struct ods_rows *rows, const char **attributes, struct fault *fault) {
    rows->row = xml_depth(rows->xml);
    rows->number += rows->rows_repeat;
    rows->rows_repeat = 1;
    rows->column = 0;
    rows->columns_repeat = 1;
    cells_clear(&rows->cells);
    for (; *attributes; attributes += 2) {
        if (strcmp(*attributes, ODS_TABLE " number-rows-repeated") == 0)
            return repetition(attributes[1], &rows->rows_repeat, fault);
    }
    return true;
}

static bool gather(struct ods_rows *rows, const char *text, struct fault *fault) {
    rows->by_text = false;
    cells_forget(&rows->cells);
    return cells_gather(&rows->cells, text, strlen(text), fault);
}

static bool set_type(struct ods_rows *rows, const char *type, struct fault *fault) {
    static const struct {
        const char *name;
        enum cell_kind kind;
    } types[] = {
        {"float", CELL_NUMBER}, {"percentage", CELL_NUMBER}, {"currency", CELL_NUMBER},
        {"date", CELL_DATE},    {"boolean", CELL_BOOLEAN},   {"string", CELL_TEXT},
        {"time", CELL_TEXT},    {"void", CELL_TEXT},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (strcmp(type, types[i].name) == 0) {
            rows->kind = types[i].kind;
            return true;
        }
    }
    return fault_set(fault, FAULT_INPUT, "a cell of the type '%.40s', which is none of ODS", type);
}

/* What the attributes of a cell say. */
struct value {
    const char *number, *date, *boolean, *text;
    bool is_error;
};

static bool read_attributes(struct ods_rows *rows, const char **attributes, struct value *value,
                            struct fault *fault) {
    for (; *attributes; attributes += 2) {
        const char *office = ODS_LOCAL(*attributes, ODS_OFFICE), *text = attributes[1];
        if (!office) {
            static const char repeat[] = ODS_TABLE " number-columns-repeated";
            static const char type[] = "calcext:1.0 value-type"; /* of LibreOffice */
            size_t length = strlen(*attributes);
            if (strcmp(*attributes, repeat) == 0 && !repetition(text, &rows->columns_repeat, fault))
                return false;
            if (length >= sizeof type && strcmp(*attributes + length + 1 - sizeof type, type) == 0)
                value->is_error = strcmp(text, "error") == 0;
        } else if (strcmp(office, "value-type") == 0) {
            if (!set_type(rows, text, fault))
                return false;
        } else if (strcmp(office, "value") == 0) {
            value->number = text;
        } else if (strcmp(office, "date-value") == 0) {
            value->date = text;
        } else if (strcmp(office, "boolean-value") == 0) {
            value->boolean = text;
        } else if (strcmp(office, "string-value") == 0) {
            value->text = text;
        }
    }
    return true;
}

static bool start_cell(struct ods_rows *rows, const char **attributes, bool covered,
                       struct fault *fault) {
    struct value value = {0};
    rows->cell = xml_depth(rows->xml);
    rows->column += rows->columns_repeat;
    if (rows->column > BOOK_COLUMNS_MAX)
        rows->column = BOOK_COLUMNS_MAX + 1; /* one that is empty may be anywhere */
    rows->columns_repeat = 1;
    rows->covered = covered;
    rows->kind = CELL_TEXT;
    rows->by_text = true;
    cells_forget(&rows->cells);
    if (!read_attributes(rows, attributes, &value, fault))
        return false;
    if (covered)
        return true;
    if (value.is_error && rows->kind == CELL_TEXT) {
        rows->kind = CELL_ERROR;
        return true;
    }
    switch (rows->kind) {
    case CELL_NUMBER:
        return gather(rows, value.number ? value.number : "", fault);
    case CELL_DATE:
        return gather(rows, value.date ? value.date : "", fault);
    case CELL_BOOLEAN:
        return gather(rows, value.boolean ? value.boolean : "", fault);
    case CELL_TEXT:
    case CELL_ERROR:
        break;
    }
    return !value.text || gather(rows, value.text, fault);
}

/* text:s, text:tab, text:line-break, and runs of text; the rest is passed over. */
static bool start_in_paragraph(struct ods_rows *rows, const char *name, const char **attributes,
                               struct fault *fault) {
    const char *local = ODS_LOCAL(name, ODS_TEXT);
    if (!local || strcmp(local, "note") == 0 || strcmp(local, "ruby-text") == 0) {
        rows->skip = xml_depth(rows->xml);
        return true;
    }
    bool space = strcmp(local, "s") == 0, line = strcmp(local, "line-break") == 0;
    if (!space && !line && strcmp(local, "tab") != 0)
        return true;
    uint64_t times = 1;
    for (; space && *attributes; attributes += 2) {
        if (strcmp(*attributes, ODS_TEXT " c") == 0 && !repetition(attributes[1], &times, fault))
            return false;
    }
    if (times > BOOK_CELL_MAX)
        return fault_set(fault, FAULT_INPUT, "a cell of %ju spaces", (uintmax_t)times);
    rows->after_space = false;
    for (; times > 0; times--) {
        if (!cells_gather(&rows->cells, space ? " " : line ? "\n" : "\t", 1, fault))
            return false;
    }
    return true;
}

static bool start_in_cell(struct ods_rows *rows, const char *name, struct fault *fault) {
    const char *local = ODS_LOCAL(name, ODS_TEXT);
    if (!local || !rows->by_text || rows->covered || strcmp(local, "p") != 0) {
        rows->skip = xml_depth(rows->xml);
        return true;
    }
    bool first = rows->paragraph == 0 && rows->cells.used == rows->cells.start;
    rows->paragraph = xml_depth(rows->xml);
    rows->after_space = true;
    return first || cells_gather(&rows->cells, "\n", 1, fault);
}

static bool start_in_table(struct ods_rows *rows, const char *name, const char **attributes,
                           struct fault *fault) {
    const char *local = ODS_LOCAL(name, ODS_TABLE);
    if (local && rows->row) {
        bool covered = strcmp(local, "covered-table-cell") == 0;
        if (covered || strcmp(local, "table-cell") == 0)
            return start_cell(rows, attributes, covered, fault);
    } else if (local) {
        if (strcmp(local, "table-row") == 0)
            return start_row(rows, attributes, fault);
        if (strcmp(local, "table-row-group") == 0 || strcmp(local, "table-header-rows") == 0 ||
            strcmp(local, "table-rows") == 0)
            return true;
    }
    rows->skip = xml_depth(rows->xml);
    return true;
}

static void start_table(struct ods_rows *rows, const char *name) {
    const char *local = ODS_LOCAL(name, ODS_TABLE);
    if (!local || strcmp(local, "table") != 0)
        return;
    rows->in_table = rows->begun++ == rows->wanted;
    if (!rows->in_table)
        rows->skip = ODS_TABLE_DEPTH;
    rows->number = 0;
    rows->rows_repeat = 1;
    rows->repeated = 0;
}

static void start(void *context, const char *name, const char **attributes) {
    struct ods_rows *rows = context;
    struct fault fault;
    bool fine = true;
    if (rows->skip)
        return;
    if (!rows->in_table) {
        if (xml_depth(rows->xml) == ODS_TABLE_DEPTH)
            start_table(rows, name);
    } else if (rows->paragraph) {
        fine = start_in_paragraph(rows, name, attributes, &fault);
    } else if (rows->cell) {
        fine = start_in_cell(rows, name, &fault);
    } else {
        fine = start_in_table(rows, name, attributes, &fault);
    }
    if (!fine)
        xml_refuse(rows->xml, &fault);
}

static bool check_value(struct ods_rows *rows, struct fault *fault) {
    const char *text = cells_gathered(&rows->cells, fault);
    double unused;
    if (!text)
        return false;
    if (rows->kind == CELL_NUMBER) {
        return number_read(text, strlen(text), &unused) ||
               fault_set(fault, FAULT_INPUT, "a cell of a number that holds '%.40s'", text);
    }
    if (rows->kind == CELL_DATE) {
        fault->kind = FAULT_NONE;
        return cells_gathered_date(&rows->cells, fault) || fault->kind != FAULT_NONE
                   ? fault->kind == FAULT_NONE
                   : fault_set(fault, FAULT_INPUT, "a cell of a date that holds '%.40s'", text);
    }
    if (rows->kind == CELL_BOOLEAN) {
        bool yes = strcmp(text, "true") == 0;
        if (!yes && strcmp(text, "false") != 0)
            return fault_set(fault, FAULT_INPUT, "a cell of a boolean that holds '%.40s'", text);
        return gather(rows, yes ? "TRUE" : "FALSE", fault);
    }
    return true;
}

static bool repeat_more(struct ods_rows *rows, uint64_t cells, struct fault *fault) {
    rows->repeated += cells;
    return rows->repeated <= REPEATED_MAX ||
           fault_set(fault, FAULT_INPUT, "repetitions that make more than %d cells", REPEATED_MAX);
}

static bool end_cell(struct ods_rows *rows, struct fault *fault) {
    struct cells *cells = &rows->cells;
    if (rows->covered || cells->used == cells->start)
        return true;
    if (rows->column + rows->columns_repeat - 1 > BOOK_COLUMNS_MAX) {
        return fault_set(fault, FAULT_INPUT, "a cell beyond column %d", BOOK_COLUMNS_MAX);
    }
    if (!check_value(rows, fault) || !repeat_more(rows, rows->columns_repeat - 1, fault) ||
        !cells_add(cells, (uint32_t)rows->column, rows->kind, fault))
        return false;
    for (uint64_t i = 1; i < rows->columns_repeat; i++) {
        if (!cells_add_again(cells, (uint32_t)(rows->column + i), fault))
            return false;
    }
    return true;
}

static bool end_row(struct ods_rows *rows, struct fault *fault) {
    if (rows->cells.count == 0)
        return true;
    if (rows->number + rows->rows_repeat - 1 > BOOK_ROWS_MAX)
        return fault_set(fault, FAULT_INPUT, "more than %d rows", BOOK_ROWS_MAX);
    if (!repeat_more(rows, (rows->rows_repeat - 1) * rows->cells.count, fault))
        return false;
    rows->left = rows->rows_repeat;
    xml_pause(rows->xml);
    return true;
}

static void end(void *context, const char *name) {
    struct ods_rows *rows = context;
    unsigned depth = xml_depth(rows->xml);
    struct fault fault;
    bool fine = true;
    (void)name;
    if (rows->skip) {
        if (depth == rows->skip)
            rows->skip = 0;
        return;
    }
    if (!rows->in_table)
        return;
    if (depth == rows->paragraph) {
        rows->paragraph = 0;
        if (rows->after_space && rows->cells.used > rows->cells.start &&
            rows->cells.text[rows->cells.used - 1] == ' ')
            rows->cells.used--; /* a space at the end of a paragraph */
    } else if (depth == rows->cell) {
        rows->cell = 0;
        fine = end_cell(rows, &fault);
    } else if (depth == rows->row) {
        rows->row = 0;
        fine = end_row(rows, &fault);
    } else if (depth == ODS_TABLE_DEPTH) {
        rows->in_table = false;
        rows->over = true;
        xml_pause(rows->xml);
    }
    if (!fine)
        xml_refuse(rows->xml, &fault);
}

/* White space is one space, and none at the edges of a paragraph: ODF 1.2 part 1, 6.1.2. */
static void text(void *context, const char *bytes, size_t length) {
    struct ods_rows *rows = context;
    struct fault fault;
    if (rows->skip || !rows->paragraph)
        return;
    while (length > 0) {
        size_t blank = 0, run;
        while (blank < length && strchr(" \t\r\n", bytes[blank]))
            blank++;
        bool fine = blank == 0 || rows->after_space || cells_gather(&rows->cells, " ", 1, &fault);
        rows->after_space = rows->after_space || blank > 0;
        for (run = blank; run < length && !strchr(" \t\r\n", bytes[run]);)
            run++;
        if (fine && run > blank) {
            fine = cells_gather(&rows->cells, bytes + blank, run - blank, &fault);
            rows->after_space = false;
        }
        if (!fine) {
            xml_refuse(rows->xml, &fault);
            return;
        }
        bytes += run;
        length -= run;
    }
}

static struct ods_rows *begin(struct ods *ods, struct fault *fault) {
    static const struct xml_handlers handlers = {start, end, text};
    struct ods_rows *rows = calloc(1, sizeof *rows);
    if (!rows) {
        (void)fault_memory(fault);
        return NULL;
    }
    rows->ods = ods;
    rows->xml = xml_open(ods->archive, ods->content, &handlers, rows, fault);
    if (!rows->xml)
        ods_rows_free(&rows);
    return rows;
}

struct ods_rows *ods_rows_open(struct ods *ods, size_t table, struct fault *fault) {
    struct ods_rows *rows = NULL;
    if (ods->parked && ods->parked->begun <= table) {
        rows = ods->parked;
        ods->parked = NULL;
        if (rows->in_table)
            rows->skip = ODS_TABLE_DEPTH;
        rows->in_table = rows->over = false;
        rows->left = 0;
    } else {
        rows = begin(ods, fault);
    }
    if (rows)
        rows->wanted = table;
    return rows;
}

void ods_rows_free(struct ods_rows **rows) {
    if (!*rows)
        return;
    xml_destroy(&(*rows)->xml);
    cells_free(&(*rows)->cells);
    free(*rows);
    *rows = NULL;
}

/* Keeps one that can go on to a later table, for whoever opens that. */
void ods_rows_destroy(struct ods_rows **rows) {
    if (!*rows)
        return;
    struct ods *ods = (*rows)->ods;
    if (!ods->parked && !(*rows)->bad && (*rows)->begun < ods->n_tables) {
        ods->parked = *rows;
        *rows = NULL;
    }
    ods_rows_free(rows);
}

enum rows_result ods_rows_next(struct ods_rows *rows, struct row *out, struct fault *fault) {
    if (rows->left == 0) {
        if (rows->over)
            return ROWS_END;
        rows->bad = xml_run(rows->xml, fault) == XML_RUN_BAD;
        if (rows->bad)
            return ROWS_BAD;
        if (rows->left == 0)
            return ROWS_END;
    }
    *out = cells_row(&rows->cells, rows->number + rows->rows_repeat - rows->left);
    rows->left--;
    return ROWS_ROW;
}

uint64_t ods_rows_number(const struct ods_rows *rows) {
    return rows->number;
}

uint64_t ods_rows_column(const struct ods_rows *rows) {
    return rows->cell || rows->row ? rows->column : 0;
}
