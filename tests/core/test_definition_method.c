/* Every choice of method that a definition can make wrongly is refused, with place and reason. */
#include "tests/suite.h"

#include "core/definition.h"
#include "tests/core/rich_index.h"

#include <stdio.h>
#include <stdlib.h>

static const struct {
    const char *from, *to, *reason;
} wrong[] = {
    /* the index as a whole */
    {"ties: dense", "ties: last", "'ties': expected average, min, max or dense, found 'last'"},
    {"bands: {thresholds: [80, 60, 40]}", "bands: {thresholds: 5}",
     "'thresholds': expected a list, found one value"},
    {"bands: {thresholds: [80, 60, 40]}", "bands: {thresholds: []}",
     "'thresholds': expected 1 to 99 scores, found 0"},
    {"bands: {thresholds: [80, 60, 40]}", "bands: {thresholds: [80, many]}",
     "'thresholds': expected a number, found 'many'"},
    {"bands: {thresholds: [80, 60, 40]}", "bands: {thresholds: [80, 80]}",
     "'thresholds': expected scores that fall, found 80 after 80"},
    {"bands: {thresholds: [80, 60, 40]}", "bands: {thresholds: [80], names: [a]}",
     "unknown key in bands 'names'"},
    {"bands: {thresholds: [80, 60, 40]}", "bands: {least: 3}",
     "'bands': expected one value, found a mapping"},
    {"bands: {thresholds: [80, 60, 40]}", "bands: 1",
     "'bands': expected a whole number from 2 to 100, found 1"},
    {"bands: {thresholds: [80, 60, 40]}", "bands: 101",
     "'bands': expected a whole number from 2 to 100, found 101"},
    {"vintage: 2021-04-01", "vintage: 2021-4-1", "'vintage': expected a day such as 2021-04-01"},
    {"vintage: 2021-04-01", "vintage: 2021-14-01", "'vintage': expected a day such as 2021-04-01"},
    {"vintage: 2021-04-01", "vintage: []", "'vintage': expected one value, found a list"},
    {"changes: changes.csv", "changes: []", "'changes': expected one value, found a list"},
    {"aliases: aliases.csv", "aliases: []", "'aliases': expected one value, found a list"},
    /* datasets */
    {"accept-warnings: all", "accept-warnings: some",
     "'accept-warnings': expected all, found 'some'"},
    {"accept-warnings: all", "accept-warnings: {all: true}",
     "'accept-warnings': expected a list, found a mapping"},
    {"[older, jump]", "[older, jumps]", "'accept-warnings': expected older, unit"},
    {"{id: a, title: T", "{id: a/b, title: T", "'id': 'a/b' may hold letters"},
    {"licence: L, level: lad", "licence: L, level: [lad]", "'level': expected one value"},
    {"description: b.yaml", "description: ''", "'description' is empty"},
    {"url: \"http://a\"", "url: ''", "'url' is empty"},
    {"  - {id: a, title: T", "  - {title: T", "a dataset needs the key 'id'"},
    /* levels */
    {"generalised, power: 0.5, coverage", "generalised, coverage",
     "aggregate: generalised needs 'power'"},
    {"generalised, power: 0.5, coverage", "generalised, power: 0, coverage",
     "'power': expected a number that is not 0"},
    {"generalised, power: 0.5, coverage", "generalised, power: half, coverage",
     "'power': expected a number, found 'half'"},
    {"aggregate: arithmetic, coverage", "aggregate: arithmetic, power: 2, coverage",
     "aggregate: arithmetic takes no 'power'"},
    {"aggregate: arithmetic, coverage", "aggregate: mean, coverage", "'aggregate': expected"},
    {"generalised, power: 0.5, coverage: 0.1", "geometric, weights: optimised, coverage: 0.1",
     "weights: optimised are those of an arithmetic mean, and this level's is geometric"},
    {"generalised, power: 0.5, coverage: 0.1", "harmonic, coverage: half",
     "'coverage': expected a number, found 'half'"},
    {"{children: 0.5}", "{children: 2}", "'coverage': expected a share from 0 to 1, found 2"},
    {"{children: 0.5}", "{children: -1}", "'coverage': expected a share from 0 to 1, found -1"},
    {"{children: 0.5}", "{children: 1, of: 2}", "unknown key in 'coverage' 'of'"},
    {"{children: 0.5}", "{share: 1}", "'coverage': expected one value, found a mapping"},
    {"weights: pca", "weights: pcb", "'weights': expected"},
    {"range: [1, 9], goalposts", "range: 1, goalposts", "'range': expected a list"},
    {"range: [1, 9], goalposts", "range: [low, 9], goalposts", "'range': expected a number"},
    {"range: [1, 9], goalposts", "range: [1, high], goalposts", "'range': expected a number"},
    {"name: I, aggregate", "name: I, treat: none, aggregate",
     "a level above the last has no 'treat', which is for metrics"},
    {"normalise: min-max, range: [1, 100], impute", "impute", "a level needs the key 'normalise'"},
    {"impute: median", "impute: mode", "'impute': expected"},
    {"skewness: 1", "skewness: 0", "'skewness': expected a number above 0, found 0"},
    {"kurtosis: 2", "kurtosis: two", "'kurtosis': expected a number, found 'two'"},
    {"winsorise: 2,", "winsorise: -1,", "'winsorise': expected how many points"},
    {"winsorise: 2,", "winsorise: 2.5,", "'winsorise': expected how many points"},
    {"winsorise: 2,", "winsorise: 1e9,", "'winsorise': expected how many points"},
    {"winsorise: 2,", "winsorise: few,", "'winsorise': expected a number, found 'few'"},
    {"winsorise: 2, transform: box-cox", "skewness: 3", "'skewness' stands here twice"},
    {"winsorise: 2, transform: box-cox", "transform: none",
     "'treat' needs 'winsorise', 'transform' or both, or is none"},
    {"winsorise: 2, transform: box-cox", "transform: root", "'transform': expected"},
    {"winsorise: 2, transform: box-cox", "transform: log, lambda: 1",
     "'lambda' belongs to transform: box-cox"},
    {"winsorise: 2, transform: box-cox", "transform: box-cox, lambda: one",
     "'lambda': expected a number, found 'one'"},
    {"{always: true, transform: log}", "{always: true, winsorise: 3}",
     "'always' applies a 'transform', whatever the shape"},
    {"{always: true, transform: log}", "{always: true, winsorise: 3, transform: log}",
     "'always' applies a 'transform', whatever the shape"},
    {"{always: true, transform: log}", "{always: yes, transform: log}",
     "'always': expected false or true, found 'yes'"},
    {"treat: none,", "treat: nothing,", "'treat': expected none, found 'nothing'"},
    {"treat: none,", "treat: [],", "expected 'treat' (key: value), found a list"},
    {"{id: index, name: I", "{name: I", "a level needs the key 'id'"},
    /* the tree */
    {"weight: 2\n", "weight: heavy\n", "'weight': expected a number, found 'heavy'"},
    {"description: What is one", "description: []", "'description': expected one value"},
    {"per: 100,", "per: 0,", "'per': expected a number above 0, found 0"},
    {"per: 100,", "per: all,", "'per': expected a number, found 'all'"},
    {"denominator: population,", "", "'per' belongs to a 'denominator'"},
    {"denominator: population,", "denominator: [],", "'denominator': expected one value"},
    {"denominator: population,", "denominator: peple,", "unknown dataset 'peple'"},
    {"reference: P2,", "reference: [],", "'reference': expected one value, found a list"},
    {"capped: true,", "capped: very,", "'capped': expected false or true, found 'very'"},
    {"ties: min}", "ties: first}", "'ties': expected average, min, max or dense, found 'first'"},
    {"{method: regression, on: [c]}", "{method: regression}", "impute: regression needs 'on'"},
    {"{method: regression, on: [c]}", "{method: regression, on: c}",
     "'on': expected a list, found one value"},
    {"{method: regression, on: [c]}", "{method: regression, on: []}",
     "'on': expected 1 to 200 metrics, found 0"},
    {"{method: regression, on: [c]}", "{method: regression, on: [x]}",
     "impute: regression on 'x': there is no such metric"},
    {"{method: regression, on: [c]}", "{method: regression, on: [two]}",
     "impute: regression on 'two': that is no metric"},
    {"{method: regression, on: [c]}", "{method: regression, on: [a]}",
     "impute: regression of 'a' on itself"},
    {"{method: regression, on: [c]}", "{method: mean, on: [c]}", "impute: mean takes no 'on'"},
    {"{method: regression, on: [c]}", "{method: mean, at: c}", "unknown key in 'impute' 'at'"},
    {"{method: regression, on: [c]}", "[median]", "'impute': expected one value, found a list"},
    {"by: region", "by: colour", "'by': expected region or type, found 'colour'"},
    {", by: region", "", "impute: group-mean needs 'by'"},
    {"proxy: true", "proxy: 1", "'proxy': expected false or true, found '1'"},
    /* screening, weight sets, the panel */
    {"available: 0.2, non-zero: 0.1}, metrics", "available: 1.2}, metrics",
     "'available': expected a share from 0 to 1, found 1.2"},
    {"available: 0.2, non-zero: 0.1}, metrics", "non-zero: -0.1}, metrics",
     "'non-zero': expected a share from 0 to 1, found -0.1"},
    {"available: 0.2, non-zero: 0.1}, metrics", "non-zero: few}, metrics",
     "'non-zero': expected a number, found 'few'"},
    {"available: 0.2, non-zero: 0.1}, metrics", "at-least: 1}, metrics",
     "unknown key in 'places' 'at-least'"},
    {"screen: {", "screen: {areas: {}, ", "unknown key in 'screen' 'areas'"},
    {"weight-sets: [{id", "weight-sets: {} #", "'weight-sets': expected a list"},
    {"weights: [{node: a, weight: 3}, {node: two, weight: 2}]", "weights: 3",
     "'weights': expected a list"},
    {"{node: a, weight: 3}", "{node: a}", "a weight needs the key 'weight'"},
    {"{node: a, weight: 3}", "{node: z, weight: 3}", "unknown node 'z'"},
    {"{node: a, weight: 3}", "{node: [], weight: 3}", "'node': expected one value"},
    {"{node: a, weight: 3}", "{node: a, weight: 0}", "'weight': expected a number above 0"},
    {"{node: a, weight: 3}", "{node: a, weight: big}", "'weight': expected a number, found"},
    {"{node: two, weight: 2}", "{node: a, weight: 2}", "a second weight for 'a'"},
    {"{id: few, weights: [", "{id: few, weights: []}, {id: few, weights: [",
     "a second weight set 'few'"},
    {"{id: few, weights: [", "{id: f w, weights: [", "'id': 'f w' may hold letters"},
    {"\nweights: few", "\nweights: fews", "unknown weight set 'fews': did you mean 'few'?"},
    {"\nweights: few", "\nweights: []", "'weights': expected one value, found a list"},
    {"periods: [2019, 2020]", "periods: [2020, 2019]",
     "'periods': expected the oldest first, found 2019 after 2020"},
    {"periods: [2019, 2020]", "periods: [once]", "'once' is no period"},
    {"periods: [2019, 2020]", "periods: []", "'periods': expected 1 to 200, found 0"},
    {"periods: [2019, 2020]", "periods: 2019", "'periods': expected a list"},
    {"normalise: within-each", "normalise: never", "'normalise': expected over-all or within-each"},
    {"panel: {", "panel: {years: 2, ", "unknown key in 'panel' 'years'"},
    /* uncertainty */
    {"replicates: 20", "replicates: 1", "'replicates': expected a whole number from 2"},
    {"replicates: 20", "replicates: 2.5", "'replicates': expected a whole number from 2"},
    {"replicates: 20", "replicates: 1e9", "'replicates': expected a whole number from 2"},
    {"replicates: 20", "replicates: some", "'replicates': expected a number, found 'some'"},
    {"seed: 7", "seed: -1", "'seed': expected a whole number from 0 up, found -1"},
    {"seed: 7", "seed: 1e17", "'seed': expected a whole number from 0 up"},
    {"seed: 7", "seed: 0.5", "'seed': expected a whole number from 0 up, found 0.5"},
    {"seed: 7", "seed: chance", "'seed': expected a number, found 'chance'"},
    {"interval: 0.8", "interval: 1", "'interval': expected a share above 0 and below 1, found 1"},
    {"interval: 0.8", "interval: 0", "'interval': expected a share above 0 and below 1, found 0"},
    {"interval: 0.8", "interval: most", "'interval': expected a number, found 'most'"},
    {"interval: 0.8", "intervals: 0.8", "unknown key in 'uncertainty' 'intervals'"},
    {"{vary: leave-out}", "{vary: all}", "'vary': expected normalise"},
    {"{vary: leave-out}", "{level: part}", "a factor needs the key 'vary'"},
    {"{vary: leave-out}", "{vary: leave-out, noise: 0.1}", "vary: leave-out takes no 'noise'"},
    {"{vary: leave-out}", "{vary: weight-noise, level: part}", "vary: weight-noise needs 'noise'"},
    {"noise: 0.4", "noise: 1", "'noise': expected a share above 0 and below 1, found 1"},
    {"noise: 0.4", "noise: 0", "'noise': expected a share above 0 and below 1, found 0"},
    {"noise: 0.4", "noise: loud", "'noise': expected a number, found 'loud'"},
    {"level: metric, noise", "level: metrc, noise",
     "unknown level 'metrc': did you mean 'metric'?"},
    {"level: metric, noise", "level: [], noise", "'level': expected one value, found a list"},
    {"among: [given, equal]", "among: given", "'among': expected a list, found one value"},
    {"among: [given, equal]", "among: [given]",
     "'among': expected 2 to 1000 alternatives, found 1"},
    {"level: part, among: [given, equal]", "level: metric, among: [given, equal]",
     "vary: weights is not for the last level, which is of metrics"},
    {"among: [tree, few]", "among: [tree, many]", "unknown weight set 'many'"},
    {"among: [tree, few]", "among: [tree, []]", "'among': expected one value, found a list"},
    {"[{normalise: z-score, mean-and-sd: [50, 5]}", "[{normal: z-score}",
     "unknown key in an alternative 'normal'"},
    {"       {aggregate: generalised, power: 0.5}]}", "       {aggregates: generalised}]}",
     "unknown key in an alternative 'aggregates'"},
    {"{vary: leave-out}", "{vary: impute, among: [none, carry-forward]}",
     "carry-forward is done when figures are taken, and cannot be varied"},
    {"{vary: leave-out}", "{vary: impute, among: [none, most]}", "'impute': expected"},
    {"{vary: leave-out}", "{vary: impute, among: [none, {method: regression, on: [x]}]}",
     "impute: regression on 'x': there is no such metric"},
    {"{vary: leave-out}", "{vary: weights, level: part, among: [given, pca]}",
     "vary: weights of part stands here a second time"},
    {"{vary: leave-out}", "{vary: impute, among: [none, mean]}",
     "vary: impute varies nothing, as all that it is for say their own"},
    {"level: metric, noise: 0.4", "level: index, noise: 0.4",
     "vary: weight-noise of index varies nothing, as no node above takes given weights"},
    /* spend */
    {"need-threshold: mean", "need-threshold: a number", "'need-threshold': which number?"},
    {"spend-threshold: 100", "spend-threshold: much",
     "'spend-threshold': expected mean, median or a number, found 'much'"},
    {"spend: {dataset: money, ", "spend: {", "'spend' needs the key 'dataset'"},
    {"measure: per-head", "measure: all", "'measure': expected total or per-head, found 'all'"},
    {"name: money, node", "name: [], node", "'name': expected one value, found a list"},
    {"dataset: money", "dataset: []", "'dataset': expected one value, found a list"},
    {"exclude-types: [city]", "exclude-types: city", "'exclude-types': expected a list"},
    {"exclude-areas: [E01]", "exclude-areas: [[]]", "'exclude-areas': expected one value"},
};

