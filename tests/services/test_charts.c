/* What pages are written with: escaped text, figures, periods, the small pictures of a place. */
#include "core/status.h"
#include "services/views/chart_distribution.h"
#include "services/views/chart_trend.h"
#include "services/views/html.h"
#include "tests/suite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static char *text;
static size_t length;
static FILE *out;

static void begin(void) {
    out = open_memstream(&text, &length);
    ck_assert_ptr_nonnull(out);
}

static void end(void) {
    free(text);
}

/* What was written since begin. */
static const char *written(void) {
    ck_assert_int_eq(fclose(out), 0);
    return text;
}

static size_t count(const char *in, const char *what) {
    size_t n = 0;
    for (const char *at = in; (at = strstr(at, what)) != NULL; at += strlen(what))
        n++;
    return n;
}

/* --- text ------------------------------------------------------------------------------------- */

START_TEST(text_is_escaped_and_has_no_controls) {
    html_text(out, "<b a=\"1\" c='2'>&\x01\x1b[0m\x7f é");
    ck_assert_str_eq(written(), "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;  [0m  é");
}
END_TEST

START_TEST(a_part_of_an_address_is_encoded) {
    html_url(out, "a b/c?d=e&f#é<\"'");
    ck_assert_str_eq(written(), "a%20b%2Fc%3Fd%3De%26f%23%C3%A9%3C%22%27");
}
END_TEST

START_TEST(links_keep_an_edition_that_is_a_number) {
    static const char *const asked[] = {"7", "7x", "", "-1", "\"><script>"};
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        const struct request request = {.parameters = {{"edition", asked[i]}}, .n_parameters = 1};
        html_href(out, &request, "/league");
        html_href(out, &request, "?a=b");
        (void)fputc(' ', out);
    }
    ck_assert_str_eq(written(), "/league?edition=7?a=b&amp;edition=7 /league?a=b /league?a=b "
                                "/league?a=b /league?a=b ");
}
END_TEST

START_TEST(figures_are_short) {
    static const double figures[] = {0,      -0.0, 0.001,  0.126,     12.5,    100.04,
                                     99.999, 1000, 999.96, 1234567.8, -1234.5, -0.001};
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
        html_number(out, figures[i]);
        (void)fputc(' ', out);
    }
    ck_assert_str_eq(written(), "0 0 0 0.13 12.5 100 100 1,000 1,000 1,234,568 −1,234 0 ");
}
END_TEST

START_TEST(a_figure_of_any_size_is_written) {
    html_number(out, 1e300);
    html_number(out, -1e300);
    ck_assert_uint_gt(strlen(written()), 600);
}
END_TEST

START_TEST(periods_are_said_as_people_do) {
    static const char *const periods[][2] = {
        {"2023-01-01/P1Y", "2023"},
        {"2022-01-01/P3Y", "2022 to 2024"},
        {"2024-04-01/P1Y", "1 April 2024 to 31 March 2025"},
        {"2024-02-01/P1M", "February 2024"},
        {"2024-01-01/P3M", "1 January 2024 to 31 March 2024"},
        {"2023-12-01/P3M", "1 December 2023 to 29 February 2024"},
        {"2025-04-30", "30 April 2025"},
        {"2024/25", "2024/25"},
        {"2024", "2024"},
        {"", ""},
        {"2024-13-01/P1Y", "2024-13-01/P1Y"},
        {"2024-13-01", "2024-13-01"},
        {"2024-01-01/P0Y", "2024-01-01/P0Y"},
        {"2024-01-01/P1D", "2024-01-01/P1D"},
        {"2024-01-01/P1Y<b>", "2024-01-01/P1Y&lt;b&gt;"},
    };
    char expected[1000] = "";
    for (size_t i = 0; i < sizeof periods / sizeof *periods; i++) {
        html_period(out, periods[i][0]);
        (void)fputc('|', out);
        (void)strcat(strcat(expected, periods[i][1]), "|");
    }
    ck_assert_str_eq(written(), expected);
}
END_TEST

