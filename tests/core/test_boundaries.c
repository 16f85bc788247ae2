#include "core/boundaries.h"
#include "tests/suite.h"

#include <string.h>

#define FEATURE(code, type, coordinates)                                                           \
    "{\"type\":\"Feature\",\"properties\":{\"code\":\"" code "\"},\"geometry\":{\"type\":\"" type  \
    "\",\"coordinates\":" coordinates "}}"
#define SQUARE               "[[-1,50],[0,50],[0,51],[-1,51],[-1,50]]"
#define COLLECTION(features) "{\"type\":\"FeatureCollection\",\"features\":[" features "]}"

static struct boundaries *read_text(const char *text, struct fault *fault) {
    return boundaries_read("b.geojson", text, strlen(text), fault);
}

START_TEST(polygons_and_multipolygons_keep_their_rings) {
    struct fault fault = {0};
    struct boundaries *b =
        read_text(COLLECTION(FEATURE("E02", "Polygon", "[" SQUARE "," SQUARE "]") "," FEATURE(
                      "E01", "MultiPolygon", "[[" SQUARE "],[" SQUARE "],[" SQUARE "]]")),
                  &fault);
    ck_assert_msg(b != NULL, "%s", fault.text);
    ck_assert_uint_eq(b->n_shapes, 2);
    ck_assert_uint_eq(boundaries_find(b, "E02")->n_rings, 2);
    const struct shape *first = boundaries_find(b, "E01");
    ck_assert_uint_eq(first->n_rings, 3);
    ck_assert_uint_eq(first->rings[2].n, 5);
    ck_assert(first->rings[0].points[1].longitude == 0 && first->rings[0].points[2].latitude == 51);
    ck_assert_ptr_null(boundaries_find(b, "E03"));
    boundaries_destroy(&b);
    ck_assert_ptr_null(b);
}
END_TEST

static const struct {
    const char *text, *reason;
} bad[] = {
    {"", "b.geojson:"},
    {"{\"type\":", "b.geojson:1:"},
    {"{}", "expected a GeoJSON FeatureCollection"},
    {COLLECTION(""), "expected a GeoJSON FeatureCollection"},
    {COLLECTION(FEATURE("E01", "Point", "[0,0]")), "area E01: expected a Polygon"},
    {COLLECTION(FEATURE("E01", "Polygon", "[]")), "area E01: no rings"},
    {COLLECTION(FEATURE("E01", "Polygon", "[[[0,50],[1,\"x\"],[1,51],[0,50]]]")), "area E01: "},
    {COLLECTION(FEATURE("E01", "Polygon", "7")), "area E01: "},
    {COLLECTION("{\"type\":\"Feature\",\"properties\":{},\"geometry\":null}"), "'code'"},
    {COLLECTION("{\"type\":\"Feature\",\"properties\":{\"code\":\"E01\"},\"geometry\":null}"),
     "area E01: expected a geometry"},
    {COLLECTION(FEATURE("E01", "Polygon", "[[[0,50],[1,50],[0,50]]]")), "fewer than four points"},
    {COLLECTION(FEATURE("E01", "Polygon", "[[[\"x\",50],[1,50],[1,51],[0,50]]]")),
     "expected [longitude, latitude]"},
    {COLLECTION(FEATURE("E01", "Polygon", "[[[0],[1,50],[1,51],[0,50]]]")),
     "expected [longitude, latitude]"},
    {COLLECTION(FEATURE("E01", "Polygon", "[[[181,50],[1,50],[1,51],[0,50]]]")), "not in degrees"},
    {COLLECTION(FEATURE("E01", "Polygon", "[[[-181,50],[1,50],[1,51],[0,50]]]")), "not in degrees"},
    {COLLECTION(FEATURE("E01", "Polygon", "[[[0,91],[1,50],[1,51],[0,50]]]")), "not in degrees"},
    {COLLECTION(FEATURE("E01", "Polygon", "[[[0,-91.5],[1,50],[1,51],[0,50]]]")), "not in degrees"},
    {"{\"features\":[],\"features\":[]}", "duplicate object key"},
};

START_TEST(what_is_no_boundary_is_refused) {
    struct fault fault = {0};
    ck_assert_ptr_null(read_text(bad[_i].text, &fault));
    ck_assert_msg(strstr(fault.text, bad[_i].reason) != NULL, "%s", fault.text);
}
END_TEST

#define HEADER "area_code,ring,points\n"

