/* Files that bring a description of their own: Frictionless and CSVW. */
#include "core/publication_schema.h"
#include "core/status.h"
#include "core/table_schema_check.h"
#include "tests/core/small_book.h"
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
static enum extract_result run_bytes(const char *file, size_t length, struct beside *files,
                                     const char *yaml, bool alone, struct release **out) {
    struct fault fault = {0};
    struct publication_schema by;
    struct description *own = NULL;
    if (yaml) {
        own = description_read("own.yaml", yaml, strlen(yaml), &fault);
        ck_assert_msg(own != NULL, "%s", fault.text);
    }
    struct publication *publication = publication_new("d/t.csv", file, length);
    const struct schema_beside beside = {find_beside, files};
    bool found = publication_schema_find(publication, beside, arena, &by, &fault);
    ck_assert_msg(found, "%s", fault.text);
    ck_assert_uint_ge(by.n, 1);
    enum extract_result result = publication_schema_extract(
        &by, own, alone, pack->geography, "lad", publication, arena, &report, out, &problems);
    publication_destroy(&publication);
    description_destroy(&own);
    return result;
}

static enum extract_result run(const char *file, struct beside *files, const char *yaml, bool alone,
                               struct release **out) {
    return run_bytes(file, strlen(file), files, yaml, alone, out);
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

/* All that the two standards say of a column that counts here. */
static const struct {
    const char *schema;
    enum schema_type type;
    char decimal, group;
    bool has_low, has_high, above, below;
    double low, high;
} said[] = {
    {"{\"fields\":[{\"name\":\"x\",\"type\":\"string\",\"constraints\":{\"minimum\":\"b\"}}]}",
     SCHEMA_ANY, 0, 0, false, false, false, false, 0, 0},
    {"{\"fields\":[{\"name\":\"x\",\"type\":\"integer\",\"decimalChar\":\"..\",\"groupChar\":\" \","
     "\"constraints\":{\"exclusiveMinimum\":1,\"maximum\":null}}]}",
     SCHEMA_INTEGER, 0, ' ', true, false, true, false, 1, 0},
    {"{\"fields\":[{\"name\":\"x\",\"type\":\"number\",\"constraints\":{\"minimum\":1,"
     "\"exclusiveMinimum\":0,\"maximum\":3,\"exclusiveMaximum\":4}}]}",
     SCHEMA_NUMBER, 0, 0, true, true, false, false, 1, 3},
    {"{\"tableSchema\":{\"columns\":[{\"name\":\"x\",\"datatype\":\"unsignedInt\"}]}}",
     SCHEMA_INTEGER, 0, 0, true, false, false, false, 0, 0},
    {"{\"tableSchema\":{\"columns\":[{\"name\":\"x\",\"datatype\":\"positiveInteger\"}]}}",
     SCHEMA_INTEGER, 0, 0, true, false, false, false, 1, 0},
    {"{\"tableSchema\":{\"columns\":[{\"name\":\"x\",\"datatype\":{\"base\":\"short\","
     "\"minExclusive\":2,"
     "\"maxExclusive\":\"9\"}}]}}",
     SCHEMA_INTEGER, 0, 0, true, true, true, true, 2, 9},
    {"{\"tableSchema\":{\"columns\":[{\"name\":\"x\",\"datatype\":{\"base\":\"double\","
     "\"minInclusive\":2,"
     "\"maxInclusive\":9,\"format\":{\"decimalChar\":\",\",\"pattern\":\"#,0\"}}}]}}",
     SCHEMA_NUMBER, ',', 0, true, true, false, false, 2, 9},
    {"{\"tableSchema\":{\"columns\":[{\"name\":\"x\",\"datatype\":{\"base\":\"number\","
     "\"format\":{\"groupChar\":\"'\",\"pattern\":\"#,##0\"}}}]}}",
     SCHEMA_NUMBER, 0, '\'', false, false, false, false, 0, 0},
    {"{\"tableSchema\":{\"columns\":[{\"name\":\"x\",\"datatype\":{\"base\":\"number\","
     "\"format\":{\"pattern\":\"#,##0\"}}}]}}",
     SCHEMA_NUMBER, 0, ',', false, false, false, false, 0, 0},
    {"{\"tableSchema\":{\"columns\":[{\"name\":\"x\",\"datatype\":{\"base\":\"float\",\"format\":"
     "\"0.0\"}}]}}",
     SCHEMA_NUMBER, 0, 0, false, false, false, false, 0, 0},
    /* Numbers by their format, though the base is not said; the bounds of a date are none. */
    {"{\"tableSchema\":{\"columns\":[{\"name\":\"x\",\"datatype\":{\"format\":{\"groupChar\":\",\"}"
     "}}]}}",
     SCHEMA_ANY, 0, ',', false, false, false, false, 0, 0},
    {"{\"tableSchema\":{\"columns\":[{\"name\":\"x\",\"datatype\":{\"base\":\"date\",\"minimum\":"
     "\"2024-01-01\"}}]}}",
     SCHEMA_ANY, 0, 0, false, false, false, false, 0, 0},
    {"{\"tableSchema\":{\"datatype\":\"integer\",\"columns\":[{\"name\":\"x\",\"datatype\":7}]}}",
     SCHEMA_ANY, 0, 0, false, false, false, false, 0, 0},
    {"{\"datatype\":\"integer\",\"tableSchema\":{\"columns\":[{\"name\":\"x\"}]}}", SCHEMA_INTEGER,
     0, 0, false, false, false, false, 0, 0},
};

START_TEST(a_column_is_what_the_standards_say) {
    const struct table_schema *out = schema("d/t.schema.json", said[_i].schema);
    ck_assert_ptr_nonnull(out);
    const struct schema_field *field = &out->fields[0];
    ck_assert_int_eq(field->type, said[_i].type);
    ck_assert_int_eq(field->decimal, said[_i].decimal);
    ck_assert_int_eq(field->group, said[_i].group);
    ck_assert(field->has_low == said[_i].has_low && field->has_high == said[_i].has_high);
    ck_assert(field->above == said[_i].above && field->below == said[_i].below);
    if (field->has_low)
        ck_assert_double_eq(field->low, said[_i].low);
    if (field->has_high)
        ck_assert_double_eq(field->high, said[_i].high);
}
END_TEST

START_TEST(words_are_taken_as_they_are_written_in_a_cell) {
    static const char *const words[] = {"a", "1", "2.5", "true", "false", "b", ""};
    const struct schema_field *field =
        schema("d/t.schema.json",
               "{\"fields\":[{\"name\":\"x\",\"missingValues\":\"-\",\"constraints\":{\"enum\":"
               "[\"a\",1,2.5,true,false,{\"value\":\"b\"},null]}}]}")
            ->fields;
    ck_assert_uint_eq(field->n_allowed, 7);
    for (size_t i = 0; i < field->n_allowed; i++)
        ck_assert_str_eq(field->allowed[i], words[i]);
    ck_assert_uint_eq(field->n_missing, 1);
    ck_assert_str_eq(field->missing[0], "-");
    field =
        schema("d/t.schema.json", "{\"fields\":[{\"name\":\"x\",\"missingValues\":null}]}")->fields;
    ck_assert_uint_eq(field->n_missing, 0);
}
END_TEST

START_TEST(titles_are_in_any_number_of_languages) {
    const struct table_schema *out =
        schema("d/t.csv-metadata.json",
               "{\"@context\":[\"http://www.w3.org/ns/csvw\"],\"tableSchema\":{\"columns\":["
               "{\"titles\":{\"en\":\"Area\",\"cy\":[\"Ardal\",7],\"xx\":{}}},"
               "{\"titles\":[],\"name\":\"n\",\"valueUrl\":"
               "\"http://x/statistical-geography/{+n}\"}]}}");
    ck_assert_uint_eq(out->n_fields, 2);
    ck_assert_uint_eq(out->fields[0].headings.n, 2);
    ck_assert_str_eq(out->fields[0].name, "area");
    ck_assert_str_eq(out->fields[1].headings.list[0], "n");
    ck_assert(out->fields[1].area && !out->fields[0].area);
    /* More titles than are kept. */
    char many[600] = "{\"tableSchema\":{\"columns\":[{\"titles\":[";
    for (int i = 0; i < 30; i++)
        (void)snprintf(many + strlen(many), sizeof many - strlen(many), "%s\"t%d\"", i ? "," : "",
                       i);
    (void)snprintf(many + strlen(many), sizeof many - strlen(many), "]}]}}");
    out = schema("d/t.csv-metadata.json", many);
    ck_assert_uint_eq(out->fields[0].headings.n, 20);
}
END_TEST

/* How a schema says of which file it is. */
static const struct {
    const char *schema;
    bool describes;
} addressed[] = {
    {"{\"resources\":[{\"path\":\"./t.csv\",\"schema\":{\"fields\":[{\"name\":\"x\"}]}}]}", true},
    {"{\"resources\":[{\"path\":\"d/t.csv.gz\",\"schema\":{\"fields\":[{\"name\":\"x\"}]}}]}",
     true},
    {"{\"resources\":[{\"path\":\"e/t.csv\",\"schema\":{\"fields\":[{\"name\":\"x\"}]}}]}", true},
    {"{\"resources\":[{\"path\":[\"s.csv\",7,\"t.csv\"],\"schema\":{\"fields\":[{\"name\":\"x\"}]}}"
     "]}",
     true},
    {"{\"resources\":[{\"path\":\"u.csv\",\"schema\":{\"fields\":[{\"name\":\"x\"}]}}]}", false},
    {"{\"resources\":[{\"path\":\"t.csv\"}]}", false}, /* it says nothing of its columns */
    {"{\"resources\":[{\"schema\":{}}]}", false},
    {"{\"tables\":[{\"tableSchema\":{\"columns\":[{\"name\":\"x\"}]}}]}", true},
    {"{\"tables\":[]}", false},
    {"{\"tables\":{},\"url\":\"t.csv\",\"tableSchema\":{\"columns\":[{\"name\":\"x\"}]}}", true},
    {"{\"url\":\"u.csv\",\"tableSchema\":{\"columns\":[{\"name\":\"x\"}]}}", false},
};

START_TEST(a_schema_is_of_the_file_that_it_names) {
    const struct table_schema *out = schema("d/x.json", addressed[_i].schema);
    ck_assert_msg((out != NULL) == addressed[_i].describes, "%s", addressed[_i].schema);
}
END_TEST

START_TEST(the_nearest_address_of_several_counts) {
    const struct table_schema *out =
        schema("d/datapackage.json",
               "{\"resources\":[{\"path\":\"e/t.csv\",\"schema\":{\"fields\":[{\"name\":\"a\"}]}},"
               "{\"path\":\"d/t.csv\",\"schema\":{\"fields\":[{\"name\":\"b\"}]}},"
               "{\"path\":\"t.csv\",\"schema\":{\"fields\":[{\"name\":\"c\"}]}}]}");
    ck_assert_str_eq(out->fields[0].name, "b");
}
END_TEST

START_TEST(form_is_said_by_a_dialect) {
    const struct table_schema *out = schema(
        "d/t.schema.json",
        "{\"dialect\":{\"delimiter\":\"\\\\t\",\"headerRows\":[1,2],\"quoteChar\":\"\\\"\","
        "\"escapeChar\":\"\\\"\",\"doubleQuote\":true,\"encoding\":\"Latin1\",\"sheetName\":\"S\"},"
        "\"schema\":{\"fieldsMatch\":[\"superset\"],\"fields\":[{\"name\":\"x\"}]}}");
    ck_assert_int_eq(out->separator, '\t');
    ck_assert_uint_eq(out->header_rows, 2);
    ck_assert(out->has_encoding && out->encoding == BOOK_WINDOWS_1252 && out->may_lack);
    ck_assert_str_eq(out->sheet, "S");
    out = schema("d/t.schema.json", "{\"dialect\":{\"headerRowCount\":3},\"schema\":{"
                                    "\"fieldsMatch\":\"partial\",\"fields\":[{\"name\":\"x\"}]}}");
    ck_assert(out->header_rows == 3 && out->may_lack);
    out = schema("d/t.schema.json", "{\"dialect\":{\"headerRowCount\":-1},\"schema\":{"
                                    "\"fieldsMatch\":\"equal\",\"fields\":[{\"name\":\"x\"}]}}");
    ck_assert(out->header_rows == 0 && !out->may_lack);
}
END_TEST

START_TEST(a_sheet_and_rows_of_headings_that_the_schema_names_are_read) {
    struct release *release =
        read("when;where;much\nYear;Code;Value\n2024;E01;\xa3"
             "5\n",
             "d/t.schema.json",
             "{\"dialect\":{\"delimiter\":\";\",\"headerRows\":[1,2],\"encoding\":\"cp1252\"},"
             "\"schema\":{"
             "\"fields\":[{\"name\":\"when Year\",\"title\":\"Year\"},{\"name\":\"where Code\","
             "\"title\":\"Code\"},{\"name\":\"much Value\",\"title\":\"Value\"}]}}");
    ck_assert_double_eq(release->value[0], 5);
    ck_assert_uint_eq(release->line[0], 3);
    release_destroy(&release);
}
END_TEST

static bool find_nothing(void *who, const char *name, const char **bytes, size_t *length,
                         struct fault *fault) {
    (void)who, (void)bytes, (void)length;
    return fault_set(fault, FAULT_SYSTEM, "'%s' cannot be read", name);
}

START_TEST(what_lies_beside_and_cannot_be_read_is_said) {
    static const char text[] = "{\"schema\":\"s.json\"}";
    struct fault fault = {0};
    const struct table_schema *out;
    ck_assert(!table_schema_read("d/t.schema.json", text, strlen(text), "d/t.csv",
                                 (struct schema_beside){find_nothing, NULL}, arena, &out, &fault));
    ck_assert_str_eq(fault.text, "'d/s.json' cannot be read");
    ck_assert(!table_schema_find("d/t.csv", (struct schema_beside){find_nothing, NULL}, arena, &out,
                                 &fault));
    ck_assert_str_eq(fault.text, "'d/t.csv-metadata.json' cannot be read");
}
END_TEST

START_TEST(what_lies_beside_and_is_no_object_is_said) {
    static const struct {
        const char *text, *reason;
    } linked[] = {{"[1]", "d/t.schema.json: schema: 's.json' holds no object"},
                  {"{", "d/s.json:1:1: not JSON: string or '}' expected near end of file"}};
    static const char text[] = "{\"schema\":\"s.json\"}";
    for (size_t i = 0; i < 2; i++) {
        struct beside files[] = {{"d/s.json", linked[i].text}, {0}};
        struct fault fault = {0};
        const struct table_schema *out;
        ck_assert(!table_schema_read("d/t.schema.json", text, strlen(text), "d/t.csv",
                                     (struct schema_beside){find_beside, files}, arena, &out,
                                     &fault));
        ck_assert_str_eq(fault.text, linked[i].reason);
    }
}
END_TEST

START_TEST(a_schema_has_a_most_of_bytes_columns_and_words) {
    struct fault fault = {0};
    const struct table_schema *out;
    char *text = malloc(SCHEMA_BYTES_MAX + 1);
    memset(text, ' ', SCHEMA_BYTES_MAX + 1);
    ck_assert(!table_schema_read("x", text, SCHEMA_BYTES_MAX + 1, "t.csv",
                                 (struct schema_beside){0}, arena, &out, &fault));
    ck_assert_str_eq(fault.text, "x: 4194305 bytes, expected a schema of at most 4194304");
    char *words = text + sprintf(text, "{\"fields\":[{\"name\":\"x\",\"missingValues\":[");
    for (int i = 0; i <= 10000; i++)
        words += sprintf(words, "%s1", i ? "," : "");
    words += sprintf(words, "]}]}");
    ck_assert(!table_schema_read("x", text, (size_t)(words - text), "t.csv",
                                 (struct schema_beside){0}, arena, &out, &fault));
    ck_assert_str_eq(fault.text, "x: fields[0]: a list of 10001 words, expected at most 10000");
    for (int csvw = 0; csvw < 2; csvw++) {
        char *at = text + sprintf(text, csvw ? "{\"tableSchema\":{\"columns\":[" : "{\"fields\":[");
        for (int i = 0; i <= SCHEMA_FIELDS_MAX; i++)
            at += sprintf(at, "%s{\"name\":\"x\"}", i ? "," : "");
        at += sprintf(at, csvw ? "]}}" : "]}");
        ck_assert(!table_schema_read("x", text, (size_t)(at - text), "t.csv",
                                     (struct schema_beside){0}, arena, &out, &fault));
        ck_assert_msg(strstr(fault.text, "a list of 1 to 4096") != NULL, "%s", fault.text);
    }
    free(text);
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

/* Reads a file by a schema and the dataset's description, which is not the first choice. */
static struct release *read_alone(const char *file, const char *text, const char *yaml) {
    struct beside files[] = {{"d/t.schema.json", text}, {0}};
    struct release *out = NULL;
    enum extract_result result = run(file, files, yaml, true, &out);
    ck_assert_msg(result == EXTRACT_DONE, "%d %s %s", result, report.misfit,
                  problems.kept[0].reason);
    return out;
}

START_TEST(the_datasets_columns_may_be_given_by_their_place_or_in_a_later_layout) {
    static const char yaml[] = "unit: pounds\nlayouts:\n"
                               "  - columns: {code: nowhere, period: Jahr, value: Lohn}\n"
                               "  - columns: {code: LAD, period: Jahr, value: Lohn}\n"
                               "    where: {Age: All}\n"
                               "  - columns: {code: \"#1\", period: \"#3\", value: \"#4\"}\n"
                               "    where: {Sex: Persons}\n";
    struct beside files[] = {{"d/t.schema.json", OWN_SCHEMA}, {0}};
    struct release *release = NULL;
    ck_assert_int_eq(run(OWN_FILE, files, yaml, false, &release), EXTRACT_DONE);
    ck_assert_uint_eq(release->n, 1);
    ck_assert_double_eq(release->value[0], 1.5);
    release_destroy(&release);
}
END_TEST

static const struct {
    const char *yaml, *lacks;
} lacking[] = {
    {"layouts:\n  - columns: {code: LAD, period: Jahr, value: Lohn}\n    where: {Age: All}\n",
     "d/t.schema.json describes no column 'age'"},
    {"layouts:\n  - columns: {code: \"L*\", period: Jahr, value: Lohn}\n", /* several */
     "d/t.schema.json describes no column 'l*'"},
    {"layouts:\n  - columns: {code: \"#6\", period: Jahr, value: Lohn}\n",
     "d/t.schema.json describes no column '#6'"},
    {"layouts:\n  - columns: {code: here, period: Jahr, value: Lohn}\n"
     "  - columns: {code: there, period: Jahr, value: Lohn}\n",
     "d/t.schema.json describes no column 'here'"},
};

START_TEST(a_column_that_the_dataset_has_and_the_schema_has_not_is_named) {
    struct beside files[] = {{"d/t.schema.json", OWN_SCHEMA}, {0}};
    struct release *release = NULL;
    ck_assert_int_eq(run(OWN_FILE, files, lacking[_i].yaml, false, &release), EXTRACT_NO_FIT);
    ck_assert_str_eq(report.misfit, lacking[_i].lacks);
}
END_TEST

START_TEST(the_datasets_marks_and_period_hold_beside_what_the_schema_says_is_missing) {
    struct release *release =
        read_alone("code,value\nE01,-99\nE02,-98\nE03,[x]\nE04,4\n",
                   "{\"missingValues\":[\"-99\",\"-98\",\"[x]\"],\"fields\":[{\"name\":\"code\"},"
                   "{\"name\":\"value\",\"type\":\"number\"}]}",
                   "layouts:\n  - columns: {code: somewhere, value: much}\n"
                   "    period: {fixed: 2020}\n    marks: {\"-99\": confidential}\n");
    ck_assert_uint_eq(release->status[find(release, "E01", "2020")], STATUS_CONFIDENTIAL);
    ck_assert_uint_eq(release->status[find(release, "E02", "2020")], STATUS_NOT_AVAILABLE);
    ck_assert_uint_eq(release->status[find(release, "E03", "2020")], STATUS_NOT_AVAILABLE);
    ck_assert_double_eq(release->value[find(release, "E04", "2020")], 4);
    release_destroy(&release);
}
END_TEST

START_TEST(periods_in_headings_are_not_found_where_the_schema_has_none) {
    struct beside files[] = {
        {"d/t.schema.json", "{\"fields\":[{\"name\":\"code\"},{\"name\":\"value\"}]}"}, {0}};
    struct release *release = NULL;
    ck_assert_int_eq(run("code,value\nE01,1\n", files,
                         "layouts:\n  - {columns: {code: here}, period: headings}\n", true,
                         &release),
                     EXTRACT_NO_FIT);
    ck_assert_msg(strstr(report.misfit, "no column that is known to be a period") != NULL, "%s",
                  report.misfit);
}
END_TEST

START_TEST(the_unit_is_the_datasets_or_else_the_schemas) {
    static const char text[] = "{\"fields\":[{\"name\":\"code\"},{\"name\":\"year\"},"
                               "{\"name\":\"value\",\"unit\":\"pounds\"}]}";
    struct layout layout;
    struct fault fault = {0};
    const char *unit;
    ck_assert_int_eq(table_schema_layout(schema("d/t.schema.json", text), NULL, true, arena,
                                         &layout, &unit, &fault),
                     SCHEMA_FITS);
    ck_assert_str_eq(unit, "pounds");
    ck_assert_str_eq(layout.name, "d/t.schema.json");
    ck_assert_uint_eq(layout.header_rows, 1);
}
END_TEST

static struct beside nothing[] = {{0}};

/* --- archives --------------------------------------------------------------------------------- */

#define CODE_YEAR_VALUE                                                                            \
    "{\"fields\":[{\"name\":\"code\"},{\"name\":\"year\"},{\"name\":\"value\",\"type\":"           \
    "\"number\"}]}"

static void from_archive(const struct small_part *parts, const char *sheet, double value) {
    struct release *release = NULL;
    size_t length;
    char *bytes = small_zip(parts, &length);
    enum extract_result result = run_bytes(bytes, length, nothing, NULL, true, &release);
    ck_assert_msg(result == EXTRACT_DONE, "%d %s %s", result, report.misfit,
                  problems.kept[0].reason);
    ck_assert_uint_eq(release->n, 1);
    ck_assert_double_eq(release->value[0], value);
    ck_assert_str_eq(release->sheets[release->sheet[0]], sheet);
    release_destroy(&release);
    free(bytes);
}

START_TEST(each_table_in_an_archive_has_the_schema_that_lies_beside_it) {
    const struct small_part tables[] = {
        {"a.csv", "x,y\n1,2\n", 0},
        {"a.schema.json", "{\"fields\":[{\"name\":\"x\"},{\"name\":\"y\"}]}", 0},
        {"b.csv", "code,year,value\nE01,2024,3\n", 0},
        {"b.schema.json", CODE_YEAR_VALUE, 0},
        {"c.csv", "code\n", 0}, /* it has none */
        {0}};
    from_archive(tables, "b.csv", 3);
}
END_TEST

START_TEST(a_workbook_in_an_archive_has_a_schema_too) {
    size_t inner;
    char *workbook = small_xlsx(
        "<row><c t=\"inlineStr\"><is><t>code</t></is></c><c "
        "t=\"inlineStr\"><is><t>year</t></is></c>"
        "<c t=\"inlineStr\"><is><t>value</t></is></c></row>"
        "<row><c t=\"inlineStr\"><is><t>E01</t></is></c><c><v>2024</v></c><c><v>5.5</v></c></row>"
        "<row><c r=\"B3\" t=\"inlineStr\"><is><t>Source</t></is></c></row>",
        "", "", &inner);
    const struct small_part parts[] = {
        {"w.xlsx", workbook, inner},
        {"w.schema.json",
         "{\"fields\":[{\"name\":\"code\"},{\"name\":\"year\",\"type\":\"string\"},"
         "{\"name\":\"value\",\"type\":\"number\"}]}",
         0},
        {0}};
    struct release *release = NULL;
    size_t length;
    char *bytes = small_zip(parts, &length);
    enum extract_result result =
        run_bytes(bytes, length, nothing,
                  "layouts:\n  - columns: {code: code, period: year, value: "
                  "value}\n    without-code: skip\n",
                  false, &release);
    ck_assert_msg(result == EXTRACT_DONE, "%d %s %s", result, report.misfit,
                  problems.kept[0].reason);
    ck_assert_double_eq(release->value[0], 5.5);
    ck_assert_str_eq(release->sheets[0], "w.xlsx: S");
    release_destroy(&release);
    free(bytes);
    free(workbook);
}
END_TEST

START_TEST(a_schema_in_an_archive_that_cannot_be_read_is_said) {
    const struct small_part parts[] = {
        {"a.csv", "code,year,value\n", 0}, {"a.schema.json", CODE_YEAR_VALUE, 0}, {0}};
    struct publication_schema by;
    struct fault fault = {0};
    size_t length;
    char *bytes = small_zip(parts, &length);
    for (size_t i = length - 3; i-- > 30;) { /* bit 0 of the flags of the last: encrypted */
        if (memcmp(bytes + i, "PK\x01\x02", 4) == 0) {
            bytes[i + 8] |= 1;
            break;
        }
    }
    struct publication *publication = publication_new("a.zip", bytes, length);
    ck_assert(!publication_schema_find(publication, (struct schema_beside){0}, arena, &by, &fault));
    ck_assert_msg(strstr(fault.text, "'a.schema.json' in the archive is encrypted") != NULL, "%s",
                  fault.text);
    publication_destroy(&publication);
    free(bytes);
}
END_TEST

START_TEST(a_file_that_cannot_be_read_has_no_schema) {
    struct publication_schema by;
    struct fault fault = {0};
    struct publication *publication = publication_new("a.csv", "", 0);
    ck_assert(publication_schema_find(publication, (struct schema_beside){0}, arena, &by, &fault));
    ck_assert_uint_eq(by.n, 0);
    publication_destroy(&publication);
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
    {FIELDS("\"type\":\"number\",\"constraints\":{\"exclusiveMinimum\":2,\"maximum\":3}", ""),
     "E01,2024,2\n", 2, 3, "expected a number above 2 up to 3 in 'value'"},
    {FIELDS("\"type\":\"integer\"", ""), "E01,2024,[c]\n", 2, 3, "expected a whole number"},
    {FIELDS("\"type\":\"number\"", ""), "E01,2024,1 [p]\n", 2, 3, "'1 [p]', expected a number"},
    {FIELDS("\"type\":\"number\",\"decimalChar\":\",\"", ""), "E01,2024,1.500\n", 2, 3,
     "'1.500', expected a number"},
    {FIELDS("\"type\":\"number\"",
            ",{\"name\":\"status\",\"constraints\":{\"enum\":[\"abcdefghijklmnopqrstuvwxyz "
            "abcdefghijklm\","
            "\"abcdefghijklmnopqrstuvwxyz abcdefghijkln\",\"abcdefghijklmnopqrstuvwxyz "
            "abcdefghijklo\",\"p2\",\"p3\"]}}"),
     "E01,2024,1,p\n", 2, 4, "abcdefghijklo' in 'status'"},
    {FIELDS("\"type\":\"number\"", ",{\"name\":\"lost\",\"constraints\":{\"required\":true}}],"
                                   "\"fieldsMatch\":[\"superset\""),
     "E01,2024,1\n", 1, 0, "no column 'lost', which d/t.schema.json describes"},
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

START_TEST(a_column_may_be_lacking_where_the_schema_says_so) {
    struct release *release =
        read("code,year,value\nE01,2024,1 234\nE02,2024,~ \n", "d/t.schema.json",
             FIELDS("\"type\":\"number\",\"groupChar\":\" \",\"missingValues\":[\"~ \"]",
                    ",{\"name\":\"lost\",\"type\":\"number\"}],\"fieldsMatch\":[\"superset\""));
    ck_assert_double_eq(release->value[0], 1234);
    ck_assert_uint_eq(release->n, 2);
    release_destroy(&release);
}
END_TEST

START_TEST(a_row_that_cannot_be_read_is_said_with_its_place) {
    static const char file[] = "code\nE01\n\"E02\n";
    const struct table_schema *promised =
        schema("d/t.schema.json", "{\"fields\":[{\"name\":\"code\"}]}");
    const struct heading code = {.column = 1, .own = "code", .whole = "code", .label = "code"};
    const struct headings headings = {.list = &code, .n = 1, .row = 1, .fields = 1};
    const struct problem_place place = {.file = "t.csv"};
    struct fault fault = {0};
    struct book *book = book_open("t.csv", file, strlen(file), BOOK_UTF8, &fault);
    struct rows *rows = rows_open(book, 0, ',', &fault);
    ck_assert(!table_schema_check(promised, &headings, rows, place, &problems));
    ck_assert_uint_eq(problems.total, 1);
    ck_assert_uint_eq(problems.kept[0].line, 3);
    ck_assert_uint_eq(problems.kept[0].column, 1);
    ck_assert_str_eq(problems.kept[0].reason,
                     "a quote that opens here never closes; is the file cut short?");
    rows_destroy(&rows);
    book_destroy(&book);
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
    {"{\"schema\":\"/s.json\"}", "nothing is fetched"},
    {"{\"schema\":[1]}", "schema: expected an object, or the name of a file"},
    {"{\"dialect\":7,\"schema\":{\"fields\":[{\"name\":\"x\"}]}}",
     "expected an object, or the name of a file"},
    {"{\"schema\":null}", "schema: expected 'fields'"},
    {"{\"resources\":{}}", "no schema that is known"},
    {"{\"dialect\":{\"delimiter\":\"\"},\"schema\":{\"fields\":[{\"name\":\"x\"}]}}",
     "'delimiter' is '', expected a comma"},
    {"{\"dialect\":{\"headerRows\":[1,2,3,4,5,6,7,8,9]},\"schema\":{\"fields\":[{\"name\":\"x\"}]}"
     "}",
     "9 header rows, expected 1 to 8"},
    {"{\"dialect\":{\"doubleQuote\":false},\"schema\":{\"fields\":[{\"name\":\"x\"}]}}",
     "expected it to be doubled"},
    {"{\"dialect\":{\"escapeChar\":\"!\"},\"schema\":{\"fields\":[{\"name\":\"x\"}]}}",
     "expected it to be doubled"},
    {"{\"dialect\":{\"encoding\":\"utf-7\"},\"schema\":{\"fields\":[{\"name\":\"x\"}]}}",
     "'encoding' is 'utf-7'"},
    {"{\"fields\":[{\"name\":\"x\",\"type\":\"number\",\"constraints\":{\"maximum\":[1]}}]}",
     "fields[0]: a bound that is no number"},
    {"{\"tables\":[{\"tableSchema\":{\"columns\":[{\"name\":\"x\",\"mindex\":\"y\"}]}}]}",
     "tables[0].tableSchema.columns[0]: 'mindex' is 'y'"},
    {"{\"tableSchema\":{\"columns\":[{\"name\":\"x\",\"datatype\":{\"base\":\"int\",\"maximum\":"
     "\"a\"}}]}}",
     "tableSchema.columns[0]: a bound that is no number"},
    {"{\"tableSchema\":[]}", "tableSchema: expected an object"},
    {"{\"dialect\":[],\"tableSchema\":{\"columns\":[{\"name\":\"x\"}]}}", "expected an object"},
    {"{\"dialect\":{\"delimiter\":\"|\"},\"tableSchema\":{\"columns\":[{\"name\":\"x\"}]}}",
     "'delimiter' is '|'"},
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
    {"{\"fields\":[{\"name\":\"code\"},{\"name\":\"year\"},{\"name\":\"a\",\"mindex\":\"value\"},"
     "{\"name\":\"b\",\"mindex\":\"value\"}]}",
     "both 'a' and 'b' may be the column 'value'"},
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
    tcase_add_loop_test(tests, a_column_is_what_the_standards_say, 0, COUNT(said));
    tcase_add_test(tests, words_are_taken_as_they_are_written_in_a_cell);
    tcase_add_test(tests, titles_are_in_any_number_of_languages);
    tcase_add_loop_test(tests, a_schema_is_of_the_file_that_it_names, 0, COUNT(addressed));
    tcase_add_test(tests, the_nearest_address_of_several_counts);
    tcase_add_test(tests, form_is_said_by_a_dialect);
    tcase_add_test(tests, a_sheet_and_rows_of_headings_that_the_schema_names_are_read);
    tcase_add_test(tests, what_lies_beside_and_cannot_be_read_is_said);
    tcase_add_test(tests, what_lies_beside_and_is_no_object_is_said);
    tcase_add_test(tests, a_schema_has_a_most_of_bytes_columns_and_words);
    tcase_add_test(tests, the_datasets_own_columns_go_before_known_names);
    tcase_add_test(tests, a_schema_without_the_datasets_columns_is_for_another_unless_it_is_named);
    tcase_add_test(tests,
                   a_part_may_be_said_by_a_property_of_our_own_or_by_the_datasets_name_for_it);
    tcase_add_test(tests, the_datasets_columns_may_be_given_by_their_place_or_in_a_later_layout);
    tcase_add_loop_test(tests, a_column_that_the_dataset_has_and_the_schema_has_not_is_named, 0,
                        COUNT(lacking));
    tcase_add_test(tests,
                   the_datasets_marks_and_period_hold_beside_what_the_schema_says_is_missing);
    tcase_add_test(tests, periods_in_headings_are_not_found_where_the_schema_has_none);
    tcase_add_test(tests, the_unit_is_the_datasets_or_else_the_schemas);
    tcase_add_test(tests, each_table_in_an_archive_has_the_schema_that_lies_beside_it);
    tcase_add_test(tests, a_workbook_in_an_archive_has_a_schema_too);
    tcase_add_test(tests, a_schema_in_an_archive_that_cannot_be_read_is_said);
    tcase_add_test(tests, a_file_that_cannot_be_read_has_no_schema);
    tcase_add_test(tests, a_column_may_be_lacking_where_the_schema_says_so);
    tcase_add_test(tests, a_row_that_cannot_be_read_is_said_with_its_place);
    tcase_add_loop_test(tests, what_the_schema_promises_and_the_file_breaks_is_said_with_its_place,
                        0, COUNT(broken));
    tcase_add_test(tests, what_the_schema_promises_and_the_file_keeps_is_no_problem);
    tcase_add_loop_test(tests, a_schema_that_cannot_be_followed_says_where, 0, COUNT(bad));
    tcase_add_loop_test(tests, a_part_that_is_not_clear_is_not_guessed, 0, COUNT(unclear));
    tcase_add_loop_test(tests, no_json_breaks_it, 0, 400);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
