/* What is said of why a place's score changed. */
#include "tests/suite.h"

#include "core/explain_words.h"
#include "tests/core/rich_index.h"

#include <stdio.h>

#define HEAD(title, level)                                                                         \
    "index: t\ntitle: " title "\nbands: 5\nlevels:\n"                                              \
    "  - {id: index, name: I, aggregate: arithmetic, coverage: 0, normalise: none}\n"              \
    "  - {id: metric, name: M, " level "}\n"                                                       \
    "tree:\n  id: all\n  name: All\n  children:\n"
#define METRIC(id, more) "    - {id: " id ", name: The " id ", direction: higher-is-need" more "}\n"
#define PLAIN            "normalise: none"
#define RELATIVE         "normalise: min-max, range: [0, 100]"
#define TWO(level)       HEAD("T", level) METRIC("a", ", unit: GBP") METRIC("b", "")

static char said[EXPLAIN_WORDS];
static bool other_tables; /* both are of one definition, and yet not the same pack */
static struct fault fault;

struct state {
    const char *definition, *figures;
};

static struct plain *read_state(const struct state *state) {
    struct plain *plain = rich_read(state->definition, state->figures, &fault);
    ck_assert_msg(plain != NULL, "%s", fault.text);
    return plain;
}

static struct edition *score(const struct plain *plain) {
    struct edition *edition =
        edition_score(plain->pack, (const struct release *const *)plain->releases, &fault);
    ck_assert_msg(edition != NULL, "%s", fault.text);
    return edition;
}

/* The sentence on the place called `code` at a node of the newer pack. */
static void say_why(struct state was, struct state is, const char *code, size_t node, size_t most) {
    struct plain *older = read_state(&was), *newer = read_state(&is);
    bool same = !other_tables &&
                definition_same(older->pack->definition, newer->pack->definition) &&
                older->pack->geography->n_areas == newer->pack->geography->n_areas;
    struct edition *before = score(older), *after = score(newer);
    size_t area = geography_area(newer->pack->geography, code);
    const struct explain_side a = {same ? newer->pack : older->pack,
                                   (const struct release *const *)older->releases},
                              b = {newer->pack, (const struct release *const *)newer->releases};
    struct explanation *explanation = explain(&a, &b, &area, 1, most, &fault);
    ck_assert_msg(explanation != NULL, "%s", fault.text);
    const struct explain_case c = {.explanation = explanation,
                                   .older = a.pack,
                                   .newer = b.pack,
                                   .before = before,
                                   .after = after,
                                   .at = 0,
                                   .area = area};
    explain_sentence(&c, node, said);
    explanation_destroy(&explanation);
    edition_destroy(&before);
    edition_destroy(&after);
    plain_destroy(&older);
    plain_destroy(&newer);
}

static void expect(const char *words) {
    ck_assert_msg(strstr(said, words) != NULL, "said: %s", said);
}

#define OLD "code,a,b\nP1,1,5\nP2,3,2\nP3,6,8\n"

START_TEST(its_own_figures_come_with_what_they_were_and_their_unit) {
    say_why((struct state){TWO(PLAIN), OLD},
            (struct state){TWO(PLAIN), "code,a,b\nP1,9,5\nP2,3,2\nP3,6,8\n"}, "P1", 0, 8);
    ck_assert_str_eq(said, "The score of P1 for All rose by 4.00 to 7.00 (more need), from rank 2 "
                           "to 1 of 3: +4.00 from its own figure for The a (1 to 9 GBP).");
}
END_TEST

START_TEST(what_did_not_change_is_said_so) {
    say_why((struct state){TWO(PLAIN), OLD}, (struct state){TWO(PLAIN), OLD}, "P1", 0, 8);
    ck_assert_str_eq(said, "The score of P1 for All did not change, and its rank stayed 2 of 3.");
    say_why((struct state){TWO(PLAIN), OLD},
            (struct state){TWO(PLAIN), "code,a,b\nP1,1,5\nP2,9,2\nP3,6,8\n"}, "P1", 0, 8);
    ck_assert_str_eq(said, "The score of P1 for All did not change, but its rank went from 2 to 3 "
                           "of 3.");
}
END_TEST

