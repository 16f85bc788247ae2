#include "tests/suite.h"

#include "core/normalise.h"
#include "core/status.h"

#include <math.h>
#include <string.h>

#define N 5

static bool normalised(const struct scale *scale, size_t reference, struct column *column,
                       struct fault *fault) {
    struct room room;
    ck_assert(room_open(&room, column->count, fault));
    bool good = normalise(scale, reference, column, &room, fault);
    room_close(&room);
    return good;
}

struct sample {
    double value[N];
    uint8_t status[N];
};

/* Normalises the sample, whose third place has no number. */
static void apply(enum normalise method, double low, double high, struct sample *sample) {
    memset(sample->status, STATUS_VALUE, N);
    sample->status[2] = STATUS_CONFIDENTIAL;
    struct column column = {N, sample->value, sample->status, NULL};
    struct fault fault;
    const struct scale scale = {.method = method, .low = low, .high = high};
    ck_assert(normalised(&scale, SIZE_MAX, &column, &fault));
    ck_assert_uint_eq(sample->status[2], STATUS_CONFIDENTIAL);
}

static void expect(const struct sample *sample, double a, double b, double d, double e) {
    ck_assert_double_eq_tol(sample->value[0], a, 1e-12);
    ck_assert_double_eq_tol(sample->value[1], b, 1e-12);
    ck_assert_double_eq_tol(sample->value[3], d, 1e-12);
    ck_assert_double_eq_tol(sample->value[4], e, 1e-12);
}

START_TEST(none_changes_nothing) {
    struct sample s = {{1, 2, 99, 3, -4}, {0}};
    apply(NORMALISE_NONE, 0, 0, &s);
    expect(&s, 1, 2, 3, -4);
    ck_assert(s.value[2] == 99);
}
END_TEST

START_TEST(min_max_runs_from_low_to_high_and_passes_over_gaps) {
    struct sample s = {{2, 4, 1000, 6, 10}, {0}};
    apply(NORMALISE_MIN_MAX, 0, 100, &s);
    expect(&s, 0, 25, 50, 100);
    ck_assert(s.value[2] == 1000);
    struct sample t = {{2, 4, 1000, 6, 10}, {0}};
    apply(NORMALISE_MIN_MAX, 1, 5, &t);
    expect(&t, 1, 2, 3, 5);
}
END_TEST

START_TEST(z_scores_have_the_mean_and_sd_that_are_asked_for) {
    /* mean 4, squares 9 + 1 + 1 + 9 = 20, sd of the sample sqrt(20 / 3) */
    struct sample s = {{1, 3, 0, 5, 7}, {0}};
    apply(NORMALISE_Z_SCORE, 100, 10, &s);
    double sd = sqrt(20.0 / 3.0);
    expect(&s, 100 - 30 / sd, 100 - 10 / sd, 100 + 10 / sd, 100 + 30 / sd);
}
END_TEST

START_TEST(percentile_ranks_share_ties) {
    /* ranks 3.5, 1, 3.5, 2 of 4 */
    struct sample s = {{8, 1, 0, 8, 3}, {0}};
    apply(NORMALISE_PERCENTILE_RANK, 0, 100, &s);
    expect(&s, 250.0 / 3, 0, 250.0 / 3, 100.0 / 3);
    ck_assert(s.value[0] == s.value[3]);
}
END_TEST

START_TEST(columns_that_cannot_be_told_apart_get_the_middle) {
    struct sample s = {{7, 7, 0, 7, 7}, {0}};
    apply(NORMALISE_MIN_MAX, 0, 100, &s);
    expect(&s, 50, 50, 50, 50);
    struct sample t = {{7, 7, 0, 7, 7}, {0}};
    apply(NORMALISE_PERCENTILE_RANK, 20, 40, &t);
    expect(&t, 30, 30, 30, 30);
    struct sample u = {{0.1, 0.1, 0, 0.1, 0.1}, {0}};
    apply(NORMALISE_Z_SCORE, 100, 15, &u);
    expect(&u, 100, 100, 100, 100);
}
END_TEST

START_TEST(one_number_alone_gets_the_middle_and_none_is_no_fault) {
    double value[] = {3, 9};
    uint8_t status[] = {STATUS_ABSENT, STATUS_VALUE};
    struct column column = {2, value, status, NULL};
    struct fault fault;
    ck_assert(
        normalised(&(struct scale){.method = NORMALISE_PERCENTILE_RANK, .low = 0, .high = 100},
                   SIZE_MAX, &column, &fault));
    ck_assert(value[0] == 3 && value[1] == 50);
    status[1] = STATUS_ABSENT;
    ck_assert(normalised(&(struct scale){.method = NORMALISE_Z_SCORE, .low = 0, .high = 1},
                         SIZE_MAX, &column, &fault));
    ck_assert(value[1] == 50);
}
END_TEST

