#include "tests/core/small_book.h"

#define TABLE(name, rows)        "<table:table table:name=\"" name "\">" rows "</table:table>"
#define ROW(cells)               "<table:table-row>" cells "</table:table-row>"
#define CELL(attributes, inside) "<table:table-cell " attributes ">" inside "</table:table-cell>"
#define P(inside)                "<text:p>" inside "</text:p>"
#define TYPE(type)               "office:value-type=\"" type "\" "

static const struct {
    const char *rows, *expected;
} tables[] = {
    {ROW(CELL(TYPE("float") "office:value=\"1234.5\"", P("1,234.5"))
             CELL(TYPE("percentage") "office:value=\"0.1\"", P("10%"))
                 CELL(TYPE("currency") "office:value=\"3\"", P("\u00a33.00"))),
     "1:1n 1234.5;1:2n 0.1;1:3n 3;"},
    {ROW(CELL(TYPE("date") "office:date-value=\"2024-03-31\"", P("31 Mar"))
             CELL(TYPE("date") "office:date-value=\"2024-03-31T12:30:00.5\"", "")
                 CELL(TYPE("boolean") "office:boolean-value=\"true\"", P("YES"))
                     CELL(TYPE("time") "office:time-value=\"PT12H\"", P("12:00"))),
     "1:1d 2024-03-31;1:2d 2024-03-31T12:30:00;1:3b TRUE;1:4t 12:00;"},
    {ROW(CELL(TYPE("string"), P(" a  b<text:s text:c=\"2\"/>c<text:line-break/><text:span>d"
                                "</text:span> ") P("e<text:tab/>f"))),
     "1:1t a b  c\nd\ne\tf;"},
    {ROW(CELL(TYPE("string"), "<office:annotation>" P("no") "</office:annotation>" P(
                                  "yes<text:note>" P("no") "</text:note>"))),
     "1:1t yes;"},
    {ROW(CELL(TYPE("string") "office:string-value=\"full\"", P("shown"))), "1:1t full;"},
    {ROW(CELL(TYPE("string") "calcext:value-type=\"error\" office:string-value=\"\"", P("#N/A"))),
     "1:1e #N/A;"},
    {ROW("<table:table-cell table:number-columns-repeated=\"2\"/>" CELL(
         "table:number-columns-repeated=\"3\"", P("x"))
             CELL("", P("y")) "<table:table-cell table:number-columns-repeated=\"16384\"/>"),
     "1:3t x;1:4t x;1:5t x;1:6t y;"},
    {ROW(CELL("table:number-columns-spanned=\"2\"",
              P("title")) "<table:covered-table-cell "
                          "table:number-columns-repeated=\"2\">" P(
                              "under") "</table:covered-table-cell>" CELL("", P("z"))),
     "1:1t title;1:4t z;"},
    {"<table:table-row table:number-rows-repeated=\"1048576\"><table:table-cell/>"
     "</table:table-row>" ROW(CELL("", P("x"))),
     "1048577:1t x;"},
    {"<table:table-header-rows><table:table-row table:number-rows-repeated=\"2\">" CELL(
         "", P("x")) "</table:table-row></"
                     "table:table-header-rows><table:table-row-group>" ROW(CELL("", P("y"))) "</"
                                                                                             "tab"
                                                                                             "le:"
                                                                                             "tab"
                                                                                             "le-"
                                                                                             "row"
                                                                                             "-gr"
                                                                                             "oup"
                                                                                             ">",
     "1:1t x;2:1t x;3:1t y;"},
    {"<table:shapes><table:table-row>" CELL("", P("no")) "</table:table-row></table:shapes>" ROW(
         CELL("", P("x") "<table:table>" ROW(CELL("", P("no"))) "</table:table>")),
     "1:1t x;"},
    {ROW(CELL("table:number-columns-repeated=\"16385\"", P("x"))), "!beyond column 16384"},
    {"<table:table-row table:number-rows-repeated=\"16777217\">" CELL("",
                                                                      P("x")) "</"
                                                                              "table:table-row>",
     "!more than 16777216 rows"},
    {"<table:table-row table:number-rows-repeated=\"16777216\">" CELL(
         "table:number-columns-repeated=\"16384\"", P("x")) "</table:table-row>",
     "!repetitions that make more"},
    {ROW(CELL("table:number-columns-repeated=\"-1\"", P("x"))), "!repetition of '-1'"},
    {ROW(CELL("", "<text:p><text:s text:c=\"99999999\"/></text:p>")), "!cell of 99999999 spaces"},
    {ROW(CELL(TYPE("float") "office:value=\"NaN\"", "")), "!holds 'NaN'"},
    {ROW(CELL(TYPE("date") "office:date-value=\"2024-13-01\"", "")), "!holds '2024-13-01'"},
    {ROW(CELL(TYPE("odd"), "")), "!type 'odd'"},
    {ROW(CELL(TYPE("boolean") "office:boolean-value=\"false\"", "")), "1:1b FALSE;"},
    {ROW(CELL(TYPE("boolean") "office:boolean-value=\"maybe\"", "")),
     "!boolean that holds 'maybe'"},
    /* Types without a value are empty, whatever shows. */
    {ROW(CELL(TYPE("float"), P("1")) CELL(TYPE("date"), P("1 May")) CELL(TYPE("boolean"), P("Y"))
             CELL("", P("x"))),
     "1:4t x;"},
    {ROW(CELL(TYPE("float") "calcext:value-type=\"error\" office:value=\"0\" a=\"b\"", P("#N/A"))),
     "1:1n 0;"},
    {ROW(CELL("", P("a<text:ruby-text>no</text:ruby-text><office:annotation>no"
                    "</office:annotation><text:a>b</text:a>"))),
     "1:1t ab;"},
    {ROW(CELL("", P("a<text:s text:style-name=\"n\"/>b") P("") P("c") P("  "))),
     "1:1t a b\n\nc\n;"},
    {ROW(CELL("", P("a<text:s text:c=\"-1\"/>"))), "!repetition of '-1'"},
    {ROW(CELL("", P("<text:s text:c=\"1048576\"/>x"))), "!more than 1048576 bytes"},
    {ROW(CELL("", P("<text:s text:c=\"1048576\"/> x"))), "!more than 1048576 bytes"},
    {ROW(CELL("", P("<text:s text:c=\"1048576\"/><text:tab/>"))), "!more than 1048576 bytes"},
    {ROW(CELL("", P("<text:s text:c=\"1048576\"/>") P("x"))), "!more than 1048576 bytes"},
    {"<table:table-rows>" ROW(
         "<table:other/><text:p>no</text:p>" CELL("", P("x"))) "</table:table-rows>"
                                                               "<text:p>no</text:p>",
     "1:1t x;"},
    {ROW("<table:table-cell table:number-columns-repeated=\"16384\"/>"
         "<table:table-cell table:number-columns-repeated=\"16384\"/>" CELL("", P("x"))),
     "!beyond column 16384"},
};

