/* mindex.conf: what it sets, and what is said of mistakes in it. */
#include "services/bus/config.h"

#include "tests/services/service.h"

static struct service service;
static struct config config;
static struct problems problems;
static char path[PATH_TEXT + 16];

static void begin(void) {
    service_begin(&service);
    (void)snprintf(path, sizeof path, "%s/mindex.conf", service.state);
    memset(&problems, 0, sizeof problems);
}

static void end(void) {
    service_end(&service);
}

static void write_file(const char *text, size_t length) {
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(text, 1, length, file), length);
    ck_assert_int_eq(fclose(file), 0);
}

static bool read_text(const char *text) {
    write_file(text, strlen(text));
    return config_read(path, &config, &problems);
}

/* The one mistake of a text, which stands in `line` and says `word`. */
static void check_mistake(const char *text, uint64_t line, const char *word) {
    ck_assert(!read_text(text));
    ck_assert_uint_eq(problems.total, 1);
    ck_assert_uint_eq(problems.kept[0].line, line);
    ck_assert_msg(strstr(problems.kept[0].reason, word) != NULL, "%s", problems.kept[0].reason);
    memset(&problems, 0, sizeof problems);
}

START_TEST(every_key_has_a_default_within_its_bounds_and_a_place_of_its_own) {
    config_init(&config);
    for (size_t i = 0; i < CONFIG_KEYS; i++) {
        const struct config_key *key = &config_keys[i];
        char text[CONFIG_VALUE], initial[CONFIG_VALUE], name[CONFIG_VARIABLE];
        struct fault fault = {0};
        config_text(&config, key, text);
        config_default(key, initial);
        ck_assert_str_eq(text, initial);
        ck_assert_msg(config_take(&config, i, text, CONFIG_FILE, &fault), "%s", fault.text);
        config_variable(key, name);
        for (size_t k = 0; k < i; k++) {
            char other[CONFIG_VARIABLE];
            config_variable(&config_keys[k], other);
            ck_assert_uint_ne(key->at, config_keys[k].at);
            ck_assert_str_ne(name, other);
        }
    }
}
END_TEST

START_TEST(no_file_is_all_defaults) {
    ck_assert(config_read(path, &config, &problems));
    ck_assert_uint_eq(config.hub.lease_seconds, 60);
    for (size_t i = 0; i < CONFIG_KEYS; i++)
        ck_assert_uint_eq(config.line[i], 0);
}
END_TEST

START_TEST(a_file_sets_what_it_names_and_no_more) {
    ck_assert(read_text("# limits of ours\r\n\n  hub.lease_seconds =  7   # short\r\n"
                        "inbox.pause_seconds=3600"));
    ck_assert_uint_eq(config.hub.lease_seconds, 7);
    ck_assert_uint_eq(config.line[config_find("hub.lease_seconds")], 3);
    ck_assert_uint_eq(config.inbox.pause_seconds, 3600);
    ck_assert_uint_eq(config.hub.task_attempts, 5);
}
END_TEST

START_TEST(each_mistake_is_said_with_its_line) {
    check_mistake("\nhub.lease_second = 7\n", 2, "did you mean 'hub.lease_seconds'");
    check_mistake("colour = 7\n", 1, "mindex config show");
    check_mistake("hub.lease_seconds 7\n", 1, "KEY = VALUE");
    check_mistake("hub.lease_seconds =\n", 1, "found ''");
    check_mistake("hub.lease_seconds = 0\n", 1, "from 1 to 86400 (seconds)");
    check_mistake("hub.lease_seconds = 86401\n", 1, "found '86401'");
    check_mistake("hub.lease_seconds = 99999999999999999999999\n", 1, "whole number");
    check_mistake("hub.lease_seconds = -1\n", 1, "whole number");
    check_mistake("hub.lease_seconds = 1.5\n", 1, "whole number");
    check_mistake("hub.lease_seconds = 7\nhub.lease_seconds = 7\n", 2, "in line 1 already");
}
END_TEST

START_TEST(texts_and_choices_are_looked_at_too) {
    check_mistake("log.level = loud\n", 1,
                  "found 'loud', expected one of: debug info warning error");
    check_mistake("log.level = inf\n", 1, "one of");
    check_mistake("log.format =\n", 1, "one of");
    check_mistake("hub = here\n", 1, "takes ipc://PATH or tcp://ADDRESS:PORT, found 'here'");
    check_mistake("listen = tcp://*:65535\n", 1, "a number from 1 to 65533");
    check_mistake("http = http://example.org:80\n", 1, "an address in figures");
    check_mistake("http-name = index.example.org, a/b\n", 1, "is no name to be asked by");
    ck_assert(read_text("log.level = error\nlog.format = json\nhub = tcp://10.0.0.5:5600\n"));
    ck_assert_uint_eq(config.log.level, 3);
    ck_assert_uint_eq(config.log.format, 1);
    ck_assert_str_eq(config.places.hub, "tcp://10.0.0.5:5600");
}
END_TEST

