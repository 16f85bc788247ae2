/* Tasks, editions and the event log. */
#include "services/bus/fields.h"
#include "services/hub/sql.h"

#include <stdlib.h>
#include <string.h>

/* --- tasks ------------------------------------------------------------------------------------ */

bool store_last_task(struct store *store, uint64_t *id, struct fault *fault) {
    return sql_number(store, fault, 0, id, "SELECT seq FROM sqlite_sequence WHERE name = 'task'",
                      "");
}

bool store_add_task(struct store *store, const struct task_row *task, struct fault *fault) {
    return sql_run(store, fault,
                   "INSERT INTO task (id, release, upto, since_ms, work) VALUES (?, ?, ?, ?, ?)",
                   "iooob", (int64_t)task->id, (int64_t)task->release, (int64_t)task->upto,
                   (int64_t)task->since_ms, (const void *)task->work, task->work_length);
}

bool store_end_task(struct store *store, uint64_t id, struct fault *fault) {
    return sql_run(store, fault, "DELETE FROM task WHERE id = ?", "i", (int64_t)id);
}

bool store_fail_task(struct store *store, uint64_t id, uint32_t attempts, const char *reason,
                     uint64_t aside_ms, struct fault *fault) {
    return sql_run(store, fault,
                   "UPDATE task SET attempts = ?, reason = ?, failed = ?,"
                   " since_ms = coalesce(?, since_ms) WHERE id = ?",
                   "itioi", (int64_t)attempts, reason, (int64_t)(aside_ms != 0), (int64_t)aside_ms,
                   (int64_t)id);
}

bool store_retry_task(struct store *store, uint64_t id, uint64_t time_ms, struct fault *fault) {
    return sql_run(store, fault,
                   "UPDATE task SET attempts = 0, failed = 0, since_ms = ? WHERE id = ?", "ii",
                   (int64_t)time_ms, (int64_t)id);
}

static bool read_task(sqlite3_stmt *row, struct arena *arena, struct task_row *out) {
    bool fine = true;
    out->id = (uint64_t)sqlite3_column_int64(row, 0);
    out->release = (uint64_t)sqlite3_column_int64(row, 1);
    out->upto = (uint64_t)sqlite3_column_int64(row, 2);
    out->attempts = (uint32_t)sqlite3_column_int64(row, 3);
    out->failed = sqlite3_column_int(row, 4);
    out->since_ms = (uint64_t)sqlite3_column_int64(row, 5);
    out->reason = sql_text(row, 6, arena, &fine);
    out->work_length = (size_t)sqlite3_column_bytes(row, 7);
    out->work = arena_alloc(arena, out->work_length, 1);
    if (out->work && out->work_length) {
        memcpy(out->work, sqlite3_column_blob(row, 7), out->work_length);
    }
    return fine && out->work;
}

bool store_tasks(struct store *store, struct arena *arena, bool failed, struct task_row **tasks,
                 size_t *count, struct fault *fault) {
    uint64_t total;
    if (!sql_number(store, fault, 0, &total, "SELECT count(*) FROM task WHERE failed = ?", "i",
                    (int64_t)failed)) {
        return false;
    }
    struct task_row *list = arena_alloc(arena, total, sizeof *list);
    sqlite3_stmt *rows = sql_query(store, fault,
                                   "SELECT id, release, upto, attempts, failed, since_ms, reason,"
                                   " work FROM task WHERE failed = ? ORDER BY id",
                                   "i", (int64_t)failed);
    if (!list || !rows)
        return list ? false : fault_memory(fault);
    int row = 0;
    for (*count = 0; *count < total && (row = sql_row(store, rows, fault)) == 1; (*count)++) {
        if (!read_task(rows, arena, &list[*count])) {
            (void)sqlite3_reset(rows);
            return fault_memory(fault);
        }
    }
    (void)sqlite3_reset(rows);
    *tasks = list;
    return row >= 0;
}

/* --- editions --------------------------------------------------------------------------------- */

static bool add_inputs(struct store *store, uint64_t edition, const uint64_t *releases, size_t n,
                       uint64_t upto, struct fault *fault) {
    for (size_t i = 0; i < n; i++) {
        if (!sql_run(store, fault,
                     "INSERT INTO edition_release (edition, dataset, release)"
                     " SELECT ?, dataset, id FROM release WHERE id = ?",
                     "ii", (int64_t)edition, (int64_t)releases[i]))
            return false;
    }
    return n || sql_run(store, fault,
                        "INSERT INTO edition_release (edition, dataset, release)"
                        " SELECT ?, dataset, max(id) FROM release WHERE id <= ? GROUP BY dataset",
                        "ii", (int64_t)edition, (int64_t)upto);
}

