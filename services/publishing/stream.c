#include "services/publishing/stream.h"

#include "services/bus/clock.h"
#include "services/bus/fields.h"
#include "services/bus/guard.h"
#include "services/bus/log.h"
#include "services/bus/notify.h"
#include "services/bus/wire.h"
#include "services/publishing/askers.h"

enum {
    HEARTBEAT_MS = 1000,
    ASK_AGAIN_MS = 5000,  /* an answer that is this late was lost with the hub */
    REFUSED_MS = 200,     /* until a hub that said no is asked again */
    WAIT_MS = 2000,       /* how long the hub may keep our own question */
    WAIT_MS_MAX = 300000, /* the hub's: it has answered by then */
    REBIND_MS = 5,        /* until an endpoint that was given up can be had again */
    OUR_OWN = 1,          /* the request number of the stream's own question */
    BUCKETS = 4096,
    ANSWERS_KEPT = 16, /* for a subscriber that does not take them; it asks again for the rest */
    ASKED_KEPT = 64,   /* questions of a subscriber that are taken in before they are handled */
    TOPIC_BYTES_MAX = 4096,
};

/* Numbers of fields in events.proto: events are passed on as they came, and not unpacked. */
enum {
    EVENT_SEQ = 1,
    EVENT_TOPICS = 4,
    EVENTS_EVENTS = 1,
    EVENTS_THROUGH = 2,
    EVENTS_NEWEST = 3,
    EVENTS_THROUGH_TIME = 40,
};

/* A subscriber's question that the hub has. */
struct question {
    zframe_t *client;
    char key[KEY_NAME_TEXT]; /* "": one of this machine's users */
    uint64_t request;        /* the subscriber's number for it */
    uint64_t ours;           /* our number for it */
    int64_t forget;          /* the answer was lost with the hub; the subscriber asks again */
    struct question *next;
};

struct stream {
    const struct config *config;
    zsock_t *hub, *events, *replay;
    struct guard *guard;                 /* NULL: only this machine's users can reach us */
    bool shut;                           /* holders of keys are to be let in at `events` again */
    struct question *questions[BUCKETS]; /* by the remainder of our number */
    size_t n_questions;
    struct askers *askers;
    uint64_t last_request;
    bool knows;                    /* where the log stood when we began */
    uint64_t after, after_time_ms; /* 0: not known; `after` is read by others, too */
    int64_t next_ask, next_heartbeat;
    size_t topics; /* that somebody subscribes to; read by others */
};

/* --- the live stream -------------------------------------------------------------------------- */

static void put_after(struct stream *stream, uint64_t after) {
    __atomic_store_n(&stream->after, after, __ATOMIC_RELAXED);
}

static void ask_hub(struct stream *stream) {
    EventsWanted wanted = MINDEX__V1__EVENTS_WANTED__INIT;
    wanted.after = stream->after;
    wanted.has_after_time_ms = stream->after_time_ms != 0;
    wanted.after_time_ms = stream->after_time_ms;
    wanted.has_limit = wanted.has_wait_ms = true;
    wanted.limit = stream->knows ? 1000 : 1;
    wanted.has_or_oldest = wanted.or_oldest = !stream->knows;
    wanted.wait_ms = stream->knows ? WAIT_MS : 0;
    Message message = wire_message(OUR_OWN);
    message.body_case = MINDEX__V1__MESSAGE__BODY_EVENTS_WANTED;
    message.events_wanted = &wanted;
    (void)wire_send(stream->hub, NULL, &message);
    stream->next_ask = clock_ms() + ASK_AGAIN_MS;
}

static void publish(struct stream *stream, const void *topic, size_t topic_length,
                    const void *bytes, size_t length) {
    zframe_t *head = zframe_new(topic, topic_length);
    zframe_t *body = zframe_new(bytes, length);
    if (head && body && zframe_send(&head, stream->events, ZFRAME_MORE) == 0) {
        (void)zframe_send(&body, stream->events, 0);
    }
    zframe_destroy(&head);
    zframe_destroy(&body);
}

/* A packed event, under each of its topics, unless it was sent before. */
static void publish_event(struct stream *stream, const struct field *event) {
    struct fields fields = fields_of(event->bytes, event->length);
    struct field field;
    bool is_new = false;
    while (fields_next(&fields, &field)) {
        /* The number stands before the topics. */
        if (field.number == EVENT_SEQ && field.kind == FIELD_VARINT)
            is_new = field.value > stream->after;
        if (is_new && field.number == EVENT_TOPICS && field.kind == FIELD_BYTES)
            publish(stream, field.bytes, field.length, event->bytes, event->length);
    }
}