/* The rich definition with one place changed; the caller frees it. */
static char *changed(const char *from, const char *to) {
    const char *at = strstr(RICH_PACK, from);
    ck_assert_msg(at != NULL, "the rich definition has no '%s'", from);
    size_t size = strlen(RICH_PACK) + strlen(to) + 1;
    char *text = malloc(size);
    (void)snprintf(text, size, "%.*s%s%s", (int)(at - RICH_PACK), RICH_PACK, to, at + strlen(from));
    return text;
}

static struct definition *read_changed(const char *from, const char *to, struct fault *fault) {
    char *text = changed(from, to);
    struct definition *definition = definition_read("d.yaml", text, strlen(text), fault);
    free(text);
    return definition;
}

START_TEST(a_choice_that_cannot_be_is_refused) {
    struct fault fault = {0};
    struct definition *definition = read_changed(wrong[_i].from, wrong[_i].to, &fault);
    ck_assert_msg(definition == NULL, "'%s' was accepted", wrong[_i].to);
    ck_assert_int_eq(fault.kind, FAULT_INPUT);
    ck_assert_msg(strncmp(fault.text, "d.yaml:", 7) == 0, "no place: %s", fault.text);
    ck_assert_msg(strstr(fault.text, wrong[_i].reason) != NULL, "%s", fault.text);
}
END_TEST

