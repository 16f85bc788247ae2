#include "services/publishing/sse_follower.h"

#include "services/bus/clock.h"
#include "services/bus/cloudevent.h"
#include "services/bus/filter.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROOM_BYTES = 4096,      /* that the text grows by at least */
    FILL_BYTES = 256 << 10, /* written before it is taken */
    LOG_EVENTS = 200,       /* asked for at once */
    LOG_MS = 1000,          /* how long the hub may take */
    AGAIN_MS = 1000,        /* after a question that it did not answer */
    QUIET_MS = 15000,       /* after which it says how far it is */
    POSITION_TEXT = 64,
};

/* --- writing ---------------------------------------------------------------------------------- */

static bool put(struct follower *follower, const char *text) {
    size_t length = strlen(text);
    if (follower->room - follower->length < length) {
        size_t room = 2 * (follower->length + length) + ROOM_BYTES;
        char *larger = realloc(follower->text, room);
        if (!larger)
            return false;
        follower->text = larger;
        follower->room = room;
    }
    memcpy(follower->text + follower->length, text, length);
    follower->length += length;
    return true;
}

/* As the CloudEvent's id, without a time where none is known. */
static const char *position_text(const struct position *position, char out[POSITION_TEXT]) {
    if (position->time_ms)
        return cloudevent_id(position->seq, position->time_ms, out);
    (void)snprintf(out, POSITION_TEXT, "%" PRIu64, position->seq);
    return out;
}

/* False: out of memory, and it is as it was. `data` NULL: only how far it is. */
static bool put_event(struct follower *follower, const struct position *position,
                      const char *data) {
    char id[POSITION_TEXT];
    size_t before = follower->length;
    bool whole = put(follower, "id: ") && put(follower, position_text(position, id)) &&
                 (!data || (put(follower, "\ndata: ") && put(follower, data))) &&
                 put(follower, "\n\n");
    if (!whole)
        follower->length = before;
    return whole;
}

/* The stream ends. The client goes on where it was when it comes back, or from now on where its id
 * is of another log, and taken back. */
static void put_problem(struct follower *follower, bool other_log, const char *reason) {
    char text[sizeof((struct fault *)0)->text + 64];
    (void)snprintf(text, sizeof text, "%sevent: problem\ndata: %s\n\n", other_log ? "id\n" : "",
                   reason);
    (void)put(follower, text);
    follower->problem = true;
}

static bool put_digest(struct follower *follower, const struct position *position) {
    size_t length;
    char *text = digest_text(&follower->digest, "stream", &length);
    bool whole = text && put_event(follower, position, text);
    free(text);
    return whole;
}

/* An edition's start and its rank changes go into its digest. */
static bool write_digest(struct follower *follower, const Event *event, const struct position *now,
                         bool *taken) {
    bool complete = false;
    struct fault fault = {0};
    *taken = event->body_case == MINDEX__V1__EVENT__BODY_EDITION_SCORED ||
             event->body_case == MINDEX__V1__EVENT__BODY_RANK_CHANGED;
    if (!*taken)
        return true;
    bool fine = digest_take(&follower->digest, follower->filter, event, &complete, &fault);
    if (fine && complete && digest_worth(&follower->digest))
        fine = put_digest(follower, now);
    if (!fine || complete)
        digest_clear(&follower->digest);
    return fine;
}

/* Looks at one event, and moves on. False: out of memory; a digest is then lost, and it has to
 * end. */
static bool write_event(struct log_reader *reader, struct follower *follower, const Event *event,
                        const char *text) {
    const struct position now = {event->seq, event->time_ms};
    bool folded = false, sent = false;
    if (follower->digests && !write_digest(follower, event, &now, &folded))
        return false;
    if (!folded && filter_wants(follower->filter, event)) {
        size_t length;
        char *own = text ? NULL : cloudevent_text(event, &length);
        sent = (text || own) && put_event(follower, &now, text ? text : own);
        free(own);
        if (!sent)
            return false;
    }
    follower->at = now;
    /* Within an edition that is being gathered, only from its beginning on. */
    if (!follower->digest.scored)
        follower->resume = now;
    if (sent)
        (void)__atomic_add_fetch(&reader->sent, 1, __ATOMIC_RELAXED);
    return true;
}

/* --- filling ---------------------------------------------------------------------------------- */

static bool fill_from_recent(struct log_reader *reader, struct follower *follower) {
    const Event *event;
    while (follower->length < FILL_BYTES &&
           (event = recent_next(reader->recent, follower->at.seq))) {
        bool wanted = filter_wants(follower->filter, event);
        const char *text = wanted ? recent_text(reader->recent, event) : NULL;
        if ((wanted && !text) || !write_event(reader, follower, event, text))
            return false;
    }
    return true;
}

static Message *ask_log(struct log_reader *reader, const struct follower *follower,
                        struct fault *fault) {
    EventsWanted wanted = MINDEX__V1__EVENTS_WANTED__INIT;
    wanted.after = follower->at.seq;
    wanted.has_limit = true;
    wanted.limit = LOG_EVENTS;
    wanted.has_after_time_ms = follower->at.time_ms != 0;
    wanted.after_time_ms = follower->at.time_ms;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_EVENTS_WANTED;
    question.events_wanted = &wanted;
    Message *answer = client_ask(reader->client, &question, LOG_MS, fault);
    if (answer && answer->body_case != MINDEX__V1__MESSAGE__BODY_EVENTS) {
        fault_set(fault, FAULT_SYSTEM, "the hub's answer is of another kind");
        wire_free(&answer);
    }
    return answer;
}