static void heartbeat(struct stream *stream) {
    Events newest = MINDEX__V1__EVENTS__INIT;
    newest.through = newest.newest = stream->after;
    uint8_t bytes[64];
    size_t length = mindex__v1__events__pack(&newest, bytes);
    if (stream->knows)
        publish(stream, "heartbeat", strlen("heartbeat"), bytes, length);
    stream->next_heartbeat = clock_ms() + HEARTBEAT_MS;
}

/* The events of an answer, one after the other, and how far it goes. */
static void publish_answer(struct stream *stream, const struct field *events) {
    struct fields fields = fields_of(events->bytes, events->length);
    struct field field;
    uint64_t through = 0, newest = 0, through_time_ms = 0;
    while (fields_next(&fields, &field)) {
        /* An answer that came late and was asked for again holds what we have sent. */
        if (field.number == EVENTS_EVENTS && field.kind == FIELD_BYTES && stream->knows)
            publish_event(stream, &field);
        else if (field.number == EVENTS_THROUGH)
            through = field.value;
        else if (field.number == EVENTS_NEWEST)
            newest = field.value;
        else if (field.number == EVENTS_THROUGH_TIME)
            through_time_ms = field.value;
    }
    if (!stream->knows) {
        stream->knows = true;
        put_after(stream, newest);
    } else if (through > stream->after) {
        put_after(stream, through);
        stream->after_time_ms = through_time_ms;
    }
}

static void on_own_answer(struct stream *stream, const struct wire_heading *answer) {
    if (answer->body.number == MINDEX__V1__MESSAGE__BODY_EVENTS) {
        publish_answer(stream, &answer->body);
        ask_hub(stream);
    } else {
        /* The log is shorter than we thought, or another: begin anew. */
        stream->knows = false;
        put_after(stream, 0);
        stream->after_time_ms = 0;
        stream->next_ask = clock_ms() + REFUSED_MS;
    }
}

/* --- replay ----------------------------------------------------------------------------------- */

static void drop(struct stream *stream, struct question **at) {
    struct question *question = *at;
    *at = question->next;
    askers_answered(stream->askers, question->client);
    zframe_destroy(&question->client);
    free(question);
    stream->n_questions--;
}

static void answer_error(struct stream *stream, zframe_t *to, uint64_t request,
                         const char *reason) {
    Mindex__V1__Error error = MINDEX__V1__ERROR__INIT;
    error.reason = (char *)reason;
    Message message = wire_message(request);
    message.body_case = MINDEX__V1__MESSAGE__BODY_ERROR;
    message.error = &error;
    (void)wire_send(stream->replay, to, &message);
}

static struct question **bucket_of(struct stream *stream, uint64_t ours) {
    return &stream->questions[ours % BUCKETS];
}

static bool remember(struct stream *stream, zframe_t *client, const char *key,
                     const Message *message) {
    struct question *question = stream->n_questions < stream->config->stream.waiting_questions
                                    ? calloc(1, sizeof *question)
                                    : NULL;
    if (question)
        question->client = zframe_dup(client);
    if (!question || !question->client) {
        free(question);
        return false;
    }
    (void)snprintf(question->key, sizeof question->key, "%s", key ? key : "");
    question->request = message->request;
    question->ours = ++stream->last_request;
    uint32_t wait = message->events_wanted->wait_ms;
    question->forget = clock_ms() + (wait < WAIT_MS_MAX ? wait : WAIT_MS_MAX) + ASK_AGAIN_MS;
    struct question **bucket = bucket_of(stream, question->ours);
    question->next = *bucket;
    *bucket = question;
    stream->n_questions++;
    askers_asked(stream->askers, client, question->key, message->events_wanted->after);
    return true;
}

static void ask_for(struct stream *stream, zframe_t *client, const char *key, Message *message) {
    if (message->body_case != MINDEX__V1__MESSAGE__BODY_EVENTS_WANTED) {
        answer_error(stream, client, message->request, "only events can be asked for here");
    } else if (!remember(stream, client, key, message)) {
        answer_error(stream, client, message->request, "too many subscribers wait here");
    } else {
        message->has_request = true;
        message->request = stream->last_request;
        if (!wire_send(stream->hub, NULL, message)) {
            struct question **asked = bucket_of(stream, message->request);
            answer_error(stream, client, (*asked)->request,
                         "the hub takes no more questions now; ask again in a moment");
            drop(stream, asked);
        }
    }
}

