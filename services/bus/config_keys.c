/* The table of keys, and what a value must be. */
#include "services/bus/config.h"

#include "core/nearest.h"
#include "core/number.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static bool check_endpoint(const char *text, struct fault *fault) {
    /* What it leads to is seen later. */
    if (strstr(text, "://"))
        return true;
    return fault_set(fault, FAULT_INPUT, "takes ipc://PATH or tcp://ADDRESS:PORT, found '%s'",
                     text);
}

static bool check_listen(const char *text, struct fault *fault) {
    char last[ENDPOINT_TEXT];
    return endpoint_door(last, text, DOOR_EVENTS, fault);
}

static bool check_http(const char *text, struct fault *fault) {
    struct sockaddr_storage address;
    return endpoint_http(text, &address, fault);
}

static bool check_names(const char *text, struct fault *fault) {
    char list[HTTP_NAMES_TEXT];
    const char *names[HTTP_NAMES_MAX];
    size_t n_names;
    (void)snprintf(list, sizeof list, "%s", text);
    return endpoint_names(list, names, &n_names, fault);
}

#define AT(field) offsetof(struct config, field)
#define TEXT(name, what, text, roles, field, check, help)                                          \
    {                                                                                              \
        name, CONFIG_TEXT, false, roles, what, 0, 0, 0, text, help, AT(field),                     \
            sizeof((struct config *)0)->field, check                                               \
    }
#define COUNT(name, unit, initial, least, most, roles, reloads, field, help)                       \
    {                                                                                              \
        name, CONFIG_COUNT, reloads, roles, unit, initial, least, most, NULL, help, AT(field), 0,  \
            NULL                                                                                   \
    }
#define CHOICE(name, choices, initial, most, field, help)                                          \
    { name, CONFIG_CHOICE, true, ALL, choices, initial, 0, most, NULL, help, AT(field), 0, NULL }

#define HUB       " hub "
#define PUBLISHES " publishing "
#define INBOX     " ingestion "
#define DOORS     HUB "publishing "
#define WORKERS   " ingestion scoring comparison publishing "
#define ALL       " up hub" WORKERS

