#include "services/bus/rights.h"

#include "core/nearest.h"
#include "services/bus/wire.h"

#include <stdio.h>
#include <string.h>

static const struct {
    unsigned role;
    const char *name;
} names[] = {
    {ROLE_READER, "reader"},   {ROLE_DEPOSITOR, "depositor"},   {ROLE_INGESTION, "ingestion"},
    {ROLE_SCORING, "scoring"}, {ROLE_COMPARISON, "comparison"}, {ROLE_PUBLISHING, "publishing"},
    {ROLE_ADMIN, "admin"},
};
enum { NAMES = sizeof names / sizeof *names };

#define CASE(kind) MINDEX__V1__MESSAGE__BODY_##kind

/* The whole of it. ROLE_ADMIN may send all of these, and it alone what is not here. */
static const struct rule {
    Mindex__V1__Message__BodyCase kind;
    unsigned roles;
    const char *what;
} rules[] = {
    {CASE(HELLO), ROLES_WORKERS, "work here"},
    {CASE(CREDIT), ROLES_WORKERS, "ask for tasks"},
    {CASE(HEARTBEAT), ROLES_WORKERS, "work here"},
    {CASE(GOODBYE), ROLES_WORKERS, "work here"},
    {CASE(TASK_DONE), ROLES_WORKERS, "give results"},
    {CASE(TASK_FAILED), ROLES_WORKERS, "report on tasks"},
    {CASE(BLOB_WANTED), ROLES_WORKERS | ROLE_READER, "read blobs"},
    {CASE(HAND_IN), ROLE_DEPOSITOR | ROLE_INGESTION, "hand in releases"},
    {CASE(EDITION_WANTED), ROLE_READER, "read editions"},
    {CASE(EDITIONS_WANTED), ROLE_READER, "read editions"},
    {CASE(RELEASES_WANTED), ROLE_READER, "read the list of releases"},
    {CASE(STATUS_WANTED), ROLE_READER | ROLE_PUBLISHING, "read the status"},
    {CASE(EVENTS_WANTED), ROLES_EVENTS, "hear events"},
    /* URLs of receivers are nobody else's business. */
    {CASE(SUBSCRIPTIONS_WANTED), ROLE_PUBLISHING, "read subscriptions"},
    {CASE(DELIVERIES_MADE), ROLE_PUBLISHING, "report deliveries"},
    {CASE(DELIVERIES_WANTED), 0, "read the list of deliveries"},
    {CASE(SUBSCRIBE), 0, "make subscriptions"},
    {CASE(CHANGE_SUBSCRIPTION), 0, "change subscriptions"},
    {CASE(JOBS_WANTED), ROLE_READER, "read the list of batch jobs"},
    {CASE(SUBMIT_STUDY), 0, "hand in batch jobs"},
    {CASE(CANCEL_JOB), 0, "cancel batch jobs"},
    {CASE(WITHDRAW), 0, "withdraw releases"},
    /* It names files and reasons of what is not public yet; how many there are is in the status. */
    {CASE(TASKS_WANTED), 0, "read the list of tasks"},
    {CASE(RETRY_TASKS), 0, "retry or drop tasks"},
    {CASE(RETIRE_EDITION), 0, "retire editions"},
};
enum { RULES = sizeof rules / sizeof *rules };

static unsigned role_named(const char *name, size_t length) {
    for (size_t i = 0; i < NAMES; i++) {
        if (strlen(names[i].name) == length && memcmp(names[i].name, name, length) == 0)
            return names[i].role;
    }
    return 0;
}

static bool unknown_role(const char *text, size_t length, struct fault *fault) {
    char word[41], all[ROLES_TEXT];
    (void)snprintf(word, sizeof word, "%.*s", (int)(length < 40 ? length : 40), text);
    struct nearest near = {.word = word};
    for (size_t i = 0; i < NAMES; i++)
        nearest_offer(&near, names[i].name);
    if (near.best)
        return fault_set(fault, FAULT_INPUT, "there is no role '%s'; did you mean '%s'?", word,
                         near.best);
    return fault_set(fault, FAULT_INPUT, "there is no role '%s'; the roles are %s", word,
                     roles_write(ROLES_ALL, all));
}

bool roles_read(const char *text, unsigned *roles, struct fault *fault) {
    *roles = 0;
    for (const char *at = text;; at++) {
        size_t length = strcspn(at, ",");
        unsigned role = role_named(at, length);
        if (!role)
            return unknown_role(at, length, fault);
        *roles |= role;
        at += length;
        if (*at == '\0')
            return true;
    }
}

const char *roles_write(unsigned roles, char out[ROLES_TEXT]) {
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < NAMES; i++) {
        if (roles & names[i].role)
            used += (size_t)snprintf(out + used, ROLES_TEXT - used, "%s%s", used ? "," : "",
                                     names[i].name);
    }
    return out;
}

static unsigned role_of_result(const TaskDone *done) {
    switch (done->result_case) {
    case MINDEX__V1__TASK_DONE__RESULT_READ:
    case MINDEX__V1__TASK_DONE__RESULT_REFUSAL:
        return ROLE_INGESTION;
    case MINDEX__V1__TASK_DONE__RESULT_SCORES:
    case MINDEX__V1__TASK_DONE__RESULT_PIECE:
    case MINDEX__V1__TASK_DONE__RESULT_STUDY_RESULT:
        return ROLE_SCORING;
    case MINDEX__V1__TASK_DONE__RESULT_COMPARISON:
        return ROLE_COMPARISON;
    case MINDEX__V1__TASK_DONE__RESULT_PUBLISHED:
        return ROLE_PUBLISHING;
    default:
        return 0;
    }
}

/* What the kind alone does not tell. */
static bool allows_content(unsigned roles, const Message *message, const char **what) {
    switch (message->body_case) {
    case CASE(HELLO):
        *what = "work in that role";
        return (role_named(message->hello->role, strlen(message->hello->role)) & roles) != 0;
    case CASE(TASK_DONE):
        *what = "give results of that kind";
        return (role_of_result(message->task_done) & roles) != 0;
    case CASE(HAND_IN):
        *what = message->hand_in->pack ? "load a pack" : "try out what a hand-in would do";
        /* A trial is answered with what is in force, which is a reader's to see. */
        return !message->hand_in->pack && (!message->hand_in->dry_run || roles & ROLE_READER);
    default:
        return true;
    }
}

size_t rights_frame_max(unsigned roles) {
    return roles & ~(unsigned)ROLE_READER ? WIRE_FRAME_MAX : QUESTION_BYTES_MAX;
}

bool rights_allow(unsigned roles, const Message *message, const char **what) {
    *what = "send such a message";
    if (roles & ROLE_ADMIN)
        return true;
    for (size_t i = 0; i < RULES; i++) {
        if (rules[i].kind != message->body_case)
            continue;
        *what = rules[i].what;
        return (rules[i].roles & roles) != 0 && allows_content(roles, message, what);
    }
    return false;
}
