/* A hub in the test's own process, over a disk that fails when told to. What workers do is done in
 * place, by the same core; nothing waits for a clock. */
#ifndef TESTS_DISK_LIFE_H
#define TESTS_DISK_LIFE_H

#include "core/problems.h"
#include "services/bus/clock.h"
#include "services/bus/convert.h"
#include "services/bus/worker.h"
#include "services/hub/hub.h"
#include "services/hub/verify.h"
#include "services/ingestion/read_files.h"
#include "services/scoring/scoring.h"
#include "tests/core/small_pack.h"
#include "tests/disk/faulty.h"
#include "tests/suite.h"

#include <ftw.h>
#include <sqlite3.h>
#include <unistd.h>

struct life {
    struct config config;
    char folder[64], path[128];
    unsigned crashes;
    struct hub hub;
    zsock_t *client;
};

/* --- beginning and ending --------------------------------------------------------------------- */

static inline int life_remove(const char *name, const struct stat *info, int type,
                              struct FTW *ftw) {
    (void)info;
    (void)type;
    (void)ftw;
    return remove(name);
}

static inline bool life_open(struct life *l, struct fault *fault) {
    struct hub *hub = &l->hub;
    config_init(&l->config);
    *hub = (struct hub){.config = &l->config, .database = l->path, .started = clock_ms()};
    hub->last_read_task = UINT64_C(1) << 62;
    hub->store = store_open(l->path, fault);
    if (!hub->store)
        return false;
    hub->library = library_new(store_get_blob, hub->store);
    /* The name of a socket that was closed is not free at once. */
    static unsigned opened;
    char endpoint[ENDPOINT_TEXT];
    (void)snprintf(endpoint, sizeof endpoint, "ipc://%s/hub-%u", l->folder, opened++);
    hub->socket = wire_socket(ZMQ_ROUTER, endpoint, NULL, fault);
    l->client = wire_socket(ZMQ_DEALER, NULL, endpoint, fault);
    ck_assert_msg(hub->library && hub->socket && l->client, "%s", fault->text);
    zsock_set_rcvtimeo(l->client, 10000);
    return store_pack(hub->store, hub->pack, fault) &&
           store_newest_event(hub->store, &hub->newest_event, fault) &&
           store_oldest_event(hub->store, &hub->oldest_event, fault) &&
           store_next_due(hub->store, &hub->next_due, fault) && chain_resume(hub, fault) &&
           jobs_resume(hub, fault) && subscriptions_open(hub, fault);
}

static inline void life_close(struct life *l) {
    queue_clear(&l->hub.queue);
    jobs_clear(&l->hub);
    zsock_destroy(&l->client);
    zsock_destroy(&l->hub.socket);
    library_destroy(&l->hub.library);
    store_close(&l->hub.store);
}

static inline void life_begin(struct life *l) {
    memset(l, 0, sizeof *l);
    zsys_handler_set(NULL);
    /* In memory where there is a place for it: what fails is in the file system above, and a real
     * sync, of which there are tens of thousands, would only take time. */
    bool memory = access("/dev/shm", W_OK) == 0;
    (void)snprintf(l->folder, sizeof l->folder, "%s/mindex-disk-XXXXXX",
                   memory ? "/dev/shm" : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(l->folder));
    (void)snprintf(l->path, sizeof l->path, "%s/mindex.db", l->folder);
}

static inline void life_end(struct life *l) {
    life_close(l);
    (void)nftw(l->folder, life_remove, 8, FTW_DEPTH | FTW_PHYS);
}

/* --- copies ----------------------------------------------------------------------------------- */

static inline void life_copy_file(const char *from, const char *to, long length) {
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    char block[4096];
    size_t n;
    ck_assert_ptr_nonnull(out);
    while (in && (n = fread(block, 1, sizeof block, in)) > 0) {
        n = length >= 0 && (long)n > length ? (size_t)length : n;
        ck_assert_uint_eq(fwrite(block, 1, n, out), n);
        length -= length >= 0 ? (long)n : 0;
        if (length == 0)
            break;
    }
    if (in)
        (void)fclose(in);
    ck_assert_int_eq(fclose(out), 0);
}

