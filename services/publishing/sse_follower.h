/* What one who follows the events gets of the log, as the text of Server-Sent Events: from where
 * on, by which filter, and how far it is. No connection and no lock: one thread writes for all, and
 * whoever sends it takes the text. */
#ifndef PUBLISHING_SSE_FOLLOWER_H
#define PUBLISHING_SSE_FOLLOWER_H

#include "services/bus/client.h"
#include "services/bus/digest.h"
#include "services/publishing/recent.h"
#include "services/views/answer.h"

/* What all of them read, and what came of it. The counts are read on other threads. */
struct log_reader {
    struct client *client;
    struct recent *recent;
    bool knows;        /* where the log ends: the hub was heard */
    uint64_t sent;     /* events */
    uint64_t from_log; /* questions for what was not held in memory any more */
};

/* How far: the event, and when it was committed; 0: not known. */
struct position {
    uint64_t seq, time_ms;
};

struct follower {
    Filter *filter;
    bool digests;
    struct digest digest;
    struct position at;        /* every event up to it was looked at */
    struct position resume;    /* who comes back after it misses nothing */
    bool from_now;             /* not begun: the log's end is not known yet */
    bool check;                /* the hub is to say first whether it is of this log */
    bool problem;              /* ends with what is written */
    char *text;                /* written, and not taken yet */
    size_t length, room;       /* of it */
    int64_t not_before, quiet; /* on clock_ms: ask the log again; say how far */
};

/* After `last_id` (NULL: there is none), or after the query's `after`, or from now on. False: the
 * fault says why not, and there is nothing to clear. */
bool follower_begin(struct follower *follower, const struct request *request, const char *last_id,
                    struct fault *fault);
void follower_clear(struct follower *follower);
/* Its filter is this packed one. False: out of memory. */
bool follower_settle(struct follower *follower, const void *filter, size_t length,
                     struct fault *fault);

/* When it wants to be filled, on clock_ms. */
int64_t follower_due(const struct log_reader *reader, const struct follower *follower);
/* The log may be another. */
void follower_recheck(struct follower *follower);
/* Writes what there is for it, up to a bound; where there was nothing for a while, how far it is,
 * or that it lives. May ask the hub, and wait for its answer. */
void follower_fill(struct log_reader *reader, struct follower *follower, int64_t now);
/* What was written, if anything; free it. *ends: nothing comes after it. */
char *follower_take(struct follower *follower, size_t *length, bool *ends);

#endif
