/* Batch jobs as those who hand them in know them. */
#include "services/bus/clock.h"
#include "services/bus/log.h"
#include "services/bus/stored.h"
#include "services/hub/check.h"

#include <stdlib.h>
#include <string.h>

enum { JOBS_LIMIT = 1000 };

/* --- those that have not ended ---------------------------------------------------------------- */

static struct batch *find_batch(const struct hub *hub, uint64_t id) {
    struct batch *batch = hub->batches;
    while (batch && batch->row.id != id)
        batch = batch->following;
    return batch;
}

static size_t count_batches(const struct hub *hub) {
    size_t count = 0;
    for (const struct batch *batch = hub->batches; batch; batch = batch->following)
        count++;
    return count;
}

static void add_batch(struct hub *hub, struct batch *batch) {
    struct batch **last = &hub->batches;
    while (*last)
        last = &(*last)->following;
    *last = batch;
}

static void remove_batch(struct hub *hub, struct batch *batch) {
    struct batch **at = &hub->batches;
    while (*at != batch)
        at = &(*at)->following;
    *at = batch->following;
    batch_destroy(&batch);
}

void jobs_clear(struct hub *hub) {
    while (hub->batches)
        remove_batch(hub, hub->batches);
}

static bool resume_one(struct hub *hub, struct arena *arena, const struct job_row *row,
                       struct fault *fault) {
    struct piece_row *pieces;
    size_t n;
    if (!store_pieces(hub->store, arena, row->id, &pieces, &n, fault))
        return false;
    struct batch *batch = batch_new(row);
    if (!batch || !batch_reserve(batch, n)) {
        batch_destroy(&batch);
        return fault_memory(fault);
    }
    for (size_t i = 0; i < n; i++)
        batch_put(batch, &pieces[i]);
    add_batch(hub, batch);
    log_info("batch job taken up again", "job=%llu items=%llu done=%llu pieces=%zu",
             (unsigned long long)row->id, (unsigned long long)row->items,
             (unsigned long long)batch->done, n);
    return true;
}

bool jobs_resume(struct hub *hub, struct fault *fault) {
    struct job_row *rows;
    size_t n;
    struct arena *arena = arena_new();
    bool fine = arena ? store_jobs(hub->store, arena, JOBS_OPEN, 0, UINT32_MAX, &rows, &n, fault)
                      : fault_memory(fault);
    while (fine && n-- > 0)
        fine = resume_one(hub, arena, &rows[n], fault);
    arena_destroy(&arena);
    return fine;
}

/* --- their end -------------------------------------------------------------------------------- */

bool jobs_end(struct hub *hub, struct batch *batch, const struct job_end *end,
              struct fault *fault) {
    char hash[HASH_TEXT], quoted[LOG_QUOTED];
    studies_settle(hub); /* nothing of it is on its way into the store */
    struct job_row row = batch->row;
    row.state = end->state;
    row.reason = end->reason;
    row.ended_ms = clock_wall_ms();
    row.result = end->result ? hash : NULL;
    row.busy_ns += end->busy_ns;
    row.tasks += end->result != NULL;
    bool stored =
        store_begin(hub->store, fault) &&
        (!end->result || store_put_blob(hub->store, end->result, end->length, hash, fault)) &&
        store_end_job(hub->store, &row, fault) && store_commit(hub->store, fault);
    if (!stored) {
        store_rollback(hub->store);
        return false;
    }
    if (row.reason)
        log_error("batch job failed", "job=%llu tasks=%llu reason=%s", (unsigned long long)row.id,
                  (unsigned long long)row.tasks, log_quote(row.reason, quoted));
    else
        log_info("batch job ended", "job=%llu state=%s tasks=%llu", (unsigned long long)row.id,
                 row.state, (unsigned long long)row.tasks);
    studies_drop(hub, batch);
    remove_batch(hub, batch);
    return true;
}

