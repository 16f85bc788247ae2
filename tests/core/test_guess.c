/* Descriptions that are drafted from files of each shape: they are read back as a description. */
#include "core/description.h"
#include "core/guess.h"
#include "tests/core/small_book.h"
#include "tests/suite.h"

#include <string.h>

static char *yaml;
static struct description *drafted;

static void end(void) {
    description_destroy(&drafted);
    free(yaml);
    yaml = NULL;
}

static const struct layout *draft_of(const char *name, const char *file, size_t length) {
    struct fault fault = {0};
    size_t size;
    struct publication *publication = publication_new(name, file, length);
    FILE *out = open_memstream(&yaml, &size);
    bool good = guess_description(publication, out, &fault);
    ck_assert_int_eq(fclose(out), 0);
    publication_destroy(&publication);
    ck_assert_msg(good, "%s", fault.text);
    drafted = description_read("draft", yaml, size, &fault);
    ck_assert_msg(drafted != NULL, "%s\n%s", fault.text, yaml);
    ck_assert_uint_eq(drafted->n_layouts, 1);
    return &drafted->layouts[0];
}

static const struct layout *draft(const char *file, size_t length) {
    return draft_of("d/pay-2021.csv", file, length);
}

static void is_column(const struct layout *layout, enum column_role role, const char *heading) {
    ck_assert_msg(layout->columns[role].n == (heading != NULL), "%s", yaml);
    if (heading)
        ck_assert_str_eq(layout->columns[role].list[0], heading);
}

static void says(const char *text) {
    ck_assert_msg(strstr(yaml, text) != NULL, "no '%s' in\n%s", text, yaml);
}

START_TEST(a_long_table_with_filters_limits_and_status) {
    static const char file[] =
        "All about pay,,,,,,,,\n"
        "\n"
        "Sex,Sex code,Area name,Area code,Year,Rate,Lower CI,Upper CI,Marker\n"
        "Men,M,Hartlepool,E06000001,2020,1,0,2,\n"
        "All people,T,Hartlepool,E06000001,2020,12,10,14,r\n"
        "Men,M,Hartlepool,E06000001,2021,3,2,4,\n"
        "All people,T,Hartlepool,E06000001,2021,15,13,17,\n"
        "Men,M,Middlesbrough,E06000002,2021,4,3,5,\n"
        "All people,T,Middlesbrough,E06000002,2021,,,,c\n"
        "All people,T,England,E92000001,2021,900,890,910,\n"
        "Source: somebody,,,,,,,,\n";
    const struct layout *layout = draft(file, strlen(file));
    is_column(layout, ROLE_CODE, "area code");
    is_column(layout, ROLE_NAME, "area name");
    is_column(layout, ROLE_PERIOD, "year");
    is_column(layout, ROLE_VALUE, "rate");
    is_column(layout, ROLE_LOWER, "lower ci");
    is_column(layout, ROLE_UPPER, "upper ci");
    is_column(layout, ROLE_STATUS, "marker");
    ck_assert_uint_eq(layout->n_filters, 1); /* the code of the sex says the same */
    ck_assert_str_eq(layout->filters[0].column.list[0], "sex");
    ck_assert_str_eq(layout->filters[0].values.list[0], "all people");
    ck_assert_str_eq(drafted->level, "lad");
    ck_assert_uint_eq(layout->only.n, 1);
    ck_assert_str_eq(layout->only.list[0], "E06");
    ck_assert(layout->skip_without_code);
    says("# left out: E92");
    says("it has 2 in 2021");
    says("it has 12 to 15"); /* of the rows that are meant */
    says("\"c\" confidential");
    ck_assert(drafted->areas_min <= 2 && drafted->areas_max >= 2 && drafted->areas_max < 5);
    ck_assert(drafted->has_range && drafted->low == 0 && drafted->high >= 15 &&
              drafted->high < 900);
}
END_TEST

