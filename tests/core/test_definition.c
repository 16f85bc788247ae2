#include "tests/suite.h"

#include "core/definition.h"
#include "core/warnings.h"
#include "tests/core/small_pack.h"

#include <stdlib.h>

static struct definition *read_text(const char *text, struct fault *fault) {
    *fault = (struct fault){0};
    return definition_read("index.yaml", text, strlen(text), fault);
}

/* The text must be refused with exactly this fault. */
static void refused(const char *text, const char *expected) {
    struct fault fault;
    struct definition *definition = read_text(text, &fault);
    ck_assert_msg(definition == NULL, "accepted, expected: %s", expected);
    ck_assert_int_eq(fault.kind, FAULT_INPUT);
    ck_assert_str_eq(fault.text, expected);
}

/* The small definition with the first `from` replaced by `to` must be refused so that the fault
 * ends in `expected`, and says at which line. */
static void refused_with(const char *from, const char *to, int line, const char *expected) {
    const char *at = strstr(SMALL_DEFINITION, from);
    ck_assert_msg(at != NULL, "the small definition has no '%s'", from);
    char text[8192];
    (void)snprintf(text, sizeof text, "%.*s%s%s", (int)(at - SMALL_DEFINITION), SMALL_DEFINITION,
                   to, at + strlen(from));
    struct fault fault;
    struct definition *definition = read_text(text, &fault);
    ck_assert_msg(definition == NULL, "accepted, expected: %s", expected);
    char where[64];
    (void)snprintf(where, sizeof where, "index.yaml:%d:", line);
    ck_assert_msg(strncmp(fault.text, where, strlen(where)) == 0, "'%s' is not at %s", fault.text,
                  where);
    const char *what = strstr(fault.text, ": ");
    ck_assert_str_eq(what + 2, expected);
}

START_TEST(the_tree_is_read_in_preorder) {
    struct fault fault;
    struct definition *d = read_text(SMALL_DEFINITION, &fault);
    ck_assert_msg(d != NULL, "%s", fault.text);
    static const char *const ids[] = {"all", "work", "pay", "jobs", "air", "soot"};
    static const size_t ends[] = {6, 4, 3, 4, 6, 6}, levels[] = {0, 1, 2, 2, 1, 2};
    static const size_t parents[] = {NO_NODE, 0, 1, 1, 0, 4};
    ck_assert_uint_eq(d->n_nodes, 6);
    for (size_t i = 0; i < 6; i++) {
        ck_assert_str_eq(d->nodes[i].id, ids[i]);
        ck_assert_uint_eq(d->nodes[i].end, ends[i]);
        ck_assert_uint_eq(d->nodes[i].level, levels[i]);
        ck_assert_uint_eq(d->nodes[i].parent, parents[i]);
        ck_assert_uint_eq(definition_node(d, ids[i]), i);
    }
    ck_assert_uint_eq(definition_node(d, "rain"), NO_NODE);
    ck_assert_uint_eq(definition_mission(d, JOBS), WORK);
    ck_assert_uint_eq(definition_mission(d, AIR), AIR);
    ck_assert_uint_eq(definition_mission(d, ALL), ALL);
    ck_assert(node_is_metric(&d->nodes[SOOT]) && !node_is_metric(&d->nodes[AIR]));
    definition_destroy(&d);
    ck_assert_ptr_null(d);
    definition_destroy(&d);
}
END_TEST

START_TEST(metrics_carry_what_they_say_and_defaults_otherwise) {
    struct fault fault;
    struct definition *d = read_text(SMALL_DEFINITION, &fault);
    ck_assert_msg(d != NULL, "%s", fault.text);
    const struct node *pay = &d->nodes[PAY], *jobs = &d->nodes[JOBS];
    ck_assert_int_eq(pay->direction, LOWER_IS_NEED);
    ck_assert_int_eq(jobs->direction, HIGHER_IS_NEED);
    ck_assert_str_eq(pay->unit, "GBP");
    ck_assert_uint_eq(pay->dataset, D_PAY);
    ck_assert_uint_eq(jobs->dataset, D_JOBS);
    ck_assert(pay->weight == 1.0 && jobs->weight == 3.0);
    ck_assert(!pay->proxy && jobs->proxy);
    ck_assert_str_eq(pay->description, "");
    ck_assert_str_eq(d->nodes[AIR].description, "What people breathe");
    ck_assert_str_eq(d->datasets[D_MONEY].level, "region");
    ck_assert_str_eq(d->datasets[D_MONEY].vintage, "2021");
    ck_assert_str_eq(d->datasets[D_MONEY].url, "");
    definition_destroy(&d);
}
END_TEST

