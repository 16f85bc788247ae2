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

#define OWN(id) "  - {id: " id ", title: T, publisher: P, licence: L}\n"
