#include "tests/suite.h"

#include "core/stats.h"

#include <math.h>

START_TEST(a_mean_keeps_its_last_digits) {
    static double x[4000];
    for (size_t i = 0; i < 4000; i++)
        x[i] = 0.1;
    ck_assert(stats_mean(x, 4000) == 0.1);
}
END_TEST

START_TEST(the_median_is_the_middle_or_between_the_two_in_the_middle) {
    double odd[] = {9, 1, 5}, even[] = {8, 1, 3, 4}, one[] = {7}, large[] = {1.5e308, 1.5e308};
    ck_assert(stats_median(odd, 3) == 5);
    ck_assert(stats_median(even, 4) == 3.5);
    ck_assert(stats_median(one, 1) == 7);
    ck_assert(stats_median(large, 2) == 1.5e308);
}
END_TEST

START_TEST(the_mean_is_the_sum_over_the_count) {
    const double x[] = {1, 2, 6};
    ck_assert(stats_mean(x, 3) == 3);
}
END_TEST

START_TEST(large_figures_have_a_mean_and_a_standard_deviation) {
    /* The sum is beyond every number, and so are the squares. */
    const double x[] = {1.5e308, 1.7e308}, y[] = {1e200, 2e200, 3e200, 4e200, 1e201};
    const double sorted[] = {-1.6e308, 1.6e308};
    ck_assert_double_eq_tol(stats_mean(x, 2) / 1.6e308, 1, 1e-15);
    ck_assert_double_eq_tol(stats_sd(y, 5) / sqrt(12.5) / 1e200, 1, 1e-15);
    ck_assert_double_eq_tol(stats_quantile(sorted, 2, 0.75) / 0.8e308, 1, 1e-15);
}
END_TEST

START_TEST(ties_share_the_mean_of_their_ranks) {
    const double x[] = {30, 10, 20, 20, 40, 20}, expected[] = {5, 1, 3, 3, 6, 3};
    double rank[6];
    struct room room;
    struct fault fault;
    ck_assert(room_open(&room, 6, &fault));
    stats_ranks(x, 6, TIES_AVERAGE, &room, rank);
    for (size_t i = 0; i < 6; i++)
        ck_assert(rank[i] == expected[i]);
    stats_ranks(x, 0, TIES_AVERAGE, &room, rank);
    room_close(&room);
}
END_TEST

START_TEST(pearson_and_its_interval_are_as_worked_by_hand) {
    /* dx = -2 -1 0 1 2, dy = -2 0 -1 1 2: xy 9, xx 10, yy 10, r = 0.9;
     * z = atanh(0.9) = 1.4722195, error 1.959964 / sqrt(2) = 1.3859038 */
    const double x[] = {1, 2, 3, 4, 5}, y[] = {1, 3, 2, 4, 5};
    struct correlation r;
    ck_assert(stats_pearson(x, y, 5, &r));
    ck_assert_double_eq_tol(r.value, 0.9, 1e-12);
    ck_assert_double_eq_tol(r.low, 0.08610194023847766, 1e-12); /* tanh(0.0863157) */
    ck_assert_double_eq_tol(r.high, 0.9934375159687521, 1e-12); /* tanh(2.8581233) */
}
END_TEST

static bool spearman(double *x, double *y, size_t n, struct correlation *out) {
    struct fault fault = {0};
    struct room room;
    ck_assert_msg(room_open(&room, n, &fault), "%s", fault.text);
    bool defined = stats_spearman(x, y, n, &room, out);
    room_close(&room);
    return defined;
}

START_TEST(spearman_is_pearson_of_the_ranks_with_its_own_interval) {
    /* The same ranks as above. error = 1.959964 * sqrt((1 + 0.405) / 2) = 1.6427492 */
    double x[] = {1, 10, 100, 1000, 1e6}, y[] = {-5, 3, 2, 40, 41};
    struct correlation rho;
    ck_assert(spearman(x, y, 5, &rho));
    ck_assert(x[4] == 5 && y[1] == 3); /* the ranks are in their places */
    ck_assert_double_eq_tol(rho.value, 0.9, 1e-12);
    ck_assert_double_eq_tol(rho.low, -0.1688957, 1e-7); /* tanh(-0.1705297) */
    ck_assert_double_eq_tol(rho.high, 0.9960686, 1e-7); /* tanh(3.1149687) */
}
END_TEST

START_TEST(a_perfect_line_is_1_or_minus_1_and_stays_within) {
    const double x[] = {0.1, 0.2, 0.3, 0.7}, up[] = {1.1, 2.2, 3.3, 7.7}, down[] = {4, 3, 2, -2};
    struct correlation r;
    ck_assert(stats_pearson(x, up, 4, &r));
    ck_assert_double_eq_tol(r.value, 1, 1e-12);
    ck_assert(r.value <= 1 && r.high <= 1 && r.low <= r.value);
    ck_assert(stats_pearson(x, down, 4, &r));
    ck_assert_double_eq_tol(r.value, -1, 1e-12);
    ck_assert(r.value >= -1 && r.low >= -1);
}
END_TEST

