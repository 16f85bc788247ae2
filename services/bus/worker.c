/* The thread that speaks with the hub. It is never busy for long, so that heartbeats go out
 * whatever the task does, which the hand performs. */
#include "services/bus/worker.h"

#include "services/bus/clock.h"
#include "services/bus/guard.h"
#include "services/bus/hand.h"
#include "services/bus/hash.h"
#include "services/bus/log.h"
#include "services/bus/notify.h"
#include "services/bus/process.h"
#include "services/bus/protocol.h"
#include "services/bus/reload.h"
#include "services/bus/request_id.h"
#include "services/bus/version.h"

#include <unistd.h>

enum {
    HELLO_AGAIN_MS = 1000, /* while the hub has not welcomed us */
    HEARTBEAT_DEFAULT_MS = 500,
    FINISH_MS = 500,      /* told to stop, how long a task that was begun may take to its end */
    LINGER_MS = 300,      /* ... and the last messages to the hub */
    WANT_AGAIN_MS = 5000, /* a blob whose answer had no room on its way */
};

struct worker {
    const struct role *role;
    const struct places *places;
    zsock_t *hub, *watch;
    zactor_t *hand;
    zpoller_t *poller;
    int64_t heartbeat_ms, next_heartbeat, next_hello, next_want;
    int64_t idle_since; /* while not busy */
    bool welcome, busy, stopping;
    bool asked;                       /* for a task, since the last hello, and it has not come */
    uint64_t task;                    /* while busy */
    char request_id[REQUEST_ID_TEXT]; /* of the task; "": none */
    char wanted[HASH_TEXT];           /* the blob that the hand waits for, or "" */
    char name[128];
    char refused[GUARD_REASON]; /* why the hub last would not hear it, as logged; or "" */
    uint32_t protocol;          /* that is spoken with the hub */
    uint32_t protocol_told;     /* an earlier one, as logged */
    struct beat beat;
};

zframe_t *worker_result(TaskDone *done) {
    Message message = wire_message(0);
    message.body_case = MINDEX__V1__MESSAGE__BODY_TASK_DONE;
    message.task_done = done;
    return wire_frame(&message);
}

static void say_hello(struct worker *worker) {
    Mindex__V1__Hello hello = MINDEX__V1__HELLO__INIT;
    hello.role = (char *)worker->role->name;
    hello.name = worker->name;
    hello.build = MINDEX_VERSION;
    hello.has_protocol = hello.has_protocol_least = true;
    hello.protocol = WORKER_PROTOCOL;
    hello.protocol_least = WORKER_PROTOCOL_LEAST;
    Message message = wire_message(0);
    message.body_case = MINDEX__V1__MESSAGE__BODY_HELLO;
    message.hello = &hello;
    (void)wire_send(worker->hub, NULL, &message);
    worker->asked = false; /* the hub begins anew with this worker */
    worker->next_hello = clock_ms() + HELLO_AGAIN_MS;
}

static void ask_for_task(struct worker *worker) {
    if (worker->asked)
        return;
    worker->asked = true;
    Mindex__V1__Credit credit = MINDEX__V1__CREDIT__INIT;
    credit.tasks = 1;
    Message message = wire_message(0);
    message.body_case = MINDEX__V1__MESSAGE__BODY_CREDIT;
    message.credit = &credit;
    (void)wire_send(worker->hub, NULL, &message);
}

static void send_heartbeat(struct worker *worker) {
    Heartbeat heartbeat = MINDEX__V1__HEARTBEAT__INIT;
    struct arena *arena = worker->protocol >= PROTOCOL_BEATS ? arena_new() : NULL;
    if (arena)
        beat_next(&worker->beat, clock_ms(), arena, &heartbeat);
    Message message = wire_message(0);
    message.body_case = MINDEX__V1__MESSAGE__BODY_HEARTBEAT;
    message.heartbeat = &heartbeat;
    (void)wire_send(worker->hub, NULL, &message);
    arena_destroy(&arena);
}

static void say_goodbye(struct worker *worker) {
    Mindex__V1__Goodbye goodbye = MINDEX__V1__GOODBYE__INIT;
    Message message = wire_message(0);
    message.body_case = MINDEX__V1__MESSAGE__BODY_GOODBYE;
    message.goodbye = &goodbye;
    (void)wire_send(worker->hub, NULL, &message);
}

