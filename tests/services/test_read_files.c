/* Files in, releases out: which datasets a file is for, and by what name, without a hub. */
#include "core/status.h"
#include "services/ingestion/read_files.h"
#include "tests/core/small_pack.h"
#include "tests/suite.h"

#define DATASET(id, level)                                                                         \
    "  - {id: " id ", title: T, publisher: P, licence: L, level: " level                           \
    ", vintage: \"2021\", description: datasets/" id ".yaml}\n"
#define DEFINITION                                                                                 \
    SMALL_HEAD SMALL_LEVELS SMALL_TREE "datasets:\n" DATASET("pay", "lad")                         \
        SMALL_DATASET("county-jobs", "county") DATASET("soot", "lad")

/* Both are in one file, told apart by a column. */
#define LAYOUT(indicator)                                                                          \
    "layouts:\n"                                                                                   \
    "  - columns: {code: code, period: when, value: much}\n"                                       \
    "    where: {what: " indicator "}\n"
#define HEAD "code,what,when,much\n"

enum { FILES_MAX = 12 };

static struct arena *arena;
static struct problems problems;
static struct pack *pack;
static File files[FILES_MAX], *list[FILES_MAX];
static HandIn hand_in;

static void add(const char *name, const char *text) {
    size_t i = hand_in.n_files++;
    ck_assert_uint_lt(i, FILES_MAX);
    files[i] = (File)MINDEX__V1__FILE__INIT;
    files[i].name = (char *)name;
    files[i].content = (ProtobufCBinaryData){strlen(text), (uint8_t *)text};
    list[i] = &files[i];
}

static void empty(void) {
    hand_in = (HandIn)MINDEX__V1__HAND_IN__INIT;
    hand_in.files = list;
}

static void add_pack(void) {
    empty();
    hand_in.has_pack = hand_in.pack = true;
    add("index.yaml", DEFINITION);
    add("areas.csv", SMALL_AREAS);
    add("geography.csv", SMALL_GEOGRAPHY);
    add("codes.csv", SMALL_CODES);
    add("datasets/pay.yaml", LAYOUT("pay"));
    add("datasets/soot.yaml", LAYOUT("soot"));
    add("datasets/spare.yaml", LAYOUT("spare"));
}

static ReadResult *read(void) {
    problems = (struct problems){0};
    return read_files(arena, pack, &hand_in, &problems);
}

static void begin(void) {
    static const char *const names[] = {"index.yaml", "areas.csv",         "geography.csv",
                                        "codes.csv",  "datasets/pay.yaml", "datasets/soot.yaml"};
    static const char *const texts[] = {DEFINITION,  SMALL_AREAS,   SMALL_GEOGRAPHY,
                                        SMALL_CODES, LAYOUT("pay"), LAYOUT("soot")};
    struct table_file tables[6];
    struct fault fault = {0};
    for (size_t i = 0; i < 6; i++)
        tables[i] = small_table(names[i], texts[i]);
    pack = pack_read("index.yaml", tables, 6, &fault);
    ck_assert_msg(pack != NULL, "%s", fault.text);
    arena = arena_new();
    empty();
}

static void end(void) {
    pack_destroy(&pack);
    arena_destroy(&arena);
}

START_TEST(a_file_feeds_every_dataset_that_it_is_for) {
    add("download.csv", HEAD "E01,pay,2024,100\nE01,soot,2025,5\nE03,pay,2024,300\n");
    ReadResult *result = read();
    ck_assert_msg(result != NULL, "%s", problems.kept[0].reason);
    ck_assert_uint_eq(result->n_releases, 2);
    const ReadRelease *pay = result->releases[0], *soot = result->releases[1];
    ck_assert_str_eq(pay->dataset, "pay");
    ck_assert_str_eq(pay->label, "2024"); /* the newest period of each */
    ck_assert_uint_eq(pay->observations->n_code, 2);
    ck_assert_double_eq(pay->observations->value[1], 300);
    ck_assert_uint_eq(pay->observations->line[1], 4);
    ck_assert_uint_eq(pay->observations->column[1], 4);
    ck_assert_str_eq(soot->dataset, "soot");
    ck_assert_str_eq(soot->label, "2025");
    ck_assert_str_eq(soot->file_hash, pay->file_hash);
}
END_TEST

