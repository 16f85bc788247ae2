/* Follows the rank changes of a mindex service and writes each into a file, once and in order,
 * whatever is killed in between.
 *
 *     follow ENDPOINT FILE [TOPIC ...]
 *
 * ENDPOINT is the service's replay endpoint; MINDEX_KEY names the key file where one is asked for.
 * Needs libzmq, protobuf-c and what protoc-c makes of proto/. */
#include "bus.pb-c.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

enum {
    WAIT_MS = 10000, /* how long the service may keep a question that it has no answer to */
    LATE_MS = 15000, /* after which the answer was lost, and the question is asked again */
};

struct position {
    uint64_t after, time_ms;
};

static void fail(const char *what, const char *why) {
    (void)fprintf(stderr, "follow: %s: %s\n", what, why);
    exit(1);
}

/* --- the file --------------------------------------------------------------------------------- */

/* What the file has last; a line that was being written when we were killed is taken off. */
static struct position last_line(FILE *file) {
    struct position last = {0, 0}, found;
    char line[400];
    long whole = 0;
    rewind(file);
    while (fgets(line, sizeof line, file) && strchr(line, '\n')) {
        if (sscanf(line, "%" SCNu64 "\t%" SCNu64, &found.after, &found.time_ms) == 2)
            last = found;
        whole = ftell(file);
    }
    if (ftruncate(fileno(file), whole) != 0 || fseek(file, whole, SEEK_SET) != 0)
        fail("the file", strerror(errno));
    return last;
}

static void write_event(FILE *file, const Mindex__V1__Event *event) {
    const Mindex__V1__RankChanged *move = event->rank_changed;
    if (event->body_case != MINDEX__V1__EVENT__BODY_RANK_CHANGED)
        return;
    (void)fprintf(file, "%" PRIu64 "\t%" PRIu64 "\t%s\t%s\t", event->seq, event->time_ms,
                  move->area, move->node);
    if (move->has_old_rank) /* else the place had no rank */
        (void)fprintf(file, "%u", (unsigned)move->old_rank);
    (void)fputc('\t', file);
    if (move->has_new_rank)
        (void)fprintf(file, "%u", (unsigned)move->new_rank);
    (void)fputc('\n', file);
}

/* --- the socket ------------------------------------------------------------------------------- */

/* Lines are NAME = VALUE. */
static void set_keys(void *socket, const char *path) {
    char line[200], name[20], value[60];
    FILE *file = fopen(path, "r");
    if (!file)
        fail(path, strerror(errno));
    while (fgets(line, sizeof line, file)) {
        if (sscanf(line, "%19s = %59s", name, value) != 2)
            continue;
        int option = strcmp(name, "service") == 0  ? ZMQ_CURVE_SERVERKEY
                     : strcmp(name, "public") == 0 ? ZMQ_CURVE_PUBLICKEY
                     : strcmp(name, "secret") == 0 ? ZMQ_CURVE_SECRETKEY
                                                   : 0;
        if (option && zmq_setsockopt(socket, option, value, strlen(value) + 1) != 0)
            fail(path, zmq_strerror(errno));
    }
    (void)fclose(file);
}

static void *open_socket(void *context, const char *endpoint) {
    const char *key = getenv("MINDEX_KEY");
    int none = 0;
    void *socket = zmq_socket(context, ZMQ_DEALER);
    (void)zmq_setsockopt(socket, ZMQ_LINGER, &none, sizeof none);
    if (key && *key && strncmp(endpoint, "ipc:", 4) != 0)
        set_keys(socket, key);
    if (zmq_connect(socket, endpoint) != 0)
        fail(endpoint, zmq_strerror(errno));
    return socket;
}

static void send_question(void *socket, uint64_t request, const struct position *at, char **topics,
                          size_t n_topics) {
    Mindex__V1__EventsWanted wanted = MINDEX__V1__EVENTS_WANTED__INIT;
    wanted.after = at->after;
    wanted.has_or_oldest = 1; /* who has nothing yet begins with the oldest event that is kept */
    wanted.or_oldest = at->after == 0;
    wanted.has_after_time_ms = at->time_ms != 0; /* so that we are told if the log is another */
    wanted.after_time_ms = at->time_ms;
    wanted.has_wait_ms = 1;
    wanted.wait_ms = WAIT_MS;
    wanted.topics = topics;
    wanted.n_topics = n_topics;
    Mindex__V1__Message message = MINDEX__V1__MESSAGE__INIT;
    message.version = 1;
    message.has_request = 1;
    message.request = request;
    message.body_case = MINDEX__V1__MESSAGE__BODY_EVENTS_WANTED;
    message.events_wanted = &wanted;
    size_t length = mindex__v1__message__get_packed_size(&message);
    uint8_t *bytes = malloc(length);
    if (!bytes)
        fail("a question", "out of memory");
    (void)mindex__v1__message__pack(&message, bytes);
    (void)zmq_send(socket, bytes, length, 0);
    free(bytes);
}

/* The answer to this question and to no earlier one; NULL: it is late. */
static Mindex__V1__Message *receive(void *socket, uint64_t request) {
    zmq_pollitem_t item = {.socket = socket, .events = ZMQ_POLLIN};
    while (zmq_poll(&item, 1, LATE_MS) > 0) {
        zmq_msg_t frame;
        (void)zmq_msg_init(&frame);
        if (zmq_msg_recv(&frame, socket, 0) < 0)
            fail("receiving", zmq_strerror(errno));
        Mindex__V1__Message *answer =
            mindex__v1__message__unpack(NULL, zmq_msg_size(&frame), zmq_msg_data(&frame));
        (void)zmq_msg_close(&frame);
        if (answer && answer->request == request)
            return answer;
        mindex__v1__message__free_unpacked(answer, NULL);
    }
    return NULL;
}

/* --- the loop --------------------------------------------------------------------------------- */

static void take(FILE *file, const Mindex__V1__Events *events, struct position *at) {
    for (size_t i = 0; i < events->n_events; i++)
        write_event(file, events->events[i]);
    if (fflush(file) != 0 || fsync(fileno(file)) != 0)
        fail("the file", strerror(errno));
    at->after = events->through;
    at->time_ms = events->through_time_ms;
}

int main(int argc, char **argv) {
    char *everywhere[] = {"rank.place."};
    if (argc < 3)
        fail("usage", "follow ENDPOINT FILE [TOPIC ...]");
    FILE *file = fopen(argv[2], "a+");
    if (!file)
        fail(argv[2], strerror(errno));
    struct position at = last_line(file);
    void *socket = open_socket(zmq_ctx_new(), argv[1]);
    for (uint64_t request = 1;; request++) {
        send_question(socket, request, &at, argc > 3 ? argv + 3 : everywhere,
                      argc > 3 ? (size_t)argc - 3 : 1);
        Mindex__V1__Message *answer = receive(socket, request);
        if (answer && answer->body_case == MINDEX__V1__MESSAGE__BODY_EVENTS)
            take(file, answer->events, &at);
        if (answer && answer->body_case == MINDEX__V1__MESSAGE__BODY_ERROR) {
            if (!answer->error->try_again)
                fail(argv[1], answer->error->reason);
            (void)sleep(1);
        }
        if (answer)
            mindex__v1__message__free_unpacked(answer, NULL);
    }
}
