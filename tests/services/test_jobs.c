/* Batch jobs in the hub: handed in, cut, given out, put together, ended; with workers that the test
 * plays, and whose pieces are of no meaning, as the hub does not know what they mean. */
#include "services/bus/hash.h"
#include "services/bus/stored.h"
#include "tests/services/played_worker.h"

#define STEP(name) MINDEX__V1__STUDY_TASK__STEP__##name

static pid_t hub;
static char pack[HASH_TEXT], observations[HASH_TEXT];
static char out[20000], err[4000];

/* --- a service with an edition ---------------------------------------------------------------- */

static void find_inputs(void) {
    Mindex__V1__ReleasesWanted releases = MINDEX__V1__RELEASES_WANTED__INIT;
    Mindex__V1__EditionWanted edition = MINDEX__V1__EDITION_WANTED__INIT;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_RELEASES_WANTED;
    question.releases_wanted = &releases;
    Message *answer = service_ask(&service, &question);
    (void)snprintf(observations, sizeof observations, "%s",
                   answer->releases->releases[0]->observations_hash);
    wire_free(&answer);
    question.body_case = MINDEX__V1__MESSAGE__BODY_EDITION_WANTED;
    question.edition_wanted = &edition;
    answer = service_ask(&service, &question);
    (void)snprintf(pack, sizeof pack, "%s", answer->edition->info->pack);
    wire_free(&answer);
}

static void begin_with(const char *limits) {
    uint64_t after = 0;
    service_begin(&service);
    configure(limits);
    hub = service_start(&service, "hub", NULL);
    service_await_hub(&service);
    service_start(&service, "ingestion", NULL);
    pid_t scoring = service_start(&service, "scoring", NULL);
    small_load(&service);
    ck_assert_uint_eq(service_await(&service, "edition", &after), 1);
    service_signal(&service, scoring, SIGTERM);
    find_inputs();
}

static void begin(void) {
    begin_with("hub.retry_ms = 1\n");
}

/* The database is sound at the end of every test. */
static void end(void) {
    int status = service_run(&service, out, err, sizeof err, "verify", NULL);
    ck_assert_msg(status == 0, "%s%s", out, err);
    service_end(&service);
}

/* --- asking ----------------------------------------------------------------------------------- */

/* Of the right kind, and nothing that a worker of ours would compute. */
static void fill(Study *study, Input *input, Input **inputs, uint64_t items, uint64_t seed) {
    *study = (Study)MINDEX__V1__STUDY__INIT;
    *input = (Input)MINDEX__V1__INPUT__INIT;
    input->dataset = "pay";
    input->observations = observations;
    *inputs = input;
    study->kind = "uncertainty";
    study->pack = pack;
    study->n_inputs = 1;
    study->inputs = inputs;
    study->items = items;
    study->has_seed = true;
    study->seed = seed;
}

static Message *ask(Message *question) {
    struct fault fault = {0};
    Message *answer = client_ask(service.client, question, SERVICE_ANSWER_MS, &fault);
    if (!answer)
        (void)snprintf(err, sizeof err, "%s", fault.text);
    return answer;
}

static Message *submit_study(Study *study) {
    Mindex__V1__SubmitStudy submit = MINDEX__V1__SUBMIT_STUDY__INIT;
    submit.study = study;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_SUBMIT_STUDY;
    question.submit_study = &submit;
    return ask(&question);
}

static uint64_t submit(uint64_t items, uint64_t seed) {
    Study study;
    Input input, *inputs;
    fill(&study, &input, &inputs, items, seed);
    Message *answer = submit_study(&study);
    ck_assert_msg(answer != NULL, "%s", err);
    ck_assert_int_eq(answer->body_case, MINDEX__V1__MESSAGE__BODY_JOBS);
    ck_assert_uint_eq(answer->jobs->n_jobs, 1);
    uint64_t job = answer->jobs->jobs[0]->job;
    wire_free(&answer);
    return job;
}

static void refused(Study *study, const char *words) {
    Message *answer = submit_study(study);
    ck_assert_msg(answer == NULL, "it was taken");
    ck_assert_msg(strstr(err, words) != NULL, "%s", err);
}