START_TEST(all_of_it_or_nothing) {
    add("download.csv", HEAD "E01,pay,2024,100\nE01,soot,2025,much\n");
    ck_assert_ptr_null(read());
    ck_assert_uint_eq(problems.total, 1);
    ck_assert_uint_eq(problems.kept[0].line, 3);
    ck_assert_uint_eq(problems.kept[0].column, 4);
}
END_TEST

START_TEST(a_file_is_read_for_the_dataset_given) {
    hand_in.dataset = (char *)"soot";
    hand_in.label = (char *)"June";
    add("download.csv", HEAD "E01,pay,2024,100\nE01,soot,2025,5\n");
    ReadResult *result = read();
    ck_assert_ptr_nonnull(result);
    ck_assert_uint_eq(result->n_releases, 1);
    ck_assert_str_eq(result->releases[0]->dataset, "soot");
    ck_assert_str_eq(result->releases[0]->label, "June");
}
END_TEST

START_TEST(a_file_in_a_folder_is_of_that_dataset) {
    add("data/soot/june-2025.csv", HEAD "E01,pay,2024,100\nE01,soot,2025,5\n");
    ReadResult *result = read();
    ck_assert_ptr_nonnull(result);
    ck_assert_uint_eq(result->n_releases, 1);
    ck_assert_str_eq(result->releases[0]->label, "june-2025");
}
END_TEST

START_TEST(a_publishers_name_is_a_label_only_if_it_says_when) {
    add("soot-offences.csv", HEAD "E01,soot,2025,5\n");
    add("soot-2025-06.csv", HEAD "E01,soot,2025,5\n");
    add("soot-aged-18-to-25000.csv", HEAD "E01,soot,2025,5\n");
    add("soot-table-7-20250630.csv", HEAD "E01,soot,2025,5\n");
    ReadResult *result = read();
    ck_assert_ptr_nonnull(result);
    ck_assert_uint_eq(result->n_releases, 4);
    ck_assert_str_eq(result->releases[2]->label, "2025");
    ck_assert_str_eq(result->releases[3]->label, "table-7-20250630");
    ck_assert_str_eq(result->releases[0]->label, "2025");
    ck_assert_str_eq(result->releases[1]->label, "2025-06");
}
END_TEST

START_TEST(tidy_files_are_taken_as_ever) {
    add("pay-june.csv", SMALL_PAY);
    ReadResult *result = read();
    ck_assert_ptr_nonnull(result);
    ck_assert_str_eq(result->releases[0]->dataset, "pay");
    ck_assert_str_eq(result->releases[0]->label, "june");
    ck_assert_uint_eq(result->releases[0]->observations->n_column, 0);
}
END_TEST

START_TEST(a_file_is_read_by_what_comes_with_it) {
    hand_in.dataset = (char *)"county-jobs"; /* which has no description */
    add("jobs.csv", "AREA_CD;year;amount\nC1;2024;1,5\n");
    add("jobs.csv-metadata.json",
        "{\"url\": \"jobs.csv\", \"dialect\": {\"delimiter\": \";\"}, \"tableSchema\": "
        "{\"columns\": "
        "[{\"name\": \"AREA_CD\"}, {\"name\": \"year\"}, {\"name\": \"amount\", \"mindex\": "
        "\"value\", \"datatype\": {\"format\": {\"decimalChar\": \",\"}}}]}}");
    ReadResult *result = read();
    ck_assert_msg(result != NULL, "%s", problems.kept[0].reason);
    ck_assert_uint_eq(result->n_releases, 1);
    ck_assert_double_eq(result->releases[0]->observations->value[0], 1.5);
    files[1].content.len -= 3; /* cut off: it is no JSON */
    ck_assert_ptr_null(read());
    ck_assert_msg(strstr(problems.kept[0].reason, "jobs.csv-metadata.json") != NULL, "%s",
                  problems.kept[0].reason);
}
END_TEST

START_TEST(a_description_without_its_table_is_refused) {
    add("datapackage.json", "{}");
    ck_assert_ptr_null(read());
    ck_assert_uint_eq(problems.total, 1);
}
END_TEST

