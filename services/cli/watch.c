/* Following the events: replay and live stream are one loop of one question. */
#include "services/bus/client.h"
#include "services/cli/session.h"

#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WAIT_MS = 10000, LATE_MS = 15000 };

/* --- as a sentence ---------------------------------------------------------------------------- */

static void say_rank(const RankChanged *change) {
    printf("%s, %s: ", change->area_name, change->node_name);
    if (!change->has_old_rank) {
        printf("now ranked %u (%s need)", change->new_rank, change->new_band);
    } else if (!change->has_new_rank) {
        printf("no rank any more, was %u", change->old_rank);
    } else {
        printf("rank %u to %u, score %.1f to %.1f", change->old_rank, change->new_rank,
               change->old_score, change->new_score);
        if (strcmp(change->old_band, change->new_band) != 0) {
            printf(", from %s to %s need", change->old_band, change->new_band);
        }
    }
    if (change->dataset)
        printf(" (%s, '%s'%s)", change->dataset, change->label,
               strcmp(change->cause, "withdrawal") == 0 ? ", withdrawn" : "");
    printf("\n");
    if (change->why)
        printf("    %s\n", change->why);
    if (change->has_beyond_interval)
        printf("    Other choices of method put it between rank %g and %g; its old rank is %s.\n",
               change->rank_low, change->rank_high, change->beyond_interval ? "outside" : "within");
}

static void say_accepted(const Mindex__V1__ReleaseAccepted *release) {
    printf("release %llu of %s, '%s'%s", (unsigned long long)release->release, release->dataset,
           release->label, release->revision ? " (a revision)" : "");
    if (release->has_compared_with)
        printf(": %u values added, %u removed, %u changed, %u of another status", release->added,
               release->removed, release->changed, release->statuses);
    printf("\n");
}

static void say_withdrawn(const Mindex__V1__ReleaseWithdrawn *release) {
    printf("release %llu of %s, '%s': %s", (unsigned long long)release->release, release->dataset,
           release->label, release->reason);
    if (release->has_in_force)
        printf(" (in force: release %llu, '%s')", (unsigned long long)release->in_force,
               release->in_force_label);
    printf("\n");
}

static void say(const Event *event) {
    printf("%llu %s ", (unsigned long long)event->seq, event->type);
    switch (event->body_case) {
    case MINDEX__V1__EVENT__BODY_RELEASE_ACCEPTED:
        say_accepted(event->release_accepted);
        break;
    case MINDEX__V1__EVENT__BODY_RELEASE_WITHDRAWN:
        say_withdrawn(event->release_withdrawn);
        break;
    case MINDEX__V1__EVENT__BODY_EDITION_SCORED:
        printf("edition %llu: %u places ranked, %u moved overall, %u rank changes\n",
               (unsigned long long)event->edition, event->edition_scored->ranked,
               event->edition_scored->places_moved, event->edition_scored->changes);
        break;
    case MINDEX__V1__EVENT__BODY_RANK_CHANGED:
        say_rank(event->rank_changed);
        break;
    case MINDEX__V1__EVENT__BODY_SPEND_COMPARED:
        printf("edition %llu: %u of %u places are of high need and low spend; %zu entered, %zu "
               "left\n",
               (unsigned long long)event->edition, event->spend_compared->high_need_low_spend,
               event->spend_compared->compared, event->spend_compared->n_entered,
               event->spend_compared->n_left);
        break;
    case MINDEX__V1__EVENT__BODY_EDITION_PUBLISHED:
        printf("edition %llu: %u files in %s\n", (unsigned long long)event->edition,
               event->edition_published->files, event->edition_published->folder);
        break;
    default:
        printf("(of a kind that this program does not know)\n");
    }
}

/* --- as JSON, one object a line --------------------------------------------------------------- */

/* Any message of ours by its own description: a field that is not there is not in the object. */
static json_t *to_json(const ProtobufCMessage *message);

static json_t *scalar(ProtobufCType type, const void *at) {
    switch (type) {
    case PROTOBUF_C_TYPE_UINT64:
        return json_integer((json_int_t) * (const uint64_t *)at);
    case PROTOBUF_C_TYPE_UINT32:
        return json_integer(*(const uint32_t *)at);
    case PROTOBUF_C_TYPE_DOUBLE:
        return json_real(*(const double *)at);
    case PROTOBUF_C_TYPE_BOOL:
        return json_boolean(*(const protobuf_c_boolean *)at);
    case PROTOBUF_C_TYPE_STRING:
        return *(char *const *)at ? json_string(*(char *const *)at) : NULL;
    case PROTOBUF_C_TYPE_MESSAGE:
        return *(ProtobufCMessage *const *)at ? to_json(*(ProtobufCMessage *const *)at) : NULL;
    default:
        return NULL;
    }
}

