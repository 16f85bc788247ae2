/* Memory runs out while an index is scored, and while what follows from it is computed. */
#include "core/assignment.h"
#include "core/cartogram.h"
#include "core/changes.h"
#include "core/difference.h"
#include "core/explain_words.h"
#include "core/holes.h"
#include "core/spend.h"
#include "core/uncertainty.h"
#include "core/warnings.h"
#include "tests/core/design.h"
#include "tests/core/rich_index.h"
#include "tests/core/small_pack.h"
#include "tests/memory/failing_memory.h"
#include "tests/suite.h"

/* What the scenarios are given: an index of each kind, and what is made of it. */
static struct {
    struct plain *plain, *panel;
    struct figures *figures;
    struct pack *small, *other;
    struct release *pay, *jobs, *soot, *money, *later;
    struct edition *edition, *changed;
    const struct release *releases[SMALL_DATASET_COUNT], *newer[SMALL_DATASET_COUNT];
} index_;

#define RICH_PANEL RICH_PLAIN "panel: {periods: [2019, 2020], normalise: over-all}\n"

/* Another definition of the small pack's index: a metric less, other weights. */
#define OTHER_TREE                                                                                 \
    "tree:\n  id: all\n  name: All\n  children:\n"                                                 \
    "    - id: work\n      name: Work\n      children:\n"                                          \
    "        - {id: pay, name: Pay, unit: GBP, direction: lower-is-need}\n"                        \
    "    - id: air\n      name: Air\n      weight: 2\n      children:\n"                           \
    "        - {id: soot, name: Soot, unit: mg, direction: higher-is-need, impute: median}\n"
#define OTHER_DEFINITION SMALL_HEAD SMALL_LEVELS OTHER_TREE SMALL_DATASETS SMALL_SPEND
#define LATER_PAY                                                                                  \
    "area_code,period,value,status\nE01,2024,110,\nE92,2024,250,\nE03,2025,10,\nE04,2024,,[x]\n"   \
    "E06,2024,7,\n"

static void begin(void) {
    struct fault fault = {0};
    index_.plain = rich_index(RICH_PLAIN);
    index_.panel = rich_index(RICH_PANEL);
    index_.figures = figures_new(index_.plain->pack,
                                 (const struct release *const *)index_.plain->releases, &fault);
    ck_assert_msg(index_.figures != NULL, "%s", fault.text);
    index_.small = small_pack();
    index_.other = small_pack_of(OTHER_DEFINITION, SMALL_AREAS, &fault);
    ck_assert_msg(index_.other != NULL, "%s", fault.text);
    index_.pay = small_release(index_.small, SMALL_PAY);
    index_.later = small_release(index_.small, LATER_PAY);
    index_.jobs = small_release(index_.small, SMALL_JOBS);
    index_.soot = small_release(index_.small, SMALL_SOOT);
    index_.money = small_release(index_.small, SMALL_MONEY);
    index_.releases[D_PAY] = index_.pay;
    index_.newer[D_PAY] = index_.later;
    index_.releases[D_JOBS] = index_.newer[D_JOBS] = index_.jobs;
    index_.releases[D_SOOT] = index_.newer[D_SOOT] = index_.soot;
    index_.edition = edition_score(index_.small, index_.releases, &fault);
    index_.changed = edition_score(index_.other, index_.newer, &fault);
    ck_assert_msg(index_.edition && index_.changed, "%s", fault.text);
}

static void end(void) {
    edition_destroy(&index_.edition);
    edition_destroy(&index_.changed);
    release_destroy(&index_.pay);
    release_destroy(&index_.later);
    release_destroy(&index_.jobs);
    release_destroy(&index_.soot);
    release_destroy(&index_.money);
    pack_destroy(&index_.small);
    pack_destroy(&index_.other);
    figures_destroy(&index_.figures);
    plain_destroy(&index_.plain);
    plain_destroy(&index_.panel);
}

/* --- scoring ---------------------------------------------------------------------------------- */

static bool scores(const void *given, struct fault *fault) {
    const struct plain *plain = given;
    struct edition *edition =
        edition_score(plain->pack, (const struct release *const *)plain->releases, fault);
    bool scored = edition != NULL;
    edition_destroy(&edition);
    return scored;
}

START_TEST(an_edition_by_every_kind_of_method) {
    each_allocation_fails(scores, index_.plain);
}
END_TEST