START_TEST(columns_that_are_periods) {
    static const char file[] = "LA code,LA name,2019-20,2020-21\n"
                               "E06000001,Hartlepool,-1.5,2\nE07000008,Cambridge,3,[x]\n";
    const struct layout *layout = draft(file, strlen(file));
    ck_assert_int_eq(layout->period_from, PERIOD_FROM_HEADINGS);
    is_column(layout, ROLE_CODE, "la code");
    is_column(layout, ROLE_VALUE, NULL);
    ck_assert_uint_eq(layout->n_filters, 0);
    ck_assert(drafted->low <= -1.5 && drafted->high >= 3);
    says("it has 2 in 2020-21");
}
END_TEST

START_TEST(several_measures_side_by_side) {
    static const char file[] = "Code,Place,Homes,Homes empty (%),Homes new\n"
                               "E22000001,Here,100,5,1\nE22000002,There,200,6,2\n";
    const struct layout *layout = draft(file, strlen(file));
    is_column(layout, ROLE_VALUE, "homes empty (%)");
    says("\"Homes\", \"Homes new\"");
    ck_assert_str_eq(drafted->level, "csp");
    ck_assert_str_eq(drafted->unit, "%");
    ck_assert_int_eq(layout->period_from, PERIOD_FIXED);
    ck_assert_str_eq(layout->period_text, "2021"); /* of the file's name */
    ck_assert(drafted->high <= 100);
}
END_TEST

START_TEST(semicolons_and_windows_1252) {
    static const char file[] = "Code;Wages (\xA3);Year\nE06000001;1,5;2020\nE06000002;2;2020\n";
    const struct layout *layout = draft(file, strlen(file));
    ck_assert_int_eq(layout->encoding, BOOK_WINDOWS_1252);
    is_column(layout, ROLE_CODE, "code");
    is_column(layout, ROLE_PERIOD, "year");
    ck_assert_int_eq(layout->marks.decimal, ',');
    says("it has 1.5 to 2");
}
END_TEST

START_TEST(headings_of_several_rows) {
    static const char file[] = "Pay in 2019,,,,\n"
                               ",,Men,,Women\n"
                               "Area,Code,Number,Change,Change\n"
                               "Hartlepool,E06000001,4,1,2\n"
                               "Middlesbrough,E06000002,5,3,4\n";
    const struct layout *layout = draft(file, strlen(file));
    ck_assert_uint_eq(layout->header_rows, 2);
    is_column(layout, ROLE_CODE, "code");
    is_column(layout, ROLE_NAME, "area");
    is_column(layout, ROLE_VALUE, "men number");
    says("\"Change\", \"Women Change\"");
    ck_assert_int_eq(layout->period_from, PERIOD_FROM_TITLE);
}
END_TEST

START_TEST(a_mark_beside_numbers_is_no_reason_for_a_missing_one) {
    static const char file[] = "areacd,period,value,status\nE06000001,2020,4,low\n"
                               "E06000002,2020,,x\nE06000003,2020,5,See the notes\n";
    const struct layout *layout = draft(file, strlen(file));
    ck_assert_uint_eq(layout->marks.n_own, 1);
    ck_assert_str_eq(layout->marks.own[0].text, "low");
    ck_assert_int_eq(layout->marks.own[0].meaning, MEANS_NOTE);
    ck_assert(layout->prose_in_status);
}
END_TEST

START_TEST(the_name_is_that_of_the_codes) {
    static const char file[] = "Force code,Force name,Council code,Council name,Value,Year\n"
                               "E23000001,North,E06000001,Hartlepool,4,2020\n"
                               "E23000001,North,E06000002,Middlesbrough,5,2020\n";
    const struct layout *layout = draft(file, strlen(file));
    is_column(layout, ROLE_CODE, "council code"); /* there are more of them */
    is_column(layout, ROLE_NAME, "council name");
}
END_TEST

START_TEST(rows_that_no_filter_tells_apart_are_pointed_out) {
    static const char file[] = "Code,Year,Value\nE06000001,2020,4\nE06000001,2020,5\n";
    draft(file, strlen(file));
    says("AREAS HAVE SEVERAL ROWS");
}
END_TEST

