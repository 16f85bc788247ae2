#include "tests/suite.h"

#include "core/description.h"
#include "tests/core/small_pack.h"

/* The small pack whose pay has a description, without some of its files. */
#define DESCRIBED                                                                                  \
    "datasets:\n"                                                                                  \
    "  - {id: pay, title: T, publisher: P, licence: L, level: lad, vintage: \"2021\",\n"           \
    "     description: pay.yaml}\n" SMALL_DATASET("county-jobs", "county")                         \
        SMALL_DATASET("soot", "lad") SMALL_DATASET("money", "region")
#define AREAS_KEYS "areas: {table: areas.csv, geography: geography.csv, codes: codes.csv, "

static struct pack *read_without(const char *definition, const char *description,
                                 const char *without, struct fault *fault) {
    const struct table_file all[] = {
        small_table("index.yaml", definition),         small_table("areas.csv", SMALL_AREAS),
        small_table("geography.csv", SMALL_GEOGRAPHY), small_table("codes.csv", SMALL_CODES),
        small_table("pay.yaml", description),
    };
    struct table_file files[5];
    size_t n = 0;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (strcmp(all[i].name, without) != 0)
            files[n++] = all[i];
    }
    *fault = (struct fault){0};
    return pack_read("index.yaml", files, n, fault);
}

static const char described[] = SMALL_HEAD SMALL_LEVELS SMALL_TREE DESCRIBED;
static const char columns[] = "layouts: [{columns: {code: c, period: p, value: v}}]\n";

START_TEST(a_description_is_a_part_of_the_pack) {
    struct fault fault;
    struct pack *pack = read_without(described, columns, "", &fault);
    ck_assert_msg(pack != NULL, "%s", fault.text);
    ck_assert(pack->descriptions[D_PAY] && !pack->descriptions[D_SOOT]);
    pack_destroy(&pack);
    pack = read_without(described,
                        "level: county\nlayouts: [{columns: {code: c, period: p, value: v}}]\n", "",
                        &fault);
    ck_assert_msg(pack != NULL, "%s", fault.text);
    ck_assert_str_eq(pack->descriptions[D_PAY]->level, "county");
    pack_destroy(&pack);
}
END_TEST

START_TEST(each_file_that_is_named_must_be_there) {
    static const char *const names[] = {"index.yaml", "areas.csv", "geography.csv", "codes.csv",
                                        "pay.yaml"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct fault fault;
        char expected[100];
        (void)snprintf(expected, sizeof expected, "the pack has no file '%s'", names[i]);
        ck_assert_ptr_null(read_without(described, columns, names[i], &fault));
        ck_assert_int_eq(fault.kind, FAULT_INPUT);
        ck_assert_msg(strncmp(fault.text, expected, strlen(expected)) == 0, "%s", fault.text);
    }
}
END_TEST

START_TEST(tables_of_changes_and_aliases_must_be_there_when_they_are_named) {
    struct fault fault;
    static const char with_changes[] =
        "index: s\ntitle: S\n" AREAS_KEYS "changes: history.csv, vintage: 2021-04-01}\n"
        "bands: 5\n" SMALL_LEVELS SMALL_TREE DESCRIBED;
    static const char with_aliases[] = "index: s\ntitle: S\n" AREAS_KEYS "aliases: nicknames.csv}\n"
                                       "bands: 5\n" SMALL_LEVELS SMALL_TREE DESCRIBED;
    ck_assert_ptr_null(read_without(with_changes, columns, "", &fault));
    ck_assert_str_eq(fault.text, "the pack has no file 'history.csv'");
    ck_assert_ptr_null(read_without(with_aliases, columns, "", &fault));
    ck_assert_str_eq(fault.text, "the pack has no file 'nicknames.csv'");
}
END_TEST

/* A pack of a definition and a table of areas alone: each publishes under its own code. */
static struct pack *read_own(const char *keys, const char *areas, const char *datasets,
                             struct fault *fault) {
    char definition[4096];
    (void)snprintf(definition, sizeof definition,
                   "index: s\ntitle: S\nareas: {table: areas.csv%s}\nbands: 5\n%s%s", keys,
                   SMALL_LEVELS SMALL_TREE, datasets);
    const struct table_file files[] = {small_table("index.yaml", definition),
                                       small_table("areas.csv", areas)};
    *fault = (struct fault){0};
    return pack_read("index.yaml", files, 2, fault);
}

