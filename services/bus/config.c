#include "services/bus/config.h"

#include "core/nearest.h"
#include "core/number.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { LINE_ROOM = 1002 }; /* 1000 characters, the line's end and the terminator */

#define AT(field) offsetof(struct config, field)

const struct config_key config_keys[CONFIG_KEYS] = {
    {"hub.lease_seconds", "seconds", 60, 1, 86400,
     "a worker that has not finished a task by then loses it, which counts as a failure",
     AT(hub.lease_seconds)},
    {"hub.worker_silence_ms", "ms", 2500, 500, 600000,
     "a worker that says nothing for so long is taken for dead; it says something five times as "
     "often",
     AT(hub.worker_silence_ms)},
    {"hub.task_attempts", "attempts", 5, 1, 100,
     "a task that has failed so often is set aside ('mindex tasks --failed')",
     AT(hub.task_attempts)},
    {"hub.read_attempts", "attempts", 3, 1, 100,
     "files whose reading has failed so often are refused", AT(hub.read_attempts)},
    {"hub.task_losses", "workers", 10, 1, 1000,
     "a task that so many workers died of is set aside, or its files are refused",
     AT(hub.task_losses)},
    {"hub.retry_ms", "ms", 200, 1, 60000,
     "a task that failed waits so long before it is given out again; doubled each time, up to 10 s",
     AT(hub.retry_ms)},
    {"hub.intake_mib", "MiB", 256, 1, 65536,
     "files that wait to be read, and tasks, all together; more files are asked to come again",
     AT(hub.intake_mib)},
    {"hub.peer_frames", "messages", 8, 1, 1000,
     "that are taken in of each peer before they are handled, and kept for it before it takes them",
     AT(hub.peer_frames)},
    {"hub.waiting_questions", "questions", 10000, 1, 1000000,
     "of subscribers that wait for events at the hub", AT(hub.waiting_questions)},
    {"hub.answer_events", "events", 5000, 1, 100000, "in one answer, at most",
     AT(hub.answer_events)},
    {"hub.batch_jobs", "jobs", 100, 1, 10000, "batch jobs that have not ended, at most",
     AT(hub.batch_jobs)},
    {"hub.subscriptions", "subscriptions", 1000, 0, 10000, "by webhooks, at most",
     AT(hub.subscriptions)},
    {"stream.waiting_questions", "questions", 10000, 1, 1000000,
     "of subscribers that wait for events at the replay endpoint", AT(stream.waiting_questions)},
    {"stream.subscriber_events", "events", 100000, 1000, 10000000,
     "that are kept for a subscriber of the live stream that does not take them; it misses the "
     "rest",
     AT(stream.subscriber_events)},
    {"inbox.retry_seconds", "seconds", 10, 1, 3600,
     "a file that the hub has not answered for so long is handed in again",
     AT(inbox.retry_seconds)},
    {"inbox.pause_seconds", "seconds", 2, 1, 3600,
     "after the hub could not take a file in; doubled each time, up to a minute",
     AT(inbox.pause_seconds)},
};

static uint64_t *value_of(struct config *config, const struct config_key *key) {
    return (uint64_t *)((char *)config + key->at);
}

uint64_t config_value(const struct config *config, const struct config_key *key) {
    return *(const uint64_t *)((const char *)config + key->at);
}

void config_path(const struct places *places, char path[PATH_TEXT + 16]) {
    (void)snprintf(path, PATH_TEXT + 16, "%s/mindex.conf", places->state);
}

void config_init(struct config *config) {
    memset(config, 0, sizeof *config);
    for (size_t i = 0; i < CONFIG_KEYS; i++)
        *value_of(config, &config_keys[i]) = config_keys[i].initial;
}

/* Without the blanks at both ends. */
static char *trim(char *text) {
    while (isspace((unsigned char)*text))
        text++;
    size_t length = strlen(text);
    while (length && isspace((unsigned char)text[length - 1]))
        length--;
    text[length] = '\0';
    return text;
}

static size_t find_key(const char *name) {
    size_t key = 0;
    while (key < CONFIG_KEYS && strcmp(config_keys[key].name, name) != 0)
        key++;
    return key;
}

static void unknown_key(const char *name, struct problem_place place, struct problems *problems) {
    struct nearest near = {.word = name};
    for (size_t i = 0; i < CONFIG_KEYS; i++)
        nearest_offer(&near, config_keys[i].name);
    if (near.best)
        problems_add_at(problems, place, "unknown key",
                        "there is no key '%.100s'; did you mean '%s'?", name, near.best);
    else
        problems_add_at(problems, place, "unknown key",
                        "there is no key '%.100s'; 'mindex config show' lists them", name);
}

static void take_value(struct config *config, size_t at, const char *text,
                       struct problem_place place, struct problems *problems) {
    const struct config_key *key = &config_keys[at];
    unsigned long value = 0;
    if (config->line[at]) {
        problems_add_at(problems, place, "key twice", "%s stands in line %u already", key->name,
                        config->line[at]);
    } else if (!number_whole(text, strlen(text), key->least, key->most, &value)) {
        problems_add_at(problems, place, "wrong value",
                        "%s: found '%.100s', expected a whole number from %llu to %llu (%s)",
                        key->name, text, (unsigned long long)key->least,
                        (unsigned long long)key->most, key->unit);
    } else {
        *value_of(config, key) = value;
    }
    config->line[at] = (uint32_t)place.line;
}

static void take_line(struct config *config, char *line, struct problem_place place,
                      struct problems *problems) {
    line[strcspn(line, "#")] = '\0';
    char *name = trim(line), *equals = strchr(name, '=');
    if (!*name)
        return;
    if (!equals) {
        problems_add_at(problems, place, "no value", "found '%.100s', expected KEY = VALUE", name);
        return;
    }
    *equals = '\0';
    name = trim(name);
    size_t key = find_key(name);
    if (key == CONFIG_KEYS)
        unknown_key(name, place, problems);
    else
        take_value(config, key, trim(equals + 1), place, problems);
}

/* False: it does not end in this line's room, or a NUL stands in it; the file is read no further,
 * for it is hardly one of ours. */
static bool whole_line(const char *line, FILE *file) {
    size_t length = strlen(line);
    return length && (line[length - 1] == '\n' || (feof(file) && length < LINE_ROOM - 1));
}

bool config_read(const char *path, struct config *config, struct problems *problems) {
    config_init(config);
    struct problem_place place = {.file = path};
    FILE *file = fopen(path, "re");
    if (!file && errno == ENOENT)
        return true;
    if (!file)
        return problems_add(problems, path, 0, 0, "cannot be read: %s", strerror(errno));
    char line[LINE_ROOM];
    while (fgets(line, sizeof line, file)) {
        place.line++;
        if (!whole_line(line, file)) {
            problems_add_at(problems, place, "no text",
                            "a line of more than %d characters, or one with a NUL in it; expected "
                            "KEY = VALUE",
                            LINE_ROOM - 2);
            break;
        }
        take_line(config, line, place, problems);
    }
    if (ferror(file))
        problems_add(problems, path, 0, 0, "cannot be read: %s", strerror(errno));
    (void)fclose(file);
    return problems->total == 0;
}