#define CELL(text) "<table:table-cell><text:p>" text "</text:p></table:table-cell>"
#define ROW(cells) "<table:table-row>" cells "</table:table-row>"
#define SHEET(attributes, codes)                                                                   \
    "<table:table " attributes ">" ROW(CELL("Code") CELL("Year") CELL("Value")) codes              \
        "</table:table>"
#define FIGURE(code) ROW(CELL(code) CELL("2020") CELL("5"))

START_TEST(the_sheet_with_most_codes_is_taken_and_others_with_as_many_are_named) {
    size_t length;
    char *bytes =
        small_ods("<style:style style:name=\"h\" style:family=\"table\"><style:table-properties "
                  "table:display=\"false\"/></style:style>",
                  SHEET("table:name=\"Notes\"", "") SHEET("table:name=\"One\"",
                                                          FIGURE("E06000001") FIGURE("E06000002"))
                      SHEET("table:name=\"Two\"", FIGURE("E06000001") FIGURE("E06000002"))
                          SHEET("table:name=\"Three\"", FIGURE("E06000001") FIGURE("E06000003"))
                              SHEET("table:name=\"Hidden\" table:style-name=\"h\"",
                                    FIGURE("E06000001") FIGURE("E06000002") FIGURE("E06000003")),
                  &length);
    const struct layout *layout = draft_of("pay.ods", bytes, length);
    ck_assert_str_eq(layout->sheets.list[0], "one");
    says("Two, Three");
    free(bytes);
    /* In an archive, the only table of a file. */
    const struct small_part parts[] = {
        {"a.csv", "Note\nx\n", 0}, {"b.csv", "Code,Year,Value\nE06000001,2020,1\n", 0}, {0}};
    bytes = small_zip(parts, &length);
    end();
    layout = draft_of("pay.zip", bytes, length);
    ck_assert_str_eq(layout->sheets.list[0], "b.csv");
    free(bytes);
}
END_TEST

START_TEST(the_level_is_told_by_the_codes) {
    static const struct {
        const char *codes[2], *level, *says;
    } levels[] = {{{"E10000002", "E06000001"}, "utla", "[E06, E10]"},
                  {{"E12000001", "E12000002"}, "region", "[E12]"},
                  {{"E10000002", "E07000008"}, "lad", "# left out: E10"},
                  {{"W06000001", "W06000002"}, "lad", "NOT TOLD by the codes"},
                  {{"E06000001", "E0600000X1"}, "lad", "1 codes of other kinds"},
                  {{"E06000001", "W06000001"}, "lad", "# left out: W06"}};
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        char file[200];
        (void)snprintf(file, sizeof file, "Code,Year,Value\n%s,2020,1\n%s,2020,2\n",
                       levels[i].codes[0], levels[i].codes[1]);
        draft(file, strlen(file));
        ck_assert_str_eq(drafted->level, levels[i].level);
        says(levels[i].says);
        end();
    }
}
END_TEST

START_TEST(codes_of_smaller_areas_are_not_what_it_is_about) {
    static const char file[] = "LSOA,Council code,Year,Value\nE01000001,E06000001,2020,1\n"
                               "E01000002,E06000002,2020,2\nE01000003,E06000002,2020,3\n";
    is_column(draft(file, strlen(file)), ROLE_CODE, "council code");
}
END_TEST

START_TEST(a_unit_may_have_a_column_of_its_own) {
    static const char file[] =
        "Code,Year,Value,Unit\nE06000001,2020,0.02,\"a \"\"tonne\"\" \\ km\"\n"
        "E06000002,2020,-0.03,\"a \"\"tonne\"\" \\ km\"\n";
    draft(file, strlen(file));
    ck_assert_str_eq(drafted->unit, "a \"tonne\" \\ km");
    ck_assert(drafted->low <= -0.03 && drafted->high >= 0.02 && drafted->high < 0.2);
}
END_TEST

