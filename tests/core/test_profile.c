#include "tests/suite.h"

#include "core/neighbours.h"
#include "core/profile.h"
#include "core/status.h"
#include "tests/core/small_pack.h"

#include <math.h>

static struct pack *pack;
static struct edition *edition;

static void begin(void) {
    pack = small_pack();
    edition = small_edition(pack);
}

static void end(void) {
    edition_destroy(&edition);
    pack_destroy(&pack);
}

/* --- standings -------------------------------------------------------------------------------- */

START_TEST(metrics_stand_by_the_share_of_places_with_more_need) {
    struct standing out[SMALL_NODE_COUNT];
    /* E01 has the least pay, so most need; jobs: two of six places share the least; soot: most. */
    ck_assert_uint_eq(profile_standings(pack, edition, E01, out), 3);
    ck_assert_uint_eq(out[0].node, PAY);
    ck_assert(out[0].share == 0.0);
    ck_assert_uint_eq(out[1].node, SOOT);
    ck_assert(out[1].share == 0.0);
    ck_assert_uint_eq(out[2].node, JOBS);
    ck_assert(out[2].share == 4.0 / 6.0 && out[2].below == 0.0);
}
END_TEST

START_TEST(a_metric_without_a_rank_does_not_stand) {
    struct standing out[SMALL_NODE_COUNT];
    size_t n = profile_standings(pack, edition, E05, out); /* no soot */
    ck_assert_uint_eq(n, 2);
    for (size_t i = 0; i < n; i++)
        ck_assert_uint_ne(out[i].node, SOOT);
}
END_TEST

/* The side of standing `at` of n, when `above` of the places have more need and `below` less. */
static enum side side_of(size_t at, size_t n, size_t top, double above, double below) {
    struct standing standings[40] = {0};
    standings[at] = (struct standing){0, above, below};
    return profile_side(standings, n, at, top);
}

START_TEST(few_metrics_are_no_strength_and_weakness_at_once) {
    ck_assert_int_eq(side_of(0, 1, 5, 0.1, 0.9), SIDE_NEITHER);
    ck_assert_int_eq(side_of(0, 2, 5, 0.1, 0.9), SIDE_WEAKNESS);
    ck_assert_int_eq(side_of(1, 2, 5, 0.9, 0.1), SIDE_STRENGTH);
    ck_assert_int_eq(side_of(1, 3, 5, 0.9, 0.1), SIDE_NEITHER);
    ck_assert_int_eq(side_of(4, 40, 5, 0.1, 0.9), SIDE_WEAKNESS);
    ck_assert_int_eq(side_of(5, 40, 5, 0.1, 0.9), SIDE_NEITHER);
    ck_assert_int_eq(side_of(35, 40, 5, 0.9, 0.1), SIDE_STRENGTH);
    ck_assert_int_eq(side_of(0, 40, 0, 0.1, 0.9), SIDE_NEITHER);
}
END_TEST

START_TEST(much_need_is_no_strength_and_little_no_weakness) {
    ck_assert_int_eq(side_of(39, 40, 5, 0.1, 0.9), SIDE_NEITHER);
    ck_assert_int_eq(side_of(0, 40, 5, 0.9, 0.1), SIDE_NEITHER);
    ck_assert_int_eq(side_of(0, 40, 5, 0.5, 0.5), SIDE_NEITHER);
    ck_assert_int_eq(side_of(39, 40, 5, 0.5, 0.5), SIDE_NEITHER);
    /* Most places share the least need: no more than a few have more, and none has less. */
    ck_assert_int_eq(side_of(39, 40, 5, 0.2, 0.0), SIDE_STRENGTH);
}
END_TEST

/* --- peers ------------------------------------------------------------------------------------ */

START_TEST(peers_are_all_or_of_the_region_or_of_the_type) {
    size_t out[SMALL_AREA_COUNT];
    ck_assert_uint_eq(profile_peers(pack->geography, E04, PEERS_ALL, out), 6);
    ck_assert_uint_eq(profile_peers(pack->geography, E04, PEERS_REGION, out), 3);
    ck_assert_uint_eq(out[0], E04);
    ck_assert_uint_eq(out[2], E06);
    ck_assert_uint_eq(profile_peers(pack->geography, E06, PEERS_TYPE, out), 1);
    ck_assert_uint_eq(out[0], E06);
}
END_TEST

START_TEST(the_middle_leaves_out_what_is_missing) {
    const size_t all[] = {E01, E02, E03, E04, E05, E06}, last[] = {E06};
    double work[SMALL_AREA_COUNT], middle;
    ck_assert(profile_median(&edition->nodes[PAY].raw, all, 6, work, &middle));
    ck_assert(middle == 300.0);
    ck_assert(!profile_median(&edition->nodes[PAY].raw, last, 1, work, &middle)); /* [c] */
    ck_assert(!profile_median(&edition->nodes[PAY].raw, all, 0, work, &middle));
}
END_TEST

