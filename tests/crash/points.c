/* Named points at which a process of mindex can be made to die. The program mindex-points is made
 * of the very objects of mindex, linked with --wrap for the functions below (the Makefile lists
 * them): what ships knows nothing of it.
 *
 * MINDEX_POINTS_FILE   gets a line for each visit of a point; `!` before it: the process died
 *                      there; `?`: the table (points.inc) does not know it
 * MINDEX_POINT         where to die: NAME.before or NAME.after
 * MINDEX_POINT_VISIT   at which visit of it; 1 unless told
 * MINDEX_POINTS_FAIL   so many of the worker's tasks fail, the first ones */
#include "core/problems.h"
#include "services/bus/process.h"
#include "services/bus/refusal.h"
#include "services/bus/worker.h"
#include "services/hub/store.h"
#include "services/publishing/hook_post.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- points ----------------------------------------------------------------------------------- */

enum { NAME_MAX_BYTES = 100 };

static const char *const table[] = {
#include "tests/crash/points.inc"
};

/* The linker's wraps have no context of their own: what follows is of the whole process. */
static const char *role; /* NULL: a command, which has no points */
static int visits_file = -1;
static char deadly[NAME_MAX_BYTES];
static atomic_long visits_left;
static atomic_long failures_left;

static bool known(const char *name) {
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (strcmp(table[i], name) == 0)
            return true;
    }
    return false;
}

static void note(char mark, const char *point) {
    char line[NAME_MAX_BYTES + 2];
    int length = snprintf(line, sizeof line, "%.1s%s\n", (char[]){mark, '\0'}, point);
    if (visits_file >= 0 && write(visits_file, line, (size_t)length) != length)
        abort();
}

static void visit(const char *kind, const char *what, const char *when) {
    char name[NAME_MAX_BYTES - 10], point[NAME_MAX_BYTES];
    if (!role)
        return;
    (void)snprintf(name, sizeof name, "%s%s%s", role, kind, what);
    (void)snprintf(point, sizeof point, "%s.%s", name, when);
    if (!known(name)) {
        note('?', point);
        return;
    }
    if (strcmp(point, deadly) == 0 && atomic_fetch_sub(&visits_left, 1) == 1) {
        note('!', point);
        (void)raise(SIGKILL);
    }
    note('\0', point);
}

static long number(const char *variable, long otherwise) {
    const char *text = getenv(variable);
    return text && *text ? strtol(text, NULL, 10) : otherwise;
}

/* Declared as the function that is replaced is, so that one whose parameters have changed since
 * does not compile. */
#define REPLACES(function) __typeof__(function) __real_##function, __wrap_##function

REPLACES(process_start);
int __wrap_process_start(const char *name, bool supervised, struct fault *fault) {
    const char *file = getenv("MINDEX_POINTS_FILE"), *point = getenv("MINDEX_POINT");
    if (file)
        visits_file = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (point)
        (void)snprintf(deadly, sizeof deadly, "%s", point);
    atomic_store(&visits_left, number("MINDEX_POINT_VISIT", 1));
    atomic_store(&failures_left, number("MINDEX_POINTS_FAIL", 0));
    role = name;
    return __real_process_start(name, supervised, fault);
}

/* --- the hub's commits ------------------------------------------------------------------------ */

/* What the open transaction has done so far. */
static struct {
    bool pack, added, again, entered, withdrawn, edition, comparison, published, aside, job, pieces,
        subscription, subscription_changed, deliveries, retired;
    const char *job_end;
} done;

REPLACES(store_begin);
bool __wrap_store_begin(struct store *store, struct fault *fault) {
    memset(&done, 0, sizeof done);
    return __real_store_begin(store, fault);
}

REPLACES(store_begin_relaxed);
bool __wrap_store_begin_relaxed(struct store *store, struct fault *fault) {
    memset(&done, 0, sizeof done);
    return __real_store_begin_relaxed(store, fault);
}

/* WRAP(what it is, function, its parameters with their types, and without) */
#define WRAP(flag, function, parameters, arguments)                                                \
    REPLACES(function);                                                                            \
    bool __wrap_##function parameters {                                                            \
        done.flag = true;                                                                          \
        return __real_##function arguments;                                                        \
    }

WRAP(pack, store_set_pack,
     (struct store * store, const char *hash, uint64_t time_ms, struct fault *fault),
     (store, hash, time_ms, fault))
WRAP(added, store_add_release,
     (struct store * store, const struct new_release *release, uint64_t *id, struct fault *fault),
     (store, release, id, fault))
WRAP(again, store_hold_again,
     (struct store * store, uint64_t id, uint64_t publish_at_ms, const Warnings *warnings,
      const char *request_id, struct fault *fault),
     (store, id, publish_at_ms, warnings, request_id, fault))