static void want_blob(struct worker *worker) {
    Mindex__V1__BlobWanted wanted = MINDEX__V1__BLOB_WANTED__INIT;
    wanted.hash = worker->wanted;
    Message message = wire_message(0);
    message.body_case = MINDEX__V1__MESSAGE__BODY_BLOB_WANTED;
    message.blob_wanted = &wanted;
    (void)wire_send(worker->hub, NULL, &message);
    worker->next_want = clock_ms() + WANT_AGAIN_MS;
}

static void on_blob(struct worker *worker, const Blob *blob) {
    if (strcmp(blob->hash, worker->wanted) != 0)
        return; /* asked for twice, answered twice */
    worker->wanted[0] = '\0';
    if (blob->has_content) {
        (void)zsock_send(worker->hand, "sb", HAND_BLOB, blob->content.data, blob->content.len);
    } else {
        (void)zstr_send(worker->hand, HAND_BLOB);
    }
}

/* Such as a key that is revoked or for other roles: said once, for it is asked on and on, and heard
 * again as soon as it is allowed. */
static void on_error(struct worker *worker, const char *reason) {
    char quoted[LOG_QUOTED], cut[sizeof worker->refused];
    (void)snprintf(cut, sizeof cut, "%s", reason ? reason : "no reason given");
    if (strcmp(cut, worker->refused) == 0)
        return;
    memcpy(worker->refused, cut, sizeof cut);
    notify_status("refused by the hub at %s: %s", worker->places->hub, cut);
    log_error("refused by the hub", "name=%s reason=%s", worker->name, log_quote(cut, quoted));
}

/* Also one that is older than this worker is worked with, as far as that goes. */
static void tell_of_hub(struct worker *worker, const char *version) {
    char quoted[LOG_QUOTED];
    (void)log_quote(version ? version : "0.1", quoted);
    log_info(worker->welcome ? "welcomed again" : "welcomed by the hub",
             "name=%s version=%s protocol=%lu", worker->name, quoted,
             (unsigned long)worker->protocol);
    if (worker->protocol < WORKER_PROTOCOL && worker->protocol != worker->protocol_told)
        log_warning("hub of an earlier version",
                    "name=%s version=%s protocol=%lu newest=%d now=\"it is worked for as it is; "
                    "upgrade it when you can\"",
                    worker->name, quoted, (unsigned long)worker->protocol, WORKER_PROTOCOL);
    worker->protocol_told = worker->protocol;
}

static void on_welcome(struct worker *worker, const Mindex__V1__Welcome *welcome) {
    char why[PROTOCOL_REASON];
    uint32_t protocol = protocol_of_hub(welcome, why);
    if (!protocol) { /* asked on and on, for it may be upgraded */
        on_error(worker, why);
        say_goodbye(worker);
        worker->welcome = false;
        return;
    }
    worker->protocol = protocol;
    tell_of_hub(worker, welcome->build);
    if (!worker->welcome || worker->refused[0])
        notify_status("at work for the hub at %s", worker->places->hub);
    worker->welcome = true;
    worker->refused[0] = '\0';
    beat_forget(&worker->beat);
    if (welcome->heartbeat_ms)
        worker->heartbeat_ms = welcome->heartbeat_ms;
    worker->next_heartbeat = clock_ms() + worker->heartbeat_ms;
    if (!worker->busy && !worker->stopping)
        ask_for_task(worker);
    if (worker->wanted[0])
        want_blob(worker); /* the hub that was asked is no more */
}

/* Each heartbeat that waited for a hub to come back is answered so; one hello is enough, for each
 * would bring a welcome, and each welcome a task more than can be done. */
static void on_hello_wanted(struct worker *worker) {
    if (worker->welcome)
        say_hello(worker);
    worker->welcome = false;
}

/* The hand cannot be made to let go of its task: only a new process is of use again. Nothing is
 * lost, for the task is with the hub. */
static void end_stuck(const struct worker *worker) {
    log_request(worker->request_id);
    log_error("task took too long",
              "task=%llu now=\"this worker ends; whoever started it starts "
              "another\"",
              (unsigned long long)worker->task);
    _exit(EXIT_FAILURE);
}

static void keep_request(struct worker *worker, const char *request_id) {
    worker->request_id[0] = '\0';
    if (request_id && request_id_valid(request_id))
        memcpy(worker->request_id, request_id, sizeof worker->request_id);
}