#define SOOT_THAT(more)                                                                            \
    SMALL_HEAD SMALL_LEVELS SMALL_TREE "datasets:\n" SMALL_DATASET("pay", "lad")                   \
        SMALL_DATASET("county-jobs", "county")                                                     \
            SMALL_DATASET("money", "region") "  - {id: soot, title: T, publisher: P, licence: L, " \
                                             "level: lad, vintage: \"2021\"" more "}\n"

static unsigned accepts(const char *text) {
    struct fault fault;
    struct definition *d = read_text(text, &fault);
    ck_assert_msg(d != NULL, "%s", fault.text);
    unsigned out = d->datasets[3].accepts;
    ck_assert_uint_eq(d->datasets[0].accepts, 0);
    definition_destroy(&d);
    return out;
}

START_TEST(a_dataset_may_say_which_warnings_it_takes) {
    ck_assert_uint_eq(accepts(SOOT_THAT("")), 0);
    ck_assert_uint_eq(accepts(SOOT_THAT(", accept-warnings: []")), 0);
    ck_assert_uint_eq(accepts(SOOT_THAT(", accept-warnings: [jump, missing-area]")),
                      1U << WARNING_JUMP | 1U << WARNING_MISSING_AREA);
    ck_assert_uint_eq(accepts(SOOT_THAT(", accept-warnings: all")), (1U << WARNING_COUNT) - 1);
    refused(SOOT_THAT(", accept-warnings: some"),
            "index.yaml:29:98: 'accept-warnings': expected all, found 'some'");
    refused(SOOT_THAT(", accept-warnings: [leap]"),
            "index.yaml:29:99: 'accept-warnings': expected older, unit, missing-area or jump, "
            "found 'leap'");
}
END_TEST

/* The small definition with one text in place of another. */
static struct definition *read_with(const char *from, const char *to) {
    char text[8192];
    const char *at = strstr(SMALL_DEFINITION, from);
    ck_assert_ptr_nonnull(at);
    (void)snprintf(text, sizeof text, "%.*s%s%s", (int)(at - SMALL_DEFINITION), SMALL_DEFINITION,
                   to, at + strlen(from));
    struct fault fault = {0};
    struct definition *d = read_text(text, &fault);
    ck_assert_msg(d != NULL, "%s", fault.text);
    return d;
}

START_TEST(a_dataset_is_of_rates_unless_it_says_counts) {
    struct definition *d = read_with("{id: soot, title: T,", "{id: soot, title: T, kind: count,");
    ck_assert(d->datasets[D_SOOT].counts);
    ck_assert(!d->datasets[D_PAY].counts);
    definition_destroy(&d);
    d = read_with("{id: soot, title: T,", "{id: soot, title: T, kind: rate,");
    ck_assert(!d->datasets[D_SOOT].counts);
    definition_destroy(&d);
    refused_with("{id: soot, title: T,", "{id: soot, title: T, kind: sum,", 28,
                 "'kind': expected rate or count, found 'sum'");
}
END_TEST

START_TEST(the_vintage_goes_with_the_table_of_changes) {
    struct definition *d =
        read_with("codes: codes.csv,", "codes: codes.csv, changes: c.csv, vintage: 2023-04-01,");
    ck_assert_str_eq(d->vintage, "2023-04-01");
    ck_assert_int_eq(d->vintage_day, 20230401);
    ck_assert(definition_names_file(d, "c.csv") && definition_names_file(d, "areas.csv"));
    ck_assert(!definition_names_file(d, "changes.csv"));
    definition_destroy(&d);
    refused_with("codes: codes.csv,", "codes: codes.csv, vintage: 2023-04-01,", 3,
                 "'areas': 'vintage' needs 'changes', the table of changes of codes");
    refused_with("codes: codes.csv,", "codes: codes.csv, changes: c.csv,", 3,
                 "'areas': 'changes' needs 'vintage', the day on which the areas stand");
}
END_TEST

START_TEST(levels_and_spend_rules_are_read) {
    struct fault fault;
    struct definition *d = read_text(SMALL_DEFINITION, &fault);
    ck_assert_msg(d != NULL, "%s", fault.text);
    ck_assert_uint_eq(d->n_levels, 3);
    ck_assert_int_eq(d->levels[1].method.scale.method, NORMALISE_MIN_MAX);
    ck_assert_int_eq(d->levels[2].method.scale.method, NORMALISE_PERCENTILE_RANK);
    ck_assert(d->levels[1].method.coverage == 0.5 && d->levels[1].method.scale.low == 0 &&
              d->levels[1].method.scale.high == 100);
    ck_assert_uint_eq(d->spend.dataset, D_MONEY);
    ck_assert_uint_eq(d->spend.node, WORK);
    ck_assert_int_eq(d->spend.measure, SPEND_TOTAL);
    ck_assert_int_eq(d->spend.need.kind, THRESHOLD_MEAN);
    ck_assert_uint_eq(d->spend.n_exclude_types, 1);
    ck_assert_str_eq(d->spend.exclude_areas[0], "E01");
    ck_assert_uint_eq(d->n_excluded, 1);
    ck_assert_str_eq(d->excluded[0], "E07");
    definition_destroy(&d);
}
END_TEST

