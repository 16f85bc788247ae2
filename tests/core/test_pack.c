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
    tcase_add_test(tests, tables_of_changes_and_aliases_must_be_there_when_they_are_named);
    tcase_add_test(tests, boundaries_are_a_part_of_the_pack);
    tcase_add_test(tests, boundaries_that_cannot_be_are_refused);
    tcase_add_test(tests, a_description_that_cannot_be_is_refused);
    tcase_add_test(tests, a_level_that_is_like_none_gets_no_suggestion);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
