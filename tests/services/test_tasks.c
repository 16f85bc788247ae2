/* Tasks that fail, hang, or whose workers die: tried again, set aside with the reason, and put
 * back; and the same for files that are to be read. */
#include "tests/services/played_worker.h"

#include <errno.h>
#include <sys/stat.h>

static pid_t hub;
static char out[20000], err[4000];

/* Short limits: a lease of 1 s, 0.5 s of silence, two failures, three deaths. */
static void begin(void) {
    service_begin(&service);
    configure("hub.lease_seconds = 1\nhub.worker_silence_ms = 500\nhub.retry_ms = 1\n"
              "hub.task_attempts = 2\nhub.read_attempts = 2\nhub.task_losses = 3\n"
              "inbox.pause_seconds = 1\n");
    hub = service_start(&service, "hub", NULL);
    service_await_hub(&service);
}

/* The usual limits: nobody is taken for silent, nor late, while the test runs. */
static void begin_calmly(void) {
    service_begin(&service);
    hub = service_start(&service, "hub", NULL);
    service_await_hub(&service);
}

static void end(void) {
    service_end(&service);
}

/* --- helpers ---------------------------------------------------------------------------------- */

#define SOOT(year, elm)                                                                            \
    "area_code,period,value\nE01," year ",5\nE02," year ",1\nE03," year ",3\nE04," year            \
    ",3\nE05," year "," elm "\nE06," year ",0\n"

static void receive(const char *name, const char *text) {
    Message *answer = service_hand_in_text(&service, name, text);
    ck_assert_int_eq(answer->body_case, MINDEX__V1__MESSAGE__BODY_RECEIPT);
    wire_free(&answer);
}

/* `mindex tasks ARGUMENTS`: its status. */
static int tasks(const char *first, const char *second, const char *third) {
    return service_run(&service, out, err, sizeof err, "tasks", first, second, third, NULL);
}

static int act(const char *verb, uint64_t task) {
    char number[32];
    (void)snprintf(number, sizeof number, "%llu", (unsigned long long)task);
    return tasks(verb, number, NULL);
}

static Message *ask_tasks(bool failed) {
    Mindex__V1__TasksWanted wanted = MINDEX__V1__TASKS_WANTED__INIT;
    wanted.has_failed = wanted.failed = failed;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_TASKS_WANTED;
    question.tasks_wanted = &wanted;
    Message *answer = service_ask(&service, &question);
    ck_assert_int_eq(answer->body_case, MINDEX__V1__MESSAGE__BODY_TASKS);
    return answer;
}

/* The only task that was set aside, and its reason has the word. */
static uint64_t only_failed(const char *role, const char *word) {
    Message *answer = ask_tasks(true);
    ck_assert_uint_eq(answer->tasks->n_tasks, 1);
    const Mindex__V1__TaskInfo *task = answer->tasks->tasks[0];
    ck_assert_str_eq(task->role, role);
    ck_assert_str_eq(task->state, "failed");
    ck_assert(task->has_since_ms);
    ck_assert_msg(strstr(task->reason, word) != NULL, "%s", task->reason);
    uint64_t number = task->task;
    wire_free(&answer);
    return number;
}

/* Until so many tasks are set aside; the played worker keeps its heartbeat. */
static void await_failed(zsock_t *worker, unsigned count) {
    for (int tries = 0; tries < 300; tries++) {
        Message *status = service_status(&service);
        bool there = status->status->tasks_failed == count;
        wire_free(&status);
        if (there)
            return;
        if (worker)
            send_heartbeat(worker);
        (void)usleep(20000); /* between questions, not in place of one */
    }
    ck_abort_msg("no task was set aside");
}

static void fail_twice(zsock_t *worker) {
    uint64_t id = next_task(worker);
    send_failed(worker, id);
    send_credit(worker, 1);
    ck_assert_uint_eq(next_task(worker), id);
    send_failed(worker, id);
}

static uint64_t editions(void) {
    Message *status = service_status(&service);
    uint64_t count = status->status->editions;
    wire_free(&status);
    return count;
}

/* The first edition, its scoring worker ended again. */
static uint64_t first_edition(void) {
    uint64_t after = 0;
    service_start(&service, "ingestion", NULL);
    pid_t scoring = service_start(&service, "scoring", NULL);
    small_load(&service);
    ck_assert_uint_eq(service_await(&service, "edition", &after), 1);
    service_signal(&service, scoring, SIGTERM);
    return after;
}

