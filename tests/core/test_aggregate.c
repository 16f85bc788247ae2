#include "tests/suite.h"

#include "core/aggregate.h"
#include "core/status.h"

#include <math.h>
#include <string.h>

static bool mean(enum aggregate method, double power, double *score, double *weight, size_t n,
                 double *out) {
    const struct combination combination = {.method = method, .power = power};
    return aggregate(&combination, score, weight, n, out);
}

START_TEST(the_arithmetic_mean_is_by_weight) {
    double score[] = {10, 20, 60}, weight[] = {1, 2, 1};
    double out;
    ck_assert(mean(AGGREGATE_ARITHMETIC, 0, score, weight, 3, &out));
    ck_assert(out == 27.5);
    ck_assert(mean(AGGREGATE_ARITHMETIC, 0, score, weight, 1, &out));
    ck_assert(out == 10);
}
END_TEST

START_TEST(the_geometric_mean_is_by_weight) {
    /* (2 * 2 * 2 * 16) ^ (1 / 4) = 128 ^ (1 / 4) */
    double score[] = {2, 16}, weight[] = {3, 1};
    double out;
    ck_assert(mean(AGGREGATE_GEOMETRIC, 0, score, weight, 2, &out));
    ck_assert_double_eq_tol(out, 3.363585661014858, 1e-12);
}
END_TEST

START_TEST(a_geometric_mean_needs_scores_above_0) {
    double zero[] = {5, 0}, negative[] = {-1, 5}, weight[] = {1, 1};
    double out = 7;
    ck_assert(!mean(AGGREGATE_GEOMETRIC, 0, zero, weight, 2, &out));
    ck_assert(!mean(AGGREGATE_GEOMETRIC, 0, negative, weight, 2, &out));
    ck_assert(out == 7);
}
END_TEST

START_TEST(weights_are_relative) {
    double score[] = {3, 7, 11}, weight[] = {1, 2, 5}, doubled[] = {2, 4, 10};
    double a, b;
    ck_assert(mean(AGGREGATE_ARITHMETIC, 0, score, weight, 3, &a));
    ck_assert(mean(AGGREGATE_ARITHMETIC, 0, score, doubled, 3, &b));
    ck_assert(a == b);
}
END_TEST

START_TEST(a_higher_child_never_makes_a_lower_parent) {
    double score[] = {3, 7, 11};
    double weight[] = {1, 2, 0.3};
    for (int method = AGGREGATE_ARITHMETIC; method <= AGGREGATE_GENERALISED; method++) {
        double last, next;
        ck_assert(mean((enum aggregate)method, 2, score, weight, 3, &last));
        for (int i = 0; i < 50; i++) {
            score[1] += 0.125;
            ck_assert(mean((enum aggregate)method, 2, score, weight, 3, &next));
            ck_assert(next > last);
            last = next;
        }
    }
}
END_TEST

START_TEST(other_means_are_by_weight) {
    double score[] = {2, 8}, weight[] = {3, 1}, zero[] = {0, 8}, out = 7;
    ck_assert(mean(AGGREGATE_HARMONIC, 0, score, weight, 2, &out));
    ck_assert_double_eq_tol(out, 4 / (3 / 2.0 + 1 / 8.0), 1e-12);
    ck_assert(mean(AGGREGATE_GENERALISED, 2, score, weight, 2, &out));
    ck_assert_double_eq_tol(out, sqrt((3 * 4 + 64) / 4.0), 1e-12);
    ck_assert(mean(AGGREGATE_GENERALISED, -1, score, weight, 2, &out));
    ck_assert_double_eq_tol(out, 4 / (3 / 2.0 + 1 / 8.0), 1e-12);
    ck_assert(!mean(AGGREGATE_HARMONIC, 0, zero, weight, 2, &out));
    ck_assert(!mean(AGGREGATE_GENERALISED, -1, zero, weight, 2, &out));
    ck_assert(mean(AGGREGATE_GENERALISED, 2, zero, weight, 2, &out));
}
END_TEST

START_TEST(the_median_is_where_half_of_the_weight_is_reached) {
    static const struct {
        double score[4], weight[4], expected;
        size_t n;
    } cases[] = {{{3, 1, 2}, {1, 1, 1}, 2, 3},
                 {{4, 1, 2, 3}, {1, 1, 1, 1}, 2.5, 4},
                 {{1, 2, 3}, {5, 1, 1}, 1, 3},
                 {{1, 2, 3}, {1, 1, 2}, 2.5, 3},
                 {{9}, {0.3}, 9, 1},
                 {{1, 2, 3}, {0.1, 0.2, 0.3}, 2.5, 3},
                 {{5, 5, 1, 9}, {1, 1, 1, 1}, 5, 4}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double score[4], weight[4], out;
        memcpy(score, cases[i].score, sizeof score);
        memcpy(weight, cases[i].weight, sizeof weight);
        ck_assert(mean(AGGREGATE_MEDIAN, 0, score, weight, cases[i].n, &out));
        ck_assert_double_eq_tol(out, cases[i].expected, 1e-12);
    }
}
END_TEST

