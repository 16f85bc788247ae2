#include "tests/suite.h"

#include "core/warnings.h"
#include "tests/core/small_pack.h"

static struct warnings warnings;

/* The median of these is 100, so that what is below 5 counts as 5. */
#define BEFORE                                                                                     \
    "area_code,period,value,status\n"                                                              \
    "E01,2023,100,\nE02,2023,80,\nE03,2023,0,\nE04,2023,120,\nE05,2023,150,\nE06,2023,,[c]\n"

static void look(const char *was, const char *is) {
    struct fault fault = {0};
    struct pack *pack = small_pack();
    struct release *before = small_release(pack, was), *now = small_release(pack, is);
    warnings = (struct warnings){0};
    const struct dataset dataset = {.level = "lad"};
    ck_assert_msg(
        warnings_find(before, now, pack->geography, &dataset, "new.csv", &warnings, &fault), "%s",
        fault.text);
    release_destroy(&before);
    release_destroy(&now);
    pack_destroy(&pack);
}

static void check_counts(size_t older, size_t unit, size_t missing, size_t jumps) {
    ck_assert_uint_eq(warnings.counts[WARNING_OLDER], older);
    ck_assert_uint_eq(warnings.counts[WARNING_UNIT], unit);
    ck_assert_uint_eq(warnings.counts[WARNING_MISSING_AREA], missing);
    ck_assert_uint_eq(warnings.counts[WARNING_JUMP], jumps);
    ck_assert_uint_eq(warnings.problems.total, older + unit + missing + jumps);
}

static void check_says(size_t at, const char *words) {
    ck_assert_msg(strstr(warnings.problems.kept[at].reason, words) != NULL, "%s",
                  warnings.problems.kept[at].reason);
}

START_TEST(nothing_is_suspicious_about_an_ordinary_year) {
    look(BEFORE, "area_code,period,value,status\nE01,2024,290,\nE02,2024,27,\nE03,2024,14,\n"
                 "E04,2024,41,\nE05,2024,,[x]\nE06,2024,9000,\n");
    check_counts(0, 0, 0, 0); /* E06 had no figure to be three times as large as */
    look(BEFORE, BEFORE);
    check_counts(0, 0, 0, 0);
}
END_TEST

START_TEST(three_times_last_years_is_a_jump_and_so_is_a_third) {
    look(BEFORE, "area_code,period,value,status\nE01,2024,300,\nE02,2024,80,\nE03,2024,0,\n"
                 "E04,2024,40,\nE05,2024,150,\nE06,2024,,[c]\n");
    check_counts(0, 0, 0, 2);
    check_says(0, "E01 Ash is 300 for 2024, and was 100 for 2023");
    ck_assert_uint_eq(warnings.problems.kept[0].line, 2);
    ck_assert_str_eq(warnings.problems.kept[0].file, "new.csv");
    check_says(1, "E04 Damson is 40");
    ck_assert_uint_eq(warnings.problems.kept[1].line, 5);
}
END_TEST

START_TEST(a_jump_in_a_workbook_has_its_sheet_and_column) {
    static const char *const sheets[] = {"Notes", "A file with a long name in an archive, such as "
                                                  "publishers like them.xlsx: Table 2"};
    static const uint16_t sheet[] = {1, 1};
    static const uint32_t column[] = {5, 6};
    struct fault fault = {0};
    struct pack *pack = small_pack();
    struct release *before = small_release(pack, "area_code,period,value\nE01,2023,100\n"
                                                 "E02,2023,100\n");
    struct release *read = small_release(pack, "area_code,period,value\nE01,2024,100\n"
                                               "E02,2024,900\n");
    struct release now = *read;
    now.sheets = sheets;
    now.n_sheets = 2;
    now.sheet = sheet;
    now.column = column;
    warnings = (struct warnings){0};
    const struct dataset dataset = {.level = "lad"};
    ck_assert_msg(
        warnings_find(before, &now, pack->geography, &dataset, "new.xlsx", &warnings, &fault), "%s",
        fault.text);
    check_counts(0, 0, 0, 1);
    ck_assert_str_eq(warnings.problems.kept[0].sheet, sheets[1]);
    ck_assert_uint_eq(warnings.problems.kept[0].line, 3);
    ck_assert_uint_eq(warnings.problems.kept[0].column, 6);
    release_destroy(&before);
    release_destroy(&read);
    pack_destroy(&pack);
}
END_TEST

START_TEST(beside_0_a_figure_must_be_large_to_be_a_jump) {
    look(BEFORE, "area_code,period,value,status\nE01,2024,100,\nE02,2024,80,\nE03,2024,15,\n"
                 "E04,2024,120,\nE05,2024,150,\nE06,2024,,[c]\n");
    check_counts(0, 0, 0, 1);
    check_says(0, "E03 Cedar is 15 for 2024, and was 0 for 2023");
}
END_TEST

