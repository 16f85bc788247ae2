/* Files that bring a description of their own: Frictionless and CSVW. */
#include "core/publication_schema.h"
#include "core/status.h"
#include "tests/core/small_pack.h"
#include "tests/suite.h"

static struct pack *pack;
static struct arena *arena;
static struct problems problems;
static struct extract_report report;

static void begin(void) {
    pack = small_pack();
    arena = arena_new();
    ck_assert_ptr_nonnull(arena);
    problems = (struct problems){0};
}

static void end(void) {
    arena_destroy(&arena);
    pack_destroy(&pack);
}

/* --- what lies beside ------------------------------------------------------------------------- */

struct beside {
    const char *name, *text;
};

static bool find_beside(void *who, const char *name, const char **bytes, size_t *length,
                        struct fault *fault) {
    (void)fault;
    for (const struct beside *file = who; file->name; file++) {
        if (strcmp(file->name, name) != 0)
            continue;
        *bytes = file->text;
        *length = strlen(file->text);
    }
    return true;
}

static const char *const own_yaml =
    "areas: [1, 6]\nlayouts:\n"
    "  - columns: {code: LAD, period: Jahr, value: Lohn}\n    where: {Sex: Persons}\n";

/* Reads d/t.csv with the files beside it; `yaml` NULL: the dataset has no description. */
static enum extract_result run(const char *file, struct beside *files, const char *yaml, bool alone,
                               struct release **out) {
    struct fault fault = {0};
    struct publication_schema by;
    struct description *own = NULL;
    if (yaml) {
        own = description_read("own.yaml", yaml, strlen(yaml), &fault);
        ck_assert_msg(own != NULL, "%s", fault.text);
    }
    struct publication *publication = publication_new("d/t.csv", file, strlen(file));
    const struct schema_beside beside = {find_beside, files};
    bool found = publication_schema_find(publication, beside, arena, &by, &fault);
    ck_assert_msg(found, "%s", fault.text);
    ck_assert_uint_eq(by.n, 1);
    enum extract_result result = publication_schema_extract(
        &by, own, alone, pack->geography, "lad", publication, arena, &report, out, &problems);
    publication_destroy(&publication);
    description_destroy(&own);
    return result;
}

static struct release *read(const char *file, const char *name, const char *schema) {
    struct beside files[] = {{name, schema}, {0}};
    struct release *out = NULL;
    enum extract_result result = run(file, files, NULL, true, &out);
    ck_assert_msg(result == EXTRACT_DONE, "%d %s %s", result, report.misfit,
                  problems.kept[0].reason);
    return out;
}

static size_t find(const struct release *release, const char *code, const char *period) {
    for (size_t i = 0; i < release->n; i++) {
        if (strcmp(release->codes[release->code[i]], code) == 0 &&
            strcmp(release->periods[release->period[i]], period) == 0)
            return i;
    }
    ck_abort_msg("no %s in %s", code, period);
}

/* Reads the schema alone. */
static const struct table_schema *schema(const char *name, const char *text) {
    struct fault fault = {0};
    const struct table_schema *out;
    bool good = table_schema_read(name, text, strlen(text), "d/t.csv", (struct schema_beside){0},
                                  arena, &out, &fault);
    ck_assert_msg(good, "%s", fault.text);
    return out;
}

/* --- names ------------------------------------------------------------------------------------ */

START_TEST(schemas_have_names_by_the_standards) {
    static const char *const names[] = {"a/d/t.csv-metadata.json", "a/d/t.schema.json",
                                        "a/d/t.csv.schema.json",   "a/d/csv-metadata.json",
                                        "a/d/datapackage.json",    "a/datapackage.json"};
    char name[SCHEMA_PATH];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        ck_assert(table_schema_name("a/d/t.csv", i, name, sizeof name));
        ck_assert_str_eq(name, names[i]);
    }
    ck_assert(!table_schema_name("a/d/t.csv", 6, name, sizeof name));
    ck_assert(!table_schema_name("t.csv", 5, name, sizeof name)); /* there is no folder above */
    ck_assert(table_schema_name("d/t.csv", 5, name, sizeof name));
    ck_assert_str_eq(name, "datapackage.json");
    ck_assert(table_schema_name("t.csv.gz", 0, name, sizeof name));
    ck_assert_str_eq(name, "t.csv-metadata.json");
    ck_assert(!table_schema_name("a/d/t.csv", 0, name, 10));
}
END_TEST

