#include "services/publishing/webhooks.h"

#include "services/bus/clock.h"
#include "services/bus/log.h"
#include "services/bus/notify.h"
#include "services/bus/wire.h"

#include <sodium.h>

enum {
    POSTS_MAX = 64,         /* under way at a time */
    POSTS_FAILING_MAX = 32, /* of those, to where the last one failed */
    TOLD_MAX = 4,   /* reports at a time: the hub keeps no more than a few answers for each peer */
    PAGE = 500,     /* events of one answer */
    WAIT_MS = 2000, /* how long the hub may keep the question for events */
    ASK_AGAIN_MS = 5000, /* an answer that is this late was lost with the hub */
    TRY_AGAIN_MS = 1000, /* after the hub could not answer, or memory ran out */
    IDLE_MS = 1000,
};

#define SECONDS UINT64_C(1000)
#define MINUTES (60 * SECONDS)
#define HOURS   (60 * MINUTES)

const struct webhooks_settings webhooks_standard = {
    .schedule = {.delays_ms = {0, 5 * SECONDS, 5 * MINUTES, 30 * MINUTES, 2 * HOURS, 5 * HOURS,
                               10 * HOURS, 14 * HOURS, 20 * HOURS, 24 * HOURS},
                 .attempts = 10},
    .timeout_ms = 20000,
    .look_ms = 1000,
};

struct webhooks {
    const struct webhooks_settings *settings;
    struct hook_guard *guard;
    struct hook_poster *poster;
    zsock_t *hub;
    struct hook **hooks;
    size_t n_hooks, room_hooks, first; /* `first`: whose turn is first */
    size_t n_posting, n_failing, n_told;
    uint64_t last_request;

    bool knows; /* the version that the hub's subscriptions had when it last told them */
    uint64_t version, look_request;
    int64_t next_look;

    uint64_t newest, newest_time_ms; /* of the log, as the hub last said */
    uint64_t events_request;         /* 0: none is asked */
    uint64_t events_after;           /* what it asks for */
    bool waits;                      /* the hub may keep the question */
    int64_t ask_again;
};

/* --- asking the hub --------------------------------------------------------------------------- */

static uint64_t ask(struct webhooks *webhooks, Message *message) {
    message->has_request = true;
    message->request = ++webhooks->last_request;
    (void)wire_send(webhooks->hub, NULL, message);
    return message->request;
}

static void look(struct webhooks *webhooks, int64_t now) {
    SubscriptionsWanted wanted = MINDEX__V1__SUBSCRIPTIONS_WANTED__INIT;
    wanted.has_known_version = webhooks->knows;
    wanted.known_version = webhooks->version;
    wanted.has_secrets = wanted.secrets = true;
    Message message = wire_message(0);
    message.body_case = MINDEX__V1__MESSAGE__BODY_SUBSCRIPTIONS_WANTED;
    message.subscriptions_wanted = &wanted;
    webhooks->look_request = ask(webhooks, &message);
    webhooks->next_look = now + ASK_AGAIN_MS;
}

static void tell(struct webhooks *webhooks, struct hook *hook, int64_t now) {
    Message message = wire_message(0);
    message.body_case = MINDEX__V1__MESSAGE__BODY_DELIVERIES_MADE;
    message.deliveries_made = &hook->report;
    webhooks->n_told += hook->request == 0;
    hook->request = ask(webhooks, &message);
    hook->tell_again = now + ASK_AGAIN_MS;
}

/* The least position from which a subscription has something to read; UINT64_MAX: none has. */
static uint64_t least_wanted(const struct webhooks *webhooks, uint64_t newest) {
    uint64_t least = UINT64_MAX;
    for (size_t i = 0; i < webhooks->n_hooks; i++) {
        const struct hook *hook = webhooks->hooks[i];
        if (hook_reads_live(hook, newest) && hook->live.scanned < least)
            least = hook->live.scanned;
        if (hook_reads_again(hook, newest) && hook->again.scanned < least)
            least = hook->again.scanned;
    }
    return least;
}