/* Free with wire_free. NULL: the error is in `err`. */
static Message *ask_jobs(uint64_t job) {
    Mindex__V1__JobsWanted wanted = MINDEX__V1__JOBS_WANTED__INIT;
    wanted.has_job = job != 0;
    wanted.job = job;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_JOBS_WANTED;
    question.jobs_wanted = &wanted;
    return ask(&question);
}

static Message *cancel(uint64_t job) {
    Mindex__V1__CancelJob body = MINDEX__V1__CANCEL_JOB__INIT;
    body.job = job;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_CANCEL_JOB;
    question.cancel_job = &body;
    return ask(&question);
}

/* The job has the state, and so many items that are done. */
static void check_job(uint64_t job, const char *state, uint64_t done) {
    Message *answer = ask_jobs(job);
    ck_assert_msg(answer != NULL, "%s", err);
    ck_assert_str_eq(answer->jobs->jobs[0]->state, state);
    ck_assert_uint_eq(answer->jobs->jobs[0]->done, done);
    wire_free(&answer);
}

/* Until the job has the state: a worker's word and a client's go different ways. */
static Message *await_state(zsock_t *worker, uint64_t job, const char *state) {
    for (int tries = 0; tries < 1000; tries++) {
        Message *answer = ask_jobs(job);
        ck_assert_msg(answer != NULL, "%s", err);
        if (strcmp(answer->jobs->jobs[0]->state, state) == 0)
            return answer;
        wire_free(&answer);
        if (worker)
            send_heartbeat(worker);
        (void)usleep(10000); /* between questions, not in place of one */
    }
    ck_abort_msg("the job is not %s", state);
}

static void await_done(zsock_t *worker, uint64_t job, uint64_t done) {
    for (int tries = 0; tries < 1000; tries++) {
        Message *answer = ask_jobs(job);
        ck_assert_msg(answer != NULL, "%s", err);
        bool there = answer->jobs->jobs[0]->done == done;
        wire_free(&answer);
        if (there)
            return;
        if (worker)
            send_heartbeat(worker);
        (void)usleep(10000);
    }
    ck_abort_msg("the job has not %llu items done", (unsigned long long)done);
}

/* A blob, or nothing. */
static bool fetch(const char *hash, size_t *length) {
    Mindex__V1__BlobWanted wanted = MINDEX__V1__BLOB_WANTED__INIT;
    wanted.hash = (char *)hash;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_BLOB_WANTED;
    question.blob_wanted = &wanted;
    Message *answer = ask(&question);
    ck_assert_msg(answer != NULL, "%s", err);
    bool there = answer->blob->has_content;
    *length = answer->blob->content.len;
    if (there) {
        char found[HASH_TEXT];
        hash_of(answer->blob->content.data, *length, found);
        ck_assert_str_eq(found, hash);
    }
    wire_free(&answer);
    return there;
}

/* --- working ---------------------------------------------------------------------------------- */

static Message *next_study(zsock_t *worker) {
    Message *order = next_order(worker);
    ck_assert_int_eq(order->task->work_case, MINDEX__V1__TASK__WORK_STUDY);
    return order;
}

struct piece_of {
    uint64_t busy_ns;
    size_t bytes;  /* of padding */
    uint64_t skew; /* added to its first item */
    bool other_study;
};

static void send_done(zsock_t *worker, TaskDone *done) {
    zframe_t *frame = NULL;
    Message message = wire_message(0);
    message.body_case = MINDEX__V1__MESSAGE__BODY_TASK_DONE;
    message.task_done = done;
    frame = wire_frame(&message);
    ck_assert(frame && wire_send_frame(worker, NULL, &frame));
}

