/* Follows the hub's log of events: where it stands, and whether the hub is there. The log grows
 * with each thing that changes, so that what was made when it stood at the same number still holds,
 * also while the hub is away: nobody else changes anything. */
#ifndef PUBLISHING_PULSE_H
#define PUBLISHING_PULSE_H

#include "services/bus/client.h"

struct pulse;

/* Told of events as they come, on the pulse's thread. */
struct pulse_listener {
    /* The listener may take the message, which holds Events, and frees it with wire_free then. */
    void (*heard)(void *context, Message **events);
    /* Another log, or the first one; and when its newest event was committed. */
    void (*begun)(void *context, uint64_t newest, uint64_t time_ms);
    void *context;
};

/* `hub` and `key` as client_open has them; `listener` NULL: none, else it is copied. */
struct pulse *pulse_new(const char *hub, const char *key, const struct pulse_listener *listener,
                        struct fault *fault);
void pulse_destroy(struct pulse **pulse);

/* Which log it is, counted from 1 (0: not known yet), and its newest event. False: the hub does not
 * answer; these are what they were. */
bool pulse_now(struct pulse *pulse, uint64_t *log, uint64_t *event);

#endif