#define OWN(id)      "  - {id: " id ", title: T, publisher: P, licence: L}\n"
#define OWN_DATASETS "datasets:\n" OWN("pay") OWN("county-jobs") OWN("soot")

START_TEST(areas_without_tables_of_codes_publish_under_their_own) {
    struct fault fault;
    struct pack *pack = read_own(", exclude: [E07]", SMALL_AREAS, OWN_DATASETS, &fault);
    ck_assert_msg(pack != NULL, "%s", fault.text);
    const struct geography *g = pack->geography;
    ck_assert_uint_eq(g->n_areas, SMALL_AREA_COUNT);
    ck_assert_uint_eq(g->n_codes, SMALL_AREA_COUNT + 1);
    ck_assert_uint_eq(g->n_levels, 1);
    ck_assert_str_eq(g->levels[0], "area");
    ck_assert_str_eq(pack->definition->datasets[D_PAY].vintage, "");
    for (size_t a = 0; a < g->n_areas; a++) {
        ck_assert_uint_eq(g->first[a + 1] - g->first[a], 1);
        const struct source *source = &g->sources[g->first[a]];
        ck_assert_str_eq(g->codes[source->code].code, g->areas[a].code);
        ck_assert_str_eq(g->codes[source->code].name, g->areas[a].name);
        ck_assert_double_eq(g->codes[source->code].population, g->areas[a].population);
        ck_assert_int_eq(source->rule, RULE_DIRECT);
    }
    pack_destroy(&pack);
}
END_TEST

