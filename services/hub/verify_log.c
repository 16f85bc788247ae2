/* The event log, and the tasks that wait. */
#include "services/hub/verify_parts.h"

#include <string.h>

/* --- events ----------------------------------------------------------------------------------- */

static const char *type_of(const Event *event) {
    switch (event->body_case) {
    case MINDEX__V1__EVENT__BODY_RELEASE_ACCEPTED:
        return "release.accepted";
    case MINDEX__V1__EVENT__BODY_RELEASE_WITHDRAWN:
        return "release.withdrawn";
    case MINDEX__V1__EVENT__BODY_EDITION_SCORED:
        return "edition.scored";
    case MINDEX__V1__EVENT__BODY_RANK_CHANGED:
        return "rank.changed";
    case MINDEX__V1__EVENT__BODY_SPEND_COMPARED:
        return "spend.compared";
    case MINDEX__V1__EVENT__BODY_EDITION_PUBLISHED:
        return "edition.published";
    default:
        return "";
    }
}

static void check_release_event(struct verifying *v, const Event *event) {
    bool accepted = event->body_case == MINDEX__V1__EVENT__BODY_RELEASE_ACCEPTED;
    uint64_t id = accepted ? event->release_accepted->release : event->release_withdrawn->release;
    const char *hash =
        accepted ? event->release_accepted->file_hash : event->release_withdrawn->file_hash;
    struct known_release *release = verify_release(v, id);
    if (!release || strcmp(release->file_hash, hash) != 0) {
        verify_problem(v, "event %llu: it tells of release %llu, which is %s",
                       (unsigned long long)event->seq, (unsigned long long)id,
                       release ? "another file" : "not there");
    } else if (accepted) {
        release->accepted++;
    } else {
        release->withdrawn++;
    }
}

/* What an edition's own transaction told has numbers in the edition's range. */
static void check_edition_event(struct verifying *v, const Event *event) {
    struct told *told;
    const EditionInfo *edition = verify_edition(v, event->edition, &told);
    if (!edition) {
        verify_problem(v, "event %llu: it tells of edition %llu, which is not there",
                       (unsigned long long)event->seq, (unsigned long long)event->edition);
        return;
    }
    bool scored = event->body_case == MINDEX__V1__EVENT__BODY_EDITION_SCORED;
    bool change = event->body_case == MINDEX__V1__EVENT__BODY_RANK_CHANGED;
    told->scored += scored;
    told->changes += change;
    told->compared += event->body_case == MINDEX__V1__EVENT__BODY_SPEND_COMPARED;
    told->published += event->body_case == MINDEX__V1__EVENT__BODY_EDITION_PUBLISHED;
    bool within = event->seq >= edition->first_event && event->seq <= edition->last_event;
    if (within != (scored || change) || scored != (event->seq == edition->first_event))
        verify_problem(
            v, "event %llu (%s): edition %llu says that its own are %llu to %llu",
            (unsigned long long)event->seq, event->type, (unsigned long long)edition->number,
            (unsigned long long)edition->first_event, (unsigned long long)edition->last_event);
    if (scored && strcmp(event->edition_scored->hash, edition->scores) != 0)
        verify_problem(v, "event %llu: edition %llu has other scores than it tells of",
                       (unsigned long long)event->seq, (unsigned long long)edition->number);
}

static void check_event(struct verifying *v, uint64_t number, const Event *event) {
    if (event->seq != number) {
        verify_problem(v, "event %llu: it says that it is event %llu", (unsigned long long)number,
                       (unsigned long long)event->seq);
    } else if (strcmp(event->type, type_of(event)) != 0 || event->n_topics == 0) {
        verify_problem(v, "event %llu: its type, '%.60s', is not that of its content",
                       (unsigned long long)number, event->type);
    } else if (event->has_edition) {
        check_edition_event(v, event);
    } else if (event->body_case == MINDEX__V1__EVENT__BODY_RELEASE_ACCEPTED ||
               event->body_case == MINDEX__V1__EVENT__BODY_RELEASE_WITHDRAWN) {
        check_release_event(v, event);
    } else {
        verify_problem(v, "event %llu: it names no edition", (unsigned long long)number);
    }
}

/* Releases came into force in the order of their turns, and were told of in this order: from this
 * turn on the log that is kept tells of each. */
static uint64_t first_turn_told(const struct verifying *v) {
    uint64_t first = v->n_retired ? UINT64_MAX : 0;
    for (size_t i = 0; v->n_retired && i < v->n_releases; i++) {
        if (v->releases[i].accepted && v->releases[i].turn && v->releases[i].turn < first)
            first = v->releases[i].turn;
    }
    return first;
}

/* Nobody may have been left untold. */
static void check_told_releases(struct verifying *v) {
    uint64_t first = first_turn_told(v);
    for (size_t i = 0; i < v->n_releases; i++) {
        const struct known_release *of = &v->releases[i];
        if (of->turn < first)
            continue;
        if (of->turn && !of->accepted)
            verify_problem(v, "release %llu came into force, and no event tells of it",
                           (unsigned long long)of->id);
        if (of->turn && of->withdrawn_ms && !of->withdrawn)
            verify_problem(v, "release %llu was withdrawn, and no event tells of it",
                           (unsigned long long)of->id);
    }
}

