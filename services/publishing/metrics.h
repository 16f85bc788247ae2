/* How the service is, for those who watch it by machine: /metrics in the text format of Prometheus
 * (version 0.0.4), and /healthz. What they say is what the hub answered within the last half
 * second, however many ask; while it does not answer, mindex_up is 0 and /healthz fails. */
#ifndef PUBLISHING_METRICS_H
#define PUBLISHING_METRICS_H

#include "services/bus/client.h"
#include "services/publishing/http.h"

struct metrics;

/* `hub` and `key` as client_open has them. */
struct metrics *metrics_new(const char *hub, const char *key, struct fault *fault);
void metrics_destroy(struct metrics **metrics);

/* Pages of an HTTP server whose context is the struct metrics. */
void metrics_page(void *context, struct http_answer *answer);
void metrics_health(void *context, struct http_answer *answer);

/* The text of /metrics as the answer's body; out of memory there is none. `status` NULL: the hub
 * does not answer. */
void metrics_text(const StatusReport *status, struct http_answer *answer);

#endif
