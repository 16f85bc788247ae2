#include "core/utf8.h"
#include "services/bus/clock.h"
#include "services/bus/log.h"
#include "services/bus/protocol.h"
#include "services/bus/version.h"
#include "services/hub/hub.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const char *const roles[JOB_KINDS] = {"ingestion", "scoring", "comparison", "publishing",
                                             "scoring"};

const char *job_role(enum job_kind kind) {
    return roles[kind];
}

bool peers_do(const struct peer *peer, enum job_kind kind) {
    return peer->kind == kind || (peer->kind == JOB_SCORE && kind == JOB_STUDY);
}

struct peer *peers_find(struct hub *hub, zframe_t *id) {
    for (struct peer *peer = hub->peers; peer; peer = peer->next) {
        if (zframe_eq(peer->id, id))
            return peer;
    }
    return NULL;
}

int64_t peers_heartbeat_ms(const struct hub *hub) {
    return (int64_t)hub->config->hub.worker_silence_ms / HEARTBEATS;
}

void peers_pardon(struct hub *hub, int64_t now) {
    for (struct peer *peer = hub->peers; peer; peer = peer->next)
        peer->last_heard = now;
}

struct peer *peers_sender(struct hub *hub, zframe_t *from) {
    struct peer *peer = peers_find(hub, from);
    return peer && strcmp(peer->key, hub->sender ? hub->sender : "") == 0 ? peer : NULL;
}

/* --- taking tasks back ------------------------------------------------------------------------ */

void peers_release(struct job *job) {
    if (job->worker)
        job->worker->leases--;
    job->worker = NULL;
    if (job->state != JOB_LEASED)
        return;
    if (job->batch)
        job->batch->in_hand--;
    job->state = JOB_READY;
    job->since_ms = clock_wall_ms();
}

static struct job *first_of(const struct hub *hub, const struct peer *peer) {
    for (int kind = 0; peer->leases && kind < JOB_KINDS; kind++) {
        if (!peers_do(peer, (enum job_kind)kind))
            continue;
        for (struct job *job = hub->queue.first[kind]; job; job = job->next) {
            if (job->worker == peer)
                return job;
        }
    }
    return NULL;
}

/* `died`: it is taken for dead, which may be its task's doing. One that hands its tasks back, or
 * that the hub lets go, counts for nothing. */
static void forget(struct hub *hub, struct peer *peer, const char *why, bool died) {
    char name[LOG_QUOTED], quoted[LOG_QUOTED];
    log_info("worker gone", "worker=%s worker_role=%s why=%s tasks_taken_back=%u",
             log_quote(peer->name, name), job_role(peer->kind), log_quote(why, quoted),
             peer->leases);
    struct job *job;
    while ((job = first_of(hub, peer))) {
        if (died)
            chain_lost(hub, job, peer->name);
        else
            peers_release(job);
    }
    struct peer **at = &hub->peers;
    while (*at != peer)
        at = &(*at)->next;
    *at = peer->next;
    zframe_destroy(&peer->id);
    if (peer->told)
        mindex__v1__heartbeat__free_unpacked(peer->told, NULL);
    free(peer);
}

void peers_put_off(struct hub *hub, struct job *job, int64_t not_before) {
    job->not_before = not_before;
    if (not_before < hub->next_sweep)
        hub->next_sweep = not_before;
}

/* The first whose lease has run out; NULL: none. */
static struct job *late_job(const struct hub *hub, int64_t now) {
    for (int kind = 0; kind < JOB_KINDS; kind++) {
        for (struct job *job = hub->queue.first[kind]; job; job = job->next) {
            if (job->state == JOB_LEASED && now > job->lease_until)
                return job;
        }
    }
    return NULL;
}

int64_t peers_had_ms(const struct job *job) {
    return clock_ms() - job->leased_at;
}

