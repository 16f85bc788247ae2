/* A table of figures in each format that it is written in. That other programs read them is
 * test_api.py's. */
#include "core/json_bytes.h"
#include "tests/core/small_pack.h"
#include "tests/services/a_sheet.h"
#include "tests/suite.h"

#include <jansson.h>
#include <string.h>

/* A page of boundaries: A1 is a square with a hole, in which there is an island; its rings stand in
 * whatever direction and order. A2 is a square. */
static const struct point island[] = {{4, 4}, {4, 6}, {6, 6}, {6, 4}};
static const struct point outer[] = {{0, 0}, {0, 10}, {10, 10}, {10, 0}};
static const struct point hole[] = {{2, 2}, {8, 2}, {8, 8}, {2, 8}};
static const struct point square[] = {{20, 0}, {21, 0}, {21, 1}, {20, 1}};
static const struct ring a1[] = {{island, 4}, {outer, 4}, {hole, 4}}, a2[] = {{square, 4}};
static const struct shape shapes[] = {{"A1", a1, 3}, {"A2", a2, 1}};
static const struct boundaries boundaries = {.shapes = shapes, .n_shapes = 2, .credit = "Drawn"};

static struct answer ask(struct sheet *sheet, const char *path, const char *query,
                         const char *value) {
    struct request request = {.path = path, .query = "", .accept = "", .base = "http://x"};
    if (query) {
        request.parameters[0] = (struct parameter){query, value};
        request.n_parameters = 1;
    }
    struct answer answer = {.status = 200};
    ck_assert_ptr_nonnull(sheet);
    sheet_answer(&sheet, &request, &answer);
    ck_assert_ptr_null(sheet);
    ck_assert_ptr_nonnull(answer.body);
    return answer;
}

static json_t *ask_json(struct sheet *sheet, const char *path) {
    struct answer answer = ask(sheet, path, NULL, NULL);
    json_error_t error;
    json_t *out = json_loadb(answer.body, answer.length, 0, &error);
    ck_assert_msg(out != NULL, "%s: %s\n%s", path, error.text, answer.body);
    ck_assert_uint_eq(answer.status, 200);
    free(answer.body);
    return out;
}

START_TEST(csv_has_a_header_and_each_cell_as_it_is) {
    struct answer answer = ask(some_sheet(NULL), "/t.csv", NULL, NULL);
    ck_assert_str_eq(
        answer.body,
        "area_code,area_name,node,node_name,rank,up,score,status,proxy,when\r\n"
        "A1,<script>alert(1)</script>,all,All of it,9007199254740991,-3,0.1,,true,"
        "2025-11-25T09:30:00.123Z\r\n"
        "A2,\"'=1+1, \"\"twice\"\"\",all,All of it,,,,[x],false,2025-11-25T09:30:00.123Z\r\n"
        "A1,<script>alert(1)</script>,pay,All of it,,,,absent,false,2025-11-25T09:30:00.123Z\r\n"
        "A3,\"\xc3\x85ngstr\xc3\xb6m\nand \xff more\",pay,All of it,9007199254740991,-3,0.1,,"
        "true,2025-11-25T09:30:00.123Z\r\n");
    ck_assert_str_eq(answer.file_name, "things.csv");
    ck_assert_int_eq(strncmp(answer.type, "text/csv", 8), 0);
    free(answer.body);
}
END_TEST

static const struct {
    const char *text, *written;
} formulas[] = {
    {"=1", "\"'=1\""},     {"+1", "\"'+1\""},  {"-1", "\"'-1\""},  {"@a", "\"'@a\""},
    {"\t=1", "\"'\t=1\""}, {"a=1", "a=1"},     {"", ""},           {"=\"a\"", "\"'=\"\"a\"\"\""},
    {"\r=1", "\"'\r=1\""}, {"a,b", "\"a,b\""}, {" =1", "\" =1\""},
};

START_TEST(no_text_of_csv_is_a_formula) {
    static const struct sheet_column columns[] = {
        {"a", "A", "A.", NULL, SHEET_TEXT, SHEET_PLAIN},
        {"b", "B", "B.", NULL, SHEET_NUMBER, SHEET_PLAIN}};
    struct sheet *sheet = sheet_new("a", "A", "", columns, 2);
    char expected[100];
    sheet_text(sheet, formulas[_i].text);
    sheet_number(sheet, -1.5); /* a number below 0 is none either */
    struct answer answer = ask(sheet, "/a.csv", NULL, NULL);
    (void)snprintf(expected, sizeof expected, "a,b\r\n%s,-1.5\r\n", formulas[_i].written);
    ck_assert_str_eq(answer.body, expected);
    free(answer.body);
}
END_TEST