/* One question at a time: for the least position that anybody wants to go on from, or, where all
 * have what there is, for what comes next. */
static void ask_events(struct webhooks *webhooks, int64_t now) {
    uint64_t after = least_wanted(webhooks, webhooks->newest);
    bool waits = after == UINT64_MAX;
    if (waits) /* for what is not there yet, if anybody would read it */
        after = least_wanted(webhooks, UINT64_MAX) == UINT64_MAX ? UINT64_MAX : webhooks->newest;
    if (after == UINT64_MAX ||
        (webhooks->events_request && now < webhooks->ask_again && !(webhooks->waits && !waits)) ||
        (!webhooks->events_request && now < webhooks->ask_again))
        return;
    EventsWanted wanted = MINDEX__V1__EVENTS_WANTED__INIT;
    wanted.after = webhooks->events_after = after;
    wanted.has_limit = wanted.has_wait_ms = true;
    wanted.limit = PAGE;
    wanted.wait_ms = waits ? WAIT_MS : 0;
    wanted.has_after_time_ms = after == webhooks->newest && webhooks->newest_time_ms != 0;
    wanted.after_time_ms = webhooks->newest_time_ms;
    Message message = wire_message(0);
    message.body_case = MINDEX__V1__MESSAGE__BODY_EVENTS_WANTED;
    message.events_wanted = &wanted;
    webhooks->events_request = ask(webhooks, &message);
    webhooks->waits = waits;
    webhooks->ask_again = now + ASK_AGAIN_MS;
}

/* --- the list --------------------------------------------------------------------------------- */

static bool add_hook(struct webhooks *webhooks, struct hook *hook) {
    if (webhooks->n_hooks == webhooks->room_hooks) {
        size_t room = webhooks->room_hooks ? 2 * webhooks->room_hooks : 16;
        struct hook **more = reallocarray(webhooks->hooks, room, sizeof(struct hook *));
        if (!more)
            return false;
        webhooks->hooks = more;
        webhooks->room_hooks = room;
    }
    webhooks->hooks[webhooks->n_hooks++] = hook;
    return true;
}

static struct hook *hook_named(const struct webhooks *webhooks, const char *name) {
    for (size_t i = 0; i < webhooks->n_hooks; i++) {
        if (!webhooks->hooks[i]->gone && strcmp(webhooks->hooks[i]->told->name, name) == 0)
            return webhooks->hooks[i];
    }
    return NULL;
}

/* One that has a message under way stays until that has ended. */
static void forget_gone(struct webhooks *webhooks) {
    size_t kept = 0;
    for (size_t i = 0; i < webhooks->n_hooks; i++) {
        struct hook *hook = webhooks->hooks[i];
        if (hook->gone && hook->phase != HOOK_POSTING) {
            webhooks->n_told -= hook->phase == HOOK_TELLING && hook->request;
            hook_destroy(&hook);
        } else {
            webhooks->hooks[kept++] = hook;
        }
    }
    webhooks->n_hooks = kept;
}

/* The log is another than the one that we know: nothing that we have of it holds. */
static void begin_anew(struct webhooks *webhooks) {
    for (size_t i = 0; i < webhooks->n_hooks; i++)
        webhooks->hooks[i]->gone = true;
    forget_gone(webhooks);
    webhooks->knows = false;
    webhooks->newest = webhooks->newest_time_ms = 0;
    webhooks->events_request = 0;
    webhooks->next_look = 0;
}

/* --- what the hub answers --------------------------------------------------------------------- */

/* Takes the subscription over. False: out of memory. */
static bool take_subscription(struct webhooks *webhooks, Subscription *told) {
    struct hook *hook = hook_named(webhooks, told->name);
    if (!hook) {
        hook = hook_new(told);
        if (!hook || !add_hook(webhooks, hook)) {
            hook_destroy(&hook);
            return false;
        }
    } else {
        hook_hear(hook, told);
    }
    hook->seen = true;
    return true;
}

