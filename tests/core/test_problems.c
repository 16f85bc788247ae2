#include "core/fault.h"
#include "core/problems.h"
#include "tests/suite.h"

#include <stdio.h>
#include <string.h>

START_TEST(the_first_are_kept_and_all_are_counted_by_kind) {
    struct problems problems = {0};
    for (unsigned i = 0; i < 30; i++) {
        const struct problem_place place = {"f.csv", i % 2 ? "Sheet" : NULL, i + 1, 2};
        ck_assert(!problems_add_at(&problems, place, i % 3 ? "code" : "period", "number %u", i));
    }
    ck_assert_uint_eq(problems.total, 30);
    ck_assert_uint_eq(problems.n_kinds, 2);
    ck_assert_str_eq(problems.kinds[0].name, "period");
    ck_assert_uint_eq(problems.kinds[0].count, 10);
    ck_assert_uint_eq(problems.kinds[1].count, 20);
    const struct problem *last = &problems.kept[PROBLEMS_KEPT - 1];
    ck_assert_str_eq(last->reason, "number 19");
    ck_assert_str_eq(last->sheet, "Sheet");
    ck_assert_str_eq(problems.kept[0].sheet, "");
    ck_assert_uint_eq(last->line, 20);
}
END_TEST

START_TEST(of_too_many_kinds_the_last_takes_the_rest) {
    struct problems problems = {0};
    for (unsigned i = 0; i < PROBLEM_KINDS_MAX + 5; i++) {
        char kind[20];
        (void)snprintf(kind, sizeof kind, "kind %u", i);
        (void)problems_add_at(&problems, (struct problem_place){.file = "f"}, kind, "r");
    }
    ck_assert_uint_eq(problems.n_kinds, PROBLEM_KINDS_MAX);
    ck_assert_str_eq(problems.kinds[PROBLEM_KINDS_MAX - 1].name, "other");
    size_t sum = 0;
    for (size_t k = 0; k < problems.n_kinds; k++)
        sum += problems.kinds[k].count;
    ck_assert_uint_eq(sum, problems.total);
}
END_TEST

START_TEST(problems_of_two_files_add_up) {
    struct problems all = {0}, one = {0};
    for (unsigned i = 0; i < 15; i++)
        (void)problems_add(&one, "one.csv", i + 1, 0, "bad");
    problems_take(&all, &one);
    problems_take(&all, &one); /* of the second five are kept */
    ck_assert_uint_eq(all.total, 30);
    ck_assert_uint_eq(all.kept[PROBLEMS_KEPT - 1].line, 5);
    problems_take(&all, &one);
    ck_assert_uint_eq(all.total, 45);
    ck_assert_uint_eq(all.kinds[0].count, 45);
    ck_assert_uint_eq(all.kept[PROBLEMS_KEPT - 1].line, 5);
}
END_TEST

START_TEST(what_is_quoted_commands_no_terminal) {
    struct problems problems = {0};
    struct fault fault = {0};
    const struct problem_place place = {.file = "a\x1b[2J.csv", .sheet = "b\xc2\x9bm\n"};
    (void)problems_add_at(&problems, place, "code", "'%s'", "\xe2\x80\xaex\x7f\xff");
    ck_assert_str_eq(problems.kept[0].file, "a?[2J.csv");
    ck_assert_str_eq(problems.kept[0].sheet, "b??m ");
    ck_assert_str_eq(problems.kept[0].reason, "'\?\?\?x\?\?'");
    (void)fault_set(&fault, FAULT_INPUT, "'%s', caf\xc3\xa9", "\x1b]0;");
    (void)fault_within(&fault, "%s", "\x1b[1m");
    ck_assert_str_eq(fault.text, "?[1m: '?]0;', caf\xc3\xa9");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("problems");
    TCase *tests = tcase_create("problems");
    tcase_add_test(tests, the_first_are_kept_and_all_are_counted_by_kind);
    tcase_add_test(tests, of_too_many_kinds_the_last_takes_the_rest);
    tcase_add_test(tests, problems_of_two_files_add_up);
    tcase_add_test(tests, what_is_quoted_commands_no_terminal);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
