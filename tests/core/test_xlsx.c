#include "core/serial_date.h"
#include "tests/core/small_book.h"

static const char strings[] = "<si><t>one</t></si><si><r><t>t</t></r><r><rPr/><t>wo</t></r>"
                              "<rPh sb=\"0\" eb=\"1\"><t>no</t></rPh></si><si/>"
                              "<si><t xml:space=\"preserve\"> a_x000D_b_x005F_ </t></si>";
static const char styles[] =
    "<numFmts><numFmt numFmtId=\"164\" formatCode=\"dd/mm/yyyy\"/>"
    "<numFmt numFmtId=\"165\" formatCode=\"[h]:mm\"/></numFmts><cellStyleXfs><xf numFmtId=\"14\"/>"
    "</cellStyleXfs><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"164\"/>"
    "<xf numFmtId=\"165\"/></cellXfs>";

static const struct {
    const char *rows, *expected;
} sheets[] = {
    {"<row r=\"2\"><c r=\"B2\" t=\"s\"><v>0</v></c><c r=\"D2\" t=\"s\"><v>1</v></c></row>",
     "2:2t one;2:4t two;"},
    {"<row><c t=\"s\"><v>0</v></c><c><v>1.50</v></c></row><row/><row><c><v>-2E-3</v></c></row>",
     "1:1t one;1:2n 1.50;3:1n -2E-3;"},
    {"<row><c t=\"s\"><v>2</v></c><c s=\"1\"/><c><v></v></c><c t=\"s\"><v>3</v></c></row>",
     "1:4t  a\rb_ ;"},
    {"<row><c t=\"str\"><f>A1&amp;\"x\"</f><v>r &lt; s</v></c><c t=\"b\"><v>1</v></c>"
     "<c t=\"b\"><v>0</v></c><c t=\"e\"><v>#N/A</v></c><c><f>1+1</f><v>2</v></c></row>",
     "1:1t r < s;1:2b TRUE;1:3b FALSE;1:4e #N/A;1:5n 2;"},
    {"<row><c t=\"inlineStr\"><is><t>in</t></is></c><c t=\"inlineStr\"><is><r><t>l</t></r><r>"
     "<t>ine</t></r><rPh><t>no</t></rPh></is></c></row>",
     "1:1t in;1:2t line;"},
    {"<row><c s=\"1\"><v>45382</v></c><c s=\"2\"><v>45382.5</v></c><c s=\"3\"><v>0.5</v></c>"
     "<c s=\"1\"><v>60</v></c><c s=\"1\"><v>59</v></c><c s=\"1\"><v>-1</v></c>"
     "<c t=\"d\"><v>2024-03-31T00:00:00</v></c></row>",
     "1:1d 2024-03-31;1:2d 2024-03-31T12:00:00;1:3n 0.5;1:4n 60;1:5d 1900-02-28;1:6n -1;"
     "1:7d 2024-03-31;"},
    {"<row r=\"5\"><c><v>1</v></c></row><row r=\"4\"/>", "!row 4 after row 5"},
    {"<row r=\"5\"><c r=\"B5\"><v>1</v></c><c r=\"A5\"/></row>", "!in order"},
    {"<row r=\"5\"><c r=\"B6\"/></row>", "!'B6' in row 5"},
    {"<row r=\"5\"><c r=\"XFE5\"/></row>", "!'XFE5'"},
    {"<row r=\"99999999999999999999\"/>", "!the number '99999999999999999999'"},
    {"<row r=\"16777217\"/>", "!at most 16777216"},
    {"<row><c t=\"s\"><v>4</v></c></row>", "!shared string '4', of 4"},
    {"<row><c t=\"s\"><v>-1</v></c></row>", "!shared string '-1'"},
    {"<row><c><v>twelve</v></c></row>", "!holds 'twelve'"},
    {"<row><c t=\"q\"><v>1</v></c></row>", "!type 'q'"},
    {"<row><c><v>1</v></row>", "!mismatched tag"},
};

START_TEST(cells_are_read_as_they_are_stored) {
    size_t length;
    char *bytes = small_xlsx(sheets[_i].rows, strings, styles, &length);
    small_expect(bytes, length, sheets[_i].expected);
}
END_TEST

