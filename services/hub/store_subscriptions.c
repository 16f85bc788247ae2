/* Subscriptions, their secrets, what is to be sent again, and the attempts that were made. */
#include "services/hub/sql.h"

#include <stdlib.h>
#include <string.h>

/* --- reading ---------------------------------------------------------------------------------- */

bool store_find_subscription(struct store *store, const char *name, struct subscription_row *row,
                             struct fault *fault) {
    *row = (struct subscription_row){0};
    sqlite3_stmt *found =
        sql_query(store, fault,
                  "SELECT id, created_ms, position, state = 'active', state = 'paused',"
                  " (SELECT count(*) FROM secret WHERE subscription = subscription.id),"
                  " (SELECT count(*) FROM resend WHERE subscription = subscription.id)"
                  " FROM subscription WHERE name = ?",
                  "t", name);
    int result = found ? sql_row(store, found, fault) : -1;
    if (result == 1) {
        row->id = (uint64_t)sqlite3_column_int64(found, 0);
        row->created_ms = (uint64_t)sqlite3_column_int64(found, 1);
        row->position = (uint64_t)sqlite3_column_int64(found, 2);
        row->active = sqlite3_column_int(found, 3);
        row->paused = sqlite3_column_int(found, 4);
        row->secrets = (uint32_t)sqlite3_column_int64(found, 5);
        row->resends = (uint32_t)sqlite3_column_int64(found, 6);
        (void)sqlite3_reset(found);
    }
    return result >= 0;
}

bool store_count_subscriptions(struct store *store, bool active, uint64_t *count,
                               struct fault *fault) {
    return sql_number(store, fault, 0, count,
                      "SELECT count(*) FROM subscription WHERE ?1 = 0 OR state = 'active'", "i",
                      (int64_t)active);
}

static void *allocate(void *arena, size_t size) {
    return arena_alloc(arena, size, 1);
}

static void leave(void *arena, void *pointer) {
    (void)arena;
    (void)pointer;
}

static bool read_filter(sqlite3_stmt *row, int column, struct arena *arena, Filter **out,
                        bool *fine) {
    ProtobufCAllocator in_arena = {.alloc = allocate, .free = leave, .allocator_data = arena};
    *out = mindex__v1__filter__unpack(&in_arena, (size_t)sqlite3_column_bytes(row, column),
                                      sqlite3_column_blob(row, column));
    *fine = *fine && *out;
    return *fine;
}

#define SUBSCRIPTION_COLUMNS                                                                       \
    "SELECT id, name, url, filter, digest, state, reason, created_ms, position, attempts,"         \
    " next_attempt_ms, delivered, failed,"                                                         \
    " (SELECT count(*) FROM secret WHERE subscription = subscription.id)"                          \
    " FROM subscription "

static Subscription *read_subscription(sqlite3_stmt *row, struct arena *arena) {
    Subscription *out = arena_alloc(arena, 1, sizeof *out);
    bool fine = out != NULL;
    if (!fine)
        return NULL;
    mindex__v1__subscription__init(out);
    out->name = sql_text(row, 1, arena, &fine);
    out->url = sql_text(row, 2, arena, &fine);
    (void)read_filter(row, 3, arena, &out->filter, &fine);
    out->has_digest = true;
    out->digest = sqlite3_column_int(row, 4);
    out->state = sql_text(row, 5, arena, &fine);
    out->reason = sql_text(row, 6, arena, &fine);
    out->has_created_ms = out->has_after = out->has_attempts = true;
    out->created_ms = (uint64_t)sqlite3_column_int64(row, 7);
    out->after = (uint64_t)sqlite3_column_int64(row, 8);
    out->attempts = (uint32_t)sqlite3_column_int64(row, 9);
    out->has_next_attempt_ms = sqlite3_column_type(row, 10) != SQLITE_NULL;
    out->next_attempt_ms = (uint64_t)sqlite3_column_int64(row, 10);
    out->has_delivered = out->has_failed = out->has_secrets_kept = true;
    out->delivered = (uint64_t)sqlite3_column_int64(row, 11);
    out->failed = (uint64_t)sqlite3_column_int64(row, 12);
    out->secrets_kept = (uint32_t)sqlite3_column_int64(row, 13);
    return fine ? out : NULL;
}

