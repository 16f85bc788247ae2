#include "core/marks.h"
#include "core/plain_text.h"
#include "tests/suite.h"

#include <string.h>

static const struct marks usual = {0};

static bool read(const struct marks *marks, const char *text, struct figure *out) {
    const char *expected;
    return marks_read(marks, text, strlen(text), CELL_TEXT, out, &expected);
}

static const struct {
    const char *text;
    double value;
    uint16_t flags;
} numbers[] = {
    {"0", 0, 0},
    {"0.0", 0, 0},
    {"12.5", 12.5, 0},
    {" 12.5 ", 12.5, 0},
    {"\xC2\xA0"
     "12.5\xC2\xA0",
     12.5, 0},
    {"1,234", 1234, 0},
    {"1,234,567.25", 1234567.25, 0},
    {"170,002 ", 170002, 0},
    {"\xC2\xA3"
     "32,890",
     32890, 0},
    {"-\xC2\xA3"
     "5",
     -5, 0},
    {"\xC2\xA3 -5", -5, 0},
    {"12.3%", 12.3, 0},
    {"12.3 %", 12.3, 0},
    {"12.3 % [p]", 12.3, FLAG_PROVISIONAL},
    {"+0.4", 0.4, 0},
    {".5", 0.5, 0},
    {"\xE2\x88\x92"
     "3.2",
     -3.2, 0},
    {"1.5e3", 1500, 0},
    {"2.2000000000000002", 2.2, 0},
    {"12.3 [r]", 12.3, FLAG_REVISED},
    {"12.3[r][e]", 12.3, FLAG_REVISED | FLAG_ESTIMATED},
    {"12.3r", 12.3, FLAG_REVISED},
    {"12.3 p", 12.3, FLAG_PROVISIONAL},
    {"12.3e", 12.3, FLAG_ESTIMATED},
    {"12.3 (p)", 12.3, FLAG_PROVISIONAL},
    {"12.3 [u]", 12.3, FLAG_UNRELIABLE},
    {"12.3 [b] [f]", 12.3, FLAG_BREAK | FLAG_FORECAST},
    {"12.3 [note 4]", 12.3, 0},
    {"12.3 [1]", 12.3, 0},
    {"12.3 [ns]", 12.3, 0},
    {"12.3 [Notes 1, 2]", 12.3, 0},
    {"12.3 p,r", 12.3, FLAG_PROVISIONAL | FLAG_REVISED},
    {"12.3 p ", 12.3, FLAG_PROVISIONAL},
    {"1.5E-3", 0.0015, 0},
    {"1.5e+3", 1500, 0},
    {"\xE2\x82\xAC 5", 5, 0},
    {"$5", 5, 0},
};

START_TEST(a_number_is_read_as_people_write_it) {
    struct figure figure;
    ck_assert_msg(read(&usual, numbers[_i].text, &figure), "%s", numbers[_i].text);
    ck_assert_int_eq(figure.status, STATUS_VALUE);
    ck_assert_msg(figure.value == numbers[_i].value, "%s is %g", numbers[_i].text, figure.value);
    ck_assert_uint_eq(figure.flags, numbers[_i].flags);
    ck_assert(!figure.empty);
}
END_TEST

static const struct {
    const char *text;
    enum status status;
} missing[] = {
    {"", STATUS_NOT_AVAILABLE},
    {"  ", STATUS_NOT_AVAILABLE},
    {"[x]", STATUS_NOT_AVAILABLE},
    {"[X]", STATUS_NOT_AVAILABLE},
    {"x", STATUS_NOT_AVAILABLE},
    {"[w]", STATUS_NOT_AVAILABLE},
    {"..", STATUS_NOT_AVAILABLE},
    {":", STATUS_NOT_AVAILABLE},
    {"-", STATUS_NOT_AVAILABLE},
    {"\xE2\x80\x93", STATUS_NOT_AVAILABLE},
    {"\xE2\x80\xA6", STATUS_NOT_AVAILABLE},
    {"NA", STATUS_NOT_AVAILABLE},
    {"n/a", STATUS_NOT_AVAILABLE},
    {"[note 3]", STATUS_NOT_AVAILABLE},
    {"[c]", STATUS_CONFIDENTIAL},
    {"c", STATUS_CONFIDENTIAL},
    {"*", STATUS_CONFIDENTIAL},
    {"[c][r]", STATUS_CONFIDENTIAL},
    {"[z]", STATUS_NOT_APPLICABLE},
    {"[low]", STATUS_LOW},
    {"low", STATUS_LOW},
    {"[k]", STATUS_LOW},
    {"~", STATUS_LOW},
    {"[u]", STATUS_UNRELIABLE},
    {"u", STATUS_UNRELIABLE},
};

