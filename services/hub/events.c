#include "services/bus/clock.h"
#include "services/bus/convert.h"
#include "services/bus/fields.h"
#include "services/bus/log.h"
#include "services/hub/hub.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* --- building --------------------------------------------------------------------------------- */

enum {
    TOPIC_TEXT = 400,
    NAME_TEXT = 128,
    SERVE_MS_MAX = 20,  /* for those who wait, in one turn of the loop */
    PAUSE_FIRST_MS = 2, /* until a client that took no more is tried again; doubled each time */
    PAUSE_MAX_MS = 500,
    UNTAKEN_MS = 10000, /* after its time, until its question is forgotten */
};

void event_begin(struct hub *hub, Event *event, const char *type, uint64_t edition,
                 const char *request_id) {
    mindex__v1__event__init(event);
    event->seq = hub->newest_event + 1;
    event->time_ms = clock_wall_ms();
    event->type = (char *)type;
    event->has_edition = edition != 0;
    event->edition = edition;
    event->request_id = request_id && *request_id ? (char *)request_id : NULL;
}

bool events_add(struct hub *hub, Event *event, struct fault *fault) {
    size_t length = mindex__v1__event__get_packed_size(event);
    uint8_t *bytes = malloc(length + 1);
    if (!bytes)
        return fault_memory(fault);
    mindex__v1__event__pack(event, bytes);
    bool added = store_add_event(hub->store, event->seq, bytes, length, fault);
    free(bytes);
    if (added)
        hub->newest_event = event->seq;
    return added;
}

void events_forget(struct hub *hub, uint64_t newest) {
    hub->newest_event = newest;
}

static void fill_change(RankChanged *body, const struct pack *pack, const struct change *change) {
    const struct definition *definition = pack->definition;
    const struct node *node = &definition->nodes[change->node];
    const struct area *area = &pack->geography->areas[change->area];
    body->area = (char *)area->code;
    body->area_name = (char *)area->name;
    body->region = (char *)area->region_code;
    body->area_type = (char *)area->type;
    body->node = (char *)node->id;
    body->node_name = (char *)node->name;
    body->level = (char *)definition->levels[node->level].id;
    body->mission = (char *)definition->nodes[definition_mission(definition, change->node)].id;
    if (change->old_rank) {
        body->has_old_rank = body->has_old_score = true;
        body->old_rank = change->old_rank;
        body->old_score = change->old_score;
        body->old_band = (char *)band_name(definition, change->old_band);
    }
    if (change->new_rank) {
        body->has_new_rank = body->has_new_score = true;
        body->new_rank = change->new_rank;
        body->new_score = change->new_score;
        body->new_band = (char *)band_name(definition, change->new_band);
    }
}

/* Reasons stand in the order of changes, so that one search through both is enough. */
static const Reason *reason_of(const Insight *insight, const struct change *change, size_t *next) {
    while (*next < insight->n_reasons) {
        const Reason *reason = insight->reasons[*next];
        if (reason->node > change->node ||
            (reason->node == change->node && reason->area >= change->area))
            return reason->node == change->node && reason->area == change->area ? reason : NULL;
        (*next)++;
    }
    return NULL;
}

/* What the worker tells of it goes in as it came: protobuf-c writes what it does not know as it is.
 */
static void fill_told(RankChanged *body, const ProtobufCBinaryData *told,
                      ProtobufCMessageUnknownField *room) {
    struct fields fields = fields_of(told->data, told->len);
    struct field field;
    body->base.unknown_fields = room;
    while (body->base.n_unknown_fields < TOLD_FIELDS_MAX && fields_next(&fields, &field)) {
        room[body->base.n_unknown_fields++] =
            (ProtobufCMessageUnknownField){.tag = field.number,
                                           .wire_type = (ProtobufCWireType)field.kind,
                                           .len = (size_t)(fields.at - field.rest),
                                           .data = (uint8_t *)field.rest};
    }
}

