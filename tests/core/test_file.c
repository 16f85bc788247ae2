#include "core/file.h"

#include "core/csv.h"
#include "tests/suite.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/mindex-file-XXXXXX";
static char path[64];
static struct problems problems;
static char *bytes;
static size_t length;

static void begin(void) {
    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/f.csv", folder);
    problems = (struct problems){0};
}

static void end(void) {
    free(bytes);
    (void)unlink(path);
    ck_assert_int_eq(rmdir(folder), 0);
}

static void write_file(const void *text, size_t size) {
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(text, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

static void expect_refused(const char *name, size_t max, uint64_t line, uint64_t column,
                           const char *reason) {
    ck_assert(!file_load(name, max, &bytes, &length, &problems));
    ck_assert_ptr_null(bytes);
    ck_assert_uint_eq(problems.total, 1);
    ck_assert_str_eq(problems.kept[0].file, name);
    ck_assert_uint_eq(problems.kept[0].line, line);
    ck_assert_uint_eq(problems.kept[0].column, column);
    ck_assert_str_eq(problems.kept[0].reason, reason);
}

START_TEST(a_file_is_read_whole) {
    enum { SIZE = 200 * 1000 }; /* more than one read */
    char *text = malloc(SIZE);
    for (size_t i = 0; i < SIZE; i++)
        text[i] = i % 100 == 99 ? '\n' : (char)('a' + i % 26);
    write_file(text, SIZE);
    ck_assert(file_load(path, SIZE, &bytes, &length, &problems)); /* as long as may be */
    ck_assert_uint_eq(length, SIZE);
    ck_assert_mem_eq(bytes, text, SIZE);
    ck_assert_uint_eq(problems.total, 0);
    free(text);
}
END_TEST

START_TEST(a_file_may_be_empty_or_of_one_byte) {
    write_file("", 0);
    ck_assert(file_load(path, 10, &bytes, &length, &problems));
    ck_assert_uint_eq(length, 0);
    free(bytes);
    write_file("P", 1);
    ck_assert(file_load(path, 10, &bytes, &length, &problems));
    ck_assert_uint_eq(length, 1);
}
END_TEST

START_TEST(what_is_no_file_or_cannot_be_read_says_why) {
    expect_refused(path, 10, 0, 0, "cannot be read: No such file or directory");
    problems = (struct problems){0};
    expect_refused(folder, 10, 0, 0,
                   "is not a regular file; expected a CSV file, a workbook or an archive");
    problems = (struct problems){0};
    expect_refused("/proc/self/mem", 10, 0, 0, "cannot be read: Input/output error");
}
END_TEST

START_TEST(a_file_that_is_too_long_is_not_read_to_its_end) {
    write_file("a,b\n1,2\n", 8);
    expect_refused(path, 7, 0, 0, "longer than 7 bytes, the most that a release may have");
}
END_TEST

START_TEST(a_line_that_is_too_long_is_found_with_its_place_but_what_is_packed_has_no_lines) {
    enum { SIZE = 3 * CSV_LINE_MAX };
    char *text = malloc(SIZE);
    memset(text, 'x', SIZE);
    memcpy(text, "a,b\n1,2\n", 8);
    write_file(text, SIZE);
    expect_refused(path, SIZE, 3, CSV_LINE_MAX + 1,
                   "a line longer than 1048576 bytes; is this a CSV file?");
    static const char *const packed[] = {"PK", "\x1F\x8B"};
    for (size_t i = 0; i < 2; i++) {
        memcpy(text, packed[i], 2);
        write_file(text, SIZE);
        ck_assert(file_load(path, SIZE, &bytes, &length, &problems));
        ck_assert_uint_eq(length, SIZE);
        free(bytes);
        bytes = NULL;
    }
    free(text);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("file");
    TCase *tests = tcase_create("file");
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, a_file_is_read_whole);
    tcase_add_test(tests, a_file_may_be_empty_or_of_one_byte);
    tcase_add_test(tests, what_is_no_file_or_cannot_be_read_says_why);
    tcase_add_test(tests, a_file_that_is_too_long_is_not_read_to_its_end);
    tcase_add_test(tests,
                   a_line_that_is_too_long_is_found_with_its_place_but_what_is_packed_has_no_lines);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