static void on_hub(struct worker *worker) {
    zframe_t *frame = zframe_recv(worker->hub);
    if (!frame)
        return;
    Message *message = wire_read(frame);
    struct fault other = {0};
    if (!message && wire_is_other(frame, worker->places->hub, &other)) {
        on_error(worker, other.text);
    } else if (message && message->body_case == MINDEX__V1__MESSAGE__BODY_WELCOME) {
        on_welcome(worker, message->welcome);
    } else if (message && message->body_case == MINDEX__V1__MESSAGE__BODY_HELLO_WANTED) {
        on_hello_wanted(worker);
    } else if (message && message->body_case == MINDEX__V1__MESSAGE__BODY_TASK && !worker->busy &&
               !worker->stopping) {
        worker->busy = zsock_send(worker->hand, "sf", HAND_TASK, frame) == 0;
        worker->task = message->task->task;
        keep_request(worker, message->task->request_id);
        worker->asked = false;
    } else if (message && message->body_case == MINDEX__V1__MESSAGE__BODY_TASK_TAKEN &&
               worker->busy && worker->task == message->task_taken->task) {
        end_stuck(worker);
    } else if (message && message->body_case == MINDEX__V1__MESSAGE__BODY_BLOB) {
        on_blob(worker, message->blob);
    } else if (message && message->body_case == MINDEX__V1__MESSAGE__BODY_ERROR) {
        on_error(worker, message->error->reason);
    }
    wire_free(&message);
    zframe_destroy(&frame);
}

static void report_failure(struct worker *worker, char *reason, uint64_t task, bool trouble) {
    char quoted[LOG_QUOTED];
    log_request(worker->request_id);
    log_error("task failed", "task=%llu reason=%s", (unsigned long long)task,
              log_quote(reason, quoted));
    log_request(NULL);
    Mindex__V1__TaskFailed failed = MINDEX__V1__TASK_FAILED__INIT;
    failed.task = task;
    failed.reason = reason;
    failed.has_surroundings = failed.surroundings = trouble;
    Message message = wire_message(0);
    message.body_case = MINDEX__V1__MESSAGE__BODY_TASK_FAILED;
    message.task_failed = &failed;
    (void)wire_send(worker->hub, NULL, &message);
}

static uint64_t pop_number(zmsg_t *parts) {
    char *text = zmsg_popstr(parts);
    uint64_t number = text ? strtoull(text, NULL, 10) : 0;
    freen(text);
    return number;
}

static void on_hand(struct worker *worker) {
    zmsg_t *parts = zmsg_recv(worker->hand);
    char *word = parts ? zmsg_popstr(parts) : NULL;
    if (word && strcmp(word, HAND_BLOB) == 0) {
        char *hash = zmsg_popstr(parts);
        (void)snprintf(worker->wanted, sizeof worker->wanted, "%s", hash ? hash : "");
        freen(hash);
        want_blob(worker);
    } else if (word) {
        worker->busy = false;
        worker->idle_since = clock_ms();
        if (strcmp(word, HAND_DONE) == 0) {
            zframe_t *result = zmsg_pop(parts);
            (void)wire_send_frame(worker->hub, NULL, &result);
        } else {
            char *reason = zmsg_popstr(parts);
            if (reason)
                report_failure(worker, reason, pop_number(parts), strcmp(word, HAND_TROUBLE) == 0);
            freen(reason);
        }
        if (!worker->stopping)
            ask_for_task(worker);
    }
    freen(word);
    zmsg_destroy(&parts);
}

static int64_t idle_ms(const struct worker *worker) {
    return worker->role->idles ? 1000 * (int64_t)worker->role->config->idle : 0;
}

/* When it ends for want of work. */
static int64_t idle_end(const struct worker *worker) {
    bool ends = idle_ms(worker) && !worker->busy && !worker->stopping;
    return ends ? worker->idle_since + idle_ms(worker) : INT64_MAX;
}

static int until_next(const struct worker *worker) {
    int64_t next = worker->welcome ? worker->next_heartbeat : worker->next_hello;
    int64_t end = idle_end(worker);
    int64_t now = clock_ms(), left = (end < next ? end : next) - now, alive = notify_until(now);
    left = alive < left ? alive : left;
    return left < 0 ? 0 : (int)left;
}

static void on_time(struct worker *worker) {
    int64_t now = clock_ms();
    notify_alive();
    if (!worker->welcome && now >= worker->next_hello)
        say_hello(worker);
    if (worker->wanted[0] && now >= worker->next_want)
        want_blob(worker);
    if (worker->welcome && now >= worker->next_heartbeat) {
        send_heartbeat(worker);
        worker->next_heartbeat = now + worker->heartbeat_ms;
    }
}

static void turn(struct worker *worker, const void *ready) {
    if (ready == worker->hub)
        on_hub(worker);
    else if (ready == worker->hand)
        on_hand(worker);
    on_time(worker);
}

/* Told to stop: a task that ends within FINISH_MS is handed in; another is handed back with the
 * goodbye, so that the hub gives it to somebody else at once. */