/* The database as a crash would leave it, with the first `log` bytes of its log (-1: all). */
static inline void life_copy(const struct life *l, const char *to, long log) {
    char from[160], into[160];
    life_copy_file(l->path, to, -1);
    (void)snprintf(from, sizeof from, "%s-wal", l->path);
    (void)snprintf(into, sizeof into, "%s-wal", to);
    life_copy_file(from, into, log);
    (void)snprintf(into, sizeof into, "%s-shm", to);
    (void)remove(into);
}

/* The hub ends without a word, and is started again. */
static inline void life_crash(struct life *l) {
    struct fault fault = {0};
    char to[128];
    (void)snprintf(to, sizeof to, "%s/%u.db", l->folder, ++l->crashes);
    life_copy(l, to, -1);
    life_close(l);
    memcpy(l->path, to, sizeof to);
    ck_assert_msg(life_open(l, &fault), "%s", fault.text);
}

/* All checks of the verification pass; the newest event. */
static inline uint64_t life_verify(const char *path) {
    const struct verify_how how = {.depth = VERIFY_ALL};
    struct fault fault = {0};
    struct verified *verified = verify_database(path, &how, &fault);
    ck_assert_msg(verified != NULL, "%s", fault.text);
    for (size_t i = 0; i < verified->n_checks; i++)
        ck_assert_msg(!verified->checks[i].problems, "%s: %s", verified->checks[i].name,
                      verified->checks[i].kept[0]);
    uint64_t newest = verified->newest_event;
    verified_destroy(&verified);
    return newest;
}

/* --- handing in ------------------------------------------------------------------------------- */

/* The file's messages reach the hub as from any client. */
static inline Message *life_pass(struct life *l, Message *question, zframe_t **from) {
    question->has_request = true;
    question->request = 7;
    ck_assert(wire_send(l->client, NULL, question));
    Message *there = wire_receive(l->hub.socket, from);
    ck_assert_ptr_nonnull(there);
    return there;
}

/* As from a worker that was given the task. */
static inline void life_give(struct life *l, TaskDone *done, uint64_t task) {
    struct job *job = queue_find(&l->hub.queue, task);
    struct peer worker = {.id = zframe_from("worker"), .kind = job->kind, .next = l->hub.peers};
    (void)snprintf(worker.name, sizeof worker.name, "life");
    job_give(job, worker.key, worker.name);
    l->hub.peers = &worker;
    done->task = task;
    zframe_t *frame = worker_result(done);
    Message *message = wire_read(frame);
    ck_assert_ptr_nonnull(message);
    chain_done(&l->hub, worker.id, &message);
    l->hub.peers = worker.next;
    wire_free(&message);
    zframe_destroy(&frame);
    zframe_destroy(&worker.id);
}

static inline void life_read(struct life *l) {
    struct job *job = l->hub.queue.first[JOB_READ];
    struct fault fault = {0};
    struct problems problems = {0};
    if (!job)
        return; /* refused at once */
    uint64_t id = job->id;
    Message *order = wire_read(job->task);
    const ReadTask *task = order->task->read;
    const struct pack *pack = task->pack ? library_pack(l->hub.library, task->pack, &fault) : NULL;
    struct arena *arena = arena_new();
    TaskDone done = MINDEX__V1__TASK_DONE__INIT;
    done.result_case = MINDEX__V1__TASK_DONE__RESULT_READ;
    done.read = read_files(arena, pack, task->hand_in, &problems);
    ck_assert_msg(done.read != NULL, "%s", problems.kept[0].reason);
    life_give(l, &done, id);
    arena_destroy(&arena);
    wire_free(&order);
}