START_TEST(the_same_period_is_compared_where_both_have_it) {
    look("area_code,period,value\nE01,2023,1\nE01,2024,100\nE02,2024,100\nE03,2024,100\n",
         "area_code,period,value\nE01,2023,2\nE02,2023,100\nE03,2023,100\n");
    check_counts(1, 0, 0, 0);
    check_says(0, "its newest period is 2023; the release in force has 2024");
    ck_assert_uint_eq(warnings.problems.kept[0].line, 0);
}
END_TEST

START_TEST(an_area_that_is_not_there_any_more_is_missed) {
    look(BEFORE, "area_code,period,value,status\nE01,2024,100,\nE92,2024,80,\nE04,2024,,[c]\n"
                 "E05,2024,150,\n");
    check_counts(0, 0, 1, 0); /* Birch has another code; Damson has a mark; Fir had no figure */
    check_says(0, "E03 Cedar had a figure for 2023 and has no row for 2024");
}
END_TEST

START_TEST(another_unit_is_one_warning_and_not_one_for_each_area) {
    look(BEFORE, "area_code,period,value,status\nE01,2024,110000,\nE02,2024,79000,\nE03,2024,0,\n"
                 "E04,2024,100000,\nE05,2024,150000,\nE06,2024,,[c]\n");
    check_counts(0, 1, 0, 0);
    look(BEFORE, "area_code,period,value,status\nE01,2024,1.1,\nE02,2024,0.8,\nE03,2024,0,\n"
                 "E04,2024,1.2,\nE05,2024,1.5,\nE06,2024,,[c]\n");
    check_counts(0, 1, 0, 0);
    /* Ten times is no unit that publishers change to; it is a jump everywhere. */
    look(BEFORE, "area_code,period,value,status\nE01,2024,1000,\nE02,2024,800,\nE03,2024,0,\n"
                 "E04,2024,1200,\nE05,2024,1500,\nE06,2024,,[c]\n");
    check_counts(0, 0, 0, 4);
}
END_TEST

START_TEST(codes_that_serve_no_area_of_the_index_may_do_as_they_like) {
    look("area_code,period,value\nE01,2023,100\nE07,2023,100\nR1,2023,100\n",
         "area_code,period,value\nE01,2024,100\nE07,2024,900\nR1,2024,900\n");
    check_counts(0, 0, 0, 0);
}
END_TEST

START_TEST(a_level_that_no_area_is_served_from_is_a_fault) {
    struct fault fault = {0};
    struct pack *pack = small_pack();
    struct release *release = small_release(pack, BEFORE);
    const struct dataset dataset = {.level = "parish"};
    warnings = (struct warnings){0};
    ck_assert(!warnings_find(release, release, pack->geography, &dataset, "f", &warnings, &fault));
    ck_assert_str_eq(fault.text, "the geography has no sources for the level 'parish'");
    release_destroy(&release);
    pack_destroy(&pack);
}
END_TEST

START_TEST(jumps_are_told_in_the_order_of_the_file) {
    look(BEFORE, "area_code,period,value,status\nE05,2024,1500,\nE02,2024,800,\nE01,2024,1000,\n"
                 "E03,2024,0,\nE04,2024,120,\nE06,2024,,[c]\n");
    check_counts(0, 0, 0, 3);
    check_says(0, "E05");
    check_says(1, "E02");
    check_says(2, "E01");
}
END_TEST

START_TEST(marks_alone_cannot_be_compared) {
    look(BEFORE, "area_code,period,value,status\nE01,2024,,[x]\n");
    check_counts(0, 0, 0, 0);
    look("area_code,period,value,status\nE01,2024,,[x]\n", BEFORE);
    check_counts(0, 0, 0, 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("warnings");
    TCase *tests = tcase_create("warnings");
    tcase_add_test(tests, nothing_is_suspicious_about_an_ordinary_year);
    tcase_add_test(tests, three_times_last_years_is_a_jump_and_so_is_a_third);
    tcase_add_test(tests, a_jump_in_a_workbook_has_its_sheet_and_column);
    tcase_add_test(tests, beside_0_a_figure_must_be_large_to_be_a_jump);
    tcase_add_test(tests, the_same_period_is_compared_where_both_have_it);
    tcase_add_test(tests, an_area_that_is_not_there_any_more_is_missed);
    tcase_add_test(tests, another_unit_is_one_warning_and_not_one_for_each_area);
    tcase_add_test(tests, codes_that_serve_no_area_of_the_index_may_do_as_they_like);
    tcase_add_test(tests, a_level_that_no_area_is_served_from_is_a_fault);
    tcase_add_test(tests, jumps_are_told_in_the_order_of_the_file);
    tcase_add_test(tests, marks_alone_cannot_be_compared);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
