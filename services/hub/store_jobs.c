/* Batch jobs and their pieces. */
#include "services/hub/sql.h"

#include <stdio.h>

/* --- what may be computed with ---------------------------------------------------------------- */

static bool read_texts(struct store *store, struct arena *arena, const char *count_sql,
                       const char *sql, char ***texts, size_t *count, struct fault *fault) {
    uint64_t total;
    bool fine = true;
    *count = 0;
    if (!sql_number(store, fault, 0, &total, count_sql, ""))
        return false;
    *texts = arena_alloc(arena, total, sizeof **texts);
    if (!*texts)
        return fault_memory(fault);
    sqlite3_stmt *rows = sql_query(store, fault, sql, "");
    int row = rows ? 1 : -1;
    while (fine && *count < total && row == 1 && (row = sql_row(store, rows, fault)) == 1)
        (*texts)[(*count)++] = sql_text(rows, 0, arena, &fine);
    if (rows)
        (void)sqlite3_reset(rows);
    return fine ? row >= 0 : fault_memory(fault);
}

bool store_known_inputs(struct store *store, struct arena *arena, struct known_inputs *known,
                        struct fault *fault) {
    return read_texts(store, arena, "SELECT count(*) FROM pack",
                      "SELECT hash FROM pack ORDER BY hash", &known->packs, &known->n_packs,
                      fault) &&
           read_texts(store, arena, "SELECT count(*) FROM release WHERE turn IS NOT NULL",
                      "SELECT observations_hash FROM release WHERE turn IS NOT NULL"
                      " ORDER BY observations_hash",
                      &known->observations, &known->n_observations, fault);
}

/* --- jobs ------------------------------------------------------------------------------------- */

bool store_add_job(struct store *store, const struct job_row *job, uint64_t *id,
                   struct fault *fault) {
    if (!sql_run(store, fault,
                 "INSERT INTO job (study, kind, items, submitted_ms) VALUES (?, ?, ?, ?)", "ttii",
                 job->study, job->kind, (int64_t)job->items, (int64_t)job->submitted_ms))
        return false;
    *id = (uint64_t)sqlite3_last_insert_rowid(store->db);
    return true;
}

bool store_find_job(struct store *store, const char *study, uint64_t *id, struct fault *fault) {
    return sql_number(store, fault, 0, id,
                      "SELECT max(id) FROM job WHERE study = ? AND state IN ('open', 'done')", "t",
                      study);
}

static bool read_job(sqlite3_stmt *row, struct arena *arena, struct job_row *out) {
    bool fine = true;
    out->id = (uint64_t)sqlite3_column_int64(row, 0);
    out->study = sql_text(row, 1, arena, &fine);
    out->kind = sql_text(row, 2, arena, &fine);
    out->state = sql_text(row, 3, arena, &fine);
    out->items = (uint64_t)sqlite3_column_int64(row, 4);
    out->submitted_ms = (uint64_t)sqlite3_column_int64(row, 5);
    out->ended_ms = (uint64_t)sqlite3_column_int64(row, 6);
    out->result = sql_text(row, 7, arena, &fine);
    out->reason = sql_text(row, 8, arena, &fine);
    out->attempts = (uint32_t)sqlite3_column_int64(row, 9);
    out->busy_ns = (uint64_t)sqlite3_column_int64(row, 10);
    out->tasks = (uint64_t)sqlite3_column_int64(row, 11);
    return fine;
}

bool store_jobs(struct store *store, struct arena *arena, enum jobs_which which, uint64_t id,
                uint32_t limit, struct job_row **jobs, size_t *count, struct fault *fault) {
    uint64_t total;
    *count = 0;
    if (!sql_number(store, fault, 0, &total,
                    "SELECT count(*) FROM job WHERE (?1 IS NULL OR id = ?1)"
                    " AND (?2 = 0 OR state = 'open')",
                    "oi", which == JOBS_ONE ? (int64_t)id : 0, (int64_t)(which == JOBS_OPEN)))
        return false;
    total = total < limit ? total : limit;
    *jobs = arena_alloc(arena, total, sizeof **jobs);
    if (!*jobs)
        return fault_memory(fault);
    sqlite3_stmt *rows =
        sql_query(store, fault,
                  "SELECT id, study, kind, state, items, submitted_ms, ended_ms, result, reason,"
                  " attempts, busy_ns, tasks FROM job WHERE (?1 IS NULL OR id = ?1)"
                  " AND (?2 = 0 OR state = 'open') ORDER BY id DESC",
                  "oi", which == JOBS_ONE ? (int64_t)id : 0, (int64_t)(which == JOBS_OPEN));
    bool fine = true;
    int row = rows ? 1 : -1;
    while (fine && *count < total && row == 1 && (row = sql_row(store, rows, fault)) == 1)
        fine = read_job(rows, arena, &(*jobs)[(*count)++]);
    if (rows)
        (void)sqlite3_reset(rows);
    return fine ? row >= 0 : fault_memory(fault);
}

