/* The ingestion worker, with a real hub: what is accepted, and what is refused with which words. */
#include "tests/services/small_files.h"

#include <poll.h>

static struct service service;

static void begin(void) {
    service_begin(&service);
    service_start(&service, "hub", NULL);
    service_start(&service, "ingestion", NULL);
    small_load(&service);
}

static void end(void) {
    service_end(&service);
}

static uint64_t newest_event(void) {
    Message *answer = service_status(&service);
    uint64_t newest = answer->status->newest_event;
    wire_free(&answer);
    return newest;
}

/* --- refusals --------------------------------------------------------------------------------- */

#define HEADER "area_code,period,value\n"

static const struct {
    const char *name, *text;
    size_t length; /* 0: of the text */
    uint64_t line, column;
    const char *reason; /* a part of it */
} bad[] = {
    {"rents-2025.csv", HEADER "E01,2025,1\n", 0, 0, 0, "does not say which dataset"},
    {"soot-2026.csv", HEADER "E01,2025,1\nE99,2025,2\n", 0, 3, 1, "E99"},
    {"soot-2026.csv", HEADER "E01,2025,1\nE01,2025,2\n", 0, 3, 1, "line 2"},
    {"soot-2026.csv", HEADER "E01,2025,much\n", 0, 2, 10, "much"},
    {"soot-2026.csv", HEADER "E01,2025,1\nE02,2025\n", 0, 3, 5, "2 fields"},
    {"soot-2026.csv", HEADER "E01,2025,1.5\nE02,2025,1.", 0, 3, 12, "cut short"},
    {"soot-2026.csv", "", 0, 0, 0, "empty"},
    {"soot-2026.csv", HEADER "E01,2025,1\nE02,2025,\"1\n", 0, 3, 0, "quot"},
    {"soot-2026.csv", HEADER "E01,2025,\xff\xfe\n", 0, 2, 0, "UTF-8"},
    {"soot-2026.csv", HEADER "E01,20\0,1\n", sizeof(HEADER "E01,20\0,1\n") - 1, 2, 0, ""},
    {"soot-2026.csv", HEADER "E01,then,1\n", 0, 2, 5, "then"},
    {"soot-2026.csv", "place,when,much\nE01,2025,1\n", 0, 1, 0, "area_code"},
};

START_TEST(a_bad_file_is_refused_with_its_place_and_changes_nothing) {
    size_t length = bad[_i].length ? bad[_i].length : strlen(bad[_i].text);
    uint64_t before = newest_event();
    Message *answer = service_hand_in(&service, bad[_i].name, bad[_i].text, length);
    ck_assert_int_eq(answer->body_case, MINDEX__V1__MESSAGE__BODY_REFUSAL);
    ck_assert_uint_ge(answer->refusal->total, 1);
    ck_assert_uint_eq(answer->refusal->total, answer->refusal->n_problems);
    const Mindex__V1__Problem *problem = answer->refusal->problems[0];
    ck_assert_str_eq(problem->file, bad[_i].name);
    ck_assert_msg(problem->line == bad[_i].line, "line %llu: %s", (unsigned long long)problem->line,
                  problem->reason);
    if (bad[_i].column)
        ck_assert_msg(problem->column == bad[_i].column, "column %llu: %s",
                      (unsigned long long)problem->column, problem->reason);
    ck_assert_msg(strstr(problem->reason, bad[_i].reason) != NULL, "%s", problem->reason);
    wire_free(&answer);
    ck_assert_uint_eq(newest_event(), before);
}
END_TEST

START_TEST(one_bad_row_refuses_the_whole_file) {
    Message *answer =
        service_hand_in_text(&service, "soot-2026.csv", HEADER "E01,2026,1\nE02,2026,lots\n");
    ck_assert_int_eq(answer->body_case, MINDEX__V1__MESSAGE__BODY_REFUSAL);
    wire_free(&answer);
    answer = service_status(&service);
    ck_assert_uint_eq(answer->status->releases, 4);
    wire_free(&answer);
}
END_TEST

START_TEST(a_near_miss_of_a_dataset_is_suggested) {
    char err[2000];
    char file[SERVICE_PATH];
    (void)snprintf(file, sizeof file, "%s/download.csv", service.state);
    FILE *out = fopen(file, "w");
    ck_assert_ptr_nonnull(out);
    (void)fputs(HEADER "E01,2026,1\n", out);
    (void)fclose(out);
    int status =
        service_run(&service, NULL, err, sizeof err, "ingest", "--dataset", "sooot", file, NULL);
    ck_assert_int_eq(status, 3);
    ck_assert_ptr_nonnull(strstr(err, "did you mean 'soot'?"));
}
END_TEST

/* --- what is accepted ------------------------------------------------------------------------- */

