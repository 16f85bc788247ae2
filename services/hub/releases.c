#include "services/bus/clock.h"
#include "services/bus/convert.h"
#include "services/bus/log.h"
#include "services/bus/stored.h"
#include "services/hub/hub.h"

#include <stdlib.h>
#include <string.h>

enum { DUE_AGAIN_MS = 1000, REASON_MAX = 2000 };

/* --- a step ----------------------------------------------------------------------------------- */

bool step_begin(struct step *step, struct hub *hub, struct fault *fault) {
    *step = (struct step){.hub = hub, .arena = arena_new(), .newest_event = hub->newest_event};
    if (!step->arena)
        return fault_memory(fault);
    memcpy(step->pack, hub->pack, sizeof step->pack);
    return store_begin(hub->store, fault) &&
           store_inputs(hub->store, step->arena, &step->before, fault);
}

/* What kind of cause it is. New figures are news to more people than corrected ones are: where both
 * came together, it is data. */
static const char *nature_of(const struct step *step) {
    if (step->pack_changed)
        return "method";
    if (strcmp(step->cause, "withdrawal") == 0)
        return "withdrawal";
    return step->new_data ? "data" : "revision";
}

/* The next edition is due when an input has changed, and there is a pack to score by. */
static bool order_scoring(struct step *step, struct fault *fault) {
    struct inputs now;
    if ((!step->cause && !step->pack_changed) || !step->pack[0])
        return true;
    if (!store_inputs(step->hub->store, step->arena, &now, fault))
        return false;
    ScoreTask score = MINDEX__V1__SCORE_TASK__INIT;
    score.pack = step->pack;
    score.inputs = now.list;
    score.n_inputs = now.n;
    score.releases = now.releases;
    score.n_releases = now.n;
    score.before_pack = step->hub->pack[0] ? step->hub->pack : NULL;
    score.before = step->before.list;
    score.n_before = step->before.n;
    /* Where the definition changed too, the definition is named as the cause. */
    score.cause = step->pack_changed ? "definition" : (char *)step->cause;
    score.nature = (char *)nature_of(step);
    Task task = MINDEX__V1__TASK__INIT;
    task.work_case = MINDEX__V1__TASK__WORK_SCORE;
    task.score = &score;
    task.request_id = (char *)step->request_id;
    uint64_t cause = step->pack_changed ? 0 : step->release;
    step->scoring = chain_task(step->hub, JOB_SCORE, &task, cause, fault);
    return step->scoring != NULL;
}

bool step_commit(struct step *step, uint64_t *task, struct fault *fault) {
    struct hub *hub = step->hub;
    uint64_t next_due;
    if (!order_scoring(step, fault) || !store_next_due(hub->store, &next_due, fault) ||
        !store_commit(hub->store, fault))
        return false;
    memcpy(hub->pack, step->pack, sizeof hub->pack);
    hub->next_due = next_due;
    hub->inputs_changed += step->cause || step->pack_changed;
    step->newest_event = hub->newest_event;
    *task = step->scoring ? step->scoring->id : 0;
    if (step->scoring)
        chain_queue(hub, step->scoring);
    step->scoring = NULL;
    return true;
}

void step_end(struct step *step) {
    store_rollback(step->hub->store); /* after a commit there is nothing to undo */
    events_forget(step->hub, step->newest_event);
    job_destroy(&step->scoring);
    arena_destroy(&step->arena);
}

/* --- coming into force ------------------------------------------------------------------------ */

/* Not kept in the library: it is read this once. */
static struct release *read_observations(struct hub *hub, const char *hash, struct fault *fault) {
    uint8_t *bytes = NULL;
    size_t length = 0;
    if (!store_get_blob(hub->store, hash, &bytes, &length, fault))
        return NULL;
    Observations *message =
        stored_message(&mindex__v1__observations__descriptor, bytes, length, hash, fault);
    free(bytes);
    if (!message)
        return NULL;
    struct release *release = release_of_message(message, fault);
    mindex__v1__observations__free_unpacked(message, NULL);
    return release;
}

/* What `row` changes of release `other`: everything of the one that it revises, else the periods
 * that both have. Its list is left empty when it was stored. `observations` are the row's, if they
 * are at hand. */