START_TEST(json_has_the_rows_and_what_they_are) {
    json_t *all = ask_json(some_sheet(NULL), "/t"), *items = json_object_get(all, "items");
    ck_assert_int_eq(json_integer_value(json_object_get(all, "edition")), 7);
    ck_assert_int_eq(json_integer_value(json_object_get(all, "total")), 4);
    ck_assert_str_eq(json_string_value(json_object_get(all, "source")), "A \"publisher\"");
    ck_assert_str_eq(json_string_value(json_object_get(all, "licence")), "A licence");
    ck_assert_str_eq(json_string_value(json_object_get(all, "scored")), "2025-11-25T09:30:00Z");
    ck_assert(json_is_null(json_object_get(all, "next")));
    ck_assert_uint_eq(json_array_size(items), 4);
    json_t *first = json_array_get(items, 0), *second = json_array_get(items, 1);
    ck_assert_uint_eq(json_object_size(first), SOME_COLUMNS);
    ck_assert_str_eq(json_string_value(json_object_get(first, "area_name")),
                     "<script>alert(1)</script>");
    ck_assert_str_eq(json_string_value(json_object_get(second, "area_name")), "=1+1, \"twice\"");
    ck_assert(json_is_null(json_object_get(second, "rank")));
    ck_assert(json_is_null(json_object_get(second, "score")));
    ck_assert(json_is_false(json_object_get(second, "proxy")));
    ck_assert_int_eq(json_integer_value(json_object_get(first, "up")), -3);
    ck_assert_str_eq(json_string_value(json_object_get(json_array_get(items, 3), "area_name")),
                     "\xc3\x85ngstr\xc3\xb6m\nand \xef\xbf\xbd more");
    json_decref(all);
}
END_TEST

START_TEST(a_page_says_where_the_others_are) {
    struct request request = {
        .path = "/t/\xc3\xa9 \"><", .query = "", .accept = "application/json", .base = ""};
    struct answer answer = {.status = 200};
    const struct parameter given[] = {{"limit", "1"}, {"q", "a&b\r\nX: 1"}, {"offset", "1"}};
    memcpy(request.parameters, given, sizeof given);
    request.n_parameters = 3;
    struct sheet *sheet = some_sheet(NULL);
    sheet_answer(&sheet, &request, &answer);
    ck_assert_str_eq(
        answer.link,
        "</t/%C3%A9%20%22%3E%3C?limit=1&offset=2&q=a%26b%0D%0AX%3A%201>; rel=\"next\", "
        "</t/%C3%A9%20%22%3E%3C?limit=1&offset=0&q=a%26b%0D%0AX%3A%201>; rel=\"prev\", "
        "</t/%C3%A9%20%22%3E%3C?limit=1&offset=0&q=a%26b%0D%0AX%3A%201>; "
        "rel=\"first\", "
        "</t/%C3%A9%20%22%3E%3C?limit=1&offset=3&q=a%26b%0D%0AX%3A%201>; rel=\"last\"");
    json_error_t error;
    json_t *all = json_loadb(answer.body, answer.length, 0, &error);
    ck_assert_uint_eq(json_array_size(json_object_get(all, "items")), 1);
    ck_assert_str_eq(json_string_value(json_object_get(all, "next")),
                     "/t/%C3%A9%20%22%3E%3C?limit=1&offset=2&q=a%26b%0D%0AX%3A%201");
    json_decref(all);
    free(answer.body);
}
END_TEST

static const struct {
    const char *name, *value;
} wrong_pages[] = {{"limit", "0"},   {"limit", "x"}, {"limit", "1000001"},
                   {"offset", "-1"}, {"offset", ""}, {"limit", "18446744073709551616"}};

START_TEST(a_page_that_is_none_is_refused) {
    struct answer answer = ask(some_sheet(NULL), "/t", wrong_pages[_i].name, wrong_pages[_i].value);
    ck_assert_uint_eq(answer.status, 400);
    ck_assert_ptr_nonnull(strstr(answer.body, wrong_pages[_i].name));
    free(answer.body);
}
END_TEST