START_TEST(a_mark_is_a_status_and_no_number) {
    struct figure figure;
    ck_assert_msg(read(&usual, missing[_i].text, &figure), "%s", missing[_i].text);
    ck_assert_msg(figure.status == missing[_i].status, "%s is %d", missing[_i].text, figure.status);
    ck_assert(figure.value == 0);
}
END_TEST

static const char *const wrong[] = {
    "twelve", "1,23",       "1234,567", "12,3456", "1,,234",     "1.2.3",     "12.3 [x]",
    "12.3c",  "12.3 [100]", "12.3 []",  "[12a]",   "1,2345",     "1234,567",  "12,34,567",
    "1e+",    "1e5-3",      "(12",      "(12) 3",  "(q)",        "12.3*",     "(12)",
    "12 13",  "[p]",        "[q]",      "0x10",    "nan",        "inf",       "[x",
    "--12",   "1,234,",     "\xC2\xA3", "%",       "12.3 [low]", "E06000001",
};

START_TEST(what_is_neither_is_refused) {
    struct figure figure;
    ck_assert_msg(!read(&usual, wrong[_i], &figure), "%s is %g (%d)", wrong[_i], figure.value,
                  figure.status);
}
END_TEST

START_TEST(a_description_says_what_a_mark_means_in_its_file) {
    static const struct mark own[] = {{"x", MEANS_UNRELIABLE},      {"-", MEANS_ZERO},
                                      {"SUPP", MEANS_CONFIDENTIAL}, {"*", MEANS_NOTE},
                                      {"()", MEANS_NEGATIVE},       {"#N/A", MEANS_NOT_AVAILABLE},
                                      {"", MEANS_CONFIDENTIAL}};
    const struct marks marks = {.own = own, .n_own = sizeof own / sizeof *own};
    struct figure figure;
    const char *expected;
    ck_assert(read(&marks, "x", &figure));
    ck_assert_int_eq(figure.status, STATUS_UNRELIABLE);
    ck_assert(read(&marks, "-", &figure));
    ck_assert_int_eq(figure.status, STATUS_VALUE);
    ck_assert(figure.value == 0);
    ck_assert(read(&marks, "supp", &figure));
    ck_assert_int_eq(figure.status, STATUS_CONFIDENTIAL);
    ck_assert(read(&marks, "12.3*", &figure));
    ck_assert(figure.value == 12.3);
    ck_assert(read(&marks, "(1,250)", &figure));
    ck_assert(figure.value == -1250);
    ck_assert(read(&marks, "", &figure));
    ck_assert_int_eq(figure.status, STATUS_CONFIDENTIAL);
    ck_assert(marks_read(&marks, "#N/A", 4, CELL_ERROR, &figure, &expected));
    ck_assert_int_eq(figure.status, STATUS_NOT_AVAILABLE);
}
END_TEST

START_TEST(a_mark_for_a_true_0_is_one_unless_another_says_that_there_is_none) {
    static const struct mark own[] = {{"nil", MEANS_ZERO}, {"()", MEANS_NEGATIVE}};
    const struct marks marks = {.own = own, .n_own = 2};
    struct figure figure;
    const char *expected = "";
    ck_assert(read(&marks, "nil [p]", &figure));
    ck_assert(figure.status == STATUS_VALUE && figure.value == 0);
    ck_assert_uint_eq(figure.flags, FLAG_PROVISIONAL);
    ck_assert(read(&marks, "[nil] [c]", &figure));
    ck_assert_int_eq(figure.status, STATUS_CONFIDENTIAL);
    ck_assert(!read(&marks, "5 nil", &figure)); /* which of both? */
    ck_assert(read(&marks, "", &figure) && figure.empty);
    ck_assert(marks_qualify(&marks, "nil", 3, false, &figure, &expected));
    ck_assert(figure.status == STATUS_VALUE && figure.value == 0);
    ck_assert(read(&marks, "5", &figure));
    ck_assert(!marks_qualify(&marks, "nil", 3, false, &figure, &expected));
    ck_assert_str_eq(expected, "no mark for a missing figure beside a number");
    ck_assert(read(&marks, "(1)", &figure) && figure.value == -1);
}
END_TEST

