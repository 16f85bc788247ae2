/* What stands in a line of the log, whatever goes into it; and request ids. */
#include "services/bus/log.h"
#include "services/bus/request_id.h"
#include "tests/suite.h"

#include <errno.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* By how much the clock of the day has been set back. */
static time_t set_back;

int __real_clock_gettime(clockid_t id, struct timespec *out);
int __wrap_clock_gettime(clockid_t id, struct timespec *out);
int __wrap_clock_gettime(clockid_t id, struct timespec *out) {
    int result = __real_clock_gettime(id, out);
    if (id == CLOCK_REALTIME)
        out->tv_sec -= set_back;
    return result;
}

static int ends[2], was;
static char said[1 << 16];

static void listen_to_log(void) {
    ck_assert_int_eq(pipe(ends), 0);
    was = dup(STDERR_FILENO);
    (void)dup2(ends[1], STDERR_FILENO);
}

static void stop_listening(void) {
    (void)dup2(was, STDERR_FILENO);
    (void)close(was);
    (void)close(ends[0]);
    (void)close(ends[1]);
    log_settings(LEVEL_INFO, LOG_TEXT);
    log_request(NULL);
}

/* What was said since the last time: "" if nothing. */
static char *heard(void) {
    ck_assert_int_eq(write(ends[1], "", 1), 1);
    ssize_t length = read(ends[0], said, sizeof said);
    ck_assert_int_gt(length, 0);
    return said;
}

/* The one line that was said, as an object; freed by the caller. */
static json_t *heard_json(void) {
    json_error_t error;
    char *line = heard();
    ck_assert_ptr_eq(strchr(line, '\n'), line + strlen(line) - 1);
    json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, &error);
    ck_assert_msg(object != NULL, "%s: %s", error.text, line);
    return object;
}

static const char *text_of(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    ck_assert_msg(text != NULL, "no %s", key);
    return text;
}

START_TEST(a_line_names_time_level_process_role_event_and_pairs) {
    char expected[100], *line;
    log_role("hub");
    log_info("edition committed", "edition=%d places=%d", 2, 296);
    line = heard();
    (void)snprintf(expected, sizeof expected,
                   " level=info pid=%ld role=hub msg=\"edition committed\" edition=2 places=296\n",
                   (long)getpid());
    ck_assert_int_eq(strncmp(line, "ts=20", 5), 0);
    ck_assert_str_eq(strchr(line, ' '), expected);
    log_warning("nothing more", "a=1");
    ck_assert_ptr_nonnull(strstr(heard(), " level=warning "));
}
END_TEST

START_TEST(the_request_of_a_thread_stands_in_its_lines_until_it_is_another) {
    log_request("00ff00ff00ff00ff");
    log_info("first", "a=1");
    ck_assert_ptr_nonnull(strstr(heard(), " request_id=00ff00ff00ff00ff msg=\"first\" a=1\n"));
    log_request(NULL);
    log_info("second", "a=1");
    ck_assert_ptr_null(strstr(heard(), "request_id"));
}
END_TEST

START_TEST(lines_below_the_level_are_not_written) {
    log_debug("too little", "a=1");
    ck_assert_str_eq(heard(), "");
    log_settings(LEVEL_DEBUG, LOG_TEXT);
    log_debug("enough", "a=1");
    ck_assert_ptr_nonnull(strstr(heard(), "level=debug"));
    log_settings(LEVEL_ERROR, LOG_TEXT);
    log_warning("too little", "a=1");
    ck_assert_str_eq(heard(), "");
    log_error("enough", "a=1");
    ck_assert_ptr_nonnull(strstr(heard(), "level=error"));
}
END_TEST

START_TEST(as_json_it_says_the_same) {
    char quoted[LOG_QUOTED];
    log_settings(LEVEL_INFO, LOG_JSON);
    log_request("0123456789012345"); /* digits alone: text all the same */
    log_role("hub");
    log_info("edition committed", "edition=%d state=%s empty=%s reason=%s name=%s", 2, "open", "",
             log_quote("a \"b\" c\\d\te", quoted), "4711x");
    json_t *line = heard_json();
    ck_assert_int_eq(json_integer_value(json_object_get(line, "edition")), 2);
    ck_assert_int_eq(json_integer_value(json_object_get(line, "pid")), getpid());
    ck_assert_str_eq(text_of(line, "request_id"), "0123456789012345");
    ck_assert_str_eq(text_of(line, "msg"), "edition committed");
    ck_assert_str_eq(text_of(line, "role"), "hub");
    ck_assert_str_eq(text_of(line, "state"), "open");
    ck_assert_str_eq(text_of(line, "empty"), "");
    ck_assert_str_eq(text_of(line, "reason"), "a \"b\" c\\d\te");
    ck_assert_str_eq(text_of(line, "name"), "4711x");
    json_decref(line);
    log_info("said", "digits=%s long=%s minus=%d", log_quote("42", quoted), "12345678901234567890",
             -3);
    line = heard_json();
    ck_assert_str_eq(text_of(line, "digits"), "42");
    ck_assert_str_eq(text_of(line, "long"), "12345678901234567890");
    ck_assert_int_eq(json_integer_value(json_object_get(line, "minus")), -3);
    json_decref(line);
}
END_TEST

