/* The harness itself: it notices whoever does not heed an allocation that failed. */
#include "core/arena.h"
#include "tests/memory/failing_memory.h"
#include "tests/suite.h"

#include <stdio.h>
#include <string.h>

static bool careful(const void *given, struct fault *fault) {
    (void)given;
    struct arena *arena = arena_new();
    void *small = arena ? arena_alloc(arena, 1, 8) : NULL;
    char *copy = small ? arena_copy(arena, "text", 4) : NULL;
    char *block = copy ? malloc(10) : NULL;
    char *more = block ? realloc(block, 1000) : NULL;
    free(more ? more : block);
    if (arena)
        arena_destroy(&arena);
    return more || fault_memory(fault);
}

static bool leaks(const void *given, struct fault *fault) {
    (void)given;
    char *volatile a = malloc(10), *volatile b = malloc(10);
    if (!a || !b)
        return fault_memory(fault);
    free(a);
    free(b);
    return true;
}

static bool goes_on(const void *given, struct fault *fault) {
    (void)given, (void)fault;
    char *volatile a = calloc(10, 1);
    free(a);
    return true;
}

static bool gives_another_reason(const void *given, struct fault *fault) {
    (void)given;
    char *volatile a = calloc(10, 1);
    bool got = a != NULL;
    free(a);
    return got || fault_set(fault, FAULT_INPUT, "the memory of the file is wrong");
}

static bool asks_in_the_c_library(const void *given, struct fault *fault) {
    (void)given;
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    if (!file)
        return fault_memory(fault);
    bool good = fputs("text", file) >= 0;
    good = fclose(file) == 0 && text && good; /* fclose does not tell that the last growth failed */
    char *again = good ? strdup(text) : NULL;
    free(text);
    free(again);
    return again || fault_memory(fault);
}

START_TEST(each_allocation_of_careful_work_fails_once_alone_and_once_with_all_after_it) {
    char why[FAILING_WHY] = "";
    /* arena_new, arena_alloc and the chunk behind it, arena_copy, malloc, realloc. */
    ck_assert_msg(failing_memory_runs(careful, NULL, why) == 6, "%s", why);
}
END_TEST

START_TEST(what_the_c_library_allocates_for_us_fails_too) {
    char why[FAILING_WHY] = "";
    ck_assert_msg(failing_memory_runs(asks_in_the_c_library, NULL, why) >= 2, "%s", why);
}
END_TEST

START_TEST(a_leak_is_noticed) {
    if (!failing_memory_sees_leaks()) {
        puts("skipped: a_leak_is_noticed, as the sanitizer is the one to notice it");
        return;
    }
    char why[FAILING_WHY] = "";
    ck_assert_uint_eq(failing_memory_runs(leaks, NULL, why), 0);
    ck_assert_msg(strstr(why, "not all was freed") != NULL, "%s", why);
}
END_TEST

START_TEST(a_failure_that_is_not_told_is_noticed) {
    char why[FAILING_WHY] = "";
    ck_assert_uint_eq(failing_memory_runs(goes_on, NULL, why), 0);
    ck_assert_msg(strstr(why, "it went well all the same") != NULL, "%s", why);
}
END_TEST

START_TEST(a_failure_that_is_told_as_something_else_is_noticed) {
    char why[FAILING_WHY] = "";
    ck_assert_uint_eq(failing_memory_runs(gives_another_reason, NULL, why), 0);
    ck_assert_msg(strstr(why, "that is not the reason") != NULL, "%s", why);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("failing memory");
    TCase *tcase = tcase_create("harness");
    tcase_add_test(tcase,
                   each_allocation_of_careful_work_fails_once_alone_and_once_with_all_after_it);
    tcase_add_test(tcase, what_the_c_library_allocates_for_us_fails_too);
    tcase_add_test(tcase, a_leak_is_noticed);
    tcase_add_test(tcase, a_failure_that_is_not_told_is_noticed);
    tcase_add_test(tcase, a_failure_that_is_told_as_something_else_is_noticed);
    suite_add_tcase(suite, tcase);
    return suite_main(suite);
}
