#include "tests/suite.h"

#include "core/spend_share.h"
#include "tests/core/small_pack.h"

#include <math.h>

struct fixture {
    struct pack *pack;
    struct edition *edition;
    struct release *money;
    struct comparison *comparison;
    struct spend_share *share;
    struct fault fault;
};

static struct fixture compared(void) {
    struct fixture f = {0};
    f.pack = small_pack();
    f.edition = small_edition(f.pack);
    f.money = small_release(f.pack, SMALL_MONEY);
    f.comparison = spend_compare(f.pack, f.edition, f.money, &f.fault);
    ck_assert_msg(f.comparison != NULL, "%s", f.fault.text);
    return f;
}

static void share(struct fixture *f, enum spend_measure measure, double ratio) {
    spend_share_destroy(&f->share);
    f->comparison->rules.measure = measure;
    f->share = spend_share(f->pack, f->comparison, ratio, &f->fault);
}

static void end(struct fixture *f) {
    spend_share_destroy(&f->share);
    ck_assert_ptr_null(f->share);
    comparison_destroy(&f->comparison);
    release_destroy(&f->money);
    edition_destroy(&f->edition);
    pack_destroy(&f->pack);
}

/* Scores of E02 ... E05 are 0 2375 1750 3375, over 73.75: with a ratio of 2 a head counts 3375 5750
 * 5125 6750, over 3375. In each place 2, 3, 0.5 and 1 million of them. */
static const double weights[] = {[E02] = 3375, [E03] = 5750, [E04] = 5125, [E05] = 6750};
static const double needs[] = {[E02] = 6750, [E03] = 17250, [E04] = 2562.5, [E05] = 6750};

START_TEST(a_share_of_all_spend_is_held_against_a_share_of_all_need) {
    static const double spend[] = {[E02] = 2000, [E03] = 3000, [E04] = 1000, [E05] = 2000};
    static const enum share_place places[] = {SHARE_NONE,  SHARE_ABOVE, SHARE_BELOW,
                                              SHARE_ABOVE, SHARE_ABOVE, SHARE_NONE};
    struct fixture f = compared();
    share(&f, SPEND_TOTAL, 2);
    ck_assert_msg(f.share != NULL, "%s", f.fault.text);
    for (size_t a = E01; a <= E06; a++)
        ck_assert_int_eq(f.share->areas[a].place, places[a]);
    for (size_t a = E02; a <= E05; a++) {
        double need = needs[a] / 33312.5, money = spend[a] / 8000;
        ck_assert_double_eq_tol(f.share->areas[a].need, need, 1e-12);
        ck_assert_double_eq_tol(f.share->areas[a].spend, money, 1e-12);
        ck_assert_double_eq_tol(f.share->areas[a].gap, 100 * (money / need - 1), 1e-9);
    }
    ck_assert_double_eq_tol(f.share->areas[E04].gap, 62.5, 1e-9);
    end(&f);
}
END_TEST

START_TEST(per_head_each_place_counts_once) {
    static const double spend[] = {[E02] = 1000, [E03] = 1000, [E04] = 2000, [E05] = 2000};
    struct fixture f = compared();
    share(&f, SPEND_PER_HEAD, 2);
    for (size_t a = E02; a <= E05; a++) {
        double need = weights[a] / 21000;
        ck_assert_double_eq_tol(f.share->areas[a].need, need, 1e-12);
        ck_assert_double_eq_tol(f.share->areas[a].gap, 100 * (spend[a] / 6000 / need - 1), 1e-9);
    }
    /* E02 and E05: 3.7 % above */
    ck_assert_int_eq(f.share->areas[E02].place, SHARE_ON_TARGET);
    ck_assert_int_eq(f.share->areas[E05].place, SHARE_ON_TARGET);
    ck_assert_uint_eq(f.share->places[SHARE_BELOW], 1);
    ck_assert_uint_eq(f.share->places[SHARE_ON_TARGET], 2);
    ck_assert_uint_eq(f.share->places[SHARE_ABOVE], 1);
    end(&f);
}
END_TEST

