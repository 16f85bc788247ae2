/* Who follows the events by the publishing role, for the hub's status: those that are most behind,
 * and how many there are. Of ZeroMQ's live stream it is not known. */
#ifndef PUBLISHING_AUDIENCE_H
#define PUBLISHING_AUDIENCE_H

#include "services/bus/worker.h"

enum { AUDIENCE_TOLD = 100, AUDIENCE_NAME = 96 };

struct audience {
    struct one {
        const char *kind; /* a constant */
        char name[AUDIENCE_NAME];
        uint64_t after, since_ms;
    } told[AUDIENCE_TOLD]; /* by `after` */
    size_t n_told;
    uint32_t total;
};

/* Everything up to event `after` was delivered; since_ms: when it came, or last asked. */
void audience_add(struct audience *audience, const char *kind, const char *name, uint64_t after,
                  uint64_t since_ms);

struct stream;
struct serving;

/* What audience_tell has as `around`. */
struct audience_sources {
    const struct stream *stream;
    struct serving *serving; /* NULL: nothing is served by HTTP */
};

/* A beat_teller (services/bus/beat.h). */
bool audience_tell(void *sources, struct arena *arena, Heartbeat *out);

#endif
