/* Items in many ways: each is what the scorer makes of the same method, bit for bit. */
#include "tests/suite.h"

#include "core/alternatives.h"
#include "core/rank.h"
#include "core/scorer.h"
#include "core/status.h"
#include "core/uncertainty.h"
#include "tests/core/rich_index.h"

#include <stdlib.h>

/* --- against the scorer ----------------------------------------------------------------------- */

struct against {
    const struct pack *pack;
    const struct figures *figures;
    const size_t *nodes;
    const struct alternatives *alternatives;
    struct scorer *scorer;
    struct method method;
    size_t came, failed; /* nodes of items, items */
};

static void change(void *context, uint64_t k, struct method *method) {
    const struct against *a = context;
    uncertainty_change(a->pack->definition, 9, k, method);
}

static bool score_again(struct against *a, uint64_t k, struct fault *fault) {
    const struct definition *d = a->pack->definition;
    a->method.screening = d->method.screening;
    memcpy(a->method.nodes, d->method.nodes, d->n_nodes * sizeof *a->method.nodes);
    change(a, k, &a->method);
    return scorer_run(a->scorer, &a->method, fault);
}

static bool same_ranks(void *context, uint64_t k, size_t i, const uint32_t *rank,
                       const uint8_t *band, struct fault *fault) {
    struct against *a = context;
    const struct definition *d = a->pack->definition;
    size_t n = a->figures->n_areas, first = a->figures->n_rows - n;
    ck_assert_msg(score_again(a, k, fault), "%s", fault->text);
    const struct column *all = scorer_scores(a->scorer, a->nodes[i]);
    struct column scores = {.count = n, .value = all->value + first, .status = all->status + first};
    const struct column *found = alternatives_scores(a->alternatives);
    ck_assert_uint_eq(found->count, n);
    for (size_t area = 0; area < n; area++) {
        bool there = scores.status[area] == STATUS_VALUE;
        ck_assert(there == (found->status[area] == STATUS_VALUE));
        if (there)
            ck_assert_mem_eq(&found->value[area], &scores.value[area], sizeof(double));
    }
    uint32_t *expected = calloc(n + 1, sizeof *expected);
    uint8_t *bands = calloc(n + 1, 1);
    rank_scores(&scores, TIES_MIN, scorer_room(a->scorer), expected);
    if (d->band_thresholds)
        rank_threshold_bands(&scores, d->band_thresholds, d->bands, bands);
    else
        rank_bands(expected, n, d->bands, bands);
    rank_scores(&scores, d->ties == TIES_AVERAGE ? TIES_MIN : d->ties, scorer_room(a->scorer),
                expected);
    ck_assert_mem_eq(rank, expected, n * sizeof *rank);
    ck_assert_mem_eq(band, bands, n);
    free(expected);
    free(bands);
    a->came++;
    return true;
}

static bool same_failure(void *context, uint64_t k, const struct fault *why, struct fault *fault) {
    struct against *a = context;
    struct fault expected = {0};
    ck_assert(!score_again(a, k, &expected));
    ck_assert_str_eq(why->text, expected.text);
    a->failed++;
    (void)fault;
    return true;
}

static void check_against_scorer(const struct plain *plain, size_t items) {
    struct fault fault = {0};
    size_t n_nodes = plain->pack->definition->n_nodes;
    size_t *nodes = calloc(n_nodes, sizeof *nodes);
    for (size_t k = 0; k < n_nodes; k++)
        nodes[k] = k;
    struct figures *figures =
        figures_new(plain->pack, (const struct release *const *)plain->releases, &fault);
    ck_assert_msg(figures != NULL, "%s", fault.text);
    struct against a = {.pack = plain->pack, .figures = figures, .nodes = nodes};
    a.method.nodes = calloc(n_nodes, sizeof *a.method.nodes);
    a.scorer = scorer_new(plain->pack, figures, &fault);
    struct alternatives *alternatives =
        alternatives_new(plain->pack, figures, nodes, n_nodes, &fault);
    ck_assert_msg(a.scorer && alternatives, "%s", fault.text);
    a.alternatives = alternatives;
    const struct alternatives_use use = {change, same_ranks, same_failure, &a};
    ck_assert_msg(alternatives_run(alternatives, 3, items, &use, &fault), "%s", fault.text);
    ck_assert_uint_eq(a.came + a.failed * n_nodes, items * n_nodes);
    ck_assert_uint_gt(a.came, 0);
    alternatives_destroy(&alternatives);
    scorer_destroy(&a.scorer);
    figures_destroy(&figures);
    free(a.method.nodes);
    free(nodes);
}

START_TEST(each_item_is_as_the_scorer_computes_it) {
    struct plain *plain = rich_index(RICH_PLAIN);
    check_against_scorer(plain, 60);
    plain_destroy(&plain);
}
END_TEST

/* --- callbacks that say no -------------------------------------------------------------------- */

static bool no_ranks(void *context, uint64_t k, size_t i, const uint32_t *rank, const uint8_t *band,
                     struct fault *fault) {
    size_t *left = context;
    (void)k, (void)i, (void)rank, (void)band;
    return (*left)-- > 0 || fault_set(fault, FAULT_SYSTEM, "enough");
}

START_TEST(a_run_ends_where_a_callback_says_no) {
    struct plain *plain = rich_index(RICH_PLAIN);
    struct fault fault = {0};
    static const size_t nodes[] = {0, 1};
    struct figures *figures =
        figures_new(plain->pack, (const struct release *const *)plain->releases, &fault);
    struct alternatives *alternatives = alternatives_new(plain->pack, figures, nodes, 2, &fault);
    ck_assert_msg(alternatives != NULL, "%s", fault.text);
    size_t left = 3;
    const struct alternatives_use use = {.ranks = no_ranks, .context = &left};
    ck_assert(!alternatives_run(alternatives, 0, 10, &use, &fault));
    ck_assert_str_eq(fault.text, "enough");
    left = 20;
    ck_assert(alternatives_run(alternatives, 0, 10, &use, &fault));
    alternatives_destroy(&alternatives);
    alternatives_destroy(&alternatives); /* there is none any more */
    figures_destroy(&figures);
    plain_destroy(&plain);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("alternatives");
    TCase *tests = tcase_create("alternatives");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, each_item_is_as_the_scorer_computes_it);
    tcase_add_test(tests, a_run_ends_where_a_callback_says_no);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
