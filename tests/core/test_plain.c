#include "tests/suite.h"

#include "core/edition.h"
#include "core/plain.h"
#include "core/status.h"

#include <string.h>

#define DEFINITION                                                                                 \
    "index: t\ntitle: T\nbands: 5\n"                                                               \
    "levels:\n"                                                                                    \
    "  - {id: index, name: I, aggregate: arithmetic, coverage: 0, normalise: none}\n"              \
    "  - {id: metric, name: M, normalise: none}\n"                                                 \
    "tree:\n  id: all\n  name: All\n  children:\n"                                                 \
    "    - {id: pay, name: Pay, direction: higher-is-need}\n"                                      \
    "    - {id: soot, name: Soot, direction: lower-is-need}\n"

static struct plain *read_text(const char *definition, const char *data, struct fault *fault) {
    *fault = (struct fault){0};
    return plain_read((struct table_file){"d.yaml", definition, strlen(definition)},
                      (struct table_file){"d.csv", data, strlen(data)}, fault);
}

static void refused(const char *data, const char *expected) {
    struct fault fault;
    struct plain *plain = read_text(DEFINITION, data, &fault);
    ck_assert_msg(plain == NULL, "accepted, expected: %s", expected);
    ck_assert_str_eq(fault.text, expected);
}

START_TEST(a_row_without_a_metric_is_of_none) {
    struct fault fault;
    struct plain *plain = read_text(
        DEFINITION, "code,metric,value\nA,pay,1\nA,soot,2\nB,,5\nB,pay,3\nB,soot,4\n", &fault);
    ck_assert_msg(plain != NULL, "%s", fault.text);
    ck_assert_uint_eq(plain->releases[0]->n, 2);
    ck_assert_uint_eq(plain->releases[1]->n, 2);
    plain_destroy(&plain);
    refused("code,metric,value\nA,,1\n", "d.csv: no row of the metric 'pay'");
}
END_TEST

START_TEST(a_wide_table_is_read) {
    struct fault fault;
    struct plain *plain = read_text(DEFINITION,
                                    "code,name,region,type,population,soot,pay,remark\n"
                                    "A,Ash,North,city,10,1.5,100,x\n"
                                    "B,\"Birch, Lower\",South,town,20,[c],,y\n",
                                    &fault);
    ck_assert_msg(plain != NULL, "%s", fault.text);
    const struct geography *geography = plain->pack->geography;
    ck_assert_uint_eq(geography->n_areas, 2);
    ck_assert_str_eq(geography->areas[1].name, "Birch, Lower");
    ck_assert_str_eq(geography->areas[1].region, "South");
    ck_assert_str_eq(geography->areas[1].type, "town");
    ck_assert(geography->areas[1].population == 20);
    const struct release *const *releases = (const struct release *const *)plain->releases;
    struct edition *edition = edition_score(plain->pack, releases, &fault);
    ck_assert_msg(edition != NULL, "%s", fault.text);
    ck_assert(edition->nodes[1].raw.value[0] == 100 && edition->nodes[2].raw.value[0] == 1.5);
    ck_assert_int_eq(edition->nodes[1].raw.status[1], STATUS_NOT_AVAILABLE);
    ck_assert_int_eq(edition->nodes[2].raw.status[1], STATUS_CONFIDENTIAL);
    ck_assert(edition->nodes[2].score.value[0] == -1.5);
    edition_destroy(&edition);
    plain_destroy(&plain);
}
END_TEST

START_TEST(what_is_wrong_is_said_with_its_place) {
    refused("", "d.csv: no rows, expected a header and figures");
    refused("area_code,pay,soot\n", "d.csv: no rows, expected a header and figures");
    refused("place,pay,soot\nA,1,2\n",
            "d.csv: no column 'area_code' (or 'code') that says which place a row is of");
    refused("code,pay,sott\nA,1,2\n",
            "d.csv: no column for the metric 'soot'; did you mean 'sott'?");
    refused("code,pay,soot,pay\nA,1,2,3\n", "d.csv:1:15: a second column 'pay'");
    refused("code,pay,soot\n,1,2\n", "d.csv:2:1: expected the code of a place, found ''");
    refused("code,population,metric,value\nA,5,pay,1\nB,6,pay,2\nA,7,soot,1\n",
            "d.csv:4:3: a second population of 'A': '7', expected '5' as in line 2; what changes "
            "with time needs a name of its own");
    refused("code,pay,soot\nA,1\n", "d.csv:2: 2 fields, expected 3 as in the header");
    refused("code,pay,soot\nA,1,2\nB,1,2\nA,1,2\n", "d.csv:4:1: a second row for the place 'A'");
    refused("code,pay,soot\nA,1,much\n",
            "d.csv:2:5: expected a number such as 12.5, or a mark such as [x], found 'much'");
    refused("code,pay,soot\nA,1,1e999\n",
            "d.csv:2:5: expected a number such as 12.5, or a mark such as [x], found '1e999'");
    refused("code,metric,value\nA,pay,1\n", "d.csv: no row of the metric 'soot'");
    refused("code,metric,value\nA,pay,1\nA,soot,2\nA,pay,3\n",
            "d.csv: metric 'pay': a second row for A in 2000; the first is in line 2");
}
END_TEST

START_TEST(a_panel_needs_periods) {
    struct fault fault;
    struct plain *plain =
        read_text(DEFINITION "panel: {periods: [2020, 2021], normalise: over-all}\n",
                  "code,pay,soot\nA,1,2\n", &fault);
    ck_assert_ptr_null(plain);
    ck_assert_str_eq(fault.text,
                     "d.csv: no column 'period' (or 'year'), and the definition is of a panel");
}
END_TEST

/* Random bytes and cut tables: refused or read, never worse. */
START_TEST(any_bytes_end_in_an_answer) {
    static const char good[] = "code,period,pay,soot\nA,2020,1,2\nB,2020,[x],\"4\"\nA,2021,5,6\n";
    uint64_t state = 42;
    for (int i = 0; i < 3000; i++) {
        char text[sizeof good];
        memcpy(text, good, sizeof good);
        size_t length = suite_random(&state) % sizeof good;
        for (int k = 0; k < 4; k++)
            text[suite_random(&state) % (sizeof good - 1)] =
                "\",\n[]x0.-e\r\t "[suite_random(&state) % 13];
        struct fault fault = {0};
        struct plain *plain =
            plain_read((struct table_file){"d.yaml", DEFINITION, sizeof DEFINITION - 1},
                       (struct table_file){"d.csv", text, length}, &fault);
        ck_assert(plain != NULL || fault.kind == FAULT_INPUT);
        plain_destroy(&plain);
    }
}
END_TEST

static Suite *suite(void) {
    Suite *s = suite_create("plain");
    TCase *t = tcase_create("plain");
    tcase_add_test(t, a_wide_table_is_read);
    tcase_add_test(t, a_row_without_a_metric_is_of_none);
    tcase_add_test(t, what_is_wrong_is_said_with_its_place);
    tcase_add_test(t, a_panel_needs_periods);
    tcase_add_test(t, any_bytes_end_in_an_answer);
    suite_add_tcase(s, t);
    return s;
}

int main(void) {
    return suite_main(suite());
}
