#include "core/description.h"
#include "tests/suite.h"

#include <stdio.h>
#include <string.h>

static struct description *read(const char *yaml, struct fault *fault) {
    return description_read("pay.yaml", yaml, strlen(yaml), fault);
}

START_TEST(every_key_is_read) {
    struct fault fault = {0};
    struct description *d =
        read("unit: GBP\nlevel: lad\nvintage: \"2021\"\nareas: [300, 310]\nrange: [-1, 1000]\n"
             "layouts:\n"
             "  - name: Table 8.7a\n"
             "    files: [\"PROV*.csv\", ashe.csv]\n"
             "    encoding: windows-1252\n"
             "    separator: tab\n"
             "    decimal: \",\"\n"
             "    group: \" \"\n"
             "    sheet: \"Table 4 \"\n"
             "    header-rows: 3\n"
             "    columns: {code: [Code, \"Area  Code\"], name: Area, value: Median, lower: L,\n"
             "              upper: U, status: S}\n"
             "    where: {Sex: Persons}\n"
             "    except: {Area: [\"Unassigned*\", Combined]}\n"
             "    period: {title: ', ([0-9]{4})$'}\n"
             "    only: [E0]\n"
             "    without-code: skip\n"
             "    codes-outside: skip\n"
             "    same-twice: once\n"
             "    other-status: note\n"
             "    name-suffixes: [UA, MC]\n"
             "    scale: 0.01\n"
             "    per: population\n"
             "    times: 1000\n"
             "    marks: {x: unreliable, \"\": zero, \"()\": negative}\n"
             "  - {columns: {code: Code}, period: headings}\n",
             &fault);
    ck_assert_msg(d != NULL, "%s", fault.text);
    ck_assert_str_eq(d->unit, "GBP");
    ck_assert_str_eq(d->level, "lad");
    ck_assert_uint_eq(d->areas_min, 300);
    ck_assert_uint_eq(d->areas_max, 310);
    ck_assert(d->has_range);
    ck_assert_double_eq(d->low, -1);
    ck_assert_uint_eq(d->n_layouts, 2);
    const struct layout *l = &d->layouts[0];
    ck_assert_str_eq(l->name, "Table 8.7a");
    ck_assert_uint_eq(l->files.n, 2);
    ck_assert_str_eq(l->files.list[0], "prov*.csv");
    ck_assert_int_eq(l->encoding, BOOK_WINDOWS_1252);
    ck_assert_int_eq(l->separator, '\t');
    ck_assert_int_eq(l->marks.decimal, ',');
    ck_assert_int_eq(l->marks.group, ' ');
    ck_assert_str_eq(l->sheets.list[0], "table 4");
    ck_assert_uint_eq(l->header_rows, 3);
    ck_assert_str_eq(l->columns[ROLE_CODE].list[1], "area code");
    ck_assert_uint_eq(l->columns[ROLE_PERIOD].n, 0);
    ck_assert_uint_eq(l->n_filters, 2);
    ck_assert(!l->filters[0].except);
    ck_assert(l->filters[1].except);
    ck_assert_str_eq(l->filters[1].values.list[0], "unassigned*");
    ck_assert_int_eq(l->period_from, PERIOD_FROM_TITLE);
    ck_assert_str_eq(l->only.list[0], "E0");
    ck_assert(l->skip_without_code && l->skip_outside && l->same_twice && l->prose_in_status);
    ck_assert_uint_eq(l->suffixes.n, 2);
    ck_assert_double_eq(l->scale, 0.01);
    ck_assert_double_eq(l->per_population, 1000);
    ck_assert_uint_eq(l->marks.n_own, 3);
    ck_assert_int_eq(l->marks.own[1].meaning, MEANS_ZERO);
    ck_assert_str_eq(d->layouts[1].name, "2");
    ck_assert_double_eq(d->layouts[1].scale, 1);
    ck_assert(!d->layouts[1].skip_without_code);
    ck_assert_int_eq(d->layouts[1].period_from, PERIOD_FROM_HEADINGS);
    description_destroy(&d);
    ck_assert_ptr_null(d);
}
END_TEST

