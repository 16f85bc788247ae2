/* What the service says of itself: the hub, its roles, its queue, the editions, the webhooks. */
#include "services/bus/client.h"
#include "services/bus/instant.h"
#include "services/bus/version.h"
#include "services/cli/doctor.h"
#include "services/cli/door.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    ASK_MS = 2000,
    QUEUE_MANY = 100,    /* tasks that wait */
    QUEUE_LOOK_MS = 700, /* between two looks at whether they become more */
    SILENCE_FACTOR = 2,  /* of what the hub lets pass, before somebody should look */
};

/* --- versions and roles ----------------------------------------------------------------------- */

static void check_refused(struct doctor *doctor, const StatusReport *status) {
    for (size_t i = 0; i < status->n_workers; i++) {
        const WorkerStatus *worker = status->workers[i];
        if (worker->refused)
            doctor_note(doctor, FINDING_PROBLEM, "refused",
                        "install there the version that the hub has; it is heard again with it",
                        "%s (%s %s) is given nothing: %s", worker->name, worker->role,
                        worker->build, worker->refused);
    }
}

/* Of several versions is what is being upgraded; which of them speak with each other is agreed. */
static void check_versions(struct doctor *doctor, const StatusReport *status) {
    size_t others = 0;
    const char *such = "";
    for (size_t i = 0; i < status->n_workers; i++) {
        bool other = strcmp(status->workers[i]->build, status->build) != 0;
        others += other;
        such = other ? status->workers[i]->name : such;
    }
    if (strcmp(status->build, MINDEX_VERSION) != 0)
        doctor_note(doctor, FINDING_WARNING, "versions",
                    "that is fine during an upgrade: start the hub again with the new program",
                    "the hub is %s, and this program is %s", status->build, MINDEX_VERSION);
    else if (others)
        doctor_note(doctor, FINDING_WARNING, "versions",
                    "that is fine during an upgrade: 'mindex status' names them",
                    "the hub is %s, and %zu worker%s, such as %s, %s of another", status->build,
                    others, others == 1 ? "" : "s", such, others == 1 ? "is" : "are");
    else
        doctor_note(doctor, FINDING_OK, "versions", NULL, "hub and %zu workers: all %s",
                    status->n_workers, status->build);
    check_refused(doctor, status);
}

static void check_role(struct doctor *doctor, const StatusReport *status, const char *role) {
    size_t there = 0, silent = 0;
    uint64_t longest = 0;
    for (size_t i = 0; i < status->n_workers; i++) {
        const WorkerStatus *worker = status->workers[i];
        if (strcmp(worker->role, role) != 0)
            continue;
        there++;
        silent += worker->silent_ms > SILENCE_FACTOR * doctor->line->config.hub.worker_silence_ms;
        longest = worker->silent_ms > longest ? worker->silent_ms : longest;
    }
    if (!there)
        doctor_note(
            doctor, FINDING_PROBLEM, role,
            "'systemctl start mindex.target', or 'mindex up'; the role's log says why it ended",
            "no worker of this role is there");
    else
        doctor_note(doctor, silent ? FINDING_WARNING : FINDING_OK, role,
                    silent ? "it is busy, stopped or cut off; its tasks go to another" : NULL,
                    "%zu there; the longest silent for %llu ms", there,
                    (unsigned long long)longest);
}

/* --- the queue -------------------------------------------------------------------------------- */

static void check_queue(struct doctor *doctor, const StatusReport *before,
                        const StatusReport *after) {
    if (after->tasks_failed)
        doctor_note(doctor, FINDING_WARNING, "set aside",
                    "'mindex tasks --failed' says why; 'mindex tasks retry TASK' tries again",
                    "%u task%s", after->tasks_failed, after->tasks_failed == 1 ? "" : "s");
    bool stuck = after->tasks_ready && !after->tasks_leased && !before->tasks_leased &&
                 after->tasks_ready >= before->tasks_ready;
    bool many = after->tasks_ready > QUEUE_MANY && after->tasks_ready >= before->tasks_ready;
    doctor_note(doctor,
                stuck  ? FINDING_PROBLEM
                : many ? FINDING_WARNING
                       : FINDING_OK,
                "queue",
                stuck  ? "tasks wait and nobody takes them: is a worker of their role there?"
                : many ? "more scoring workers ('mindex scoring', up --scoring N) make it shorter"
                       : NULL,
                "%u waiting, %u in hand%s", after->tasks_ready, after->tasks_leased,
                many ? ", and not becoming fewer" : "");
}

/* --- editions --------------------------------------------------------------------------------- */

static void check_latest(struct doctor *doctor, uint64_t published) {
    char path[PATH_TEXT + 16], to[64];
    (void)snprintf(path, sizeof path, "%s/latest", doctor->places->editions);
    ssize_t length = readlink(path, to, sizeof to - 1);
    int why = errno;
    to[length > 0 ? length : 0] = '\0';
    bool there = length > 0 && access(path, X_OK) == 0;
    if (there && strtoull(to, NULL, 10) == published)
        doctor_note(doctor, FINDING_OK, "latest", NULL, "editions/latest is edition %llu",
                    (unsigned long long)published);
    else if (there)
        doctor_note(doctor, FINDING_WARNING, "latest",
                    "the publishing role may write elsewhere; 'mindex tasks retry' publishes again",
                    "editions/latest is %s, and the newest complete one is %llu", to,
                    (unsigned long long)published);
    else
        doctor_note(doctor, FINDING_PROBLEM, "latest",
                    "start the publishing role again; is the folder another's, or removed?",
                    "editions/latest leads nowhere%s%s", length > 0 ? "" : ": ",
                    length > 0 ? "" : strerror(why));
}