START_TEST(a_score_that_stayed_by_two_changes_has_both_told) {
    say_why((struct state){TWO(PLAIN), OLD},
            (struct state){TWO(PLAIN), "code,a,b\nP1,3,3\nP2,3,2\nP3,6,8\n"}, "P1", 0, 8);
    ck_assert_str_eq(said, "The score of P1 for All stayed 3.00, and its rank stayed 2 of 3: +1.00 "
                           "from its own figure for The a (1 to 3 GBP), and -1.00 from its own "
                           "figure for The b (5 to 3).");
}
END_TEST

START_TEST(small_amounts_keep_the_decimals_that_they_need) {
    say_why((struct state){TWO(PLAIN), OLD},
            (struct state){TWO(PLAIN), "code,a,b\nP1,1.01,5\nP2,3,2\nP3,6,8\n"}, "P1", 0, 8);
    expect("rose by 0.0050 to");
    say_why((struct state){TWO(PLAIN), OLD},
            (struct state){TWO(PLAIN), "code,a,b\nP1,0.9999,5\nP2,3,2\nP3,6,8\n"}, "P1", 0, 8);
    expect("fell by 0.000050 to 3.00 (less need)");
}
END_TEST

START_TEST(a_figure_that_comes_or_goes_is_said_to_be_missing) {
    static const char gone[] = "code,a,b\nP1,,5\nP2,3,2\nP3,6,8\n";
    say_why((struct state){TWO(PLAIN), OLD}, (struct state){TWO(PLAIN), gone}, "P1", 0, 8);
    expect("its own figure for The a, which is now missing");
    say_why((struct state){TWO(PLAIN), gone}, (struct state){TWO(PLAIN), OLD}, "P1", 0, 8);
    expect("its own figure for The a, which was missing");
}
END_TEST

START_TEST(other_places_figures_are_what_its_own_is_measured_by) {
    say_why((struct state){TWO(RELATIVE), OLD},
            (struct state){TWO(RELATIVE), "code,a,b\nP1,1,5\nP2,-3,2\nP3,6,8\n"}, "P1", 0, 8);
    expect("from other places' figures for The a, by which its own is measured");
}
END_TEST

#define FILLED(level) HEAD("T", level) METRIC("a", ", impute: mean") METRIC("b", "")

START_TEST(estimates_are_told_apart_from_figures) {
    static const char gap[] = "code,a,b\nP1,,5\nP2,3,2\nP3,6,8\n";
    static const char moved[] = "code,a,b\nP1,,5\nP2,9,2\nP3,6,8\n";
    static const char there[] = "code,a,b\nP1,1,5\nP2,3,2\nP3,6,8\n";
    say_why((struct state){FILLED(PLAIN), gap}, (struct state){FILLED(PLAIN), moved}, "P1", 0, 8);
    expect("from the estimate of its missing figure for The a (4.5 to 7.5)");
    say_why((struct state){FILLED(PLAIN), gap}, (struct state){FILLED(PLAIN), there}, "P1", 0, 8);
    expect("its figure for The a (4.5 to 1), which was an estimate and is now published");
    say_why((struct state){FILLED(PLAIN), there}, (struct state){FILLED(PLAIN), gap}, "P1", 0, 8);
    expect("its figure for The a (1 to 4.5), which was published and is now an estimate");
    static const char never[] = "code,a,b\nP1,[z],5\nP2,3,2\nP3,6,8\n";
    say_why((struct state){FILLED(PLAIN), gap}, (struct state){FILLED(PLAIN), never}, "P1", 0, 8);
    expect("its figure for The a, which was an estimate and is now missing");
    say_why((struct state){FILLED(PLAIN), never}, (struct state){FILLED(PLAIN), gap}, "P1", 0, 8);
    expect("its figure for The a, which was missing and is now an estimate");
}
END_TEST

