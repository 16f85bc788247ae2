#include "core/release.h"
#include "core/status.h"
#include "tests/core/small_pack.h"
#include "tests/suite.h"

#include <math.h>

static struct pack *pack;
static struct problems problems;

static void begin(void) {
    pack = small_pack();
    memset(&problems, 0, sizeof problems);
}

static void end(void) {
    pack_destroy(&pack);
}

static struct release *read_text(const char *text) {
    return release_read(pack->geography, "r.csv", text, strlen(text), &problems);
}

#define HEADER "area_code,period,value\n"

START_TEST(figures_keep_their_code_period_line_and_value) {
    struct release *release =
        read_text("value,area_name,period,area_code\n"
                  "1.5,Ash,2024,E01\n-2e3,Birch,2023-24,E02\n0,Ash,2023,E01\n");
    ck_assert_msg(release != NULL, "%s", problems.kept[0].reason);
    ck_assert_uint_eq(release->n, 3);
    ck_assert_uint_eq(release->n_codes, 2);
    ck_assert_uint_eq(release->n_periods, 3);
    ck_assert(release->value[0] == 1.5 && release->value[1] == -2000);
    ck_assert_uint_eq(release->status[2], STATUS_VALUE); /* a true 0 */
    ck_assert(release->value[2] == 0);
    ck_assert_str_eq(release->codes[release->code[1]], "E02");
    ck_assert_uint_eq(release->line[2], 4);
    ck_assert_str_eq(release->periods[release_newest(release)], "2024");
    release_destroy(&release);
}
END_TEST

START_TEST(a_mark_is_a_status_and_no_number) {
    static const struct {
        const char *mark;
        enum status status;
    } marks[] = {{"[x]", STATUS_NOT_AVAILABLE}, {"..", STATUS_NOT_AVAILABLE},
                 {":", STATUS_NOT_AVAILABLE},   {"-", STATUS_NOT_AVAILABLE},
                 {"NA", STATUS_NOT_AVAILABLE},  {"", STATUS_NOT_AVAILABLE},
                 {"[c]", STATUS_CONFIDENTIAL},  {"*", STATUS_CONFIDENTIAL},
                 {"C", STATUS_CONFIDENTIAL},    {"[z]", STATUS_NOT_APPLICABLE},
                 {"[low]", STATUS_LOW},         {"~", STATUS_LOW},
                 {"[k]", STATUS_LOW},           {"[u]", STATUS_UNRELIABLE}};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        char text[200];
        (void)snprintf(text, sizeof text, HEADER "E01,2024,%s\nE02,2024,0\n", marks[i].mark);
        struct release *release = read_text(text);
        ck_assert_msg(release != NULL, "%s: %s", marks[i].mark, problems.kept[0].reason);
        ck_assert_uint_eq(release->status[0], marks[i].status);
        ck_assert_uint_eq(release->status[1], STATUS_VALUE);
        release_destroy(&release);
        (void)snprintf(text, sizeof text, "area_code,period,value,status\nE01,2024,,%s\n",
                       marks[i].mark);
        release = read_text(text);
        ck_assert_msg(release != NULL, "%s: %s", marks[i].mark, problems.kept[0].reason);
        ck_assert_uint_eq(release->status[0], marks[i].status);
        release_destroy(&release);
    }
}
END_TEST

static const struct {
    const char *text;
    uint64_t line, column;
    const char *reason;
} bad[] = {
    {"", 0, 0, "the file is empty"},
    {HEADER, 0, 0, "no rows"},
    {"area_code,period\nE01,2024\n", 1, 1, "no column 'value'"},
    {"area_code,period,value,value\nE01,2024,1,1\n", 1, 24, "a second column 'value'"},
    {"area_code,period,value,colour\nE01,2024,1,red\n", 1, 24, "a column 'colour'"},
    {HEADER "E01,2024,1,\n", 2, 12, "4 fields, expected 3"},
    {HEADER "E01,2024\n", 2, 5, "2 fields, expected 3"},
    {HEADER "E98,2024,1\n", 2, 1, "'E98' is no area code that the pack knows"},
    {HEADER "E01,soon,1\n", 2, 5, "'soon', expected a period"},
    {HEADER "E01,2024-02-30,1\n", 2, 5, "'2024-02-30', expected a period"},
    {HEADER "E01,2024,one\n", 2, 10, "'one', expected"},
    {HEADER "E01,2024,1 2\n", 2, 10, "'1 2', expected"},
    {HEADER "E01,2024,nan\n", 2, 10, "'nan', expected"},
    {HEADER "E01,2024,inf\n", 2, 10, "'inf', expected"},
    {HEADER "E01,2024,0x10\n", 2, 10, "'0x10', expected"},
    {HEADER "E01,2024,1e999\n", 2, 10, "'1e999', expected"},
    {"area_code,period,value,status\nE01,2024,,[odd]\n", 2, 11, "'[odd]', expected"},
    {"area_code,period,value,status\nE01,2024,1,[c]\n", 2, 12, "beside a number"},
    {HEADER "E01,2024,1\nE02,2024,2\nE01,2024,1\n", 4, 1,
     "a second row for E01 in 2024; the first is in line 2"},
    {HEADER "E01,2024,\"1\n", 2, 10, "never closes"},
    {HEADER "E01,2024,12\nE02,2024,1", 3, 11, "no line end; is the file cut short?"},
};

