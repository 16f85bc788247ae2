#include "core/describe.h"
#include "core/status.h"
#include "tests/suite.h"

#include <float.h>
#include <math.h>

enum { N = 8 };

static uint8_t statuses[N];

static struct column column_of(double *values, size_t n) {
    memset(statuses, STATUS_VALUE, sizeof statuses);
    return (struct column){.count = n, .value = values, .status = statuses};
}

static struct room room;

static void begin(void) {
    struct fault fault;
    ck_assert(room_open(&room, N, &fault));
}

static void end(void) {
    room_close(&room);
}

START_TEST(a_column_without_figures_has_a_summary_of_gaps) {
    double x[N] = {0};
    uint8_t gaps[N];
    memset(gaps, STATUS_ABSENT, N);
    struct column column = {.count = N, .value = x, .status = gaps};
    struct summary summary;
    describe_column(&column, &room, &summary);
    ck_assert_uint_eq(summary.n, 0);
    ck_assert_uint_eq(summary.missing, N);
    ck_assert(!summary.has_sd && !summary.has_shape);
}
END_TEST

START_TEST(one_figure_has_a_mean_and_no_deviation) {
    double x[] = {3};
    struct column column = column_of(x, 1);
    struct summary summary;
    describe_column(&column, &room, &summary);
    ck_assert(summary.n == 1 && summary.mean == 3 && summary.median == 3 && summary.max == 3);
    ck_assert(!summary.has_sd);
}
END_TEST

START_TEST(figures_beyond_the_fences_are_outliers) {
    double x[] = {1, 2, 3, 4, 5, 6, 100, -90};
    struct column column = column_of(x, N);
    struct summary summary;
    describe_column(&column, &room, &summary);
    ck_assert_uint_eq(summary.outliers, 2);
    ck_assert(summary.has_sd && summary.has_shape);
    /* So far apart that their deviation is no number. */
    double far[] = {DBL_MAX, -DBL_MAX, DBL_MAX, -DBL_MAX};
    column = column_of(far, 4);
    describe_column(&column, &room, &summary);
    ck_assert(!summary.has_sd || isfinite(summary.sd));
}
END_TEST

START_TEST(columns_on_a_line_have_a_correlation_that_is_no_chance) {
    double x[] = {-1, 1, -1, 1}, y[] = {-2, 2, -2, 2}, flat[] = {7, 7, 7, 7};
    struct column a = column_of(x, 4), b = column_of(y, 4), c = column_of(flat, 4);
    struct relation relation;
    describe_relation(&a, &b, &room, &relation);
    ck_assert(relation.has_pearson && relation.pearson.value == 1 && relation.pearson_p == 0);
    ck_assert(relation.has_spearman && relation.spearman_p == 0);
    describe_relation(&a, &c, &room, &relation);
    ck_assert(!relation.has_pearson && !relation.has_spearman);
    ck_assert_uint_eq(relation.n, 4);
}
END_TEST

START_TEST(only_places_with_both_are_compared) {
    double x[] = {1, 2, 3, 4, 5, 6}, y[] = {3, 1, 4, 1, 5, 9};
    uint8_t left[] = {STATUS_VALUE, STATUS_ABSENT, STATUS_VALUE,
                      STATUS_VALUE, STATUS_VALUE,  STATUS_VALUE};
    uint8_t right[] = {STATUS_VALUE, STATUS_VALUE, STATUS_CONFIDENTIAL,
                       STATUS_VALUE, STATUS_VALUE, STATUS_VALUE};
    struct column a = {.count = 6, .value = x, .status = left},
                  b = {.count = 6, .value = y, .status = right};
    struct relation relation;
    describe_relation(&a, &b, &room, &relation);
    ck_assert_uint_eq(relation.n, 4);
    ck_assert(relation.pearson_p > 0 && relation.pearson_p < 1);
    ck_assert(relation.spearman_p > 0 && relation.spearman_p < 1);
}
END_TEST

START_TEST(students_t_has_known_tails) {
    /* Tables: t of 12.706 with 1 degree of freedom, and 2.042 with 30, leave 5 per cent. */
    ck_assert_double_eq_tol(describe_t(12.7062, 1), 0.05, 1e-6);
    ck_assert_double_eq_tol(describe_t(2.0423, 30), 0.05, 1e-5);
    ck_assert_double_eq_tol(describe_t(-2.0423, 30), 0.05, 1e-5);
    ck_assert(describe_t(0, 5) == 1);
    ck_assert(describe_t(1e200, 5) == 0); /* whose square is no number */
    ck_assert(describe_t(1e150, 5) >= 0 && describe_t(1e150, 5) < 1e-300);
    ck_assert(describe_t(0.01, 1e6) > 0.99);
}
END_TEST

START_TEST(alpha_is_of_two_children_that_vary) {
    double x[] = {1, 2, 3, 4}, y[] = {2, 4, 6, 8}, flat[] = {5, 5, 5, 5}, back[] = {4, 3, 2, 1};
    struct column a = column_of(x, 4), b = column_of(y, 4), c = column_of(flat, 4),
                  d = column_of(back, 4), few = column_of(x, 2);
    double work[DESCRIBE_WORK(2)], values[2], loadings[4];
    size_t n;
    struct alpha alpha;
    describe_alpha((const struct column *[]){&a, &b}, 2, work, &alpha);
    ck_assert(alpha.defined && alpha.n == 4);
    ck_assert_double_eq_tol(alpha.raw, 8.0 / 9, 1e-12); /* 2 (1 - (5 + 20) / 45) */
    ck_assert_double_eq_tol(alpha.standardised, 1, 1e-12);
    describe_alpha((const struct column *[]){&a}, 1, work, &alpha);
    ck_assert(!alpha.defined);
    describe_alpha((const struct column *[]){&a, &c}, 2, work, &alpha);
    ck_assert(!alpha.defined);
    describe_alpha((const struct column *[]){&few, &few}, 2, work, &alpha);
    ck_assert(!alpha.defined && alpha.n == 2);
    describe_alpha((const struct column *[]){&a, &d}, 2, work, &alpha); /* the sum never varies */
    ck_assert(!alpha.defined);
    ck_assert(
        describe_components((const struct column *[]){&a, &d}, 2, work, values, loadings, &n));
    ck_assert_double_eq_tol(values[0], 2, 1e-12);
    ck_assert(
        !describe_components((const struct column *[]){&a, &c}, 2, work, values, loadings, &n));
    ck_assert_uint_eq(n, 4);
    ck_assert(
        !describe_components((const struct column *[]){&few, &few}, 2, work, values, loadings, &n));
    double far[] = {1e308, -1e308, 1e308, -1e308}; /* whose squares are no numbers */
    struct column e = column_of(far, 4);
    ck_assert(
        !describe_components((const struct column *[]){&a, &e}, 2, work, values, loadings, &n));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("describe");
    TCase *tests = tcase_create("describe");
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, a_column_without_figures_has_a_summary_of_gaps);
    tcase_add_test(tests, one_figure_has_a_mean_and_no_deviation);
    tcase_add_test(tests, figures_beyond_the_fences_are_outliers);
    tcase_add_test(tests, columns_on_a_line_have_a_correlation_that_is_no_chance);
    tcase_add_test(tests, only_places_with_both_are_compared);
    tcase_add_test(tests, students_t_has_known_tails);
    tcase_add_test(tests, alpha_is_of_two_children_that_vary);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
