#include "services/bus/clock.h"
#include "services/bus/log.h"
#include "services/bus/stored.h"
#include "services/hub/hub.h"

#include <string.h>

typedef Mindex__V1__TaskInfo TaskInfo;
typedef Mindex__V1__RetriedTask RetriedTask;

enum { TASKS_LIMIT = 1000 };

/* --- telling of them -------------------------------------------------------------------------- */

static const char *state_name(enum job_state state) {
    static const char *const names[] = {
        [JOB_READY] = "waiting", [JOB_LEASED] = "in-hand", [JOB_HELD] = "held"};
    return names[state];
}

/* What a durable task is for, in words. */
static bool describe(struct hub *hub, struct arena *arena, const Task *work, uint64_t release,
                     char **about, struct fault *fault) {
    struct release_row *row = NULL;
    char text[LOG_QUOTED];
    if (work->work_case != MINDEX__V1__TASK__WORK_SCORE) {
        bool compare = work->work_case == MINDEX__V1__TASK__WORK_COMPARE;
        uint64_t edition = compare ? work->compare->edition : work->publish->edition;
        (void)snprintf(text, sizeof text, "edition %llu", (unsigned long long)edition);
    } else if (!release) {
        (void)snprintf(text, sizeof text, "a new definition");
    } else if (!store_release(hub->store, arena, release, &row, fault)) {
        return false;
    } else {
        bool withdrawn = work->score->cause && strcmp(work->score->cause, "withdrawal") == 0;
        (void)snprintf(text, sizeof text, "%srelease %llu of %s, '%s'",
                       withdrawn ? "withdrawal of " : "", (unsigned long long)release,
                       row ? row->dataset : "?", row ? row->label : "?");
    }
    *about = arena_copy(arena, text, strlen(text));
    return *about || fault_memory(fault);
}

/* The same of a task of a batch job, which has no release. */
static bool describe_study(struct arena *arena, const struct job *job, char **about,
                           struct fault *fault) {
    static const char *const steps[] = {"", "items", "merge items", "result of items"};
    char text[LOG_QUOTED];
    (void)snprintf(text, sizeof text, "batch job %llu: %s %llu to %llu",
                   (unsigned long long)job->batch->row.id, steps[job->step],
                   (unsigned long long)job->first,
                   (unsigned long long)(job->first + job->count - 1));
    *about = arena_copy(arena, text, strlen(text));
    return *about || fault_memory(fault);
}

static TaskInfo *new_info(struct arena *arena, Mindex__V1__Tasks *out, struct fault *fault) {
    TaskInfo *info = arena_alloc(arena, 1, sizeof *info);
    if (info) {
        mindex__v1__task_info__init(info);
        out->tasks[out->n_tasks++] = info;
    } else {
        fault_memory(fault);
    }
    return info;
}

static bool add_job(struct hub *hub, struct arena *arena, const struct job *job,
                    Mindex__V1__Tasks *out, struct fault *fault) {
    TaskInfo *info = new_info(arena, out, fault);
    if (!info)
        return false;
    info->task = job->id;
    info->role = (char *)job_role(job->kind);
    info->state = (char *)state_name(job->state);
    info->attempts = job->attempts;
    info->has_losses = true;
    info->losses = job->losses;
    info->worker = job->worker ? job->worker->name : NULL;
    info->has_since_ms = job->since_ms != 0;
    info->since_ms = job->since_ms;
    info->reason = job->reason;
    info->request_id = *job->request_id ? (char *)job->request_id : NULL;
    info->about = (char *)job->file;
    if (job->kind == JOB_READ)
        return true;
    if (job->kind == JOB_STUDY)
        return describe_study(arena, job, &info->about, fault);
    Message *order = wire_read(job->task);
    bool described = order ? describe(hub, arena, order->task, job->release, &info->about, fault)
                           : fault_memory(fault);
    wire_free(&order);
    return described;
}

static bool list_jobs(struct hub *hub, struct arena *arena, uint32_t limit, Mindex__V1__Tasks *out,
                      struct fault *fault) {
    for (int kind = 0; kind < JOB_KINDS; kind++) {
        for (const struct job *job = hub->queue.first[kind]; job; job = job->next) {
            if (out->total++ < limit && !add_job(hub, arena, job, out, fault))
                return false;
        }
    }
    return true;
}

static enum job_kind kind_of(const Task *work) {
    return work->work_case == MINDEX__V1__TASK__WORK_SCORE     ? JOB_SCORE
           : work->work_case == MINDEX__V1__TASK__WORK_COMPARE ? JOB_COMPARE
                                                               : JOB_PUBLISH;
}

static bool copy_request(struct arena *arena, const Task *work, char **out, struct fault *fault) {
    if (work->request_id)
        *out = arena_copy(arena, work->request_id, strlen(work->request_id));
    return *out || !work->request_id || fault_memory(fault);
}

