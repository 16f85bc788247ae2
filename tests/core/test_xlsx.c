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
    {"<row><c t=\"d\"><v>31 March</v></c></row>", "!a date that holds '31 March'"},
    {"<row><c t=\"b\"><v>2</v></c></row>", "!a boolean that holds '2'"},
    {"<row r=\"\"/>", "!a row with the number ''"},
    {"<row r=\"two\"/>", "!a row with the number 'two'"},
    {"<row r=\"16777216\"/><row/>", "!a row with the number '', expected at most 16777216"},
    {"<row><c r=\"XFD1\"/><c/></row>", "!column 16385 after column 16384"},
    {"<row><c cm=\"1\" s=\"99\"><v>3</v></c></row>", "1:1n 3;"},
    {"<row><c t=\"inlineStr\"><is><rPh><rPh><t>no</t></rPh></rPh><r><t>in</t></r>"
     "<x><x><x><t>no</t></x></x></x></is></c></row>",
     "1:1t in;"},
    {"<row><c t=\"str\"><v>_x00e9__x00E9__xGGGG__y0041__x12345_xD800__x0000_</v></c></row>",
     "1:1t \u00e9\u00e9_xGGGG__y0041__x12345_xD800__x0000_;"},
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

/* A workbook of these sheets and relationships, with a sheet in xl/s.xml. */
static char *workbook(const char *inside, const char *relationships, size_t *length) {
    static char book[1 << 16], relations[1 << 19];
    (void)snprintf(book, sizeof book,
                   "<workbook " SMALL_MAIN " xmlns:r=\"" SMALL_RELATION "\">%s</workbook>", inside);
    (void)snprintf(relations, sizeof relations, SMALL_RELATIONS "%s</Relationships>",
                   relationships);
    const struct small_part parts[] = {
        {"[Content_Types].xml", "<Types/>", 0},
        {"xl/workbook.xml", book, 0},
        {"xl/_rels/workbook.xml.rels", relations, 0},
        {"xl/s.xml",
         "<worksheet " SMALL_MAIN "><sheetData><row><c><v>1</v></c></row></sheetData></worksheet>",
         0},
        {0},
    };
    return small_zip(parts, length);
}

#define SHEET(more)  "<sheets><sheet r:id=\"s\" " more "/></sheets>"
#define RELATES_TO_S "<Relationship Id=\"s\" Type=\"t/worksheet\" Target=\"s.xml\"/>"

static const struct {
    const char *inside, *relationships, *expected;
} workbooks[] = {
    {SHEET("name=\"S\""), RELATES_TO_S, "1:1n 1;"},
    {"<workbookPr date1904=\"true\"/>" SHEET("name=\"S\""), RELATES_TO_S, "1:1n 1;"},
    {"<workbookPr date1904=\"0\"/>" SHEET("name=\"S\""), RELATES_TO_S, "1:1n 1;"},
    {"<workbookPr/>" SHEET("name=\"S\""), RELATES_TO_S, "1:1n 1;"},
    {SHEET("name=\"S\""),
     "<Relationship Type=\"t\" Target=\"x\"/><Relationship Id=\"a\" Target=\"x\"/>"
     "<Relationship Id=\"b\" Type=\"t\"/><Relationship Id=\"s\" Type=\"t/worksheet\" "
     "Target=\"http://x/s.xml\" TargetMode=\"External\"/><Relationship Id=\"s\" "
     "Type=\"t/worksheet\" Target=\"s.xml\" TargetMode=\"Internal\"/>",
     "1:1n 1;"},
    {SHEET(""), RELATES_TO_S, "!the sheet '' has no name or no part"},
    {SHEET("name=\"S\""), "", "!the sheet 'S' has no name or no part"},
    {SHEET("name=\"S\""), "<Relationship Id=\"s\" Type=\"t/worksheet\" Target=\"t.xml\"/>",
     "!the sheet 'S' is in 'xl/t.xml', which is missing"},
    {SHEET("name=\"S\""), "<Relationship Id=\"s\" Type=\"t/chartsheet\" Target=\"s.xml\"/>",
     "!the workbook has no sheet of cells"},
};

START_TEST(a_workbooks_sheets_are_found_by_their_relationships) {
    size_t length;
    char *bytes = workbook(workbooks[_i].inside, workbooks[_i].relationships, &length);
    small_expect(bytes, length, workbooks[_i].expected);
}
END_TEST