static void on_subscriptions(struct webhooks *webhooks, Subscriptions *told, int64_t now) {
    webhooks->next_look = now + webhooks->settings->look_ms;
    if (told->newest < webhooks->newest && told->has_newest) {
        begin_anew(webhooks);
        return;
    }
    if (webhooks->newest == 0)
        webhooks->newest = told->newest;
    if (webhooks->knows && told->version == webhooks->version)
        return;
    bool all = true;
    for (size_t i = 0; i < webhooks->n_hooks; i++)
        webhooks->hooks[i]->seen = false;
    for (size_t i = 0; i < told->n_subscriptions; i++) {
        all = take_subscription(webhooks, told->subscriptions[i]) && all;
        told->subscriptions[i] = NULL;
    }
    for (size_t i = 0; i < webhooks->n_hooks; i++)
        webhooks->hooks[i]->gone |= !webhooks->hooks[i]->seen;
    forget_gone(webhooks);
    told->n_subscriptions = 0;
    webhooks->knows = all;
    webhooks->version = told->version;
}

static void on_events(struct webhooks *webhooks, const Events *events, int64_t now) {
    struct fault fault = {0};
    uint64_t after = webhooks->events_after;
    webhooks->events_request = 0;
    webhooks->ask_again = now;
    if (events->newest < webhooks->newest) {
        begin_anew(webhooks);
        return;
    }
    for (size_t i = 0; i < webhooks->n_hooks; i++) {
        struct hook *hook = webhooks->hooks[i];
        bool fine = true;
        if (hook_reads_live(hook, events->newest))
            fine = hook_take(hook, &hook->live, after, events, &fault);
        if (fine && hook_reads_again(hook, events->newest))
            fine = hook_take(hook, &hook->again, after, events, &fault);
        if (!fine)
            webhooks->ask_again = now + TRY_AGAIN_MS;
    }
    if (events->through == events->newest)
        webhooks->newest_time_ms = events->through_time_ms;
    else if (webhooks->newest != events->newest)
        webhooks->newest_time_ms = 0; /* not known yet */
    webhooks->newest = events->newest;
}

static struct hook *hook_asked(const struct webhooks *webhooks, uint64_t request) {
    for (size_t i = 0; i < webhooks->n_hooks; i++) {
        struct hook *hook = webhooks->hooks[i];
        if (hook->phase == HOOK_TELLING && hook->request == request)
            return hook;
    }
    return NULL;
}

static void on_noted(struct webhooks *webhooks, struct hook *hook) {
    if (hook->report.disable) {  /* which the hub has told of */
        webhooks->knows = false; /* what it told before that is of no use */
        webhooks->next_look = 0;
    }
    webhooks->n_told--;
    hook_confirmed(hook);
}

/* The hub may be short of something, and is asked again; or it will never take it, as of a
 * subscription that was removed, and is asked what there is. */
static void on_error(struct webhooks *webhooks, const Message *answer, int64_t now) {
    struct hook *hook = hook_asked(webhooks, answer->request);
    bool passes = answer->error->has_try_again && answer->error->try_again;
    if (answer->request == webhooks->look_request) {
        webhooks->next_look = now + ASK_AGAIN_MS;
    } else if (answer->request == webhooks->events_request) {
        webhooks->events_request = 0;
        webhooks->ask_again = now + TRY_AGAIN_MS;
        if (!passes && webhooks->events_after > webhooks->newest) {
            for (size_t i = 0; i < webhooks->n_hooks; i++)
                hook_end_resend(webhooks->hooks[i], webhooks->events_after);
        } else if (!passes) {
            begin_anew(webhooks);
        }
    } else if (hook && passes) {
        hook->tell_again = now + TRY_AGAIN_MS;
    } else if (hook) {
        char reason[LOG_QUOTED];
        log_warning("the hub does not take what became of a webhook", "reason=%s",
                    log_quote(answer->error->reason, reason));
        hook->gone = true;
        forget_gone(webhooks);
        webhooks->knows = false;
        webhooks->next_look = now + TRY_AGAIN_MS;
    }
}

