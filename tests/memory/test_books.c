/* Files of every kind read to their end, with each allocation failing in turn. */
#include "tests/core/small_book.h"
#include "tests/memory/failing_memory.h"

#include "core/glance.h"

#include <zlib.h>

struct given {
    char *bytes;
    size_t length;
    enum book_encoding encoding;
    const char *member; /* that is read too, or NULL */
};

static bool read_sheet(struct book *book, size_t sheet, struct fault *fault) {
    struct rows *rows = rows_open(book, sheet, 0, fault);
    struct row row;
    enum rows_result result = rows ? ROWS_ROW : ROWS_BAD;
    while (result == ROWS_ROW)
        result = rows_next(rows, &row, fault);
    rows_destroy(&rows);
    return result == ROWS_END;
}

static bool read_book(const void *context, struct fault *fault) {
    const struct given *given = context;
    struct book *book = book_open("f", given->bytes, given->length, given->encoding, fault);
    bool good = book != NULL;
    for (size_t i = 0; good && i < book_sheets(book); i++)
        good = read_sheet(book, i, fault);
    if (good && given->member) {
        char *bytes = NULL;
        size_t length;
        good = book_member(book, given->member, &bytes, &length, fault);
        free(bytes);
    }
    book_destroy(&book);
    return good;
}

static void reads(char *bytes, size_t length, const char *member) {
    const struct given given = {bytes, length, BOOK_UTF8, member};
    each_allocation_fails(read_book, &given);
    free(bytes);
}

static char *copy(const char *text) {
    char *out = malloc(strlen(text) + 1);
    return strcpy(out, text);
}

/* gzip of the bytes, which are freed; the caller frees the result. */
static char *packed(char *bytes, size_t length, size_t *out_length) {
    enum { GZIP_ONLY = 16 };
    z_stream stream = {0};
    ck_assert_int_eq(deflateInit2(&stream, 9, Z_DEFLATED, MAX_WBITS + GZIP_ONLY, 8, 0), Z_OK);
    size_t room = deflateBound(&stream, length) + 64;
    char *out = malloc(room);
    stream.next_in = (Bytef *)bytes;
    stream.avail_in = (unsigned)length;
    stream.next_out = (Bytef *)out;
    stream.avail_out = (unsigned)room;
    ck_assert_int_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
    *out_length = stream.total_out;
    (void)deflateEnd(&stream);
    free(bytes);
    return out;
}

#define ROWS                                                                                       \
    "<row><c t=\"s\"><v>0</v></c><c t=\"s\"><v>1</v></c></row>"                                    \
    "<row><c t=\"inlineStr\"><is><r><t>in</t></r><r><t>line</t></r></is></c><c><v>1.5</v></c>"     \
    "<c s=\"1\"><v>45000</v></c><c t=\"b\"><v>1</v></c><c t=\"d\"><v>2024-01-31</v></c>"           \
    "<c t=\"e\"><v>#N/A</v></c><c t=\"str\"><v>text</v></c></row>"
#define STRINGS "<si><t>one</t></si><si><r><t>t</t></r><r><t>wo</t></r></si>"
#define STYLES                                                                                     \
    "<numFmts><numFmt numFmtId=\"170\" formatCode=\"dd/mm/yyyy\"/></numFmts>"                      \
    "<cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"170\"/></cellXfs>"

#define TABLES                                                                                     \
    "<table:table table:name=\"A\" table:style-name=\"h\"><table:table-row>"                       \
    "<table:table-cell office:value-type=\"string\"><text:p>a<text:s text:c=\"2\"/>b"              \
    "<text:line-break/>c</text:p><text:p>d</text:p></table:table-cell>"                            \
    "<table:table-cell office:value-type=\"float\" office:value=\"1.5\""                           \
    " table:number-columns-repeated=\"40\"><text:p>1.5</text:p></table:table-cell>"                \
    "<table:table-cell office:value-type=\"date\" office:date-value=\"2024-01-31\"/>"              \
    "<table:table-cell office:value-type=\"boolean\" office:boolean-value=\"true\"/>"              \
    "</table:table-row></table:table>"                                                             \
    "<table:table table:name=\"B\"><table:table-row><table:table-cell><text:p>x</text:p>"          \
    "</table:table-cell></table:table-row></table:table>"
#define HIDES                                                                                      \
    "<style:style style:name=\"h\" style:family=\"table\"><style:table-properties "                \
    "table:display=\"false\"/></style:style>"