START_TEST(a_release_is_received_once) {
    const char *text = HEADER "E01,2026,7\nE02,2026,8\n";
    Message *answer = service_hand_in_text(&service, "soot-2026.csv", text);
    ck_assert_int_eq(answer->body_case, MINDEX__V1__MESSAGE__BODY_RECEIPT);
    ck_assert_uint_eq(answer->receipt->n_releases, 1);
    ck_assert_str_eq(answer->receipt->releases[0]->dataset, "soot");
    ck_assert_str_eq(answer->receipt->releases[0]->label, "2026");
    ck_assert_uint_eq(answer->receipt->releases[0]->observations, 2);
    ck_assert(!answer->receipt->releases[0]->duplicate && !answer->receipt->releases[0]->revision);
    ck_assert(answer->receipt->has_task);
    uint64_t release = answer->receipt->releases[0]->release, through = answer->receipt->through;
    wire_free(&answer);
    answer = service_hand_in_text(&service, "soot-again.csv", text);
    ck_assert(answer->receipt->releases[0]->duplicate);
    ck_assert_uint_eq(answer->receipt->releases[0]->release, release);
    ck_assert(!answer->receipt->has_task);
    ck_assert_uint_eq(answer->receipt->through, through);
    wire_free(&answer);
    ck_assert_uint_eq(newest_event(), through);
}
END_TEST

START_TEST(other_content_under_the_same_label_is_a_revision) {
    Message *answer = service_hand_in_text(&service, "soot-2025.csv", HEADER "E01,2025,6\n");
    ck_assert_int_eq(answer->body_case, MINDEX__V1__MESSAGE__BODY_RECEIPT);
    ck_assert(answer->receipt->releases[0]->revision && !answer->receipt->releases[0]->duplicate);
    wire_free(&answer);
}
END_TEST

START_TEST(the_same_pack_again_changes_nothing) {
    uint64_t before = newest_event();
    Message *answer = small_hand_in(&service);
    ck_assert_int_eq(answer->body_case, MINDEX__V1__MESSAGE__BODY_RECEIPT);
    ck_assert(!answer->receipt->pack_changed && !answer->receipt->has_task);
    for (size_t i = 0; i < answer->receipt->n_releases; i++)
        ck_assert(answer->receipt->releases[i]->duplicate);
    wire_free(&answer);
    ck_assert_uint_eq(newest_event(), before);
}
END_TEST

/* --- the inbox -------------------------------------------------------------------------------- */

/* Writes NAME beside the inbox and moves it in, as a careful program does. */
static void drop(const char *name, const char *text) {
    char from[SERVICE_PATH], to[SERVICE_PATH];
    (void)snprintf(from, sizeof from, "%s/coming", service.state);
    (void)snprintf(to, sizeof to, "%s/%s", service.places.inbox, name);
    FILE *out = fopen(from, "w");
    ck_assert_ptr_nonnull(out);
    (void)fputs(text, out);
    ck_assert_int_eq(fclose(out), 0);
    ck_assert_int_eq(rename(from, to), 0);
}

/* What is in the file once another process has put it there. */
static void read_when_there(const char *folder, const char *name, char *text, size_t size) {
    char path[SERVICE_PATH];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    for (int tries = 0; tries < 3000; tries++) {
        FILE *in = fopen(path, "r");
        size_t length = in ? fread(text, 1, size - 1, in) : 0;
        if (in)
            (void)fclose(in);
        text[length] = '\0';
        if (length)
            return;
        (void)poll(NULL, 0, 10); /* between two looks at it */
    }
    ck_abort_msg("%s did not come", path);
}

START_TEST(a_file_in_the_inbox_is_accepted_and_moved) {
    char text[2000];
    uint64_t after = newest_event();
    static const char complete[] =
        HEADER "E01,2026,7\nE02,2026,1\nE03,2026,3\nE04,2026,3\nE06,2026,0\n";
    drop("soot-2026.csv", complete);
    Message *answer = service_events(&service, after, "release.soot", SERVICE_ANSWER_MS);
    ck_assert_uint_eq(answer->events->n_events, 1);
    ck_assert_str_eq(answer->events->events[0]->release_accepted->label, "2026");
    wire_free(&answer);
    read_when_there(service.places.accepted, "soot-2026.csv", text, sizeof text);
    ck_assert_str_eq(text, complete);
}
END_TEST

