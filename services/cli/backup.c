/* A copy of the database made while a hub works on it, and put back. */
#include "services/hub/backup.h"

#include "services/cli/command.h"
#include "services/cli/owner.h"

#include <stdlib.h>

/* The whole path, as people will look for it later, from another folder. */
static void say_path(const char *said, const char *path) {
    char *whole = realpath(path, NULL);
    printf("%s %s\n", said, whole ? whole : path);
    free(whole);
}

int backup_command(const struct command_line *line) {
    struct fault fault = {0};
    uint64_t subscriptions;
    if (line->n_arguments != 1)
        return command_failed(EXIT_USAGE, "one file to write");
    if (!backup_make(line->places.database, line->arguments[0], &subscriptions, &fault))
        return command_failed(EXIT_FAILED, "%s", fault.text);
    say_path("copied and checked:", line->arguments[0]);
    if (subscriptions)
        printf("It has the secrets of %llu subscription%s: keep it where only this user can read "
               "it.\n",
               (unsigned long long)subscriptions, subscriptions == 1 ? "" : "s");
    return EXIT_OK;
}

int restore_command(const struct command_line *line) {
    struct fault fault = {0};
    struct restored restored;
    if (line->n_arguments != 1)
        return command_failed(EXIT_USAGE, "one file to restore from");
    if (!owner_may_write(&line->places))
        return EXIT_FAILED;
    if (!restore_make(line->arguments[0], &line->places, line->replace, &restored, &fault))
        return command_failed(EXIT_FAILED, "%s", fault.text);
    printf("checked and restored: %s, up to edition %llu and event %llu\n", line->places.database,
           (unsigned long long)restored.newest_edition, (unsigned long long)restored.newest_event);
    if (restored.aside[0])
        printf("the database that was there: %s\n", restored.aside);
    if (restored.editions[0])
        printf("files of editions that it does not have: %s\n", restored.editions);
    printf("What was handed in after the copy was made must be handed in again (the inbox keeps\n"
           "it in %s). Subscribers that have events after %llu must begin\n"
           "after %llu again.\n",
           line->places.accepted, (unsigned long long)restored.newest_event,
           (unsigned long long)restored.newest_event);
    if (restored.subscriptions)
        printf("%llu subscription%s go%s on from where %s when the copy was made: receivers get "
               "again what\nthey got since, under the same ids where the log has the same events."
               "\n",
               (unsigned long long)restored.subscriptions, restored.subscriptions == 1 ? "" : "s",
               restored.subscriptions == 1 ? "es" : "",
               restored.subscriptions == 1 ? "it was" : "they were");
    return EXIT_OK;
}
