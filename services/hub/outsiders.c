/* Workers that cannot be worked with, as they speak no worker protocol that the hub does. They are
 * given nothing, and say hello on and on; each is kept by its name, so that the status can tell of
 * it, until it is silent or comes as one that can be. */
#include "core/utf8.h"
#include "services/bus/clock.h"
#include "services/bus/log.h"
#include "services/bus/protocol.h"
#include "services/hub/hub.h"

#include <stdlib.h>
#include <string.h>

enum {
    OUTSIDERS_MAX = 100, /* beyond these they are refused all the same, and not listed */
    NAME_BYTES = 128,
    SILENCES = 4, /* of a worker that is taken for dead: a refused one says hello seldom */
};

struct outsider {
    enum job_kind kind;
    char name[NAME_BYTES], build[32];
    uint32_t protocol;
    char why[PROTOCOL_REASON];
    int64_t last_heard;
    struct outsider *next;
};

static struct outsider **find(struct hub *hub, enum job_kind kind, const char *name) {
    struct outsider **at = &hub->outsiders;
    while (*at && ((*at)->kind != kind || strncmp((*at)->name, name, NAME_BYTES - 1) != 0))
        at = &(*at)->next;
    return at;
}

static void drop(struct outsider **at) {
    struct outsider *gone = *at;
    *at = gone->next;
    free(gone);
}

static size_t drop_silent(struct hub *hub, int64_t now) {
    int64_t most = SILENCES * (int64_t)hub->config->hub.worker_silence_ms;
    size_t left = 0;
    for (struct outsider **at = &hub->outsiders; *at;) {
        if (now - (*at)->last_heard > most) {
            drop(at);
            continue;
        }
        left++;
        at = &(*at)->next;
    }
    return left;
}

static void tell(struct hub *hub, const Mindex__V1__Hello *hello, enum job_kind kind,
                 const char *why) {
    char name[LOG_QUOTED], reason[LOG_QUOTED];
    log_error("worker refused", "worker=%s worker_role=%s reason=%s", log_quote(hello->name, name),
              job_role(kind), log_quote(why, reason));
    errors_note(hub, job_role(kind), NULL, why);
}

void outsiders_refuse(struct hub *hub, const Mindex__V1__Hello *hello, enum job_kind kind,
                      const char *why) {
    int64_t now = clock_ms();
    size_t count = drop_silent(hub, now);
    struct outsider **at = find(hub, kind, hello->name), *known = *at;
    bool told = known && strcmp(known->why, why) == 0; /* once, for it asks on and on */
    if (!known && count < OUTSIDERS_MAX && (known = calloc(1, sizeof *known)))
        *at = known;
    if (known) {
        known->kind = kind;
        utf8_copy(known->name, sizeof known->name, hello->name);
        utf8_copy(known->build, sizeof known->build, hello->build);
        utf8_copy(known->why, sizeof known->why, why);
        known->protocol = hello->has_protocol ? hello->protocol : 1;
        known->last_heard = now;
    }
    if (known && !told)
        tell(hub, hello, kind, why);
}

void outsiders_welcome(struct hub *hub, enum job_kind kind, const char *name) {
    struct outsider **at = find(hub, kind, name);
    if (*at)
        drop(at);
}

size_t outsiders_count(struct hub *hub) {
    return drop_silent(hub, clock_ms());
}

bool outsiders_status(struct hub *hub, struct arena *arena, StatusReport *status) {
    int64_t now = clock_ms();
    for (const struct outsider *one = hub->outsiders; one; one = one->next) {
        WorkerStatus *worker = arena_alloc(arena, 1, sizeof *worker);
        if (!worker)
            return false;
        mindex__v1__worker_status__init(worker);
        worker->role = (char *)job_role(one->kind);
        worker->name = (char *)one->name;
        worker->build = (char *)one->build;
        worker->has_protocol = true;
        worker->protocol = one->protocol;
        worker->refused = (char *)one->why;
        worker->silent_ms = (uint64_t)(now - one->last_heard);
        status->workers[status->n_workers++] = worker;
    }
    return true;
}

void outsiders_clear(struct hub *hub) {
    while (hub->outsiders)
        drop(&hub->outsiders);
}