static bool add_failed(struct hub *hub, struct arena *arena, const struct task_row *row,
                       Mindex__V1__Tasks *out, struct fault *fault) {
    TaskInfo *info = new_info(arena, out, fault);
    Task *work = info ? stored_numbered(&mindex__v1__task__descriptor, row->work, row->work_length,
                                        "task", row->id, fault)
                      : NULL;
    if (!work)
        return false;
    info->task = row->id;
    info->role = (char *)job_role(kind_of(work));
    info->state = "failed";
    info->attempts = row->attempts;
    info->has_since_ms = row->since_ms != 0;
    info->since_ms = row->since_ms;
    info->reason = row->reason;
    bool described = describe(hub, arena, work, row->release, &info->about, fault) &&
                     copy_request(arena, work, &info->request_id, fault);
    mindex__v1__task__free_unpacked(work, NULL);
    return described;
}

static bool list_failed(struct hub *hub, struct arena *arena, uint32_t limit,
                        Mindex__V1__Tasks *out, struct fault *fault) {
    struct task_row *rows = NULL;
    size_t count = 0;
    if (!store_tasks(hub->store, arena, true, &rows, &count, fault))
        return false;
    out->total = count;
    for (size_t i = 0; i < count && i < limit; i++) {
        if (!add_failed(hub, arena, &rows[i], out, fault))
            return false;
    }
    return true;
}

/* Tasks of batch jobs are made when a worker asks, and last as long as they are made to. */
static void count_oldest(const struct job *job, uint64_t now_ms, RoleStatus *role) {
    if (job->state == JOB_HELD || job->kind == JOB_STUDY || job->came_ms == 0)
        return;
    uint64_t age = now_ms > job->came_ms ? now_ms - job->came_ms : 0;
    role->has_oldest_ms = true;
    role->oldest_ms = age > role->oldest_ms ? age : role->oldest_ms;
}

static void count_queue(const struct hub *hub, RoleStatus **roles) {
    uint64_t now_ms = clock_wall_ms();
    for (int kind = 0; kind < JOB_KINDS; kind++) {
        RoleStatus *role = roles[kind == JOB_STUDY ? JOB_SCORE : kind];
        for (const struct job *job = hub->queue.first[kind]; job; job = job->next) {
            role->ready += job->state == JOB_READY;
            role->leased += job->state == JOB_LEASED;
            role->held += job->state == JOB_HELD;
            count_oldest(job, now_ms, role);
        }
    }
}

static bool count_failed(struct hub *hub, struct arena *arena, RoleStatus **roles,
                         struct fault *fault) {
    struct task_row *rows = NULL;
    size_t count = 0;
    if (!store_tasks(hub->store, arena, true, &rows, &count, fault))
        return false;
    for (size_t i = 0; i < count; i++) {
        Task *work = stored_numbered(&mindex__v1__task__descriptor, rows[i].work,
                                     rows[i].work_length, "task", rows[i].id, fault);
        if (!work)
            return false;
        roles[kind_of(work)]->failed++;
        mindex__v1__task__free_unpacked(work, NULL);
    }
    return true;
}

bool tasks_by_role(struct hub *hub, struct arena *arena, StatusReport *status,
                   struct fault *fault) {
    enum { ROLES = JOB_STUDY }; /* whose tasks are those of the scoring role too */
    status->roles = arena_alloc(arena, ROLES, sizeof *status->roles);
    for (int kind = 0; status->roles && kind < ROLES; kind++) {
        RoleStatus *role = arena_alloc(arena, 1, sizeof *role);
        if (!role)
            return fault_memory(fault);
        mindex__v1__role_status__init(role);
        role->role = (char *)job_role((enum job_kind)kind);
        role->has_arrivals = true;
        role->arrivals = hub->arrivals[kind];
        status->roles[status->n_roles++] = role;
    }
    if (!status->roles)
        return fault_memory(fault);
    count_queue(hub, status->roles);
    return count_failed(hub, arena, status->roles, fault);
}

void tasks_wanted(struct hub *hub, zframe_t *from, const Message *question) {
    const Mindex__V1__TasksWanted *wanted = question->tasks_wanted;
    uint32_t limit = wanted->has_limit && wanted->limit < TASKS_LIMIT ? wanted->limit : TASKS_LIMIT;
    struct fault fault = {0};
    Mindex__V1__Tasks out = MINDEX__V1__TASKS__INIT;
    struct arena *arena = arena_new();
    out.tasks = arena ? arena_alloc(arena, limit, sizeof *out.tasks) : NULL;
    bool listed = out.tasks ? (wanted->has_failed && wanted->failed ? list_failed : list_jobs)(
                                  hub, arena, limit, &out, &fault)
                            : fault_memory(&fault);
    if (listed) {
        Message message = MINDEX__V1__MESSAGE__INIT;
        message.body_case = MINDEX__V1__MESSAGE__BODY_TASKS;
        message.tasks = &out;
        hub_answer(hub, from, question->request, &message);
    } else {
        hub_answer_error(hub, from, question->request, fault.text);
    }
    arena_destroy(&arena);
}