static bool compare(struct step *step, const struct release_row *row,
                    const Observations *observations, uint64_t other, bool shared,
                    Difference **message, char *hash, struct fault *fault) {
    struct release_row *old = NULL;
    if (!store_release(step->hub->store, step->arena, other, &old, fault) || !old)
        return old ? false
                   : fault_set(fault, FAULT_SYSTEM, "release %llu has gone",
                               (unsigned long long)other);
    struct release *before = read_observations(step->hub, old->observations_hash, fault);
    struct release *now = NULL;
    if (before)
        now = observations ? release_of_message(observations, fault)
                           : read_observations(step->hub, row->observations_hash, fault);
    struct difference *difference = now ? difference_between(before, now, shared, fault) : NULL;
    bool stored = false;
    if (difference) {
        *message = difference_message(step->arena, row->dataset, shared, difference);
        stored = *message ? store_put_message(step->hub->store, &(*message)->base, hash, fault)
                          : fault_memory(fault);
    }
    if (stored)
        (*message)->n_values = 0; /* they point into the releases */
    difference_destroy(&difference);
    if (now)
        release_destroy(&now);
    if (before)
        release_destroy(&before);
    return stored;
}

static bool find_difference(struct step *step, const struct release_row *row,
                            const Observations *observations, struct release_difference *out,
                            Difference **message, struct fault *fault) {
    *out = (struct release_difference){0};
    *message = NULL;
    if (!store_same_label(step->hub->store, row->dataset, row->label, row->id, &out->revises,
                          fault) ||
        !store_in_force(step->hub->store, row->dataset, &out->compared_with, fault))
        return false;
    if (out->revises)
        out->compared_with = out->revises;
    if (!out->compared_with)
        return true;
    char *hash = arena_alloc(step->arena, HASH_TEXT, 1);
    if (!hash)
        return fault_memory(fault);
    if (!compare(step, row, observations, out->compared_with, !out->revises, message, hash, fault))
        return false;
    out->hash = hash;
    out->added = (*message)->added;
    out->removed = (*message)->removed;
    out->changed = (*message)->changed;
    out->statuses = (*message)->statuses;
    return true;
}

static void fill_difference(Mindex__V1__ReleaseAccepted *body, const struct release_difference *of,
                            const Difference *difference) {
    body->has_revises = of->revises != 0;
    body->revises = of->revises;
    body->has_compared_with = body->has_added = body->has_removed = body->has_changed =
        body->has_statuses = difference != NULL;
    if (!difference)
        return;
    body->compared_with = of->compared_with;
    body->added = of->added;
    body->removed = of->removed;
    body->changed = of->changed;
    body->statuses = of->statuses;
    body->has_largest_change = body->has_largest_relative_change = body->has_median_change =
        of->changed != 0;
    body->largest_change = difference->largest;
    body->largest_relative_change = difference->largest_relative;
    body->median_change = difference->median;
}

static bool tell(struct step *step, Event *event, const char *dataset, struct fault *fault) {
    char topic[LOG_QUOTED];
    (void)snprintf(topic, sizeof topic, "release.%s", dataset);
    char *topics[] = {topic};
    event->n_topics = 1;
    event->topics = topics;
    return events_add(step->hub, event, fault);
}

static uint64_t count_warnings(const Warnings *warnings) {
    uint64_t count = 0;
    for (size_t i = 0; warnings && i < warnings->n_counts; i++)
        count += warnings->counts[i]->count;
    return count;
}

bool step_enter(struct step *step, uint64_t release, const Observations *observations, bool again,
                struct entered *out, struct fault *fault) {
    struct release_row *row = NULL;
    Difference *difference;
    out->release = release;
    if (!store_release(step->hub->store, step->arena, release, &row, fault))
        return false;
    if (!row)
        return fault_set(fault, FAULT_SYSTEM, "release %llu has gone", (unsigned long long)release);
    if (!find_difference(step, row, observations, &out->difference, &difference, fault) ||
        !store_put_in_force(step->hub->store, release, &out->difference, fault))
        return false;
    step->cause = "release";
    step->release = release;
    step->request_id = row->request_id;
    step->new_data = step->new_data || !out->difference.revises;
    Mindex__V1__ReleaseAccepted body = MINDEX__V1__RELEASE_ACCEPTED__INIT;
    body.release = release;
    body.dataset = row->dataset;
    body.label = row->label;
    body.file_hash = row->file_hash;
    body.observations = row->observations;
    body.revision = out->difference.revises != 0;
    fill_difference(&body, &out->difference, difference);
    body.warnings = count_warnings(row->warnings);
    body.has_warnings = body.warnings != 0;
    body.has_again = body.again = again;
    Event event;
    event_begin(step->hub, &event, "release.accepted", 0, row->request_id);
    event.body_case = MINDEX__V1__EVENT__BODY_RELEASE_ACCEPTED;
    event.release_accepted = &body;
    return tell(step, &event, row->dataset, fault);
}