/* Line breaks, what a terminal obeys, what shows a text as another, what is no UTF-8. */
static const char *const hostile[] = {
    "a\nts=2026-01-01T00:00:00.000Z level=error msg=\"forged\"",
    "\x1b[2J\x07\x7f\r\x9b[1m",
    "\xc2\x9b[1m \xe2\x80\xae\xe2\x80\xa8\xe2\x81\xa6",
    "\xff\xfe\xc0\xaf\xed\xa0\x80\xf5\x80",
    "\" x=1 y=\"\\",
    "\\\"\\u\\u12\\",
    "",
    "£ 5, Ynys Môn, 北京, 🗺",
};

static void check_plain(const char *line) {
    ck_assert_ptr_eq(strchr(line, '\n'), line + strlen(line) - 1);
    for (const unsigned char *at = (const unsigned char *)line; at[1]; at++) {
        ck_assert_uint_ge(*at, ' ');
        ck_assert_uint_ne(*at, 0x7f);
        ck_assert(!(at[0] == 0xc2 && at[1] < 0xa0));
        ck_assert(!(at[0] == 0xe2 && at[1] == 0x80 && at[2] == 0xae));
    }
}

START_TEST(whatever_a_text_holds_a_line_is_one_line_that_can_be_shown_and_read) {
    char quoted[LOG_QUOTED];
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        log_settings(LEVEL_INFO, LOG_TEXT);
        log_info("said", "text=%s after=1", log_quote(hostile[i], quoted));
        char *line = heard();
        check_plain(line);
        ck_assert_str_eq(line + strlen(line) - strlen(" after=1\n"), " after=1\n");
        log_info("said", "text=%s", hostile[i]); /* which is a mistake, but does no harm */
        check_plain(heard());
        log_settings(LEVEL_INFO, LOG_JSON);
        log_info("said", "text=%s after=1", log_quote(hostile[i], quoted));
        check_plain(heard());
        log_info("said", "text=%s after=1", quoted);
        json_t *object = heard_json();
        (void)text_of(object, "text");
        ck_assert_int_eq(json_integer_value(json_object_get(object, "after")), 1);
        ck_assert_uint_eq(json_object_size(object), 7);
        json_decref(object);
        log_info("said", "text=\"%s\"", hostile[i]);
        json_decref(heard_json());
    }
}
END_TEST

/* Bytes at random, of which a third are those that mean something. */
START_TEST(no_text_at_all_breaks_a_line) {
    static const char special[] = "\"\\\n\x1b= u\xc2\x9b\xe2\x80\xae\xff{";
    char text[600], quoted[LOG_QUOTED];
    uint64_t state = 7;
    for (int i = 0; i < 1000; i++) {
        size_t length = suite_random(&state) % (sizeof text - 1);
        for (size_t k = 0; k < length; k++) {
            uint64_t bits = suite_random(&state);
            text[k] = bits % 3 ? (char)(1 + (bits >> 8) % 255)
                               : special[(bits >> 8) % (sizeof special - 1)];
        }
        text[length] = '\0';
        log_settings(LEVEL_INFO, LOG_JSON);
        log_info("said", "text=%s after=1", log_quote(text, quoted));
        json_t *object = heard_json();
        ck_assert_int_eq(json_integer_value(json_object_get(object, "after")), 1);
        json_decref(object);
        log_info("said", "text=%s", text); /* keys of its own, perhaps twice the same */
        object = json_loads(heard(), 0, NULL);
        ck_assert_msg(object != NULL, "%s", said);
        json_decref(object);
        log_settings(LEVEL_INFO, LOG_TEXT);
        log_info("said", "text=%s", text);
        check_plain(heard());
    }
}
END_TEST