START_TEST(places_come_from_the_furthest_below_and_equal_ones_as_in_the_pack) {
    static const size_t order[] = {E03, E02, E05, E04};
    struct fixture f = compared();
    for (int measure = 0; measure < 2; measure++) {
        share(&f, measure ? SPEND_TOTAL : SPEND_PER_HEAD, 2);
        ck_assert_uint_eq(f.share->n_order, 4);
        for (size_t i = 0; i < 4; i++)
            ck_assert_uint_eq(f.share->order[i], order[i]);
    }
    end(&f);
}
END_TEST

START_TEST(regions_and_types_are_added_up) {
    struct fixture f = compared();
    share(&f, SPEND_TOTAL, 2);
    ck_assert_uint_eq(f.share->n_regions, 2);
    ck_assert_uint_eq(f.share->n_types, 2);
    const struct share_group *north = &f.share->regions[0], *south = &f.share->regions[1];
    ck_assert_str_eq(north->name, "North");
    ck_assert_uint_eq(north->areas[SHARE_BELOW], 1);
    ck_assert_uint_eq(north->areas[SHARE_ABOVE], 1);
    ck_assert_uint_eq(north->areas[SHARE_NONE], 1);
    ck_assert_uint_eq(south->areas[SHARE_ABOVE], 2);
    ck_assert_double_eq_tol(north->share.need, 24000 / 33312.5, 1e-12);
    ck_assert_double_eq_tol(north->share.spend, 5.0 / 8, 1e-12);
    ck_assert_int_eq(north->share.place, SHARE_BELOW);
    ck_assert_int_eq(south->share.place, SHARE_ABOVE);
    ck_assert_str_eq(f.share->types[1].name, "city");
    ck_assert_int_eq(f.share->types[1].share.place, SHARE_NONE);      /* left out, all of it */
    ck_assert_int_eq(f.share->types[0].share.place, SHARE_ON_TARGET); /* all there is */
    end(&f);
}
END_TEST

START_TEST(with_a_ratio_of_one_everybody_counts_the_same) {
    struct fixture f = compared();
    share(&f, SPEND_TOTAL, 1);
    static const double people[] = {[E02] = 2, [E03] = 3, [E04] = 0.5, [E05] = 1};
    for (size_t a = E02; a <= E05; a++)
        ck_assert_double_eq_tol(f.share->areas[a].need, people[a] / 6.5, 1e-12);
    end(&f);
}
END_TEST

START_TEST(all_of_the_same_score_count_the_same) {
    struct fixture f = compared();
    for (size_t a = 0; a < SMALL_AREA_COUNT; a++)
        f.comparison->rows[a].need = -3;
    share(&f, SPEND_PER_HEAD, 5);
    for (size_t a = E02; a <= E05; a++)
        ck_assert_double_eq_tol(f.share->areas[a].need, 0.25, 1e-12);
    end(&f);
}
END_TEST

/* What must hold of any figures: shares add up to 1, the gap does not depend on the scale of scores
 * or of money, and money that goes by need leaves everybody on target. */
START_TEST(shares_of_any_figures_hold_together) {
    struct fixture f = compared();
    uint64_t state = 88172645463325252U;
    for (int turn = 0; turn < 200; turn++) {
        struct spend_row *rows = f.comparison->rows;
        double gaps[SMALL_AREA_COUNT], need = 0, spend = 0;
        for (size_t a = E02; a <= E05; a++) {
            rows[a].need = (double)(suite_random(&state) % 2001) - 1000;
            rows[a].total = (double)(suite_random(&state) % 100000 + 1);
        }
        double ratio = 1 + (double)(suite_random(&state) % 50) / 10;
        share(&f, SPEND_TOTAL, ratio);
        ck_assert_msg(f.share != NULL, "%s", f.fault.text);
        for (size_t a = E02; a <= E05; a++) {
            gaps[a] = f.share->areas[a].gap;
            need += f.share->areas[a].need;
            spend += f.share->areas[a].spend;
            rows[a].need = rows[a].need * 0.125 + 40;
            rows[a].total *= 4;
        }
        ck_assert_double_eq_tol(need, 1, 1e-12);
        ck_assert_double_eq_tol(spend, 1, 1e-12);
        share(&f, SPEND_TOTAL, ratio);
        for (size_t a = E02; a <= E05; a++) {
            ck_assert_double_eq_tol(f.share->areas[a].gap, gaps[a], 1e-6);
            rows[a].total = f.share->areas[a].need * 7e9;
        }
        share(&f, SPEND_TOTAL, ratio);
        ck_assert_uint_eq(f.share->places[SHARE_ON_TARGET], 4);
        for (size_t a = E02; a <= E05; a++)
            ck_assert_double_eq_tol(f.share->areas[a].gap, 0, 1e-9);
    }
    end(&f);
}
END_TEST