START_TEST(a_text_holds_what_fits_and_no_more) {
    char text[ENDPOINT_TEXT + 40] = "hub = ipc:///";
    size_t length = strlen(text), most = ENDPOINT_TEXT - 1 + strlen("hub = ");
    memset(text + length, 'x', most - length);
    text[most] = '\0';
    ck_assert(read_text(text));
    ck_assert_uint_eq(strlen(config.places.hub), ENDPOINT_TEXT - 1);
    text[most] = 'x';
    text[most + 1] = '\0';
    check_mistake(text, 1, "found 256 characters, expected up to 255 (ENDPOINT)");
}
END_TEST

START_TEST(a_comment_begins_after_a_blank_alone) {
    ck_assert(read_text("#key = a\nkey = /keys/#1.key\t# the first\nboundaries = a b.json #\n"));
    ck_assert_str_eq(config.places.key, "/keys/#1.key");
    ck_assert_str_eq(config.places.boundaries, "a b.json");
    check_mistake("hub.retry_ms = 7# ms\n", 1, "found '7# ms'");
}
END_TEST

START_TEST(nothing_said_of_a_text_is_its_default) {
    ck_assert(read_text("state =\nlisten = # nowhere\n"));
    ck_assert_str_eq(config.places.state, "mindex-state");
    ck_assert_str_eq(config.places.listen, "");
}
END_TEST

START_TEST(a_source_that_goes_before_stays_and_is_looked_at_all_the_same) {
    struct fault fault = {0};
    size_t key = config_find("hub.retry_ms");
    config_init(&config);
    ck_assert(config_take(&config, key, "5", CONFIG_FLAG, &fault));
    ck_assert(config_take(&config, key, "6", CONFIG_ENVIRONMENT, &fault));
    ck_assert(config_take(&config, key, "7", CONFIG_FILE, &fault));
    ck_assert_uint_eq(config.hub.retry_ms, 5);
    ck_assert(!config_take(&config, key, "0", CONFIG_FILE, &fault));
    ck_assert_uint_eq(config.hub.retry_ms, 5);
    ck_assert(!config_take(&config, key, "", CONFIG_FLAG, &fault));
    ck_assert_uint_eq(config.hub.retry_ms, 5);
}
END_TEST

START_TEST(again_keeps_the_command_line_and_takes_the_file_as_it_is) {
    static struct config again;
    struct fault fault = {0};
    write_file("hub.retry_ms = 6\nhub.batch_jobs = 6\nlog.level = debug\nkey = a.key\n", 66);
    config_init(&config);
    ck_assert(config_take_pair(&config, "hub.retry_ms=5", &fault));
    ck_assert(config_take_pair(&config, "key=b.key", &fault));
    (void)snprintf(config.file, sizeof config.file, "%s", path);
    config.named = true;
    ck_assert(config_load(&config, &problems));
    ck_assert_uint_eq(config.hub.batch_jobs, 6);
    write_file("hub.batch_jobs = 7\n", 19);
    ck_assert(config_again(&config, &again, &problems));
    ck_assert_uint_eq(again.hub.retry_ms, 5);
    ck_assert_str_eq(again.places.key, "b.key");
    ck_assert_uint_eq(again.hub.batch_jobs, 7);
    ck_assert_uint_eq(again.log.level, 1); /* its default again */
    ck_assert_int_eq(again.source[config_find("log.level")], CONFIG_DEFAULT);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert(!config_again(&config, &again, &problems));
    ck_assert_uint_eq(problems.total, 1);
}
END_TEST

START_TEST(a_file_that_nobody_named_may_come_later) {
    static struct config again;
    struct fault fault = {0};
    config_init(&config);
    ck_assert(config_take(&config, config_find("state"), service.state, CONFIG_FLAG, &fault));
    ck_assert(config_load(&config, &problems));
    ck_assert(!config.read);
    ck_assert_str_eq(config.file, path);
    write_file("hub.batch_jobs = 7\n", 19);
    ck_assert(config_again(&config, &again, &problems));
    ck_assert_uint_eq(again.hub.batch_jobs, 7);
}
END_TEST

START_TEST(all_mistakes_are_said_at_once) {
    ck_assert(!read_text("a = 1\nb\nhub.retry_ms = x\nhub.retry_ms = 5\n"));
    ck_assert_uint_eq(problems.total, 4);
}
END_TEST