/* --- reading ---------------------------------------------------------------------------------- */

START_TEST(a_data_package_says_form_columns_and_marks) {
    struct release *release = read(
        "geo;Jahr;menge;rest;flag\n"
        "E01;2023;1.234,5;7;\n"
        "E02;2023;-99;7;c\n"
        "E03;2023;..;7;\n",
        "d/datapackage.json",
        "\xEF\xBB\xBF{\"name\":\"p\",\"something\":{\"of\":\"their own\"},\"resources\":[\n"
        " {\"path\":\"other.csv\",\"schema\":{\"fields\":[{\"name\":\"x\"}]}},\n"
        " {\"path\":\"t.csv\",\"dialect\":{\"delimiter\":\";\"},\"encoding\":\"UTF-8\",\"schema\":{"
        "\n"
        "  \"missingValues\":[\"\",\"-99\",\"..\"],\n"
        "  \"fields\":[{\"name\":\"geo\",\"title\":\"Area code\"},\n"
        "   {\"name\":\"Jahr\",\"rdfType\":\"http://purl.org/linked-data/sdmx/2009/"
        "dimension#refPeriod\"},\n"
        "   {\"name\":\"menge\",\"title\":\"Value\",\"type\":\"number\",\"decimalChar\":\",\","
        "\"groupChar\":\".\"},\n"
        "   "
        "{\"name\":\"rest\",\"type\":\"integer\"},{\"name\":\"flag\",\"title\":\"Status\"}]}}]}");
    ck_assert_uint_eq(release->n, 3);
    size_t ash = find(release, "E01", "2023"), birch = find(release, "E02", "2023");
    ck_assert_double_eq(release->value[ash], 1234.5);
    ck_assert_uint_eq(release->column[ash], 3);
    ck_assert_uint_eq(release->status[birch], STATUS_CONFIDENTIAL); /* -99 is no number here */
    ck_assert_uint_eq(release->status[find(release, "E03", "2023")], STATUS_NOT_AVAILABLE);
    release_destroy(&release);
}
END_TEST

START_TEST(csvw_says_titles_nulls_and_what_columns_mean) {
    struct release *release = read(
        "When,Where,How much,How sure,Who\n"
        "2024,E01,\"1,500\",90,me\n"
        "2024,E04,nil,,me\n",
        "d/t.csv-metadata.json",
        "{\"@context\":[\"http://www.w3.org/ns/csvw\",{\"@language\":\"en\"}],\n"
        " \"url\":\"downloaded-as.csv\",\"null\":[\"nil\",\"\"],\n"
        " \"tableSchema\":{\"aboutUrl\":\"http://x/id/statistical-geography/{w}\",\"columns\":[\n"
        "  {\"name\":\"t\",\"titles\":\"When\",\"propertyUrl\":\"sdmx-dimension:refPeriod\"},\n"
        "  {\"name\":\"w\",\"titles\":{\"en\":[\"Where\",\"Place\"]}},\n"
        "  {\"name\":\"v\",\"titles\":[\"How much\"],\"datatype\":{\"base\":\"decimal\","
        "\"format\":\"#,##0.##\",\"minimum\":0},\"schema:unitText\":\"pounds\"},\n"
        "  {\"name\":\"l\",\"titles\":\"How sure\",\"propertyUrl\":\"http://x#lower\"},\n"
        "  {\"name\":\"y\",\"titles\":\"Who\"},\n"
        "  {\"name\":\"z\",\"virtual\":true,\"propertyUrl\":\"sdmx-measure:obsValue\"}]}}");
    ck_assert_uint_eq(release->n, 2);
    size_t ash = find(release, "E01", "2024");
    ck_assert_double_eq(release->value[ash], 1500);
    ck_assert_double_eq(release->low[ash], 90);
    ck_assert_uint_eq(release->status[find(release, "E04", "2024")], STATUS_NOT_AVAILABLE);
    release_destroy(&release);
}
END_TEST

