/* How the service is, for those who watch it by machine: /metrics in the text format of Prometheus
 * (version 0.0.4), and /healthz. What they say is what the hub answered within the last half
 * second, however many ask; while it does not answer, mindex_up is 0 and /healthz fails. */
#ifndef PUBLISHING_METRICS_H
#define PUBLISHING_METRICS_H

#include "services/bus/client.h"
#include "services/publishing/http.h"

/* What this process says of itself beside it. */
struct served {
    struct http_counts http;
    struct desk_counts views;
    struct sse_counts sse;
    size_t topics;                             /* of ZeroMQ's subscribers */
    size_t askers;                             /* for a replay, of late */
    uint64_t started_ms, resident_bytes;       /* resident: 0: not known */
    uint64_t disk_free_bytes, disk_size_bytes; /* where the editions are; 0: not known */
};

struct metrics;

/* `hub` and `key` as client_open has them. */
struct metrics *metrics_new(const char *hub, const char *key, struct fault *fault);
void metrics_destroy(struct metrics **metrics);

/* /metrics and /healthz as views have it; one thread at a time. */
void metrics_answer(struct metrics *metrics, const struct served *served, struct answer *answer);
void metrics_health(struct metrics *metrics, struct answer *answer);

/* The text of /metrics as the answer's body; out of memory there is none. `status` NULL: the hub
 * does not answer. */
void metrics_text(const StatusReport *status, const struct served *served, struct answer *answer);

#endif
