/* Descriptions, and publishers' files read by them, with each allocation failing in turn. */
#include "tests/core/small_book.h"
#include "tests/core/small_pack.h"
#include "tests/memory/failing_memory.h"

#include "core/guess.h"
#include "core/names.h"
#include "core/plain.h"
#include "core/publication_schema.h"

static struct pack *pack;

static void begin(void) {
    pack = small_pack();
    failing_memory_forgives("libzip"); /* see test_books.c */
    failing_memory_forgives(
        "libyaml"); /* it leaks what it holds of a document that it cannot load */
    (void)setenv("TZ", "UTC", 1);
}

static void end(void) {
    pack_destroy(&pack);
}

struct beside {
    const char *name, *text;
};

struct given {
    const char *bytes;
    size_t length;
    const char *yaml; /* NULL: no description */
    const struct beside *beside;
};

/* --- descriptions ----------------------------------------------------------------------------- */

static const char every_key[] =
    "unit: GBP\nlevel: lad\nvintage: \"2021\"\nareas: [1, 310]\nrange: [-1, 1000]\n"
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
    "  - {columns: {code: Code, value: V}, period: {fixed: 2024}}\n"
    "  - {columns: {code: Code}, period: {headings: '^([0-9]{4})$'}}\n";

static bool describe(const void *context, struct fault *fault) {
    const char *yaml = context;
    struct description *out = description_read("d.yaml", yaml, strlen(yaml), fault);
    bool good = out != NULL;
    description_destroy(&out);
    return good;
}

/* The C library's regcomp leaks. */
static void spare_expressions(void) {
    failing_memory_spares("libc.so");
}

START_TEST(a_description) {
    spare_expressions();
    each_allocation_fails(describe, every_key);
}
END_TEST

/* --- files by a description ------------------------------------------------------------------- */

static bool told(enum extract_result result, const struct extract_report *report,
                 const struct problems *problems, struct fault *fault) {
    if (result == EXTRACT_DONE)
        return true;
    if (result == EXTRACT_REFUSED)
        return failing_memory_problems(problems, fault);
    return fault_set(fault, FAULT_INPUT, "%s", report->misfit);
}

static bool extract_file(const void *context, struct fault *fault) {
    const struct given *given = context;
    struct problems problems = {0};
    struct extract_report report = {0};
    struct release *release = NULL;
    struct arena *arena = arena_new();
    struct description *description =
        description_read("d.yaml", given->yaml, strlen(given->yaml), fault);
    struct publication *publication = publication_new("f.csv", given->bytes, given->length);
    bool ready = arena && description && publication;
    if (!ready && fault->kind == FAULT_NONE)
        (void)fault_memory(fault);
    bool good = ready && told(extract(description, pack->geography, "lad", publication, arena,
                                      &report, &release, &problems),
                              &report, &problems, fault);
    if (release)
        release_destroy(&release);
    publication_destroy(&publication);
    description_destroy(&description);
    if (arena)
        arena_destroy(&arena);
    return good;
}

static void extracts(const char *yaml, const char *bytes, size_t length) {
    const struct given given = {bytes, length, yaml, NULL};
    each_allocation_fails(extract_file, &given);
}

START_TEST(a_long_table_with_filters_limits_and_names) {
    spare_expressions();
    static const char file[] = "\"Title, 2024\"\nSex,Area,Value,L,U,S\n"
                               "All,Ash,1,0,2,p\nAll,Cedar UA,2,1,3,\nMen,Ash,1,0,2,\n";
    extracts("areas: [1, 6]\nlayouts:\n"
             "  - columns: {code: Nowhere, period: Year, value: Value}\n"
             "  - columns: {name: Area, value: Value, lower: L, upper: U, status: S}\n"
             "    period: {title: ', ([0-9]{4})$'}\n"
             "    where: {Sex: All}\n"
             "    name-suffixes: [UA]\n"
             "    marks: {x: unreliable}\n",
             file, strlen(file));
}
END_TEST

START_TEST(a_wide_table) {
    spare_expressions();
    static const char file[] = ",2023,2024\nCode,p,\nE01,1,2\nE02,3,4\n";
    extracts("layouts:\n"
             "  - {columns: {code: Code}, header-rows: 2, period: {headings: '([0-9]{4})'}}\n",
             file, strlen(file));
    static const char fixed[] = "Code,V\nE01,1\n";
    extracts("layouts:\n  - {columns: {code: Code, value: V}, period: {fixed: 2024}}\n", fixed,
             strlen(fixed));
}
END_TEST

/* The lists of periods, observations and words grow. */
START_TEST(a_table_of_many_periods) {
    char file[2000] = "Code,Year,V\n";
    for (int i = 0; i < 40; i++)
        (void)snprintf(file + strlen(file), sizeof file - strlen(file), "E01,%d,%d\n", 1950 + i, i);
    extracts("layouts:\n  - columns: {code: Code, period: Year, value: V}\n", file, strlen(file));
}
END_TEST

