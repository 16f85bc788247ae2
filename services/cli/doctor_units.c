/* What systemd says of the units, where the roles are run by it. */
#include "services/cli/doctor.h"

#include <stdlib.h>
#include <string.h>
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
    out[strcspn(out, "\n")] = '\0';
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

void doctor_units(struct doctor *doctor) {
    if (access("/run/systemd/system", F_OK) != 0)
        return; /* systemd does not run this machine */
    FILE *said = popen("systemctl show --property=Id,ActiveState,Result,NRestarts "
                       "'mindex-*.service' 2>/dev/null",
                       "re");
    struct unit unit = {0};
    size_t running = 0;
    unsigned long restarts = 0;
    char line[256];
    while (said && fgets(line, sizeof line, said)) {
        if (take_property(&unit, line))
            continue;
        judge(doctor, &unit, &running, &restarts); /* an empty line ends a unit */
        unit = (struct unit){0};
    }
    judge(doctor, &unit, &running, &restarts);
    if (said)
        (void)pclose(said);
    if (running)
        doctor_note(doctor, FINDING_OK, "units", NULL,
                    "%zu run; they were started again %lu time%s by systemd", running, restarts,
                    restarts == 1 ? "" : "s");
}
