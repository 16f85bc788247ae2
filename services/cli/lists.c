/* Editions. */
#include "services/cli/session.h"

#include <stdlib.h>

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
    if (edition->has_retired_ms)
        table_instant(table, edition->retired_ms);
    else
        table_missing(table);
}

int editions_command(const struct command_line *line) {
    static const char *const keys[] = {
        "edition",      "time",    "cause",       "nature",     "dataset", "label",  "ranked",
        "places_moved", "changes", "first_event", "last_event", "hash",    "retired"};
    static const char *const headings[] = {"edition", "time",   "cause",  NULL,      "dataset",
                                           "label",   "ranked", "moved",  "changes", NULL,
                                           NULL,      NULL,     "retired"};
    struct session session;
    int status = session_open(&session, line);
    if (status != EXIT_OK)
        return status;
    Mindex__V1__EditionsWanted wanted;
    Message question = client_editions_question(
        &wanted, 0, line->top < UINT32_MAX ? (uint32_t)line->top : UINT32_MAX);
    Message *answer = session_ask(&session, &question, MINDEX__V1__MESSAGE__BODY_EDITIONS, &status);
    if (answer) {
        struct table *table = table_new(13, keys, headings);
        for (size_t i = 0; table && i < answer->editions->n_editions; i++) {
            add_edition(table, answer->editions->editions[i]);
        }
        status = command_print(line, &table);
    }
    wire_free(&answer);
    session_close(&session);
    return status;
}