START_TEST(a_workbook_in_an_archive) {
    size_t inner, length;
    char *workbook = small_xlsx("<row><c t=\"inlineStr\"><is><t>Code</t></is></c>"
                                "<c t=\"inlineStr\"><is><t>V</t></is></c></row>"
                                "<row><c t=\"inlineStr\"><is><t>E01</t></is></c><c><v>1</v></c>"
                                "</row>",
                                "", "", &inner);
    const struct small_part parts[] = {{"b.xlsx", workbook, inner}, {0}};
    char *bytes = small_zip(parts, &length);
    free(workbook);
    extracts("layouts:\n  - {columns: {code: Code, value: V}, period: {fixed: 2024}}\n", bytes,
             length);
    free(bytes);
}
END_TEST

/* --- files by what lies beside them ----------------------------------------------------------- */

static bool find_beside(void *who, const char *name, const char **bytes, size_t *length,
                        struct fault *fault) {
    (void)fault;
    for (const struct beside *file = who; file && file->name; file++) {
        if (strcmp(file->name, name) != 0)
            continue;
        *bytes = file->text;
        *length = strlen(file->text);
    }
    return true;
}

static bool extract_described(const void *context, struct fault *fault) {
    const struct given *given = context;
    struct problems problems = {0};
    struct extract_report report = {0};
    struct publication_schema by;
    struct release *release = NULL;
    struct arena *arena = arena_new();
    struct description *own =
        given->yaml ? description_read("d.yaml", given->yaml, strlen(given->yaml), fault) : NULL;
    struct publication *publication = publication_new("d/t.csv", given->bytes, given->length);
    const struct schema_beside beside = {find_beside, (void *)given->beside};
    bool ready = arena && publication && (own || !given->yaml);
    if (!ready && fault->kind == FAULT_NONE)
        (void)fault_memory(fault);
    bool good = ready && publication_schema_find(publication, beside, arena, &by, fault);
    if (good && by.n == 0) {
        struct fault why = {0}; /* what is wrong with the file is said when it is read */
        good = publication_book(publication, BOOK_UTF8, &why) &&
               fault_set(fault, FAULT_INPUT, "no schema was found");
        if (!good && why.kind)
            *fault = why;
    } else if (good) {
        good = told(publication_schema_extract(&by, own, true, pack->geography, "lad", publication,
                                               arena, &report, &release, &problems),
                    &report, &problems, fault);
    }
    if (release)
        release_destroy(&release);
    publication_destroy(&publication);
    description_destroy(&own);
    if (arena)
        arena_destroy(&arena);
    return good;
}

START_TEST(a_table_beside_a_data_package) {
    static const struct beside files[] = {
        {"d/datapackage.json",
         "{\"resources\":[{\"path\":\"t.csv\",\"dialect\":\"dialect.json\",\"schema\":"
         "\"schema.json\"}]}"},
        {"d/dialect.json", "{\"delimiter\":\";\",\"header\":true}"},
        {"d/schema.json",
         "{\"missingValues\":[\"-99\",\"..\"],\"fields\":[{\"name\":\"geo\",\"title\":\"Code\"},"
         "{\"name\":\"Year\",\"rdfType\":\"http://x#refPeriod\"},{\"name\":\"value\","
         "\"type\":\"number\",\"unit\":\"pounds\",\"constraints\":{\"minimum\":0}},"
         "{\"name\":\"flag\",\"title\":\"Status\",\"constraints\":{\"enum\":[\"p\",1,true]}}]}"},
        {0}};
    static const char file[] = "geo;Year;value;flag\nE01;2023;1;p\nE02;2023;-99;\n";
    struct given given = {file, strlen(file), NULL, files};
    each_allocation_fails(extract_described, &given);
    given.yaml = "areas: [1, 6]\nlayouts:\n"
                 "  - columns: {code: somewhere, period: year, value: value}\n"
                 "    where: {Sex: Persons}\n    marks: {x: unreliable}\n";
    each_allocation_fails(extract_described, &given);
    given.yaml = "layouts:\n  - columns: {code: geo, period: year, value: value}\n";
    each_allocation_fails(extract_described, &given);
}
END_TEST

START_TEST(a_table_in_an_archive_beside_its_metadata) {
    const struct small_part parts[] = {
        {"t.csv", "When,Where,How much\n2024,E01,\"1,500\"\n", 0},
        {"t.csv-metadata.json",
         "{\"@context\":\"http://www.w3.org/ns/csvw\",\"url\":\"t.csv\",\"null\":[\"nil\"],"
         "\"tableSchema\":{\"columns\":["
         "{\"name\":\"t\",\"titles\":\"When\",\"propertyUrl\":\"x#refPeriod\"},"
         "{\"titles\":{\"en\":[\"Where\",\"Place\"]},\"propertyUrl\":\"x#refArea\"},"
         "{\"name\":\"v\",\"titles\":[\"How much\"],\"propertyUrl\":\"x#obsValue\",\"datatype\":"
         "{\"base\":\"decimal\",\"format\":\"#,##0\",\"minimum\":0},\"schema:unitText\":\"m\"}]}}",
         0},
        {0}};
    size_t length;
    char *bytes = small_zip(parts, &length);
    const struct given given = {bytes, length, NULL, NULL};
    each_allocation_fails(extract_described, &given);
    free(bytes);
}
END_TEST

