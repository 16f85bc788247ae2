#include "services/bus/guard.h"

#include "services/bus/clock.h"
#include "services/bus/log.h"

#include <errno.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <unistd.h>

enum { DOORS = 3, HUSH_MS = 1000 };

static const char *const doors[DOORS] = {"hub", "replay", "events"};

/* A line a second at most, of what strangers can cause as often as they like. */
struct hush {
    int64_t next;
    unsigned unsaid;
};

static bool may_say(struct hush *hush, unsigned *unsaid) {
    int64_t now = clock_ms();
    if (now < hush->next) {
        hush->unsaid++;
        return false;
    }
    *unsaid = hush->unsaid;
    *hush = (struct hush){.next = now + HUSH_MS};
    return true;
}

struct guard {
    struct key service;
    char listen[ENDPOINT_TEXT];
    char bound[DOORS][ENDPOINT_TEXT];
    struct allowed *allowed;
    unsigned lost;
    int notify;
    zactor_t *doorman;
    struct hush hush;
};

static void refresh(struct allowed *allowed, unsigned *lost) {
    struct fault fault = {0};
    char quoted[LOG_QUOTED];
    if (!allowed_refresh(allowed, lost, &fault))
        log_error("nobody is allowed", "reason=%s", log_quote(fault.text, quoted));
}

/* --- the doorman: ZeroMQ's authentication protocol (ZeroMQ RFC 27) ---------------------------- */

struct doorman {
    struct allowed *allowed;
    zsock_t *questions;
    struct hush hush;
};

/* The name of the key, if it may enter at this door. Events pass a subscriber without our doing, so
 * that who may not hear them must stay out there. */
static const struct allowed_key *admit(struct doorman *doorman, const char *door,
                                       const char *mechanism, zframe_t *credentials) {
    char public[KEY_TEXT];
    if (strcmp(mechanism, "CURVE") != 0 || !credentials || zframe_size(credentials) != 32 ||
        !zmq_z85_encode(public, zframe_data(credentials), 32))
        return NULL;
    refresh(doorman->allowed, NULL);
    const struct allowed_key *key = allowed_by_public(doorman->allowed, public);
    unsigned roles = key ? allowed_roles(doorman->allowed, key->name) : 0;
    if (strcmp(door, doors[DOOR_EVENTS]) == 0)
        roles &= ROLES_EVENTS;
    if (roles)
        return key;
    unsigned unsaid;
    char print[KEY_PRINT_TEXT];
    if (may_say(&doorman->hush, &unsaid))
        log_warning("not let in", "door=%s key=%s fingerprint=%s unsaid=%u", door,
                    key ? key->name : "unknown", key_print(public, print), unsaid);
    return NULL;
}

/* version, request, domain, address, routing id, mechanism, credentials */
static void answer(struct doorman *doorman) {
    zmsg_t *question = zmsg_recv(doorman->questions);
    char *part[6] = {0};
    for (size_t i = 0; question && i < 6; i++)
        part[i] = zmsg_popstr(question);
    zframe_t *credentials = question ? zmsg_pop(question) : NULL;
    if (part[5]) {
        const struct allowed_key *key = admit(doorman, part[2], part[5], credentials);
        (void)zstr_sendx(doorman->questions, "1.0", part[1], key ? "200" : "400",
                         key ? "OK" : "this key is not allowed here", key ? key->name : "", "",
                         NULL);
    }
    zframe_destroy(&credentials);
    for (size_t i = 0; i < 6; i++)
        freen(part[i]);
    zmsg_destroy(&question);
}

static void doorman_main(zsock_t *pipe, void *args) {
    struct doorman doorman = {.allowed = allowed_new(args)};
    /* The socket is connected to by libzmq itself, and asked before any peer is. */
    doorman.questions = zsock_new(ZMQ_REP);
    bool ready = doorman.allowed && doorman.questions &&
                 zsock_bind(doorman.questions, "inproc://zeromq.zap.01") == 0;
    zpoller_t *poller = ready ? zpoller_new(pipe, doorman.questions, NULL) : NULL;
    zsock_signal(pipe, poller ? 0 : 1);
    while (poller) {
        void *from = zpoller_wait(poller, -1);
        if (from == doorman.questions)
            answer(&doorman);
        else if (from == pipe || zpoller_terminated(poller))
            break;
    }
    zpoller_destroy(&poller);
    zsock_destroy(&doorman.questions);
    allowed_destroy(&doorman.allowed);
}

/* --- the guard -------------------------------------------------------------------------------- */

