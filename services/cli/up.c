/* The supervisor: starts every role as a process of its own, starts it again when it ends, and
 * stops all of them when it is told to stop. It holds no data. */
#include "services/bus/clock.h"
#include "services/bus/log.h"
#include "services/bus/notify.h"
#include "services/bus/process.h"
#include "services/bus/reload.h"
#include "services/bus/version.h"
#include "services/cli/command.h"
#include "services/cli/owner.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    SCORING_MAX = 256,               /* as config_keys has it */
    FIRST_SCORING = 4,               /* after those that run once */
    ROLES_MAX = 5 + 2 * SCORING_MAX, /* those that end make room for new ones before they do */
    BACKOFF_FIRST_MS = 100, /* doubled each time that a role ends within STEADY_MS of its start */
    BACKOFF_MAX_MS = 10000,
    STEADY_MS = 5000,
    /* At the end: workers are told first, the hub when they are gone or after WORKERS_MS; SIGKILL
     * follows SIGTERM after STOP_MS. */
    WORKERS_MS = 1200,
    STOP_MS = 5000,
};

struct role_process {
    const char *role;
    pid_t pid; /* 0: not running */
    int64_t started, start_at, backoff;
    bool retired; /* one too many, and told to end */
};

struct supervisor {
    const struct command_line *line;
    struct config config;                 /* the line's, and what has changed since */
    struct role_process roles[ROLES_MAX]; /* the hub is the first */
    size_t count;
    pid_t load; /* of --pack, while it runs; else 0 */
    char self[PATH_TEXT];
};

/* Where a role would look for another file by itself. */
static bool needs_file(const struct config *config) {
    char own[PATH_TEXT + 16];
    (void)snprintf(own, sizeof own, "%s/mindex.conf", config->places.state);
    return config->read && strcmp(config->file, own) != 0;
}

/* In the child: becomes `mindex ROLE` with the same settings. Those of the environment and the file
 * it finds itself. */
static void become(const struct supervisor *supervisor, const char *role) {
    const struct config *config = &supervisor->config;
    bool load = strcmp(role, "load") == 0;
    char *arguments[2 * CONFIG_KEYS + 12] = {"mindex", (char *)role};
    size_t n = 2;
    if (!load)
        arguments[n++] = "--supervised";
    arguments[n++] = "--state";
    arguments[n++] = (char *)supervisor->line->places.state;
    if (needs_file(config)) {
        arguments[n++] = "--config";
        arguments[n++] = (char *)config->file;
    }
    for (size_t i = 0; i < CONFIG_KEYS; i++) {
        const struct config_key *key = &config_keys[i];
        char value[CONFIG_VALUE], *pair = NULL;
        if (config->source[i] != CONFIG_FLAG || strcmp(key->name, "state") == 0)
            continue;
        config_text(config, key, value);
        if (asprintf(&pair, "%s=%s", key->name, value) < 0)
            _exit(1);
        arguments[n++] = "--set";
        arguments[n++] = pair;
    }
    if (strcmp(role, "scoring") == 0) { /* it would be started again at once */
        arguments[n++] = "--set";
        arguments[n++] = "idle=0";
    }
    if (load)
        arguments[n++] = (char *)supervisor->line->pack;
    sigset_t waits;
    (void)sigemptyset(&waits);
    if (!load) /* a role that has just begun takes it when it can */
        (void)sigaddset(&waits, SIGHUP);
    (void)sigprocmask(SIG_SETMASK, &waits, NULL);
    notify_forget();
    (void)execv(supervisor->self, arguments);
    _exit(127);
}

static pid_t spawn(const struct supervisor *supervisor, const char *role) {
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        /* Whoever it becomes is told to stop when the supervisor is gone, however that came. */
        (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (getppid() != parent)
            _exit(1); /* the supervisor ended in between */
        become(supervisor, role);
    }
    char quoted[LOG_QUOTED];
    if (pid < 0)
        log_error("cannot fork", "reason=%s", log_quote(strerror(errno), quoted));
    return pid;
}

