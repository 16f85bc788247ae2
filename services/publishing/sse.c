#include "services/publishing/sse.h"

#include "services/bus/clock.h"
#include "services/bus/cloudevent.h"
#include "services/bus/digest.h"
#include "services/bus/filter.h"
#include "services/publishing/recent.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>

enum {
    STREAMS_MAX = 100,
    RECENT_EVENTS = 4000,
    HEARD_MAX = 64, /* answers of the hub that wait for the thread; after a gap it asks the log */
    BLOCK_BYTES = 4096,
    FILL_BYTES = 256 << 10, /* written for one stream before it has taken them */
    LOG_EVENTS = 200,       /* asked for at once */
    LOG_MS = 1000,          /* how long the hub may take */
    AGAIN_MS = 1000,        /* after a question that it did not answer */
    QUIET_MS = 15000,       /* after which a stream says how far it is */
    SILENT_SECONDS = 60,    /* that a connection may take nothing of what it is sent */
    POSITION_TEXT = 64,
};

/* How far: the event, and when it was committed; 0: not known. */
struct position {
    uint64_t seq, time_ms;
};

struct sse;

struct stream {
    struct sse *sse;
    struct MHD_Connection *connection;
    Filter *filter;
    bool digests;
    struct digest digest;
    struct position at;     /* every event up to it was looked at */
    struct position resume; /* who comes back after it misses nothing */
    bool from_now;          /* not begun: the log's end is not known yet */
    bool check;             /* the hub is to say first whether it is of this log */
    bool problem;           /* ends with what is written */
    char *next;             /* what is being written, by the thread alone */
    size_t n_next, room_next;
    char *text; /* what is being sent */
    size_t length, sent;
    int64_t not_before, quiet; /* on clock_ms: ask the log again; say how far */
    bool aside;                /* the connection waits for more */
    bool busy, gone;           /* in the thread's hands; and the connection has ended */
    bool ended;
    struct stream *following;
};

struct sse {
    struct client *client;
    pthread_mutex_t lock;
    pthread_cond_t wake, changed;
    pthread_t thread;
    bool started, closing;
    struct stream *streams;
    size_t n_streams;
    uint64_t opened, sent, from_log;
    bool knows;                /* where the log ends */
    Message *heard[HEARD_MAX]; /* by the pulse, not yet taken */
    size_t n_heard;
    bool begins; /* the log is another, at: */
    struct position begins_at;
    struct recent *recent; /* the thread's alone */
};

/* --- writing ---------------------------------------------------------------------------------- */

static bool put(struct stream *stream, const char *text) {
    size_t length = strlen(text);
    if (stream->room_next - stream->n_next < length) {
        size_t room = 2 * (stream->n_next + length) + BLOCK_BYTES;
        char *larger = realloc(stream->next, room);
        if (!larger)
            return false;
        stream->next = larger;
        stream->room_next = room;
    }
    memcpy(stream->next + stream->n_next, text, length);
    stream->n_next += length;
    return true;
}

/* As the CloudEvent's id, without a time where none is known. */
static const char *position_text(const struct position *position, char out[POSITION_TEXT]) {
    if (position->time_ms)
        return cloudevent_id(position->seq, position->time_ms, out);
    (void)snprintf(out, POSITION_TEXT, "%" PRIu64, position->seq);
    return out;
}

/* False: out of memory, and the stream is as it was. `data` NULL: only how far it is. */
static bool put_event(struct stream *stream, const struct position *position, const char *data) {
    char id[POSITION_TEXT];
    size_t before = stream->n_next;
    bool whole = put(stream, "id: ") && put(stream, position_text(position, id)) &&
                 (!data || (put(stream, "\ndata: ") && put(stream, data))) && put(stream, "\n\n");
    if (!whole)
        stream->n_next = before;
    return whole;
}

/* The stream ends, and the client begins from now when it comes back. */
static void put_problem(struct stream *stream, const char *reason) {
    char text[sizeof((struct fault *)0)->text + 64];
    (void)snprintf(text, sizeof text, "id\nevent: problem\ndata: %s\n\n", reason);
    (void)put(stream, text);
    stream->problem = true;
}

static bool put_digest(struct stream *stream, const struct position *position) {
    size_t length;
    char *text = digest_text(&stream->digest, "stream", &length);
    bool whole = text && put_event(stream, position, text);
    free(text);
    return whole;
}

