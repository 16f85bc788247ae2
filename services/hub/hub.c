#include "services/hub/hub.h"

#include "services/bus/clock.h"
#include "services/bus/log.h"
#include "services/bus/notify.h"
#include "services/bus/process.h"
#include "services/bus/reload.h"
#include "services/bus/version.h"
#include "services/hub/run.h"

#include <malloc.h>
#include <sodium.h>
#include <sys/stat.h>

/* Messages taken in one turn before leases and waiting subscribers are seen to. */
enum { MESSAGES_A_TURN = 64 };
/* With workers, each turn of the loop follows the one before within a heartbeat. One that is this
 * much later was held up, and so were the heartbeats that it did not take. */
enum { LATE_MS = 200 };
/* Without a new event, until the memory that the last ones took for a moment is given back. */
enum { QUIET_MS = 2000 };

bool hub_try_answer(struct hub *hub, zframe_t *to, uint64_t request, Message *message) {
    Message stamp = wire_message(request);
    message->version = stamp.version;
    message->has_request = stamp.has_request;
    message->request = stamp.request;
    if (mindex__v1__message__get_packed_size(message) > WIRE_FRAME_MAX) {
        hub_answer_error(hub, to, request, "the answer is larger than a message can be");
        return true;
    }
    return wire_send(hub->socket, to, message);
}

void hub_answer(struct hub *hub, zframe_t *to, uint64_t request, Message *message) {
    (void)hub_try_answer(hub, to, request, message);
}

static void answer_no(struct hub *hub, zframe_t *to, uint64_t request, const char *reason,
                      bool try_again) {
    Mindex__V1__Error error = MINDEX__V1__ERROR__INIT;
    error.reason = (char *)reason;
    error.has_try_again = error.try_again = try_again;
    Message message = MINDEX__V1__MESSAGE__INIT;
    message.body_case = MINDEX__V1__MESSAGE__BODY_ERROR;
    message.error = &error;
    hub_answer(hub, to, request, &message);
}

void hub_answer_error(struct hub *hub, zframe_t *to, uint64_t request, const char *reason) {
    answer_no(hub, to, request, reason, false);
}

bool hub_answer_gone(struct hub *hub, zframe_t *to, uint64_t request, const char *reason,
                     uint64_t oldest) {
    Mindex__V1__Error error = MINDEX__V1__ERROR__INIT;
    error.reason = (char *)reason;
    error.has_gone = error.gone = error.has_oldest = true;
    error.oldest = oldest;
    Message message = MINDEX__V1__MESSAGE__INIT;
    message.body_case = MINDEX__V1__MESSAGE__BODY_ERROR;
    message.error = &error;
    return hub_try_answer(hub, to, request, &message);
}

void hub_put_off(struct hub *hub, zframe_t *to, uint64_t request, const char *reason) {
    answer_no(hub, to, request, reason, true);
}

uint64_t hub_moment(struct hub *hub) {
    uint64_t now = clock_wall_ms();
    hub->last_moment = now > hub->last_moment ? now : hub->last_moment + 1;
    return hub->last_moment;
}

unsigned hub_roles(struct hub *hub, const char *key) {
    return *key ? guard_roles(hub->guard, key) : ROLES_ALL;
}

static void handle(struct hub *hub, zframe_t *from, Message **message) {
    switch ((*message)->body_case) {
    case MINDEX__V1__MESSAGE__BODY_HELLO:
    case MINDEX__V1__MESSAGE__BODY_CREDIT:
    case MINDEX__V1__MESSAGE__BODY_HEARTBEAT:
    case MINDEX__V1__MESSAGE__BODY_GOODBYE:
        peers_message(hub, from, *message);
        break;
    case MINDEX__V1__MESSAGE__BODY_BLOB_WANTED:
        answer_blob(hub, from, *message);
        break;
    case MINDEX__V1__MESSAGE__BODY_TASK_DONE:
        chain_done(hub, from, message);
        break;
    case MINDEX__V1__MESSAGE__BODY_TASK_FAILED:
        chain_gave_up(hub, from, *message);
        break;
    case MINDEX__V1__MESSAGE__BODY_HAND_IN:
        intake_hand_in(hub, from, *message);
        break;
    case MINDEX__V1__MESSAGE__BODY_WITHDRAW:
        releases_withdraw(hub, from, *message);
        break;
    case MINDEX__V1__MESSAGE__BODY_TASKS_WANTED:
        tasks_wanted(hub, from, *message);
        break;
    case MINDEX__V1__MESSAGE__BODY_RETRY_TASKS:
        tasks_retry(hub, from, *message);
        break;
    case MINDEX__V1__MESSAGE__BODY_SUBMIT_STUDY:
        jobs_hand_in(hub, from, *message);
        break;
    case MINDEX__V1__MESSAGE__BODY_JOBS_WANTED:
        jobs_wanted(hub, from, *message);
        break;
    case MINDEX__V1__MESSAGE__BODY_CANCEL_JOB:
        jobs_call_off(hub, from, *message);
        break;
    case MINDEX__V1__MESSAGE__BODY_EVENTS_WANTED:
        events_wanted(hub, from, *message);
        break;
    case MINDEX__V1__MESSAGE__BODY_SUBSCRIBE:
        subscriptions_subscribe(hub, from, *message);
        break;
    case MINDEX__V1__MESSAGE__BODY_CHANGE_SUBSCRIPTION:
        subscriptions_change(hub, from, *message);
        break;
    case MINDEX__V1__MESSAGE__BODY_SUBSCRIPTIONS_WANTED:
        subscriptions_wanted(hub, from, *message);
        break;
    case MINDEX__V1__MESSAGE__BODY_DELIVERIES_MADE:
        subscriptions_delivered(hub, from, *message);
        break;
    case MINDEX__V1__MESSAGE__BODY_DELIVERIES_WANTED:
        subscriptions_deliveries(hub, from, *message);
        break;
    case MINDEX__V1__MESSAGE__BODY_RETIRE_EDITION:
        retire_edition(hub, from, *message);
        break;
    default:
        answer_question(hub, from, *message);
        break;
    }
}

