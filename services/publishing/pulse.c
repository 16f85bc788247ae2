#include "services/publishing/pulse.h"

#include <pthread.h>

enum {
    WAIT_MS = 1000,       /* how long the hub may keep the question */
    ANSWER_MS = 2000,     /* an answer that is later was lost with the hub */
    ASK_AGAIN_MS = 200,   /* after an answer that says no */
    EVENTS_AT_ONCE = 500, /* in one answer */
};

struct pulse {
    struct client *client;
    struct pulse_listener listener;
    zactor_t *actor;
    pthread_mutex_t lock; /* of what follows, which others read */
    uint64_t log, event;
    bool away;
    /* The thread's own. */
    bool knows;
    uint64_t before;  /* until then: what is asked after; 0, or the event before the newest */
    uint64_t time_ms; /* of the newest event; 0: there is none */
    uint64_t oldest;  /* event of the log */
};

/* --- what others see -------------------------------------------------------------------------- */

static void set(struct pulse *pulse, uint64_t log, uint64_t event) {
    (void)pthread_mutex_lock(&pulse->lock);
    pulse->log = log;
    pulse->event = event;
    pulse->away = false;
    (void)pthread_mutex_unlock(&pulse->lock);
}

static void set_away(struct pulse *pulse) {
    (void)pthread_mutex_lock(&pulse->lock);
    pulse->away = true;
    (void)pthread_mutex_unlock(&pulse->lock);
}

bool pulse_now(struct pulse *pulse, uint64_t *log, uint64_t *event) {
    (void)pthread_mutex_lock(&pulse->lock);
    *log = pulse->log;
    *event = pulse->event;
    bool there = !pulse->away;
    (void)pthread_mutex_unlock(&pulse->lock);
    return there;
}

/* --- the thread ------------------------------------------------------------------------------- */

static Message *ask(struct pulse *pulse, struct fault *fault) {
    EventsWanted wanted = MINDEX__V1__EVENTS_WANTED__INIT;
    wanted.after = pulse->knows ? pulse->event : pulse->before;
    wanted.has_limit = wanted.has_wait_ms = true;
    wanted.limit = pulse->knows ? EVENTS_AT_ONCE : 1;
    wanted.has_or_oldest = wanted.or_oldest = !pulse->knows;
    wanted.wait_ms = pulse->knows ? WAIT_MS : 0;
    wanted.has_after_time_ms = pulse->knows && pulse->time_ms;
    wanted.after_time_ms = pulse->time_ms;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_EVENTS_WANTED;
    question.events_wanted = &wanted;
    Message *answer = client_ask(pulse->client, &question, ANSWER_MS, fault);
    if (answer && answer->body_case != MINDEX__V1__MESSAGE__BODY_EVENTS) {
        fault_set(fault, FAULT_SYSTEM, "the hub's answer is of another kind");
        wire_free(&answer);
    }
    return answer;
}

/* The log's end is known with its time, by which another log is told from this one: a second
 * question leads there. */
static void begin(struct pulse *pulse, const Events *events) {
    if (events->through < events->newest && pulse->before == 0) {
        pulse->before = events->newest - 1;
        return;
    }
    pulse->knows = true;
    pulse->before = 0;
    pulse->time_ms = events->through_time_ms;
    pulse->oldest = events->oldest;
    if (pulse->listener.begun)
        pulse->listener.begun(pulse->listener.context, events->through, pulse->time_ms);
    set(pulse, pulse->log + 1, events->through);
}

/* Those who listen come first: whoever sees the new number may ask them for the event. */
static void take(struct pulse *pulse, Message **answer) {
    const Events *events = (*answer)->events;
    uint64_t through = events->through;
    pulse->time_ms = events->through_time_ms;
    if (events->n_events && pulse->listener.heard)
        pulse->listener.heard(pulse->listener.context, answer);
    /* What was answered may be of an edition that was retired since: as of another log. */
    uint64_t log = pulse->log + (events->oldest != pulse->oldest);
    pulse->oldest = events->oldest;
    set(pulse, log, through > pulse->event ? through : pulse->event);
}

/* Whether it is to end. */
static bool told_to_stop(zsock_t *pipe) {
    return zsock_events(pipe) & ZMQ_POLLIN;
}

static void main_loop(zsock_t *pipe, void *args) {
    struct pulse *pulse = args;
    zpoller_t *poller = zpoller_new(pipe, NULL);
    bool ready = poller && client_heed(pulse->client, pipe);
    zsock_signal(pipe, 0);
    while (ready && !told_to_stop(pipe)) {
        struct fault fault = {0};
        Message *answer = ask(pulse, &fault);
        if (answer) {
            if (pulse->knows)
                take(pulse, &answer);
            else
                begin(pulse, answer->events);
            wire_free(&answer);
            continue;
        }
        if (fault.kind == FAULT_INPUT && (pulse->knows || pulse->before)) {
            pulse->knows = false; /* the log is shorter than it was, or another */
            pulse->before = 0;
        } else {
            set_away(pulse);
        }
        (void)zpoller_wait(poller, ASK_AGAIN_MS);
    }
    zpoller_destroy(&poller);
    char *word = zstr_recv(pipe);
    freen(word);
}

struct pulse *pulse_new(const char *hub, const char *key, const struct pulse_listener *listener,
                        struct fault *fault) {
    struct pulse *pulse = calloc(1, sizeof *pulse);
    if (!pulse) {
        fault_memory(fault);
        return NULL;
    }
    (void)pthread_mutex_init(&pulse->lock, NULL);
    if (listener)
        pulse->listener = *listener;
    pulse->client = client_open(hub, key, fault);
    pulse->actor = pulse->client ? zactor_new(main_loop, pulse) : NULL;
    if (pulse->client && !pulse->actor)
        fault_memory(fault);
    if (!pulse->actor)
        pulse_destroy(&pulse);
    return pulse;
}

void pulse_destroy(struct pulse **pulse) {
    if (!*pulse)
        return;
    zactor_destroy(&(*pulse)->actor);
    client_destroy(&(*pulse)->client);
    (void)pthread_mutex_destroy(&(*pulse)->lock);
    free(*pulse);
    *pulse = NULL;
}
