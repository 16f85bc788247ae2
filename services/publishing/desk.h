/* Where what takes time is answered: a few clerks, each a thread with what it needs of its own, a
 * line before them that is not endless, and the answers that were given, kept while they hold. What
 * is asked by several at once is answered once. */
#ifndef PUBLISHING_DESK_H
#define PUBLISHING_DESK_H

#include "services/publishing/cache.h"
#include "services/publishing/pulse.h"

struct clerk {
    void (*answer)(void *context, struct request *request, struct answer *answer);
    void *context;
};

struct desk_limits {
    size_t line;                   /* of what is not begun */
    size_t replies_max, bytes_max; /* that are kept */
};

enum order_end { ORDER_REPLIED, ORDER_NO_ROOM, ORDER_HUB_AWAY, ORDER_FAILED };

/* What somebody waits for; his own, and left alone until `ready` is called. */
struct order {
    struct asked *asked;
    void (*ready)(struct order *order);
    enum order_end end;
    struct reply *reply; /* ORDER_REPLIED: with a reference for him */
    struct order *next;
};

struct desk;

/* `pulse` NULL: its answers are not kept, and are given whether the hub is there or not. */
struct desk *desk_new(const struct clerk *clerks, size_t n_clerks, const struct desk_limits *limits,
                      struct pulse *pulse, struct fault *fault);

/* Whoever waits, or asks from now on, is told ORDER_FAILED. False: a clerk is still at work after
 * `patience_ms`, and nothing that it uses may be freed; the process is to end. */
bool desk_close(struct desk *desk, int patience_ms);
void desk_destroy(struct desk **desk); /* one that is closed */

/* A kept reply with a reference for the caller. NULL: there is none that holds. */
struct reply *desk_kept(struct desk *desk, const struct asked *asked);

/* Calls order->ready once, on this thread or on a clerk's. */
void desk_ask(struct desk *desk, struct order *order);

struct desk_counts {
    uint64_t hits, misses, joined, refused;
    size_t line, replies, bytes;
};
void desk_count(struct desk *desk, struct desk_counts *counts);

#endif
