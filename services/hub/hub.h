/* The hub: what all its files share. One thread, one loop; the only process that writes the
 * database.
 *
 *   hub.c      the loop: messages in, each to its handler; leases and silences watched
 *   peers.c    workers: hello, credit, heartbeat; which of them gets which job
 *   outsiders.c  workers that speak no protocol of the hub's
 *   intake.c   what people hand in, and the release or the refusal that comes of it
 *   reading.c  what a worker is given to read that by
 *   repeats.c  the same handed in again
 *   releases.c releases that come into force, or go out of it, and the scoring that follows
 *   chain.c    tasks and their results, in the order of their numbers
 *   measures.c how long things took;  errors.c  what went wrong
 *   tasks.c    tasks that wait, are in hand, or were set aside, and putting those back
 *   results.c  what each result means: one transaction that ends a task and begins the next
 *   jobs.c     batch jobs: handed in, told of, cancelled, ended
 *   studies.c  the tasks of batch jobs, and what comes of them
 *   batch.c    a batch job in memory: what of it is done, and what is cut next
 *   check.c    whether what clients and workers bring could be
 *   events.c   building events, and giving them to those who ask for them
 *   subscriptions.c  who is told of events by webhooks, and how far they are
 *   retire.c   editions that go, one at a time
 *   answers.c  the questions of people and other systems;  status.c  how the service is
 *   disk.c     what it does while the database cannot be written
 *   queue.c    tasks in memory;  store*.c, sql.c  the database
 *
 * Beside it, as commands that need no hub:
 *   verify*.c  a database checked from end to end
 *   backup.c, restore.c  a copy of it made while the hub works, and put back
 *
 * run.h is all that a program needs to start a hub. */
#ifndef HUB_HUB_H
#define HUB_HUB_H

#include "core/changes.h"
#include "services/bus/config.h"
#include "services/bus/guard.h"
#include "services/bus/library.h"
#include "services/hub/batch.h"
#include "services/hub/measures.h"
#include "services/hub/queue.h"
#include "services/hub/store.h"

enum {
    HEARTBEATS = 5,       /* in the time after which a silent worker is taken for dead */
    SCORE_WINDOW = 16,    /* editions scored ahead of the one to be committed next */
    WAIT_MS_MAX = 300000, /* a subscriber that went away waits no longer than this */
    EVENTS_LIMIT = 1000,
    PIECES_A_COMMIT = 64,
    SUBSCRIBERS_HEARD = 100, /* of those that the publishing role knows of */
    HEARTBEAT_BYTES_MAX = 64 << 10,
};

struct peer {
    zframe_t *id;
    char key[KEY_NAME_TEXT]; /* that it has proved to hold; "": one of this machine's users */
    enum job_kind kind;
    char name[128], build[32];
    uint32_t protocol; /* that is spoken with it */
    uint32_t credit, leases;
    uint64_t done;
    int64_t last_heard;
    Heartbeat *told; /* the last that told something; NULL: none */
    struct peer *next;
};

struct waiter;   /* events.c */
struct refused;  /* repeats.c */
struct outsider; /* outsiders.c */

/* What went wrong since the start. */
struct errors {
    uint64_t of_hub, of_role[JOB_KINDS]; /* how often */
    uint64_t time_ms;                    /* of the last, by the wall clock; 0: none */
    const char *role;
    char text[400], request_id[REQUEST_ID_TEXT];
};

/* All 0: the database can be written, as far as is known. */
struct disk {
    bool failing;
    uint64_t since_ms;        /* by the wall clock */
    int64_t probe_at, say_at; /* on clock_ms */
};