bool store_add_edition(struct store *store, const EditionInfo *edition, const uint64_t *releases,
                       size_t n_releases, uint64_t upto, struct fault *fault) {
    return sql_run(store, fault,
                   "INSERT INTO edition (number, time_ms, pack, scores, cause, release, ranked,"
                   " places_moved, changes, first_event, last_event, nature)"
                   " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                   "iitttoiiiiit", (int64_t)edition->number, (int64_t)edition->time_ms,
                   edition->pack, edition->scores, edition->cause, (int64_t)edition->release,
                   (int64_t)edition->ranked, (int64_t)edition->places_moved,
                   (int64_t)edition->changes, (int64_t)edition->first_event,
                   (int64_t)edition->last_event, edition->nature) &&
           add_inputs(store, edition->number, releases, n_releases, upto, fault);
}

bool store_set_comparison(struct store *store, uint64_t edition, const char *hash,
                          struct fault *fault) {
    return sql_run(store, fault, "UPDATE edition SET comparison = ? WHERE number = ?", "ti", hash,
                   (int64_t)edition);
}

bool store_set_published(struct store *store, uint64_t edition, struct fault *fault) {
    return sql_run(store, fault, "UPDATE edition SET published = 1 WHERE number = ?", "i",
                   (int64_t)edition);
}

#define EDITION_COLUMNS                                                                            \
    "SELECT number, edition.time_ms, pack, coalesce(edition.scores, retired.scores, ''), cause,"   \
    " edition.release, dataset, label, ranked, places_moved, changes, comparison, first_event,"    \
    " last_event, nature, retired.time_ms FROM edition"                                            \
    " LEFT JOIN release ON release.id = edition.release"                                           \
    " LEFT JOIN retired ON retired.edition = number "

static EditionInfo *edition_info(sqlite3_stmt *row, struct arena *arena) {
    EditionInfo *out = arena_alloc(arena, 1, sizeof *out);
    bool fine = true;
    if (!out)
        return NULL;
    mindex__v1__edition_info__init(out);
    out->number = (uint64_t)sqlite3_column_int64(row, 0);
    out->time_ms = (uint64_t)sqlite3_column_int64(row, 1);
    out->pack = sql_text(row, 2, arena, &fine);
    out->scores = sql_text(row, 3, arena, &fine);
    out->cause = sql_text(row, 4, arena, &fine);
    out->nature = sql_text(row, 14, arena, &fine);
    out->has_release = sqlite3_column_type(row, 5) != SQLITE_NULL;
    out->release = (uint64_t)sqlite3_column_int64(row, 5);
    out->dataset = sql_text(row, 6, arena, &fine);
    out->label = sql_text(row, 7, arena, &fine);
    out->ranked = (uint32_t)sqlite3_column_int64(row, 8);
    out->places_moved = (uint32_t)sqlite3_column_int64(row, 9);
    out->changes = (uint32_t)sqlite3_column_int64(row, 10);
    out->comparison = sql_text(row, 11, arena, &fine);
    out->has_first_event = out->has_last_event = true;
    out->first_event = (uint64_t)sqlite3_column_int64(row, 12);
    out->last_event = (uint64_t)sqlite3_column_int64(row, 13);
    out->has_retired_ms = sqlite3_column_type(row, 15) != SQLITE_NULL;
    out->retired_ms = (uint64_t)sqlite3_column_int64(row, 15);
    return fine ? out : NULL;
}

bool store_edition(struct store *store, struct arena *arena, uint64_t number, EditionInfo **edition,
                   struct fault *fault) {
    *edition = NULL;
    sqlite3_stmt *found =
        sql_query(store, fault,
                  EDITION_COLUMNS "WHERE number = coalesce(?, (SELECT max(number) FROM edition))",
                  "o", (int64_t)number);
    int row = found ? sql_row(store, found, fault) : -1;
    if (row < 1)
        return row == 0;
    *edition = edition_info(found, arena);
    (void)sqlite3_reset(found);
    return *edition || fault_memory(fault);
}

bool store_editions(struct store *store, struct arena *arena, uint64_t before, uint32_t limit,
                    EditionInfo ***editions, size_t *count, struct fault *fault) {
    EditionInfo **list = arena_alloc(arena, limit, sizeof *list);
    sqlite3_stmt *rows =
        sql_query(store, fault,
                  EDITION_COLUMNS "WHERE ?1 IS NULL OR number < ?1 ORDER BY number DESC LIMIT ?2",
                  "oi", (int64_t)before, (int64_t)limit);
    if (!list || !rows)
        return list ? false : fault_memory(fault);
    int row = 0;
    for (*count = 0; *count < limit && (row = sql_row(store, rows, fault)) == 1; (*count)++) {
        list[*count] = edition_info(rows, arena);
        if (list[*count])
            continue;
        (void)sqlite3_reset(rows);
        return fault_memory(fault);
    }
    (void)sqlite3_reset(rows);
    *editions = list;
    return row >= 0;
}

/* --- events ----------------------------------------------------------------------------------- */

/* How many events one request may search; a filter that matches nothing gets an empty answer that
 * moves it on, so that one subscriber cannot hold the hub up. */
