/* Keys, and what this machine gives its processes. */
#include "services/bus/allowed.h"
#include "services/bus/clock.h"
#include "services/bus/process.h"
#include "services/cli/doctor.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OTHERS = 077, FILES_ENOUGH = 1024 };

/* --- keys ------------------------------------------------------------------------------------- */

static bool ends_in(const char *name, const char *ending) {
    size_t length = strlen(name), tail = strlen(ending);
    return length > tail && strcmp(name + length - tail, ending) == 0;
}

/* How many secrets there are; the first that others may use is noted. */
static size_t check_secrets(struct doctor *doctor, bool *safe) {
    DIR *folder = opendir(doctor->places->keys);
    size_t secrets = 0;
    *safe = true;
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        char path[PATH_TEXT + 260];
        struct stat info;
        (void)snprintf(path, sizeof path, "%s/%s", doctor->places->keys, entry->d_name);
        if (!ends_in(entry->d_name, ".key") || stat(path, &info) != 0)
            continue;
        secrets++;
        if (info.st_mode & OTHERS && *safe) {
            *safe = false;
            doctor_note(doctor, FINDING_PROBLEM, "keys",
                        "'chmod 600' if nobody has read it; else revoke the key and make another",
                        "%s may be used by others than its owner (mode %04o)", path,
                        info.st_mode & 07777U);
        }
    }
    if (folder)
        (void)closedir(folder);
    return secrets;
}

static void check_folder(struct doctor *doctor) {
    struct fault fault = {0};
    struct stat info;
    if (stat(doctor->places->keys, &info) != 0) {
        doctor_note(doctor, FINDING_OK, "keys", NULL, "none: only users of this machine are heard");
        return;
    }
    bool safe;
    size_t secrets = check_secrets(doctor, &safe);
    struct allowed *allowed = allowed_new(doctor->places->keys);
    if (!allowed) {
        doctor->no_memory = true;
    } else if (!allowed_refresh(allowed, NULL, &fault)) {
        doctor_note(doctor, FINDING_PROBLEM, "keys",
                    "nobody with a key is heard before the list can be read", "%s", fault.text);
    } else if (safe) {
        doctor_note(doctor, FINDING_OK, "keys", NULL, "%zu secret%s here, %zu in the list of keys",
                    secrets, secrets == 1 ? "" : "s", allowed_count(allowed));
    }
    allowed_destroy(&allowed);
}

void doctor_keys(struct doctor *doctor) {
    struct fault fault = {0};
    struct key key = {0};
    if (doctor->here)
        check_folder(doctor);
    if (*doctor->places->key) {
        bool fine = key_load(&key, doctor->places->key, &fault);
        doctor_note(doctor, fine ? FINDING_OK : FINDING_PROBLEM, "own key", NULL, "%s",
                    fine ? doctor->places->key : fault.text);
        key_forget(&key);
    }
}

/* --- the machine ------------------------------------------------------------------------------ */

/* Of the supervisor, whose limits its roles have. 0: cannot be seen. */
static unsigned long open_files(long pid) {
    static const char heading[] = "Max open files";
    char path[64], line[200];
    unsigned long soft = 0;
    (void)snprintf(path, sizeof path, "/proc/%ld/limits", pid);
    FILE *limits = fopen(path, "re");
    while (limits && fgets(line, sizeof line, limits)) {
        if (strncmp(line, heading, strlen(heading)) == 0)
            soft = strtoul(line + strlen(heading), NULL, 10);
    }
    if (limits)
        (void)fclose(limits);
    return soft;
}

/* `mindex up`, or a hub that something else runs, such as systemd. */
static void check_supervisor(struct doctor *doctor) {
    char path[PATH_TEXT + 16];
    (void)snprintf(path, sizeof path, "%s.lock", doctor->places->database);
    long hub = process_lock_holder(path), pid = doctor->supervisor ? doctor->supervisor : hub;
    if (!pid) {
        doctor_note(doctor, FINDING_WARNING, "mindex up",
                    "'systemctl start mindex.target' where it is installed so; else 'mindex up'",
                    "neither 'mindex up' nor a hub of this folder is seen");
        return;
    }
    const char *what = doctor->supervisor ? "" : "none; the hub is ";
    unsigned long files = open_files(pid);
    bool few = files && files < FILES_ENOUGH;
    doctor_note(doctor, few ? FINDING_WARNING : FINDING_OK, "mindex up",
                few ? "each connection takes one: LimitNOFILE= or ulimit -n" : NULL,
                few ? "%sprocess %ld, which may have but %lu files open" : "%sprocess %ld", what,
                pid, files);
}

static bool in_path(const char *program) {
    const char *path = getenv("PATH");
    char folder[PATH_TEXT], file[PATH_TEXT + 64];
    while (path && *path) {
        size_t length = strcspn(path, ":");
        (void)snprintf(folder, sizeof folder, "%.*s", (int)length, path);
        (void)snprintf(file, sizeof file, "%s/%s", folder, program);
        if (access(file, X_OK) == 0)
            return true;
        path += length + (path[length] == ':');
    }
    return false;
}

static void check_programs(struct doctor *doctor) {
    bool converts = in_path("rsvg-convert"), browses = in_path("chromium");
    doctor_note(doctor, FINDING_OK, "programs", NULL,
                converts || browses ? "for reports as PDF: %s%s%s"
                                    : "neither rsvg-convert nor chromium is there: reports come "
                                      "as HTML alone%s%s%s",
                converts ? "rsvg-convert" : "", converts && browses ? ", " : "",
                browses ? "chromium" : "");
}

static void check_clock(struct doctor *doctor) {
    struct stat info;
    uint64_t now = clock_wall_ms() / 1000;
    bool ahead = doctor->here && stat(doctor->places->database, &info) == 0 &&
                 (uint64_t)info.st_mtime > now + 60;
    if (ahead)
        doctor_note(doctor, FINDING_PROBLEM, "clock",
                    "set the clock: what is held for publication comes into force by it",
                    "the database was written %llu s in the future",
                    (unsigned long long)((uint64_t)info.st_mtime - now));
}

void doctor_system(struct doctor *doctor) {
    if (doctor->here)
        check_supervisor(doctor);
    check_clock(doctor);
    check_programs(doctor);
}