START_TEST(an_edition_of_a_panel) {
    each_allocation_fails(scores, index_.panel);
}
END_TEST

static bool scores_the_small_pack(const void *given, struct fault *fault) {
    (void)given;
    struct edition *edition = edition_score(index_.small, index_.releases, fault);
    bool scored = edition != NULL;
    edition_destroy(&edition);
    return scored;
}

START_TEST(an_edition_of_a_pack) {
    each_allocation_fails(scores_the_small_pack, NULL);
}
END_TEST

/* --- why -------------------------------------------------------------------------------------- */

static bool explains(const void *given, struct fault *fault) {
    const struct explain_side *newer = given;
    static const size_t areas[] = {E01, E03};
    const struct explain_side older = {index_.small, index_.releases};
    struct explanation *explanation = explain(&older, newer, areas, 2, 8, fault);
    bool explained = explanation != NULL;
    explanation_destroy(&explanation);
    return explained;
}

START_TEST(an_explanation_by_figures) {
    const struct explain_side newer = {index_.small, index_.newer};
    each_allocation_fails(explains, &newer);
}
END_TEST

START_TEST(an_explanation_by_figures_and_definition) {
    const struct explain_side newer = {index_.other, index_.newer};
    each_allocation_fails(explains, &newer);
}
END_TEST

static bool explains_rich(const void *given, struct fault *fault) {
    const struct plain *newer = given;
    static const size_t areas[] = {0, 4};
    const struct explain_side was = {index_.plain->pack,
                                     (const struct release *const *)index_.plain->releases},
                              is = {newer->pack, (const struct release *const *)newer->releases};
    struct explanation *explanation = explain(&was, &is, areas, 2, 2, fault);
    bool explained = explanation != NULL;
    explanation_destroy(&explanation);
    return explained;
}

/* Not a panel any more: no state in between can be set up. */
START_TEST(an_explanation_where_no_state_lies_between) {
    each_allocation_fails(explains_rich, index_.panel);
}
END_TEST

/* --- how sure --------------------------------------------------------------------------------- */

static bool spreads(const void *given, struct fault *fault) {
    const struct plain *plain = given;
    static const size_t nodes[] = {0, 1};
    struct spread *spread[2] = {NULL, NULL};
    bool spread_out =
        uncertainty_spread(plain->pack, index_.figures, nodes, 2, 6, 1, spread, fault);
    spread_destroy(&spread[0]);
    spread_destroy(&spread[1]);
    return spread_out;
}

START_TEST(rank_intervals) {
    each_allocation_fails(spreads, index_.plain);
}
END_TEST

#define LATE_IMPUTATION                                                                            \
    "index: t\ntitle: T\nbands: 5\nlevels:\n"                                                      \
    "  - {id: index, name: I, aggregate: arithmetic, coverage: 0, normalise: none}\n"              \
    "  - {id: metric, name: M, normalise: none}\n"                                                 \
    "tree:\n  id: all\n  name: All\n  children:\n"                                                 \
    "    - {id: a, name: A, direction: higher-is-need}\n"                                          \
    "    - {id: c, name: C, direction: higher-is-need, impute: none}\n"                            \
    "uncertainty:\n  factors:\n"                                                                   \
    "    - {vary: impute, among: [none, {method: regression, on: [c]}]}\n"                         \
    "    - {vary: weight-noise, level: metric, noise: 0.1}\n"

static bool spreads_and_analyses(const void *given, struct fault *fault) {
    const struct plain *plain = given;
    static const size_t root = 0;
    struct figures *figures =
        figures_new(plain->pack, (const struct release *const *)plain->releases, fault);
    struct spread *spread = NULL;
    bool good = figures && uncertainty_spread(plain->pack, figures, &root, 1, 6, 1, &spread, fault);
    spread_destroy(&spread);
    struct sensitivity *sensitivity =
        good ? design_sensitivity(plain->pack, figures, 0, 4, 1, 3, fault) : NULL;
    good = sensitivity != NULL;
    sensitivity_destroy(&sensitivity);
    figures_destroy(&figures);
    return good;
}

/* The regression, which needs room, comes first in a replicate. */
START_TEST(replicates_that_need_more_than_the_definition) {
    struct plain *plain = rich_index(LATE_IMPUTATION);
    each_allocation_fails(spreads_and_analyses, plain);
    plain_destroy(&plain);
}
END_TEST