/* An edition's start and its rank changes go into its digest. */
static bool write_digest(struct stream *stream, const Event *event, const struct position *now,
                         bool *taken) {
    bool complete = false;
    struct fault fault = {0};
    *taken = event->body_case == MINDEX__V1__EVENT__BODY_EDITION_SCORED ||
             event->body_case == MINDEX__V1__EVENT__BODY_RANK_CHANGED;
    if (!*taken)
        return true;
    bool fine = digest_take(&stream->digest, stream->filter, event, &complete, &fault);
    if (fine && complete && digest_worth(&stream->digest))
        fine = put_digest(stream, now);
    if (!fine || complete)
        digest_clear(&stream->digest);
    return fine;
}

/* Looks at one event, and moves on. False: out of memory; a digest is then lost, and the stream
 * has to end. */
static bool write_event(struct sse *sse, struct stream *stream, const Event *event,
                        const char *text) {
    const struct position now = {event->seq, event->time_ms};
    bool folded = false, sent = false;
    if (stream->digests && !write_digest(stream, event, &now, &folded))
        return false;
    if (!folded && filter_wants(stream->filter, event)) {
        size_t length;
        char *own = text ? NULL : cloudevent_text(event, &length);
        sent = (text || own) && put_event(stream, &now, text ? text : own);
        free(own);
        if (!sent)
            return false;
    }
    stream->at = now;
    /* Within an edition that is being gathered, only from its beginning on. */
    if (!stream->digest.scored)
        stream->resume = now;
    if (sent)
        (void)__atomic_add_fetch(&sse->sent, 1, __ATOMIC_RELAXED);
    return true;
}

/* --- filling ---------------------------------------------------------------------------------- */

static bool fill_from_recent(struct sse *sse, struct stream *stream) {
    const Event *event;
    while (stream->n_next < FILL_BYTES && (event = recent_next(sse->recent, stream->at.seq))) {
        bool wanted = filter_wants(stream->filter, event);
        const char *text = wanted ? recent_text(sse->recent, event) : NULL;
        if ((wanted && !text) || !write_event(sse, stream, event, text))
            return false;
    }
    return true;
}

static Message *ask_log(struct sse *sse, const struct stream *stream, struct fault *fault) {
    EventsWanted wanted = MINDEX__V1__EVENTS_WANTED__INIT;
    wanted.after = stream->at.seq;
    wanted.has_limit = true;
    wanted.limit = LOG_EVENTS;
    wanted.has_after_time_ms = stream->at.time_ms != 0;
    wanted.after_time_ms = stream->at.time_ms;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_EVENTS_WANTED;
    question.events_wanted = &wanted;
    Message *answer = client_ask(sse->client, &question, LOG_MS, fault);
    if (answer && answer->body_case != MINDEX__V1__MESSAGE__BODY_EVENTS) {
        fault_set(fault, FAULT_SYSTEM, "the hub's answer is of another kind");
        wire_free(&answer);
    }
    return answer;
}

static bool fill_from_log(struct sse *sse, struct stream *stream) {
    struct fault fault = {0};
    Message *answer = ask_log(sse, stream, &fault);
    (void)__atomic_add_fetch(&sse->from_log, 1, __ATOMIC_RELAXED);
    if (!answer && fault.kind == FAULT_INPUT)
        put_problem(stream, fault.text);
    else if (!answer)
        stream->not_before = clock_ms() + AGAIN_MS;
    else
        stream->check = false;
    bool fine = true;
    for (size_t i = 0; answer && fine && i < answer->events->n_events; i++) {
        if (stream->n_next >= FILL_BYTES)
            break;
        fine = write_event(sse, stream, answer->events->events[i], NULL);
    }
    wire_free(&answer);
    return fine;
}

/* By the thread, which has the stream to itself. */
static void fill(struct sse *sse, struct stream *stream, int64_t now) {
    uint64_t newest = recent_newest(sse->recent);
    bool fine = true;
    if (stream->from_now) {
        stream->from_now = false;
        stream->at = stream->resume = (struct position){newest, recent_newest_ms(sse->recent)};
        fine = put(stream, "retry: 2000\n") && put_event(stream, &stream->resume, NULL);
    } else if (!stream->check && stream->at.seq == newest) {
        fine = now < stream->quiet || put_event(stream, &stream->resume, NULL);
    } else if (!stream->check && recent_knows(sse->recent, stream->at.seq)) {
        fine = fill_from_recent(sse, stream);
    } else {
        fine = fill_from_log(sse, stream);
    }
    if (!fine)
        put_problem(stream, "the server has no memory to spare; come back in a moment");
    if (stream->n_next)
        stream->quiet = now + QUIET_MS;
}

