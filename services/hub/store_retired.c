/* Editions that were retired, from the oldest on: what goes with one, and that it goes.
 *
 * The event log begins with the first event of the oldest edition that is kept. Its changes are
 * told against the edition before, whose scores and comparison therefore stay until the next one is
 * retired. Packs, releases and observations stay for ever: an edition could be computed again. */
#include "services/hub/sql.h"

bool store_oldest_event(struct store *store, uint64_t *seq, struct fault *fault) {
    return sql_number(store, fault, 1, seq,
                      "SELECT through + 1 FROM retired ORDER BY edition DESC LIMIT 1", "");
}

bool store_oldest_edition(struct store *store, uint64_t *number, struct fault *fault) {
    return sql_number(store, fault, 1, number, "SELECT max(edition) + 1 FROM retired", "");
}

/* ?1: the edition whose blobs are looked at. In use are those of others than it and those before
 * it, which have none any more, or will have none by then. */
#define BLOBS_OF                                                                                   \
    "hash IN (SELECT scores FROM edition WHERE number = ?1 UNION ALL"                              \
    " SELECT comparison FROM edition WHERE number = ?1)"
#define NOT_IN_USE                                                                                 \
    " AND NOT EXISTS (SELECT 1 FROM edition WHERE number > ?1"                                     \
    "  AND blob.hash IN (pack, scores, comparison))"                                               \
    " AND NOT EXISTS (SELECT 1 FROM pack WHERE pack.hash = blob.hash)"                             \
    " AND NOT EXISTS (SELECT 1 FROM release WHERE blob.hash IN (observations_hash, difference))"   \
    " AND NOT EXISTS (SELECT 1 FROM job WHERE blob.hash IN (study, result))"

bool store_find_going(struct store *store, uint64_t edition, struct going *out,
                      struct fault *fault) {
    uint64_t first, event_bytes, blob_bytes;
    if (!sql_number(store, fault, 1, &first,
                    "SELECT first_event FROM edition WHERE number = ?1 AND number > 1", "i",
                    (int64_t)edition) ||
        !sql_number(store, fault, 0, &out->through,
                    "SELECT first_event - 1 FROM edition WHERE number = ? + 1", "i",
                    (int64_t)edition) ||
        !sql_number(store, fault, 0, &out->events,
                    "SELECT count(*) FROM event WHERE seq BETWEEN ? AND ?", "ii", (int64_t)first,
                    (int64_t)out->through) ||
        !sql_number(store, fault, 0, &event_bytes,
                    "SELECT sum(length(body)) FROM event WHERE seq BETWEEN ? AND ?", "ii",
                    (int64_t)first, (int64_t)out->through) ||
        !sql_number(store, fault, 0, &blob_bytes,
                    "SELECT sum(length(content)) FROM blob WHERE " BLOBS_OF NOT_IN_USE, "i",
                    (int64_t)edition - 1))
        return false;
    out->bytes = event_bytes + blob_bytes;
    return true;
}

/* Its scores and its comparison go where nothing else is the same bytes. A blob that something
 * still names could not be deleted: the reference forbids it, and the whole is undone. */
static bool forget_scores(struct store *store, struct arena *arena, uint64_t edition,
                          struct fault *fault) {
    EditionInfo *info;
    if (edition == 0) /* before the first */
        return true;
    if (!store_edition(store, arena, edition, &info, fault))
        return false;
    return info &&
           sql_run(store, fault,
                   "UPDATE edition SET scores = NULL, comparison = NULL WHERE number = ?", "i",
                   (int64_t)edition) &&
           sql_run(store, fault, "DELETE FROM blob WHERE hash IN (?2, ?3)" NOT_IN_USE, "itt",
                   (int64_t)edition, info->scores, info->comparison);
}

bool store_retire(struct store *store, struct arena *arena, uint64_t edition, uint64_t time_ms,
                  const struct going *going, struct fault *fault) {
    uint64_t through_ms;
    return store_event_time(store, going->through, &through_ms, fault) &&
           sql_run(store, fault,
                   "INSERT INTO retired (edition, time_ms, scores, through, through_ms)"
                   " SELECT number, ?, scores, ?, ? FROM edition WHERE number = ?",
                   "iiii", (int64_t)time_ms, (int64_t)going->through, (int64_t)through_ms,
                   (int64_t)edition) &&
           sql_run(store, fault, "DELETE FROM event WHERE seq <= ?", "i",
                   (int64_t)going->through) &&
           forget_scores(store, arena, edition - 1, fault);
}

bool store_waits_for_events(struct store *store, uint64_t through, struct arena *arena,
                            struct waits_for_events *out, struct fault *fault) {
    bool fine = true;
    *out = (struct waits_for_events){0};
    sqlite3_stmt *found = sql_query(
        store, fault,
        "SELECT name, position, 0 FROM subscription WHERE position < ?1 UNION ALL"
        " SELECT name, first, 1 FROM resend JOIN subscription ON subscription.id = subscription"
        "  WHERE first <= ?1 ORDER BY 3, 2, 1 LIMIT 1",
        "i", (int64_t)through);
    int row = found ? sql_row(store, found, fault) : -1;
    if (row < 1)
        return row == 0;
    out->subscription = sql_text(found, 0, arena, &fine);
    out->event = (uint64_t)sqlite3_column_int64(found, 1);
    out->again = sqlite3_column_int(found, 2);
    (void)sqlite3_reset(found);
    return fine || fault_memory(fault);
}
