/* The tasks of batch jobs. They are in memory alone: what survives a crash are the pieces, and what
 * is not in a piece is cut again. */
#include "services/bus/clock.h"
#include "services/bus/log.h"
#include "services/bus/stored.h"
#include "services/hub/check.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { STORE_AGAIN_MS = 1000 };

#define STEP(name) MINDEX__V1__STUDY_TASK__STEP__##name

/* --- tasks are made --------------------------------------------------------------------------- */

static zframe_t *order_frame(struct batch *batch, uint64_t number, StudyTask *body) {
    Task task = MINDEX__V1__TASK__INIT;
    task.task = number;
    task.work_case = MINDEX__V1__TASK__WORK_STUDY;
    task.study = body;
    body->study = batch->row.study;
    Message order = wire_message(0);
    order.body_case = MINDEX__V1__MESSAGE__BODY_TASK;
    order.task = &task;
    return wire_frame(&order);
}

/* A task in the queue, about these items; but for RUN it names their pieces. NULL: out of memory.
 */
static struct job *add_task(struct hub *hub, struct batch *batch, Mindex__V1__StudyTask__Step step,
                            uint64_t first, uint64_t count) {
    size_t at, n = step == STEP(RUN) ? 0 : batch_within(batch, first, count, &at);
    StudyTask body = MINDEX__V1__STUDY_TASK__INIT;
    body.pieces = calloc(n + 1, sizeof *body.pieces);
    if (!body.pieces)
        return NULL;
    for (; body.n_pieces < n; body.n_pieces++)
        body.pieces[body.n_pieces] = batch->pieces[at + body.n_pieces].row.hash;
    body.step = step;
    body.has_first = body.has_count = true;
    body.first = first;
    body.count = count;
    uint64_t number = hub->last_read_task + 1;
    zframe_t *frame = order_frame(batch, number, &body);
    free(body.pieces);
    struct job *job = job_new(number, JOB_STUDY, &frame);
    if (!job)
        return NULL;
    hub->last_read_task = batch->last_task = number;
    job->batch = batch;
    job->step = step;
    job->first = first;
    job->count = count;
    job->since_ms = clock_wall_ms();
    queue_add(&hub->queue, job);
    batch->n_tasks++;
    return job;
}

static size_t scorers(const struct hub *hub) {
    size_t count = 0;
    for (const struct peer *peer = hub->peers; peer; peer = peer->next)
        count += peer->kind == JOB_SCORE;
    return count;
}

/* Whether it has something to do that is in no task yet. */
static bool has_more(const struct batch *batch) {
    if (batch_whole(batch))
        return batch->n_tasks == 0;
    return batch->next < batch->row.items || !batch->settled;
}

/* *nothing: there was nothing to do after all. */
static struct job *make_task(struct hub *hub, struct batch *batch, bool *nothing) {
    uint64_t first, count, next = batch->next;
    struct job *job;
    *nothing = false;
    if (batch_whole(batch))
        return add_task(hub, batch, STEP(FINISH), 0, batch->row.items);
    if (batch_merge(batch, &first, &count)) {
        job = add_task(hub, batch, STEP(MERGE), first, count);
        if (!job)
            batch_unmerge(batch, first, count);
        return job;
    }
    *nothing = !batch_cut(batch, scorers(hub), &first, &count);
    if (*nothing)
        return NULL;
    job = add_task(hub, batch, STEP(RUN), first, count);
    if (!job)
        batch->next = next;
    return job;
}

/* Fewer workers are at it, or as many, and its last task was made longer ago: with fewer workers
 * than jobs, each has its turn. */
static bool is_needier(const struct batch *batch, const struct batch *than) {
    return batch->in_hand < than->in_hand ||
           (batch->in_hand == than->in_hand && batch->last_task < than->last_task);
}

/* Of those that have more to do, so that a short job does not wait for a long one's end. */
static struct batch *neediest(const struct hub *hub) {
    struct batch *best = NULL;
    for (struct batch *batch = hub->batches; batch; batch = batch->following) {
        if ((!best || is_needier(batch, best)) && has_more(batch))
            best = batch;
    }
    return best;
}

struct job *studies_next(struct hub *hub, int64_t now) {
    struct job *job = queue_ready(&hub->queue, JOB_STUDY, now, UINT_MAX);
    struct batch *batch;
    bool nothing = true;
    while (!job && nothing && (batch = neediest(hub)))
        job = make_task(hub, batch, &nothing);
    return job;
}

/* --- pieces come ------------------------------------------------------------------------------ */

/* What the worker spent on it, as it says, but not more than it had; if it does not say, as long as
 * it had the task. */
static uint64_t busy_of(const struct hub *hub, const struct job *job, const TaskDone *done) {
    const uint64_t lease_ms = 1000 * hub->config->hub.lease_seconds, ns_per_ms = 1000000;
    int64_t had = peers_had_ms(job);
    uint64_t most = lease_ms * ns_per_ms;
    if (done->has_busy_ns && done->busy_ns)
        return done->busy_ns < most ? done->busy_ns : most;
    return (uint64_t)(had > 0 ? had : 1) * ns_per_ms;
}

/* The piece goes into the open transaction, and is described by *row. */
static bool put_piece(struct hub *hub, const struct job *job, struct piece_row *row,
                      struct fault *fault) {
    const TaskDone *done = job->result->task_done;
    size_t length;
    uint8_t *bytes = stored_bytes(&done->piece->base, &length);
    if (!bytes)
        return fault_memory(fault);
    row->first = job->first;
    row->count = job->count;
    row->level = job->step == STEP(MERGE) ? batch_level(job->batch, job->first, job->count) : 0;
    row->bytes = length;
    hash_of(bytes, length, row->hash);
    bool put = store_put_piece(hub->store, job->batch->row.id, row, bytes, job->busy_ns, fault);
    free(bytes);
    return put;
}

