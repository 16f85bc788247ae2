/* Subscriptions: made, changed, looked at. The hub keeps them, and the publishing role delivers. */
#include "services/cli/subscribe.h"

#include "services/bus/clock.h"
#include "services/bus/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

enum {
    LOOK_MS = 200, /* between two looks whether a test was delivered */
    TEST_MS = 15000,
};

/* --- asking ----------------------------------------------------------------------------------- */

/* An answer with subscriptions. What the hub refuses is EXIT_REFUSED; where it does not answer, the
 * change may have been made all the same. */
static Message *ask(const struct session *session, Message *question, bool changes, int *status) {
    struct fault fault = {0};
    Message *answer = client_ask(session->client, question, ANSWER_MS, &fault);
    if (answer && answer->body_case == MINDEX__V1__MESSAGE__BODY_SUBSCRIPTIONS)
        return answer;
    bool refused = !answer && fault.kind == FAULT_INPUT;
    bool missing = refused && strstr(fault.text, "there is no subscription") != NULL;
    *status = command_failed(missing   ? EXIT_NOT_FOUND
                             : refused ? EXIT_REFUSED
                                       : EXIT_FAILED,
                             "%s%s", answer ? "the hub's answer is of another kind" : fault.text,
                             changes && !refused ? "; whether it was changed, 'mindex subscribe "
                                                   "list' tells when it answers"
                                                 : "");
    wire_free(&answer);
    return NULL;
}

/* An answer with that one. */
static Message *one(Message *answer, int *status) {
    if (!answer || answer->subscriptions->n_subscriptions == 1)
        return answer;
    *status = command_failed(EXIT_FAILED, "the hub's answer has %zu subscriptions, and not one",
                             answer->subscriptions->n_subscriptions);
    wire_free(&answer);
    return NULL;
}

static Message *ask_list(const struct session *session, const char *name, int *status) {
    SubscriptionsWanted wanted = MINDEX__V1__SUBSCRIPTIONS_WANTED__INIT;
    wanted.name = (char *)name;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_SUBSCRIPTIONS_WANTED;
    question.subscriptions_wanted = &wanted;
    return ask(session, &question, false, status);
}

static Message *ask_change(const struct session *session, const struct command_line *line,
                           int *status) {
    ChangeSubscription change = MINDEX__V1__CHANGE_SUBSCRIPTION__INIT;
    change.action = line->arguments[0];
    change.name = line->arguments[1];
    change.has_from = line->from > 0;
    change.from = line->from;
    change.has_to = line->to > 0;
    change.to = line->to;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_CHANGE_SUBSCRIPTION;
    question.change_subscription = &change;
    return ask(session, &question, true, status);
}

/* --- secrets ---------------------------------------------------------------------------------- */

/* The file that a secret goes to is there before the secret is. -1: what is wrong was said. */
static int open_out(const struct command_line *line, int *status) {
    int file = open(line->out, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0)
        *status = command_failed(EXIT_FAILED, "%s cannot be made: %s; nothing was changed",
                                 line->out, strerror(errno));
    return file;
}

static bool write_out(int file, const char *secret) {
    char text[200];
    int length = snprintf(text, sizeof text, "%s\n", secret);
    bool written = length > 0 && (size_t)length < sizeof text &&
                   write(file, text, (size_t)length) == length && fsync(file) == 0;
    sodium_memzero(text, sizeof text);
    return written;
}

/* Shows the secret, or keeps it in the file. */
static int give_secret(const struct command_line *line, int file, const Subscriptions *answer) {
    const Subscription *of = answer->subscriptions[0];
    if (!of->n_secrets)
        return command_failed(EXIT_FAILED, "the hub's answer has no secret");
    bool kept = file >= 0 && write_out(file, of->secrets[0]);
    if (file >= 0 && !kept)
        (void)command_failed(0, "%s cannot be written: %s; the secret is shown instead", line->out,
                             strerror(errno));
    if (line->format != FORMAT_TEXT) {
        Subscription shown = *of;
        if (kept)
            shown.n_secrets = 0;
        return subscription_print(line, &shown, answer->newest);
    }
    if (kept)
        printf("The secret is in %s. ", line->out);
    else
        printf("\n  %s\n\n", of->secrets[0]);
    printf("Bring it to the receiver, which checks with it that a message is from here, by\n"
           "Standard Webhooks. It is not told again; 'mindex subscribe rotate %s' makes another.\n",
           of->name);
    return fflush(stdout) == 0 ? EXIT_OK : command_failed(EXIT_FAILED, "the output was closed");
}