START_TEST(an_address_too_long_for_a_link_is_refused) {
    char value[1200];
    memset(value, 'x', sizeof value);
    value[sizeof value - 1] = '\0';
    struct answer answer = ask(some_sheet(NULL), "/t", "q", value); /* it has no other page */
    ck_assert_uint_eq(answer.status, 200);
    free(answer.body);
    struct request request = {
        .path = "/t", .query = "", .accept = "", .base = "", .n_parameters = 2};
    request.parameters[0] = (struct parameter){"limit", "2"};
    request.parameters[1] = (struct parameter){"q", value};
    struct sheet *sheet = some_sheet(NULL);
    answer = (struct answer){.status = 200};
    sheet_answer(&sheet, &request, &answer);
    ck_assert_uint_eq(answer.status, 414);
    free(answer.body);
}
END_TEST

START_TEST(a_page_far_behind_the_end_is_empty) {
    struct answer answer = ask(some_sheet(NULL), "/t.csv", "offset", "18446744073709551615");
    ck_assert_str_eq(answer.body,
                     "area_code,area_name,node,node_name,rank,up,score,status,proxy,when\r\n");
    free(answer.body);
}
END_TEST

START_TEST(rows_that_are_not_answered_are_counted_alone) {
    struct request request = {.path = "/t.json", .query = "", .accept = "", .base = ""};
    request.parameters[0] = (struct parameter){"limit", "2"};
    request.parameters[1] = (struct parameter){"offset", "3"};
    request.n_parameters = 2;
    struct sheet *kept = sheet_new("t", "T", "", some_columns, SOME_COLUMNS);
    struct sheet *whole = sheet_new("t", "T", "", some_columns, SOME_COLUMNS);
    sheet_keep(kept, sheet_window(&request));
    char name[32];
    for (int i = 0; i < 9; i++) {
        (void)snprintf(name, sizeof name, "Place %d", i);
        some_row(kept, name, name, "all", i % 2 ? "[x]" : NULL);
        some_row(whole, name, name, "all", i % 2 ? "[x]" : NULL);
    }
    ck_assert_uint_eq(sheet_rows(kept), 9);
    struct answer a = {.status = 200}, b = {.status = 200};
    sheet_answer(&kept, &request, &a);
    sheet_answer(&whole, &request, &b);
    ck_assert_str_eq(a.body, b.body);
    ck_assert_ptr_nonnull(strstr(a.body, "Place 4"));
    ck_assert_str_eq(a.link, b.link);
    free(a.body);
    free(b.body);
}
END_TEST

START_TEST(more_cells_than_one_answer_takes_are_refused) {
    struct request request = {.path = "/t.csv", .query = "", .accept = "", .base = ""};
    struct sheet_window window = sheet_window(&request);
    ck_assert_uint_eq(window.most_cells, SHEET_CELLS_MAX);
    window.most_cells = 2 * SOME_COLUMNS;
    for (int rows = 2; rows <= 3; rows++) {
        struct sheet *sheet = sheet_new("t", "T", "", some_columns, SOME_COLUMNS);
        sheet_keep(sheet, window);
        for (int i = 0; i < rows; i++)
            some_row(sheet, "A1", "Name", "all", NULL);
        struct answer answer = {.status = 200};
        sheet_answer(&sheet, &request, &answer);
        ck_assert_uint_eq(answer.status, rows == 2 ? 200 : 413);
        free(answer.body);
    }
}
END_TEST

START_TEST(an_empty_sheet_is_a_header) {
    struct sheet *sheet = sheet_new("e", "Empty", "", some_columns, SOME_COLUMNS);
    struct answer answer = ask(sheet, "/e.csv", NULL, NULL);
    ck_assert_int_eq(strncmp(answer.body, "area_code,", 10), 0);
    free(answer.body);
    static const char *const endings[] = {"/e.json", "/e.jsonstat.json", "/e.csv-metadata.json"};
    for (size_t i = 0; i < 3; i++)
        json_decref(ask_json(sheet_new("e", "Empty", "", some_columns, SOME_COLUMNS), endings[i]));
    answer = ask(sheet_new("e", "Empty", "", some_columns, SOME_COLUMNS), "/e.xlsx", NULL, NULL);
    ck_assert_int_eq(memcmp(answer.body, "PK", 2), 0);
    free(answer.body);
}
END_TEST