void jobs_fail(struct hub *hub, struct batch *batch, const char *reason) {
    struct fault fault = {0};
    char why[LOG_QUOTED]; /* the reason may be of a task that goes with the batch */
    (void)snprintf(why, sizeof why, "%s", reason);
    const struct job_end end = {.state = "failed", .reason = why};
    if (!jobs_end(hub, batch, &end, &fault)) {
        char quoted[LOG_QUOTED];
        log_error("failure not stored", "job=%llu reason=%s", (unsigned long long)batch->row.id,
                  log_quote(fault.text, quoted));
        errors_note(hub, "hub", NULL, fault.text);
    }
}

/* --- telling of them -------------------------------------------------------------------------- */

static char *state_of(const struct batch *batch) {
    if (batch_whole(batch))
        return "finishing";
    return batch->done || batch->n_tasks ? "running" : "waiting";
}

static void fill_progress(JobInfo *info, const struct batch *batch) {
    info->state = state_of(batch);
    info->done = batch->done;
    info->has_workers = true;
    info->workers = batch->in_hand;
    info->has_left_ms = batch_left(batch, &info->left_ms);
    info->busy_ms = batch->row.busy_ns / 1000000;
    info->tasks = batch->row.tasks;
}

static JobInfo *job_info(const struct hub *hub, struct arena *arena, const struct job_row *row) {
    JobInfo *info = arena_alloc(arena, 1, sizeof *info);
    if (!info)
        return NULL;
    mindex__v1__job_info__init(info);
    info->job = row->id;
    info->study = row->study;
    info->kind = row->kind;
    info->state = row->state;
    info->items = row->items;
    info->done = row->result ? row->items : 0;
    info->submitted_ms = row->submitted_ms;
    info->has_ended_ms = row->ended_ms != 0;
    info->ended_ms = row->ended_ms;
    info->result = row->result;
    info->reason = row->reason;
    info->has_busy_ms = info->has_tasks = true;
    info->busy_ms = row->busy_ns / 1000000;
    info->tasks = row->tasks;
    const struct batch *batch = find_batch(hub, row->id);
    if (batch)
        fill_progress(info, batch);
    return info;
}

static bool list_jobs(struct hub *hub, struct arena *arena, uint64_t job, uint32_t limit,
                      Mindex__V1__Jobs *out, struct fault *fault) {
    struct job_row *rows;
    size_t n;
    if (!store_jobs(hub->store, arena, job ? JOBS_ONE : JOBS_ALL, job, limit, &rows, &n, fault))
        return false;
    if (job && n == 0)
        return fault_set(fault, FAULT_INPUT,
                         "there is no batch job %llu; 'mindex batch list' lists them",
                         (unsigned long long)job);
    out->jobs = arena_alloc(arena, n, sizeof *out->jobs);
    for (size_t i = 0; out->jobs && i < n; i++) {
        out->jobs[i] = job_info(hub, arena, &rows[i]);
        if (!out->jobs[i])
            return fault_memory(fault);
        out->n_jobs++;
    }
    return out->jobs || fault_memory(fault);
}

void jobs_status(const struct hub *hub, StatusReport *status) {
    status->has_jobs = status->has_jobs_items_left = status->has_jobs_left_ms = true;
    for (const struct batch *batch = hub->batches; batch; batch = batch->following) {
        status->jobs++;
        status->jobs_items_left += batch->row.items - batch->done;
        status->jobs_left_ms += (uint64_t)(batch_ns_left(batch) / 1e6);
    }
}

/* Answers with one job, or (0) with all. */
static void answer_jobs(struct hub *hub, zframe_t *from, uint64_t request, uint64_t job,
                        uint32_t limit) {
    struct fault fault = {0};
    struct arena *arena = arena_new();
    Mindex__V1__Jobs jobs = MINDEX__V1__JOBS__INIT;
    if (arena ? list_jobs(hub, arena, job, limit, &jobs, &fault) : fault_memory(&fault)) {
        Message message = MINDEX__V1__MESSAGE__INIT;
        message.body_case = MINDEX__V1__MESSAGE__BODY_JOBS;
        message.jobs = &jobs;
        hub_answer(hub, from, request, &message);
    } else {
        hub_answer_error(hub, from, request, fault.text);
    }
    arena_destroy(&arena);
}

