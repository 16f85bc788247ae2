#include "tests/suite.h"

#include "core/spend.h"
#include "core/status.h"
#include "tests/core/small_pack.h"

#include <math.h>

struct fixture {
    struct pack *pack;
    struct edition *edition;
    struct release *money;
    struct comparison *comparison;
    struct fault fault;
};

/* Compares by a definition, with this release of the spend. */
static struct fixture compare(const char *definition, const char *money) {
    struct fixture f = {0};
    f.pack = small_pack_of(definition, SMALL_AREAS, &f.fault);
    ck_assert_msg(f.pack != NULL, "%s", f.fault.text);
    f.edition = small_edition(f.pack);
    f.money = small_release(f.pack, money);
    f.comparison = spend_compare(f.pack, f.edition, f.money, &f.fault);
    return f;
}

static void end(struct fixture *f) {
    comparison_destroy(&f->comparison);
    ck_assert_ptr_null(f->comparison);
    release_destroy(&f->money);
    edition_destroy(&f->edition);
    pack_destroy(&f->pack);
}

#define WITH_SPEND(rules) SMALL_HEAD SMALL_LEVELS SMALL_TREE SMALL_DATASETS "spend:\n" rules
#define PER_HEAD                                                                                   \
    WITH_SPEND("  {dataset: money, name: m, node: work, measure: per-head,\n"                      \
               "   need-threshold: median, spend-threshold: 1500}\n")

START_TEST(a_regions_spend_per_head_reaches_each_area_by_population) {
    struct fixture f = compare(SMALL_DEFINITION, SMALL_MONEY);
    ck_assert_msg(f.comparison != NULL, "%s", f.fault.text);
    static const double per_head[] = {1000, 1000, 1000, 2000, 2000, 2000};
    static const double total[] = {1000, 2000, 3000, 1000, 2000, 8000};
    ck_assert_uint_eq(f.comparison->n_rows, SMALL_AREA_COUNT);
    for (size_t a = 0; a < SMALL_AREA_COUNT; a++) {
        ck_assert(f.comparison->rows[a].has_spend && f.comparison->rows[a].has_need);
        ck_assert(f.comparison->rows[a].per_head == per_head[a]);
        ck_assert_double_eq_tol(f.comparison->rows[a].total, total[a], 1e-9);
    }
    ck_assert_str_eq(f.comparison->period, "2022-23");
    end(&f);
}
END_TEST

START_TEST(areas_that_the_definition_leaves_out_say_why) {
    struct fixture f = compare(SMALL_DEFINITION, SMALL_MONEY);
    const struct spend_row *rows = f.comparison->rows;
    ck_assert_uint_eq(f.comparison->compared, 4);
    ck_assert(!rows[E01].compared && !rows[E06].compared && rows[E02].compared);
    ck_assert_str_eq(rows[E01].reason, "left out by the definition");
    ck_assert_str_eq(rows[E06].reason, "areas of its type are left out by the definition");
    ck_assert_str_eq(rows[E02].reason, "");
    ck_assert_int_eq(rows[E06].quadrant, QUADRANT_NONE);
    end(&f);
}
END_TEST

START_TEST(above_the_mean_of_those_compared_is_high) {
    struct fixture f = compare(SMALL_DEFINITION, SMALL_MONEY);
    const struct comparison *c = f.comparison;
    /* need of E02 ... E05: 0, 2375, 1750, 3375, each over 73.75; spend 2000, 3000, 1000, 2000 */
    ck_assert_double_eq_tol(c->need_threshold, 1875 / 73.75, 1e-9);
    ck_assert_double_eq_tol(c->spend_threshold, 2000, 1e-9);
    ck_assert_int_eq(c->rows[E02].quadrant, LOW_NEED_LOW_SPEND); /* at the mean is not above it */
    ck_assert_int_eq(c->rows[E03].quadrant, HIGH_NEED_HIGH_SPEND);
    ck_assert_int_eq(c->rows[E04].quadrant, LOW_NEED_LOW_SPEND);
    ck_assert_int_eq(c->rows[E05].quadrant, HIGH_NEED_LOW_SPEND);
    ck_assert_uint_eq(c->n_regions, 2);
    ck_assert_str_eq(c->regions[0].name, "North");
    ck_assert_uint_eq(c->regions[0].compared, 2);
    ck_assert_uint_eq(c->regions[0].high_need_low_spend, 0);
    ck_assert_str_eq(c->regions[1].name, "South");
    ck_assert_uint_eq(c->regions[1].compared, 2);
    ck_assert_uint_eq(c->regions[1].high_need_low_spend, 1);
    end(&f);
}
END_TEST