START_TEST(a_correlation_is_not_defined_for_three_points_or_a_constant) {
    /* The mean of ten times 0.1 is not 0.1: a constant must be seen all the same. */
    double flat[] = {0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1};
    double x[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    struct correlation r;
    ck_assert(!stats_pearson(x, x, 3, &r));
    ck_assert(!spearman(x, x, 3, &r));
    ck_assert(!stats_pearson(x, flat, 10, &r));
    ck_assert(!spearman(flat, x, 10, &r));
}
END_TEST

START_TEST(what_rounding_puts_beyond_1_is_1) {
    const double x[] = {0, 2, 2, 2}, back[] = {2, 0, 0, 0}; /* 3 / (sqrt(3) sqrt(3)) is above 1 */
    struct correlation r;
    ck_assert(stats_pearson(x, x, 4, &r) && r.value == 1);
    ck_assert(stats_pearson(x, back, 4, &r) && r.value == -1);
}
END_TEST

START_TEST(figures_whose_squares_are_no_numbers_have_no_correlation_and_no_shape) {
    const double x[] = {1e300, -1e300, 2e300, 1}, y[] = {1, 2, 3, 4};
    const double tiny[] = {1e-300, 2e-300, 3e-300, 5e-300}; /* whose squares are 0 */
    struct correlation r;
    ck_assert(!stats_pearson(tiny, y, 4, &r));
    double skewness, kurtosis;
    ck_assert(!stats_pearson(x, y, 4, &r));
    const double far[] = {1.7e308, -1.7e308, -1.7e308, -1.7e308}, same[] = {5, 5, 5, 5};
    ck_assert(!stats_shape(far, 4, &skewness, &kurtosis));
    ck_assert(!stats_shape(same, 4, &skewness, &kurtosis));
    ck_assert(!stats_shape(y, 3, &skewness, &kurtosis));
    const double near[] = {0, 1e-310, 2e-310, 1e-308}; /* below where a product is exact */
    ck_assert(stats_shape(near, 4, &skewness, &kurtosis) && skewness > 1);
}
END_TEST

START_TEST(a_quantile_lies_between_its_neighbours) {
    const double x[] = {1, 2, 4}, far[] = {-1.7e308, 1.7e308};
    ck_assert(stats_quantile(x, 3, 0) == 1 && stats_quantile(x, 3, 1) == 4);
    ck_assert(stats_quantile(x, 3, 0.75) == 3 && stats_quantile(x, 1, 0.5) == 1);
    ck_assert(stats_quantile(far, 2, 0.5) == 0);
}
END_TEST

START_TEST(scaling_changes_no_correlation) {
    double x[] = {1, 5, 2, 8, 3}, y[] = {4, 1, 7, 2, 2}, scaled[5];
    for (size_t i = 0; i < 5; i++)
        scaled[i] = 1024 * x[i];
    struct correlation a, b;
    ck_assert(stats_pearson(x, y, 5, &a) && stats_pearson(scaled, y, 5, &b));
    ck_assert_double_eq_tol(a.value, b.value, 1e-12);
    ck_assert(spearman(x, y, 5, &a) && spearman(scaled, y, 5, &b));
    ck_assert(a.value == b.value);
}
END_TEST

static Suite *suite(void) {
    Suite *s = suite_create("stats");
    TCase *t = tcase_create("stats");
    tcase_add_test(t, a_mean_keeps_its_last_digits);
    tcase_add_test(t, the_median_is_the_middle_or_between_the_two_in_the_middle);
    tcase_add_test(t, the_mean_is_the_sum_over_the_count);
    tcase_add_test(t, what_rounding_puts_beyond_1_is_1);
    tcase_add_test(t, figures_whose_squares_are_no_numbers_have_no_correlation_and_no_shape);
    tcase_add_test(t, a_quantile_lies_between_its_neighbours);
    tcase_add_test(t, large_figures_have_a_mean_and_a_standard_deviation);
    tcase_add_test(t, ties_share_the_mean_of_their_ranks);
    tcase_add_test(t, pearson_and_its_interval_are_as_worked_by_hand);
    tcase_add_test(t, spearman_is_pearson_of_the_ranks_with_its_own_interval);
    tcase_add_test(t, a_perfect_line_is_1_or_minus_1_and_stays_within);
    tcase_add_test(t, a_correlation_is_not_defined_for_three_points_or_a_constant);
    tcase_add_test(t, scaling_changes_no_correlation);
    suite_add_tcase(s, t);
    return s;
}

int main(void) {
    return suite_main(suite());
}
