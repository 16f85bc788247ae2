/* What the disk does to the database: noticed, remembered, tried again. */
#include "services/hub/sql.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    CHECKPOINT_PAGES = 500, /* in the log, before they are copied into the database */
    PROBE_BYTES = 8 << 20,  /* of space: enough for the log of some releases */
};

void disk_note(struct store *store, int result) {
    int kind = result & 0xff;
    bool disk = kind == SQLITE_FULL || kind == SQLITE_READONLY || kind == SQLITE_CANTOPEN ||
                (kind == SQLITE_IOERR && result != SQLITE_IOERR_NOMEM);
    if (!disk)
        return;
    int reason = sqlite3_system_errno(store->db);
    (void)snprintf(store->trouble, sizeof store->trouble, "%s%s%s", sqlite3_errstr(result),
                   kind == SQLITE_IOERR && reason ? ": " : "",
                   kind == SQLITE_IOERR && reason ? strerror(reason) : "");
}

const char *store_trouble(const struct store *store) {
    return store->trouble[0] ? store->trouble : NULL;
}

static int after_commit(void *context, sqlite3 *db, const char *name, int pages) {
    struct store *store = context;
    (void)db, (void)name;
    store->log_pages = pages;
    return SQLITE_OK;
}

/* SQLite's own checkpoint comes within the commit, while whoever waits for it waits on, and would
 * keep to itself that it failed. What is committed stays in the log, and is in no danger; but the
 * log grows, and the disk must be looked after. */
void store_tidy(struct store *store) {
    if (store->log_pages < CHECKPOINT_PAGES)
        return;
    store->log_pages = 0;
    disk_note(store,
              sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL));
}

void disk_count_pages(struct store *store) {
    (void)sqlite3_extended_result_codes(store->db, 1);
    (void)sqlite3_wal_hook(store->db, after_commit, store);
}

/* Whether a file of some size can be made beside the database. One page more or less would say
 * that there is space, and the next release that there is none. */
static bool probe_space(struct store *store, struct fault *fault) {
    char path[4096];
    (void)snprintf(path, sizeof path, "%s.probe", sqlite3_db_filename(store->db, "main"));
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0)
        return fault_set(fault, FAULT_SYSTEM, "%s cannot be made: %s", path, strerror(errno));
    int error = posix_fallocate(file, 0, PROBE_BYTES);
    (void)close(file);
    (void)unlink(path);
    return error == 0 ||
           fault_set(fault, FAULT_SYSTEM, "no %d bytes can be written beside %s: %s", PROBE_BYTES,
                     sqlite3_db_filename(store->db, "main"), strerror(error));
}

/* The smallest commit that there is: the version of the schema, which the database has already. */
static bool probe_commit(struct store *store, struct fault *fault) {
    uint64_t version;
    char sql[80];
    if (!sql_number(store, fault, 0, &version, "PRAGMA user_version", "") ||
        !store_begin(store, fault))
        return false;
    (void)snprintf(sql, sizeof sql, "PRAGMA user_version=%d", (int)version);
    bool done =
        (sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK || sql_fault(store, fault)) &&
        store_commit(store, fault);
    if (!done)
        store_rollback(store);
    return done;
}

static bool probe_checkpoint(struct store *store, struct fault *fault) {
    int result = sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    /* Busy: somebody reads, and it is made later. */
    return result == SQLITE_OK || result == SQLITE_BUSY || sql_fault(store, fault);
}

bool store_probe(struct store *store, struct fault *fault) {
    if (!probe_space(store, fault) || !probe_commit(store, fault) ||
        !probe_checkpoint(store, fault))
        return false;
    store->trouble[0] = '\0';
    return true;
}