/* --- the thread ------------------------------------------------------------------------------- */

static void stream_destroy(struct stream *stream) {
    filter_destroy(&stream->filter);
    digest_clear(&stream->digest);
    free(stream->next);
    free(stream->text);
    free(stream);
}

/* With the lock. */
static void take_out(struct sse *sse, struct stream *stream) {
    struct stream **at = &sse->streams;
    while (*at != stream)
        at = &(*at)->following;
    *at = stream->following;
    sse->n_streams--;
    (void)pthread_cond_broadcast(&sse->changed);
}

/* With the lock: the connection goes on. */
static void resume(struct stream *stream) {
    if (!stream->aside)
        return;
    stream->aside = false;
    MHD_resume_connection(stream->connection);
}

/* With the lock: what the pulse has heard becomes the thread's. */
static void take_heard(struct sse *sse) {
    if (sse->begins) {
        recent_begin(sse->recent, sse->begins_at.seq, sse->begins_at.time_ms);
        for (struct stream *stream = sse->streams; stream; stream = stream->following)
            stream->check = !stream->from_now;
        sse->begins = false;
        sse->knows = true;
    }
    for (size_t i = 0; i < sse->n_heard; i++)
        recent_take(sse->recent, &sse->heard[i]);
    sse->n_heard = 0;
}

/* When it wants something of the thread, on clock_ms. */
static int64_t due(const struct sse *sse, const struct stream *stream) {
    if (stream->sent < stream->length || stream->ended || stream->gone || !sse->knows)
        return INT64_MAX;
    if (stream->from_now)
        return 0;
    bool behind = stream->check || stream->at.seq != recent_newest(sse->recent);
    return behind ? stream->not_before : stream->quiet;
}

/* With the lock. The one that is due first goes to the end of the list, so that all have a turn.
 * NULL: none is, until *next. */
static struct stream *next_due(struct sse *sse, int64_t now, int64_t *next) {
    struct stream **at = &sse->streams, *found;
    *next = INT64_MAX;
    for (; *at; at = &(*at)->following) {
        int64_t then = due(sse, *at);
        if (then <= now)
            break;
        if (then < *next)
            *next = then;
    }
    found = *at;
    if (!found)
        return NULL;
    *at = found->following;
    while (*at)
        at = &(*at)->following;
    found->following = NULL;
    *at = found;
    return found;
}

/* With the lock: what was written is to be sent. */
static void hand_over(struct sse *sse, struct stream *stream) {
    if (stream->gone) {
        take_out(sse, stream);
        stream_destroy(stream);
        return;
    }
    free(stream->text);
    stream->text = stream->next;
    stream->length = stream->n_next;
    stream->sent = 0;
    stream->ended |= stream->problem;
    stream->next = NULL;
    stream->n_next = stream->room_next = 0;
    if (stream->length || stream->ended)
        resume(stream);
}

static void wait_until(struct sse *sse, int64_t then) {
    struct timespec end = {.tv_sec = (time_t)(then / 1000),
                           .tv_nsec = (long)(then % 1000) * 1000000};
    if (then == INT64_MAX)
        (void)pthread_cond_wait(&sse->wake, &sse->lock);
    else
        (void)pthread_cond_timedwait(&sse->wake, &sse->lock, &end);
}

static void *main_loop(void *args) {
    struct sse *sse = args;
    (void)pthread_mutex_lock(&sse->lock);
    while (!sse->closing) {
        int64_t now = clock_ms(), next;
        take_heard(sse);
        struct stream *stream = next_due(sse, now, &next);
        if (!stream) {
            wait_until(sse, next);
            continue;
        }
        stream->busy = true;
        (void)pthread_mutex_unlock(&sse->lock);
        fill(sse, stream, now);
        (void)pthread_mutex_lock(&sse->lock);
        stream->busy = false;
        hand_over(sse, stream);
    }
    (void)pthread_mutex_unlock(&sse->lock);
    return NULL;
}

/* --- what the pulse hears --------------------------------------------------------------------- */