START_TEST(what_is_no_text_is_refused) {
    char text[3000];
    memset(text, 'x', sizeof text);
    text[2999] = '\n';
    write_file(text, sizeof text);
    ck_assert(!config_read(path, &config, &problems));
    ck_assert_uint_eq(problems.total, 1);
    write_file("hub.retry_ms = 5\0\nhub.retry_ms = 6\n", 34);
    ck_assert(!config_read(path, &config, &problems));
    ck_assert_uint_eq(problems.total, 2);
    ck_assert_uint_eq(problems.kept[1].line, 1);
    /* The end of a file after a power cut, such as that of 'hub.retry_ms = 60'. */
    write_file("hub.batch_jobs = 5\nhub.retry_ms = 6\0\0", 37);
    ck_assert(!config_read(path, &config, &problems));
    ck_assert_uint_eq(problems.kept[2].line, 2);
}
END_TEST

START_TEST(a_line_has_up_to_a_thousand_characters_also_the_last) {
    char text[1003] = "#";
    memset(text + 1, 'x', 1000);
    text[1000] = '\0';
    ck_assert(read_text(text));
    text[1000] = 'x';
    check_mistake(text, 1, "more than 1000 characters");
    text[1000] = '\n';
    ck_assert(read_text(text));
}
END_TEST

START_TEST(the_mark_of_utf_8_before_it_is_none_of_it) {
    ck_assert(read_text("\xef\xbb\xbfhub.retry_ms = 6\r\n"));
    ck_assert_uint_eq(config.hub.retry_ms, 6);
    check_mistake("\n\xef\xbb\xbfhub.retry_ms = 6\n", 2, "there is no key");
}
END_TEST

START_TEST(a_folder_of_that_name_is_refused) {
    ck_assert_int_eq(mkdir(path, 0700), 0);
    ck_assert(!config_read(path, &config, &problems));
    ck_assert_uint_eq(problems.total, 1);
}
END_TEST

START_TEST(no_role_starts_with_a_mistake_in_it) {
    static const char *const roles[] = {"up",      "hub",        "ingestion",
                                        "scoring", "comparison", "publishing"};
    char err[2000], expected[PATH_TEXT + 200];
    write_file("hub.task_atempts = 3\n", 21);
    (void)snprintf(expected, sizeof expected,
                   "%s:1: there is no key 'hub.task_atempts'; did you mean 'hub.task_attempts'?",
                   path);
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        ck_assert_int_eq(service_run(&service, NULL, err, sizeof err, roles[i], NULL), 1);
        ck_assert_msg(strstr(err, expected) != NULL, "%s: %s", roles[i], err);
    }
    ck_assert_int_eq(service_run(&service, NULL, err, sizeof err, "config", "check", NULL), 1);
    ck_assert_ptr_nonnull(strstr(err, expected));
}
END_TEST

START_TEST(config_show_says_where_each_value_is_from) {
    char out[8000];
    write_file("hub.task_attempts = 3\n", 22);
    ck_assert_int_eq(service_run(&service, out, NULL, sizeof out, "config", "show", "--csv", NULL),
                     0);
    ck_assert_msg(strstr(out, "hub.task_attempts,3,attempts,line 1,5,1,100,yes,") != NULL, "%s",
                  out);
    ck_assert_msg(strstr(out, "hub.read_attempts,3,attempts,default,3,1,100,yes,") != NULL, "%s",
                  out);
    ck_assert_int_eq(service_run(&service, out, NULL, sizeof out, "config", "check", NULL), 0);
    ck_assert_msg(strstr(out, "1 of 29 keys") != NULL, "%s", out);
    ck_assert_int_eq(service_run(&service, out, NULL, sizeof out, "config", "cook", NULL), 2);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("config");
    TCase *tests = tcase_create("config");
    tcase_add_checked_fixture(tests, begin, end);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, every_key_has_a_default_within_its_bounds_and_a_place_of_its_own);
    tcase_add_test(tests, no_file_is_all_defaults);
    tcase_add_test(tests, a_file_sets_what_it_names_and_no_more);
    tcase_add_test(tests, each_mistake_is_said_with_its_line);
    tcase_add_test(tests, texts_and_choices_are_looked_at_too);
    tcase_add_test(tests, a_text_holds_what_fits_and_no_more);
    tcase_add_test(tests, a_comment_begins_after_a_blank_alone);
    tcase_add_test(tests, nothing_said_of_a_text_is_its_default);
    tcase_add_test(tests, a_source_that_goes_before_stays_and_is_looked_at_all_the_same);
    tcase_add_test(tests, again_keeps_the_command_line_and_takes_the_file_as_it_is);
    tcase_add_test(tests, a_file_that_nobody_named_may_come_later);
    tcase_add_test(tests, all_mistakes_are_said_at_once);
    tcase_add_test(tests, what_is_no_text_is_refused);
    tcase_add_test(tests, a_line_has_up_to_a_thousand_characters_also_the_last);
    tcase_add_test(tests, the_mark_of_utf_8_before_it_is_none_of_it);
    tcase_add_test(tests, a_folder_of_that_name_is_refused);
    tcase_add_test(tests, no_role_starts_with_a_mistake_in_it);
    tcase_add_test(tests, config_show_says_where_each_value_is_from);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
