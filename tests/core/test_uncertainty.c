/* How sure ranks are: what is counted, what is left out, and what cannot be asked. */
#include "tests/core/design.h"
#include "tests/suite.h"

#include "core/uncertainty.h"
#include "tests/core/rich_index.h"

#include <math.h>

#define HEAD(bands, aggregate, level)                                                              \
    "index: t\ntitle: T\nbands: " bands "\nlevels:\n"                                              \
    "  - {id: index, name: I, aggregate: " aggregate ", coverage: 0, normalise: none}\n"           \
    "  - {id: metric, name: M, " level "}\n"                                                       \
    "tree:\n  id: all\n  name: All\n  children:\n"
#define METRIC(id, more) "    - {id: " id ", name: N, direction: higher-is-need" more "}\n"
#define THREE            METRIC("a", "") METRIC("b", "") METRIC("c", "")
#define UNSURE(factors)  "uncertainty:\n  factors:\n" factors
#define NOISE            "    - {vary: weight-noise, level: metric, noise: 0.5}\n"
#define LEAVE_OUT        "    - {vary: leave-out}\n"
#define AGGREGATES       "    - {vary: aggregate, level: index, among: [arithmetic, geometric]}\n"
#define NOTHING          "    - {vary: aggregate, level: index, among: [arithmetic, arithmetic]}\n"
#define SAME                                                                                       \
    "    - {vary: weights, level: index, among: [given, equal]}\n"                                 \
    "    - {vary: aggregate, level: index, among: [arithmetic, arithmetic]}\n"

/* P6 has nothing at all; a figure of P5 has no logarithm. */
#define FIGURES  "code,a,b,c\nP1,1,9,4\nP2,2,2,9\nP3,6,5,1\nP4,9,1,2\nP5,0,3,3\nP6,,,\n"
#define POSITIVE "code,a,b,c\nP1,1,9,4\nP2,2,2,9\nP3,6,5,1\nP4,9,1,2\nP5,5,3,3\nP6,,,\n"

static struct plain *plain;
static struct figures *figures;
static struct fault fault;

static void open_index(const char *definition, const char *csv) {
    fault = (struct fault){0};
    plain = rich_read(definition, csv, &fault);
    ck_assert_msg(plain != NULL, "%s", fault.text);
    figures = figures_new(plain->pack, (const struct release *const *)plain->releases, &fault);
    ck_assert_msg(figures != NULL, "%s", fault.text);
}

static void close_index(void) {
    figures_destroy(&figures);
    plain_destroy(&plain);
}

static struct spread *spread_of(uint32_t replicates) {
    static const size_t root = 0;
    struct spread *spread = NULL;
    fault = (struct fault){0};
    bool good = uncertainty_spread(plain->pack, figures, &root, 1, replicates, 3, &spread, &fault);
    ck_assert(good == (spread != NULL));
    return spread;
}

START_TEST(ranks_of_few_replicates_and_of_many_are_counted) {
    open_index(HEAD("5", "arithmetic", "normalise: none") THREE UNSURE(NOISE LEAVE_OUT), POSITIVE);
    struct spread *few = spread_of(6), *many = spread_of(200);
    ck_assert_msg(few && many, "%s", fault.text);
    ck_assert(few->bin_width == 1 && many->bin_width == 1);
    ck_assert(few->replicates == 6 && many->replicates == 200 && many->failed == 0);
    for (size_t a = 0; a < 5; a++) {
        const struct rank_spread *place = &many->areas[a];
        ck_assert_uint_eq(place->n, 200);
        ck_assert_uint_eq(few->areas[a].nominal, place->nominal);
        ck_assert(place->low <= place->median && place->median <= place->high);
        ck_assert(place->low >= 1 && place->high <= 5 && place->mean >= 1);
        uint32_t counted = 0;
        for (unsigned band = 0; band < many->bands; band++)
            counted += many->band_counts[a * many->bands + band];
        ck_assert_uint_eq(counted, 200);
    }
    /* A place without a figure has no rank in any replicate. */
    ck_assert(many->areas[5].n == 0 && many->areas[5].nominal == 0 && few->areas[5].n == 0);
    spread_destroy(&few);
    spread_destroy(&many);
    spread_destroy(&many); /* there is none any more */
    close_index();
}
END_TEST