#define COLUMNS "columns: {code: c, period: p, value: v}"

static const struct {
    const char *yaml, *says;
} bad[] = {
    {"", "empty"},
    {"unit: GBP\n", "needs the key 'layouts'"},
    {"layouts: []\n", "expected 1 to 50, found 0"},
    {"layout: []\n", "did you mean 'layouts'?"},
    {"layouts: [{}]\n", "needs the key 'columns'"},
    {"layouts: [{columns: {period: p, value: v}}]\n", "'code' or 'name'"},
    {"layouts: [{columns: {code: c, value: v}}]\n", "the period is not said"},
    {"layouts: [{" COLUMNS ", period: headings}]\n", "the period is said twice"},
    {"layouts: [{columns: {code: c, period: p}}]\n", "needs 'value'"},
    {"layouts: [{columns: {code: c, value: v}, period: headings}]\n", "a column 'value'"},
    {"layouts: [{columns: {code: c, value: v}, period: title}]\n", "expected headings"},
    {"layouts: [{columns: {code: c, value: v}, period: {fixed: soon}}]\n", "found 'soon'"},
    {"layouts: [{columns: {code: c, value: v}, period: {title: '('}}]\n", "no regular expression"},
    {"layouts: [{columns: {code: c, value: v}, period: {title: '2024'}}]\n", "round brackets"},
    {"layouts: [{columns: {code: c, value: v}, period: {}}]\n", "expected one of fixed"},
    {"layouts: [{columns: {kode: c}}]\n", "did you mean 'code'?"},
    {"layouts: [{" COLUMNS ", encoding: latin-1}]\n", "expected utf-8 or windows-1252"},
    {"layouts: [{" COLUMNS ", separator: '|'}]\n", "found '|'"},
    {"layouts: [{" COLUMNS ", header-rows: 0}]\n", "from 1 to 8"},
    {"layouts: [{" COLUMNS ", header-rows: 1.5}]\n", "found 1.5"},
    {"layouts: [{" COLUMNS ", where: [a]}]\n", "expected a mapping"},
    {"layouts: [{" COLUMNS ", where: {a: []}}]\n", "found 0"},
    {"layouts: [{" COLUMNS ", where: {a: b, a: c}}]\n", "stands here twice"},
    {"layouts: [{" COLUMNS ", marks: {x: unknown}}]\n", "expected not-available"},
    {"layouts: [{" COLUMNS ", marks: {x: negative}}]\n", "round brackets around"},
    {"layouts: [{" COLUMNS ", marks: {\"()\": confidential}}]\n",
     "expected negative, unreliable or note, found 'confidential'"},
    {"layouts: [{" COLUMNS ", marks: {\"()\": zero}}]\n", "found 'zero'"},
    {"layouts: [{" COLUMNS ", scale: 0}]\n", "not 0"},
    {"layouts: [{" COLUMNS ", times: 1000}]\n", "belongs to 'per: population'"},
    {"layouts: [{" COLUMNS ", per: head}]\n", "expected population"},
    {"layouts: [{" COLUMNS ", per: population, times: -1}]\n", "above 0"},
    {"layouts: [{" COLUMNS ", without-code: no}]\n", "expected refuse or skip"},
    {"areas: [3]\nlayouts: [{" COLUMNS "}]\n", "expected two numbers"},
    {"areas: [3, 2]\nlayouts: [{" COLUMNS "}]\n", "the smaller number first"},
    {"areas: [0, 2]\nlayouts: [{" COLUMNS "}]\n", "whole numbers from 1"},
    {"range: [a, b]\nlayouts: [{" COLUMNS "}]\n", "expected a number"},
    {"range: 5\nlayouts: [{" COLUMNS "}]\n", "expected a list"},
    {"areas: [1, 1.5]\nlayouts: [{" COLUMNS "}]\n", "whole numbers from 1"},
    {"areas: [1.5, 2]\nlayouts: [{" COLUMNS "}]\n", "whole numbers from 1"},
    {"areas: [1, 1000000000]\nlayouts: [{" COLUMNS "}]\n", "whole numbers from 1"},
    {"layouts: none\n", "expected a list"},
    {"layouts: [{" COLUMNS ", marks: x}]\n", "expected a mapping"},
    {"layouts: [{" COLUMNS ", scale: much}]\n", "expected a number"},
    {"layouts: [{" COLUMNS ", header-rows: many}]\n", "expected a number"},
    {"layouts: [{" COLUMNS ", header-rows: 9}]\n", "from 1 to 8"},
    {"layouts: [{" COLUMNS ", per: population, times: many}]\n", "expected a number"},
    {"layouts: [{" COLUMNS ", decimal: ';'}]\n",
     "expected one of \".\", \",\" and \" \", found ';'"},
    {"layouts: [{" COLUMNS ", separator: ',,'}]\n", "found ',,'"},
    {"layouts: [{" COLUMNS ", codes-outside: no}]\n", "expected refuse or skip"},
    {"layouts: [{" COLUMNS ", same-twice: no}]\n", "expected refuse or once"},
    {"layouts: [{" COLUMNS ", other-status: no}]\n", "expected refuse or note"},
    {"layouts: [{" COLUMNS ", marks: {[a]: zero}}]\n", ""},
    {"layouts: [{columns: {code: {a: b}, period: p, value: v}}]\n", ""},
    {"layouts: [{columns: {code: c, value: v}, period: [a]}]\n", ""},
    {"layouts: [{columns: {code: c, value: v}, period: {fixed: 2024, title: '(a)'}}]\n",
     "expected one of fixed, title and headings"},
};

