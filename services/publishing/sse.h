/* Server-Sent Events: the log of events to whoever keeps a connection open for them, each as a
 * CloudEvent in JSON. `id:` is the CloudEvent's, which begins with the event's number; who comes
 * back with it (Last-Event-ID) gets everything after it and then what happens, without a seam. No
 * connection has a thread: one thread reads the log and writes for all, no more for each than it
 * has taken, and the server's own sends it.
 *
 * A quiet stream says now and then how far it is, as an `id:` without data. Where the log is not
 * the one that the id came from, `event: problem` says so, the id is taken back, and it ends; short
 * of memory, it ends and the id holds. */
#ifndef PUBLISHING_SSE_H
#define PUBLISHING_SSE_H

#include "services/publishing/http_request.h"
#include "services/publishing/pulse.h"
#include "services/publishing/reply.h"

#include <microhttpd.h>

struct sse;

/* `hub` and `key` as client_open has them. */
struct sse *sse_new(const char *hub, const char *key, struct fault *fault);

/* What the pulse is to have, which must end before sse_destroy. */
struct pulse_listener sse_listener(struct sse *sse);

/* A stream for the connection: what comes after `last_id` (Last-Event-ID; NULL: there is none), or
 * after the query's `after`, or from now on; and of that what the query's filter
 * (services/bus/filter.h) lets through, or `settled`, which is the same held against the pack
 * (NULL: it was not needed); `digest=1`: one message in place of an edition's rank changes. NULL:
 * `status` and `reason` say why not. */
struct MHD_Response *sse_open(struct sse *sse, struct MHD_Connection *connection,
                              const struct request *request, const struct reply *settled,
                              const char *last_id, unsigned *status, char reason[REFUSED_TEXT]);

/* Ends all streams, at most in `patience_ms`, and takes no new ones. */
void sse_close(struct sse *sse, int patience_ms);
/* When the server has ended. */
void sse_destroy(struct sse **sse);

struct sse_counts {
    uint64_t streams, opened, sent; /* that there are; that there were; events */
    uint64_t from_log;              /* questions for what was not held in memory any more */
};
void sse_count(struct sse *sse, struct sse_counts *counts);

struct audience;
/* Adds who follows. May be called on any thread. */
void sse_audience(struct sse *sse, struct audience *audience);

#endif