#define SCREENED TWO(PLAIN) "screen: {metrics: {available: 0.6}}\n"

START_TEST(a_metric_that_is_screened_is_left_out_or_counted_again) {
    static const char few[] = "code,a,b\nP1,1,5\nP2,,2\nP3,,8\n";
    say_why((struct state){SCREENED, OLD}, (struct state){SCREENED, few}, "P1", 0, 8);
    expect("from leaving out The a, for which there are now too few usable figures");
    say_why((struct state){SCREENED, few}, (struct state){SCREENED, OLD}, "P1", 0, 8);
    expect("from counting The a, for which there are now enough usable figures");
}
END_TEST

START_TEST(a_changed_definition_and_places_that_came_are_causes) {
    static const char heavy[] = HEAD("T", PLAIN) METRIC("a", ", weight: 3") METRIC("b", "");
    static const char more[] = "code,a,b\nP1,1,5\nP2,3,2\nP3,6,8\nP4,0,9\n";
    static const char other[] = "code,a,b\nP1,1,5\nP2,3,2\nP4,6,8\n";
    say_why((struct state){TWO(PLAIN), OLD}, (struct state){heavy, OLD}, "P1", 0, 8);
    expect("-1.00 from a changed definition of the index.");
    say_why((struct state){TWO(RELATIVE), OLD}, (struct state){TWO(RELATIVE), more}, "P1", 0, 8);
    expect("from places that joined or left the index");
    expect("from rank 2 of 3 to");
    say_why((struct state){TWO(RELATIVE), OLD}, (struct state){TWO(RELATIVE), other}, "P1", 0, 8);
    expect("rank stayed 2 of 3");
    say_why((struct state){TWO(RELATIVE), OLD}, (struct state){heavy, more}, "P1", 0, 8);
    expect("from a changed definition of the index and places that joined or left the index");
    say_why((struct state){TWO(PLAIN), OLD}, (struct state){TWO(PLAIN), more}, "P3", 0, 8);
    ck_assert_str_eq(said, "The score of P3 for All did not change, and its rank stayed 1 of 4, no "
                           "longer of 3.");
}
END_TEST

START_TEST(a_metric_that_is_not_of_the_newer_index_keeps_its_name) {
    static const char one[] = HEAD("T", PLAIN) METRIC("b", "") METRIC("c", "");
    say_why((struct state){TWO(PLAIN), "code,a,b\nP1,1,5\nP2,3,2\nP3,6,8\n"},
            (struct state){one, "code,b,c\nP1,6,5\nP2,2,1\nP3,8,9\n"}, "P1", 0, 8);
    expect("from a changed definition of the index");
    expect("its own figure for The b (5 to 6)");
    say_why((struct state){one, "code,b,c\nP1,6,5\nP2,2,1\nP3,8,9\n"},
            (struct state){HEAD("T", PLAIN) METRIC("a", "") METRIC("b", ""), OLD}, "P1", 0, 8);
    expect("from a changed definition of the index");
}
END_TEST

START_TEST(without_a_score_there_is_no_change_to_explain) {
    static const char none[] = "code,a,b\nP1,,\nP2,3,2\nP3,6,8\n";
    say_why((struct state){TWO(PLAIN), OLD}, (struct state){TWO(PLAIN), none}, "P1", 0, 8);
    ck_assert_str_eq(said, "P1 has no score for All now, so there is no change to explain.");
    say_why((struct state){TWO(PLAIN), none}, (struct state){TWO(PLAIN), OLD}, "P1", 0, 8);
    ck_assert_str_eq(said, "P1 has no score for All before, so there is no change to explain.");
    static const char fewer[] = "code,a,b\nP2,3,2\nP3,6,8\n";
    say_why((struct state){TWO(PLAIN), fewer}, (struct state){TWO(PLAIN), OLD}, "P1", 0, 8);
    expect("P1 has no score for All before");
}
END_TEST