START_TEST(correlations_are_over_those_compared) {
    struct fixture f = compare(SMALL_DEFINITION, SMALL_MONEY);
    ck_assert(f.comparison->has_pearson && f.comparison->has_spearman);
    /* dx -18.75 5 -1.25 15, dy 0 1 -1 0; ranks 1 3 2 4 and 2.5 4 1 2.5 */
    ck_assert_double_eq_tol(f.comparison->pearson.value, 6.25 / sqrt(603.125 * 2), 1e-9);
    ck_assert_double_eq_tol(f.comparison->spearman.value, 1.5 / sqrt(5 * 4.5), 1e-9);
    end(&f);
}
END_TEST

START_TEST(per_head_with_a_median_and_a_given_threshold) {
    struct fixture f = compare(PER_HEAD, SMALL_MONEY);
    ck_assert_msg(f.comparison != NULL, "%s", f.fault.text);
    const struct comparison *c = f.comparison;
    ck_assert_uint_eq(c->compared, 6);
    /* need 625 0 2375 1750 3375 7375, over 73.75: the middle two are 1750 and 2375 */
    ck_assert_double_eq_tol(c->need_threshold, 2062.5 / 73.75, 1e-9);
    ck_assert(c->spend_threshold == 1500);
    static const enum quadrant expected[] = {LOW_NEED_LOW_SPEND,   LOW_NEED_LOW_SPEND,
                                             HIGH_NEED_LOW_SPEND,  LOW_NEED_HIGH_SPEND,
                                             HIGH_NEED_HIGH_SPEND, HIGH_NEED_HIGH_SPEND};
    for (size_t a = 0; a < SMALL_AREA_COUNT; a++) {
        ck_assert_int_eq(c->rows[a].quadrant, expected[a]);
    }
    end(&f);
}
END_TEST

START_TEST(an_area_without_need_or_spend_is_not_compared) {
    struct fixture f = compare(WITH_SPEND("  {dataset: money, name: m, node: air, measure: total,\n"
                                          "   need-threshold: mean, spend-threshold: mean}\n"),
                               "area_code,period,value,status\nR1,2022-23,,[c]\nR2,2022-23,5,\n");
    ck_assert_msg(f.comparison != NULL, "%s", f.fault.text);
    const struct spend_row *rows = f.comparison->rows;
    ck_assert_uint_eq(f.comparison->compared, 2);
    ck_assert_str_eq(rows[E01].reason, "no spend figure");
    ck_assert(rows[E01].has_need && !rows[E01].has_spend);
    ck_assert_str_eq(rows[E05].reason, "no need score");
    ck_assert(!rows[E05].has_need && rows[E05].has_spend);
    ck_assert(!f.comparison->has_pearson && !f.comparison->has_spearman);
    ck_assert_uint_eq(f.comparison->regions[0].compared, 0);
    end(&f);
}
END_TEST

START_TEST(a_definition_without_spend_cannot_be_compared) {
    struct fixture f = compare(SMALL_HEAD SMALL_LEVELS SMALL_TREE SMALL_DATASETS, SMALL_MONEY);
    ck_assert_ptr_null(f.comparison);
    ck_assert_str_eq(f.fault.text, "the definition 'small' has no comparison with spend");
    end(&f);
}
END_TEST

START_TEST(nothing_to_compare_is_a_fault) {
    struct fixture f = compare(SMALL_DEFINITION, "area_code,period,value\nE01,2022-23,7\n");
    ck_assert_ptr_null(f.comparison);
    ck_assert_str_eq(f.fault.text, "no area can be compared: none has both a score at 'work' and "
                                   "a figure of 'money'");
    end(&f);
    struct fixture g =
        compare(SMALL_DEFINITION, "area_code,period,value,status\nR1,2022-23,,[x]\n");
    ck_assert_ptr_null(g.comparison);
    ck_assert_str_eq(g.fault.text, "the release of 'money' has no figure at all");
    end(&g);
}
END_TEST

