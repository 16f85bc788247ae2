#include "tests/core/small_book.h"

static struct fault fault;

static const struct {
    const char *bytes;
    size_t length; /* 0: to the NUL */
    const char *reason;
} refused[] = {
    {"", 0, "empty"},
    {"%PDF-1.7", 0, "a PDF"},
    {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 more", 0, "Excel 97-2003"},
    {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e", 40,
     "with a password"},
    {"\xef\xbb\xbf \n<!DOCTYPE HTML><html>", 0, "a web page"},
    {"<HTML>", 0, "a web page"},
    {"<?xml version=\"1.0\"?>", 0, "XML"},
    {"{\"a\":1}", 0, "JSON"},
    {"\xff\xfe"
     "a\0",
     4, "UTF-16"},
    {"PAR1\x15", 0, "Parquet"},
    {"7z\xbc\xaf\x27\x1c", 0, "7-Zip"},
    {"PK\x03\x04 and no more", 0, "cannot be read as a zip archive"},
    {"\x1f\x8b\x08", 0, "ends too early"},
};

START_TEST(what_is_no_table_is_named_for_what_it_is) {
    size_t length = refused[_i].length ? refused[_i].length : strlen(refused[_i].bytes);
    ck_assert_ptr_null(book_open("f", refused[_i].bytes, length, BOOK_UTF8, &fault));
    ck_assert_msg(strstr(fault.text, refused[_i].reason) != NULL, "%s", fault.text);
}
END_TEST

START_TEST(a_csv_is_a_book_of_one_sheet_without_a_name) {
    static const char text[] = "a;b\n\n;\n1;\n";
    struct book *book = book_open("a.csv", text, sizeof text - 1, BOOK_UTF8, &fault);
    ck_assert_uint_eq(book_sheets(book), 1);
    ck_assert_ptr_null(book_sheet(book, 0)->name);
    ck_assert_ptr_null(book_sheet(book, 0)->member);
    char *bytes = NULL;
    size_t length = 1;
    ck_assert(book_member(book, "a.csv", &bytes, &length, &fault) && !bytes && length == 0);
    book_destroy(&book);
    char *found = small_read(text, sizeof text - 1, 0, BOOK_UTF8);
    ck_assert_str_eq(found, "1:1t a;1:2t b;4:1t 1;4:2t ;");
    free(found);
}
END_TEST

/* Words that some format begins with are no reason to refuse a table. */
START_TEST(a_csv_may_begin_like_something_else) {
    static const char *const texts[] = {"PAR1,a\n", "GIF8,a\n", "BZh,a\n", "Rar!,a\n", "PK,a\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct book *book = book_open("a.csv", texts[i], strlen(texts[i]), BOOK_UTF8, &fault);
        ck_assert_msg(book != NULL, "%s: %s", texts[i], fault.text);
        book_destroy(&book);
    }
}
END_TEST

START_TEST(a_given_separator_is_used_and_another_refused) {
    struct book *book = book_open("a.csv", "a;b,c", 5, BOOK_UTF8, &fault);
    struct row row;
    for (const char *comma = ",;\t"; *comma; comma++) {
        struct rows *rows = rows_open(book, 0, *comma, &fault);
        ck_assert_int_eq(rows_next(rows, &row, &fault), ROWS_ROW);
        ck_assert_uint_eq(row.count, *comma == '\t' ? 1 : 2);
        ck_assert_str_eq(row.cells[0].text, *comma == ',' ? "a;b" : *comma == ';' ? "a" : "a;b,c");
        rows_destroy(&rows);
    }
    ck_assert_ptr_null(rows_open(book, 0, 'x', &fault));
    ck_assert_msg(strstr(fault.text, "separator") != NULL, "%s", fault.text);
    book_destroy(&book);
}
END_TEST

START_TEST(a_bad_row_has_its_place) {
    struct book *book = book_open("a.csv", "a,b\n1,\"2\n", 9, BOOK_UTF8, &fault);
    struct rows *rows = rows_open(book, 0, 0, &fault);
    struct row row;
    ck_assert_int_eq(rows_next(rows, &row, &fault), ROWS_ROW);
    ck_assert_int_eq(rows_next(rows, &row, &fault), ROWS_BAD);
    ck_assert_uint_eq(rows_number(rows), 2);
    ck_assert_uint_eq(rows_column(rows), 3);
    rows_destroy(&rows);
    book_destroy(&book);
    size_t length;
    char *bytes = small_xlsx("<row r=\"7\"><c r=\"C7\"><v>x</v></c></row>", "", "", &length);
    book = book_open("a.xlsx", bytes, length, BOOK_UTF8, &fault);
    rows = rows_open(book, 0, 0, &fault);
    ck_assert_int_eq(rows_next(rows, &row, &fault), ROWS_BAD);
    ck_assert_uint_eq(rows_number(rows), 7);
    ck_assert_uint_eq(rows_column(rows), 3);
    ck_assert_int_eq(rows_next(rows, &row, &fault), ROWS_BAD); /* and stays so */
    ck_assert_ptr_nonnull(strstr(fault.text, "holds 'x'"));
    rows_destroy(&rows);
    book_destroy(&book);
    free(bytes);
}
END_TEST

START_TEST(an_archive_is_a_book_of_its_files_sheets) {
    size_t length, workbook_length;
    char *workbook = small_xlsx("<row><c><v>5</v></c></row>", "", "", &workbook_length);
    const struct small_part parts[] = {{"data/a.csv", "x,y\n", 0},
                                       {"data/b.xlsx", workbook, workbook_length},
                                       {"datapackage.json", "{}", 0},
                                       {"__MACOSX/data/._a.csv", "\1", 0},
                                       {"data/c.tsv", "p\tq\n", 0},
                                       {"data/.DS_Store", "\1", 0},
                                       {0}};
    char *bytes = small_zip(parts, &length);
    struct book *book = book_open("a.zip", bytes, length, BOOK_UTF8, &fault);
    ck_assert_msg(book != NULL, "%s", fault.text);
    ck_assert_uint_eq(book_sheets(book), 3);
    ck_assert_str_eq(book_sheet(book, 0)->member, "data/a.csv");
    ck_assert_str_eq(book_sheet(book, 1)->member, "data/b.xlsx");
    ck_assert_str_eq(book_sheet(book, 1)->name, "S");
    char *json;
    size_t json_length;
    ck_assert(book_member(book, "datapackage.json", &json, &json_length, &fault));
    ck_assert_str_eq(json, "{}");
    free(json);
    book_destroy(&book);
    static const char *const found[] = {"1:1t x;1:2t y;", "1:1n 5;", "1:1t p;1:2t q;"};
    for (size_t i = 0; i < 3; i++) {
        char *rows = small_read(bytes, length, i, BOOK_UTF8);
        ck_assert_str_eq(rows, found[i]);
        free(rows);
    }
    free(bytes);
    free(workbook);
}
END_TEST

static const struct {
    const char *name, *bytes, *reason;
} members[] = {
    {"a.zip", "x", "holds the archive 'a.zip'"},
    {"a.csv", "PK\x03\x04", "packed itself"},
    {"a.csv", "%PDF-", "a PDF"},
    {"a.xlsx", "a,b", "no workbook"},
    {"a.ods", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel 97-2003"},
    {"a.xls", "x", "without a CSV, XLSX or ODS file; it holds 'a.xls'"},
    {"noending", "x", "without a CSV, XLSX or ODS file; it holds 'noending'"},
    {".hidden.csv", "x", "is an archive without a CSV, XLSX or ODS file"},
    {"a.csv", "\x1f\x8b\x08", "'a.csv': is packed itself"},
    {"a.xlsx", "PK\x03\x04 and no more", "'a.xlsx': cannot be read as a zip archive"},
};

START_TEST(an_archive_of_something_else_is_refused) {
    const struct small_part parts[] = {{members[_i].name, members[_i].bytes, 0}, {0}};
    size_t length;
    char *bytes = small_zip(parts, &length);
    ck_assert_ptr_null(book_open("a.zip", bytes, length, BOOK_UTF8, &fault));
    ck_assert_msg(strstr(fault.text, members[_i].reason) != NULL, "%s", fault.text);
    free(bytes);
}
END_TEST

START_TEST(folders_in_an_archive_are_no_files) {
    const struct small_part parts[] = {{"data/a.csv", "x\n", 0}, {"data/", "", 0}, {0}};
    size_t length;
    char *bytes = small_zip(parts, &length);
    small_expect(bytes, length, "1:1t x;");
    const struct small_part none[] = {{"data/", "", 0}, {0}};
    bytes = small_zip(none, &length);
    ck_assert_ptr_null(book_open("a.zip", bytes, length, BOOK_UTF8, &fault));
    ck_assert_str_eq(fault.text, "is an archive without a CSV, XLSX or ODS file");
    free(bytes);
}
END_TEST

START_TEST(a_workbook_inside_an_archive_is_checked_too) {
    size_t inner, length;
    char *ods = small_ods("",
                          "<table:table table:name=\"T\"><table:table-row><table:table-cell>"
                          "<text:p>x</text:p></table:table-cell></table:table-row></table:table>",
                          &inner);
    const struct small_part good[] = {{"t.ods", ods, inner}, {0}};
    char *bytes = small_zip(good, &length);
    small_expect(bytes, length, "1:1t x;");
    const struct small_part nothing[] = {{"x.txt", "x", 0}, {0}};
    free(ods);
    char *zip = small_zip(nothing, &inner);
    const struct small_part bad[] = {{"t.ods", zip, inner}, {0}};
    bytes = small_zip(bad, &length);
    small_expect(bytes, length, "!'t.ods': is an archive inside an archive");
    free(zip);
    const struct small_part other[] = {{"mimetype", "text/plain", 0}, {"a.csv", "x\n", 0}, {0}};
    bytes = small_zip(other, &length);
    small_expect(bytes, length, "1:1t x;");
}
END_TEST

START_TEST(a_book_has_a_most_of_sheets) {
    size_t length, inner;
    char *workbook = small_xlsx("<row><c><v>5</v></c></row>", "", "", &inner);
    static char names[BOOK_SHEETS_MAX + 1][16];
    static struct small_part parts[BOOK_SHEETS_MAX + 2];
    for (int i = 0; i <= BOOK_SHEETS_MAX; i++) {
        (void)snprintf(names[i], sizeof *names, "%d.csv", i);
        parts[i] = (struct small_part){names[i], "x", 0};
    }
    char *bytes = small_zip(parts, &length);
    small_expect(bytes, length, "!more than 1024 sheets");
    parts[BOOK_SHEETS_MAX] = (struct small_part){"z.xlsx", workbook, inner};
    bytes = small_zip(parts, &length);
    small_expect(bytes, length, "!more than 1024 sheets");
    free(workbook);
}
END_TEST

START_TEST(a_member_that_cannot_be_unpacked_says_why) {
    const struct small_part parts[] = {{"a.csv", "x\n", 0}, {"p.json", "{}", 0}, {0}};
    size_t length, got;
    char *bytes = small_zip(parts, &length), *json;
    for (size_t i = length - 3; i-- > 30;) { /* bit 0 of the flags of the last: encrypted */
        if (memcmp(bytes + i, "PK\x01\x02", 4) == 0) {
            bytes[i + 8] |= 1;
            break;
        }
    }
    struct book *book = book_open("a.zip", bytes, length, BOOK_UTF8, &fault);
    ck_assert_msg(book != NULL, "%s", fault.text);
    ck_assert(!book_member(book, "p.json", &json, &got, &fault));
    ck_assert_ptr_nonnull(strstr(fault.text, "'p.json' in the archive is encrypted"));
    ck_assert(book_member(book, "q.json", &json, &got, &fault) && !json);
    book_destroy(&book);
    free(bytes);
}
END_TEST

START_TEST(a_document_that_is_no_workbook_is_refused) {
    const struct small_part word[] = {{"[Content_Types].xml", "<Types/>", 0},
                                      {"_rels/.rels",
                                       "<R><Relationship Id=\"a\" Type=\"t/officeDocument\" "
                                       "Target=\"word/document.xml\"/></R>",
                                       0},
                                      {"word/document.xml", "<d/>", 0},
                                      {0}};
    size_t length;
    char *bytes = small_zip(word, &length);
    small_expect(bytes, length, "!no workbook");
    ck_assert_ptr_null(book_open("a.xlsx", "a,b\n", 4, BOOK_UTF8, &fault));
    ck_assert_ptr_nonnull(strstr(fault.text, "whatever its name says"));
}
END_TEST

START_TEST(the_encoding_is_the_callers) {
    static const char bytes[] = "\xa3,\x80\n";
    char *found = small_read(bytes, sizeof bytes - 1, 0, BOOK_WINDOWS_1252);
    ck_assert_str_eq(found, "1:1t \u00a3;1:2t \u20ac;");
    free(found);
    found = small_read(bytes, sizeof bytes - 1, 0, BOOK_UTF8);
    ck_assert_ptr_nonnull(strstr(found, "not UTF-8"));
    free(found);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("book");
    TCase *tests = tcase_create("book");
    tcase_set_timeout(tests, 30);
    tcase_add_loop_test(tests, what_is_no_table_is_named_for_what_it_is, 0,
                        sizeof refused / sizeof *refused);
    tcase_add_test(tests, a_csv_is_a_book_of_one_sheet_without_a_name);
    tcase_add_test(tests, a_csv_may_begin_like_something_else);
    tcase_add_test(tests, a_given_separator_is_used_and_another_refused);
    tcase_add_test(tests, a_bad_row_has_its_place);
    tcase_add_test(tests, an_archive_is_a_book_of_its_files_sheets);
    tcase_add_loop_test(tests, an_archive_of_something_else_is_refused, 0,
                        sizeof members / sizeof *members);
    tcase_add_test(tests, folders_in_an_archive_are_no_files);
    tcase_add_test(tests, a_workbook_inside_an_archive_is_checked_too);
    tcase_add_test(tests, a_book_has_a_most_of_sheets);
    tcase_add_test(tests, a_member_that_cannot_be_unpacked_says_why);
    tcase_add_test(tests, a_document_that_is_no_workbook_is_refused);
    tcase_add_test(tests, the_encoding_is_the_callers);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
