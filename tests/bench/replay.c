/* Takes the whole event log from the replay endpoint as a subscriber does, and then the same frames
 * from a bare pipe of another process.
 *
 *     replay ENDPOINT PIPE ROUNDS
 *
 * ENDPOINT is the service's, PIPE an ipc endpoint that is free. Both are read twice in each round:
 * once only as far as the next question needs, and once with each event unpacked. The pipe gives
 * the same events once more, each in a message of its own. Prints JSON: the seconds of the quickest
 * round of each. */
#include "services/bus/fields.h"
#include "services/bus/wire.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    EVENTS_EVENTS = 1, /* the fields of Events */
    EVENTS_THROUGH = 2,
    EVENTS_NEWEST = 3,
    LIMIT = 1000,
    AHEAD = 3, /* questions that are asked before the first one's answer is here */
    LOG_MAX = 1 << 20,
    PATIENCE_MS = 20000,
};

static const uint64_t SINGLY = UINT64_MAX;

struct log {
    zframe_t *frames[LOG_MAX];
    size_t count, events, bytes;
};

struct answer {
    uint64_t through, newest;
    size_t events;
};

static double now(void) {
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static _Noreturn void fail(const char *why) {
    (void)fprintf(stderr, "replay: %s\n", why);
    exit(1);
}

/* What a subscriber does with an answer at the least, or, with `all`, with each of its events. */
static struct answer look(zframe_t *frame, bool all) {
    struct wire_heading heading;
    struct answer answer = {0};
    struct field field;
    if (!wire_glance(frame, &heading) || heading.body.number != MINDEX__V1__MESSAGE__BODY_EVENTS)
        fail("an answer is no events");
    struct fields fields = fields_of(heading.body.bytes, heading.body.length);
    while (fields_next(&fields, &field)) {
        if (field.number == EVENTS_THROUGH)
            answer.through = field.value;
        if (field.number == EVENTS_NEWEST)
            answer.newest = field.value;
        if (field.number != EVENTS_EVENTS)
            continue;
        answer.events++;
        Event *event = all ? mindex__v1__event__unpack(NULL, field.length, field.bytes) : NULL;
        if (all && !event)
            fail("an event cannot be read");
        if (all)
            mindex__v1__event__free_unpacked(event, NULL);
    }
    return answer;
}

static void ask(zsock_t *socket, uint64_t after) {
    EventsWanted wanted = MINDEX__V1__EVENTS_WANTED__INIT;
    wanted.after = after;
    wanted.has_limit = true;
    wanted.limit = LIMIT;
    Message message = wire_message(1 + after);
    message.body_case = MINDEX__V1__MESSAGE__BODY_EVENTS_WANTED;
    message.events_wanted = &wanted;
    if (!wire_send(socket, NULL, &message))
        fail("a question cannot be sent");
}

static zframe_t *take(zsock_t *socket) {
    zframe_t *frame = zframe_recv(socket);
    if (!frame)
        fail("nothing came");
    return frame;
}

/* Numbers have no gap, so that who wants all knows where the next answer begins. Keeps what came if
 * `log`. */
static double replay(zsock_t *socket, bool all, struct log *log) {
    double began = now();
    ask(socket, 0);
    zframe_t *frame = take(socket);
    uint64_t newest = look(frame, false).newest, asked = LIMIT, heard = 0;
    for (size_t i = 1; i < AHEAD && asked < newest; i++, asked += LIMIT)
        ask(socket, asked);
    for (;;) {
        struct answer answer = look(frame, all);
        if (answer.through != heard + answer.events)
            fail("the events have a gap");
        heard = answer.through;
        if (log && log->count < LOG_MAX) {
            log->events += answer.events;
            log->bytes += zframe_size(frame);
            log->frames[log->count++] = frame;
        } else {
            zframe_destroy(&frame);
        }
        if (heard >= newest)
            return now() - began;
        if (asked < newest) {
            ask(socket, asked);
            asked += LIMIT;
        }
        frame = take(socket);
    }
}

/* --- the bare pipe ---------------------------------------------------------------------------- */

static void send_copy(zsock_t *socket, const void *bytes, size_t length) {
    zframe_t *frame = zframe_new(bytes, length); /* as who answers a question writes an answer */
    (void)zframe_send(&frame, socket, 0);
}

static void send_events(zsock_t *socket, zframe_t *frame) {
    struct wire_heading heading;
    struct field field;
    if (!wire_glance(frame, &heading))
        return;
    struct fields fields = fields_of(heading.body.bytes, heading.body.length);
    while (fields_next(&fields, &field)) {
        if (field.number == EVENTS_EVENTS)
            send_copy(socket, field.bytes, field.length);
    }
}

/* The other process: keeps each frame that comes over `orders`, and sends all of them each time
 * that an empty one comes; or their events, one a message, where SINGLY comes in place of a size.
 */
static _Noreturn void push(const char *endpoint, FILE *orders) {
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    static zframe_t *frames[LOG_MAX];
    size_t count = 0;
    uint64_t size;
    zsock_t *socket = zsock_new(ZMQ_PUSH);
    if (!socket || zsock_connect(socket, "%s", endpoint) != 0)
        _exit(1);
    while (fread(&size, sizeof size, 1, orders) == 1) {
        for (size_t i = 0; size == 0 && i < count; i++)
            send_copy(socket, zframe_data(frames[i]), zframe_size(frames[i]));
        for (size_t i = 0; size == SINGLY && i < count; i++)
            send_events(socket, frames[i]);
        if (size == 0 || size == SINGLY)
            continue;
        zframe_t *frame = zframe_new(NULL, size);
        if (!frame || count == LOG_MAX || fread(zframe_data(frame), size, 1, orders) != 1)
            _exit(1);
        frames[count++] = frame;
    }
    _exit(0);
}

static void order(FILE *orders, uint64_t size, zframe_t *frame) {
    if (fwrite(&size, sizeof size, 1, orders) != 1 ||
        (frame && fwrite(zframe_data(frame), size, 1, orders) != 1) || fflush(orders) != 0)
        fail("the other process has gone");
}

static double pull(zsock_t *socket, FILE *orders, bool all, const struct log *log) {
    double began = now();
    order(orders, 0, NULL);
    for (size_t i = 0; i < log->count; i++) {
        zframe_t *frame = take(socket);
        (void)look(frame, all);
        zframe_destroy(&frame);
    }
    return now() - began;
}

static double pull_singly(zsock_t *socket, FILE *orders, const struct log *log) {
    double began = now();
    order(orders, SINGLY, NULL);
    for (size_t i = 0; i < log->events; i++) {
        zframe_t *frame = take(socket);
        zframe_destroy(&frame);
    }
    return now() - began;
}

static FILE *start_pushing(const char *endpoint, pid_t *child) {
    int ends[2];
    if (pipe(ends) != 0 || (*child = fork()) < 0)
        fail("no other process can be started");
    (void)close(ends[*child ? 0 : 1]);
    FILE *orders = fdopen(ends[*child ? 1 : 0], *child ? "w" : "r");
    if (!orders)
        fail("out of memory");
    if (*child == 0)
        push(endpoint, orders);
    return orders;
}

/* --- both ------------------------------------------------------------------------------------- */

static void keep_least(double *least, double seconds) {
    *least = *least == 0.0 || seconds < *least ? seconds : *least;
}

int main(int count, char **words) {
    static struct log log;
    struct fault fault = {0};
    pid_t child;
    if (count != 4)
        fail("replay ENDPOINT PIPE ROUNDS");
    FILE *orders = start_pushing(words[2], &child); /* before ZeroMQ has threads */
    zsock_t *service = wire_open(ZMQ_DEALER, NULL, &fault), *pipe = zsock_new(ZMQ_PULL);
    if (!service || !pipe || !wire_connect(service, words[1], NULL, &fault) ||
        zsock_bind(pipe, "%s", words[2]) == -1)
        fail("a socket cannot be made");
    zsock_set_rcvtimeo(service, PATIENCE_MS);
    zsock_set_rcvtimeo(pipe, PATIENCE_MS);
    (void)replay(service, false, &log);
    for (size_t i = 0; i < log.count; i++)
        order(orders, zframe_size(log.frames[i]), log.frames[i]);
    double least[2][2] = {0}, singly = 0.0; /* replayed, piped; looked at, unpacked */
    for (long round = strtol(words[3], NULL, 10); round > 0; round--) {
        for (int all = 0; all < 2; all++) {
            keep_least(&least[0][all], replay(service, all, NULL));
            keep_least(&least[1][all], pull(pipe, orders, all, &log));
        }
        keep_least(&singly, pull_singly(pipe, orders, &log));
    }
    printf("{\"events\": %zu, \"bytes\": %zu, \"frames\": %zu, \"replayed\": [%.6f, %.6f], "
           "\"piped\": [%.6f, %.6f], \"singly\": %.6f}\n",
           log.events, log.bytes, log.count, least[0][0], least[0][1], least[1][0], least[1][1],
           singly);
    (void)fclose(orders);
    (void)waitpid(child, NULL, 0);
    for (size_t i = 0; i < log.count; i++)
        zframe_destroy(&log.frames[i]);
    zsock_destroy(&service);
    zsock_destroy(&pipe);
    return 0;
}
