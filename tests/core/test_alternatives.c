/* Items in many ways: each is what the scorer makes of the same method, bit for bit. */
#include "tests/suite.h"

#include "core/alternatives_parts.h"
#include "core/rank.h"
#include "core/scorer.h"
#include "core/status.h"
#include "core/uncertainty.h"
#include "tests/core/rich_index.h"

#include <stdio.h>
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
    const struct definition *d = a->pack->definition;
    uncertainty_change(d, 9, k, method);
    if (k % 4 == 0) /* as at the edge of a grid */
        method->nodes[1 + k % (d->n_nodes - 1)].weight = 0.0;
    size_t node = k % 5 == 2 ? 1 + k / 5 % (d->n_nodes - 1) : 0;
    for (size_t m = node; node && m < d->nodes[node].end; m++) /* nothing below a node, or it */
        method->nodes[m].left_out = node_is_metric(&d->nodes[m]);
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
    bool same = true; /* check notes each of its assertions in a file, which takes its time */
    for (size_t area = 0; area < n; area++) {
        bool there = scores.status[area] == STATUS_VALUE;
        same = same && there == (found->status[area] == STATUS_VALUE);
        same = same &&
               (!there || memcmp(&found->value[area], &scores.value[area], sizeof(double)) == 0);
    }
    ck_assert_msg(same, "item %llu, node %zu", (unsigned long long)k, a->nodes[i]);
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

/* All columns count, in whichever form. */
static void check_kept(const struct alternatives *alternatives, size_t columns) {
    size_t n = 0;
    for (size_t m = 0; m < alternatives->n_metrics; m++) {
        for (size_t i = 0; i < alternatives->kept[m].count; i++) {
            for (int form = 0; form < FORM_COUNT; form++)
                n += alternatives->kept[m].kept[i]->column[form] != NULL;
        }
    }
    ck_assert_uint_le(n, columns);
    ck_assert_uint_eq(alternatives->n_kept, n * alternatives->stride);
}

enum wanted { EVERYWHERE, ABOVE_METRICS, AT_ROOT };

/* Returns how many items have ranks. */
static size_t check_with_room(const struct plain *plain, size_t items, enum wanted wanted,
                              size_t columns) {
    const struct definition *d = plain->pack->definition;
    struct fault fault = {0};
    size_t n_nodes = 0, *nodes = calloc(d->n_nodes, sizeof *nodes);
    for (size_t k = 0; k < d->n_nodes; k++) {
        if (wanted == EVERYWHERE ||
            (!node_is_metric(&d->nodes[k]) && (k == 0 || wanted != AT_ROOT)))
            nodes[n_nodes++] = k;
    }
    struct figures *figures =
        figures_new(plain->pack, (const struct release *const *)plain->releases, &fault);
    ck_assert_msg(figures != NULL, "%s", fault.text);
    struct against a = {.pack = plain->pack, .figures = figures, .nodes = nodes};
    a.method.nodes = calloc(d->n_nodes, sizeof *a.method.nodes);
    a.scorer = scorer_new(plain->pack, figures, &fault);
    struct alternatives *alternatives =
        alternatives_new(plain->pack, figures, nodes, n_nodes, &fault);
    ck_assert_msg(a.scorer && alternatives, "%s", fault.text);
    a.alternatives = alternatives;
    alternatives->kept_max = columns * alternatives->stride;
    const struct alternatives_use use = {change, same_ranks, same_failure, &a};
    ck_assert_msg(alternatives_run(alternatives, 3, items, &use, &fault), "%s", fault.text);
    ck_assert_uint_eq(a.came + a.failed * n_nodes, items * n_nodes);
    check_kept(alternatives, columns);
    alternatives_destroy(&alternatives);
    scorer_destroy(&a.scorer);
    figures_destroy(&figures);
    free(a.method.nodes);
    free(nodes);
    return a.came / n_nodes;
}

static size_t check_against_scorer(const struct plain *plain, size_t items, enum wanted wanted) {
    enum { COLUMNS = 1000 };
    return check_with_room(plain, items, wanted, COLUMNS);
}

START_TEST(each_item_is_as_the_scorer_computes_it) {
    struct plain *plain = rich_index(RICH_PLAIN);
    ck_assert_uint_gt(check_against_scorer(plain, 60, EVERYWHERE), 0);
    ck_assert_uint_gt(check_against_scorer(plain, 60, AT_ROOT), 0);
    plain_destroy(&plain);
}
END_TEST