static double coordinate(json_t *ring, size_t point, size_t which) {
    return json_number_value(json_array_get(json_array_get(ring, point), which));
}

/* Above 0: counterclockwise. */
static double turning(json_t *ring) {
    double sum = 0;
    for (size_t i = 0; i + 1 < json_array_size(ring); i++)
        sum += coordinate(ring, i, 0) * coordinate(ring, i + 1, 1) -
               coordinate(ring, i + 1, 0) * coordinate(ring, i, 1);
    return sum;
}

START_TEST(geojson_has_holes_in_what_they_are_holes_of) {
    struct fault fault = {0};
    struct pack *pack = small_pack_of(SMALL_DEFINITION, SMALL_AREAS, &fault);
    ck_assert_msg(pack != NULL, "%s", fault.text);
    struct sheet *sheet = some_sheet(pack);
    const struct sheet_about about = {.edition = 7, .pack = pack, .shapes = &boundaries};
    sheet_describe(sheet, &about);
    json_t *all = ask_json(sheet, "/t.geojson"), *features = json_object_get(all, "features");
    ck_assert_uint_eq(json_array_size(features), 4);
    json_t *first = json_object_get(json_array_get(features, 0), "geometry");
    json_t *polygons = json_object_get(first, "coordinates");
    ck_assert_uint_eq(json_array_size(polygons), 2); /* the island, and the square with a hole */
    ck_assert_uint_eq(json_array_size(json_array_get(polygons, 0)), 1);
    ck_assert_uint_eq(json_array_size(json_array_get(polygons, 1)), 2);
    for (size_t p = 0; p < 2; p++) {
        json_t *polygon = json_array_get(polygons, p), *ring;
        size_t r;
        json_array_foreach(polygon, r, ring) {
            ck_assert_uint_eq(json_array_size(ring), 5);
            ck_assert(coordinate(ring, 0, 0) == coordinate(ring, 4, 0));
            ck_assert(coordinate(ring, 0, 1) == coordinate(ring, 4, 1));
            ck_assert(r == 0 ? turning(ring) > 0 : turning(ring) < 0);
        }
    }
    /* Nobody knows where A3 is. */
    ck_assert(json_is_null(json_object_get(json_array_get(features, 3), "geometry")));
    ck_assert_str_eq(json_string_value(json_object_get(all, "credit")), "Drawn");
    json_decref(all);
    pack_destroy(&pack);
}
END_TEST

START_TEST(json_stat_has_a_value_for_each_cell_of_the_cube) {
    json_t *cube = ask_json(some_sheet(NULL), "/t.jsonstat.json");
    json_t *values = json_object_get(cube, "value"), *status = json_object_get(cube, "status");
    size_t sizes[3];
    for (size_t i = 0; i < 3; i++)
        sizes[i] = (size_t)json_integer_value(json_array_get(json_object_get(cube, "size"), i));
    ck_assert_uint_eq(sizes[0], 3); /* areas, nodes, measures */
    ck_assert_uint_eq(sizes[1], 2);
    ck_assert_uint_eq(sizes[2], 3);
    ck_assert_uint_eq(json_array_size(values), 18);
    ck_assert_double_eq(json_number_value(json_array_get(values, 2)), 0.1); /* A1, all: score */
    ck_assert_double_eq(json_number_value(json_array_get(values, 1)), -3);
    ck_assert(json_is_null(json_array_get(values, 3))); /* A1, pay */
    ck_assert_str_eq(json_string_value(json_object_get(status, "3")), "absent");
    ck_assert_str_eq(json_string_value(json_object_get(status, "6")), "[x]"); /* A2, all */
    ck_assert(json_is_null(json_array_get(values, 9)));                       /* A2, pay: no row */
    ck_assert_ptr_null(json_object_get(status, "9"));
    json_decref(cube);
}
END_TEST

static const char *const not_so[] = {"/t.geojson", "/t.jsonstat.json"};

START_TEST(what_is_no_cube_and_of_no_areas_is_refused_so) {
    static const struct sheet_column columns[] = {
        {"n", "N", "N.", NULL, SHEET_COUNT, SHEET_KEY},
        {"m", "M", "M.", NULL, SHEET_NUMBER, SHEET_PLAIN}};
    struct sheet *sheet = sheet_new("n", "N", "", columns, 2);
    sheet_count(sheet, 1);
    sheet_number(sheet, 1);
    struct answer answer = ask(sheet, not_so[_i], NULL, NULL);
    ck_assert_uint_eq(answer.status, 406);
    ck_assert_ptr_nonnull(strstr(answer.body, ".csv"));
    free(answer.body);
}
END_TEST