static void send_piece_of(zsock_t *worker, const Message *order, struct piece_of how) {
    const StudyTask *task = order->task->study;
    StudyPiece piece = MINDEX__V1__STUDY_PIECE__INIT;
    piece.study = how.other_study ? pack : task->study;
    piece.first = task->first + how.skew;
    piece.count = task->count;
    uint8_t *padding = calloc(how.bytes + 1, 1);
    ck_assert_ptr_nonnull(padding);
    piece.has_scored = how.bytes > 0;
    piece.scored = (ProtobufCBinaryData){how.bytes, padding};
    TaskDone done = MINDEX__V1__TASK_DONE__INIT;
    done.task = order->task->task;
    done.result_case = MINDEX__V1__TASK_DONE__RESULT_PIECE;
    done.piece = &piece;
    done.has_busy_ns = how.busy_ns > 0;
    done.busy_ns = how.busy_ns;
    send_done(worker, &done);
    free(padding);
}

static void send_piece(zsock_t *worker, const Message *order) {
    send_piece_of(worker, order, (struct piece_of){.busy_ns = 1000000 * order->task->study->count});
}

static void send_result_of(zsock_t *worker, const Message *order, Study *study) {
    char hash[HASH_TEXT];
    size_t length;
    uint8_t *bytes = stored_bytes(&study->base, &length);
    ck_assert_ptr_nonnull(bytes);
    hash_of(bytes, length, hash);
    free(bytes);
    StudyResult result = MINDEX__V1__STUDY_RESULT__INIT;
    result.study = study;
    result.hash = hash;
    TaskDone done = MINDEX__V1__TASK_DONE__INIT;
    done.task = order->task->task;
    done.result_case = MINDEX__V1__TASK_DONE__RESULT_STUDY_RESULT;
    done.study_result = &result;
    send_done(worker, &done);
}

static void send_result(zsock_t *worker, const Message *order, uint64_t items, uint64_t seed) {
    Study study;
    Input input, *inputs;
    fill(&study, &input, &inputs, items, seed);
    send_result_of(worker, order, &study);
}

/* Does what it is given until the job's result is handed in: how many tasks of each step. */
static void work_to_the_end(zsock_t *worker, uint64_t items, uint64_t seed, unsigned steps[4]) {
    for (Mindex__V1__StudyTask__Step step = STEP(RUN); step != STEP(FINISH);) {
        Message *order = next_study(worker);
        step = order->task->study->step;
        steps[step]++;
        if (step == STEP(FINISH))
            send_result(worker, order, items, seed);
        else
            send_piece(worker, order);
        send_credit(worker, 1);
        wire_free(&order);
    }
}

static void finish_job(zsock_t *worker, uint64_t job, uint64_t items, uint64_t seed) {
    unsigned steps[4] = {0};
    size_t length;
    work_to_the_end(worker, items, seed, steps);
    Message *answer = await_state(worker, job, "done");
    ck_assert_uint_eq(answer->jobs->jobs[0]->done, items);
    ck_assert(answer->jobs->jobs[0]->has_ended_ms);
    ck_assert(fetch(answer->jobs->jobs[0]->result, &length));
    wire_free(&answer);
}

/* --- handing in ------------------------------------------------------------------------------- */

START_TEST(a_study_is_one_job_however_often_it_is_handed_in) {
    size_t length;
    begin();
    uint64_t one = submit(1000, 1), two = submit(1000, 2);
    ck_assert_uint_eq(one, 1);
    ck_assert_uint_eq(two, 2);
    ck_assert_uint_eq(submit(1000, 1), one);
    Message *answer = ask_jobs(0);
    ck_assert_uint_eq(answer->jobs->n_jobs, 2);
    const JobInfo *newest = answer->jobs->jobs[0];
    ck_assert_uint_eq(newest->job, two);
    ck_assert_str_eq(newest->state, "waiting");
    ck_assert_str_eq(newest->kind, "uncertainty");
    ck_assert_uint_eq(newest->items, 1000);
    ck_assert(!newest->has_left_ms && !newest->has_ended_ms && !newest->result);
    ck_assert_msg(fetch(newest->study, &length), "its study is no blob");
    wire_free(&answer);
    ck_assert_ptr_null(ask_jobs(3));
    ck_assert_msg(strstr(err, "there is no batch job 3") != NULL, "%s", err);
    end();
}
END_TEST

