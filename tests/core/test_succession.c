#include "tests/suite.h"

#include "core/succession.h"
#include "tests/core/small_pack.h"

#define HEADER "date,old_code,new_code,weight,kind\n"

/* E01 became E02 in 2010; E02 and E03 E04 in 2015; E04 was split into E05 and E06 in 2020, when a
 * few people of E07 moved to E06. */
#define CHANGES                                                                                    \
    HEADER "2010,E01,E02,,recode\n"                                                                \
           "2015-04-01,E02,E04,30,merge\n"                                                         \
           "2015-04-01,E03,E04,70,merge\n"                                                         \
           "2020-04-01,E04,E05,40,split\n"                                                         \
           "2020-04-01,E04,E06,60,split\n"                                                         \
           "2020-04-01,E07,E06,5,transfer\n"

static struct pack *pack;
static struct succession succession;

static size_t code(const char *text) {
    return geography_code(pack->geography, text);
}

static void begin(void) {
    struct fault fault = {0};
    pack = small_pack();
    ck_assert_msg(
        succession_read(pack->geography, small_table("changes.csv", CHANGES), &succession, &fault),
        "%s", fault.text);
}

static void end(void) {
    pack_destroy(&pack);
}

static struct parts one(const char *text, double people) {
    return (struct parts){.part = {{code(text), people}}, .n = 1};
}

static void is_part(const struct parts *parts, size_t i, const char *text, double people) {
    ck_assert_uint_lt(i, parts->n);
    ck_assert_str_eq(pack->geography->codes[parts->part[i].code].code, text);
    ck_assert(parts->part[i].people == people);
}

START_TEST(a_day_is_a_day_or_the_last_of_its_year) {
    int32_t day = 0;
    ck_assert(day_read("2023-04-01", 10, &day) && day == 20230401);
    ck_assert(day_read("2012", 4, &day) && day == 20121231);
    ck_assert(!day_read("2023-02-30", 10, &day));
    ck_assert(!day_read("2023-04", 7, &day));
    ck_assert(!day_read("2023-24", 7, &day));
    ck_assert(!day_read("", 0, &day));
    ck_assert(!day_read("0999", 4, &day));
    ck_assert(!day_read("April 2023", 10, &day)); /* a period, and no day */
    ck_assert(!day_read("2023-12/31", 10, &day));
    ck_assert(!day_read("2023-04-0x", 10, &day));
}
END_TEST

START_TEST(a_code_stands_from_its_beginning_to_its_end) {
    ck_assert(succession_in_force(&succession, code("E01"), 20101230));
    ck_assert(!succession_in_force(&succession, code("E02"), 20101230));
    ck_assert(!succession_in_force(&succession, code("E01"), 20101231));
    ck_assert(succession_in_force(&succession, code("E02"), 20101231));
    ck_assert(succession_in_force(&succession, code("E03"), 20150331));
    ck_assert(!succession_in_force(&succession, code("E03"), 20150401));
    ck_assert(succession_in_force(&succession, code("E06"), 20200401));
    ck_assert(succession_in_force(&succession, code("E07"), 20250101)); /* a transfer ends none */
    ck_assert_int_eq(succession_since(&succession, code("E04")), 20150401);
    ck_assert_int_eq(succession_since(&succession, code("E03")), 0);
}
END_TEST

START_TEST(earlier_parts_are_found_day_by_day) {
    struct fault fault = {0};
    struct parts parts = one("E04", 105);
    size_t at = succession_until(&succession, 20190101);
    ck_assert_uint_eq(at, 3);
    ck_assert(succession_earlier(&succession, &at, &parts, &fault));
    ck_assert_uint_eq(parts.n, 2);
    is_part(&parts, 0, "E02", 30);
    is_part(&parts, 1, "E03", 70);
    ck_assert(succession_earlier(&succession, &at, &parts, &fault));
    is_part(&parts, 0, "E01", 30); /* a recode takes its people along */
    is_part(&parts, 1, "E03", 70);
    ck_assert(!succession_earlier(&succession, &at, &parts, &fault));
    ck_assert_int_eq(fault.kind, FAULT_NONE);
}
END_TEST

START_TEST(a_part_of_a_split_goes_back_to_the_whole_with_its_people) {
    struct fault fault = {0};
    struct parts parts = one("E06", 61);
    size_t at = succession_until(&succession, 20210401);
    ck_assert(succession_earlier(&succession, &at, &parts, &fault));
    ck_assert_uint_eq(parts.n, 1); /* nothing of E07, whose transfer is not followed */
    is_part(&parts, 0, "E04", 60);
}
END_TEST

START_TEST(later_parts_are_found_day_by_day) {
    struct fault fault = {0};
    struct parts parts = one("E03", 70);
    size_t at = succession_until(&succession, 20110101);
    ck_assert(succession_later(&succession, &at, &parts, &fault));
    ck_assert_uint_eq(parts.n, 1);
    is_part(&parts, 0, "E04", 70);
    ck_assert(succession_later(&succession, &at, &parts, &fault));
    ck_assert_uint_eq(parts.n, 2);
    is_part(&parts, 0, "E05", 40);
    is_part(&parts, 1, "E06", 60);
    ck_assert(!succession_later(&succession, &at, &parts, &fault));
    ck_assert_int_eq(fault.kind, FAULT_NONE);
}
END_TEST

