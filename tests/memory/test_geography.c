/* A geography of several vintages, and figures brought to it, with each allocation failing in
 * turn. */
#include "core/own_codes.h"
#include "core/release.h"
#include "core/status.h"
#include "tests/core/small_pack.h"
#include "tests/memory/failing_memory.h"
#include "tests/suite.h"

static struct pack *pack;

static void begin(void) {
    pack = small_pack();
}

static void end(void) {
    pack_destroy(&pack);
}

/* E04 alone stands in 2021. */
#define DEFINITION                                                                                 \
    "index: small\ntitle: A small index\n"                                                         \
    "areas: {table: areas.csv, geography: geography.csv, codes: codes.csv, changes: "              \
    "changes.csv,\n"                                                                               \
    "  vintage: 2021-04-01}\nbands: 5\n" SMALL_LEVELS SMALL_TREE SMALL_DATASETS

#define CHANGES                                                                                    \
    "date,old_code,new_code,weight,kind\n"                                                         \
    "2010,E01,E02,,recode\n"                                                                       \
    "2015-04-01,E02,E04,30,merge\n2015-04-01,E03,E04,70,merge\n"                                   \
    "2025-04-01,E04,E05,40,split\n2025-04-01,E04,E06,60,split\n"                                   \
    "2025-04-01,E07,E06,5,transfer\n"

static bool read_geography(const void *definition, struct fault *fault) {
    const struct geography_tables tables = {
        .areas = small_table("areas.csv", SMALL_AREAS),
        .geography = small_table("geography.csv", SMALL_GEOGRAPHY),
        .codes = small_table("codes.csv", SMALL_CODES),
        .changes = small_table("changes.csv", CHANGES),
        .aliases = small_table("aliases.csv", "name,code\nAshes,E01\n")};
    struct geography *out = geography_read(definition, &tables, fault);
    bool good = out != NULL;
    geography_destroy(&out);
    return good;
}

START_TEST(a_geography_of_several_vintages) {
    struct fault fault = {0};
    struct definition *definition =
        definition_read("d.yaml", DEFINITION, strlen(DEFINITION), &fault);
    ck_assert_msg(definition != NULL, "%s", fault.text);
    each_allocation_fails(read_geography, definition);
    definition_destroy(&definition);
}
END_TEST

static bool make_own_codes(const void *areas, struct fault *fault) {
    struct geography_tables tables = {.areas = small_table("areas.csv", areas)};
    bool good = own_codes_make(&tables, fault);
    own_codes_free(&tables);
    return good;
}

START_TEST(the_codes_of_areas_that_publish_for_themselves) {
    each_allocation_fails(make_own_codes, SMALL_AREAS);
}
END_TEST

static bool bring(const void *release, struct fault *fault) {
    double value[SMALL_AREA_COUNT];
    uint8_t status[SMALL_AREA_COUNT], rule[SMALL_AREA_COUNT];
    struct column out = {.value = value, .status = status, .rule = rule};
    return release_to_areas(release, release_newest(release), pack->geography,
                            &pack->definition->datasets[D_JOBS], &out, fault);
}

START_TEST(figures_brought_to_areas) {
    struct release *release = small_release(pack, SMALL_JOBS);
    each_allocation_fails(bring, release);
    release_destroy(&release);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("geography without memory");
    TCase *tests = tcase_create("geography");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, a_geography_of_several_vintages);
    tcase_add_test(tests, the_codes_of_areas_that_publish_for_themselves);
    tcase_add_test(tests, figures_brought_to_areas);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