/* --- leases ----------------------------------------------------------------------------------- */

START_TEST(a_task_that_is_never_done_is_set_aside_and_its_worker_is_told_each_time) {
    service_start(&service, "ingestion", NULL);
    small_load(&service);
    zsock_t *worker = join("scoring", 1);
    for (int times = 0; times < 2; times++) {
        uint64_t id = next_task(worker), taken = 0;
        while (!taken) { /* it beats, but does not finish */
            zsock_set_rcvtimeo(worker, 100);
            Message *message = wire_receive(worker, NULL);
            if (message && message->body_case == MINDEX__V1__MESSAGE__BODY_TASK_TAKEN)
                taken = message->task_taken->task;
            wire_free(&message);
            send_heartbeat(worker);
        }
        ck_assert_uint_eq(taken, id);
        send_credit(worker, 1);
    }
    await_failed(worker, 1);
    (void)only_failed("scoring", "not done within 1 s (hub.lease_seconds) by test");
    zsock_destroy(&worker);
}
END_TEST

/* The small pack, which says how sure ranks are by so many replicates that scoring takes longer
 * than the lease, from the second edition on. */
static void load_slow(void) {
    static const char text[] = SMALL_DEFINITION
        "uncertainty:\n  replicates: 10000000\n  factors:\n    - {vary: leave-out}\n";
    static const char *const names[] = {"index.yaml",        "areas.csv",
                                        "geography.csv",     "codes.csv",
                                        "data/pay/2024.csv", "data/county-jobs/2024.csv",
                                        "data/soot/2025.csv"};
    static const char *const texts[] = {text,      SMALL_AREAS, SMALL_GEOGRAPHY, SMALL_CODES,
                                        SMALL_PAY, SMALL_JOBS,  SMALL_SOOT};
    enum { FILES = sizeof names / sizeof *names };
    File files[FILES], *list[FILES];
    for (size_t i = 0; i < FILES; i++) {
        files[i] = (File)MINDEX__V1__FILE__INIT;
        files[i].name = (char *)names[i];
        files[i].content = (ProtobufCBinaryData){strlen(texts[i]), (uint8_t *)texts[i]};
        list[i] = &files[i];
    }
    HandIn body = MINDEX__V1__HAND_IN__INIT;
    body.n_files = FILES;
    body.files = list;
    body.has_pack = body.pack = true;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_HAND_IN;
    question.hand_in = &body;
    Message *answer = service_ask(&service, &question);
    ck_assert_int_eq(answer->body_case, MINDEX__V1__MESSAGE__BODY_RECEIPT);
    wire_free(&answer);
}

START_TEST(a_worker_that_does_not_finish_ends_and_the_next_task_is_done) {
    uint64_t after = 0;
    int ended;
    service_start(&service, "ingestion", NULL);
    pid_t stuck = service_start(&service, "scoring", NULL);
    load_slow();
    ck_assert_uint_eq(service_await(&service, "edition", &after), 1);
    receive("soot-2026.csv", SOOT("2026", "9"));
    ck_assert_int_eq(waitpid(stuck, &ended, 0), stuck);
    ck_assert(WIFEXITED(ended) && WEXITSTATUS(ended) == 1);
    service_forget(&service, stuck);
    stuck = service_start(&service, "scoring", NULL);
    ck_assert_int_eq(waitpid(stuck, &ended, 0), stuck);
    service_forget(&service, stuck);
    (void)only_failed("scoring", "not done within 1 s (hub.lease_seconds)");
    ck_assert_uint_eq(editions(), 1);
    /* The quick definition again: the rest goes on. */
    service_start(&service, "scoring", NULL);
    small_load(&service);
    ck_assert_uint_eq(service_await(&service, "edition", &after), 2);
}
END_TEST

START_TEST(workers_that_die_of_a_task_are_counted_and_a_goodbye_is_not) {
    service_start(&service, "ingestion", NULL);
    small_load(&service);
    for (int deaths = 0; deaths < 3; deaths++) {
        for (int leaves = 0; leaves < 3; leaves++) {
            zsock_t *polite = join("scoring", 1);
            (void)next_task(polite);
            send_goodbye(polite);
            Message *status = service_status(&service); /* the goodbye has been heard */
            ck_assert_uint_eq(status->status->tasks_failed, 0);
            wire_free(&status);
            zsock_destroy(&polite);
        }
        zsock_t *dying = join("scoring", 1);
        (void)next_task(dying);
        zsock_destroy(&dying);
    }
    await_failed(NULL, 1);
    (void)only_failed("scoring", "3 workers fell silent over it (hub.task_losses)");
}
END_TEST

