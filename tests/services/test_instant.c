/* Points in time as people write them. */
#include "services/bus/instant.h"
#include "tests/suite.h"

#include <string.h>

static const struct {
    const char *text;
    uint64_t ms;
    const char *back; /* as it is written */
} good[] = {
    {"1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00Z"},
    {"2026-11-25T09:30:00Z", 1795599000000, "2026-11-25T09:30:00Z"},
    {"2026-06-25T09:30:00+01:00", 1782376200000, "2026-06-25T08:30:00Z"},
    {"2024-02-29T23:59:59.25-05:30", 1709270999250, "2024-03-01T05:29:59.250Z"},
    {"2026-11-25T09:30:00.0019Z", 1795599000001, "2026-11-25T09:30:00.001Z"},
    {"2026-11-25T09:30:00+00:00", 1795599000000, "2026-11-25T09:30:00Z"},
};

START_TEST(a_time_with_its_offset_is_read_and_written) {
    struct fault fault = {0};
    uint64_t ms;
    char text[INSTANT_TEXT];
    ck_assert_msg(instant_read(good[_i].text, &ms, &fault), "%s", fault.text);
    ck_assert_uint_eq(ms, good[_i].ms);
    ck_assert_str_eq(instant_write(ms, text), good[_i].back);
}
END_TEST

static const struct {
    const char *text, *reason;
} bad[] = {
    {"", "is no time"},
    {"tomorrow", "is no time"},
    {"2026-11-25", "is no time"},
    {"2026-11-25 09:30:00Z", "is no time"},
    {"2026-11-25T09:30Z", "is no time"},
    {"2026-11-25T09:30:00", "has no offset from UTC"},
    {"2026-11-25T09:30:00.5", "has no offset from UTC"},
    {"2026-11-25T09:30:00+1", "is no time"},
    {"2026-11-25T09:30:00+24:00", "is no time"},
    {"2026-11-25T09:30:00+01:60", "is no time"},
    {"2026-11-25T09:30:00.Z", "is no time"},
    {"2026-11-25T09:30:00Zulu", "is no time"},
    {"2026-11-31T09:30:00Z", "is no time"},
    {"2025-02-29T09:30:00Z", "is no time"},
    {"2026-13-01T09:30:00Z", "is no time"},
    {"2026-11-25T24:00:00Z", "is no time"},
    {"2026-11-25T09:30:60Z", "is no time"},
    {"1969-12-31T23:59:59Z", "is no time"},
    {"1970-01-01T00:00:00+01:00", "is no time"},
};

START_TEST(what_is_no_time_is_refused_with_advice) {
    struct fault fault = {0};
    uint64_t ms;
    ck_assert(!instant_read(bad[_i].text, &ms, &fault));
    ck_assert_msg(strstr(fault.text, bad[_i].reason) != NULL, "%s", fault.text);
    ck_assert_msg(strstr(fault.text, "2026-11-25T09:30:00Z") != NULL, "%s", fault.text);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("instant");
    TCase *tests = tcase_create("instant");
    tcase_add_loop_test(tests, a_time_with_its_offset_is_read_and_written, 0,
                        sizeof good / sizeof *good);
    tcase_add_loop_test(tests, what_is_no_time_is_refused_with_advice, 0, sizeof bad / sizeof *bad);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
