/* The pack in force, and releases. */
#include "services/hub/sql.h"

#include <stdlib.h>
#include <string.h>

bool store_pack(struct store *store, char hash[HASH_TEXT], struct fault *fault) {
    hash[0] = '\0';
    sqlite3_stmt *found =
        sql_query(store, fault, "SELECT hash FROM pack ORDER BY id DESC LIMIT 1", "");
    int row = found ? sql_row(store, found, fault) : -1;
    if (row == 1) {
        (void)sqlite3_snprintf(HASH_TEXT, hash, "%s", sqlite3_column_text(found, 0));
        (void)sqlite3_reset(found);
    }
    return row >= 0;
}

bool store_set_pack(struct store *store, const char *hash, uint64_t time_ms, struct fault *fault) {
    return sql_run(store, fault, "INSERT INTO pack (hash, time_ms) VALUES (?, ?)", "ti", hash,
                   (int64_t)time_ms);
}

/* Room for one more pointer in a list that grows in an arena by doubling. */
static void **grow(struct arena *arena, void **list, size_t count) {
    if (count & (count - 1) || (count == 0 && list))
        return list;
    void **larger = arena_alloc(arena, count ? count * 2 : 1, sizeof *larger);
    if (larger && count)
        memcpy(larger, list, count * sizeof *larger);
    return larger;
}

static void *allocate(void *arena, size_t size) {
    return arena_alloc(arena, size, 1);
}

static void leave(void *arena, void *pointer) {
    (void)arena;
    (void)pointer;
}

/* A column with packed warnings, into the arena; NULL: it has none. */
static bool take_warnings(sqlite3_stmt *row, int column, struct arena *arena, Warnings **out) {
    size_t length = (size_t)sqlite3_column_bytes(row, column);
    ProtobufCAllocator in_arena = {.alloc = allocate, .free = leave, .allocator_data = arena};
    *out = NULL;
    if (length == 0)
        return true;
    *out = mindex__v1__warnings__unpack(&in_arena, length, sqlite3_column_blob(row, column));
    return *out != NULL;
}

/* --- what becomes of a release ---------------------------------------------------------------- */

bool store_find_release(struct store *store, const char *dataset, const char *file_hash,
                        uint64_t *id, struct fault *fault) {
    return sql_number(store, fault, 0, id,
                      "SELECT id FROM release WHERE dataset = ? AND file_hash = ?", "tt", dataset,
                      file_hash);
}

bool store_release(struct store *store, struct arena *arena, uint64_t id, struct release_row **row,
                   struct fault *fault) {
    *row = NULL;
    sqlite3_stmt *found = sql_query(
        store, fault,
        "SELECT dataset, label, file_hash, observations_hash, observations, publish_at_ms,"
        " turn IS NULL AND withdrawn_ms IS NULL, withdrawn_reason, warnings, withdrawn_ms,"
        " request_id, withdrawn_request_id FROM release WHERE id = ?",
        "i", (int64_t)id);
    int result = found ? sql_row(store, found, fault) : -1;
    if (result < 1)
        return result == 0;
    struct release_row *out = arena_alloc(arena, 1, sizeof *out);
    bool fine = out && take_warnings(found, 8, arena, &out->warnings);
    if (out) {
        out->id = id;
        out->dataset = sql_text(found, 0, arena, &fine);
        out->label = sql_text(found, 1, arena, &fine);
        out->file_hash = sql_text(found, 2, arena, &fine);
        out->observations_hash = sql_text(found, 3, arena, &fine);
        out->observations = (uint32_t)sqlite3_column_int64(found, 4);
        out->publish_at_ms = (uint64_t)sqlite3_column_int64(found, 5);
        out->held = sqlite3_column_int(found, 6);
        out->withdrawn_reason = sql_text(found, 7, arena, &fine);
        out->withdrawn_ms = (uint64_t)sqlite3_column_int64(found, 9);
        out->request_id = sql_text(found, 10, arena, &fine);
        out->withdrawn_request_id = sql_text(found, 11, arena, &fine);
    }
    (void)sqlite3_reset(found);
    if (!fine)
        return fault_memory(fault);
    *row = out;
    return true;
}

/* Packed, in malloc's memory; none: no bytes. */
static bool pack_warnings(const Warnings *warnings, uint8_t **bytes, size_t *length,
                          struct fault *fault) {
    *length = warnings ? mindex__v1__warnings__get_packed_size(warnings) : 0;
    *bytes = malloc(*length + 1);
    if (!*bytes)
        return fault_memory(fault);
    if (warnings)
        mindex__v1__warnings__pack(warnings, *bytes);
    return true;
}

bool store_add_release(struct store *store, const struct new_release *release, uint64_t *id,
                       struct fault *fault) {
    uint8_t *warnings;
    size_t length;
    if (!pack_warnings(release->warnings, &warnings, &length, fault))
        return false;
    bool added = sql_run(
        store, fault,
        "INSERT INTO release (dataset, label, file_name, file_hash,"
        " observations_hash, observations, revision, time_ms, publish_at_ms,"
        " warnings, request_id) VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?)",
        "tttttiiobt", release->dataset, release->label, release->file_name, release->file_hash,
        release->observations_hash, (int64_t)release->observations, (int64_t)release->time_ms,
        (int64_t)release->publish_at_ms, (const void *)warnings, length, release->request_id);
    free(warnings);
    if (added)
        *id = (uint64_t)sqlite3_last_insert_rowid(store->db);
    return added;
}