/* It counts as a failure, and the worker is told, so that one that hangs makes room for another. */
static void take_back(struct hub *hub, struct job *job) {
    struct fault reason = {0};
    zframe_t *worker = zframe_dup(job->worker->id);
    hub->measures.lease_expiries++;
    uint64_t task = job->id;
    fault_set(&reason, FAULT_SYSTEM, "not done within %lld s (hub.lease_seconds) by %s",
              (long long)(job->lease_until - job->leased_at) / 1000, job->worker->name);
    chain_failed(hub, task, reason.text); /* the job may be gone now */
    Mindex__V1__TaskTaken taken = MINDEX__V1__TASK_TAKEN__INIT;
    taken.task = task;
    Message message = MINDEX__V1__MESSAGE__INIT;
    message.body_case = MINDEX__V1__MESSAGE__BODY_TASK_TAKEN;
    message.task_taken = &taken;
    if (worker)
        hub_answer(hub, worker, 0, &message);
    zframe_destroy(&worker);
}

/* Workers that were told of a longer silence than the one in force may not have heard of it yet. */
static int64_t silence_ms(const struct hub *hub, int64_t now) {
    int64_t silence = (int64_t)hub->config->hub.worker_silence_ms;
    return now < hub->told.until && hub->told.silence_ms > silence ? hub->told.silence_ms : silence;
}

int64_t peers_sweep(struct hub *hub, int64_t now) {
    if (now < hub->next_sweep)
        return hub->next_sweep;
    for (struct peer *peer = hub->peers, *next; peer; peer = next) {
        next = peer->next;
        if (now - peer->last_heard > silence_ms(hub, now))
            forget(hub, peer, "silent", true);
    }
    struct job *late;
    while ((late = late_job(hub, now)))
        take_back(hub, late);
    hub->next_sweep = hub->peers ? now + peers_heartbeat_ms(hub) : INT64_MAX;
    for (int kind = 0; kind < JOB_KINDS; kind++) {
        for (struct job *job = hub->queue.first[kind]; job; job = job->next) {
            if (job->state == JOB_READY && job->not_before > now &&
                job->not_before < hub->next_sweep)
                hub->next_sweep = job->not_before;
        }
    }
    return hub->next_sweep;
}

static unsigned role_of(enum job_kind kind) {
    static const unsigned of[JOB_KINDS] = {ROLE_INGESTION, ROLE_SCORING, ROLE_COMPARISON,
                                           ROLE_PUBLISHING, ROLE_SCORING};
    return of[kind] | ROLE_ADMIN;
}

void peers_recheck(struct hub *hub) {
    for (struct peer *peer = hub->peers, *next; peer; peer = next) {
        next = peer->next;
        if (!(hub_roles(hub, peer->key) & role_of(peer->kind)))
            forget(hub, peer, "its key is not good for this any more", false);
    }
}

void peers_clear(struct hub *hub) {
    while (hub->peers)
        forget(hub, hub->peers, "the hub stops", false);
    outsiders_clear(hub);
}

/* --- giving tasks out ------------------------------------------------------------------------- */

static bool give(struct hub *hub, struct peer *peer, struct job *job, int64_t now) {
    if (job->kind == JOB_READ)
        reading_refresh(hub, job);
    zframe_t *copy = zframe_dup(job->task);
    if (!wire_send_frame(hub->socket, peer->id, &copy))
        return false;
    job->state = JOB_LEASED;
    if (job->batch)
        job->batch->in_hand++;
    job->since_ms = clock_wall_ms();
    job->worker = peer;
    job->leased_at = now;
    job->lease_until = now + 1000 * (int64_t)hub->config->hub.lease_seconds;
    job_give(job, peer->key, peer->name);
    peer->credit--;
    peer->leases++;
    return true;
}

/* The worker that has asked and has the least in hand. */
static struct peer *idle(struct hub *hub, enum job_kind kind) {
    struct peer *best = NULL;
    for (struct peer *peer = hub->peers; peer; peer = peer->next) {
        if (!peers_do(peer, kind) || peer->credit == 0)
            continue;
        if (!best || peer->leases < best->leases)
            best = peer;
    }
    return best;
}

/* Results of scoring and comparison wait for those before them, so not too many are made ahead.
 * Files and publishing wait for nobody: those that are put off must not keep others back. */
static unsigned window_of(enum job_kind kind) {
    return kind == JOB_SCORE || kind == JOB_COMPARE ? SCORE_WINDOW : UINT_MAX;
}

