/* The tasks that the hub knows of, in the order of their numbers: ready, leased to a worker, or
 * done and held until those before it are done. Kept in memory; what must survive a crash is in
 * the store too. */
#ifndef HUB_QUEUE_H
#define HUB_QUEUE_H

#include "services/bus/request_id.h"
#include "services/bus/wire.h"

#include <stdint.h>

enum { CONTENT_BYTES = 32, QUEUE_BUCKETS = 4096 };

/* Given out in this order: release scoring goes before the tasks of batch jobs. */
enum job_kind { JOB_READ, JOB_SCORE, JOB_COMPARE, JOB_PUBLISH, JOB_STUDY };
enum { JOB_KINDS = 5, JOB_GIVEN = 4, JOB_GIVEN_TEXT = 192 };

enum job_state { JOB_READY, JOB_LEASED, JOB_HELD };

struct peer;
struct batch;

struct job {
    uint64_t id;
    enum job_kind kind;
    enum job_state state;
    zframe_t *task;      /* the Message that goes to a worker */
    struct peer *worker; /* while leased */
    /* Whom it was given to, the latest ones, as key and name; and whether an earlier life of the
     * hub may have given it to others. */
    char given[JOB_GIVEN][JOB_GIVEN_TEXT];
    unsigned n_given;
    bool resumed;
    int64_t leased_at, lease_until; /* while leased, on clock_ms */
    int64_t not_before;             /* ready, but not yet again after a failure */
    uint32_t attempts;              /* failures so far */
    uint32_t waits;         /* failures that were not the task's doing, one after the other */
    uint32_t losses;        /* workers that died of it, since the hub's start */
    uint64_t since_ms;      /* in this state, by the wall clock */
    char *reason;           /* of the last failure; NULL: none since the hub's start */
    uint64_t came_ms;       /* when the hand-in came, or the task was ordered; 0: not known */
    uint64_t release, upto; /* scoring: struct task_row */
    char request_id[REQUEST_ID_TEXT]; /* of what it comes from; "": an earlier program's, or none */
    Message *result;                  /* while held; holds the TaskDone */
    /* JOB_READ only: its hand-in, who waits for the receipt, and how the files were handed in */
    uint8_t content[CONTENT_BYTES]; /* repeats_content */
    char file[128];                 /* the first one's name */
    zframe_t *client;
    char client_key[KEY_NAME_TEXT]; /* "": one of this machine's users */
    uint64_t request;
    bool of_pack, accept_warnings, dry_run;
    uint64_t publish_at_ms; /* 0: at once */
    uint64_t inputs_seen;   /* struct hub's count of changes when the task was made */
    /* JOB_STUDY only: of which batch job, and what of it */
    struct batch *batch;
    Mindex__V1__StudyTask__Step step;
    uint64_t first, count; /* items */
    uint64_t busy_ns;      /* that its result took */
    struct job *next, *before, *same_bucket;
};

struct queue {
    struct job *first[JOB_KINDS], *last[JOB_KINDS]; /* by id */
    size_t bytes[JOB_KINDS];                        /* of their tasks */
    struct job *by_content[QUEUE_BUCKETS];          /* JOB_READ */
};

/* A job with its own copy of nothing: it takes `task` over. NULL: out of memory, task destroyed. */
struct job *job_new(uint64_t id, enum job_kind kind, zframe_t **task);
void job_destroy(struct job **job);

/* Notes that the worker of this name has the job, and asks whether one had it. */
void job_give(struct job *job, const char *key, const char *name);
bool job_given(const struct job *job, const char *key, const char *name);

/* Takes the job over. Cheap where its id is larger than all of its kind, as those of new ones are.
 */
void queue_add(struct queue *queue, struct job *job);
/* Takes it out and gives it back to the caller. */
void queue_remove(struct queue *queue, struct job *job);
/* Gives a job of the queue another task, which it takes over; it was given to nobody yet. */
void queue_change(struct queue *queue, struct job *job, zframe_t **task);
/* Transient tasks have larger ids than all others; one near the front is found at once. */
struct job *queue_find(const struct queue *queue, uint64_t id);
/* The hand-in with this content, or NULL. */
struct job *queue_same(const struct queue *queue, const uint8_t content[CONTENT_BYTES]);
/* The first job of the kind that may be given out at `now`, among the first `window`. */
struct job *queue_ready(const struct queue *queue, enum job_kind kind, int64_t now,
                        unsigned window);
/* Of all tasks. */
size_t queue_bytes(const struct queue *queue);
unsigned queue_count(const struct queue *queue, enum job_state state);
void queue_clear(struct queue *queue);

#endif