static void on_hub(struct webhooks *webhooks) {
    Message *answer = wire_receive(webhooks->hub, NULL);
    int64_t now = clock_ms();
    struct hook *hook;
    if (!answer)
        return;
    switch (answer->body_case) {
    case MINDEX__V1__MESSAGE__BODY_SUBSCRIPTIONS:
        if (answer->request == webhooks->look_request)
            on_subscriptions(webhooks, answer->subscriptions, now);
        break;
    case MINDEX__V1__MESSAGE__BODY_EVENTS:
        if (answer->request == webhooks->events_request)
            on_events(webhooks, answer->events, now);
        break;
    case MINDEX__V1__MESSAGE__BODY_DELIVERIES_NOTED:
        hook = hook_asked(webhooks, answer->request);
        if (hook)
            on_noted(webhooks, hook);
        break;
    case MINDEX__V1__MESSAGE__BODY_ERROR:
        on_error(webhooks, answer, now);
        break;
    default:
        break;
    }
    wire_free(&answer);
}

/* --- sending ---------------------------------------------------------------------------------- */

static void judge(const struct webhooks *webhooks, struct hook *hook,
                  const struct hook_outcome *outcome) {
    hook_judge(hook, outcome, &webhooks->settings->schedule, clock_wall_ms(),
               (double)randombytes_uniform(1000) / 1000);
}

static void on_outcome(struct webhooks *webhooks, const struct hook_outcome *outcome) {
    struct hook *hook = outcome->context;
    webhooks->n_posting--;
    webhooks->n_failing -= hook->told->attempts > 0;
    if (hook->gone) {
        hook->phase = HOOK_IDLE;
        forget_gone(webhooks);
    } else {
        judge(webhooks, hook, outcome);
    }
}

/* Sends what is due, if there is a place for it. */
static void send_next(struct webhooks *webhooks, struct hook *hook, uint64_t wall_ms) {
    struct fault fault = {0};
    bool failing = hook->told->attempts > 0;
    struct feed *from;
    const struct hook_message *message = hook_next(hook, wall_ms, &from);
    if (!message || webhooks->n_posting == POSTS_MAX ||
        (failing && webhooks->n_failing == POSTS_FAILING_MAX))
        return;
    hook->from = from;
    hook->posted_ms = wall_ms;
    hook->phase = HOOK_POSTING;
    if (hook_post(webhooks->poster, hook->told, message, wall_ms, hook, &fault)) {
        webhooks->n_posting++;
        webhooks->n_failing += failing;
        return;
    }
    struct hook_outcome outcome = {.context = hook};
    (void)snprintf(outcome.error, sizeof outcome.error, "%.290s", fault.text);
    judge(webhooks, hook, &outcome);
}

static void advance(struct webhooks *webhooks, struct hook *hook, int64_t now, uint64_t wall_ms) {
    struct fault fault = {0};
    if (hook->phase == HOOK_TELLING && (hook->request || webhooks->n_told < TOLD_MAX) &&
        now >= hook->tell_again)
        tell(webhooks, hook, now);
    if (hook->phase != HOOK_IDLE)
        return;
    if (!hook_settle(hook))
        webhooks->knows = false;
    (void)hook_resume_resends(hook, wall_ms, &fault); /* or in the next turn */
    send_next(webhooks, hook, wall_ms);
    (void)hook_report_progress(hook, wall_ms); /* it is told in the next turn */
}

/* Each in its turn where there are not places for all: who was told of last is last in the next. */
static void advance_all(struct webhooks *webhooks, int64_t now) {
    uint64_t wall_ms = clock_wall_ms();
    size_t first = webhooks->first;
    for (size_t i = 0; i < webhooks->n_hooks; i++) {
        size_t at = (first + i) % webhooks->n_hooks, told = webhooks->n_told;
        advance(webhooks, webhooks->hooks[at], now, wall_ms);
        if (webhooks->n_told > told)
            webhooks->first = at + 1;
    }
}

/* --- the actor -------------------------------------------------------------------------------- */