static struct job *next_job(struct hub *hub, enum job_kind kind, int64_t now) {
    return kind == JOB_STUDY ? studies_next(hub, now)
                             : queue_ready(&hub->queue, kind, now, window_of(kind));
}

void peers_dispatch(struct hub *hub, int64_t now) {
    for (int kind = 0; kind < JOB_KINDS; kind++) {
        struct peer *peer;
        struct job *job;
        if (kind != JOB_READ && store_trouble(hub->store))
            continue; /* the result could not be stored */
        while ((peer = idle(hub, (enum job_kind)kind)) &&
               (job = next_job(hub, (enum job_kind)kind, now))) {
            if (!give(hub, peer, job, now))
                forget(hub, peer, "cannot be reached", true);
        }
    }
}

/* --- messages --------------------------------------------------------------------------------- */

void peers_want_hello(struct hub *hub, zframe_t *to) {
    Mindex__V1__HelloWanted wanted = MINDEX__V1__HELLO_WANTED__INIT;
    Message message = MINDEX__V1__MESSAGE__INIT;
    message.body_case = MINDEX__V1__MESSAGE__BODY_HELLO_WANTED;
    message.hello_wanted = &wanted;
    hub_answer(hub, to, 0, &message);
}

static bool kind_of_role(const char *role, enum job_kind *kind) {
    for (int i = 0; i < JOB_KINDS; i++) {
        *kind = (enum job_kind)i;
        if (strcmp(role, roles[i]) == 0)
            return true;
    }
    return false;
}

static void refuse(struct hub *hub, zframe_t *from, const Mindex__V1__Hello *hello,
                   enum job_kind kind, const char *why) {
    outsiders_refuse(hub, hello, kind, why);
    hub_answer_error(hub, from, 0, why);
}

static void welcome(struct hub *hub, zframe_t *from, const struct peer *peer) {
    Mindex__V1__Welcome welcome = MINDEX__V1__WELCOME__INIT;
    welcome.heartbeat_ms = (uint32_t)peers_heartbeat_ms(hub);
    welcome.dead_after_ms = (uint32_t)hub->config->hub.worker_silence_ms;
    welcome.has_protocol = true;
    welcome.protocol = peer->protocol;
    welcome.build = MINDEX_VERSION;
    Message message = MINDEX__V1__MESSAGE__INIT;
    message.body_case = MINDEX__V1__MESSAGE__BODY_WELCOME;
    message.welcome = &welcome;
    hub_answer(hub, from, 0, &message);
}

static void tell_of(const struct peer *peer) {
    char name[LOG_QUOTED], build[LOG_QUOTED];
    (void)log_quote(peer->name, name);
    (void)log_quote(peer->build, build);
    log_info("worker joined", "worker=%s worker_role=%s key=%s version=%s protocol=%lu", name,
             job_role(peer->kind), *peer->key ? peer->key : "none", build,
             (unsigned long)peer->protocol);
    if (peer->protocol < WORKER_PROTOCOL)
        log_warning("worker of an earlier version",
                    "worker=%s worker_role=%s version=%s protocol=%lu newest=%d now=\"it is worked "
                    "with as it is; upgrade it when you can\"",
                    name, job_role(peer->kind), build, (unsigned long)peer->protocol,
                    WORKER_PROTOCOL);
}

void peers_tell_silence(struct hub *hub, int64_t before_ms) {
    hub->told.silence_ms = before_ms;
    hub->told.until = clock_ms() + before_ms;
    for (struct peer *peer = hub->peers; peer; peer = peer->next)
        welcome(hub, peer->id, peer);
}

static struct peer *peer_new(const struct hub *hub, zframe_t *from,
                             const Mindex__V1__Hello *hello) {
    struct peer *peer = calloc(1, sizeof *peer);
    if (peer)
        peer->id = zframe_dup(from);
    if (!peer || !peer->id) {
        free(peer);
        return NULL;
    }
    utf8_copy(peer->name, sizeof peer->name, hello->name);
    (void)snprintf(peer->key, sizeof peer->key, "%s", hub->sender ? hub->sender : "");
    utf8_copy(peer->build, sizeof peer->build, hello->build);
    peer->last_heard = clock_ms();
    return peer;
}