static const struct {
    const char *values[2];
    double low, high;
} ranges[] = {{{"0", "0"}, 0, 0},       {{"1", "2"}, 0, 4},     {{"-5", "-3"}, -10, 0},
              {{"3e15", "1"}, 0, 6e15}, {{"0.3", "0.7"}, 0, 2}, {{"104", "99"}, 0, 300}};

START_TEST(a_range_is_twice_as_far_as_what_is_there) {
    char file[200];
    (void)snprintf(file, sizeof file, "Code,Year,Value\nE06000001,2020,%s\nE06000002,2020,%s\n",
                   ranges[_i].values[0], ranges[_i].values[1]);
    draft(file, strlen(file));
    ck_assert_double_eq(drafted->low, ranges[_i].low);
    ck_assert_double_eq(drafted->high, ranges[_i].high);
}
END_TEST

START_TEST(a_period_may_be_in_the_name_or_nowhere) {
    static const char file[] = "Code,Value\nE06000001,1\nE06000002,2\n";
    const struct layout *layout = draft_of("12345-2019", file, strlen(file));
    ck_assert_str_eq(layout->period_text, "2019");
    end();
    draft_of("pay-1234.csv", file, strlen(file));
    says("NOT FOUND in the file: say which it is");
}
END_TEST

START_TEST(filters_take_what_stands_for_all_or_the_first) {
    static const char file[] = "Code,Year,Kind,Age,Value\n"
                               "E06000001,2020,Rent,Old,1\nE06000001,2020,Rent,Total,2\n"
                               "E06000001,2020,Mortgage,Old,3\nE06000001,2020,Mortgage,Total,4\n"
                               "E06000002,2020,Rent,Old,5\nE06000002,2020,Rent,Total,6\n"
                               "E06000002,2020,Mortgage,Old,7\nE06000002,2020,Mortgage,Total,8\n";
    const struct layout *layout = draft(file, strlen(file));
    ck_assert_uint_eq(layout->n_filters, 2);
    for (size_t i = 0; i < 2; i++) {
        bool age = strcmp(layout->filters[i].column.list[0], "age") == 0;
        ck_assert_str_eq(layout->filters[i].values.list[0], age ? "total" : "rent");
    }
}
END_TEST

START_TEST(wide_and_long_tables_are_looked_at_to_a_limit) {
    enum { COLUMNS = 200, ROWS = 100 };
    char *file = malloc(COLUMNS * 8 + ROWS * (COLUMNS * 2 + 200) + 1000);
    char *at = file;
    for (int i = 0; i < 12; i++) /* more rows above than a header has */
        at += sprintf(at, "Title %d%s\n", i, i % 2 ? ",," : "");
    at += sprintf(at, "Code,Year,Value,Text,Text,Mark");
    for (int i = 6; i < COLUMNS; i++)
        at += sprintf(at, ",C%d", i);
    for (int row = 0; row < ROWS; row++) {
        at += sprintf(at, "\nE0600%04d,2020,%d,a%d,b%d,x", row, row, row, row);
        for (int i = 6; i < COLUMNS; i++)
            at += sprintf(at, ",1");
    }
    at += sprintf(at, "\n");
    const struct layout *layout = draft(file, (size_t)(at - file));
    is_column(layout, ROLE_CODE, "code");
    is_column(layout, ROLE_VALUE, "value");
    free(file);
}
END_TEST

START_TEST(a_draft_that_cannot_be_written_says_so) {
    static const char file[] = "Code,Year,Value\nE06000001,2020,1\n";
    struct fault fault = {0};
    struct publication *publication = publication_new("t.csv", file, strlen(file));
    FILE *full = fopen("/dev/full", "w");
    ck_assert_ptr_nonnull(full);
    (void)setvbuf(full, NULL, _IONBF, 0);
    ck_assert(!guess_description(publication, full, &fault));
    ck_assert_str_eq(fault.text, "the description cannot be written");
    (void)fclose(full);
    publication_destroy(&publication);
}
END_TEST

