/* The life of a release, with real processes: revised, refused for what is suspicious about
 * it, tried without effect. */
#include "tests/services/release_life.h"

/* --- revisions -------------------------------------------------------------------------------- */

START_TEST(a_revision_tells_what_it_revises_and_by_how_much) {
    const Event *event;
    Message *answer = hand_in(plainly(), "soot-2025.csv",
                              HEADER "E01,2025,6,\nE02,2025,1,\nE03,2025,3,\nE04,2025,,[c]\n"
                                     "E05,2025,2,\nE06,2025,0,\n");
    const ReceivedRelease *release = received(answer);
    ck_assert(release->revision && release->has_revises);
    ck_assert_uint_eq(release->added, 1);
    ck_assert_uint_eq(release->removed, 0);
    ck_assert_uint_eq(release->changed, 1);
    ck_assert_uint_eq(release->statuses, 1);
    uint64_t id = release->release, revises = release->revises;
    wire_free(&answer);
    answer = event_after(seen, "release.soot", "release.accepted", &event);
    const Mindex__V1__ReleaseAccepted *told = event->release_accepted;
    ck_assert(told->release == id && told->revision && told->revises == revises);
    ck_assert_uint_eq(told->compared_with, revises);
    ck_assert(told->added == 1 && told->removed == 0 && told->changed == 1 && told->statuses == 1);
    ck_assert(told->largest_change == 1.0 && told->largest_relative_change == 0.2);
    ck_assert(told->median_change == 1.0);
    wire_free(&answer);
    answer = ask_releases("soot", 0);
    ck_assert_uint_eq(answer->releases->n_releases, 2);
    ck_assert_uint_eq(answer->releases->releases[0]->release, id);
    ck_assert_uint_eq(answer->releases->releases[1]->release, revises);
    ck_assert_str_eq(answer->releases->releases[1]->state, "superseded");
    wire_free(&answer);
    char out[4000];
    char number[32];
    (void)snprintf(number, sizeof number, "%llu", (unsigned long long)id);
    ck_assert_int_eq(
        service_run(&service, out, NULL, sizeof out, "releases", "--csv", number, NULL), 0);
    ck_assert_str_eq(out, "change,area_code,period,old_value,old_status,new_value,new_status\n"
                          "changed,E01,2025,5,,6,\nstatus,E04,2025,3,,,[c]\n"
                          "added,E05,2025,,absent,2,\n");
}
END_TEST

START_TEST(a_new_label_is_held_against_the_release_before_in_the_periods_of_both) {
    Message *answer = hand_in(plainly(), "soot-2026.csv",
                              SOOT_2026 "E01,2025,5,\nE02,2025,1,\nE03,2025,4,\nE04,2025,3,\n");
    const ReceivedRelease *release = received(answer);
    ck_assert(!release->revision && !release->has_revises && release->has_compared_with);
    ck_assert(release->added == 0 && release->removed == 1 && release->changed == 1);
    wire_free(&answer);
    char out[4000], number[32];
    (void)snprintf(number, sizeof number, "%d", 5);
    ck_assert_int_eq(service_run(&service, out, NULL, sizeof out, "releases", number, NULL), 0);
    ck_assert_msg(strstr(out, "Beside release 3, in force before it, in the periods of both:\n"
                              "  0 values added, 1 removed, 1 changed") != NULL,
                  "%s", out);
    ck_assert_msg(strstr(out, "2 periods from 2025 to 2026") != NULL, "%s", out);
    ck_assert_int_eq(service_run(&service, NULL, NULL, 0, "releases", "99", NULL), 4);
}
END_TEST

/* --- warnings --------------------------------------------------------------------------------- */