/* Powers that overflow, that underflow, and that are nearly 0, where the mean is the geometric. */
START_TEST(a_generalised_mean_takes_any_power) {
    double scores[] = {1e-5, 2e-5, 4e-5}, weights[] = {1, 1, 2}, out, geometric;
    ck_assert(mean(AGGREGATE_GENERALISED, -200, scores, weights, 3, &out));
    ck_assert_double_eq_tol(out, 1e-5 * pow(0.25, -1.0 / 200), 1e-18);
    ck_assert(mean(AGGREGATE_GENERALISED, 200, scores, weights, 3, &out));
    ck_assert_double_eq_tol(out, 4e-5 * pow(0.5, 1.0 / 200), 1e-18);
    ck_assert(mean(AGGREGATE_GEOMETRIC, 0, scores, weights, 3, &geometric));
    ck_assert(mean(AGGREGATE_GENERALISED, 1e-13, scores, weights, 3, &out));
    ck_assert_double_eq_tol(out, geometric, 1e-16);
    double with_0[] = {0, 0, 3}, all_0[] = {0, 0, 0};
    ck_assert(mean(AGGREGATE_GENERALISED, 2, with_0, weights, 3, &out));
    ck_assert_double_eq_tol(out, sqrt(4.5), 1e-12);
    ck_assert(mean(AGGREGATE_GENERALISED, 2, all_0, weights, 3, &out));
    ck_assert(out == 0.0);
}
END_TEST

/* Three metrics over four places; the second has a gap. */
static double compared[3][4] = {{4, 3, 2, 1}, {1, 9, 3, 2}, {5, 5, 1, 7}};
static uint8_t there[3][4] = {{0}, {0, STATUS_ABSENT, 0, 0}, {0}};

START_TEST(places_are_compared_one_with_one) {
    struct column columns[3];
    const struct column *children[3];
    const double weights[] = {2, 1, 1};
    for (size_t c = 0; c < 3; c++) {
        columns[c] = (struct column){4, compared[c], there[c], NULL};
        children[c] = &columns[c];
    }
    ck_assert_double_eq_tol(aggregate_outranks(children, weights, 3, 0, 1), 2.5 / 3, 1e-12);
    ck_assert_double_eq_tol(aggregate_outranks(children, weights, 3, 1, 0), 0.5 / 3, 1e-12);
    ck_assert_double_eq_tol(aggregate_outranks(children, weights, 3, 0, 3), 0.5, 1e-12);
    double value[4];
    uint8_t status[4] = {0};
    struct column out = {4, value, status, NULL};
    aggregate_places(AGGREGATE_COPELAND, children, weights, 3, 0, &out);
    /* 0 beats 1 and 2, draws with 3; 1 beats 2 and 3; 2 beats 3 (2 + 1 of 4) */
    const double expected[] = {2, 1, -1, -2};
    for (size_t i = 0; i < 4; i++)
        ck_assert(value[i] == expected[i]);
    aggregate_places(AGGREGATE_OUTRANKING, children, weights, 3, 0, &out);
    const double rows[] = {2.5 / 3 + 1.25, 0.5 / 3 + 5.0 / 3, 1, 0.75 + 1.0 / 3};
    for (size_t i = 0; i < 4; i++)
        ck_assert_double_eq_tol(value[i], rows[i], 1e-12);
}
END_TEST

/* 0.1 + 0.2 is more than 0.3 in binary, and outranks nobody by that. */
START_TEST(half_of_the_weight_is_half_however_it_is_rounded) {
    double values[3][2] = {{2, 1}, {2, 1}, {1, 2}}, value[2];
    uint8_t status[2] = {0};
    struct column columns[3], out = {2, value, status, NULL};
    const struct column *children[3];
    const double weights[] = {0.1, 0.2, 0.3};
    for (size_t c = 0; c < 3; c++) {
        columns[c] = (struct column){2, values[c], status, NULL};
        children[c] = &columns[c];
    }
    aggregate_places(AGGREGATE_COPELAND, children, weights, 3, 0, &out);
    ck_assert(value[0] == 0.0 && value[1] == 0.0);
}
END_TEST

START_TEST(methods_have_names) {
    enum aggregate method = AGGREGATE_ARITHMETIC;
    ck_assert(aggregate_of_name("geometric", &method));
    ck_assert_int_eq(method, AGGREGATE_GEOMETRIC);
    ck_assert_str_eq(aggregate_name(AGGREGATE_ARITHMETIC), "arithmetic");
    ck_assert(!aggregate_of_name("mean", &method));
    for (int i = 0; i < AGGREGATE_COUNT; i++) {
        ck_assert(aggregate_of_name(aggregate_name((enum aggregate)i), &method));
        ck_assert_int_eq((int)method, i);
    }
}
END_TEST

static Suite *suite(void) {
    Suite *s = suite_create("aggregate");
    TCase *t = tcase_create("aggregate");
    tcase_add_test(t, other_means_are_by_weight);
    tcase_add_test(t, the_median_is_where_half_of_the_weight_is_reached);
    tcase_add_test(t, a_generalised_mean_takes_any_power);
    tcase_add_test(t, places_are_compared_one_with_one);
    tcase_add_test(t, half_of_the_weight_is_half_however_it_is_rounded);
    tcase_add_test(t, the_arithmetic_mean_is_by_weight);
    tcase_add_test(t, the_geometric_mean_is_by_weight);
    tcase_add_test(t, a_geometric_mean_needs_scores_above_0);
    tcase_add_test(t, weights_are_relative);
    tcase_add_test(t, a_higher_child_never_makes_a_lower_parent);
    tcase_add_test(t, methods_have_names);
    suite_add_tcase(s, t);
    return s;
}

int main(void) {
    return suite_main(suite());
}