static bool read_secrets(struct store *store, struct arena *arena, uint64_t id, Subscription *of,
                         struct fault *fault) {
    bool fine = true;
    of->secrets = arena_alloc(arena, of->secrets_kept, sizeof *of->secrets);
    if (!of->secrets)
        return fault_memory(fault);
    sqlite3_stmt *rows =
        sql_query(store, fault, "SELECT secret FROM secret WHERE subscription = ? ORDER BY id DESC",
                  "i", (int64_t)id);
    int row = rows ? 1 : -1;
    while (fine && of->n_secrets < of->secrets_kept && row == 1 &&
           (row = sql_row(store, rows, fault)) == 1)
        of->secrets[of->n_secrets++] = sql_text(rows, 0, arena, &fine);
    if (rows)
        (void)sqlite3_reset(rows);
    return fine ? row >= 0 : fault_memory(fault);
}

static Resend *read_resend(sqlite3_stmt *row, struct arena *arena) {
    Resend *out = arena_alloc(arena, 1, sizeof *out);
    if (!out)
        return NULL;
    mindex__v1__resend__init(out);
    out->id = (uint64_t)sqlite3_column_int64(row, 0);
    out->has_from = out->has_to = sqlite3_column_type(row, 1) != SQLITE_NULL;
    out->from = (uint64_t)sqlite3_column_int64(row, 1);
    out->to = (uint64_t)sqlite3_column_int64(row, 2);
    out->has_test = out->test = !out->has_from;
    return out;
}

static bool read_resends(struct store *store, struct arena *arena, uint64_t id, Subscription *of,
                         struct fault *fault) {
    uint64_t total;
    bool fine = true;
    if (!sql_number(store, fault, 0, &total, "SELECT count(*) FROM resend WHERE subscription = ?",
                    "i", (int64_t)id))
        return false;
    of->resends = arena_alloc(arena, total, sizeof *of->resends);
    if (!of->resends)
        return fault_memory(fault);
    sqlite3_stmt *rows = sql_query(
        store, fault, "SELECT id, first, last FROM resend WHERE subscription = ? ORDER BY id", "i",
        (int64_t)id);
    int row = rows ? 1 : -1;
    while (fine && of->n_resends < total && row == 1 && (row = sql_row(store, rows, fault)) == 1) {
        of->resends[of->n_resends] = read_resend(rows, arena);
        fine = of->resends[of->n_resends++] != NULL;
    }
    if (rows)
        (void)sqlite3_reset(rows);
    return fine ? row >= 0 : fault_memory(fault);
}

bool store_subscriptions(struct store *store, struct arena *arena, const char *name, bool secrets,
                         Subscription ***subscriptions, size_t *count, struct fault *fault) {
    uint64_t total;
    *count = 0;
    if (!sql_number(store, fault, 0, &total,
                    "SELECT count(*) FROM subscription WHERE ?1 IS NULL OR name = ?1", "t", name))
        return false;
    Subscription **list = arena_alloc(arena, total, sizeof *list);
    uint64_t *ids = arena_alloc(arena, total, sizeof *ids);
    if (!list || !ids)
        return fault_memory(fault);
    sqlite3_stmt *rows =
        sql_query(store, fault, SUBSCRIPTION_COLUMNS "WHERE ?1 IS NULL OR name = ?1 ORDER BY name",
                  "t", name);
    bool fine = true;
    int row = rows ? 1 : -1;
    while (fine && *count < total && row == 1 && (row = sql_row(store, rows, fault)) == 1) {
        ids[*count] = (uint64_t)sqlite3_column_int64(rows, 0);
        list[*count] = read_subscription(rows, arena);
        fine = list[(*count)++] != NULL;
    }
    if (rows)
        (void)sqlite3_reset(rows);
    if (!fine)
        return fault_memory(fault);
    for (size_t i = 0; row >= 0 && i < *count; i++) {
        if ((secrets && !read_secrets(store, arena, ids[i], list[i], fault)) ||
            !read_resends(store, arena, ids[i], list[i], fault))
            return false;
    }
    *subscriptions = list;
    return row >= 0;
}

bool store_subscription_ahead(struct store *store, uint64_t newest, struct arena *arena,
                              Subscription **ahead, struct fault *fault) {
    *ahead = NULL;
    sqlite3_stmt *found = sql_query(
        store, fault, SUBSCRIPTION_COLUMNS "WHERE position > ? ORDER BY position DESC LIMIT 1", "i",
        (int64_t)newest);
    int row = found ? sql_row(store, found, fault) : -1;
    if (row < 1)
        return row == 0;
    *ahead = read_subscription(found, arena);
    (void)sqlite3_reset(found);
    return *ahead || fault_memory(fault);
}

/* --- what people change ----------------------------------------------------------------------- */