static const struct {
    const char *from, *to;
} right[] = {
    {"ties: dense", "ties: max"},
    {"bands: {thresholds: [80, 60, 40]}", "bands: 2"},
    {"denominator: population,", "denominator: money,"},
    {"{method: regression, on: [c]}", "{method: group-median, by: type}"},
    {"winsorise: 2, transform: box-cox", "winsorise: 2"},
    {"weights: pca", "weights: optimised"},
    {"skewness: 1, kurtosis: 2, ", ""},
    {"  replicates: 20\n  seed: 7\n  interval: 0.8\n", ""},
    {"{vary: leave-out}", "{vary: weight-noise, level: part, noise: 0.2}"},
    {"level: part, among: [given, equal]", "level: part, among: [equal, optimised]"},
    {"level: part, among: [{normalise: z-score, mean-and-sd: [50, 5]},\n       {normalise: min-max",
     "level: metric, among: [{normalise: borda}, {normalise: min-max"},
    {"{vary: leave-out}\n", "{vary: leave-out}\n    - {vary: leave-out}\n"},
    {"{vary: leave-out}", "{vary: treat, among: [none, {winsorise: 1}]}"},
    {"impute: em, treat: none", "treat: none}\n        - {id: f, name: F, unit: u, dataset: d, "
                                "direction: higher-is-need, treat: none"},
    {"{vary: leave-out}", "{vary: weights, level: index, among: [given, equal]}"},
    {"available: 0.2, non-zero: 0.1}, metrics: {available: 0.2, non-zero: 0.1}", "available: 0.2}"},
    {"places: {available: 0.2, non-zero: 0.1}, metrics", "metrics"},
    {", exclude-types: [city], exclude-areas: [E01]", ""},
};