START_TEST(a_workbook_has_a_most_of_sheets_and_relationships) {
    static char sheets_of_it[1 << 16], many[1 << 19];
    size_t used = 0, length;
    used += (size_t)snprintf(sheets_of_it, sizeof sheets_of_it, "<sheets>");
    for (int i = 0; i <= BOOK_SHEETS_MAX; i++)
        used += (size_t)snprintf(sheets_of_it + used, sizeof sheets_of_it - used,
                                 "<sheet r:id=\"s\" name=\"%d\"/>", i);
    (void)snprintf(sheets_of_it + used, sizeof sheets_of_it - used, "</sheets>");
    char *bytes = workbook(sheets_of_it, RELATES_TO_S, &length);
    small_expect(bytes, length, "!more than 1024 sheets");
    used = 0;
    for (int i = 0; i <= 4096; i++)
        used += (size_t)snprintf(many + used, sizeof many - used,
                                 "<Relationship Id=\"a%d\" Type=\"t\" Target=\"s.xml\"/>", i);
    bytes = workbook(SHEET("name=\"S\""), many, &length);
    small_expect(bytes, length, "!more than 4096 relationships");
    memset(many, 'x', 3000);
    memcpy(many, "<Relationship Id=\"s\" Type=\"t\" Target=\"", 38);
    memcpy(many + 2000, "\"/>", 4);
    bytes = workbook(SHEET("name=\"S\""), many, &length);
    small_expect(bytes, length, "!or one of 1024 bytes");
}
END_TEST

START_TEST(what_is_no_workbook_of_xlsx_is_named) {
    static const struct {
        const char *target, *reason;
    } kinds[] = {{"xl/workbook.bin", "!binary workbook (.xlsb)"},
                 {"ppt/presentation.xml", "!no workbook; expected .xlsx"},
                 {"word/document.xml", "!no workbook; expected .xlsx"},
                 {"x.txt", "!no workbook; expected .xlsx"}};
    for (size_t i = 0; i < 4; i++) {
        char relations[400];
        (void)snprintf(relations, sizeof relations,
                       SMALL_RELATIONS "<Relationship Id=\"a\" Type=\"t/officeDocument\" "
                                       "Target=\"%s\"/></Relationships>",
                       kinds[i].target);
        const struct small_part parts[] = {{"[Content_Types].xml", "<Types/>", 0},
                                           {"_rels/.rels", relations, 0},
                                           {kinds[i].target, "<x/>", 0},
                                           {0}};
        size_t length;
        char *bytes = small_zip(parts, &length);
        small_expect(bytes, length, kinds[i].reason);
    }
    const struct small_part none[] = {{"[Content_Types].xml", "<Types/>", 0}, {0}};
    size_t length;
    char *bytes = small_zip(none, &length);
    small_expect(bytes, length, "!no workbook; expected .xlsx");
}
END_TEST

START_TEST(shared_strings_have_a_most_of_text) {
    enum { LONG = BOOK_CELL_MAX + 1 };
    char *text = malloc(LONG + 200);
    int head = sprintf(text, "<sst " SMALL_MAIN "><si><t>");
    memset(text + head, 'x', LONG);
    (void)sprintf(text + head + LONG, "</t></si></sst>");
    const struct small_part parts[] = {
        {"[Content_Types].xml", "<Types/>", 0},
        {"xl/workbook.xml",
         "<workbook " SMALL_MAIN " xmlns:r=\"" SMALL_RELATION
         "\">" SHEET("name=\"S\"") "</workbook>",
         0},
        {"xl/_rels/workbook.xml.rels",
         SMALL_RELATIONS RELATES_TO_S
         "<Relationship Id=\"t\" Type=\"t/sharedStrings\" Target=\"t.xml\"/></Relationships>",
         0},
        {"xl/s.xml", "<worksheet " SMALL_MAIN "><sheetData/></worksheet>", 0},
        {"xl/t.xml", text, 0},
        {0},
    };
    size_t length;
    char *bytes = small_zip(parts, &length);
    small_expect(bytes, length, "!a string longer than 1048576 bytes");
    free(text);
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
    tcase_add_loop_test(tests, a_workbooks_sheets_are_found_by_their_relationships, 0,
                        sizeof workbooks / sizeof *workbooks);
    tcase_add_test(tests, a_workbook_has_a_most_of_sheets_and_relationships);
    tcase_add_test(tests, what_is_no_workbook_of_xlsx_is_named);
    tcase_add_test(tests, shared_strings_have_a_most_of_text);
    tcase_add_test(tests, entities_deep_nesting_and_many_names_are_refused);
    tcase_add_loop_test(tests, a_format_with_a_day_or_a_year_is_a_date, 0,
                        sizeof formats / sizeof *formats);
    tcase_add_test(tests, days_become_dates);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