bool store_hold_again(struct store *store, uint64_t id, uint64_t publish_at_ms,
                      const Warnings *warnings, const char *request_id, struct fault *fault) {
    uint8_t *bytes;
    size_t length;
    if (!pack_warnings(warnings, &bytes, &length, fault))
        return false;
    inputs_forget(store);
    bool held = sql_run(store, fault,
                        "UPDATE release SET turn = NULL, withdrawn_ms = NULL, withdrawn_reason ="
                        " NULL, withdrawn_request_id = NULL, revises = NULL, compared_with = NULL,"
                        " difference = NULL, publish_at_ms = ?, warnings = ?, request_id = ?"
                        " WHERE id = ?",
                        "obti", (int64_t)publish_at_ms, (const void *)bytes, length, request_id,
                        (int64_t)id);
    free(bytes);
    return held;
}

bool store_put_in_force(struct store *store, uint64_t id,
                        const struct release_difference *difference, struct fault *fault) {
    return sql_run(store, fault,
                   "UPDATE release SET turn = (SELECT coalesce(max(turn), 0) + 1 FROM release),"
                   " revision = ?, revises = ?, compared_with = ?, difference = ?, added = ?,"
                   " removed = ?, changed = ?, statuses = ? WHERE id = ?",
                   "iootiiiii", (int64_t)(difference->revises != 0), (int64_t)difference->revises,
                   (int64_t)difference->compared_with, difference->hash, (int64_t)difference->added,
                   (int64_t)difference->removed, (int64_t)difference->changed,
                   (int64_t)difference->statuses, (int64_t)id) &&
           inputs_enter(store, id, fault);
}

bool store_withdraw(struct store *store, uint64_t id, const char *reason, uint64_t time_ms,
                    const char *request_id, struct fault *fault) {
    inputs_forget(store);
    return sql_run(store, fault,
                   "UPDATE release SET withdrawn_ms = ?, withdrawn_reason = ?,"
                   " withdrawn_request_id = ? WHERE id = ?",
                   "itti", (int64_t)time_ms, reason, request_id, (int64_t)id);
}

bool store_same_label(struct store *store, const char *dataset, const char *label, uint64_t id,
                      uint64_t *other, struct fault *fault) {
    return sql_number(store, fault, 0, other,
                      "SELECT id FROM release WHERE dataset = ? AND label = ? AND id <> ?"
                      " AND turn IS NOT NULL ORDER BY turn DESC LIMIT 1",
                      "tti", dataset, label, (int64_t)id);
}

/* --- held until then -------------------------------------------------------------------------- */

bool store_next_due(struct store *store, uint64_t *time_ms, struct fault *fault) {
    return sql_number(store, fault, UINT64_MAX, time_ms,
                      "SELECT min(publish_at_ms) FROM release"
                      " WHERE turn IS NULL AND withdrawn_ms IS NULL",
                      "");
}

bool store_due(struct store *store, struct arena *arena, uint64_t now_ms, uint64_t **ids,
               size_t *count, struct fault *fault) {
    sqlite3_stmt *rows =
        sql_query(store, fault,
                  "SELECT id FROM release WHERE turn IS NULL AND withdrawn_ms IS NULL AND"
                  " (publish_at_ms, time_ms) = (SELECT publish_at_ms, time_ms FROM release"
                  "  WHERE turn IS NULL AND withdrawn_ms IS NULL AND publish_at_ms <= ?"
                  "  ORDER BY publish_at_ms, id LIMIT 1) ORDER BY id",
                  "i", (int64_t)now_ms);
    if (!rows)
        return false;
    void **list = NULL;
    *count = 0;
    int row;
    while ((row = sql_row(store, rows, fault)) == 1) {
        uint64_t *id = arena_alloc(arena, 1, sizeof *id);
        list = grow(arena, list, *count);
        if (!id || !list) {
            (void)sqlite3_reset(rows);
            return fault_memory(fault);
        }
        *id = (uint64_t)sqlite3_column_int64(rows, 0);
        list[(*count)++] = id;
    }
    *ids = arena_alloc(arena, *count, sizeof **ids);
    if (!*ids)
        return fault_memory(fault);
    for (size_t i = 0; i < *count; i++)
        (*ids)[i] = *(uint64_t *)list[i];
    return row == 0;
}

/* --- lists for people ------------------------------------------------------------------------- */

/* The state, by what the row says; while a release is held nobody is told its figures, nor its
 * warnings, which name some. ?4: as everybody may know it, so that one which was withdrawn and is
 * held to come again still is withdrawn. */