START_TEST(a_cell_of_too_much_text_is_no_figure) {
    char text[400];
    memset(text, '1', sizeof text);
    struct figure figure = {.status = STATUS_VALUE};
    const char *expected;
    ck_assert(!marks_read(&usual, text, sizeof text, CELL_TEXT, &figure, &expected));
    ck_assert(!marks_qualify(&usual, text, sizeof text, false, &figure, &expected));
    ck_assert(marks_qualify(&usual, text, sizeof text, true, &figure, &expected)); /* prose */
}
END_TEST

START_TEST(round_brackets_may_qualify_a_number) {
    struct mark own = {"()", MEANS_UNRELIABLE};
    const struct marks marks = {.own = &own, .n_own = 1};
    struct figure figure;
    ck_assert(read(&marks, "(12)", &figure));
    ck_assert(figure.value == 12 && figure.flags == FLAG_UNRELIABLE);
    own.meaning = MEANS_NOTE;
    ck_assert(read(&marks, "(12)", &figure));
    ck_assert(figure.value == 12 && figure.flags == 0);
    ck_assert(!read(&marks, "(12) 3", &figure));
}
END_TEST

START_TEST(a_point_may_be_a_comma) {
    const struct marks marks = {.decimal = ','};
    struct figure figure;
    ck_assert(read(&marks, "1.234,5", &figure));
    ck_assert(figure.value == 1234.5);
    ck_assert(!read(&marks, "1,234.5", &figure));
}
END_TEST

START_TEST(only_a_number_of_a_workbook_is_one) {
    struct figure figure;
    const char *expected;
    ck_assert(marks_read(&usual, "0.125", 5, CELL_NUMBER, &figure, &expected));
    ck_assert(figure.value == 0.125);
    ck_assert(!marks_read(&usual, "TRUE", 4, CELL_BOOLEAN, &figure, &expected));
    ck_assert_ptr_nonnull(strstr(expected, "true or false"));
    ck_assert(!marks_read(&usual, "#REF!", 5, CELL_ERROR, &figure, &expected));
    ck_assert(!marks_read(&usual, "2024-03-31", 10, CELL_DATE, &figure, &expected));
}
END_TEST

/* --- a status column -------------------------------------------------------------------------- */

static const struct {
    const char *value, *mark;
    bool prose, good;
    enum status status;
    uint16_t flags;
} beside[] = {
    {"1.5", "", false, true, STATUS_VALUE, 0},
    {"1.5", "p", false, true, STATUS_VALUE, FLAG_PROVISIONAL},
    {"1.5", "u", false, true, STATUS_VALUE, FLAG_UNRELIABLE},
    {"1.5 [r]", "[p]", false, true, STATUS_VALUE, FLAG_REVISED | FLAG_PROVISIONAL},
    {"1.5", "[x]", false, false, STATUS_VALUE, 0},
    {"0", "low", false, false, STATUS_VALUE, 0},
    {"", "x", false, true, STATUS_NOT_AVAILABLE, 0},
    {"", "u", false, true, STATUS_UNRELIABLE, 0},
    {"", "[c][r]", false, true, STATUS_CONFIDENTIAL, 0},
    {"", "", false, true, STATUS_NOT_AVAILABLE, 0},
    {"", "p", false, false, STATUS_VALUE, 0},
    {"[c]", "c", false, true, STATUS_CONFIDENTIAL, 0},
    {"[c]", "x", false, false, STATUS_VALUE, 0},
    {"[c]", "[c][r]", false, true, STATUS_CONFIDENTIAL, 0},
    {"", "[note 1]", false, true, STATUS_NOT_AVAILABLE, 0},
    {"1.5", "[note 1]", false, true, STATUS_VALUE, 0},
    {"1.5", "Value for Somerset applied", false, false, STATUS_VALUE, 0},
    {"1.5", "Value for Somerset applied", true, true, STATUS_VALUE, 0},
    {"", "Value for Somerset applied", true, true, STATUS_NOT_AVAILABLE, 0},
};