/* Numbers begin at 1, and the question for number 0 is not the one for all. */
static bool number_fits(struct hub *hub, zframe_t *from, uint64_t request, uint64_t job) {
    if (job && job <= INT64_MAX)
        return true;
    hub_answer_error(hub, from, request,
                     "batch jobs are counted from 1; 'mindex batch list' "
                     "lists them");
    return false;
}

void jobs_wanted(struct hub *hub, zframe_t *from, const Message *question) {
    const Mindex__V1__JobsWanted *wanted = question->jobs_wanted;
    uint32_t limit = wanted->has_limit && wanted->limit < JOBS_LIMIT ? wanted->limit : JOBS_LIMIT;
    if (!wanted->has_job)
        answer_jobs(hub, from, question->request, 0, limit);
    else if (number_fits(hub, from, question->request, wanted->job))
        answer_jobs(hub, from, question->request, wanted->job, 1);
}

/* --- handing in ------------------------------------------------------------------------------- */

static bool store_study(struct hub *hub, struct job_row *row, const uint8_t *bytes, size_t length,
                        struct fault *fault) {
    char hash[HASH_TEXT];
    return store_begin(hub->store, fault) &&
           store_put_blob(hub->store, bytes, length, hash, fault) &&
           store_add_job(hub->store, row, &row->id, fault) && store_commit(hub->store, fault);
}

/* It is on disk, and begins. */
static bool begin_job(struct hub *hub, struct job_row *row, const uint8_t *bytes, size_t length,
                      struct fault *fault) {
    struct batch *batch = batch_new(row);
    if (!batch)
        return fault_memory(fault);
    if (!store_study(hub, row, bytes, length, fault)) {
        store_rollback(hub->store);
        batch_destroy(&batch);
        return false;
    }
    batch->row.id = row->id;
    add_batch(hub, batch);
    log_info("batch job handed in", "job=%llu kind=%s items=%llu study=%s",
             (unsigned long long)row->id, row->kind, (unsigned long long)row->items, row->study);
    return true;
}

static bool has_room(struct hub *hub, struct fault *fault) {
    size_t count = count_batches(hub);
    return count < hub->config->hub.batch_jobs ||
           fault_set(fault, FAULT_INPUT,
                     "%zu batch jobs have not ended yet, and no more are taken (hub.batch_jobs); "
                     "hand it in again when one has, or cancel one",
                     count);
}

static void submit(struct hub *hub, zframe_t *from, const Message *question, const uint8_t *bytes,
                   size_t length) {
    const Study *study = question->submit_study->study;
    char hash[HASH_TEXT];
    struct fault fault = {0};
    uint64_t known;
    hash_of(bytes, length, hash);
    struct job_row row = {
        .study = hash, .kind = study->kind, .items = study->items, .submitted_ms = clock_wall_ms()};
    bool fine = store_find_job(hub->store, hash, &known, &fault);
    if (fine && known) {
        answer_jobs(hub, from, question->request, known, 1);
        return;
    }
    if (disk_refuses(hub, from, question->request))
        return;
    fine = fine && check_study(hub, study, &fault) && has_room(hub, &fault) &&
           begin_job(hub, &row, bytes, length, &fault);
    if (fine)
        answer_jobs(hub, from, question->request, row.id, 1);
    else
        hub_answer_error(hub, from, question->request, fault.text);
}

void jobs_hand_in(struct hub *hub, zframe_t *from, const Message *question) {
    size_t length;
    uint8_t *bytes = stored_bytes(&question->submit_study->study->base, &length);
    if (bytes)
        submit(hub, from, question, bytes, length);
    else
        hub_answer_error(hub, from, question->request, "the hub is out of memory");
    free(bytes);
}

void jobs_call_off(struct hub *hub, zframe_t *from, const Message *question) {
    uint64_t job = question->cancel_job->job;
    struct batch *batch = find_batch(hub, job);
    struct fault fault = {0};
    if (!number_fits(hub, from, question->request, job))
        return;
    if (batch && disk_refuses(hub, from, question->request))
        return;
    if (batch) {
        const struct job_end end = {.state = "cancelled"};
        if (!jobs_end(hub, batch, &end, &fault)) {
            hub_answer_error(hub, from, question->request, fault.text);
            return;
        }
    }
    answer_jobs(hub, from, question->request, job, 1);
}