void verify_events(struct verifying *v) {
    struct fault fault = {0};
    uint64_t total;
    verify_begin(v, "events", "events");
    if (!sql_number(v->store, &fault, 0, &total, "SELECT count(*) FROM event", "") ||
        !store_oldest_event(v->store, &v->out->oldest_event, &fault)) {
        verify_stop(v, &fault);
        return;
    }
    uint64_t last = v->out->oldest_event - 1;
    sqlite3_stmt *rows =
        sql_query(v->store, &fault, "SELECT seq, body FROM event ORDER BY seq", "");
    int row = rows ? 1 : -1;
    while (row == 1 && (row = sql_row(v->store, rows, &fault)) == 1) {
        uint64_t number = (uint64_t)sqlite3_column_int64(rows, 0);
        if (number != last + 1)
            verify_problem(v, "after event %llu comes event %llu", (unsigned long long)last,
                           (unsigned long long)number);
        last = number;
        Event *event = mindex__v1__event__unpack(NULL, (size_t)sqlite3_column_bytes(rows, 1),
                                                 sqlite3_column_blob(rows, 1));
        if (event)
            check_event(v, number, event);
        else
            verify_problem(v, "event %llu cannot be read", (unsigned long long)number);
        if (event)
            mindex__v1__event__free_unpacked(event, NULL);
        verify_count(v, total);
    }
    if (row < 0)
        verify_stop(v, &fault);
    else
        check_told_releases(v);
    v->out->newest_event = last;
}

/* --- tasks ------------------------------------------------------------------------------------ */

static void check_blob(struct verifying *v, uint64_t task, const char *hash) {
    struct fault fault = {0};
    uint64_t found = 1;
    if (hash && !sql_number(v->store, &fault, 0, &found, "SELECT count(*) FROM blob WHERE hash = ?",
                            "t", hash))
        verify_stop(v, &fault);
    if (!found)
        verify_problem(v, "task %llu needs blob %.64s, which is not there",
                       (unsigned long long)task, hash);
}

static void check_inputs_of(struct verifying *v, uint64_t task, Input *const *inputs, size_t n) {
    for (size_t i = 0; i < n; i++)
        check_blob(v, task, inputs[i]->observations);
}

static void check_edition_of(struct verifying *v, uint64_t task, uint64_t number) {
    struct told *told;
    if (verify_edition(v, number, &told))
        told->waits = true;
    else
        verify_problem(v, "task %llu is about edition %llu, which is not there",
                       (unsigned long long)task, (unsigned long long)number);
}

static void check_work(struct verifying *v, uint64_t id, const Task *work) {
    if (work->task != id)
        verify_problem(v, "task %llu: it says that it is task %llu", (unsigned long long)id,
                       (unsigned long long)work->task);
    if (work->work_case == MINDEX__V1__TASK__WORK_SCORE) {
        check_blob(v, id, work->score->pack);
        check_blob(v, id, work->score->before_pack);
        check_inputs_of(v, id, work->score->inputs, work->score->n_inputs);
        check_inputs_of(v, id, work->score->before, work->score->n_before);
    } else if (work->work_case == MINDEX__V1__TASK__WORK_COMPARE) {
        check_edition_of(v, id, work->compare->edition);
        check_blob(v, id, work->compare->pack);
        check_blob(v, id, work->compare->scores);
    } else if (work->work_case == MINDEX__V1__TASK__WORK_PUBLISH) {
        check_edition_of(v, id, work->publish->edition);
        check_blob(v, id, work->publish->scores);
        check_blob(v, id, work->publish->comparison);
    } else {
        verify_problem(v, "task %llu is of no kind that is stored", (unsigned long long)id);
    }
}

/* How many scorings are ordered. */
static uint64_t check_tasks(struct verifying *v, struct fault *fault) {
    uint64_t scorings = 0;
    sqlite3_stmt *rows = sql_query(v->store, fault, "SELECT id, work FROM task ORDER BY id", "");
    int row = rows ? 1 : -1;
    while (row == 1 && (row = sql_row(v->store, rows, fault)) == 1) {
        uint64_t id = (uint64_t)sqlite3_column_int64(rows, 0);
        Task *work = mindex__v1__task__unpack(NULL, (size_t)sqlite3_column_bytes(rows, 1),
                                              sqlite3_column_blob(rows, 1));
        if (work) {
            check_work(v, id, work);
            scorings += work->work_case == MINDEX__V1__TASK__WORK_SCORE;
            mindex__v1__task__free_unpacked(work, NULL);
        } else {
            verify_problem(v, "task %llu cannot be read", (unsigned long long)id);
        }
        v->check->checked++;
    }
    if (row < 0)
        verify_stop(v, fault);
    return scorings;
}

/* Whether the newest edition is of the pack and the releases that are in force. */
static bool is_current(struct verifying *v, bool *current, struct fault *fault) {
    char pack[HASH_TEXT];
    uint64_t differ;
    if (!store_pack(v->store, pack, fault))
        return false;
    const EditionInfo *newest = v->n_editions ? v->editions[v->n_editions - 1] : NULL;
    if (!newest || !pack[0]) {
        *current = !newest && !pack[0];
        return true;
    }
    if (!sql_number(v->store, fault, 0, &differ,
                    "SELECT (SELECT count(*) FROM edition_release WHERE edition = ?1 AND release"
                    "  NOT IN (SELECT id FROM in_force)) +"
                    " (SELECT count(*) FROM in_force WHERE id NOT IN"
                    "  (SELECT release FROM edition_release WHERE edition = ?1))",
                    "i", (int64_t)newest->number))
        return false;
    *current = differ == 0 && strcmp(newest->pack, pack) == 0;
    return true;
}

void verify_tasks(struct verifying *v) {
    struct fault fault = {0};
    bool current;
    verify_begin(v, "tasks", "tasks that wait or were set aside");
    uint64_t scorings = check_tasks(v, &fault);
    if (!is_current(v, &current, &fault))
        verify_stop(v, &fault);
    else if (!current && !scorings)
        verify_problem(v, "what is in force is not what the newest edition was scored from, and "
                          "no scoring is ordered");
}