static bool add_change(struct hub *hub, uint64_t edition, const struct edition_cause *cause,
                       const struct pack *pack, const struct change *change, const Reason *reason,
                       struct fault *fault) {
    RankChanged body = MINDEX__V1__RANK_CHANGED__INIT;
    ProtobufCMessageUnknownField told[TOLD_FIELDS_MAX];
    fill_change(&body, pack, change);
    if (reason && reason->has_told)
        fill_told(&body, &reason->told, told);
    body.cause = (char *)cause->cause;
    body.has_release = cause->release != 0;
    body.release = cause->release;
    body.dataset = cause->dataset;
    body.label = cause->label;
    body.nature = (char *)cause->nature;
    /* Two topics, because a prefix can only cut from the left: the first is for who follows a place
     * (in all missions, or in one), the second for who follows a mission. */
    char place[TOPIC_TEXT], mission[TOPIC_TEXT];
    (void)snprintf(place, sizeof place, "rank.place.%s.%s.%s", body.area, body.mission, body.node);
    (void)snprintf(mission, sizeof mission, "rank.mission.%s.%s.%s", body.mission, body.area,
                   body.node);
    char *topics[] = {place, mission};
    Event event;
    event_begin(hub, &event, "rank.changed", edition, cause->request_id);
    event.n_topics = 2;
    event.topics = topics;
    event.body_case = MINDEX__V1__EVENT__BODY_RANK_CHANGED;
    event.rank_changed = &body;
    return events_add(hub, &event, fault);
}

bool events_add_changes(struct hub *hub, uint64_t edition, const struct edition_cause *cause,
                        const struct pack *pack, const struct changes *changes,
                        const Insight *insight, struct fault *fault) {
    size_t next = 0; /* reason */
    for (size_t i = 0; i < changes->count; i++) {
        const struct change *change = &changes->changes[i];
        const Reason *reason = insight ? reason_of(insight, change, &next) : NULL;
        if (!add_change(hub, edition, cause, pack, change, reason, fault))
            return false;
    }
    return true;
}

/* --- giving ----------------------------------------------------------------------------------- */

/* Somebody who has heard everything so far and waits for more, or who has not taken earlier answers
 * yet, so that this one must wait. */
struct waiter {
    zframe_t *client;
    char key[KEY_NAME_TEXT]; /* "": one of this machine's users */
    uint64_t request;
    int64_t until;      /* answer then, even if there is nothing to tell */
    int64_t not_before; /* the client took no more: try again then, pause_ms later */
    int pause_ms;
    Message *question; /* its events_wanted, whose `after` moves on */
    struct waiter *next;
};

static void waiter_destroy(struct waiter *waiter) {
    if (!waiter)
        return;
    zframe_destroy(&waiter->client);
    wire_free(&waiter->question);
    free(waiter);
}

enum outcome { ANSWERED, NOTHING_YET, CLIENT_FULL };

static enum outcome send_events(struct hub *hub, zframe_t *client, uint64_t request, Events *events,
                                const struct packed_events *packed) {
    /* Packed already, and protobuf-c writes what it does not know as it is: what follows the first
     * one's tag is, to it, one such field. */
    ProtobufCMessageUnknownField all = {.tag = 1,
                                        .wire_type = PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED};
    if (packed->count) {
        all.data = packed->bytes + 1;
        all.len = packed->length - 1;
        events->base.n_unknown_fields = 1;
        events->base.unknown_fields = &all;
    }
    Message message = MINDEX__V1__MESSAGE__INIT;
    message.body_case = MINDEX__V1__MESSAGE__BODY_EVENTS;
    message.events = events;
    bool sent = hub_try_answer(hub, client, request, &message);
    return sent || errno != EAGAIN ? ANSWERED : CLIENT_FULL; /* or has gone */
}

/* Never with a gap: who asks for events that went with an edition is told so, and how to go on. */
static enum outcome answer_gone(struct hub *hub, zframe_t *client, uint64_t request,
                                uint64_t after) {
    char reason[400];
    unsigned long long oldest = hub->oldest_event;
    (void)snprintf(reason, sizeof reason,
                   "events %llu to %llu are not kept any more: they went with editions that were "
                   "retired, and the log begins with event %llu. Take the newest edition as a "
                   "whole and go on after its last event, or begin anew after %llu",
                   (unsigned long long)after + 1, oldest - 1, oldest, oldest - 1);
    bool sent = hub_answer_gone(hub, client, request, reason, oldest);
    return sent || errno != EAGAIN ? ANSWERED : CLIENT_FULL;
}