START_TEST(a_csv) {
    reads(copy("a,b\n1,\"two\"\"s\nlines\"\n"), 21, NULL);
    char *bytes = copy("a;b\n\xa3;\x80\n");
    const struct given given = {bytes, strlen(bytes), BOOK_WINDOWS_1252, NULL};
    each_allocation_fails(read_book, &given);
    free(bytes);
}
END_TEST

START_TEST(a_csv_of_many_and_long_fields) {
    enum { FIELDS = 600, LENGTH = 40000 };
    char *bytes = malloc(FIELDS * 2 + LENGTH + 8);
    memset(bytes, 'x', FIELDS * 2 + LENGTH + 8);
    for (int i = 0; i < FIELDS; i++)
        bytes[2 * i] = ',';
    bytes[FIELDS * 2] = '\n';
    bytes[FIELDS * 2 + LENGTH + 7] = '\n';
    reads(bytes, FIELDS * 2 + LENGTH + 8, NULL);
}
END_TEST

START_TEST(a_workbook_of_excel) {
    size_t length;
    char *bytes = small_xlsx(ROWS, STRINGS, STYLES, &length);
    reads(bytes, length, NULL);
}
END_TEST

START_TEST(a_spreadsheet_of_opendocument) {
    size_t length;
    char *bytes = small_ods(HIDES, TABLES, &length);
    reads(bytes, length, NULL);
}
END_TEST

START_TEST(gzip_of_a_csv_and_of_a_workbook) {
    size_t length;
    char *bytes = packed(copy("a,b\n1,2\n"), 8, &length);
    reads(bytes, length, NULL);
    bytes = small_xlsx(ROWS, STRINGS, STYLES, &length);
    bytes = packed(bytes, length, &length);
    reads(bytes, length, NULL);
}
END_TEST

START_TEST(an_archive_of_several) {
    size_t length, xlsx_length, ods_length;
    char *xlsx = small_xlsx(ROWS, STRINGS, STYLES, &xlsx_length);
    char *ods = small_ods(HIDES, TABLES, &ods_length);
    char *long_text = malloc(100001);
    memset(long_text, ' ', 100000);
    long_text[100000] = '\0';
    const struct small_part parts[] = {{"a.csv", "a,b\n1,2\n", 0},
                                       {"b.xlsx", xlsx, xlsx_length},
                                       {"c.ods", ods, ods_length},
                                       {"caf\xc3\xa9.json", long_text, 0},
                                       {0}};
    char *bytes = small_zip(parts, &length);
    free(xlsx);
    free(ods);
    free(long_text);
    reads(bytes, length, "caf\xc3\xa9.json");
}
END_TEST

/* A book's list of sheets grows once it holds 16. */
START_TEST(an_archive_of_many) {
    struct small_part parts[20] = {0};
    char names[20][16];
    for (int i = 0; i < 18; i++) {
        (void)snprintf(names[i], sizeof *names, "%d.csv", i);
        parts[i] = (struct small_part){names[i], "a\n", 0};
    }
    size_t length;
    char *bytes = small_zip(parts, &length);
    reads(bytes, length, NULL);
}
END_TEST

static bool look(const void *context, struct fault *fault) {
    const struct given *given = context;
    struct book *book = book_open("f", given->bytes, given->length, given->encoding, fault);
    struct rows *rows = book ? rows_open(book, 0, 0, fault) : NULL;
    struct glance *glance = rows ? glance_new(rows) : NULL;
    if (rows && !glance)
        (void)fault_memory(fault);
    bool good = glance != NULL;
    glance_destroy(&glance);
    rows_destroy(&rows);
    book_destroy(&book);
    return good;
}

START_TEST(a_glance_at_a_file) {
    const struct given given = {(char *)"a,b\n1,2\n", 8, BOOK_UTF8, NULL};
    each_allocation_fails(look, &given);
}
END_TEST

static void begin(void) {
    failing_memory_forgives("libzip"); /* it leaks, and does without a larger table of names */
    /* Else the C library copies its name for each date in an archive. */
    (void)setenv("TZ", "UTC", 1);
}

int main(void) {
    Suite *suite = suite_create("books without memory");
    TCase *tests = tcase_create("books");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, begin, NULL);
    tcase_add_test(tests, a_csv);
    tcase_add_test(tests, a_csv_of_many_and_long_fields);
    tcase_add_test(tests, a_workbook_of_excel);
    tcase_add_test(tests, a_spreadsheet_of_opendocument);
    tcase_add_test(tests, gzip_of_a_csv_and_of_a_workbook);
    tcase_add_test(tests, an_archive_of_several);
    tcase_add_test(tests, an_archive_of_many);
    tcase_add_test(tests, a_glance_at_a_file);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