START_TEST(sheets_have_names_order_and_may_be_hidden) {
    const struct small_part parts[] = {
        {"[Content_Types].xml", "<Types/>", 0},
        {"xl/workbook.xml",
         "<x:workbook xmlns:x=\"http://purl.oclc.org/ooxml/spreadsheetml/main\" "
         "xmlns:q=\"http://purl.oclc.org/ooxml/officeDocument/relationships\">"
         "<x:workbookPr date1904=\"1\"/><x:sheets>"
         "<x:sheet name=\"Two &amp; more\" q:id=\"b\"/><x:sheet name=\"Chart\" q:id=\"c\"/>"
         "<x:sheet name=\"H\" q:id=\"a\" state=\"veryHidden\"/></x:sheets></x:workbook>",
         0},
        {"xl/_rels/workbook.xml.rels",
         "<Relationships><Relationship Id=\"a\" Type=\"t/worksheet\" Target=\"/xl/one.xml\"/>"
         "<Relationship Id=\"b\" Type=\"t/worksheet\" Target=\"./deep/../two.xml\"/>"
         "<Relationship Id=\"c\" Type=\"t/chartsheet\" Target=\"c.xml\"/>"
         "<Relationship Id=\"u\" Type=\"t/styles\" Target=\"u.xml\"/></Relationships>",
         0},
        {"xl/one.xml", "<w/>", 0},
        {"XL/two.xml",
         "<x:worksheet xmlns:x=\"http://purl.oclc.org/ooxml/spreadsheetml/main\"><x:sheetData>"
         "<x:row><x:c s=\"0\"><x:v>0</x:v></x:c></x:row></x:sheetData></x:worksheet>",
         0},
        {"xl/u.xml",
         "<x:styleSheet xmlns:x=\"http://purl.oclc.org/ooxml/spreadsheetml/main\"><x:cellXfs>"
         "<x:xf numFmtId=\"14\"/></x:cellXfs></x:styleSheet>",
         0},
        {0},
    };
    size_t length;
    struct fault fault;
    char *bytes = small_zip(parts, &length);
    struct book *book = book_open("b.xlsx", bytes, length, BOOK_UTF8, &fault);
    ck_assert_msg(book != NULL, "%s", fault.text);
    ck_assert_uint_eq(book_sheets(book), 2);
    ck_assert_str_eq(book_sheet(book, 0)->name, "Two & more");
    ck_assert(!book_sheet(book, 0)->hidden && book_sheet(book, 1)->hidden);
    ck_assert_ptr_null(book_sheet(book, 0)->member);
    book_destroy(&book);
    small_expect(bytes, length, "1:1d 1904-01-01;");
}
END_TEST

START_TEST(entities_deep_nesting_and_many_names_are_refused) {
    char *bytes;
    size_t length;
    enum { DEEP = 300, NAMES = 2100 };
    char rows[DEEP * 3 + 1] = "", names[NAMES * 12] = "";
    for (int i = 0; i < DEEP; i++)
        memcpy(rows + 3L * i, "<a>", 4);
    bytes = small_xlsx(rows, "", "", &length);
    small_expect(bytes, length, "!deeper than");
    size_t used = 0;
    for (int i = 0; i < NAMES; i++)
        used += (size_t)snprintf(names + used, sizeof names - used, "<a%d/>", i);
    bytes = small_xlsx(names, "", "", &length);
    small_expect(bytes, length, "!different names");
    const struct small_part parts[] = {
        {"[Content_Types].xml", "<Types/>", 0},
        {"xl/workbook.xml",
         "<!DOCTYPE a [<!ENTITY b \"bbbbbbbbbb\"><!ENTITY c \"&b;&b;&b;\">]><a>&c;</a>", 0},
        {0},
    };
    bytes = small_zip(parts, &length);
    small_expect(bytes, length, "!document type declaration");
}
END_TEST

static const struct {
    const char *code;
    bool is_date;
} formats[] = {
    {"General", false},         {"0.00", false},         {"yyyy-mm-dd", true},
    {"mmm-yy", true},           {"mmmm", true},          {"h:mm", false},
    {"[h]:mm:ss", false},       {"mm:ss", false},        {"[Red]0;dd", false},
    {"\"day\" 0", false},       {"0\\d", false},         {"[$-F800]dddd\\,\\ mmmm dd", true},
    {"#,##0_d", false},         {"\"unclosed d", false}, {"[unclosed d", false},
    {"dd/mm/yyyy hh:mm", true}, {"\\", false},
};

START_TEST(a_format_with_a_day_or_a_year_is_a_date) {
    ck_assert_int_eq(format_is_date(formats[_i].code), formats[_i].is_date);
}
END_TEST

START_TEST(days_become_dates) {
    char out[SERIAL_DATE_ROOM];
    ck_assert(serial_date(1, false, out));
    ck_assert_str_eq(out, "1900-01-01");
    ck_assert(serial_date(61, false, out));
    ck_assert_str_eq(out, "1900-03-01");
    ck_assert(serial_date(2958465, false, out));
    ck_assert_str_eq(out, "9999-12-31");
    ck_assert(serial_date(36585, false, out));
    ck_assert_str_eq(out, "2000-02-29");
    ck_assert(serial_date(45382.9999999, false, out)); /* rounds to midnight */
    ck_assert_str_eq(out, "2024-04-01");
    ck_assert(serial_date(43920, true, out));
    ck_assert_str_eq(out, "2024-03-31");
    ck_assert(!serial_date(2958466, false, out));
    ck_assert(!serial_date(2958465.9999999, false, out));
    ck_assert(!serial_date(2958465, true, out));
    ck_assert(!serial_date(0.5, false, out));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("xlsx");
    TCase *tests = tcase_create("xlsx");
    tcase_add_loop_test(tests, cells_are_read_as_they_are_stored, 0,
                        sizeof sheets / sizeof *sheets);
    tcase_add_test(tests, sheets_have_names_order_and_may_be_hidden);
    tcase_add_test(tests, entities_deep_nesting_and_many_names_are_refused);
    tcase_add_loop_test(tests, a_format_with_a_day_or_a_year_is_a_date, 0,
                        sizeof formats / sizeof *formats);
    tcase_add_test(tests, days_become_dates);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
