/* The state folder, what lies in it, and the disk under it. */
#include "services/cli/doctor.h"

#include "services/bus/clock.h"
#include "services/publishing/hook_guard.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum {
    FREE_MIB_LEAST = 256, /* under which the hub will soon take nothing in; so the alert says */
    FREE_MIB_ENOUGH = 1024,
    INBOX_SECONDS = 60,   /* after which a file there should have been taken in */
    LOG_MIB_ENOUGH = 512, /* of the database's log, which is written back as it grows */
    OTHERS_WRITE = 022,
    OTHERS = 077,
};

/* --- the folder ------------------------------------------------------------------------------- */

static void check_folder(struct doctor *doctor) {
    const char *path = doctor->places->state;
    struct stat info;
    if (stat(path, &info) != 0) {
        doctor_note(doctor, FINDING_PROBLEM, "state folder",
                    "name it with --state or MINDEX_STATE; 'mindex up' makes a new one", "%s: %s",
                    path, strerror(errno));
    } else if (!S_ISDIR(info.st_mode)) {
        doctor_note(doctor, FINDING_PROBLEM, "state folder", "name another with --state",
                    "%s is no folder", path);
    } else if (info.st_mode & OTHERS_WRITE) {
        doctor_note(doctor, FINDING_PROBLEM, "state folder",
                    "'chmod go-w' on it: who may write there can put other files in its place",
                    "%s may be written by others than its owner (mode %04o)", path,
                    info.st_mode & 07777U);
    } else if (info.st_uid != geteuid() && geteuid() != 0) {
        doctor_note(doctor, FINDING_WARNING, "state folder",
                    "run 'mindex doctor' as that user: some of this cannot be seen by another",
                    "%s belongs to user %ld, and you are user %ld", path, (long)info.st_uid,
                    (long)geteuid());
    } else {
        doctor_note(doctor, FINDING_OK, "state folder", NULL, "%s, of user %ld, mode %04o", path,
                    (long)info.st_uid, info.st_mode & 07777U);
    }
}

static void check_config(struct doctor *doctor) {
    const struct config *config = &doctor->line->config;
    const struct problems *problems = &doctor->line->problems;
    struct stat info;
    size_t set = 0;
    for (size_t i = 0; i < CONFIG_KEYS; i++)
        set += config->line[i] != 0;
    if (problems->total) {
        const struct problem *first = &problems->kept[0];
        char line[32] = "";
        if (first->line)
            (void)snprintf(line, sizeof line, " line %llu", (unsigned long long)first->line);
        doctor_note(doctor, FINDING_PROBLEM, "mindex.conf",
                    "'mindex config check' names all; no role starts before it is mended",
                    "%s%s: %s%s", first->file, line, first->reason,
                    problems->total > 1 ? ", and more" : "");
    } else if (stat(config->file, &info) == 0 && info.st_mode & OTHERS_WRITE) {
        doctor_note(doctor, FINDING_PROBLEM, "mindex.conf",
                    "'chmod go-w' on it: who may write there decides who is let in",
                    "%s may be written by others than its owner (mode %04o)", config->file,
                    info.st_mode & 07777U);
    } else if (config->read) {
        doctor_note(doctor, FINDING_OK, "mindex.conf", NULL, "%zu of %d keys are set in %s", set,
                    CONFIG_KEYS, config->file);
    } else {
        doctor_note(doctor, FINDING_OK, "mindex.conf", NULL, "none: the defaults hold");
    }
}

static void check_guard(struct doctor *doctor) {
    char path[PATH_TEXT + 16];
    struct fault fault = {0};
    struct hook_guard *guard = hook_guard_new(doctor->places->state, &fault);
    (void)snprintf(path, sizeof path, "%s/webhooks.allow", doctor->places->state);
    if (guard && hook_guard_refresh(guard, &fault))
        doctor_note(doctor, FINDING_OK, "webhooks.allow", NULL,
                    access(path, F_OK) == 0
                        ? "webhooks may go to public addresses, and to those that it names"
                        : "none: webhooks go to public addresses alone");
    else if (guard)
        doctor_note(doctor, FINDING_PROBLEM, "webhooks.allow",
                    "mend it: until then webhooks go to public addresses alone", "%s", fault.text);
    else
        doctor->no_memory = true;
    hook_guard_destroy(&guard);
}

/* --- the disk --------------------------------------------------------------------------------- */

static void check_space(struct doctor *doctor) {
    struct statvfs disk;
    if (statvfs(doctor->places->state, &disk) != 0) {
        doctor_note(doctor, FINDING_PROBLEM, "disk", NULL, "%s: %s", doctor->places->state,
                    strerror(errno));
        return;
    }
    unsigned long long mib = (unsigned long long)disk.f_bavail * disk.f_frsize >> 20;
    bool no_files = disk.f_files && disk.f_favail < 100;
    enum finding finding = disk.f_flag & ST_RDONLY || mib < FREE_MIB_LEAST || no_files
                               ? FINDING_PROBLEM
                           : mib < FREE_MIB_ENOUGH ? FINDING_WARNING
                                                   : FINDING_OK;
    doctor_note(doctor, finding, "disk",
                finding == FINDING_OK ? NULL
                                      : "make room: while it cannot write, the service takes "
                                        "nothing in, and goes on by itself when it can",
                "%s%llu MiB free%s", disk.f_flag & ST_RDONLY ? "mounted read-only; " : "", mib,
                no_files ? ", but no more files can be made" : "");
}

