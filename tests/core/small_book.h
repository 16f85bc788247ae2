/* Workbooks and archives made in memory for tests, from their parts. */
#ifndef TESTS_SMALL_BOOK_H
#define TESTS_SMALL_BOOK_H

#include "core/book.h"
#include "tests/suite.h"

#include <string.h>
#include <zip.h>

struct small_part {
    const char *name;
    const char *bytes;
    size_t length; /* 0: to the NUL */
};

/* A zip of the parts up to one without a name; the caller frees it. */
static inline char *small_zip(const struct small_part *parts, size_t *length) {
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *made = zip_source_buffer_create(NULL, 0, 0, &error);
    zip_source_keep(made);
    zip_t *zip = zip_open_from_source(made, ZIP_TRUNCATE, &error);
    ck_assert_ptr_nonnull(zip);
    for (; parts->name; parts++) {
        size_t size = parts->length ? parts->length : strlen(parts->bytes);
        zip_source_t *part = zip_source_buffer(zip, parts->bytes, size, 0);
        ck_assert_int_ge(zip_file_add(zip, parts->name, part, ZIP_FL_ENC_UTF_8), 0);
    }
    ck_assert_int_eq(zip_close(zip), 0);
    zip_stat_t stat;
    ck_assert_int_eq(zip_source_stat(made, &stat), 0);
    char *bytes = malloc((size_t)stat.size + 1);
    ck_assert_int_eq(zip_source_open(made), 0);
    *length = (size_t)zip_source_read(made, bytes, stat.size);
    zip_source_close(made);
    zip_source_free(made);
    zip_error_fini(&error);
    return bytes;
}

#define SMALL_MAIN     "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\""
#define SMALL_RELATION "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define SMALL_RELATIONS                                                                            \
    "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"

/* A workbook of one sheet with this sheetData, shared strings and styles; the caller frees it. */
static inline char *small_xlsx(const char *rows, const char *strings, const char *styles,
                               size_t *length) {
    static char sheet[1 << 16], sst[1 << 12], style[1 << 12];
    (void)snprintf(sheet, sizeof sheet,
                   "<worksheet " SMALL_MAIN "><sheetData>%s</sheetData>"
                   "</worksheet>",
                   rows);
    (void)snprintf(sst, sizeof sst, "<sst " SMALL_MAIN ">%s</sst>", strings);
    (void)snprintf(style, sizeof style, "<styleSheet " SMALL_MAIN ">%s</styleSheet>", styles);
    const struct small_part parts[] = {
        {"[Content_Types].xml", "<Types/>", 0},
        {"_rels/.rels",
         SMALL_RELATIONS "<Relationship Id=\"a\" Type=\"" SMALL_RELATION "/officeDocument\" "
                         "Target=\"xl/workbook.xml\"/></Relationships>",
         0},
        {"xl/workbook.xml",
         "<workbook " SMALL_MAIN " xmlns:r=\"" SMALL_RELATION "\"><sheets>"
         "<sheet name=\"S\" sheetId=\"1\" r:id=\"s\"/></sheets></workbook>",
         0},
        {"xl/_rels/workbook.xml.rels",
         SMALL_RELATIONS
         "<Relationship Id=\"s\" Type=\"" SMALL_RELATION "/worksheet\" Target=\"s.xml\"/>"
         "<Relationship Id=\"t\" Type=\"" SMALL_RELATION "/sharedStrings\" Target=\"/xl/t.xml\"/>"
         "<Relationship Id=\"u\" Type=\"" SMALL_RELATION "/styles\" Target=\"../xl/u.xml\"/>"
         "</Relationships>",
         0},
        {"xl/s.xml", sheet, 0},
        {"xl/t.xml", sst, 0},
        {"xl/u.xml", style, 0},
        {0},
    };
    return small_zip(parts, length);
}

#define SMALL_ODS "urn:oasis:names:tc:opendocument:xmlns:"

/* A spreadsheet of these automatic styles and tables; the caller frees it. */
static inline char *small_ods(const char *styles, const char *tables, size_t *length) {
    static char content[1 << 16];
    (void)snprintf(content, sizeof content,
                   "<office:document-content xmlns:office=\"" SMALL_ODS "office:1.0\" "
                   "xmlns:table=\"" SMALL_ODS "table:1.0\" xmlns:text=\"" SMALL_ODS "text:1.0\" "
                   "xmlns:style=\"" SMALL_ODS "style:1.0\" xmlns:calcext=\"" SMALL_ODS
                   "calcext:1.0\"><office:automatic-styles>%s</office:automatic-styles>"
                   "<office:body><office:spreadsheet>%s</office:spreadsheet></office:body>"
                   "</office:document-content>",
                   styles, tables);
    const struct small_part parts[] = {
        {"mimetype", "application/vnd.oasis.opendocument.spreadsheet", 0},
        {"content.xml", content, 0},
        {0},
    };
    return small_zip(parts, length);
}

/* A sheet's rows, as "row:column kind text; ..." with the letters t n d b e for the kinds; a fault
 * as "! ..." at the end. The caller frees it. */
static inline char *small_read(const char *bytes, size_t length, size_t sheet,
                               enum book_encoding encoding) {
    char *out = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&out, &size);
    struct fault fault = {0};
    struct book *book = book_open("book", bytes, length, encoding, &fault);
    struct rows *rows = book ? rows_open(book, sheet, 0, &fault) : NULL;
    struct row row;
    enum rows_result result = rows ? ROWS_ROW : ROWS_BAD;
    while (rows && (result = rows_next(rows, &row, &fault)) == ROWS_ROW) {
        for (size_t i = 0; i < row.count; i++) {
            ck_assert_uint_eq(strlen(row.cells[i].text), row.cells[i].length);
            (void)fprintf(file, "%ju:%u%c %s;", (uintmax_t)row.number, row.cells[i].column,
                          "tndbe"[row.cells[i].kind], row.cells[i].text);
        }
    }
    if (result == ROWS_BAD) {
        ck_assert_int_ne(fault.kind, FAULT_NONE);
        (void)fprintf(file, "! %s", fault.text);
    }
    rows_destroy(&rows);
    book_destroy(&book);
    ck_assert_int_eq(fclose(file), 0);
    return out;
}

/* Reads the first sheet, frees `bytes`, and compares; what begins with "!" need only be found. */
static inline void small_expect(char *bytes, size_t length, const char *expected) {
    char *found = small_read(bytes, length, 0, BOOK_UTF8);
    if (*expected == '!')
        ck_assert_msg(*found == '!' || strstr(found, "! "), "%s", found);
    if (*expected == '!')
        ck_assert_msg(strstr(found, expected + 1) != NULL, "%s", found);
    else
        ck_assert_str_eq(found, expected);
    free(found);
    free(bytes);
}

#endif
