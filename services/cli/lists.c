/* Editions and the state of the service. */
#include "services/bus/instant.h"
#include "services/cli/session.h"

#include <jansson.h>
#include <stdlib.h>

/* --- editions --------------------------------------------------------------------------------- */

static void add_edition(struct table *table, const EditionInfo *edition) {
    table_count(table, edition->number);
    table_instant(table, edition->time_ms);
    table_text(table, edition->cause);
    table_text(table, edition->nature);
    table_text(table, edition->dataset);
    table_text(table, edition->label);
    table_count(table, edition->ranked);
    table_count(table, edition->places_moved);
    table_count(table, edition->changes);
    table_count(table, edition->first_event);
    table_count(table, edition->last_event);
    table_text(table, edition->scores);
}

int editions_command(const struct command_line *line) {
    static const char *const keys[] = {"edition", "time",        "cause",      "nature",
                                       "dataset", "label",       "ranked",     "places_moved",
                                       "changes", "first_event", "last_event", "hash"};
    static const char *const headings[] = {"edition", "time",  "cause",   NULL, "dataset", "label",
                                           "ranked",  "moved", "changes", NULL, NULL,      NULL};
    struct session session;
    int status = session_open(&session, line);
    if (status != EXIT_OK)
        return status;
    Mindex__V1__EditionsWanted wanted = MINDEX__V1__EDITIONS_WANTED__INIT;
    wanted.has_limit = line->top > 0;
    wanted.limit = line->top < UINT32_MAX ? (uint32_t)line->top : UINT32_MAX;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_EDITIONS_WANTED;
    question.editions_wanted = &wanted;
    Message *answer = session_ask(&session, &question, MINDEX__V1__MESSAGE__BODY_EDITIONS, &status);
    if (answer) {
        struct table *table = table_new(12, keys, headings);
        for (size_t i = 0; table && i < answer->editions->n_editions; i++) {
            add_edition(table, answer->editions->editions[i]);
        }
        status = command_print(line, &table);
    }
    wire_free(&answer);
    session_close(&session);
    return status;
}

/* --- status ----------------------------------------------------------------------------------- */

static void say_status(const StatusReport *status) {
    printf("%s\n", status->index ? status->index : "no pack is loaded yet: 'mindex load FOLDER'");
    printf("hub %s, up %llu s, database %s\n", status->build,
           (unsigned long long)(status->uptime_ms / 1000), status->database);
    printf("%llu releases, %llu editions (files complete up to %llu), newest event %llu\n",
           (unsigned long long)status->releases, (unsigned long long)status->editions,
           (unsigned long long)status->published, (unsigned long long)status->newest_event);
    if (status->cannot_write) {
        char since[INSTANT_TEXT];
        printf("the database cannot be written since %s: %s\nnothing is taken in until it can\n",
               instant_write(status->cannot_write_since_ms, since), status->cannot_write);
    }
    printf("tasks: %u ready, %u in hand, %u set aside\n", status->tasks_ready, status->tasks_leased,
           status->tasks_failed);
    if (status->jobs)
        printf("batch jobs: %u not ended, %llu items to do ('mindex batch list')\n", status->jobs,
               (unsigned long long)status->jobs_items_left);
    if (status->subscriptions)
        printf("subscriptions: %u active ('mindex subscribe list')\n", status->subscriptions);
    printf("\n");
}

static struct table *workers_table(const StatusReport *status) {
    static const char *const keys[] = {"role", "name", "build", "in_hand", "done", "silent_ms"};
    static const char *const headings[] = {"role",    "worker", "version",
                                           "in hand", "done",   "silent ms"};
    struct table *table = table_new(6, keys, headings);
    for (size_t i = 0; table && i < status->n_workers; i++) {
        const WorkerStatus *worker = status->workers[i];
        table_text(table, worker->role);
        table_text(table, worker->name);
        table_text(table, worker->build);
        table_count(table, worker->leases);
        table_count(table, worker->done);
        table_count(table, worker->silent_ms);
    }
    return table;
}

static int print_status_json(const StatusReport *status) {
    json_t *out = json_pack(
        "{s:s, s:I, s:s, s:s?, s:I, s:I, s:I, s:I, s:i, s:i, s:i, s:i, s:I, s:I, s:i, s:[]}",
        "build", status->build, "uptime_ms", (json_int_t)status->uptime_ms, "database",
        status->database, "index", status->index, "releases", (json_int_t)status->releases,
        "editions", (json_int_t)status->editions, "published", (json_int_t)status->published,
        "newest_event", (json_int_t)status->newest_event, "tasks_ready", (int)status->tasks_ready,
        "tasks_leased", (int)status->tasks_leased, "tasks_failed", (int)status->tasks_failed,
        "jobs", (int)status->jobs, "jobs_items_left", (json_int_t)status->jobs_items_left,
        "jobs_left_ms", (json_int_t)status->jobs_left_ms, "subscriptions",
        (int)status->subscriptions, "workers");
    if (status->cannot_write) {
        char since[INSTANT_TEXT];
        instant_write(status->cannot_write_since_ms, since);
        (void)json_object_set_new(out, "cannot_write", json_string(status->cannot_write));
        (void)json_object_set_new(out, "cannot_write_since", json_string(since));
    }
    json_t *workers = json_object_get(out, "workers");
    for (size_t i = 0; workers && i < status->n_workers; i++) {
        const WorkerStatus *worker = status->workers[i];
        (void)json_array_append_new(
            workers,
            json_pack("{s:s, s:s, s:s, s:i, s:I, s:I}", "role", worker->role, "name", worker->name,
                      "build", worker->build, "in_hand", (int)worker->leases, "done",
                      (json_int_t)worker->done, "silent_ms", (json_int_t)worker->silent_ms));
    }
    bool printed = out && json_dumpf(out, stdout, JSON_INDENT(2)) == 0 && puts("") >= 0;
    json_decref(out);
    return printed ? EXIT_OK : command_failed(EXIT_FAILED, "the status cannot be written");
}

int status_command(const struct command_line *line) {
    struct session session;
    int status = session_open(&session, line);
    if (status != EXIT_OK)
        return status;
    Mindex__V1__StatusWanted wanted = MINDEX__V1__STATUS_WANTED__INIT;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_STATUS_WANTED;
    question.status_wanted = &wanted;
    Message *answer = session_ask(&session, &question, MINDEX__V1__MESSAGE__BODY_STATUS, &status);
    if (answer && line->format == FORMAT_JSON) {
        status = print_status_json(answer->status);
    } else if (answer) {
        say_status(answer->status);
        struct table *table = workers_table(answer->status);
        status = command_print(line, &table);
    }
    wire_free(&answer);
    session_close(&session);
    return status;
}