static void let_in(struct hub *hub, zframe_t *from, struct peer *peer) {
    outsiders_welcome(hub, peer->kind, peer->name);
    peer->next = hub->peers;
    hub->peers = peer;
    hub->next_sweep = 0;
    hub->arrivals[peer->kind]++;
    tell_of(peer);
    welcome(hub, from, peer);
}

/* The newest protocol that it and the hub can work by; 0: there is none, and `why` says so. */
static uint32_t settle_for(const struct hub *hub, enum job_kind kind,
                           const Mindex__V1__Hello *hello, char why[PROTOCOL_REASON]) {
    uint32_t protocol = protocol_of_worker(hello, why);
    if (!protocol || kind != JOB_PUBLISH || protocol >= PROTOCOL_OLDEST || hub->oldest_event <= 1)
        return protocol;
    (void)snprintf(why, PROTOCOL_REASON,
                   "a publishing role of version %.31s cannot begin with a log whose first events "
                   "are gone, as they are since editions were retired: start one of the hub's "
                   "version, mindex %s",
                   hello->build, MINDEX_VERSION);
    return 0;
}

static void on_hello(struct hub *hub, zframe_t *from, const Mindex__V1__Hello *hello) {
    enum job_kind kind;
    char why[PROTOCOL_REASON];
    if (!kind_of_role(hello->role, &kind)) {
        (void)snprintf(why, sizeof why, "mindex %s gives no tasks to a role '%.40s'",
                       MINDEX_VERSION, hello->role);
        hub_answer_error(hub, from, 0, why);
        return;
    }
    struct peer *peer = peers_find(hub, from);
    if (peer)
        forget(hub, peer, "says hello again", false);
    uint32_t protocol = settle_for(hub, kind, hello, why);
    if (!protocol) {
        refuse(hub, from, hello, kind, why);
        return;
    }
    peer = peer_new(hub, from, hello);
    if (!peer) {
        hub_answer_error(hub, from, 0, "the hub is out of memory");
        return;
    }
    peer->kind = kind;
    peer->protocol = protocol;
    let_in(hub, from, peer);
}

/* What the worker tells of the service around it, in place of what it told before. One that would
 * fill the hub's memory is not heard. */
static void on_heartbeat(struct peer *peer, Message *message) {
    Heartbeat *heartbeat = message->heartbeat;
    if (!heartbeat->has_subscribers_total && !heartbeat->has_inbox_waiting)
        return; /* nothing has changed */
    if (mindex__v1__heartbeat__get_packed_size(heartbeat) > HEARTBEAT_BYTES_MAX ||
        heartbeat->n_subscribers > SUBSCRIBERS_HEARD)
        return;
    if (peer->told)
        mindex__v1__heartbeat__free_unpacked(peer->told, NULL);
    peer->told = heartbeat;
    message->heartbeat = NULL; /* the peer's now */
    message->body_case = MINDEX__V1__MESSAGE__BODY__NOT_SET;
}

void peers_message(struct hub *hub, zframe_t *from, Message *message) {
    if (message->body_case == MINDEX__V1__MESSAGE__BODY_HELLO) {
        on_hello(hub, from, message->hello);
        return;
    }
    struct peer *peer = peers_sender(hub, from);
    if (!peer) {
        if (message->body_case != MINDEX__V1__MESSAGE__BODY_GOODBYE)
            peers_want_hello(hub, from);
        return;
    }
    peer->last_heard = clock_ms();
    if (message->body_case == MINDEX__V1__MESSAGE__BODY_CREDIT) {
        uint32_t more = message->credit->tasks;
        peer->credit = more > SCORE_WINDOW - peer->credit ? SCORE_WINDOW : peer->credit + more;
    } else if (message->body_case == MINDEX__V1__MESSAGE__BODY_GOODBYE) {
        forget(hub, peer, "says goodbye", false);
    } else if (message->body_case == MINDEX__V1__MESSAGE__BODY_HEARTBEAT) {
        on_heartbeat(peer, message);
    }
}
