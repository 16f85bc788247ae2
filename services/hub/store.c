#include "services/bus/process.h"
#include "services/bus/stored.h"
#include "services/hub/sql.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SCHEMA_VERSION = 6, APPLICATION_ID = 0x6d696478 }; /* "midx" */

/* Migration i brings a database from version i to version i + 1; an empty one has version 0. A
 * migration that was once released is never changed. */
static const char *const migrations[SCHEMA_VERSION] = {
    "CREATE TABLE blob ("
    "  hash TEXT PRIMARY KEY,"
    "  content BLOB NOT NULL"
    ") STRICT;"
    "CREATE TABLE pack ("
    "  id INTEGER PRIMARY KEY,"
    "  hash TEXT NOT NULL REFERENCES blob,"
    "  time_ms INTEGER NOT NULL"
    ") STRICT;"
    "CREATE TABLE release ("
    "  id INTEGER PRIMARY KEY,"
    "  dataset TEXT NOT NULL,"
    "  label TEXT NOT NULL,"
    "  file_name TEXT NOT NULL,"
    "  file_hash TEXT NOT NULL,"
    "  observations_hash TEXT NOT NULL REFERENCES blob,"
    "  observations INTEGER NOT NULL,"
    "  revision INTEGER NOT NULL,"
    "  time_ms INTEGER NOT NULL,"
    "  UNIQUE (dataset, file_hash)"
    ") STRICT;"
    "CREATE INDEX release_of_dataset ON release (dataset, id);"
    "CREATE TABLE task ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  release INTEGER REFERENCES release,"
    "  upto INTEGER,"
    "  attempts INTEGER NOT NULL DEFAULT 0,"
    "  failed INTEGER NOT NULL DEFAULT 0,"
    "  reason TEXT,"
    "  work BLOB NOT NULL"
    ") STRICT;"
    "CREATE TABLE edition ("
    "  number INTEGER PRIMARY KEY,"
    "  time_ms INTEGER NOT NULL,"
    "  pack TEXT NOT NULL REFERENCES blob,"
    "  scores TEXT NOT NULL REFERENCES blob,"
    "  cause TEXT NOT NULL,"
    "  release INTEGER REFERENCES release,"
    "  ranked INTEGER NOT NULL,"
    "  places_moved INTEGER NOT NULL,"
    "  changes INTEGER NOT NULL,"
    "  first_event INTEGER NOT NULL,"
    "  last_event INTEGER NOT NULL,"
    "  comparison TEXT REFERENCES blob,"
    "  published INTEGER NOT NULL DEFAULT 0"
    ") STRICT;"
    "CREATE TABLE edition_release ("
    "  edition INTEGER NOT NULL REFERENCES edition,"
    "  dataset TEXT NOT NULL,"
    "  release INTEGER NOT NULL REFERENCES release,"
    "  PRIMARY KEY (edition, dataset)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX edition_of_release ON edition_release (release);"
    "CREATE TABLE event ("
    "  seq INTEGER PRIMARY KEY,"
    "  body BLOB NOT NULL"
    ") STRICT;",
    /* Releases come into force in an order of their own: a held one later than those that were
     * handed in after it, a withdrawn one perhaps twice. `turn` counts them; a held release has
     * none. In force is, of each dataset, the release with the last turn that is not withdrawn. */
    "ALTER TABLE release ADD COLUMN turn INTEGER;"
    "UPDATE release SET turn = id;"
    "CREATE UNIQUE INDEX release_turn ON release (turn);"
    "ALTER TABLE release ADD COLUMN publish_at_ms INTEGER;"
    "ALTER TABLE release ADD COLUMN withdrawn_ms INTEGER;"
    "ALTER TABLE release ADD COLUMN withdrawn_reason TEXT;"
    "ALTER TABLE release ADD COLUMN warnings BLOB;"
    "ALTER TABLE release ADD COLUMN revises INTEGER REFERENCES release;"
    "ALTER TABLE release ADD COLUMN compared_with INTEGER REFERENCES release;"
    "ALTER TABLE release ADD COLUMN difference TEXT REFERENCES blob;"
    "ALTER TABLE release ADD COLUMN added INTEGER;"
    "ALTER TABLE release ADD COLUMN removed INTEGER;"
    "ALTER TABLE release ADD COLUMN changed INTEGER;"
    "ALTER TABLE release ADD COLUMN statuses INTEGER;"
    "CREATE VIEW in_force AS SELECT id, dataset, observations_hash FROM release WHERE turn IN"
    " (SELECT max(turn) FROM release WHERE withdrawn_ms IS NULL GROUP BY dataset);",
    /* When a task was ordered; where it is set aside, when it was. */
    "ALTER TABLE task ADD COLUMN since_ms INTEGER;"
    "CREATE INDEX task_failed ON task (id) WHERE failed;"
    /* What is in force was found by a walk over all releases, several times for each new one: with
     * ten thousand of them half of the hub's time. Now it is a step for each data set. */
    "CREATE INDEX release_not_withdrawn ON release (dataset, turn) WHERE withdrawn_ms IS NULL;"
    "DROP VIEW in_force;"
    "CREATE VIEW in_force AS WITH RECURSIVE known (dataset) AS ("
    " SELECT min(dataset) FROM release UNION ALL"
    " SELECT (SELECT min(dataset) FROM release WHERE dataset > known.dataset) FROM known"
    "  WHERE known.dataset IS NOT NULL)"
    " SELECT id, release.dataset AS dataset, observations_hash FROM known CROSS JOIN release"
    " ON turn = (SELECT max(turn) FROM release AS other"
    "  WHERE other.dataset = known.dataset AND withdrawn_ms IS NULL);",
    /* Batch jobs, and what is known of the items of those that have not ended: pieces, which lie
     * beside each other and never over each other. Their content is not in `blob`, as it is thrown
     * away when it has become part of something larger. */
    "CREATE TABLE job ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  study TEXT NOT NULL REFERENCES blob,"
    "  kind TEXT NOT NULL,"
    "  items INTEGER NOT NULL,"
    "  state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done', 'cancelled', 'failed')),"
    "  submitted_ms INTEGER NOT NULL,"
    "  ended_ms INTEGER,"
    "  result TEXT REFERENCES blob,"
    "  reason TEXT,"
    "  attempts INTEGER NOT NULL DEFAULT 0,"
    "  busy_ns INTEGER NOT NULL DEFAULT 0,"
    "  tasks INTEGER NOT NULL DEFAULT 0"
    ") STRICT;"
    "CREATE INDEX job_of_study ON job (study);"
    "CREATE INDEX job_open ON job (id) WHERE state = 'open';"
    "CREATE TABLE piece ("
    "  id INTEGER PRIMARY KEY,"
    "  job INTEGER NOT NULL REFERENCES job,"
    "  first INTEGER NOT NULL,"
    "  count INTEGER NOT NULL,"
    "  level INTEGER NOT NULL," /* how often it was merged */
    "  hash TEXT NOT NULL,"
    "  content BLOB NOT NULL,"
    "  UNIQUE (job, first)"
    ") STRICT;"
    "CREATE INDEX piece_by_hash ON piece (hash);",
    /* What kind of cause an edition had; those before are called after the release they name. */
    "ALTER TABLE edition ADD COLUMN nature TEXT;"
    "UPDATE edition SET nature = CASE cause WHEN 'definition' THEN 'method'"
    " WHEN 'withdrawal' THEN 'withdrawal'"
    " ELSE (SELECT CASE WHEN revision THEN 'revision' ELSE 'data' END FROM release"
    "  WHERE release.id = edition.release) END;"
    /* Who is told of events by webhooks, and how far they are. */
    "CREATE TABLE subscription ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  name TEXT NOT NULL UNIQUE,"
    "  url TEXT NOT NULL,"
    "  filter BLOB NOT NULL," /* a packed Filter */
    "  digest INTEGER NOT NULL,"
    "  state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused', 'disabled')),"
    "  reason TEXT,"
    "  created_ms INTEGER NOT NULL,"
    "  position INTEGER NOT NULL," /* every event up to it is delivered, or not wanted */
    "  attempts INTEGER NOT NULL DEFAULT 0,"
    "  next_attempt_ms INTEGER,"
    "  delivered INTEGER NOT NULL DEFAULT 0,"
    "  failed INTEGER NOT NULL DEFAULT 0"
    ") STRICT;"
    /* The newest signs, the others too until they are removed. */
    "CREATE TABLE secret ("
    "  id INTEGER PRIMARY KEY,"
    "  subscription INTEGER NOT NULL REFERENCES subscription,"
    "  secret TEXT NOT NULL"
    ") STRICT;"
    "CREATE INDEX secret_of_subscription ON secret (subscription, id);"
    /* Asked for and not done; without events it is a test. */
    "CREATE TABLE resend ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  subscription INTEGER NOT NULL REFERENCES subscription,"
    "  first INTEGER,"
    "  last INTEGER,"
    "  CHECK ((first IS NULL) = (last IS NULL))"
    ") STRICT;"
    "CREATE INDEX resend_of_subscription ON resend (subscription, id);"
    /* The newest attempts. One that is reported twice is one. */
    "CREATE TABLE delivery ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  subscription INTEGER NOT NULL REFERENCES subscription,"
    "  message_id TEXT NOT NULL,"
    "  first_event INTEGER NOT NULL,"
    "  last_event INTEGER NOT NULL,"
    "  attempt INTEGER NOT NULL,"
    "  time_ms INTEGER NOT NULL,"
    "  took_ms INTEGER NOT NULL,"
    "  status INTEGER,"
    "  error TEXT,"
    "  next_attempt_ms INTEGER,"
    "  resend INTEGER NOT NULL," /* 0: for none */
    "  UNIQUE (subscription, message_id, attempt, time_ms, resend)"
    ") STRICT;"
    "CREATE INDEX delivery_of_subscription ON delivery (subscription, id);",
    /* Of the hand-in, and of the withdrawal; none in what came before. */
    "ALTER TABLE release ADD COLUMN request_id TEXT;"
    "ALTER TABLE release ADD COLUMN withdrawn_request_id TEXT;"
    /* An edition that was retired keeps its row, but not what was scored: its scores may be NULL.
     * (References to the table are looked at when all of it is there again.) */
    "PRAGMA defer_foreign_keys=ON;"
    "CREATE TABLE edition_before AS SELECT * FROM edition;"
    "DROP TABLE edition;"
    "CREATE TABLE edition ("
    "  number INTEGER PRIMARY KEY,"
    "  time_ms INTEGER NOT NULL,"
    "  pack TEXT NOT NULL REFERENCES blob,"
    "  scores TEXT REFERENCES blob,"
    "  cause TEXT NOT NULL,"
    "  release INTEGER REFERENCES release,"
    "  ranked INTEGER NOT NULL,"
    "  places_moved INTEGER NOT NULL,"
    "  changes INTEGER NOT NULL,"
    "  first_event INTEGER NOT NULL,"
    "  last_event INTEGER NOT NULL,"
    "  comparison TEXT REFERENCES blob,"
    "  published INTEGER NOT NULL DEFAULT 0,"
    "  nature TEXT"
    ") STRICT;"
    "INSERT INTO edition SELECT number, time_ms, pack, scores, cause, release, ranked,"
    " places_moved, changes, first_event, last_event, comparison, published, nature"
    " FROM edition_before;"
    "DROP TABLE edition_before;"
    "CREATE TABLE retired ("
    "  edition INTEGER PRIMARY KEY REFERENCES edition,"
    "  time_ms INTEGER NOT NULL,"
    "  scores TEXT NOT NULL,"       /* the hash that they had */
    "  through INTEGER NOT NULL,"   /* the last event that went with it */
    "  through_ms INTEGER NOT NULL" /* and that one's time */
    ") STRICT;",
};

