/* A country of six areas (and a seventh that is left out), small enough to work by hand: two
 * missions, three metrics, and spend of two regions.
 *
 *            pay  jobs (by county)               soot   population  region  type
 *   E01      100  10 of C1                       5      1 m         North   district
 *   E02      200  10 of C1                       1      2 m         North   district
 *   E03      300  20 of C2                       3      3 m         North   district
 *   E04      400  20 of C2                       3      0.5 m       South   district
 *   E05      500  35 = (1 x 20 + 3 x 40) / 4     -      1 m         South   district
 *   E06      [c]  40 of C3                       0      4 m         South   city
 *
 * E02 publishes pay under its later code E92. */
#ifndef TESTS_CORE_SMALL_PACK_H
#define TESTS_CORE_SMALL_PACK_H

#include "core/edition.h"
#include "core/pack.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#define SMALL_HEAD                                                                                 \
    "index: small\n"                                                                               \
    "title: A small index\n"                                                                       \
    "areas: {table: areas.csv, geography: geography.csv, codes: codes.csv, exclude: [E07]}\n"      \
    "bands: 5\n"
#define SMALL_LEVELS                                                                               \
    "levels:\n"                                                                                    \
    "  - {id: index, name: Index, aggregate: arithmetic, coverage: 0.8, normalise: none}\n"        \
    "  - {id: mission, name: Mission, aggregate: arithmetic, coverage: 0.5,\n"                     \
    "     normalise: min-max, range: [0, 100]}\n"                                                  \
    "  - {id: metric, name: Metric, normalise: percentile-rank, range: [0, 100]}\n"
#define SMALL_TREE                                                                                 \
    "tree:\n"                                                                                      \
    "  id: all\n"                                                                                  \
    "  name: All\n"                                                                                \
    "  children:\n"                                                                                \
    "    - id: work\n"                                                                             \
    "      name: Work\n"                                                                           \
    "      children:\n"                                                                            \
    "        - {id: pay, name: Pay, unit: GBP, direction: lower-is-need}\n"                        \
    "        - {id: jobs, name: Jobs, weight: 3, unit: share, direction: higher-is-need,\n"        \
    "           dataset: county-jobs, proxy: true}\n"                                              \
    "    - id: air\n"                                                                              \
    "      name: Air\n"                                                                            \
    "      description: What people breathe\n"                                                     \
    "      children:\n"                                                                            \
    "        - {id: soot, name: Soot, unit: mg, direction: higher-is-need}\n"
#define SMALL_DATASET(id, level)                                                                   \
    "  - {id: " id ", title: T, publisher: P, licence: L, level: " level ", vintage: \"2021\"}\n"
#define SMALL_DATASETS                                                                             \
    "datasets:\n" SMALL_DATASET("pay", "lad") SMALL_DATASET("county-jobs", "county")               \
        SMALL_DATASET("soot", "lad") SMALL_DATASET("money", "region")
#define SMALL_SPEND                                                                                \
    "spend:\n"                                                                                     \
    "  dataset: money\n"                                                                           \
    "  name: money\n"                                                                              \
    "  node: work\n"                                                                               \
    "  measure: total\n"                                                                           \
    "  need-threshold: mean\n"                                                                     \
    "  spend-threshold: mean\n"                                                                    \
    "  exclude-types: [city]\n"                                                                    \
    "  exclude-areas: [E01]\n"
#define SMALL_DEFINITION SMALL_HEAD SMALL_LEVELS SMALL_TREE SMALL_DATASETS SMALL_SPEND

#define SMALL_AREAS_HEADER "code,name,region_code,region,type,population,longitude,latitude\n"
#define SMALL_AREAS                                                                                \
    SMALL_AREAS_HEADER                                                                             \
    "E01,Ash,R1,North,district,1000000,-1,54\n"                                                    \
    "E02,Birch,R1,North,district,2000000,-1.5,54\n"                                                \
    "E03,Cedar,R1,North,district,3000000,-2,54\n"                                                  \
    "E07,Gorse,R1,North,city,10,-2,55\n"                                                           \
    "E04,Damson,R2,South,district,500000,-1,51\n"                                                  \
    "E05,Elm,R2,South,district,1000000,-1.5,51\n"                                                  \
    "E06,Fir,R2,South,city,4000000,-2,51\n"

