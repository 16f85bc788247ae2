/* Batch jobs: their studies, their results, and the pieces of those that have not ended. */
#include "services/hub/verify_parts.h"

#include <stdlib.h>
#include <string.h>

static const char *text_at(sqlite3_stmt *row, int at) {
    const char *text = (const char *)sqlite3_column_text(row, at);
    return text ? text : "";
}

/* --- studies and results ---------------------------------------------------------------------- */

static void check_study(struct verifying *v, sqlite3_stmt *row) {
    unsigned long long job = (uint64_t)sqlite3_column_int64(row, 0);
    struct fault fault = {0};
    uint8_t *bytes = NULL;
    size_t length = 0;
    if (!store_get_blob(v->store, text_at(row, 1), &bytes, &length, &fault)) {
        verify_problem(v, "job %llu: its study: %s", job, fault.text);
        return;
    }
    Study *study = mindex__v1__study__unpack(NULL, length, bytes);
    free(bytes);
    if (!study)
        verify_problem(v, "job %llu: its study cannot be read", job);
    else if (study->items != (uint64_t)sqlite3_column_int64(row, 3) ||
             strcmp(study->kind, text_at(row, 2)) != 0)
        verify_problem(v, "job %llu: %s of %lld items are recorded, and its study is %s of %llu",
                       job, text_at(row, 2), (long long)sqlite3_column_int64(row, 3), study->kind,
                       (unsigned long long)study->items);
    if (study)
        mindex__v1__study__free_unpacked(study, NULL);
}

static void check_result(struct verifying *v, sqlite3_stmt *row) {
    unsigned long long job = (uint64_t)sqlite3_column_int64(row, 0);
    bool done = strcmp(text_at(row, 4), "done") == 0;
    struct fault fault = {0};
    uint8_t *bytes = NULL;
    size_t length = 0;
    if (!done || !*text_at(row, 5)) {
        if (done || *text_at(row, 5))
            verify_problem(v, "job %llu is %s, and it has %s result", job, text_at(row, 4),
                           done ? "no" : "a");
        return;
    }
    if (!store_get_blob(v->store, text_at(row, 5), &bytes, &length, &fault)) {
        verify_problem(v, "job %llu: its result: %s", job, fault.text);
        return;
    }
    StudyResult *result = mindex__v1__study_result__unpack(NULL, length, bytes);
    free(bytes);
    if (!result)
        verify_problem(v, "job %llu: its result cannot be read", job);
    else if (strcmp(result->hash, text_at(row, 1)) != 0)
        verify_problem(v, "job %llu: its result is of another study", job);
    if (result)
        mindex__v1__study_result__free_unpacked(result, NULL);
}

/* --- pieces ----------------------------------------------------------------------------------- */

static void check_content(struct verifying *v, sqlite3_stmt *row) {
    long long job = sqlite3_column_int64(row, 0), first = sqlite3_column_int64(row, 1);
    const void *content = sqlite3_column_blob(row, 4);
    size_t length = (size_t)sqlite3_column_bytes(row, 4);
    char hash[HASH_TEXT];
    hash_of(content, length, hash);
    if (strcmp(hash, text_at(row, 3)) != 0) {
        verify_problem(v, "job %lld: its piece from item %lld on has the hash %s", job, first,
                       hash);
        return;
    }
    StudyPiece *piece = mindex__v1__study_piece__unpack(NULL, length, content);
    if (!piece)
        verify_problem(v, "job %lld: its piece from item %lld on cannot be read", job, first);
    else if (piece->first != (uint64_t)first ||
             piece->count != (uint64_t)sqlite3_column_int64(row, 2) ||
             strcmp(piece->study, text_at(row, 5)) != 0)
        verify_problem(v, "job %lld: its piece from item %lld on says that it is another", job,
                       first);
    if (piece)
        mindex__v1__study_piece__free_unpacked(piece, NULL);
}

/* Within the items of a job that is open, beside the piece before. */
static void check_place(struct verifying *v, sqlite3_stmt *row, uint64_t *before, uint64_t *end) {
    uint64_t job = (uint64_t)sqlite3_column_int64(row, 0);
    uint64_t first = (uint64_t)sqlite3_column_int64(row, 1);
    uint64_t count = (uint64_t)sqlite3_column_int64(row, 2);
    uint64_t items = (uint64_t)sqlite3_column_int64(row, 6);
    if (strcmp(text_at(row, 7), "open") != 0)
        verify_problem(v, "job %llu is %s, and a piece of it is still there",
                       (unsigned long long)job, text_at(row, 7));
    if (count == 0 || first >= items || count > items - first)
        verify_problem(v, "job %llu of %llu items has a piece of %llu from item %llu on",
                       (unsigned long long)job, (unsigned long long)items,
                       (unsigned long long)count, (unsigned long long)first);
    else if (job == *before && first < *end)
        verify_problem(v, "job %llu has item %llu in two pieces", (unsigned long long)job,
                       (unsigned long long)first);
    *before = job;
    *end = first + count;
}

void verify_jobs(struct verifying *v) {
    struct fault fault = {0};
    verify_begin(v, "jobs", "batch jobs");
    sqlite3_stmt *rows = sql_query(
        v->store, &fault, "SELECT id, study, kind, items, state, result FROM job ORDER BY id", "");
    int row = rows ? 1 : -1;
    while (row == 1 && (row = sql_row(v->store, rows, &fault)) == 1) {
        check_study(v, rows);
        check_result(v, rows);
        v->check->checked++;
    }
    if (row < 0)
        verify_stop(v, &fault);
}

void verify_pieces(struct verifying *v) {
    struct fault fault = {0};
    uint64_t total, before = 0, end = 0;
    verify_begin(v, "pieces", "pieces of batch jobs");
    if (!sql_number(v->store, &fault, 0, &total, "SELECT count(*) FROM piece", "")) {
        verify_stop(v, &fault);
        return;
    }
    sqlite3_stmt *rows =
        sql_query(v->store, &fault,
                  "SELECT job, first, count, hash, content, coalesce(study, ''), items, state"
                  " FROM piece LEFT JOIN job ON job.id = job ORDER BY job, first",
                  "");
    int row = rows ? 1 : -1;
    while (row == 1 && (row = sql_row(v->store, rows, &fault)) == 1) {
        check_place(v, rows, &before, &end);
        check_content(v, rows);
        verify_count(v, total);
    }
    if (row < 0)
        verify_stop(v, &fault);
}