START_TEST(what_it_cannot_mean_is_a_fault_with_its_place) {
    struct fault fault = {0};
    struct description *d = read(bad[_i].yaml, &fault);
    ck_assert_msg(d == NULL, "%s", bad[_i].yaml);
    ck_assert_int_eq(fault.kind, FAULT_INPUT);
    ck_assert_msg(strncmp(fault.text, "pay.yaml:", 9) == 0, "%s", fault.text);
    ck_assert_msg(strstr(fault.text, bad[_i].says) != NULL, "%s: %s", bad[_i].yaml, fault.text);
}
END_TEST

/* So many of something: `each` written `count` times, with a number in the place of its "%d". */
static void refused_many(const char *begin, const char *each, int count, const char *end,
                         const char *says) {
    char *yaml = malloc(strlen(begin) + (size_t)count * (strlen(each) + 8) + strlen(end) + 1);
    char *at = yaml + sprintf(yaml, "%s", begin);
    const char *number = strstr(each, "%d");
    ck_assert_ptr_nonnull(number);
    for (int i = 0; i < count; i++)
        at += sprintf(at, "%.*s%d%s", (int)(number - each), each, i, number + 2);
    (void)sprintf(at, "%s", end);
    struct fault fault = {0};
    struct description *d = read(yaml, &fault);
    ck_assert_msg(d == NULL, "%d times %s", count, each);
    ck_assert_msg(strstr(fault.text, says) != NULL, "%s", fault.text);
    free(yaml);
}

START_TEST(there_is_a_most_of_everything) {
    refused_many("layouts:\n", "  - {columns: {code: c%d, period: p, value: v}}\n", 51, "",
                 "expected 1 to 50, found 51");
    refused_many("layouts:\n  - columns: {code: [", "c%d, ", 200, "c], period: p, value: v}\n",
                 "found 201");
    refused_many("layouts:\n  - columns: {code: c, period: p, value: v}\n    where: {", "f%d: a, ",
                 20, "g: b}\n", "more than 20 filters");
    refused_many("layouts:\n  - columns: {code: \"", "longer than a heading %d ", 20,
                 "\", period: p, value: v}\n", "pay.yaml:2:");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("description");
    TCase *tests = tcase_create("description");
    tcase_add_test(tests, every_key_is_read);
    tcase_add_loop_test(tests, what_it_cannot_mean_is_a_fault_with_its_place, 0,
                        sizeof bad / sizeof *bad);
    tcase_add_test(tests, there_is_a_most_of_everything);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