START_TEST(other_choices_are_taken) {
    struct fault fault = {0};
    struct definition *definition = read_changed(right[_i].from, right[_i].to, &fault);
    ck_assert_msg(definition != NULL, "%s", fault.text);
    definition_destroy(&definition);
}
END_TEST

START_TEST(noise_on_weights_that_only_an_alternative_reads_is_taken) {
    struct fault fault = {0};
    /* The parts' parent weighs them as given only where the factor before it says so. */
    struct definition *definition = read_changed(
        "{vary: leave-out}", "{vary: weight-noise, level: metric, noise: 0.1}", &fault);
    ck_assert_msg(definition != NULL, "%s", fault.text);
    definition_destroy(&definition);
}
END_TEST

START_TEST(definitions_are_the_same_when_their_text_is) {
    struct fault fault = {0};
    struct definition *a = definition_read("a.yaml", RICH_PACK, strlen(RICH_PACK), &fault);
    struct definition *b = definition_read("b.yaml", RICH_PACK, strlen(RICH_PACK), &fault);
    struct definition *longer = read_changed("title: Rich", "title: Richer", &fault);
    struct definition *other = read_changed("title: Rich", "title: Poor", &fault);
    ck_assert(a && b && longer && other);
    ck_assert(definition_same(a, b));
    ck_assert(!definition_same(a, longer));
    ck_assert(!definition_same(a, other));
    definition_destroy(&a);
    definition_destroy(&b);
    definition_destroy(&longer);
    definition_destroy(&other);
}
END_TEST

