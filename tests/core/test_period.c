#include "core/period.h"
#include "tests/suite.h"

#include <string.h>

static const struct {
    const char *text;
    int32_t key;
} good[] = {
    {"2024", 20240101},
    {" 2024 ", 20240101},
    {"2024/25", 20240101},
    {"2023-24", 20230101},
    {"2023 - 25", 20230101},
    {"2024/2025", 20240101},
    {"1999-00", 19990101},
    {"2023-12", 20231201}, /* December, and no span */
    {"2025-07", 20250701},
    {"2026-01-01", 20260101},
    {"2024-02-29", 20240229},
    {"2023-01-01/P1Y", 20230101},
    {"2022-04-01/P3Y", 20220401},
    {"2019-10-01T00:00:00", 20191001},
    {"2003-01-01T00:00:00/P1Y", 20030101},
    {"2022 Q1", 20220101},
    {"2022/Q4", 20221001},
    {"2016/Q2 to 2026/Q1", 20160401},
    {"2020 to 2022", 20200101},
    {"2018\xE2\x80\x93"
     "20",
     20180101},
    {"202324", 20230101},
    {"Q4 2022", 20221001},
    {"Jul 2024", 20240701},
    {"Sept 2024", 20240901},
    {"31 March 2024", 20240331},
    {"Apr 2020 to Mar 2023", 20200401},
    {"April 2020 - March 2023", 20200401},
    {"October to December 2022", 20221001},
    {"November to January 2022", 20211101},
    {"1 April 2023 to 31 March 2024", 20230401},
    {"year ending June 2025", 20240701},
    {"Year ended December 2023", 20230101},
    {"YE Mar 2024", 20230401},
    {"2000-02-29", 20000229},
    {"2016-Q2 to 2016 Q2", 20160401},
    {"29 February to 31 March 2024", 20240229},
    {"December to January 2024", 20231201},
    {"Jan-22", 20220101},
    {"Apr-1999", 19990401},
    {"Apr-99", 19990401},
    {"Apr-21 to Mar-22", 20210401},
    {"2022p", 20220101},
    {"2021 (r)", 20210101},
    {"2021-22 (Provisional)", 20210101},
    {"year ending June 2025 (p)", 20240701},
};

static const char *const bad[] = {
    "2016/Q2 to 2015/Q1", /* ends before it begins */
    "2016/Q2 to 2016/Q1",
    "2016/Q2 to 2016/Q5",
    "2016/Q2 to 2016/Q3x",
    "2016/Q2 by 2016/Q3",
    "2016/Q2 to Q3",
    "31 February to 31 March 2024",
    "29 February to 31 March 2023",
    "0 March 2024",
    "30 February 2024",
    "April 2020 to March",
    "April 2020 to March 2023 or so",
    "April 2020 - ",
    "April",
    "April 0999",
    "year ending",
    "year June 2025",
    "year ending June",
    "year ending June 2025 or so",
    "YE Mar",
    "Mar-2x",
    "2020-20",
    "2020-45",
    "2020/2040",
    "2020/2020",
    "2020/20x1",
    "202326",
    "2023-01-01/P0Y",
    "2023-01-01xP1Y",
    "2023-01-01/X1Y",
    "2023-01-0",
    "2023-01x01",
    "2100-02-29",
    "2023-00-01",
    "2023-01-00",
    "",
    "soon",
    "24",
    "2024-13",
    "2024x",
    "2024 (2)",
    "Jan-2",
    "Jan-221",
    "p",
    "(p)",
    "2023-02-29",
    "2024-9-1",
    "2024-09-31",
    "0999",
    "2024-24",
    "2025/24",
    "2022 Q5",
    "2022 Q0",
    "2024-01-01/P1H",
    "2024-01-01/P",
    "2024-01-01T12:00:00",
    "2024 2025",
    "20245",
    "2016/Q2 to",
    "2024-",
    "-2024",
    "202325",
    "2022 to 2020",
    "March",
    "Marching 2024",
    "30 February 2024",
    "0 March 2024",
    "Mar 2024 to Feb 2024",
    "October to December",
    "year ending 2025",
    "year ending June",
    "year June 2025",
    "total 2024",
};

START_TEST(a_period_begins_on_its_day) {
    int32_t key = 0;
    ck_assert_msg(period_key(good[_i].text, strlen(good[_i].text), &key), "%s", good[_i].text);
    ck_assert_int_eq(key, good[_i].key);
}
END_TEST

START_TEST(what_is_no_period_is_refused) {
    int32_t key = 0;
    ck_assert_msg(!period_key(bad[_i], strlen(bad[_i]), &key), "%s is %d", bad[_i], key);
}
END_TEST

START_TEST(only_the_length_given_is_read) {
    int32_t key = 0;
    ck_assert(period_key("2024-07-01 and more", 7, &key));
    ck_assert_int_eq(key, 20240701);
}
END_TEST

static const struct {
    const char *text, *interval;
} intervals[] = {
    {"2024", "2024-01-01/P1Y"},
    {" 2024 ", "2024-01-01/P1Y"},
    {"2022p", "2022-01-01/P1Y"},
    {"2022 (p)", "2022-01-01/P1Y"},
    {"2023-12", "2023-12-01/P1M"},
    {"2026-01-01", "2026-01-01/P1D"},
    {"2023-04-01/P3Y", "2023-04-01/P3Y"},
    {"2003-01-01T00:00:00/P1Y", "2003-01-01/P1Y"},
    {"2022 Q1", "2022-01-01/P3M"},
    {"2022/Q4", "2022-10-01/P3M"},
    {"2022-Q3", "2022-07-01/P3M"},
    {"Q4 2022", "2022-10-01/P3M"},
    {"year ending June 2025", "2024-07-01/P1Y"},
    {"YE Mar 2024 (p)", "2023-04-01/P1Y"},
    {"2024/25", ""}, /* financial or academic: nobody says */
    {"2023-24", ""},
    {"2020 to 2022", ""},
    {"2016/Q2 to 2026/Q1", ""},
    {"Jul 2024", ""},
    {"2023-13-01/P1Y", ""},
    {"nothing", ""},
    {"", ""},
};

START_TEST(a_period_is_an_interval_where_both_ends_are_told) {
    char out[PERIOD_INTERVAL];
    bool known = period_interval(intervals[_i].text, out);
    ck_assert_str_eq(out, intervals[_i].interval);
    ck_assert(known == (*intervals[_i].interval != '\0'));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("period");
    TCase *tests = tcase_create("period");
    tcase_add_loop_test(tests, a_period_begins_on_its_day, 0, sizeof good / sizeof *good);
    tcase_add_loop_test(tests, what_is_no_period_is_refused, 0, sizeof bad / sizeof *bad);
    tcase_add_test(tests, only_the_length_given_is_read);
    tcase_add_loop_test(tests, a_period_is_an_interval_where_both_ends_are_told, 0,
                        sizeof intervals / sizeof *intervals);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
