/* How far one hub goes: a batch job with as many workers as one likes, which are played by this one
 * process on sockets of their own. Each answers when the time that its task would take has passed,
 * with a piece of the size that a real one has; what it merges it fetches first. Nothing is
 * computed, so that the hub is what there is to measure.
 *
 *   crowd ENDPOINT PID AREAS ITEM_US WORKERS SECONDS
 *
 * loads the hub at ENDPOINT, which is process PID and has an edition, and prints JSON: what the hub
 * spent of its processor's time and of bytes on each task, and how busy the workers were. */
#include "core/tally.h"
#include "services/bus/client.h"
#include "services/bus/clock.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    LADDER = 12,       /* sizes of pieces that are made: of 2, 8, 32 ... items */
    SPREAD_SHARE = 33, /* of the places: one in so many is the standard deviation of a rank */
    MERGE_MB_PER_S = 200,
    ASK_MS = 30000,
    NS_PER_MS = 1000000,
};

static void need(bool fine, const char *what) {
    if (fine)
        return;
    (void)fprintf(stderr, "crowd: %s\n", what);
    exit(EXIT_FAILURE);
}

/* --- how large pieces are --------------------------------------------------------------------- */

static struct {
    uint64_t items[LADDER];
    size_t bytes[LADDER];
    size_t n;
    uint8_t *content;
} sizes;

/* About normal: the sum of twelve from 0 to 1, less six. */
static double noise(uint64_t *state) {
    double sum = -6;
    for (int i = 0; i < 12; i++) {
        *state = *state * UINT64_C(6364136223846793005) + 1;
        sum += (double)(*state >> 40) / (1 << 24);
    }
    return sum;
}

/* The size of a tally of so many items in which each place's rank varies around its own. */
static void measure_sizes(size_t areas, uint64_t most) {
    struct fault fault = {0};
    uint64_t state = 1, done = 0;
    uint32_t *rank = calloc(areas, sizeof *rank);
    uint8_t *band = calloc(areas, sizeof *band);
    struct tally *tally =
        tally_new(areas, 5, tally_bin_width(areas, 1, UINT64_C(1000000)), 1, &fault);
    need(rank && band && tally, "out of memory");
    for (uint64_t items = 2; sizes.n < LADDER && items / 4 < most; items *= 4) {
        for (; done < items; done++) {
            for (size_t a = 0; a < areas; a++) {
                double at = (double)a + noise(&state) * (double)areas / SPREAD_SHARE;
                at = fmin(fmax(at, 0), (double)areas - 1);
                rank[a] = (uint32_t)at + 1;
                band[a] = (uint8_t)(1 + (size_t)at * 5 / areas);
            }
            need(tally_add(tally, rank, band, &fault), fault.text);
        }
        size_t length;
        uint8_t *bytes = tally_bytes(tally, &length, &fault);
        need(bytes != NULL, fault.text);
        free(bytes);
        sizes.items[sizes.n] = items;
        sizes.bytes[sizes.n++] = length;
    }
    size_t largest = sizes.bytes[sizes.n - 1];
    sizes.content = calloc(largest + 1, 1);
    need(sizes.content != NULL, "out of memory");
    tally_destroy(&tally);
    free(rank);
    free(band);
}

static size_t size_of(uint64_t items) {
    size_t i = 0;
    while (i < sizes.n && sizes.items[i] < items)
        i++;
    if (i == 0 || i == sizes.n)
        return sizes.bytes[i ? sizes.n - 1 : 0];
    double share =
        (double)(items - sizes.items[i - 1]) / (double)(sizes.items[i] - sizes.items[i - 1]);
    return sizes.bytes[i - 1] + (size_t)(share * (double)(sizes.bytes[i] - sizes.bytes[i - 1]));
}

/* --- the study -------------------------------------------------------------------------------- */

static Message *ask(struct client *client, Message *question) {
    struct fault fault = {0};
    Message *answer = client_ask(client, question, ASK_MS, &fault);
    need(answer != NULL, fault.text);
    return answer;
}

/* A job of more items than anybody does; its number. */
static uint64_t submit(struct client *client) {
    Mindex__V1__ReleasesWanted releases = MINDEX__V1__RELEASES_WANTED__INIT;
    Mindex__V1__EditionWanted edition = MINDEX__V1__EDITION_WANTED__INIT;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_RELEASES_WANTED;
    question.releases_wanted = &releases;
    Message *first = ask(client, &question);
    question.body_case = MINDEX__V1__MESSAGE__BODY_EDITION_WANTED;
    question.edition_wanted = &edition;
    Message *second = ask(client, &question);
    Input input = MINDEX__V1__INPUT__INIT, *inputs[] = {&input};
    input.dataset = first->releases->releases[0]->dataset;
    input.observations = first->releases->releases[0]->observations_hash;
    Study study = MINDEX__V1__STUDY__INIT;
    study.kind = "uncertainty";
    study.pack = second->edition->info->pack;
    study.n_inputs = 1;
    study.inputs = inputs;
    study.items = UINT64_C(100000000000);
    study.has_seed = true;
    study.seed = clock_wall_ms();
    Mindex__V1__SubmitStudy body = MINDEX__V1__SUBMIT_STUDY__INIT;
    body.study = &study;
    question.body_case = MINDEX__V1__MESSAGE__BODY_SUBMIT_STUDY;
    question.submit_study = &body;
    Message *answer = ask(client, &question);
    uint64_t job = answer->jobs->jobs[0]->job;
    wire_free(&first);
    wire_free(&second);
    wire_free(&answer);
    return job;
}

