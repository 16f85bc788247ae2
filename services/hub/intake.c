#include "core/problems.h"
#include "services/bus/clock.h"
#include "services/bus/instant.h"
#include "services/bus/log.h"
#include "services/hub/check.h"

#include <stdlib.h>
#include <string.h>

static void turn_away(struct hub *hub, zframe_t *from, uint64_t request, const char *reason) {
    char quoted[LOG_QUOTED];
    log_warning("hand-in not taken", "key=%s reason=%s", hub->sender ? hub->sender : "none",
                log_quote(reason, quoted));
    hub_answer_error(hub, from, request, reason);
}

void intake_hand_in(struct hub *hub, zframe_t *from, Message *message) {
    struct fault fault = {0};
    HandIn *hand_in = message->hand_in;
    bool dry_run = hand_in->has_dry_run && hand_in->dry_run;
    uint8_t content[CONTENT_BYTES];
    char request_id[REQUEST_ID_TEXT];
    request_id_take(hand_in->request_id, request_id);
    log_request(request_id);
    if (!dry_run && disk_refuses(hub, from, message->request))
        return;
    repeats_content(hub, hand_in, content);
    if (repeats_known(hub, from, message->request, request_id, content))
        return;
    if (queue_bytes(&hub->queue) > hub->config->hub.intake_mib << 20) {
        turn_away(hub, from, message->request,
                  "too many files wait to be read, or editions to be made; hand this in again in a "
                  "moment");
        return;
    }
    if (hand_in->pack && hand_in->publish_at_ms) {
        turn_away(hub, from, message->request,
                  "a pack cannot be held: load it when it is to be in force");
        return;
    }
    if (!check_hand_in(hand_in, &fault)) {
        turn_away(hub, from, message->request, fault.text);
        return;
    }
    uint64_t number = ++hub->last_read_task;
    zframe_t *frame = reading_order(hub, number, hand_in, request_id, &fault);
    struct job *job = job_new(number, JOB_READ, &frame);
    if (job)
        job->client = zframe_dup(from);
    if (!job || !job->client) {
        job_destroy(&job);
        turn_away(hub, from, message->request,
                  *fault.text ? fault.text : "the hub is out of memory");
        return;
    }
    (void)snprintf(job->client_key, sizeof job->client_key, "%s", hub->sender ? hub->sender : "");
    job->request = message->request;
    memcpy(job->request_id, request_id, sizeof request_id);
    memcpy(job->content, content, sizeof content);
    (void)snprintf(job->file, sizeof job->file, "%s",
                   hand_in->n_files ? hand_in->files[0]->name : "");
    job->came_ms = hub_moment(hub);
    job->accept_warnings = hand_in->has_accept_warnings && hand_in->accept_warnings;
    job->of_pack = hand_in->has_pack && hand_in->pack;
    job->dry_run = dry_run;
    job->publish_at_ms = hand_in->has_publish_at_ms ? hand_in->publish_at_ms : 0;
    job->inputs_seen = hub->inputs_changed;
    job->since_ms = clock_wall_ms();
    queue_add(&hub->queue, job);
    char quoted[LOG_QUOTED];
    log_info("hand-in came", "file=%s files=%zu key=%s pack=%s dry_run=%s",
             log_quote(job->file, quoted), hand_in->n_files, hub->sender ? hub->sender : "none",
             job->of_pack ? "yes" : "no", dry_run ? "yes" : "no");
}

static void answer_refusal(struct hub *hub, const struct job *job, Refusal *refusal) {
    char file[LOG_QUOTED], reason[LOG_QUOTED];
    char *was = refusal->request_id;
    log_warning("hand-in refused", "file=%s problems=%llu warnings=%s reason=%s",
                log_quote(job->file, file), (unsigned long long)refusal->total,
                refusal->has_warnings && refusal->warnings ? "yes" : "no",
                log_quote(refusal->n_problems ? refusal->problems[0]->reason : "", reason));
    refusal->request_id = (char *)job->request_id;
    Message message = MINDEX__V1__MESSAGE__INIT;
    message.body_case = MINDEX__V1__MESSAGE__BODY_REFUSAL;
    message.refusal = refusal;
    hub_answer(hub, job->client, job->request, &message);
    refusal->request_id = was; /* which is freed with it */
}

/* --- one transaction: the pack, its releases, their events, the scoring that follows ---------- */

struct intake {
    const struct job *job;
    struct step step;
    Receipt receipt;
    uint64_t time_ms;            /* the same for all that is handed in together */
    uint64_t publish_at_ms;      /* 0: at once, or the time has passed */
    Refusal warnings;            /* that keep the releases out */
    const char **first_requests; /* of each release that is a duplicate; NULL: not known */
};