START_TEST(figures_too_far_apart_are_a_fault_and_not_a_number) {
    double value[] = {-1e308, 1e308};
    uint8_t status[] = {STATUS_VALUE, STATUS_VALUE};
    struct column column = {2, value, status, NULL};
    struct fault fault = {0};
    ck_assert(!normalised(&(struct scale){.method = NORMALISE_MIN_MAX, .low = 0, .high = 100},
                          SIZE_MAX, &column, &fault));
    ck_assert_str_eq(fault.text, "figures from -1e+308 to 1e+308 are too far apart for min-max");
    ck_assert(!normalised(&(struct scale){.method = NORMALISE_Z_SCORE, .low = 0, .high = 1},
                          SIZE_MAX, &column, &fault));
    ck_assert(value[0] == -1e308 && value[1] == 1e308);
}
END_TEST

START_TEST(positive_scaling_changes_no_min_max_result) {
    /* Powers of two scale exactly, so that the results must be the same to the bit. */
    struct sample s = {{2.5, 4.125, 0, 6.75, 11}, {0}}, t = s;
    for (size_t i = 0; i < N; i++)
        t.value[i] *= 1024;
    apply(NORMALISE_MIN_MAX, 0, 100, &s);
    apply(NORMALISE_MIN_MAX, 0, 100, &t);
    for (size_t i = 0; i < N; i++)
        ck_assert(i == 2 || s.value[i] == t.value[i]);
}
END_TEST

START_TEST(higher_stays_higher) {
    for (int method = NORMALISE_NONE; method <= NORMALISE_PERCENTILE_RANK; method++) {
        struct sample s = {{-3, 0, 0, 2, 50}, {0}};
        apply((enum normalise)method, 1, 2, &s);
        ck_assert(s.value[0] < s.value[1] && s.value[1] < s.value[3]);
        ck_assert(s.value[3] < s.value[4]);
    }
}
END_TEST

/* The sample 2 4 (gap) 6 6 by one scale. */
static void expect_scale(struct scale scale, double a, double b, double d, double e) {
    struct sample s = {{2, 4, 99, 6, 6}, {0}};
    memset(s.status, STATUS_VALUE, N);
    s.status[2] = STATUS_CONFIDENTIAL;
    struct column column = {N, s.value, s.status, NULL};
    struct fault fault = {0};
    ck_assert_msg(normalised(&scale, 1, &column, &fault), "%s", fault.text);
    expect(&s, a, b, d, e);
}

START_TEST(ranks_share_ties_as_they_are_told) {
    expect_scale((struct scale){.method = NORMALISE_RANK, .ties = TIES_MIN}, 1, 2, 3, 3);
    expect_scale((struct scale){.method = NORMALISE_RANK, .ties = TIES_MAX}, 1, 2, 4, 4);
    expect_scale((struct scale){.method = NORMALISE_RANK, .ties = TIES_AVERAGE}, 1, 2, 3.5, 3.5);
    expect_scale((struct scale){.method = NORMALISE_BORDA, .ties = TIES_DENSE}, 0, 1, 2, 2);
    expect_scale((struct scale){.method = NORMALISE_PERCENTILE_RANK, .high = 1, .ties = TIES_MIN},
                 0, 1.0 / 3, 2.0 / 3, 2.0 / 3);
}
END_TEST

START_TEST(distances_and_goalposts_are_shares_of_the_range) {
    expect_scale(
        (struct scale){.method = NORMALISE_SCALED, .high = 100, .post_low = 0, .post_high = 5}, 40,
        80, 120, 120);
    expect_scale(
        (struct scale){.method = NORMALISE_GOALPOSTS, .high = 100, .post_low = 3, .post_high = 5},
        0, 50, 100, 100);
    expect_scale((struct scale){.method = NORMALISE_TARGET, .high = 1, .target = 10}, 0, 0.25, 0.5,
                 0.5);
    expect_scale((struct scale){.method = NORMALISE_TARGET, .high = 1, .target = 5, .capped = true},
                 0, 2.0 / 3, 1, 1);
    expect_scale((struct scale){.method = NORMALISE_LEADER, .low = 1, .high = 2}, 1, 1.5, 2, 2);
    /* the reference is the second place, with 4 */
    expect_scale((struct scale){.method = NORMALISE_REFERENCE, .high = 1}, 0, 1, 2, 2);
    expect_scale((struct scale){.method = NORMALISE_REFERENCE, .high = 1, .capped = true}, 0, 1, 1,
                 1);
    expect_scale((struct scale){.method = NORMALISE_MAXIMUM, .high = 1}, 1.0 / 3, 2.0 / 3, 1, 1);
}
END_TEST

