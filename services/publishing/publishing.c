#include "services/publishing/publishing.h"

#include "core/file.h"
#include "services/bus/convert.h"
#include "services/bus/log.h"
#include "services/bus/process.h"
#include "services/bus/reasons.h"
#include "services/publishing/audience.h"
#include "services/publishing/edition_files.h"
#include "services/publishing/serving.h"
#include "services/publishing/stream.h"
#include "services/publishing/webhooks.h"
#include "services/views/gather.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BOUNDARY_BYTES_MAX = 64 << 20 };

/* The hexagons of the task's pack. */
static bool lay_out(struct publisher *publisher, const char *hash, const struct pack *pack,
                    struct fault *fault) {
    if (strcmp(publisher->pack, hash) == 0)
        return true;
    free(publisher->cells);
    publisher->cells = NULL;
    publisher->pack[0] = '\0';
    if (!view_lay_out(pack, &publisher->cells, fault))
        return false;
    (void)snprintf(publisher->pack, sizeof publisher->pack, "%s", hash);
    return true;
}

/* editions/latest points to the newest edition's folder. It is replaced in one step, so that
 * whoever reads it finds the old one or the new one. */
static bool point_latest(const struct places *places, const char *name, struct fault *fault) {
    char latest[PATH_TEXT + 16], fresh[PATH_TEXT + 32], now[64];
    (void)snprintf(latest, sizeof latest, "%s/latest", places->editions);
    (void)snprintf(fresh, sizeof fresh, "%s/.latest.new", places->editions);
    ssize_t length = readlink(latest, now, sizeof now - 1);
    now[length > 0 ? length : 0] = '\0';
    if (strtoull(now, NULL, 10) >= strtoull(name, NULL, 10))
        return true; /* a newer one is there already */
    (void)unlink(fresh);
    if (symlink(name, fresh) == 0 && rename(fresh, latest) == 0)
        return true;
    return fault_set(fault, FAULT_SYSTEM, "%s cannot be set: %s", latest, strerror(errno));
}

/* What cannot be removed now is left for the next time: the edition is published all the same. */
static void remove_retired(const struct places *places, const PublishTask *order) {
    struct fault fault = {0};
    char reason[LOG_QUOTED];
    if (order->has_oldest_edition &&
        !edition_files_retire(places->editions, order->oldest_edition, &fault))
        log_warning("files of retired editions not removed", "reason=%s",
                    log_quote(fault.text, reason));
}

static zframe_t *publish(struct library *library, const Task *task, struct publisher *publisher,
                         struct fault *fault) {
    const PublishTask *order = task->publish;
    struct view files = {.number = order->edition,
                         .cause = order->cause,
                         .nature = order->nature,
                         .dataset = order->dataset,
                         .label = order->label,
                         .boundaries = publisher->boundaries};
    const struct view_hashes hashes = {order->pack, order->scores, order->comparison,
                                       order->previous_pack, order->previous_scores};
    struct changes *changes = NULL;
    struct reasons *reasons = NULL;
    char name[32], folder[PATH_TEXT + 64];
    (void)snprintf(name, sizeof name, "%06llu", (unsigned long long)order->edition);
    (void)snprintf(folder, sizeof folder, "%s/%s", publisher->places->editions, name);
    unsigned count = 0;
    bool written = view_gather(library, &hashes, &files, &changes, fault) &&
                   lay_out(publisher, order->pack, files.pack, fault);
    files.cells = publisher->cells;
    if (written && order->has_last_event) {
        reasons = reasons_fetch(publisher->client, order->first_event, order->last_event, fault);
        files.reasons = reasons;
        written = reasons != NULL;
    }
    written = written && edition_files_write(folder, &files, &count, fault) &&
              point_latest(publisher->places, name, fault);
    if (written)
        remove_retired(publisher->places, order);
    reasons_destroy(&reasons);
    changes_destroy(&changes);
    if (!written)
        return NULL;
    Published published = MINDEX__V1__PUBLISHED__INIT;
    published.folder = folder;
    published.files = count;
    TaskDone done = MINDEX__V1__TASK_DONE__INIT;
    done.task = task->task;
    done.result_case = MINDEX__V1__TASK_DONE__RESULT_PUBLISHED;
    done.published = &published;
    zframe_t *result = worker_result(&done);
    if (!result)
        fault_memory(fault);
    return result;
}

