/* The hub alone against workers and clients that this test plays itself, on real sockets: what the
 * contract of proto/bus.proto promises them. */
#include "services/bus/clock.h"
#include "tests/services/played_worker.h"

static pid_t hub;

static void begin(void) {
    service_begin(&service);
    hub = service_start(&service, "hub", NULL);
    service_await_hub(&service);
}

static void end(void) {
    service_end(&service);
}

/* --- strangers and nonsense ------------------------------------------------------------------- */

START_TEST(an_unknown_role_is_told_so) {
    zsock_t *socket = connect_worker();
    send_hello(socket, "brewing");
    Message *answer = expect(socket, MINDEX__V1__MESSAGE__BODY_ERROR);
    ck_assert_ptr_nonnull(strstr(answer->error->reason, "role"));
    wire_free(&answer);
    zsock_destroy(&socket);
}
END_TEST

START_TEST(a_worker_that_the_hub_does_not_know_is_asked_for_its_hello) {
    zsock_t *socket = connect_worker();
    send_heartbeat(socket);
    Message *answer = expect(socket, MINDEX__V1__MESSAGE__BODY_HELLO_WANTED);
    wire_free(&answer);
    zsock_destroy(&socket);
}
END_TEST

START_TEST(nonsense_gets_an_error_and_the_hub_stays) {
    zsock_t *socket = connect_worker();
    uint64_t random = 88172645463325252u;
    for (int i = 0; i < 500; i++) {
        uint8_t bytes[64];
        for (size_t k = 0; k < sizeof bytes; k++) {
            (void)suite_random(&random);
            bytes[k] = (uint8_t)random;
        }
        zframe_t *frame = zframe_new(bytes, (size_t)i % sizeof bytes);
        ck_assert_int_eq(zframe_send(&frame, socket, 0), 0);
    }
    zframe_t *other = zframe_new("\x08\x02", 2); /* version = 2, and nothing in it */
    ck_assert_int_eq(zframe_send(&other, socket, 0), 0);
    Message *answer = expect(socket, MINDEX__V1__MESSAGE__BODY_ERROR);
    ck_assert_ptr_nonnull(strstr(answer->error->reason, "version 1"));
    wire_free(&answer);
    answer = service_status(&service);
    ck_assert_uint_eq(answer->status->releases, 0);
    wire_free(&answer);
    zsock_destroy(&socket);
}
END_TEST

START_TEST(a_second_hub_on_the_same_database_is_refused) {
    char err[2000];
    int status = service_run(&service, NULL, err, sizeof err, "hub", NULL);
    ck_assert_int_eq(status, 1);
    ck_assert_msg(strstr(err, "mindex.db") != NULL, "%s", err);
    service_await_hub(&service);
}
END_TEST

START_TEST(events_after_a_number_that_is_not_there_are_an_error) {
    struct fault fault = {0};
    EventsWanted wanted = MINDEX__V1__EVENTS_WANTED__INIT;
    wanted.after = 5;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_EVENTS_WANTED;
    question.events_wanted = &wanted;
    ck_assert_ptr_null(client_ask(service.client, &question, SERVICE_ANSWER_MS, &fault));
    ck_assert_ptr_nonnull(strstr(fault.text, "has not reached"));
}
END_TEST

/* --- credit and leases ------------------------------------------------------------------------ */

/* One scoring task, put into the queue by a real ingestion worker. */
static void order_one(void) {
    service_start(&service, "ingestion", NULL);
    small_load(&service);
}

START_TEST(no_task_comes_without_credit) {
    zsock_t *idle = join("scoring", 0), *willing = join("scoring", 1);
    order_one();
    ck_assert_uint_gt(next_task(willing), 0);
    zsock_set_rcvtimeo(idle, 0);
    ck_assert_ptr_null(wire_receive(idle, NULL));
    zsock_destroy(&idle);
    zsock_destroy(&willing);
}
END_TEST

START_TEST(the_task_of_a_silent_worker_goes_to_another) {
    zsock_t *silent = join("scoring", 1);
    order_one();
    Message *task = expect(silent, MINDEX__V1__MESSAGE__BODY_TASK);
    uint64_t id = task->task->task;
    wire_free(&task);
    zsock_t *other = join("scoring", 1);
    ck_assert_uint_eq(next_task(other), id);
    /* The silent one is no worker any more. */
    send_heartbeat(silent);
    Message *answer = expect(silent, MINDEX__V1__MESSAGE__BODY_HELLO_WANTED);
    wire_free(&answer);
    zsock_destroy(&silent);
    zsock_destroy(&other);
}
END_TEST