struct hub {
    zsock_t *socket;
    struct guard *guard; /* NULL: only this machine's users can reach the socket */
    const char *sender;  /* of the message in hand: the name of its key; NULL: without one */
    unsigned roles;      /* the sender's */
    struct store *store;
    struct library *library;
    const struct config *config;
    const char *database;
    struct queue queue;
    struct peer *peers;
    struct outsider *outsiders;
    struct waiter *waiters;
    size_t n_waiters;
    int64_t next_serve;    /* on clock_ms */
    uint64_t served_event; /* the newest when they were last looked at */
    struct refused *refused;
    uint64_t newest_event, oldest_event;
    struct batch *batches;                    /* that have not ended, oldest first */
    struct job *pieces_come[PIECES_A_COMMIT]; /* JOB_HELD: not in the store yet */
    size_t n_pieces_come;
    uint64_t last_task;      /* the newest durable task's number */
    uint64_t last_read_task; /* the newest transient one's */
    char pack[HASH_TEXT];    /* in force; "" before the first */
    uint64_t inputs_changed; /* how often the pack or an input has, since the start */
    uint64_t next_due;       /* when a held release comes into force, by the wall clock; or never */
    int64_t due_not_before;  /* after a failure, on clock_ms */
    int64_t next_sweep;      /* on clock_ms */
    struct {
        int64_t silence_ms, until; /* on clock_ms */
    } told;                        /* workers, before the settings were read again */
    uint64_t last_moment;          /* hub_moment */
    uint64_t subscriptions_version;
    int64_t started;
    struct measures measures;
    struct errors errors;
    uint64_t arrivals[JOB_KINDS]; /* workers that were welcomed */
    struct disk disk;
    int signals; /* what process_start gave: readable when the hub is to stop; 0: none */
};

/* --- hub.c: one message, and answers ---------------------------------------------------------- */

/* What the holder of the key may do, now; "": all. */
unsigned hub_roles(struct hub *hub, const char *key);

/* One message that came off the socket: it is read, handled and answered. `from` is the sender's
 * routing id, and stays the caller's; `frame` is its one frame (NULL: it had another number of
 * frames), which is freed once it is read, for it may be large. */
void hub_take(struct hub *hub, zframe_t *from, zframe_t **frame);
/* `message` gets its version and request number here. A peer that has gone, or has not taken what
 * it was sent before, goes without: a worker will be missed, a client asks again. */
void hub_answer(struct hub *hub, zframe_t *to, uint64_t request, Message *message);
/* The same. False: it was not sent; errno is EAGAIN where the peer is there, but has not taken what
 * it was sent before. */
bool hub_try_answer(struct hub *hub, zframe_t *to, uint64_t request, Message *message);
void hub_answer_error(struct hub *hub, zframe_t *to, uint64_t request, const char *reason);
/* What was asked for was given up when editions were retired; `oldest` is the oldest that there is.
 * False: as hub_try_answer. */
bool hub_answer_gone(struct hub *hub, zframe_t *to, uint64_t request, const char *reason,
                     uint64_t oldest);
/* Nothing is wrong with what was asked: the hub is short of something, and may be asked again. */
void hub_put_off(struct hub *hub, zframe_t *to, uint64_t request, const char *reason);

/* The wall clock's time, but later than each that was given before: what came first is known also
 * within a millisecond, or when the clock is put back. */
uint64_t hub_moment(struct hub *hub);

/* --- peers.c ---------------------------------------------------------------------------------- */

/* Handles a worker's message. `from` stays the caller's. */
void peers_message(struct hub *hub, zframe_t *from, Message *message);
struct peer *peers_find(struct hub *hub, zframe_t *id);
/* The worker that the message in hand is from: it has said hello, with the same key. NULL: none. */
struct peer *peers_sender(struct hub *hub, zframe_t *from);
void peers_want_hello(struct hub *hub, zframe_t *to);
const char *job_role(enum job_kind kind);
/* Whether workers of the peer's role do jobs of the kind. */
bool peers_do(const struct peer *peer, enum job_kind kind);
int64_t peers_heartbeat_ms(const struct hub *hub);
/* hub.worker_silence_ms was `before_ms`, and is another: workers are told how often to be heard. */
void peers_tell_silence(struct hub *hub, int64_t before_ms);
/* The hub was held up itself: silence until now was not the workers'. */
void peers_pardon(struct hub *hub, int64_t now);
/* Gives ready jobs to workers that have asked. */
void peers_dispatch(struct hub *hub, int64_t now);
/* Takes back what dead or stuck workers hold. Returns when it must be called next; earlier calls
 * cost nothing. */
int64_t peers_sweep(struct hub *hub, int64_t now);
/* Gives the job out again not before then. */
void peers_put_off(struct hub *hub, struct job *job, int64_t not_before);
/* How long its worker has had it; of one that is leased. */
int64_t peers_had_ms(const struct job *job);
/* The job's worker, if any, no longer has it. */
void peers_release(struct job *job);
/* Takes leave of workers whose keys are no longer good for their role. */
void peers_recheck(struct hub *hub);
void peers_clear(struct hub *hub);

