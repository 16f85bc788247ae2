/* The words for each choice of a definition: every choice has some, and they say what it does. */
#include "services/views/method_words.h"

#include "services/views/metric_facts.h"
#include "tests/core/small_pack.h"
#include "tests/suite.h"

static char text[600];

#define WORDS(call)                                                                                \
    ({                                                                                             \
        FILE *out = fmemopen(text, sizeof text, "w");                                              \
        call;                                                                                      \
        ck_assert_int_eq(fclose(out), 0);                                                          \
        text;                                                                                      \
    })

static void says(const char *found, const char *wanted) {
    ck_assert_msg(strstr(found, wanted) != NULL, "'%s' in '%s'", wanted, found);
}

START_TEST(every_choice_has_words) {
    for (int i = 0; i < NORMALISE_COUNT; i++) {
        const struct scale scale = {.method = (enum normalise)i, .low = 0, .high = 100};
        ck_assert_str_ne(WORDS(words_normalise(out, &scale)), "");
    }
    for (int i = 0; i < IMPUTE_COUNT; i++) {
        const struct imputation imputation = {.method = (enum impute)i};
        ck_assert_str_ne(WORDS(words_impute(out, &imputation)), "");
    }
    for (int i = 0; i < AGGREGATE_COUNT; i++) {
        const struct combination combination = {.method = (enum aggregate)i};
        ck_assert_str_ne(WORDS(words_aggregate(out, &combination)), "");
    }
    for (int i = 0; i < WEIGHTS_COUNT; i++)
        ck_assert_str_ne(WORDS(words_weights(out, (enum weighting)i)), "");
    struct pack *pack = small_pack();
    for (int i = 0; i < VARY_COUNT; i++) {
        const struct factor factor = {.what = (enum vary)i, .count = 2, .noise = 0.25};
        ck_assert_str_ne(WORDS(words_factor(out, pack->definition, &factor)), "");
    }
    pack_destroy(&pack);
}
END_TEST

START_TEST(words_have_the_numbers_of_the_definition) {
    const struct scale scale = {.method = NORMALISE_Z_SCORE, .low = 50, .high = 10};
    says(WORDS(words_normalise(out, &scale)), "the mean is 50 and the standard deviation 10");
    const struct scale capped = {.method = NORMALISE_GOALPOSTS, .low = 1, .high = 7};
    says(WORDS(words_normalise(out, &capped)),
         "from 1 (the first) to 7 (the second), never beyond");
    const struct treatment none = {0};
    ck_assert_str_eq(WORDS(words_treat(out, &none)), "are left as they are");
    const struct treatment both = {.on = true,
                                   .skewness = 2,
                                   .kurtosis = 3.5,
                                   .winsorise = 5,
                                   .transform = TRANSFORM_LOG_SHIFTED};
    says(
        WORDS(words_treat(out, &both)),
        "skewness is 2 or more and its kurtosis 3.5 or more: up to 5 of them are moved to the next "
        "figure; where that is not enough, each figure is replaced by the logarithm");
    const struct treatment always = {.on = true, .always = true, .transform = TRANSFORM_LOG};
    says(WORDS(words_treat(out, &always)), "each figure is replaced by its logarithm");
    const struct combination power = {AGGREGATE_GENERALISED, -0.5};
    says(WORDS(words_aggregate(out, &power)), "power -0.5");
    const char *const on[] = {"pay", "<b>"};
    const struct imputation regression = {.method = IMPUTE_REGRESSION, .names = on, .n_on = 2};
    says(WORDS(words_impute(out, &regression)), "regression on pay, &lt;b&gt;");
}
END_TEST

START_TEST(weights_are_shares_of_what_is_above) {
    struct pack *pack = small_pack();
    const struct definition *definition = pack->definition;
    ck_assert_double_eq(weight_within(definition, JOBS, WORK), 0.75);
    ck_assert_double_eq(weight_within(definition, JOBS, ALL), 0.375);
    ck_assert_double_eq(weight_within(definition, SOOT, AIR), 1);
    ck_assert_double_eq(weight_within(definition, ALL, ALL), 1);
    pack_destroy(&pack);
}
END_TEST

START_TEST(a_metric_s_figures_are_counted_by_how_they_came) {
    struct pack *pack = small_pack();
    struct edition *edition = small_edition(pack);
    const struct view view = {.pack = pack, .edition = edition};
    ReleaseInfo first = MINDEX__V1__RELEASE_INFO__INIT;
    first.dataset = "county-jobs";
    ReleaseInfo *list[] = {&first};
    Releases releases = MINDEX__V1__RELEASES__INIT;
    releases.releases = list;
    releases.n_releases = 1;
    struct metric_facts facts;
    metric_facts(&view, JOBS, &releases, &facts);
    ck_assert_ptr_eq(facts.release, &first);
    ck_assert_uint_eq(facts.published, 6);
    ck_assert_uint_eq(facts.by_rule[RULE_CASCADED], 5);
    ck_assert_uint_eq(facts.by_rule[RULE_AVERAGED], 1);
    ck_assert_uint_eq(facts.mission, WORK);
    metric_facts(&view, PAY, &releases, &facts);
    ck_assert_ptr_null(facts.release);
    ck_assert_uint_eq(facts.published, 5);
    ck_assert_uint_eq(facts.missing, 1);
    ck_assert_uint_eq(facts.by_rule[RULE_RECODED], 1);
    ck_assert_uint_eq(facts.by_rule[RULE_DIRECT], 4);
    edition_destroy(&edition);
    pack_destroy(&pack);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("method in words");
    TCase *tests = tcase_create("words");
    tcase_add_test(tests, every_choice_has_words);
    tcase_add_test(tests, words_have_the_numbers_of_the_definition);
    tcase_add_test(tests, weights_are_shares_of_what_is_above);
    tcase_add_test(tests, a_metric_s_figures_are_counted_by_how_they_came);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
