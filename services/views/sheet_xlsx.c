/* A sheet as a workbook: a sheet that says what it is and what the columns mean, and the table.
 * Texts are written as texts, so that none is ever taken for a formula. */
#include "services/views/sheet_parts.h"

#include "core/utf8.h"
#include "services/bus/instant.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <xlsxwriter.h>

enum { TEXT_MAX = 32767, ROWS_MAX = 1048575 };

struct book {
    lxw_workbook *workbook;
    lxw_worksheet *about, *table;
    lxw_format *bold, *wrapped;
    bool failed;
};

static void put(struct book *book, lxw_worksheet *sheet, size_t row, size_t column,
                const char *text, lxw_format *format) {
    char cut[TEXT_MAX + 1];
    if (strlen(text) > TEXT_MAX) { /* a cell takes no more */
        utf8_copy(cut, sizeof cut, text);
        text = cut;
    }
    if (worksheet_write_string(sheet, (lxw_row_t)row, (lxw_col_t)column, text, format) !=
        LXW_NO_ERROR)
        book->failed = true;
}

static void put_number(struct book *book, size_t row, size_t column, double number) {
    if (worksheet_write_number(book->table, (lxw_row_t)row, (lxw_col_t)column, number, NULL) !=
        LXW_NO_ERROR)
        book->failed = true;
}

/* --- what it is ------------------------------------------------------------------------------- */

static size_t write_facts(struct book *book, const struct sheet *sheet) {
    char instant[INSTANT_TEXT] = "", edition[32] = "";
    if (sheet->about.time_ms)
        (void)instant_write(sheet->about.time_ms, instant);
    if (sheet->about.edition)
        (void)snprintf(edition, sizeof edition, "%llu", (unsigned long long)sheet->about.edition);
    const char *const facts[][2] = {
        {"Edition", edition},
        {"Scored", instant},
        {"Source", sheet->source},
        {"Licence", sheet->about.licence ? sheet->about.licence : ""},
        {"Missing figures",
         "An empty cell; the column 'status' says why. Nothing that is missing is shown as 0."},
        {"Table", "One, in the sheet 'Table', from cell A1; its columns are described below."},
    };
    put(book, book->about, 0, 0, sheet->title, book->bold);
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
        put(book, book->about, 1 + i, 0, facts[i][0], book->bold);
        put(book, book->about, 1 + i, 1, facts[i][1], book->wrapped);
    }
    return 2 + sizeof facts / sizeof *facts;
}

static void write_meanings(struct book *book, const struct sheet *sheet, size_t row) {
    static const char *const heads[] = {"Column", "Meaning", "Unit"};
    for (size_t c = 0; c < 3; c++)
        put(book, book->about, row, c, heads[c], book->bold);
    for (size_t c = 0; c < sheet->n_columns; c++) {
        const struct sheet_column *column = &sheet->columns[c];
        put(book, book->about, ++row, 0, column->key, NULL);
        put(book, book->about, row, 1, column->description, book->wrapped);
        put(book, book->about, row, 2, column->unit ? column->unit : "", NULL);
    }
}

/* --- the table -------------------------------------------------------------------------------- */

static void write_cell(struct book *book, const struct sheet *sheet, const struct sheet_cell *cell,
                       size_t row, size_t column) {
    char instant[INSTANT_TEXT];
    if (cell->kind == CELL_TEXT)
        put(book, book->table, row, column, sheet_cell_text(sheet, cell), NULL);
    else if (cell->kind == CELL_INSTANT)
        put(book, book->table, row, column, instant_write(cell->is.count, instant), NULL);
    else if (cell->kind == CELL_TRUTH)
        book->failed |= worksheet_write_boolean(book->table, (lxw_row_t)row, (lxw_col_t)column,
                                                (int)cell->is.count, NULL) != LXW_NO_ERROR;
    else if (cell->kind != CELL_MISSING)
        put_number(book, row, column, sheet_cell_number(cell));
}

static void write_table(struct book *book, const struct sheet *sheet,
                        const struct sheet_page *page) {
    for (size_t c = 0; c < sheet->n_columns; c++)
        put(book, book->table, 0, c, sheet->columns[c].key, book->bold);
    for (size_t row = page->first; row < page->end; row++) {
        for (size_t c = 0; c < sheet->n_columns; c++)
            write_cell(book, sheet, sheet_at(sheet, row, c), row - page->first + 1, c);
    }
    worksheet_freeze_panes(book->table, 1, 0);
    if (page->end > page->first)
        (void)worksheet_autofilter(book->table, 0, 0, (lxw_row_t)(page->end - page->first),
                                   (lxw_col_t)(sheet->n_columns - 1));
}

/* The same bytes each time: the library would write the time of day. */
static void set_properties(struct book *book, const struct sheet *sheet) {
    lxw_doc_properties properties = {.title = sheet->title,
                                     .comments = sheet->source,
                                     .created = (time_t)(sheet->about.time_ms / 1000)};
    if (!properties.created)
        properties.created = 1;
    book->failed |= workbook_set_properties(book->workbook, &properties) != LXW_NO_ERROR;
}

static bool open_book(struct book *book, int file, struct fault *fault) {
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    book->workbook = workbook_new(path);
    if (!book->workbook)
        return fault_memory(fault);
    book->about = workbook_add_worksheet(book->workbook, "About");
    book->table = workbook_add_worksheet(book->workbook, "Table");
    book->bold = workbook_add_format(book->workbook);
    book->wrapped = workbook_add_format(book->workbook);
    if (!book->about || !book->table || !book->bold || !book->wrapped)
        return fault_memory(fault);
    format_set_bold(book->bold);
    format_set_text_wrap(book->wrapped);
    worksheet_set_column(book->about, 0, 0, 24, NULL);
    worksheet_set_column(book->about, 1, 1, 90, NULL);
    return true;
}

static bool copy_out(int file, FILE *out, struct fault *fault) {
    char bytes[65536];
    ssize_t n;
    if (lseek(file, 0, SEEK_SET) != 0)
        return fault_set(fault, FAULT_SYSTEM, "the workbook cannot be read: %s", strerror(errno));
    while ((n = read(file, bytes, sizeof bytes)) > 0)
        (void)fwrite(bytes, 1, (size_t)n, out);
    return n == 0 ||
           fault_set(fault, FAULT_SYSTEM, "the workbook cannot be read: %s", strerror(errno));
}

bool sheet_write_xlsx(const struct sheet *sheet, const struct sheet_page *page, FILE *out,
                      struct fault *fault) {
    if (page->end - page->first > ROWS_MAX)
        return fault_set(fault, FAULT_INPUT,
                         "%zu rows are more than a workbook takes; ask for a part of them by "
                         "'limit' and 'offset', or for .csv",
                         page->end - page->first);
    struct book book = {0};
    int file = memfd_create("workbook", MFD_CLOEXEC);
    if (file < 0)
        return fault_set(fault, FAULT_SYSTEM, "no workbook: %s", strerror(errno));
    bool fine = open_book(&book, file, fault);
    if (fine) {
        set_properties(&book, sheet);
        write_meanings(&book, sheet, write_facts(&book, sheet));
        write_table(&book, sheet, page);
    }
    if (book.workbook && workbook_close(book.workbook) != LXW_NO_ERROR)
        book.failed = true;
    if (fine && book.failed)
        fine = fault_set(fault, FAULT_SYSTEM, "the workbook cannot be written");
    fine = fine && copy_out(file, out, fault);
    (void)close(file);
    return fine;
}
