/* Handing in: releases and packs. */
#include "services/bus/client.h"
#include "services/bus/instant.h"
#include "services/bus/json_write.h"
#include "services/bus/refusal.h"
#include "services/bus/request_id.h"
#include "services/cli/await.h"
#include "services/cli/owner.h"
#include "services/cli/parcel.h"
#include "services/cli/session.h"
#include "services/cli/trial.h"
#include "services/ingestion/beside.h"

#include <unistd.h>

/* --- what is said ----------------------------------------------------------------------------- */

static void say_duplicate(const ReceivedRelease *release) {
    char until[INSTANT_TEXT];
    printf("%s: already here as release %llu of %s", release->file_name,
           (unsigned long long)release->release, release->dataset);
    if (release->has_held_until_ms)
        printf(", held until %s; to change the time, withdraw it and hand it in again\n",
               instant_write(release->held_until_ms, until));
    else
        printf("; nothing has changed\n");
}

static void say_difference(const ReceivedRelease *release) {
    if (!release->has_compared_with)
        return;
    /* A later release need not have a period of the one before. */
    if (!release->has_revises &&
        release->added + release->removed + release->changed + release->statuses == 0)
        return;
    if (release->has_revises)
        printf("  a revision of release %llu: ", (unsigned long long)release->revises);
    else
        printf("  beside release %llu, in the periods of both: ",
               (unsigned long long)release->compared_with);
    printf("%u values added, %u removed, %u changed, %u of another status\n", release->added,
           release->removed, release->changed, release->statuses);
}

static void say_release(const ReceivedRelease *release) {
    char until[INSTANT_TEXT];
    if (release->duplicate) {
        say_duplicate(release);
        return;
    }
    printf("%s: accepted as release %llu of %s, '%s', %u observations", release->file_name,
           (unsigned long long)release->release, release->dataset, release->label,
           release->observations);
    if (release->has_again && release->again)
        printf("; it was withdrawn before");
    if (release->has_held_until_ms)
        printf("; held until %s", instant_write(release->held_until_ms, until));
    printf("\n");
    say_difference(release);
    if (release->warnings) {
        printf("  accepted with warnings: ");
        warning_counts_write(stdout, release->warnings->counts, release->warnings->n_counts);
        printf("\n");
    }
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
    printf("  request_id=%s\n", receipt->request_id ? receipt->request_id : "none");
    (void)fflush(stdout);
}

/* A line of JSON for each hand-in: what became of it, and the fields of the answer by their names
 * (proto/bus.proto). `edition` 0: none was waited for. */
static void say_json(const char *outcome, const ProtobufCMessage *answer, uint64_t edition) {
    printf("{\"outcome\":\"%s\"", outcome);
    (void)json_write_fields(stdout, answer, false);
    if (edition)
        printf(",\"edition\":%llu", (unsigned long long)edition);
    printf("}\n");
    (void)fflush(stdout);
}

/* --- handing in ------------------------------------------------------------------------------- */

/* What the command line says of how files are handed in. */
static bool fill_how(const struct command_line *line, HandIn *body) {
    struct fault fault = {0};
    body->dataset = (char *)line->dataset;
    body->label = (char *)line->label;
    body->has_accept_warnings = body->accept_warnings = line->accept_warnings;
    body->has_dry_run = body->dry_run = line->dry_run;
    if (!line->publish_at)
        return true;
    body->has_publish_at_ms = instant_read(line->publish_at, &body->publish_at_ms, &fault);
    if (!body->has_publish_at_ms)
        (void)command_failed(0, "--publish-at: %s", fault.text);
    return body->has_publish_at_ms;
}

/* Waits for what the receipt promises, if anything is to come. */
static int after_receipt(const struct command_line *line, struct client *client,
                         const Receipt *receipt, uint64_t *edition) {
    uint64_t release = 0;
    for (size_t i = 0; i < receipt->n_releases; i++) {
        if (!receipt->releases[i]->duplicate && !receipt->releases[i]->has_held_until_ms)
            release = receipt->releases[i]->release;
    }
    if (!receipt->has_task || line->no_wait)
        return EXIT_OK;
    return receipt->pack_changed
               ? await_edition(client, receipt->through, "definition", 0, edition)
               : await_edition(client, receipt->through, "release", release, edition);
}

