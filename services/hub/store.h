/* The hub's database: one SQLite file, written by this process alone.
 *
 * A commit is on disk when it returns (WAL, synchronous=FULL). Functions that write must stand
 * between store_begin and store_commit; when one fails, the caller rolls back, and what was true
 * stays true. Lists are built as messages in the caller's arena. */
#ifndef HUB_STORE_H
#define HUB_STORE_H

#include "core/arena.h"
#include "core/fault.h"
#include "services/bus/hash.h"
#include "services/bus/messages.h"

#include <stdint.h>

struct store;

/* Opens or makes the database, and takes it for this process: a second hub is refused. */
struct store *store_open(const char *path, struct fault *fault);
void store_close(struct store **store);

bool store_begin(struct store *store, struct fault *fault);
bool store_commit(struct store *store, struct fault *fault);
void store_rollback(struct store *store);

/* --- content-addressed blobs: packs, observations, scores, comparisons
 * --------------------------*/

/* Puts bytes under their hash, which `hash` gets; the same bytes twice are one blob. */
bool store_put_blob(struct store *store, const void *bytes, size_t length, char hash[HASH_TEXT],
                    struct fault *fault);
/* A library_fetch (services/bus/library.h) whose context is the store. *bytes is the caller's. */
bool store_get_blob(void *store, const char *hash, uint8_t **bytes, size_t *length,
                    struct fault *fault);

/* --- the pack in force ------------------------------------------------------------------------ */

/* "" before the first. */
bool store_pack(struct store *store, char hash[HASH_TEXT], struct fault *fault);
bool store_set_pack(struct store *store, const char *hash, uint64_t time_ms, struct fault *fault);

/* --- releases --------------------------------------------------------------------------------- */

struct new_release {
    const char *dataset, *label, *file_name, *file_hash, *observations_hash;
    uint32_t observations;
    uint64_t time_ms;
};

/* The release with these very bytes, or 0. */
bool store_find_release(struct store *store, const char *dataset, const char *file_hash,
                        uint64_t *id, struct fault *fault);
/* *revision: the dataset had a release with this label before. */
bool store_add_release(struct store *store, const struct new_release *release, uint64_t *id,
                       bool *revision, struct fault *fault);
/* The newest release of each dataset, by dataset: the inputs of the next edition. */
bool store_inputs(struct store *store, struct arena *arena, Input ***inputs, size_t *count,
                  struct fault *fault);
/* The same, as it was for one edition, for one dataset. *observations is "" when it had none. */
bool store_edition_input(struct store *store, uint64_t edition, const char *dataset,
                         char observations[HASH_TEXT], struct fault *fault);
/* Newest first; `dataset` may be NULL. */
bool store_releases(struct store *store, struct arena *arena, const char *dataset,
                    ReleaseInfo ***releases, size_t *count, struct fault *fault);
/* One release's dataset and label, in the arena. */
bool store_release_names(struct store *store, struct arena *arena, uint64_t id, char **dataset,
                         char **label, struct fault *fault);

/* --- tasks that must be done, over any crash -------------------------------------------------- */

struct task_row {
    uint64_t id;
    uint64_t release; /* scoring: the release that caused it; 0: the definition did */
    uint64_t upto;    /* scoring: releases up to this id are its inputs */
    uint32_t attempts;
    bool failed;
    uint8_t *work; /* a packed Task; in the arena when read */
    size_t work_length;
};

bool store_last_task(struct store *store, uint64_t *id, struct fault *fault);
bool store_add_task(struct store *store, const struct task_row *task, struct fault *fault);
bool store_end_task(struct store *store, uint64_t id, struct fault *fault);
bool store_fail_task(struct store *store, uint64_t id, uint32_t attempts, const char *reason,
                     bool for_good, struct fault *fault);
/* Those not done, oldest first. */
bool store_tasks(struct store *store, struct arena *arena, struct task_row **tasks, size_t *count,
                 struct fault *fault);

/* --- editions --------------------------------------------------------------------------------- */

bool store_add_edition(struct store *store, const EditionInfo *edition, uint64_t upto,
                       struct fault *fault);
bool store_set_comparison(struct store *store, uint64_t edition, const char *hash,
                          struct fault *fault);
bool store_set_published(struct store *store, uint64_t edition, struct fault *fault);
/* One edition (number 0: the newest) in the arena; *edition is NULL when there is none. */
bool store_edition(struct store *store, struct arena *arena, uint64_t number, EditionInfo **edition,
                   struct fault *fault);
/* Newest first, those before number `before` (0: all), `limit` at most. */
bool store_editions(struct store *store, struct arena *arena, uint64_t before, uint32_t limit,
                    EditionInfo ***editions, size_t *count, struct fault *fault);

/* --- the event log ---------------------------------------------------------------------------- */

bool store_newest_event(struct store *store, uint64_t *seq, struct fault *fault);
/* event->seq must be the newest number and one. */
bool store_add_event(struct store *store, const Event *event, struct fault *fault);
/* Up to `limit` events after `after` that match one of the topic prefixes (none: all) into
 * `events`, which the caller frees with events_free. *through: the log was searched up to there. */
bool store_events(struct store *store, const EventsWanted *wanted, uint32_t limit, Event ***events,
                  size_t *count, uint64_t *through, struct fault *fault);
void events_free(Event **events, size_t count);

/* --- for the status report -------------------------------------------------------------------- */

struct store_counts {
    uint64_t releases, newest_release, editions, newest_event, published;
    uint32_t failed_tasks;
};
bool store_counts(struct store *store, struct store_counts *counts, struct fault *fault);

#endif