START_TEST(a_status_column_says_the_rest) {
    struct figure figure;
    const char *expected = "";
    ck_assert(read(&usual, beside[_i].value, &figure));
    bool good = marks_qualify(&usual, beside[_i].mark, strlen(beside[_i].mark), beside[_i].prose,
                              &figure, &expected);
    ck_assert_msg(good == beside[_i].good, "'%s' beside '%s'", beside[_i].mark, beside[_i].value);
    if (!good) {
        ck_assert_str_ne(expected, "");
        return;
    }
    ck_assert_int_eq(figure.status, beside[_i].status);
    ck_assert_uint_eq(figure.flags, beside[_i].flags);
}
END_TEST

/* --- headings --------------------------------------------------------------------------------- */

static const struct {
    const char *text, *plain;
} headings[] = {
    {"Police Force\nArea code", "police force area code"},
    {"  Area names ", "area names"},
    {"2019\n[note 3]", "2019"},
    {"Value [note 1][note 2]", "value"},
    {"Rate (note 2)", "rate"},
    {"Proportion of households fuel poor (%)", "proportion of households fuel poor (%)"},
    {"aged 16 \xE2\x80\x93 64", "aged 16 - 64"},
    {"Median\xC2\xA0pay", "median pay"},
    {"[x]", "[x]"},
};

START_TEST(a_heading_is_compared_without_its_dress) {
    char plain[100];
    plain_heading(headings[_i].text, strlen(headings[_i].text), plain, sizeof plain);
    ck_assert_str_eq(plain, headings[_i].plain);
}
END_TEST

START_TEST(a_star_stands_for_any_text) {
    ck_assert(plain_matches("number in area*(000s)", "number in area5(000s)"));
    ck_assert(plain_matches("police*.csv", "policeforce.csv"));
    ck_assert(plain_matches("*", ""));
    ck_assert(plain_matches("a*b*c", "aXXbYbc"));
    ck_assert(!plain_matches("a*b*c", "aXXbYb"));
    ck_assert(!plain_matches("abc", "abcd"));
    ck_assert(!plain_matches("abc", "ab"));
}
END_TEST

START_TEST(what_does_not_fit_is_cut_and_said) {
    char plain[4];
    ck_assert(!plain_text("abcdef", 6, plain, sizeof plain));
    ck_assert_str_eq(plain, "abc");
    ck_assert(plain_text(" abc ", 5, plain, sizeof plain));
    ck_assert_str_eq(plain, "abc");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("marks");
    TCase *tests = tcase_create("marks");
    tcase_add_loop_test(tests, a_number_is_read_as_people_write_it, 0,
                        sizeof numbers / sizeof *numbers);
    tcase_add_loop_test(tests, a_mark_is_a_status_and_no_number, 0,
                        sizeof missing / sizeof *missing);
    tcase_add_loop_test(tests, what_is_neither_is_refused, 0, sizeof wrong / sizeof *wrong);
    tcase_add_test(tests, a_description_says_what_a_mark_means_in_its_file);
    tcase_add_test(tests, a_mark_for_a_true_0_is_one_unless_another_says_that_there_is_none);
    tcase_add_test(tests, a_cell_of_too_much_text_is_no_figure);
    tcase_add_test(tests, round_brackets_may_qualify_a_number);
    tcase_add_test(tests, a_point_may_be_a_comma);
    tcase_add_test(tests, only_a_number_of_a_workbook_is_one);
    tcase_add_loop_test(tests, a_status_column_says_the_rest, 0, sizeof beside / sizeof *beside);
    tcase_add_loop_test(tests, a_heading_is_compared_without_its_dress, 0,
                        sizeof headings / sizeof *headings);
    tcase_add_test(tests, a_star_stands_for_any_text);
    tcase_add_test(tests, what_does_not_fit_is_cut_and_said);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