START_TEST(a_task_that_is_handed_back_goes_on_at_once) {
    zsock_t *leaving = join("scoring", 1);
    order_one();
    uint64_t id = next_task(leaving);
    send_goodbye(leaving);
    int64_t then = clock_ms();
    zsock_t *other = join("scoring", 1);
    ck_assert_uint_eq(next_task(other), id);
    ck_assert_int_lt(clock_ms() - then, 2000); /* not after a silence of 2.5 s */
    zsock_destroy(&leaving);
    zsock_destroy(&other);
}
END_TEST

/* As often as the hub has it tried. */
static void fail_five_times(zsock_t *worker, uint64_t id) {
    for (int failures = 1;; failures++) {
        send_failed(worker, id);
        if (failures == 5)
            return;
        send_credit(worker, 1);
        ck_assert_uint_eq(next_task(worker), id);
    }
}

START_TEST(a_task_that_always_fails_is_set_aside_and_told) {
    zsock_t *worker = join("scoring", 1);
    order_one();
    fail_five_times(worker, next_task(worker));
    Message *status = service_status(&service);
    ck_assert_uint_eq(status->status->tasks_failed, 1);
    ck_assert_uint_eq(status->status->tasks_ready, 0);
    ck_assert_uint_eq(status->status->editions, 0);
    wire_free(&status);
    zsock_destroy(&worker);
}
END_TEST

START_TEST(a_result_that_cannot_be_right_is_a_failure_and_no_edition) {
    zsock_t *worker = join("scoring", 1);
    order_one();
    EditionScores scores = MINDEX__V1__EDITION_SCORES__INIT;
    scores.pack = "0000";
    TaskDone done = MINDEX__V1__TASK_DONE__INIT;
    done.task = next_task(worker);
    done.result_case = MINDEX__V1__TASK_DONE__RESULT_SCORES;
    done.scores = &scores;
    Message message = wire_message(0);
    message.body_case = MINDEX__V1__MESSAGE__BODY_TASK_DONE;
    message.task_done = &done;
    ck_assert(wire_send(worker, NULL, &message));
    send_credit(worker, 1);
    ck_assert_uint_eq(next_task(worker), done.task);
    Message *status = service_status(&service);
    ck_assert_uint_eq(status->status->editions, 0);
    wire_free(&status);
    zsock_destroy(&worker);
}
END_TEST

static void hand_in_soot(const char *label, const char *elm) {
    char name[64], text[200];
    (void)snprintf(name, sizeof name, "soot-%s.csv", label);
    (void)snprintf(text, sizeof text,
                   "area_code,period,value\nE01,%s,5\nE02,%s,1\nE03,%s,3\nE04,%s,3\nE05,%s,%s\n"
                   "E06,%s,0\n",
                   label, label, label, label, label, elm, label);
    Message *answer = service_hand_in_text(&service, name, text);
    ck_assert_int_eq(answer->body_case, MINDEX__V1__MESSAGE__BODY_RECEIPT);
    wire_free(&answer);
}

/* How many rank changes an edition has, and how many of them say why. */
static void count_reasons(uint64_t edition, size_t *changes, size_t *reasons) {
    Message *answer = service_events(&service, 0, "rank.mission.", 0);
    *changes = *reasons = 0;
    for (size_t i = 0; i < answer->events->n_events; i++) {
        const Event *event = answer->events->events[i];
        *changes += event->edition == edition;
        *reasons += event->edition == edition && event->rank_changed->why != NULL;
    }
    wire_free(&answer);
}

