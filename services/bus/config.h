/* The limits of an installation: mindex.conf in its state folder. Each line is
 *
 *   key = value    # and a comment, if you like
 *
 * where the value is a whole number in the key's unit. What is not there has its default; no file
 * at all is the same as an empty one. A file with anything wrong in it is refused whole. */
#ifndef BUS_CONFIG_H
#define BUS_CONFIG_H

#include "core/problems.h"
#include "services/bus/endpoint.h"

enum { CONFIG_KEYS = 16 };

struct config {
    struct {
        uint64_t lease_seconds, worker_silence_ms;
        uint64_t task_attempts, read_attempts, task_losses, retry_ms;
        uint64_t intake_mib, peer_frames;
        uint64_t waiting_questions, answer_events;
        uint64_t batch_jobs, subscriptions;
    } hub;
    struct {
        uint64_t waiting_questions, subscriber_events;
    } stream;
    struct {
        uint64_t retry_seconds, pause_seconds;
    } inbox;
    uint32_t line[CONFIG_KEYS]; /* where the file has it; 0: it is the default */
};

/* One row a key, in the order of the help. */
struct config_key {
    const char *name, *unit;
    uint64_t initial, least, most;
    const char *help;
    size_t at; /* of its uint64_t in struct config */
};
extern const struct config_key config_keys[CONFIG_KEYS];

/* Where the file of an installation is. */
void config_path(const struct places *places, char path[PATH_TEXT + 16]);

/* The defaults. */
void config_init(struct config *config);

/* Reads the file over the defaults. False: `problems` says all that is wrong with it, by line, and
 * `config` is not to be used. */
bool config_read(const char *path, struct config *config, struct problems *problems);

uint64_t config_value(const struct config *config, const struct config_key *key);

#endif