#define FIVE                                                                                       \
    HEAD("T", PLAIN)                                                                               \
    METRIC("a", "") METRIC("b", "") METRIC("c", "") METRIC("d", "") METRIC("e", "")

START_TEST(the_smallest_of_many_causes_are_told_together) {
    static const char was[] = "code,a,b,c,d,e\nP1,1,1,1,1,1\nP2,0,0,0,0,0\n";
    say_why((struct state){FIVE, was},
            (struct state){FIVE, "code,a,b,c,d,e\nP1,2,6,11,31,51\nP2,0,0,0,0,0\n"}, "P1", 0, 8);
    expect(": +10.00 from its own figure for The e (1 to 51), +6.00 from");
    expect(", and +1.20 from 2 smaller causes.");
    say_why((struct state){FIVE, was},
            (struct state){FIVE, "code,a,b,c,d,e\nP1,1,6,11,31,51\nP2,0,0,0,0,0\n"}, "P1", 0, 8);
    expect(", and +1.00 from its own figure for The b (1 to 6)."); /* a fourth that is the last */
    /* More metrics than may be told apart: by their parent. */
    say_why((struct state){FIVE, was},
            (struct state){FIVE, "code,a,b,c,d,e\nP1,2,6,11,31,51\nP2,0,0,0,0,0\n"}, "P1", 0, 2);
    ck_assert_str_eq(said,
                     "The score of P1 for All rose by 19.20 to 20.20 (more need), and its rank "
                     "stayed 1 of 2: +19.20 from its own figures for All.");
}
END_TEST

#define GEOMETRIC                                                                                  \
    "index: t\ntitle: T\nbands: 5\nlevels:\n"                                                      \
    "  - {id: index, name: I, aggregate: geometric, coverage: 0, normalise: none}\n"               \
    "  - {id: metric, name: M, normalise: none}\n"                                                 \
    "tree:\n  id: all\n  name: All\n  children:\n" METRIC("a", "") METRIC("b", "")
#define ADDED HEAD("T", PLAIN) METRIC("a", "") METRIC("b", "")

START_TEST(what_cannot_be_told_apart_is_one_cause) {
    /* The old figures have no geometric mean, so the new definition has no score with them. */
    say_why((struct state){ADDED, "code,a,b\nP1,-1,5\nP2,3,2\n"},
            (struct state){GEOMETRIC, "code,a,b\nP1,4,9\nP2,3,2\n"}, "P1", 0, 8);
    expect("+4.00 from several causes that cannot be told apart");
}
END_TEST

START_TEST(many_estimates_under_one_parent_are_told_as_such) {
    static const char was[] = "code,a,b,c\nP1,,,1\nP2,3,2,1\nP3,6,8,1\n";
    static const char is[] = "code,a,b,c\nP1,,,1\nP2,9,4,1\nP3,6,8,1\n";
    static const char three[] = HEAD("T", PLAIN) METRIC("a", ", impute: mean")
        METRIC("b", ", impute: mean") METRIC("c", "");
    say_why((struct state){three, was}, (struct state){three, is}, "P1", 0, 1);
    expect("figures for All that are estimates, or a larger area's, in either edition");
}
END_TEST

START_TEST(changed_tables_are_a_cause_of_their_own) {
    static const char shared[] = HEAD("T", PLAIN) METRIC("a", ", denominator: population");
    other_tables = true;
    say_why((struct state){shared, "code,population,a\nP1,2,4\nP2,1,3\n"},
            (struct state){shared, "code,population,a\nP1,4,4\nP2,1,3\n"}, "P1", 0, 8);
    expect("fell by 1.00 to 1.00 (less need)");
    expect("-1.00 from changed tables of places.");
    say_why((struct state){shared, "code,population,a\nP1,2,4\nP2,1,3\n"},
            (struct state){shared, "code,population,a\nP1,4,4\nP3,1,3\n"}, "P1", 0, 8);
    expect("from places that joined or left the index");
    other_tables = false;
}
END_TEST

