/* The parts of a definition that say how to prepare, weigh, repeat and vary. */
#include "tests/suite.h"

#include "core/edition.h"
#include "core/plain.h"
#include "core/status.h"
#include "core/uncertainty.h"

#include <stdio.h>
#include <string.h>

#define LEVELS                                                                                     \
    "index: t\ntitle: T\nbands: 5\nlevels:\n"                                                      \
    "  - {id: index, name: I, aggregate: arithmetic, coverage: 0, normalise: none, weights: "      \
    "equal}\n"                                                                                     \
    "  - {id: metric, name: M, impute: {method: group-mean, by: type}, normalise: min-max, "       \
    "range: [0, 1],\n     treat: {skewness: 1.5, kurtosis: 3, winsorise: 4, transform: box-cox, "  \
    "lambda: 0.5}}\n"
#define TREE                                                                                       \
    "tree:\n  id: all\n  name: All\n  children:\n"                                                 \
    "    - {id: a, name: A, direction: higher-is-need, denominator: people, per: 1000}\n"          \
    "    - {id: b, name: B, direction: lower-is-need, treat: none, impute: none}\n"                \
    "    - {id: c, name: C, direction: higher-is-need, impute: {method: regression, on: [b]}}\n"
#define REST                                                                                       \
    "screen: {places: {available: 0.5, non-zero: 0.1}, metrics: {available: 0.25}}\n"              \
    "weight-sets:\n  - {id: few, weights: [{node: a, weight: 2}, {node: c, weight: 0.5}]}\n"       \
    "weights: few\n"                                                                               \
    "panel: {periods: [2020, 2021-22], normalise: within-each}\n"                                  \
    "uncertainty:\n  replicates: 50\n  seed: 9\n  interval: 0.8\n  factors:\n"                     \
    "    - {vary: normalise, level: metric, among: [{normalise: rank}, {normalise: z-score, "      \
    "mean-and-sd: [0, 1]}]}\n"                                                                     \
    "    - {vary: aggregate, level: index, among: [median, {aggregate: generalised, power: 2}]}\n" \
    "    - {vary: weights, level: index, among: [given, pca]}\n"                                   \
    "    - {vary: weight-set, among: [tree, few]}\n"                                               \
    "    - {vary: weight-noise, level: metric, noise: 0.3}\n"                                      \
    "    - {vary: treat, among: [none, {winsorise: 2}]}\n"                                         \
    "    - {vary: impute, among: [mean, {method: regression, on: [b]}]}\n"                         \
    "    - {vary: leave-out}\n"
#define FULL LEVELS TREE REST

static struct definition *read_text(const char *text, struct fault *fault) {
    *fault = (struct fault){0};
    return definition_read("d.yaml", text, strlen(text), fault);
}

START_TEST(every_choice_is_read) {
    struct fault fault;
    struct definition *d = read_text(FULL, &fault);
    ck_assert_msg(d != NULL, "%s", fault.text);
    const struct node_method *all = &d->method.nodes[0], *a = &d->method.nodes[1];
    const struct node_method *b = &d->method.nodes[2], *c = &d->method.nodes[3];
    ck_assert_int_eq(all->weighting, WEIGHTS_EQUAL);
    ck_assert(a->imputation.method == IMPUTE_GROUP_MEAN && a->imputation.group == GROUP_TYPE);
    ck_assert(!a->imputation.own && b->imputation.own && b->imputation.method == IMPUTE_NONE);
    ck_assert(c->imputation.method == IMPUTE_REGRESSION && c->imputation.on[0] == 2);
    ck_assert(a->treatment.on && !b->treatment.on && b->treatment.own);
    ck_assert(a->treatment.winsorise == 4 && a->treatment.skewness == 1.5 &&
              a->treatment.transform == TRANSFORM_BOX_COX && a->treatment.lambda == 0.5);
    ck_assert_str_eq(d->datasets[d->nodes[1].denominator].id, "people");
    ck_assert(d->nodes[1].per == 1000 && d->nodes[2].denominator == DENOMINATOR_NONE);
    ck_assert(a->weight == 2 && b->weight == 1 && c->weight == 0.5); /* of the set in use */
    ck_assert(d->nodes[1].weight == 1);
    ck_assert(d->method.screening.place_available == 0.5 &&
              d->method.screening.metric_available == 0.25);
    ck_assert(d->panel.n_periods == 2 && d->panel.within);
    const struct uncertainty *u = &d->uncertainty;
    ck_assert(u->n_factors == 8 && u->replicates == 50 && u->seed == 9 && u->interval == 0.8);
    ck_assert_str_eq(u->factors[0].name, "normalise of metric");
    ck_assert(u->factors[1].among.combinations[1].power == 2);
    ck_assert(u->factors[3].among.sets[0] == SIZE_MAX && u->factors[3].among.sets[1] == 0);
    ck_assert_uint_eq(u->factors[7].count, 4); /* none, a, b, c */
    definition_destroy(&d);
}
END_TEST