#define SMALL_GEOGRAPHY_HEADER "area_code,level,step,source_code,weight\n"
#define SMALL_GEOGRAPHY                                                                            \
    SMALL_GEOGRAPHY_HEADER                                                                         \
    "E01,lad,1,E01,\n"                                                                             \
    "E02,lad,2,E92,\n"                                                                             \
    "E02,lad,1,E02,\n"                                                                             \
    "E03,lad,1,E03,\n"                                                                             \
    "E04,lad,1,E04,\n"                                                                             \
    "E05,lad,1,E05,\n"                                                                             \
    "E06,lad,1,E06,\n"                                                                             \
    "E07,lad,1,E07,\n"                                                                             \
    "E01,county,1,C1,\n"                                                                           \
    "E02,county,1,C1,\n"                                                                           \
    "E03,county,1,C2,\n"                                                                           \
    "E04,county,1,C2,\n"                                                                           \
    "E05,county,1,C2,1\n"                                                                          \
    "E05,county,1,C3,3\n"                                                                          \
    "E06,county,1,C3,\n"                                                                           \
    "E01,region,1,R1,\n"                                                                           \
    "E02,region,1,R1,\n"                                                                           \
    "E03,region,1,R1,\n"                                                                           \
    "E04,region,1,R2,\n"                                                                           \
    "E05,region,1,R2,\n"                                                                           \
    "E06,region,1,R2,\n"

#define SMALL_CODES                                                                                \
    "code,name,level\n"                                                                            \
    "R1,North,region\n"                                                                            \
    "R2,South,region\n"                                                                            \
    "C1,One,county\n"                                                                              \
    "C2,Two,county\n"                                                                              \
    "C3,Three,county\n"                                                                            \
    "E01,Ash,lad\n"                                                                                \
    "E02,Birch,lad\n"                                                                              \
    "E92,Birch,lad\n"                                                                              \
    "E03,Cedar,lad\n"                                                                              \
    "E04,Damson,lad\n"                                                                             \
    "E05,Elm,lad\n"                                                                                \
    "E06,Fir,lad\n"                                                                                \
    "E07,Gorse,lad\n"

#define SMALL_PAY                                                                                  \
    "area_code,period,value,status\n"                                                              \
    "E01,2024,100,\nE92,2024,200,\nE03,2024,300,\nE04,2024,400,\nE05,2024,500,\nE06,2024,,[c]\n"   \
    "E01,2023,1,\n"
#define SMALL_JOBS "area_code,period,value\nC1,2024,10\nC2,2024,20\nC3,2024,40\n"
#define SMALL_SOOT                                                                                 \
    "area_code,period,value\nE01,2025,5\nE02,2025,1\nE03,2025,3\nE04,2025,3\nE06,2025,0\n"
#define SMALL_MONEY "area_code,period,value\nR1,2022-23,1000\nR2,2022-23,2000\n"

enum { SMALL_AREA_COUNT = 6, SMALL_DATASET_COUNT = 4 };
enum { E01, E02, E03, E04, E05, E06 };
enum { ALL, WORK, PAY, JOBS, AIR, SOOT, SMALL_NODE_COUNT };
enum { D_PAY, D_JOBS, D_SOOT, D_MONEY };

static inline struct table_file small_table(const char *name, const char *text) {
    return (struct table_file){name, text, strlen(text)};
}

/* A pack with this definition and these areas; the fault when there is none. */
static inline struct pack *small_pack_of(const char *definition, const char *areas,
                                         struct fault *fault) {
    const struct table_file files[] = {
        small_table("geography.csv", SMALL_GEOGRAPHY),
        small_table("index.yaml", definition),
        small_table("areas.csv", areas),
        small_table("codes.csv", SMALL_CODES),
    };
    return pack_read("index.yaml", files, 4, fault);
}

static inline struct pack *small_pack(void) {
    struct fault fault = {0};
    struct pack *pack = small_pack_of(SMALL_DEFINITION, SMALL_AREAS, &fault);
    ck_assert_msg(pack != NULL, "%s", fault.text);
    return pack;
}

static inline struct release *small_release(const struct pack *pack, const char *csv) {
    struct problems problems = {0};
    struct release *release =
        release_read(pack->geography, "release.csv", csv, strlen(csv), &problems);
    ck_assert_msg(release != NULL, "%s", problems.kept[0].reason);
    return release;
}

/* The edition of a pack from the text of its releases; NULL: none yet. */
static inline struct edition *small_edition_of(const struct pack *pack, const char *pay,
                                               const char *jobs, const char *soot,
                                               struct fault *fault) {
    const char *const texts[SMALL_DATASET_COUNT] = {
        [D_PAY] = pay, [D_JOBS] = jobs, [D_SOOT] = soot};
    struct release *releases[SMALL_DATASET_COUNT] = {0};
    for (size_t i = 0; i < SMALL_DATASET_COUNT; i++) {
        if (texts[i])
            releases[i] = small_release(pack, texts[i]);
    }
    struct edition *edition = edition_score(pack, (const struct release *const *)releases, fault);
    for (size_t i = 0; i < SMALL_DATASET_COUNT; i++) {
        if (releases[i])
            release_destroy(&releases[i]);
    }
    return edition;
}

static inline struct edition *small_edition(const struct pack *pack) {
    struct fault fault = {0};
    struct edition *edition = small_edition_of(pack, SMALL_PAY, SMALL_JOBS, SMALL_SOOT, &fault);
    ck_assert_msg(edition != NULL, "%s", fault.text);
    return edition;
}

#endif