static struct boundaries *read_rows(const char *text, struct fault *fault) {
    return boundaries_of_table((struct table_file){"b.csv", text, strlen(text)}, "Drawn by hand",
                               fault);
}

START_TEST(a_table_gives_each_area_its_rings_in_order) {
    struct fault fault = {0};
    struct boundaries *b = read_rows(HEADER "E02,2,0 50 1 50 1 51\n"
                                            "E01,1,-1.25 54.5 -1 54.5 -1 55 -1.25 55\n"
                                            "E02,1,2 50 3 50 3 51\n",
                                     &fault);
    ck_assert_msg(b != NULL, "%s", fault.text);
    ck_assert_str_eq(b->credit, "Drawn by hand");
    ck_assert_uint_eq(b->n_shapes, 2);
    const struct shape *first = boundaries_find(b, "E01"), *second = boundaries_find(b, "E02");
    ck_assert_uint_eq(first->n_rings, 1);
    ck_assert_uint_eq(first->rings[0].n, 4);
    ck_assert(first->rings[0].points[3].longitude == -1.25);
    ck_assert(first->rings[0].points[3].latitude == 55);
    ck_assert_uint_eq(second->n_rings, 2);
    ck_assert(second->rings[0].points[0].longitude == 2);
    ck_assert(second->rings[1].points[0].longitude == 0);
    boundaries_destroy(&b);
}
END_TEST

static const struct {
    const char *text, *reason;
} bad_tables[] = {
    {"area_code,ring\nE01,1\n", "b.csv:1: expected 3 fields, found 2: no column 'points'"},
    {HEADER, "b.csv: no rows"},
    {HEADER ",1,0 50 1 50 1 51\n", "b.csv:2:1: expected a code, found ''"},
    {HEADER "E01,0,0 50 1 50 1 51\n", "b.csv:2:5: expected the number of a ring, found '0'"},
    {HEADER "E01,1,0 50 1 50\n", "b.csv:2:7: expected three points or more"},
    {HEADER "E01,1,0 50 1 50 1 51 2\n", "b.csv:2:7: expected three points or more"},
    {HEADER "E01,1,0 50 1 50 x 51\n", "b.csv:2:7: expected longitudes and latitudes in degrees"},
    {HEADER "E01,1,0 50 1 50  51\n", "b.csv:2:7: expected longitudes and latitudes in degrees"},
    {HEADER "E01,1,0 50 1 50 181 51\n", "b.csv:2:7: expected longitudes and latitudes in"},
    {HEADER "E01,1,0 50 1 50 1 91\n", "b.csv:2:7: expected longitudes and latitudes in degrees"},
    {HEADER "E01,1,0 50 1 50 1 51\nE01,1,0 50 1 50 1 51\n", ": a ring twice for the area 'E01'"},
};

START_TEST(what_is_no_table_of_boundaries_is_refused) {
    struct fault fault = {0};
    ck_assert_ptr_null(read_rows(bad_tables[_i].text, &fault));
    ck_assert_int_eq(fault.kind, FAULT_INPUT);
    ck_assert_msg(strstr(fault.text, bad_tables[_i].reason) != NULL, "%s", fault.text);
}
END_TEST

START_TEST(more_shapes_than_a_map_can_use_are_refused) {
    enum { SHAPES = 200001 };
    static const char head[] = "{\"features\":[", tail[] = "]}";
    char *text = malloc(sizeof head + 2 * SHAPES + sizeof tail), *at = stpcpy(text, head);
    for (int i = 0; i < SHAPES; i++)
        at = stpcpy(at, i ? ",0" : "0");
    (void)stpcpy(at, tail);
    struct fault fault = {0};
    ck_assert_ptr_null(read_text(text, &fault));
    ck_assert_msg(strstr(fault.text, "FeatureCollection") != NULL, "%s", fault.text);
    free(text);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("boundaries");
    TCase *tests = tcase_create("boundaries");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, polygons_and_multipolygons_keep_their_rings);
    tcase_add_loop_test(tests, what_is_no_boundary_is_refused, 0, sizeof bad / sizeof *bad);
    tcase_add_test(tests, a_table_gives_each_area_its_rings_in_order);
    tcase_add_loop_test(tests, what_is_no_table_of_boundaries_is_refused, 0,
                        sizeof bad_tables / sizeof *bad_tables);
    tcase_add_test(tests, more_shapes_than_a_map_can_use_are_refused);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
