#include "services/hub/backup_parts.h"
#include "services/hub/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool file_fault(const char *path, const char *doing, struct fault *fault) {
    return fault_set(fault, FAULT_SYSTEM, "%s cannot be %s: %s", path, doing, strerror(errno));
}

bool sync_path(const char *path, struct fault *fault) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    bool synced = file >= 0 && fsync(file) == 0;
    bool done = synced || file_fault(path, "synced", fault);
    if (file >= 0)
        (void)close(file);
    return done;
}

bool sync_folder_of(const char *path, struct fault *fault) {
    char copy[PATH_TEXT + 64];
    (void)snprintf(copy, sizeof copy, "%s", path);
    return sync_path(dirname(copy), fault);
}

/* --- the copy --------------------------------------------------------------------------------- */

/* In one read transaction: in a database with a log neither the writer nor the reader waits for the
 * other. The copy is one file, without the room that retired editions left. */
static int copy_whole(sqlite3 *source, const char *to) {
    sqlite3_stmt *vacuum = NULL;
    int result = sqlite3_prepare_v2(source, "VACUUM INTO ?", -1, &vacuum, NULL);
    if (result != SQLITE_OK)
        return result;
    result = sqlite3_bind_text(vacuum, 1, to, -1, SQLITE_STATIC);
    if (result == SQLITE_OK)
        (void)sqlite3_step(vacuum);
    int ended = sqlite3_finalize(vacuum);
    return result != SQLITE_OK ? result : ended;
}

/* SQLite would let everybody read it. */
static bool make_private(const char *path, struct fault *fault) {
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    return (file >= 0 && close(file) == 0) || file_fault(path, "made", fault);
}

bool copy_database(const char *from, const char *to, struct fault *fault) {
    sqlite3 *source = NULL;
    struct stat info;
    if (stat(from, &info) != 0)
        return file_fault(from, "read", fault);
    if (info.st_size == 0)
        return fault_set(fault, FAULT_INPUT, "%s is empty", from);
    if (!make_private(to, fault))
        return false;
    int result = sqlite3_open_v2(from, &source, SQLITE_OPEN_READONLY, NULL);
    if (result == SQLITE_OK) {
        (void)sqlite3_busy_timeout(source, 5000);
        result = copy_whole(source, to);
    }
    (void)sqlite3_close(source);
    return result == SQLITE_OK ? sync_path(to, fault)
                               : fault_set(fault, FAULT_SYSTEM, "%s cannot be copied to %s: %s",
                                           from, to, sqlite3_errstr(result));
}

/* --- the backup ------------------------------------------------------------------------------- */

static bool check_copy(const char *path, uint64_t *subscriptions, struct fault *fault) {
    const struct verify_how how = {.depth = VERIFY_STORED};
    struct verified *verified = verify_database(path, &how, fault);
    if (!verified)
        return false;
    bool sound = verified->problems == 0;
    *subscriptions = verified->subscriptions;
    for (size_t i = 0; !sound && i < verified->n_checks; i++) {
        if (verified->checks[i].problems)
            fault_set(fault, FAULT_INPUT,
                      "the copy is not kept, as the database has problems; 'mindex verify' lists "
                      "them. One of %llu: %s: %s",
                      (unsigned long long)verified->problems, verified->checks[i].name,
                      verified->checks[i].kept[0]);
    }
    verified_destroy(&verified);
    return sound;
}

static bool taken(const char *to, struct fault *fault) {
    return fault_set(fault, FAULT_INPUT, "%s is there already, and is left as it is", to);
}

/* Never in place of a file, whoever made it meanwhile. */
static bool take_place(const char *partial, const char *to, struct fault *fault) {
    bool placed = renameat2(AT_FDCWD, partial, AT_FDCWD, to, RENAME_NOREPLACE) == 0;
    /* Network file systems cannot do this in one step; there a name is looked for once more. */
    if (!placed && errno == EINVAL)
        placed = access(to, F_OK) != 0 && rename(partial, to) == 0;
    if (!placed)
        return access(to, F_OK) == 0 ? taken(to, fault) : file_fault(to, "put in place", fault);
    return sync_folder_of(to, fault);
}

bool backup_make(const char *database, const char *to, uint64_t *subscriptions,
                 struct fault *fault) {
    char partial[PATH_TEXT + 32];
    int length = snprintf(partial, sizeof partial, "%s.XXXXXX", to);
    if (length < 0 || (size_t)length >= sizeof partial)
        return fault_set(fault, FAULT_INPUT, "the path %.200s... is too long", to);
    if (access(to, F_OK) == 0)
        return taken(to, fault);
    int file = mkstemp(partial);
    if (file < 0)
        return file_fault(partial, "made", fault);
    (void)close(file);
    bool made = copy_database(database, partial, fault) &&
                check_copy(partial, subscriptions, fault) && take_place(partial, to, fault);
    if (!made)
        (void)unlink(partial);
    return made;
}