static void refuse(struct hub *hub, zframe_t *from, uint64_t request, const char *what) {
    char reason[GUARD_REASON];
    hub_answer_error(hub, from, request, guard_refuse(hub->guard, hub->sender, what, reason));
}

void hub_take(struct hub *hub, zframe_t *from, zframe_t **frame) {
    zframe_t *body = *frame;
    const char *key = body ? guard_sender(hub->guard, body) : NULL;
    char sender[KEY_NAME_TEXT];
    (void)snprintf(sender, sizeof sender, "%s", key ? key : "");
    hub->sender = key ? sender : NULL; /* longer than the frame, which is let go first */
    hub->roles = guard_roles(hub->guard, hub->sender);
    const char *what;
    bool fits = body && zframe_size(body) <= rights_frame_max(hub->roles);
    Message *message = fits && hub->roles ? wire_read(body) : NULL;
    bool came = body != NULL;
    char why[WIRE_REASON];
    if (!message)
        (void)wire_why_not(body, why);
    zframe_destroy(frame);
    if (!hub->roles) {
        refuse(hub, from, 0, "speak");
    } else if (came && !fits) {
        refuse(hub, from, 0, "send so large a message");
    } else if (!message) {
        hub_answer_error(hub, from, 0, why);
    } else if (!rights_allow(hub->roles, message, &what)) {
        refuse(hub, from, message->request, what);
    } else {
        handle(hub, from, &message);
    }
    wire_free(&message);
    hub->sender = NULL;
    log_request(NULL);
}

static void take_messages(struct hub *hub) {
    for (int taken = 0; taken < MESSAGES_A_TURN && !process_told_to_stop(hub->signals); taken++) {
        if (taken && !(zsock_events(hub->socket) & ZMQ_POLLIN))
            return;
        zframe_t *from, *body;
        if (wire_take(hub->socket, &from, &body))
            hub_take(hub, from, &body);
        zframe_destroy(&from);
        zframe_destroy(&body);
    }
}

/* A key that is revoked is out at once, whatever its holder waits for. */
static void recheck(struct hub *hub) {
    if (!guard_lost(hub->guard))
        return;
    peers_recheck(hub);
    intake_recheck(hub);
    events_recheck(hub);
}

static int until(int64_t wake, int64_t now) {
    if (wake == INT64_MAX)
        return -1;
    int64_t left = wake - now;
    return left < 0 ? 0 : left > 60000 ? 60000 : (int)left;
}

/* Editions come and go in messages of a megabyte, between which the heap keeps their room. */
struct rest {
    uint64_t event;
    int64_t due; /* INT64_MAX: done */
};

static int64_t rest(const struct hub *hub, struct rest *rest, int64_t now) {
    if (rest->event != hub->newest_event)
        *rest = (struct rest){hub->newest_event, now + QUIET_MS};
    if (rest->due <= now) {
        (void)malloc_trim(0);
        rest->due = INT64_MAX;
    }
    return rest->due;
}

/* The settings again, which the hub's other files read where they need them. */
static void take_settings(struct hub *hub, struct config *config) {
    uint64_t silence_ms = config->hub.worker_silence_ms;
    if (reload(config, "hub") && config->hub.worker_silence_ms != silence_ms)
        peers_tell_silence(hub, (int64_t)silence_ms);
    hub->next_sweep = 0;
}