static void cancel(struct client *client, uint64_t job) {
    Mindex__V1__CancelJob body = MINDEX__V1__CANCEL_JOB__INIT;
    body.job = job;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_CANCEL_JOB;
    question.cancel_job = &body;
    Message *answer = ask(client, &question);
    wire_free(&answer);
}

/* --- workers ---------------------------------------------------------------------------------- */

static struct {
    uint64_t tasks, merges, in, out; /* bytes as the hub sees them */
    double busy_ns, piece_bytes;
} seen;

struct played {
    zsock_t *socket;
    Message *order;     /* the task in hand */
    size_t fetched;     /* pieces of it that are here */
    uint64_t bytes;     /* of these */
    int64_t due, begun; /* ns; due: when it is done, INT64_MAX: not known yet */
    int64_t beat;       /* ms: the next heartbeat */
};

static int64_t now_ns(void) {
    return clock_ns();
}

static void say(struct played *worker, Message *message) {
    zframe_t *frame = wire_frame(message);
    need(frame != NULL, "out of memory");
    seen.in += zframe_size(frame);
    need(wire_send_frame(worker->socket, NULL, &frame), "the hub takes nothing any more");
}

static void say_hello(struct played *worker, size_t number) {
    char name[40];
    (void)snprintf(name, sizeof name, "played-%zu", number);
    Mindex__V1__Hello hello = MINDEX__V1__HELLO__INIT;
    hello.role = "scoring";
    hello.name = name;
    hello.build = "bench";
    Message message = wire_message(0);
    message.body_case = MINDEX__V1__MESSAGE__BODY_HELLO;
    message.hello = &hello;
    say(worker, &message);
}

static void ask_for_task(struct played *worker) {
    Mindex__V1__Credit credit = MINDEX__V1__CREDIT__INIT;
    credit.tasks = 1;
    Message message = wire_message(0);
    message.body_case = MINDEX__V1__MESSAGE__BODY_CREDIT;
    message.credit = &credit;
    say(worker, &message);
}

static void beat(struct played *worker) {
    Mindex__V1__Heartbeat heartbeat = MINDEX__V1__HEARTBEAT__INIT;
    Message message = wire_message(0);
    message.body_case = MINDEX__V1__MESSAGE__BODY_HEARTBEAT;
    message.heartbeat = &heartbeat;
    say(worker, &message);
}

static void fetch_next(struct played *worker) {
    const StudyTask *task = worker->order->task->study;
    if (worker->fetched == task->n_pieces) {
        worker->due = now_ns() + (int64_t)(worker->bytes * 1000 / MERGE_MB_PER_S);
        return;
    }
    Mindex__V1__BlobWanted wanted = MINDEX__V1__BLOB_WANTED__INIT;
    wanted.hash = task->pieces[worker->fetched];
    Message message = wire_message(0);
    message.body_case = MINDEX__V1__MESSAGE__BODY_BLOB_WANTED;
    message.blob_wanted = &wanted;
    say(worker, &message);
}

static void take_order(struct played *worker, Message *order, double item_ns) {
    const StudyTask *task = order->task->study;
    need(task != NULL, "a task that is none of a study");
    worker->order = order;
    worker->fetched = worker->bytes = 0;
    worker->begun = now_ns();
    worker->due = INT64_MAX;
    if (task->step == MINDEX__V1__STUDY_TASK__STEP__RUN)
        worker->due = worker->begun + (int64_t)((double)task->count * item_ns);
    else
        fetch_next(worker);
}

static void finish(struct played *worker) {
    const StudyTask *task = worker->order->task->study;
    StudyPiece piece = MINDEX__V1__STUDY_PIECE__INIT;
    ProtobufCBinaryData tally = {size_of(task->count), sizes.content};
    piece.study = task->study;
    piece.first = task->first;
    piece.count = task->count;
    piece.n_tallies = 1;
    piece.tallies = &tally;
    TaskDone done = MINDEX__V1__TASK_DONE__INIT;
    done.task = worker->order->task->task;
    done.result_case = MINDEX__V1__TASK_DONE__RESULT_PIECE;
    done.piece = &piece;
    done.has_busy_ns = true;
    done.busy_ns = (uint64_t)(worker->due - worker->begun);
    Message message = wire_message(0);
    message.body_case = MINDEX__V1__MESSAGE__BODY_TASK_DONE;
    message.task_done = &done;
    say(worker, &message);
    seen.tasks += task->step == MINDEX__V1__STUDY_TASK__STEP__RUN;
    seen.merges += task->step != MINDEX__V1__STUDY_TASK__STEP__RUN;
    seen.busy_ns += (double)(worker->due - worker->begun);
    seen.piece_bytes += (double)tally.len;
    wire_free(&worker->order);
    ask_for_task(worker);
}

