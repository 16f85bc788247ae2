/* Subscriptions: what they are of, how far they are, and what is on record of their deliveries. */
#include "services/bus/filter.h"
#include "services/hub/check.h"
#include "services/hub/verify_parts.h"

#include <string.h>

static const char *text_at(sqlite3_stmt *row, int at) {
    const char *text = (const char *)sqlite3_column_text(row, at);
    return text ? text : "";
}

/* What a hub would not have taken; its secrets are those that a hub makes. */
static void check_one(struct verifying *v, sqlite3_stmt *row) {
    struct fault fault = {0};
    Subscription of = MINDEX__V1__SUBSCRIPTION__INIT;
    of.name = (char *)text_at(row, 0);
    of.url = (char *)text_at(row, 1);
    of.filter = mindex__v1__filter__unpack(NULL, (size_t)sqlite3_column_bytes(row, 2),
                                           sqlite3_column_blob(row, 2));
    if (!of.filter)
        verify_problem(v, "subscription '%s': its filter cannot be read", of.name);
    else if (!check_subscription(&of, &fault))
        verify_problem(v, "subscription '%s': %s", of.name, fault.text);
    if (of.filter)
        mindex__v1__filter__free_unpacked(of.filter, NULL);
    if (sqlite3_column_int64(row, 4) == 0)
        verify_problem(v, "subscription '%s': it has no secret to sign with", of.name);
    if (sqlite3_column_int64(row, 5) > 0)
        verify_problem(v, "subscription '%s': it has a secret that is none", of.name);
}

static void check_position(struct verifying *v, sqlite3_stmt *row) {
    unsigned long long newest = v->out->newest_event;
    unsigned long long oldest = v->out->oldest_event;
    long long position = sqlite3_column_int64(row, 3);
    const char *name = text_at(row, 0);
    if (position >= 0 && (unsigned long long)position + 1 < oldest)
        verify_problem(v, "subscription '%s' is at event %lld, and the log begins with event %llu",
                       name, position, oldest);
    if (position < 0 || (unsigned long long)position > newest)
        verify_problem(v, "subscription '%s' is at event %lld, and the log ends at %llu", name,
                       position, newest);
    if (sqlite3_column_int64(row, 6) > 0)
        verify_problem(v,
                       "subscription '%s': events are to be sent again that the log (%llu to %llu) "
                       "does not have",
                       name, oldest, newest);
    if (sqlite3_column_int64(row, 7) > 0)
        verify_problem(v,
                       "subscription '%s': deliveries are on record of events that the log (1 to "
                       "%llu) does not have",
                       name, newest);
    if (sqlite3_column_int64(row, 8) > sqlite3_column_int64(row, 9))
        verify_problem(v, "subscription '%s': %lld deliveries are on record, and it counts %lld",
                       name, (long long)sqlite3_column_int64(row, 8),
                       (long long)sqlite3_column_int64(row, 9));
}

void verify_subscriptions(struct verifying *v) {
    struct fault fault = {0};
    verify_begin(v, "subscriptions", "subscriptions");
    sqlite3_stmt *rows =
        sql_query(v->store, &fault,
                  "SELECT name, url, filter, position,"
                  " (SELECT count(*) FROM secret WHERE subscription = of.id),"
                  " (SELECT count(*) FROM secret WHERE subscription = of.id"
                  "  AND secret NOT GLOB 'whsec_[A-Za-z0-9+/]*'),"
                  " (SELECT count(*) FROM resend WHERE subscription = of.id"
                  "  AND (first < ?2 OR first > last OR last > ?1)),"
                  " (SELECT count(*) FROM delivery WHERE subscription = of.id"
                  "  AND (first_event < 0 OR first_event > last_event OR last_event > ?1)),"
                  " (SELECT count(*) FROM delivery WHERE subscription = of.id), delivered + failed"
                  " FROM subscription AS of ORDER BY name",
                  "ii", (int64_t)v->out->newest_event, (int64_t)v->out->oldest_event);
    int row = rows ? 1 : -1;
    while (row == 1 && (row = sql_row(v->store, rows, &fault)) == 1) {
        check_one(v, rows);
        check_position(v, rows);
        v->check->checked++;
    }
    v->out->subscriptions = v->check->checked;
    if (row < 0)
        verify_stop(v, &fault);
}