START_TEST(a_level_with_a_long_id_shortens_its_factors_name) {
    struct fault fault = {0};
    char id[300], *text = malloc(1 << 16), *at = text;
    memset(id, 'x', sizeof id - 1);
    id[sizeof id - 1] = '\0';
    at = stpcpy(at, RICH_HEAD "levels:\n  - {id: ");
    at = stpcpy(at, id);
    at = stpcpy(at, ", name: I, aggregate: median, coverage: 0, normalise: none}\n"
                    "  - {id: m, name: M, normalise: none}\n"
                    "tree: {id: all, name: All, children: [{id: a, name: A, unit: u, direction: "
                    "higher-is-need}]}\n" RICH_DATASETS "uncertainty: {factors: [{vary: weights, "
                    "among: [given, equal], level: ");
    at = stpcpy(at, id);
    (void)stpcpy(at, "}]}\n");
    struct definition *definition = definition_read("d.yaml", text, strlen(text), &fault);
    ck_assert_msg(definition != NULL, "%s", fault.text);
    ck_assert_uint_eq(strlen(definition->uncertainty.factors[0].name), 199);
    definition_destroy(&definition);
    free(text);
}
END_TEST

/* A list of more entries than may be read: `head`, `entry` that often, with a number in the place
 * of its "%u", `tail`. */