/* --- what was held until now ------------------------------------------------------------------ */

static bool enter_due(struct step *step, struct hub *hub, uint64_t **ids, size_t *count,
                      struct fault *fault) {
    *count = 0;
    if (!step_begin(step, hub, fault) ||
        !store_due(hub->store, step->arena, clock_wall_ms(), ids, count, fault))
        return false;
    for (size_t i = 0; i < *count; i++) {
        struct entered entered;
        if (!step_enter(step, (*ids)[i], NULL, false, &entered, fault))
            return false;
    }
    uint64_t task;
    return step_commit(step, &task, fault);
}

/* They were handed in together, under one name. */
static void say_entered(const struct step *step, const uint64_t *ids, size_t count) {
    log_request(step->request_id);
    for (size_t i = 0; i < count; i++)
        log_info("release in force", "release=%llu", (unsigned long long)ids[i]);
    log_request(NULL);
}

/* When the wall clock says `next_due`, on clock_ms; it may be set meanwhile, which is why the loop
 * looks again at least once a minute. */
static int64_t wake_for(const struct hub *hub, int64_t now) {
    if (hub->next_due == UINT64_MAX)
        return INT64_MAX;
    uint64_t wall = clock_wall_ms();
    uint64_t left = hub->next_due > wall ? hub->next_due - wall : 0;
    int64_t wake = left > INT32_MAX ? now + INT32_MAX : now + (int64_t)left;
    return wake < hub->due_not_before ? hub->due_not_before : wake;
}

int64_t releases_due(struct hub *hub, int64_t now) {
    if (store_trouble(hub->store))
        return INT64_MAX; /* the loop comes here again when it is over */
    while (now >= wake_for(hub, now)) {
        struct fault fault = {0};
        struct step step;
        uint64_t *ids;
        size_t count;
        bool done = enter_due(&step, hub, &ids, &count, &fault);
        if (done)
            say_entered(&step, ids, count);
        step_end(&step);
        if (!done) {
            char quoted[LOG_QUOTED];
            log_error("release stays held", "reason=%s", log_quote(fault.text, quoted));
            errors_note(hub, "hub", NULL, fault.text);
            hub->due_not_before = now + DUE_AGAIN_MS;
        }
    }
    return wake_for(hub, now);
}

/* --- out of force ----------------------------------------------------------------------------- */

static bool tell_withdrawn(struct step *step, const struct release_row *row, Withdrawn *out,
                           struct fault *fault) {
    Mindex__V1__ReleaseWithdrawn body = MINDEX__V1__RELEASE_WITHDRAWN__INIT;
    body.release = row->id;
    body.dataset = row->dataset;
    body.label = row->label;
    body.file_hash = row->file_hash;
    body.reason = out->reason;
    body.has_in_force = out->has_in_force;
    body.in_force = out->in_force;
    body.in_force_label = out->in_force_label;
    Event event;
    event_begin(step->hub, &event, "release.withdrawn", 0, step->request_id);
    event.body_case = MINDEX__V1__EVENT__BODY_RELEASE_WITHDRAWN;
    event.release_withdrawn = &body;
    return tell(step, &event, row->dataset, fault);
}

/* Which release of the dataset is in force now, if any. */
static bool find_successor(struct step *step, const struct release_row *row, Withdrawn *out,
                           struct fault *fault) {
    struct release_row *now = NULL;
    if (!store_in_force(step->hub->store, row->dataset, &out->in_force, fault) ||
        (out->in_force &&
         !store_release(step->hub->store, step->arena, out->in_force, &now, fault)))
        return false;
    out->has_in_force = now != NULL;
    out->in_force_label = now ? now->label : NULL;
    return true;
}