START_TEST(editions_with_nothing_in_between_have_one_cause) {
    static const char regressed[] =
        HEAD("T", PLAIN) METRIC("a", ", impute: {method: regression, on: [c]}") METRIC("c", "");
    static const char was[] = "code,a,b\nP1,1,5\nP2,3,2\nP3,6,8\n";
    static const char is[] = "code,a,c\nP1,1,5\nP2,3,2\nP3,6,8\nP4,,1\n";
    say_why((struct state){TWO(PLAIN), was}, (struct state){regressed, is}, "P1", 0, 8);
    expect("did not change"); /* whose figures of another metric are the same */
    say_why((struct state){TWO(PLAIN), was},
            (struct state){regressed, "code,a,c\nP1,1,9\nP2,3,2\nP3,6,8\nP4,,1\n"}, "P1", 0, 8);
    expect("+2.00 from several causes that cannot be told apart.");
}
END_TEST

START_TEST(an_edition_that_cannot_be_scored_cannot_be_explained) {
    static const char none[] =
        HEAD("T", PLAIN) METRIC("a", ", impute: {method: regression, on: [b]}") METRIC("b", "");
    const struct state bad = {none, "code,a,b\nP1,1,\nP2,,2\n"};
    const struct state good = {TWO(PLAIN), OLD};
    struct plain *a = read_state(&bad), *b = read_state(&good);
    const struct explain_side unscored = {a->pack, (const struct release *const *)a->releases},
                              scored = {b->pack, (const struct release *const *)b->releases};
    static const size_t area = 0;
    fault = (struct fault){0};
    ck_assert_ptr_null(explain(&unscored, &unscored, &area, 1, 8, &fault));
    ck_assert_msg(strstr(fault.text, "no regression on 1 metrics") != NULL, "%s", fault.text);
    ck_assert_ptr_null(explain(&unscored, &scored, &area, 1, 8, &fault));
    ck_assert_ptr_null(explain(&scored, &unscored, &area, 1, 8, &fault));
    ck_assert_int_eq(fault.kind, FAULT_INPUT);
    plain_destroy(&a);
    plain_destroy(&b);
}
END_TEST

START_TEST(a_figure_that_was_carried_forward_and_is_published_is_no_change_of_score) {
    static const char carried[] =
        HEAD("T", PLAIN) METRIC("a", ", impute: carry-forward") METRIC("b", "");
    say_why((struct state){carried, "code,period,a,b\nP1,2019,5,1\nP2,2020,3,2\nP1,2020,,1\n"},
            (struct state){carried, "code,period,a,b\nP1,2019,5,1\nP2,2020,3,2\nP1,2020,5,1\n"},
            "P1", 0, 8);
    expect("The score of P1 for All did not change");
}
END_TEST

#define DEEP(one)                                                                                  \
    "index: t\ntitle: T\nbands: 5\nlevels:\n"                                                      \
    "  - {id: index, name: I, aggregate: arithmetic, coverage: 0, normalise: none}\n"              \
    "  - {id: part, name: P, aggregate: arithmetic, coverage: 0, normalise: none}\n"               \
    "  - {id: metric, name: M, normalise: none}\n"                                                 \
    "tree:\n  id: all\n  name: All\n  children:\n    - id: " one "\n      name: Part\n"            \
    "      children:\n"                                                                            \
    "        - {id: m, name: The m, direction: higher-is-need}\n"