START_TEST(cells_are_read_as_they_are_stored) {
    static char table[1 << 12];
    (void)snprintf(table, sizeof table, TABLE("T", "%s"), tables[_i].rows);
    size_t length;
    char *bytes = small_ods("", table, &length);
    small_expect(bytes, length, tables[_i].expected);
}
END_TEST

static const char styles[] = "<style:style style:name=\"h\" style:family=\"table\">"
                             "<style:table-properties table:display=\"false\"/></style:style>"
                             "<style:style style:name=\"s\" style:family=\"table\">"
                             "<style:table-properties table:display=\"true\"/></style:style>";
static const char several[] =
    "<table:table table:name=\"A\" table:style-name=\"s\">" ROW(CELL("", P("a"))) ROW(CELL(
        "", P("b"))) "</table:table>"
                     "<table:table table:name=\"B\" table:style-name=\"h\">" ROW(CELL(
                         "", P("c"))) "</table:table>"
                                      "<table:table "
                                      "table:name=\"'file:///x.ods'#A\"><table:table-source/"
                                      ">" ROW(CELL("", P("d"))) "</table:table><table:table "
                                                                "table:name=\"D\">" ROW(CELL(
                                                                    "", P("e"))) "</table:table>";

START_TEST(hidden_tables_and_copies_of_linked_ones_are_marked) {
    size_t length;
    struct fault fault;
    char *bytes = small_ods(styles, several, &length);
    struct book *book = book_open("b.ods", bytes, length, BOOK_UTF8, &fault);
    ck_assert_msg(book != NULL, "%s", fault.text);
    ck_assert_uint_eq(book_sheets(book), 4);
    static const bool hidden[] = {false, true, true, false};
    for (size_t i = 0; i < 4; i++)
        ck_assert_int_eq(book_sheet(book, i)->hidden, hidden[i]);
    ck_assert_str_eq(book_sheet(book, 3)->name, "D");
    book_destroy(&book);
    free(bytes);
}
END_TEST

