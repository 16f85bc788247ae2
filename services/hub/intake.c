#include "services/bus/clock.h"
#include "services/bus/log.h"
#include "services/hub/hub.h"

#include <stdlib.h>
#include <string.h>

/* Files that wait to be read, all together: beyond it a hand-in is asked to come again. */
enum { INTAKE_BYTES_MAX = 256 << 20 };
/* Failures that workers may report over one hand-in before it is given up. One whose worker dies
 * goes to the next worker, however often. */
enum { READ_ATTEMPTS_MAX = 3 };

static size_t waiting_bytes(const struct hub *hub) {
    size_t bytes = 0;
    for (const struct job *job = hub->queue.first[JOB_READ]; job; job = job->next) {
        bytes += zframe_size(job->task);
    }
    return bytes;
}

void intake_hand_in(struct hub *hub, zframe_t *from, Message *message) {
    if (waiting_bytes(hub) > INTAKE_BYTES_MAX) {
        hub_answer_error(hub, from, message->request,
                         "too many files wait to be read; hand this in again in a moment");
        return;
    }
    ReadTask read = MINDEX__V1__READ_TASK__INIT;
    read.pack = hub->pack[0] ? hub->pack : NULL;
    read.hand_in = message->hand_in;
    Task task = MINDEX__V1__TASK__INIT;
    task.task = ++hub->last_read_task;
    task.work_case = MINDEX__V1__TASK__WORK_READ;
    task.read = &read;
    Message order = wire_message(0);
    order.body_case = MINDEX__V1__MESSAGE__BODY_TASK;
    order.task = &task;
    zframe_t *frame = wire_frame(&order);
    struct job *job = job_new(task.task, JOB_READ, &frame);
    if (job)
        job->client = zframe_dup(from);
    if (!job || !job->client) {
        job_destroy(&job);
        hub_answer_error(hub, from, message->request, "the hub is out of memory");
        return;
    }
    job->request = message->request;
    queue_add(&hub->queue, job);
}

static void answer_refusal(struct hub *hub, const struct job *job, Refusal *refusal) {
    log_info("hand-in refused", "problems=%llu", (unsigned long long)refusal->total);
    Message message = MINDEX__V1__MESSAGE__INIT;
    message.body_case = MINDEX__V1__MESSAGE__BODY_REFUSAL;
    message.refusal = refusal;
    hub_answer(hub, job->client, job->request, &message);
}

/* --- one transaction: the pack, its releases, their events, the scoring that follows ---------- */

struct intake {
    struct hub *hub;
    struct arena *arena;
    Receipt receipt;
    char pack[HASH_TEXT]; /* in force after the commit */
    uint64_t cause;       /* the newest new release; 0: none */
    Input **before;       /* what the edition before is scored from */
    size_t n_before;
    struct job *scoring; /* NULL: nothing changed */
};

static bool take_pack(struct intake *in, const Pack *pack, struct fault *fault) {
    size_t length = mindex__v1__pack__get_packed_size(pack);
    uint8_t *bytes = arena_alloc(in->arena, length, 1);
    if (!bytes)
        return fault_memory(fault);
    mindex__v1__pack__pack(pack, bytes);
    if (!store_put_blob(in->hub->store, bytes, length, in->pack, fault))
        return false;
    in->receipt.has_pack_changed = true;
    in->receipt.pack_changed = strcmp(in->pack, in->hub->pack) != 0;
    return !in->receipt.pack_changed ||
           store_set_pack(in->hub->store, in->pack, clock_wall_ms(), fault);
}

static bool announce(struct intake *in, const ReadRelease *read, const ReceivedRelease *received,
                     struct fault *fault) {
    char topic[LOG_QUOTED];
    (void)snprintf(topic, sizeof topic, "release.%s", read->dataset);
    char *topics[] = {topic};
    Mindex__V1__ReleaseAccepted body = MINDEX__V1__RELEASE_ACCEPTED__INIT;
    body.release = received->release;
    body.dataset = read->dataset;
    body.label = read->label;
    body.file_hash = read->file_hash;
    body.observations = received->observations;
    body.revision = received->revision;
    Event event;
    event_begin(in->hub, &event, "release.accepted", 0);
    event.n_topics = 1;
    event.topics = topics;
    event.body_case = MINDEX__V1__EVENT__BODY_RELEASE_ACCEPTED;
    event.release_accepted = &body;
    return events_add(in->hub, &event, fault);
}

static bool store_release(struct intake *in, const ReadRelease *read, ReceivedRelease *received,
                          struct fault *fault) {
    size_t length = mindex__v1__observations__get_packed_size(read->observations);
    uint8_t *bytes = malloc(length + 1);
    if (!bytes)
        return fault_memory(fault);
    mindex__v1__observations__pack(read->observations, bytes);
    char hash[HASH_TEXT];
    bool stored = store_put_blob(in->hub->store, bytes, length, hash, fault);
    free(bytes);
    bool revision = false;
    struct new_release release = {read->dataset,   read->label, read->file_name,
                                  read->file_hash, hash,        received->observations,
                                  clock_wall_ms()};
    stored =
        stored && store_add_release(in->hub->store, &release, &received->release, &revision, fault);
    received->revision = revision;
    in->cause = received->release;
    return stored && announce(in, read, received, fault);
}

