/* What a release must cost at least on its way from the inbox to a subscriber, with nothing
 * between: as many messages of the same sizes from process to process, over ZeroMQ and ipc as in
 * the service, and as many writes of the same sizes that are on disk before it goes on.
 *
 *     floor FOLDER TIMES HAND_IN TASK READ WRITE_1 SCORE_TASK SCORES WRITE_2 EVENTS
 *
 * prints the nanoseconds of each time, a line each. The sizes are in bytes; the folder is on the
 * file system in question. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

enum { LINKS = 7, WRITES = 2, LOG_BYTES = 4 << 20 };

/* Who hands what to whom: the inbox to the hub, the hub to ingestion and back, to scoring and back,
 * to publishing, and that to the subscriber. */
enum { INBOX, HUB, INGESTION, SCORING, PUBLISHING, SUBSCRIBER = INBOX };
static const int from[LINKS] = {INBOX, HUB, INGESTION, HUB, SCORING, HUB, PUBLISHING};
static const int to[LINKS] = {HUB, INGESTION, HUB, SCORING, HUB, PUBLISHING, SUBSCRIBER};

struct floor_run {
    const char *folder;
    long times;
    size_t message[LINKS], write[WRITES];
    int role;
    void *context;
    void *socket[LINKS]; /* of this process; NULL: the link is others' */
    char *bytes;         /* as many as the largest has */
    int log;
    size_t at; /* in the log */
};

static void need(bool holds, const char *what) {
    if (holds)
        return;
    perror(what);
    exit(EXIT_FAILURE);
}

static void open_links(struct floor_run *run) {
    run->context = zmq_ctx_new();
    need(run->context, "zmq_ctx_new");
    for (int i = 0; i < LINKS; i++) {
        char name[600];
        if (from[i] != run->role && to[i] != run->role)
            continue;
        (void)snprintf(name, sizeof name, "ipc://%s/link-%d", run->folder, i);
        run->socket[i] = zmq_socket(run->context, ZMQ_PAIR);
        need(run->socket[i], "zmq_socket");
        need((to[i] == run->role ? zmq_bind : zmq_connect)(run->socket[i], name) == 0, name);
    }
}

static void pass(const struct floor_run *run, int link) {
    need(zmq_send(run->socket[link], run->bytes, run->message[link], 0) >= 0, "zmq_send");
}

static void take(const struct floor_run *run, int link) {
    int length = zmq_recv(run->socket[link], run->bytes, run->message[link], 0);
    need(length == (int)run->message[link], "zmq_recv");
}

/* As a log does that was reset: over what it wrote before. */
static void put(struct floor_run *run, size_t length) {
    if (run->at + length > LOG_BYTES)
        run->at = 0;
    need(pwrite(run->log, run->bytes, length, (off_t)run->at) == (ssize_t)length, "pwrite");
    need(fdatasync(run->log) == 0, "fdatasync");
    run->at += length;
}

static void open_log(struct floor_run *run) {
    char name[600];
    (void)snprintf(name, sizeof name, "%s/log", run->folder);
    run->log = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    need(run->log >= 0, name);
    for (size_t at = 0; at < LOG_BYTES; at += run->write[1])
        need(pwrite(run->log, run->bytes, run->write[1], (off_t)at) >= 0, "pwrite");
    need(fsync(run->log) == 0, "fsync");
}

static void be_hub(struct floor_run *run) {
    open_log(run);
    for (long i = 0; i < run->times; i++) {
        take(run, 0);
        pass(run, 1);
        take(run, 2);
        put(run, run->write[0]);
        pass(run, 3);
        take(run, 4);
        put(run, run->write[1]);
        pass(run, 5);
    }
}

static void be_between(const struct floor_run *run, int in, int out) {
    for (long i = 0; i < run->times; i++) {
        take(run, in);
        pass(run, out);
    }
}

static int64_t now_ns(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void be_both_ends(const struct floor_run *run) {
    for (long i = 0; i < run->times; i++) {
        int64_t began = now_ns();
        pass(run, 0);
        take(run, LINKS - 1);
        printf("%" PRId64 "\n", now_ns() - began);
        (void)usleep(2000); /* as releases come, one after the other and not at once */
    }
}

static void be(struct floor_run *run, int role) {
    run->role = role;
    open_links(run);
    if (role == HUB)
        be_hub(run);
    else if (role == INBOX)
        be_both_ends(run);
    else
        be_between(run,
                   role == INGESTION ? 1
                   : role == SCORING ? 3
                                     : 5,
                   role == INGESTION ? 2
                   : role == SCORING ? 4
                                     : 6);
    for (int i = 0; i < LINKS; i++) {
        if (run->socket[i])
            (void)zmq_close(run->socket[i]);
    }
    (void)zmq_ctx_term(run->context);
}

static void read_sizes(struct floor_run *run, char **words) {
    static const int at[LINKS] = {0, 1, 2, 4, 5, 7, 7};
    size_t most = 0;
    for (int i = 0; i < LINKS; i++)
        run->message[i] = strtoul(words[at[i]], NULL, 10);
    run->write[0] = strtoul(words[3], NULL, 10);
    run->write[1] = strtoul(words[6], NULL, 10);
    for (int i = 0; i < 8; i++) {
        size_t size = strtoul(words[i], NULL, 10);
        most = size > most ? size : most;
    }
    need(most > 0 && run->write[0] > 0 && run->write[1] > 0 && most <= LOG_BYTES, "sizes");
    run->bytes = malloc(most);
    need(run->bytes, "malloc");
    for (size_t i = 0; i < most; i++)
        run->bytes[i] = (char)(i * 2654435761U >> 13);
}

int main(int argc, char **argv) {
    if (argc != 11) {
        (void)fprintf(stderr, "usage: floor FOLDER TIMES and eight sizes in bytes\n");
        return EXIT_FAILURE;
    }
    struct floor_run run = {.folder = argv[1], .times = strtol(argv[2], NULL, 10)};
    read_sizes(&run, argv + 3);
    for (int role = HUB; role <= PUBLISHING; role++) {
        pid_t child = fork();
        need(child >= 0, "fork");
        if (child == 0) {
            be(&run, role);
            free(run.bytes);
            return EXIT_SUCCESS;
        }
    }
    be(&run, INBOX);
    free(run.bytes);
    int status = EXIT_SUCCESS, of_child;
    while (wait(&of_child) > 0)
        status = of_child ? EXIT_FAILURE : status;
    return status;
}