/* clang-format off */
const struct config_key config_keys[CONFIG_KEYS] = {
    TEXT("state", "FOLDER", "mindex-state", ALL, places.state, NULL,
         "the installation's folder; /var/lib/mindex where the file is /etc/mindex/mindex.conf"),
    TEXT("hub", "ENDPOINT", "", ALL, places.hub, check_endpoint,
         "the hub's endpoint, where it is not in the state folder"),
    TEXT("events", "ENDPOINT", "", PUBLISHES, places.events, check_endpoint,
         "the live stream's endpoint, where it is not in the state folder"),
    TEXT("replay", "ENDPOINT", "", PUBLISHES, places.replay, check_endpoint,
         "the replay endpoint, where it is not in the state folder"),
    TEXT("key", "FILE", "", WORKERS, places.key, NULL,
         "the key to speak with, where one is asked for"),
    TEXT("listen", "ENDPOINT", "", DOORS, places.listen, check_listen,
         "let holders of keys speak here, too, such as tcp://*:5600 (replay: 5601, events: 5602)"),
    TEXT("http", "ENDPOINT", "", PUBLISHES, places.http, check_http,
         "serve pages, the API and metrics there: http://127.0.0.1:5605"),
    TEXT("http-name", "NAME,...", "", PUBLISHES, places.http_name, check_names,
         "names by which it is asked there, as index.example.org"),
    TEXT("boundaries", "FILE", "", PUBLISHES, places.boundaries, NULL,
         "a GeoJSON with real boundaries for the maps, in place of the pack's"),
    COUNT("scoring", "workers", 2, 1, 256, " up ", true, scoring,
          "scoring workers that 'mindex up' starts"),
    COUNT("idle", "seconds", 0, 0, 2592000, " scoring ", true, idle,
          "a scoring worker ends when no task has come for so long; 0: it works on"),
    CHOICE("log.level", "debug info warning error", 1, 3, log.level,
           "what is less than that is not logged"),
    CHOICE("log.format", "text json", 0, 1, log.format,
           "of the log's lines: key=value pairs, or a JSON object each"),
    COUNT("hub.lease_seconds", "seconds", 60, 1, 86400, HUB, true, hub.lease_seconds,
          "a worker that has not finished a task by then loses it, which counts as a failure"),
    COUNT("hub.worker_silence_ms", "ms", 2500, 500, 600000, HUB, true, hub.worker_silence_ms,
          "a worker that says nothing for so long is taken for dead; it says something five times "
          "as often"),
    COUNT("hub.task_attempts", "attempts", 5, 1, 100, HUB, true, hub.task_attempts,
          "a task that has failed so often is set aside ('mindex tasks --failed')"),
    COUNT("hub.read_attempts", "attempts", 3, 1, 100, HUB, true, hub.read_attempts,
          "files whose reading has failed so often are refused"),
    COUNT("hub.task_losses", "workers", 10, 1, 1000, HUB, true, hub.task_losses,
          "a task that so many workers died of is set aside, or its files are refused"),
    COUNT("hub.retry_ms", "ms", 200, 1, 60000, HUB, true, hub.retry_ms,
          "a task that failed waits so long before it is given out again; doubled each time, up to "
          "10 s"),
    COUNT("hub.intake_mib", "MiB", 256, 1, 65536, HUB, true, hub.intake_mib,
          "files that wait to be read, and tasks, all together; more files are asked to come "
          "again"),
    COUNT("hub.peer_frames", "messages", 8, 1, 1000, HUB, false, hub.peer_frames,
          "that are taken in of each peer before they are handled, and kept for it before it takes "
          "them"),
    COUNT("hub.waiting_questions", "questions", 10000, 1, 1000000, HUB, true, hub.waiting_questions,
          "of subscribers that wait for events at the hub"),
    COUNT("hub.answer_events", "events", 5000, 1, 100000, HUB, true, hub.answer_events,
          "in one answer, at most"),
    COUNT("hub.batch_jobs", "jobs", 100, 1, 10000, HUB, true, hub.batch_jobs,
          "batch jobs that have not ended, at most"),
    COUNT("hub.subscriptions", "subscriptions", 1000, 0, 10000, HUB, true, hub.subscriptions,
          "by webhooks, at most"),
    COUNT("stream.waiting_questions", "questions", 10000, 1, 1000000, PUBLISHES, false,
          stream.waiting_questions, "of subscribers that wait for events at the replay endpoint"),
    COUNT("stream.subscriber_events", "events", 100000, 1000, 10000000, PUBLISHES, false,
          stream.subscriber_events,
          "that are kept for a subscriber of the live stream that does not take them; it misses "
          "the rest"),
    COUNT("inbox.retry_seconds", "seconds", 10, 1, 3600, INBOX, true, inbox.retry_seconds,
          "a file that the hub has not answered for so long is handed in again"),
    COUNT("inbox.pause_seconds", "seconds", 2, 1, 3600, INBOX, true, inbox.pause_seconds,
          "after the hub could not take a file in; doubled each time, up to a minute"),
};
/* clang-format on */

size_t config_find(const char *name) {
    size_t key = 0;
    while (key < CONFIG_KEYS && strcmp(config_keys[key].name, name) != 0)
        key++;
    return key;
}

void config_variable(const struct config_key *key, char name[CONFIG_VARIABLE]) {
    (void)snprintf(name, CONFIG_VARIABLE, "MINDEX_%s", key->name);
    for (char *at = name; *at; at++)
        *at = *at == '.' || *at == '-' ? '_' : (char)toupper((unsigned char)*at);
}

/* --- reading a value -------------------------------------------------------------------------- */

uint64_t config_value(const struct config *config, const struct config_key *key) {
    return *(const uint64_t *)((const char *)config + key->at);
}

/* The choice at a place; its length in *length. */
static const char *choice_at(const struct config_key *key, uint64_t place, size_t *length) {
    const char *at = key->unit;
    while (place-- > 0)
        at += strcspn(at, " ") + 1;
    *length = strcspn(at, " ");
    return at;
}

static void write_value(const struct config_key *key, uint64_t value, char out[CONFIG_VALUE]) {
    size_t length = 0;
    const char *choice = key->kind == CONFIG_CHOICE ? choice_at(key, value, &length) : "";
    if (key->kind == CONFIG_CHOICE)
        (void)snprintf(out, CONFIG_VALUE, "%.*s", (int)length, choice);
    else
        (void)snprintf(out, CONFIG_VALUE, "%llu", (unsigned long long)value);
}

void config_text(const struct config *config, const struct config_key *key,
                 char out[CONFIG_VALUE]) {
    if (key->kind == CONFIG_TEXT)
        (void)snprintf(out, CONFIG_VALUE, "%s", (const char *)config + key->at);
    else
        write_value(key, config_value(config, key), out);
}

void config_default(const struct config_key *key, char out[CONFIG_VALUE]) {
    if (key->kind == CONFIG_TEXT)
        (void)snprintf(out, CONFIG_VALUE, "%s", key->text);
    else
        write_value(key, key->initial, out);
}

