/* Webhooks: the events that a subscription wants, sent to its URL by Standard Webhooks 1.0.
 *
 * * The hub keeps subscriptions, positions and the log of attempts; this is the only other place
 * where a subscription's secrets are. Each subscription gets its messages in the order of the log:
 * the next goes when the one before was taken and the hub has confirmed that. So whatever is
 * killed, and when, at most one message of a subscription is sent twice, with the same webhook-id.
 * One that is not taken is tried again by the schedule, and nothing else goes there meanwhile but
 * what somebody asks for, a test or a range again; after the last attempt the hub disables the
 * subscription. Subscriptions do not wait for each other: many are served at a time, and those that
 * fail never take more than half of the places.
 *
 * * Memory is bounded by what HOOK_QUEUE messages of each subscription take and one page of
 * events. */
#ifndef PUBLISHING_WEBHOOKS_H
#define PUBLISHING_WEBHOOKS_H

#include "services/bus/endpoint.h"
#include "services/publishing/hook.h"

#include <czmq.h>

struct webhooks_settings {
    struct hook_schedule schedule;
    int timeout_ms; /* of one attempt */
    int look_ms;    /* how often the hub is asked for changes of subscriptions */
};
/* The schedule of Standard Webhooks, 20 s, and each second. */
extern const struct webhooks_settings webhooks_standard;

struct webhooks;

/* `settings` must outlive it. NULL: the fault says why not. */
struct webhooks *webhooks_new(const struct places *places, const struct webhooks_settings *settings,
                              struct fault *fault);
void webhooks_destroy(struct webhooks **webhooks);

/* Runs as a CZMQ actor; `args` is the struct webhooks, which stays the caller's. */
void webhooks_main(zsock_t *pipe, void *args);

#endif