/* What asks for an answer that has a secret, between the file's making and its filling. */
static int with_secret(const struct command_line *line, struct session *session,
                       Message *(*change)(struct session *, const struct command_line *, int *),
                       void (*say)(const Subscription *)) {
    int status = EXIT_FAILED, file = -1;
    if (line->out && (file = open_out(line, &status)) < 0)
        return status;
    Message *answer = one(change(session, line, &status), &status);
    if (answer) {
        if (line->format == FORMAT_TEXT)
            say(answer->subscriptions->subscriptions[0]);
        status = give_secret(line, file, answer->subscriptions);
    } else if (file >= 0) {
        (void)unlink(line->out);
    }
    if (file >= 0)
        (void)close(file);
    wire_free(&answer);
    return status;
}

/* --- new and rotate --------------------------------------------------------------------------- */

static Message *ask_new(struct session *session, const struct command_line *line, int *status) {
    Subscription new = MINDEX__V1__SUBSCRIPTION__INIT;
    Subscribe subscribe = MINDEX__V1__SUBSCRIBE__INIT;
    new.filter = session_filter(session, line, status);
    if (!new.filter)
        return NULL;
    new.name = line->arguments[1];
    new.url = (char *)line->url;
    new.has_digest = new.digest = line->digest;
    new.has_after = line->has_after;
    new.after = line->after;
    subscribe.subscription = &new;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_SUBSCRIBE;
    question.subscribe = &subscribe;
    Message *answer = ask(session, &question, true, status);
    filter_destroy(&new.filter);
    return answer;
}

static void say_new(const Subscription *of) {
    printf("The subscription '%s' is made: what comes after event %llu goes to %s.\n"
           "'mindex subscribe test %s' tries it.\n",
           of->name, (unsigned long long)of->after, of->url, of->name);
}

static int make(const struct command_line *line, struct session *session) {
    if (!line->url)
        return command_failed(EXIT_USAGE, "a new subscription takes --url URL, where its messages "
                                          "are sent; try 'mindex subscribe --help'");
    return with_secret(line, session, ask_new, say_new);
}

static Message *ask_rotate(struct session *session, const struct command_line *line, int *status) {
    return ask_change(session, line, status);
}

static void say_rotated(const Subscription *of) {
    printf("'%s' has a new secret beside %u older, and messages are signed with all of them.\n"
           "When the receiver has the new one: 'mindex subscribe forget-secrets %s'.\n",
           of->name, of->secrets_kept - 1, of->name);
}

static int rotate(const struct command_line *line, struct session *session) {
    return with_secret(line, session, ask_rotate, say_rotated);
}

/* --- the other changes ------------------------------------------------------------------------ */

static int list(const struct command_line *line, struct session *session) {
    int status = EXIT_FAILED;
    Message *answer = ask_list(session, NULL, &status);
    if (answer)
        status = subscriptions_print(line, answer->subscriptions);
    wire_free(&answer);
    return status;
}

static int show(const struct command_line *line, struct session *session) {
    int status = EXIT_FAILED;
    Message *answer = one(ask_list(session, line->arguments[1], &status), &status);
    if (answer)
        status = subscription_print(line, answer->subscriptions->subscriptions[0],
                                    answer->subscriptions->newest);
    wire_free(&answer);
    return status;
}

/* Pause, resume, forget-secrets: how it is then. */
static int change(const struct command_line *line, struct session *session) {
    int status = EXIT_FAILED;
    Message *answer = one(ask_change(session, line, &status), &status);
    if (answer)
        status = subscription_print(line, answer->subscriptions->subscriptions[0],
                                    answer->subscriptions->newest);
    wire_free(&answer);
    return status;
}

static int remove_it(const struct command_line *line, struct session *session) {
    int status = EXIT_FAILED;
    Message *answer = ask_change(session, line, &status);
    if (!answer)
        return status;
    wire_free(&answer);
    printf("The subscription '%s' is removed, and its secrets with it.\n", line->arguments[1]);
    return EXIT_OK;
}

static int resend(const struct command_line *line, struct session *session) {
    int status = EXIT_FAILED;
    if (!line->from || !line->to)
        return command_failed(EXIT_USAGE, "what is to be sent again: --from EVENT --to EVENT");
    Message *answer = one(ask_change(session, line, &status), &status);
    if (!answer)
        return status;
    wire_free(&answer);
    printf("Events %llu to %llu will be sent to '%s' again, those that it wants, under the ids "
           "that they had.\nEach is tried once, and the first that is refused ends it: 'mindex "
           "subscribe deliveries %s --failed'\nshows which, and --from its number goes on.\n",
           (unsigned long long)line->from, (unsigned long long)line->to, line->arguments[1],
           line->arguments[1]);
    return EXIT_OK;
}

