/* Replicates: the same bits whatever ran before, and nothing allocated on the way. */
#include "tests/suite.h"

#include "core/plain.h"
#include "core/status.h"
#include "core/uncertainty.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFINITION                                                                                 \
    "index: t\ntitle: T\nbands: 5\nlevels:\n"                                                      \
    "  - {id: index, name: I, aggregate: arithmetic, coverage: 0, normalise: none}\n"              \
    "  - {id: part, name: P, aggregate: arithmetic, coverage: 0, normalise: min-max, "             \
    "range: [1, 100]}\n"                                                                           \
    "  - {id: metric, name: M, normalise: min-max, range: [1, 100]}\n"                             \
    "tree:\n  id: all\n  name: All\n  children:\n"                                                 \
    "    - id: one\n      name: One\n      children:\n"                                            \
    "        - {id: a, name: A, direction: higher-is-need}\n"                                      \
    "        - {id: b, name: B, direction: lower-is-need}\n"                                       \
    "    - id: two\n      name: Two\n      children:\n"                                            \
    "        - {id: c, name: C, direction: higher-is-need, impute: em}\n"                          \
    "        - {id: d, name: D, direction: higher-is-need, impute: em}\n"                          \
    "        - {id: e, name: E, direction: lower-is-need}\n"                                       \
    "screen: {places: {available: 0.4}}\n"                                                         \
    "weight-sets: [{id: few, weights: [{node: a, weight: 3}]}]\n"                                  \
    "uncertainty:\n  factors:\n"                                                                   \
    "    - {vary: normalise, level: metric, among: [{normalise: percentile-rank, range: [1, "      \
    "9]}, {normalise: z-score, mean-and-sd: [50, 5]}, {normalise: min-max, range: [1, 100]}]}\n"   \
    "    - {vary: aggregate, level: index, among: [arithmetic, geometric, copeland, median]}\n"    \
    "    - {vary: weights, level: part, among: [given, equal]}\n"                                  \
    "    - {vary: weight-set, among: [tree, few]}\n"                                               \
    "    - {vary: weight-noise, level: metric, noise: 0.4}\n"                                      \
    "    - {vary: treat, among: [none, {winsorise: 3, transform: log-shifted}]}\n"                 \
    "    - {vary: impute, among: [none, mean, {method: regression, on: [d]}, {method: "            \
    "group-median, by: region}]}\n"                                                                \
    "    - {vary: leave-out}\n"

enum { PLACES = 60, REPLICATES = 200 };

/* Counts what is asked of the C library while `counting`; the sanitizers have an allocator of their
 * own. */
static volatile bool counting; /* the compiler knows that malloc reads no variables of ours */
static volatile size_t allocations;
#ifndef __SANITIZE_ADDRESS__
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

void *malloc(size_t size) {
    allocations = allocations + counting;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    allocations = allocations + counting;
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size) {
    allocations = allocations + counting;
    return __libc_realloc(old, size);
}
#endif

static struct plain *plain;
static struct figures *figures;

static double figure(uint64_t *state) {
    return exp((double)(suite_random(state) % 1000) / 250.0);
}

static void begin(void) {
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    uint64_t state = 11;
    ck_assert_ptr_nonnull(out);
    (void)fputs("code,region,a,b,c,d,e\n", out);
    for (int i = 0; i < PLACES; i++) {
        (void)fprintf(out, "P%d,%s", i, i % 3 ? "North" : "South");
        for (int k = 0; k < 5; k++) {
            double x = figure(&state);
            if (suite_random(&state) % 10 == 0 && k != 3)
                (void)fputs(",", out);
            else
                (void)fprintf(out, ",%.3f", x);
        }
        (void)fputs("\n", out);
    }
    ck_assert_int_eq(fclose(out), 0);
    struct fault fault = {0};
    plain = plain_read((struct table){"d.yaml", DEFINITION, sizeof DEFINITION - 1},
                       (struct table){"d.csv", text, length}, &fault);
    ck_assert_msg(plain != NULL, "%s", fault.text);
    free(text);
    figures = figures_new(plain->pack, (const struct release *const *)plain->releases, &fault);
    ck_assert_msg(figures != NULL, "%s", fault.text);
}

static void end(void) {
    figures_destroy(&figures);
    plain_destroy(&plain);
}

static const uint32_t streams[8] = {0};

/* The root's scores of replicate k; a place without one, and a replicate that fails, have -1. */
static void scores_of(struct variant *variant, uint64_t k, double out[PLACES]) {
    struct fault fault = {0};
    bool scored = variant_run(variant, 5, streams, k, &fault);
    ck_assert(scored || fault.kind == FAULT_INPUT);
    const struct column *scores = scorer_scores(variant_scorer(variant), 0);
    for (size_t i = 0; i < PLACES; i++)
        out[i] = scored && scores->status[i] == STATUS_VALUE ? scores->value[i] : -1.0;
}

START_TEST(a_replicate_has_the_same_bits_whatever_ran_before) {
    struct fault fault = {0};
    struct variant *variant = variant_new(plain->pack, figures, &fault);
    static double forwards[REPLICATES][PLACES];
    for (size_t k = 0; k < REPLICATES; k++)
        scores_of(variant, k, forwards[k]);
    size_t failed = 0;
    for (size_t i = 0; i < REPLICATES; i++) {
        size_t k = (i * 37 + 11) % REPLICATES; /* every one, in another order */
        double again[PLACES];
        scores_of(variant, k, again);
        ck_assert_mem_eq(again, forwards[k], sizeof again);
        struct variant *fresh = i % 10 ? NULL : variant_new(plain->pack, figures, &fault);
        if (fresh) { /* and by one that has run nothing else */
            scores_of(fresh, k, again);
            ck_assert_mem_eq(again, forwards[k], sizeof again);
            variant_destroy(&fresh);
        }
        failed += forwards[k][0] == -1.0 && forwards[k][1] == -1.0;
    }
    ck_assert_uint_lt(failed, REPLICATES / 2);
    variant_destroy(&variant);
}
END_TEST

START_TEST(nothing_is_allocated_inside_a_replicate) {
    struct fault fault = {0};
    struct variant *variant = variant_new(plain->pack, figures, &fault);
    uint32_t rank[PLACES];
    uint8_t band[PLACES];
    double scores[PLACES];
    for (uint64_t k = 0; k < 20; k++) /* regression and em make their room at first use */
        scores_of(variant, k, scores);
#ifndef __SANITIZE_ADDRESS__
    counting = true;
    void *volatile one = malloc(1);
    counting = false;
    free(one);
    ck_assert_uint_eq(allocations, 1); /* it does count */
    allocations = 0;
#endif
    counting = true;
    for (uint64_t k = 20; k < REPLICATES; k++) {
        (void)variant_run(variant, 5, streams, k, &fault);
        variant_ranks_and_bands(variant, 0, rank, band);
    }
    counting = false;
    ck_assert_uint_eq(allocations, 0);
    variant_destroy(&variant);
}
END_TEST

static Suite *suite(void) {
    Suite *s = suite_create("replicates");
    TCase *t = tcase_create("replicates");
    tcase_add_checked_fixture(t, begin, end);
    tcase_add_test(t, a_replicate_has_the_same_bits_whatever_ran_before);
    tcase_add_test(t, nothing_is_allocated_inside_a_replicate);
    suite_add_tcase(s, t);
    return s;
}

int main(void) {
    return suite_main(suite());
}