/* A connection is a descriptor, and strangers can open many before the handshake ends them. */
static void raise_descriptors(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static bool watch_list(struct guard *guard, const char *folder, struct fault *fault) {
    guard->notify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (guard->notify >= 0 && inotify_add_watch(guard->notify, folder,
                                                IN_MOVED_TO | IN_MOVED_FROM | IN_CLOSE_WRITE |
                                                    IN_DELETE | IN_ATTRIB) >= 0)
        return true;
    return fault_set(fault, FAULT_SYSTEM, "%s cannot be watched: %s", folder, strerror(errno));
}

struct guard *guard_new(const struct places *places, struct fault *fault) {
    struct guard *guard = calloc(1, sizeof *guard);
    if (!guard) {
        fault_memory(fault);
        return NULL;
    }
    guard->notify = -1;
    (void)snprintf(guard->listen, sizeof guard->listen, "%s", places->listen);
    raise_descriptors();
    bool ready = keys_service(places->keys, &guard->service, fault) &&
                 watch_list(guard, places->keys, fault);
    if (ready) {
        guard->allowed = allowed_new(places->keys);
        guard->doorman = guard->allowed ? zactor_new(doorman_main, (void *)places->keys) : NULL;
        ready = guard->doorman || fault_memory(fault);
    }
    if (!ready)
        guard_destroy(&guard);
    else
        refresh(guard->allowed, NULL);
    return guard;
}

void guard_destroy(struct guard **guard) {
    if (!*guard)
        return;
    zactor_destroy(&(*guard)->doorman);
    allowed_destroy(&(*guard)->allowed);
    if ((*guard)->notify >= 0)
        (void)close((*guard)->notify);
    key_forget(&(*guard)->service);
    free(*guard);
    *guard = NULL;
}

bool guard_listen(struct guard *guard, zsock_t *socket, enum endpoint_door door,
                  struct fault *fault) {
    char endpoint[ENDPOINT_TEXT];
    if (!endpoint_door(endpoint, guard->listen, door, fault))
        return false;
    /* Options hold for what is bound from here on, so that an ipc endpoint that is bound already
     * stays as it is. Enforced: without the doorman nobody is let in. */
    zsock_set_zap_domain(socket, doors[door]);
    zsock_set_zap_enforce_domain(socket, 1);
    zsock_set_curve_server(socket, 1);
    zsock_set_curve_secretkey(socket, guard->service.secret);
    if (zsock_bind(socket, "%s", endpoint) == -1) {
        return fault_set(fault, FAULT_SYSTEM, "the endpoint %s cannot be bound: %s", endpoint,
                         zmq_strerror(errno));
    }
    char *bound = zsock_last_endpoint(socket);
    (void)snprintf(guard->bound[door], ENDPOINT_TEXT, "%s", bound ? bound : endpoint);
    freen(bound);
    char quoted[LOG_QUOTED];
    log_info("listening to holders of keys", "door=%s endpoint=%s", doors[door],
             log_quote(guard->bound[door], quoted));
    return true;
}

void guard_expel(struct guard *guard, zsock_t *socket, enum endpoint_door door) {
    (void)zsock_unbind(socket, "%s", guard->bound[door]);
}

bool guard_readmit(struct guard *guard, zsock_t *socket, enum endpoint_door door) {
    return zsock_bind(socket, "%s", guard->bound[door]) != -1;
}

const char *guard_sender(const struct guard *guard, zframe_t *frame) {
    /* libzmq sets it from the doorman's answer, before what a peer says of himself. A peer at an
     * ipc socket may claim to be somebody here, and has fewer rights then. */
    return guard ? zframe_meta(frame, "User-Id") : NULL;
}

unsigned guard_roles(struct guard *guard, const char *key) {
    if (!key || !guard)
        return ROLES_ALL;
    refresh(guard->allowed, &guard->lost);
    return allowed_roles(guard->allowed, key);
}

unsigned guard_lost(struct guard *guard) {
    if (!guard)
        return 0;
    refresh(guard->allowed, &guard->lost);
    unsigned lost = guard->lost;
    guard->lost = 0;
    return lost;
}

const char *guard_refuse(struct guard *guard, const char *key, const char *what,
                         char reason[GUARD_REASON]) {
    char roles[ROLES_TEXT];
    unsigned has = guard_roles(guard, key), unsaid;
    if (has)
        (void)snprintf(reason, GUARD_REASON, "the key '%.48s' (%s) may not %s", key,
                       roles_write(has, roles), what);
    else
        (void)snprintf(reason, GUARD_REASON, "the key '%.48s' is not allowed here any more", key);
    char quoted[LOG_QUOTED];
    if (may_say(&guard->hush, &unsaid))
        log_warning("refused", "reason=%s unsaid=%u", log_quote(reason, quoted), unsaid);
    return reason;
}

int *guard_watch(struct guard *guard) {
    return &guard->notify;
}

void guard_calm(struct guard *guard) {
    char events[4096];
    while (read(guard->notify, events, sizeof events) > 0)
        continue;
}