static void start_due(struct supervisor *supervisor, int64_t now) {
    for (size_t i = 0; i < supervisor->count; i++) {
        struct role_process *process = &supervisor->roles[i];
        if (process->pid > 0 || process->start_at > now || process->retired)
            continue;
        process->pid = spawn(supervisor, process->role);
        process->started = now;
        if (process->pid < 0)
            process->start_at = now + BACKOFF_MAX_MS;
    }
}

static void note_end(struct role_process *process, pid_t pid, int status, int64_t now) {
    bool steady = now - process->started > STEADY_MS;
    process->backoff = steady || !process->backoff ? BACKOFF_FIRST_MS : process->backoff * 2;
    if (process->backoff > BACKOFF_MAX_MS)
        process->backoff = BACKOFF_MAX_MS;
    process->start_at = now + process->backoff;
    log_warning("role ended and is started again", "ended=%s ended_pid=%ld %s=%d in_ms=%lld",
                process->role, (long)pid, WIFSIGNALED(status) ? "signal" : "status",
                WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
                (long long)process->backoff);
}

static void reap(struct supervisor *supervisor, int64_t now, bool restarts) {
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (supervisor->load == pid)
            supervisor->load = 0;
        for (size_t i = 0; i < supervisor->count; i++) {
            struct role_process *process = &supervisor->roles[i];
            if (process->pid != pid)
                continue;
            process->pid = 0;
            if (process->retired)
                *process = supervisor->roles[--supervisor->count];
            else if (restarts)
                note_end(process, pid, status, now);
            break;
        }
    }
}

static int until_next(const struct supervisor *supervisor, int64_t now) {
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < supervisor->count; i++) {
        const struct role_process *process = &supervisor->roles[i];
        if (process->pid <= 0 && !process->retired && process->start_at < next)
            next = process->start_at;
    }
    int64_t alive = notify_until(now), left = next == INT64_MAX ? next : next - now;
    left = alive < left ? alive : left;
    return left == INT64_MAX ? -1 : left < 0 ? 0 : (int)left;
}

static void tell(pid_t pid, int with) {
    if (pid > 0)
        (void)kill(pid, with);
}

static void tell_workers(const struct supervisor *supervisor, int with) {
    tell(supervisor->load, with);
    for (size_t i = 1; i < supervisor->count; i++)
        tell(supervisor->roles[i].pid, with);
}

static size_t workers(const struct supervisor *supervisor) {
    size_t count = supervisor->load > 0;
    for (size_t i = 1; i < supervisor->count; i++)
        count += supervisor->roles[i].pid > 0;
    return count;
}

/* Until a child has ended, or another signal has come, or it is `end`. */
static void await_child(struct supervisor *supervisor, int signals, int64_t end) {
    int64_t left = end - clock_ms();
    struct pollfd ready = {.fd = signals, .events = POLLIN};
    if (poll(&ready, 1, left > 0 ? (int)left : 0) > 0) {
        struct signalfd_siginfo info;
        (void)!read(signals, &info, sizeof info);
    }
    reap(supervisor, clock_ms(), false);
}

/* Workers first hand in or hand back what they hold, then the hub closes its store. */
static void stop_all(struct supervisor *supervisor, int signals) {
    struct role_process *hub = &supervisor->roles[0];
    int64_t now = clock_ms(), patience = now + WORKERS_MS, end = now + STOP_MS;
    tell_workers(supervisor, SIGTERM);
    while (workers(supervisor) && clock_ms() < patience)
        await_child(supervisor, signals, patience);
    tell(hub->pid, SIGTERM);
    while (workers(supervisor) || hub->pid > 0) {
        if (clock_ms() >= end) {
            log_warning("killed what did not stop", "in_ms=%d", STOP_MS);
            tell_workers(supervisor, SIGKILL);
            tell(hub->pid, SIGKILL);
            end = clock_ms() + STOP_MS;
        }
        await_child(supervisor, signals, end);
    }
}

/* --- more or fewer scoring workers, and other settings ---------------------------------------- */

static size_t scoring(const struct supervisor *supervisor) {
    size_t count = 0;
    for (size_t i = FIRST_SCORING; i < supervisor->count; i++)
        count += !supervisor->roles[i].retired;
    return count;
}

static void retire(struct supervisor *supervisor, size_t i) {
    struct role_process *process = &supervisor->roles[i];
    process->retired = true;
    if (process->pid > 0)
        tell(process->pid, SIGTERM);
    else
        *process = supervisor->roles[--supervisor->count];
}