/* --- outsiders.c ------------------------------------------------------------------------------ */

/* Notes that it was turned away. Said in the log once, and again when it is another's reason. */
void outsiders_refuse(struct hub *hub, const Mindex__V1__Hello *hello, enum job_kind kind,
                      const char *why);
/* The worker of this name has come as one that can be worked with. */
void outsiders_welcome(struct hub *hub, enum job_kind kind, const char *name);
size_t outsiders_count(struct hub *hub);
/* Appends them to the status's workers, which has room for so many. */
bool outsiders_status(struct hub *hub, struct arena *arena, StatusReport *status);
void outsiders_clear(struct hub *hub);

/* --- errors.c --------------------------------------------------------------------------------- */

/* Something went wrong by the doing of the role: a job_role, or "hub". `request_id` NULL: none, or
 * not known. */
void errors_note(struct hub *hub, const char *role, const char *request_id, const char *text);
/* Fills in how often, also in the roles that are there, and what came last. */
bool errors_status(const struct hub *hub, struct arena *arena, StatusReport *status);

/* --- status.c --------------------------------------------------------------------------------- */

/* How the service is, as the sender may know it. */
bool status_answer(struct hub *hub, struct arena *arena, Message *answer, struct fault *fault);

/* --- intake.c --------------------------------------------------------------------------------- */

void intake_hand_in(struct hub *hub, zframe_t *from, Message *message);
/* The result of a JOB_READ: takes the releases in and answers the client, or refuses them. */
void intake_done(struct hub *hub, struct job *job, const TaskDone *done);
/* A worker could not read it, which counts as a failure: after some it is refused. */
void intake_failed(struct hub *hub, struct job *job, const char *reason);
/* Refuses what nobody can read, for a reason that is perhaps not in the files. */
void intake_refuse(struct hub *hub, struct job *job, const char *reason);
/* Drops what was handed in with keys that are no longer good for it, and is not read yet. */
void intake_recheck(struct hub *hub);

/* --- reading.c -------------------------------------------------------------------------------- */

/* The task of that number: to read the files, and hold them against what is in force. NULL: the
 * fault says why not. */
zframe_t *reading_order(struct hub *hub, uint64_t number, HandIn *hand_in, const char *request_id,
                        struct fault *fault);
/* Has a job that is to be given out read by what is in force now; without memory, by what was. */
void reading_refresh(struct hub *hub, struct job *job);
/* Whether the files are to be read once more, as another hand-in was faster: the job has its new
 * task then. */
bool reading_again(struct hub *hub, struct job *job, const ReadResult *read);

/* --- repeats.c -------------------------------------------------------------------------------- */

/* A hand-in that comes again while the first waits is the same one: a client that heard nothing
 * asks again, and an inbox whose process the files killed hands them in again when it is back. The
 * answer goes to who asked last; the failures count on. The same with another key is another one:
 * nobody takes somebody else's answer, nor learns from his own that it is waited for. */

/* What tells one hand-in from another: a hash of the sender's key and all of it, but its name. */
void repeats_content(const struct hub *hub, const HandIn *hand_in, uint8_t content[CONTENT_BYTES]);
/* Whether it is known; then it is seen to, under the name of the first. */
bool repeats_known(struct hub *hub, zframe_t *from, uint64_t request, const char *request_id,
                   const uint8_t content[CONTENT_BYTES]);
/* Refuses the job's hand-in. Where its client has gone, it hears it when it hands the same in. */
void repeats_refuse(struct hub *hub, const struct job *job, const char *reason);
void repeats_clear(struct hub *hub);

/* --- releases.c ------------------------------------------------------------------------------- */

/* One transaction in which inputs of the next edition change. */
struct step {
    struct hub *hub;
    struct arena *arena;
    uint64_t newest_event; /* before it */
    char pack[HASH_TEXT];  /* in force after the commit */
    bool pack_changed;
    const char *cause;      /* of the scoring: release or withdrawal; NULL: no input changed */
    uint64_t release;       /* that is the cause */
    const char *request_id; /* of what was handed in or withdrawn; NULL: not known */
    bool new_data; /* of the releases that came into force, one at least revises no other */
    struct inputs before;
    struct job *scoring; /* NULL: nothing to score */
};