START_TEST(what_is_suspicious_is_refused_until_somebody_accepts_it) {
    uint64_t before = newest_event();
    Message *answer = hand_in(plainly(), "soot-2026.csv", SOOT_STRANGE);
    ck_assert_int_eq(answer->body_case, MINDEX__V1__MESSAGE__BODY_REFUSAL);
    const Refusal *refusal = answer->refusal;
    ck_assert(refusal->warnings);
    ck_assert_uint_eq(refusal->total, 2);
    ck_assert_uint_eq(refusal->n_problems, 2);
    ck_assert_uint_eq(refusal->n_warning_counts, 2);
    ck_assert_str_eq(refusal->warning_counts[0]->kind, "missing-area");
    ck_assert_str_eq(refusal->warning_counts[1]->kind, "jump");
    ck_assert_ptr_nonnull(strstr(refusal->problems[0]->reason, "E03 Cedar"));
    ck_assert_uint_eq(refusal->problems[1]->line, 3);
    wire_free(&answer);
    ck_assert_uint_eq(newest_event(), before);
    HandIn how = plainly();
    how.has_accept_warnings = how.accept_warnings = true;
    answer = hand_in(how, "soot-2026.csv", SOOT_STRANGE);
    ck_assert_uint_eq(received(answer)->warnings->n_counts, 2);
    uint64_t id = received(answer)->release;
    wire_free(&answer);
    answer = ask_releases(NULL, id);
    ck_assert_uint_eq(answer->releases->releases[0]->warnings->n_problems, 2);
    wire_free(&answer);
    /* Beside what is in force now, it is nothing new. */
    answer = hand_in(plainly(), "soot-2026.csv", SOOT_STRANGE);
    ck_assert(received(answer)->duplicate);
    wire_free(&answer);
}
END_TEST

/* The small pack, in which soot takes jumps, with these areas. */

START_TEST(a_dataset_lets_in_what_its_own_rule_takes_and_no_more) {
    load_forgiving(SMALL_AREAS);
    Message *answer = hand_in(plainly(), "soot-2026.csv", SOOT_STRANGE);
    ck_assert_int_eq(answer->body_case, MINDEX__V1__MESSAGE__BODY_REFUSAL); /* Cedar is missed */
    wire_free(&answer);
    answer = hand_in(plainly(), "soot-2026.csv", SOOT_STRANGE "E03,2026,,[x]\n");
    ck_assert_uint_eq(received(answer)->warnings->n_counts, 1);
    ck_assert(received(answer)->warnings->let_in);
    wire_free(&answer);
}
END_TEST

static void send_soot(zsock_t *socket, uint64_t request, bool accept, const char *text) {
    File file = MINDEX__V1__FILE__INIT, *files[] = {&file};
    file.name = "soot-2026.csv";
    file.content = (ProtobufCBinaryData){strlen(text), (uint8_t *)text};
    HandIn body = plainly();
    body.n_files = 1;
    body.files = files;
    body.has_accept_warnings = body.accept_warnings = accept;
    Message question = wire_message(request);
    question.body_case = MINDEX__V1__MESSAGE__BODY_HAND_IN;
    question.hand_in = &body;
    ck_assert(wire_send(socket, NULL, &question));
}

START_TEST(a_release_is_held_against_what_came_into_force_while_it_was_read) {
    struct fault fault = {0};
    zsock_t *socket = wire_socket(ZMQ_DEALER, NULL, service.places.hub, &fault);
    ck_assert_msg(socket != NULL, "%s", fault.text);
    zsock_set_rcvtimeo(socket, SERVICE_ANSWER_MS);
    service_signal(&service, ingestion, SIGSTOP);
    send_soot(socket, 1, true, SOOT_STRANGE); /* Birch is 8 */
    send_soot(socket, 2, false, SOOT_2026);   /* Birch is 1: as in the pack, but not beside 8 */
    for (uint32_t waiting = 0; waiting < 2;) {
        Message *status = service_status(&service);
        waiting = status->status->tasks_ready + status->status->tasks_leased;
        wire_free(&status);
    }
    service_signal(&service, ingestion, SIGCONT);
    Message *answer = wire_receive(socket, NULL);
    ck_assert_uint_eq(answer->request, 1);
    ck_assert_int_eq(answer->body_case, MINDEX__V1__MESSAGE__BODY_RECEIPT);
    wire_free(&answer);
    answer = wire_receive(socket, NULL);
    ck_assert_uint_eq(answer->request, 2);
    ck_assert_int_eq(answer->body_case, MINDEX__V1__MESSAGE__BODY_REFUSAL);
    ck_assert_ptr_nonnull(strstr(answer->refusal->problems[0]->reason, "E02 Birch is 1 for 2026"));
    wire_free(&answer);
    zsock_destroy(&socket);
}
END_TEST