static void on_subscriber(struct stream *stream) {
    zframe_t *client, *body;
    wire_take(stream->replay, &client, &body);
    const char *key = body ? guard_sender(stream->guard, body) : NULL;
    unsigned roles = guard_roles(stream->guard, key);
    Message *message = client && body && roles ? wire_read(body) : NULL;
    char reason[GUARD_REASON]; /* WIRE_REASON is as long */
    if (client && !(roles & ROLES_EVENTS)) {
        answer_error(stream, client, message ? message->request : 0,
                     guard_refuse(stream->guard, key, "hear events", reason));
    } else if (message) {
        ask_for(stream, client, key, message);
    } else if (client) {
        answer_error(stream, client, 0, wire_why_not(body, reason));
    }
    wire_free(&message);
    zframe_destroy(&client);
    zframe_destroy(&body);
}

static void pass_on(struct stream *stream, uint64_t ours, zframe_t *answer) {
    struct question **at = bucket_of(stream, ours);
    while (*at && (*at)->ours != ours)
        at = &(*at)->next;
    if (!*at)
        return;
    zframe_t *frame = wire_readdressed(answer, (*at)->request);
    (void)wire_send_frame(stream->replay, (*at)->client, &frame);
    drop(stream, at);
}

static void forget_lost(struct stream *stream, int64_t now) {
    for (size_t i = 0; i < BUCKETS; i++) {
        struct question **at = &stream->questions[i];
        while (*at) {
            if ((*at)->forget < now)
                drop(stream, at);
            else
                at = &(*at)->next;
        }
    }
}

/* --- keys that are revoked -------------------------------------------------------------------- */

static bool may_hear(struct stream *stream, const char *key) {
    return !*key || guard_roles(stream->guard, key) & ROLES_EVENTS;
}

static void drop_revoked(struct stream *stream) {
    for (size_t i = 0; i < BUCKETS; i++) {
        struct question **at = &stream->questions[i];
        while (*at) {
            if (may_hear(stream, (*at)->key)) {
                at = &(*at)->next;
                continue;
            }
            answer_error(stream, (*at)->client, (*at)->request,
                         "the key is not allowed here any more");
            drop(stream, at);
        }
    }
}

/* Before anything is sent or taken: nobody hears a thing after his key was revoked. */
static void recheck(struct stream *stream) {
    if (guard_lost(stream->guard) & ROLES_EVENTS) {
        drop_revoked(stream);
        if (!stream->shut)
            guard_expel(stream->guard, stream->events, DOOR_EVENTS);
        stream->shut = true;
        log_info("subscribers with keys are let in anew", "reason=\"a key was revoked\"");
    }
    if (stream->shut)
        stream->shut = !guard_readmit(stream->guard, stream->events, DOOR_EVENTS);
}

/* --- the actor -------------------------------------------------------------------------------- */

static void on_hub(struct stream *stream) {
    zframe_t *answer;
    struct wire_heading heading;
    (void)wire_take(stream->hub, NULL, &answer);
    if (answer && wire_glance(answer, &heading)) {
        if (heading.request == OUR_OWN)
            on_own_answer(stream, &heading);
        else
            pass_on(stream, heading.request, answer);
    }
    zframe_destroy(&answer);
}

/* ZeroMQ tells of the first who wants a topic, and when nobody does any more. */
static void count_topic(struct stream *stream) {
    zframe_t *change = zframe_recv(stream->events);
    if (change && zframe_size(change) && zframe_data(change)[0] <= 1)
        (void)__atomic_add_fetch(&stream->topics, zframe_data(change)[0] ? (size_t)1 : SIZE_MAX,
                                 __ATOMIC_RELAXED);
    zframe_destroy(&change);
}

size_t stream_topics(const struct stream *stream) {
    return __atomic_load_n(&stream->topics, __ATOMIC_RELAXED);
}

size_t stream_askers(const struct stream *stream) {
    return askers_count(stream->askers);
}

void stream_audience(const struct stream *stream, struct audience *audience) {
    askers_audience(stream->askers, __atomic_load_n(&stream->after, __ATOMIC_RELAXED), audience);
}