/* FULL with the first `from` replaced must be refused with this. */
static void refused_with(const char *from, const char *to, const char *expected) {
    const char *at = strstr(FULL, from);
    ck_assert_msg(at != NULL, "no '%s'", from);
    char text[4096];
    (void)snprintf(text, sizeof text, "%.*s%s%s", (int)(at - FULL), FULL, to, at + strlen(from));
    struct fault fault;
    struct definition *d = read_text(text, &fault);
    ck_assert_msg(d == NULL, "accepted, expected: %s", expected);
    ck_assert_msg(strstr(fault.text, expected) != NULL, "found '%s', expected '%s'", fault.text,
                  expected);
    ck_assert_msg(strncmp(fault.text, "d.yaml:", 7) == 0, "no line: %s", fault.text);
}

START_TEST(what_cannot_be_is_refused_with_its_line) {
    refused_with("weights: equal", "weights: fair", "'weights': expected given, equal, pca");
    refused_with("weights: equal", "impute: mean", "has no 'impute', which is for metrics");
    refused_with("by: type", "by: size", "'by': expected region or type, found 'size'");
    refused_with("method: group-mean, by: type", "method: mean, by: type", "mean takes no 'by'");
    refused_with("on: [b]", "on: [c]", "regression of 'c' on itself");
    refused_with("on: [b]", "on: [all]", "regression on 'all': that is no metric");
    refused_with("winsorise: 4", "winsorise: 4.5", "a whole number from 0 up, found 4.5");
    refused_with("skewness: 1.5", "skewness: 0", "'skewness': expected a number above 0, found 0");
    refused_with("transform: box-cox", "transform: log", "'lambda' belongs to transform: box-cox");
    refused_with("treat: none", "treat: {skewness: 2}", "needs 'winsorise', 'transform' or both");
    refused_with("per: 1000", "per: -1", "'per': expected a number above 0, found -1");
    refused_with("available: 0.5", "available: 5", "expected a share from 0 to 1, found 5");
    refused_with("node: a, weight: 2", "node: a, weight: 0", "a number above 0, found 0");
    refused_with("{node: c", "{node: a", "a second weight for 'a'");
    refused_with("weights: few", "weights: fwe", "unknown weight set 'fwe'");
    refused_with("2021-22", "2019", "expected the oldest first, found 2019 after 2020");
    refused_with("2021-22", "soon", "'soon' is no period");
    refused_with("replicates: 50", "replicates: 1", "a whole number from 2 to");
    refused_with("interval: 0.8", "interval: 1", "a share above 0 and below 1, found 1");
    refused_with("level: metric, among", "level: metrics, among", "did you mean 'metric'?");
    refused_with("vary: aggregate, level: index", "vary: aggregate, level: metric",
                 "aggregate is not for the last level");
    refused_with("among: [tree, few]", "among: [tree]", "expected 2 to 1000 alternatives, found 1");
    refused_with("among: [tree, few]", "noise: 1", "weight-set needs 'among'");
    refused_with("noise: 0.3", "noise: 1", "a share above 0 and below 1, found 1");
    refused_with("among: [mean,", "among: [carry-forward,", "cannot be varied");
}
END_TEST

/* A definition with bytes of others in it: refused or read, and what is read can be scored or says
 * why not. */
START_TEST(any_definition_ends_in_an_answer) {
    static const char data[] = "code,type,period,people,a,b,c\n"
                               "A,x,2020,9,1,2,3\nB,x,2020,8,4,,6\nC,y,2020,7,,8,1\n"
                               "A,x,2021-22,9,2,2,4\nB,x,2021-22,8,7,5,6\nC,y,2021-22,7,1,9,2\n"
                               "D,y,2021-22,3,9,1,7\nE,x,2021-22,4,3,3,3\n";
    uint64_t state = 7;
    size_t scored = 0;
    for (int i = 0; i < 1500; i++) {
        char text[sizeof FULL];
        memcpy(text, FULL, sizeof FULL);
        for (uint64_t k = suite_random(&state) % 4; k > 0; k--) {
            size_t to = suite_random(&state) % (sizeof FULL - 1);
            text[to] = FULL[suite_random(&state) % (sizeof FULL - 1)];
        }
        struct fault fault = {0};
        struct plain *plain =
            plain_read((struct table_file){"d.yaml", text, sizeof FULL - 1},
                       (struct table_file){"d.csv", data, sizeof data - 1}, &fault);
        ck_assert(plain != NULL || fault.kind == FAULT_INPUT);
        if (!plain)
            continue;
        const struct release *const *releases = (const struct release *const *)plain->releases;
        struct figures *figures = figures_new(plain->pack, releases, &fault);
        ck_assert_ptr_nonnull(figures);
        struct spread *spread = NULL;
        size_t root = 0;
        bool done = uncertainty_spread(plain->pack, figures, &root, 1, 5, 1, &spread, &fault);
        ck_assert(done || fault.kind == FAULT_INPUT);
        scored += done;
        spread_destroy(&spread);
        figures_destroy(&figures);
        plain_destroy(&plain);
    }
    ck_assert_uint_gt(scored, 100);
}
END_TEST

static Suite *suite(void) {
    Suite *s = suite_create("method");
    TCase *t = tcase_create("method");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, every_choice_is_read);
    tcase_add_test(t, what_cannot_be_is_refused_with_its_line);
    tcase_add_test(t, any_definition_ends_in_an_answer);
    suite_add_tcase(s, t);
    return s;
}

int main(void) {
    return suite_main(suite());
}