START_TEST(one_death_costs_a_task_nothing) {
    service_start(&service, "ingestion", NULL);
    small_load(&service);
    zsock_t *dying = join("scoring", 1);
    uint64_t id = next_task(dying);
    zsock_destroy(&dying);
    zsock_t *other = join("scoring", 1);
    ck_assert_uint_eq(next_task(other), id);
    Message *answer = ask_tasks(false);
    ck_assert_uint_eq(answer->tasks->n_tasks, 1);
    ck_assert_uint_eq(answer->tasks->tasks[0]->attempts, 0);
    ck_assert_uint_eq(answer->tasks->tasks[0]->losses, 1);
    ck_assert_str_eq(answer->tasks->tasks[0]->state, "in-hand");
    ck_assert_str_eq(answer->tasks->tasks[0]->worker, "test");
    wire_free(&answer);
    Message *status = service_status(&service);
    const char *error = status->status->last_error->text;
    ck_assert_msg(strncmp(error, "1 worker fell silent over it", 28) == 0, "%s", error);
    wire_free(&status);
    zsock_destroy(&other);
}
END_TEST

START_TEST(a_hub_that_was_stopped_takes_nobody_for_dead) {
    service_start(&service, "ingestion", NULL);
    small_load(&service);
    zsock_t *worker = join("scoring", 1);
    uint64_t id = next_task(worker);
    service_signal(&service, hub, SIGSTOP);
    for (int beats = 0; beats < 12; beats++) { /* 1.2 s, far beyond the silence of 0.5 s */
        (void)usleep(100000);
        send_heartbeat(worker);
    }
    service_signal(&service, hub, SIGCONT);
    Message *answer = ask_tasks(false);
    ck_assert_uint_eq(answer->tasks->tasks[0]->task, id);
    ck_assert_uint_eq(answer->tasks->tasks[0]->losses, 0);
    wire_free(&answer);
    zsock_destroy(&worker);
}
END_TEST

/* --- reading ---------------------------------------------------------------------------------- */

/* Sends a hand-in without waiting. */
static void send_hand_in(zsock_t *client, uint64_t request, const char *name, const char *text) {
    File file = MINDEX__V1__FILE__INIT, *files[] = {&file};
    HandIn body = MINDEX__V1__HAND_IN__INIT;
    file.name = (char *)name;
    file.content = (ProtobufCBinaryData){strlen(text), (uint8_t *)text};
    body.n_files = 1;
    body.files = files;
    Message message = wire_message(request);
    message.body_case = MINDEX__V1__MESSAGE__BODY_HAND_IN;
    message.hand_in = &body;
    ck_assert(wire_send(client, NULL, &message));
}

static size_t waiting(void) {
    Message *answer = ask_tasks(false);
    size_t count = answer->tasks->total;
    wire_free(&answer);
    return count;
}

START_TEST(the_same_handed_in_again_is_one_task_and_who_asked_last_is_answered) {
    zsock_t *first = connect_worker(), *second = connect_worker();
    send_hand_in(first, 7, "soot-2026.csv", SOOT("2026", "9"));
    while (waiting() < 1)
        continue;
    send_hand_in(second, 8, "soot-2026.csv", SOOT("2026", "9"));
    send_hand_in(second, 9, "soot-2026.csv", SOOT("2026", "9"));
    send_hand_in(second, 10, "soot-2027.csv", SOOT("2026", "9"));
    while (waiting() < 2)
        continue;
    ck_assert_uint_eq(waiting(), 2);
    service_start(&service, "ingestion", NULL);
    /* There is no pack, so that both are refused. */
    Message *answer = expect(second, MINDEX__V1__MESSAGE__BODY_REFUSAL);
    ck_assert_uint_eq(answer->request, 9);
    wire_free(&answer);
    answer = expect(second, MINDEX__V1__MESSAGE__BODY_REFUSAL);
    ck_assert_uint_eq(answer->request, 10);
    wire_free(&answer);
    zsock_set_rcvtimeo(first, 0);
    ck_assert_ptr_null(wire_receive(first, NULL));
    zsock_destroy(&first);
    zsock_destroy(&second);
}
END_TEST