static void on_time(struct stream *stream) {
    int64_t now = clock_ms();
    if (now >= stream->next_ask)
        ask_hub(stream);
    if (now >= stream->next_heartbeat) {
        heartbeat(stream);
        forget_lost(stream, now);
        askers_forget(stream->askers, now);
    }
}

static void run(struct stream *stream, zpoller_t *poller, zsock_t *pipe) {
    for (;;) {
        int64_t now = clock_ms();
        int64_t next =
            stream->next_ask < stream->next_heartbeat ? stream->next_ask : stream->next_heartbeat;
        if (stream->shut && next > now + REBIND_MS)
            next = now + REBIND_MS;
        void *ready = zpoller_wait(poller, next > now ? (int)(next - now) : 0);
        if (ready == pipe)
            break;
        if (stream->guard && ready == guard_watch(stream->guard))
            guard_calm(stream->guard);
        recheck(stream);
        if (ready == stream->hub)
            on_hub(stream);
        if (ready == stream->replay)
            on_subscriber(stream);
        if (ready == stream->events) { /* a subscription came or went */
            count_topic(stream);
        }
        on_time(stream);
        notify_turned(NOTIFY_STREAM);
    }
    notify_ended(NOTIFY_STREAM);
    char *word = zstr_recv(pipe);
    freen(word);
}

/* Bound for this machine's users, and for holders of keys where the service listens for them. */
static zsock_t *open_socket(struct stream *stream, int type, const char *endpoint,
                            const struct wire_limits *limits, enum endpoint_door door,
                            struct fault *fault) {
    zsock_t *socket = wire_open(type, limits, fault);
    bool open = socket && wire_bind(socket, endpoint, fault) &&
                (!stream->guard || guard_listen(stream->guard, socket, door, fault));
    if (!open)
        zsock_destroy(&socket);
    return socket;
}

static bool open_all(struct stream *stream, const struct places *places, struct fault *fault) {
    /* All questions at once find room on their way to the hub. */
    const struct wire_limits to_hub = {.in = ANSWERS_KEPT,
                                       .out = (int)stream->config->stream.waiting_questions};
    /* An edition that moves every place at every node is told in some 30,000 messages. */
    const struct wire_limits live = {.out = (int)stream->config->stream.subscriber_events,
                                     .frame_bytes = TOPIC_BYTES_MAX};
    const struct wire_limits asked = {
        .in = ASKED_KEPT, .out = ANSWERS_KEPT, .frame_bytes = QUESTION_BYTES_MAX};
    stream->hub = wire_open(ZMQ_DEALER, &to_hub, fault);
    if (!stream->hub || !wire_connect_with(stream->hub, places->hub, places->key, fault))
        return false;
    if (*places->listen && !(stream->guard = guard_new(places, fault)))
        return false;
    stream->events = open_socket(stream, ZMQ_XPUB, places->events, &live, DOOR_EVENTS, fault);
    if (stream->events)
        stream->replay =
            open_socket(stream, ZMQ_ROUTER, places->replay, &asked, DOOR_REPLAY, fault);
    return stream->replay != NULL;
}

struct stream *stream_new(const struct places *places, const struct config *config,
                          struct fault *fault) {
    struct stream *stream = calloc(1, sizeof *stream);
    if (!stream) {
        fault_memory(fault);
        return NULL;
    }
    stream->config = config;
    stream->last_request = OUR_OWN;
    stream->askers = askers_new(config->stream.waiting_questions);
    if (!stream->askers) {
        fault_memory(fault);
        stream_destroy(&stream);
    } else if (!open_all(stream, places, fault)) {
        stream_destroy(&stream);
    }
    return stream;
}

void stream_destroy(struct stream **stream) {
    if (!*stream)
        return;
    forget_lost(*stream, INT64_MAX);
    zsock_destroy(&(*stream)->replay);
    zsock_destroy(&(*stream)->events);
    zsock_destroy(&(*stream)->hub);
    guard_destroy(&(*stream)->guard);
    askers_destroy(&(*stream)->askers);
    free(*stream);
    *stream = NULL;
}

void stream_main(zsock_t *pipe, void *args) {
    struct stream *stream = args;
    zpoller_t *poller = zpoller_new(pipe, stream->hub, stream->replay, stream->events, NULL);
    bool ready = poller && (!stream->guard || zpoller_add(poller, guard_watch(stream->guard)) == 0);
    zsock_signal(pipe, 0);
    if (ready)
        run(stream, poller, pipe);
    else
        log_error("no stream", "reason=\"out of memory\"");
    zpoller_destroy(&poller);
}
