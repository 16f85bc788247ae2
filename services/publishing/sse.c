#include "services/publishing/sse.h"

#include "services/bus/clock.h"
#include "services/publishing/audience.h"
#include "services/publishing/sse_follower.h"

#include <netdb.h>
#include <pthread.h>

enum {
    STREAMS_MAX = 100,
    RECENT_EVENTS = 4000,
    HEARD_MAX = 64, /* answers of the hub that wait for the thread; after a gap it asks the log */
    BLOCK_BYTES = 4096,
    SILENT_SECONDS = 60, /* that a connection may take nothing of what it is sent */
};

struct stream {
    struct sse *sse;
    struct MHD_Connection *connection;
    struct follower follower; /* the thread's, while busy */
    char *text;               /* what is being sent */
    size_t length, sent;
    bool aside;      /* the connection waits for more */
    bool busy, gone; /* in the thread's hands; and the connection has ended */
    bool ended;
    bool begun; /* what it has is known */
    char address[AUDIENCE_NAME];
    uint64_t opened_ms;
    uint64_t after, written; /* events up to it were sent, and are in `text` */
    struct stream *following;
};

struct sse {
    pthread_mutex_t lock;
    pthread_cond_t wake, changed;
    pthread_t thread;
    bool started, closing;
    struct stream *streams;
    size_t n_streams;
    uint64_t opened;
    Message *heard[HEARD_MAX]; /* by the pulse, not yet taken */
    size_t n_heard;
    bool begins; /* the log is another, at: */
    struct position begins_at;
    struct log_reader reader; /* the thread's alone, but for its counts */
};

/* --- the thread ------------------------------------------------------------------------------- */

static void stream_destroy(struct stream *stream) {
    follower_clear(&stream->follower);
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
        recent_begin(sse->reader.recent, sse->begins_at.seq, sse->begins_at.time_ms);
        for (struct stream *stream = sse->streams; stream; stream = stream->following)
            follower_recheck(&stream->follower);
        sse->begins = false;
        sse->reader.knows = true;
    }
    for (size_t i = 0; i < sse->n_heard; i++)
        recent_take(sse->reader.recent, &sse->heard[i]);
    sse->n_heard = 0;
}

/* When it wants something of the thread, on clock_ms. */
static int64_t due(const struct sse *sse, const struct stream *stream) {
    if (stream->sent < stream->length || stream->ended || stream->gone)
        return INT64_MAX;
    return follower_due(&sse->reader, &stream->follower);
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
    bool ends;
    stream->text = follower_take(&stream->follower, &stream->length, &ends);
    stream->sent = 0;
    stream->written = stream->follower.at.seq;
    stream->begun = true;
    if (!stream->length)
        stream->after = stream->written;
    stream->ended |= ends;
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
        follower_fill(&sse->reader, &stream->follower, now);
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
    if (stream->sent == stream->length)
        stream->after = stream->written;
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

/* The other end's address, as people write it. */
static void name_of(struct MHD_Connection *connection, char name[AUDIENCE_NAME]) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    char host[AUDIENCE_NAME - 12], port[8];
    const struct sockaddr *address = info ? info->client_addr : NULL;
    if (!address ||
        getnameinfo(address,
                    address->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
                                                   : sizeof(struct sockaddr_in),
                    host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        (void)snprintf(name, AUDIENCE_NAME, "unknown");
    else
        (void)snprintf(name, AUDIENCE_NAME, strchr(host, ':') ? "[%s]:%s" : "%s:%s", host, port);
}

static struct stream *stream_new(struct sse *sse, struct MHD_Connection *connection,
                                 const struct request *request, const struct reply *settled,
                                 const char *last_id, struct fault *fault) {
    struct stream *stream = calloc(1, sizeof *stream);
    if (!stream) {
        fault_memory(fault);
        return NULL;
    }
    if (!follower_begin(&stream->follower, request, last_id, fault)) {
        free(stream);
        return NULL;
    }
    if (settled && !follower_settle(&stream->follower, settled->body, settled->length, fault)) {
        stream_destroy(stream);
        return NULL;
    }
    stream->sse = sse;
    stream->connection = connection;
    stream->opened_ms = clock_wall_ms();
    name_of(connection, stream->address);
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
                              const struct request *request, const struct reply *settled,
                              const char *last_id, unsigned *status, char reason[REFUSED_TEXT]) {
    struct fault fault = {0};
    struct stream *stream = stream_new(sse, connection, request, settled, last_id, &fault);
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
    sse->reader.client = client_open(hub, key, fault);
    sse->reader.recent = recent_new(RECENT_EVENTS);
    bool ready = sse->reader.client && (sse->reader.recent || fault_memory(fault));
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
    recent_destroy(&closing->reader.recent);
    client_destroy(&closing->reader.client);
    (void)pthread_cond_destroy(&closing->wake);
    (void)pthread_cond_destroy(&closing->changed);
    (void)pthread_mutex_destroy(&closing->lock);
    free(closing);
    *sse = NULL;
}

void sse_count(struct sse *sse, struct sse_counts *counts) {
    (void)pthread_mutex_lock(&sse->lock);
    *counts =
        (struct sse_counts){.streams = sse->n_streams,
                            .opened = sse->opened,
                            .sent = __atomic_load_n(&sse->reader.sent, __ATOMIC_RELAXED),
                            .from_log = __atomic_load_n(&sse->reader.from_log, __ATOMIC_RELAXED)};
    (void)pthread_mutex_unlock(&sse->lock);
}

void sse_audience(struct sse *sse, struct audience *audience) {
    (void)pthread_mutex_lock(&sse->lock);
    for (const struct stream *stream = sse->streams; stream; stream = stream->following) {
        if (stream->begun && !stream->gone)
            audience_add(audience, "sse", stream->address, stream->after, stream->opened_ms);
    }
    (void)pthread_mutex_unlock(&sse->lock);
}
