/* Following the events: replay and live stream are one loop of one question. */
#include "services/bus/client.h"
#include "services/bus/cloudevent.h"
#include "services/bus/digest.h"
#include "services/bus/filter.h"
#include "services/cli/session.h"

#include <stdlib.h>
#include <string.h>

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

/* --- what is wanted --------------------------------------------------------------------------- */

enum { MOVES_SAID = 10 };

struct watch {
    const struct command_line *line;
    Filter *filter;
    struct digest digest;
    uint64_t seen; /* that were shown */
};

/* With the service on this machine words are held against its pack; elsewhere the endpoint for
 * events may be the only one that is reached, and codes and ids are taken as they are. */
static int find_filter(struct watch *watch) {
    const struct places *places = &watch->line->places;
    struct session session = {0};
    int status = EXIT_OK;
    bool has_hub = *watch->line->config.places.hub;
    if (watch->line->n_pairs && (endpoint_is(places->replay, "ipc") || has_hub))
        status = session_open(&session, watch->line);
    if (status == EXIT_OK)
        watch->filter = session_filter(&session, watch->line, &status);
    session_close(&session);
    return watch->filter ? EXIT_OK : status;
}

static bool show_text(char *text) {
    bool shown = text && puts(text) >= 0;
    free(text);
    return shown;
}

static bool show_event(struct watch *watch, const Event *event) {
    size_t length;
    watch->seen++;
    if (watch->line->format == FORMAT_JSON)
        return show_text(cloudevent_text(event, &length));
    say(event);
    return true;
}

static bool show_digest(struct watch *watch) {
    size_t length;
    watch->seen++;
    if (watch->line->format == FORMAT_JSON)
        return show_text(digest_text(&watch->digest, "watch", &length));
    char *sentence = digest_sentence(&watch->digest);
    bool shown = sentence && puts(sentence) >= 0;
    free(sentence);
    for (size_t i = 0; i < watch->digest.n_moves && i < MOVES_SAID; i++)
        say_rank(watch->digest.moves[i].change);
    if (watch->digest.wanted > MOVES_SAID)
        printf("... and %u more\n", watch->digest.wanted - MOVES_SAID);
    return shown;
}

/* False: memory ran out, or the output was closed. */
static bool take(struct watch *watch, const Event *event, struct fault *fault) {
    bool complete = false;
    if (!watch->line->digest)
        return !filter_wants(watch->filter, event) || show_event(watch, event) ||
               fault_memory(fault);
    if (!digest_take(&watch->digest, watch->filter, event, &complete, fault))
        return false;
    if (!complete)
        return true;
    bool shown = !digest_worth(&watch->digest) || show_digest(watch) || fault_memory(fault);
    digest_clear(&watch->digest);
    return shown;
}

/* --- the loop --------------------------------------------------------------------------------- */

/* The newest number of the log: where to begin when only what is to come is wanted. */
static bool newest(struct client *client, uint64_t *after, struct fault *fault) {
    EventsWanted wanted = MINDEX__V1__EVENTS_WANTED__INIT;
    wanted.has_limit = true;
    wanted.limit = 1;
    wanted.has_or_oldest = wanted.or_oldest = true;
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

static int follow(struct watch *watch, struct client *client, uint64_t after) {
    const struct command_line *line = watch->line;
    struct fault fault = {0};
    EventsWanted wanted = MINDEX__V1__EVENTS_WANTED__INIT;
    wanted.after = after;
    wanted.has_wait_ms = true;
    wanted.wait_ms = WAIT_MS;
    wanted.topics = (char **)line->topics;
    wanted.n_topics = line->n_topics;
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
            bool taken = take(watch, answer->events->events[i], &fault);
            if (!taken || (line->count && watch->seen == line->count)) {
                wire_free(&answer);
                return taken ? EXIT_OK : command_failed(EXIT_FAILED, "%s", fault.text);
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
    struct watch watch = {.line = line};
    struct client *client = client_open(line->places.replay, line->places.key, &fault);
    uint64_t after = line->after;
    int status = client ? EXIT_OK : command_failed(EXIT_FAILED, "%s", fault.text);
    if (client && !line->has_after) { /* with a number it waits for a service, however long */
        status = session_reach(&line->places, line->places.replay);
        if (status == EXIT_OK && !newest(client, &after, &fault))
            status = command_failed(EXIT_FAILED, "%s", fault.text);
    }
    if (status == EXIT_OK)
        status = find_filter(&watch);
    if (status == EXIT_OK) {
        if (line->format == FORMAT_TEXT) {
            (void)fprintf(stderr, "following events after %llu; Ctrl-C ends it\n",
                          (unsigned long long)after);
        }
        status = follow(&watch, client, after);
    }
    client_destroy(&client);
    digest_clear(&watch.digest);
    filter_destroy(&watch.filter);
    return status;
}