START_TEST(what_stands_between_tables_is_passed_over) {
    size_t length;
    char *bytes = small_ods("<style:style style:family=\"table\"/><style:style style:name=\"p\"/>"
                            "<style:style style:name=\"t\" "
                            "style:family=\"table\"><style:table-properties/></style:style>",
                            "<table:calculation-settings/><text:p>no</text:p>" TABLE(
                                "'https://x/y.ods'#A", ROW(CELL("", P("x")))),
                            &length);
    struct fault fault;
    struct book *book = book_open("b.ods", bytes, length, BOOK_UTF8, &fault);
    ck_assert_uint_eq(book_sheets(book), 1);
    ck_assert(book_sheet(book, 0)->hidden); /* a copy of another's table */
    book_destroy(&book);
    small_expect(bytes, length, "1:1t x;");
}
END_TEST

START_TEST(a_spreadsheet_has_a_most_of_tables) {
    static char tables_of_it[1 << 15];
    for (int i = 0; i <= BOOK_SHEETS_MAX; i++)
        memcpy(tables_of_it + 14L * i, "<table:table/>", 15);
    size_t length;
    char *bytes = small_ods("", tables_of_it, &length);
    small_expect(bytes, length, "!more than 1024 tables");
}
END_TEST

static void expect_first(struct book *book, size_t sheet, const char *text) {
    struct fault fault;
    struct row row;
    struct rows *rows = rows_open(book, sheet, 0, &fault);
    ck_assert_ptr_nonnull(rows);
    ck_assert_int_eq(rows_next(rows, &row, &fault), ROWS_ROW);
    ck_assert_str_eq(row.cells[0].text, text);
    ck_assert_uint_eq(row.number, 1);
    rows_destroy(&rows);
}

START_TEST(tables_are_read_in_any_order_and_left_half_way) {
    size_t length;
    struct fault fault;
    char *bytes = small_ods(styles, several, &length);
    struct book *book = book_open("b.ods", bytes, length, BOOK_UTF8, &fault);
    struct rows *beside = rows_open(book, 1, 0, &fault);
    static const size_t order[] = {0, 2, 3, 0, 1, 3, 3, 2, 0};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        expect_first(book, order[i], (const char *[]){"a", "c", "d", "e"}[order[i]]);
    struct row row;
    ck_assert_int_eq(rows_next(beside, &row, &fault), ROWS_ROW);
    ck_assert_str_eq(row.cells[0].text, "c");
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(rows_next(beside, &row, &fault), ROWS_END);
    rows_destroy(&beside);
    book_destroy(&book);
    free(bytes);
}
END_TEST

START_TEST(what_is_no_spreadsheet_is_refused) {
    char *bytes;
    size_t length;
    const struct small_part text[] = {{"mimetype", "application/vnd.oasis.opendocument.text", 0},
                                      {"content.xml", "<a/>", 0},
                                      {0}};
    bytes = small_zip(text, &length);
    small_expect(bytes, length, "!no spreadsheet");
    const struct small_part locked[] = {
        {"mimetype", "application/vnd.oasis.opendocument.spreadsheet", 0},
        {"META-INF/manifest.xml", "<manifest:encryption-data/>", 0},
        {"content.xml", "\x01\x02", 0},
        {0}};
    bytes = small_zip(locked, &length);
    small_expect(bytes, length, "!encrypted");
    const struct small_part plain[] = {
        {"mimetype", "application/vnd.oasis.opendocument.spreadsheet", 0},
        {"META-INF/manifest.xml", "<manifest:manifest/>", 0},
        {0}};
    bytes = small_zip(plain, &length);
    small_expect(bytes, length, "!content.xml");
    bytes = small_zip(locked, &length);
    for (size_t i = 0; i + 30 < length;
         i++) { /* the archive's own encryption: bit 0 of the flags */
        if (memcmp(bytes + i, "PK\x01\x02", 4) == 0)
            bytes[i + 8] |= 1;
    }
    small_expect(bytes, length, "!is encrypted");
    bytes = small_ods("", "", &length);
    small_expect(bytes, length, "!has no table");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("ods");
    TCase *tests = tcase_create("ods");
    tcase_add_loop_test(tests, cells_are_read_as_they_are_stored, 0,
                        sizeof tables / sizeof *tables);
    tcase_add_test(tests, hidden_tables_and_copies_of_linked_ones_are_marked);
    tcase_add_test(tests, what_stands_between_tables_is_passed_over);
    tcase_add_test(tests, a_spreadsheet_has_a_most_of_tables);
    tcase_add_test(tests, tables_are_read_in_any_order_and_left_half_way);
    tcase_add_test(tests, what_is_no_spreadsheet_is_refused);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
