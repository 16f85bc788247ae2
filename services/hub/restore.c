/* A copy of a database put where an installation's database is. */
#include "services/bus/clock.h"
#include "services/bus/instant.h"
#include "services/bus/process.h"
#include "services/hub/backup_parts.h"
#include "services/hub/results.h"
#include "services/hub/sql.h"
#include "services/hub/verify.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_ROOM = PATH_TEXT + 64 };

struct restoring {
    const char *from;
    const struct places *places;
    char stamp[INSTANT_TEXT];
    char fresh[PATH_ROOM]; /* the copy, before it takes its place */
    struct restored *out;
};

/* --- the copy --------------------------------------------------------------------------------- */

/* The files of the newest edition may have gone with the disk that the database was on, or never
 * have been made: they are made again, and subscribers are told again that they are complete. */
static bool order_files(struct store *store, struct fault *fault) {
    struct hub hub = {.store = store};
    struct job *job = NULL;
    uint64_t newest, published;
    if (!sql_number(store, fault, 0, &newest, "SELECT max(number) FROM edition", "") ||
        !sql_number(store, fault, 0, &published, "SELECT published FROM edition WHERE number = ?",
                    "i", (int64_t)newest))
        return false;
    if (!published) /* none, or its task is in the queue */
        return true;
    bool ordered = store_last_task(store, &hub.last_task, fault) && store_begin(store, fault) &&
                   result_next_publish(&hub, newest, NULL, &job, fault) &&
                   store_commit(store, fault);
    job_destroy(&job);
    if (!ordered)
        store_rollback(store);
    return ordered;
}

/* Opening it brings it forward. It ends as one file, without a log. */
static bool prepare(struct restoring *r, struct fault *fault) {
    if (!copy_database(r->from, r->fresh, fault))
        return false;
    struct store *store = store_open_alone(r->fresh, fault);
    bool ready =
        store && order_files(store, fault) &&
        (sqlite3_exec(store->db, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL) == SQLITE_OK ||
         sql_fault(store, fault));
    store_close(&store);
    return ready && sync_path(r->fresh, fault);
}

/* That it is as it was stored. What editions come to when they are computed again says nothing of
 * that: an earlier program may have rounded a mean otherwise, and its copy must come back. */
static bool check(struct restoring *r, struct fault *fault) {
    const struct verify_how how = {.depth = VERIFY_STORED};
    struct verified *verified = verify_database(r->fresh, &how, fault);
    if (!verified)
        return false;
    r->out->newest_edition = verified->newest_edition;
    r->out->newest_event = verified->newest_event;
    r->out->subscriptions = verified->subscriptions;
    bool sound = verified->problems == 0;
    for (size_t i = 0; !sound && i < verified->n_checks; i++) {
        if (verified->checks[i].problems)
            fault_set(fault, FAULT_INPUT,
                      "%s is not restored, as it has problems; 'mindex verify' lists them. One of "
                      "%llu: %s: %s",
                      r->from, (unsigned long long)verified->problems, verified->checks[i].name,
                      verified->checks[i].kept[0]);
    }
    verified_destroy(&verified);
    return sound;
}

/* --- what was there --------------------------------------------------------------------------- */

/* As much of the log as can be is brought into the database first, so that an end in the middle
 * costs nothing; a database that is too damaged for it keeps its log beside it. */
