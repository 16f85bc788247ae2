#include "tests/suite.h"

#include "core/rank.h"
#include "core/status.h"

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

static Suite *suite(void) {
    Suite *s = suite_create("rank");
    TCase *t = tcase_create("rank");
    tcase_add_test(t, ties_are_shared_as_they_are_told);
    tcase_add_test(t, thresholds_make_bands_of_scores);
    tcase_add_test(t, rank_1_is_the_highest_score_and_ties_share_the_better_rank);
    tcase_add_test(t, permuting_places_permutes_their_ranks);
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