#define RELEASE_COLUMNS                                                                            \
    "SELECT id, dataset, label, file_name, file_hash, time_ms, observations, revision,"            \
    " (SELECT min(edition) FROM edition_release used WHERE used.release = release.id),"            \
    " CASE WHEN NOT ?4 OR turn IS NOT NULL THEN publish_at_ms END,"                                \
    " CASE WHEN withdrawn_ms IS NOT NULL OR (?4 AND turn IS NULL) THEN 'withdrawn'"                \
    "  WHEN turn IS NULL THEN 'held'"                                                              \
    "  WHEN id IN (SELECT id FROM in_force) THEN 'in-force' ELSE 'superseded' END,"                \
    " withdrawn_ms, withdrawn_reason, revises, compared_with, added, removed, changed, statuses,"  \
    " difference, CASE WHEN " WAS_IN_FORCE " THEN observations_hash END,"                          \
    " CASE WHEN turn IS NOT NULL THEN warnings END,"                                               \
    " CASE WHEN NOT ?4 OR turn IS NOT NULL THEN request_id END, withdrawn_request_id FROM "        \
    "release "

static void release_numbers(sqlite3_stmt *row, ReleaseInfo *out) {
    out->has_edition = sqlite3_column_type(row, 8) != SQLITE_NULL;
    out->edition = (uint64_t)sqlite3_column_int64(row, 8);
    out->has_publish_at_ms = sqlite3_column_type(row, 9) != SQLITE_NULL;
    out->publish_at_ms = (uint64_t)sqlite3_column_int64(row, 9);
    out->has_withdrawn_ms = sqlite3_column_type(row, 11) != SQLITE_NULL;
    out->withdrawn_ms = (uint64_t)sqlite3_column_int64(row, 11);
    out->has_revises = sqlite3_column_type(row, 13) != SQLITE_NULL;
    out->revises = (uint64_t)sqlite3_column_int64(row, 13);
    out->has_compared_with = sqlite3_column_type(row, 14) != SQLITE_NULL;
    out->compared_with = (uint64_t)sqlite3_column_int64(row, 14);
    out->has_added = out->has_removed = out->has_changed = out->has_statuses =
        out->has_compared_with;
    out->added = (uint32_t)sqlite3_column_int64(row, 15);
    out->removed = (uint32_t)sqlite3_column_int64(row, 16);
    out->changed = (uint32_t)sqlite3_column_int64(row, 17);
    out->statuses = (uint32_t)sqlite3_column_int64(row, 18);
}

static ReleaseInfo *release_info(sqlite3_stmt *row, struct arena *arena) {
    ReleaseInfo *out = arena_alloc(arena, 1, sizeof *out);
    bool fine = true;
    if (!out)
        return NULL;
    mindex__v1__release_info__init(out);
    out->release = (uint64_t)sqlite3_column_int64(row, 0);
    out->dataset = sql_text(row, 1, arena, &fine);
    out->label = sql_text(row, 2, arena, &fine);
    out->file_name = sql_text(row, 3, arena, &fine);
    out->file_hash = sql_text(row, 4, arena, &fine);
    out->time_ms = (uint64_t)sqlite3_column_int64(row, 5);
    out->observations = (uint32_t)sqlite3_column_int64(row, 6);
    out->revision = sqlite3_column_int(row, 7);
    out->state = sql_text(row, 10, arena, &fine);
    out->in_force = out->state && strcmp(out->state, "in-force") == 0;
    out->withdrawn_reason = sql_text(row, 12, arena, &fine);
    out->difference = sql_text(row, 19, arena, &fine);
    out->observations_hash = sql_text(row, 20, arena, &fine);
    out->request_id = sql_text(row, 22, arena, &fine);
    out->withdrawn_request_id = sql_text(row, 23, arena, &fine);
    release_numbers(row, out);
    return fine ? out : NULL;
}

bool store_releases(struct store *store, struct arena *arena,
                    const Mindex__V1__ReleasesWanted *wanted, ReleaseInfo ***releases,
                    size_t *count, struct fault *fault) {
    sqlite3_stmt *rows = sql_query(
        store, fault,
        RELEASE_COLUMNS
        "WHERE (?1 IS NULL OR dataset = ?1) AND (?2 IS NULL OR id = ?2) AND (?3 IS NULL OR id IN"
        " (SELECT release FROM edition_release WHERE edition = ?3)) AND (NOT ?4 OR " WAS_IN_FORCE
        ") ORDER BY id DESC",
        "tooi", wanted->dataset, (int64_t)wanted->release, (int64_t)wanted->edition,
        (int64_t)wanted->told_only);
    if (!rows)
        return false;
    void **list = NULL;
    *count = 0;
    int row;
    while ((row = sql_row(store, rows, fault)) == 1) {
        list = grow(arena, list, *count);
        ReleaseInfo *info = list ? release_info(rows, arena) : NULL;
        if (!info || (wanted->has_release && !take_warnings(rows, 21, arena, &info->warnings))) {
            (void)sqlite3_reset(rows);
            return fault_memory(fault);
        }
        list[(*count)++] = info;
    }
    *releases = (ReleaseInfo **)list;
    return row == 0;
}