START_TEST(the_command_says_how_to_accept_and_does) {
    char file[SERVICE_PATH], err[4000], out[4000];
    (void)snprintf(file, sizeof file, "%s/soot-2026.csv", service.state);
    FILE *to = fopen(file, "w");
    ck_assert_ptr_nonnull(to);
    (void)fputs(SOOT_STRANGE, to);
    (void)fclose(to);
    ck_assert_int_eq(service_run(&service, out, err, sizeof err, "ingest", file, NULL), 3);
    ck_assert_msg(strstr(err, "2 warnings: 1 missing-area, 1 jump\n") != NULL, "%s", err);
    ck_assert_msg(strstr(err, "mindex ingest --accept-warnings /") != NULL, "%s", err);
    ck_assert_int_eq(
        service_run(&service, out, err, sizeof err, "ingest", "--accept-warnings", file, NULL), 0);
    ck_assert_msg(strstr(out, "accepted with warnings: 1 missing-area, 1 jump\n") != NULL, "%s",
                  out);
}
END_TEST

/* --- a trial ---------------------------------------------------------------------------------- */

START_TEST(a_trial_tells_what_would_be_and_does_nothing) {
    char file[SERVICE_PATH], out[8000], told[8000], err[4000];
    (void)snprintf(file, sizeof file, "%s/soot-2026.csv", service.state);
    FILE *to = fopen(file, "w");
    ck_assert_ptr_nonnull(to);
    (void)fputs(SOOT_2026, to);
    (void)fclose(to);
    uint64_t before = newest_event();
    ck_assert_int_eq(service_run(&service, out, err, sizeof out, "ingest", "--dry-run", "--all",
                                 "--csv", file, NULL),
                     0);
    ck_assert_uint_eq(newest_event(), before);
    Message *status = service_status(&service);
    ck_assert_uint_eq(status->status->releases, 4);
    ck_assert_uint_eq(status->status->editions, 1);
    wire_free(&status);
    /* When it is done, the number that it would have had is free, and what was told comes true. */
    Message *answer = hand_in(plainly(), "soot-2026.csv", SOOT_2026);
    ck_assert_uint_eq(received(answer)->release, 5);
    wire_free(&answer);
    ck_assert_uint_eq(service_await(&service, "published", &seen), 2);
    ck_assert_int_eq(
        service_run(&service, told, NULL, sizeof told, "changes", "--all", "--csv", NULL), 0);
    ck_assert_ptr_nonnull(strstr(told, "E05,Elm,South,all,All,"));
    ck_assert_str_eq(out, told);
}
END_TEST

START_TEST(a_trial_of_what_would_be_refused_says_so) {
    char file[SERVICE_PATH], out[8000], err[4000];
    (void)snprintf(file, sizeof file, "%s/soot-2026.csv", service.state);
    FILE *to = fopen(file, "w");
    ck_assert_ptr_nonnull(to);
    (void)fputs(SOOT_STRANGE, to);
    (void)fclose(to);
    ck_assert_int_eq(service_run(&service, out, err, sizeof out, "ingest", "--dry-run", file, NULL),
                     3);
    ck_assert_ptr_nonnull(strstr(err, "2 warnings: 1 missing-area, 1 jump\n"));
    ck_assert_msg(strstr(out, "places would change their rank") != NULL, "%s", out);
    ck_assert_msg(strstr(out, "nothing is stored") != NULL, "%s", out);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("releases");
    TCase *tests = tcase_create("releases");
    tcase_add_checked_fixture(tests, begin, end);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_revision_tells_what_it_revises_and_by_how_much);
    tcase_add_test(tests, a_new_label_is_held_against_the_release_before_in_the_periods_of_both);
    tcase_add_test(tests, what_is_suspicious_is_refused_until_somebody_accepts_it);
    tcase_add_test(tests, a_dataset_lets_in_what_its_own_rule_takes_and_no_more);
    tcase_add_test(tests, a_release_is_held_against_what_came_into_force_while_it_was_read);
    tcase_add_test(tests, the_command_says_how_to_accept_and_does);
    tcase_add_test(tests, a_trial_tells_what_would_be_and_does_nothing);
    tcase_add_test(tests, a_trial_of_what_would_be_refused_says_so);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
