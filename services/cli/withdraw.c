/* Taking a release out of force. */
#include "services/bus/request_id.h"
#include "services/cli/await.h"
#include "services/cli/command.h"
#include "services/cli/owner.h"
#include "services/cli/session.h"

static void say_request(const Withdrawn *withdrawn) {
    printf("  request_id=%s\n", withdrawn->request_id ? withdrawn->request_id : "none");
    (void)fflush(stdout);
}

static void say(const Withdrawn *withdrawn) {
    printf("Release %llu of %s, '%s', ", (unsigned long long)withdrawn->release, withdrawn->dataset,
           withdrawn->label);
    if (withdrawn->duplicate) {
        printf("was withdrawn before: %s\nNothing has changed.\n", withdrawn->reason);
        say_request(withdrawn);
        return;
    }
    printf("is withdrawn");
    if (withdrawn->held)
        printf("; it was held, and nothing was told of it");
    else if (!withdrawn->was_in_force)
        printf("; it was not in force, so that nothing else changes");
    else if (withdrawn->has_in_force)
        printf("; release %llu, '%s', is in force again", (unsigned long long)withdrawn->in_force,
               withdrawn->in_force_label);
    else
        printf("; %s has no release in force now", withdrawn->dataset);
    printf("\n");
    say_request(withdrawn);
}

int withdraw_command(const struct command_line *line) {
    struct fault fault = {0};
    char request_id[REQUEST_ID_TEXT];
    Mindex__V1__Withdraw body = MINDEX__V1__WITHDRAW__INIT;
    if (!release_number(line->arguments[0], &body.release))
        return EXIT_USAGE;
    if (!line->reason)
        return command_failed(EXIT_USAGE, "a withdrawal needs --reason TEXT: people will ask");
    if (!owner_may_enter(&line->places))
        return EXIT_FAILED;
    body.reason = (char *)line->reason;
    request_id_new(request_id);
    body.request_id = request_id;
    Message message = wire_message(0);
    message.body_case = MINDEX__V1__MESSAGE__BODY_WITHDRAW;
    message.withdraw = &body;
    struct client *client = client_open(line->places.hub, line->places.key, &fault);
    if (client)
        session_note_away(&line->places);
    Message *answer = client ? client_insist(client, &message, RETRY_MS, RECEIPT_MS, &fault) : NULL;
    int status = EXIT_FAILED;
    if (answer && answer->body_case == MINDEX__V1__MESSAGE__BODY_WITHDRAWN) {
        const Withdrawn *withdrawn = answer->withdrawn;
        say(withdrawn);
        status = withdrawn->has_task && !line->no_wait
                     ? await_edition(client, withdrawn->through, "withdrawal", body.release, NULL)
                     : EXIT_OK;
    } else {
        status = command_failed(
            fault.kind == FAULT_INPUT ? EXIT_NOT_FOUND : EXIT_FAILED, "%s (request_id=%s)",
            answer ? "the hub's answer is of another kind" : fault.text, request_id);
    }
    wire_free(&answer);
    client_destroy(&client);
    return status;
}