/* Answers if there is something to hear or the time is up. `after` moves on over what the client
 * does not want to hear. */
static enum outcome try_answer(struct hub *hub, zframe_t *client, uint64_t request,
                               EventsWanted *wanted, bool time_is_up) {
    struct fault fault = {0};
    uint32_t limit = wanted->has_limit && wanted->limit ? wanted->limit : EVENTS_LIMIT;
    if (limit > hub->config->hub.answer_events)
        limit = (uint32_t)hub->config->hub.answer_events;
    Events events = MINDEX__V1__EVENTS__INIT;
    struct packed_events packed = {0};
    if (wanted->after + 1 < hub->oldest_event && wanted->or_oldest)
        wanted->after = hub->oldest_event - 1;
    if (wanted->after + 1 < hub->oldest_event)
        return answer_gone(hub, client, request, wanted->after);
    if (!store_events(hub->store, wanted, limit, &packed, &fault)) {
        free(packed.bytes);
        hub_put_off(hub, client, request, fault.text);
        return ANSWERED;
    }
    events.through = packed.through;
    events.newest = hub->newest_event;
    events.has_oldest = true;
    events.oldest = hub->oldest_event;
    bool answers = packed.count > 0 || time_is_up || events.through < events.newest;
    /* Left out where it cannot be read: nobody is held up by it. */
    if (answers && store_event_time(hub->store, events.through, &events.through_time_ms, &fault))
        events.has_through_time_ms = events.through != 0;
    enum outcome outcome = NOTHING_YET;
    if (fault.kind == FAULT_MEMORY) {
        hub_put_off(hub, client, request, fault.text);
        outcome = ANSWERED;
    } else if (answers) {
        outcome = send_events(hub, client, request, &events, &packed);
    }
    if (outcome == NOTHING_YET)
        wanted->after = events.through;
    free(packed.bytes);
    return outcome;
}

static void park(struct hub *hub, zframe_t *from, Message *message) {
    struct waiter *waiter = calloc(1, sizeof *waiter);
    if (waiter)
        waiter->client = zframe_dup(from);
    if (!waiter || !waiter->client || hub->n_waiters >= hub->config->hub.waiting_questions) {
        waiter_destroy(waiter);
        hub_answer_error(hub, from, message->request, "too many subscribers wait at this hub");
        return;
    }
    (void)snprintf(waiter->key, sizeof waiter->key, "%s", hub->sender ? hub->sender : "");
    waiter->request = message->request;
    uint32_t wait = message->events_wanted->wait_ms;
    waiter->until = clock_ms() + (wait < WAIT_MS_MAX ? wait : WAIT_MS_MAX);
    /* The question outlives the loop's turn: keep its body, leave the loop an empty shell. */
    waiter->question = calloc(1, sizeof *waiter->question);
    if (!waiter->question) {
        waiter_destroy(waiter);
        hub_put_off(hub, from, message->request, "the hub is out of memory");
        return;
    }
    *waiter->question = wire_message(0);
    waiter->question->base = message->base;
    waiter->question->body_case = message->body_case;
    waiter->question->events_wanted = message->events_wanted;
    message->body_case = MINDEX__V1__MESSAGE__BODY__NOT_SET;
    message->events_wanted = NULL;
    waiter->next = hub->waiters;
    hub->waiters = waiter;
    hub->n_waiters++;
    hub->next_serve = 0;
}

/* Numbers of a log that was restored from a copy are given a second time. */
static bool is_of_this_log(struct hub *hub, const EventsWanted *wanted) {
    struct fault fault = {0};
    uint64_t time_ms;
    if (!wanted->has_after_time_ms || wanted->after == 0 || wanted->after + 1 < hub->oldest_event ||
        !store_event_time(hub->store, wanted->after, &time_ms, &fault))
        return true;
    return time_ms == wanted->after_time_ms;
}

