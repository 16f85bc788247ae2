/* What systemd says of the units, where the roles are run by it. */
#include "services/cli/doctor.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct unit {
    char id[128], active[32], result[32];
    unsigned long restarts;
};

static bool take(char *out, size_t room, const char *line, const char *name) {
    size_t length = strlen(name);
    if (strncmp(line, name, length) != 0)
        return false;
    (void)snprintf(out, room, "%s", line + length);
    return true;
}

/* One property of the unit; false: the line is none of those that we ask for. */
static bool take_property(struct unit *unit, const char *line) {
    char number[32];
    if (take(number, sizeof number, line, "NRestarts="))
        unit->restarts = strtoul(number, NULL, 10);
    else
        return take(unit->id, sizeof unit->id, line, "Id=") ||
               take(unit->active, sizeof unit->active, line, "ActiveState=") ||
               take(unit->result, sizeof unit->result, line, "Result=");
    return true;
}

/* Counts a unit that runs; what failed, or is between two starts, is noted. */
static void judge(struct doctor *doctor, const struct unit *unit, size_t *running,
                  unsigned long *restarts) {
    bool runs = strcmp(unit->active, "active") == 0;
    *running += runs;
    *restarts += runs ? unit->restarts : 0;
    if (strcmp(unit->active, "failed") == 0)
        doctor_note(doctor, FINDING_PROBLEM, "units",
                    "its log says why ('journalctl -u UNIT'); then 'systemctl start mindex.target'",
                    "%s has failed (%s), after %lu restarts", unit->id, unit->result,
                    unit->restarts);
    else if (strcmp(unit->active, "activating") == 0)
        doctor_note(doctor, FINDING_WARNING, "units",
                    "it starts just now, or ends over and over: 'journalctl -u UNIT'",
                    "%s is not up yet, after %lu restarts", unit->id, unit->restarts);
}

/* Begins systemctl; the end at which what it says is read, -1: it cannot be begun. */
static int begin(pid_t *pid) {
    char *words[] = {"systemctl", "show", "--property=Id,ActiveState,Result,NRestarts",
                     "mindex-*.service", NULL};
    posix_spawn_file_actions_t to;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    bool fine = posix_spawn_file_actions_init(&to) == 0;
    if (fine) {
        fine = posix_spawn_file_actions_adddup2(&to, ends[1], 1) == 0 &&
               posix_spawn_file_actions_addopen(&to, 2, "/dev/null", O_WRONLY, 0) == 0 &&
               posix_spawnp(pid, words[0], &to, NULL, words, environ) == 0;
        (void)posix_spawn_file_actions_destroy(&to);
    }
    (void)close(ends[1]);
    if (fine)
        return ends[0];
    (void)close(ends[0]);
    return -1;
}

/* All that it says within our patience. */
static void hear(char *out, size_t room) {
    pid_t pid;
    struct pollfd from = {.fd = begin(&pid), .events = POLLIN};
    size_t length = 0;
    *out = '\0';
    if (from.fd < 0)
        return;
    while (length < room - 1 && poll(&from, 1, PATIENCE_MS) > 0) {
        ssize_t more = read(from.fd, out + length, room - 1 - length);
        if (more <= 0)
            break;
        length += (size_t)more;
    }
    out[length] = '\0';
    (void)close(from.fd);
    (void)kill(pid, SIGKILL); /* if it has not ended */
    (void)waitpid(pid, NULL, 0);
}

void doctor_units(struct doctor *doctor) {
    char said[16384];
    struct unit unit = {0};
    size_t running = 0;
    unsigned long restarts = 0;
    if (access("/run/systemd/system", F_OK) != 0)
        return; /* systemd does not run this machine */
    hear(said, sizeof said);
    for (char *line = said, *next; line; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        if (take_property(&unit, line))
            continue;
        judge(doctor, &unit, &running, &restarts); /* an empty line, or the end, ends a unit */
        unit = (struct unit){0};
    }
    if (running)
        doctor_note(doctor, FINDING_OK, "units", NULL,
                    "%zu run; they were started again %lu time%s by systemd", running, restarts,
                    restarts == 1 ? "" : "s");
}
