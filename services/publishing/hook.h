/* One subscription as the publishing role works on it: what it has read of the log, the messages
 * that wait, and when the next may go. No sockets and no clock: services/publishing/webhooks.c has
 * both. */
#ifndef PUBLISHING_HOOK_H
#define PUBLISHING_HOOK_H

#include "services/publishing/hook_message.h"
#include "services/publishing/hook_post.h"

enum {
    HOOK_QUEUE = 32, /* messages that wait, of one feed */
    HOOK_ATTEMPTS_MAX = 16,
};

/* When a message is tried again. */
struct hook_schedule {
    uint64_t delays_ms[HOOK_ATTEMPTS_MAX]; /* before each attempt, the first too */
    size_t attempts;
};

/* A way through the log: from after `scanned` to `end`. */
struct feed {
    uint64_t scanned, end;
    uint64_t scanned_ms; /* when event `scanned` was committed; 0: not known */
    struct digest digest;
    struct hook_message *queue[HOOK_QUEUE];
    size_t head, count;
};

enum hook_phase {
    HOOK_IDLE,
    HOOK_POSTING, /* the first message of `from` is under way */
    HOOK_TELLING, /* the hub is told of it; nothing else goes until it has confirmed */
};

struct hook {
    Subscription *told;  /* as the hub has it */
    Subscription *fresh; /* what it told since, to be taken over when idle; NULL: nothing */
    bool stale;          /* ... but before it heard our last report */
    bool seen, gone;     /* the hub has it still; has it no longer */
    bool disabled;       /* by our report, until the hub says more */
    enum hook_phase phase;
    struct feed live;
    struct feed again;    /* of a Resend */
    struct feed *from;    /* what is sent comes from it */
    uint64_t resend;      /* whose `again` is; 0: none */
    uint64_t resent;      /* every Resend up to it is done */
    uint64_t posted_ms;   /* when the attempt began, since 1970 */
    uint64_t progress_ms; /* when the hub was last told how far it is */

    /* What the hub is told, while HOOK_TELLING. */
    DeliveriesMade report;
    Delivery delivery, *deliveries[1];
    char error[300], reason[400];
    uint64_t done[1];
    uint64_t request; /* its number */
    int64_t tell_again;
};

/* Takes `told` over. NULL: out of memory, and it is freed. */
struct hook *hook_new(Subscription *told);
void hook_destroy(struct hook **hook);

bool hook_active(const struct hook *hook);
/* Keeps what the hub told, to be taken over when idle. Takes `told` over. */
void hook_hear(struct hook *hook, Subscription *told);
/* Takes it over. Only while idle. False: it was from before our last report, and may not say all
 * that people have changed: ask the hub anew. */
bool hook_settle(struct hook *hook);

/* Whether a feed has room and is not through; `newest` is the log's newest event. */
bool hook_reads_live(const struct hook *hook, uint64_t newest);
bool hook_reads_again(const struct hook *hook, uint64_t newest);
/* Takes events in, from `after` on, as far as there is room. False: out of memory, and the rest is
 * asked for again. */
bool hook_take(struct hook *hook, struct feed *feed, uint64_t after, const Events *events,
               struct fault *fault);

/* While idle: begins with the next Resend, if there is one. False: out of memory. */
bool hook_resume_resends(struct hook *hook, uint64_t now_ms, struct fault *fault);
/* The log does not reach to where a Resend begins. */
void hook_end_resend(struct hook *hook, uint64_t at);

/* What is to be sent now (*from: the feed that it is of); NULL: nothing. */
struct hook_message *hook_next(struct hook *hook, uint64_t now_ms, struct feed **from);
/* When the next is to be sent, since 1970; UINT64_MAX: nothing waits. */
uint64_t hook_due_ms(const struct hook *hook);

/* What came of it, as a report to the hub; `extra` (0 to 1) of a tenth is added to the pause. */
void hook_judge(struct hook *hook, const struct hook_outcome *outcome,
                const struct hook_schedule *schedule, uint64_t now_ms, double extra);
/* A report of how far it is, or that a Resend is done; false: there is nothing to say. */
bool hook_report_progress(struct hook *hook, uint64_t now_ms);
/* The hub has confirmed the report. Where it disables the subscription, what the hub told meanwhile
 * is dropped: ask it anew. */
void hook_confirmed(struct hook *hook);

#endif