START_TEST(a_table_of_a_group_is_found_by_its_address) {
    const char *const group =
        "{\"@context\":\"http://www.w3.org/ns/"
        "csvw\",\"dialect\":{\"delimiter\":\";\"},\"tables\":[\n"
        "{\"url\":\"s.csv\",\"tableSchema\":{\"columns\":[{\"name\":\"a\"}]}},\n"
        "{\"url\":\"http://x.uk/d/t.csv\",\"tableSchema\":{\"columns\":[{\"name\":\"b\"}]}}]}";
    const struct table_schema *out = schema("d/csv-metadata.json", group);
    ck_assert_ptr_nonnull(out);
    ck_assert_str_eq(out->fields[0].name, "b");
    ck_assert_int_eq(out->separator, ';'); /* of the group */
    struct fault fault = {0};
    ck_assert(table_schema_read("d/csv-metadata.json", group, strlen(group), "d/u.csv",
                                (struct schema_beside){0}, arena, &out, &fault));
    ck_assert_ptr_null(out);
}
END_TEST

START_TEST(columns_that_are_periods_are_read_as_such) {
    struct release *release =
        read("LAD code,2022,2023\nE01,1,2\nE02,3,n/k\n", "d/t.schema.json",
             "{\"missingValues\":[\"n/k\"],\"fields\":[{\"name\":\"LAD code\"},"
             "{\"name\":\"2022\",\"type\":\"number\"},{\"name\":\"2023\",\"type\":\"number\"}]}");
    ck_assert_uint_eq(release->n, 4);
    ck_assert_double_eq(release->value[find(release, "E01", "2023")], 2);
    ck_assert_uint_eq(release->status[find(release, "E02", "2023")], STATUS_NOT_AVAILABLE);
    release_destroy(&release);
}
END_TEST

START_TEST(a_schema_may_stand_in_a_file_of_its_own) {
    struct beside files[] = {
        {"datapackage.json",
         "{\"resources\":[{\"path\":\"d/t.csv\",\"schema\":\"s/schema.json\"}]}"},
        {"s/schema.json", "{\"fields\":[{\"name\":\"code\"},{\"name\":\"year\"},"
                          "{\"name\":\"only\",\"type\":\"number\"},{\"name\":\"text\"}]}"},
        {0}};
    struct release *release = NULL;
    ck_assert_int_eq(run("code,year,only,text\nE01,2024,5,a\n", files, NULL, true, &release),
                     EXTRACT_DONE);
    ck_assert_double_eq(release->value[0], 5); /* the only column of numbers */
    release_destroy(&release);
}
END_TEST

/* --- the dataset's own description ------------------------------------------------------------ */

#define OWN_SCHEMA                                                                                 \
    "{\"fields\":[{\"name\":\"LAD\"},{\"name\":\"Sex\"},{\"name\":\"Jahr\"},"                      \
    "{\"name\":\"Lohn\",\"type\":\"number\",\"decimalChar\":\",\"},"                               \
    "{\"name\":\"value\",\"type\":\"number\"}]}"
#define OWN_FILE "LAD\tSex\tJahr\tLohn\tvalue\nE01\tPersons\t2024\t1,5\t9\nE01\tMen\t2024\t2\t9\n"

START_TEST(the_datasets_own_columns_go_before_known_names) {
    struct beside files[] = {{"d/t.schema.json", OWN_SCHEMA}, {0}};
    struct release *release = NULL;
    enum extract_result result = run(OWN_FILE, files, own_yaml, false, &release);
    ck_assert_msg(result == EXTRACT_DONE, "%s %s", report.misfit, problems.kept[0].reason);
    ck_assert_uint_eq(release->n, 1); /* its filter holds */
    ck_assert_double_eq(release->value[0], 1.5);
    release_destroy(&release);
}
END_TEST