START_TEST(what_cannot_be_a_study_is_refused_and_changes_nothing) {
    Study study;
    Input input, *inputs;
    begin();
    fill(&study, &input, &inputs, 0, 1);
    refused(&study, "a study of 0 items");
    study.items = UINT64_MAX;
    refused(&study, "expected 1 to 1000000000");
    fill(&study, &input, &inputs, 10, 1);
    study.kind = "astrology";
    refused(&study, "no study of the kind 'astrology'");
    fill(&study, &input, &inputs, 10, 1);
    study.pack = observations; /* a blob, but no pack */
    refused(&study, "the hub has no pack");
    fill(&study, &input, &inputs, 10, 1);
    input.observations = pack;
    refused(&study, "the hub has no release of pay");
    fill(&study, &input, &inputs, 10, 1);
    char long_name[400] = "", *nodes[] = {long_name};
    memset(long_name, 'n', sizeof long_name - 1);
    study.n_nodes = 1;
    study.nodes = nodes;
    refused(&study, "a node or level whose name cannot be");
    Mindex__V1__Alternative other = MINDEX__V1__ALTERNATIVE__INIT, *others[] = {&other};
    fill(&study, &input, &inputs, 1, 1);
    other.name = "mine";
    other.pack = observations;
    study.n_alternatives = 1;
    study.alternatives = others;
    refused(&study, "alternative 'mine': the hub has no pack");
    Message *answer = ask_jobs(0);
    ck_assert_uint_eq(answer->jobs->n_jobs, 0);
    wire_free(&answer);
    end();
}
END_TEST

START_TEST(no_more_jobs_are_open_than_may_be) {
    Study study;
    Input input, *inputs;
    begin_with("hub.batch_jobs = 2\n");
    uint64_t one = submit(10, 1);
    (void)submit(10, 2);
    fill(&study, &input, &inputs, 10, 3);
    refused(&study, "2 batch jobs have not ended yet");
    Message *answer = cancel(one);
    ck_assert_str_eq(answer->jobs->jobs[0]->state, "cancelled");
    wire_free(&answer);
    ck_assert_uint_eq(submit(10, 3), 3);
    end();
}
END_TEST

/* --- to the end ------------------------------------------------------------------------------- */

START_TEST(a_job_is_cut_put_together_and_done) {
    unsigned steps[4] = {0};
    size_t length;
    begin();
    uint64_t job = submit(100000, 1);
    zsock_t *worker = join("scoring", 1);
    work_to_the_end(worker, 100000, 1, steps);
    ck_assert_uint_eq(steps[STEP(FINISH)], 1);
    ck_assert_uint_ge(steps[STEP(MERGE)], steps[STEP(RUN)] / 32);
    /* Of 1 ms an item: the first of 8, then of 100. */
    ck_assert_uint_ge(steps[STEP(RUN)], 1000);
    ck_assert_uint_le(steps[STEP(RUN)], 1100);
    Message *answer = await_state(worker, job, "done");
    const JobInfo *info = answer->jobs->jobs[0];
    ck_assert_uint_eq(info->done, 100000);
    ck_assert_uint_eq(info->tasks, steps[STEP(RUN)] + steps[STEP(MERGE)] + 1);
    ck_assert_uint_ge(info->busy_ms, 100000);
    ck_assert(fetch(info->result, &length));
    wire_free(&answer);
    ck_assert_uint_eq(submit(100000, 1), job); /* it has its result already */
    zsock_destroy(&worker);
    end();
}
END_TEST

