/* The hub's database: one SQLite file, written by this process alone.
 *
 * A commit is on disk when it returns (WAL, synchronous=FULL), but for those begun by
 * store_begin_relaxed. Functions that write must stand
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
/* The same for a file that no other process can know of: it is not locked. */
struct store *store_open_alone(const char *path, struct fault *fault);
/* Opens a database of this program's schema to read it, beside a hub or without one. */
struct store *store_open_reading(const char *path, struct fault *fault);
void store_close(struct store **store);

bool store_begin(struct store *store, struct fault *fault);
/* For what can be computed again: its commit outlives the process, and the machine once a later
 * commit has been made, or the log was copied into the database. */
bool store_begin_relaxed(struct store *store, struct fault *fault);
bool store_commit(struct store *store, struct fault *fault);
void store_rollback(struct store *store);

/* --- a disk that fails (store_disk.c) --------------------------------------------------------- */

/* Why the database could not be written, or read, when it last could not; NULL: it can. A commit
 * that returned true is on disk all the same; but the log may be all that can still be written. */
const char *store_trouble(const struct store *store);
/* Copies what was committed from the log into the database, when it is enough to be worth it: to
 * be called now and then, when nobody waits. That it failed, store_trouble says. */
void store_tidy(struct store *store);

/* Tries whether there is space, and whether a commit and a checkpoint can be made; if so, there is
 * no trouble any more. */
bool store_probe(struct store *store, struct fault *fault);

/* --- content-addressed blobs: packs, observations, differences, scores, comparisons, studies -- */

/* Puts bytes under their hash, which `hash` gets; the same bytes twice are one blob. */
bool store_put_blob(struct store *store, const void *bytes, size_t length, char hash[HASH_TEXT],
                    struct fault *fault);
/* The same for a message, packed. */
bool store_put_message(struct store *store, const ProtobufCMessage *message, char hash[HASH_TEXT],
                       struct fault *fault);
/* A library_fetch (services/bus/library.h) whose context is the store. *bytes is the caller's. The
 * pieces of jobs are found by their hashes too. */
bool store_get_blob(void *store, const char *hash, uint8_t **bytes, size_t *length,
                    struct fault *fault);

/* Whether it is part of what is told to everybody: a pack, an edition, a release that is or was in
 * force, a study of such and its result. Not public is what is not there, and what belongs to held
 * releases alone. */
bool store_blob_public(struct store *store, const char *hash, bool *public, struct fault *fault);

/* --- the pack in force ------------------------------------------------------------------------ */

/* "" before the first. */
bool store_pack(struct store *store, char hash[HASH_TEXT], struct fault *fault);
bool store_set_pack(struct store *store, const char *hash, uint64_t time_ms, struct fault *fault);

/* --- releases --------------------------------------------------------------------------------- */

/* A release is held until it is put into force; the one in force of a dataset is the last of those
 * that were, but for withdrawn ones. */

struct new_release {
    const char *dataset, *label, *file_name, *file_hash, *observations_hash;
    uint32_t observations;
    uint64_t time_ms;
    uint64_t publish_at_ms;   /* 0: at once */
    const Warnings *warnings; /* that were accepted; NULL: none */
    const char *request_id;   /* of the hand-in */
};

struct release_row {
    uint64_t id;
    char *dataset, *label, *file_hash, *observations_hash;
    uint32_t observations;
    uint64_t publish_at_ms;
    bool held;              /* not yet in force */
    Warnings *warnings;     /* that were accepted; NULL: none */
    char *withdrawn_reason; /* NULL: it is not withdrawn */
    uint64_t withdrawn_ms;  /* 0: it is not */
    /* Of the hand-in and the withdrawal; NULL: it was so under schema 5, or not at all. */
    char *request_id, *withdrawn_request_id;
};

/* What a release changes of the one that it is compared with; all 0 and NULL: it is the first. */
struct release_difference {
    uint64_t revises, compared_with;
    const char *hash; /* of a Difference */
    uint32_t added, removed, changed, statuses;
};