bool store_add_subscription(struct store *store, const Subscription *subscription,
                            const char *secret, struct fault *fault) {
    size_t length = mindex__v1__filter__get_packed_size(subscription->filter);
    uint8_t *filter = malloc(length + 1);
    if (!filter)
        return fault_memory(fault);
    mindex__v1__filter__pack(subscription->filter, filter);
    bool added =
        sql_run(store, fault,
                "INSERT INTO subscription (name, url, filter, digest, created_ms, position)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                "ttbiii", subscription->name, subscription->url, (const void *)filter, length,
                (int64_t)subscription->digest, (int64_t)subscription->created_ms,
                (int64_t)subscription->after);
    free(filter);
    return added &&
           store_add_secret(store, (uint64_t)sqlite3_last_insert_rowid(store->db), secret, fault);
}

bool store_remove_subscription(struct store *store, uint64_t id, struct fault *fault) {
    return sql_run(store, fault, "DELETE FROM delivery WHERE subscription = ?", "i", (int64_t)id) &&
           sql_run(store, fault, "DELETE FROM resend WHERE subscription = ?", "i", (int64_t)id) &&
           sql_run(store, fault, "DELETE FROM secret WHERE subscription = ?", "i", (int64_t)id) &&
           sql_run(store, fault, "DELETE FROM subscription WHERE id = ?", "i", (int64_t)id);
}

bool store_set_subscription(struct store *store, uint64_t id, const char *state, const char *reason,
                            struct fault *fault) {
    return sql_run(store, fault,
                   "UPDATE subscription SET state = ?1, reason = ?2,"
                   " attempts = CASE ?1 WHEN 'active' THEN 0 ELSE attempts END,"
                   " next_attempt_ms = CASE ?1 WHEN 'active' THEN NULL ELSE next_attempt_ms END"
                   " WHERE id = ?3",
                   "tti", state, reason, (int64_t)id);
}

bool store_move_subscription(struct store *store, uint64_t id, uint64_t position,
                             struct fault *fault) {
    return sql_run(store, fault, "UPDATE subscription SET position = ? WHERE id = ?", "ii",
                   (int64_t)position, (int64_t)id);
}

bool store_add_secret(struct store *store, uint64_t id, const char *secret, struct fault *fault) {
    return sql_run(store, fault, "INSERT INTO secret (subscription, secret) VALUES (?, ?)", "it",
                   (int64_t)id, secret);
}

bool store_forget_secrets(struct store *store, uint64_t id, struct fault *fault) {
    return sql_run(store, fault,
                   "DELETE FROM secret WHERE subscription = ?1 AND id <"
                   " (SELECT max(id) FROM secret WHERE subscription = ?1)",
                   "i", (int64_t)id);
}

bool store_add_resend(struct store *store, uint64_t id, uint64_t first, uint64_t last,
                      struct fault *fault) {
    return sql_run(store, fault, "INSERT INTO resend (subscription, first, last) VALUES (?, ?, ?)",
                   "ioo", (int64_t)id, (int64_t)first, (int64_t)last);
}

/* --- what was delivered ----------------------------------------------------------------------- */

static bool add_delivery(struct store *store, uint64_t id, const Delivery *delivery, bool *added,
                         struct fault *fault) {
    bool run =
        sql_run(store, fault,
                "INSERT INTO delivery (subscription, message_id, first_event, last_event, attempt,"
                " time_ms, took_ms, status, error, next_attempt_ms, resend)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                "itiiiiiotoi", (int64_t)id, delivery->message_id, (int64_t)delivery->first_event,
                (int64_t)delivery->last_event, (int64_t)delivery->attempt,
                (int64_t)delivery->time_ms, (int64_t)delivery->took_ms, (int64_t)delivery->status,
                delivery->error, (int64_t)delivery->next_attempt_ms, (int64_t)delivery->resend);
    *added = run && sqlite3_changes(store->db) > 0;
    return run;
}

/* What of a range was taken is not sent again, should the publishing role die in the middle. */
static bool move_resend(struct store *store, uint64_t id, const Delivery *delivery,
                        struct fault *fault) {
    if (!delivery->has_resend || delivery->error)
        return true;
    return sql_run(store, fault,
                   "UPDATE resend SET first = ?1 + 1"
                   " WHERE subscription = ?2 AND id = ?3 AND first <= ?1 AND last > ?1",
                   "iii", (int64_t)delivery->last_event, (int64_t)id, (int64_t)delivery->resend);
}