static bool fill_from_log(struct log_reader *reader, struct follower *follower) {
    struct fault fault = {0};
    Message *answer = ask_log(reader, follower, &fault);
    (void)__atomic_add_fetch(&reader->from_log, 1, __ATOMIC_RELAXED);
    if (!answer && fault.kind == FAULT_INPUT)
        put_problem(follower, true, fault.text);
    else if (!answer)
        follower->not_before = clock_ms() + AGAIN_MS;
    else
        follower->check = false;
    bool fine = true;
    for (size_t i = 0; answer && fine && i < answer->events->n_events; i++) {
        if (follower->length >= FILL_BYTES)
            break;
        fine = write_event(reader, follower, answer->events->events[i], NULL);
    }
    wire_free(&answer);
    return fine;
}

/* A comment. While the hub is away nothing can be told, and who hears nothing for long hangs up. */
static const char alive[] = ":\n\n";

void follower_fill(struct log_reader *reader, struct follower *follower, int64_t now) {
    uint64_t newest = recent_newest(reader->recent);
    bool fine = true;
    if (!reader->knows) {
        fine = put(follower, alive);
    } else if (follower->from_now) {
        follower->from_now = false;
        follower->at = follower->resume =
            (struct position){newest, recent_newest_ms(reader->recent)};
        fine = put(follower, "retry: 2000\n") && put_event(follower, &follower->resume, NULL);
    } else if (!follower->check && follower->at.seq == newest) {
        fine = now < follower->quiet || put_event(follower, &follower->resume, NULL);
    } else if (!follower->check && recent_knows(reader->recent, follower->at.seq)) {
        fine = fill_from_recent(reader, follower);
    } else {
        fine = fill_from_log(reader, follower) &&
               (follower->length > 0 || now < follower->quiet || put(follower, alive));
    }
    if (!fine)
        put_problem(follower, false, "the server has no memory to spare; come back in a moment");
    if (follower->length)
        follower->quiet = now + QUIET_MS;
}

int64_t follower_due(const struct log_reader *reader, const struct follower *follower) {
    if (!reader->knows)
        return follower->quiet;
    if (follower->from_now)
        return 0;
    bool behind = follower->check || follower->at.seq != recent_newest(reader->recent);
    return behind ? follower->not_before : follower->quiet;
}

void follower_recheck(struct follower *follower) {
    follower->check = !follower->from_now;
}

char *follower_take(struct follower *follower, size_t *length, bool *ends) {
    char *text = follower->text;
    *length = follower->length;
    *ends = follower->problem;
    follower->text = NULL;
    follower->length = follower->room = 0;
    return text;
}

/* --- beginning and end ------------------------------------------------------------------------ */

/* "42", or "42-1764063000123" as a CloudEvent has it. */
static bool read_position(const char *text, struct position *position) {
    char *end;
    *position = (struct position){0};
    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    position->seq = strtoull(text, &end, 10);
    if (*end == '-' && end[1] >= '0' && end[1] <= '9')
        position->time_ms = strtoull(end + 1, &end, 10);
    return *end == '\0' && errno == 0;
}

static bool read_query(struct follower *follower, const struct request *request,
                       const char *last_id, struct fault *fault) {
    const char *after = last_id && *last_id ? last_id : request_get(request, "after");
    follower->from_now = after == NULL;
    follower->check = !follower->from_now; /* whether the number is one of this log's */
    if (after && !read_position(after, &follower->at))
        return fault_set(fault, FAULT_INPUT,
                         "\"%.60s\" is no event to go on after; expected its number, as 42, or the "
                         "id that came with it, as 42-1764063000123",
                         after);
    follower->resume = follower->at;
    for (size_t i = 0; i < request->n_parameters; i++) {
        const struct parameter *given = &request->parameters[i];
        if (strcmp(given->name, "after") == 0)
            continue;
        if (strcmp(given->name, "digest") == 0) {
            follower->digests = strcmp(given->value, "1") == 0;
            if (!follower->digests && strcmp(given->value, "0") != 0)
                return fault_set(fault, FAULT_INPUT, "digest is \"%.60s\"; expected 1 or 0",
                                 given->value);
        } else if (!filter_take(follower->filter, given->name, given->value, fault)) {
            return false;
        }
    }
    return true;
}

bool follower_begin(struct follower *follower, const struct request *request, const char *last_id,
                    struct fault *fault) {
    *follower = (struct follower){.filter = filter_new(), .quiet = clock_ms() + QUIET_MS};
    if (!follower->filter)
        return fault_memory(fault);
    bool fine = read_query(follower, request, last_id, fault);
    if (!fine)
        follower_clear(follower);
    return fine;
}

bool follower_settle(struct follower *follower, const void *filter, size_t length,
                     struct fault *fault) {
    filter_destroy(&follower->filter);
    follower->filter = mindex__v1__filter__unpack(NULL, length, filter);
    return follower->filter || fault_memory(fault);
}

void follower_clear(struct follower *follower) {
    filter_destroy(&follower->filter);
    digest_clear(&follower->digest);
    free(follower->text);
    follower->text = NULL;
}