START_TEST(without_spend_there_is_no_comparison) {
    struct fault fault;
    struct definition *d = read_text(SMALL_HEAD SMALL_LEVELS SMALL_TREE SMALL_DATASETS, &fault);
    ck_assert_msg(d != NULL, "%s", fault.text);
    ck_assert_uint_eq(d->spend.dataset, NO_DATASET);
    definition_destroy(&d);
}
END_TEST

START_TEST(five_bands_have_names_and_others_have_numbers) {
    struct fault fault;
    struct definition *d = read_text(SMALL_DEFINITION, &fault);
    ck_assert_str_eq(band_name(d, 0), "");
    ck_assert_str_eq(band_name(d, 1), "very high");
    ck_assert_str_eq(band_name(d, 5), "very low");
    ck_assert_str_eq(band_name(d, 6), "");
    definition_destroy(&d);
    d = read_text("index: ten\ntitle: Ten\nareas: {table: a, geography: g, codes: c}\n"
                  "bands: 10\n" SMALL_LEVELS SMALL_TREE SMALL_DATASETS,
                  &fault);
    ck_assert_msg(d != NULL, "%s", fault.text);
    ck_assert_str_eq(band_name(d, 1), "band 1");
    ck_assert_str_eq(band_name(d, 10), "band 10");
    definition_destroy(&d);
}
END_TEST

START_TEST(what_is_no_yaml_is_refused) {
    refused("", "index.yaml: empty");
    refused("- a\n- b\n",
            "index.yaml:1:1: expected an index definition (key: value), found a list");
    refused("index: [1\n", "index.yaml:2:1: not YAML: did not find expected ',' or ']'");
    refused("index: a\n---\nindex: b\n", "index.yaml:2:1: a second document: expected one");
    struct fault fault;
    ck_assert_ptr_null(definition_read("index.yaml", "index: a\0b\n", 11, &fault));
    ck_assert_ptr_null(definition_read("index.yaml", "index: \xff\n", 9, &fault));
}
END_TEST

START_TEST(anchors_aliases_and_tags_are_refused) {
    refused("index: &a small\n",
            "index.yaml:1:8: an anchor (&): write the value out wherever it is meant");
    refused("index: a\ntitle: *a\n",
            "index.yaml:2:8: an alias (*): write the value out wherever it is meant");
    refused("index: !!str a\n", "index.yaml:1:8: a tag (!): write the value without it");
}
END_TEST

START_TEST(what_is_nested_without_end_is_refused) {
    char text[4096] = "index: ";
    memset(text + 7, '[', 1000);
    struct fault fault;
    ck_assert_ptr_null(read_text(text, &fault));
    ck_assert_str_eq(fault.text, "index.yaml:1:167: nested too deep");
}
END_TEST

START_TEST(unknown_double_and_missing_keys_are_refused) {
    refused_with("bands: 5", "band: 5", 4,
                 "unknown key in an index definition 'band': did you mean 'bands'?");
    refused_with("bands: 5", "colour: red", 4, "unknown key in an index definition 'colour'");
    refused_with("bands: 5", "bands: 5\nbands: 5", 5,
                 "'bands' stands here twice in an index definition");
    refused_with("bands: 5\n", "", 1, "an index definition needs the key 'bands'");
    refused_with(", unit: mg", "", 24, "a metric needs the key 'unit'");
    refused_with(", direction: lower-is-need", "", 17, "a metric needs the key 'direction'");
}
END_TEST