static void check_refusal(const Message *answer, const char *file, const char *word) {
    ck_assert_int_eq(answer->body_case, MINDEX__V1__MESSAGE__BODY_REFUSAL);
    ck_assert_uint_eq(answer->refusal->total, 1);
    ck_assert_str_eq(answer->refusal->problems[0]->file, file);
    ck_assert_msg(strstr(answer->refusal->problems[0]->reason, word) != NULL, "%s",
                  answer->refusal->problems[0]->reason);
}

START_TEST(files_that_workers_die_of_are_refused_also_to_a_client_that_was_away) {
    zsock_t *client = connect_worker();
    send_hand_in(client, 1, "poison.csv", "x");
    while (waiting() < 1)
        continue;
    for (int deaths = 0; deaths < 3; deaths++) {
        zsock_t *dying = join("ingestion", 1);
        (void)next_task(dying);
        zsock_destroy(&client); /* as an inbox, it dies with the worker */
        zsock_destroy(&dying);
        if (deaths < 2) { /* and hands it in again, before the worker is missed */
            client = connect_worker();
            send_hand_in(client, 1, "poison.csv", "x");
        }
    }
    while (waiting() > 0) /* refused, and nobody was there to hear it */
        continue;
    client = connect_worker();
    zsock_t *witness = join("ingestion", 1);
    send_hand_in(client, 5, "poison.csv", "x");
    Message *answer = expect(client, MINDEX__V1__MESSAGE__BODY_REFUSAL);
    ck_assert_uint_eq(answer->request, 5);
    check_refusal(answer, "poison.csv", "3 workers fell silent over it");
    wire_free(&answer);
    /* Said once: handed in once more, it is tried anew. */
    send_hand_in(client, 6, "poison.csv", "x");
    ck_assert_uint_gt(next_task(witness), 0);
    zsock_destroy(&witness);
    zsock_destroy(&client);
}
END_TEST

START_TEST(many_files_in_hand_keep_no_other_back) {
    enum { MANY = 20 };
    zsock_t *client = connect_worker(), *workers[MANY];
    char text[16];
    for (uint64_t i = 1; i <= MANY; i++) {
        (void)snprintf(text, sizeof text, "%llu", (unsigned long long)i);
        send_hand_in(client, i, "slow.csv", text);
        while (waiting() < i)
            continue;
    }
    uint64_t last = 0;
    for (size_t i = 0; i < MANY; i++) { /* none of them is done, and all beat */
        workers[i] = join("ingestion", 1);
        for (size_t k = 0; k < i; k++)
            send_heartbeat(workers[k]);
        uint64_t task = next_task(workers[i]);
        ck_assert_uint_gt(task, last);
        last = task;
    }
    for (size_t i = 0; i < MANY; i++)
        zsock_destroy(&workers[i]);
    zsock_destroy(&client);
}
END_TEST

START_TEST(files_that_fail_each_time_are_refused_with_the_reason) {
    zsock_t *client = connect_worker(), *worker = join("ingestion", 1);
    send_hand_in(client, 1, "strange.csv", "x");
    fail_twice(worker);
    Message *answer = expect(client, MINDEX__V1__MESSAGE__BODY_REFUSAL);
    check_refusal(answer, "strange.csv", "in 2 attempts (hub.read_attempts): the test fails it");
    wire_free(&answer);
    zsock_destroy(&client);
    zsock_destroy(&worker);
}
END_TEST

/* --- set aside, and put back ------------------------------------------------------------------ */

START_TEST(scoring_is_put_back_while_its_figures_are_in_force) {
    uint64_t after = first_edition();
    receive("soot-2026.csv", SOOT("2026", "9"));
    zsock_t *worker = join("scoring", 1);
    fail_twice(worker);
    await_failed(worker, 1);
    zsock_destroy(&worker);
    uint64_t task = only_failed("scoring", "the test fails it");
    ck_assert_int_eq(tasks("--failed", "--csv", NULL), 0);
    ck_assert_msg(strstr(out, ",scoring,failed,\"release 5 of soot, '2026'\",2,") != NULL, "%s",
                  out);
    ck_assert_int_eq(act("retry", task), 0);
    Message *answer = ask_tasks(false); /* beside the comparison of the first edition */
    ck_assert_uint_eq(answer->tasks->n_tasks, 2);
    ck_assert_uint_eq(answer->tasks->tasks[0]->task, task);
    ck_assert_uint_eq(answer->tasks->tasks[0]->attempts, 0);
    wire_free(&answer);
    /* It is in the database as it is in memory. */
    service_signal(&service, hub, SIGKILL);
    hub = service_start(&service, "hub", NULL);
    service_await_hub(&service);
    service_start(&service, "scoring", NULL);
    ck_assert_uint_eq(service_await(&service, "edition", &after), 2);
    ck_assert_int_eq(tasks("--failed", "--csv", NULL), 0);
    ck_assert_ptr_null(strstr(out, "scoring"));
    ck_assert_int_eq(act("retry", task), 3);
    ck_assert_msg(strstr(err, "no task of that number is set aside") != NULL, "%s", err);
}
END_TEST