static bool add_deliveries(struct store *store, uint64_t id, const DeliveriesMade *made,
                           struct fault *fault) {
    uint64_t delivered = 0, failed = 0;
    for (size_t i = 0; i < made->n_deliveries; i++) {
        bool added;
        if (!add_delivery(store, id, made->deliveries[i], &added, fault))
            return false;
        if (!move_resend(store, id, made->deliveries[i], fault))
            return false;
        delivered += added && !made->deliveries[i]->error;
        failed += added && made->deliveries[i]->error;
    }
    if (delivered + failed == 0)
        return true;
    return sql_run(store, fault,
                   "UPDATE subscription SET delivered = delivered + ?, failed = failed + ?"
                   " WHERE id = ?",
                   "iii", (int64_t)delivered, (int64_t)failed, (int64_t)id) &&
           sql_run(store, fault,
                   "DELETE FROM delivery WHERE subscription = ?1 AND id <="
                   " (SELECT id FROM delivery WHERE subscription = ?1 ORDER BY id DESC"
                   "  LIMIT 1 OFFSET ?2)",
                   "ii", (int64_t)id, (int64_t)DELIVERIES_KEPT);
}

bool store_note_deliveries(struct store *store, uint64_t id, const DeliveriesMade *made,
                           struct fault *fault) {
    if (!add_deliveries(store, id, made, fault))
        return false;
    for (size_t i = 0; i < made->n_resends_done; i++) {
        if (!sql_run(store, fault, "DELETE FROM resend WHERE subscription = ? AND id = ?", "ii",
                     (int64_t)id, (int64_t)made->resends_done[i]))
            return false;
    }
    if (made->has_after &&
        !sql_run(store, fault,
                 "UPDATE subscription SET position = ?1, attempts = 0, next_attempt_ms = NULL"
                 " WHERE id = ?2 AND position < ?1",
                 "ii", (int64_t)made->after, (int64_t)id))
        return false;
    return !made->has_attempts ||
           sql_run(store, fault,
                   "UPDATE subscription SET attempts = ?, next_attempt_ms = ? WHERE id = ?", "ioi",
                   (int64_t)made->attempts,
                   (int64_t)(made->has_next_attempt_ms ? made->next_attempt_ms : 0), (int64_t)id);
}

static Delivery *read_delivery(sqlite3_stmt *row, char *name, struct arena *arena) {
    Delivery *out = arena_alloc(arena, 1, sizeof *out);
    bool fine = true;
    if (!out)
        return NULL;
    mindex__v1__delivery__init(out);
    out->subscription = name;
    out->has_id = true;
    out->id = (uint64_t)sqlite3_column_int64(row, 0);
    out->message_id = sql_text(row, 1, arena, &fine);
    out->first_event = (uint64_t)sqlite3_column_int64(row, 2);
    out->last_event = (uint64_t)sqlite3_column_int64(row, 3);
    out->attempt = (uint32_t)sqlite3_column_int64(row, 4);
    out->time_ms = (uint64_t)sqlite3_column_int64(row, 5);
    out->took_ms = (uint32_t)sqlite3_column_int64(row, 6);
    out->has_status = sqlite3_column_type(row, 7) != SQLITE_NULL;
    out->status = (uint32_t)sqlite3_column_int64(row, 7);
    out->error = sql_text(row, 8, arena, &fine);
    out->has_next_attempt_ms = sqlite3_column_type(row, 9) != SQLITE_NULL;
    out->next_attempt_ms = (uint64_t)sqlite3_column_int64(row, 9);
    out->resend = (uint64_t)sqlite3_column_int64(row, 10);
    out->has_resend = out->resend != 0;
    return fine ? out : NULL;
}

bool store_deliveries(struct store *store, struct arena *arena, uint64_t id, bool failed,
                      uint32_t limit, Delivery ***deliveries, size_t *count, struct fault *fault) {
    *count = 0;
    Delivery **list = arena_alloc(arena, limit, sizeof *list);
    if (!list)
        return fault_memory(fault);
    sqlite3_stmt *rows = sql_query(store, fault,
                                   "SELECT delivery.id, message_id, first_event, last_event,"
                                   " attempt, time_ms, took_ms, status, error,"
                                   " delivery.next_attempt_ms, resend, name"
                                   " FROM delivery JOIN subscription ON subscription.id ="
                                   "  delivery.subscription"
                                   " WHERE delivery.subscription = ?1"
                                   " AND (?2 = 0 OR error IS NOT NULL)"
                                   " ORDER BY delivery.id DESC LIMIT ?3",
                                   "iii", (int64_t)id, (int64_t)failed, (int64_t)limit);
    bool fine = true;
    int row = rows ? 1 : -1;
    while (fine && *count < limit && row == 1 && (row = sql_row(store, rows, fault)) == 1) {
        char *name = sql_text(rows, 11, arena, &fine);
        list[*count] = name ? read_delivery(rows, name, arena) : NULL;
        fine = list[(*count)++] != NULL;
    }
    if (rows)
        (void)sqlite3_reset(rows);
    *deliveries = list;
    return fine ? row >= 0 : fault_memory(fault);
}