static void hear(struct played *worker, double item_ns) {
    while (zsock_events(worker->socket) & ZMQ_POLLIN) {
        zframe_t *body = NULL;
        need(wire_take(worker->socket, NULL, &body) && body, "nothing could be taken");
        seen.out += zframe_size(body);
        Message *message = wire_read(body);
        zframe_destroy(&body);
        need(message != NULL, "no message of the contract");
        if (message->body_case == MINDEX__V1__MESSAGE__BODY_TASK) {
            take_order(worker, message, item_ns);
            message = NULL;
        } else if (message->body_case == MINDEX__V1__MESSAGE__BODY_BLOB && worker->order) {
            worker->bytes += message->blob->content.len;
            worker->fetched++;
            fetch_next(worker);
        } else if (message->body_case == MINDEX__V1__MESSAGE__BODY_WELCOME) {
            ask_for_task(worker);
        }
        wire_free(&message);
    }
}

static void turn(struct played *workers, size_t n, double item_ns) {
    enum { BEAT_MS = 500 };
    for (size_t i = 0; i < n; i++) {
        hear(&workers[i], item_ns);
        if (workers[i].order && now_ns() >= workers[i].due)
            finish(&workers[i]);
        if (clock_ms() >= workers[i].beat) {
            workers[i].beat = clock_ms() + BEAT_MS;
            beat(&workers[i]);
        }
    }
    (void)usleep(200);
}

/* --- the hub's own time ----------------------------------------------------------------------- */

static double cpu_seconds(const char *pid) {
    char path[64], text[2000];
    (void)snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
    FILE *file = fopen(path, "r");
    need(file != NULL, "there is no such process");
    size_t length = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    text[length] = '\0';
    unsigned long user = 0, system = 0;
    const char *after = strrchr(text, ')');
    need(after && sscanf(after + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
                         &system) == 2,
         "its times cannot be read");
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static void work_for(struct played *workers, size_t n, double item_ns, double seconds) {
    for (int64_t end = now_ns() + (int64_t)(seconds * 1e9); now_ns() < end;)
        turn(workers, n, item_ns);
}

int main(int argc, char **argv) {
    need(argc == 7, "crowd ENDPOINT PID AREAS ITEM_US WORKERS SECONDS");
    struct fault fault = {0};
    size_t areas = strtoul(argv[3], NULL, 10), n = strtoul(argv[5], NULL, 10);
    double item_ns = strtod(argv[4], NULL) * 1000, seconds = strtod(argv[6], NULL);
    zsys_handler_set(NULL);
    zsys_set_max_sockets(4096);
    measure_sizes(areas, (uint64_t)(10e9 / item_ns) < 100000 ? (uint64_t)(10e9 / item_ns) : 100000);
    struct client *client = client_new(argv[1], &fault);
    struct played *workers = calloc(n, sizeof *workers);
    need(client && workers, *fault.text ? fault.text : "out of memory");
    uint64_t job = submit(client);
    for (size_t i = 0; i < n; i++) {
        workers[i].socket = wire_socket(ZMQ_DEALER, NULL, argv[1], &fault);
        need(workers[i].socket != NULL, fault.text);
        workers[i].beat = clock_ms() + (int64_t)(i % 500);
        say_hello(&workers[i], i);
    }
    work_for(workers, n, item_ns, 2 + seconds / 2); /* until tasks have their size */
    memset(&seen, 0, sizeof seen);
    double began_cpu = cpu_seconds(argv[2]);
    int64_t began = now_ns();
    work_for(workers, n, item_ns, seconds);
    double took = (double)(now_ns() - began) / 1e9, cpu = cpu_seconds(argv[2]) - began_cpu;
    double tasks = (double)(seen.tasks ? seen.tasks : 1);
    printf(
        "{\"areas\": %zu, \"workers\": %zu, \"seconds\": %.2f, \"tasks\": %llu, \"merges\": %llu,"
        " \"hub_share\": %.4f, \"hub_us_a_task\": %.1f, \"in_a_task\": %.0f,"
        " \"out_a_task\": %.0f, \"task_ms\": %.1f, \"piece_bytes\": %.0f, \"busy_share\": %.4f}\n",
        areas, n, took, (unsigned long long)seen.tasks, (unsigned long long)seen.merges, cpu / took,
        cpu / tasks * 1e6, (double)seen.in / tasks, (double)seen.out / tasks,
        seen.busy_ns / (double)(seen.tasks + seen.merges ? seen.tasks + seen.merges : 1) / 1e6,
        seen.piece_bytes / (double)(seen.tasks + seen.merges ? seen.tasks + seen.merges : 1),
        seen.busy_ns / 1e9 / took / (double)n);
    cancel(client, job);
    for (size_t i = 0; i < n; i++) {
        wire_free(&workers[i].order);
        zsock_destroy(&workers[i].socket);
    }
    client_destroy(&client);
    free(workers);
    free(sizes.content);
    return EXIT_SUCCESS;
}