START_TEST(a_schema_without_the_datasets_columns_is_for_another_unless_it_is_named) {
    struct beside files[] = {{"d/t.schema.json", "{\"fields\":[{\"name\":\"code\"},"
                                                 "{\"name\":\"year\"},{\"name\":\"value\"}]}"},
                             {0}};
    struct release *release = NULL;
    const char *const file = "code,year,value\nE01,2024,3\n";
    ck_assert_int_eq(run(file, files, own_yaml, false, &release), EXTRACT_NO_FIT);
    ck_assert_msg(strstr(report.misfit, "no column 'lad'") != NULL, "%s", report.misfit);
    ck_assert_int_eq(run(file, files, own_yaml, true, &release), EXTRACT_DONE);
    ck_assert_double_eq(release->value[0], 3);
    release_destroy(&release);
}
END_TEST

START_TEST(a_part_may_be_said_by_a_property_of_our_own_or_by_the_datasets_name_for_it) {
    static const char yaml[] = "range: [0, 10]\n"
                               "layouts:\n"
                               "  - columns: {code: somewhere, period: year, value: quantity}\n"
                               "    where: {sex: all, colour: red}\n"
                               "    scale: 2\n";
    struct beside files[] = {{"d/t.schema.json",
                              "{\"fields\":[{\"name\":\"area_code\"},{\"name\":\"place\","
                              "\"mindex\":\"code\"},{\"name\":\"year\"},{\"name\":\"sex\"},"
                              "{\"name\":\"value\"},{\"name\":\"quantity\"}]}"},
                             {0}};
    struct release *release = NULL;
    enum extract_result result =
        run("area_code,place,year,sex,value,quantity\n,E01,2024,all,7,3\n,E01,2024,men,7,4\n",
            files, yaml, true, &release);
    ck_assert_msg(result == EXTRACT_DONE, "%s %s", report.misfit, problems.kept[0].reason);
    ck_assert_uint_eq(release->n, 1); /* the filter whose column is there holds */
    ck_assert_double_eq(release->value[0], 6);
    release_destroy(&release);
}
END_TEST

/* --- what is refused -------------------------------------------------------------------------- */

#define FIELDS(value, more)                                                                        \
    "{\"fields\":[{\"name\":\"code\",\"constraints\":{\"required\":true}},{\"name\":\"year\"},"    \
    "{\"name\":\"value\"," value "}" more "]}"

static const struct {
    const char *schema, *file;
    uint64_t line, column;
    const char *reason;
} broken[] = {
    {FIELDS("\"type\":\"number\"", ""), "E01,2024,[x]\n", 2, 3, "'[x]', expected a number"},
    {FIELDS("\"type\":\"number\"", ""), "E01,2024,\"1,234\"\n", 2, 3, "'1,234', expected a number"},
    {FIELDS("\"type\":\"integer\"", ""), "E01,2024,1.5\n", 2, 3, "expected a whole number"},
    {FIELDS("\"type\":\"number\",\"constraints\":{\"minimum\":2}", ""), "E01,2024,1.5\n", 2, 3,
     "'1.5', expected a number from 2 in 'value'"},
    {FIELDS("\"type\":\"number\",\"constraints\":{\"maximum\":\"2\"}", ""),
     "E01,2024,2\nE02,2024,3\n", 3, 3, "expected a number up to 2"},
    {FIELDS("\"type\":\"number\",\"constraints\":{\"exclusiveMaximum\":2}", ""), "E01,2024,2\n", 2,
     3, "expected a number below 2"},
    {FIELDS("\"constraints\":{\"required\":true}", ""), "E01,2024,\n", 2, 3, "expected a value"},
    {FIELDS("\"type\":\"number\"",
            ",{\"name\":\"status\",\"constraints\":{\"enum\":[\"p\",\"r\"]}}"),
     "E01,2024,1,e\n", 2, 4, "'e', expected one of 'p', 'r' in 'status'"},
    {FIELDS("\"type\":\"number\"", ",{\"name\":\"lost\"}"), "E01,2024,1\n", 1, 0,
     "no column 'lost', which d/t.schema.json describes"},
};

