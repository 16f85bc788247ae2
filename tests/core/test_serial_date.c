#include "core/serial_date.h"
#include "tests/suite.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

START_TEST(the_numbers_of_formats_that_show_a_date_are_known) {
    static const char dates[] = " 14 15 16 17 22 27 28 29 30 31 36 50 51 52 53 54 57 58 ";
    for (unsigned number = 0; number < 200; number++) {
        char word[16];
        (void)snprintf(word, sizeof word, " %u ", number);
        ck_assert_msg(format_number_is_date(number) == (strstr(dates, word) != NULL), "%u", number);
    }
}
END_TEST

static const struct {
    const char *code;
    bool date;
} formats[] = {
    {"dd/mm/yyyy", true},
    {"YYYY-MM-DD", true},
    {"D MMM", true},
    {"mmm", true}, /* a month alone */
    {"MMM", true},
    {"[$-809]mmm \"of\" yyyy;@", true},
    {"General", false},
    {"general \"day\"", false},
    {"", false},
    {"0.00", false},
    {"0;dd", false},              /* of positive numbers the first section */
    {"hh:mm", false},             /* minutes */
    {"mm:ss", false},             /* ... whichever way */
    {"[h]:mm", false},            /* hours that go on past a day */
    {"[mm]", false},              /* minutes that do */
    {"[m]\"m\"mm", false},        /* ... with what only decorates between */
    {"[ss]mm", false},            /* seconds that do */
    {"h\"h \"mm", false},         /* a word within is no part of it */
    {"\"day\"0", false},          /* ... its letters no date */
    {"\\d0", false},              /* nor a letter that is shown as it is */
    {"_d*y0", false},             /* ... or takes the room of one, or fills */
    {"0\"never closed d", false}, /* to the end */
    {"[Red", false},
    {"0\\", false},
};

START_TEST(a_format_that_shows_a_date_is_told_from_one_that_does_not) {
    ck_assert_msg(format_is_date(formats[_i].code) == formats[_i].date, "%s", formats[_i].code);
}
END_TEST

static const struct {
    double days;
    bool from_1904;
    const char *date; /* NULL: none */
} numbers[] = {
    {1, false, "1900-01-01"},
    {59, false, "1900-02-28"},
    {60, false, NULL}, /* the 29 February of 1900 that never was */
    {60, true, "1904-03-01"},
    {61, false, "1900-03-01"},
    {0, false, NULL},
    {0, true, "1904-01-01"},
    {45382, false, "2024-03-31"},
    {43920, true, "2024-03-31"},
    {45382.5, false, "2024-03-31T12:00:00"},
    {45381.9999999, false, "2024-03-31"}, /* to the second */
    {2958465, false, "9999-12-31"},
    {2958465.9999999, false, NULL}, /* midnight of the year 10000 */
    {2958466, false, NULL},
    {2957003, true, "9999-12-31"},
    {2957004, true, NULL},
    {-1, false, NULL},
    {NAN, false, NULL},
};

START_TEST(a_number_of_days_is_a_date_where_there_is_one) {
    char date[SERIAL_DATE_ROOM] = "";
    bool found = serial_date(numbers[_i].days, numbers[_i].from_1904, date);
    ck_assert_msg(found == (numbers[_i].date != NULL), "%g: %s", numbers[_i].days, date);
    if (found)
        ck_assert_str_eq(date, numbers[_i].date);
}
END_TEST

#define COUNT(list) ((int)(sizeof list / sizeof *list))

int main(void) {
    Suite *suite = suite_create("serial date");
    TCase *tests = tcase_create("serial date");
    tcase_add_test(tests, the_numbers_of_formats_that_show_a_date_are_known);
    tcase_add_loop_test(tests, a_format_that_shows_a_date_is_told_from_one_that_does_not, 0,
                        COUNT(formats));
    tcase_add_loop_test(tests, a_number_of_days_is_a_date_where_there_is_one, 0, COUNT(numbers));
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
