#include "services/cli/await.h"

#include "services/bus/clock.h"
#include "services/cli/command.h"

#include <string.h>

enum {
    EDITION_MS = 120000, /* of silence: in a long queue the editions before are heard */
    POLL_MS = 5000,
};

static void say_event(const Event *event) {
    if (event->body_case == MINDEX__V1__EVENT__BODY_EDITION_SCORED) {
        const Mindex__V1__EditionScored *scored = event->edition_scored;
        printf("edition %llu: %u places ranked; ", (unsigned long long)event->edition,
               scored->ranked);
        if (event->edition == 1)
            printf("the first, so nothing to compare with\n");
        else if (scored->changes == 0)
            printf("no rank changed\n");
        else
            printf("%u of them changed their overall rank, %u rank changes in all\n",
                   scored->places_moved, scored->changes);
    } else if (event->body_case == MINDEX__V1__EVENT__BODY_SPEND_COMPARED) {
        const Mindex__V1__SpendCompared *spend = event->spend_compared;
        printf("edition %llu: %u of %u places compared are of high need and low spend\n",
               (unsigned long long)event->edition, spend->high_need_low_spend, spend->compared);
    } else if (event->body_case == MINDEX__V1__EVENT__BODY_EDITION_PUBLISHED) {
        printf("edition %llu: %u files in %s\n", (unsigned long long)event->edition,
               event->edition_published->files, event->edition_published->folder);
    }
    (void)fflush(stdout);
}

struct awaited {
    const char *cause;
    uint64_t release; /* 0: none */
    uint64_t edition; /* once it is known */
    bool published;
    bool silent;
};

static void see(struct awaited *awaited, const Event *event) {
    if (event->body_case == MINDEX__V1__EVENT__BODY_EDITION_SCORED && !awaited->edition) {
        const Mindex__V1__EditionScored *scored = event->edition_scored;
        bool ours = strcmp(scored->cause, awaited->cause) == 0 &&
                    (scored->has_release ? scored->release : 0) == awaited->release;
        if (ours)
            awaited->edition = event->edition;
    }
    if (!awaited->edition || event->edition != awaited->edition)
        return;
    if (!awaited->silent)
        say_event(event);
    awaited->published |= event->body_case == MINDEX__V1__EVENT__BODY_EDITION_PUBLISHED;
}

static int no_edition(const char *why) {
    return command_failed(EXIT_FAILED,
                          "accepted, but the edition has not come: %s; 'mindex status' tells "
                          "whether there is a scoring worker, and what was set aside",
                          why);
}

int await_edition(struct client *client, uint64_t through, const char *cause, uint64_t release,
                  uint64_t *edition) {
    static char *topics[] = {"edition", "spend.", "published"};
    struct awaited awaited = {.cause = cause, .release = release, .silent = edition != NULL};
    EventsWanted wanted = MINDEX__V1__EVENTS_WANTED__INIT;
    wanted.after = through;
    wanted.n_topics = 3;
    wanted.topics = topics;
    wanted.has_wait_ms = true;
    wanted.wait_ms = POLL_MS;
    struct fault fault = {0};
    int64_t heard = clock_ms();
    while (!awaited.published) {
        Message question = wire_message(0);
        question.body_case = MINDEX__V1__MESSAGE__BODY_EVENTS_WANTED;
        question.events_wanted = &wanted;
        Message *answer = client_insist(client, &question, RETRY_MS, EDITION_MS, &fault);
        if (!answer || answer->body_case != MINDEX__V1__MESSAGE__BODY_EVENTS) {
            wire_free(&answer);
            if (fault.kind != FAULT_INPUT)
                return no_edition(fault.text);
            /* What was handed in is there; who only hands in may not hear what comes of it. */
            (void)command_failed(0, "accepted; what comes of it cannot be followed: %s",
                                 fault.text);
            return EXIT_OK;
        }
        if (answer->events->n_events > 0)
            heard = clock_ms();
        for (size_t i = 0; i < answer->events->n_events; i++) {
            see(&awaited, answer->events->events[i]);
        }
        wanted.after = answer->events->through;
        wire_free(&answer);
        if (!awaited.published && clock_ms() - heard >= EDITION_MS)
            return no_edition("nothing was heard for two minutes");
    }
    if (edition)
        *edition = awaited.edition;
    return EXIT_OK;
}