static void size_scoring(struct supervisor *supervisor) {
    size_t wanted = supervisor->config.scoring, now = scoring(supervisor);
    for (; now < wanted && supervisor->count < ROLES_MAX; now++)
        supervisor->roles[supervisor->count++] = (struct role_process){.role = "scoring"};
    for (size_t i = supervisor->count; now > wanted && i-- > FIRST_SCORING;) {
        if (!supervisor->roles[i].retired) {
            retire(supervisor, i);
            now--;
        }
    }
}

/* Roles are told of what is right alone: a mistake is said once, and not by each. */
static void take_settings(struct supervisor *supervisor) {
    if (!reload(&supervisor->config, "up"))
        return;
    size_scoring(supervisor);
    for (size_t i = 0; i < supervisor->count; i++) {
        if (!supervisor->roles[i].retired)
            tell(supervisor->roles[i].pid, SIGHUP);
    }
}

static void forget_child_signal(void) {
    static const struct timespec at_once = {0};
    sigset_t child;
    (void)sigemptyset(&child);
    (void)sigaddset(&child, SIGCHLD);
    (void)sigtimedwait(&child, NULL, &at_once);
}

static void supervise(struct supervisor *supervisor, int signals) {
    for (;;) {
        int64_t now = clock_ms();
        start_due(supervisor, now);
        notify_alive();
        struct pollfd ready = {.fd = signals, .events = POLLIN};
        (void)poll(&ready, 1, until_next(supervisor, now));
        if (process_stops(&signals, &signals))
            return;
        if (process_reloads(&signals, &signals))
            take_settings(supervisor);
        forget_child_signal();
        reap(supervisor, clock_ms(), true);
    }
}

/* SIGCHLD joins the signals that are read from a descriptor. */
static int supervisor_signals(struct fault *fault) {
    int first = process_start("up", false, fault);
    if (first < 0)
        return -1;
    sigset_t all;
    (void)sigemptyset(&all);
    (void)sigaddset(&all, SIGINT);
    (void)sigaddset(&all, SIGTERM);
    (void)sigaddset(&all, SIGHUP);
    (void)sigaddset(&all, SIGCHLD);
    (void)sigprocmask(SIG_BLOCK, &all, NULL);
    return signalfd(first, &all, 0);
}

/* A second supervisor of one installation would only be in the way of the first. */
static bool lock_state(const struct places *places, struct fault *fault) {
    char path[PATH_TEXT + 16];
    (void)snprintf(path, sizeof path, "%s/up.lock", places->state);
    return make_folder(places->state, fault) && process_lock(path, fault) >= 0;
}

int up_command(const struct command_line *line) {
    static const char *const once[] = {"hub", "ingestion", "comparison", "publishing"};
    char quoted[LOG_QUOTED];
    struct fault fault = {0};
    if (!owner_may_write(&line->places))
        return EXIT_FAILED;
    struct supervisor *supervisor = calloc(1, sizeof *supervisor);
    int signals = supervisor_signals(&fault);
    if (!supervisor || signals < 0 || !lock_state(&line->places, &fault)) {
        free(supervisor);
        return command_failed(EXIT_FAILED, "%s", *fault.text ? fault.text : "out of memory");
    }
    supervisor->line = line;
    supervisor->config = line->config;
    ssize_t length = readlink("/proc/self/exe", supervisor->self, sizeof supervisor->self - 1);
    supervisor->self[length > 0 ? length : 0] = '\0';
    for (size_t i = 0; i < FIRST_SCORING; i++)
        supervisor->roles[supervisor->count++].role = once[i];
    size_scoring(supervisor);
    log_info("started", "version=%s state=%s scoring=%zu", MINDEX_VERSION,
             log_quote(line->places.state, quoted), scoring(supervisor));
    if (line->pack)
        supervisor->load = spawn(supervisor, "load"); /* that is in already: no change */
    notify_ready();
    supervise(supervisor, signals);
    notify_stopping();
    stop_all(supervisor, signals);
    log_info("stopped", "state=%s", quoted);
    free(supervisor);
    return EXIT_OK;
}
