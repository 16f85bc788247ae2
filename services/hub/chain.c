#include "services/bus/clock.h"
#include "services/bus/convert.h"
#include "services/bus/log.h"
#include "services/bus/stored.h"
#include "services/hub/hub.h"
#include "services/hub/results.h"

#include <stdlib.h>
#include <string.h>

enum { BACK_OFF_MAX_MS = 10000 };

/* --- tasks ------------------------------------------------------------------------------------ */

static zframe_t *order_frame(Task *task) {
    Message order = wire_message(0);
    order.body_case = MINDEX__V1__MESSAGE__BODY_TASK;
    order.task = task;
    return wire_frame(&order);
}

static void keep_request(struct job *job, const Task *work) {
    if (work->request_id && request_id_valid(work->request_id))
        memcpy(job->request_id, work->request_id, sizeof job->request_id);
}

struct job *chain_task(struct hub *hub, enum job_kind kind, Task *work, uint64_t release,
                       struct fault *fault) {
    work->task = hub->last_task + 1;
    zframe_t *frame = order_frame(work);
    struct job *job = job_new(work->task, kind, &frame);
    struct task_row row = {.id = work->task, .release = release, .since_ms = clock_wall_ms()};
    row.work_length = mindex__v1__task__get_packed_size(work);
    row.work = malloc(row.work_length + 1);
    bool stored = job && row.work;
    if (stored) {
        job->release = release;
        job->since_ms = job->came_ms = row.since_ms;
        keep_request(job, work);
        mindex__v1__task__pack(work, row.work);
        stored = store_add_task(hub->store, &row, fault);
    } else {
        fault_memory(fault);
    }
    free(row.work);
    if (!stored)
        job_destroy(&job);
    return job;
}

void chain_queue(struct hub *hub, struct job *job) {
    hub->last_task = job->id;
    queue_add(&hub->queue, job);
}

struct job *chain_job(const struct task_row *row, struct fault *fault) {
    Task *work = stored_numbered(&mindex__v1__task__descriptor, row->work, row->work_length, "task",
                                 row->id, fault);
    if (!work)
        return NULL;
    enum job_kind kind = work->work_case == MINDEX__V1__TASK__WORK_SCORE     ? JOB_SCORE
                         : work->work_case == MINDEX__V1__TASK__WORK_COMPARE ? JOB_COMPARE
                                                                             : JOB_PUBLISH;
    zframe_t *frame = order_frame(work);
    struct job *job = job_new(row->id, kind, &frame);
    if (job)
        keep_request(job, work);
    mindex__v1__task__free_unpacked(work, NULL);
    if (!job) {
        fault_memory(fault);
        return NULL;
    }
    job->release = row->release;
    job->upto = row->upto;
    job->resumed = true;
    job->attempts = row->attempts;
    job->since_ms = job->came_ms = row->since_ms;
    return job;
}

bool chain_resume(struct hub *hub, struct fault *fault) {
    struct task_row *rows = NULL;
    size_t count = 0;
    struct arena *arena = arena_new();
    bool fine = arena ? store_last_task(hub->store, &hub->last_task, fault) &&
                            store_tasks(hub->store, arena, false, &rows, &count, fault)
                      : fault_memory(fault);
    for (size_t i = 0; fine && i < count; i++) {
        struct job *job = chain_job(&rows[i], fault);
        fine = job != NULL;
        if (job)
            queue_add(&hub->queue, job);
    }
    arena_destroy(&arena);
    if (fine && count)
        log_info("tasks taken up again", "tasks=%zu", count);
    return fine;
}

/* --- results ---------------------------------------------------------------------------------- */

static enum job_kind kind_of_result(const TaskDone *done) {
    switch (done->result_case) {
    case MINDEX__V1__TASK_DONE__RESULT_SCORES:
        return JOB_SCORE;
    case MINDEX__V1__TASK_DONE__RESULT_COMPARISON:
        return JOB_COMPARE;
    case MINDEX__V1__TASK_DONE__RESULT_PUBLISHED:
        return JOB_PUBLISH;
    case MINDEX__V1__TASK_DONE__RESULT_READ:
    case MINDEX__V1__TASK_DONE__RESULT_REFUSAL:
        return JOB_READ;
    case MINDEX__V1__TASK_DONE__RESULT_PIECE:
    case MINDEX__V1__TASK_DONE__RESULT_STUDY_RESULT:
        return JOB_STUDY;
    default:
        return (enum job_kind)JOB_KINDS;
    }
}

static void not_stored(struct hub *hub, const char *what, const struct job *job,
                       const struct fault *fault) {
    char quoted[LOG_QUOTED];
    log_error(what, "task=%llu reason=%s", (unsigned long long)job->id,
              log_quote(fault->text, quoted));
    errors_note(hub, "hub", job->request_id, fault->text);
}