/* --- definitions at random -------------------------------------------------------------------- */

static uint64_t state;

static bool one_in(unsigned n) {
    return suite_random(&state) % n == 0;
}

static const char *pick(const char *const *words, size_t n) {
    return words[suite_random(&state) % n];
}

#define PICK(...)                                                                                  \
    pick((const char *const[]){__VA_ARGS__},                                                       \
         sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static const char *a_scale(void) {
    return PICK("normalise: min-max, range: [1, 100]", "normalise: min-max, range: [0, 10]",
                "normalise: z-score, mean-and-sd: [100, 5]", "normalise: none",
                "normalise: percentile-rank, range: [1, 9]", "normalise: rank",
                "normalise: fraction-of-maximum, range: [1, 5]");
}

static const char *a_mean(void) {
    return PICK("arithmetic", "geometric", "harmonic", "median",
                "{aggregate: generalised, power: 0.5}", "{aggregate: generalised, power: -2}");
}

static void put_levels(FILE *out, bool deep) {
    static const char *const ids[] = {"index", "part", "group"};
    for (size_t i = 0; i < (deep ? 3 : 2); i++) {
        (void)fprintf(out, "  - {id: %s, name: L, aggregate: %s, %s, coverage: %s, weights: %s}\n",
                      ids[i],
                      PICK("arithmetic", "arithmetic", "geometric", "harmonic", "median",
                           "generalised, power: 0.5", "generalised, power: -2"),
                      one_in(2) ? "normalise: none" : a_scale(),
                      PICK("0", "0.4", "0.75", "{children: 0.5}", "1"),
                      one_in(8) ? PICK("pca", "pca-squared") : PICK("given", "equal"));
    }
    (void)fprintf(out, "  - {id: metric, name: M, %s, impute: %s%s}\n", a_scale(),
                  one_in(3) ? "median" : "none",
                  one_in(3) ? ", treat: {winsorise: 3, transform: log-shifted}" : "");
}

/* Metrics a, b, c ... below `parent`; returns the next letter. */
static char put_metrics(FILE *out, char letter, const char *indent) {
    for (size_t n = 1 + suite_random(&state) % 4; n > 0; n--, letter++) {
        (void)fprintf(out, "%s- {id: %c, name: N, direction: %s-is-need, weight: %u%s}\n", indent,
                      letter, PICK("higher", "lower"), 1 + (unsigned)(suite_random(&state) % 3),
                      one_in(12)   ? ", impute: {method: regression, on: [a]}"
                      : one_in(10) ? ", normalise: min-max, range: [2, 3]"
                                   : "");
    }
    return letter;
}

/* Returns how many metrics there are. */
static int put_tree(FILE *out, bool deep) {
    char letter = 'b';
    (void)fputs("tree:\n  id: all\n  name: All\n  children:\n", out);
    for (int p = 0; p < 3; p++) {
        (void)fprintf(out, "    - id: part%d\n      name: P\n      weight: %d\n      children:\n",
                      p, p + 1);
        for (int g = 0; deep && g < 2; g++) {
            (void)fprintf(out, "        - id: group%d%d\n          name: G\n", p, g);
            (void)fputs("          children:\n", out);
            if (p + g == 0)
                (void)fputs("            - {id: a, name: A, direction: higher-is-need}\n", out);
            letter = put_metrics(out, letter, "            ");
        }
        if (!deep && p == 0)
            (void)fputs("        - {id: a, name: A, direction: higher-is-need}\n", out);
        if (!deep)
            letter = put_metrics(out, letter, "        ");
    }
    return letter - 'a';
}

static void put_factors(FILE *out, bool deep) {
    const char *above = deep ? "group" : "part";
    (void)fputs("weight-sets: [{id: few, weights: [{node: a, weight: 3}, {node: part1, weight: "
                "2}]}]\nuncertainty:\n  factors:\n"
                "    - {vary: weight-noise, level: metric, noise: 0.4}\n",
                out);
    if (!one_in(3))
        (void)fprintf(out, "    - {vary: normalise, level: metric, among: [{%s}, {%s}, {%s}]}\n",
                      a_scale(), a_scale(), a_scale());
    if (one_in(3))
        (void)fprintf(out, "    - {vary: normalise, level: %s, among: [{%s}, {%s}]}\n", above,
                      a_scale(), a_scale());
    if (!one_in(3))
        (void)fprintf(out, "    - {vary: aggregate, level: %s, among: [%s, %s, arithmetic]}\n",
                      above, a_mean(), a_mean());
    if (!one_in(3))
        (void)fprintf(out, "    - {vary: aggregate, level: index, among: [%s, %s]}\n", a_mean(),
                      one_in(8) ? "copeland" : a_mean());
    if (one_in(2))
        (void)fprintf(out, "    - {vary: weights, level: part, among: [given, %s]}\n",
                      one_in(3) ? "pca" : "equal");
    if (one_in(2))
        (void)fputs("    - {vary: weight-set, among: [tree, few]}\n", out);
    if (one_in(4))
        (void)fputs("    - {vary: treat, among: [none, {winsorise: 3}]}\n", out);
    if (one_in(4))
        (void)fputs("    - {vary: impute, among: [none, mean, {method: group-median, by: "
                    "region}]}\n",
                    out);
    if (one_in(2))
        (void)fputs("    - {vary: leave-out}\n", out);
}

static char *random_definition(bool panel, int *metrics) {
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    bool deep = one_in(2);
    ck_assert_ptr_nonnull(out);
    (void)fprintf(out, "index: t\ntitle: T\nbands: %s\nties: %s\nlevels:\n",
                  one_in(3) ? "{thresholds: [60, 30]}" : "5",
                  PICK("min", "max", "dense", "average"));
    put_levels(out, deep);
    *metrics = put_tree(out, deep);
    if (one_in(6))
        (void)fputs("screen: {places: {available: 0.6}}\n", out);
    else if (one_in(6))
        (void)fputs("screen: {metrics: {available: 0.97}}\n", out);
    if (panel)
        (void)fprintf(out, "panel: {periods: [2019, 2020], normalise: %s}\n",
                      PICK("within-each", "over-all"));
    put_factors(out, deep);
    ck_assert_int_eq(fclose(out), 0);
    return text;
}

static char *random_figures(bool panel, int metrics, size_t places) {
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    unsigned gaps = PICK("", "x")[0] ? 40 : 0; /* one figure in so many is missing */
    ck_assert_ptr_nonnull(out);
    (void)fputs("code,region,period", out);
    for (int m = 0; m < metrics; m++)
        (void)fprintf(out, ",%c", 'a' + m);
    for (size_t i = 0; i < places * (panel ? 2 : 1); i++) {
        (void)fprintf(out, "\nP%zu,%s,%zu", i % places, i % places % 3 ? "North" : "South",
                      2020 - i / places);
        for (int m = 0; m < metrics; m++) {
            if (gaps && one_in(gaps) && m > 0)
                (void)fputs(",", out);
            else
                (void)fprintf(out, ",%u", 1 + (unsigned)(suite_random(&state) % 1000));
        }
    }
    (void)fputs("\n", out);
    ck_assert_int_eq(fclose(out), 0);
    return text;
}

START_TEST(definitions_at_random_are_as_the_scorer_computes_them) {
    state = 1000 + (uint64_t)_i;
    struct plain *plain = NULL;
    while (!plain) { /* some cannot be read: they vary nothing, or take logarithms of 0 */
        struct fault fault = {0};
        bool panel = one_in(4);
        int metrics = 0;
        char *definition = random_definition(panel, &metrics);
        char *csv = random_figures(panel, metrics, 20 + suite_random(&state) % 600);
        plain = rich_read(definition, csv, &fault);
        ck_assert_msg(plain || strncmp(fault.text, "d.yaml:", 7) == 0, "%s", fault.text);
        free(definition);
        free(csv);
    }
    (void)check_against_scorer(plain, 20, EVERYWHERE);
    (void)check_against_scorer(plain, 60, ABOVE_METRICS);
    (void)check_against_scorer(plain, 40, AT_ROOT);
    (void)check_with_room(plain, 40, ABOVE_METRICS, (size_t)_i % 30);
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
    tcase_add_loop_test(tests, definitions_at_random_are_as_the_scorer_computes_them, 0, 100);
    tcase_add_test(tests, a_run_ends_where_a_callback_says_no);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
