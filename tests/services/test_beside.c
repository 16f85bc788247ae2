/* Hand-ins in which a file comes with what describes it. */
#include "services/bus/convert.h"
#include "services/ingestion/beside.h"
#include "services/ingestion/read_files.h"
#include "tests/core/small_pack.h"
#include "tests/suite.h"

#include <unistd.h>

enum { FILES_MAX = 4 };

static struct pack *pack;
static struct arena *arena;
static struct problems problems;

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

struct handed {
    const char *name, *text;
};

static ReadResult *hand_in(const struct handed *handed, const char *dataset) {
    File files[FILES_MAX], *list[FILES_MAX];
    HandIn body = MINDEX__V1__HAND_IN__INIT;
    body.files = list;
    body.dataset = (char *)dataset;
    for (; handed[body.n_files].name; body.n_files++) {
        const struct handed *one = &handed[body.n_files];
        File *file = &files[body.n_files];
        *file = (File)MINDEX__V1__FILE__INIT;
        file->name = (char *)one->name;
        file->content = (ProtobufCBinaryData){strlen(one->text), (uint8_t *)one->text};
        list[body.n_files] = file;
    }
    return read_files(arena, pack, &body, &problems);
}

#define FIELDS(value)                                                                              \
    "{\"url\":\"x.csv\",\"dialect\":{\"delimiter\":\";\"},\"tableSchema\":{\"columns\":["          \
    "{\"titles\":\"Wo\",\"propertyUrl\":\"x#refArea\"},{\"titles\":\"Jahr\",\"propertyUrl\":"      \
    "\"x#refPeriod\"},{\"titles\":\"Wert\",\"propertyUrl\":\"x#obsValue\",\"datatype\":" value     \
    "}]}}"
#define FILE_TEXT "Wo;Jahr;Wert\nE01;2025;1.5\nE02;2025;2\n"

START_TEST(a_file_is_read_by_what_lies_beside_it) {
    const struct handed handed[] = {{"in/soot-2025.csv-metadata.json", FIELDS("\"number\"")},
                                    {"in/soot-2025.csv", FILE_TEXT},
                                    {0}};
    ReadResult *out = hand_in(handed, NULL); /* its name says which dataset it is */
    ck_assert_msg(out != NULL, "%s", problems.kept[0].reason);
    ck_assert_uint_eq(out->n_releases, 1);
    ck_assert_str_eq(out->releases[0]->dataset, "soot");
    ck_assert_str_eq(out->releases[0]->file_name, "in/soot-2025.csv");
    struct fault fault = {0};
    struct release *release = release_of_message(out->releases[0]->observations, &fault);
    ck_assert_ptr_nonnull(release);
    ck_assert_uint_eq(release->n, 2);
    ck_assert_double_eq(release->value[0], 1.5);
    release_destroy(&release);
}
END_TEST

START_TEST(a_tidy_file_is_read_by_what_lies_beside_it) {
    const struct handed handed[] = {
        {"p.csv", "area_code,period,value\nE01,2025,-1\nE02,2025,2\n"},
        {"p.schema.json", "{\"missingValues\":[\"-1\"],\"fields\":[{\"name\":\"area_code\"},"
                          "{\"name\":\"period\"},{\"name\":\"value\",\"type\":\"number\"}]}"},
        {0}};
    ReadResult *out = hand_in(handed, "soot");
    ck_assert_msg(out != NULL, "%s", problems.kept[0].reason);
    struct fault fault = {0};
    struct release *release = release_of_message(out->releases[0]->observations, &fault);
    ck_assert_ptr_nonnull(release);
    ck_assert_uint_eq(release->status[0], STATUS_NOT_AVAILABLE);
    ck_assert_double_eq(release->value[1], 2);
    release_destroy(&release);
}
END_TEST