static void empty_log(const char *database) {
    sqlite3 *db = NULL;
    /* The log is not looked at before something is read. */
    if (sqlite3_open_v2(database, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
        sqlite3_exec(db, "SELECT 1 FROM sqlite_schema", NULL, NULL, NULL) == SQLITE_OK)
        (void)sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    (void)sqlite3_close(db);
}

static bool link_aside(const struct restoring *r, const char *suffix, struct fault *fault) {
    char from[PATH_ROOM], to[PATH_ROOM + 16];
    (void)snprintf(from, sizeof from, "%s%s", r->places->database, suffix);
    (void)snprintf(to, sizeof to, "%s%s", r->out->aside, suffix);
    return link(from, to) == 0 || errno == ENOENT || file_fault(to, "made", fault);
}

static bool remove_beside(const struct restoring *r, const char *suffix, struct fault *fault) {
    char path[PATH_ROOM];
    (void)snprintf(path, sizeof path, "%s%s", r->places->database, suffix);
    return unlink(path) == 0 || errno == ENOENT || file_fault(path, "removed", fault);
}

/* The old database has a second name before the new one takes the first. Its log must be gone by
 * then: it would be played into the new one. */
static bool keep_aside(struct restoring *r, struct fault *fault) {
    if (access(r->places->database, F_OK) == 0) {
        (void)snprintf(r->out->aside, sizeof r->out->aside, "%s.before-%s", r->places->database,
                       r->stamp);
        empty_log(r->places->database);
        if (!link_aside(r, "-wal", fault) || !link_aside(r, "", fault) ||
            !sync_folder_of(r->out->aside, fault))
            return false;
    }
    return remove_beside(r, "-wal", fault) && remove_beside(r, "-shm", fault);
}

/* --- files of editions that are no more ------------------------------------------------------- */

static bool move_edition(struct restoring *r, const char *name, struct fault *fault) {
    char from[PATH_ROOM + 300], to[PATH_ROOM + 300];
    (void)snprintf(r->out->editions, sizeof r->out->editions, "%s.before-%s", r->places->editions,
                   r->stamp);
    if (!make_folder(r->out->editions, fault))
        return false;
    (void)snprintf(from, sizeof from, "%s/%s", r->places->editions, name);
    (void)snprintf(to, sizeof to, "%s/%s", r->out->editions, name);
    return rename(from, to) == 0 || file_fault(from, "moved", fault);
}

/* Editions after the newest will be made anew, perhaps from other releases; "latest" must not lead
 * to one of the old. */
static bool move_editions(struct restoring *r, struct fault *fault) {
    DIR *folder = opendir(r->places->editions);
    if (!folder)
        return errno == ENOENT || file_fault(r->places->editions, "read", fault);
    char latest[PATH_ROOM], target[64];
    (void)snprintf(latest, sizeof latest, "%s/latest", r->places->editions);
    ssize_t length = readlink(latest, target, sizeof target - 1);
    target[length > 0 ? length : 0] = '\0';
    bool moved = strtoull(target, NULL, 10) <= r->out->newest_edition || unlink(latest) == 0 ||
                 file_fault(latest, "removed", fault);
    const struct dirent *entry;
    while (moved && (entry = readdir(folder))) {
        if (strtoull(entry->d_name, NULL, 10) > r->out->newest_edition)
            moved = move_edition(r, entry->d_name, fault);
    }
    (void)closedir(folder);
    return moved;
}

/* --- the whole -------------------------------------------------------------------------------- */

static bool restore(struct restoring *r, bool replace, struct fault *fault) {
    if (access(r->places->database, F_OK) == 0 && !replace)
        return fault_set(fault, FAULT_INPUT,
                         "%s is there already; with --replace it is kept aside under another name",
                         r->places->database);
    (void)unlink(r->fresh);
    if (!prepare(r, fault) || !check(r, fault) || !keep_aside(r, fault))
        return false;
    if (rename(r->fresh, r->places->database) != 0)
        return file_fault(r->places->database, "put in place", fault);
    return sync_folder_of(r->places->database, fault) && move_editions(r, fault);
}

bool restore_make(const char *from, const struct places *places, bool replace, struct restored *out,
                  struct fault *fault) {
    struct restoring r = {.from = from, .places = places, .out = out};
    char lock_path[PATH_ROOM];
    *out = (struct restored){0};
    instant_write(clock_wall_ms(), r.stamp);
    (void)snprintf(r.fresh, sizeof r.fresh, "%s.restoring", places->database);
    (void)snprintf(lock_path, sizeof lock_path, "%s.lock", places->database);
    if (!make_folder(places->state, fault))
        return false;
    int lock = process_lock(lock_path, fault);
    if (lock < 0)
        return fault_within(fault, "stop the service first");
    bool done = restore(&r, replace, fault);
    if (!done)
        (void)unlink(r.fresh);
    (void)close(lock);
    return done;
}