static bool withdraw(struct step *step, const struct release_row *row, Withdrawn *out,
                     struct fault *fault) {
    struct store *store = step->hub->store;
    uint64_t in_force;
    if (!store_in_force(store, row->dataset, &in_force, fault) ||
        !store_withdraw(store, row->id, out->reason, hub_moment(step->hub), step->request_id,
                        fault) ||
        !find_successor(step, row, out, fault))
        return false;
    out->held = row->held;
    out->was_in_force = in_force == row->id;
    if (out->was_in_force) {
        step->cause = "withdrawal";
        step->release = row->id;
    }
    /* Of a release that was held nobody was told, so there is nothing to take back. */
    return row->held || tell_withdrawn(step, row, out, fault);
}

static bool try_withdraw(struct step *step, struct hub *hub, const Mindex__V1__Withdraw *question,
                         const char *request_id, Withdrawn *out, struct fault *fault) {
    struct release_row *row = NULL;
    if (strlen(question->reason) > REASON_MAX)
        return fault_set(fault, FAULT_INPUT, "a reason of %zu characters: %d at most",
                         strlen(question->reason), REASON_MAX);
    if (!question->reason[strspn(question->reason, " \t\r\n")])
        return fault_set(fault, FAULT_INPUT, "a withdrawal needs a reason: people will ask for it");
    if (!step_begin(step, hub, fault) ||
        !store_release(hub->store, step->arena, question->release, &row, fault))
        return false;
    step->request_id = request_id;
    if (!row)
        return fault_set(fault, FAULT_INPUT,
                         "there is no release %llu; 'mindex releases --all' lists them",
                         (unsigned long long)question->release);
    out->release = row->id;
    out->dataset = row->dataset;
    out->label = row->label;
    out->duplicate = row->withdrawn_reason != NULL;
    out->reason = out->duplicate ? row->withdrawn_reason : question->reason;
    /* Who asks again hears under what name it was done. */
    out->request_id = out->duplicate ? row->withdrawn_request_id : (char *)request_id;
    if (out->duplicate)
        return find_successor(step, row, out, fault);
    if (!withdraw(step, row, out, fault))
        return false;
    bool committed = step_commit(step, &out->task, fault);
    out->has_task = committed && out->task;
    return committed;
}

static void say_withdrawn(const struct hub *hub, const Withdrawn *out) {
    char label[LOG_QUOTED], reason[LOG_QUOTED];
    if (out->duplicate)
        log_info("release withdrawn already", "release=%llu first_request=%s",
                 (unsigned long long)out->release, out->request_id ? out->request_id : "none");
    else
        log_info("release withdrawn", "release=%llu dataset=%s label=%s key=%s reason=%s",
                 (unsigned long long)out->release, out->dataset, log_quote(out->label, label),
                 hub->sender ? hub->sender : "none", log_quote(out->reason, reason));
}

void releases_withdraw(struct hub *hub, zframe_t *from, const Message *question) {
    struct fault fault = {0};
    struct step step = {.hub = hub, .newest_event = hub->newest_event};
    Withdrawn out = MINDEX__V1__WITHDRAWN__INIT;
    char request_id[REQUEST_ID_TEXT], quoted[LOG_QUOTED];
    request_id_take(question->withdraw->request_id, request_id);
    log_request(request_id);
    if (disk_refuses(hub, from, question->request))
        return;
    if (try_withdraw(&step, hub, question->withdraw, request_id, &out, &fault)) {
        out.has_through = true;
        out.through = hub->newest_event;
        say_withdrawn(hub, &out);
        Message message = MINDEX__V1__MESSAGE__INIT;
        message.body_case = MINDEX__V1__MESSAGE__BODY_WITHDRAWN;
        message.withdrawn = &out;
        hub_answer(hub, from, question->request, &message);
    } else if (!disk_refuses(hub, from, question->request)) {
        log_warning("withdrawal refused", "release=%llu reason=%s",
                    (unsigned long long)question->withdraw->release, log_quote(fault.text, quoted));
        hub_answer_error(hub, from, question->request, fault.text);
    }
    step_end(&step);
}
