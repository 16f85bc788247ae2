/* What the publishing role serves by HTTP: pages, the API, and how the service is. */
#ifndef PUBLISHING_SERVING_H
#define PUBLISHING_SERVING_H

#include "core/boundaries.h"
#include "services/bus/endpoint.h"
#include "services/publishing/stream.h"

struct serving;

/* `places` has the endpoint of HTTP; `boundaries` (NULL: none) and the stream must outlive it. */
struct serving *serving_new(const struct places *places, const struct boundaries *boundaries,
                            const struct stream *stream, struct fault *fault);

/* Adds who follows the events by HTTP. May be called on any thread. */
void serving_audience(struct serving *serving, struct audience *audience);

/* False: something is still being answered that cannot be interrupted; nothing was freed, and the
 * process is to end. */
bool serving_destroy(struct serving **serving);

#endif
