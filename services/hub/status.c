/* How the service is: the roles, the queue, who follows the events and how far behind, and what
 * went wrong. What a reader's key may not know of is left out: names of receivers and of keys. */
#include "services/bus/clock.h"
#include "services/bus/version.h"
#include "services/hub/hub.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

enum { SUBSCRIBERS_TOLD = 200 };

/* --- workers ---------------------------------------------------------------------------------- */

static bool add_worker(struct arena *arena, const struct peer *peer, int64_t now,
                       StatusReport *status) {
    WorkerStatus *worker = arena_alloc(arena, 1, sizeof *worker);
    if (!worker)
        return false;
    mindex__v1__worker_status__init(worker);
    worker->role = (char *)job_role(peer->kind);
    worker->name = (char *)peer->name;
    worker->build = (char *)peer->build;
    worker->leases = peer->leases;
    worker->done = peer->done;
    worker->silent_ms = (uint64_t)(now - peer->last_heard);
    worker->has_protocol = true;
    worker->protocol = peer->protocol;
    status->workers[status->n_workers++] = worker;
    return true;
}

static bool add_workers(struct hub *hub, struct arena *arena, StatusReport *status) {
    size_t count = outsiders_count(hub);
    for (const struct peer *peer = hub->peers; peer; peer = peer->next)
        count++;
    status->workers = arena_alloc(arena, count, sizeof *status->workers);
    if (!status->workers)
        return false;
    int64_t now = clock_ms();
    for (const struct peer *peer = hub->peers; peer; peer = peer->next) {
        if (!add_worker(arena, peer, now, status))
            return false;
    }
    return outsiders_status(hub, arena, status);
}

/* Of several workers of the ingestion role one watches the inbox, and tells. */
static void add_inbox(const struct hub *hub, StatusReport *status) {
    for (const struct peer *peer = hub->peers; peer; peer = peer->next) {
        const Heartbeat *told = peer->told;
        if (peer->kind != JOB_READ || !told || !told->has_inbox_waiting)
            continue;
        status->has_inbox_waiting = status->has_inbox_rejected = true;
        status->inbox_waiting += told->inbox_waiting;
        status->inbox_rejected += told->inbox_rejected;
        if (told->has_inbox_oldest_ms &&
            (!status->has_inbox_oldest_ms || told->inbox_oldest_ms < status->inbox_oldest_ms))
            status->inbox_oldest_ms = told->inbox_oldest_ms;
        status->has_inbox_oldest_ms |= told->has_inbox_oldest_ms;
    }
}

/* --- who follows the events ------------------------------------------------------------------- */

static uint64_t behind(const struct hub *hub, uint64_t after) {
    return hub->newest_event > after ? hub->newest_event - after : 0;
}

/* Webhooks, which are in the database. */
static bool add_webhooks(struct hub *hub, struct arena *arena, Subscription **subscriptions,
                         size_t count, StatusReport *status) {
    for (size_t i = 0; i < count; i++) {
        const Subscription *from = subscriptions[i];
        SubscriberStatus *to = arena_alloc(arena, 1, sizeof *to);
        if (!to)
            return false;
        mindex__v1__subscriber_status__init(to);
        to->kind = "webhook";
        to->name = from->name;
        to->has_after = to->has_lag = true;
        to->after = from->after;
        to->lag = behind(hub, from->after);
        to->state = from->state;
        to->has_attempts = from->attempts != 0;
        to->attempts = from->attempts;
        to->has_since_ms = from->has_created_ms;
        to->since_ms = from->created_ms;
        status->subscribers[status->n_subscribers++] = to;
    }
    return true;
}

/* Those that the publishing role told of. */
static bool add_followers(struct hub *hub, struct arena *arena, const Heartbeat *told,
                          StatusReport *status) {
    for (size_t i = 0; i < told->n_subscribers; i++) {
        SubscriberStatus *to = arena_alloc(arena, 1, sizeof *to);
        if (!to)
            return false;
        *to = *told->subscribers[i];
        to->base.n_unknown_fields = 0;
        to->base.unknown_fields = NULL;
        to->has_lag = to->has_after;
        to->lag = behind(hub, to->after);
        status->subscribers[status->n_subscribers++] = to;
    }
    return true;
}

/* A webhook that is paused or disabled stays behind, and that is known: it takes nobody's place. */
static bool rests(const SubscriberStatus *one) {
    return one->state && strcmp(one->state, "active") != 0;
}

static int most_behind_first(const void *left, const void *right) {
    const SubscriberStatus *a = *(SubscriberStatus *const *)left,
                           *b = *(SubscriberStatus *const *)right;
    if (rests(a) != rests(b))
        return rests(a) ? 1 : -1;
    if (a->lag != b->lag)
        return a->lag < b->lag ? 1 : -1;
    int kind = strcmp(a->kind, b->kind);
    return kind ? kind : strcmp(a->name, b->name);
}