START_TEST(quoted_text_can_be_read_back) {
    char quoted[LOG_QUOTED];
    ck_assert_str_eq(log_quote("a\"b\\c\nd\te", quoted), "\"a\\\"b\\\\c\\nd\\te\"");
    ck_assert_str_eq(log_quote("\x1b\xff\xe2\x80\xae", quoted), "\"\\u001b\\ufffd\\u202e\"");
    ck_assert_str_eq(log_quote("£", quoted), "\"£\"");
    ck_assert_str_eq(log_quote("", quoted), "\"\"");
}
END_TEST

/* Of every length about the border, of one and of three bytes a character. */
START_TEST(a_text_that_is_too_long_is_cut_and_says_so) {
    char text[3 * LOG_QUOTED + 1], quoted[LOG_QUOTED];
    for (int wide = 0; wide < 2; wide++) {
        for (size_t characters = 1; characters < LOG_QUOTED; characters++) {
            text[0] = '\0';
            char *end = text;
            for (size_t i = 0; i < characters; i++)
                end = stpcpy(end, wide ? "€" : "x");
            (void)log_quote(text, quoted);
            size_t length = strlen(quoted), whole = (size_t)(end - text) + 2;
            ck_assert_uint_lt(length, LOG_QUOTED);
            ck_assert_int_eq(quoted[length - 1], '"');
            bool cut = strstr(quoted, "…") != NULL;
            ck_assert_int_eq(cut, whole >= LOG_QUOTED);
            json_t *back = json_loads(quoted, JSON_DECODE_ANY, NULL);
            ck_assert_ptr_nonnull(back);
            if (!cut)
                ck_assert_str_eq(json_string_value(back), text);
            json_decref(back);
        }
    }
}
END_TEST

START_TEST(a_line_that_is_too_long_loses_whole_pairs_and_says_so) {
    char long_text[6000];
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    for (int format = LOG_TEXT; format <= LOG_JSON; format++) {
        for (int length = 3800; length < 4200; length++) {
            log_settings(LEVEL_INFO, (enum log_format)format);
            log_info("said", "first=1 long=%.*s last=2", length, long_text);
            if (format == LOG_JSON) {
                json_t *line = heard_json();
                bool cut = json_is_true(json_object_get(line, "cut"));
                ck_assert_int_eq(json_integer_value(json_object_get(line, "first")), 1);
                ck_assert_int_eq(cut, !json_object_get(line, "last"));
                json_decref(line);
            } else {
                const char *line = heard();
                ck_assert_uint_le(strlen(line), 4096);
                ck_assert_ptr_nonnull(strstr(line, " first=1"));
                ck_assert(!strstr(line, " last=2\n") == (strstr(line, " cut=true\n") != NULL));
            }
        }
    }
    log_settings(LEVEL_INFO, LOG_JSON);
    log_info("said", "long=\"%s\"", long_text);
    json_t *line = heard_json();
    ck_assert(json_is_true(json_object_get(line, "cut")));
    json_decref(line);
}
END_TEST

START_TEST(the_journal_is_told_the_priority_and_others_are_not) {
    struct stat info;
    char stream[80];
    ck_assert_int_eq(fstat(STDERR_FILENO, &info), 0);
    (void)snprintf(stream, sizeof stream, "%ju:%ju", (uintmax_t)info.st_dev,
                   (uintmax_t)info.st_ino);
    (void)setenv("JOURNAL_STREAM", stream, 1);
    log_role("hub");
    log_error("said", "a=1");
    ck_assert_int_eq(strncmp(heard(), "<3>ts=", 6), 0);
    log_settings(LEVEL_INFO, LOG_JSON);
    log_warning("said", "a=1");
    ck_assert_int_eq(strncmp(heard(), "<4>{\"ts\":", 9), 0);
    log_settings(LEVEL_INFO, LOG_TEXT);
    (void)setenv("JOURNAL_STREAM", "1:1", 1); /* somebody has sent it elsewhere since */
    log_role("hub");
    log_error("said", "a=1");
    ck_assert_int_eq(strncmp(heard(), "ts=", 3), 0);
    (void)unsetenv("JOURNAL_STREAM");
    log_role("hub");
}
END_TEST

static size_t count(const char *text, const char *what) {
    size_t found = 0;
    for (const char *at = text; (at = strstr(at, what)); at++)
        found++;
    return found;
}