/* --- neighbours ------------------------------------------------------------------------------- */

START_TEST(neighbours_are_near_by_the_figures_that_are_their_own) {
    struct fault fault = {0};
    struct neighbour out[SMALL_AREA_COUNT];
    size_t n, n_metrics;
    /* Jobs are a county's: pay and soot remain, E05 has one of them and E06 another. */
    ck_assert(neighbours_find(pack, edition, E03, 10, out, &n, &n_metrics, &fault));
    ck_assert_uint_eq(n_metrics, 2);
    ck_assert_uint_eq(n, 5);
    ck_assert_uint_eq(out[0].area, E04); /* pay beside, soot the same */
    ck_assert_uint_eq(out[0].shared, 2);
    for (size_t i = 0; i < n; i++) {
        ck_assert_uint_ne(out[i].area, E03);
        ck_assert(i == 0 || out[i - 1].distance <= out[i].distance);
        if (out[i].area == E05 || out[i].area == E06)
            ck_assert_uint_eq(out[i].shared, 1);
    }
    /* Pay as percentile ranks of five, turned: 100, 75, 50, 25, 0; their sd is 39.528. */
    ck_assert(fabs(out[0].distance - 25 / 39.52847075210474) < 1e-12);
}
END_TEST

START_TEST(no_more_neighbours_are_given_than_are_wanted) {
    struct fault fault = {0};
    struct neighbour out[1];
    size_t n, n_metrics;
    ck_assert(neighbours_find(pack, edition, E03, 1, out, &n, &n_metrics, &fault));
    ck_assert_uint_eq(n, 1);
    ck_assert_uint_eq(out[0].area, E04);
}
END_TEST

START_TEST(places_that_are_all_the_same_have_no_neighbours) {
    struct fault fault = {0};
    struct neighbour out[SMALL_AREA_COUNT];
    size_t n, n_metrics;
    struct edition *even =
        small_edition_of(pack,
                         "area_code,period,value\nE01,2024,1\nE02,2024,1\nE03,2024,1\nE04,2024,1\n"
                         "E05,2024,1\nE06,2024,1\n",
                         SMALL_JOBS,
                         "area_code,period,value\nE01,2025,1\nE02,2025,1\nE03,2025,1\nE04,2025,1\n"
                         "E05,2025,1\nE06,2025,1\n",
                         &fault);
    ck_assert_msg(even != NULL, "%s", fault.text);
    ck_assert(neighbours_find(pack, even, E01, 10, out, &n, &n_metrics, &fault));
    ck_assert_uint_eq(n_metrics, 0);
    ck_assert_uint_eq(n, 0);
    edition_destroy(&even);
}
END_TEST

START_TEST(equal_places_come_in_the_order_of_the_areas) {
    struct fault fault = {0};
    struct neighbour out[SMALL_AREA_COUNT];
    size_t n, n_metrics;
    struct edition *pairs =
        small_edition_of(pack,
                         "area_code,period,value\nE01,2024,1\nE02,2024,1\nE03,2024,1\nE04,2024,9\n"
                         "E05,2024,9\nE06,2024,9\n",
                         SMALL_JOBS, SMALL_SOOT, &fault);
    ck_assert_msg(pairs != NULL, "%s", fault.text);
    ck_assert(neighbours_find(pack, pairs, E05, 10, out, &n, &n_metrics, &fault)); /* no soot */
    ck_assert_uint_eq(n_metrics, 1);
    ck_assert_uint_eq(n, 5);
    const size_t expected[] = {E04, E06, E01, E02, E03};
    for (size_t i = 0; i < n; i++)
        ck_assert_uint_eq(out[i].area, expected[i]);
    edition_destroy(&pairs);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("profile");
    TCase *t = tcase_create("profile");
    tcase_add_checked_fixture(t, begin, end);
    tcase_add_test(t, metrics_stand_by_the_share_of_places_with_more_need);
    tcase_add_test(t, a_metric_without_a_rank_does_not_stand);
    tcase_add_test(t, few_metrics_are_no_strength_and_weakness_at_once);
    tcase_add_test(t, much_need_is_no_strength_and_little_no_weakness);
    tcase_add_test(t, peers_are_all_or_of_the_region_or_of_the_type);
    tcase_add_test(t, the_middle_leaves_out_what_is_missing);
    tcase_add_test(t, neighbours_are_near_by_the_figures_that_are_their_own);
    tcase_add_test(t, no_more_neighbours_are_given_than_are_wanted);
    tcase_add_test(t, places_that_are_all_the_same_have_no_neighbours);
    tcase_add_test(t, equal_places_come_in_the_order_of_the_areas);
    suite_add_tcase(suite, t);
    return suite_main(suite);
}