START_TEST(what_the_schema_promises_and_the_file_breaks_is_said_with_its_place) {
    struct beside files[] = {{"d/t.schema.json", broken[_i].schema}, {0}};
    struct release *release = NULL;
    char file[200];
    (void)snprintf(file, sizeof file, "code,year,value%s\n%s",
                   strstr(broken[_i].schema, "status") ? ",status" : "", broken[_i].file);
    enum extract_result result = run(file, files, NULL, true, &release);
    ck_assert_msg(result == EXTRACT_REFUSED, "%d %s", result, report.misfit);
    ck_assert_ptr_null(release);
    ck_assert_uint_eq(problems.total, 1);
    ck_assert_msg(strstr(problems.kept[0].reason, broken[_i].reason) != NULL, "%s",
                  problems.kept[0].reason);
    ck_assert_uint_eq(problems.kept[0].line, broken[_i].line);
    ck_assert_uint_eq(problems.kept[0].column, broken[_i].column);
    ck_assert_str_eq(problems.kept[0].file, "d/t.csv");
}
END_TEST

START_TEST(what_the_schema_promises_and_the_file_keeps_is_no_problem) {
    struct release *release =
        read("code,year,value,status\nE01,2024,2,p\nE02,2024,,\n", "d/t.schema.json",
             FIELDS("\"type\":\"number\",\"constraints\":{\"minimum\":2,\"maximum\":2}",
                    ",{\"name\":\"status\",\"constraints\":{\"enum\":[\"p\",\"r\"]}}"));
    ck_assert_uint_eq(release->n, 2);
    release_destroy(&release);
}
END_TEST

static const struct {
    const char *schema, *reason;
} bad[] = {
    {"{\"fields\":[", "d/t.schema.json:1:"},
    {"[1]", "no schema that is known"},
    {"{}", "no schema that is known"},
    {"{\"fields\":[]}", "expected 'fields', a list of 1 to"},
    {"{\"fields\":[{\"title\":\"x\"}]}", "fields[0]: expected a 'name'"},
    {"{\"fields\":[{\"name\":\"x\",\"type\":\"number\",\"constraints\":{\"minimum\":\"few\"}}]}",
     "fields[0]: a bound that is no number"},
    {"{\"schema\":\"http://x/s.json\"}", "nothing is fetched"},
    {"{\"schema\":\"../s.json\"}", "nothing is fetched"},
    {"{\"schema\":\"s.json\"}", "there is no file 's.json' beside the schema"},
    {"{\"encoding\":\"utf-16\",\"schema\":{\"fields\":[{\"name\":\"x\"}]}}",
     "'encoding' is 'utf-16'"},
    {"{\"dialect\":{\"delimiter\":\"|\"},\"schema\":{\"fields\":[{\"name\":\"x\"}]}}",
     "'delimiter' is '|'"},
    {"{\"dialect\":{\"header\":false},\"schema\":{\"fields\":[{\"name\":\"x\"}]}}",
     "0 header rows"},
    {"{\"dialect\":{\"quoteChar\":\"'\"},\"schema\":{\"fields\":[{\"name\":\"x\"}]}}",
     "'quoteChar'"},
    {"{\"fields\":[{\"name\":\"x\",\"mindex\":\"size\"}]}", "'mindex' is 'size', expected code"},
    {"{\"tableSchema\":{}}", "tableSchema: expected 'columns'"},
    {"{\"tableSchema\":{\"columns\":[{}]}}", "tableSchema.columns[0]: a column needs"},
};

START_TEST(a_schema_that_cannot_be_followed_says_where) {
    struct fault fault = {0};
    const struct table_schema *out;
    ck_assert(!table_schema_read("d/t.schema.json", bad[_i].schema, strlen(bad[_i].schema),
                                 "d/t.csv", (struct schema_beside){0}, arena, &out, &fault));
    ck_assert_msg(strstr(fault.text, bad[_i].reason) != NULL, "%s", fault.text);
    ck_assert_msg(strncmp(fault.text, "d/t.schema.json:", 16) == 0, "%s", fault.text);
}
END_TEST