static bool commit_pieces(struct hub *hub, struct piece_row *rows, struct fault *fault) {
    if (!store_begin_relaxed(hub->store, fault))
        return false;
    for (size_t i = 0; i < hub->n_pieces_come; i++) {
        struct job *job = hub->pieces_come[i];
        if (!batch_reserve(job->batch, hub->n_pieces_come))
            return fault_memory(fault);
        if (!put_piece(hub, job, &rows[i], fault))
            return false;
    }
    return store_commit(hub->store, fault);
}

/* It is out of the queue, and of its batch. */
static void remove_task(struct hub *hub, struct job *job) {
    peers_release(job);
    job->batch->n_tasks--;
    queue_remove(&hub->queue, job);
    job_destroy(&job);
}

static void take_piece(struct hub *hub, struct job *job, const struct piece_row *row) {
    struct batch *batch = job->batch;
    /* So that a task is done well before its worker loses it. */
    uint64_t longest_ns = hub->config->hub.lease_seconds * UINT64_C(1000000000) / 4;
    batch_put(batch, row);
    batch->row.busy_ns += job->busy_ns;
    batch->row.tasks++;
    batch->row.attempts = 0;
    if (job->step == STEP(RUN))
        batch_measure(batch, row->count, job->busy_ns, row->bytes, scorers(hub), longest_ns);
    remove_task(hub, job);
}

/* It is done once more, and later. */
static void put_back(struct hub *hub, struct job *job) {
    wire_free(&job->result);
    peers_release(job);
    job->state = JOB_READY;
    job->since_ms = clock_wall_ms();
    peers_put_off(hub, job, clock_ms() + STORE_AGAIN_MS);
}

void studies_settle(struct hub *hub) {
    struct piece_row rows[PIECES_A_COMMIT];
    struct fault fault = {0};
    if (!hub->n_pieces_come)
        return;
    bool stored = commit_pieces(hub, rows, &fault);
    if (!stored) {
        char quoted[LOG_QUOTED];
        store_rollback(hub->store);
        log_error("pieces not stored", "pieces=%zu reason=%s", hub->n_pieces_come,
                  log_quote(fault.text, quoted));
        errors_note(hub, "hub", NULL, fault.text);
    }
    size_t n = hub->n_pieces_come;
    hub->n_pieces_come = 0;
    for (size_t i = 0; i < n; i++) {
        if (stored)
            take_piece(hub, hub->pieces_come[i], &rows[i]);
        else
            put_back(hub, hub->pieces_come[i]);
    }
}

/* --- the result ------------------------------------------------------------------------------- */

static void finish(struct hub *hub, struct job *job, const TaskDone *done) {
    struct batch *batch = job->batch;
    struct fault fault = {0};
    size_t length;
    uint8_t *bytes = stored_bytes(&done->study_result->base, &length);
    const struct job_end end = {
        .state = "done", .result = bytes, .length = length, .busy_ns = job->busy_ns};
    if (!(bytes ? jobs_end(hub, batch, &end, &fault) : fault_memory(&fault))) {
        char quoted[LOG_QUOTED];
        log_error("result not stored", "job=%llu reason=%s", (unsigned long long)batch->row.id,
                  log_quote(fault.text, quoted));
        errors_note(hub, "hub", NULL, fault.text);
        put_back(hub, job);
    }
    free(bytes);
}

void studies_done(struct hub *hub, struct job *job, Message **message) {
    const TaskDone *done = (*message)->task_done;
    struct fault fault = {0};
    bool finishes = job->step == STEP(FINISH);
    job->busy_ns = busy_of(hub, job, done);
    if (finishes != (done->result_case == MINDEX__V1__TASK_DONE__RESULT_STUDY_RESULT))
        fault_set(&fault, FAULT_INPUT, "the result is not of the task's step");
    else if (finishes ? check_study_result(job, done->study_result, &fault)
                      : check_piece(job, done->piece, &fault))
        fault.kind = FAULT_NONE;
    if (fault.kind != FAULT_NONE) {
        chain_failed(hub, job->id, fault.text);
        return;
    }
    if (finishes) {
        finish(hub, job, done);
        return;
    }
    job->state = JOB_HELD;
    job->result = *message;
    *message = NULL;
    hub->pieces_come[hub->n_pieces_come++] = job;
    if (hub->n_pieces_come == PIECES_A_COMMIT)
        studies_settle(hub);
}

/* --- failures --------------------------------------------------------------------------------- */

void studies_failed(struct hub *hub, struct job *job, const char *reason) {
    struct batch *batch = job->batch;
    uint32_t most = (uint32_t)hub->config->hub.task_attempts;
    struct fault fault = {0};
    batch->row.attempts++;
    if (job->attempts >= most || batch->row.attempts >= most)
        jobs_fail(hub, batch, reason);
    else if (!store_fail_job(hub->store, batch->row.id, batch->row.attempts, reason, &fault)) {
        char quoted[LOG_QUOTED];
        log_error("failure not stored", "job=%llu reason=%s", (unsigned long long)batch->row.id,
                  log_quote(fault.text, quoted));
        errors_note(hub, "hub", NULL, fault.text);
    }
}

void studies_drop(struct hub *hub, struct batch *batch) {
    for (struct job *job = hub->queue.first[JOB_STUDY], *next; job; job = next) {
        next = job->next;
        if (job->batch == batch)
            remove_task(hub, job);
    }
}