/* --- drafts ----------------------------------------------------------------------------------- */

static bool draft(const void *context, struct fault *fault) {
    const struct given *given = context;
    static char text[10000], buffer[BUFSIZ];
    FILE *out = fmemopen(text, sizeof text, "w");
    if (out)
        (void)setvbuf(out, buffer, _IOFBF, sizeof buffer);
    struct publication *publication = publication_new("p.csv", given->bytes, given->length);
    if (!out || !publication)
        (void)fault_memory(fault);
    bool good = out && publication && guess_description(publication, out, fault);
    if (out)
        (void)fclose(out);
    publication_destroy(&publication);
    return good;
}

START_TEST(a_draft_of_a_description) {
    spare_expressions();
    static const char file[] = "All about pay,,,,\n"
                               "Sex,Area name,Area code,Year,Rate,Marker\n"
                               "Men,Hartlepool,E06000001,2020,1,\n"
                               "All,Hartlepool,E06000001,2020,12,r\n"
                               "Men,Middlesbrough,E06000002,2020,4,\n"
                               "All,Middlesbrough,E06000002,2020,,c\n";
    static const char wide[] = ",,2023,2024\nCode,Name,Rate,Rate\nE06000001,Hartlepool,1,[x]\n"
                               "E06000002,Middlesbrough,2,3\n";
    struct given given = {file, strlen(file), NULL, NULL};
    each_allocation_fails(draft, &given);
    given = (struct given){wide, strlen(wide), NULL, NULL};
    each_allocation_fails(draft, &given);
}
END_TEST

/* --- releases that are tidy, and whole indices ------------------------------------------------ */

static bool read_release(const void *context, struct fault *fault) {
    const char *text = context;
    struct problems problems = {0};
    struct release *release = release_read(pack->geography, "r.csv", text, strlen(text), &problems);
    bool good = failing_memory_problems(&problems, fault);
    if (release)
        release_destroy(&release);
    return good;
}

START_TEST(a_tidy_release) {
    each_allocation_fails(read_release, SMALL_PAY);
}
END_TEST

#define PLAIN                                                                                      \
    "index: t\ntitle: T\nbands: 5\n"                                                               \
    "levels:\n"                                                                                    \
    "  - {id: index, name: I, aggregate: arithmetic, coverage: 0, normalise: none}\n"              \
    "  - {id: metric, name: M, normalise: none}\n"                                                 \
    "tree:\n  id: all\n  name: All\n  children:\n"                                                 \
    "    - {id: pay, name: Pay, direction: higher-is-need}\n"                                      \
    "    - {id: soot, name: Soot, direction: lower-is-need}\n"

static bool read_plain(const void *context, struct fault *fault) {
    const char *text = context;
    struct plain *plain =
        plain_read(small_table("d.yaml", PLAIN), small_table("d.csv", text), fault);
    bool good = plain != NULL;
    plain_destroy(&plain);
    return good;
}

START_TEST(an_index_of_two_files) {
    each_allocation_fails(read_plain, "code,name,region,type,population,soot,pay,period\n"
                                      "A,Ash,North,city,10,1.5,100,2024\n"
                                      "B,Birch,South,town,20,[c],,2024\n");
    each_allocation_fails(read_plain, "code,metric,value\nA,pay,1\nA,soot,2\nB,pay,3\nB,soot,4\n");
}
END_TEST

static bool find_name(const void *context, struct fault *fault) {
    struct names *names = names_new(pack->geography, fault);
    bool good = names && names_code(names, context, "lad", fault) != SIZE_MAX;
    names_destroy(&names);
    return good;
}

START_TEST(names_of_places) {
    each_allocation_fails(find_name, "Ash");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("datasets without memory");
    TCase *tests = tcase_create("datasets");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, a_description);
    tcase_add_test(tests, a_long_table_with_filters_limits_and_names);
    tcase_add_test(tests, a_wide_table);
    tcase_add_test(tests, a_table_of_many_periods);
    tcase_add_test(tests, a_workbook_in_an_archive);
    tcase_add_test(tests, a_table_beside_a_data_package);
    tcase_add_test(tests, a_table_in_an_archive_beside_its_metadata);
    tcase_add_test(tests, a_draft_of_a_description);
    tcase_add_test(tests, a_tidy_release);
    tcase_add_test(tests, an_index_of_two_files);
    tcase_add_test(tests, names_of_places);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
