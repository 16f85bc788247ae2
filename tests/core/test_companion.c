/* Files that come with a description of their own. */
#include "core/companion.h"
#include "core/extract.h"
#include "core/status.h"
#include "tests/core/small_pack.h"
#include "tests/suite.h"

static struct pack *pack;
static struct arena *arena;
static struct fault fault;

static void begin(void) {
    pack = small_pack();
    arena = arena_new();
    fault = (struct fault){0};
}

static void end(void) {
    arena_destroy(&arena);
    pack_destroy(&pack);
}

static const struct description *companion(const char *json, const struct description *own) {
    return companion_read("data/datapackage.json", json, strlen(json), "data/pay.csv", own, arena,
                          &fault);
}

static struct release *read(const struct description *description, const char *csv) {
    struct problems problems = {0};
    struct extract_report report;
    struct release *out = NULL;
    struct publication *publication = publication_new("data/pay.csv", csv, strlen(csv));
    (void)extract(description, pack->geography, "lad", publication, arena, &report, &out,
                  &problems);
    ck_assert_msg(out != NULL, "%s %s", report.misfit, problems.kept[0].reason);
    publication_destroy(&publication);
    return out;
}

#define FIELDS                                                                                     \
    "{\"name\": \"LAD_CD\", \"type\": \"string\"}, {\"name\": \"year\", \"type\": \"year\"},"      \
    "{\"name\": \"amount\", \"title\": \"Pay\", \"type\": \"number\", \"decimalChar\": \",\","     \
    " \"groupChar\": \".\", \"mindex\": \"value\"}, {\"name\": \"sex\"}"
#define PACKAGE(fields)                                                                            \
    "{\"name\": \"p\",\n\t\"resources\": [{\"path\": \"other.csv\"},\n"                            \
    "{\"path\": \"pay.csv\", \"encoding\": \"utf-8\", \"dialect\": {\"delimiter\": \";\"},\n"      \
    "\"schema\": {\"fields\": [" fields "], \"missingValues\": [\"\", \"secret\"]}}]}"

START_TEST(a_data_package_says_how_its_table_is_written) {
    const struct description *description = companion(PACKAGE(FIELDS), NULL);
    ck_assert_msg(description != NULL, "%s", fault.text);
    struct release *release = read(description, "LAD_CD;year;amount;sex\n"
                                                "E01;2024;1.234,5;all\nE03;2024;secret;all\n");
    ck_assert_uint_eq(release->n, 2);
    ck_assert_double_eq(release->value[0], 1234.5);
    ck_assert_uint_eq(release->status[1], STATUS_NOT_AVAILABLE);
    release_destroy(&release);
}
END_TEST

START_TEST(the_datasets_own_names_and_rules_hold) {
    static const char yaml[] = "range: [0, 10]\n"
                               "layouts:\n"
                               "  - columns: {code: somewhere, period: year, value: quantity}\n"
                               "    where: {sex: all, colour: red}\n"
                               "    scale: 2\n";
    struct description *own = description_read("pay.yaml", yaml, strlen(yaml), &fault);
    ck_assert_ptr_nonnull(own);
    const struct description *description =
        companion(PACKAGE("{\"name\": \"area_code\"}, {\"name\": \"year\"}, {\"name\": \"sex\"},"
                          "{\"name\": \"value\"}, {\"name\": \"quantity\"}"),
                  own);
    ck_assert_msg(description != NULL, "%s", fault.text);
    ck_assert(description->has_range);
    struct release *release = read(description, "area_code;year;sex;value;quantity\n"
                                                "E01;2024;all;7;3\nE01;2024;men;7;4\n");
    ck_assert_uint_eq(release->n, 1); /* the filter whose column is there holds */
    ck_assert_double_eq(release->value[0], 6);
    release_destroy(&release);
    description_destroy(&own);
}
END_TEST

START_TEST(metadata_of_csv_on_the_web) {
    static const char json[] =
        "{\"@context\": \"http://www.w3.org/ns/csvw\", \"url\": \"pay.csv\",\n"
        "\"dialect\": {\"delimiter\": \"\\t\", \"encoding\": \"utf-8\"},\n"
        "\"tableSchema\": {\"columns\": [\n"
        "{\"name\": \"code\", \"titles\": {\"en\": [\"Area code\", \"Area\"]}},\n"
        "{\"name\": \"period\", \"titles\": \"Period\"},\n"
        "{\"name\": \"value\", \"titles\": [\"Value\"], \"null\": \"none\","
        " \"datatype\": {\"base\": \"decimal\", \"format\": {\"decimalChar\": \",\"}}}]}}";
    const struct description *description =
        companion_read("pay.csv-metadata.json", json, strlen(json), "pay.csv", NULL, arena, &fault);
    ck_assert_msg(description != NULL, "%s", fault.text);
    struct release *release =
        read(description, "Area\tPeriod\tValue\nE01\t2024\t1,5\nE03\t2024\tnone\n");
    ck_assert_double_eq(release->value[0], 1.5);
    ck_assert_uint_eq(release->status[1], STATUS_NOT_AVAILABLE);
    release_destroy(&release);
}
END_TEST

static const struct {
    const char *json, *says;
} bad[] = {
    {"{", "not YAML"},
    {"{\"resources\": [{\"path\": \"other.csv\"}]}", "does not describe 'pay.csv'"},
    {"{\"resources\": [{\"path\": \"pay.csv\"}]}", "no schema"},
    {PACKAGE("{\"name\": \"year\"}, {\"name\": \"value\"}"), "area codes"},
    {PACKAGE("{\"name\": \"area_code\"}, {\"name\": \"year\"}"), "the values"},
    {PACKAGE("{\"name\": \"area_code\"}, {\"name\": \"value\"}"), "the periods"},
    {"{\"url\": \"pay.csv\", \"dialect\": {\"delimiter\": \"|\"}, \"tableSchema\": {\"columns\": ["
     "{\"name\": \"area_code\"}, {\"name\": \"year\"}, {\"name\": \"value\"}]}}",
     "the delimiter '|'"},
};

START_TEST(what_does_not_say_enough_is_no_description) {
    ck_assert_ptr_null(companion(bad[_i].json, NULL));
    ck_assert_int_eq(fault.kind, FAULT_INPUT);
    ck_assert_msg(strstr(fault.text, bad[_i].says) != NULL, "%s", fault.text);
}
END_TEST

START_TEST(it_is_known_by_its_name) {
    ck_assert(companion_is_one("x/datapackage.json"));
    ck_assert(companion_is_one("a.csv-metadata.json"));
    ck_assert(!companion_is_one("a.json"));
    ck_assert(companion_is_for("x/a.csv-metadata.json", "x/a.csv"));
    ck_assert(companion_is_for("x/datapackage.json", "x/a.csv"));
    ck_assert(companion_is_for("datapackage.json", "a.csv"));
    ck_assert(!companion_is_for("datapackage.json", "x/a.csv"));
    ck_assert(!companion_is_for("b.csv-metadata.json", "a.csv"));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("companion");
    TCase *tests = tcase_create("companion");
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, a_data_package_says_how_its_table_is_written);
    tcase_add_test(tests, the_datasets_own_names_and_rules_hold);
    tcase_add_test(tests, metadata_of_csv_on_the_web);
    tcase_add_loop_test(tests, what_does_not_say_enough_is_no_description, 0,
                        sizeof bad / sizeof *bad);
    tcase_add_test(tests, it_is_known_by_its_name);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