/* The answer: a receipt or an error. */
static inline Message *life_hand_in(struct life *l, bool pack, size_t n, const char *const *names,
                                    const char *const *texts) {
    File files[8], *list[8];
    for (size_t i = 0; i < n; i++) {
        files[i] = (File)MINDEX__V1__FILE__INIT;
        files[i].name = (char *)names[i];
        files[i].content = (ProtobufCBinaryData){strlen(texts[i]), (uint8_t *)texts[i]};
        list[i] = &files[i];
    }
    HandIn body = MINDEX__V1__HAND_IN__INIT;
    body.n_files = n;
    body.files = list;
    body.has_pack = body.pack = pack;
    body.has_accept_warnings = body.accept_warnings = true;
    Message question = wire_message(7);
    question.body_case = MINDEX__V1__MESSAGE__BODY_HAND_IN;
    question.hand_in = &body;
    zframe_t *from = NULL;
    Message *there = life_pass(l, &question, &from);
    intake_hand_in(&l->hub, from, there);
    wire_free(&there);
    zframe_destroy(&from);
    life_read(l);
    Message *answer = wire_receive(l->client, NULL);
    ck_assert_ptr_nonnull(answer);
    return answer;
}

static inline Message *life_hand_in_pack(struct life *l) {
    static const char *const names[] = {"index.yaml",         "areas.csv",
                                        "geography.csv",      "codes.csv",
                                        "data/pay/2024.csv",  "data/county-jobs/2024.csv",
                                        "data/soot/2025.csv", "data/money/2022-23.csv"};
    static const char *const texts[] = {SMALL_DEFINITION, SMALL_AREAS, SMALL_GEOGRAPHY,
                                        SMALL_CODES,      SMALL_PAY,   SMALL_JOBS,
                                        SMALL_SOOT,       SMALL_MONEY};
    return life_hand_in(l, true, 8, names, texts);
}

/* A subscription; or (event > 0) that it has everything up to there. */
static inline Message *life_subscribe(struct life *l, uint64_t event) {
    Subscription of = MINDEX__V1__SUBSCRIPTION__INIT;
    Subscribe body = MINDEX__V1__SUBSCRIBE__INIT;
    DeliveriesMade made = MINDEX__V1__DELIVERIES_MADE__INIT;
    Message question = wire_message(7);
    of.name = made.subscription = "desk";
    of.url = "https://example.org/";
    of.has_after = made.has_after = true;
    made.after = event;
    body.subscription = &of;
    question.body_case =
        event ? MINDEX__V1__MESSAGE__BODY_DELIVERIES_MADE : MINDEX__V1__MESSAGE__BODY_SUBSCRIBE;
    if (event)
        question.deliveries_made = &made;
    else
        question.subscribe = &body;
    zframe_t *from = NULL;
    Message *there = life_pass(l, &question, &from);
    if (event)
        subscriptions_delivered(&l->hub, from, there);
    else
        subscriptions_subscribe(&l->hub, from, there);
    wire_free(&there);
    zframe_destroy(&from);
    Message *answer = wire_receive(l->client, NULL);
    ck_assert_ptr_nonnull(answer);
    return answer;
}

static inline Message *life_withdraw(struct life *l, uint64_t release) {
    Mindex__V1__Withdraw body = MINDEX__V1__WITHDRAW__INIT;
    body.release = release;
    body.reason = "A mistake.";
    Message question = wire_message(7);
    question.body_case = MINDEX__V1__MESSAGE__BODY_WITHDRAW;
    question.withdraw = &body;
    zframe_t *from = NULL;
    Message *there = life_pass(l, &question, &from);
    releases_withdraw(&l->hub, from, there);
    wire_free(&there);
    zframe_destroy(&from);
    Message *answer = wire_receive(l->client, NULL);
    ck_assert_ptr_nonnull(answer);
    return answer;
}

static inline Message *life_retire(struct life *l, uint64_t edition) {
    RetireEdition body = MINDEX__V1__RETIRE_EDITION__INIT;
    body.edition = edition;
    Message question = wire_message(7);
    question.body_case = MINDEX__V1__MESSAGE__BODY_RETIRE_EDITION;
    question.retire_edition = &body;
    zframe_t *from = NULL;
    Message *there = life_pass(l, &question, &from);
    retire_edition(&l->hub, from, there);
    wire_free(&there);
    zframe_destroy(&from);
    Message *answer = wire_receive(l->client, NULL);
    ck_assert_ptr_nonnull(answer);
    return answer;
}

