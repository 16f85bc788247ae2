#include "tests/suite.h"

#include "core/rank.h"
#include "core/status.h"

#include <string.h>

#define N 7

static void rank_all(const double *score, const uint8_t *status, uint32_t *rank) {
    double value[N];
    uint8_t copy[N];
    memcpy(value, score, sizeof value);
    memcpy(copy, status, sizeof copy);
    struct column column = {N, value, copy, NULL};
    struct fault fault;
    ck_assert(rank_scores(&column, rank, &fault));
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
    struct fault fault;
    ck_assert(rank_scores(&column, rank, &fault));
    ck_assert(rank[0] == 1 && rank[1] == 1);
}
END_TEST

START_TEST(no_places_have_no_ranks) {
    struct column column = {0, NULL, NULL, NULL};
    struct fault fault;
    ck_assert(rank_scores(&column, NULL, &fault));
    rank_bands(NULL, 0, 5, NULL);
}
END_TEST

START_TEST(bands_are_quantiles_of_rank_and_ties_share_one) {
    /* seven ranked: floor((rank - 1) * 5 / 7) + 1 */
    const uint32_t rank[] = {1, 2, 3, 4, 5, 6, 7, 0};
    const uint8_t expected[] = {1, 1, 2, 3, 3, 4, 5, 0};
    uint8_t band[8];
    rank_bands(rank, 8, 5, band);
    ck_assert_mem_eq(band, expected, 8);
    const uint32_t tied[] = {1, 1, 1, 4, 5};
    const uint8_t together[] = {1, 1, 1, 4, 5};
    rank_bands(tied, 5, 5, band);
    ck_assert_mem_eq(band, together, 5);
}
END_TEST

START_TEST(the_last_of_many_is_in_the_last_band) {
    uint32_t rank[307];
    uint8_t band[307];
    size_t size[6] = {0};
    for (uint32_t i = 0; i < 307; i++)
        rank[i] = i + 1;
    rank_bands(rank, 307, 5, band);
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