/* The pieces of a merging can be had until what is made of them has taken their place. */
START_TEST(pieces_that_are_merged_go_when_what_is_made_of_them_is_there) {
    size_t length;
    char hash[2][HASH_TEXT];
    begin();
    uint64_t job = submit(100000, 1);
    zsock_t *worker = join("scoring", 1);
    Message *order;
    uint64_t done = 0;
    while ((order = next_study(worker))->task->study->step == STEP(RUN)) {
        done += order->task->study->count;
        send_piece_of(worker, order, (struct piece_of){.busy_ns = 100000000});
        send_credit(worker, 1);
        wire_free(&order);
    }
    const StudyTask *merge = order->task->study;
    ck_assert_int_eq(merge->step, STEP(MERGE));
    ck_assert_uint_eq(merge->n_pieces, 16);
    ck_assert_uint_eq(merge->first, 0);
    ck_assert_uint_eq(merge->count, done);
    for (size_t i = 0; i < merge->n_pieces; i++)
        ck_assert(fetch(merge->pieces[i], &length));
    for (int i = 0; i < 2; i++)
        (void)snprintf(hash[i], HASH_TEXT, "%s", merge->pieces[15 * i]);
    check_job(job, "running", done);
    send_piece(worker, order);
    wire_free(&order);
    send_credit(worker, 1);
    order = next_study(worker); /* so that the hub has taken it */
    wire_free(&order);
    ck_assert(!fetch(hash[0], &length) && !fetch(hash[1], &length));
    check_job(job, "running", done);
    zsock_destroy(&worker);
    end();
}
END_TEST

START_TEST(tasks_grow_to_what_a_worker_can_do_in_a_tenth_of_a_second) {
    begin();
    (void)submit(UINT64_C(1000000000), 1);
    zsock_t *worker = join("scoring", 1);
    uint64_t count = 0;
    for (int i = 0; i < 12; i++) {
        Message *order = next_study(worker);
        count = order->task->study->count;
        if (i == 0)
            ck_assert_uint_le(count, 8);
        send_piece_of(worker, order, (struct piece_of){.busy_ns = count * 50000});
        send_credit(worker, 1);
        wire_free(&order);
    }
    ck_assert_uint_eq(count, 2000);
    zsock_destroy(&worker);
    end();
}
END_TEST

/* --- what goes wrong -------------------------------------------------------------------------- */

static void same_range(const Message *a, const Message *b) {
    ck_assert_uint_eq(a->task->task, b->task->task);
    ck_assert_uint_eq(a->task->study->first, b->task->study->first);
    ck_assert_uint_eq(a->task->study->count, b->task->study->count);
}

START_TEST(what_a_worker_hands_back_is_given_out_first) {
    begin();
    /* Of two tasks: that nothing else is given out while one waits after its failure. */
    uint64_t job = submit(6, 1);
    zsock_t *one = join("scoring", 1);
    Message *first = next_study(one);
    zsock_t *two = join("scoring", 1);
    Message *second = next_study(two);
    ck_assert_uint_eq(second->task->study->first, first->task->study->count);
    send_goodbye(one);
    zsock_t *three = join("scoring", 1);
    Message *again = next_study(three);
    same_range(first, again);
    /* One that fails comes back too. */
    send_failed(two, second->task->task);
    send_credit(two, 1);
    Message *tried = next_study(two);
    same_range(second, tried);
    Message *answer = ask_jobs(job);
    ck_assert_msg(strstr(answer->jobs->jobs[0]->reason, "the test fails it") != NULL, "no reason");
    ck_assert_uint_eq(answer->jobs->jobs[0]->workers, 2);
    wire_free(&answer);
    send_piece(two, tried);
    send_piece(three, again);
    send_credit(three, 1);
    finish_job(three, job, 6, 1);
    wire_free(&first), wire_free(&second), wire_free(&again), wire_free(&tried);
    zsock_destroy(&one), zsock_destroy(&two), zsock_destroy(&three);
    end();
}
END_TEST

