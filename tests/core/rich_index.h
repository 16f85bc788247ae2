/* A definition that uses every key and every method, and places with figures for it. */
#ifndef TESTS_RICH_INDEX_H
#define TESTS_RICH_INDEX_H

#include "core/plain.h"

#include <check.h>
#include <string.h>

#define RICH_LEVELS                                                                                \
    "levels:\n"                                                                                    \
    "  - {id: index, name: I, aggregate: generalised, power: 0.5, coverage: 0.1,\n"                \
    "     normalise: scaled, range: [1, 9], goalposts: [0, 200]}\n"                                \
    "  - {id: part, name: P, aggregate: arithmetic, coverage: {children: 0.5}, weights: pca,\n"    \
    "     normalise: min-max, range: [1, 100]}\n"                                                  \
    "  - {id: metric, name: M, normalise: min-max, range: [1, 100], impute: median,\n"             \
    "     treat: {skewness: 1, kurtosis: 2, winsorise: 2, transform: box-cox}}\n"
#define RICH_TREE(extra)                                                                           \
    "tree:\n  id: all\n  name: All\n  children:\n"                                                 \
    "    - id: one\n      name: One\n      description: What is one\n      weight: 2\n"            \
    "      children:\n"                                                                            \
    "        - {id: a, name: A" extra ", direction: higher-is-need,\n"                             \
    "           impute: {method: regression, on: [c]}}\n"                                          \
    "        - {id: b, name: B" extra ", direction: lower-is-need, per: 100,\n"                    \
    "           denominator: population, normalise: distance-to-reference, reference: P2,\n"       \
    "           capped: true, impute: {method: group-mean, by: region}}\n"                         \
    "    - id: two\n      name: Two\n      children:\n"                                            \
    "        - {id: c, name: C" extra ", direction: higher-is-need, impute: em,\n"                 \
    "           treat: {always: true, transform: log}}\n"                                          \
    "        - {id: d, name: D" extra ", direction: higher-is-need, impute: em, treat: none,\n"    \
    "           normalise: percentile-rank, range: [1, 9], ties: min}\n"                           \
    "        - {id: e, name: E" extra ", direction: lower-is-need, proxy: true, weight: 3,\n"      \
    "           impute: carry-forward, treat: {transform: box-cox, lambda: 0.5}}\n"
#define RICH_REST                                                                                  \
    "screen: {places: {available: 0.2, non-zero: 0.1}, metrics: {available: 0.2, non-zero: "       \
    "0.1}}\n"                                                                                      \
    "weight-sets: [{id: few, weights: [{node: a, weight: 3}, {node: two, weight: 2}]}]\n"          \
    "weights: few\n"                                                                               \
    "uncertainty:\n  replicates: 20\n  seed: 7\n  interval: 0.8\n  factors:\n"                     \
    "    - {vary: normalise, level: part, among: [{normalise: z-score, mean-and-sd: [50, 5]},\n"   \
    "       {normalise: min-max, range: [1, 100]}]}\n"                                             \
    "    - {vary: aggregate, level: index, among: [arithmetic,\n"                                  \
    "       {aggregate: generalised, power: 0.5}]}\n"                                              \
    "    - {vary: weights, level: part, among: [given, equal]}\n"                                  \
    "    - {vary: weight-set, among: [tree, few]}\n"                                               \
    "    - {vary: weight-noise, level: metric, noise: 0.4}\n"                                      \
    "    - {vary: leave-out}\n"

/* Alone, with a table of figures. */
#define RICH_PLAIN                                                                                 \
    "index: t\ntitle: T\nbands: 5\nties: average\n" RICH_LEVELS RICH_TREE("") RICH_REST

#define RICH_HEAD                                                                                  \
    "index: rich\ntitle: Rich\nbands: {thresholds: [80, 60, 40]}\nties: dense\n"                   \
    "areas: {table: areas.csv, geography: geography.csv, codes: codes.csv, changes: "              \
    "changes.csv,\n"                                                                               \
    "  aliases: aliases.csv, vintage: 2021-04-01, exclude: [E07, E08]}\n"
#define RICH_DATASET(id, more)                                                                     \
    "  - {id: " id ", title: T, publisher: P, licence: L, level: lad, vintage: \"2021\"" more "}"  \
    "\n"
#define RICH_DATASETS                                                                              \
    "datasets:\n" RICH_DATASET("a", ", url: \"http://a\", note: N, kind: count")                   \
        RICH_DATASET("b", ", accept-warnings: [older, jump], description: b.yaml")                 \
            RICH_DATASET("c", ", accept-warnings: all, kind: rate") RICH_DATASET("d", "")          \
                RICH_DATASET("e", "") RICH_DATASET("money", "")
/* In a pack; only the definition itself, not the tables that it names. */
#define RICH_PACK                                                                                  \
    RICH_HEAD RICH_LEVELS RICH_TREE(", unit: u") RICH_DATASETS RICH_REST                           \
        "panel: {periods: [2019, 2020], normalise: within-each}\n"                                 \
        "spend: {dataset: money, name: money, node: one, measure: per-head, need-threshold: "      \
        "mean,\n"                                                                                  \
        "  spend-threshold: 100, exclude-types: [city], exclude-areas: [E01]}\n"

#define RICH_FIGURES                                                                               \
    "code,name,region,type,population,period,a,b,c,d,e\n"                                          \
    "P1,Ash,North,city,100,2019,1,5,3,9,\n"                                                        \
    "P1,Ash,North,city,100,2020,2,6,4,9,1\n"                                                       \
    "P2,Birch,North,shire,200,2020,3,8,3,8,2\n"                                                    \
    "P3,Cedar,North,shire,300,2020,,9,6,7,3\n"                                                     \
    "P4,Damson,South,city,150,2020,2,,9,6,4\n"                                                     \
    "P5,Elm,South,shire,120,2020,5,7,8,,5\n"                                                       \
    "P6,Fir,South,shire,110,2019,5,7,8,3,6\n"                                                      \
    "P6,Fir,South,shire,110,2020,6,4,,5,\n"                                                        \
    "P7,Gorse,South,shire,90,2020,9,3,7,2,7\n"                                                     \
    "P8,Hazel,North,city,80,2020,80,2,2,1,60\n"

enum { RICH_PLACES = 8 };

static inline struct plain *rich_read(const char *definition, const char *figures,
                                      struct fault *fault) {
    return plain_read((struct table_file){"d.yaml", definition, strlen(definition)},
                      (struct table_file){"d.csv", figures, strlen(figures)}, fault);
}

static inline struct plain *rich_index(const char *definition) {
    struct fault fault = {0};
    struct plain *plain = rich_read(definition, RICH_FIGURES, &fault);
    ck_assert_msg(plain != NULL, "%s", fault.text);
    return plain;
}

#endif