static bool add_subscribers(struct hub *hub, struct arena *arena, StatusReport *status,
                            struct fault *fault) {
    Subscription **webhooks = NULL;
    size_t n_webhooks = 0, room = 0;
    if (!store_subscriptions(hub->store, arena, NULL, false, &webhooks, &n_webhooks, fault))
        return false;
    subscriptions_status(webhooks, n_webhooks, status);
    status->has_subscribers_total = true;
    status->subscribers_total = (uint32_t)n_webhooks;
    for (const struct peer *peer = hub->peers; peer; peer = peer->next) {
        if (peer->kind != JOB_PUBLISH || !peer->told)
            continue;
        room += peer->told->n_subscribers;
        status->subscribers_total += peer->told->subscribers_total;
    }
    if (!(hub->roles & (ROLE_PUBLISHING | ROLE_ADMIN)))
        return true; /* as with the list of subscriptions */
    status->subscribers = arena_alloc(arena, n_webhooks + room, sizeof *status->subscribers);
    bool added = status->subscribers && add_webhooks(hub, arena, webhooks, n_webhooks, status);
    for (const struct peer *peer = hub->peers; added && peer; peer = peer->next)
        added = peer->kind != JOB_PUBLISH || !peer->told ||
                add_followers(hub, arena, peer->told, status);
    if (!added)
        return fault_memory(fault);
    qsort(status->subscribers, status->n_subscribers, sizeof(SubscriberStatus *),
          most_behind_first);
    if (status->n_subscribers > SUBSCRIBERS_TOLD)
        status->n_subscribers = SUBSCRIBERS_TOLD;
    return true;
}

/* --- the database ----------------------------------------------------------------------------- */

static uint64_t size_of(const char *path, const char *end) {
    char name[PATH_TEXT + 32];
    struct stat info;
    (void)snprintf(name, sizeof name, "%s%s", path, end);
    return stat(name, &info) == 0 ? (uint64_t)info.st_size : 0;
}

static void add_disk(const struct hub *hub, StatusReport *status) {
    struct statvfs disk;
    status->has_database_bytes = true;
    status->database_bytes = size_of(hub->database, "") + size_of(hub->database, "-wal");
    if (statvfs(hub->database, &disk) == 0) {
        status->has_disk_free_bytes = status->has_disk_size_bytes = true;
        status->disk_free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
        status->disk_size_bytes = (uint64_t)disk.f_blocks * disk.f_frsize;
    }
    status->database = (char *)hub->database;
    status->cannot_write = hub->disk.failing ? (char *)store_trouble(hub->store) : NULL;
    status->has_cannot_write_since_ms = hub->disk.failing;
    status->cannot_write_since_ms = hub->disk.since_ms;
}

static bool add_counts(struct hub *hub, struct arena *arena, StatusReport *status,
                       struct fault *fault) {
    struct store_counts counts;
    if (!store_counts(hub->store, &counts, fault))
        return false;
    status->tasks_ready = queue_count(&hub->queue, JOB_READY);
    status->tasks_leased = queue_count(&hub->queue, JOB_LEASED);
    status->tasks_failed = counts.failed_tasks;
    status->releases = counts.releases;
    status->editions = counts.editions;
    status->newest_event = counts.newest_event;
    status->has_published = counts.published != 0;
    status->published = counts.published;
    status->has_newest_edition_ms = counts.newest_edition_ms != 0;
    status->newest_edition_ms = counts.newest_edition_ms;
    if (!counts.last_release)
        return true;
    Mindex__V1__ReleasesWanted last = MINDEX__V1__RELEASES_WANTED__INIT;
    last.has_release = last.has_told_only = last.told_only = true;
    last.release = counts.last_release;
    ReleaseInfo **found = NULL;
    size_t n = 0;
    if (!store_releases(hub->store, arena, &last, &found, &n, fault))
        return false;
    status->last_release = n ? found[0] : NULL;
    if (n)
        found[0]->warnings = NULL; /* long, and 'mindex releases N' has them */
    return true;
}

/* --- all of it -------------------------------------------------------------------------------- */

bool status_answer(struct hub *hub, struct arena *arena, Message *answer, struct fault *fault) {
    StatusReport *status = arena_alloc(arena, 1, sizeof *status);
    if (!status)
        return fault_memory(fault);
    mindex__v1__status__init(status);
    if (!add_workers(hub, arena, status))
        return fault_memory(fault);
    if (!tasks_by_role(hub, arena, status, fault) || !add_counts(hub, arena, status, fault) ||
        !add_subscribers(hub, arena, status, fault))
        return false;
    if (!measures_status(&hub->measures, arena, status) || !errors_status(hub, arena, status))
        return fault_memory(fault);
    jobs_status(hub, status);
    add_inbox(hub, status);
    add_disk(hub, status);
    status->build = MINDEX_VERSION;
    status->has_protocol = status->has_protocol_least = true;
    status->protocol = WORKER_PROTOCOL;
    status->protocol_least = WORKER_PROTOCOL_LEAST;
    status->uptime_ms = (uint64_t)(clock_ms() - hub->started);
    struct fault ignored = {0}; /* a pack that cannot be read shows in the tasks that fail */
    const struct pack *pack = hub->pack[0] ? library_pack(hub->library, hub->pack, &ignored) : NULL;
    status->index = pack ? (char *)pack->definition->title : NULL;
    answer->body_case = MINDEX__V1__MESSAGE__BODY_STATUS;
    answer->status = status;
    return true;
}