static const struct {
    const char *dataset, *name, *text, *says;
} refused[] = {
    {NULL, "download.csv", "a,b\nE01,1\n", "none of 2 descriptions fits (pay, soot)"},
    {NULL, "download.csv", HEAD "E01,rain,2025,5\nE01,snow,2025,5\n",
     "no dataset is for what is in the file: what = 'rain', 'snow'; 2 of 2 descriptions know its "
     "columns, and none takes a row of it"},
    {NULL, "download.csv", "code,what,when\nE01,pay,2024\n", "has no column 'much'"},
    {NULL, "download.csv", HEAD "E01,rain,2024,1\n", "what = 'rain'"},
    {NULL, "download.csv", SMALL_PAY, "does not say which dataset"},
    {"pay", "download.csv", "code,what,when\nE01,pay,2024\n",
     "cannot be read for 'pay' by datasets/pay.yaml"},
    {"soot", "download.csv", HEAD "E01,pay,2024,1\n", "what = 'pay'"},
    {"soott", "download.csv", HEAD "E01,soot,2024,1\n", "did you mean 'soot'?"},
    {"county-jobs", "download.csv", HEAD "C1,jobs,2024,1\n",
     "expected area_code, period and value"},
    {NULL, "pay-2024.csv", "code,what,when\nE01,pay,2024\n", "datasets/pay.yaml"},
    {NULL, "county-jobs-2024.csv", "place\nC1\n", "expected area_code, period and value"},
};

START_TEST(a_refusal_says_what_was_tried) {
    hand_in.dataset = (char *)refused[_i].dataset;
    add(refused[_i].name, refused[_i].text);
    ck_assert_ptr_null(read());
    ck_assert_str_eq(problems.kept[0].file, refused[_i].name);
    ck_assert_msg(strstr(problems.kept[0].reason, refused[_i].says) != NULL, "%s",
                  problems.kept[0].reason);
}
END_TEST

/* --- packs ------------------------------------------------------------------------------------ */

START_TEST(descriptions_are_a_part_of_the_pack) {
    add_pack();
    add("data/pay/2024.csv", HEAD "E01,pay,2024,100\n");
    ReadResult *result = read();
    ck_assert_msg(result != NULL, "%s", problems.kept[0].reason);
    ck_assert_uint_eq(result->pack->n_files, 6); /* what no dataset names is left out */
    ck_assert_uint_eq(result->n_releases, 1);
    bool there = false;
    for (size_t i = 0; i < result->pack->n_files; i++)
        there |= strcmp(result->pack->files[i]->name, "datasets/soot.yaml") == 0;
    ck_assert(there);
}
END_TEST

START_TEST(a_pack_without_a_description_that_it_names_is_refused) {
    add_pack();
    files[4].name = (char *)"datasets/pays.yaml";
    ck_assert_ptr_null(read());
    ck_assert_msg(strstr(problems.kept[0].reason, "no file 'datasets/pay.yaml'") != NULL, "%s",
                  problems.kept[0].reason);
}
END_TEST

START_TEST(a_bad_description_refuses_the_pack_with_its_place) {
    add_pack();
    files[4].content = (ProtobufCBinaryData){11, (uint8_t *)"layouts: []"};
    ck_assert_ptr_null(read());
    ck_assert_str_eq(problems.kept[0].file, "datasets/pay.yaml");
    ck_assert_uint_eq(problems.kept[0].line, 1);
    ck_assert_str_eq(problems.kept[0].reason, "'layouts': expected 1 to 50, found 0");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("read_files");
    TCase *tests = tcase_create("read_files");
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, a_file_feeds_every_dataset_that_it_is_for);
    tcase_add_test(tests, all_of_it_or_nothing);
    tcase_add_test(tests, a_file_is_read_for_the_dataset_given);
    tcase_add_test(tests, a_file_in_a_folder_is_of_that_dataset);
    tcase_add_test(tests, a_publishers_name_is_a_label_only_if_it_says_when);
    tcase_add_test(tests, tidy_files_are_taken_as_ever);
    tcase_add_test(tests, a_file_is_read_by_what_comes_with_it);
    tcase_add_test(tests, a_description_without_its_table_is_refused);
    tcase_add_loop_test(tests, a_refusal_says_what_was_tried, 0, sizeof refused / sizeof *refused);
    tcase_add_test(tests, descriptions_are_a_part_of_the_pack);
    tcase_add_test(tests, a_pack_without_a_description_that_it_names_is_refused);
    tcase_add_test(tests, a_bad_description_refuses_the_pack_with_its_place);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
