/* An index that stays scored, beside the same one scored from scratch: the same bytes, in whatever
 * order releases come and go, and after a fault. */
#include "tests/suite.h"

#include "core/changes.h"
#include "core/scored.h"
#include "core/status.h"
#include "tests/core/small_pack.h"

#include <math.h>
#include <stdlib.h>

enum { VERSIONS = 6, TURNS = 250 };

#define TREE                                                                                       \
    "tree:\n"                                                                                      \
    "  id: all\n"                                                                                  \
    "  name: All\n"                                                                                \
    "  children:\n"                                                                                \
    "    - id: work\n"                                                                             \
    "      name: Work\n"                                                                           \
    "      children:\n"                                                                            \
    "        - {id: pay, name: Pay, unit: GBP, direction: lower-is-need, impute: carry-forward}\n" \
    "        - {id: jobs, name: Jobs, unit: s, direction: higher-is-need, dataset: county-jobs,\n" \
    "           proxy: true, denominator: population, per: 1000" JOINT "}\n"                       \
    "        - {id: payers, name: Payers, unit: s, direction: higher-is-need, dataset: pay,\n"     \
    "           impute: median}\n"                                                                 \
    "    - id: air\n"                                                                              \
    "      name: Air\n"                                                                            \
    "      description: What people breathe\n"                                                     \
    "      children:\n"                                                                            \
    "        - {id: soot, name: Soot, unit: mg, direction: higher-is-need, denominator: pay,\n"    \
    "           normalise: z-score, mean-and-sd: [0, 1], treat: {skewness: 1, kurtosis: 1,\n"      \
    "           winsorise: 1}}\n"                                                                  \
    "        - {id: dust, name: Dust, unit: mg, direction: higher-is-need, dataset: soot,\n"       \
    "           normalise: distance-to-reference, reference: E02, range: [0, 100]}\n"

#define JOINT ""
static const char plain_tree[] = SMALL_HEAD SMALL_LEVELS TREE SMALL_DATASETS;
static const char panel_tree[] = SMALL_HEAD
    "ties: average\n"
    "panel: {periods: [2023, 2024], normalise: within-each}\n" SMALL_LEVELS TREE SMALL_DATASETS;
static const char screened_tree[] =
    SMALL_HEAD "ties: dense\nscreen: {places: {available: 0.6}}\n" SMALL_LEVELS TREE SMALL_DATASETS;
#undef JOINT
#define JOINT ", impute: {method: regression, on: [payers]}"
static const char joint_tree[] = SMALL_HEAD SMALL_LEVELS TREE SMALL_DATASETS;

static struct pack *pack;
static struct release *versions[SMALL_DATASET_COUNT][VERSIONS];
static uint64_t state = 5;

static uint64_t among(uint64_t n) {
    return suite_random(&state) % n;
}

/* --- releases --------------------------------------------------------------------------------- */

static struct release *invent(size_t dataset) {
    static const char *const lads[] = {"E01", "E02", "E03", "E04", "E05", "E06"};
    static const char *const counties[] = {"C1", "C2", "C3"};
    const char *const *codes = dataset == D_JOBS ? counties : lads;
    size_t n = dataset == D_JOBS ? 3 : 6, written = 0;
    char text[1000] = "area_code,period,value,status\n";
    for (int year = 2023; year <= 2024; year++) {
        for (size_t i = 0; i < n; i++) {
            size_t used = strlen(text);
            if (among(6) == 0 && written++ > 0)
                (void)snprintf(text + used, sizeof text - used, "%s,%d,,[c]\n", codes[i], year);
            else
                (void)snprintf(text + used, sizeof text - used, "%s,%d,%d,\n", codes[i], year,
                               (int)among(20) + 1);
        }
    }
    return small_release(pack, text);
}

static void open_all(const char *definition) {
    struct fault fault = {0};
    pack = small_pack_of(definition, SMALL_AREAS, &fault);
    ck_assert_msg(pack != NULL, "%s", fault.text);
    for (size_t d = 0; d < SMALL_DATASET_COUNT; d++) {
        for (size_t v = 0; v < VERSIONS; v++)
            versions[d][v] = d == D_MONEY ? small_release(pack, SMALL_MONEY) : invent(d);
    }
}

static void close_all(void) {
    for (size_t d = 0; d < SMALL_DATASET_COUNT; d++) {
        for (size_t v = 0; v < VERSIONS; v++)
            release_destroy(&versions[d][v]);
    }
    pack_destroy(&pack);
}

/* --- the same bytes --------------------------------------------------------------------------- */

static void same_column(const struct column *a, const struct column *b) {
    ck_assert_uint_eq(a->count, b->count);
    ck_assert_mem_eq(a->status, b->status, a->count);
    for (size_t i = 0; i < a->count; i++) {
        if (a->status[i] == STATUS_VALUE)
            ck_assert_mem_eq(&a->value[i], &b->value[i], sizeof *a->value);
    }
    if (a->rule)
        ck_assert_mem_eq(a->rule, b->rule, a->count);
}

static void same_edition(const struct edition *a, const struct edition *b) {
    size_t n = a->n_areas;
    ck_assert(a->n_nodes == b->n_nodes && n == b->n_areas);
    for (size_t k = 0; k < a->n_nodes; k++) {
        const struct node_scores *x = &a->nodes[k], *y = &b->nodes[k];
        same_column(&x->score, &y->score);
        ck_assert_mem_eq(x->rank, y->rank, n * sizeof *x->rank);
        ck_assert_mem_eq(x->shown_rank, y->shown_rank, n * sizeof *x->shown_rank);
        ck_assert_mem_eq(x->band, y->band, n);
        if (!node_is_metric(&pack->definition->nodes[k]))
            continue;
        same_column(&x->raw, &y->raw);
        ck_assert_mem_eq(x->imputed, y->imputed, n);
        ck_assert_mem_eq(x->winsorised, y->winsorised, n);
        ck_assert_pstr_eq(x->period, y->period);
        ck_assert(
            x->outliers.passes == y->outliers.passes &&
            x->outliers.moved_high == y->outliers.moved_high &&
            x->outliers.moved_low == y->outliers.moved_low &&
            memcmp(&x->outliers.skewness_after, &y->outliers.skewness_after, sizeof(double)) == 0);
    }
}

