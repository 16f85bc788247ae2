/* The event log, as CloudEvents: what a system that was away asks for. */
#include "services/views/api_parts.h"

#include "services/bus/buffer.h"
#include "services/bus/cloudevent.h"
#include "services/bus/filter.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { EVENTS = 100, EVENTS_MOST = 1000 };

const struct resource events_resource = {
    .id = "events",
    .pattern = "/api/v1/events",
    .summary = "Events",
    .description =
        "Events of the log, the oldest first, as CloudEvents: those after a number (none: from the "
        "oldest that is kept) that a filter lets through; one that says which moves and names no "
        "type lets "
        "rank changes alone through. 'through' is how far the log was searched: ask again "
        "with after=through, until it is 'newest'. "
        "410 where events after that number went with editions that were retired: the log begins "
        "with 'oldest'.",
    .takes = TAKES_AFTER | TAKES_FILTER,
    .type = "application/json",
};

/* Served where connections are kept open; a view says only what its filter means. */
const struct resource stream_resource = {
    .id = "stream",
    .pattern = "/api/v1/events/stream",
    .summary = "Events as they come",
    .description = "The same events as Server-Sent Events, each a CloudEvent in JSON: those after "
                   "a number, or after the header Last-Event-ID, and then what happens; without "
                   "either from now on. Filters are those of /api/v1/events.",
    .takes = TAKES_STREAM | TAKES_FILTER,
    .type = "text/event-stream",
};

/* Whether it could be held against the pack, if that was needed: that of the newest edition. Before
 * the first there is none. */
static bool settle(struct viewer *viewer, const struct request *request, Filter *filter,
                   struct fault *fault) {
    bool of_pack = false;
    for (size_t i = 0; i < request->n_parameters; i++)
        of_pack |= filter_of_pack(request->parameters[i].name);
    if (!of_pack)
        return true;
    struct fault away = {0};
    const struct view *view = viewer_edition(viewer, 0, &away);
    if (!view && away.kind != FAULT_INPUT) {
        *fault = away;
        return false;
    }
    return !view || filter_settle(filter, view->pack, fault);
}

/* The filter of the query, in codes and ids. NULL: the answer is a problem, or memory ran out. */
static Filter *filter_of(struct viewer *viewer, const struct request *request,
                         struct answer *answer) {
    struct fault fault = {0};
    Filter *filter = filter_new();
    bool fine = filter != NULL;
    for (size_t i = 0; fine && i < request->n_parameters; i++) {
        const struct parameter *p = &request->parameters[i];
        fine = !filter_has_name(p->name) || filter_take(filter, p->name, p->value, &fault);
    }
    if (fine && settle(viewer, request, filter, &fault))
        return filter;
    if (fault.kind == FAULT_INPUT)
        answer_problem(answer, request, 400, "%s", fault.text);
    else if (fault.kind != FAULT_NONE)
        answer_fault(answer, request, &fault);
    filter_destroy(&filter);
    return NULL;
}

static void write_events(FILE *out, const Events *events, const Filter *filter) {
    bool first = true;
    (void)fprintf(
        out, "{\"through\":%" PRIu64 ",\"oldest\":%" PRIu64 ",\"newest\":%" PRIu64 ",\"events\":[",
        events->through, events->oldest ? events->oldest : 1, events->newest);
    for (size_t i = 0; i < events->n_events; i++) {
        if (!filter_wants(filter, events->events[i]))
            continue;
        (void)fputs(first ? "\n" : ",\n", out);
        cloudevent_write(out, events->events[i]);
        first = false;
    }
    (void)fputs("\n]}\n", out);
}

/* A page further on is there already, or nothing is. */
static void link_next(const struct request *request, const Events *events, uint64_t limit,
                      struct answer *answer) {
    if (events->through >= events->newest)
        return;
    (void)snprintf(answer->link, sizeof answer->link,
                   "</api/v1/events?after=%" PRIu64 "&limit=%" PRIu64 ">; rel=\"next\"",
                   events->through, limit);
    for (size_t i = 0; i < request->n_parameters; i++) {
        if (filter_has_name(request->parameters[i].name))
            answer->link[0] = '\0'; /* what the filter was is for who asks to say again */
    }
}

void api_events(struct viewer *viewer, const struct request *request, struct answer *answer) {
    struct fault fault = {0};
    uint64_t after, limit;
    struct buffer buffer;
    if (!api_knows(&events_resource, request, answer) ||
        !request_number(request, "after", NO_EVENT, 0, NO_EVENT - 1, &after, answer) ||
        !request_number(request, "limit", EVENTS, 1, EVENTS_MOST, &limit, answer))
        return;
    Filter *filter = filter_of(viewer, request, answer);
    if (!filter)
        return;
    const Events *events = viewer_events(viewer, after, (uint32_t)limit, NULL, 0, &fault);
    FILE *out = events ? buffer_open(&buffer) : NULL;
    if (out) {
        write_events(out, events, filter);
        link_next(request, events, limit, answer);
        if (buffer_close(&buffer, out)) {
            answer->type = events_resource.type;
            answer->body = buffer.bytes;
            answer->length = buffer.length;
        }
    } else if (!events && fault.kind != FAULT_MEMORY) {
        answer_fault(answer, request, &fault);
    }
    filter_destroy(&filter);
}

void api_stream_filter(struct viewer *viewer, const struct request *request,
                       struct answer *answer) {
    Filter *filter =
        api_knows(&stream_resource, request, answer) ? filter_of(viewer, request, answer) : NULL;
    if (!filter)
        return;
    answer->length = mindex__v1__filter__get_packed_size(filter);
    answer->body = malloc(answer->length + 1);
    if (answer->body)
        (void)mindex__v1__filter__pack(filter, (uint8_t *)answer->body);
    answer->type = "application/protobuf";
    answer->freshness = FRESH_UNTIL_EVENT;
    filter_destroy(&filter);
}
