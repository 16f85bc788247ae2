#include "tests/suite.h"

#include "core/random.h"
#include "core/rank.h"
#include "core/status.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define N 7

static void rank_column(const struct column *column, enum ties ties, uint32_t *rank) {
    struct room room;
    struct fault fault;
    ck_assert(room_open(&room, column->count, &fault));
    rank_scores(column, ties, &room, rank);
    room_close(&room);
}

static void rank_all(const double *score, const uint8_t *status, uint32_t *rank) {
    double value[N];
    uint8_t copy[N];
    memcpy(value, score, sizeof value);
    memcpy(copy, status, sizeof copy);
    struct column column = {N, value, copy, NULL};
    rank_column(&column, TIES_MIN, rank);
}

static const double scores[N] = {10, 50, 50, 90, 777, 20, 50};
static const uint8_t statuses[N] = {0, 0, 0, 0, STATUS_THIN, 0, 0};

START_TEST(rank_1_is_the_highest_score_and_ties_share_the_better_rank) {
    const uint32_t expected[N] = {6, 2, 2, 1, 0, 5, 2};
    uint32_t rank[N];
    rank_all(scores, statuses, rank);
    for (size_t i = 0; i < N; i++)
        ck_assert_uint_eq(rank[i], expected[i]);
}
END_TEST

START_TEST(permuting_places_permutes_their_ranks) {
    uint32_t rank[N], turned_rank[N];
    rank_all(scores, statuses, rank);
    for (size_t turn = 1; turn < N; turn++) {
        double turned[N];
        uint8_t turned_status[N];
        for (size_t i = 0; i < N; i++) {
            turned[(i + turn) % N] = scores[i];
            turned_status[(i + turn) % N] = statuses[i];
        }
        rank_all(turned, turned_status, turned_rank);
        for (size_t i = 0; i < N; i++)
            ck_assert_uint_eq(turned_rank[(i + turn) % N], rank[i]);
    }
}
END_TEST

START_TEST(the_two_zeros_tie) {
    double value[] = {0.0, -0.0};
    uint8_t status[] = {STATUS_VALUE, STATUS_VALUE};
    uint32_t rank[2];
    struct column column = {2, value, status, NULL};
    rank_column(&column, TIES_MIN, rank);
    ck_assert(rank[0] == 1 && rank[1] == 1);
}
END_TEST

START_TEST(no_places_have_no_ranks) {
    struct column column = {0, NULL, NULL, NULL};
    rank_column(&column, TIES_MIN, NULL);
    rank_bands(NULL, 0, 5, NULL);
}
END_TEST

static void bands_of(const uint32_t *rank, size_t n, uint8_t *band) {
    rank_bands(rank, n, 5, band);
}

START_TEST(ties_are_shared_as_they_are_told) {
    static const struct {
        enum ties ties;
        uint32_t expected[N];
    } cases[] = {{TIES_MIN, {6, 2, 2, 1, 0, 5, 2}},
                 {TIES_MAX, {6, 4, 4, 1, 0, 5, 4}},
                 {TIES_DENSE, {4, 2, 2, 1, 0, 3, 2}}};
    for (size_t c = 0; c < 3; c++) {
        double value[N];
        uint8_t status[N];
        uint32_t rank[N];
        memcpy(value, scores, sizeof value);
        memcpy(status, statuses, sizeof status);
        struct column column = {N, value, status, NULL};
        rank_column(&column, cases[c].ties, rank);
        ck_assert_mem_eq(rank, cases[c].expected, sizeof rank);
    }
}
END_TEST

START_TEST(thresholds_make_bands_of_scores) {
    double value[] = {80, 79.9, 60, 20, -5, 99};
    uint8_t status[] = {0, 0, 0, 0, 0, STATUS_THIN}, band[6];
    const double thresholds[] = {80, 60, 20};
    const uint8_t expected[] = {1, 2, 2, 3, 4, 0};
    struct column column = {6, value, status, NULL};
    rank_threshold_bands(&column, thresholds, 4, band);
    ck_assert_mem_eq(band, expected, 6);
}
END_TEST

START_TEST(bands_are_quantiles_of_rank_and_ties_share_one) {
    /* seven ranked: floor((rank - 1) * 5 / 7) + 1 */
    const uint32_t rank[] = {1, 2, 3, 4, 5, 6, 7, 0};
    const uint8_t expected[] = {1, 1, 2, 3, 3, 4, 5, 0};
    uint8_t band[8];
    bands_of(rank, 8, band);
    ck_assert_mem_eq(band, expected, 8);
    const uint32_t tied[] = {1, 1, 1, 4, 5};
    const uint8_t together[] = {1, 1, 1, 4, 5};
    bands_of(tied, 5, band);
    ck_assert_mem_eq(band, together, 5);
}
END_TEST

START_TEST(the_last_of_many_is_in_the_last_band) {
    uint32_t rank[307];
    uint8_t band[307];
    size_t size[6] = {0};
    for (uint32_t i = 0; i < 307; i++)
        rank[i] = i + 1;
    bands_of(rank, 307, band);
    for (size_t i = 0; i < 307; i++)
        size[band[i]]++;
    const size_t expected[6] = {0, 62, 61, 62, 61, 61};
    for (size_t i = 0; i < 6; i++)
        ck_assert_uint_eq(size[i], expected[i]);
}
END_TEST

/* --- beside what the ranks mean --------------------------------------------------------------- */