START_TEST(a_dead_workers_items_go_to_another_and_a_late_result_counts_once) {
    begin_with("hub.lease_seconds = 1\nhub.retry_ms = 1\n");
    uint64_t job = submit(6, 1);
    zsock_t *slow = join("scoring", 1);
    Message *lost = next_study(slow);
    zsock_t *quick = join("scoring", 0);
    for (Message *taken = NULL; !taken; wire_free(&taken)) { /* its lease runs out */
        taken = wire_receive(slow, NULL);
        send_heartbeat(slow);
        send_heartbeat(quick);
        if (taken && taken->body_case == MINDEX__V1__MESSAGE__BODY_TASK_TAKEN) {
            ck_assert_uint_eq(taken->task_taken->task, lost->task->task);
            wire_free(&taken);
            break;
        }
        wire_free(&taken);
    }
    /* A millisecond after its loss it is given out, before or after the next. */
    send_credit(quick, 2);
    Message *again = next_study(quick), *next = next_study(quick);
    if (again->task->task != lost->task->task) {
        Message *other = again;
        again = next;
        next = other;
    }
    same_range(lost, again);
    ck_assert_uint_eq(next->task->study->first, lost->task->study->count);
    send_piece(slow, lost); /* late, and right */
    await_done(quick, job, lost->task->study->count);
    send_piece(quick, again);
    check_job(job, "running", lost->task->study->count); /* once */
    send_piece(quick, next);
    send_credit(quick, 1);
    finish_job(quick, job, 6, 1);
    Message *status = service_status(&service);
    ck_assert_uint_eq(status->status->lease_expiries, 1);
    wire_free(&status);
    wire_free(&lost), wire_free(&again), wire_free(&next);
    zsock_destroy(&slow), zsock_destroy(&quick);
    end();
}
END_TEST

START_TEST(a_job_that_kills_its_workers_fails_with_that_reason) {
    begin_with("hub.worker_silence_ms = 500\nhub.task_losses = 2\nhub.retry_ms = 1\n");
    uint64_t job = submit(1000, 1);
    for (int i = 0; i < 2; i++) {
        zsock_t *worker = join("scoring", 1);
        Message *order = next_study(worker);
        ck_assert_uint_eq(order->task->study->first, 0);
        wire_free(&order);
        zsock_destroy(&worker);
        if (i == 0) { /* until it is taken for dead: the next comes to the same items */
            for (bool gone = false; !gone;) {
                Message *status = service_status(&service);
                gone = status->status->n_workers == 1; /* ingestion */
                wire_free(&status);
            }
        }
    }
    Message *answer = await_state(NULL, job, "failed");
    ck_assert_msg(strstr(answer->jobs->jobs[0]->reason, "2 workers fell silent") != NULL, "%s",
                  answer->jobs->jobs[0]->reason);
    wire_free(&answer);
    end();
}
END_TEST

START_TEST(a_job_whose_tasks_fail_again_and_again_fails) {
    begin_with("hub.retry_ms = 1\nhub.task_attempts = 3\n");
    uint64_t job = submit(1000, 1);
    zsock_t *worker = join("scoring", 1);
    for (int i = 0; i < 3; i++) {
        Message *order = next_study(worker);
        send_failed(worker, order->task->task);
        send_credit(worker, 1);
        wire_free(&order);
    }
    Message *answer = await_state(worker, job, "failed");
    const JobInfo *info = answer->jobs->jobs[0];
    ck_assert_str_eq(info->reason, "the test fails it");
    ck_assert(info->has_ended_ms && !info->result);
    wire_free(&answer);
    uint64_t again = submit(1000, 1); /* the same study: another job */
    ck_assert_uint_eq(again, job + 1);
    finish_job(worker, again, 1000, 1);
    zsock_destroy(&worker);
    end();
}
END_TEST

START_TEST(pieces_of_other_items_are_not_taken) {
    begin();
    uint64_t job = submit(1, 1);
    zsock_t *worker = join("scoring", 1);
    const struct piece_of wrong[] = {{.busy_ns = 1, .skew = 1},
                                     {.busy_ns = 1, .other_study = true},
                                     {.busy_ns = 1, .skew = 900}};
    for (size_t i = 0; i < 3; i++) {
        Message *order = next_study(worker);
        ck_assert_uint_eq(order->task->study->first, 0);
        send_piece_of(worker, order, wrong[i]);
        send_credit(worker, 1);
        wire_free(&order);
    }
    Message *order = next_study(worker);
    check_job(job, "running", 0);
    send_result(worker, order, 1, 1); /* a result, and it is not time for it */
    send_credit(worker, 1);
    wire_free(&order);
    order = next_study(worker);
    check_job(job, "running", 0);
    send_piece(worker, order);
    send_credit(worker, 1);
    wire_free(&order);
    finish_job(worker, job, 1, 1);
    zsock_destroy(&worker);
    end();
}
END_TEST