static const struct {
    const char *schema, *reason;
} unclear[] = {
    {"{\"fields\":[{\"name\":\"code\"},{\"name\":\"year\"},{\"name\":\"a\",\"type\":\"number\"},"
     "{\"name\":\"b\",\"type\":\"number\"}]}",
     "both 'a' and 'b' may be the column 'value'"},
    {"{\"fields\":[{\"name\":\"code\"},{\"name\":\"value\"}]}", "known to be a period among its 2"},
    {"{\"fields\":[{\"name\":\"year\"},{\"name\":\"value\"}]}", "an area's code or name"},
    {"{\"fields\":[{\"name\":\"code\"},{\"name\":\"year\"},{\"name\":\"x\"}]}",
     "known to be the value"},
};

START_TEST(a_part_that_is_not_clear_is_not_guessed) {
    struct beside files[] = {{"d/t.schema.json", unclear[_i].schema}, {0}};
    struct release *release = NULL;
    ck_assert_int_eq(run("code,year,a,b\nE01,2024,1,2\n", files, NULL, true, &release),
                     EXTRACT_NO_FIT);
    ck_assert_msg(strstr(report.misfit, unclear[_i].reason) != NULL, "%s", report.misfit);
}
END_TEST

/* Whatever JSON comes, it ends with a schema or a fault. */
START_TEST(no_json_breaks_it) {
    static const char whole[] =
        "{\"resources\":[{\"path\":\"t.csv\",\"dialect\":{\"delimiter\":\";\"},\"schema\":{"
        "\"fields\":["
        "{\"name\":\"v\",\"type\":\"number\",\"constraints\":{\"enum\":[1,null,{}]}}]}}],"
        "\"tables\":[{\"url\":\"t.csv\",\"tableSchema\":{\"columns\":[{\"titles\":{\"en\":[\"a\"]}}"
        "]}}]}";
    static const char pieces[] = "[]{}:,\"\\n1-tfu \xFF";
    uint64_t state = UINT64_C(88172645463325252) + (uint64_t)_i;
    char text[sizeof whole];
    memcpy(text, whole, sizeof whole);
    for (int i = 0; i < 1 + _i % 4; i++)
        text[suite_random(&state) % (sizeof whole - 1)] =
            pieces[suite_random(&state) % (sizeof pieces - 1)];
    struct fault fault = {0};
    const struct table_schema *out = NULL;
    bool good = table_schema_read("x", text, sizeof whole - 1, "t.csv", (struct schema_beside){0},
                                  arena, &out, &fault);
    ck_assert(good || (!out && fault.text[0]));
}
END_TEST

#define COUNT(list) ((int)(sizeof list / sizeof *list))

int main(void) {
    Suite *suite = suite_create("table schema");
    TCase *tests = tcase_create("table schema");
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, schemas_have_names_by_the_standards);
    tcase_add_test(tests, a_data_package_says_form_columns_and_marks);
    tcase_add_test(tests, csvw_says_titles_nulls_and_what_columns_mean);
    tcase_add_test(tests, a_table_of_a_group_is_found_by_its_address);
    tcase_add_test(tests, columns_that_are_periods_are_read_as_such);
    tcase_add_test(tests, a_schema_may_stand_in_a_file_of_its_own);
    tcase_add_test(tests, the_datasets_own_columns_go_before_known_names);
    tcase_add_test(tests, a_schema_without_the_datasets_columns_is_for_another_unless_it_is_named);
    tcase_add_test(tests,
                   a_part_may_be_said_by_a_property_of_our_own_or_by_the_datasets_name_for_it);
    tcase_add_loop_test(tests, what_the_schema_promises_and_the_file_breaks_is_said_with_its_place,
                        0, COUNT(broken));
    tcase_add_test(tests, what_the_schema_promises_and_the_file_keeps_is_no_problem);
    tcase_add_loop_test(tests, a_schema_that_cannot_be_followed_says_where, 0, COUNT(bad));
    tcase_add_loop_test(tests, a_part_that_is_not_clear_is_not_guessed, 0, COUNT(unclear));
    tcase_add_loop_test(tests, no_json_breaks_it, 0, 400);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