static bool take_release(struct intake *in, const ReadRelease *read, struct fault *fault) {
    ReceivedRelease *received = arena_alloc(in->arena, 1, sizeof *received);
    if (!received)
        return fault_memory(fault);
    mindex__v1__received_release__init(received);
    received->dataset = read->dataset;
    received->label = read->label;
    received->file_name = read->file_name;
    received->observations = (uint32_t)read->observations->n_code;
    uint64_t known;
    if (!store_find_release(in->hub->store, read->dataset, read->file_hash, &known, fault)) {
        return false;
    }
    received->duplicate = known != 0;
    received->release = known;
    in->receipt.releases[in->receipt.n_releases++] = received;
    return known || store_release(in, read, received, fault);
}

/* The next edition is due when anything is new, and there is a pack to score by. */
static bool order_scoring(struct intake *in, struct fault *fault) {
    if ((!in->cause && !in->receipt.pack_changed) || !in->pack[0])
        return true;
    ScoreTask score = MINDEX__V1__SCORE_TASK__INIT;
    score.pack = in->pack;
    score.before_pack = in->hub->pack[0] ? in->hub->pack : NULL;
    score.before = in->before;
    score.n_before = in->n_before;
    if (!store_inputs(in->hub->store, in->arena, &score.inputs, &score.n_inputs, fault)) {
        return false;
    }
    struct store_counts counts;
    if (!store_counts(in->hub->store, &counts, fault))
        return false;
    Task task = MINDEX__V1__TASK__INIT;
    task.work_case = MINDEX__V1__TASK__WORK_SCORE;
    task.score = &score;
    /* Where the definition changed too, the definition is named as the cause. */
    uint64_t cause = in->receipt.pack_changed ? 0 : in->cause;
    in->scoring = chain_task(in->hub, JOB_SCORE, &task, cause, counts.newest_release, fault);
    in->receipt.has_task = in->scoring != NULL;
    if (in->scoring)
        in->receipt.task = in->scoring->id;
    return in->scoring != NULL;
}

static bool take_all(struct intake *in, const ReadResult *read, struct fault *fault) {
    in->receipt.releases = arena_alloc(in->arena, read->n_releases, sizeof(ReceivedRelease *));
    if (!in->receipt.releases)
        return fault_memory(fault);
    memcpy(in->pack, in->hub->pack, sizeof in->pack);
    if (!store_begin(in->hub->store, fault))
        return false;
    if (!store_inputs(in->hub->store, in->arena, &in->before, &in->n_before, fault))
        return false;
    if (read->pack && !take_pack(in, read->pack, fault))
        return false;
    for (size_t i = 0; i < read->n_releases; i++) {
        if (!take_release(in, read->releases[i], fault))
            return false;
    }
    return order_scoring(in, fault) && store_commit(in->hub->store, fault);
}

static void answer_receipt(struct intake *in, const struct job *job) {
    in->receipt.has_through = true;
    in->receipt.through = in->hub->newest_event;
    for (size_t i = 0; i < in->receipt.n_releases; i++) {
        const ReceivedRelease *release = in->receipt.releases[i];
        char label[LOG_QUOTED];
        log_info(release->duplicate ? "release already here" : "release accepted",
                 "release=%llu dataset=%s label=%s observations=%u",
                 (unsigned long long)release->release, release->dataset,
                 log_quote(release->label, label), release->observations);
    }
    Message message = MINDEX__V1__MESSAGE__INIT;
    message.body_case = MINDEX__V1__MESSAGE__BODY_RECEIPT;
    message.receipt = &in->receipt;
    hub_answer(in->hub, job->client, job->request, &message);
}

static void take_in(struct hub *hub, const struct job *job, const ReadResult *read) {
    struct fault fault = {0};
    struct intake in = {.hub = hub, .arena = arena_new()};
    mindex__v1__receipt__init(&in.receipt);
    uint64_t newest = hub->newest_event;
    if (in.arena ? take_all(&in, read, &fault) : fault_memory(&fault)) {
        memcpy(hub->pack, in.pack, sizeof hub->pack);
        if (in.scoring)
            chain_queue(hub, in.scoring);
        answer_receipt(&in, job);
    } else {
        store_rollback(hub->store);
        events_forget(hub, newest);
        job_destroy(&in.scoring);
        log_error("hand-in not stored", "reason=\"%s\"", fault.text);
        fault_within(&fault, "the hub could not store it, and nothing has changed");
        hub_answer_error(hub, job->client, job->request, fault.text);
    }
    arena_destroy(&in.arena);
}

void intake_done(struct hub *hub, struct job *job, const TaskDone *done) {
    if (done->result_case == MINDEX__V1__TASK_DONE__RESULT_REFUSAL) {
        answer_refusal(hub, job, done->refusal);
    } else {
        take_in(hub, job, done->read);
    }
    queue_remove(&hub->queue, job);
    job_destroy(&job);
}

void intake_failed(struct hub *hub, struct job *job, const char *reason) {
    if (++job->attempts < READ_ATTEMPTS_MAX)
        return;
    hub_answer_error(hub, job->client, job->request, reason);
    queue_remove(&hub->queue, job);
    job_destroy(&job);
}