/* As the hub would answer who asks for the inputs that it cannot read now. */
static inline Message *life_error(const struct fault *fault) {
    Mindex__V1__Error error = MINDEX__V1__ERROR__INIT;
    error.reason = (char *)fault->text;
    Message message = wire_message(7);
    message.body_case = MINDEX__V1__MESSAGE__BODY_ERROR;
    message.error = &error;
    zframe_t *frame = wire_frame(&message);
    Message *answer = frame ? wire_read(frame) : NULL;
    zframe_destroy(&frame);
    ck_assert_ptr_nonnull(answer);
    return answer;
}

/* Every weighting of the metrics, in so many steps. The answer: the job or an error. */
static inline Message *life_hand_in_study(struct life *l, uint32_t steps) {
    struct fault fault = {0};
    struct inputs inputs;
    struct arena *arena = arena_new();
    if (!store_inputs(l->hub.store, arena, &inputs, &fault)) {
        arena_destroy(&arena);
        return life_error(&fault);
    }
    Mindex__V1__WeightGrid grid = MINDEX__V1__WEIGHT_GRID__INIT;
    grid.level = "metric";
    grid.steps = steps;
    Study study = MINDEX__V1__STUDY__INIT;
    study.kind = "weights";
    study.pack = l->hub.pack;
    study.inputs = inputs.list;
    study.n_inputs = inputs.n;
    char *nodes[] = {"all"};
    study.nodes = nodes;
    study.n_nodes = 1;
    study.items = (uint64_t)(steps + 2) * (steps + 1) / 2;
    study.grid = &grid;
    Mindex__V1__SubmitStudy body = MINDEX__V1__SUBMIT_STUDY__INIT;
    body.study = &study;
    Message question = wire_message(7);
    question.body_case = MINDEX__V1__MESSAGE__BODY_SUBMIT_STUDY;
    question.submit_study = &body;
    zframe_t *from = NULL;
    Message *there = life_pass(l, &question, &from);
    jobs_hand_in(&l->hub, from, there);
    wire_free(&there);
    zframe_destroy(&from);
    arena_destroy(&arena);
    Message *answer = wire_receive(l->client, NULL);
    ck_assert_ptr_nonnull(answer);
    return answer;
}

/* --- working ---------------------------------------------------------------------------------- */

static inline void life_score(struct life *l, const Task *work) {
    const ScoreTask *task = work->score;
    struct fault fault = {0};
    struct arena *arena = arena_new();
    char *datasets[16], *observations[16];
    ck_assert_uint_le(task->n_inputs, 16);
    for (size_t i = 0; i < task->n_inputs; i++) {
        datasets[i] = task->inputs[i]->dataset;
        observations[i] = task->inputs[i]->observations;
    }
    const struct pack *pack = library_pack(l->hub.library, task->pack, &fault);
    ck_assert_msg(pack != NULL, "%s", fault.text);
    const struct release **releases = library_releases(l->hub.library, arena, pack, datasets,
                                                       observations, task->n_inputs, &fault);
    ck_assert_msg(releases != NULL, "%s", fault.text);
    struct edition *edition = edition_score(pack, releases, &fault);
    ck_assert_msg(edition != NULL, "%s", fault.text);
    TaskDone done = MINDEX__V1__TASK_DONE__INIT;
    done.result_case = MINDEX__V1__TASK_DONE__RESULT_SCORES;
    done.scores = edition_message(arena, pack, task->pack, edition, task->inputs, task->n_inputs);
    life_give(l, &done, work->task);
    edition_destroy(&edition);
    arena_destroy(&arena);
}