static bool take_pack(struct intake *in, const Pack *pack, struct fault *fault) {
    struct store *store = in->step.hub->store;
    if (!store_put_message(store, &pack->base, in->step.pack, fault))
        return false;
    in->step.pack_changed = strcmp(in->step.pack, in->step.hub->pack) != 0;
    in->receipt.has_pack_changed = true;
    in->receipt.pack_changed = in->step.pack_changed;
    return !in->step.pack_changed || store_set_pack(store, in->step.pack, in->time_ms, fault);
}

static bool store_release_of(struct intake *in, const ReadRelease *read, uint64_t *id,
                             struct fault *fault) {
    struct store *store = in->step.hub->store;
    char hash[HASH_TEXT];
    struct new_release release = {.dataset = read->dataset,
                                  .label = read->label,
                                  .file_name = read->file_name,
                                  .file_hash = read->file_hash,
                                  .observations_hash = hash,
                                  .observations = (uint32_t)read->observations->n_code,
                                  .time_ms = in->time_ms,
                                  .publish_at_ms = in->publish_at_ms,
                                  .warnings = read->warnings,
                                  .request_id = in->job->request_id};
    return store_put_message(store, &read->observations->base, hash, fault) &&
           store_add_release(store, &release, id, fault);
}

static void fill_difference(ReceivedRelease *received, const struct release_difference *of) {
    received->revision = received->has_revises = of->revises != 0;
    received->revises = of->revises;
    received->has_compared_with = received->has_added = received->has_removed =
        received->has_changed = received->has_statuses = of->compared_with != 0;
    received->compared_with = of->compared_with;
    received->added = of->added;
    received->removed = of->removed;
    received->changed = of->changed;
    received->statuses = of->statuses;
}

/* A release that is new, or was withdrawn: it is held, or comes into force at once. */
static bool put_in(struct intake *in, const ReadRelease *read, const struct release_row *known,
                   ReceivedRelease *received, struct fault *fault) {
    struct store *store = in->step.hub->store;
    struct entered entered;
    if (known ? !store_hold_again(store, known->id, in->publish_at_ms, read->warnings,
                                  in->job->request_id, fault)
              : !store_release_of(in, read, &received->release, fault))
        return false;
    received->has_again = received->again = known != NULL;
    received->warnings = read->warnings;
    if (!in->publish_at_ms) {
        /* Of a known release the file is the same, but perhaps not what was read in it. */
        const Observations *observations = known ? NULL : read->observations;
        if (!step_enter(&in->step, received->release, observations, known != NULL, &entered, fault))
            return false;
        fill_difference(received, &entered.difference);
        return true;
    }
    received->has_held_until_ms = true;
    received->held_until_ms = in->publish_at_ms;
    uint64_t other;
    if (!store_same_label(store, read->dataset, read->label, received->release, &other, fault))
        return false;
    received->revision = other != 0;
    return true;
}

/* The release with these very bytes, if it is here; NULL: it is not. */
static bool find_known(struct intake *in, const ReadRelease *read, struct release_row **known,
                       struct fault *fault) {
    uint64_t id;
    *known = NULL;
    return store_find_release(in->step.hub->store, read->dataset, read->file_hash, &id, fault) &&
           (!id || store_release(in->step.hub->store, in->step.arena, id, known, fault));
}

/* A hand-in changes nothing about a release that is here and was not withdrawn, or was so only
 * after the hand-in had come: who withdrew it had the last word, however late the files were read.
 */
static bool changes_nothing(const struct intake *in, const struct release_row *known) {
    return known && (!known->withdrawn_reason || in->job->came_ms < known->withdrawn_ms);
}

static bool take_release(struct intake *in, const ReadRelease *read, struct fault *fault) {
    ReceivedRelease *received = arena_alloc(in->step.arena, 1, sizeof *received);
    struct release_row *known;
    if (!received)
        return fault_memory(fault);
    if (!find_known(in, read, &known, fault))
        return false;
    mindex__v1__received_release__init(received);
    received->release = known ? known->id : 0;
    received->dataset = read->dataset;
    received->label = known ? known->label : read->label;
    received->file_name = read->file_name;
    received->observations = (uint32_t)read->observations->n_code;
    received->duplicate = changes_nothing(in, known);
    if (received->duplicate)
        in->first_requests[in->receipt.n_releases] = known->request_id;
    in->receipt.releases[in->receipt.n_releases++] = received;
    if (!received->duplicate)
        return put_in(in, read, known, received, fault);
    received->has_held_until_ms = known->held;
    received->held_until_ms = known->publish_at_ms;
    return true;
}

/* --- warnings --------------------------------------------------------------------------------- */