/* --- putting them back ------------------------------------------------------------------------ */

struct retry {
    struct hub *hub;
    struct arena *arena;
    bool drop;
    struct task_row *rows; /* all that were set aside */
    size_t n_rows;
    Mindex__V1__RetriedTasks out;
};

static bool same_list(Input *const *left, size_t n_left, Input *const *right, size_t n_right) {
    bool same = n_left == n_right;
    for (size_t i = 0; same && i < n_left; i++)
        same = strcmp(left[i]->dataset, right[i]->dataset) == 0 &&
               strcmp(left[i]->observations, right[i]->observations) == 0;
    return same;
}

/* Whether the scoring is of what is in force now. */
static bool in_force(struct retry *retry, const ScoreTask *order, bool *is, struct fault *fault) {
    struct inputs now;
    if (!store_inputs(retry->hub->store, retry->arena, &now, fault))
        return false;
    *is = strcmp(order->pack, retry->hub->pack) == 0 &&
          same_list(order->inputs, order->n_inputs, now.list, now.n);
    return true;
}

/* The newest edition, if it was scored from just this; else 0. */
static bool scored_already(struct retry *retry, const ScoreTask *order, uint64_t *edition,
                           struct fault *fault) {
    EditionInfo *newest = NULL;
    uint8_t *bytes = NULL;
    size_t length = 0;
    *edition = 0;
    if (!store_edition(retry->hub->store, retry->arena, 0, &newest, fault))
        return false;
    if (!newest || strcmp(newest->pack, order->pack) != 0)
        return true;
    if (!store_get_blob(retry->hub->store, newest->scores, &bytes, &length, fault))
        return false;
    EditionScores *scores = stored_message(&mindex__v1__edition_scores__descriptor, bytes, length,
                                           newest->scores, fault);
    free(bytes);
    if (!scores)
        return false;
    if (same_list(order->inputs, order->n_inputs, scores->inputs, scores->n_inputs))
        *edition = newest->number;
    mindex__v1__edition_scores__free_unpacked(scores, NULL);
    return true;
}

static bool refuse_scoring(struct retry *retry, const struct task_row *row, const ScoreTask *order,
                           struct fault *fault) {
    const struct job *last = retry->hub->queue.last[JOB_SCORE];
    uint64_t edition;
    bool current;
    if (last && last->id > row->id)
        return fault_set(fault, FAULT_INPUT,
                         "task %llu was ordered later and scores what is in force now; there is "
                         "nothing to retry, 'mindex tasks drop %llu' takes this one off the list",
                         (unsigned long long)last->id, (unsigned long long)row->id);
    if (!in_force(retry, order, &current, fault) || !scored_already(retry, order, &edition, fault))
        return false;
    if (!current)
        return fault_set(fault, FAULT_INPUT,
                         "the figures or the definition in force are no longer those that it was "
                         "to score, and an edition of it would stand behind newer ones; retry a "
                         "later task if one is listed, and 'mindex tasks drop %llu'",
                         (unsigned long long)row->id);
    return !edition ||
           fault_set(fault, FAULT_INPUT,
                     "edition %llu was scored from the same since; 'mindex tasks drop %llu'",
                     (unsigned long long)edition, (unsigned long long)row->id);
}

static bool refuse_comparison(struct retry *retry, const struct task_row *row, uint64_t edition,
                              struct fault *fault) {
    EditionInfo *newest = NULL;
    if (!store_edition(retry->hub->store, retry->arena, 0, &newest, fault))
        return false;
    return (newest && newest->number == edition) ||
           fault_set(fault, FAULT_INPUT,
                     "edition %llu is no longer the newest: its comparison would be told after "
                     "those of newer ones; 'mindex tasks drop %llu'",
                     (unsigned long long)edition, (unsigned long long)row->id);
}

/* True: it may be retried. False: the fault says why not. */
static bool may_retry(struct retry *retry, const struct task_row *row, struct fault *fault) {
    Task *work = stored_numbered(&mindex__v1__task__descriptor, row->work, row->work_length, "task",
                                 row->id, fault);
    if (!work)
        return false;
    bool may = work->work_case == MINDEX__V1__TASK__WORK_SCORE
                   ? refuse_scoring(retry, row, work->score, fault)
               : work->work_case == MINDEX__V1__TASK__WORK_COMPARE
                   ? refuse_comparison(retry, row, work->compare->edition, fault)
                   : true;
    mindex__v1__task__free_unpacked(work, NULL);
    return may;
}