/* --- deliveries, and a test ------------------------------------------------------------------- */

static Message *ask_deliveries(const struct session *session, const struct command_line *line,
                               int *status) {
    DeliveriesWanted wanted = MINDEX__V1__DELIVERIES_WANTED__INIT;
    wanted.subscription = line->arguments[1];
    wanted.has_limit = line->top > 0;
    wanted.limit = line->top < UINT32_MAX ? (uint32_t)line->top : UINT32_MAX;
    wanted.has_failed = wanted.failed = line->failed;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_DELIVERIES_WANTED;
    question.deliveries_wanted = &wanted;
    return session_ask(session, &question, MINDEX__V1__MESSAGE__BODY_DELIVERIES, status);
}

static int deliveries(const struct command_line *line, struct session *session) {
    int status = EXIT_FAILED;
    Message *answer = ask_deliveries(session, line, &status);
    if (answer)
        status = deliveries_print(line, answer->deliveries);
    wire_free(&answer);
    return status;
}

/* *found becomes true when there was an attempt. */
static int look_for_test(const struct command_line *line, const struct session *session,
                         uint64_t test, bool *found) {
    int status = EXIT_OK;
    Message *answer = ask_deliveries(session, line, &status);
    for (size_t i = 0; answer && !*found && i < answer->deliveries->n_deliveries; i++) {
        const Delivery *of = answer->deliveries->deliveries[i];
        *found = of->resend == test;
        if (!*found)
            continue;
        if (of->error)
            status = command_failed(EXIT_FAILED, "the test was not delivered: %s", of->error);
        else
            printf("The test was delivered in %u ms, and answered with %u.\n", of->took_ms,
                   of->status);
    }
    wire_free(&answer);
    return status;
}

static int await_test(const struct command_line *line, const struct session *session,
                      uint64_t test) {
    int64_t end = clock_ms() + TEST_MS;
    bool found = false;
    int status = look_for_test(line, session, test, &found);
    while (status == EXIT_OK && !found && clock_ms() < end) {
        (void)usleep(LOOK_MS * 1000);
        status = look_for_test(line, session, test, &found);
    }
    return found || status != EXIT_OK
               ? status
               : command_failed(EXIT_FAILED,
                                "no attempt was made within %d s; does the publishing role run? "
                                "'mindex status' tells. The test is sent when it does",
                                TEST_MS / 1000);
}

static int test(const struct command_line *line, struct session *session) {
    int status = EXIT_FAILED;
    uint64_t number = 0;
    Message *answer = one(ask_change(session, line, &status), &status);
    if (!answer)
        return status;
    const Subscription *of = answer->subscriptions->subscriptions[0];
    for (size_t i = 0; i < of->n_resends; i++)
        number = of->resends[i]->test ? of->resends[i]->id : number;
    wire_free(&answer);
    if (!line->no_wait)
        return await_test(line, session, number);
    printf("A test will be sent; 'mindex subscribe deliveries %s' shows what becomes of it.\n",
           line->arguments[1]);
    return EXIT_OK;
}

/* --- the command ------------------------------------------------------------------------------ */

static const struct action {
    const char *name;
    int (*act)(const struct command_line *line, struct session *session);
} actions[] = {{"new", make},
               {"list", list},
               {"show", show},
               {"pause", change},
               {"resume", change},
               {"remove", remove_it},
               {"rotate", rotate},
               {"forget-secrets", change},
               {"test", test},
               {"resend", resend},
               {"deliveries", deliveries}};
enum { ACTIONS = sizeof actions / sizeof *actions };

int subscribe_command(const struct command_line *line) {
    const struct action *action = actions;
    while (action < actions + ACTIONS && strcmp(action->name, line->arguments[0]) != 0)
        action++;
    if (action == actions + ACTIONS)
        return command_failed(EXIT_USAGE, "there is no 'mindex subscribe %s'", line->arguments[0]);
    bool all = action->act == list;
    if (line->n_arguments != (all ? 1 : 2))
        return command_failed(EXIT_USAGE, "'mindex subscribe %s' takes %s", action->name,
                              all ? "no name" : "the name of one subscription");
    if (action->act != make && (line->n_pairs || line->url || line->digest || line->has_after))
        return command_failed(EXIT_USAGE,
                              "--url, --digest, --after and the choice of events belong to 'mindex "
                              "subscribe new'; to choose others, remove the subscription and make "
                              "it anew, with --after the number that 'show' gives");
    struct session session;
    int status = session_open(&session, line);
    if (status == EXIT_OK)
        status = action->act(line, &session);
    session_close(&session);
    return status;
}
