/* The pack in force, and releases. */
#include "services/hub/sql.h"

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

bool store_find_release(struct store *store, const char *dataset, const char *file_hash,
                        uint64_t *id, struct fault *fault) {
    return sql_number(store, fault, 0, id,
                      "SELECT id FROM release WHERE dataset = ? AND file_hash = ?", "tt", dataset,
                      file_hash);
}

bool store_add_release(struct store *store, const struct new_release *release, uint64_t *id,
                       bool *revision, struct fault *fault) {
    uint64_t same_label;
    if (!sql_number(store, fault, 0, &same_label,
                    "SELECT count(*) FROM release WHERE dataset = ? AND label = ?", "tt",
                    release->dataset, release->label)) {
        return false;
    }
    *revision = same_label > 0;
    if (!sql_run(store, fault,
                 "INSERT INTO release (dataset, label, file_name, file_hash, observations_hash,"
                 " observations, revision, time_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                 "tttttiii", release->dataset, release->label, release->file_name,
                 release->file_hash, release->observations_hash, (int64_t)release->observations,
                 (int64_t)*revision, (int64_t)release->time_ms)) {
        return false;
    }
    *id = (uint64_t)sqlite3_last_insert_rowid(store->db);
    return true;
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

bool store_inputs(struct store *store, struct arena *arena, Input ***inputs, size_t *count,
                  struct fault *fault) {
    sqlite3_stmt *rows =
        sql_query(store, fault,
                  "SELECT dataset, observations_hash FROM release WHERE id IN"
                  " (SELECT max(id) FROM release GROUP BY dataset) ORDER BY dataset",
                  "");
    if (!rows)
        return false;
    void **list = NULL;
    *count = 0;
    int row;
    while ((row = sql_row(store, rows, fault)) == 1) {
        Input *input = arena_alloc(arena, 1, sizeof *input);
        list = grow(arena, list, *count);
        if (!input || !list) {
            (void)sqlite3_reset(rows);
            return fault_memory(fault);
        }
        mindex__v1__input__init(input);
        input->dataset = sql_text(rows, 0, arena);
        input->observations = sql_text(rows, 1, arena);
        list[(*count)++] = input;
    }
    *inputs = (Input **)list;
    return row == 0;
}

bool store_edition_input(struct store *store, uint64_t edition, const char *dataset,
                         char observations[HASH_TEXT], struct fault *fault) {
    observations[0] = '\0';
    sqlite3_stmt *found = sql_query(
        store, fault,
        "SELECT observations_hash FROM edition_release JOIN release ON release.id = release"
        " WHERE edition = ? AND edition_release.dataset = ?",
        "it", (int64_t)edition, dataset);
    int row = found ? sql_row(store, found, fault) : -1;
    if (row == 1) {
        (void)sqlite3_snprintf(HASH_TEXT, observations, "%s", sqlite3_column_text(found, 0));
        (void)sqlite3_reset(found);
    }
    return row >= 0;
}

static ReleaseInfo *release_info(sqlite3_stmt *row, struct arena *arena) {
    ReleaseInfo *out = arena_alloc(arena, 1, sizeof *out);
    if (!out)
        return NULL;
    mindex__v1__release_info__init(out);
    out->release = (uint64_t)sqlite3_column_int64(row, 0);
    out->dataset = sql_text(row, 1, arena);
    out->label = sql_text(row, 2, arena);
    out->file_name = sql_text(row, 3, arena);
    out->file_hash = sql_text(row, 4, arena);
    out->time_ms = (uint64_t)sqlite3_column_int64(row, 5);
    out->observations = (uint32_t)sqlite3_column_int64(row, 6);
    out->revision = sqlite3_column_int(row, 7);
    out->in_force = sqlite3_column_int(row, 8);
    out->has_edition = sqlite3_column_type(row, 9) != SQLITE_NULL;
    out->edition = (uint64_t)sqlite3_column_int64(row, 9);
    return out->dataset && out->label && out->file_name && out->file_hash ? out : NULL;
}

bool store_releases(struct store *store, struct arena *arena, const char *dataset,
                    ReleaseInfo ***releases, size_t *count, struct fault *fault) {
    sqlite3_stmt *rows = sql_query(
        store, fault,
        "SELECT id, dataset, label, file_name, file_hash, time_ms, observations, revision,"
        " id = (SELECT max(id) FROM release newest WHERE newest.dataset = release.dataset),"
        " (SELECT min(edition) FROM edition_release used WHERE used.release = release.id)"
        " FROM release WHERE ?1 IS NULL OR dataset = ?1 ORDER BY id DESC",
        "t", dataset);
    if (!rows)
        return false;
    void **list = NULL;
    *count = 0;
    int row;
    while ((row = sql_row(store, rows, fault)) == 1) {
        list = grow(arena, list, *count);
        ReleaseInfo *info = list ? release_info(rows, arena) : NULL;
        if (!info) {
            (void)sqlite3_reset(rows);
            return fault_memory(fault);
        }
        list[(*count)++] = info;
    }
    *releases = (ReleaseInfo **)list;
    return row == 0;
}

bool store_release_names(struct store *store, struct arena *arena, uint64_t id, char **dataset,
                         char **label, struct fault *fault) {
    sqlite3_stmt *found = sql_query(store, fault, "SELECT dataset, label FROM release WHERE id = ?",
                                    "i", (int64_t)id);
    int row = found ? sql_row(store, found, fault) : -1;
    if (row == 0) {
        return fault_set(fault, FAULT_INPUT, "there is no release %llu", (unsigned long long)id);
    }
    if (row < 0)
        return false;
    *dataset = sql_text(found, 0, arena);
    *label = sql_text(found, 1, arena);
    (void)sqlite3_reset(found);
    return (*dataset && *label) || fault_memory(fault);
}