/* The release with these very bytes, or 0. */
bool store_find_release(struct store *store, const char *dataset, const char *file_hash,
                        uint64_t *id, struct fault *fault);
/* In the arena; *row is NULL when there is no such release. */
bool store_release(struct store *store, struct arena *arena, uint64_t id, struct release_row **row,
                   struct fault *fault);
/* Adds it, held. */
bool store_add_release(struct store *store, const struct new_release *release, uint64_t *id,
                       struct fault *fault);
/* Holds a withdrawn one again, as if it were new. */
bool store_hold_again(struct store *store, uint64_t id, uint64_t publish_at_ms,
                      const Warnings *warnings, const char *request_id, struct fault *fault);
/* Puts a held release into force. */
bool store_put_in_force(struct store *store, uint64_t id,
                        const struct release_difference *difference, struct fault *fault);
bool store_withdraw(struct store *store, uint64_t id, const char *reason, uint64_t time_ms,
                    const char *request_id, struct fault *fault);
/* The dataset's release in force, or 0. */
bool store_in_force(struct store *store, const char *dataset, uint64_t *id, struct fault *fault);
/* The last other release of the label that ever came into force, or 0. */
bool store_same_label(struct store *store, const char *dataset, const char *label, uint64_t id,
                      uint64_t *other, struct fault *fault);
/* When the next held release is due; UINT64_MAX: none is held. */
bool store_next_due(struct store *store, uint64_t *time_ms, struct fault *fault);
/* The held releases that are due first and were handed in together, by number; none is due: 0. */
bool store_due(struct store *store, struct arena *arena, uint64_t now_ms, uint64_t **ids,
               size_t *count, struct fault *fault);

/* The release in force of each dataset, by dataset: the inputs of the next edition, and the numbers
 * of those releases. */
struct inputs {
    Input **list;
    uint64_t *releases;
    size_t n;
};
bool store_inputs(struct store *store, struct arena *arena, struct inputs *inputs,
                  struct fault *fault);
/* The same, as it was for one edition, for one dataset. *observations is "" when it had none. */
bool store_edition_input(struct store *store, uint64_t edition, const char *dataset,
                         char observations[HASH_TEXT], struct fault *fault);
/* Newest first; what `wanted` leaves out does not matter. Warnings only of a single one. */
bool store_releases(struct store *store, struct arena *arena,
                    const Mindex__V1__ReleasesWanted *wanted, ReleaseInfo ***releases,
                    size_t *count, struct fault *fault);

/* --- tasks that must be done, over any crash -------------------------------------------------- */

struct task_row {
    uint64_t id;
    uint64_t release;  /* scoring: the release that caused it; 0: the definition did */
    uint64_t upto;     /* scoring ordered under schema 1: releases up to this id are its inputs */
    uint64_t since_ms; /* ordered, or set aside; 0: under schema 2 */
    uint32_t attempts;
    bool failed;
    char *reason;  /* of the last failure; NULL: none */
    uint8_t *work; /* a packed Task; in the arena when read */
    size_t work_length;
};

bool store_last_task(struct store *store, uint64_t *id, struct fault *fault);
bool store_add_task(struct store *store, const struct task_row *task, struct fault *fault);
bool store_end_task(struct store *store, uint64_t id, struct fault *fault);
/* `aside_ms`: it is set aside at that time; 0: it is tried again. */
bool store_fail_task(struct store *store, uint64_t id, uint32_t attempts, const char *reason,
                     uint64_t aside_ms, struct fault *fault);
/* As if it had just been ordered. */
bool store_retry_task(struct store *store, uint64_t id, uint64_t time_ms, struct fault *fault);
/* Those that are to be done, or were set aside, oldest first. */
bool store_tasks(struct store *store, struct arena *arena, bool failed, struct task_row **tasks,
                 size_t *count, struct fault *fault);

/* --- editions --------------------------------------------------------------------------------- */

/* `releases` are the edition's inputs; none: by `upto`, of struct task_row. */
bool store_add_edition(struct store *store, const EditionInfo *edition, const uint64_t *releases,
                       size_t n_releases, uint64_t upto, struct fault *fault);
