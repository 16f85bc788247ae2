/* Generalised means of many rows: those of each row alone, bit by bit. */
#include "tests/suite.h"

#include "core/generalised.h"
#include "core/status.h"

#include <string.h>

enum { CHILDREN = 7, N = 101 }; /* also a rest that is not computed side by side */

static const double powers[] = {0.5, 2.0, 3.0, -0.5, -2.0, 200.0, -200.0, 1e-13, 1.0};

static double values[CHILDREN][N];
static uint8_t statuses[CHILDREN][N];
static struct generalised_child children[CHILDREN];

static double uniform(uint64_t *state) {
    return (double)(suite_random(state) >> 11) * 0x1p-53;
}

/* Scores from near 0 to 100; one in `gaps` is missing, and one in `zeros` is 0. */
static void invent(uint64_t seed, unsigned gaps, unsigned zeros) {
    for (size_t c = 0; c < CHILDREN; c++) {
        for (size_t row = 0; row < N; row++) {
            values[c][row] =
                zeros && suite_random(&seed) % zeros == 0 ? 0.0 : 100.0 * uniform(&seed);
            bool gap = gaps && suite_random(&seed) % gaps == 0;
            statuses[c][row] = gap ? STATUS_ABSENT : STATUS_VALUE;
            values[c][row] = gap ? -7.0 : values[c][row]; /* not to be looked at */
        }
        children[c] =
            (struct generalised_child){values[c], gaps ? statuses[c] : NULL, 0.1 + uniform(&seed)};
    }
}

/* The children of one row, side by side; returns how many have a score. */
static size_t gather(size_t row, double *score, double *weight) {
    size_t n = 0;
    for (size_t c = 0; c < CHILDREN; c++) {
        if (children[c].status && children[c].status[row] != STATUS_VALUE)
            continue;
        score[n] = values[c][row];
        weight[n++] = children[c].weight;
    }
    return n;
}

static void check_rows(double power, const double *means) {
    for (size_t row = 0; row < N; row++) {
        double score[CHILDREN], weight[CHILDREN], one = 0.0;
        size_t n = gather(row, score, weight);
        if (n && generalised_mean(power, score, weight, n, &one))
            ck_assert_msg(memcmp(&one, &means[row], sizeof one) == 0, "power %g, row %zu: %a, %a",
                          power, row, one, means[row]);
        else
            ck_assert_msg(!isfinite(means[row]), "power %g, row %zu: %a", power, row, means[row]);
    }
}

START_TEST(rows_side_by_side_are_the_rows_one_by_one) {
    static const unsigned gaps[] = {0, 3, 1}, zeros[] = {0, 5, 1};
    double means[N];
    for (size_t p = 0; p < sizeof powers / sizeof *powers; p++) {
        for (size_t i = 0; i < 9; i++) {
            invent(i, gaps[i / 3], zeros[i % 3]);
            generalised_means(powers[p], children, CHILDREN, N, means);
            check_rows(powers[p], means);
        }
    }
}
END_TEST

START_TEST(a_score_below_0_has_no_mean_in_its_row) {
    double means[N];
    for (size_t p = 0; p < sizeof powers / sizeof *powers; p++) {
        invent(1, 0, 0);
        values[3][40] = -1.0;
        values[4][41] = (double)NAN;
        generalised_means(powers[p], children, CHILDREN, N, means);
        check_rows(powers[p], means);
        ck_assert(!isfinite(means[40]) && !isfinite(means[41]) && isfinite(means[42]));
    }
}
END_TEST

START_TEST(means_are_those_of_the_formula) {
    double means[N];
    invent(2, 4, 0);
    for (size_t p = 0; p < 5; p++) {
        generalised_means(powers[p], children, CHILDREN, N, means);
        for (size_t row = 0; row < N; row++) {
            double score[CHILDREN], weight[CHILDREN];
            size_t n = gather(row, score, weight);
            long double power = (long double)powers[p], sum = 0.0L, all = 0.0L;
            for (size_t i = 0; i < n; i++) {
                sum += (long double)weight[i] * powl((long double)score[i], power);
                all += (long double)weight[i];
            }
            long double exact = powl(sum / all, 1.0L / power);
            ck_assert(n == 0 || fabsl((long double)means[row] - exact) <= 4e-15L * exact);
        }
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("generalised");
    TCase *tests = tcase_create("generalised");
    tcase_add_test(tests, rows_side_by_side_are_the_rows_one_by_one);
    tcase_add_test(tests, a_score_below_0_has_no_mean_in_its_row);
    tcase_add_test(tests, means_are_those_of_the_formula);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