static json_t *repeated(const ProtobufCFieldDescriptor *field, const char *base) {
    size_t count = *(const size_t *)(const void *)(base + field->quantifier_offset);
    char *const *items = *(char *const *const *)(const void *)(base + field->offset);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        (void)json_array_append_new(list, scalar(field->type, &items[i]));
    return list;
}

static bool present(const ProtobufCFieldDescriptor *field, const char *base) {
    const void *quantifier = base + field->quantifier_offset;
    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
        return *(const uint32_t *)quantifier == field->id;
    }
    if (field->label == PROTOBUF_C_LABEL_OPTIONAL && field->quantifier_offset) {
        return *(const protobuf_c_boolean *)quantifier;
    }
    return true;
}

static json_t *to_json(const ProtobufCMessage *message) {
    json_t *out = json_object();
    const char *base = (const char *)message;
    for (unsigned i = 0; out && i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        if (!present(field, base))
            continue;
        json_t *value = field->label == PROTOBUF_C_LABEL_REPEATED
                            ? repeated(field, base)
                            : scalar(field->type, base + field->offset);
        if (value)
            (void)json_object_set_new(out, field->name, value);
    }
    return out;
}

static bool print_json(const Event *event) {
    json_t *out = to_json(&event->base);
    bool printed = out && json_dumpf(out, stdout, JSON_COMPACT) == 0 && puts("") >= 0;
    json_decref(out);
    return printed;
}

/* --- the loop --------------------------------------------------------------------------------- */

/* The newest number of the log: where to begin when only what is to come is wanted. */
static bool newest(struct client *client, uint64_t *after, struct fault *fault) {
    EventsWanted wanted = MINDEX__V1__EVENTS_WANTED__INIT;
    wanted.has_limit = true;
    wanted.limit = 1;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_EVENTS_WANTED;
    question.events_wanted = &wanted;
    Message *answer = client_ask(client, &question, LATE_MS, fault);
    bool found = answer && answer->body_case == MINDEX__V1__MESSAGE__BODY_EVENTS;
    if (found)
        *after = answer->events->newest;
    wire_free(&answer);
    return found;
}

static int follow(const struct command_line *line, struct client *client, uint64_t after) {
    struct fault fault = {0};
    EventsWanted wanted = MINDEX__V1__EVENTS_WANTED__INIT;
    wanted.after = after;
    wanted.has_wait_ms = true;
    wanted.wait_ms = WAIT_MS;
    wanted.topics = (char **)line->topics;
    wanted.n_topics = line->n_topics;
    uint64_t seen = 0;
    for (;;) {
        Message question = wire_message(0);
        question.body_case = MINDEX__V1__MESSAGE__BODY_EVENTS_WANTED;
        question.events_wanted = &wanted;
        Message *answer = client_insist(client, &question, LATE_MS, -1, &fault);
        if (!answer || answer->body_case != MINDEX__V1__MESSAGE__BODY_EVENTS) {
            wire_free(&answer);
            return command_failed(EXIT_FAILED, "%s", fault.text);
        }
        for (size_t i = 0; i < answer->events->n_events; i++) {
            const Event *event = answer->events->events[i];
            if (line->format == FORMAT_JSON)
                (void)print_json(event);
            else
                say(event);
            if (line->count && ++seen == line->count) {
                wire_free(&answer);
                return EXIT_OK;
            }
        }
        wanted.after = answer->events->through;
        wanted.has_after_time_ms = answer->events->has_through_time_ms;
        wanted.after_time_ms = answer->events->through_time_ms;
        wire_free(&answer);
        if (fflush(stdout) != 0)
            return command_failed(EXIT_FAILED, "the output was closed");
    }
}

int watch_command(const struct command_line *line) {
    struct fault fault = {0};
    struct client *client = client_open(line->places.replay, line->places.key, &fault);
    uint64_t after = line->after;
    int status = client ? EXIT_OK : command_failed(EXIT_FAILED, "%s", fault.text);
    if (client && !line->has_after) { /* with a number it waits for a service, however long */
        status = session_reach(&line->places, line->places.replay);
        if (status == EXIT_OK && !newest(client, &after, &fault))
            status = command_failed(EXIT_FAILED, "%s", fault.text);
    }
    if (status == EXIT_OK) {
        if (line->format == FORMAT_TEXT) {
            (void)fprintf(stderr, "following events after %llu; Ctrl-C ends it\n",
                          (unsigned long long)after);
        }
        status = follow(line, client, after);
    }
    client_destroy(&client);
    return status;
}