static int wait_ms(const struct webhooks *webhooks, int64_t now) {
    uint64_t wall_ms = clock_wall_ms();
    int64_t wait = IDLE_MS;
    if (webhooks->next_look - now < wait)
        wait = webhooks->next_look - now;
    for (size_t i = 0; i < webhooks->n_hooks; i++) {
        const struct hook *hook = webhooks->hooks[i];
        uint64_t due = hook_due_ms(hook);
        bool next_told = hook->request || webhooks->n_told < TOLD_MAX;
        if (hook->phase == HOOK_TELLING && next_told && hook->tell_again - now < wait)
            wait = hook->tell_again - now;
        if (webhooks->n_posting < POSTS_FAILING_MAX && due < wall_ms + (uint64_t)IDLE_MS &&
            (int64_t)(due - wall_ms) < wait)
            wait = due > wall_ms ? (int64_t)(due - wall_ms) : 0;
    }
    return wait > 0 ? (int)wait : 0;
}

static bool has_message(zsock_t *socket) {
    return (zsock_events(socket) & ZMQ_POLLIN) != 0;
}

static void turn(struct webhooks *webhooks, int64_t now) {
    struct hook_outcome outcome;
    while (hook_poster_next(webhooks->poster, &outcome))
        on_outcome(webhooks, &outcome);
    if (now >= webhooks->next_look) {
        struct fault fault = {0};
        char reason[LOG_QUOTED];
        if (!hook_guard_refresh(webhooks->guard, &fault))
            log_error("webhooks.allow allows nothing", "reason=%s", log_quote(fault.text, reason));
        look(webhooks, now);
    }
    advance_all(webhooks, now);
    ask_events(webhooks, now);
}

static void run(struct webhooks *webhooks, zsock_t *pipe) {
    struct curl_waitfd also[] = {
        {.fd = (curl_socket_t)zsock_fd(webhooks->hub), .events = CURL_WAIT_POLLIN},
        {.fd = (curl_socket_t)zsock_fd(pipe), .events = CURL_WAIT_POLLIN}};
    while (!has_message(pipe)) {
        turn(webhooks, clock_ms());
        /* ZeroMQ's descriptor tells of what has come since the socket was last looked at. */
        bool ready = has_message(webhooks->hub) || has_message(pipe);
        hook_poster_wait(webhooks->poster, also, 2, ready ? 0 : wait_ms(webhooks, clock_ms()));
        while (has_message(webhooks->hub))
            on_hub(webhooks);
        notify_turned(NOTIFY_WEBHOOKS);
    }
    notify_ended(NOTIFY_WEBHOOKS);
    char *word = zstr_recv(pipe);
    freen(word);
}

struct webhooks *webhooks_new(const struct places *places, const struct webhooks_settings *settings,
                              struct fault *fault) {
    struct webhooks *webhooks = calloc(1, sizeof *webhooks);
    if (!webhooks) {
        fault_memory(fault);
        return NULL;
    }
    webhooks->settings = settings;
    webhooks->guard = hook_guard_new(places->state, fault);
    webhooks->poster =
        webhooks->guard ? hook_poster_new(webhooks->guard, settings->timeout_ms, fault) : NULL;
    webhooks->hub = webhooks->poster ? wire_open(ZMQ_DEALER, NULL, fault) : NULL;
    if (!webhooks->hub || !wire_connect_with(webhooks->hub, places->hub, places->key, fault) ||
        sodium_init() < 0)
        webhooks_destroy(&webhooks);
    return webhooks;
}

void webhooks_destroy(struct webhooks **webhooks) {
    if (!*webhooks)
        return;
    hook_poster_destroy(&(*webhooks)->poster);
    for (size_t i = 0; i < (*webhooks)->n_hooks; i++)
        hook_destroy(&(*webhooks)->hooks[i]);
    free((*webhooks)->hooks);
    zsock_destroy(&(*webhooks)->hub);
    hook_guard_destroy(&(*webhooks)->guard);
    free(*webhooks);
    *webhooks = NULL;
}

void webhooks_main(zsock_t *pipe, void *args) {
    zsock_signal(pipe, 0);
    run(args, pipe);
}
