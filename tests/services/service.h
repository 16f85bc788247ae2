/* A service for a test: real processes of the built program, in a state folder of their own, and a
 * client to talk with them. Everything that is started is ended by service_end, by process id. */
#ifndef TESTS_SERVICES_SERVICE_H
#define TESTS_SERVICES_SERVICE_H

#include "services/bus/client.h"
#include "services/bus/endpoint.h"
#include "tests/suite.h"

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SERVICE_PROCESSES = 24, SERVICE_ANSWER_MS = 30000, SERVICE_PATH = 4096 };

struct service {
    char build[SERVICE_PATH], state[PATH_TEXT];
    struct places places;
    pid_t pids[SERVICE_PROCESSES];
    size_t n;
    struct client *client;
};

/* The build folder, two above this test's own program. */
static inline void service_find_build(char build[SERVICE_PATH]) {
    ssize_t length = readlink("/proc/self/exe", build, SERVICE_PATH - 1);
    ck_assert_int_gt(length, 0);
    build[length] = '\0';
    for (int up = 0; up < 3; up++)
        *strrchr(build, '/') = '\0';
}

static inline void service_begin(struct service *s) {
    struct fault fault = {0};
    memset(s, 0, sizeof *s);
    zsys_handler_set(NULL);
    service_find_build(s->build);
    (void)snprintf(s->state, sizeof s->state, "/tmp/mindex-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(s->state));
    ck_assert_msg(places_find(&s->places, s->state, NULL, NULL, NULL, &fault), "%s", fault.text);
    s->client = client_new(s->places.hub, &fault);
    ck_assert_msg(s->client != NULL, "%s", fault.text);
}

static inline void service_exec(const struct service *s, const char *command, va_list args) {
    char program[SERVICE_PATH + 16];
    char *arguments[24] = {"mindex", (char *)command, "--state", (char *)s->state};
    size_t n = 4;
    while (n < 23 && (arguments[n] = va_arg(args, char *)))
        n++;
    (void)snprintf(program, sizeof program, "%s/mindex", s->build);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that crashes leaves nothing behind */
    (void)signal(SIGTERM, SIG_DFL);         /* check's handler would end the whole group */
    (void)execv(program, arguments);
    _exit(127);
}

/* Starts `mindex COMMAND --state ... ARGS`, ended by a NULL; what it says is in the state folder.
 */
static inline pid_t service_start(struct service *s, const char *command, ...) {
    char log[SERVICE_PATH];
    (void)snprintf(log, sizeof log, "%s/log", s->state);
    ck_assert_uint_lt(s->n, SERVICE_PROCESSES);
    va_list args;
    va_start(args, command);
    pid_t pid = fork();
    if (pid == 0) {
        int out = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
        (void)dup2(out, STDERR_FILENO);
        (void)dup2(out, STDOUT_FILENO);
        service_exec(s, command, args);
    }
    va_end(args);
    ck_assert_int_gt(pid, 0);
    s->pids[s->n++] = pid;
    return pid;
}

/* Runs a command to its end: the exit status, and what it printed in `out` and `err`. */
static inline int service_run(struct service *s, char *out, char *err, size_t size,
                              const char *command, ...) {
    char paths[2][SERVICE_PATH];
    (void)snprintf(paths[0], SERVICE_PATH, "%s/stdout", s->state);
    (void)snprintf(paths[1], SERVICE_PATH, "%s/stderr", s->state);
    va_list args;
    va_start(args, command);
    pid_t pid = fork();
    if (pid == 0) {
        for (int i = 0; i < 2; i++)
            (void)dup2(open(paths[i], O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO + i);
        service_exec(s, command, args);
    }
    va_end(args);
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFEXITED(status));
    for (int i = 0; i < 2; i++) {
        char *into = i ? err : out;
        FILE *file = fopen(paths[i], "r");
        ck_assert_ptr_nonnull(file);
        if (into)
            into[fread(into, 1, size - 1, file)] = '\0';
        (void)fclose(file);
    }
    return WEXITSTATUS(status);
}

/* One that has ended, and was waited for. */
static inline void service_forget(struct service *s, pid_t pid) {
    for (size_t i = 0; i < s->n; i++) {
        if (s->pids[i] == pid)
            s->pids[i] = s->pids[--s->n];
    }
}

/* Sends the signal and, for one that ends, waits until it has ended. */
static inline void service_signal(struct service *s, pid_t pid, int with) {
    ck_assert_int_eq(kill(pid, with), 0);
    if (with == SIGSTOP || with == SIGCONT)
        return;
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    service_forget(s, pid);
}

static inline int service_remove_entry(const char *path, const struct stat *info, int type,
                                       struct FTW *ftw) {
    (void)info;
    (void)type;
    (void)ftw;
    return remove(path);
}

static inline void service_end(struct service *s) {
    client_destroy(&s->client);
    while (s->n) {
        pid_t pid = s->pids[--s->n];
        (void)kill(pid, SIGCONT);
        (void)kill(pid, SIGTERM);
        int status;
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        /* Under the sanitizers a leak or an overflow is a bad end. One that had only just begun
         * may not have taken the signal over yet. */
        bool fine = WIFEXITED(status) ? WEXITSTATUS(status) == 0 : WTERMSIG(status) == SIGTERM;
        ck_assert_msg(fine, "a process ended with %d", status);
    }
    (void)nftw(s->state, service_remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* --- asking ----------------------------------------------------------------------------------- */

/* The answer, whatever it is; an error answer ends the test. Free with wire_free. */
static inline Message *service_ask(struct service *s, Message *question) {
    struct fault fault = {0};
    Message *answer = client_ask(s->client, question, SERVICE_ANSWER_MS, &fault);
    ck_assert_msg(answer != NULL, "%s", fault.text);
    return answer;
}

static inline Message *service_status(struct service *s) {
    Mindex__V1__StatusWanted wanted = MINDEX__V1__STATUS_WANTED__INIT;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_STATUS_WANTED;
    question.status_wanted = &wanted;
    return service_ask(s, &question);
}

/* Hands in one file, in the way that `how` says beside. The answer is a receipt, a trial or a
 * refusal. */
static inline Message *service_hand_in_so(struct service *s, HandIn how, const char *name,
                                          const void *bytes, size_t length) {
    File file = MINDEX__V1__FILE__INIT, *files[] = {&file};
    file.name = (char *)name;
    file.content = (ProtobufCBinaryData){length, (uint8_t *)bytes};
    how.n_files = 1;
    how.files = files;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_HAND_IN;
    question.hand_in = &how;
    return service_ask(s, &question);
}

/* The same; figures that somebody should look at are taken as they are. */
static inline Message *service_hand_in(struct service *s, const char *name, const void *bytes,
                                       size_t length) {
    HandIn how = MINDEX__V1__HAND_IN__INIT;
    how.has_accept_warnings = how.accept_warnings = true;
    return service_hand_in_so(s, how, name, bytes, length);
}

static inline Message *service_hand_in_text(struct service *s, const char *name, const char *text) {
    return service_hand_in(s, name, text, strlen(text));
}

/* Up to 5000 events after `after` under the topic (NULL: all), waiting up to wait_ms for one. */
static inline Message *service_events(struct service *s, uint64_t after, const char *topic,
                                      uint32_t wait_ms) {
    char *topics[] = {(char *)topic};
    EventsWanted wanted = MINDEX__V1__EVENTS_WANTED__INIT;
    wanted.after = after;
    wanted.has_limit = wanted.has_wait_ms = true;
    wanted.limit = 5000;
    wanted.wait_ms = wait_ms;
    wanted.n_topics = topic != NULL;
    wanted.topics = topics;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_EVENTS_WANTED;
    question.events_wanted = &wanted;
    Message *answer = service_ask(s, &question);
    ck_assert_int_eq(answer->body_case, MINDEX__V1__MESSAGE__BODY_EVENTS);
    return answer;
}

/* Waits for the first event after `after` under the topic; its edition. */
static inline uint64_t service_await(struct service *s, const char *topic, uint64_t *after) {
    for (int tries = 0; tries < 10; tries++) {
        Message *answer = service_events(s, *after, topic, SERVICE_ANSWER_MS / 2);
        const Events *events = answer->events;
        uint64_t edition = 0;
        *after = events->through;
        if (events->n_events) {
            edition = events->events[0]->edition;
            *after = events->events[0]->seq;
        }
        wire_free(&answer);
        if (edition)
            return edition;
    }
    ck_abort_msg("no event under '%s'", topic);
}

/* The hub answers a question as soon as it is there: the client's own retry is the signal. */
static inline void service_await_hub(struct service *s) {
    Mindex__V1__StatusWanted wanted = MINDEX__V1__STATUS_WANTED__INIT;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_STATUS_WANTED;
    question.status_wanted = &wanted;
    struct fault fault = {0};
    Message *answer = client_insist(s->client, &question, 200, SERVICE_ANSWER_MS, &fault);
    ck_assert_msg(answer != NULL, "%s", fault.text);
    wire_free(&answer);
}

#endif
