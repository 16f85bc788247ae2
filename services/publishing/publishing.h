/* The publishing role: the event stream for subscribers, and a folder of files for each edition. */
#ifndef PUBLISHING_PUBLISHING_H
#define PUBLISHING_PUBLISHING_H

#include "core/boundaries.h"
#include "core/cartogram.h"
#include "services/bus/client.h"
#include "services/bus/config.h"
#include "services/bus/endpoint.h"
#include "services/bus/hash.h"
#include "services/bus/worker.h"

/* What the role keeps between tasks. */
struct publisher {
    const struct places *places;
    struct client *client; /* for the events of an edition */
    struct boundaries *boundaries;
    struct cell *cells; /* of the pack below; laid out once, not for each edition */
    char pack[HASH_TEXT];
};

/* Works until SIGINT or SIGTERM. `boundaries` is a GeoJSON file for maps with real boundaries, or
 * NULL. Returns an exit status. */
int publishing_run(const struct places *places, struct config *config, const char *boundaries,
                   int signals);

/* One task, as struct role has it (services/bus/worker.h); `context` is a struct publisher. */
zframe_t *publishing_perform(struct library *library, const Task *task, void *context,
                             struct fault *fault);

#endif