/* Commits one result and takes the job out of the queue. False: it could not be, and the job will
 * be done again. */
static bool settle(struct hub *hub, struct job *job, const TaskDone *done) {
    struct fault fault = {0};
    struct job *next = NULL;
    uint64_t newest = hub->newest_event;
    log_request(job->request_id);
    library_turn(hub->library);
    if (result_commit(hub, job, done, &next, &fault)) {
        if (next)
            chain_queue(hub, next);
        queue_remove(&hub->queue, job);
        job_destroy(&job);
        return true;
    }
    store_rollback(hub->store);
    events_forget(hub, newest);
    job_destroy(&next);
    uint64_t id = job->id;
    if (job->result && fault.kind != FAULT_INPUT && store_trouble(hub->store))
        return false; /* it stays held: chain_settle has it when the disk is well */
    wire_free(&job->result);
    job->state = JOB_READY;
    if (fault.kind == FAULT_INPUT) {
        chain_failed(hub, id, fault.text); /* the worker's result is at fault */
    } else {
        not_stored(hub, "result not stored", job, &fault);
        peers_put_off(hub, job, clock_ms() + 1000);
    }
    return false;
}

/* Editions are numbered in the order of their releases, so a result that comes early is held. */
static void settle_held(struct hub *hub, enum job_kind kind) {
    struct job *job;
    while ((job = hub->queue.first[kind]) && job->state == JOB_HELD && !store_trouble(hub->store)) {
        if (!settle(hub, job, job->result->task_done))
            break;
    }
    log_request(NULL);
}

void chain_settle(struct hub *hub) {
    settle_held(hub, JOB_SCORE);
    settle_held(hub, JOB_COMPARE);
}

/* The job that a worker speaks of, if it may: NULL else, and whoever is not known is asked for a
 * hello. */
static struct job *job_of(struct hub *hub, zframe_t *from, uint64_t task) {
    struct job *job = queue_find(&hub->queue, task);
    const struct peer *peer = peers_sender(hub, from);
    if (!peer)
        peers_want_hello(hub, from); /* the task is given to it, or to another, once more */
    /* Done already, by a worker that was taken for dead or by one that took over from it. */
    if (!peer || !job || job->state == JOB_HELD)
        return NULL;
    if (peers_do(peer, job->kind) && (job->resumed || job_given(job, peer->key, peer->name)))
        return job;
    char quoted[LOG_QUOTED];
    log_warning("a word on another's task", "task=%llu worker=%s worker_role=%s",
                (unsigned long long)task, log_quote(peer->name, quoted), job_role(peer->kind));
    hub_answer_error(hub, from, 0, "this task was not given to you");
    return NULL;
}

void chain_done(struct hub *hub, zframe_t *from, Message **message) {
    const TaskDone *done = (*message)->task_done;
    struct job *job = job_of(hub, from, done->task);
    if (!job)
        return;
    log_request(job->request_id);
    if (job->worker) {
        job->worker->done++;
        measures_add(&hub->measures, (enum measure)job->kind, peers_had_ms(job));
    }
    peers_release(job);
    enum job_kind kind = job->kind;
    if (kind_of_result(done) != kind) {
        chain_failed(hub, job->id, "the result is not of the task's kind");
    } else if (kind == JOB_READ) {
        intake_done(hub, job, done);
    } else if (kind == JOB_STUDY) {
        studies_done(hub, job, message);
    } else if (kind == JOB_PUBLISH) {
        (void)settle(hub, job, done);
    } else {
        job->state = JOB_HELD;
        job->since_ms = clock_wall_ms();
        job->result = *message;
        *message = NULL;
        settle_held(hub, kind);
    }
}

/* A comparison that cannot be made must not keep the edition's files back. */
static bool go_on_without(struct hub *hub, struct job *job, struct job **next,
                          struct fault *fault) {
    if (job->kind != JOB_COMPARE)
        return true;
    Message *order = wire_read(job->task);
    bool fine = order && result_next_publish(hub, order->task->compare->edition, job->request_id,
                                             next, fault);
    wire_free(&order);
    return fine;
}

static bool set_aside(struct hub *hub, struct job *job, const char *reason, struct fault *fault) {
    struct job *next = NULL;
    bool aside =
        store_begin(hub->store, fault) &&
        store_fail_task(hub->store, job->id, job->attempts, reason, clock_wall_ms(), fault) &&
        go_on_without(hub, job, &next, fault) && store_commit(hub->store, fault);
    if (!aside) {
        store_rollback(hub->store);
        job_destroy(&next);
        return false;
    }
    char quoted[LOG_QUOTED];
    log_error("task set aside", "task=%llu task_role=%s attempts=%u losses=%u reason=%s",
              (unsigned long long)job->id, job_role(job->kind), job->attempts, job->losses,
              log_quote(reason, quoted));
    if (next)
        chain_queue(hub, next);
    enum job_kind kind = job->kind;
    queue_remove(&hub->queue, job);
    job_destroy(&job);
    settle_held(hub, kind);
    return true;
}