void events_wanted(struct hub *hub, zframe_t *from, Message *message) {
    EventsWanted *wanted = message->events_wanted;
    if (wanted->after > hub->newest_event) {
        hub_answer_error(hub, from, message->request,
                         "events after a number that the log has not reached; is this another "
                         "installation than the one that the number came from?");
        return;
    }
    if (!is_of_this_log(hub, wanted)) {
        hub_answer_error(hub, from, message->request,
                         "this log has another event of that number: it was restored from an older "
                         "copy since; begin again after the last event that both have, or after 0");
        return;
    }
    bool at_once = !wanted->has_wait_ms || wanted->wait_ms == 0;
    if (try_answer(hub, from, message->request, wanted, at_once) != ANSWERED)
        park(hub, from, message);
}

/* --- those who wait --------------------------------------------------------------------------- */

/* One pass over them. It ends when its time is up, so that thousands who all have something to hear
 * do not keep the hub from its other work; those that are left are first in the next. */
struct serving {
    struct hub *hub;
    int64_t now, end, wake;
    zframe_t *full; /* a client that took no more in this pass; NULL: none yet */
};

/* Whether the waiter is done with. */
static bool serve(struct serving *s, struct waiter *waiter) {
    EventsWanted *wanted = waiter->question->events_wanted;
    bool time_is_up = s->now >= waiter->until;
    if (!time_is_up && wanted->after >= s->hub->newest_event)
        return false;
    if (s->now > waiter->until + UNTAKEN_MS)
        return true; /* who takes no answers asks for none */
    if (s->full && zframe_eq(s->full, waiter->client))
        return false;
    if (waiter->not_before <= s->now) {
        enum outcome outcome =
            try_answer(s->hub, waiter->client, waiter->request, wanted, time_is_up);
        if (outcome != CLIENT_FULL)
            return outcome == ANSWERED;
        waiter->pause_ms = waiter->pause_ms ? 2 * waiter->pause_ms : PAUSE_FIRST_MS;
        if (waiter->pause_ms > PAUSE_MAX_MS)
            waiter->pause_ms = PAUSE_MAX_MS;
        waiter->not_before = s->now + waiter->pause_ms;
    }
    s->full = waiter->client;
    if (waiter->not_before < s->wake)
        s->wake = waiter->not_before;
    return false;
}

int64_t events_serve(struct hub *hub, int64_t now) {
    if (now < hub->next_serve && hub->newest_event == hub->served_event)
        return hub->next_serve;
    struct serving s = {
        .hub = hub, .now = now, .end = clock_ms() + SERVE_MS_MAX, .wake = INT64_MAX};
    struct waiter *done = NULL, **at = &hub->waiters;
    hub->served_event = hub->newest_event;
    while (*at && clock_ms() < s.end) {
        struct waiter *waiter = *at;
        if (serve(&s, waiter)) {
            *at = waiter->next;
            hub->n_waiters--;
            waiter->next = done; /* `full` may still be its client */
            done = waiter;
            continue;
        }
        if (waiter->until > now && waiter->until < s.wake)
            s.wake = waiter->until;
        at = &waiter->next;
    }
    if (*at) { /* begin with the rest next time */
        struct waiter *rest = *at, **end = at;
        while (*end)
            end = &(*end)->next;
        *end = hub->waiters == rest ? NULL : hub->waiters;
        *at = NULL;
        hub->waiters = rest;
        s.wake = now;
    }
    while (done) {
        struct waiter *next = done->next;
        waiter_destroy(done);
        done = next;
    }
    hub->next_serve = s.wake;
    return s.wake;
}

void events_recheck(struct hub *hub) {
    struct waiter **at = &hub->waiters;
    while (*at) {
        struct waiter *waiter = *at;
        if (hub_roles(hub, waiter->key) & ROLES_EVENTS) {
            at = &waiter->next;
            continue;
        }
        hub_answer_error(hub, waiter->client, waiter->request,
                         "the key is not allowed here any more");
        *at = waiter->next;
        hub->n_waiters--;
        waiter_destroy(waiter);
    }
}

void events_clear(struct hub *hub) {
    while (hub->waiters) {
        struct waiter *waiter = hub->waiters;
        hub->waiters = waiter->next;
        waiter_destroy(waiter);
    }
    hub->n_waiters = 0;
}