bool store_set_comparison(struct store *store, uint64_t edition, const char *hash,
                          struct fault *fault);
bool store_set_published(struct store *store, uint64_t edition, struct fault *fault);
/* One edition (number 0: the newest) in the arena; *edition is NULL when there is none. One that
 * was retired (retired_ms) has the hash that its scores had. */
bool store_edition(struct store *store, struct arena *arena, uint64_t number, EditionInfo **edition,
                   struct fault *fault);
/* Newest first, those before number `before` (0: all), `limit` at most. */
bool store_editions(struct store *store, struct arena *arena, uint64_t before, uint32_t limit,
                    EditionInfo ***editions, size_t *count, struct fault *fault);

/* --- editions that were retired (store_retired.c) --------------------------------------------- */

/* The oldest edition that is not retired (there may be none of the number yet), and the oldest
 * event of the log: 1 where none is retired. */
bool store_oldest_edition(struct store *store, uint64_t *number, struct fault *fault);
bool store_oldest_event(struct store *store, uint64_t *seq, struct fault *fault);

/* What goes with an edition, once all before it are retired; of one that is not the newest. */
struct going {
    uint64_t events, through; /* through: the last of them */
    uint64_t bytes;           /* of these, and of what is kept of the edition before */
};
bool store_find_going(struct store *store, uint64_t edition, struct going *out,
                      struct fault *fault);
/* The oldest that is not retired is. */
bool store_retire(struct store *store, struct arena *arena, uint64_t edition, uint64_t time_ms,
                  const struct going *going, struct fault *fault);

/* Who has not been sent all events up to `through`, the first of them. */
struct waits_for_events {
    char *subscription; /* NULL: nobody */
    uint64_t event;     /* that it has come to; or is to be sent again */
    bool again;
};
bool store_waits_for_events(struct store *store, uint64_t through, struct arena *arena,
                            struct waits_for_events *out, struct fault *fault);

/* --- batch jobs (store_jobs.c) ---------------------------------------------------------------- */

struct job_row {
    uint64_t id;
    char *study, *kind;
    char *state; /* open, done, cancelled, failed */
    uint64_t items;
    uint64_t submitted_ms, ended_ms; /* ended: 0 while it is open */
    char *result;                    /* hash; NULL: none */
    char *reason;                    /* of the failure, or NULL */
    uint32_t attempts;               /* that failed, one after the other */
    uint64_t busy_ns, tasks;         /* that workers spent on it, and did */
};

struct piece_row {
    uint64_t first, count; /* items */
    uint32_t level;        /* how often it was merged */
    char hash[HASH_TEXT];
    uint64_t bytes; /* of its content */
};

/* The hashes of all packs that are or were in force, and of the observations of all releases that
 * are or were, in order. */
struct known_inputs {
    char **packs, **observations;
    size_t n_packs, n_observations;
};
bool store_known_inputs(struct store *store, struct arena *arena, struct known_inputs *known,
                        struct fault *fault);

bool store_add_job(struct store *store, const struct job_row *job, uint64_t *id,
                   struct fault *fault);
/* The job of the study that is open or done, or 0. */
bool store_find_job(struct store *store, const char *study, uint64_t *id, struct fault *fault);
/* Newest first, `limit` at most: all of them, the one of number `id`, or those that are open. */
enum jobs_which { JOBS_ALL, JOBS_ONE, JOBS_OPEN };
bool store_jobs(struct store *store, struct arena *arena, enum jobs_which which, uint64_t id,
                uint32_t limit, struct job_row **jobs, size_t *count, struct fault *fault);
/* So often its tasks have failed, one after the other, the last time for this reason. */
bool store_fail_job(struct store *store, uint64_t id, uint32_t attempts, const char *reason,
                    struct fault *fault);
/* It has ended with state, time, result, reason, and what was spent; its pieces go. */
bool store_end_job(struct store *store, const struct job_row *job, struct fault *fault);

/* By their first item, in the arena. */
bool store_pieces(struct store *store, struct arena *arena, uint64_t job, struct piece_row **pieces,
                  size_t *count, struct fault *fault);