bool store_fail_job(struct store *store, uint64_t id, uint32_t attempts, const char *reason,
                    struct fault *fault) {
    return sql_run(store, fault, "UPDATE job SET attempts = ?, reason = ? WHERE id = ?", "iti",
                   (int64_t)attempts, reason, (int64_t)id);
}

bool store_end_job(struct store *store, const struct job_row *job, struct fault *fault) {
    return sql_run(store, fault,
                   "UPDATE job SET state = ?, ended_ms = ?, result = ?, reason = ?, busy_ns = ?,"
                   " tasks = ? WHERE id = ?",
                   "tittiii", job->state, (int64_t)job->ended_ms, job->result, job->reason,
                   (int64_t)job->busy_ns, (int64_t)job->tasks, (int64_t)job->id) &&
           sql_run(store, fault, "DELETE FROM piece WHERE job = ?", "i", (int64_t)job->id);
}

/* --- pieces ----------------------------------------------------------------------------------- */

static void read_piece(sqlite3_stmt *row, struct piece_row *out) {
    const char *hash = (const char *)sqlite3_column_text(row, 3);
    out->first = (uint64_t)sqlite3_column_int64(row, 0);
    out->count = (uint64_t)sqlite3_column_int64(row, 1);
    out->level = (uint32_t)sqlite3_column_int64(row, 2);
    (void)snprintf(out->hash, sizeof out->hash, "%s", hash ? hash : "");
    out->bytes = (uint64_t)sqlite3_column_int64(row, 4);
}

bool store_pieces(struct store *store, struct arena *arena, uint64_t job, struct piece_row **pieces,
                  size_t *count, struct fault *fault) {
    uint64_t total;
    *count = 0;
    if (!sql_number(store, fault, 0, &total, "SELECT count(*) FROM piece WHERE job = ?", "i",
                    (int64_t)job))
        return false;
    *pieces = arena_alloc(arena, total, sizeof **pieces);
    if (!*pieces)
        return fault_memory(fault);
    sqlite3_stmt *rows = sql_query(store, fault,
                                   "SELECT first, count, level, hash, length(content) FROM piece"
                                   " WHERE job = ? ORDER BY first",
                                   "i", (int64_t)job);
    int row = rows ? 1 : -1;
    while (*count < total && row == 1 && (row = sql_row(store, rows, fault)) == 1)
        read_piece(rows, &(*pieces)[(*count)++]);
    if (rows)
        (void)sqlite3_reset(rows);
    return row >= 0;
}

bool store_put_piece(struct store *store, uint64_t job, const struct piece_row *piece,
                     const void *content, uint64_t busy_ns, struct fault *fault) {
    return sql_run(store, fault,
                   "UPDATE job SET busy_ns = busy_ns + ?, tasks = tasks + 1, attempts = 0,"
                   " reason = NULL WHERE id = ?",
                   "ii", (int64_t)busy_ns, (int64_t)job) &&
           sql_run(store, fault, "DELETE FROM piece WHERE job = ? AND first >= ? AND first < ?",
                   "iii", (int64_t)job, (int64_t)piece->first,
                   (int64_t)(piece->first + piece->count)) &&
           sql_run(store, fault,
                   "INSERT INTO piece (job, first, count, level, hash, content)"
                   " VALUES (?, ?, ?, ?, ?, ?)",
                   "iiiitb", (int64_t)job, (int64_t)piece->first, (int64_t)piece->count,
                   (int64_t)piece->level, piece->hash, content, (size_t)piece->bytes);
}