static WarningCount *count_of(struct intake *in, const char *kind) {
    Refusal *out = &in->warnings;
    for (size_t i = 0; i < out->n_warning_counts; i++) {
        if (strcmp(out->warning_counts[i]->kind, kind) == 0)
            return out->warning_counts[i];
    }
    WarningCount *count = arena_alloc(in->step.arena, 1, sizeof *count);
    if (!count)
        return NULL;
    mindex__v1__warning_count__init(count);
    count->kind = (char *)kind;
    out->warning_counts[out->n_warning_counts++] = count;
    return count;
}

static bool add_warnings(struct intake *in, const Warnings *warnings, struct fault *fault) {
    Refusal *out = &in->warnings;
    for (size_t i = 0; i < warnings->n_problems && out->n_problems < PROBLEMS_KEPT; i++)
        out->problems[out->n_problems++] = warnings->problems[i];
    for (size_t i = 0; i < warnings->n_counts; i++) {
        WarningCount *count = count_of(in, warnings->counts[i]->kind);
        if (!count)
            return fault_memory(fault);
        count->count += warnings->counts[i]->count;
        out->total += warnings->counts[i]->count;
    }
    return true;
}

/* What is suspicious, and neither accepted by who hands it in nor by the dataset's rule. */
static bool collect_warnings(struct intake *in, const ReadResult *read, struct fault *fault) {
    size_t kinds = 0;
    mindex__v1__refusal__init(&in->warnings);
    for (size_t i = 0; i < read->n_releases; i++)
        kinds += read->releases[i]->warnings ? read->releases[i]->warnings->n_counts : 0;
    in->warnings.has_warnings = in->warnings.warnings = true;
    in->warnings.problems = arena_alloc(in->step.arena, PROBLEMS_KEPT, sizeof(Problem *));
    in->warnings.warning_counts = arena_alloc(in->step.arena, kinds, sizeof(WarningCount *));
    if (!in->warnings.problems || !in->warnings.warning_counts)
        return fault_memory(fault);
    for (size_t i = 0; i < read->n_releases && !in->job->accept_warnings; i++) {
        const Warnings *warnings = read->releases[i]->warnings;
        struct release_row *known;
        if (!warnings || warnings->let_in)
            continue;
        if (!find_known(in, read->releases[i], &known, fault))
            return false;
        if (!changes_nothing(in, known) && !add_warnings(in, warnings, fault))
            return false;
    }
    return true;
}

/* --- the whole -------------------------------------------------------------------------------- */

static bool take_all(struct intake *in, const ReadResult *read, struct fault *fault) {
    in->receipt.releases = arena_alloc(in->step.arena, read->n_releases, sizeof(ReceivedRelease *));
    in->first_requests = arena_alloc(in->step.arena, read->n_releases, sizeof(char *));
    if (!in->receipt.releases || !in->first_requests)
        return fault_memory(fault);
    if (read->pack && !take_pack(in, read->pack, fault))
        return false;
    for (size_t i = 0; i < read->n_releases; i++) {
        if (!take_release(in, read->releases[i], fault))
            return false;
    }
    if (in->step.pack_changed)
        in->step.request_id = in->job->request_id;
    if (!step_commit(&in->step, &in->receipt.task, fault))
        return false;
    in->receipt.has_task = in->receipt.task != 0;
    return true;
}

static void say_received(const ReceivedRelease *release, const char *first_request) {
    char label[LOG_QUOTED], until[INSTANT_TEXT];
    if (release->duplicate)
        log_info("release already here", "release=%llu dataset=%s first_request=%s",
                 (unsigned long long)release->release, release->dataset,
                 first_request ? first_request : "none");
    else if (release->has_held_until_ms)
        log_info("release held", "release=%llu dataset=%s label=%s until=%s",
                 (unsigned long long)release->release, release->dataset,
                 log_quote(release->label, label), instant_write(release->held_until_ms, until));
    else
        log_info("release accepted", "release=%llu dataset=%s label=%s observations=%u",
                 (unsigned long long)release->release, release->dataset,
                 log_quote(release->label, label), release->observations);
}

static void answer_receipt(struct intake *in) {
    struct hub *hub = in->step.hub;
    in->receipt.has_through = true;
    in->receipt.through = hub->newest_event;
    in->receipt.request_id = (char *)in->job->request_id;
    bool new = in->receipt.has_pack_changed && in->receipt.pack_changed;
    const char *first = NULL;
    for (size_t i = 0; i < in->receipt.n_releases; i++) {
        say_received(in->receipt.releases[i], in->first_requests[i]);
        first = first ? first : in->first_requests[i];
        new = new || !in->receipt.releases[i]->duplicate;
    }
    /* Of what was here before, all that there is to find stands under the name of then. */
    if (!new &&first)
        in->receipt.request_id = (char *)first;
    Message message = MINDEX__V1__MESSAGE__INIT;
    message.body_case = MINDEX__V1__MESSAGE__BODY_RECEIPT;
    message.receipt = &in->receipt;
    hub_answer(hub, in->job->client, in->job->request, &message);
    measures_add(&hub->measures, MEASURE_ACCEPT, (int64_t)(clock_wall_ms() - in->job->came_ms));
}