static void refused(const char *rows, const char *expected) {
    struct fault fault = {0};
    struct succession out;
    char text[512];
    (void)snprintf(text, sizeof text, HEADER "%s", rows);
    ck_assert_msg(!succession_read(pack->geography, small_table("changes.csv", text), &out, &fault),
                  "accepted, expected: %s", expected);
    ck_assert_str_eq(fault.text, expected);
}

/* E05 comes back together, of which so many people are known. */
START_TEST(parts_that_come_together_are_one_whose_people_are_known_if_all_are) {
    struct fault fault = {0};
    static const char *const weights[] = {"2015,E01,E05,40,merge\n2015,E02,E05,60,merge\n",
                                          "2015,E01,E05,,merge\n2015,E02,E05,60,merge\n"};
    for (int known = 0; known < 2; known++) {
        char text[200];
        struct succession changes;
        (void)snprintf(text, sizeof text, HEADER "%s", weights[known]);
        ck_assert_msg(
            succession_read(pack->geography, small_table("changes.csv", text), &changes, &fault),
            "%s", fault.text);
        struct parts parts = {.part = {{code("E01"), known ? 0 : 40}, {code("E02"), 60}}, .n = 2};
        size_t at = 0;
        ck_assert(succession_later(&changes, &at, &parts, &fault));
        ck_assert_uint_eq(parts.n, 1);
        is_part(&parts, 0, "E05", known ? 0 : 100);
    }
}
END_TEST

START_TEST(an_area_of_too_many_parts_is_a_fault) {
    struct fault fault = {0};
    struct parts parts = {.n = PARTS_MAX};
    for (size_t i = 0; i < PARTS_MAX; i++)
        parts.part[i] = (struct part){1000 + i, 0}; /* codes that nothing touches */
    parts.part[0] = (struct part){code("E04"), 0};
    size_t at = succession_until(&succession, 20190101);
    ck_assert(!succession_earlier(&succession, &at, &parts, &fault));
    ck_assert_str_eq(fault.text, "an area of more than 256 parts by the changes");
    fault = (struct fault){0};
    parts.part[0] = (struct part){code("E04"), 0};
    ck_assert(!succession_later(&succession, &at, &parts, &fault));
    ck_assert_int_eq(fault.kind, FAULT_NONE == fault.kind ? FAULT_NONE : FAULT_INPUT);
}
END_TEST

START_TEST(rows_that_cannot_be_are_refused) {
    refused("2010-13-01,E01,E02,,recode\n",
            "changes.csv:2:1: expected a day such as 2023-04-01, or a year, found '2010-13-01'");
    refused("2010,X,E02,,recode\n",
            "changes.csv:2:6: expected a code of the code table, found 'X'");
    refused("2010,E01,X,,recode\n",
            "changes.csv:2:10: expected another code of the code table, found 'X'");
    refused("2010,E01,E02,many,merge\n",
            "changes.csv:2:14: expected people, a number above 0, or nothing, found 'many'");
    refused("2010,E01,E01,,recode\n",
            "changes.csv:2:10: expected another code of the code table, found 'E01'");
    refused("2010,E01,E02,0,merge\n",
            "changes.csv:2:14: expected people, a number above 0, or nothing, found '0'");
    refused("2010,E01,E02,,rename\n",
            "changes.csv:2:15: expected recode, merge, split or transfer, found 'rename'");
}
END_TEST

START_TEST(a_code_begins_once_and_ends_once) {
    refused("2010,E01,E02,,recode\n2011,E01,E03,,merge\n",
            "changes.csv:3: a second end of the code 'E01'");
    refused("2010,E01,E02,1,split\n2011,E01,E03,1,split\n",
            "changes.csv:3: a second end of the code 'E01'");
    refused("2010,E01,E02,1,merge\n2010,E01,E03,1,split\n",
            "changes.csv:3: a second end of the code 'E01'");
    refused("2010,E01,E02,1,split\n2010,E01,E02,1,split\n",
            "changes.csv:3: a second end of the code 'E01'");
    refused("2010,E01,E03,,recode\n2010,E02,E03,,merge\n",
            "changes.csv:3: a second beginning of the code 'E03'");
    refused("2010,E01,E03,,merge\n2011,E02,E03,,merge\n",
            "changes.csv:3: a second beginning of the code 'E03'");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("succession");
    TCase *t = tcase_create("succession");
    tcase_add_checked_fixture(t, begin, end);
    tcase_add_test(t, a_day_is_a_day_or_the_last_of_its_year);
    tcase_add_test(t, a_code_stands_from_its_beginning_to_its_end);
    tcase_add_test(t, earlier_parts_are_found_day_by_day);
    tcase_add_test(t, a_part_of_a_split_goes_back_to_the_whole_with_its_people);
    tcase_add_test(t, later_parts_are_found_day_by_day);
    tcase_add_test(t, parts_that_come_together_are_one_whose_people_are_known_if_all_are);
    tcase_add_test(t, an_area_of_too_many_parts_is_a_fault);
    tcase_add_test(t, rows_that_cannot_be_are_refused);
    tcase_add_test(t, a_code_begins_once_and_ends_once);
    suite_add_tcase(suite, t);
    return suite_main(suite);
}