/* --- setting one ------------------------------------------------------------------------------ */

static bool read_count(const struct config_key *key, const char *text, uint64_t *out,
                       struct fault *fault) {
    unsigned long value = 0;
    if (!number_whole(text, strlen(text), key->least, key->most, &value))
        return fault_set(fault, FAULT_INPUT,
                         "found '%.100s', expected a whole number from %llu to %llu (%s)", text,
                         (unsigned long long)key->least, (unsigned long long)key->most, key->unit);
    *out = value;
    return true;
}

static bool read_choice(const struct config_key *key, const char *text, uint64_t *out,
                        struct fault *fault) {
    for (uint64_t place = 0; place <= key->most; place++) {
        size_t length;
        const char *choice = choice_at(key, place, &length);
        if (strlen(text) == length && memcmp(choice, text, length) == 0) {
            *out = place;
            return true;
        }
    }
    return fault_set(fault, FAULT_INPUT, "found '%.100s', expected one of: %s", text, key->unit);
}

static bool read_text(const struct config_key *key, const char *text, char *out,
                      struct fault *fault) {
    if (strlen(text) >= key->room)
        return fault_set(fault, FAULT_INPUT, "found %zu characters, expected up to %zu (%s)",
                         strlen(text), key->room - 1, key->unit);
    if (*text && key->check && !key->check(text, fault))
        return false;
    /* Nothing is what there is without it. */
    (void)snprintf(out, key->room, "%s", *text ? text : key->text);
    return true;
}

bool config_take(struct config *config, size_t at, const char *text, enum config_source source,
                 struct fault *fault) {
    const struct config_key *key = &config_keys[at];
    char *to = (char *)config + key->at;
    char read[CONFIG_VALUE];
    uint64_t value = 0;
    bool right = key->kind == CONFIG_TEXT    ? read_text(key, text, read, fault)
                 : key->kind == CONFIG_COUNT ? read_count(key, text, &value, fault)
                                             : read_choice(key, text, &value, fault);
    if (!right || config->source[at] > source)
        return right;
    /* The default of the state folder goes by where the file is. */
    bool stays = key->kind == CONFIG_TEXT && !*text && config->source[at] == CONFIG_DEFAULT;
    config->source[at] = source;
    if (stays)
        return true;
    if (key->kind == CONFIG_TEXT)
        (void)snprintf(to, key->room, "%s", read);
    else
        memcpy(to, &value, sizeof value);
    return true;
}

bool config_take_pair(struct config *config, const char *pair, struct fault *fault) {
    char name[CONFIG_VARIABLE];
    size_t length = strcspn(pair, "=");
    if (!pair[length])
        return fault_set(fault, FAULT_INPUT, "takes KEY=VALUE, found '%.100s'", pair);
    (void)snprintf(name, sizeof name, "%.*s", (int)(length < sizeof name ? length : sizeof name),
                   pair);
    size_t key = config_find(name);
    if (key == CONFIG_KEYS)
        return config_unknown(name, fault);
    struct fault reason = {0};
    return config_take(config, key, pair + length + 1, CONFIG_FLAG, &reason) ||
           fault_set(fault, FAULT_INPUT, "%s: %s", name, reason.text);
}

bool config_unknown(const char *name, struct fault *fault) {
    struct nearest near = {.word = name};
    for (size_t i = 0; i < CONFIG_KEYS; i++)
        nearest_offer(&near, config_keys[i].name);
    if (near.best)
        return fault_set(fault, FAULT_INPUT, "there is no key '%.100s'; did you mean '%s'?", name,
                         near.best);
    return fault_set(fault, FAULT_INPUT,
                     "there is no key '%.100s'; 'mindex config show' lists them", name);
}

void config_init(struct config *config) {
    memset(config, 0, sizeof *config);
    for (size_t i = 0; i < CONFIG_KEYS; i++) {
        const struct config_key *key = &config_keys[i];
        char *to = (char *)config + key->at;
        if (key->kind == CONFIG_TEXT)
            (void)snprintf(to, key->room, "%s", key->text);
        else
            memcpy(to, &key->initial, sizeof key->initial);
    }
}

void config_copy(struct config *to, const struct config *from, size_t at) {
    const struct config_key *key = &config_keys[at];
    char *into = (char *)to + key->at;
    if (key->kind == CONFIG_TEXT)
        memcpy(into, (const char *)from + key->at, key->room);
    else
        __atomic_store_n((uint64_t *)into, config_value(from, key), __ATOMIC_RELAXED);
    to->source[at] = from->source[at];
    to->line[at] = from->line[at];
}
