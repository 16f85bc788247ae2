#include "core/csv.h"
#include "tests/suite.h"

#include <math.h>
#include <string.h>

static struct csv_record record;
static struct fault fault;

static struct csv *open_text(const char *text) {
    fault = (struct fault){0};
    struct csv *csv = csv_new(text, strlen(text));
    ck_assert_ptr_nonnull(csv);
    return csv;
}

static void expect(struct csv *csv, size_t count, const char *const *fields) {
    ck_assert_msg(csv_next(csv, &record, &fault) == CSV_RECORD, "%s", fault.text);
    ck_assert_uint_eq(record.count, count);
    for (size_t i = 0; i < count; i++)
        ck_assert_str_eq(record.fields[i].text, fields[i]);
}

static void expect_end(struct csv *csv) {
    ck_assert_int_eq(csv_next(csv, &record, &fault), CSV_END);
    csv_destroy(&csv);
}

START_TEST(records_come_one_by_one) {
    struct csv *csv = open_text("a,b\n1,\n,2\n");
    expect(csv, 2, (const char *[]){"a", "b"});
    expect(csv, 2, (const char *[]){"1", ""});
    expect(csv, 2, (const char *[]){"", "2"});
    expect_end(csv);
}
END_TEST

START_TEST(a_byte_order_mark_and_windows_line_ends_do_not_matter) {
    struct csv *csv = open_text("\xef\xbb\xbf"
                                "a,b\r\n\r\n1,2\r\n");
    expect(csv, 2, (const char *[]){"a", "b"});
    expect(csv, 2, (const char *[]){"1", "2"});
    ck_assert_uint_eq(record.line, 3);
    expect_end(csv);
}
END_TEST

START_TEST(a_last_line_without_an_end_is_told_apart) {
    static const char *const tails[] = {"1,2", "1,\"2\"", "1,"};
    for (size_t i = 0; i < 3; i++) {
        char text[32];
        (void)snprintf(text, sizeof text, "a,b\n%s%s", tails[i], "\n");
        for (int cut = 0; cut < 2; cut++) {
            text[strlen(text) - (size_t)cut] = '\0';
            struct csv *csv = open_text(text);
            ck_assert(csv_next(csv, &record, &fault) == CSV_RECORD && record.ended);
            ck_assert(csv_next(csv, &record, &fault) == CSV_RECORD);
            ck_assert_int_eq(record.ended, !cut);
            expect_end(csv);
        }
    }
}
END_TEST

START_TEST(quotes_hold_commas_lines_and_quotes) {
    struct csv *csv = open_text("\"a,b\",\"c\nd\",\"say \"\"e\"\"\",\"\"\nz\n");
    expect(csv, 4, (const char *[]){"a,b", "c\nd", "say \"e\"", ""});
    expect(csv, 1, (const char *[]){"z"});
    ck_assert_uint_eq(record.line, 3);
    expect_end(csv);
}
END_TEST

START_TEST(columns_are_counted_in_characters) {
    struct csv *csv = open_text("\xc3\xa9\xc3\xa9,x\n");
    expect(csv, 2, (const char *[]){"\xc3\xa9\xc3\xa9", "x"});
    ck_assert_uint_eq(record.fields[1].column, 4);
    expect_end(csv);
}
END_TEST

static const struct {
    const char *text;
    size_t length;
    uint64_t line, column;
    const char *reason;
} bad[] = {
    {"a,\"b", 4, 1, 3, "never closes"},
    {"a\n\"b\nc\n", 7, 2, 1, "never closes"},
    {"\"a\"b,c\n", 7, 1, 4, "after a closing quote"},
    {"a\"b,c\n", 6, 1, 2, "quote inside a field"},
    {"a,\0\n", 4, 1, 3, "NUL"},
    {"a,\xff\n", 4, 1, 3, "0xff is not UTF-8"},
    {"a,\xa3\n", 4, 1, 3, "encoding: windows-1252"},
    {"a,\xc0\xaf\n", 5, 1, 3, "not UTF-8"},     /* an overlong form */
    {"a,\xed\xa0\x80\n", 6, 1, 3, "not UTF-8"}, /* a surrogate */
    {"a,\xe2\x82", 4, 1, 3, "not UTF-8"},       /* cut short */
};

START_TEST(what_is_no_csv_is_refused_with_its_place) {
    struct csv *csv = csv_new(bad[_i].text, bad[_i].length);
    enum csv_result result;
    fault = (struct fault){0};
    while ((result = csv_next(csv, &record, &fault)) == CSV_RECORD)
        continue;
    ck_assert_int_eq(result, CSV_BAD);
    ck_assert_uint_eq(csv_line(csv), bad[_i].line);
    ck_assert_uint_eq(csv_column(csv), bad[_i].column);
    ck_assert_msg(strstr(fault.text, bad[_i].reason) != NULL, "%s", fault.text);
    csv_destroy(&csv);
}
END_TEST

