#include "core/linear.h"
#include "tests/suite.h"

#include <math.h>

START_TEST(a_matrix_that_is_not_positive_definite_has_no_factor) {
    double singular[] = {1, 2, 2, 4}, infinite[] = {INFINITY, 0, 0, 1}, none[] = {NAN, 0, 0, 1};
    ck_assert(!linear_cholesky(singular, 2));
    ck_assert(!linear_cholesky(infinite, 2));
    ck_assert(!linear_cholesky(none, 2));
    double fine[] = {4, 2, 2, 3}, b[] = {10, 9};
    ck_assert(linear_cholesky(fine, 2));
    linear_solve(fine, 2, b); /* 4 x + 2 y = 10, 2 x + 3 y = 9 */
    ck_assert_double_eq_tol(b[0], 1.5, 1e-12);
    ck_assert_double_eq_tol(b[1], 2, 1e-12);
}
END_TEST

START_TEST(least_squares_finds_the_line_or_says_that_there_is_none) {
    double line[] = {1, 0, 1, 1, 1, 2}, y[] = {1, 3, 5};
    ck_assert(linear_least_squares(line, 3, 2, y));
    ck_assert_double_eq_tol(y[0], 1, 1e-12);
    ck_assert_double_eq_tol(y[1], 2, 1e-12);
    double same[] = {1, 2, 1, 2, 1, 2}, of_same[] = {1, 3, 5};
    ck_assert(!linear_least_squares(same, 3, 2, of_same));
    double few[] = {1, 2}, of_few[] = {1};
    ck_assert(!linear_least_squares(few, 1, 2, of_few));
    double large[] = {1, 1e200, 1, 2e200, 1, 4e200}, of_large[] = {1, 2, 3}; /* squares overflow */
    ck_assert(!linear_least_squares(large, 3, 2, of_large));
    double *wide = calloc(257 * 257, sizeof *wide), *of_wide = calloc(257, sizeof *of_wide);
    ck_assert(
        !linear_least_squares(wide, 257, 257, of_wide)); /* more columns than it has room for */
    free(wide);
    free(of_wide);
}
END_TEST

START_TEST(eigenvalues_come_greatest_first_and_vectors_point_upwards) {
    double a[] = {2, 0, 0, 0, 3, 1, 0, 1, 3}, values[3], vectors[9];
    ck_assert(linear_eigen(a, 3, values, vectors));
    ck_assert_double_eq_tol(values[0], 4, 1e-12);
    ck_assert(fabs(values[1] - 2) < 1e-12 && fabs(values[2] - 2) < 1e-12);
    ck_assert_double_eq_tol(vectors[1], sqrt(0.5), 1e-12);
    for (int i = 0; i < 3; i++)
        ck_assert(vectors[3 * i] + vectors[3 * i + 1] + vectors[3 * i + 2] >= -1e-12);
    double infinite[] = {INFINITY, 1, 1, 2};
    ck_assert(!linear_eigen(infinite, 2, values, vectors));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("linear");
    TCase *tests = tcase_create("linear");
    tcase_add_test(tests, a_matrix_that_is_not_positive_definite_has_no_factor);
    tcase_add_test(tests, least_squares_finds_the_line_or_says_that_there_is_none);
    tcase_add_test(tests, eigenvalues_come_greatest_first_and_vectors_point_upwards);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
