#include "core/outliers.h"
#include "core/status.h"
#include "tests/suite.h"

#include <math.h>

enum { N = 9 };

static double x[N];
static uint8_t statuses[N];
static struct column column;
static struct room room;
static struct fault fault;
static struct outliers done;
static char words[80];

static void begin(void) {
    ck_assert(room_open(&room, N, &fault));
}

static void end(void) {
    room_close(&room);
}

/* Nine figures with a tail; `more` of them are gaps from the end. */
static bool treat(const struct treatment *treatment, const double *figures, size_t n) {
    for (size_t i = 0; i < N; i++) {
        x[i] = i < n ? figures[i] : 0;
        statuses[i] = i < n ? STATUS_VALUE : STATUS_ABSENT;
    }
    column = (struct column){.count = N, .value = x, .status = statuses};
    bool good = outliers_treat(treatment, &column, &room, &done, &fault);
    outliers_words(&done, words, sizeof words);
    return good;
}

static const double tail[N] = {1, 2, 3, 4, 5, 6, 7, 8, 1000};
static const double low_tail[N] = {-1000, 2, 3, 4, 5, 6, 7, 8, 9};
static const double even[N] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
static const struct treatment winsorise = {
    .on = true, .skewness = 2, .kurtosis = 3.5, .winsorise = 3};

static struct treatment by(enum transform transform) {
    return (struct treatment){.on = true, .skewness = 2, .kurtosis = 3.5, .transform = transform};
}

START_TEST(what_is_not_to_be_treated_is_left_alone) {
    const struct treatment off = {0};
    ck_assert(treat(&off, tail, N));
    ck_assert(!done.looked && x[8] == 1000);
    ck_assert_str_eq(words, "");
    ck_assert(treat(&winsorise, tail, 0)); /* no figure at all */
    ck_assert(done.looked && done.passes && !done.shaped);
    ck_assert(treat(&winsorise, even, N));
    ck_assert(done.passes && done.moved_high == 0 && x[8] == 9);
}
END_TEST

START_TEST(either_limit_lets_a_column_pass) {
    /* Skewness 3 and kurtosis 9 or so. */
    struct treatment kurtosis = winsorise, skewness = winsorise;
    kurtosis.kurtosis = 20;
    skewness.skewness = 20;
    ck_assert(treat(&kurtosis, tail, N));
    ck_assert(done.passes && done.moved_high == 0 && x[8] == 1000);
    ck_assert(treat(&skewness, tail, N));
    ck_assert(done.passes && done.moved_high == 0 && x[8] == 1000);
}
END_TEST

START_TEST(ends_are_moved_to_the_next_figure_at_the_side_of_the_tail) {
    ck_assert(treat(&winsorise, tail, N));
    ck_assert(done.passes && done.moved_high == 1 && done.moved_low == 0 && x[8] == 8);
    ck_assert_str_eq(words, "winsorised 1 high, 0 low");
    ck_assert(treat(&winsorise, low_tail, N));
    ck_assert(done.moved_low == 1 && x[0] == 2);
    ck_assert_str_eq(words, "winsorised 0 high, 1 low");
}
END_TEST

START_TEST(two_values_are_not_made_one) {
    static const double two[N] = {0, 0, 0, 0, 0, 0, 0, 0, 1};
    ck_assert(treat(&winsorise, two, N));
    ck_assert(!done.passes && done.moved_high == 0 && x[8] == 1);
    struct treatment log = by(TRANSFORM_LOG_FROM_ONE);
    ck_assert(treat(&log, two, N)); /* nor does a transform help them */
    ck_assert(x[8] == 1 && done.rejected == TRANSFORM_LOG_FROM_ONE);
    ck_assert_str_eq(words, "log-from-one did not help: left as it was");
}
END_TEST