static bool put_back(struct retry *retry, struct task_row *row, struct fault *fault) {
    struct store *store = retry->hub->store;
    if (!may_retry(retry, row, fault))
        return false;
    row->attempts = 0;
    row->since_ms = clock_wall_ms();
    struct job *job = chain_job(row, fault);
    bool stored = job && store_begin(store, fault) &&
                  store_retry_task(store, row->id, row->since_ms, fault) &&
                  store_commit(store, fault);
    if (stored) {
        queue_add(&retry->hub->queue, job);
    } else {
        store_rollback(store);
        job_destroy(&job);
    }
    return stored;
}

static bool drop(struct retry *retry, const struct task_row *row, struct fault *fault) {
    struct store *store = retry->hub->store;
    bool dropped = store_begin(store, fault) && store_end_task(store, row->id, fault) &&
                   store_commit(store, fault);
    if (!dropped)
        store_rollback(store);
    return dropped;
}

static struct task_row *find_row(const struct retry *retry, uint64_t id) {
    for (size_t i = 0; i < retry->n_rows; i++) {
        if (retry->rows[i].id == id)
            return &retry->rows[i];
    }
    return NULL;
}

static void say_retried(const struct retry *retry, const struct task_row *row,
                        const RetriedTask *task) {
    struct fault ignored = {0};
    char quoted[LOG_QUOTED];
    struct job *job = row ? chain_job(row, &ignored) : NULL; /* it knows what the task is of */
    log_request(job ? job->request_id : NULL);
    if (task->done)
        log_info(retry->drop ? "task dropped" : "task put back", "task=%llu key=%s",
                 (unsigned long long)task->task, retry->hub->sender ? retry->hub->sender : "none");
    else
        log_info(retry->drop ? "task not dropped" : "task not put back", "task=%llu reason=%s",
                 (unsigned long long)task->task, log_quote(task->reason, quoted));
    log_request(NULL);
    job_destroy(&job);
}

static bool retry_one(struct retry *retry, uint64_t id, struct fault *fault) {
    struct fault why = {0};
    struct task_row *row = find_row(retry, id);
    RetriedTask *out = arena_alloc(retry->arena, 1, sizeof *out);
    if (!out)
        return fault_memory(fault);
    mindex__v1__retried_task__init(out);
    out->task = id;
    if (!row)
        fault_set(&why, FAULT_INPUT,
                  "no task of that number is set aside; 'mindex tasks --failed' lists them");
    else
        out->done = retry->drop ? drop(retry, row, &why) : put_back(retry, row, &why);
    if (!out->done) {
        out->reason = arena_copy(retry->arena, why.text, strlen(why.text));
        if (!out->reason)
            return fault_memory(fault);
    }
    say_retried(retry, row, out);
    if (row && out->done)
        row->id = 0; /* the same number twice */
    retry->out.tasks[retry->out.n_tasks++] = out;
    return true;
}

static bool retry_all(struct retry *retry, const Mindex__V1__RetryTasks *wanted,
                      struct fault *fault) {
    bool all = wanted->has_all && wanted->all;
    if (!store_tasks(retry->hub->store, retry->arena, true, &retry->rows, &retry->n_rows, fault))
        return false;
    size_t count = all ? retry->n_rows : wanted->n_tasks;
    retry->out.tasks = arena_alloc(retry->arena, count, sizeof *retry->out.tasks);
    if (!retry->out.tasks)
        return fault_memory(fault);
    /* From the newest on: of several scorings only the last can be what is in force. */
    for (size_t i = count; i-- > 0;) {
        if (!retry_one(retry, all ? retry->rows[i].id : wanted->tasks[i], fault))
            return false;
    }
    return true;
}

void tasks_retry(struct hub *hub, zframe_t *from, const Message *question) {
    const Mindex__V1__RetryTasks *wanted = question->retry_tasks;
    struct fault fault = {0};
    struct retry retry = {
        .hub = hub, .arena = arena_new(), .drop = wanted->has_drop && wanted->drop};
    mindex__v1__retried_tasks__init(&retry.out);
    if (retry.arena ? retry_all(&retry, wanted, &fault) : fault_memory(&fault)) {
        Message message = MINDEX__V1__MESSAGE__INIT;
        message.body_case = MINDEX__V1__MESSAGE__BODY_RETRIED_TASKS;
        message.retried_tasks = &retry.out;
        hub_answer(hub, from, question->request, &message);
    } else {
        hub_answer_error(hub, from, question->request, fault.text);
    }
    arena_destroy(&retry.arena);
}