static void check_same(const struct comparison *a, const struct comparison *b) {
    ck_assert_uint_eq(a->compared, b->compared);
    ck_assert(a->need_threshold == b->need_threshold && a->spend_threshold == b->spend_threshold);
    ck_assert(a->pearson.value == b->pearson.value && a->spearman.low == b->spearman.low);
    ck_assert_uint_eq(a->n_regions, b->n_regions);
    for (size_t i = 0; i < a->n_rows; i++) {
        ck_assert(a->rows[i].compared == b->rows[i].compared);
        ck_assert_int_eq(a->rows[i].quadrant, b->rows[i].quadrant);
    }
}

START_TEST(other_rules_compare_the_same_figures) {
    struct fixture f = compare(SMALL_DEFINITION, SMALL_MONEY);
    const char *types[] = {"city"};
    struct spend_rules rules = f.comparison->rules;
    rules.exclude_types = types;
    rules.n_exclude_areas = 0;
    rules.measure = SPEND_PER_HEAD;
    struct comparison *c = spend_compare_by(f.pack, f.comparison, &rules, &f.fault);
    ck_assert_msg(c != NULL, "%s", f.fault.text);
    ck_assert_uint_eq(c->compared, 5);
    ck_assert(c->rows[E01].compared && !c->rows[E06].compared);
    ck_assert_str_eq(c->rows[E06].reason, "areas of its type are left out by the reader");
    /* need 625 0 2375 1750 3375, over 73.75; spend 1000 1000 1000 2000 2000 a head */
    ck_assert_double_eq_tol(c->need_threshold, 1625 / 73.75, 1e-9);
    ck_assert_double_eq_tol(c->spend_threshold, 1400, 1e-9);
    ck_assert_int_eq(c->rows[E01].quadrant, LOW_NEED_LOW_SPEND);
    ck_assert_int_eq(c->rows[E03].quadrant, HIGH_NEED_LOW_SPEND);
    ck_assert_int_eq(c->rows[E04].quadrant, HIGH_NEED_HIGH_SPEND);
    ck_assert_uint_eq(c->regions[0].high_need_low_spend, 1);
    ck_assert_str_eq(c->period, "2022-23");
    /* and back again */
    struct comparison *again = spend_compare_by(f.pack, c, &f.pack->definition->spend, &f.fault);
    ck_assert_msg(again != NULL, "%s", f.fault.text);
    check_same(again, f.comparison);
    comparison_destroy(&again);
    comparison_destroy(&c);
    end(&f);
}
END_TEST

START_TEST(leaving_everything_out_is_a_fault) {
    struct fixture f = compare(SMALL_DEFINITION, SMALL_MONEY);
    const char *types[] = {"city", "district"};
    struct spend_rules rules = f.comparison->rules;
    rules.exclude_types = types;
    rules.n_exclude_types = 2;
    ck_assert_ptr_null(spend_compare_by(f.pack, f.comparison, &rules, &f.fault));
    ck_assert_int_eq(f.fault.kind, FAULT_INPUT);
    end(&f);
}
END_TEST

START_TEST(quadrants_have_ids_and_words) {
    ck_assert_str_eq(quadrant_id(QUADRANT_NONE), "");
    ck_assert_str_eq(quadrant_words(QUADRANT_NONE), "");
    ck_assert_str_eq(quadrant_id(HIGH_NEED_LOW_SPEND), "high-need-low-spend");
    ck_assert_str_eq(quadrant_words(LOW_NEED_HIGH_SPEND), "low need, high spend");
}
END_TEST

static Suite *suite(void) {
    Suite *s = suite_create("spend");
    TCase *t = tcase_create("spend");
    tcase_add_test(t, a_regions_spend_per_head_reaches_each_area_by_population);
    tcase_add_test(t, areas_that_the_definition_leaves_out_say_why);
    tcase_add_test(t, above_the_mean_of_those_compared_is_high);
    tcase_add_test(t, correlations_are_over_those_compared);
    tcase_add_test(t, per_head_with_a_median_and_a_given_threshold);
    tcase_add_test(t, an_area_without_need_or_spend_is_not_compared);
    tcase_add_test(t, a_definition_without_spend_cannot_be_compared);
    tcase_add_test(t, nothing_to_compare_is_a_fault);
    tcase_add_test(t, other_rules_compare_the_same_figures);
    tcase_add_test(t, leaving_everything_out_is_a_fault);
    tcase_add_test(t, quadrants_have_ids_and_words);
    suite_add_tcase(s, t);
    return s;
}

int main(void) {
    return suite_main(suite());
}
