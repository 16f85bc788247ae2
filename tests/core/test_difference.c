#include "tests/suite.h"

#include "core/difference.h"
#include "core/status.h"
#include "tests/core/small_pack.h"

#include <math.h>

static struct pack *pack;
static struct release *older, *newer;
static struct difference *difference;

static void compare(const char *was, const char *is, bool shared) {
    struct fault fault = {0};
    pack = small_pack();
    older = small_release(pack, was);
    newer = small_release(pack, is);
    difference = difference_between(older, newer, shared, &fault);
    ck_assert_msg(difference != NULL, "%s", fault.text);
}

static void done(void) {
    difference_destroy(&difference);
    ck_assert_ptr_null(difference);
    difference_destroy(&difference);
    release_destroy(&older);
    release_destroy(&newer);
    pack_destroy(&pack);
}

#define HEAD "area_code,period,value,status\n"

static void check_counts(unsigned added, unsigned removed, unsigned changed, unsigned statuses,
                         unsigned same) {
    ck_assert_uint_eq(difference->added, added);
    ck_assert_uint_eq(difference->removed, removed);
    ck_assert_uint_eq(difference->changed, changed);
    ck_assert_uint_eq(difference->statuses, statuses);
    ck_assert_uint_eq(difference->same, same);
    ck_assert_uint_eq(difference->n_list, added + removed + changed + statuses);
}

START_TEST(a_release_does_not_differ_from_itself) {
    compare(SMALL_PAY, SMALL_PAY, false);
    check_counts(0, 0, 0, 0, 7);
    ck_assert(difference->largest == 0 && difference->median == 0);
    done();
}
END_TEST

START_TEST(every_kind_is_counted_and_the_largest_comes_first) {
    compare(HEAD "E01,2024,100,\nE02,2024,200,\nE03,2024,50,\nE04,2024,,[c]\nE05,2024,,[c]\n"
                 "E06,2024,0,\n",
            HEAD "E06,2024,2,\nE01,2024,110,\nE02,2024,100,\nE04,2024,,[x]\nE05,2024,7,\n"
                 "E92,2024,1,\n",
            false);
    check_counts(1, 1, 3, 2, 0);
    ck_assert(difference->largest == 100);
    ck_assert(difference->largest_relative == 0.5); /* from 0 is no share of 0 */
    ck_assert(difference->median == 10);
    static const char *const areas[] = {"E06", "E02", "E01", "E04", "E05", "E92", "E03"};
    static const char *const kinds[] = {"changed", "changed", "changed", "status",
                                        "status",  "added",   "removed"};
    for (size_t i = 0; i < 7; i++) {
        ck_assert_str_eq(difference->list[i].area, areas[i]);
        ck_assert_str_eq(value_change_name(difference->list[i].kind), kinds[i]);
        ck_assert_str_eq(difference->list[i].period, "2024");
    }
    ck_assert(difference->list[1].old_value == 200 && difference->list[1].new_value == 100);
    ck_assert_uint_eq(difference->list[3].old_status, STATUS_CONFIDENTIAL);
    ck_assert_uint_eq(difference->list[3].new_status, STATUS_NOT_AVAILABLE);
    ck_assert_uint_eq(difference->list[5].old_status, STATUS_ABSENT);
    ck_assert_uint_eq(difference->list[6].new_status, STATUS_ABSENT);
    ck_assert(difference->list[6].old_value == 50);
    done();
}
END_TEST

START_TEST(a_true_0_is_not_a_missing_figure) {
    compare(HEAD "E01,2024,0,\nE02,2024,,[x]\n", HEAD "E01,2024,,[x]\nE02,2024,0,\n", false);
    check_counts(0, 0, 0, 2, 0);
    done();
}
END_TEST

START_TEST(how_a_number_is_written_is_no_change) {
    compare(HEAD "E01,2024,30.01597,\nE02,2024,0.3,\nE03,2024,1,\n",
            HEAD "E01,2024,30.015970000000003,\nE02,2024,3e-1,\nE03,2024,1.0000001,\n", false);
    check_counts(0, 0, 1, 0, 2);
    done();
}
END_TEST