static void on_heard(void *context, Message **events) {
    struct sse *sse = context;
    (void)pthread_mutex_lock(&sse->lock);
    if (sse->n_heard < HEARD_MAX && !sse->closing) {
        sse->heard[sse->n_heard++] = *events;
        *events = NULL;
        (void)pthread_cond_signal(&sse->wake);
    }
    (void)pthread_mutex_unlock(&sse->lock);
}

static void forget_heard(struct sse *sse) {
    while (sse->n_heard)
        wire_free(&sse->heard[--sse->n_heard]);
}

static void on_begun(void *context, uint64_t newest, uint64_t time_ms) {
    struct sse *sse = context;
    (void)pthread_mutex_lock(&sse->lock);
    forget_heard(sse);
    sse->begins = true;
    sse->begins_at = (struct position){newest, time_ms};
    (void)pthread_cond_signal(&sse->wake);
    (void)pthread_mutex_unlock(&sse->lock);
}

struct pulse_listener sse_listener(struct sse *sse) {
    return (struct pulse_listener){on_heard, on_begun, sse};
}

/* --- a connection ----------------------------------------------------------------------------- */

/* On the server's thread, which may send more. */
static ssize_t on_read(void *context, uint64_t at, char *to, size_t most) {
    struct stream *stream = context;
    struct sse *sse = stream->sse;
    (void)at;
    (void)pthread_mutex_lock(&sse->lock);
    size_t length = stream->length - stream->sent;
    if (length > most)
        length = most;
    if (length)
        memcpy(to, stream->text + stream->sent, length);
    stream->sent += length;
    if (stream->sent == stream->length && !stream->ended)
        (void)pthread_cond_signal(&sse->wake);
    bool ends = length == 0 && stream->ended;
    if (length == 0 && !ends) {
        stream->aside = true;
        MHD_suspend_connection(stream->connection);
    }
    (void)pthread_mutex_unlock(&sse->lock);
    return ends ? (ssize_t)MHD_CONTENT_READER_END_OF_STREAM : (ssize_t)length;
}

static void on_free(void *context) {
    struct stream *stream = context;
    struct sse *sse = stream->sse;
    (void)pthread_mutex_lock(&sse->lock);
    bool ours = !stream->busy;
    stream->gone = true;
    if (ours)
        take_out(sse, stream);
    (void)pthread_mutex_unlock(&sse->lock);
    if (ours)
        stream_destroy(stream);
}

/* "42", or "42-1764063000123" as a CloudEvent has it. */
static bool read_position(const char *text, struct position *position) {
    char *end;
    *position = (struct position){0};
    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    position->seq = strtoull(text, &end, 10);
    if (*end == '-' && end[1] >= '0' && end[1] <= '9')
        position->time_ms = strtoull(end + 1, &end, 10);
    return *end == '\0' && errno == 0;
}

static bool read_query(struct stream *stream, const struct request *request, const char *last_id,
                       struct fault *fault) {
    const char *after = last_id && *last_id ? last_id : request_get(request, "after");
    stream->from_now = after == NULL;
    stream->check = !stream->from_now; /* whether the number is one of this log's */
    if (after && !read_position(after, &stream->at))
        return fault_set(fault, FAULT_INPUT,
                         "\"%.60s\" is no event to go on after; expected its number, as 42, or the "
                         "id that came with it, as 42-1764063000123",
                         after);
    stream->resume = stream->at;
    for (size_t i = 0; i < request->n_parameters; i++) {
        const struct parameter *given = &request->parameters[i];
        if (strcmp(given->name, "after") == 0)
            continue;
        if (strcmp(given->name, "digest") == 0) {
            stream->digests = strcmp(given->value, "1") == 0;
            if (!stream->digests && strcmp(given->value, "0") != 0)
                return fault_set(fault, FAULT_INPUT, "digest is \"%.60s\"; expected 1 or 0",
                                 given->value);
        } else if (!filter_take(stream->filter, given->name, given->value, fault)) {
            return false;
        }
    }
    return true;
}

static struct stream *stream_new(struct sse *sse, struct MHD_Connection *connection,
                                 const struct request *request, const char *last_id,
                                 struct fault *fault) {
    struct stream *stream = calloc(1, sizeof *stream);
    if (stream)
        stream->filter = filter_new();
    bool fine = stream && (stream->filter || fault_memory(fault)) &&
                read_query(stream, request, last_id, fault);
    if (!stream)
        fault_memory(fault);
    if (stream && !fine)
        stream_destroy(stream);
    if (!fine)
        return NULL;
    stream->sse = sse;
    stream->connection = connection;
    stream->quiet = clock_ms() + QUIET_MS;
    return stream;
}

