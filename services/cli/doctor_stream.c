/* What subscribers meet: the live stream, replay, and pages. */
#include "services/bus/client.h"
#include "services/bus/clock.h"
#include "services/bus/instant.h"
#include "services/cli/doctor.h"
#include "services/cli/door.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ASK_MS = 2000, AHEAD_MS = 5000 };

/* --- the live stream -------------------------------------------------------------------------- */

static const char stream_advice[] =
    "the publishing role serves it: start that again, and see its log";

/* Whether a heartbeat comes, which it does each second; *newest is what it says. */
static bool hear(const struct places *places, uint64_t *newest, struct fault *fault) {
    zsock_t *socket = wire_open(ZMQ_SUB, NULL, fault);
    zpoller_t *poller = socket ? zpoller_new(socket, NULL) : NULL;
    bool heard = false;
    if (poller && wire_connect_with(socket, places->events, places->key, fault)) {
        zsock_set_subscribe(socket, "heartbeat");
        zmsg_t *frames = zpoller_wait(poller, PATIENCE_MS) ? zmsg_recv(socket) : NULL;
        zframe_t *topic = frames ? zmsg_pop(frames) : NULL,
                 *body = frames ? zmsg_pop(frames) : NULL;
        Events *told =
            body ? mindex__v1__events__unpack(NULL, zframe_size(body), zframe_data(body)) : NULL;
        heard = told != NULL;
        if (heard)
            *newest = told->newest;
        else
            fault_set(fault, FAULT_SYSTEM, "no heartbeat within %d ms at %s", PATIENCE_MS,
                      places->events);
        if (told)
            mindex__v1__events__free_unpacked(told, NULL);
        zframe_destroy(&topic);
        zframe_destroy(&body);
        zmsg_destroy(&frames);
    }
    zpoller_destroy(&poller);
    zsock_destroy(&socket);
    return heard;
}

static void check_stream(struct doctor *doctor, uint64_t newest_event) {
    struct fault fault = {0};
    uint64_t newest = 0;
    if (!door_open(doctor->places->events, ASK_MS / 4, &fault) ||
        !hear(doctor->places, &newest, &fault))
        doctor_note(doctor, FINDING_PROBLEM, "stream", stream_advice, "%s", fault.text);
    else if (newest < newest_event)
        doctor_note(doctor, FINDING_WARNING, "stream", "see whether it follows in a moment",
                    "its newest event is %llu, and the log's %llu", (unsigned long long)newest,
                    (unsigned long long)newest_event);
    else
        doctor_note(doctor, FINDING_OK, "stream", NULL, "its heartbeat is heard; newest event %llu",
                    (unsigned long long)newest);
}

/* --- replay ----------------------------------------------------------------------------------- */

static void check_time(struct doctor *doctor, const Event *newest) {
    char time[INSTANT_TEXT];
    bool ahead = newest->time_ms > clock_wall_ms() + AHEAD_MS;
    doctor_note(doctor, ahead ? FINDING_PROBLEM : FINDING_OK, "event times",
                ahead ? "the clock here or at the hub is wrong, or was when it was written" : NULL,
                "the newest event is of %s%s", instant_write(newest->time_ms, time),
                ahead ? ", which is in the future" : "");
}

static void check_replay(struct doctor *doctor, uint64_t newest_event) {
    struct fault fault = {0};
    EventsWanted wanted = MINDEX__V1__EVENTS_WANTED__INIT;
    wanted.after = newest_event ? newest_event - 1 : 0;
    wanted.has_limit = true;
    wanted.limit = 1;
    Message question = wire_message(0), *answer = NULL;
    question.body_case = MINDEX__V1__MESSAGE__BODY_EVENTS_WANTED;
    question.events_wanted = &wanted;
    struct client *client = NULL;
    if (door_open(doctor->places->replay, ASK_MS / 4, &fault) &&
        (client = client_open(doctor->places->replay, doctor->places->key, &fault)))
        answer = client_ask(client, &question, ASK_MS, &fault);
    bool fine = answer && answer->body_case == MINDEX__V1__MESSAGE__BODY_EVENTS;
    doctor_note(doctor, fine ? FINDING_OK : FINDING_PROBLEM, "replay", fine ? NULL : stream_advice,
                "%s", fine ? "answers" : fault.text);
    if (fine && answer->events->n_events)
        check_time(doctor, answer->events->events[0]);
    wire_free(&answer);
    client_destroy(&client);
}