START_TEST(reasons_are_told_only_about_the_edition_that_was_before) {
    uint64_t after = 0;
    size_t changes, reasons;
    pid_t scoring = service_start(&service, "scoring", NULL);
    order_one();
    ck_assert_uint_eq(service_await(&service, "edition", &after), 1);
    service_signal(&service, scoring, SIGKILL);
    /* The task of the first release is set aside; the second's expects its edition before. */
    zsock_t *worker = join("scoring", 1);
    hand_in_soot("2026", "9");
    fail_five_times(worker, next_task(worker));
    zsock_destroy(&worker);
    hand_in_soot("2027", "2");
    service_start(&service, "scoring", NULL);
    ck_assert_uint_eq(service_await(&service, "edition", &after), 2);
    count_reasons(2, &changes, &reasons);
    ck_assert_uint_gt(changes, 0);
    ck_assert_uint_eq(reasons, 0);
    hand_in_soot("2028", "9");
    ck_assert_uint_eq(service_await(&service, "edition", &after), 3);
    count_reasons(3, &changes, &reasons);
    ck_assert_uint_gt(changes, 0);
    ck_assert_uint_eq(reasons, changes);
}
END_TEST

/* The scores of edition 1, as the hub has them. */
static EditionScores *scores_of_one(void) {
    Mindex__V1__EditionWanted wanted = MINDEX__V1__EDITION_WANTED__INIT;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_EDITION_WANTED;
    question.edition_wanted = &wanted;
    Message *info = service_ask(&service, &question);
    Mindex__V1__BlobWanted blob = MINDEX__V1__BLOB_WANTED__INIT;
    blob.hash = info->edition->info->scores;
    question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_BLOB_WANTED;
    question.blob_wanted = &blob;
    Message *scores = service_ask(&service, &question);
    EditionScores *out = mindex__v1__edition_scores__unpack(NULL, scores->blob->content.len,
                                                            scores->blob->content.data);
    ck_assert_ptr_nonnull(out);
    wire_free(&scores);
    wire_free(&info);
    return out;
}

START_TEST(an_insight_that_cannot_be_right_is_a_failure_and_so_are_scores_of_other_inputs) {
    uint64_t after = 0;
    pid_t scoring = service_start(&service, "scoring", NULL);
    order_one();
    ck_assert_uint_eq(service_await(&service, "edition", &after), 1);
    service_signal(&service, scoring, SIGKILL);
    EditionScores *of_one = scores_of_one();
    zsock_t *worker = join("scoring", 1);
    hand_in_soot("2026", "9");
    Message *order = next_order(worker);
    EditionScores scores = *of_one; /* as if they had come of the order's inputs */
    scores.inputs = order->task->score->inputs;
    Mindex__V1__Reason reason = MINDEX__V1__REASON__INIT;
    reason.node = 9999;
    Mindex__V1__Reason *list[] = {&reason};
    Mindex__V1__Insight insight = MINDEX__V1__INSIGHT__INIT;
    insight.n_reasons = 1;
    insight.reasons = list;
    TaskDone done = MINDEX__V1__TASK_DONE__INIT;
    done.task = order->task->task;
    done.result_case = MINDEX__V1__TASK_DONE__RESULT_SCORES;
    done.scores = &scores;
    done.insight = &insight;
    Message message = wire_message(0);
    message.body_case = MINDEX__V1__MESSAGE__BODY_TASK_DONE;
    message.task_done = &done;
    ck_assert(wire_send(worker, NULL, &message));
    send_credit(worker, 1);
    ck_assert_uint_eq(next_task(worker), done.task); /* again */
    done.insight = NULL;
    done.scores = of_one; /* of other inputs than were ordered */
    ck_assert(wire_send(worker, NULL, &message));
    send_credit(worker, 1);
    ck_assert_uint_eq(next_task(worker), done.task);
    done.scores = &scores;
    ck_assert(wire_send(worker, NULL, &message)); /* without it, it is a result like any other */
    ck_assert_uint_eq(service_await(&service, "edition", &after), 2);
    mindex__v1__edition_scores__free_unpacked(of_one, NULL);
    wire_free(&order);
    zsock_destroy(&worker);
}
END_TEST

/* --- words on another's task ------------------------------------------------------------------ */

static void fails_in_vain(zsock_t *socket, uint64_t task, Mindex__V1__Message__BodyCase answer) {
    for (int failures = 0; failures < 5; failures++) {
        send_failed(socket, task);
        Message *message = expect(socket, answer);
        wire_free(&message);
    }
}

static zsock_t *join_as(const char *role, const char *name) {
    zsock_t *socket = connect_worker();
    send_hello_as(socket, role, name);
    Message *welcome = expect(socket, MINDEX__V1__MESSAGE__BODY_WELCOME);
    wire_free(&welcome);
    return socket;
}

