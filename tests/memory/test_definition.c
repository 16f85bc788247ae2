/* Memory runs out while a definition, a pack or boundaries are read. */
#include "core/boundaries.h"
#include "core/document.h"
#include "tests/core/rich_index.h"
#include "tests/core/small_pack.h"
#include "tests/memory/failing_memory.h"
#include "tests/suite.h"

static bool reads_a_definition(const void *given, struct fault *fault) {
    const char *text = given;
    struct definition *definition = definition_read("d.yaml", text, strlen(text), fault);
    bool read = definition != NULL;
    definition_destroy(&definition);
    return read;
}

static bool reads_a_document(const void *given, struct fault *fault) {
    const char *text = given;
    struct document *document = document_new("d.yaml", text, strlen(text), fault);
    bool read = document != NULL;
    document_destroy(&document);
    return read;
}

static bool reads_a_pack(const void *given, struct fault *fault) {
    (void)given;
    struct pack *pack = small_pack_of(SMALL_DEFINITION, SMALL_AREAS, fault);
    bool read = pack != NULL;
    pack_destroy(&pack);
    return read;
}

static bool reads_boundaries(const void *given, struct fault *fault) {
    const char *text = given;
    struct boundaries *boundaries = boundaries_read("b.geojson", text, strlen(text), fault);
    bool read = boundaries != NULL;
    boundaries_destroy(&boundaries);
    return read;
}

static bool reads_a_table_of_boundaries(const void *given, struct fault *fault) {
    const char *text = given;
    struct boundaries *boundaries = boundaries_of_table(
        (struct table_file){"b.csv", text, strlen(text)}, "Drawn by hand", fault);
    bool read = boundaries != NULL;
    boundaries_destroy(&boundaries);
    return read;
}

static const char *const definitions[] = {
    RICH_PACK,
    RICH_PLAIN,
    SMALL_DEFINITION,
};

/* libyaml 0.2.5 leaks a node's text or tag where its own stack of nodes cannot grow. */
#define LIBYAML "libyaml"
/* jansson 2.14 leaves a letter out of a text or number where its buffer cannot grow for it. */
#define JANSSON "libjansson"

START_TEST(a_definition) {
    failing_memory_forgives(LIBYAML);
    each_allocation_fails(reads_a_definition, definitions[_i]);
}
END_TEST

START_TEST(a_document) {
    failing_memory_forgives(LIBYAML);
    each_allocation_fails(reads_a_document, "a: [1, {b: c}]\nd: \"e\"\n");
}
END_TEST

START_TEST(a_pack) {
    failing_memory_forgives(LIBYAML);
    each_allocation_fails(reads_a_pack, NULL);
}
END_TEST

#define SQUARE "[[-1,50],[0,50],[0,51],[-1,51],[-1,50]]"
#define FEATURE(code, type, coordinates)                                                           \
    "{\"type\":\"Feature\",\"properties\":{\"code\":\"" code "\"},\"geometry\":{\"type\":\"" type  \
    "\",\"coordinates\":" coordinates "}}"

START_TEST(boundaries) {
    failing_memory_forgives(JANSSON);
    each_allocation_fails(reads_boundaries,
                          "{\"type\":\"FeatureCollection\",\"features\":[" FEATURE(
                              "E02", "Polygon", "[" SQUARE "]") "," FEATURE("E01", "MultiPolygon",
                                                                            "[[" SQUARE "],[" SQUARE
                                                                            "]]") "]}");
}
END_TEST

START_TEST(a_table_of_boundaries) {
    each_allocation_fails(reads_a_table_of_boundaries,
                          "area_code,ring,points\nE02,1,0 50 1 50 1 51\nE01,1,0 50 1 50 1 51\n");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("memory that runs out while a definition is read");
    TCase *tests = tcase_create("reading");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, a_definition, 0, sizeof definitions / sizeof *definitions);
    tcase_add_test(tests, a_document);
    tcase_add_test(tests, a_pack);
    tcase_add_test(tests, boundaries);
    tcase_add_test(tests, a_table_of_boundaries);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