START_TEST(the_exponential_transformation_gives_the_last_the_most) {
    struct sample s = {{2, 4, 99, 6, 8}, {0}};
    memset(s.status, STATUS_VALUE, N);
    s.status[2] = STATUS_ABSENT;
    struct column column = {N, s.value, s.status, NULL};
    struct fault fault = {0};
    struct scale scale = {.method = NORMALISE_EXPONENTIAL, .high = 100};
    ck_assert(normalised(&scale, SIZE_MAX, &column, &fault));
    double e = 1 - exp(-100.0 / 23);
    expect(&s, -23 * log(1 - 0.25 * e), -23 * log(1 - 0.5 * e), -23 * log(1 - 0.75 * e), 100);
}
END_TEST

START_TEST(a_method_that_cannot_mean_what_it_says_is_a_fault) {
    static const struct {
        struct scale scale;
        const char *reason;
    } cases[] = {
        {{.method = NORMALISE_TARGET, .high = 1, .target = -3}, "target -3 is not above"},
        {{.method = NORMALISE_MAXIMUM, .high = 1}, "needs a figure above 0"},
        {{.method = NORMALISE_REFERENCE, .high = 1, .reference = "E01"}, "E01 has no figure"},
        {{.method = NORMALISE_TARGET, .high = 1, .target = INFINITY}, "too far apart"},
        {{.method = NORMALISE_SCALED, .high = 1, .post_low = -1e308, .post_high = 1e308},
         "too far apart"},
        {{.method = NORMALISE_GOALPOSTS, .high = 1, .post_low = -1e308, .post_high = 1e308},
         "too far apart"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double value[] = {-3, -2, -1};
        uint8_t status[] = {STATUS_VALUE, STATUS_VALUE, STATUS_VALUE};
        struct column column = {3, value, status, NULL};
        struct fault fault = {0};
        ck_assert(!normalised(&cases[i].scale, SIZE_MAX, &column, &fault));
        ck_assert_msg(strstr(fault.text, cases[i].reason) != NULL, "%s", fault.text);
        ck_assert(value[0] == -3 && value[2] == -1);
    }
}
END_TEST

START_TEST(a_turned_scale_suits_turned_figures) {
    struct scale scale = {
        .method = NORMALISE_GOALPOSTS, .high = 100, .post_low = 3, .post_high = 5};
    struct scale turned = normalise_turned(&scale);
    double value[] = {-2, -4, -6};
    uint8_t status[] = {STATUS_VALUE, STATUS_VALUE, STATUS_VALUE};
    struct column column = {3, value, status, NULL};
    struct fault fault = {0};
    ck_assert(normalised(&turned, SIZE_MAX, &column, &fault));
    ck_assert(value[0] == 100 && value[1] == 50 && value[2] == 0);
}
END_TEST

START_TEST(methods_have_names) {
    enum normalise method = NORMALISE_NONE;
    ck_assert(normalise_of_name("z-score", &method));
    ck_assert_int_eq(method, NORMALISE_Z_SCORE);
    ck_assert(!normalise_of_name("zscore", &method));
    for (int i = NORMALISE_NONE; i < NORMALISE_COUNT; i++) {
        ck_assert(normalise_of_name(normalise_name((enum normalise)i), &method));
        ck_assert_int_eq((int)method, i);
    }
}
END_TEST

static Suite *suite(void) {
    Suite *s = suite_create("normalise");
    TCase *t = tcase_create("normalise");
    tcase_add_test(t, none_changes_nothing);
    tcase_add_test(t, min_max_runs_from_low_to_high_and_passes_over_gaps);
    tcase_add_test(t, z_scores_have_the_mean_and_sd_that_are_asked_for);
    tcase_add_test(t, percentile_ranks_share_ties);
    tcase_add_test(t, columns_that_cannot_be_told_apart_get_the_middle);
    tcase_add_test(t, one_number_alone_gets_the_middle_and_none_is_no_fault);
    tcase_add_test(t, figures_too_far_apart_are_a_fault_and_not_a_number);
    tcase_add_test(t, positive_scaling_changes_no_min_max_result);
    tcase_add_test(t, higher_stays_higher);
    tcase_add_test(t, ranks_share_ties_as_they_are_told);
    tcase_add_test(t, distances_and_goalposts_are_shares_of_the_range);
    tcase_add_test(t, the_exponential_transformation_gives_the_last_the_most);
    tcase_add_test(t, a_method_that_cannot_mean_what_it_says_is_a_fault);
    tcase_add_test(t, a_turned_scale_suits_turned_figures);
    tcase_add_test(t, methods_have_names);
    suite_add_tcase(s, t);
    return s;
}

int main(void) {
    return suite_main(suite());
}