static void refuse_many(const char *head, const char *entry, size_t n, const char *tail,
                        const char *reason) {
    size_t size = strlen(head) + n * (strlen(entry) + 8) + strlen(tail) + 1;
    char *text = malloc(size), *at = text;
    at = stpcpy(at, head);
    const char *number = strstr(entry, "%u");
    ck_assert_ptr_nonnull(number);
    for (size_t i = 0; i < n; i++)
        at += sprintf(at, "%.*s%zu%s", (int)(number - entry), entry, i, number + 2);
    (void)stpcpy(at, tail);
    struct fault fault = {0};
    struct definition *definition = definition_read("d.yaml", text, strlen(text), &fault);
    ck_assert_ptr_null(definition);
    ck_assert_msg(strstr(fault.text, reason) != NULL, "%s", fault.text);
    free(text);
}

START_TEST(more_than_anybody_needs_is_refused) {
    refuse_many(RICH_HEAD RICH_LEVELS RICH_TREE(", unit: u") RICH_DATASETS "weight-sets:\n",
                "  - {id: s%u, weights: []}\n", 101, "",
                "101 weight sets: at most 100 can be read");
    refuse_many(RICH_HEAD RICH_LEVELS RICH_TREE(", unit: u") RICH_DATASETS "panel:\n  normalise: "
                                                                           "over-all\n  periods:\n",
                "   - %u\n", 201, "", "'periods': expected 1 to 200, found 201");
    refuse_many(RICH_HEAD RICH_LEVELS RICH_TREE(", unit: u") RICH_DATASETS
                "uncertainty:\n  factors:\n",
                "   - {vary: leave-out} #%u\n", 33, "", "'factors': expected 1 to 32, found 33");
    refuse_many(RICH_HEAD RICH_LEVELS RICH_TREE(", unit: u") RICH_DATASETS
                "uncertainty:\n  factors:\n    - vary: weights\n      level: part\n      among:\n",
                "       - given #%u\n", 1001, "", "'among': expected 2 to 1000 alternatives");
    refuse_many("index: i\ntitle: T\nareas: {table: a, geography: g, codes: c}\n"
                "bands:\n  thresholds:\n",
                "   - -%u\n", 100, RICH_LEVELS RICH_TREE(", unit: u") RICH_DATASETS,
                "'thresholds': expected 1 to 99 scores, found 100");
    refuse_many("index: i\ntitle: T\nbands: 5\n" RICH_LEVELS
                "tree:\n  id: all\n  name: All\n  children:\n   - id: one\n     name: One\n"
                "     children:\n",
                "      - {id: a%u, name: A, direction: higher-is-need}\n", 10001, "",
                "10003 nodes: at most 10000 can be read");
    refuse_many("index: i\ntitle: T\nbands: 5\n" RICH_LEVELS RICH_TREE(", unit: u") "datasets:\n",
                "  - d%u\n", 10001, "", "10001 datasets: at most 10000 can be read");
    refuse_many("index: i\ntitle: T\nbands: 5\n" RICH_LEVELS
                "tree:\n  id: all\n  name: All\n  children:\n   - id: one\n     name: One\n"
                "     children:\n      - id: a\n        name: A\n        direction: "
                "higher-is-need\n        impute:\n          method: regression\n          on:\n",
                "           - a%u\n", 201, "", "'on': expected 1 to 200 metrics, found 201");
}
END_TEST