static void check_writing(struct doctor *doctor) {
    char path[PATH_TEXT + 32];
    static const char block[4096];
    (void)snprintf(path, sizeof path, "%s/.doctor-XXXXXX", doctor->places->state);
    int file = mkstemp(path);
    bool made = file >= 0;
    bool written =
        made && write(file, block, sizeof block) == (ssize_t)sizeof block && fsync(file) == 0;
    int why = errno;
    if (made) {
        (void)close(file);
        (void)unlink(path);
    }
    if (written)
        doctor_note(doctor, FINDING_OK, "writing", NULL, "a file can be made, and is on the disk");
    else
        doctor_note(doctor, FINDING_PROBLEM, "writing",
                    "the folder's owner, the disk's space and how it is mounted decide that",
                    "in %s no file can be written: %s", doctor->places->state, strerror(why));
}

static void check_database(struct doctor *doctor) {
    char log[PATH_TEXT + 8];
    struct stat info, log_info;
    (void)snprintf(log, sizeof log, "%s-wal", doctor->places->database);
    unsigned long long log_mib =
        stat(log, &log_info) == 0 ? (unsigned long long)log_info.st_size >> 20 : 0;
    if (stat(doctor->places->database, &info) != 0) {
        doctor_note(doctor, FINDING_WARNING, "database", "'mindex up' makes it", "%s: %s",
                    doctor->places->database, strerror(errno));
    } else if (info.st_mode & OTHERS) {
        doctor_note(doctor, info.st_mode & OTHERS_WRITE ? FINDING_PROBLEM : FINDING_WARNING,
                    "database", "'chmod 600' on mindex.db",
                    "others than its owner may %s it (mode %04o)",
                    info.st_mode & OTHERS_WRITE ? "write" : "read", info.st_mode & 07777U);
    } else {
        bool large = log_mib > LOG_MIB_ENOUGH;
        doctor_note(doctor, large ? FINDING_WARNING : FINDING_OK, "database",
                    large ? "a reader that never ends keeps it; it shrinks when the hub starts"
                          : NULL,
                    "%llu MiB, its log %llu MiB", (unsigned long long)info.st_size >> 20, log_mib);
    }
}

/* --- the inbox -------------------------------------------------------------------------------- */

/* Files of a folder, and for how long the oldest has been there as it is. */
static size_t count_files(const char *path, uint64_t *oldest_seconds) {
    uint64_t now = clock_wall_ms() / 1000;
    size_t files = 0;
    DIR *folder = opendir(path);
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        struct stat info;
        if (*entry->d_name == '.' || fstatat(dirfd(folder), entry->d_name, &info, 0) != 0 ||
            !S_ISREG(info.st_mode))
            continue;
        files++;
        uint64_t age = (uint64_t)info.st_ctime < now ? now - (uint64_t)info.st_ctime : 0;
        *oldest_seconds = age > *oldest_seconds ? age : *oldest_seconds;
    }
    if (folder)
        (void)closedir(folder);
    return files;
}

static void check_inbox(struct doctor *doctor) {
    uint64_t waited = 0, ago = 0;
    size_t waiting = count_files(doctor->places->inbox, &waited);
    size_t rejected = count_files(doctor->places->rejected, &ago) / 2; /* each has its reason */
    bool stays = waiting && waited > INBOX_SECONDS;
    doctor_note(doctor, stays ? FINDING_WARNING : FINDING_OK, "inbox",
                stays ? "can the service's user read and move them, and is ingestion there?" : NULL,
                "%zu waiting (the longest for %llu s); rejected, with the reason beside: %zu",
                waiting, (unsigned long long)waited, rejected);
}

/* --- what should not be there ----------------------------------------------------------------- */

static void check_left_over(struct doctor *doctor) {
    DIR *folder = opendir(doctor->places->state);
    size_t cores = 0;
    for (struct dirent *entry; folder && (entry = readdir(folder));)
        cores += strcmp(entry->d_name, "core") == 0 || strncmp(entry->d_name, "core.", 5) == 0;
    if (folder)
        (void)closedir(folder);
    if (cores)
        doctor_note(doctor, FINDING_WARNING, "core files",
                    "a process died of a signal: its log says when; keep one for who mends it",
                    "%zu in %s", cores, doctor->places->state);
}

void doctor_files(struct doctor *doctor) {
    check_config(doctor);
    bool elsewhere = !doctor->here && !endpoint_is(doctor->places->hub, "ipc");
    if (elsewhere) {
        doctor_note(doctor, FINDING_OK, "state folder", NULL,
                    "not on this machine: files and disk are not looked at");
        return;
    }
    check_folder(doctor);
    if (!doctor->here)
        return;
    check_guard(doctor);
    check_space(doctor);
    check_writing(doctor);
    check_database(doctor);
    check_inbox(doctor);
    check_left_over(doctor);
}
