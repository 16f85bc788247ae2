/* The figures that an index is made of: of a panel, carried forward, by their denominators. */
#include "tests/suite.h"

#include "core/figures.h"
#include "core/status.h"
#include "tests/core/rich_index.h"

#define HEAD                                                                                       \
    "index: t\ntitle: T\nbands: 5\nlevels:\n"                                                      \
    "  - {id: index, name: I, aggregate: arithmetic, coverage: 0, normalise: none}\n"              \
    "  - {id: metric, name: M, normalise: none}\n"                                                 \
    "tree:\n  id: all\n  name: All\n  children:\n"
#define METRIC(id, more) "    - {id: " id ", name: N, direction: higher-is-need" more "}\n"
#define PANEL            "panel: {periods: [2019, 2020, 2021], normalise: over-all}\n"

static struct plain *plain;
static struct figures *figures;

static void take(const char *definition, const char *csv) {
    struct fault fault = {0};
    plain = rich_read(definition, csv, &fault);
    ck_assert_msg(plain != NULL, "%s", fault.text);
    figures = figures_new(plain->pack, (const struct release *const *)plain->releases, &fault);
    ck_assert_msg(figures != NULL, "%s", fault.text);
}

static void done(void) {
    figures_destroy(&figures);
    ck_assert_ptr_null(figures);
    figures_destroy(&figures);
    plain_destroy(&plain);
}

static void expect(size_t node, size_t row, double value) {
    const struct column *column = &figures->metrics[node].column;
    ck_assert_msg(column->status[row] == STATUS_VALUE, "row %zu has no figure", row);
    ck_assert_double_eq_tol(column->value[row], value, 1e-12);
}

static void expect_gap(size_t node, size_t row, enum status status) {
    ck_assert_uint_eq(figures->metrics[node].column.status[row], status);
}

START_TEST(each_period_of_a_panel_has_its_own_figures) {
    take(HEAD METRIC("a", "") PANEL, "code,period,a\nP1,2019,1\nP1,2020,2\nP2,2019,3\nP2,2022,9\n");
    ck_assert_uint_eq(figures->n_rows, 6);
    expect(1, 0, 1);
    expect(1, 1, 3);
    expect(1, 2, 2);
    expect_gap(1, 3, STATUS_ABSENT);
    expect_gap(1, 4, STATUS_ABSENT); /* nobody published 2021 */
    done();
}
END_TEST

START_TEST(a_gap_is_carried_forward_from_the_newest_older_figure) {
    take(HEAD METRIC("a", ", impute: carry-forward") PANEL,
         "code,period,a\nP1,2018,1\nP2,2018,2\nP1,2019,[x]\nP2,2019,5\nP3,2018,[z]\nP3,2019,[z]\n"
         "P4,2019,4\n");
    expect(1, 0, 1);
    ck_assert_uint_eq(figures->metrics[1].imputed[0], IMPUTE_CARRIED);
    expect(1, 1, 5);
    ck_assert_uint_eq(figures->metrics[1].imputed[1], IMPUTE_NONE);
    expect_gap(1, 2, STATUS_NOT_APPLICABLE); /* never filled in */
    expect(1, 3, 4);
    /* 2020 and 2021 are not there at all: all that comes before them is carried. */
    expect(1, 4, 1);
    expect(1, 8, 1);
    expect(1, 9, 5);
    ck_assert_uint_eq(figures->metrics[1].imputed[9], IMPUTE_CARRIED);
    done();
}
END_TEST

START_TEST(a_panel_carries_from_periods_before_its_own_only) {
    take(HEAD METRIC("a", ", impute: carry-forward") PANEL,
         "code,period,a\nP1,2021,7\nP1,2022,8\n");
    expect_gap(1, 0, STATUS_ABSENT);
    expect_gap(1, 1, STATUS_ABSENT);
    expect(1, 2, 7);
    done();
}
END_TEST

START_TEST(a_denominator_is_of_the_same_period_or_the_newest_that_there_is) {
    take(HEAD METRIC("a", ", denominator: d, per: 10") METRIC("d", "") PANEL,
         "code,period,a,d\nP1,2019,1,2\nP1,2020,3,\nP1,2021,4,8\nP2,2019,1,0\nP2,2021,1,[c]\n"
         "P1,2018,,1\n");
    expect(1, 0, 5);
    expect_gap(1, 1, STATUS_NOT_APPLICABLE); /* by 0 */
    expect_gap(1, 2, STATUS_NOT_AVAILABLE);  /* an empty cell is a row without a number */
    expect(1, 4, 5);
    expect_gap(1, 5, STATUS_CONFIDENTIAL);
    done();
    take(HEAD METRIC("a", ", denominator: d") METRIC("d", "") PANEL,
         "code,period,metric,value\nP1,2020,a,6\nP1,2022,d,3\n");
    expect(1, 1, 2); /* of 2022, the only one */
    done();
    take(HEAD METRIC("a", ", denominator: d") METRIC("d", ""),
         "code,period,metric,value\nP1,2020,a,6\nP1,2022,d,[c]\n");
    expect_gap(1, 0, STATUS_ABSENT); /* no period of it has a number */
    done();
}
END_TEST

START_TEST(without_a_release_there_are_no_figures) {
    struct fault fault = {0};
    take(HEAD METRIC("a", ", denominator: population") METRIC("d", ", denominator: a"),
         "code,population,a,d\nP1,4,8,1\nP2,5,8,1\n");
    expect(1, 0, 2);
    expect(1, 1, 1.6);
    figures_destroy(&figures);
    const struct release *releases[2] = {NULL, plain->releases[1]};
    figures = figures_new(plain->pack, releases, &fault);
    ck_assert_ptr_nonnull(figures);
    expect_gap(1, 0, STATUS_ABSENT);
    expect_gap(2, 0, STATUS_ABSENT); /* its denominator is not there */
    ck_assert_ptr_null(figures->metrics[1].period);
    done();
}
END_TEST

START_TEST(a_metric_whose_newest_period_has_marks_only_has_no_period) {
    take(HEAD METRIC("a", ", impute: carry-forward"), "code,period,a\nP1,2019,[x]\nP1,2020,[c]\n");
    ck_assert_ptr_null(figures->metrics[1].period);
    expect_gap(1, 0, STATUS_ABSENT);
    done();
}
END_TEST

int main(void) {
    Suite *suite = suite_create("figures");
    TCase *tests = tcase_create("figures");
    tcase_add_test(tests, each_period_of_a_panel_has_its_own_figures);
    tcase_add_test(tests, a_gap_is_carried_forward_from_the_newest_older_figure);
    tcase_add_test(tests, a_panel_carries_from_periods_before_its_own_only);
    tcase_add_test(tests, a_denominator_is_of_the_same_period_or_the_newest_that_there_is);
    tcase_add_test(tests, without_a_release_there_are_no_figures);
    tcase_add_test(tests, a_metric_whose_newest_period_has_marks_only_has_no_period);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