START_TEST(up_to_five_per_cent_either_way_is_on_target) {
    struct fixture f = compared();
    struct spend_row *rows = f.comparison->rows;
    static const double per_head[] = {
        [E02] = 104.999, [E03] = 95.001, [E04] = 105.001, [E05] = 94.999};
    for (size_t a = E02; a <= E05; a++)
        rows[a].per_head = per_head[a];
    share(&f, SPEND_PER_HEAD, 1);
    ck_assert_int_eq(f.share->areas[E04].place, SHARE_ABOVE);
    ck_assert_int_eq(f.share->areas[E05].place, SHARE_BELOW);
    rows[E04].per_head = rows[E05].per_head = 100;
    share(&f, SPEND_PER_HEAD, 1);
    ck_assert_uint_eq(f.share->places[SHARE_ON_TARGET], 4);
    end(&f);
}
END_TEST

START_TEST(what_has_no_shares_is_a_fault) {
    struct fixture f = compared();
    static const double wrong[] = {0.99, -2, NAN, INFINITY};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        share(&f, SPEND_TOTAL, wrong[i]);
        ck_assert_ptr_null(f.share);
        ck_assert_int_eq(f.fault.kind, FAULT_INPUT);
    }
    f.comparison->rows[E03].total = -1;
    share(&f, SPEND_TOTAL, 2);
    ck_assert_ptr_null(f.share);
    ck_assert_str_eq(f.fault.text,
                     "there are no shares of spend: that of Cedar is -1, expected 0 or more");
    for (size_t a = 0; a < SMALL_AREA_COUNT; a++)
        f.comparison->rows[a].total = 0;
    share(&f, SPEND_TOTAL, 2);
    ck_assert_ptr_null(f.share);
    ck_assert_str_eq(f.fault.text, "there are no shares of spend: all of it is 0");
    end(&f);
}
END_TEST

START_TEST(places_have_ids_and_words) {
    ck_assert_str_eq(share_place_id(SHARE_NONE), "");
    ck_assert_str_eq(share_place_id(SHARE_ON_TARGET), "on-target");
    ck_assert_str_eq(share_place_words(SHARE_BELOW), "below its share of need");
}
END_TEST

static Suite *suite(void) {
    Suite *s = suite_create("spend_share");
    TCase *t = tcase_create("spend_share");
    tcase_add_test(t, a_share_of_all_spend_is_held_against_a_share_of_all_need);
    tcase_add_test(t, per_head_each_place_counts_once);
    tcase_add_test(t, places_come_from_the_furthest_below_and_equal_ones_as_in_the_pack);
    tcase_add_test(t, regions_and_types_are_added_up);
    tcase_add_test(t, with_a_ratio_of_one_everybody_counts_the_same);
    tcase_add_test(t, all_of_the_same_score_count_the_same);
    tcase_add_test(t, shares_of_any_figures_hold_together);
    tcase_add_test(t, up_to_five_per_cent_either_way_is_on_target);
    tcase_add_test(t, what_has_no_shares_is_a_fault);
    tcase_add_test(t, places_have_ids_and_words);
    suite_add_tcase(s, t);
    return s;
}

int main(void) {
    return suite_main(suite());
}