static inline void life_compare(struct life *l, const Task *work) {
    const CompareTask *task = work->compare;
    struct fault fault = {0};
    struct arena *arena = arena_new();
    const struct pack *pack = library_pack(l->hub.library, task->pack, &fault);
    const struct edition *edition =
        pack ? library_edition(l->hub.library, task->pack, task->scores, &fault) : NULL;
    const struct release *spend =
        edition ? library_release(l->hub.library, task->spend->observations, &fault) : NULL;
    ck_assert_msg(spend != NULL, "%s", fault.text);
    struct comparison *comparison = spend_compare(pack, edition, spend, &fault);
    ck_assert_msg(comparison != NULL, "%s", fault.text);
    TaskDone done = MINDEX__V1__TASK_DONE__INIT;
    done.result_case = MINDEX__V1__TASK_DONE__RESULT_COMPARISON;
    done.comparison = comparison_message(arena, pack, comparison);
    life_give(l, &done, work->task);
    comparison_destroy(&comparison);
    arena_destroy(&arena);
}

static inline void life_publish(struct life *l, const Task *work) {
    Published published = MINDEX__V1__PUBLISHED__INIT;
    published.folder = "editions/0";
    published.files = 3;
    TaskDone done = MINDEX__V1__TASK_DONE__INIT;
    done.result_case = MINDEX__V1__TASK_DONE__RESULT_PUBLISHED;
    done.published = &published;
    life_give(l, &done, work->task);
}

/* A range of items, pieces that are put together, or the result. */
static inline void life_compute(struct life *l, const Task *work) {
    struct fault fault = {0};
    zframe_t *frame = scoring_perform(l->hub.library, work, NULL, &fault);
    ck_assert_msg(frame != NULL, "%s", fault.text);
    Message *done = wire_read(frame);
    ck_assert_ptr_nonnull(done);
    life_give(l, done->task_done, work->task);
    studies_settle(&l->hub);
    wire_free(&done);
    zframe_destroy(&frame);
}

static inline struct job *life_ready(struct life *l) {
    for (int kind = JOB_SCORE; kind < JOB_KINDS; kind++) {
        for (struct job *job = l->hub.queue.first[kind]; job; job = job->next) {
            if (job->state == JOB_READY)
                return job;
        }
    }
    return studies_next(&l->hub, clock_ms());
}

/* Does what is ordered, until nothing is or the disk fails. False: it fails. */
static inline bool life_work(struct life *l) {
    struct job *job;
    while (!store_trouble(l->hub.store) && (job = life_ready(l))) {
        Message *order = wire_read(job->task);
        if (job->kind == JOB_SCORE)
            life_score(l, order->task);
        else if (job->kind == JOB_COMPARE)
            life_compare(l, order->task);
        else if (job->kind == JOB_STUDY)
            life_compute(l, order->task);
        else
            life_publish(l, order->task);
        wire_free(&order);
    }
    return !store_trouble(l->hub.store);
}

/* The disk is well again, and the hub finds out by itself. */
static inline void life_recover(struct life *l) {
    int64_t now = clock_ms();
    faulty_mend();
    (void)disk_watch(&l->hub, now);
    (void)disk_watch(&l->hub, l->hub.disk.probe_at);
    ck_assert_msg(!store_trouble(l->hub.store), "%s", store_trouble(l->hub.store));
    ck_assert(!l->hub.disk.failing);
}

/* --- looking ---------------------------------------------------------------------------------- */

static inline void life_text(const char *path, const char *sql, char *out, size_t size) {
    sqlite3 *db = NULL;
    sqlite3_stmt *query = NULL;
    ck_assert_int_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    ck_assert_msg(sqlite3_prepare_v2(db, sql, -1, &query, NULL) == SQLITE_OK, "%s",
                  sqlite3_errmsg(db));
    ck_assert_int_eq(sqlite3_step(query), SQLITE_ROW);
    const char *text = (const char *)sqlite3_column_text(query, 0);
    (void)snprintf(out, size, "%s", text ? text : "");
    (void)sqlite3_finalize(query);
    ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
}

#endif