static int accepted(const struct command_line *line, struct client *client, const Receipt *receipt,
                    bool pack) {
    uint64_t edition = 0;
    if (line->format != FORMAT_JSON) {
        say_receipt(receipt, pack);
        return after_receipt(line, client, receipt, NULL);
    }
    int status = after_receipt(line, client, receipt, &edition);
    say_json("accepted", &receipt->base, edition);
    return status;
}

static int refused(const struct command_line *line, const Refusal *refusal, const char *file) {
    if (line->format == FORMAT_JSON)
        say_json("refused", &refusal->base, 0);
    else
        refusal_write(stderr, refusal, file);
    return command_failed(EXIT_REFUSED, "refused; nothing has changed (request_id=%s)",
                          refusal->request_id ? refusal->request_id : "none");
}

static int hand_in(const struct command_line *line, struct parcel *parcel, bool pack) {
    struct fault fault = {0};
    File *files[PARCEL_FILES_MAX];
    char request_id[REQUEST_ID_TEXT];
    HandIn body = MINDEX__V1__HAND_IN__INIT;
    if (!fill_how(line, &body))
        return EXIT_USAGE;
    if (!owner_may_enter(&line->places))
        return EXIT_FAILED;
    parcel_fill(parcel, files, &body);
    body.has_pack = body.pack = pack;
    request_id_new(request_id);
    body.request_id = request_id;
    Message message = wire_message(0);
    message.body_case = MINDEX__V1__MESSAGE__BODY_HAND_IN;
    message.hand_in = &body;
    struct client *client = client_open(line->places.hub, line->places.key, &fault);
    if (client)
        session_note_away(&line->places);
    Message *answer = client ? client_insist(client, &message, RETRY_MS, RECEIPT_MS, &fault) : NULL;
    int status = EXIT_FAILED;
    if (answer && answer->body_case == MINDEX__V1__MESSAGE__BODY_RECEIPT) {
        status = accepted(line, client, answer->receipt, pack);
    } else if (answer && answer->body_case == MINDEX__V1__MESSAGE__BODY_TRIAL) {
        status = trial_show(line, answer->trial);
    } else if (answer && answer->body_case == MINDEX__V1__MESSAGE__BODY_REFUSAL) {
        status = refused(line, answer->refusal, pack ? NULL : body.files[0]->name);
    } else {
        (void)command_failed(0, "%s (request_id=%s)", fault.text, request_id);
    }
    wire_free(&answer);
    client_destroy(&client);
    return status;
}

/* All files of a trial go together, to show what they would do together. */
static int try_out(const struct command_line *line) {
    struct parcel *parcel = parcel_new();
    int status = parcel ? EXIT_OK : command_failed(EXIT_FAILED, "out of memory");
    for (size_t i = 0; status == EXIT_OK && i < line->n_arguments; i++) {
        if (line->n_arguments > 1 && beside_is(line->arguments[i]))
            continue;
        if (!parcel_add_release(parcel, line->arguments[i]))
            status = command_failed(EXIT_REFUSED, "refused; nothing has changed");
    }
    if (status == EXIT_OK)
        status = hand_in(line, parcel, false);
    parcel_destroy(&parcel);
    return status;
}

/* Several files are several releases, in the order given; the first refusal ends it. What describes
 * one of them goes with it. */
int ingest_command(const struct command_line *line) {
    HandIn how = MINDEX__V1__HAND_IN__INIT;
    int status = EXIT_OK;
    if (!fill_how(line, &how)) /* before any file is read */
        return EXIT_USAGE;
    if (line->dry_run)
        return try_out(line);
    if (line->format == FORMAT_CSV)
        return command_failed(EXIT_USAGE, "--csv belongs to --dry-run");
    for (size_t i = 0; status == EXIT_OK && i < line->n_arguments; i++) {
        if (line->n_arguments > 1 && beside_is(line->arguments[i]))
            continue;
        struct parcel *parcel = parcel_new();
        if (!parcel)
            return command_failed(EXIT_FAILED, "out of memory");
        if (line->n_arguments > 1 && isatty(STDERR_FILENO))
            (void)fprintf(stderr, "file %zu of %zu ...\n", i + 1, line->n_arguments);
        status = parcel_add_release(parcel, line->arguments[i])
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
