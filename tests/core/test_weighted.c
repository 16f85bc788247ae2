/* Weighted sums of several items at once: the bits of one after the other, on every processor. */
#include "tests/suite.h"

#include "core/weighted.c" /* the loops of each kind of processor */

#include <stdbool.h>
#include <string.h>

enum { COLUMNS = 9, ROWS = 96 };

static double columns[COLUMNS][ROWS], weights[COLUMNS * WEIGHTED_ITEMS];
static const double *x[COLUMNS];

static void fill(uint64_t seed) {
    for (size_t c = 0; c < COLUMNS; c++) {
        x[c] = columns[c];
        for (size_t r = 0; r < ROWS; r++)
            columns[c][r] = (double)(suite_random(&seed) % 100000) / 977.0 - (c % 2 ? 40.0 : 0.0);
    }
    for (size_t i = 0; i < COLUMNS * WEIGHTED_ITEMS; i++)
        weights[i] = i % 7 ? (double)(suite_random(&seed) % 1000) / 333.0 : 0.0;
}

static double one_sum(size_t count, const double *of, size_t step, size_t r, bool quotient) {
    double sum = 0.0;
    for (size_t c = 0; c < count; c++)
        sum += quotient ? of[c * step] / columns[c][r] : of[c * step] * columns[c][r];
    return sum;
}

static void check_column(const double *sum, size_t count, const double *of, size_t step,
                         bool quotient) {
    double expected[ROWS];
    for (size_t r = 0; r < ROWS; r++)
        expected[r] = one_sum(count, of, step, r, quotient);
    /* 0 / 0 is no number, of one sign or the other */
    for (size_t r = 0; r < ROWS; r++) {
        if (expected[r] == expected[r])
            ck_assert(memcmp(&sum[r], &expected[r], sizeof expected[r]) == 0);
        else
            ck_assert(sum[r] != sum[r]);
    }
}

static void check_loops(const struct loops *loops) {
    static double sums[WEIGHTED_ITEMS][ROWS];
    double *out[WEIGHTED_ITEMS];
    for (size_t j = 0; j < WEIGHTED_ITEMS; j++)
        out[j] = sums[j];
    for (size_t count = 1; count <= COLUMNS; count++) {
        for (int quotient = 0; quotient < 2; quotient++) {
            fill(count);
            (quotient ? loops->quotients : loops->sums)(x, weights, count, ROWS, out);
            for (size_t j = 0; j < 4; j++)
                check_column(sums[j], count, weights + j, WEIGHTED_ITEMS, quotient);
            (quotient ? loops->quotient : loops->sum)(x, weights, count, ROWS, sums[0]);
            check_column(sums[0], count, weights, 1, quotient);
        }
    }
}

START_TEST(each_processor_has_the_same_bits) {
    check_loops(&loops_2);
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2"))
        check_loops(&loops_4);
    if (__builtin_cpu_supports("avx512f"))
        check_loops(&loops_8);
#endif
}
END_TEST

START_TEST(items_go_by_fours) {
    static double sums[WEIGHTED_ITEMS][ROWS];
    double *out[WEIGHTED_ITEMS];
    fill(3);
    for (size_t j = 0; j < WEIGHTED_ITEMS; j++)
        out[j] = sums[j];
    for (size_t items = 1; items <= WEIGHTED_ITEMS; items++) {
        memset(sums, 0, sizeof sums);
        weighted_sums(x, weights, COLUMNS, ROWS, items, out);
        for (size_t j = 0; j < items; j++)
            check_column(sums[j], COLUMNS, weights + j, WEIGHTED_ITEMS, false);
        weighted_quotients(x, weights, COLUMNS, ROWS, items, out);
        for (size_t j = 0; j < items; j++)
            check_column(sums[j], COLUMNS, weights + j, WEIGHTED_ITEMS, true);
    }
    weighted_sum(x, weights, COLUMNS, ROWS, sums[0]);
    check_column(sums[0], COLUMNS, weights, 1, false);
    weighted_quotient(x, weights, COLUMNS, ROWS, sums[0]);
    check_column(sums[0], COLUMNS, weights, 1, true);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("weighted");
    TCase *tests = tcase_create("weighted");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, each_processor_has_the_same_bits);
    tcase_add_test(tests, items_go_by_fours);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