/* What became of a release that came into force. */
struct entered {
    uint64_t release;
    struct release_difference difference;
};

/* Begins the transaction. Whatever it returns, step_end must follow. */
bool step_begin(struct step *step, struct hub *hub, struct fault *fault);
/* Puts a held release into force and tells of it; `again`: it was withdrawn before. `observations`
 * NULL: they are read from the store. */
bool step_enter(struct step *step, uint64_t release, const Observations *observations, bool again,
                struct entered *out, struct fault *fault);
/* Orders the scoring, commits and queues it. *task is its number; 0: there is nothing to score. */
bool step_commit(struct step *step, uint64_t *task, struct fault *fault);
/* Frees what the step holds; what is not committed is undone. */
void step_end(struct step *step);

/* Puts into force what is due. Returns when it must be called next. */
int64_t releases_due(struct hub *hub, int64_t now);
void releases_withdraw(struct hub *hub, zframe_t *from, const Message *question);

/* --- chain.c ---------------------------------------------------------------------------------- */

/* Puts the tasks of the store into the queue, at start. */
bool chain_resume(struct hub *hub, struct fault *fault);
/* Stores a durable task inside the open transaction; *job joins the queue after the commit by
 * chain_queue, or is dropped by job_destroy after a rollback. `work` needs no number yet; its
 * request_id may be NULL. */
struct job *chain_task(struct hub *hub, enum job_kind kind, Task *work, uint64_t release,
                       struct fault *fault);
void chain_queue(struct hub *hub, struct job *job);
/* A worker's result; takes *message over. Heard only from a worker of the task's role that was
 * given the task in this life of the hub, or, if the task is from an earlier one, may have been. */
void chain_done(struct hub *hub, zframe_t *from, Message **message);
/* A worker's word that it cannot do the task, under the same condition. */
void chain_gave_up(struct hub *hub, zframe_t *from, const Message *message);
void chain_failed(struct hub *hub, uint64_t task, const char *reason);
/* Commits the results that were kept while the database could not be written. */
void chain_settle(struct hub *hub);
/* The job's worker is taken for dead. That need not be the task's doing, so it goes to another at
 * once; when many have died of it, it is set aside. The job may be gone afterwards. */
void chain_lost(struct hub *hub, struct job *job, const char *worker);

/* The task of the store as a job, which is not in the queue yet. NULL: the fault says why. */
struct job *chain_job(const struct task_row *row, struct fault *fault);

/* --- tasks.c ---------------------------------------------------------------------------------- */

/* How many there are of each role. */
bool tasks_by_role(struct hub *hub, struct arena *arena, StatusReport *status, struct fault *fault);
void tasks_wanted(struct hub *hub, zframe_t *from, const Message *question);
/* Puts back what was set aside, with no attempts against it, where doing it late is as good as
 * doing it in time:
 *
 *   publishing  always: an edition's files can be written at any time
 *   comparison  for the newest edition alone, as subscribers take the last word on spend for the
 *               newest; its edition is then published anew
 *   scoring     when the figures and the definition in force are still those that it was ordered
 *               for, and no edition has been scored from them. Editions are numbered as they are
 *               made, so that one from older figures would stand behind the newer one, and tell all
 *               subscribers of ranks that are no longer so. No figure is lost by it: those that
 *               are in force are in the newer one, and the release itself is on record. */
void tasks_retry(struct hub *hub, zframe_t *from, const Message *question);

/* --- jobs.c ----------------------------------------------------------------------------------- */

/* Takes the batch jobs of the store up again, at start. */
bool jobs_resume(struct hub *hub, struct fault *fault);
void jobs_hand_in(struct hub *hub, zframe_t *from, const Message *question);
void jobs_wanted(struct hub *hub, zframe_t *from, const Message *question);
void jobs_call_off(struct hub *hub, zframe_t *from, const Message *question);
struct job_end {
    char *state, *reason; /* reason: of a failure; NULL: none */
    const void *result;   /* NULL: none */
    size_t length;
    uint64_t busy_ns; /* that the result took */
};
/* Ends it, which is durable then. The batch and its tasks are gone if it could be, and else still
 * there. */