static void same_changes(const struct edition *before, const struct edition *a,
                         const struct edition *older, const struct edition *b) {
    struct fault fault = {0};
    struct changes *one = changes_between(pack, before, pack, a, &fault);
    struct changes *other = changes_between(pack, older, pack, b, &fault);
    ck_assert(one && other);
    ck_assert_uint_eq(one->count, other->count);
    for (size_t i = 0; i < one->count; i++) {
        ck_assert(one->changes[i].node == other->changes[i].node &&
                  one->changes[i].area == other->changes[i].area &&
                  one->changes[i].old_rank == other->changes[i].old_rank &&
                  one->changes[i].new_rank == other->changes[i].new_rank);
    }
    changes_destroy(&one);
    changes_destroy(&other);
}

/* --- turns ------------------------------------------------------------------------------------ */

struct turn {
    const struct release *releases[SMALL_DATASET_COUNT];
    const char *keys[SMALL_DATASET_COUNT];
};

static void choose(struct turn *turn) {
    static const char *const names[VERSIONS] = {"0", "1", "2", "3", "4", "5"};
    size_t d = (size_t)among(SMALL_DATASET_COUNT), v = (size_t)among(VERSIONS + 1);
    turn->releases[d] = v < VERSIONS ? versions[d][v] : NULL;
    turn->keys[d] = v < VERSIONS ? names[v] : NULL;
}

/* One to many datasets change from turn to turn, or none; a release may be withdrawn. */
static void play(const char *definition) {
    struct fault fault = {0}, other = {0};
    struct turn turn = {0};
    struct edition *before = NULL, *older = NULL;
    size_t scored_well = 0;
    open_all(definition);
    struct scored *scored = scored_new(pack, &fault);
    ck_assert_ptr_nonnull(scored);
    for (int t = 0; t < TURNS; t++) {
        for (uint64_t i = among(3); i > 0; i--)
            choose(&turn);
        struct edition *edition = scored_edition(scored, turn.releases, turn.keys, &fault);
        struct edition *anew = edition_score(pack, turn.releases, &other);
        ck_assert_msg(!edition == !anew, "%s; %s", fault.text, other.text);
        if (!edition) {
            ck_assert_str_eq(fault.text, other.text);
            continue;
        }
        scored_well++;
        same_edition(edition, anew);
        if (before)
            same_changes(before, edition, older, anew);
        edition_destroy(&before);
        edition_destroy(&older);
        before = edition;
        older = anew;
    }
    scored_destroy(&scored);
    if (before)
        same_edition(before, older); /* it outlives who made it */
    edition_destroy(&before);
    edition_destroy(&older);
    close_all();
    ck_assert_uint_gt(scored_well, TURNS / 8);
    ck_assert_uint_lt(scored_well, TURNS); /* and some could not be scored */
}

START_TEST(releases_come_and_go_in_any_order) {
    play(plain_tree);
}
END_TEST

START_TEST(of_a_panel_too) {
    play(panel_tree);
}
END_TEST

START_TEST(and_where_one_metric_decides_on_another) {
    play(joint_tree);
    play(screened_tree);
}
END_TEST

START_TEST(what_is_not_reached_is_shared) {
    struct fault fault = {0};
    open_all(SMALL_DEFINITION);
    struct scored *scored = scored_new(pack, &fault);
    struct turn turn = {.releases = {[D_PAY] = versions[D_PAY][0],
                                     [D_JOBS] = versions[D_JOBS][0],
                                     [D_SOOT] = versions[D_SOOT][0]},
                        .keys = {[D_PAY] = "0", [D_JOBS] = "0", [D_SOOT] = "0"}};
    struct edition *first = scored_edition(scored, turn.releases, turn.keys, &fault);
    turn.releases[D_SOOT] = versions[D_SOOT][1];
    turn.keys[D_SOOT] = "1";
    struct edition *second = scored_edition(scored, turn.releases, turn.keys, &fault);
    turn.keys[D_SOOT] = "of other bytes with the same figures";
    struct edition *third = scored_edition(scored, turn.releases, turn.keys, &fault);
    ck_assert(first && second && third);
    static const bool reached[SMALL_NODE_COUNT] = {[ALL] = true, [AIR] = true, [SOOT] = true};
    for (size_t k = 0; k < SMALL_NODE_COUNT; k++) {
        ck_assert_int_eq(first->nodes[k].rank != second->nodes[k].rank, reached[k]);
        ck_assert_ptr_eq(second->nodes[k].rank, third->nodes[k].rank);
    }
    edition_destroy(&second);
    edition_destroy(&first);
    edition_destroy(&third);
    scored_destroy(&scored);
    close_all();
}
END_TEST

static Suite *suite(void) {
    Suite *s = suite_create("scored");
    TCase *t = tcase_create("scored");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, releases_come_and_go_in_any_order);
    tcase_add_test(t, of_a_panel_too);
    tcase_add_test(t, and_where_one_metric_decides_on_another);
    tcase_add_test(t, what_is_not_reached_is_shared);
    suite_add_tcase(s, t);
    return s;
}

int main(void) {
    return suite_main(suite());
}