enum { EVENTS_SEARCHED_MAX = 20000, EVENTS_ROOM = 4096 };

/* Numbers of fields in events.proto: an event is written once, and given as it was written. */
enum { EVENT_SEQ = 1, EVENT_TIME = 2, EVENT_TOPICS = 4, EVENTS_EVENTS = 1 };

bool store_newest_event(struct store *store, uint64_t *seq, struct fault *fault) {
    return sql_number(store, fault, 0, seq, "SELECT max(seq) FROM event", "");
}

/* The row's event, if it is a message with this number. */
static bool event_of(sqlite3_stmt *row, int column, uint64_t seq, struct fields *out,
                     struct fault *fault) {
    *out = fields_of(sqlite3_column_blob(row, column), (size_t)sqlite3_column_bytes(row, column));
    struct fields all = *out;
    struct field field;
    uint64_t number = 0;
    while (fields_next(&all, &field)) {
        if (field.number == EVENT_SEQ && field.kind == FIELD_VARINT)
            number = field.value;
    }
    return (!all.broken && number == seq) ||
           fault_set(fault, FAULT_INPUT,
                     "event %llu cannot be read: what is stored is no message of its kind",
                     (unsigned long long)seq);
}

bool store_event_time(struct store *store, uint64_t seq, uint64_t *time_ms, struct fault *fault) {
    struct fields event;
    struct field field;
    *time_ms = 0;
    sqlite3_stmt *found =
        sql_query(store, fault, "SELECT body FROM event WHERE seq = ?", "i", (int64_t)seq);
    int row = found ? sql_row(store, found, fault) : -1;
    if (row == 0)
        return sql_number(store, fault, 0, time_ms,
                          "SELECT through_ms FROM retired WHERE through = ?", "i", (int64_t)seq);
    if (row < 0)
        return false;
    bool read = event_of(found, 0, seq, &event, fault);
    while (read && fields_next(&event, &field)) {
        if (field.number == EVENT_TIME && field.kind == FIELD_VARINT)
            *time_ms = field.value;
    }
    (void)sqlite3_reset(found);
    return read;
}

bool store_add_event(struct store *store, uint64_t seq, const void *bytes, size_t length,
                     struct fault *fault) {
    return sql_run(store, fault, "INSERT INTO event (seq, body) VALUES (?, ?)", "ib", (int64_t)seq,
                   bytes, length);
}

static bool wants_topic(const EventsWanted *wanted, const struct field *topic) {
    for (size_t i = 0; i < wanted->n_topics; i++) {
        size_t length = strlen(wanted->topics[i]);
        if (length <= topic->length && memcmp(wanted->topics[i], topic->bytes, length) == 0)
            return true;
    }
    return false;
}

static bool wants(const EventsWanted *wanted, struct fields event) {
    struct field field;
    bool wants = wanted->n_topics == 0;
    while (!wants && fields_next(&event, &field)) {
        wants = field.number == EVENT_TOPICS && field.kind == FIELD_BYTES &&
                wants_topic(wanted, &field);
    }
    return wants;
}

/* NULL: memory ran out. */
static uint8_t *room_for(struct packed_events *events, size_t more) {
    if (events->room - events->length < more) {
        size_t room = 2 * (events->length + more) + EVENTS_ROOM;
        uint8_t *larger = realloc(events->bytes, room);
        if (!larger)
            return NULL;
        events->bytes = larger;
        events->room = room;
    }
    return events->bytes + events->length;
}

static bool take_event(struct packed_events *events, const struct fields *event) {
    size_t length = (size_t)(event->end - event->at);
    uint8_t *to = room_for(events, FIELD_HEAD_MAX + length);
    if (!to)
        return false;
    size_t head = field_head(EVENTS_EVENTS, length, to);
    memcpy(to + head, event->at, length);
    events->length += head + length;
    events->count++;
    return true;
}

bool store_events(struct store *store, const EventsWanted *wanted, uint32_t limit,
                  struct packed_events *events, struct fault *fault) {
    events->through = wanted->after;
    sqlite3_stmt *rows =
        sql_query(store, fault, "SELECT seq, body FROM event WHERE seq > ? ORDER BY seq LIMIT ?",
                  "ii", (int64_t)wanted->after, (int64_t)EVENTS_SEARCHED_MAX);
    bool fine = rows != NULL;
    int row = 0;
    while (fine && events->count < limit && (row = sql_row(store, rows, fault)) == 1) {
        struct fields event;
        uint64_t seq = (uint64_t)sqlite3_column_int64(rows, 0);
        fine = event_of(rows, 1, seq, &event, fault);
        if (fine && wants(wanted, event))
            fine = take_event(events, &event) || fault_memory(fault);
        if (fine)
            events->through = seq;
    }
    if (rows)
        (void)sqlite3_reset(rows);
    return fine && row >= 0;
}