/* False: there are as many as there may be. */
static bool put_in(struct sse *sse, struct stream *stream) {
    (void)pthread_mutex_lock(&sse->lock);
    bool room = sse->n_streams < STREAMS_MAX && !sse->closing;
    if (room) {
        stream->following = sse->streams;
        sse->streams = stream;
        sse->n_streams++;
        sse->opened++;
        (void)pthread_cond_signal(&sse->wake);
    }
    (void)pthread_mutex_unlock(&sse->lock);
    return room;
}

struct MHD_Response *sse_open(struct sse *sse, struct MHD_Connection *connection,
                              const struct request *request, const char *last_id, unsigned *status,
                              char reason[REFUSED_TEXT]) {
    struct fault fault = {0};
    struct stream *stream = stream_new(sse, connection, request, last_id, &fault);
    if (!stream) {
        *status = fault.kind == FAULT_INPUT ? 400 : 503;
        (void)snprintf(reason, REFUSED_TEXT, "%.*s", REFUSED_TEXT - 1, fault.text);
        return NULL;
    }
    *status = 503;
    if (!put_in(sse, stream)) {
        (void)snprintf(reason, REFUSED_TEXT,
                       "as many as may follow the events do already; come back in a moment");
        stream_destroy(stream);
        return NULL;
    }
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, on_read, stream, on_free);
    if (!response) {
        (void)snprintf(reason, REFUSED_TEXT, "the server has no memory to spare");
        on_free(stream);
        return NULL;
    }
    (void)MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT,
                                    (unsigned)SILENT_SECONDS);
    *status = 200;
    return response;
}

/* --- beginning and end ------------------------------------------------------------------------ */

struct sse *sse_new(const char *hub, const char *key, struct fault *fault) {
    struct sse *sse = calloc(1, sizeof *sse);
    pthread_condattr_t monotonic;
    if (!sse) {
        fault_memory(fault);
        return NULL;
    }
    (void)pthread_mutex_init(&sse->lock, NULL);
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&sse->wake, &monotonic);
    (void)pthread_cond_init(&sse->changed, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    sse->client = client_open(hub, key, fault);
    sse->recent = recent_new(RECENT_EVENTS);
    bool ready = sse->client && (sse->recent || fault_memory(fault));
    if (ready && pthread_create(&sse->thread, NULL, main_loop, sse) != 0)
        ready = fault_set(fault, FAULT_SYSTEM, "no thread can be started");
    sse->started = ready;
    if (!ready)
        sse_destroy(&sse);
    return sse;
}

void sse_close(struct sse *sse, int patience_ms) {
    if (!sse)
        return;
    int64_t end = clock_ms() + patience_ms;
    const struct timespec then = {.tv_sec = (time_t)(end / 1000),
                                  .tv_nsec = (long)(end % 1000) * 1000000};
    (void)pthread_mutex_lock(&sse->lock);
    sse->closing = true;
    for (struct stream *stream = sse->streams; stream; stream = stream->following) {
        stream->ended = true;
        resume(stream);
    }
    (void)pthread_cond_signal(&sse->wake);
    int late = 0;
    while (sse->n_streams && !late)
        late = pthread_cond_timedwait(&sse->changed, &sse->lock, &then);
    (void)pthread_mutex_unlock(&sse->lock);
    if (sse->started)
        (void)pthread_join(sse->thread, NULL);
    sse->started = false;
}

void sse_destroy(struct sse **sse) {
    struct sse *closing = *sse;
    if (!closing)
        return;
    sse_close(closing, 0);
    forget_heard(closing);
    recent_destroy(&closing->recent);
    client_destroy(&closing->client);
    (void)pthread_cond_destroy(&closing->wake);
    (void)pthread_cond_destroy(&closing->changed);
    (void)pthread_mutex_destroy(&closing->lock);
    free(closing);
    *sse = NULL;
}

void sse_count(struct sse *sse, struct sse_counts *counts) {
    (void)pthread_mutex_lock(&sse->lock);
    *counts = (struct sse_counts){.streams = sse->n_streams,
                                  .opened = sse->opened,
                                  .sent = __atomic_load_n(&sse->sent, __ATOMIC_RELAXED),
                                  .from_log = __atomic_load_n(&sse->from_log, __ATOMIC_RELAXED)};
    (void)pthread_mutex_unlock(&sse->lock);
}