START_TEST(scoring_of_figures_that_were_superseded_is_refused_and_can_be_dropped) {
    uint64_t after = first_edition();
    receive("soot-2026.csv", SOOT("2026", "9"));
    zsock_t *worker = join("scoring", 1);
    fail_twice(worker);
    await_failed(worker, 1);
    uint64_t task = only_failed("scoring", "the test fails it");
    zsock_destroy(&worker);
    receive("soot-2027.csv", SOOT("2027", "2"));
    ck_assert_int_eq(act("retry", task), 3);
    ck_assert_msg(strstr(err, "was ordered later") != NULL, "%s", err);
    service_start(&service, "scoring", NULL);
    ck_assert_uint_eq(service_await(&service, "edition", &after), 2);
    ck_assert_int_eq(tasks("retry", "--all", NULL), 3);
    ck_assert_msg(strstr(err, "no longer those that it was to score") != NULL, "%s", err);
    ck_assert_uint_eq(editions(), 2);
    ck_assert_int_eq(act("drop", task), 0);
    ck_assert_int_eq(tasks("retry", "--all", NULL), 0);
    ck_assert_msg(strstr(out, "No task is set aside") != NULL, "%s", out);
}
END_TEST

START_TEST(scoring_of_what_an_edition_was_scored_from_since_is_refused) {
    uint64_t after = first_edition();
    receive("soot-2026.csv", SOOT("2026", "9"));
    zsock_t *worker = join("scoring", 1);
    fail_twice(worker);
    await_failed(worker, 1);
    uint64_t task = only_failed("scoring", "the test fails it");
    zsock_destroy(&worker);
    /* A release that comes and goes again leaves in force what the task was to score. */
    receive("soot-2027.csv", SOOT("2027", "2"));
    ck_assert_int_eq(service_run(&service, out, err, sizeof err, "withdraw", "6", "--reason",
                                 "a test", "--no-wait", NULL),
                     0);
    service_start(&service, "scoring", NULL);
    while (service_await(&service, "edition", &after) < 3)
        continue;
    ck_assert_int_eq(act("retry", task), 3);
    ck_assert_msg(strstr(err, "edition 3 was scored from the same since") != NULL, "%s", err);
    ck_assert_uint_eq(editions(), 3);
}
END_TEST

/* Has the task of the worker's role set aside. */
static uint64_t set_aside(const char *role) {
    zsock_t *worker = join(role, 1);
    fail_twice(worker);
    await_failed(worker, 1);
    zsock_destroy(&worker);
    return only_failed(role, "the test fails it");
}

START_TEST(publishing_is_put_back_at_any_time) {
    uint64_t after = first_edition(), seen = 0;
    service_start(&service, "comparison", NULL);
    uint64_t task = set_aside("publishing");
    service_start(&service, "scoring", NULL);
    service_start(&service, "publishing", NULL);
    receive("soot-2026.csv", SOOT("2026", "9"));
    ck_assert_uint_eq(service_await(&service, "published", &after), 2);
    ck_assert_int_eq(act("retry", task), 0);
    while (service_await(&service, "published", &seen) != 1)
        continue;
}
END_TEST

START_TEST(publishing_waits_for_its_disk_as_long_as_it_takes) {
    uint64_t after = first_edition();
    char path[SERVICE_PATH];
    service_start(&service, "comparison", NULL);
    zsock_t *worker = join("publishing", 1);
    for (int times = 0; times < 5; times++) {
        uint64_t id = next_task(worker);
        send_failed_by(worker, id, true);
        send_credit(worker, 1);
    }
    (void)next_task(worker);
    send_goodbye(worker);
    zsock_destroy(&worker);
    /* A real worker cannot make the edition's folder. */
    (void)snprintf(path, sizeof path, "%s", service.places.editions);
    ck_assert(mkdir(path, 0700) == 0 || errno == EEXIST);
    (void)snprintf(path, sizeof path, "%s/000001", service.places.editions);
    FILE *obstacle = fopen(path, "w");
    ck_assert_ptr_nonnull(obstacle);
    ck_assert_int_eq(fclose(obstacle), 0);
    service_start(&service, "publishing", NULL);
    for (bool told = false; !told;) {
        Message *answer = ask_tasks(false);
        ck_assert_uint_eq(answer->tasks->n_tasks, 1); /* it is not set aside */
        const Mindex__V1__TaskInfo *task = answer->tasks->tasks[0];
        ck_assert_uint_eq(task->attempts, 0);
        told = task->reason && strstr(task->reason, "000001") != NULL;
        wire_free(&answer);
    }
    ck_assert_int_eq(remove(path), 0);
    ck_assert_uint_eq(service_await(&service, "published", &after), 1);
}
END_TEST

