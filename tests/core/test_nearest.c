#include "core/nearest.h"
#include "tests/suite.h"

static const char *const known[] = {"ranks",     "releases", "spend",  "growth",
                                    "Blackpool", "Burnley",  "status", "health"};

static const char *nearest_to(const char *word) {
    struct nearest near = {.word = word};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        nearest_offer(&near, known[i]);
    return near.best;
}

START_TEST(a_slip_finds_its_word) {
    ck_assert_str_eq(nearest_to("rank"), "ranks");
    ck_assert_str_eq(nearest_to("grwth"), "growth");
    ck_assert_str_eq(nearest_to("blackpol"), "Blackpool"); /* letter case aside */
    ck_assert_str_eq(nearest_to("Brunley"), "Burnley");
    ck_assert_str_eq(nearest_to("rel"), "releases"); /* the beginning of one */
    struct nearest near = {.word = "nwe"};           /* of three letters two, but one slip */
    nearest_offer(&near, "new");
    ck_assert_str_eq(near.best, "new");
    ck_assert_uint_eq(near.distance, 1);
}
END_TEST

START_TEST(what_is_far_finds_nothing) {
    ck_assert_ptr_null(nearest_to("xy"));
    ck_assert_ptr_null(nearest_to("Atlantis"));
    ck_assert_ptr_null(nearest_to(""));
    ck_assert_ptr_null(nearest_to("a word of more than sixty-four letters, which nobody has typed "
                                  "by mistake for another one"));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("nearest");
    TCase *tests = tcase_create("nearest");
    tcase_add_test(tests, a_slip_finds_its_word);
    tcase_add_test(tests, what_is_far_finds_nothing);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