WRAP(entered, store_put_in_force,
     (struct store * store, uint64_t id, const struct release_difference *difference,
      struct fault *fault),
     (store, id, difference, fault))
WRAP(withdrawn, store_withdraw,
     (struct store * store, uint64_t id, const char *reason, uint64_t time_ms,
      const char *request_id, struct fault *fault),
     (store, id, reason, time_ms, request_id, fault))
WRAP(edition, store_add_edition,
     (struct store * store, const EditionInfo *edition, const uint64_t *releases, size_t n_releases,
      uint64_t upto, struct fault *fault),
     (store, edition, releases, n_releases, upto, fault))
WRAP(comparison, store_set_comparison,
     (struct store * store, uint64_t edition, const char *hash, struct fault *fault),
     (store, edition, hash, fault))
WRAP(retired, store_retire,
     (struct store * store, struct arena *arena, uint64_t edition, uint64_t time_ms,
      const struct going *going, struct fault *fault),
     (store, arena, edition, time_ms, going, fault))
WRAP(published, store_set_published, (struct store * store, uint64_t edition, struct fault *fault),
     (store, edition, fault))

WRAP(job, store_add_job,
     (struct store * store, const struct job_row *job, uint64_t *id, struct fault *fault),
     (store, job, id, fault))
WRAP(pieces, store_put_piece,
     (struct store * store, uint64_t job, const struct piece_row *piece, const void *content,
      uint64_t busy_ns, struct fault *fault),
     (store, job, piece, content, busy_ns, fault))

WRAP(subscription, store_add_subscription,
     (struct store * store, const Subscription *subscription, const char *secret,
      struct fault *fault),
     (store, subscription, secret, fault))
WRAP(subscription_changed, store_remove_subscription,
     (struct store * store, uint64_t id, struct fault *fault), (store, id, fault))
WRAP(subscription_changed, store_set_subscription,
     (struct store * store, uint64_t id, const char *state, const char *reason,
      struct fault *fault),
     (store, id, state, reason, fault))
WRAP(subscription_changed, store_add_secret,
     (struct store * store, uint64_t id, const char *secret, struct fault *fault),
     (store, id, secret, fault))
WRAP(subscription_changed, store_forget_secrets,
     (struct store * store, uint64_t id, struct fault *fault), (store, id, fault))
WRAP(subscription_changed, store_add_resend,
     (struct store * store, uint64_t id, uint64_t first, uint64_t last, struct fault *fault),
     (store, id, first, last, fault))
WRAP(deliveries, store_note_deliveries,
     (struct store * store, uint64_t id, const DeliveriesMade *made, struct fault *fault),
     (store, id, made, fault))

REPLACES(store_end_job);
bool __wrap_store_end_job(struct store *store, const struct job_row *job, struct fault *fault) {
    done.job_end = strcmp(job->state, "done") == 0     ? "job-done"
                   : strcmp(job->state, "failed") == 0 ? "job-failed"
                                                       : "job-cancelled";
    return __real_store_end_job(store, job, fault);
}

static const char *transaction(void) {
    return done.job_end                  ? done.job_end
           : done.job                    ? "job"
           : done.pieces                 ? "pieces"
           : done.deliveries             ? "deliveries"
           : done.subscription           ? "subscription"
           : done.subscription_changed   ? "subscription-changed"
           : done.retired                ? "retired"
           : done.published              ? "published"
           : done.comparison             ? "comparison"
           : done.edition                ? "edition"
           : done.aside                  ? "aside"
           : done.pack                   ? "pack"
           : done.withdrawn              ? "withdrawal"
           : done.again && done.entered  ? "again"
           : done.again                  ? "held-again"
           : done.added && !done.entered ? "held"
           : done.added                  ? "release"
           : done.entered                ? "due"
                                         : "duplicate";
}

REPLACES(store_commit);
bool __wrap_store_commit(struct store *store, struct fault *fault) {
    const char *what = transaction();
    visit(".commit.", what, "before");
    bool committed = __real_store_commit(store, fault);
    visit(".commit.", what, "after");
    return committed;
}

/* A failure that is only counted is a transaction of its own. */
REPLACES(store_fail_task);
bool __wrap_store_fail_task(struct store *store, uint64_t id, uint32_t attempts, const char *reason,
                            uint64_t aside_ms, struct fault *fault) {
    done.aside = aside_ms != 0;
    if (!aside_ms)
        visit(".commit.", "failure", "before");
    bool stored = __real_store_fail_task(store, id, attempts, reason, aside_ms, fault);
    if (!aside_ms)
        visit(".commit.", "failure", "after");
    return stored;
}

REPLACES(store_fail_job);
bool __wrap_store_fail_job(struct store *store, uint64_t id, uint32_t attempts, const char *reason,
                           struct fault *fault) {
    visit(".commit.", "job-failure", "before");
    bool stored = __real_store_fail_job(store, id, attempts, reason, fault);
    visit(".commit.", "job-failure", "after");
    return stored;
}