static void run(struct hub *hub, struct config *config) {
    /* The signals first: of several that are ready the poller names the first, and the socket may
     * always be. */
    zpoller_t *poller = zpoller_new(&hub->signals, hub->socket, NULL);
    bool fine = poller && (!hub->guard || zpoller_add(poller, guard_watch(hub->guard)) == 0);
    int64_t wake = clock_ms(), turned = wake;
    struct rest resting = {.due = wake + QUIET_MS};
    while (fine) {
        void *ready = zpoller_wait(poller, until(wake, clock_ms()));
        if (process_stops(ready, &hub->signals))
            break;
        if (process_reloads(ready, &hub->signals))
            take_settings(hub, config);
        if (hub->guard && ready == guard_watch(hub->guard))
            guard_calm(hub->guard);
        recheck(hub);
        if (ready == hub->socket)
            take_messages(hub);
        studies_settle(hub);
        int64_t now = clock_ms();
        if (now - turned > peers_heartbeat_ms(hub) + LATE_MS)
            peers_pardon(hub, now);
        turned = now;
        int64_t due = releases_due(hub, now), sweep = peers_sweep(hub, now);
        peers_dispatch(hub, now);
        wake = events_serve(hub, now);
        wake = sweep < wake ? sweep : wake;
        wake = due < wake ? due : wake;
        int64_t disk = disk_watch(hub, now); /* last: it hears of what the others met */
        wake = disk < wake ? disk : wake;
        int64_t give_back = rest(hub, &resting, now);
        wake = give_back < wake ? give_back : wake;
        notify_alive();
        int64_t alive = notify_until(now);
        wake = alive < wake - now ? now + alive : wake;
    }
    zpoller_destroy(&poller);
}

static bool open_socket(struct hub *hub, const struct places *places, struct fault *fault) {
    const struct wire_limits limits = {.in = (int)hub->config->hub.peer_frames,
                                       .out = (int)hub->config->hub.peer_frames};
    if (!process_lock_endpoint(places->hub, fault))
        return false;
    hub->socket = wire_open(ZMQ_ROUTER, &limits, fault);
    if (!hub->socket || !wire_bind(hub->socket, places->hub, fault))
        return false;
    if (!*places->listen)
        return true;
    hub->guard = guard_new(places, fault);
    return hub->guard && guard_listen(hub->guard, hub->socket, DOOR_HUB, fault);
}

static bool open_hub(struct hub *hub, const struct places *places, struct fault *fault) {
    /* The database holds figures that are not to be known before their time. */
    (void)umask(0077);
    hub->store = store_open(hub->database, fault);
    if (!hub->store)
        return false;
    hub->library = library_new(store_get_blob, hub->store);
    if (!hub->library)
        return fault_memory(fault);
    /* Numbers of transient tasks must not meet those of an earlier life of the hub, whose workers
     * may still answer: they start at random, above all durable ones. */
    hub->last_read_task = (UINT64_C(1) << 62) + ((uint64_t)randombytes_random() << 24);
    hub->started = clock_ms();
    if (!store_pack(hub->store, hub->pack, fault) ||
        !store_newest_event(hub->store, &hub->newest_event, fault) ||
        !store_oldest_event(hub->store, &hub->oldest_event, fault) ||
        !store_next_due(hub->store, &hub->next_due, fault) || !chain_resume(hub, fault) ||
        !jobs_resume(hub, fault) || !subscriptions_open(hub, fault)) {
        return false;
    }
    return open_socket(hub, places, fault);
}

int hub_run(const struct places *places, struct config *config, int signals) {
    struct fault fault = {0};
    char quoted[LOG_QUOTED], database[LOG_QUOTED];
    struct hub hub = {.config = config, .database = places->database, .signals = signals};
    (void)mallopt(M_ARENA_MAX, 1); /* ZeroMQ's thread asks for little: a heap of its own is waste */
    bool open = open_hub(&hub, places, &fault);
    if (open) {
        log_info("started", "version=%s endpoint=%s database=%s newest_event=%llu", MINDEX_VERSION,
                 log_quote(places->hub, quoted), log_quote(places->database, database),
                 (unsigned long long)hub.newest_event);
        notify_status("heard at %s", places->hub);
        notify_ready();
        run(&hub, config);
        notify_stopping();
        log_info("stopped", "newest_event=%llu", (unsigned long long)hub.newest_event);
    } else {
        log_error("cannot start", "reason=%s", log_quote(fault.text, quoted));
    }
    peers_clear(&hub);
    events_clear(&hub);
    repeats_clear(&hub);
    queue_clear(&hub.queue);
    jobs_clear(&hub);
    zsock_destroy(&hub.socket);
    guard_destroy(&hub.guard);
    library_destroy(&hub.library);
    store_close(&hub.store);
    return open ? EXIT_SUCCESS : EXIT_FAILURE;
}
