/* What hub and workers say to each other beyond the messages that everybody may send (those have
 * WIRE_VERSION): which protocols each speaks, and the newest that both do. Numbers and their
 * meaning: services/bus/version.h. */
#ifndef BUS_PROTOCOL_H
#define BUS_PROTOCOL_H

#include "services/bus/messages.h"

#include <stdint.h>

enum {
    PROTOCOL_REASON = 256,
    PROTOCOL_BEATS = 2, /* from which on heartbeats tell of the service around the worker */
    /* From which on a publishing role begins with the oldest event that there is. One of before
     * asks for the first, over and over, and gives its readers nothing where that was retired. */
    PROTOCOL_OLDEST = 2,
};

/* The hub's side: the newest that it and the worker speak. 0: there is none, and `reason` says so
 * to people on both sides, and what to do. */
uint32_t protocol_of_worker(const Mindex__V1__Hello *hello, char reason[PROTOCOL_REASON]);

/* The worker's side: what the hub has settled for. 0: this program does not speak it. */
uint32_t protocol_of_hub(const Mindex__V1__Welcome *welcome, char reason[PROTOCOL_REASON]);

#endif