START_TEST(ranks_and_days) {
    html_rank(out, 7);
    html_rank(out, 7.5);
    html_date(out, UINT64_C(1779148800000));
    ck_assert_str_eq(written(), "77.519 May 2026");
}
END_TEST

/* --- distributions ---------------------------------------------------------------------------- */

enum { PLACES = 5 };

static void draw(const double value[PLACES], const uint8_t status[PLACES], size_t own,
                 enum direction direction) {
    double copy[PLACES], work[PLACES];
    uint8_t marks[PLACES];
    memcpy(copy, value, sizeof copy);
    memcpy(marks, status, sizeof marks);
    const struct column figures = {.count = PLACES, .value = copy, .status = marks};
    chart_distribution(out, &figures, own, direction, work);
}

static const uint8_t all_there[PLACES] = {0};

START_TEST(each_place_is_a_tick_and_more_need_is_to_the_right) {
    const double value[PLACES] = {0, 10, 20, 30, 100};
    draw(value, all_there, 4, HIGHER_IS_NEED);
    draw(value, all_there, 4, LOWER_IS_NEED);
    const char *drawn = written();
    ck_assert_uint_eq(count(drawn, " 12v14"), 2 * PLACES);
    ck_assert_ptr_nonnull(strstr(drawn, "\"M8 12v14M38.5 12v14M69 12v14M99 12v14M312 12v14\""));
    ck_assert_ptr_nonnull(strstr(drawn, "\"M312 12v14M281.5 12v14M251 12v14M221 12v14M8 12v14\""));
    ck_assert_ptr_nonnull(strstr(drawn, "M306 0h12l-6 10z")); /* its mark: most need */
    ck_assert_ptr_nonnull(strstr(drawn, "M2 0h12l-6 10z"));   /* and least */
}
END_TEST

START_TEST(what_is_missing_is_no_tick_and_has_no_mark) {
    const double value[PLACES] = {1, 2, NAN, 4, 5};
    const uint8_t status[PLACES] = {0, 0, STATUS_CONFIDENTIAL, 0, 0};
    draw(value, status, 2, HIGHER_IS_NEED);
    const char *drawn = written();
    ck_assert_uint_eq(count(drawn, " 12v14"), 4);
    ck_assert_uint_eq(count(drawn, "class=\"mark\""), 0);
    ck_assert_uint_eq(count(drawn, "nan"), 0);
}
END_TEST

START_TEST(equal_figures_are_one_tick_in_the_middle) {
    const double value[PLACES] = {3, 3, 3, 3, 3};
    draw(value, all_there, 1, LOWER_IS_NEED);
    const char *drawn = written();
    ck_assert_uint_eq(count(drawn, " 12v14"), 1);
    ck_assert_ptr_nonnull(strstr(drawn, "M160 12v14"));
    ck_assert_ptr_nonnull(strstr(drawn, "M154 0h12l-6 10z"));
}
END_TEST

START_TEST(without_figures_the_strip_is_empty) {
    const double value[PLACES] = {0};
    const uint8_t status[PLACES] = {1, 1, 1, 1, 1};
    draw(value, status, 0, HIGHER_IS_NEED);
    ck_assert_uint_eq(count(written(), "<path"), 0);
}
END_TEST

START_TEST(one_place_is_its_own_distribution) {
    double value[1] = {7}, work[1];
    uint8_t status[1] = {0};
    const struct column figures = {.count = 1, .value = value, .status = status};
    chart_distribution(out, &figures, 0, HIGHER_IS_NEED, work);
    chart_interval(out, 1, 1, 1, 1);
    const char *drawn = written();
    ck_assert_uint_eq(count(drawn, " 12v14"), 1);
    ck_assert_uint_eq(count(drawn, "class=\"mark\""), 2);
    ck_assert_uint_eq(count(drawn, "nan") + count(drawn, "inf"), 0);
}
END_TEST

