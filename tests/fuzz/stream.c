/* The event stream between subscribers and the hub, and a worker's side of the hub: frames from
 * either, as they come. The sockets are replaced, and nothing else of the two files. */
#include "services/bus/clock.h"
#include "services/bus/log.h"
#include "services/bus/text.h"
#include "services/bus/wire.h"
#include "tests/fuzz/mutate.h"
#include "tests/fuzz/unheard.h"

static struct fuzz_input input;
static int64_t time_ms = 1;
static uint64_t last_asked; /* number of the newest question that the hub was asked */

static zframe_t *next_frame(void);

static int64_t fuzz_clock_ms(void) {
    return time_ms;
}

static bool fuzz_wire_take(zsock_t *socket, zframe_t **from, zframe_t **body) {
    (void)socket;
    if (from)
        *from = zframe_new(&time_ms, 5);
    *body = next_frame();
    return true;
}

/* What is passed on as it came says of itself what it did, but for its request number. */
static bool fuzz_wire_send_frame(zsock_t *socket, zframe_t *to, zframe_t **frame) {
    struct wire_heading heading;
    (void)socket;
    (void)to;
    fuzz_check(*frame && wire_glance(*frame, &heading));
    zframe_destroy(frame);
    return true;
}

static bool fuzz_wire_send(zsock_t *socket, zframe_t *to, const Message *message) {
    (void)socket;
    zframe_t *frame = wire_frame(message);
    Message *read = wire_read(frame);
    fuzz_check(read != NULL);
    if (!to)
        last_asked = read->request;
    wire_free(&read);
    zframe_destroy(&frame);
    return true;
}

static int fuzz_zframe_send(zframe_t **frame, void *socket, int flags) {
    (void)socket;
    (void)flags;
    fuzz_check(*frame != NULL);
    zframe_destroy(frame);
    return 0;
}

static zframe_t *fuzz_zframe_recv(void *socket) {
    (void)socket;
    return next_frame();
}

static int fuzz_zsock_send(void *socket, const char *picture, ...) {
    (void)socket;
    (void)picture;
    return 0;
}

static int fuzz_zstr_send(void *socket, const char *text) {
    (void)socket;
    fuzz_check(text != NULL);
    return 0;
}

#define clock_ms        fuzz_clock_ms
#define wire_send       fuzz_wire_send
#define wire_send_frame fuzz_wire_send_frame
#define wire_take       fuzz_wire_take
#define zframe_send     fuzz_zframe_send
#define zframe_recv     fuzz_zframe_recv
#define zsock_send      fuzz_zsock_send
#define zstr_send       fuzz_zstr_send
#define run             stream_run
#define perform         worker_perform
#include "services/publishing/stream.c"
#define HEARTBEAT_MS WORKER_HEARTBEAT_MS
#define on_hub       worker_on_hub
#define on_time      worker_on_time
#include "services/bus/worker.c"
#undef on_hub
#undef on_time

