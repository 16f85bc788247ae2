/* Replicates: the same bits whatever ran before, and nothing allocated on the way. */
#include "tests/suite.h"

#include "core/alternatives.h"
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
    plain = plain_read((struct table_file){"d.yaml", DEFINITION, sizeof DEFINITION - 1},
                       (struct table_file){"d.csv", text, length}, &fault);
    ck_assert_msg(plain != NULL, "%s", fault.text);
    free(text);
    figures = figures_new(plain->pack, (const struct release *const *)plain->releases, &fault);
    ck_assert_msg(figures != NULL, "%s", fault.text);
}

static void end(void) {
    figures_destroy(&figures);
    plain_destroy(&plain);
}

enum { SEED = 5 };

static void change(void *context, uint64_t k, struct method *method) {
    (void)context;
    uncertainty_change(plain->pack->definition, SEED, k, method);
}

/* The root's scores by replicate; a place without one, and a replicate that fails, have -1. */
struct scores {
    const struct alternatives *of;
    double (*of_replicate)[PLACES];
};

static bool take_scores(void *context, uint64_t k, size_t i, const uint32_t *rank,
                        const uint8_t *band, struct fault *fault) {
    const struct scores *out = context;
    const struct column *scores = alternatives_scores(out->of);
    for (size_t a = 0; a < PLACES; a++)
        out->of_replicate[k][a] = scores->status[a] == STATUS_VALUE ? scores->value[a] : -1.0;
    (void)i, (void)rank, (void)band, (void)fault;
    return true;
}

static bool take_failure(void *context, uint64_t k, const struct fault *why, struct fault *fault) {
    const struct scores *out = context;
    if (why->kind != FAULT_INPUT) /* what check asserts, it allocates for */
        return fault_set(fault, FAULT_SYSTEM, "%s", why->text);
    for (size_t a = 0; a < PLACES; a++)
        out->of_replicate[k][a] = -1.0;
    return true;
}

static struct alternatives *open_root(void) {
    static const size_t root = 0;
    struct fault fault = {0};
    struct alternatives *out = alternatives_new(plain->pack, figures, &root, 1, &fault);
    ck_assert_msg(out != NULL, "%s", fault.text);
    return out;
}

static bool scores_of(struct alternatives *alternatives, uint64_t first, uint64_t count,
                      double out[REPLICATES][PLACES]) {
    struct fault fault = {0};
    struct scores scores = {alternatives, out};
    const struct alternatives_use use = {change, take_scores, take_failure, &scores};
    return alternatives_run(alternatives, first, count, &use, &fault);
}

START_TEST(a_replicate_has_the_same_bits_whatever_ran_before) {
    struct alternatives *alternatives = open_root();
    static double forwards[REPLICATES][PLACES], again[REPLICATES][PLACES];
    ck_assert(scores_of(alternatives, 0, REPLICATES, forwards));
    size_t failed = 0;
    for (size_t i = 0; i < REPLICATES; i++) {
        size_t k = (i * 37 + 11) % REPLICATES; /* every one, in another order */
        ck_assert(scores_of(alternatives, k, 1, again));
        ck_assert_mem_eq(again[k], forwards[k], sizeof again[k]);
        struct alternatives *fresh = i % 10 ? NULL : open_root();
        if (fresh) { /* and by one that has run nothing else */
            ck_assert(scores_of(fresh, k, 1, again));
            ck_assert_mem_eq(again[k], forwards[k], sizeof again[k]);
            alternatives_destroy(&fresh);
        }
        failed += forwards[k][0] == -1.0 && forwards[k][1] == -1.0;
    }
    ck_assert_uint_lt(failed, REPLICATES / 2);
    alternatives_destroy(&alternatives);
}
END_TEST

START_TEST(nothing_is_allocated_inside_a_replicate) {
    struct alternatives *alternatives = open_root();
    static double scores[REPLICATES][PLACES];
    /* What is grown at first use: by the scorer, and for what then need not go by it. */
    ck_assert(scores_of(alternatives, 0, REPLICATES, scores));
    ck_assert(scores_of(alternatives, 0, REPLICATES, scores));
#ifndef __SANITIZE_ADDRESS__
    counting = true;
    void *volatile one = malloc(1);
    counting = false;
    free(one);
    ck_assert_uint_eq(allocations, 1); /* it does count */
    allocations = 0;
#endif
    counting = true;
    bool good = scores_of(alternatives, 0, REPLICATES, scores);
    counting = false;
    ck_assert(good);
    ck_assert_uint_eq(allocations, 0);
    alternatives_destroy(&alternatives);
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