START_TEST(other_separators_and_windows_1252_are_read) {
    static const char bytes[] = "a;\"b;\"\"c\";1,5\n\x80\xa3;\x93\xe9\x94;\n";
    struct csv *csv = csv_new_dialect(bytes, sizeof bytes - 1, (struct csv_dialect){';', true});
    expect(csv, 3, (const char *[]){"a", "b;\"c", "1,5"});
    expect(csv, 3, (const char *[]){"\u20ac\u00a3", "\u201c\u00e9\u201d", ""});
    ck_assert_uint_eq(record.fields[1].column, 4);
    expect_end(csv);
    csv = csv_new_dialect("a\tb,c", 5, (struct csv_dialect){'\t', false});
    expect(csv, 2, (const char *[]){"a", "b,c"});
    expect_end(csv);
}
END_TEST

START_TEST(bytes_that_windows_1252_leaves_out_are_refused) {
    static const unsigned char out[] = {0x81, 0x8d, 0x8f, 0x90, 0x9d};
    for (int byte = 0x80; byte <= 0xff; byte++) {
        char text[] = {'a', ',', (char)byte};
        struct csv *csv = csv_new_dialect(text, 3, (struct csv_dialect){',', true});
        bool left_out = memchr(out, byte, sizeof out) != NULL;
        ck_assert_int_eq(csv_next(csv, &record, &fault), left_out ? CSV_BAD : CSV_RECORD);
        ck_assert_uint_eq(csv_column(csv), left_out ? 3 : 4);
        ck_assert(!left_out || strstr(fault.text, "not in Windows-1252") != NULL);
        csv_destroy(&csv);
    }
}
END_TEST

START_TEST(a_byte_order_mark_is_believed_before_windows_1252) {
    struct csv *csv = csv_new_dialect("\xef\xbb\xbf\xc2\xa3", 5, (struct csv_dialect){',', true});
    expect(csv, 1, (const char *[]){"\xc2\xa3"});
    expect_end(csv);
}
END_TEST

/* Bytes that come a few at a time, as out of an archive. */
struct dripping {
    const char *bytes;
    size_t left, most;
};

static bool drip(void *context, void *into, size_t room, size_t *got, struct fault *unused) {
    (void)unused;
    struct dripping *dripping = context;
    *got = dripping->left < dripping->most ? dripping->left : dripping->most;
    *got = *got < room ? *got : room;
    memcpy(into, dripping->bytes, *got);
    dripping->bytes += *got;
    dripping->left -= *got;
    return true;
}

START_TEST(a_stream_gives_what_the_whole_gives) {
    size_t length = 0, room = 6 << 20;
    char *bytes = malloc(room);
    for (int i = 0; length < room - 100; i++)
        length += (size_t)snprintf(bytes + length, 100, "%d,\"a\nb\",%0*d\n\n\r\n", i, i % 50, i);
    struct dripping dripping = {bytes, length, 70001};
    struct csv *whole = csv_new(bytes, length);
    struct csv *stream = csv_new_stream(drip, &dripping, false, &fault);
    struct csv_record other;
    enum csv_result result;
    while ((result = csv_next(whole, &record, &fault)) == CSV_RECORD) {
        ck_assert_int_eq(csv_next(stream, &other, &fault), CSV_RECORD);
        ck_assert_uint_eq(record.line, other.line);
        ck_assert_uint_eq(record.count, other.count);
        for (size_t i = 0; i < record.count; i++) {
            ck_assert_str_eq(record.fields[i].text, other.fields[i].text);
            ck_assert_uint_eq(record.fields[i].column, other.fields[i].column);
        }
    }
    ck_assert_int_eq(result, CSV_END);
    expect_end(stream);
    csv_destroy(&whole);
    free(bytes);
}
END_TEST

START_TEST(a_stream_of_blank_lines_or_of_one_long_line_ends) {
    size_t length = 5 << 20;
    char *bytes = malloc(length);
    memset(bytes, '\n', length);
    bytes[length - 1] = 'x';
    struct dripping dripping = {bytes, length, 99999};
    struct csv *csv = csv_new_stream(drip, &dripping, false, &fault);
    expect(csv, 1, (const char *[]){"x"});
    ck_assert_uint_eq(record.line, length);
    expect_end(csv);
    memset(bytes, 'x', length);
    dripping = (struct dripping){bytes, length, 99999};
    csv = csv_new_stream(drip, &dripping, false, &fault);
    ck_assert_int_eq(csv_next(csv, &record, &fault), CSV_BAD);
    ck_assert_ptr_nonnull(strstr(fault.text, "longer than"));
    csv_destroy(&csv);
    free(bytes);
}
END_TEST

static const struct {
    const char *text;
    char comma;
} guesses[] = {
    {"a,b\n1,2\n", ','},
    {"code;value\nE1;1,5\nE2;2,5\n", ';'},
    {"A title, with a comma\n\na\tb\n1\t2\n", '\t'},
    {"a,b\n\"x;y;z\",2\n\"x;y;z\",3\n", ','},
    {"one\ntwo\n", ','},
    {"", ','},
};