START_TEST(a_comparison_is_put_back_for_the_newest_edition_alone) {
    uint64_t after = first_edition();
    uint64_t task = set_aside("comparison");
    service_start(&service, "publishing", NULL);
    ck_assert_uint_eq(service_await(&service, "published", &after), 1); /* without it */
    ck_assert_int_eq(act("retry", task), 0);
    pid_t comparison = service_start(&service, "comparison", NULL);
    ck_assert_uint_eq(service_await(&service, "spend.", &after), 1);
    ck_assert_uint_eq(service_await(&service, "published", &after), 1); /* with it */
    service_signal(&service, comparison, SIGTERM);

    service_start(&service, "scoring", NULL);
    receive("soot-2026.csv", SOOT("2026", "9"));
    ck_assert_uint_eq(service_await(&service, "edition", &after), 2);
    task = set_aside("comparison");
    service_start(&service, "comparison", NULL);
    receive("soot-2027.csv", SOOT("2027", "2"));
    ck_assert_uint_eq(service_await(&service, "edition", &after), 3);
    ck_assert_int_eq(act("retry", task), 3);
    ck_assert_msg(strstr(err, "edition 2 is no longer the newest") != NULL, "%s", err);
}
END_TEST

START_TEST(the_command_line_of_tasks_is_checked) {
    ck_assert_int_eq(tasks("cook", NULL, NULL), 2);
    ck_assert_int_eq(tasks("retry", NULL, NULL), 2);
    ck_assert_int_eq(tasks("retry", "x", NULL), 2);
    ck_assert_int_eq(tasks("retry", "0", NULL), 2);
    ck_assert_int_eq(tasks("retry", "1", "--all"), 2);
    ck_assert_int_eq(tasks("--all", NULL, NULL), 2);
    ck_assert_int_eq(tasks("retry", "1", NULL), 3);
    ck_assert_int_eq(tasks(NULL, NULL, NULL), 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("tasks");
    TCase *tests = tcase_create("tasks");
    tcase_add_checked_fixture(tests, begin, end);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_task_that_is_never_done_is_set_aside_and_its_worker_is_told_each_time);
    tcase_add_test(tests, a_worker_that_does_not_finish_ends_and_the_next_task_is_done);
    tcase_add_test(tests, workers_that_die_of_a_task_are_counted_and_a_goodbye_is_not);
    tcase_add_test(tests, one_death_costs_a_task_nothing);
    tcase_add_test(tests, a_hub_that_was_stopped_takes_nobody_for_dead);
    tcase_add_test(tests, the_same_handed_in_again_is_one_task_and_who_asked_last_is_answered);
    tcase_add_test(tests, files_that_workers_die_of_are_refused_also_to_a_client_that_was_away);
    tcase_add_test(tests, files_that_fail_each_time_are_refused_with_the_reason);
    tcase_add_test(tests, scoring_is_put_back_while_its_figures_are_in_force);
    tcase_add_test(tests, scoring_of_figures_that_were_superseded_is_refused_and_can_be_dropped);
    tcase_add_test(tests, scoring_of_what_an_edition_was_scored_from_since_is_refused);
    tcase_add_test(tests, publishing_is_put_back_at_any_time);
    tcase_add_test(tests, publishing_waits_for_its_disk_as_long_as_it_takes);
    tcase_add_test(tests, a_comparison_is_put_back_for_the_newest_edition_alone);
    tcase_add_test(tests, the_command_line_of_tasks_is_checked);
    suite_add_tcase(suite, tests);
    TCase *calm = tcase_create("calm");
    tcase_add_checked_fixture(calm, begin_calmly, end);
    tcase_set_timeout(calm, 60);
    tcase_add_test(calm, many_files_in_hand_keep_no_other_back);
    suite_add_tcase(suite, calm);
    return suite_main(suite);
}