static double number_of(unsigned kind, uint64_t i) {
    double u = random_uniform(7, kind, 0, (uint32_t)i);
    switch (kind) {
    case 0:
        return u * 100.0;
    case 1:
        return floor(u * 9.0); /* many ties */
    case 2:
        return i ? 1.0 + u * 1e-9 : 1e12; /* all together, far from one */
    case 3:
        return (u * 2.0 - 1.0) * 1.7e308; /* a range beyond every number */
    case 4:
        return u < 0.3 ? -0.0 : u < 0.6 ? 0.0 : u - 0.8;
    case 5:
        return u * 5e-324 * 64.0; /* a range below every normal number */
    case 6:
        return exp(u * 700.0 - 350.0);
    case 7:
        return i % 11 == 0 ? -1e300 : 3.0 + floor(u * 4096.0) * 0x1p-51;
    default:
        return u < 0.01 ? INFINITY : u < 0.02 ? -INFINITY : u;
    }
}

enum { KINDS = 9 };

static int falling(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a < b) - (a > b);
}

/* How many of n falling numbers are above x, or not below it. */
static uint32_t above(const double *sorted, size_t n, double x, bool or_equal) {
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (sorted[middle] > x || (or_equal && sorted[middle] == x))
            low = middle + 1;
        else
            high = middle;
    }
    return (uint32_t)low;
}

/* Ranks by what they mean: how many are above, how many not below, how many numbers above. */
static void check_ranks(const struct column *column, enum ties ties) {
    size_t n = 0, distinct = 0, size = column->count + 1;
    double *sorted = calloc(size, 2 * sizeof *sorted), *different = sorted + size;
    uint32_t *rank = calloc(size, sizeof *rank);
    ck_assert(sorted && rank);
    for (size_t i = 0; i < column->count; i++) {
        if (column->status[i] == STATUS_VALUE)
            sorted[n++] = column->value[i];
    }
    qsort(sorted, n, sizeof *sorted, falling);
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || sorted[i] != sorted[i - 1])
            different[distinct++] = sorted[i];
    }
    rank_column(column, ties, rank);
    for (size_t i = 0; i < column->count; i++) {
        double x = column->value[i];
        uint32_t expected = 0;
        if (column->status[i] == STATUS_VALUE)
            expected = ties == TIES_MAX     ? above(sorted, n, x, true)
                       : ties == TIES_DENSE ? above(different, distinct, x, false) + 1
                                            : above(sorted, n, x, false) + 1;
        ck_assert_uint_eq(rank[i], expected);
    }
    free(sorted);
    free(rank);
}

static void check_column(size_t n, unsigned kind, bool gaps) {
    struct column column = {.count = n};
    column.value = calloc(n + 1, sizeof *column.value);
    column.status = calloc(n + 1, sizeof *column.status);
    ck_assert(column.value && column.status);
    for (size_t i = 0; i < n; i++) {
        bool gap = gaps && random_uniform(8, kind, 1, (uint32_t)i) < 0.2;
        column.status[i] = gap ? STATUS_ABSENT : STATUS_VALUE;
        column.value[i] = gap ? (i % 2 ? NAN : INFINITY) : number_of(kind, i);
    }
    static const enum ties all[] = {TIES_MIN, TIES_AVERAGE, TIES_MAX, TIES_DENSE};
    for (size_t t = 0; t < 4; t++)
        check_ranks(&column, all[t]);
    free(column.value);
    free(column.status);
}

START_TEST(ranks_are_how_many_are_above_whatever_the_numbers) {
    static const size_t sizes[] = {1, 2, 3, 15, 16, 17, 31, 307, 4096, 4097, 12000};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        for (unsigned kind = 0; kind < KINDS; kind++) {
            check_column(sizes[s], kind, false);
            check_column(sizes[s], kind, true);
        }
    }
}
END_TEST

START_TEST(a_band_is_a_whole_quotient) {
    enum { MOST = 2000 };
    uint32_t rank[MOST];
    uint8_t band[MOST];
    for (unsigned n = 1; n <= MOST; n += n < 60 ? 1 : 97) {
        for (unsigned bands = 1; bands <= 255; bands += bands < 21 ? 1 : 39) {
            for (unsigned i = 0; i < n; i++)
                rank[i] = i + 1;
            rank_bands(rank, n, bands, band);
            for (unsigned i = 0; i < n; i++)
                ck_assert_uint_eq(band[i], i * bands / n + 1);
        }
    }
}
END_TEST

static Suite *suite(void) {
    Suite *s = suite_create("rank");
    TCase *t = tcase_create("rank");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, ties_are_shared_as_they_are_told);
    tcase_add_test(t, thresholds_make_bands_of_scores);
    tcase_add_test(t, rank_1_is_the_highest_score_and_ties_share_the_better_rank);
    tcase_add_test(t, permuting_places_permutes_their_ranks);
    tcase_add_test(t, ranks_are_how_many_are_above_whatever_the_numbers);
    tcase_add_test(t, a_band_is_a_whole_quotient);
    tcase_add_test(t, the_two_zeros_tie);
    tcase_add_test(t, no_places_have_no_ranks);
    tcase_add_test(t, bands_are_quantiles_of_rank_and_ties_share_one);
    tcase_add_test(t, the_last_of_many_is_in_the_last_band);
    suite_add_tcase(s, t);
    return s;
}

int main(void) {
    return suite_main(suite());
}
