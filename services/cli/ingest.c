/* Handing in: releases and packs. */
#include "services/bus/client.h"
#include "services/bus/clock.h"
#include "services/bus/refusal.h"
#include "services/cli/command.h"
#include "services/cli/parcel.h"

#include <unistd.h>

enum {
    RETRY_MS = 15000,
    RECEIPT_MS = 120000,
    EDITION_MS = 120000, /* of silence: in a long queue the editions before are heard */
    POLL_MS = 5000,
};

/* --- what is said ----------------------------------------------------------------------------- */

static void say_release(const ReceivedRelease *release) {
    if (release->duplicate) {
        printf("%s: already here as release %llu of %s; nothing has changed\n", release->file_name,
               (unsigned long long)release->release, release->dataset);
        return;
    }
    printf("%s: accepted as release %llu of %s, '%s'%s, %u observations\n", release->file_name,
           (unsigned long long)release->release, release->dataset, release->label,
           release->revision ? " (a revision)" : "", release->observations);
}

static void say_receipt(const Receipt *receipt, bool brief) {
    size_t fresh = 0;
    for (size_t i = 0; i < receipt->n_releases; i++) {
        fresh += !receipt->releases[i]->duplicate;
        if (!brief)
            say_release(receipt->releases[i]);
    }
    if (brief) {
        printf("%zu releases accepted, %zu were here already%s\n", fresh,
               receipt->n_releases - fresh, receipt->pack_changed ? "; the definition is new" : "");
    }
    (void)fflush(stdout);
}

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

/* --- waiting for the edition ------------------------------------------------------------------ */

struct awaited {
    uint64_t release; /* the cause; 0: the definition */
    uint64_t edition; /* once it is known */
    bool published;
};

static void see(struct awaited *awaited, const Event *event) {
    if (event->body_case == MINDEX__V1__EVENT__BODY_EDITION_SCORED && !awaited->edition) {
        const Mindex__V1__EditionScored *scored = event->edition_scored;
        bool ours = awaited->release ? scored->has_release && scored->release == awaited->release
                                     : !scored->has_release;
        if (ours)
            awaited->edition = event->edition;
    }
    if (!awaited->edition || event->edition != awaited->edition)
        return;
    say_event(event);
    awaited->published |= event->body_case == MINDEX__V1__EVENT__BODY_EDITION_PUBLISHED;
}

static int no_edition(const char *why) {
    return command_failed(EXIT_FAILED,
                          "accepted, but the edition has not come: %s; 'mindex status' tells "
                          "whether there is a scoring worker, and what was set aside",
                          why);
}

static int await_edition(struct client *client, const Receipt *receipt) {
    static char *topics[] = {"edition", "spend.", "published"};
    struct awaited awaited = {0};
    for (size_t i = 0; !receipt->pack_changed && i < receipt->n_releases; i++) {
        if (!receipt->releases[i]->duplicate)
            awaited.release = receipt->releases[i]->release;
    }
    EventsWanted wanted = MINDEX__V1__EVENTS_WANTED__INIT;
    wanted.after = receipt->through;
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
            return no_edition(fault.text);
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
    return EXIT_OK;
}

/* --- handing in ------------------------------------------------------------------------------- */

static int hand_in(const struct command_line *line, struct parcel *parcel, bool pack) {
    struct fault fault = {0};
    struct client *client = client_new(line->places.hub, &fault);
    if (!client)
        return command_failed(EXIT_FAILED, "%s", fault.text);
    File *files[PARCEL_FILES_MAX];
    HandIn body = MINDEX__V1__HAND_IN__INIT;
    parcel_fill(parcel, files, &body);
    body.dataset = (char *)line->dataset;
    body.label = (char *)line->label;
    body.has_pack = body.pack = pack;
    Message message = wire_message(0);
    message.body_case = MINDEX__V1__MESSAGE__BODY_HAND_IN;
    message.hand_in = &body;
    Message *answer = client_insist(client, &message, RETRY_MS, RECEIPT_MS, &fault);
    int status = EXIT_FAILED;
    if (answer && answer->body_case == MINDEX__V1__MESSAGE__BODY_RECEIPT) {
        say_receipt(answer->receipt, pack);
        bool wait = answer->receipt->has_task && !line->no_wait;
        status = wait ? await_edition(client, answer->receipt) : EXIT_OK;
    } else if (answer && answer->body_case == MINDEX__V1__MESSAGE__BODY_REFUSAL) {
        refusal_write(stderr, answer->refusal);
        status = command_failed(EXIT_REFUSED, "refused; nothing has changed");
    } else {
        (void)command_failed(0, "%s", fault.text);
    }
    wire_free(&answer);
    client_destroy(&client);
    return status;
}

/* Several files are several releases, in the order given; the first refusal ends it. */
int ingest_command(const struct command_line *line) {
    int status = EXIT_OK;
    for (size_t i = 0; status == EXIT_OK && i < line->n_arguments; i++) {
        struct parcel *parcel = parcel_new();
        if (!parcel)
            return command_failed(EXIT_FAILED, "out of memory");
        status = parcel_add(parcel, line->arguments[i], line->arguments[i])
                     ? hand_in(line, parcel, false)
                     : command_failed(EXIT_REFUSED, "refused; nothing has changed");
        parcel_destroy(&parcel);
    }
    return status;
}

int load_command(const struct command_line *line) {
    struct parcel *parcel = parcel_new();
    if (!parcel)
        return command_failed(EXIT_FAILED, "out of memory");
    int status = EXIT_REFUSED;
    if (parcel_add_pack(parcel, line->arguments[0])) {
        if (isatty(STDERR_FILENO)) {
            (void)fprintf(stderr, "handing in %zu files of %s ...\n", parcel_count(parcel),
                          line->arguments[0]);
        }
        status = hand_in(line, parcel, true);
    }
    parcel_destroy(&parcel);
    return status;
}