static bool execute(struct store *store, const char *sql, struct fault *fault) {
    return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK || sql_fault(store, fault);
}

/* From `version` to this program's, all of it or nothing. */
static bool migrate(struct store *store, uint64_t version, struct fault *fault) {
    char mark[80];
    (void)sqlite3_snprintf(sizeof mark, mark, "PRAGMA application_id=%d; PRAGMA user_version=%d;",
                           APPLICATION_ID, SCHEMA_VERSION);
    if (!execute(store, "BEGIN IMMEDIATE", fault))
        return false;
    bool done = true;
    for (uint64_t from = version; done && from < SCHEMA_VERSION; from++)
        done = execute(store, migrations[from], fault);
    done = done && execute(store, mark, fault) && execute(store, "COMMIT", fault);
    if (!done)
        store_rollback(store);
    return done;
}

/* `writable`: an empty database gets its tables, and an older one is brought forward. */
static bool check_schema(struct store *store, bool writable, struct fault *fault) {
    uint64_t application, version, tables;
    if (!sql_number(store, fault, 0, &application, "PRAGMA application_id", "") ||
        !sql_number(store, fault, 0, &version, "PRAGMA user_version", "") ||
        !sql_number(store, fault, 0, &tables, "SELECT count(*) FROM sqlite_schema", "")) {
        return false;
    }
    if (tables == 0 && writable)
        return migrate(store, 0, fault);
    if (application != APPLICATION_ID) {
        return fault_set(fault, FAULT_INPUT, "it is a database, but not one of mindex");
    }
    if (version == SCHEMA_VERSION)
        return true;
    if (version > 0 && version < SCHEMA_VERSION) {
        return writable ? migrate(store, version, fault)
                        : fault_set(fault, FAULT_INPUT,
                                    "it has schema version %llu and this program's is %d; a hub "
                                    "that is started on it, or 'mindex restore', brings it forward",
                                    (unsigned long long)version, SCHEMA_VERSION);
    }
    return fault_set(fault, FAULT_INPUT,
                     "it has schema version %llu and this program knows versions 1 to %d; use the "
                     "program that wrote it, or a newer one",
                     (unsigned long long)version, SCHEMA_VERSION);
}