START_TEST(the_result_of_another_study_is_not_taken) {
    begin();
    uint64_t job = submit(5, 1);
    zsock_t *worker = join("scoring", 1);
    Message *order;
    while ((order = next_study(worker))->task->study->step != STEP(FINISH)) {
        send_piece(worker, order);
        send_credit(worker, 1);
        wire_free(&order);
    }
    check_job(job, "finishing", 5);
    send_result(worker, order, 5, 2);
    wire_free(&order);
    send_credit(worker, 1);
    finish_job(worker, job, 5, 1);
    zsock_destroy(&worker);
    end();
}
END_TEST

/* --- cancelled, killed, put after releases ---------------------------------------------------- */

START_TEST(a_job_that_is_cancelled_is_gone_at_once) {
    size_t length;
    begin();
    uint64_t job = submit(1000, 1);
    zsock_t *worker = join("scoring", 1);
    Message *order = next_study(worker);
    send_piece(worker, order);
    send_credit(worker, 1);
    await_done(worker, job, order->task->study->count);
    wire_free(&order);
    order = next_study(worker);
    Message *answer = cancel(job);
    ck_assert_str_eq(answer->jobs->jobs[0]->state, "cancelled");
    ck_assert(answer->jobs->jobs[0]->has_ended_ms);
    wire_free(&answer);
    send_piece(worker, order); /* what is in hand is not heard */
    uint64_t again = submit(1000, 1);
    ck_assert_uint_eq(again, job + 1);
    send_credit(worker, 1);
    finish_job(worker, again, 1000, 1);
    check_job(job, "cancelled", 0);
    answer = cancel(again); /* done already */
    ck_assert_str_eq(answer->jobs->jobs[0]->state, "done");
    ck_assert(fetch(answer->jobs->jobs[0]->result, &length));
    wire_free(&answer);
    wire_free(&order);
    ck_assert_ptr_null(cancel(77));
    zsock_destroy(&worker);
    end();
}
END_TEST

START_TEST(a_job_goes_on_after_the_hub_was_killed) {
    begin();
    uint64_t job = submit(100000, 1), done = 0;
    zsock_t *worker = join("scoring", 1);
    for (int i = 0; i < 40; i++) {
        Message *order = next_study(worker);
        if (order->task->study->step == STEP(RUN))
            done += order->task->study->count;
        send_piece(worker, order);
        send_credit(worker, 1);
        wire_free(&order);
    }
    await_done(worker, job, done);
    Message *held = next_study(worker);
    service_signal(&service, hub, SIGKILL);
    hub = service_start(&service, "hub", NULL);
    service_await_hub(&service);
    check_job(job, "running", done);
    send_piece(worker, held); /* of a task that this life of the hub does not know */
    wire_free(&held);
    zsock_t *fresh = join("scoring", 1);
    Message *order = next_study(fresh);
    while (order->task->study->step == STEP(MERGE)) {
        send_piece(fresh, order);
        send_credit(fresh, 1);
        wire_free(&order);
        order = next_study(fresh);
    }
    ck_assert_uint_eq(order->task->study->first, done);
    check_job(job, "running", done);
    send_piece(fresh, order);
    send_credit(fresh, 1);
    wire_free(&order);
    finish_job(fresh, job, 100000, 1);
    zsock_destroy(&worker), zsock_destroy(&fresh);
    end();
}
END_TEST