static void check_editions(struct doctor *doctor, const StatusReport *status) {
    uint64_t published = status->has_published ? status->published : 0;
    if (!status->index) {
        doctor_note(doctor, FINDING_WARNING, "editions", "'mindex load FOLDER' loads a pack",
                    "no pack is loaded");
        return;
    }
    bool behind = published < status->editions;
    doctor_note(doctor, behind ? FINDING_WARNING : FINDING_OK, "editions",
                behind ? "in a moment, or see 'mindex tasks' for what keeps publishing" : NULL,
                "%llu, files complete up to %llu; %llu releases, newest event %llu",
                (unsigned long long)status->editions, (unsigned long long)published,
                (unsigned long long)status->releases, (unsigned long long)status->newest_event);
    if (doctor->here && published)
        check_latest(doctor, published);
}

/* --- webhooks --------------------------------------------------------------------------------- */

static void check_webhooks(struct doctor *doctor, struct client *client) {
    struct fault fault = {0};
    Mindex__V1__SubscriptionsWanted wanted = MINDEX__V1__SUBSCRIPTIONS_WANTED__INIT;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_SUBSCRIPTIONS_WANTED;
    question.subscriptions_wanted = &wanted;
    Message *answer = client_ask(client, &question, ASK_MS, &fault);
    size_t disabled = 0, failing = 0, n = 0;
    const char *name = "";
    if (answer && answer->body_case == MINDEX__V1__MESSAGE__BODY_SUBSCRIPTIONS)
        n = answer->subscriptions->n_subscriptions;
    for (size_t i = 0; i < n; i++) {
        const Mindex__V1__Subscription *one = answer->subscriptions->subscriptions[i];
        bool off = one->state && strcmp(one->state, "disabled") == 0;
        disabled += off;
        failing += !off && one->attempts > 0;
        if (off || one->attempts > 0)
            name = one->name;
    }
    if (!answer)
        doctor_note(doctor, FINDING_OK, "webhooks", NULL, "not looked at: %s", fault.text);
    else
        doctor_note(
            doctor, disabled + failing ? FINDING_WARNING : FINDING_OK, "webhooks",
            disabled + failing
                ? "'mindex subscribe deliveries NAME' says why; 'mindex subscribe resume NAME' "
                  "goes on"
                : NULL,
            "%zu; %zu disabled, %zu failing%s%s", n, disabled, failing, *name ? ", such as " : "",
            name);
    wire_free(&answer);
}

/* --- all of it -------------------------------------------------------------------------------- */

static Message *ask_status(struct client *client, struct fault *fault) {
    Mindex__V1__StatusWanted wanted = MINDEX__V1__STATUS_WANTED__INIT;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_STATUS_WANTED;
    question.status_wanted = &wanted;
    Message *answer = client_ask(client, &question, ASK_MS, fault);
    if (answer && answer->body_case != MINDEX__V1__MESSAGE__BODY_STATUS) {
        wire_free(&answer);
        fault_set(fault, FAULT_INPUT, "its answer is of another kind");
    }
    return answer;
}

static void check_hub(struct doctor *doctor, const StatusReport *status) {
    if (status->cannot_write) {
        char since[INSTANT_TEXT];
        doctor_note(doctor, FINDING_PROBLEM, "hub",
                    "mend the disk; nothing is taken in meanwhile, and it goes on by itself",
                    "the database cannot be written since %s: %s",
                    instant_write(status->cannot_write_since_ms, since), status->cannot_write);
    } else {
        doctor_note(doctor, FINDING_OK, "hub", NULL, "answers, and writes; up for %llu s",
                    (unsigned long long)(status->uptime_ms / 1000));
    }
}

static void check_answers(struct doctor *doctor, struct client *client, Message *first) {
    static const char *const roles[] = {"ingestion", "scoring", "comparison", "publishing"};
    struct fault fault = {0};
    const StatusReport *status = first->status;
    check_hub(doctor, status);
    check_versions(doctor, status);
    for (size_t i = 0; i < 4; i++)
        check_role(doctor, status, roles[i]);
    if (status->tasks_ready) /* how it is a moment later tells whether it moves */
        (void)poll(NULL, 0, QUEUE_LOOK_MS);
    Message *second = ask_status(client, &fault);
    check_queue(doctor, status, second ? second->status : status);
    wire_free(&second);
    check_editions(doctor, status);
    check_webhooks(doctor, client);
    doctor_stream(doctor, status->newest_event);
}

void doctor_service(struct doctor *doctor) {
    struct fault fault = {0};
    struct client *client = NULL;
    Message *answer = NULL;
    if (door_open(doctor->places->hub, ASK_MS / 4, &fault) &&
        (client = client_open(doctor->places->hub, doctor->places->key, &fault)))
        answer = ask_status(client, &fault);
    if (answer)
        check_answers(doctor, client, answer);
    else
        doctor_note(doctor, FINDING_PROBLEM, "hub",
                    doctor->supervisor ? "'mindex up' runs: its log says why the hub does not"
                                       : "start the service: 'systemctl start mindex.target' or "
                                         "'mindex up'",
                    "%s", fault.text);
    wire_free(&answer);
    client_destroy(&client);
}