START_TEST(a_node_that_becomes_a_metric_was_none_before) {
    static const char flat[] = HEAD("T", PLAIN) METRIC("m", "") METRIC("p", "");
    say_why((struct state){DEEP("p"), "code,m\nP1,1\nP2,3\n"},
            (struct state){flat, "code,m,p\nP1,2,7\nP2,3,1\n"}, "P1", 0, 0);
    ck_assert_msg(strstr(said, "rose by 3.50 to 4.50") != NULL, "%s", said);
    say_why((struct state){flat, "code,m,p\nP1,2,7\nP2,3,1\n"},
            (struct state){DEEP("p"), "code,m\nP1,1\nP2,3\n"}, "P1", 0, 8);
    expect("fell by 3.50 to 1.00");
    expect("from a changed definition of the index");
}
END_TEST

START_TEST(a_place_that_joined_while_others_changed_has_no_score_before) {
    say_why((struct state){TWO(PLAIN), "code,a,b\nP2,3,2\nP3,6,8\n"},
            (struct state){TWO(PLAIN), "code,a,b\nP1,1,5\nP2,4,2\nP3,6,9\n"}, "P1", 0, 8);
    expect("P1 has no score for All before");
}
END_TEST

START_TEST(causes_have_names) {
    ck_assert_str_eq(cause_name(CAUSE_OWN), "own");
    ck_assert_str_eq(cause_name(CAUSE_TOGETHER), "together");
}
END_TEST

START_TEST(a_long_name_is_cut_and_breaks_nothing) {
    char name[2000], definition[4096];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    (void)snprintf(definition, sizeof definition,
                   HEAD("T", PLAIN) "    - {id: a, name: %s, direction: higher-is-need}\n", name);
    say_why((struct state){definition, "code,a\nP1,1\nP2,3\n"},
            (struct state){definition, "code,a\nP1,2\nP2,3\n"}, "P1", 0, 8);
    ck_assert_uint_eq(strlen(said), EXPLAIN_WORDS - 1);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("explanation in words");
    TCase *tests = tcase_create("explanation in words");
    tcase_add_test(tests, its_own_figures_come_with_what_they_were_and_their_unit);
    tcase_add_test(tests, what_did_not_change_is_said_so);
    tcase_add_test(tests, a_score_that_stayed_by_two_changes_has_both_told);
    tcase_add_test(tests, small_amounts_keep_the_decimals_that_they_need);
    tcase_add_test(tests, a_figure_that_comes_or_goes_is_said_to_be_missing);
    tcase_add_test(tests, other_places_figures_are_what_its_own_is_measured_by);
    tcase_add_test(tests, estimates_are_told_apart_from_figures);
    tcase_add_test(tests, a_metric_that_is_screened_is_left_out_or_counted_again);
    tcase_add_test(tests, a_changed_definition_and_places_that_came_are_causes);
    tcase_add_test(tests, a_metric_that_is_not_of_the_newer_index_keeps_its_name);
    tcase_add_test(tests, without_a_score_there_is_no_change_to_explain);
    tcase_add_test(tests, the_smallest_of_many_causes_are_told_together);
    tcase_add_test(tests, what_cannot_be_told_apart_is_one_cause);
    tcase_add_test(tests, many_estimates_under_one_parent_are_told_as_such);
    tcase_add_test(tests, changed_tables_are_a_cause_of_their_own);
    tcase_add_test(tests, editions_with_nothing_in_between_have_one_cause);
    tcase_add_test(tests, an_edition_that_cannot_be_scored_cannot_be_explained);
    tcase_add_test(tests, a_figure_that_was_carried_forward_and_is_published_is_no_change_of_score);
    tcase_add_test(tests, a_node_that_becomes_a_metric_was_none_before);
    tcase_add_test(tests, a_place_that_joined_while_others_changed_has_no_score_before);
    tcase_add_test(tests, causes_have_names);
    tcase_add_test(tests, a_long_name_is_cut_and_breaks_nothing);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