START_TEST(values_of_the_wrong_kind_are_refused) {
    refused_with("bands: 5", "bands: many", 4, "'bands': expected a number, found 'many'");
    refused_with("bands: 5", "bands: \"5\"", 4, "'bands': expected a number, found '5'");
    refused_with("bands: 5", "bands: 2.5", 4,
                 "'bands': expected a whole number from 2 to 100, found 2.5");
    refused_with("bands: 5", "bands: .nan", 4, "'bands': expected a number, found '.nan'");
    refused_with("title: A small index", "title: [a]", 2,
                 "'title': expected one value, found a list");
    refused_with("title: A small index", "title:", 2, "'title' is empty");
    refused_with("title: A small index", "title: \"a\\0b\"", 2, "'title' holds a NUL character");
    refused_with("title: A small index", "title: \"a\\e[2J\"", 2,
                 "'title' holds a control character");
    refused_with("title: A small index", "title: \"a\\u202eb\"", 2,
                 "'title' holds a control character");
    refused_with("exclude: [E07]", "exclude: E07", 3,
                 "'exclude': expected a list, found one value");
    refused_with("proxy: true", "proxy: yes", 19, "'proxy': expected false or true, found 'yes'");
    refused_with("direction: lower-is-need", "direction: down", 17,
                 "'direction': expected higher-is-need or lower-is-need, found 'down'");
}
END_TEST

START_TEST(bad_ids_are_refused) {
    refused_with("id: soot", "id: soo/t", 24,
                 "'id': 'soo/t' may hold letters, digits, hyphens and underscores only");
    refused_with("id: soot", "id: pay", 24, "a second node 'pay'");
    refused_with("id: soot, title", "id: pay, title", 28, "a second dataset 'pay'");
    refused_with("{id: metric", "{id: index", 9, "a second level 'index'");
}
END_TEST

START_TEST(unknown_names_come_with_a_suggestion) {
    refused_with("dataset: county-jobs", "dataset: county-job", 19,
                 "unknown dataset 'county-job': did you mean 'county-jobs'?");
    refused_with("id: soot, name", "id: rain, name", 24, "unknown dataset 'rain'");
    refused_with("node: work", "node: wrok", 33, "unknown node 'wrok': did you mean 'work'?");
    refused_with("dataset: money", "dataset: mony", 31,
                 "unknown dataset 'mony': did you mean 'money'?");
}
END_TEST

START_TEST(weights_and_coverage_out_of_bounds_are_refused) {
    refused_with("weight: 3", "weight: 0", 18, "'weight': expected a number above 0, found 0");
    refused_with("weight: 3", "weight: -1", 18, "'weight': expected a number above 0, found -1");
    refused_with("coverage: 0.5", "coverage: 1.5", 7,
                 "'coverage': expected a share from 0 to 1, found 1.5");
    refused_with("coverage: 0.8,", "coverage: -0.1,", 6,
                 "'coverage': expected a share from 0 to 1, found -0.1");
}
END_TEST

START_TEST(levels_that_make_no_sense_are_refused) {
    refused_with("coverage: 0.5,", "", 7, "a level above the last needs 'coverage'");
    refused_with("name: Metric,", "name: Metric, coverage: 1,", 9,
                 "the last level is of metrics, which have no 'coverage'");
    refused_with("normalise: min-max, range: [0, 100]", "normalise: min-max", 7,
                 "normalise: min-max needs 'range'");
    refused_with("normalise: none", "normalise: none, range: [0, 1]", 6,
                 "normalise: none takes no 'range'");
    refused_with("min-max, range: [0, 100]", "min-max, range: [0]", 8,
                 "'range': expected two numbers, found 1");
    refused_with("min-max, range: [0, 100]", "min-max, range: [5, 5]", 8,
                 "'range': expected the lower number first, found [5, 5]");
    refused_with("normalise: none", "normalise: z-score, mean-and-sd: [0, 0]", 6,
                 "'mean-and-sd': expected a standard deviation above 0, found 0");
    refused_with(
        "normalise: none", "normalise: log", 6,
        "'normalise': expected none, min-max, z-score, percentile-rank, rank, borda, scaled, "
        "goalposts, distance-to-target, distance-to-leader, distance-to-reference, "
        "fraction-of-maximum or exponential, found 'log'");
    refused_with("normalise: none", "normalise: distance-to-target, range: [0, 1]", 6,
                 "normalise: distance-to-target needs 'target'");
    refused_with("unit: GBP,", "unit: GBP, target: 3,", 17,
                 "normalise: percentile-rank takes no 'target'");
    refused_with("coverage: 0.5", "coverage: 0.5, aggregate: geometric", 7,
                 "'aggregate' stands here twice in a level");
    refused_with(
        "aggregate: arithmetic, coverage: 0.5", "aggregate: geometric, coverage: 0.5", 9,
        "level 'mission' is a geometric mean of this level, which must then begin above 0: "
        "percentile-rank begins at 0");
}
END_TEST

