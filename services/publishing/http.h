/* The HTTP server: reads requests, and sends what was made for them. One thread does it for all
 * connections and never waits: what is kept is sent at once, anything else is asked of a desk
 * (services/publishing/desk.h) while the connection stands aside.
 *
 * GET and HEAD alone; it asks nobody who he is: what is only for some does not belong on it. */
#ifndef PUBLISHING_HTTP_H
#define PUBLISHING_HTTP_H

#include "services/publishing/desk.h"
#include "services/publishing/sse.h"

#include <stdint.h>

enum { HTTP_CLASSES = 5, HTTP_BUCKETS = 12 };

/* What was answered, for /metrics. */
struct http_counts {
    uint64_t requests[HTTP_CLASSES]; /* by the first figure of the status, from 1 */
    uint64_t within[HTTP_BUCKETS];   /* answered within http_bounds, each counted once */
    uint64_t beyond;                 /* and later than the last of these */
    double seconds;                  /* of all together */
    uint64_t unchanged;              /* with 304 */
    uint64_t connections, cut;       /* that there are; that were too slow */
};
extern const double http_bounds[HTTP_BUCKETS]; /* seconds */

struct http_places {
    const char *endpoint; /* endpoint_http, services/bus/endpoint.h */
    const char *names;    /* endpoint_names; "": none */
    struct desk *views;   /* answers what is not named below */
    struct desk *service; /* answers /metrics and /healthz */
    struct sse *sse;      /* /api/v1/events/stream */
};

struct http;

/* Serves until http_destroy, before which the desks and streams must be closed, and after which
 * they may be destroyed. Call it when signals are blocked already. NULL: the fault says why not. */
struct http *http_new(const struct http_places *places, struct fault *fault);
void http_destroy(struct http **http);

void http_count(struct http *http, struct http_counts *counts);

#endif