START_TEST(a_file_without_codes_is_refused) {
    struct fault fault = {0};
    static const char file[] = "Place,Year,Value\nHartlepool,2020,4\n";
    struct publication *publication = publication_new("t.csv", file, strlen(file));
    FILE *out = tmpfile();
    ck_assert(!guess_description(publication, out, &fault));
    ck_assert_int_eq(ftell(out), 0);
    ck_assert_msg(strstr(fault.text, "area codes such as E06000001") != NULL, "%s", fault.text);
    (void)fclose(out);
    publication_destroy(&publication);
}
END_TEST

START_TEST(a_file_without_numbers_is_refused) {
    struct fault fault = {0};
    static const char file[] = "Code,Year,Value\nE06000001,2020,much\n";
    struct publication *publication = publication_new("t.csv", file, strlen(file));
    FILE *out = tmpfile();
    ck_assert(!guess_description(publication, out, &fault));
    ck_assert_msg(strstr(fault.text, "no column of numbers") != NULL, "%s", fault.text);
    (void)fclose(out);
    publication_destroy(&publication);
}
END_TEST

/* Whatever bytes come, it ends with a description that can be read, or a reason why not. */
START_TEST(no_bytes_break_it) {
    static const char *const pieces[] = {"E06000001", "E06000002", ",",    ",",  "\n", "\n",
                                         "2020",      "1.5",       "[x]",  "\"", "a",  ";",
                                         "\t",        "\xA3",      "Year", "#"};
    uint64_t state = UINT64_C(88172645463325252) + (uint64_t)_i;
    char file[600] = "";
    size_t size, used = 0;
    for (int i = 0; i < 60; i++) {
        const char *piece = pieces[suite_random(&state) % (sizeof pieces / sizeof *pieces)];
        memcpy(file + used, piece, strlen(piece));
        used += strlen(piece);
    }
    struct fault fault = {0};
    struct publication *publication = publication_new("t.csv", file, used);
    FILE *out = open_memstream(&yaml, &size);
    bool good = guess_description(publication, out, &fault);
    ck_assert_int_eq(fclose(out), 0);
    publication_destroy(&publication);
    ck_assert_msg(good == (size > 0) && good == (fault.kind == FAULT_NONE), "%s", fault.text);
    if (good)
        drafted = description_read("draft", yaml, size, &fault);
    ck_assert_msg(!good || drafted, "%s\n%s", fault.text, yaml);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("guess");
    TCase *tests = tcase_create("guess");
    tcase_add_checked_fixture(tests, NULL, end);
    tcase_add_test(tests, a_long_table_with_filters_limits_and_status);
    tcase_add_test(tests, columns_that_are_periods);
    tcase_add_test(tests, several_measures_side_by_side);
    tcase_add_test(tests, semicolons_and_windows_1252);
    tcase_add_test(tests, headings_of_several_rows);
    tcase_add_test(tests, a_mark_beside_numbers_is_no_reason_for_a_missing_one);
    tcase_add_test(tests, the_name_is_that_of_the_codes);
    tcase_add_test(tests, rows_that_no_filter_tells_apart_are_pointed_out);
    tcase_add_test(tests, the_sheet_with_most_codes_is_taken_and_others_with_as_many_are_named);
    tcase_add_test(tests, the_level_is_told_by_the_codes);
    tcase_add_test(tests, codes_of_smaller_areas_are_not_what_it_is_about);
    tcase_add_test(tests, a_unit_may_have_a_column_of_its_own);
    tcase_add_loop_test(tests, a_range_is_twice_as_far_as_what_is_there, 0,
                        sizeof ranges / sizeof *ranges);
    tcase_add_test(tests, a_period_may_be_in_the_name_or_nowhere);
    tcase_add_test(tests, filters_take_what_stands_for_all_or_the_first);
    tcase_add_test(tests, wide_and_long_tables_are_looked_at_to_a_limit);
    tcase_add_test(tests, a_draft_that_cannot_be_written_says_so);
    tcase_add_test(tests, a_file_without_codes_is_refused);
    tcase_add_test(tests, a_file_without_numbers_is_refused);
    tcase_add_loop_test(tests, no_bytes_break_it, 0, 300);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