START_TEST(one_replicate_is_its_own_interval) {
    open_index(HEAD("{thresholds: [6, 3]}", "arithmetic", "normalise: none") THREE UNSURE(NOISE),
               POSITIVE);
    struct spread *spread = spread_of(1);
    ck_assert_msg(spread != NULL, "%s", fault.text);
    ck_assert_uint_eq(spread->bands, 3); /* by thresholds */
    for (size_t a = 0; a < 5; a++)
        ck_assert(spread->areas[a].low == spread->areas[a].high && spread->areas[a].n == 1);
    spread_destroy(&spread);
    close_index();
}
END_TEST

START_TEST(replicates_that_cannot_be_scored_are_counted_with_the_first_reason) {
    open_index(HEAD("5", "arithmetic", "normalise: none") THREE UNSURE(AGGREGATES NOISE), FIGURES);
    struct spread *spread = spread_of(40);
    ck_assert_msg(spread != NULL, "%s", fault.text);
    ck_assert(spread->failed > 0 && spread->failed < 40);
    ck_assert_uint_eq(spread->areas[0].n, 40 - spread->failed);
    ck_assert_msg(strstr(spread->failure, "geometric") != NULL, "%s", spread->failure);
    spread_destroy(&spread);
    struct sensitivity *sensitivity = design_sensitivity(plain->pack, figures, 0, 40, 3, 5, &fault);
    ck_assert_msg(sensitivity != NULL, "%s", fault.text);
    ck_assert(sensitivity->failed > 0 && sensitivity->failed <= 40);
    sensitivity_destroy(&sensitivity);
    sensitivity_destroy(&sensitivity);
    close_index();
}
END_TEST

START_TEST(an_index_that_cannot_be_scored_has_no_spread) {
    open_index(HEAD("5", "geometric", "normalise: none") THREE UNSURE(AGGREGATES NOISE), FIGURES);
    ck_assert_ptr_null(spread_of(10));
    ck_assert_msg(strstr(fault.text, "geometric") != NULL, "%s", fault.text);
    ck_assert_ptr_null(design_sensitivity(plain->pack, figures, 0, 10, 3, 5, &fault));
    struct left_out out[8];
    size_t n = 0;
    ck_assert(!uncertainty_leave_out(plain->pack, figures, 0, out, &n, &fault));
    close_index();
}
END_TEST

START_TEST(what_has_no_factors_is_refused) {
    open_index(HEAD("5", "arithmetic", "normalise: none") THREE, POSITIVE);
    ck_assert_ptr_null(spread_of(10));
    ck_assert_msg(strstr(fault.text, "the definition has no 'uncertainty'"), "%s", fault.text);
    close_index();
}
END_TEST

START_TEST(sensitivity_is_not_defined_where_nothing_varies) {
    open_index(HEAD("5", "arithmetic", "normalise: none") THREE UNSURE(SAME), POSITIVE);
    struct sensitivity *s = design_sensitivity(plain->pack, figures, 0, 10, 3, 5, &fault);
    ck_assert_msg(s != NULL, "%s", fault.text);
    ck_assert(!s->defined && s->variance == 0 && s->failed == 0);
    sensitivity_destroy(&s);
    s = design_sensitivity(plain->pack, figures, 0, 1, 3, 5, &fault);
    ck_assert(s && !s->defined); /* one row */
    sensitivity_destroy(&s);
    close_index();
}
END_TEST

START_TEST(sensitivity_says_which_factor_matters_also_without_resampling) {
    open_index(HEAD("5", "arithmetic", "normalise: none") THREE UNSURE(NOISE NOTHING), POSITIVE);
    struct sensitivity *s = design_sensitivity(plain->pack, figures, 0, 64, 3, 50, &fault);
    ck_assert_msg(s && s->defined, "%s", fault.text);
    ck_assert_uint_eq(s->n_factors, 2);
    ck_assert(s->total[0].value > 0.5); /* the noise alone moves a rank */
    ck_assert(s->total[1].value == 0 && s->first[1].value == 0);
    ck_assert(s->total[0].low <= s->total[0].high);
    sensitivity_destroy(&s);
    s = design_sensitivity(plain->pack, figures, 0, 64, 3, 0, &fault);
    ck_assert(s && s->defined && s->total[0].low == s->total[0].value);
    sensitivity_destroy(&s);
    /* Of 2 rows, a resample can be one of them twice, which need not vary. */
    for (uint64_t seed = 1; seed < 20; seed++) {
        s = design_sensitivity(plain->pack, figures, 0, 2, seed, 50, &fault);
        ck_assert_msg(s != NULL, "%s", fault.text);
        ck_assert(!s->defined || isfinite(s->total[0].low));
        sensitivity_destroy(&s);
    }
    close_index();
}
END_TEST