bool jobs_end(struct hub *hub, struct batch *batch, const struct job_end *end, struct fault *fault);
/* It cannot be done. */
void jobs_fail(struct hub *hub, struct batch *batch, const char *reason);
/* Fills in how much there is to do. */
void jobs_status(const struct hub *hub, StatusReport *status);
void jobs_clear(struct hub *hub);

/* --- studies.c -------------------------------------------------------------------------------- */

/* The task of a batch job that is to be given out next, made if need be. NULL: there is none. */
struct job *studies_next(struct hub *hub, int64_t now);
/* A worker's result; takes *message over. A piece is stored with others by studies_settle. */
void studies_done(struct hub *hub, struct job *job, Message **message);
/* A task has failed; the batch job goes on without it for a while, or has failed too. */
void studies_failed(struct hub *hub, struct job *job, const char *reason);
/* Commits the pieces that have come. */
void studies_settle(struct hub *hub);
/* Takes all tasks of the batch out of the queue; what workers make of them is not heard. */
void studies_drop(struct hub *hub, struct batch *batch);

/* --- events.c --------------------------------------------------------------------------------- */

/* An event of `type` with the next number, stamped. Add topics and a body, and hand it to
 * events_add. `request_id` NULL or "": not known. */
void event_begin(struct hub *hub, Event *event, const char *type, uint64_t edition,
                 const char *request_id);
/* Stores the event inside the open transaction and counts it. */
bool events_add(struct hub *hub, Event *event, struct fault *fault);
struct edition_cause {
    const char *cause; /* release, definition or withdrawal */
    uint64_t release;
    char *dataset, *label;  /* NULL when the definition is the cause */
    const char *nature;     /* data, revision, method or withdrawal; NULL: nobody said */
    const char *request_id; /* "": not known */
};
/* All rank.changed events of an edition. `insight` NULL: nobody knows why, or it is about another
 * edition before. */
bool events_add_changes(struct hub *hub, uint64_t edition, const struct edition_cause *cause,
                        const struct pack *pack, const struct changes *changes,
                        const Insight *insight, struct fault *fault);
/* After a rollback: numbers that were given are free again. */
void events_forget(struct hub *hub, uint64_t newest);

void events_wanted(struct hub *hub, zframe_t *from, Message *message);
/* Answers those who wait and have something to hear, or have waited long enough. Returns when it
 * must be called next. */
int64_t events_serve(struct hub *hub, int64_t now);
/* Those who wait with keys that may not hear events any more are told so, and nothing else. */
void events_recheck(struct hub *hub);
void events_clear(struct hub *hub);

/* --- subscriptions.c -------------------------------------------------------------------------- */

/* At start. A subscription that is further than the log is set back, and a warning says so. */
bool subscriptions_open(struct hub *hub, struct fault *fault);
void subscriptions_subscribe(struct hub *hub, zframe_t *from, const Message *question);
void subscriptions_change(struct hub *hub, zframe_t *from, const Message *question);
void subscriptions_wanted(struct hub *hub, zframe_t *from, const Message *question);
/* What the publishing role has delivered, or could not. */
void subscriptions_delivered(struct hub *hub, zframe_t *from, const Message *question);
void subscriptions_deliveries(struct hub *hub, zframe_t *from, const Message *question);
/* How many of them are in which state. */
void subscriptions_status(Subscription *const *all, size_t count, StatusReport *status);

/* --- retire.c --------------------------------------------------------------------------------- */

/* Answers with what goes, or went, or with what still needs it. */
void retire_edition(struct hub *hub, zframe_t *from, const Message *question);

/* --- disk.c ----------------------------------------------------------------------------------- */

/* Notices that the database cannot be written, tries whether it can again. Returns when it must be
 * called next. */
int64_t disk_watch(struct hub *hub, int64_t now);
/* Refuses what would have to be written, while it cannot be: true, and `from` has its answer. */
bool disk_refuses(struct hub *hub, zframe_t *from, uint64_t request);

/* --- answers.c -------------------------------------------------------------------------------- */

/* A blob, to workers and clients alike. */
void answer_blob(struct hub *hub, zframe_t *from, const Message *question);
void answer_question(struct hub *hub, zframe_t *from, const Message *message);

#endif
