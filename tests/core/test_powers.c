/* Logarithms and exponentials: within 1 unit in the last place, and the same one by one. */
#include "tests/suite.h"

#include "core/powers.h"

#include <stdlib.h>

enum { N = 4099 }; /* also a rest that is not computed side by side */

static double units(double found, long double exact) {
    int exponent;
    (void)frexp((double)exact, &exponent);
    exponent = exponent < -1021 ? -1021 : exponent;
    return (double)(fabsl((long double)found - exact) / ldexpl(1.0L, exponent - 53));
}

static double uniform(uint64_t *state) {
    return (double)(suite_random(state) >> 11) * 0x1p-53;
}

START_TEST(logarithms_are_within_a_unit) {
    static double x[N], out[N];
    uint64_t state = 3;
    for (int round = 0; round < 20; round++) {
        for (size_t i = 0; i < N; i++) {
            int exponent = (int)(suite_random(&state) % 2098) - 1074;
            x[i] = round % 2 ? 0.5 + uniform(&state) : ldexp(0.5 + uniform(&state), exponent);
            x[i] = x[i] > 0.0 ? x[i] : 0x1p-1074;
        }
        powers_log(x, out, N);
        for (size_t i = 0; i < N; i++) {
            double one = power_log(x[i]);
            ck_assert_mem_eq(&one, &out[i], sizeof one);
            if (isfinite(x[i]))
                ck_assert_msg(units(one, logl((long double)x[i])) < 1.0, "log %a", x[i]);
        }
    }
}
END_TEST

START_TEST(exponentials_are_within_a_unit) {
    static double x[N], out[N];
    uint64_t state = 4;
    for (int round = 0; round < 20; round++) {
        double width = round % 2 ? 2.0 : 1500.0;
        for (size_t i = 0; i < N; i++)
            x[i] = width * (uniform(&state) - 0.5);
        powers_exp(x, out, N);
        for (size_t i = 0; i < N; i++) {
            double one = power_exp(x[i]);
            ck_assert_mem_eq(&one, &out[i], sizeof one);
            if (x[i] < 709.0) /* beyond the numbers soon */
                ck_assert_msg(units(one, expl((long double)x[i])) < 1.0, "exp %a", x[i]);
        }
    }
}
END_TEST

/* Between -1 and 1, of any size, and beyond. */
static double near_nothing(uint64_t *state) {
    double x = ldexp(2.0 * uniform(state) - 1.0, -(int)(suite_random(state) % 80));
    return suite_random(state) % 2 ? x : 600.0 * (uniform(state) - 0.1);
}

START_TEST(what_is_near_nothing_keeps_its_digits) {
    uint64_t state = 5;
    for (size_t i = 0; i < (size_t)50 * N; i++) {
        double x = near_nothing(&state);
        ck_assert_msg(units(power_expm1(x), expm1l((long double)x)) < 2.0, "expm1 %a", x);
        if (x > -1.0)
            ck_assert_msg(units(power_log1p(x), log1pl((long double)x)) < 2.0, "log1p %a", x);
    }
    ck_assert(power_expm1(0.0) == 0.0 && power_log1p(0.0) == 0.0);
    ck_assert(power_expm1((double)-INFINITY) == -1.0 && power_expm1(-800.0) == -1.0);
    ck_assert(power_expm1(710.0) == (double)INFINITY && isfinite(power_expm1(709.7)));
    ck_assert(power_expm1((double)INFINITY) == (double)INFINITY);
    ck_assert(power_log1p((double)INFINITY) == (double)INFINITY);
    ck_assert(isnan(power_log1p(-1.0)) && isnan(power_log1p(-2.0)));
    ck_assert(isnan(power_expm1((double)NAN)) && isnan(power_log1p((double)NAN)));
}
END_TEST

START_TEST(what_is_no_number_stays_none) {
    ck_assert(isnan(power_log(0.0)) && isnan(power_log(-0.0)) && isnan(power_log(-1.0)));
    ck_assert(isnan(power_log((double)NAN)) && isnan(power_log((double)-INFINITY)));
    ck_assert(power_log((double)INFINITY) == (double)INFINITY);
    ck_assert(power_log(1.0) == 0.0 && power_exp(0.0) == 1.0 && power_exp(-0.0) == 1.0);
    ck_assert(isnan(power_exp((double)NAN)));
    ck_assert(power_exp((double)INFINITY) == (double)INFINITY);
    ck_assert(power_exp((double)-INFINITY) == 0.0 && power_exp(-746.0) == 0.0);
    ck_assert(power_exp(710.0) == (double)INFINITY && isfinite(power_exp(709.7)));
    ck_assert(power_exp(-745.0) > 0.0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("powers");
    TCase *tests = tcase_create("powers");
    tcase_add_test(tests, logarithms_are_within_a_unit);
    tcase_add_test(tests, exponentials_are_within_a_unit);
    tcase_add_test(tests, what_is_near_nothing_keeps_its_digits);
    tcase_add_test(tests, what_is_no_number_stays_none);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
