#include "core/status.h"
#include "core/weigh.h"
#include "tests/suite.h"

#include <math.h>

enum { N = 6 };

static uint8_t statuses[N] = {STATUS_VALUE, STATUS_VALUE, STATUS_VALUE,
                              STATUS_VALUE, STATUS_VALUE, STATUS_VALUE};
static double work[WEIGH_WORK(3)], weights[3];
static struct fault fault;

static bool weigh_two(enum weighting method, double *a, double *b, size_t n) {
    const struct column columns[] = {{.count = n, .value = a, .status = statuses},
                                     {.count = n, .value = b, .status = statuses}};
    const struct weigh_children children = {.columns =
                                                (const struct column *[]){&columns[0], &columns[1]},
                                            .ids = (const char *const[]){"first", "second"},
                                            .given = (const double[]){9, 10},
                                            .count = 2,
                                            .work = work};
    return weigh(method, &children, weights, &fault);
}

static double up[N] = {1, 2, 3, 4, 5, 6}, like[N] = {2, 1, 4, 3, 6, 5},
              twice[N] = {2, 4, 6, 8, 10, 12}, down[N] = {6, 5, 4, 3, 2, 1},
              flat[N] = {7, 7, 7, 7, 7, 7}, far[N] = {1e200, -1e200, 1e200, -1e200, 1e200, -1e200};

START_TEST(given_and_equal_weights_need_no_figures) {
    ck_assert(weigh_two(WEIGHTS_GIVEN, flat, flat, N) && weights[0] == 9 && weights[1] == 10);
    ck_assert(weigh_two(WEIGHTS_EQUAL, flat, flat, N) && weights[0] == 1 && weights[1] == 1);
}
END_TEST

START_TEST(weights_from_the_figures_add_up_to_1) {
    static const enum weighting methods[] = {WEIGHTS_PCA, WEIGHTS_PCA_SQUARED, WEIGHTS_OPTIMISED};
    for (size_t i = 0; i < 3; i++) {
        ck_assert_msg(weigh_two(methods[i], up, like, N), "%s", fault.text);
        ck_assert_double_eq_tol(weights[0] + weights[1], 1, 1e-12);
        ck_assert(weights[0] > 0 && weights[1] > 0);
    }
    ck_assert(weights[1] > weights[0]); /* which is of more importance */
}
END_TEST

START_TEST(weights_that_cannot_be_had_are_a_fault) {
    ck_assert(!weigh_two(WEIGHTS_PCA, up, like, 2));
    ck_assert_msg(strstr(fault.text, "need 3 places with every child, found 2"), "%s", fault.text);
    ck_assert(!weigh_two(WEIGHTS_OPTIMISED, up, like, 2));
    ck_assert(!weigh_two(WEIGHTS_PCA, up, flat, N));
    ck_assert_msg(strstr(fault.text, "'second' is the same everywhere"), "%s", fault.text);
    ck_assert(!weigh_two(WEIGHTS_PCA, far, up, N));
    ck_assert(!weigh_two(WEIGHTS_OPTIMISED, up, twice, N));
    ck_assert_msg(strstr(fault.text, "the children depend on each other"), "%s", fault.text);
    ck_assert(!weigh_two(WEIGHTS_PCA, up, down, N));
    ck_assert_msg(strstr(fault.text, "which is not above 0"), "%s", fault.text);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("weigh");
    TCase *tests = tcase_create("weigh");
    tcase_add_test(tests, given_and_equal_weights_need_no_figures);
    tcase_add_test(tests, weights_from_the_figures_add_up_to_1);
    tcase_add_test(tests, weights_that_cannot_be_had_are_a_fault);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