zframe_t *publishing_perform(struct library *library, const Task *task, void *context,
                             struct fault *fault) {
    if (task->work_case == MINDEX__V1__TASK__WORK_PUBLISH) {
        return publish(library, task, context, fault);
    }
    fault_set(fault, FAULT_INPUT, "a task that is not for publishing");
    return NULL;
}

static bool load_boundaries(struct publisher *publisher, const char *path, struct fault *fault) {
    struct problems problems = {0};
    char *bytes = NULL;
    size_t length = 0;
    if (!path)
        return true;
    if (!file_load(path, BOUNDARY_BYTES_MAX, &bytes, &length, &problems)) {
        return fault_set(fault, FAULT_INPUT, "%s: %s", path, problems.kept[0].reason);
    }
    publisher->boundaries = boundaries_read(path, bytes, length, fault);
    free(bytes);
    return publisher->boundaries != NULL;
}

/* A second one would write the same files, and take the stream's sockets away from the first. */
static int lock_outputs(const struct places *places, struct fault *fault) {
    char path[PATH_TEXT + 32];
    (void)snprintf(path, sizeof path, "%s/publishing.lock", places->state);
    int lock = process_lock(path, fault);
    if (lock >= 0 && process_lock_endpoint(places->events, fault) &&
        process_lock_endpoint(places->replay, fault))
        return lock;
    if (lock >= 0)
        (void)close(lock);
    return -1;
}

int publishing_run(const struct places *places, struct config *config, const char *boundaries,
                   int signals) {
    char quoted[LOG_QUOTED], replay[LOG_QUOTED];
    struct fault fault = {0};
    struct publisher publisher = {.places = places};
    struct audience_sources audience = {0};
    const struct role role = {.name = "publishing",
                              .perform = publishing_perform,
                              .context = &publisher,
                              .config = config,
                              .tell = audience_tell,
                              .around = &audience};
    int lock = lock_outputs(places, &fault);
    publisher.client = lock >= 0 ? client_open(places->hub, places->key, &fault) : NULL;
    bool ready = publisher.client && load_boundaries(&publisher, boundaries, &fault) &&
                 make_folder(places->editions, &fault);
    struct stream *stream = ready ? stream_new(places, config, &fault) : NULL;
    zactor_t *streaming = stream ? zactor_new(stream_main, stream) : NULL;
    struct serving *serving = streaming && *places->http
                                  ? serving_new(places, publisher.boundaries, stream, &fault)
                                  : NULL;
    struct webhooks *webhooks = streaming ? webhooks_new(places, &webhooks_standard, &fault) : NULL;
    zactor_t *sending = webhooks ? zactor_new(webhooks_main, webhooks) : NULL;
    int status = EXIT_FAILURE;
    audience = (struct audience_sources){stream, serving};
    if (sending && (serving || !*places->http)) {
        log_info("stream open", "events=%s replay=%s", log_quote(places->events, quoted),
                 log_quote(places->replay, replay));
        status = worker_run(&role, places, signals);
    } else {
        log_error("cannot start", "reason=%s", log_quote(fault.text, quoted));
    }
    zactor_destroy(&sending);
    webhooks_destroy(&webhooks);
    if (!serving_destroy(&serving))
        _exit(status); /* what is being answered uses what would be freed here */
    zactor_destroy(&streaming);
    stream_destroy(&stream);
    client_destroy(&publisher.client);
    free(publisher.cells);
    boundaries_destroy(&publisher.boundaries);
    if (lock >= 0)
        (void)close(lock);
    return status;
}