static void finish(struct worker *worker, const int *signals) {
    notify_stopping();
    worker->stopping = true;
    (void)zpoller_remove(worker->poller, (void *)signals);
    int64_t end = clock_ms() + FINISH_MS, left;
    while (worker->busy && (left = end - clock_ms()) > 0) {
        int next = until_next(worker);
        turn(worker, zpoller_wait(worker->poller, left < next ? (int)left : next));
    }
    say_goodbye(worker);
}

/* Whether the hub lets us in. A worker that is turned away ends: who started it starts it again,
 * when its key is allowed, or another is there. */
static bool admitted(struct worker *worker) {
    struct fault fault = {0};
    char quoted[LOG_QUOTED];
    if (wire_admitted(worker->watch, worker->places->hub, &fault))
        return true;
    log_error("not let in", "reason=%s", log_quote(fault.text, quoted));
    return false;
}

/* Until it is to stop; false: it was turned away. */
static bool work(struct worker *worker, const int *signals) {
    say_hello(worker);
    for (;;) {
        void *ready = zpoller_wait(worker->poller, until_next(worker));
        if (process_stops(ready, signals))
            break;
        if (process_reloads(ready, signals))
            (void)reload(worker->role->config, worker->role->name);
        if (!ready && clock_ms() >= idle_end(worker)) {
            log_info("no task came", "name=%s for_ms=%lld", worker->name,
                     (long long)idle_ms(worker));
            break;
        }
        if (ready == worker->watch && !admitted(worker))
            return false;
        turn(worker, ready);
    }
    finish(worker, signals);
    return true;
}

/* Ends the process if the hand is deep in a task, which may take it minutes more: neither the hand
 * nor what it holds can be taken away under it, and nobody waits for what it would find. What is
 * on disk is whole at any moment, as after SIGKILL. A hand that waits for a blob, or ends within
 * the time that the goodbye gets for its way, needs no such end. */
static void leave_if_busy(struct worker *worker, int status) {
    if (!worker->busy || worker->wanted[0])
        return;
    (void)zpoller_remove(worker->poller, worker->hub);
    (void)zpoller_remove(worker->poller, worker->watch);
    if (zpoller_wait(worker->poller, LINGER_MS))
        return;
    log_info("stopped", "name=%s task=\"handed back\"", worker->name);
    _exit(status);
}

int worker_run(const struct role *role, const struct places *places, int signals) {
    char quoted[LOG_QUOTED];
    struct fault fault = {0};
    struct worker worker = {.role = role,
                            .places = places,
                            .heartbeat_ms = HEARTBEAT_DEFAULT_MS,
                            .idle_since = clock_ms(),
                            .beat = {.tell = role->tell, .around = role->around}};
    char host[64] = "host";
    (void)gethostname(host, sizeof host - 1);
    (void)snprintf(worker.name, sizeof worker.name, "%s-%ld", host, (long)getpid());
    worker.hub = wire_open(ZMQ_DEALER, NULL, &fault);
    worker.watch = worker.hub ? wire_watch(worker.hub) : NULL;
    bool connected =
        worker.watch && wire_connect_with(worker.hub, places->hub, places->key, &fault);
    worker.hand = connected ? zactor_new(hand_main, (void *)role) : NULL;
    /* The signals first: of several that are ready the poller names the first. */
    worker.poller =
        worker.hand ? zpoller_new(&signals, worker.hub, worker.hand, worker.watch, NULL) : NULL;
    bool ready = worker.poller != NULL;
    if (ready) {
        log_info("started", "name=%s version=%s hub=%s", worker.name, MINDEX_VERSION,
                 log_quote(places->hub, quoted));
        zsock_set_linger(worker.hub, LINGER_MS);
        /* It waits for no hub: one that is not there yet is no fault of this process. */
        notify_status("waits for the hub at %s", places->hub);
        notify_ready();
        ready = work(&worker, &signals);
        leave_if_busy(&worker, ready ? EXIT_SUCCESS : EXIT_FAILURE);
        log_info("stopped", "name=%s", worker.name);
    } else {
        log_error("cannot start", "reason=%s",
                  log_quote(*fault.text ? fault.text : "out of memory or descriptors", quoted));
    }
    zpoller_destroy(&worker.poller);
    zactor_destroy(&worker.hand);
    wire_unwatch(worker.hub, &worker.watch);
    zsock_destroy(&worker.hub);
    beat_forget(&worker.beat);
    return ready ? EXIT_SUCCESS : EXIT_FAILURE;
}
