#include "tests/suite.h"

#include "core/aggregate.h"

START_TEST(the_arithmetic_mean_is_by_weight) {
    const double score[] = {10, 20, 60}, weight[] = {1, 2, 1};
    double out;
    ck_assert(aggregate(AGGREGATE_ARITHMETIC, score, weight, 3, &out));
    ck_assert(out == 27.5);
    ck_assert(aggregate(AGGREGATE_ARITHMETIC, score, weight, 1, &out));
    ck_assert(out == 10);
}
END_TEST

START_TEST(the_geometric_mean_is_by_weight) {
    /* (2 * 2 * 2 * 16) ^ (1 / 4) = 128 ^ (1 / 4) */
    const double score[] = {2, 16}, weight[] = {3, 1};
    double out;
    ck_assert(aggregate(AGGREGATE_GEOMETRIC, score, weight, 2, &out));
    ck_assert_double_eq_tol(out, 3.363585661014858, 1e-12);
}
END_TEST

START_TEST(a_geometric_mean_needs_scores_above_0) {
    const double zero[] = {5, 0}, negative[] = {-1, 5}, weight[] = {1, 1};
    double out = 7;
    ck_assert(!aggregate(AGGREGATE_GEOMETRIC, zero, weight, 2, &out));
    ck_assert(!aggregate(AGGREGATE_GEOMETRIC, negative, weight, 2, &out));
    ck_assert(out == 7);
}
END_TEST

START_TEST(weights_are_relative) {
    const double score[] = {3, 7, 11}, weight[] = {1, 2, 5}, doubled[] = {2, 4, 10};
    double a, b;
    ck_assert(aggregate(AGGREGATE_ARITHMETIC, score, weight, 3, &a));
    ck_assert(aggregate(AGGREGATE_ARITHMETIC, score, doubled, 3, &b));
    ck_assert(a == b);
}
END_TEST

START_TEST(a_higher_child_never_makes_a_lower_parent) {
    double score[] = {3, 7, 11};
    const double weight[] = {1, 2, 0.3};
    for (int method = AGGREGATE_ARITHMETIC; method <= AGGREGATE_GEOMETRIC; method++) {
        double last, next;
        ck_assert(aggregate((enum aggregate)method, score, weight, 3, &last));
        for (int i = 0; i < 50; i++) {
            score[1] += 0.125;
            ck_assert(aggregate((enum aggregate)method, score, weight, 3, &next));
            ck_assert(next > last);
            last = next;
        }
    }
}
END_TEST

START_TEST(methods_have_names) {
    enum aggregate method = AGGREGATE_ARITHMETIC;
    ck_assert(aggregate_of_name("geometric", &method));
    ck_assert_int_eq(method, AGGREGATE_GEOMETRIC);
    ck_assert_str_eq(aggregate_name(AGGREGATE_ARITHMETIC), "arithmetic");
    ck_assert(!aggregate_of_name("harmonic", &method));
}
END_TEST

static Suite *suite(void) {
    Suite *s = suite_create("aggregate");
    TCase *t = tcase_create("aggregate");
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