START_TEST(a_flood_of_one_warning_is_not_written_and_others_are) {
    for (int i = 0; i < 200; i++)
        log_warning("flood", "a=1");
    size_t lines = count(heard(), "\n");
    ck_assert_uint_ge(lines, 50);
    ck_assert_uint_lt(lines, 100);
    log_warning("another", "a=1");
    ck_assert_uint_eq(count(heard(), "msg=\"another\""), 1);
    char *line;
    while (!*(line = heard())) /* a fifth of a second later it may speak again */
        log_warning("flood", "a=1");
    ck_assert_ptr_nonnull(strstr(line, "msg=\"flood\" unsaid="));
    for (int i = 0; i < 200; i++)
        log_info("said", "a=1");
    ck_assert_uint_eq(count(heard(), "\n"), 200);
    lines = 0;
    for (int i = 0; i < 20000; i++) {
        log_info("flood of news", "a=1");
        lines += i % 200 == 199 ? count(heard(), "\n") : 0;
    }
    ck_assert_uint_ge(lines, 5000);
    ck_assert_uint_lt(lines, 15000);
}
END_TEST

START_TEST(a_clock_that_is_set_back_holds_no_line_back) {
    log_warning("seldom", "a=1");
    set_back = 3600;
    log_warning("seldom", "a=2");
    set_back = 0;
    ck_assert_uint_eq(count(heard(), "\n"), 2);
}
END_TEST

enum { THREADS = 4, LINES = 100 };

static void *speak(void *argument) {
    char id[REQUEST_ID_TEXT], quoted[LOG_QUOTED];
    (void)snprintf(id, sizeof id, "%016x", (unsigned)(uintptr_t)argument);
    log_request(id);
    for (int i = 0; i < LINES; i++)
        log_info("spoken", "of=%s", log_quote(id, quoted));
    return NULL;
}

START_TEST(lines_of_several_threads_do_not_mix_and_each_has_its_request) {
    pthread_t threads[THREADS];
    for (uintptr_t i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, speak, (void *)i), 0);
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    char *at = heard();
    ck_assert_uint_eq(count(at, "\n"), (size_t)THREADS * LINES);
    for (char *line = strtok(at, "\n"); line; line = strtok(NULL, "\n")) {
        const char *id = strstr(line, "request_id="), *of = strstr(line, " of=\"");
        ck_assert(id && of);
        ck_assert_int_eq(strncmp(id + strlen("request_id="), of + strlen(" of=\""), 16), 0);
    }
}
END_TEST

START_TEST(what_errno_was_it_still_is) {
    errno = ENOSPC;
    log_info("said", "a=1");
    ck_assert_int_eq(errno, ENOSPC);
    (void)heard();
}
END_TEST

START_TEST(a_request_id_is_new_each_time_and_of_one_form) {
    char id[REQUEST_ID_TEXT], other[REQUEST_ID_TEXT];
    request_id_new(id);
    request_id_new(other);
    ck_assert(request_id_valid(id));
    ck_assert_str_ne(id, other);
    static const char *const wrong[] = {
        "",
        "0123",
        "0123456789ABCDEF",
        "0123456789abcdeg",
        "0123456789abcdef0",
        "0123456789abcde\n",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        ck_assert(!request_id_valid(wrong[i]));
        request_id_take(wrong[i], other);
        ck_assert(request_id_valid(other));
    }
    request_id_take(NULL, other);
    ck_assert(request_id_valid(other));
    request_id_take("0123456789abcdef", other);
    ck_assert_str_eq(other, "0123456789abcdef");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("log");
    TCase *tests = tcase_create("log");
    tcase_add_checked_fixture(tests, listen_to_log, stop_listening);
    tcase_add_test(tests, a_line_names_time_level_process_role_event_and_pairs);
    tcase_add_test(tests, the_request_of_a_thread_stands_in_its_lines_until_it_is_another);
    tcase_add_test(tests, lines_below_the_level_are_not_written);
    tcase_add_test(tests, as_json_it_says_the_same);
    tcase_add_test(tests, whatever_a_text_holds_a_line_is_one_line_that_can_be_shown_and_read);
    tcase_add_test(tests, no_text_at_all_breaks_a_line);
    tcase_add_test(tests, quoted_text_can_be_read_back);
    tcase_add_test(tests, a_text_that_is_too_long_is_cut_and_says_so);
    tcase_add_test(tests, a_line_that_is_too_long_loses_whole_pairs_and_says_so);
    tcase_add_test(tests, the_journal_is_told_the_priority_and_others_are_not);
    tcase_add_test(tests, a_flood_of_one_warning_is_not_written_and_others_are);
    tcase_add_test(tests, a_clock_that_is_set_back_holds_no_line_back);
    tcase_add_test(tests, lines_of_several_threads_do_not_mix_and_each_has_its_request);
    tcase_add_test(tests, what_errno_was_it_still_is);
    tcase_add_test(tests, a_request_id_is_new_each_time_and_of_one_form);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