/* A new schema is committed as text. */
REPLACES(sqlite3_exec);
int __wrap_sqlite3_exec(sqlite3 *db, const char *sql, int (*row)(void *, int, char **, char **),
                        void *context, char **error) {
    bool commits = strcmp(sql, "COMMIT") == 0;
    if (commits)
        visit(".commit.", "schema", "before");
    int result = __real_sqlite3_exec(db, sql, row, context, error);
    if (commits)
        visit(".commit.", "schema", "after");
    return result;
}

/* --- what is sent ----------------------------------------------------------------------------- */

static _Thread_local bool sending; /* a message is; its frames are no points of their own */

static const char *kind(const Message *message) {
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field(
        message->base.descriptor, (unsigned)message->body_case);
    return field ? field->name : "nothing";
}

REPLACES(wire_send);
bool __wrap_wire_send(zsock_t *socket, zframe_t *to, const Message *message) {
    visit(".send.", kind(message), "before");
    sending = true;
    bool sent = __real_wire_send(socket, to, message);
    sending = false;
    visit(".send.", kind(message), "after");
    return sent;
}

REPLACES(wire_send_frame);
bool __wrap_wire_send_frame(zsock_t *socket, zframe_t *to, zframe_t **frame) {
    Message *message = wire_read(*frame);
    if (message)
        visit(".send.", kind(message), "before");
    sending = true;
    bool sent = __real_wire_send_frame(socket, to, frame);
    sending = false;
    if (message)
        visit(".send.", kind(message), "after");
    wire_free(&message);
    return sent;
}

/* The live stream's two frames: a topic, then an event or a heartbeat. */
REPLACES(zframe_send);
int __wrap_zframe_send(zframe_t **frame, void *socket, int flags) {
    static _Thread_local const char *what;
    if (sending)
        return __real_zframe_send(frame, socket, flags);
    if (flags & ZFRAME_MORE) {
        what = zframe_streq(*frame, "heartbeat") ? "live_heartbeat" : "live_event";
        visit(".send.", what, "before");
    }
    int result = __real_zframe_send(frame, socket, flags);
    if (!(flags & ZFRAME_MORE))
        visit(".send.", what, "after");
    return result;
}

/* --- webhooks --------------------------------------------------------------------------------- */

/* Nothing is sent yet when it returns; what is answered is told to the hub by a message. */
REPLACES(hook_post);
bool __wrap_hook_post(struct hook_poster *poster, const Subscription *to,
                      const struct hook_message *message, uint64_t now_ms, void *context,
                      struct fault *fault) {
    visit(".", "post", "before");
    bool begun = __real_hook_post(poster, to, message, now_ms, context, fault);
    visit(".", "post", "after");
    return begun;
}

/* --- the inbox, and the files of an edition --------------------------------------------------- */

static bool ends_with(const char *path, const char *end) {
    size_t length = strlen(path), n = strlen(end);
    return length >= n && strcmp(path + length - n, end) == 0;
}

REPLACES(rename);
int __wrap_rename(const char *from, const char *to) {
    const char *what = ends_with(to, "/latest") ? "latest" : "files";
    visit(".", what, "before");
    int result = __real_rename(from, to);
    visit(".", what, "after");
    return result;
}

REPLACES(renameat2);
int __wrap_renameat2(int from_folder, const char *from, int to_folder, const char *to,
                     unsigned flags) {
    const char *what = flags & RENAME_EXCHANGE    ? "replace"
                       : strstr(to, "/accepted/") ? "move.accepted"
                                                  : "move.rejected";
    visit(".", what, "before");
    int result = __real_renameat2(from_folder, from, to_folder, to, flags);
    visit(".", what, "after");
    return result;
}

REPLACES(refusal_write);
void __wrap_refusal_write(FILE *out, const Refusal *refusal, const char *file) {
    visit(".", "reason", "before");
    __real_refusal_write(out, refusal, file);
    visit(".", "reason", "after");
}

/* --- tasks that fail -------------------------------------------------------------------------- */

static const struct role *real_role;

static zframe_t *perform_or_fail(struct library *library, const Task *task, void *context,
                                 struct fault *fault) {
    if (atomic_load(&failures_left) > 0 && atomic_fetch_sub(&failures_left, 1) > 0) {
        fault_set(fault, FAULT_SYSTEM, "it was to fail, for the test");
        return NULL;
    }
    return real_role->perform(library, task, context, fault);
}

REPLACES(worker_run);
int __wrap_worker_run(const struct role *of, const struct places *places, int signals) {
    struct role failing = *of;
    real_role = of;
    failing.perform = perform_or_fail;
    return __real_worker_run(&failing, places, signals);
}
