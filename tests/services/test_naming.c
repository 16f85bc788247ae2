#include "services/ingestion/naming.h"
#include "tests/core/small_pack.h"
#include "tests/suite.h"

static const struct {
    const char *path, *dataset, *label;
} names[] = {
    {"soot-2026.csv", "soot", "2026"},
    {"soot_2026.csv", "soot", "2026"},
    {"soot 2026 June.csv", "soot", "2026 June"},
    {"soot.2026.csv", "soot", "2026"},
    {"soot.csv", "soot", ""},
    {"soot", "soot", ""},
    {"county-jobs-2024-q1.csv", "county-jobs", "2024-q1"},
    {"data/soot/2026.csv", "soot", "2026"},
    {"soot/soot-2026.csv", "soot", "2026"},
    {"inbox/pay/soot-2026.csv", "soot", "2026"}, /* the file's own name speaks first */
    {"sooty-2026.csv", NULL, ""},
    {"2026-soot.csv", NULL, ""},
    {"sooty/2026.csv", NULL, ""},
    {"", NULL, ""},
    {".csv", NULL, ""},
};

START_TEST(a_files_name_tells_its_dataset_and_label) {
    struct pack *pack = small_pack();
    struct naming naming = naming_of(pack->definition, names[_i].path);
    if (names[_i].dataset) {
        ck_assert_uint_ne(naming.dataset, NO_DATASET);
        ck_assert_str_eq(pack->definition->datasets[naming.dataset].id, names[_i].dataset);
    } else {
        ck_assert_uint_eq(naming.dataset, NO_DATASET);
    }
    ck_assert_str_eq(naming.label, names[_i].label);
    pack_destroy(&pack);
}
END_TEST

START_TEST(an_endless_label_is_cut) {
    struct pack *pack = small_pack();
    char name[1000] = "soot-";
    memset(name + 5, 'x', sizeof name - 6);
    name[sizeof name - 1] = '\0';
    struct naming naming = naming_of(pack->definition, name);
    ck_assert_uint_eq(naming.dataset, D_SOOT);
    ck_assert_uint_eq(strlen(naming.label), NAMING_LABEL - 1);
    pack_destroy(&pack);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("naming");
    TCase *tests = tcase_create("naming");
    tcase_add_loop_test(tests, a_files_name_tells_its_dataset_and_label, 0,
                        sizeof names / sizeof *names);
    tcase_add_test(tests, an_endless_label_is_cut);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
