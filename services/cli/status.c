/* The state of the service, for somebody who was woken by it: first what needs attention and what
 * to do about it, then the facts. */
#include "services/cli/status.h"

#include "services/bus/clock.h"
#include "services/bus/instant.h"
#include "services/cli/colour.h"
#include "services/cli/session.h"

#include <string.h>

static void say_concerns(const struct concerns *concerns) {
    const char *end = colour(stdout, COLOUR_NONE);
    if (concerns->n == 0) {
        printf("%sNothing needs attention.%s\n", colour(stdout, COLOUR_GOOD), end);
        return;
    }
    printf("%sNeeds attention:%s\n", colour(stdout, COLOUR_WARNING), end);
    for (size_t i = 0; i < concerns->n; i++)
        printf("  - %s\n", concerns->text[i]);
}

static void say_database(const StatusReport *status) {
    char size[AMOUNT_TEXT], left[AMOUNT_TEXT], all[AMOUNT_TEXT];
    printf("database  %s", status->database);
    if (status->has_database_bytes)
        printf(", %s", status_bytes(status->database_bytes, size));
    if (status->has_disk_free_bytes)
        printf("; %s free of %s", status_bytes(status->disk_free_bytes, left),
               status_bytes(status->disk_size_bytes, all));
    printf("\n");
}

static void say_releases(const StatusReport *status) {
    const ReleaseInfo *last = status->last_release;
    char when[INSTANT_TEXT];
    printf("releases  %llu", (unsigned long long)status->releases);
    if (last)
        printf(", the last %llu of %s, '%s', at %s", (unsigned long long)last->release,
               last->dataset, last->label, instant_write(last->time_ms, when));
    if (last && last->request_id)
        printf(" (request %s)", last->request_id);
    printf("\neditions  %llu", (unsigned long long)status->editions);
    if (status->has_newest_edition_ms)
        printf(", the newest at %s", instant_write(status->newest_edition_ms, when));
    printf(", files complete up to %llu\nevents    %llu\n", (unsigned long long)status->published,
           (unsigned long long)status->newest_event);
}

static void say_error(const StatusReport *status) {
    const ErrorStatus *last = status->last_error;
    char when[INSTANT_TEXT];
    if (!status->has_errors)
        return; /* a hub of version 0.1.0 */
    if (!last) {
        printf("error     none since the hub's start\n");
        return;
    }
    printf("error     the last at %s, %s: %s", instant_write(last->time_ms, when), last->role,
           last->text);
    if (last->request_id)
        printf(" (request %s)", last->request_id);
    printf("\n");
}

static void say_status(const StatusReport *status, const struct concerns *concerns) {
    char up[AMOUNT_TEXT];
    printf("%s%s%s\n", colour(stdout, COLOUR_HEADING),
           status->index ? status->index : "no pack is loaded yet: 'mindex load FOLDER'",
           colour(stdout, COLOUR_NONE));
    say_concerns(concerns);
    printf("\nhub       version %s, up %s", status->build, status_duration(status->uptime_ms, up));
    if (status->has_protocol)
        printf(", worker protocol %u to %u", status->protocol_least, status->protocol);
    printf("\n");
    say_database(status);
    say_releases(status);
    if (status->has_inbox_waiting)
        printf("inbox     %u waiting, %u rejected\n", status->inbox_waiting,
               status->inbox_rejected);
    say_error(status);
    if (status->jobs)
        printf("batch jobs: %u not ended, %llu items to do ('mindex batch list')\n", status->jobs,
               (unsigned long long)status->jobs_items_left);
}

/* --- tables ----------------------------------------------------------------------------------- */

static size_t at_work(const StatusReport *status, const char *role) {
    size_t count = 0;
    for (size_t i = 0; i < status->n_workers; i++)
        count += !status->workers[i]->refused && strcmp(status->workers[i]->role, role) == 0;
    return count;
}

static struct table *roles_table(const StatusReport *status) {
    static const char *const headings[] = {"tasks of", "workers", "ready",     "in hand",
                                           "held",     "oldest",  "set aside", "errors"};
    struct table *table = table_new(8, headings, headings);
    for (size_t i = 0; table && i < status->n_roles; i++) {
        const RoleStatus *role = status->roles[i];
        char oldest[AMOUNT_TEXT];
        table_text(table, role->role);
        table_count(table, at_work(status, role->role));
        table_count(table, role->ready);
        table_count(table, role->leased);
        table_count(table, role->held);
        table_text(table, role->has_oldest_ms ? status_duration(role->oldest_ms, oldest) : NULL);
        table_count(table, role->failed);
        if (role->has_errors)
            table_count(table, role->errors);
        else
            table_missing(table);
    }
    return table;
}

static struct table *workers_table(const StatusReport *status) {
    static const char *const headings[] = {"role",    "worker", "version", "protocol",
                                           "in hand", "done",   "silent",  "state"};
    struct table *table = table_new(8, headings, headings);
    for (size_t i = 0; table && i < status->n_workers; i++) {
        const WorkerStatus *worker = status->workers[i];
        char silent[AMOUNT_TEXT];
        table_text(table, worker->role);
        table_text(table, worker->name);
        table_text(table, worker->build);
        if (worker->has_protocol)
            table_count(table, worker->protocol);
        else
            table_missing(table);
        table_count(table, worker->leases);
        table_count(table, worker->done);
        table_text(table, status_duration(worker->silent_ms, silent));
        table_text(table, worker->refused ? "refused" : "at work");
    }
    return table;
}

static struct table *subscribers_table(const StatusReport *status) {
    static const char *const headings[] = {"channel",  "subscriber", "behind", "event",
                                           "failures", "state",      "since"};
    struct table *table = table_new(7, headings, headings);
    for (size_t i = 0; table && i < status->n_subscribers; i++) {
        const SubscriberStatus *one = status->subscribers[i];
        table_text(table, one->kind);
        table_text(table, one->name);
        table_count(table, one->lag);
        table_count(table, one->after);
        table_count(table, one->attempts);
        table_text(table, one->state);
        if (one->has_since_ms)
            table_instant(table, one->since_ms);
        else
            table_missing(table);
    }
    return table;
}

static int say_tables(const struct command_line *line, const StatusReport *status) {
    struct table *tables[] = {status->n_roles ? roles_table(status) : NULL, workers_table(status),
                              status->n_subscribers ? subscribers_table(status) : NULL};
    const bool wanted[] = {status->n_roles, true, status->n_subscribers};
    int result = EXIT_OK;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        if (!wanted[i])
            continue;
        printf("\n");
        int printed = command_print(line, &tables[i]);
        result = result == EXIT_OK ? printed : result;
    }
    uint32_t more = status->subscribers_total > status->n_subscribers
                        ? status->subscribers_total - (uint32_t)status->n_subscribers
                        : 0;
    if (more)
        printf("%s%u subscriber%s%s\n", status->n_subscribers ? "... and " : "\n", more,
               more == 1 ? "" : "s",
               status->n_subscribers ? " more, less behind, paused or disabled"
                                     : ", of whom a reader is not told");
    return result;
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
    struct concerns concerns;
    if (answer)
        status_concerns(answer->status, clock_wall_ms(), &concerns);
    if (answer && line->format == FORMAT_JSON) {
        status = status_print_json(answer->status, &concerns);
    } else if (answer) {
        say_status(answer->status, &concerns);
        status = say_tables(line, answer->status);
    }
    wire_free(&answer);
    session_close(&session);
    return status;
}