/* Parts of a definition that leave no room for the rest. */
static const struct {
    const char *text, *reason;
} cut_short[] = {
    {"levels: [{id: a, name: A, normalise: none}]\n" RICH_TREE(""),
     "d.yaml:4:9: 'levels': expected 2 to 64 of them, found 1"},
    {"levels: 2\n" RICH_TREE(""), "d.yaml:4:9: 'levels': expected a list, found one value"},
    {RICH_LEVELS "tree: {id: all, name: All, children: none}\n",
     "'children': expected a list, found one value"},
    {RICH_LEVELS RICH_TREE("") "datasets: many\n", "'datasets': expected a list, found one value"},
    {RICH_LEVELS RICH_TREE("") "uncertainty: {factors: []}\n", "'factors': expected 1 to 32"},
    {RICH_LEVELS RICH_TREE("") "uncertainty: {factors: all}\n", "'factors': expected a list"},
    {RICH_LEVELS "tree: 5\n", "a node at level 'index' has no 'children'"},
};

START_TEST(a_part_of_the_wrong_shape_is_refused) {
    struct fault fault = {0};
    char text[4096];
    (void)snprintf(text, sizeof text, "index: i\ntitle: T\nbands: 5\n%s", cut_short[_i].text);
    ck_assert_ptr_null(definition_read("d.yaml", text, strlen(text), &fault));
    ck_assert_msg(strstr(fault.text, cut_short[_i].reason) != NULL, "%s", fault.text);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("definition's methods");
    TCase *tests = tcase_create("definition's methods");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, a_choice_that_cannot_be_is_refused, 0, sizeof wrong / sizeof *wrong);
    tcase_add_loop_test(tests, other_choices_are_taken, 0, sizeof right / sizeof *right);
    tcase_add_test(tests, noise_on_weights_that_only_an_alternative_reads_is_taken);
    tcase_add_test(tests, definitions_are_the_same_when_their_text_is);
    tcase_add_test(tests, a_level_with_a_long_id_shortens_its_factors_name);
    tcase_add_test(tests, more_than_anybody_needs_is_refused);
    tcase_add_loop_test(tests, a_part_of_the_wrong_shape_is_refused, 0,
                        sizeof cut_short / sizeof *cut_short);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