START_TEST(each_metric_is_left_out_and_says_what_it_moves) {
    struct left_out out[8];
    size_t n = 0;
    open_index(HEAD("5", "arithmetic", "normalise: none")
                   METRIC("a", ", impute: {method: regression, on: [b]}") METRIC("b", "")
                       METRIC("c", ""),
               POSITIVE);
    ck_assert_msg(uncertainty_leave_out(plain->pack, figures, 0, out, &n, &fault), "%s",
                  fault.text);
    ck_assert_uint_eq(n, 3);
    ck_assert(out[0].scored && out[0].compared == 5 && out[0].has_correlation);
    ck_assert(out[0].mean_shift > 0 && out[0].most_shift >= 1 && out[0].most_area < 5);
    ck_assert(!out[1].scored); /* which the regression is on */
    ck_assert_msg(strstr(out[1].failure, "no regression on 1 metrics"), "%s", out[1].failure);
    ck_assert(out[2].scored);
    close_index();
}
END_TEST

START_TEST(places_that_only_one_metric_has_are_not_compared_without_it) {
    struct left_out out[8];
    size_t n = 0;
    open_index(HEAD("5", "arithmetic", "normalise: none") METRIC("a", "") METRIC("b", ""),
               "code,a,b\nP1,1,\nP2,2,\nP3,,5\nP4,,7\n");
    ck_assert_msg(uncertainty_leave_out(plain->pack, figures, 0, out, &n, &fault), "%s",
                  fault.text);
    ck_assert(out[0].scored && out[0].compared == 2 && !out[0].has_correlation);
    ck_assert(out[0].correlation == 0);
    close_index();
    open_index(HEAD("5", "arithmetic", "normalise: none") METRIC("a", "") METRIC("b", ""),
               "code,a,b\nP1,1,\nP2,2,\n");
    ck_assert(uncertainty_leave_out(plain->pack, figures, 0, out, &n, &fault));
    ck_assert(out[0].compared == 0 && out[0].mean_shift == 0); /* nobody is left */
    close_index();
}
END_TEST

START_TEST(metrics_with_a_method_of_their_own_are_not_varied) {
    open_index(HEAD("5", "arithmetic", "normalise: none")
                   METRIC("a", ", impute: median, treat: none, normalise: rank") METRIC("b", "")
                       METRIC("c", "")
                           UNSURE("    - {vary: normalise, level: metric, among: [{normalise: "
                                  "borda}, {normalise: none}]}\n"
                                  "    - {vary: impute, among: [none, mean]}\n"
                                  "    - {vary: treat, among: [none, {winsorise: 1}]}\n"
                                  "    - {vary: weights, level: index, among: [equal, pca]}\n"),
               "code,a,b,c\nP1,1,9,10\nP2,2,2,2\nP3,,5,4\nP4,9,,2\nP5,5,3,3\n");
    struct spread *spread = spread_of(50);
    ck_assert_msg(spread != NULL, "%s", fault.text);
    ck_assert_uint_lt(spread->failed, 50);
    spread_destroy(&spread);
    close_index();
}
END_TEST

int main(void) {
    Suite *suite = suite_create("uncertainty");
    TCase *tests = tcase_create("uncertainty");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, ranks_of_few_replicates_and_of_many_are_counted);
    tcase_add_test(tests, one_replicate_is_its_own_interval);
    tcase_add_test(tests, replicates_that_cannot_be_scored_are_counted_with_the_first_reason);
    tcase_add_test(tests, an_index_that_cannot_be_scored_has_no_spread);
    tcase_add_test(tests, what_has_no_factors_is_refused);
    tcase_add_test(tests, sensitivity_is_not_defined_where_nothing_varies);
    tcase_add_test(tests, sensitivity_says_which_factor_matters_also_without_resampling);
    tcase_add_test(tests, each_metric_is_left_out_and_says_what_it_moves);
    tcase_add_test(tests, places_that_only_one_metric_has_are_not_compared_without_it);
    tcase_add_test(tests, metrics_with_a_method_of_their_own_are_not_varied);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
