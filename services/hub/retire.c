/* Retiring editions, one at a time, from the oldest on: each is one transaction, asked for by
 * itself, so that the hub does its other work between two. */
#include "services/bus/log.h"
#include "services/bus/protocol.h"
#include "services/bus/stored.h"
#include "services/hub/hub.h"

#include <string.h>

enum { NEEDED_TEXT = 600 };

struct retiring {
    struct hub *hub;
    struct arena *arena;
    uint64_t edition;
    bool dry_run;
    struct going going;
    char needed[NEEDED_TEXT]; /* by what it is needed; "": by nothing */
    EditionRetired answer;
};

/* --- what needs it ---------------------------------------------------------------------------- */

static bool needed(struct retiring *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool needed(struct retiring *r, const char *format, ...) {
    va_list args;
    va_start(args, format);
    (void)vsnprintf(r->needed, sizeof r->needed, format, args);
    va_end(args);
    return true;
}

/* The newest is what everybody reads, the newest that is published is where editions/latest leads.
 */
static bool check_newest(struct retiring *r, struct fault *fault) {
    struct store_counts counts;
    if (!store_counts(r->hub->store, &counts, fault))
        return false;
    if (r->edition >= counts.editions)
        return needed(r, "it is the newest edition");
    return r->edition < counts.published ||
           needed(r, "it is the newest edition whose files are complete, or newer; 'mindex status' "
                     "tells whether there is a publishing worker, and what was set aside");
}

static bool check_order(struct retiring *r, struct fault *fault) {
    uint64_t oldest;
    if (!store_oldest_edition(r->hub->store, &oldest, fault))
        return false;
    return r->dry_run || r->edition == oldest ||
           needed(r, "edition %llu is older, and is kept: editions are retired from the oldest on",
                  (unsigned long long)oldest);
}

/* A comparison or a publishing of it that waits or was set aside. What those of the next edition
 * need is kept with its own. */
static bool check_task(struct retiring *r, const struct task_row *row, struct fault *fault) {
    Task *work = stored_numbered(&mindex__v1__task__descriptor, row->work, row->work_length, "task",
                                 row->id, fault);
    if (!work)
        return false;
    bool publish =
        work->work_case == MINDEX__V1__TASK__WORK_PUBLISH && work->publish->edition == r->edition;
    bool compare =
        work->work_case == MINDEX__V1__TASK__WORK_COMPARE && work->compare->edition == r->edition;
    mindex__v1__task__free_unpacked(work, NULL);
    if ((publish || compare) && row->failed)
        return needed(r,
                      "task %llu, which is to %s it, was set aside; 'mindex tasks retry %llu', or "
                      "'mindex tasks drop %llu'",
                      (unsigned long long)row->id, publish ? "publish" : "compare",
                      (unsigned long long)row->id, (unsigned long long)row->id);
    return !(publish || compare) ||
           needed(r, "task %llu is still to %s it", (unsigned long long)row->id,
                  publish ? "publish" : "compare");
}

static bool check_tasks(struct retiring *r, bool failed, struct fault *fault) {
    struct task_row *rows = NULL;
    size_t count = 0;
    if (!store_tasks(r->hub->store, r->arena, failed, &rows, &count, fault))
        return false;
    for (size_t i = 0; i < count && !r->needed[0]; i++) {
        if (!check_task(r, &rows[i], fault))
            return false;
    }
    return true;
}

static bool check_subscriptions(struct retiring *r, struct fault *fault) {
    struct waits_for_events waits;
    if (!store_waits_for_events(r->hub->store, r->going.through, r->arena, &waits, fault))
        return false;
    if (waits.subscription && waits.again)
        return needed(r, "event %llu is to be sent to the subscription '%s' again",
                      (unsigned long long)waits.event, waits.subscription);
    return !waits.subscription ||
           needed(r,
                  "the subscription '%s' has come to event %llu, and what would go ends with event "
                  "%llu; 'mindex subscribe show %s' says why, and 'mindex subscribe remove %s' "
                  "gives it up",
                  waits.subscription, (unsigned long long)waits.event,
                  (unsigned long long)r->going.through, waits.subscription, waits.subscription);
}

static bool check_publishing(struct retiring *r, struct fault *fault) {
    (void)fault;
    for (const struct peer *peer = r->hub->peers; peer; peer = peer->next) {
        if (peer->kind == JOB_PUBLISH && peer->protocol < PROTOCOL_OLDEST)
            return needed(r,
                          "the publishing role %s is of version %s, which cannot begin with a log "
                          "whose first events are gone; upgrade it first",
                          peer->name, peer->build);
    }
    return true;
}

/* What of it is needed is in r->needed; false: it could not be found out. */
static bool check(struct retiring *r, struct fault *fault) {
    static bool (*const checks[])(struct retiring * r, struct fault * fault) = {
        check_newest, check_order, check_publishing, check_subscriptions};
    for (size_t i = 0; i < sizeof checks / sizeof *checks && !r->needed[0]; i++) {
        if (!checks[i](r, fault))
            return false;
    }
    return (r->needed[0] || check_tasks(r, false, fault)) &&
           (r->needed[0] || check_tasks(r, true, fault));
}

/* --- that it goes ----------------------------------------------------------------------------- */

static bool retire(struct retiring *r, struct fault *fault) {
    struct store *store = r->hub->store;
    EditionInfo *info = r->answer.info;
    info->retired_ms = hub_moment(r->hub);
    if (!store_begin(store, fault) ||
        !store_retire(store, r->arena, r->edition, info->retired_ms, &r->going, fault) ||
        !store_commit(store, fault)) {
        store_rollback(store);
        return false;
    }
    info->has_retired_ms = true;
    r->hub->oldest_event = r->going.through + 1;
    log_info("edition retired", "edition=%llu events=%llu oldest_event=%llu bytes=%llu",
             (unsigned long long)r->edition, (unsigned long long)r->going.events,
             (unsigned long long)r->hub->oldest_event, (unsigned long long)r->going.bytes);
    return true;
}

static bool find_answer(struct retiring *r, struct fault *fault) {
    EditionRetired *answer = &r->answer;
    struct store *store = r->hub->store;
    if (r->edition == 0) /* which would be the newest */
        return fault_set(fault, FAULT_INPUT, "editions are numbered from 1");
    if (!store_edition(store, r->arena, r->edition, &answer->info, fault))
        return false;
    if (!answer->info)
        return fault_set(fault, FAULT_INPUT,
                         "there is no edition %llu; 'mindex editions' lists those that there are",
                         (unsigned long long)r->edition);
    if (answer->info->has_retired_ms)
        return true;
    if (!store_find_going(store, r->edition, &r->going, fault) || !check(r, fault))
        return false;
    answer->needed = r->needed[0] ? r->needed : NULL;
    answer->has_events = answer->has_through = answer->has_bytes = true;
    answer->events = r->going.events;
    answer->through = r->going.through;
    answer->bytes = r->going.bytes;
    return answer->needed || r->dry_run || retire(r, fault);
}

void retire_edition(struct hub *hub, zframe_t *from, const Message *question) {
    const RetireEdition *wanted = question->retire_edition;
    struct retiring r = {.hub = hub,
                         .arena = arena_new(),
                         .edition = wanted->edition,
                         .dry_run = wanted->has_dry_run && wanted->dry_run};
    struct fault fault = {0};
    mindex__v1__edition_retired__init(&r.answer);
    if (!r.dry_run && disk_refuses(hub, from, question->request)) {
        arena_destroy(&r.arena);
        return;
    }
    if (r.arena ? find_answer(&r, &fault) : fault_memory(&fault)) {
        Message message = MINDEX__V1__MESSAGE__INIT;
        message.body_case = MINDEX__V1__MESSAGE__BODY_EDITION_RETIRED;
        message.edition_retired = &r.answer;
        hub_answer(hub, from, question->request, &message);
    } else if (fault.kind == FAULT_INPUT || !disk_refuses(hub, from, question->request)) {
        hub_answer_error(hub, from, question->request, fault.text);
    }
    arena_destroy(&r.arena);
}