/* How long a task waits that has failed before so often. */
static int64_t back_off(const struct hub *hub, uint32_t attempts) {
    int64_t wait = (int64_t)hub->config->hub.retry_ms;
    while (attempts-- && wait < BACK_OFF_MAX_MS)
        wait *= 2;
    return wait < BACK_OFF_MAX_MS ? wait : BACK_OFF_MAX_MS;
}

static void keep_reason(struct job *job, const char *reason) {
    free(job->reason);
    job->reason = strdup(reason); /* NULL: it is in the log */
}

/* An edition's files cannot be written where there is no space for them, for as long as that
 * lasts: nothing speaks against the task, and to set it aside would leave the edition without
 * files when there is space again. */
static void wait_for_disk(struct hub *hub, struct job *job, const char *reason) {
    char quoted[LOG_QUOTED];
    log_warning("task waits for its worker's disk", "task=%llu task_role=%s reason=%s",
                (unsigned long long)job->id, job_role(job->kind), log_quote(reason, quoted));
    peers_release(job);
    peers_put_off(hub, job, clock_ms() + back_off(hub, job->waits++));
    keep_reason(job, reason);
    errors_note(hub, job_role(job->kind), job->request_id, reason);
}

void chain_gave_up(struct hub *hub, zframe_t *from, const Message *message) {
    const Mindex__V1__TaskFailed *failed = message->task_failed;
    struct job *job = job_of(hub, from, failed->task);
    if (!job)
        return;
    log_request(job->request_id);
    /* Of other kinds nothing is written, and what the system denied may well be the task's doing.
     */
    if (job->kind == JOB_PUBLISH && failed->has_surroundings && failed->surroundings)
        wait_for_disk(hub, job, failed->reason);
    else
        chain_failed(hub, failed->task, failed->reason);
}

static void fail(struct hub *hub, struct job *job, const char *reason) {
    char quoted[LOG_QUOTED];
    log_warning("task failed", "task=%llu task_role=%s attempt=%u reason=%s",
                (unsigned long long)job->id, job_role(job->kind), job->attempts + 1,
                log_quote(reason, quoted));
    errors_note(hub, job_role(job->kind), job->request_id, reason);
    peers_release(job);
    peers_put_off(hub, job, clock_ms() + back_off(hub, job->attempts));
    keep_reason(job, reason);
    if (job->kind == JOB_READ) {
        intake_failed(hub, job, reason);
        return;
    }
    job->attempts++;
    if (job->kind == JOB_STUDY) {
        studies_failed(hub, job, reason);
        return;
    }
    struct fault fault = {0};
    bool kept = job->attempts < hub->config->hub.task_attempts
                    ? store_fail_task(hub->store, job->id, job->attempts, reason, 0, &fault)
                    : set_aside(hub, job, reason, &fault);
    if (!kept)
        not_stored(hub, "failure not stored", job, &fault);
}

void chain_failed(struct hub *hub, uint64_t task, const char *reason) {
    struct job *job = queue_find(&hub->queue, task);
    if (!job || job->state == JOB_HELD)
        return;
    log_request(job->request_id);
    fail(hub, job, reason);
    log_request(NULL);
}

static void lose(struct hub *hub, struct job *job, const char *worker) {
    struct fault fault = {0}, reason = {0};
    char quoted[LOG_QUOTED];
    peers_release(job);
    job->losses++;
    fault_set(&reason, FAULT_SYSTEM,
              "%u worker%s fell silent over it (hub.task_losses), the last was %s", job->losses,
              job->losses == 1 ? "" : "s", worker);
    keep_reason(job, reason.text);
    errors_note(hub, job_role(job->kind), job->request_id, reason.text);
    log_warning("task lost with its worker", "task=%llu task_role=%s losses=%u worker=%s",
                (unsigned long long)job->id, job_role(job->kind), job->losses,
                log_quote(worker, quoted));
    if (job->losses > 1)
        peers_put_off(hub, job, clock_ms() + back_off(hub, job->losses - 2));
    if (job->losses < hub->config->hub.task_losses)
        return;
    if (job->kind == JOB_READ)
        intake_refuse(hub, job, reason.text);
    else if (job->kind == JOB_STUDY)
        jobs_fail(hub, job->batch, reason.text);
    else if (!set_aside(hub, job, reason.text, &fault))
        not_stored(hub, "failure not stored", job, &fault);
}

void chain_lost(struct hub *hub, struct job *job, const char *worker) {
    log_request(job->request_id);
    lose(hub, job, worker);
    log_request(NULL);
}
