#include "services/publishing/audience.h"

#include "services/publishing/serving.h"
#include "services/publishing/stream.h"

#include <stdio.h>
#include <string.h>

void audience_add(struct audience *audience, const char *kind, const char *name, uint64_t after,
                  uint64_t since_ms) {
    struct one *told = audience->told;
    size_t at = audience->n_told;
    audience->total++;
    if (at == AUDIENCE_TOLD && told[at - 1].after <= after)
        return;
    if (at < AUDIENCE_TOLD)
        audience->n_told++;
    else
        at--; /* the one that is least behind makes room */
    for (; at > 0 && told[at - 1].after > after; at--)
        told[at] = told[at - 1];
    told[at] = (struct one){.kind = kind, .after = after, .since_ms = since_ms};
    (void)snprintf(told[at].name, sizeof told[at].name, "%s", name);
}

bool audience_tell(void *context, struct arena *arena, Heartbeat *out) {
    const struct audience_sources *sources = context;
    struct audience *audience = arena_alloc(arena, 1, sizeof *audience);
    SubscriberStatus *all = arena_alloc(arena, AUDIENCE_TOLD, sizeof *all);
    out->subscribers = arena_alloc(arena, AUDIENCE_TOLD, sizeof *out->subscribers);
    if (!audience || !all || !out->subscribers)
        return false;
    stream_audience(sources->stream, audience);
    if (sources->serving)
        serving_audience(sources->serving, audience);
    for (size_t i = 0; i < audience->n_told; i++) {
        struct one *one = &audience->told[i];
        mindex__v1__subscriber_status__init(&all[i]);
        all[i].kind = (char *)one->kind;
        all[i].name = one->name;
        all[i].has_after = all[i].has_since_ms = true;
        all[i].after = one->after;
        all[i].since_ms = one->since_ms;
        out->subscribers[out->n_subscribers++] = &all[i];
    }
    out->has_subscribers_total = true;
    out->subscribers_total = audience->total;
    return true;
}