START_TEST(a_releases_scoring_goes_before) {
    begin();
    (void)submit(100000, 1);
    zsock_t *worker = join("scoring", 1);
    Message *order = next_study(worker);
    Message *answer = service_hand_in_text(&service, "soot-2026.csv",
                                           "area_code,period,value\nE01,2026,5\nE02,2026,1\n"
                                           "E03,2026,3\nE04,2026,3\nE05,2026,9\nE06,2026,0\n");
    ck_assert_int_eq(answer->body_case, MINDEX__V1__MESSAGE__BODY_RECEIPT);
    wire_free(&answer);
    send_piece(worker, order);
    send_credit(worker, 1);
    wire_free(&order);
    order = next_order(worker);
    ck_assert_int_eq(order->task->work_case, MINDEX__V1__TASK__WORK_SCORE);
    wire_free(&order);
    send_credit(worker, 1); /* and nothing waits for it */
    order = next_study(worker);
    wire_free(&order);
    zsock_destroy(&worker);
    end();
}
END_TEST

START_TEST(jobs_share_the_workers) {
    begin();
    uint64_t one = submit(100000, 1), two = submit(100000, 2);
    zsock_t *workers[4];
    unsigned of[3] = {0};
    for (int i = 0; i < 4; i++) {
        workers[i] = join("scoring", 1);
        Message *order = next_study(workers[i]);
        Message *answer = ask_jobs(one);
        of[strcmp(answer->jobs->jobs[0]->study, order->task->study->study) == 0]++;
        wire_free(&answer);
        wire_free(&order);
    }
    ck_assert_uint_eq(of[0], 2);
    ck_assert_uint_eq(of[1], 2);
    ck_assert_int_eq(service_run(&service, out, err, sizeof err, "tasks", NULL), 0);
    ck_assert_msg(strstr(out, "batch job 2: items 0 to 7") != NULL, "%s", out);
    ck_assert_int_eq(service_run(&service, out, err, sizeof err, "status", NULL), 0);
    ck_assert_msg(strstr(out, "batch jobs: 2 not ended, 200000 items to do") != NULL, "%s", out);
    check_job(two, "running", 0);
    for (int i = 0; i < 4; i++)
        zsock_destroy(&workers[i]);
    end();
}
END_TEST

START_TEST(with_one_worker_each_job_has_its_turn) {
    begin();
    for (uint64_t job = 1; job <= 3; job++)
        ck_assert_uint_eq(submit(100000, job), job);
    zsock_t *worker = join("scoring", 1);
    for (unsigned i = 0; i < 9; i++) {
        Message *order = next_study(worker), *answer = ask_jobs(i % 3 + 1);
        ck_assert_str_eq(order->task->study->study, answer->jobs->jobs[0]->study);
        wire_free(&answer);
        send_piece(worker, order);
        send_credit(worker, 1);
        wire_free(&order);
    }
    zsock_destroy(&worker);
    end();
}
END_TEST

int main(void) {
    Suite *suite = suite_create("jobs");
    TCase *tests = tcase_create("jobs");
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, a_study_is_one_job_however_often_it_is_handed_in);
    tcase_add_test(tests, what_cannot_be_a_study_is_refused_and_changes_nothing);
    tcase_add_test(tests, no_more_jobs_are_open_than_may_be);
    tcase_add_test(tests, a_job_is_cut_put_together_and_done);
    tcase_add_test(tests, pieces_that_are_merged_go_when_what_is_made_of_them_is_there);
    tcase_add_test(tests, tasks_grow_to_what_a_worker_can_do_in_a_tenth_of_a_second);
    tcase_add_test(tests, what_a_worker_hands_back_is_given_out_first);
    tcase_add_test(tests, a_dead_workers_items_go_to_another_and_a_late_result_counts_once);
    tcase_add_test(tests, a_job_that_kills_its_workers_fails_with_that_reason);
    tcase_add_test(tests, a_job_whose_tasks_fail_again_and_again_fails);
    tcase_add_test(tests, pieces_of_other_items_are_not_taken);
    tcase_add_test(tests, the_result_of_another_study_is_not_taken);
    tcase_add_test(tests, a_job_that_is_cancelled_is_gone_at_once);
    tcase_add_test(tests, a_job_goes_on_after_the_hub_was_killed);
    tcase_add_test(tests, a_releases_scoring_goes_before);
    tcase_add_test(tests, jobs_share_the_workers);
    tcase_add_test(tests, with_one_worker_each_job_has_its_turn);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