START_TEST(a_file_in_the_inbox_is_read_by_what_lies_beside_it) {
    uint64_t after = newest_event();
    drop("t.schema.json", "{\"fields\":[{\"name\":\"place\",\"title\":\"Code\"},"
                          "{\"name\":\"year\"},{\"name\":\"value\"}]}");
    drop("soot-2028.csv", "place,year,value\nE01,2028,7\n"); /* by no such name: not described */
    char text[2000];
    read_when_there(service.places.rejected, "soot-2028.csv.reason.txt", text, sizeof text);
    drop("soot-2029.schema.json", "{\"fields\":[{\"name\":\"place\",\"title\":\"Code\"},"
                                  "{\"name\":\"year\"},{\"name\":\"value\"}]}");
    drop("soot-2029.csv", "place,year,value\nE01,2029,7\nE02,2029,1\nE03,2029,3\nE04,2029,3\n"
                          "E06,2029,0\n");
    Message *answer = service_events(&service, after, "release.soot", SERVICE_ANSWER_MS);
    ck_assert_uint_eq(answer->events->n_events, 1);
    ck_assert_str_eq(answer->events->events[0]->release_accepted->label, "2029");
    wire_free(&answer);
    read_when_there(service.places.inbox, "soot-2029.schema.json", text, sizeof text);
    ck_assert_ptr_nonnull(strstr(text, "fields")); /* it stays for the next */
}
END_TEST

START_TEST(a_bad_file_in_the_inbox_is_rejected_with_its_reason) {
    char text[2000];
    uint64_t before = newest_event();
    drop("soot-2026.csv", HEADER "E01,2026,7\nE77,2026,8\n");
    read_when_there(service.places.rejected, "soot-2026.csv.reason.txt", text, sizeof text);
    ck_assert_ptr_nonnull(strstr(text, "soot-2026.csv:3:1: "));
    ck_assert_ptr_nonnull(strstr(text, "E77"));
    read_when_there(service.places.rejected, "soot-2026.csv", text, sizeof text);
    ck_assert_uint_eq(newest_event(), before);
}
END_TEST

START_TEST(a_suspicious_file_in_the_inbox_is_rejected_with_the_way_to_accept_it) {
    char text[2000], command[SERVICE_PATH + 64];
    uint64_t before = newest_event();
    drop("soot-2026.csv", HEADER "E01,2026,7\nE02,2026,9\nE03,2026,3\nE04,2026,3\nE06,2026,0\n");
    read_when_there(service.places.rejected, "soot-2026.csv.reason.txt", text, sizeof text);
    ck_assert_msg(strstr(text, "soot-2026.csv:3: warning (jump): E02 Birch is 9") != NULL, "%s",
                  text);
    (void)snprintf(command, sizeof command, "mindex ingest --accept-warnings %s/soot-2026.csv\n",
                   service.places.rejected);
    ck_assert_msg(strstr(text, command) != NULL, "%s", text);
    ck_assert_uint_eq(newest_event(), before);
}
END_TEST

START_TEST(a_line_of_two_gigabytes_is_refused_at_its_beginning) {
    char path[SERVICE_PATH], err[2000];
    (void)snprintf(path, sizeof path, "%s/soot-2027.csv", service.state);
    FILE *out = fopen(path, "w");
    ck_assert_ptr_nonnull(out);
    (void)fputs(HEADER, out);
    ck_assert_int_eq(fflush(out), 0);
    ck_assert_int_eq(ftruncate(fileno(out), (off_t)2 << 30), 0); /* sparse: takes no room */
    ck_assert_int_eq(fclose(out), 0);
    int status = service_run(&service, NULL, err, sizeof err, "ingest", path, NULL);
    ck_assert_int_eq(status, 3);
    ck_assert_msg(strstr(err, "soot-2027.csv:") != NULL, "%s", err);
    ck_assert_msg(strstr(err, "nothing has changed") != NULL, "%s", err);
    char reason[2000], inbox[SERVICE_PATH];
    (void)snprintf(inbox, sizeof inbox, "%s/soot-2027.csv", service.places.inbox);
    ck_assert_int_eq(rename(path, inbox), 0);
    read_when_there(service.places.rejected, "soot-2027.csv.reason.txt", reason, sizeof reason);
    ck_assert_msg(strncmp(reason, "soot-2027.csv:2:", 16) == 0, "%s", reason);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("ingestion");
    TCase *tests = tcase_create("ingestion");
    tcase_add_checked_fixture(tests, begin, end);
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, a_bad_file_is_refused_with_its_place_and_changes_nothing, 0,
                        sizeof bad / sizeof *bad);
    tcase_add_test(tests, one_bad_row_refuses_the_whole_file);
    tcase_add_test(tests, a_near_miss_of_a_dataset_is_suggested);
    tcase_add_test(tests, a_release_is_received_once);
    tcase_add_test(tests, other_content_under_the_same_label_is_a_revision);
    tcase_add_test(tests, the_same_pack_again_changes_nothing);
    tcase_add_test(tests, a_file_in_the_inbox_is_accepted_and_moved);
    tcase_add_test(tests, a_file_in_the_inbox_is_read_by_what_lies_beside_it);
    tcase_add_test(tests, a_bad_file_in_the_inbox_is_rejected_with_its_reason);
    tcase_add_test(tests, a_suspicious_file_in_the_inbox_is_rejected_with_the_way_to_accept_it);
    tcase_add_test(tests, a_line_of_two_gigabytes_is_refused_at_its_beginning);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
