/* What a viewer keeps from turn to turn, and what it says where there is no hub. What it reads of
 * real editions is test_api.py's. */
#include "services/views/viewer_parts.h"
#include "tests/suite.h"

#include <string.h>

static struct viewer *viewer;

static void begin(void) {
    struct fault fault = {0};
    viewer = viewer_new("ipc:///tmp/mindex-test-nobody-is-here", NULL, NULL, &fault);
    ck_assert_msg(viewer != NULL, "%s", fault.text);
    viewer_turn(viewer);
}

static void end(void) {
    viewer_destroy(&viewer);
    ck_assert_ptr_null(viewer);
    viewer_destroy(&viewer); /* twice does no harm */
}

static void keep(const char *key) {
    struct fault fault = {0};
    ck_assert(viewer_keep(viewer, KEPT_CELLS, key, calloc(1, sizeof(struct cell)), &fault));
}

static size_t count(enum kept_kind kind) {
    size_t n = 0;
    for (const struct kept *kept = viewer->kept; kept; kept = kept->next)
        n += kept->kind == kind;
    return n;
}

START_TEST(what_was_used_least_recently_goes_first) {
    char key[32];
    for (int i = 0; i < 9; i++) {
        (void)snprintf(key, sizeof key, "pack %d", i);
        keep(key);
        viewer_turn(viewer);
        if (i >= 2)
            ck_assert_ptr_nonnull(viewer_find(viewer, KEPT_CELLS, "pack 2")); /* used each turn */
    }
    viewer_turn(viewer);
    ck_assert_uint_eq(count(KEPT_CELLS), 4);
    ck_assert_ptr_nonnull(viewer_find(viewer, KEPT_CELLS, "pack 2"));
    ck_assert_ptr_nonnull(viewer_find(viewer, KEPT_CELLS, "pack 8"));
    ck_assert_ptr_null(viewer_find(viewer, KEPT_CELLS, "pack 5"));
    ck_assert_ptr_null(viewer_find(viewer, KEPT_VIEW, "pack 2"));
}
END_TEST

START_TEST(a_turn_keeps_all_that_it_was_given) {
    char key[32];
    for (int i = 0; i < 40; i++) {
        (void)snprintf(key, sizeof key, "pack %d", i);
        keep(key);
    }
    ck_assert_uint_eq(count(KEPT_CELLS), 40);
    for (int i = 0; i < 40; i++) {
        (void)snprintf(key, sizeof key, "pack %d", i);
        ck_assert_ptr_nonnull(viewer_find(viewer, KEPT_CELLS, key));
    }
    viewer_turn(viewer);
    ck_assert_uint_eq(count(KEPT_CELLS), 4);
}
END_TEST

START_TEST(what_is_of_one_turn_goes_with_it) {
    struct fault fault = {0};
    ck_assert(viewer_keep(viewer, KEPT_HISTORY, "", calloc(1, sizeof(struct history)), &fault));
    viewer_turn(viewer);
    ck_assert_uint_eq(count(KEPT_HISTORY), 0);
}
END_TEST

START_TEST(what_could_not_be_made_is_not_kept) {
    struct fault fault = {0};
    ck_assert(!viewer_keep(viewer, KEPT_CELLS, "pack", NULL, &fault));
    ck_assert_int_eq(fault.kind, FAULT_MEMORY);
    ck_assert_uint_eq(count(KEPT_CELLS), 0);
}
END_TEST

START_TEST(without_a_hub_it_is_the_system_that_is_at_fault) {
    struct fault fault = {0};
    ck_assert_ptr_null(viewer_edition(viewer, 0, &fault));
    ck_assert_int_eq(fault.kind, FAULT_SYSTEM);
    ck_assert_uint_eq(count(KEPT_VIEW), 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("viewer");
    TCase *tests = tcase_create("viewer");
    zsys_handler_set(NULL);
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, what_was_used_least_recently_goes_first);
    tcase_add_test(tests, a_turn_keeps_all_that_it_was_given);
    tcase_add_test(tests, what_is_of_one_turn_goes_with_it);
    tcase_add_test(tests, what_could_not_be_made_is_not_kept);
    tcase_add_test(tests, without_a_hub_it_is_the_system_that_is_at_fault);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