static void take_in(struct hub *hub, const struct job *job, const ReadResult *read) {
    struct fault fault = {0};
    struct intake in = {.job = job, .time_ms = clock_wall_ms()};
    in.publish_at_ms = job->publish_at_ms > in.time_ms ? job->publish_at_ms : 0;
    mindex__v1__receipt__init(&in.receipt);
    bool ready = step_begin(&in.step, hub, &fault) && collect_warnings(&in, read, &fault);
    if (ready && in.warnings.total) {
        answer_refusal(hub, job, &in.warnings);
    } else if (ready && take_all(&in, read, &fault)) {
        answer_receipt(&in);
    } else {
        char quoted[LOG_QUOTED];
        log_error("hand-in not stored", "reason=%s", log_quote(fault.text, quoted));
        errors_note(hub, "hub", job->request_id, fault.text);
        fault_within(&fault, "the hub could not store it; hand it in again");
        if (!disk_refuses(hub, job->client, job->request))
            hub_answer_error(hub, job->client, job->request, fault.text);
    }
    step_end(&in.step);
}

/* --- a trial ---------------------------------------------------------------------------------- */

static bool fill_trial(struct intake *in, ReadResult *read, Trial *out, struct fault *fault) {
    EditionInfo *newest;
    if (!store_edition(in->step.hub->store, in->step.arena, 0, &newest, fault))
        return false;
    mindex__v1__trial__init(out);
    out->read = read;
    out->pack = in->step.pack[0] ? in->step.pack : NULL;
    out->in_force = in->step.before.list;
    out->n_in_force = in->step.before.n;
    out->has_edition = newest != NULL;
    out->edition = newest ? newest->number : 0;
    out->duplicate = arena_alloc(in->step.arena, read->n_releases, sizeof *out->duplicate);
    if (!out->duplicate)
        return fault_memory(fault);
    for (size_t i = 0; i < read->n_releases; i++) {
        struct release_row *known;
        if (!find_known(in, read->releases[i], &known, fault))
            return false;
        out->duplicate[out->n_duplicate++] = changes_nothing(in, known);
    }
    return true;
}

/* What it would be, and nothing of it: the transaction ends without a commit. */
static void try_out(struct hub *hub, const struct job *job, ReadResult *read) {
    struct fault fault = {0};
    struct intake in = {.job = job};
    Trial trial;
    if (step_begin(&in.step, hub, &fault) && fill_trial(&in, read, &trial, &fault)) {
        Message message = MINDEX__V1__MESSAGE__INIT;
        message.body_case = MINDEX__V1__MESSAGE__BODY_TRIAL;
        message.trial = &trial;
        hub_answer(hub, job->client, job->request, &message);
    } else {
        hub_answer_error(hub, job->client, job->request, fault.text);
    }
    step_end(&in.step);
}

/* --- results ---------------------------------------------------------------------------------- */

void intake_done(struct hub *hub, struct job *job, const TaskDone *done) {
    struct fault fault = {0};
    bool refused = done->result_case == MINDEX__V1__TASK_DONE__RESULT_REFUSAL;
    if (!refused && reading_again(hub, job, done->read))
        return;
    library_turn(hub->library);
    if (!refused && !check_read(hub, job->of_pack, done->read, &fault)) {
        chain_failed(hub, job->id, fault.text);
        return;
    }
    if (refused)
        answer_refusal(hub, job, done->refusal);
    else if (job->dry_run)
        try_out(hub, job, done->read);
    else
        take_in(hub, job, done->read);
    queue_remove(&hub->queue, job);
    job_destroy(&job);
}

void intake_failed(struct hub *hub, struct job *job, const char *reason) {
    if (++job->attempts < hub->config->hub.read_attempts)
        return;
    struct fault fault = {0};
    fault_set(&fault, FAULT_SYSTEM,
              "could not be read in %u attempts (hub.read_attempts): %s. That may be no fault of "
              "the file; hand it in again when the cause is mended",
              job->attempts, reason);
    intake_refuse(hub, job, fault.text);
}

void intake_refuse(struct hub *hub, struct job *job, const char *reason) {
    repeats_refuse(hub, job, reason);
    queue_remove(&hub->queue, job);
    job_destroy(&job);
}

void intake_recheck(struct hub *hub) {
    for (struct job *job = hub->queue.first[JOB_READ], *next; job; job = next) {
        next = job->next;
        if (hub_roles(hub, job->client_key) & (ROLE_DEPOSITOR | ROLE_INGESTION | ROLE_ADMIN))
            continue;
        hub_answer_error(hub, job->client, job->request, "the key is not allowed here any more");
        peers_release(job);
        queue_remove(&hub->queue, job);
        job_destroy(&job);
    }
}