START_TEST(metrics_stand_at_the_last_level_only) {
    refused_with("        - {id: soot, name: Soot, unit: mg, direction: higher-is-need}\n",
                 "        - {id: soot, name: Soot, children: []}\n", 24,
                 "children below 'metric', the last of 3 levels");
    refused_with("      children:\n        - {id: soot, name: Soot, unit: mg, "
                 "direction: higher-is-need}\n",
                 "", 20,
                 "a node at level 'mission' has no 'children': metrics stand at level 'metric', "
                 "the last of 3");
    refused_with("\n        - {id: soot, name: Soot, unit: mg, direction: higher-is-need}", " []",
                 23, "'air' has no children");
}
END_TEST

START_TEST(more_than_64_levels_are_refused) {
    char text[16384] = SMALL_HEAD "levels:\n";
    for (int i = 0; i < 65; i++) {
        char level[128];
        (void)snprintf(level, sizeof level, "  - {id: l%d, name: L}\n", i);
        strcat(text, level);
    }
    strcat(text, SMALL_TREE SMALL_DATASETS);
    refused(text, "index.yaml:6:3: 'levels': expected 2 to 64 of them, found 65");
}
END_TEST

START_TEST(thresholds_are_mean_median_or_a_number) {
    struct fault fault;
    struct definition *d = read_text(
        SMALL_HEAD SMALL_LEVELS SMALL_TREE SMALL_DATASETS
        "spend: {dataset: money, name: m, node: air, measure: per-head, need-threshold: median,\n"
        "  spend-threshold: 12.5}\n",
        &fault);
    ck_assert_msg(d != NULL, "%s", fault.text);
    ck_assert_int_eq(d->spend.need.kind, THRESHOLD_MEDIAN);
    ck_assert_int_eq(d->spend.spend.kind, THRESHOLD_GIVEN);
    ck_assert(d->spend.spend.given == 12.5);
    ck_assert_int_eq(d->spend.measure, SPEND_PER_HEAD);
    definition_destroy(&d);
    refused_with("need-threshold: mean", "need-threshold: mode", 35,
                 "'need-threshold': expected mean, median or a number, found 'mode'");
}
END_TEST

START_TEST(the_definition_of_england_is_read) {
    static char text[1 << 20];
    FILE *file = fopen("deploy/england/index.yaml", "rb");
    ck_assert_ptr_nonnull(file);
    size_t length = fread(text, 1, sizeof text, file);
    (void)fclose(file);
    struct fault fault;
    struct definition *d = definition_read("index.yaml", text, length, &fault);
    ck_assert_msg(d != NULL, "%s", fault.text);
    size_t metrics = 0, missions = 0;
    for (size_t i = 0; i < d->n_nodes; i++) {
        metrics += node_is_metric(&d->nodes[i]);
        missions += d->nodes[i].level == 1;
    }
    ck_assert_uint_eq(metrics, 40);
    ck_assert_uint_eq(missions, 5);
    ck_assert_uint_gt(d->n_datasets, 41); /* the metrics', of spend, and spare ones */
    definition_destroy(&d);
}
END_TEST

static Suite *suite(void) {
    Suite *s = suite_create("definition");
    TCase *t = tcase_create("definition");
    tcase_add_test(t, the_tree_is_read_in_preorder);
    tcase_add_test(t, metrics_carry_what_they_say_and_defaults_otherwise);
    tcase_add_test(t, a_dataset_may_say_which_warnings_it_takes);
    tcase_add_test(t, a_dataset_is_of_rates_unless_it_says_counts);
    tcase_add_test(t, the_vintage_goes_with_the_table_of_changes);
    tcase_add_test(t, levels_and_spend_rules_are_read);
    tcase_add_test(t, without_spend_there_is_no_comparison);
    tcase_add_test(t, five_bands_have_names_and_others_have_numbers);
    tcase_add_test(t, what_is_no_yaml_is_refused);
    tcase_add_test(t, anchors_aliases_and_tags_are_refused);
    tcase_add_test(t, what_is_nested_without_end_is_refused);
    tcase_add_test(t, unknown_double_and_missing_keys_are_refused);
    tcase_add_test(t, values_of_the_wrong_kind_are_refused);
    tcase_add_test(t, bad_ids_are_refused);
    tcase_add_test(t, unknown_names_come_with_a_suggestion);
    tcase_add_test(t, weights_and_coverage_out_of_bounds_are_refused);
    tcase_add_test(t, levels_that_make_no_sense_are_refused);
    tcase_add_test(t, metrics_stand_at_the_last_level_only);
    tcase_add_test(t, more_than_64_levels_are_refused);
    tcase_add_test(t, thresholds_are_mean_median_or_a_number);
    tcase_add_test(t, the_definition_of_england_is_read);
    suite_add_tcase(s, t);
    return s;
}

int main(void) {
    return suite_main(suite());
}