START_TEST(a_bad_file_is_refused_whole_with_its_place) {
    ck_assert_ptr_null(read_text(bad[_i].text));
    ck_assert_uint_eq(problems.total, 1);
    ck_assert_str_eq(problems.kept[0].file, "r.csv");
    ck_assert_msg(problems.kept[0].line == bad[_i].line &&
                      problems.kept[0].column == bad[_i].column,
                  "%llu:%llu: %s", (unsigned long long)problems.kept[0].line,
                  (unsigned long long)problems.kept[0].column, problems.kept[0].reason);
    ck_assert_msg(strstr(problems.kept[0].reason, bad[_i].reason) != NULL, "%s",
                  problems.kept[0].reason);
}
END_TEST

START_TEST(every_problem_is_counted_and_the_first_are_kept) {
    char text[4000] = HEADER;
    for (int i = 0; i < 50; i++)
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), "E01,%d,many\n", 2000 + i);
    ck_assert_ptr_null(read_text(text));
    ck_assert_uint_eq(problems.total, 50);
    for (uint64_t i = 0; i < PROBLEMS_KEPT; i++)
        ck_assert_uint_eq(problems.kept[i].line, i + 2);
}
END_TEST

START_TEST(a_slip_in_a_code_is_suggested) {
    ck_assert_ptr_null(read_text(HEADER "E93,2024,1\n"));
    ck_assert_ptr_nonnull(strstr(problems.kept[0].reason, "did you mean E"));
}
END_TEST

START_TEST(the_newest_period_is_the_last_that_has_a_number) {
    struct release *release = read_text(HEADER "E01,2022,1\nE01,2025,[x]\nE02,2024,2\n");
    ck_assert_str_eq(release->periods[release_newest(release)], "2024");
    release_destroy(&release);
    release = read_text(HEADER "E01,2022,[x]\n");
    ck_assert_uint_eq(release_newest(release), SIZE_MAX);
    release_destroy(&release);
}
END_TEST

START_TEST(no_bytes_break_it) {
    static const char seed[] = "area_code,period,value,status\nE01,2024,1.5,\nC1,2023-24,,[c]\n";
    uint64_t random = 88172645463325252u;
    unsigned accepted = 0;
    for (int round = 0; round < 20000; round++) {
        char text[sizeof seed];
        memcpy(text, seed, sizeof seed);
        for (int k = 0; k < 1 + round % 3; k++) {
            (void)suite_random(&random);
            text[random % (sizeof seed - 1)] = (char)(random >> 40);
        }
        struct problems found = {0};
        struct release *release =
            release_read(pack->geography, "r.csv", text, sizeof seed - 1, &found);
        ck_assert((release == NULL) == (found.total > 0));
        accepted += release != NULL;
        for (size_t i = 0; release && i < release->n; i++) {
            ck_assert_uint_lt(release->code[i], release->n_codes);
            ck_assert_uint_lt(release->period[i], release->n_periods);
            ck_assert_uint_lt(release->status[i], STATUS_COUNT);
            ck_assert(release->status[i] != STATUS_VALUE || isfinite(release->value[i]));
        }
        if (release)
            release_destroy(&release);
    }
    ck_assert_uint_gt(accepted, 0);
}
END_TEST

START_TEST(a_tidy_file_is_known_by_its_header) {
    static const struct {
        const char *text;
        bool tidy;
    } files[] = {{HEADER, true},
                 {"value,colour,period,area_code\nbad\n", true}, /* be it good or bad */
                 {"area_code,period\n", false},
                 {"area_code,value\n", false},
                 {"period,value\n", false},
                 {"", false},
                 {"\"area_code", false}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        bool tidy;
        ck_assert(release_is_tidy(files[i].text, strlen(files[i].text), &tidy));
        ck_assert_msg(tidy == files[i].tidy, "%s", files[i].text);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("release");
    TCase *tests = tcase_create("release");
    tcase_add_checked_fixture(tests, begin, end);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_tidy_file_is_known_by_its_header);
    tcase_add_test(tests, figures_keep_their_code_period_line_and_value);
    tcase_add_test(tests, a_mark_is_a_status_and_no_number);
    tcase_add_loop_test(tests, a_bad_file_is_refused_whole_with_its_place, 0,
                        sizeof bad / sizeof *bad);
    tcase_add_test(tests, every_problem_is_counted_and_the_first_are_kept);
    tcase_add_test(tests, a_slip_in_a_code_is_suggested);
    tcase_add_test(tests, the_newest_period_is_the_last_that_has_a_number);
    tcase_add_test(tests, no_bytes_break_it);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