START_TEST(each_transform_is_kept_where_it_helps) {
    static const enum transform kinds[] = {TRANSFORM_LOG, TRANSFORM_LOG_SHIFTED,
                                           TRANSFORM_LOG_FROM_ONE, TRANSFORM_BOX_COX};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct treatment treatment = by(kinds[i]);
        ck_assert_msg(treat(&treatment, tail, N), "%s", fault.text);
        ck_assert_int_eq(done.transform, kinds[i]);
        ck_assert(fabs(done.skewness_after) < fabs(done.skewness_before));
        if (kinds[i] != TRANSFORM_BOX_COX)
            ck_assert_str_eq(words, transform_names[kinds[i]]);
        else
            ck_assert_msg(strncmp(words, "box-cox, lambda -", 17) == 0, "%s", words);
    }
    struct treatment mirrored = by(TRANSFORM_LOG_MIRRORED);
    ck_assert(treat(&mirrored, low_tail, N));
    ck_assert_int_eq(done.transform, TRANSFORM_LOG_MIRRORED);
    ck_assert(treat(&mirrored, tail, N)); /* which it makes worse */
    ck_assert_int_eq(done.rejected, TRANSFORM_LOG_MIRRORED);
    ck_assert(x[8] == 1000);
}
END_TEST

START_TEST(a_transform_comes_after_points_that_did_not_help) {
    static const double two_tails[N] = {1, 2, 3, 4, 5, 6, 7, 900, 1000};
    struct treatment treatment = winsorise;
    treatment.winsorise = 1;
    treatment.skewness = 1;
    treatment.kurtosis = 0;
    treatment.transform = TRANSFORM_LOG;
    ck_assert(treat(&treatment, two_tails, N));
    ck_assert(done.transform == TRANSFORM_LOG && done.moved_high == 0);
}
END_TEST

START_TEST(always_transforms_whatever_the_shape) {
    struct treatment always = by(TRANSFORM_LOG);
    always.always = true;
    ck_assert(treat(&always, even, N));
    ck_assert(done.transform == TRANSFORM_LOG && x[0] == 0);
    ck_assert(!treat(&always, low_tail, N));
    ck_assert_int_eq(fault.kind, FAULT_INPUT);
    ck_assert_msg(strstr(fault.text, "log needs figures above 0") != NULL, "%s", fault.text);
    static const double same[N] = {3, 3, 3, 3, 3, 3, 3, 3, 3};
    struct treatment shifted = by(TRANSFORM_LOG_SHIFTED);
    shifted.always = true;
    ck_assert(treat(&shifted, same, N)); /* nothing to tell apart */
    ck_assert(x[0] == 3);
}
END_TEST

START_TEST(a_power_of_0_is_the_logarithm_and_one_that_overflows_is_a_fault) {
    struct treatment power = by(TRANSFORM_BOX_COX);
    power.always = power.has_lambda = true;
    ck_assert(treat(&power, even, N));
    ck_assert_double_eq_tol(x[1], log(2), 1e-12);
    power.lambda = 5;
    static const double large[N] = {0, 1, 2, 3, 4, 5, 6, 7, 1e300};
    ck_assert(!treat(&power, large, N));
    ck_assert_msg(strstr(fault.text, "have no box-cox transform") != NULL, "%s", fault.text);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("outliers");
    TCase *tests = tcase_create("outliers");
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, what_is_not_to_be_treated_is_left_alone);
    tcase_add_test(tests, either_limit_lets_a_column_pass);
    tcase_add_test(tests, ends_are_moved_to_the_next_figure_at_the_side_of_the_tail);
    tcase_add_test(tests, two_values_are_not_made_one);
    tcase_add_test(tests, each_transform_is_kept_where_it_helps);
    tcase_add_test(tests, a_transform_comes_after_points_that_did_not_help);
    tcase_add_test(tests, always_transforms_whatever_the_shape);
    tcase_add_test(tests, a_power_of_0_is_the_logarithm_and_one_that_overflows_is_a_fault);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