void doctor_stream(struct doctor *doctor, uint64_t newest_event) {
    check_stream(doctor, newest_event);
    check_replay(doctor, newest_event);
}

/* --- pages ------------------------------------------------------------------------------------ */

/* The --http that `mindex up` was started with. False: none, or it cannot be seen. */
static bool http_of(long pid, char endpoint[ENDPOINT_TEXT]) {
    char path[64], words[4096];
    (void)snprintf(path, sizeof path, "/proc/%ld/cmdline", pid);
    FILE *file = fopen(path, "re");
    size_t length = file ? fread(words, 1, sizeof words - 1, file) : 0;
    words[length] = '\0';
    if (file)
        (void)fclose(file);
    for (const char *word = words; word < words + length; word += strlen(word) + 1) {
        const char *next = word + strlen(word) + 1;
        if (strcmp(word, "--http") == 0 && next < words + length)
            word = next;
        else if (strncmp(word, "--http=", 7) == 0)
            word += 7;
        else
            continue;
        (void)snprintf(endpoint, ENDPOINT_TEXT, "%s", word);
        return true;
    }
    return false;
}

static bool ready(int door, short what, int64_t end) {
    int64_t left = end - clock_ms();
    struct pollfd wait = {.fd = door, .events = what};
    return poll(&wait, 1, left > 0 ? (int)left : 0) == 1;
}

/* The status line of GET /healthz, or what came in its place. */
static bool get_health(const struct sockaddr_storage *address, char line[80]) {
    static const char request[] = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
                                  "Connection: close\r\n\r\n";
    int64_t end = clock_ms() + ASK_MS;
    int door = socket(address->ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    socklen_t length =
        address->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
    if (door < 0)
        return false;
    int failed = connect(door, (const struct sockaddr *)address, length) == 0 ? 0 : errno;
    bool sent = (!failed || failed == EINPROGRESS) && ready(door, POLLOUT, end) &&
                send(door, request, strlen(request), MSG_NOSIGNAL) == (ssize_t)strlen(request);
    ssize_t got = sent && ready(door, POLLIN, end) ? recv(door, line, 79, 0) : -1;
    failed = errno;
    (void)close(door);
    if (got <= 0) {
        (void)snprintf(line, 80, "%s", sent ? "no answer in time" : strerror(failed));
        return false;
    }
    line[got] = '\0';
    line[strcspn(line, "\r\n")] = '\0';
    return strncmp(line, "HTTP/1.1 200", 12) == 0;
}

void doctor_http(struct doctor *doctor) {
    char endpoint[ENDPOINT_TEXT], line[80];
    struct sockaddr_storage address;
    struct fault fault = {0};
    if (*doctor->places->http)
        (void)snprintf(endpoint, sizeof endpoint, "%s", doctor->places->http);
    else if (!doctor->supervisor || !http_of(doctor->supervisor, endpoint))
        return; /* nobody has asked for pages, or it cannot be seen where they are */
    if (!endpoint_http(endpoint, &address, &fault)) {
        doctor_note(doctor, FINDING_PROBLEM, "http", NULL, "%s", fault.text);
        return;
    }
    if (((const struct sockaddr_in *)&address)->sin_port == 0)
        return; /* the kernel chose one, which the log alone says */
    bool fine = get_health(&address, line);
    doctor_note(doctor, fine ? FINDING_OK : FINDING_PROBLEM, "http", fine ? NULL : stream_advice,
                "%s/healthz: %s", endpoint, line);
}