START_TEST(only_the_worker_that_was_given_a_task_is_heard_on_it) {
    zsock_t *owner = join("scoring", 1), *stranger = connect_worker();
    order_one();
    uint64_t task = next_task(owner);
    zsock_t *colleague = join_as("scoring", "colleague"), *other = join_as("comparison", "test");
    fails_in_vain(stranger, task, MINDEX__V1__MESSAGE__BODY_HELLO_WANTED);
    fails_in_vain(colleague, task, MINDEX__V1__MESSAGE__BODY_ERROR);
    fails_in_vain(other, task, MINDEX__V1__MESSAGE__BODY_ERROR);
    send_heartbeat(owner);
    Message *status = service_status(&service);
    ck_assert_uint_eq(status->status->tasks_failed, 0);
    ck_assert_uint_eq(status->status->tasks_leased, 1);
    wire_free(&status);
    send_failed(owner, task);
    send_credit(owner, 1);
    ck_assert_uint_eq(next_task(owner), task);
    zsock_destroy(&owner);
    zsock_destroy(&stranger);
    zsock_destroy(&colleague);
    zsock_destroy(&other);
}
END_TEST

/* The worker of an earlier hub may have the result of hours. */
START_TEST(a_result_from_before_the_hubs_death_counts_once_its_worker_has_said_hello) {
    zsock_t *worker = join("scoring", 1);
    order_one();
    uint64_t task = next_task(worker);
    service_signal(&service, hub, SIGKILL);
    hub = service_start(&service, "hub", NULL);
    service_await_hub(&service);
    zsock_t *again = join_as("scoring", "test");
    for (int failures = 0; failures < 5; failures++)
        send_failed(again, task);
    Message *status = service_status(&service);
    /* Sent over another connection than this question, so that it may be asked too early. */
    for (int asked = 0; asked < 100 && status->status->tasks_failed == 0; asked++) {
        wire_free(&status);
        status = service_status(&service);
    }
    ck_assert_uint_eq(status->status->tasks_failed, 1);
    wire_free(&status);
    zsock_destroy(&worker);
    zsock_destroy(&again);
}
END_TEST

/* --- the database ----------------------------------------------------------------------------- */

START_TEST(a_task_outlives_the_hub) {
    order_one();
    Message *before = service_status(&service);
    ck_assert_uint_eq(before->status->tasks_ready, 1);
    uint64_t newest = before->status->newest_event;
    wire_free(&before);
    service_signal(&service, hub, SIGKILL);
    hub = service_start(&service, "hub", NULL);
    service_await_hub(&service);
    Message *after = service_status(&service);
    ck_assert_uint_eq(after->status->tasks_ready, 1);
    ck_assert_uint_eq(after->status->newest_event, newest);
    ck_assert_uint_eq(after->status->releases, 4);
    wire_free(&after);
    service_start(&service, "scoring", NULL);
    uint64_t number = 0;
    ck_assert_uint_eq(service_await(&service, "edition", &number), 1);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("hub");
    TCase *tests = tcase_create("hub");
    tcase_add_checked_fixture(tests, begin, end);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, an_unknown_role_is_told_so);
    tcase_add_test(tests, a_worker_that_the_hub_does_not_know_is_asked_for_its_hello);
    tcase_add_test(tests, nonsense_gets_an_error_and_the_hub_stays);
    tcase_add_test(tests, a_second_hub_on_the_same_database_is_refused);
    tcase_add_test(tests, events_after_a_number_that_is_not_there_are_an_error);
    tcase_add_test(tests, no_task_comes_without_credit);
    tcase_add_test(tests, the_task_of_a_silent_worker_goes_to_another);
    tcase_add_test(tests, a_task_that_is_handed_back_goes_on_at_once);
    tcase_add_test(tests, a_task_that_always_fails_is_set_aside_and_told);
    tcase_add_test(tests, a_result_that_cannot_be_right_is_a_failure_and_no_edition);
    tcase_add_test(tests, reasons_are_told_only_about_the_edition_that_was_before);
    tcase_add_test(tests,
                   an_insight_that_cannot_be_right_is_a_failure_and_so_are_scores_of_other_inputs);
    tcase_add_test(tests, only_the_worker_that_was_given_a_task_is_heard_on_it);
    tcase_add_test(tests,
                   a_result_from_before_the_hubs_death_counts_once_its_worker_has_said_hello);
    tcase_add_test(tests, a_task_outlives_the_hub);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