/* The size of pages is that of a new database; another keeps its own. An edition writes 1.3 MB:
 * with SQLite's own 4096 bytes its commit takes half as long again, and a release's no less. */
static const char *const settings = "PRAGMA page_size=8192;"
                                    "PRAGMA journal_mode=WAL;"
                                    "PRAGMA synchronous=FULL;"
                                    "PRAGMA foreign_keys=ON;"
                                    /* What the log grew by while somebody read is given back. */
                                    "PRAGMA journal_size_limit=67108864;"
                                    "PRAGMA busy_timeout=5000;"; /* somebody may be reading */

/* A lock beside the database, held until the process ends: it keeps a second hub out and lets
 * anybody read. (SQLite's exclusive mode would keep readers out too.) And one on the database
 * itself, for a hub that comes by another path, a link, to the same file. SQLite's own locks are of
 * another kind (fcntl), which this kind (flock) does not meet; but they end when the process closes
 * any descriptor of the file, so that this one is closed after the database. */
static bool take(struct store *store, const char *path, struct fault *fault) {
    char lock[4096];
    (void)sqlite3_snprintf(sizeof lock, lock, "%s.lock", path);
    store->lock = process_lock(lock, fault);
    if (store->lock >= 0)
        store->file_lock = process_lock(path, fault);
    return store->file_lock >= 0;
}