static Message *a_message(uint8_t which, Message *out) {
    static Event event, *events[1];
    static Events answer;
    static EventsWanted wanted;
    static Mindex__V1__Welcome welcome;
    static Mindex__V1__HelloWanted hello;
    static Mindex__V1__Error error;
    static Blob blob;
    *out = wire_message(which & 1 ? last_asked : 1);
    switch (which % 6) {
    case 0:
        mindex__v1__events__init(&answer);
        mindex__v1__event__init(&event);
        event.type = "edition.scored";
        event.seq = answer.through = answer.newest = fuzz_byte(&input);
        events[0] = &event;
        answer.n_events = fuzz_byte(&input) % 2;
        answer.events = events;
        out->body_case = MINDEX__V1__MESSAGE__BODY_EVENTS;
        out->events = &answer;
        break;
    case 1:
        mindex__v1__events_wanted__init(&wanted);
        wanted.has_wait_ms = true;
        wanted.wait_ms = (uint32_t)fuzz_whole(&input);
        wanted.after = fuzz_whole(&input);
        out->body_case = MINDEX__V1__MESSAGE__BODY_EVENTS_WANTED;
        out->events_wanted = &wanted;
        break;
    case 2:
        mindex__v1__welcome__init(&welcome);
        welcome.heartbeat_ms = (uint32_t)fuzz_whole(&input);
        out->body_case = MINDEX__V1__MESSAGE__BODY_WELCOME;
        out->welcome = &welcome;
        break;
    case 3:
        mindex__v1__hello_wanted__init(&hello);
        out->body_case = MINDEX__V1__MESSAGE__BODY_HELLO_WANTED;
        out->hello_wanted = &hello;
        break;
    case 4:
        mindex__v1__error__init(&error);
        error.reason = "\x1b";
        out->body_case = MINDEX__V1__MESSAGE__BODY_ERROR;
        out->error = &error;
        break;
    default:
        mindex__v1__blob__init(&blob);
        blob.hash = "";
        blob.has_content = fuzz_byte(&input) % 2;
        blob.content = (ProtobufCBinaryData){3, (uint8_t *)"abc"};
        out->body_case = MINDEX__V1__MESSAGE__BODY_BLOB;
        out->blob = &blob;
    }
    return out;
}

/* Bytes of the input as they are, or a message that is made of them, perhaps changed. */
static zframe_t *next_frame(void) {
    uint8_t how = fuzz_byte(&input);
    Message message;
    if (how & 0x80) {
        size_t left = (size_t)(input.end - input.at), length = how & 0x3f;
        length = length < left ? length : left;
        zframe_t *frame = zframe_new(input.at, length);
        input.at += length;
        return frame;
    }
    zframe_t *frame = wire_frame(a_message(how, &message));
    Message *read = how & 0x40 ? wire_read(frame) : NULL;
    if (!read)
        return frame;
    fuzz_message(&read->base, &input);
    zframe_destroy(&frame);
    frame = wire_frame(read);
    wire_free(&read);
    return frame;
}

static void check_stream(const struct stream *stream) {
    size_t n = 0;
    for (size_t i = 0; i < BUCKETS; i++) {
        for (const struct question *at = stream->questions[i]; at; at = at->next) {
            fuzz_check(at->forget <= time_ms + WAIT_MS_MAX + ASK_AGAIN_MS);
            fuzz_check(at->ours > OUR_OWN && at->ours <= stream->last_request);
            fuzz_check(at->ours % BUCKETS == i);
            n++;
        }
    }
    fuzz_check(askers_count(stream->askers) >= (n != 0));
    fuzz_check(n == stream->n_questions && n <= stream->config->stream.waiting_questions);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    static const struct role role = {.name = "scoring"};
    static const struct places places = {.hub = "ipc:///nowhere"};
    input = (struct fuzz_input){bytes, bytes + length};
    struct stream *stream = calloc(1, sizeof *stream);
    struct worker worker = {
        .role = &role, .places = &places, .heartbeat_ms = HEARTBEAT_DEFAULT_MS, .name = "w"};
    fuzz_check(stream != NULL);
    static struct config config;
    config_init(&config);
    stream->config = &config;
    stream->askers = askers_new(config.stream.waiting_questions);
    fuzz_check(stream->askers != NULL);
    stream->last_request = OUR_OWN;
    last_asked = OUR_OWN;
    while (input.at < input.end) {
        uint8_t what = fuzz_byte(&input);
        uint64_t after = stream->after;
        time_ms += what >> 4 == 15 ? 10000 : what >> 4;
        if (what % 4 == 0)
            on_subscriber(stream);
        else if (what % 4 == 1)
            on_hub(stream);
        else if (what % 4 == 2)
            on_time(stream);
        else
            worker_on_hub(&worker);
        worker_on_time(&worker);
        check_stream(stream);
        fuzz_check(stream->after >= after || !stream->knows);
        fuzz_check(worker.heartbeat_ms > 0);
    }
    stream_destroy(&stream);
    return 0;
}