START_TEST(a_period_is_known_by_its_first_day_where_that_is_clear) {
    compare(HEAD "E01,2023,1,\nE01,2024,2,\n",
            HEAD "E01,2023-01-01/P1Y,1,\nE01,2024-01-01T00:00:00/P1Y,3,\n", false);
    check_counts(0, 0, 1, 0, 1);
    ck_assert_str_eq(difference->list[0].period, "2024-01-01T00:00:00/P1Y");
    done();
    /* A year and its first quarter begin on the same day: each goes with its namesake. */
    compare(HEAD "E01,2024,1,\nE01,2024 Q1,2,\n", HEAD "E01,2024 Q1,2,\nE01,2024,1,\n", false);
    check_counts(0, 0, 0, 0, 2);
    done();
    /* Which of the two the older one is cannot be told. */
    compare(HEAD "E01,2024-01,1,\n", HEAD "E01,2024 Q1,1,\nE01,2024,1,\n", false);
    check_counts(2, 1, 0, 0, 0);
    done();
}
END_TEST

START_TEST(kinds_of_change_have_names) {
    ck_assert_str_eq(value_change_name(VALUE_CHANGED), "changed");
    ck_assert_str_eq(value_change_name(VALUE_REMOVED), "removed");
    ck_assert_str_eq(value_change_name((enum value_change_kind)7), ""); /* of a version to come */
}
END_TEST

START_TEST(only_the_periods_of_both_are_compared_when_asked) {
    compare(HEAD "E01,2022,1,\nE01,2023,2,\nE02,2023,5,\n",
            HEAD "E01,2023,2.5,\nE03,2023,9,\nE01,2024,3,\n", true);
    check_counts(1, 1, 1, 0, 0);
    ck_assert_str_eq(difference->list[1].area, "E03");
    ck_assert_str_eq(difference->list[2].area, "E02");
    done();
}
END_TEST

START_TEST(the_counts_are_those_of_a_plain_comparison) {
    enum { AREAS = 7, PERIODS = 40 };
    static const char *const codes[AREAS] = {"E01", "E02", "E03", "E04", "E05", "E06", "E92"};
    static char was[AREAS * PERIODS * 24 + 64], is[AREAS * PERIODS * 24 + 64];
    uint64_t random = 88172645463325252u;
    for (int round = 0; round < 20; round++) {
        size_t a = (size_t)sprintf(was, HEAD), b = (size_t)sprintf(is, HEAD);
        unsigned counts[5] = {0};
        for (int i = 0; i < AREAS * PERIODS; i++) {
            const char *code = codes[i % AREAS];
            int year = 1980 + i / AREAS;
            unsigned old = (unsigned)suite_random(&random) % 4;
            unsigned new = (unsigned)suite_random(&random) % 4; /* 0: no row; 3: a mark */
            if (old)
                a += (size_t)sprintf(was + a, old == 3 ? "%s,%d,,[c]\n" : "%s,%d,%u,\n", code, year,
                                     old);
            if (new)
                b += (size_t)sprintf(is + b, new == 3 ? "%s,%d,,[c]\n" : "%s,%d,%u,\n", code, year,
                                     new);
            counts[0] += !old && new;
            counts[1] += old && !new;
            counts[2] += old && new &&old < 3 && new < 3 && old != new;
            counts[3] += old && new && (old == 3) != (new == 3);
            counts[4] += old && new &&old == new;
        }
        compare(was, is, false);
        check_counts(counts[0], counts[1], counts[2], counts[3], counts[4]);
        done();
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("difference");
    TCase *tests = tcase_create("difference");
    tcase_add_test(tests, a_release_does_not_differ_from_itself);
    tcase_add_test(tests, every_kind_is_counted_and_the_largest_comes_first);
    tcase_add_test(tests, a_true_0_is_not_a_missing_figure);
    tcase_add_test(tests, how_a_number_is_written_is_no_change);
    tcase_add_test(tests, a_period_is_known_by_its_first_day_where_that_is_clear);
    tcase_add_test(tests, kinds_of_change_have_names);
    tcase_add_test(tests, only_the_periods_of_both_are_compared_when_asked);
    tcase_add_test(tests, the_counts_are_those_of_a_plain_comparison);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