static struct store *store_new(struct fault *fault) {
    struct store *store = calloc(1, sizeof *store);
    if (store)
        store->lock = store->file_lock = -1;
    else
        fault_memory(fault);
    return store;
}

/* Gives the store back if it is `open`; else closes it. */
static struct store *opened(struct store *store, bool open, const char *path, struct fault *fault) {
    if (open)
        return store;
    fault_within(fault, "%s", path);
    store_close(&store);
    return NULL;
}

/* One thread uses a store, and need not lock it for each column of a row; nor count, under another
 * lock, what memory is used, which nobody asks. (Once SQLite is in use it is too late to say so.)
 */
static bool open_database(struct store *store, const char *path, int how, struct fault *fault) {
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    return sqlite3_open_v2(path, &store->db, how | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK ||
           sql_fault(store, fault);
}

static bool open_writing(struct store *store, const char *path, struct fault *fault) {
    if (!open_database(store, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, fault) ||
        !execute(store, settings, fault) || !check_schema(store, true, fault))
        return false;
    disk_count_pages(store);
    return true;
}

struct store *store_open(const char *path, struct fault *fault) {
    struct store *store = store_new(fault);
    if (!store)
        return NULL;
    bool open = take(store, path, fault) && open_writing(store, path, fault);
    return opened(store, open, path, fault);
}

struct store *store_open_alone(const char *path, struct fault *fault) {
    struct store *store = store_new(fault);
    return store ? opened(store, open_writing(store, path, fault), path, fault) : NULL;
}

struct store *store_open_reading(const char *path, struct fault *fault) {
    static const char *const reading = "PRAGMA query_only=ON; PRAGMA busy_timeout=5000;";
    struct store *store = store_new(fault);
    if (!store)
        return NULL;
    if (access(path, R_OK) != 0) { /* the library does not say which of these it is */
        fault_set(fault, FAULT_SYSTEM, "cannot be read: %s", strerror(errno));
        return opened(store, false, path, fault);
    }
    bool open = open_database(store, path, SQLITE_OPEN_READONLY, fault) &&
                execute(store, reading, fault) && check_schema(store, false, fault);
    return opened(store, open, path, fault);
}

void store_close(struct store **store) {
    if (!*store)
        return;
    inputs_forget(*store);
    for (size_t i = 0; i < (*store)->n_cached; i++) {
        (void)sqlite3_finalize((*store)->cached[i].statement);
    }
    (void)sqlite3_close((*store)->db);
    if ((*store)->file_lock >= 0)
        (void)close((*store)->file_lock);
    if ((*store)->lock >= 0)
        (void)close((*store)->lock);
    free(*store);
    *store = NULL;
}

/* Between transactions alone. As text: what was prepared once would not do it again. */
static bool set_relaxed(struct store *store, bool relaxed, struct fault *fault) {
    if (store->relaxed == relaxed)
        return true;
    if (!execute(store, relaxed ? "PRAGMA synchronous=NORMAL" : "PRAGMA synchronous=FULL", fault))
        return false;
    store->relaxed = relaxed;
    return true;
}

bool store_begin(struct store *store, struct fault *fault) {
    return set_relaxed(store, false, fault) && sql_run(store, fault, "BEGIN IMMEDIATE", "");
}

bool store_begin_relaxed(struct store *store, struct fault *fault) {
    return set_relaxed(store, true, fault) && sql_run(store, fault, "BEGIN IMMEDIATE", "");
}

/* What is no transaction of its own is durable again; else the next one sees to it. */
static void be_strict(struct store *store) {
    struct fault ignored = {0};
    (void)set_relaxed(store, false, &ignored);
}

bool store_commit(struct store *store, struct fault *fault) {
    bool committed = sql_run(store, fault, "COMMIT", "");
    if (committed)
        be_strict(store);
    return committed;
}

void store_rollback(struct store *store) {
    struct fault ignored = {0}; /* what failed before is the fault that counts */
    if (!sqlite3_get_autocommit(store->db)) {
        inputs_forget(store);
        (void)sql_run(store, &ignored, "ROLLBACK", "");
    }
    be_strict(store);
}

bool store_put_blob(struct store *store, const void *bytes, size_t length, char hash[HASH_TEXT],
                    struct fault *fault) {
    hash_of(bytes, length, hash);
    return sql_run(store, fault,
                   "INSERT INTO blob (hash, content) VALUES (?, ?) ON CONFLICT DO NOTHING", "tb",
                   hash, bytes, length);
}

bool store_put_message(struct store *store, const ProtobufCMessage *message, char hash[HASH_TEXT],
                       struct fault *fault) {
    size_t length;
    uint8_t *bytes = stored_bytes(message, &length);
    if (!bytes)
        return fault_memory(fault);
    bool stored = store_put_blob(store, bytes, length, hash, fault);
    free(bytes);
    return stored;
}

bool store_get_blob(void *context, const char *hash, uint8_t **bytes, size_t *length,
                    struct fault *fault) {
    struct store *store = context;
    sqlite3_stmt *found =
        sql_query(store, fault, "SELECT content FROM blob WHERE hash = ?", "t", hash);
    int row = found ? sql_row(store, found, fault) : -1;
    if (row == 0) {
        found = sql_query(store, fault, "SELECT content FROM piece WHERE hash = ?", "t", hash);
        row = found ? sql_row(store, found, fault) : -1;
    }
    if (row == 0)
        return fault_set(fault, FAULT_INPUT, "there is no blob %.64s", hash);
    if (row < 0)
        return false;
    *length = (size_t)sqlite3_column_bytes(found, 0);
    *bytes = malloc(*length + 1);
    if (*bytes && *length)
        memcpy(*bytes, sqlite3_column_blob(found, 0), *length);
    (void)sqlite3_reset(found);
    return *bytes || fault_memory(fault);
}

bool store_blob_public(struct store *store, const char *hash, bool *public, struct fault *fault) {
    uint64_t found = 0;
    bool asked = sql_number(
        store, fault, 0, &found,
        "SELECT EXISTS (SELECT 1 FROM pack WHERE hash = ?1)"
        " OR EXISTS (SELECT 1 FROM release WHERE " WAS_IN_FORCE
        "            AND (observations_hash = ?1 OR difference = ?1))"
        " OR EXISTS (SELECT 1 FROM edition WHERE pack = ?1 OR scores = ?1 OR comparison = ?1)"
        " OR EXISTS (SELECT 1 FROM job WHERE study = ?1 OR result = ?1)",
        "t", hash);
    *public = found != 0;
    return asked;
}

bool store_counts(struct store *store, struct store_counts *out, struct fault *fault) {
    uint64_t failed;
    bool counted =
        sql_number(store, fault, 0, &out->releases,
                   "SELECT count(*) FROM release WHERE " WAS_IN_FORCE, "") &&
        sql_number(store, fault, 0, &out->editions, "SELECT max(number) FROM edition", "") &&
        sql_number(store, fault, 0, &out->newest_event, "SELECT max(seq) FROM event", "") &&
        sql_number(store, fault, 0, &out->published,
                   "SELECT max(number) FROM edition WHERE published", "") &&
        sql_number(store, fault, 0, &out->last_release,
                   "SELECT max(id) FROM release WHERE " WAS_IN_FORCE, "") &&
        sql_number(store, fault, 0, &out->newest_edition_ms,
                   "SELECT time_ms FROM edition ORDER BY number DESC LIMIT 1", "") &&
        sql_number(store, fault, 0, &failed, "SELECT count(*) FROM task WHERE failed", "");
    if (counted)
        out->failed_tasks = (uint32_t)failed;
    return counted;
}