START_TEST(the_separator_is_guessed_by_lines_that_agree) {
    const char *text = guesses[_i].text;
    char comma;
    ck_assert(csv_guess_comma(text, strlen(text), false, &comma, &fault));
    ck_assert_int_eq(comma, guesses[_i].comma);
}
END_TEST

START_TEST(an_endless_line_is_refused) {
    size_t length = CSV_LINE_MAX + 10;
    char *text = malloc(length);
    memset(text, 'x', length);
    struct csv *csv = csv_new(text, length);
    ck_assert_int_eq(csv_next(csv, &record, &fault), CSV_BAD);
    ck_assert_ptr_nonnull(strstr(fault.text, "longer than"));
    csv_destroy(&csv);
    memset(text, ',', length);
    csv = csv_new(text, length);
    ck_assert_int_eq(csv_next(csv, &record, &fault), CSV_BAD);
    ck_assert_ptr_nonnull(strstr(fault.text, "fields"));
    csv_destroy(&csv);
    free(text);
}
END_TEST

START_TEST(what_is_written_is_read_back) {
    static const char *const texts[] = {"",      "plain",      "a,b",     "\"",
                                        " edge", "two\nlines", "\xc2\xa3"};
    enum { TEXTS = sizeof texts / sizeof *texts };
    char *out = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&out, &size);
    for (size_t i = 0; i < TEXTS; i++) {
        (void)fputs(i ? "," : "", file);
        csv_write(file, texts[i]);
    }
    (void)fputs("\n", file);
    ck_assert_int_eq(fclose(file), 0);
    struct csv *csv = open_text(out);
    expect(csv, TEXTS, texts);
    expect_end(csv);
    free(out);
}
END_TEST

START_TEST(numbers_read_back_to_the_same_bits) {
    static const double numbers[] = {
        0, -0.0, 0.1, 1.0 / 3, 1e308, 5e-324, 1e22, 40.25, 1599.98, -2.5e-7, 4503599627370497.5};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        char text[64] = "";
        FILE *file = fmemopen(text, sizeof text, "w");
        csv_write_number(file, numbers[i]);
        ck_assert_int_eq(fclose(file), 0);
        double back = strtod(text, NULL);
        ck_assert_msg(memcmp(&back, &numbers[i], sizeof back) == 0, "%s", text);
    }
    char text[64] = "";
    FILE *file = fmemopen(text, sizeof text, "w");
    csv_write_number(file, 0.1);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_str_eq(text, "0.1");
}
END_TEST

/* Any bytes at all give records, then an end or a reason; the sanitizers watch the rest. */
START_TEST(no_bytes_break_it) {
    static const char seed[] = "code,\"na\"\"me\",value\r\nE01,\"\xc3\xa9\n\",1\n,,\n";
    uint64_t random = 2463534242u;
    for (int round = 0; round < 20000; round++) {
        char text[sizeof seed];
        memcpy(text, seed, sizeof seed);
        for (int k = 0; k < 1 + round % 4; k++) {
            (void)suite_random(&random);
            text[random % (sizeof seed - 1)] = (char)(random >> 32);
        }
        struct csv *csv = csv_new(text, random % sizeof seed);
        fault = (struct fault){0};
        enum csv_result result;
        while ((result = csv_next(csv, &record, &fault)) == CSV_RECORD)
            ck_assert_uint_ge(record.count, 1);
        ck_assert(result == CSV_END || *fault.text);
        csv_destroy(&csv);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("csv");
    TCase *tests = tcase_create("csv");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, records_come_one_by_one);
    tcase_add_test(tests, a_byte_order_mark_and_windows_line_ends_do_not_matter);
    tcase_add_test(tests, a_last_line_without_an_end_is_told_apart);
    tcase_add_test(tests, quotes_hold_commas_lines_and_quotes);
    tcase_add_test(tests, columns_are_counted_in_characters);
    tcase_add_loop_test(tests, what_is_no_csv_is_refused_with_its_place, 0,
                        sizeof bad / sizeof *bad);
    tcase_add_test(tests, other_separators_and_windows_1252_are_read);
    tcase_add_test(tests, bytes_that_windows_1252_leaves_out_are_refused);
    tcase_add_test(tests, a_byte_order_mark_is_believed_before_windows_1252);
    tcase_add_test(tests, a_stream_gives_what_the_whole_gives);
    tcase_add_test(tests, a_stream_of_blank_lines_or_of_one_long_line_ends);
    tcase_add_loop_test(tests, the_separator_is_guessed_by_lines_that_agree, 0,
                        sizeof guesses / sizeof *guesses);
    tcase_add_test(tests, an_endless_line_is_refused);
    tcase_add_test(tests, what_is_written_is_read_back);
    tcase_add_test(tests, numbers_read_back_to_the_same_bits);
    tcase_add_test(tests, no_bytes_break_it);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