/* In the place of all that lie within it; the task that gave it took so long. */
bool store_put_piece(struct store *store, uint64_t job, const struct piece_row *piece,
                     const void *content, uint64_t busy_ns, struct fault *fault);

/* --- subscriptions (store_subscriptions.c) ---------------------------------------------------- */

enum { DELIVERIES_KEPT = 1000 }; /* of each subscription, the newest */

struct subscription_row {
    uint64_t id; /* 0: there is none of the name */
    uint64_t created_ms, position;
    uint32_t secrets, resends; /* how many there are */
    bool active, paused;       /* else it is disabled */
};
bool store_find_subscription(struct store *store, const char *name, struct subscription_row *row,
                             struct fault *fault);
/* One by name, or all (NULL), by name, in the arena; `secrets`: with them, the newest first. */
bool store_subscriptions(struct store *store, struct arena *arena, const char *name, bool secrets,
                         Subscription ***subscriptions, size_t *count, struct fault *fault);
bool store_count_subscriptions(struct store *store, bool active, uint64_t *count,
                               struct fault *fault);
/* One that is further than event `newest`; NULL: there is none. */
bool store_subscription_ahead(struct store *store, uint64_t newest, struct arena *arena,
                              Subscription **ahead, struct fault *fault);

/* With its first secret. */
bool store_add_subscription(struct store *store, const Subscription *subscription,
                            const char *secret, struct fault *fault);
/* All that is known of it goes. */
bool store_remove_subscription(struct store *store, uint64_t id, struct fault *fault);
/* `reason` NULL: none. One that becomes active begins with a first attempt. */
bool store_set_subscription(struct store *store, uint64_t id, const char *state, const char *reason,
                            struct fault *fault);
bool store_move_subscription(struct store *store, uint64_t id, uint64_t position,
                             struct fault *fault);
bool store_add_secret(struct store *store, uint64_t id, const char *secret, struct fault *fault);
/* All but the newest. */
bool store_forget_secrets(struct store *store, uint64_t id, struct fault *fault);
/* first 0: a test. */
bool store_add_resend(struct store *store, uint64_t id, uint64_t first, uint64_t last,
                      struct fault *fault);
/* The attempts that are not on record yet, the state of the next one, the position if it is further
 * than it was, and what was resent. */
bool store_note_deliveries(struct store *store, uint64_t id, const DeliveriesMade *made,
                           struct fault *fault);
/* Newest first. */
bool store_deliveries(struct store *store, struct arena *arena, uint64_t id, bool failed,
                      uint32_t limit, Delivery ***deliveries, size_t *count, struct fault *fault);

/* --- the event log ---------------------------------------------------------------------------- */

bool store_newest_event(struct store *store, uint64_t *seq, struct fault *fault);
/* When the event was committed; 0: there is none of this number. That of the last one that went
 * with a retired edition is known. */
bool store_event_time(struct store *store, uint64_t seq, uint64_t *time_ms, struct fault *fault);
/* A packed Event; `seq` must be the newest number and one, and the event's own. */
bool store_add_event(struct store *store, uint64_t seq, const void *bytes, size_t length,
                     struct fault *fault);
/* Events as the log has them, which are given as they are: each packed as a field `events` of an
 * Events message. All 0: none yet. */
struct packed_events {
    uint8_t *bytes; /* freed by the caller with free */
    size_t length, room, count;
    uint64_t through; /* the log was searched up to there */
};
/* Adds up to `limit` events after `after` that match one of the topic prefixes (none: all). */
bool store_events(struct store *store, const EventsWanted *wanted, uint32_t limit,
                  struct packed_events *events, struct fault *fault);

/* --- for the status report -------------------------------------------------------------------- */

struct store_counts {
    uint64_t releases, editions, newest_event, published;
    uint64_t last_release;      /* of those that are told of; 0: none */
    uint64_t newest_edition_ms; /* 0: there is none */
    uint32_t failed_tasks;
};
bool store_counts(struct store *store, struct store_counts *counts, struct fault *fault);

#endif
