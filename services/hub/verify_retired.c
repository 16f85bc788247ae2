/* Editions that were retired: the first ones, and with them what they say that went. */
#include "services/hub/verify_parts.h"

#include <stdlib.h>
#include <string.h>

/* By the edition's row and that in `retired`, and the first event of the edition after it. */
static void check_one(struct verifying *v, sqlite3_stmt *row) {
    unsigned long long edition = (uint64_t)sqlite3_column_int64(row, 0);
    const char *had = (const char *)sqlite3_column_text(row, 1);
    const char *scores = (const char *)sqlite3_column_text(row, 2);
    bool comparison = sqlite3_column_type(row, 3) != SQLITE_NULL;
    bool last = edition == v->n_retired;
    if (edition == 0 || edition > v->n_retired)
        verify_problem(v, "edition %llu is retired, and older ones are not", edition);
    if (sqlite3_column_type(row, 5) == SQLITE_NULL)
        verify_problem(v, "edition %llu is retired, and is the newest", edition);
    else if (sqlite3_column_int64(row, 4) != sqlite3_column_int64(row, 5) - 1)
        verify_problem(v,
                       "edition %llu: events up to %lld went with it, and the next edition's begin "
                       "with %lld",
                       edition, (long long)sqlite3_column_int64(row, 4),
                       (long long)sqlite3_column_int64(row, 5));
    if (!had || strlen(had) != HASH_TEXT - 1)
        verify_problem(v, "edition %llu: the hash of its scores is not on record", edition);
    if (last ? !scores || !had || strcmp(scores, had) != 0 : scores || comparison)
        verify_problem(v,
                       last ? "edition %llu: the scores that the changes of the next are told "
                              "against are not there"
                            : "edition %llu is retired, and its scores are still there",
                       edition);
}

void verify_retired(struct verifying *v) {
    struct fault fault = {0};
    uint64_t before;
    verify_begin(v, "retired", "retired editions");
    sqlite3_stmt *rows =
        sql_query(v->store, &fault,
                  "SELECT edition, retired.scores, of.scores, of.comparison, through,"
                  " (SELECT first_event FROM edition WHERE number = retired.edition + 1)"
                  " FROM retired LEFT JOIN edition AS of ON of.number = edition ORDER BY edition",
                  "");
    int row = rows ? 1 : -1;
    while (row == 1 && (row = sql_row(v->store, rows, &fault)) == 1) {
        check_one(v, rows);
        v->check->checked++;
    }
    if (row < 0 ||
        !sql_number(v->store, &fault, 0, &before, "SELECT count(*) FROM event WHERE seq < ?", "i",
                    (int64_t)v->out->oldest_event))
        verify_stop(v, &fault);
    else if (before)
        verify_problem(v, "%llu events are from before event %llu, with which the log begins",
                       (unsigned long long)before, (unsigned long long)v->out->oldest_event);
}