static bool analyses(const void *given, struct fault *fault) {
    const struct plain *plain = given;
    struct sensitivity *sensitivity =
        design_sensitivity(plain->pack, index_.figures, 0, 4, 1, 3, fault);
    bool analysed = sensitivity != NULL;
    sensitivity_destroy(&sensitivity);
    return analysed;
}

START_TEST(sensitivity_to_each_factor) {
    each_allocation_fails(analyses, index_.plain);
}
END_TEST

static bool leaves_out(const void *given, struct fault *fault) {
    const struct plain *plain = given;
    struct left_out out[16];
    size_t n_out = 0;
    return uncertainty_leave_out(plain->pack, index_.figures, 0, out, &n_out, fault);
}

START_TEST(leaving_each_metric_out) {
    each_allocation_fails(leaves_out, index_.plain);
}
END_TEST

/* --- statistics, spend, maps, comparisons ----------------------------------------------------- */

static bool compares_spend(const void *given, struct fault *fault) {
    (void)given;
    struct comparison *comparison =
        spend_compare(index_.small, index_.edition, index_.money, fault);
    bool compared = comparison != NULL;
    comparison_destroy(&comparison);
    return compared;
}

START_TEST(a_comparison_with_spend) {
    each_allocation_fails(compares_spend, NULL);
}
END_TEST

static bool lays_out(const void *given, struct fault *fault) {
    (void)given;
    struct cell cells[SMALL_AREA_COUNT];
    return cartogram_layout(index_.small->geography, cells, fault);
}

START_TEST(a_cartogram) {
    each_allocation_fails(lays_out, NULL);
}
END_TEST

/* A ring of hexagons about an empty cell. */
static bool closes_holes(const void *given, struct fault *fault) {
    (void)given;
    size_t seats[] = {6, 7, 10, 12, 16, 17};
    return holes_close(seats, 6, 5, 5) || fault_memory(fault);
}

START_TEST(a_hole_that_is_closed) {
    each_allocation_fails(closes_holes, NULL);
}
END_TEST

static bool finds_changes(const void *given, struct fault *fault) {
    (void)given;
    struct changes *changes =
        changes_between(index_.small, index_.edition, index_.other, index_.changed, fault);
    bool found = changes != NULL;
    changes_destroy(&changes);
    return found;
}

START_TEST(rank_changes) {
    each_allocation_fails(finds_changes, NULL);
}
END_TEST

static bool differs(const void *given, struct fault *fault) {
    struct difference *difference =
        difference_between(index_.pay, index_.later, *(const bool *)given, fault);
    bool found = difference != NULL;
    difference_destroy(&difference);
    return found;
}

START_TEST(a_difference) {
    each_allocation_fails(differs, &(bool){false});
    each_allocation_fails(differs, &(bool){true});
}
END_TEST

static bool warns(const void *given, struct fault *fault) {
    (void)given;
    const struct dataset dataset = {.level = "lad"};
    struct warnings warnings = {0};
    return warnings_find(index_.pay, index_.later, index_.small->geography, &dataset, "l.csv",
                         &warnings, fault);
}

START_TEST(warnings) {
    each_allocation_fails(warns, NULL);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("memory that runs out while an index is scored");
    TCase *tests = tcase_create("scoring");
    tcase_set_timeout(tests, 60);
    tcase_add_unchecked_fixture(tests, begin, end);
    tcase_add_test(tests, an_edition_by_every_kind_of_method);
    tcase_add_test(tests, an_edition_of_a_panel);
    tcase_add_test(tests, an_edition_of_a_pack);
    tcase_add_test(tests, an_explanation_by_figures);
    tcase_add_test(tests, an_explanation_by_figures_and_definition);
    tcase_add_test(tests, an_explanation_where_no_state_lies_between);
    tcase_add_test(tests, rank_intervals);
    tcase_add_test(tests, replicates_that_need_more_than_the_definition);
    tcase_add_test(tests, sensitivity_to_each_factor);
    tcase_add_test(tests, leaving_each_metric_out);
    tcase_add_test(tests, a_comparison_with_spend);
    tcase_add_test(tests, a_cartogram);
    tcase_add_test(tests, a_hole_that_is_closed);
    tcase_add_test(tests, rank_changes);
    tcase_add_test(tests, a_difference);
    tcase_add_test(tests, warnings);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