START_TEST(a_file_that_breaks_what_lies_beside_it_is_refused_with_the_place) {
    const struct handed handed[] = {
        {"soot-2025.csv-metadata.json", FIELDS("{\"base\":\"number\",\"maximum\":1.5}")},
        {"soot-2025.csv", FILE_TEXT},
        {0}};
    ck_assert_ptr_null(hand_in(handed, NULL));
    ck_assert_uint_eq(problems.total, 1);
    ck_assert_uint_eq(problems.kept[0].line, 3);
    ck_assert_uint_eq(problems.kept[0].column, 3);
    ck_assert_msg(strstr(problems.kept[0].reason, "'2', expected a number up to 1.5") != NULL, "%s",
                  problems.kept[0].reason);
}
END_TEST

START_TEST(what_describes_another_file_is_passed_over) {
    const struct handed handed[] = {
        {"datapackage.json", "{\"resources\":[{\"path\":\"b.csv\",\"schema\":{\"fields\":[]}}]}"},
        {"soot-2025.csv", "area_code,period,value\nE01,2025,1\n"},
        {0}};
    ReadResult *out = hand_in(handed, NULL);
    ck_assert_msg(out != NULL, "%s", problems.kept[0].reason);
    ck_assert_uint_eq(out->n_releases, 1);
}
END_TEST

START_TEST(a_bad_description_refuses_its_file) {
    const struct handed handed[] = {
        {"soot-2025.csv", FILE_TEXT}, {"datapackage.json", "{\"resources\":"}, {0}};
    ck_assert_ptr_null(hand_in(handed, NULL));
    ck_assert_str_eq(problems.kept[0].file, "soot-2025.csv");
    ck_assert_msg(strstr(problems.kept[0].reason, "datapackage.json:1:") != NULL, "%s",
                  problems.kept[0].reason);
}
END_TEST

START_TEST(a_description_without_a_file_is_refused) {
    const struct handed handed[] = {{"soot.csv-metadata.json", FIELDS("\"number\"")}, {0}};
    ck_assert_ptr_null(hand_in(handed, "soot"));
    ck_assert_msg(strstr(problems.kept[0].reason, "hand it in with the file") != NULL, "%s",
                  problems.kept[0].reason);
}
END_TEST

static void put(const char *folder, const char *name, const char *text) {
    char path[200];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *out = fopen(path, "w");
    ck_assert_ptr_nonnull(out);
    ck_assert(fputs(text, out) >= 0 && fclose(out) == 0);
}

START_TEST(all_that_belongs_to_a_description_is_found_on_disk) {
    static const char *const names[] = {"t.csv", "datapackage.json", "s.json", "other.json"};
    char folder[] = "/tmp/mindex-beside-XXXXXX", path[200];
    struct beside_disk disk;
    ck_assert_ptr_nonnull(mkdtemp(folder));
    put(folder, names[0], FILE_TEXT);
    put(folder, names[1], "{\"resources\":[{\"path\":\"t.csv\",\"schema\":\"s.json\"}]}");
    put(folder, names[2], "{\"fields\":[{\"name\":\"Wo\"}]}");
    put(folder, names[3], "{}");
    ck_assert(beside_disk_open(&disk, folder, arena) && beside_disk_all(&disk, "t.csv"));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        ck_assert_int_eq(unlink(path), 0);
    }
    ck_assert_int_eq(rmdir(folder), 0);
    ck_assert_uint_eq(disk.n, 2);
    ck_assert_str_eq(disk.files[0]->name, "datapackage.json");
    ck_assert_str_eq(disk.files[1]->name, "s.json");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("beside");
    TCase *tests = tcase_create("beside");
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, a_file_is_read_by_what_lies_beside_it);
    tcase_add_test(tests, a_tidy_file_is_read_by_what_lies_beside_it);
    tcase_add_test(tests, a_file_that_breaks_what_lies_beside_it_is_refused_with_the_place);
    tcase_add_test(tests, what_describes_another_file_is_passed_over);
    tcase_add_test(tests, a_bad_description_refuses_its_file);
    tcase_add_test(tests, a_description_without_a_file_is_refused);
    tcase_add_test(tests, all_that_belongs_to_a_description_is_found_on_disk);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