/* --- trends ----------------------------------------------------------------------------------- */

static const uint64_t editions[] = {1, 2, 3, 4};

START_TEST(a_trend_is_a_line_with_its_first_and_last_rank) {
    const double ranks[] = {10, 12, 15, 14};
    chart_trend(out, ranks, editions, 4, 307);
    const char *drawn = written();
    ck_assert_uint_eq(count(drawn, "<circle"), 4);
    ck_assert_uint_eq(count(drawn, "L"), 3);
    ck_assert_ptr_nonnull(strstr(drawn, ">10</text>"));
    ck_assert_ptr_nonnull(strstr(drawn, ">14</text>"));
    ck_assert_ptr_nonnull(strstr(drawn, "edition 1</text>"));
}
END_TEST

START_TEST(a_trend_is_broken_where_there_is_no_rank) {
    const double ranks[] = {10, 0, 15, 14};
    chart_trend(out, ranks, editions, 4, 307);
    const char *drawn = written();
    ck_assert_uint_eq(count(drawn, "<circle"), 3);
    ck_assert_uint_eq(count(drawn, "L"), 1);
}
END_TEST

START_TEST(a_trend_of_one_edition_of_none_and_of_few_places) {
    const double one[] = {1}, none[] = {0, 0};
    chart_trend(out, one, editions, 1, 1);
    chart_trend(out, none, editions, 2, 0);
    chart_trend(out, none, editions, 0, 307);
    const char *drawn = written();
    ck_assert_uint_eq(count(drawn, "<svg"), 2);
    ck_assert_uint_eq(count(drawn, "<circle"), 1);
    ck_assert_uint_eq(count(drawn, "nan") + count(drawn, "inf"), 0);
}
END_TEST

START_TEST(a_small_move_is_not_drawn_as_a_fall) {
    const double ranks[] = {100, 101};
    double y[2];
    chart_trend(out, ranks, editions, 2, 307);
    const char *line = strstr(written(), "round\" d=\"M36 ");
    ck_assert_ptr_nonnull(line);
    ck_assert_int_eq(sscanf(line, "round\" d=\"M36 %lfL262 %lf", &y[0], &y[1]), 2);
    ck_assert(y[1] > y[0]);               /* less need is lower */
    ck_assert(y[1] - y[0] < 72.0 / 15.0); /* of a picture that spans 20 ranks at least */
}
END_TEST

int main(void) {
    Suite *suite = suite_create("charts");
    TCase *t = tcase_create("charts");
    tcase_add_checked_fixture(t, begin, end);
    tcase_add_test(t, text_is_escaped_and_has_no_controls);
    tcase_add_test(t, a_part_of_an_address_is_encoded);
    tcase_add_test(t, links_keep_an_edition_that_is_a_number);
    tcase_add_test(t, figures_are_short);
    tcase_add_test(t, a_figure_of_any_size_is_written);
    tcase_add_test(t, periods_are_said_as_people_do);
    tcase_add_test(t, ranks_and_days);
    tcase_add_test(t, each_place_is_a_tick_and_more_need_is_to_the_right);
    tcase_add_test(t, what_is_missing_is_no_tick_and_has_no_mark);
    tcase_add_test(t, equal_figures_are_one_tick_in_the_middle);
    tcase_add_test(t, without_figures_the_strip_is_empty);
    tcase_add_test(t, one_place_is_its_own_distribution);
    tcase_add_test(t, a_trend_is_a_line_with_its_first_and_last_rank);
    tcase_add_test(t, a_trend_is_broken_where_there_is_no_rank);
    tcase_add_test(t, a_trend_of_one_edition_of_none_and_of_few_places);
    tcase_add_test(t, a_small_move_is_not_drawn_as_a_fall);
    suite_add_tcase(suite, t);
    return suite_main(suite);
}