START_TEST(a_part_of_the_rows_is_no_cube) {
    struct answer answer = ask(some_sheet(NULL), "/t.jsonstat.json", "limit", "2");
    ck_assert_uint_eq(answer.status, 406);
    free(answer.body);
}
END_TEST

START_TEST(the_same_sheet_is_the_same_bytes) {
    static const char *const endings[] = {"/t.csv", "/t.xlsx", "/t.json"};
    for (size_t i = 0; i < 3; i++) {
        struct answer one = ask(some_sheet(NULL), endings[i], NULL, NULL);
        struct answer two = ask(some_sheet(NULL), endings[i], NULL, NULL);
        ck_assert_uint_eq(one.length, two.length);
        ck_assert_int_eq(memcmp(one.body, two.body, one.length), 0);
        free(one.body);
        free(two.body);
    }
}
END_TEST

static const struct {
    const char *path;
    size_t ending;
} endings[] = {
    {"/a/b.csv", 4},
    {"/a/b.csv-metadata.json", 18},
    {"/a/b.jsonstat.json", 14},
    {"/a/b.json", 5},
    {"/a/b.xlsx", 5},
    {"/a/b.geojson", 8},
    {"/a/b", 0},
    {"/a.csv/b", 0},
    {".csv", 0},
    {"/a/b.txt", 0},
    {"/a/b.CSV", 0},
};

START_TEST(a_path_ends_in_a_format_or_not) {
    ck_assert_uint_eq(sheet_ending(endings[_i].path), endings[_i].ending);
}
END_TEST

static const struct {
    const char *accept, *type;
} accepted[] = {
    {"", "application/json"},
    {"*/*", "application/json"},
    {"text/csv", "text/csv"},
    {"text/html,application/xhtml+xml, Text/CSV;q=0.9", "text/csv"},
    {"text/csvw", "application/json"},
    {"application/geo+json", "application/geo+json"},
    {",,;", "application/json"},
};

START_TEST(what_is_accepted_chooses_the_format) {
    struct request request = {.path = "/t", .query = "", .accept = accepted[_i].accept, .base = ""};
    struct answer answer = {.status = 200};
    struct fault fault = {0};
    struct pack *pack = small_pack_of(SMALL_DEFINITION, SMALL_AREAS, &fault);
    struct sheet *sheet = some_sheet(pack);
    sheet_answer(&sheet, &request, &answer);
    ck_assert_int_eq(strncmp(answer.type, accepted[_i].type, strlen(accepted[_i].type)), 0);
    free(answer.body);
    pack_destroy(&pack);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("sheet");
    TCase *tests = tcase_create("sheet");
#define LOOP(test, list) tcase_add_loop_test(tests, test, 0, sizeof list / sizeof *list)
    tcase_add_test(tests, csv_has_a_header_and_each_cell_as_it_is);
    LOOP(no_text_of_csv_is_a_formula, formulas);
    tcase_add_test(tests, json_has_the_rows_and_what_they_are);
    tcase_add_test(tests, a_page_says_where_the_others_are);
    LOOP(a_page_that_is_none_is_refused, wrong_pages);
    tcase_add_test(tests, an_address_too_long_for_a_link_is_refused);
    tcase_add_test(tests, a_page_far_behind_the_end_is_empty);
    tcase_add_test(tests, rows_that_are_not_answered_are_counted_alone);
    tcase_add_test(tests, more_cells_than_one_answer_takes_are_refused);
    tcase_add_test(tests, an_empty_sheet_is_a_header);
    tcase_add_test(tests, geojson_has_holes_in_what_they_are_holes_of);
    tcase_add_test(tests, json_stat_has_a_value_for_each_cell_of_the_cube);
    LOOP(what_is_no_cube_and_of_no_areas_is_refused_so, not_so);
    tcase_add_test(tests, a_part_of_the_rows_is_no_cube);
    tcase_add_test(tests, the_same_sheet_is_the_same_bytes);
    LOOP(a_path_ends_in_a_format_or_not, endings);
    LOOP(what_is_accepted_chooses_the_format, accepted);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
