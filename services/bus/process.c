#include "services/bus/process.h"

#include "services/bus/endpoint.h"
#include "services/bus/log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static bool has_terminal(void) {
    int terminal = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);
    if (terminal >= 0)
        (void)close(terminal);
    return terminal >= 0;
}

/* Of the process, as the terminal is. Under nohup none counts. */
static bool at_terminal;

int process_start(const char *role, bool supervised, struct fault *fault) {
    log_role(role);
    if (sodium_init() < 0) {
        fault_set(fault, FAULT_SYSTEM, "libsodium cannot be initialised");
        return -1;
    }
    if (supervised)
        (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    /* Who reads the log may go: the work does not end for it. */
    (void)signal(SIGPIPE, SIG_IGN);
    struct sigaction hangup;
    at_terminal =
        sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler == SIG_DFL && has_terminal();
    sigset_t taken;
    (void)sigemptyset(&taken);
    (void)sigaddset(&taken, SIGINT);
    (void)sigaddset(&taken, SIGTERM);
    (void)sigaddset(&taken, SIGHUP);
    /* Blocked before any thread starts, so that every thread inherits it. */
    int signals = -1;
    if (sigprocmask(SIG_BLOCK, &taken, NULL) == 0)
        signals = signalfd(-1, &taken, SFD_CLOEXEC);
    if (signals < 0) {
        fault_set(fault, FAULT_SYSTEM, "signals cannot be taken: %s", strerror(errno));
    }
    return signals;
}

/* It is not read from the descriptor, so that whoever asks later is told, too. */
bool process_told_to_stop(int signals) {
    sigset_t waiting;
    return signals > 0 && sigpending(&waiting) == 0 &&
           (sigismember(&waiting, SIGINT) == 1 || sigismember(&waiting, SIGTERM) == 1);
}

bool process_stops(const void *ready, const int *signals) {
    return ready == signals && process_told_to_stop(*signals);
}

/* The kernel, or the shell that goes with its terminal and takes its jobs along. Whoever asks for a
 * reload is neither, also where the terminal has long been gone. */
static bool terminal_sent(const siginfo_t *from) {
    return at_terminal && (from->si_code == SI_KERNEL || from->si_pid == getsid(0)) &&
           !has_terminal();
}

bool process_reloads(const void *ready, const int *signals) {
    static const struct timespec at_once = {0};
    siginfo_t from;
    sigset_t hangup;
    (void)sigemptyset(&hangup);
    (void)sigaddset(&hangup, SIGHUP);
    if (ready != signals || sigtimedwait(&hangup, &from, &at_once) != SIGHUP)
        return false;
    if (!terminal_sent(&from))
        return true;
    (void)kill(getpid(), SIGTERM);
    return false;
}

int process_lock(const char *path, struct fault *fault) {
    int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (lock < 0) {
        fault_set(fault, FAULT_SYSTEM, "%s cannot be opened: %s", path, strerror(errno));
        return -1;
    }
    if (flock(lock, LOCK_EX | LOCK_NB) == 0)
        return lock;
    fault_set(fault, FAULT_SYSTEM, "another process is at work here (%s is locked)", path);
    (void)close(lock);
    return -1;
}

/* A line of the kernel's list of locks, such as
 *   3: FLOCK  ADVISORY  WRITE 4711 fd:01:1048602 0 EOF
 * The process, if it is a lock of ours on that file; else 0. */
static long holder_in(const char *line, const struct stat *file) {
    const char *at = strstr(line, ": FLOCK ") ? strstr(line, " WRITE ") : NULL;
    char *end;
    if (!at)
        return 0;
    long pid = strtol(at + strlen(" WRITE "), &end, 10);
    unsigned long major = strtoul(end, &end, 16),
                  minor = *end == ':' ? strtoul(end + 1, &end, 16) : 0;
    unsigned long inode = *end == ':' ? strtoul(end + 1, NULL, 10) : 0;
    return inode == file->st_ino && makedev((unsigned)major, (unsigned)minor) == file->st_dev ? pid
                                                                                              : 0;
}

/* To try the lock would be in the way of who starts just then. */
long process_lock_holder(const char *path) {
    struct stat info;
    FILE *list = stat(path, &info) == 0 ? fopen("/proc/locks", "re") : NULL;
    char line[200];
    long holder = 0;
    while (list && !holder && fgets(line, sizeof line, list))
        holder = holder_in(line, &info);
    if (list)
        (void)fclose(list);
    return holder;
}

bool process_lock_endpoint(const char *endpoint, struct fault *fault) {
    /* The kernel itself refuses a second one of any other kind, and wire_bind what is not local. */
    if (!endpoint_is(endpoint, "ipc") || !endpoint_local(endpoint))
        return true;
    char path[PATH_TEXT + 16];
    int length = snprintf(path, sizeof path, "%s.lock", endpoint + strlen("ipc://"));
    if (length < 0 || (size_t)length >= sizeof path)
        return fault_set(fault, FAULT_INPUT, "the endpoint %s is too long", endpoint);
    return process_lock(path, fault) >= 0;
}