START_TEST(what_is_wrong_with_areas_of_own_codes_is_told_with_its_place) {
    static const struct {
        const char *keys, *areas, *datasets, *reason;
    } wrong[] = {
        {"", SMALL_AREAS "E01,Ash,R1,North,district,1,-1,54\n", OWN_DATASETS,
         "areas.csv:9: a second row for the code 'E01'"},
        {"", SMALL_AREAS_HEADER "E01,\"Ash, the\",R1,North,district,0,-1,54\n", OWN_DATASETS,
         "areas.csv:2:34: expected a population above 0, found '0'"},
        {"", SMALL_AREAS_HEADER ",Ash,R1,North,district,1,-1,54\n", OWN_DATASETS,
         "areas.csv:2:1: expected text, found ''"},
        {"", SMALL_AREAS_HEADER, OWN_DATASETS, "areas.csv: no rows"},
        {"", SMALL_AREAS, "datasets:\n" SMALL_DATASET("pay", "arae") OWN("county-jobs") OWN("soot"),
         "index.yaml: dataset 'pay' is of level 'arae', which 'areas.csv' does not have: did you "
         "mean 'area'?"},
        {", codes: codes.csv", SMALL_AREAS, OWN_DATASETS,
         "index.yaml:3:8: 'areas': 'codes' and 'geography' go together"},
        {", changes: c.csv, vintage: 2023-04-01", SMALL_AREAS, OWN_DATASETS,
         "index.yaml:3:8: 'areas': 'codes' and 'geography' go together, and 'changes' needs them"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct fault fault;
        ck_assert_ptr_null(read_own(wrong[i].keys, wrong[i].areas, wrong[i].datasets, &fault));
        ck_assert_str_eq(fault.text, wrong[i].reason);
    }
}
END_TEST

static struct pack *read_with_boundaries(const char *keys, const char *boundaries,
                                         struct fault *fault) {
    char definition[4096];
    (void)snprintf(definition, sizeof definition, "index: s\ntitle: S\n" AREAS_KEYS "%s}\n%s", keys,
                   "bands: 5\n" SMALL_LEVELS SMALL_TREE SMALL_DATASETS);
    const struct table_file files[] = {
        small_table("index.yaml", definition),         small_table("areas.csv", SMALL_AREAS),
        small_table("geography.csv", SMALL_GEOGRAPHY), small_table("codes.csv", SMALL_CODES),
        small_table("outlines.csv", boundaries),
    };
    *fault = (struct fault){0};
    return pack_read("index.yaml", files, 5, fault);
}

#define RING(code) code ",1,0 50 1 50 1 51\n"
#define OUTLINES                                                                                   \
    "area_code,ring,points\n" RING("E01") RING("E02") RING("E03") RING("E04") RING("E05")          \
        RING("E06")

START_TEST(boundaries_are_a_part_of_the_pack) {
    struct fault fault;
    static const char keys[] =
        "exclude: [E07], boundaries: outlines.csv, boundaries-credit: Drawn by hand";
    struct pack *pack = read_with_boundaries(keys, OUTLINES, &fault);
    ck_assert_msg(pack != NULL, "%s", fault.text);
    ck_assert_uint_eq(pack->boundaries->n_shapes, 6);
    ck_assert_str_eq(pack->boundaries->credit, "Drawn by hand");
    ck_assert(definition_names_file(pack->definition, "outlines.csv"));
    pack_destroy(&pack);
    pack = read_with_boundaries("exclude: [E07]", OUTLINES, &fault);
    ck_assert_msg(pack != NULL, "%s", fault.text);
    ck_assert_ptr_null(pack->boundaries);
    pack_destroy(&pack);
}
END_TEST

START_TEST(boundaries_that_cannot_be_are_refused) {
    static const struct {
        const char *keys, *reason;
    } wrong[] = {
        {"boundaries: outlines.csv",
         "outlines.csv: no boundary of the area 'E07' of 'areas.csv'"}, /* which is not excluded */
        {"boundaries: outline.csv",
         "the pack has no file 'outline.csv': did you mean 'outlines.csv'?"},
        {"boundaries: codes.csv", "codes.csv:1:1: expected the column 'area_code', found 'code'"},
        {"boundaries-credit: Me",
         "index.yaml:3:90: 'boundaries-credit' needs 'boundaries', the table that it is about"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct fault fault;
        ck_assert_ptr_null(read_with_boundaries(wrong[i].keys, OUTLINES, &fault));
        ck_assert_str_eq(fault.text, wrong[i].reason);
    }
}
END_TEST

START_TEST(a_description_that_cannot_be_is_refused) {
    struct fault fault;
    ck_assert_ptr_null(read_without(described, "layouts: []\n", "", &fault));
    ck_assert_str_eq(fault.text, "pay.yaml:1:10: 'layouts': expected 1 to 50, found 0");
    ck_assert_ptr_null(read_without(
        described, "level: parish\nlayouts: [{columns: {code: c, period: p, value: v}}]\n", "",
        &fault));
    ck_assert_str_eq(fault.text, "pay.yaml: the level 'parish' is none that 'geography.csv' has");
}
END_TEST

START_TEST(a_level_that_is_like_none_gets_no_suggestion) {
    struct fault fault;
    static const char other[] =
        SMALL_HEAD SMALL_LEVELS SMALL_TREE "datasets:\n" SMALL_DATASET("pay", "constituency")
            SMALL_DATASET("county-jobs", "county") SMALL_DATASET("soot", "lad");
    ck_assert_ptr_null(read_without(other, columns, "", &fault));
    ck_assert_str_eq(fault.text, "index.yaml: dataset 'pay' is of level 'constituency', which "
                                 "'geography.csv' does not have");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("pack");
    TCase *tests = tcase_create("pack");
    tcase_add_test(tests, a_description_is_a_part_of_the_pack);
    tcase_add_test(tests, each_file_that_is_named_must_be_there);
    tcase_add_test(tests, areas_without_tables_of_codes_publish_under_their_own);
    tcase_add_test(tests, what_is_wrong_with_areas_of_own_codes_is_told_with_its_place);
    tcase_add_test(tests, tables_of_changes_and_aliases_must_be_there_when_they_are_named);
    tcase_add_test(tests, boundaries_are_a_part_of_the_pack);
    tcase_add_test(tests, boundaries_that_cannot_be_are_refused);
    tcase_add_test(tests, a_description_that_cannot_be_is_refused);
    tcase_add_test(tests, a_level_that_is_like_none_gets_no_suggestion);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
