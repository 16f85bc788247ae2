#include "services/bus/log.h"
#include "services/hub/hub.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { REFUSED_MAX = 100 }; /* refusals that nobody has heard yet; the oldest is dropped */

struct refused {
    uint8_t content[CONTENT_BYTES];
    char file[128], request_id[REQUEST_ID_TEXT];
    struct refused *next; /* older */
    char reason[];
};

/* --- content ---------------------------------------------------------------------------------- */

/* A protobuf buffer that keeps nothing but the hash of what is packed into it. */
struct hashing {
    ProtobufCBuffer buffer;
    crypto_generichash_state state;
};

static void hash_more(ProtobufCBuffer *buffer, size_t length, const uint8_t *bytes) {
    crypto_generichash_update(&((struct hashing *)buffer)->state, bytes, length);
}

void repeats_content(const struct hub *hub, const HandIn *hand_in, uint8_t content[CONTENT_BYTES]) {
    struct hashing hashing = {.buffer = {.append = hash_more}};
    const char *sender = hub->sender ? hub->sender : "";
    crypto_generichash_init(&hashing.state, NULL, 0, CONTENT_BYTES);
    hash_more(&hashing.buffer, strlen(sender) + 1, (const uint8_t *)sender);
    HandIn unnamed = *hand_in;
    unnamed.request_id = NULL;
    mindex__v1__hand_in__pack_to_buffer(&unnamed, &hashing.buffer);
    crypto_generichash_final(&hashing.state, content, CONTENT_BYTES);
}

/* --- refusals --------------------------------------------------------------------------------- */

/* False: it could not be sent. */
static bool send_refusal(struct hub *hub, zframe_t *to, uint64_t request, const char *request_id,
                         const char *file, const char *reason) {
    static const char kind[] = "cannot be processed";
    Problem problem = MINDEX__V1__PROBLEM__INIT, *problems[] = {&problem};
    problem.file = (char *)file;
    problem.reason = (char *)reason;
    ProblemKind one = MINDEX__V1__PROBLEM_KIND__INIT, *kinds[] = {&one};
    one.name = (char *)kind;
    one.count = 1;
    Refusal refusal = MINDEX__V1__REFUSAL__INIT;
    refusal.n_problems = refusal.n_kinds = 1;
    refusal.total = 1;
    refusal.problems = problems;
    refusal.kinds = kinds;
    refusal.request_id = (char *)request_id;
    Message message = MINDEX__V1__MESSAGE__INIT;
    message.body_case = MINDEX__V1__MESSAGE__BODY_REFUSAL;
    message.refusal = &refusal;
    return hub_try_answer(hub, to, request, &message);
}

static void forget_from(struct refused **at) {
    while (*at) {
        struct refused *refused = *at;
        *at = refused->next;
        free(refused);
    }
}

static void remember(struct hub *hub, const struct job *job, const char *reason) {
    size_t length = strlen(reason) + 1;
    struct refused *refused = calloc(1, sizeof *refused + length);
    if (!refused)
        return; /* it is read, and refused, once more */
    memcpy(refused->content, job->content, CONTENT_BYTES);
    memcpy(refused->file, job->file, sizeof refused->file);
    memcpy(refused->request_id, job->request_id, sizeof refused->request_id);
    memcpy(refused->reason, reason, length);
    refused->next = hub->refused;
    hub->refused = refused;
    struct refused **at = &hub->refused;
    for (int kept = 0; *at && kept < REFUSED_MAX; kept++)
        at = &(*at)->next;
    forget_from(at);
}

void repeats_refuse(struct hub *hub, const struct job *job, const char *reason) {
    char file[LOG_QUOTED], quoted[LOG_QUOTED];
    log_warning("hand-in refused", "file=%s reason=%s", log_quote(job->file, file),
                log_quote(reason, quoted));
    if (!send_refusal(hub, job->client, job->request, job->request_id, job->file, reason))
        remember(hub, job, reason);
}

void repeats_clear(struct hub *hub) {
    forget_from(&hub->refused);
}

/* --- the same again --------------------------------------------------------------------------- */

/* Somebody who knows of the later name alone finds the first by it. */
static void say_repeated(const char *request_id, const char *first_request) {
    if (strcmp(request_id, first_request) != 0)
        log_info("hand-in came again", "first_request=%s", first_request);
}

static bool was_refused(struct hub *hub, zframe_t *from, uint64_t request, const char *request_id,
                        const uint8_t content[CONTENT_BYTES]) {
    struct refused **at = &hub->refused;
    while (*at && memcmp((*at)->content, content, CONTENT_BYTES) != 0)
        at = &(*at)->next;
    struct refused *refused = *at;
    if (!refused)
        return false;
    say_repeated(request_id, refused->request_id);
    if (send_refusal(hub, from, request, refused->request_id, refused->file, refused->reason)) {
        *at = refused->next;
        free(refused);
    }
    return true;
}

bool repeats_known(struct hub *hub, zframe_t *from, uint64_t request, const char *request_id,
                   const uint8_t content[CONTENT_BYTES]) {
    struct job *job = queue_same(&hub->queue, content);
    if (!job)
        return was_refused(hub, from, request, request_id, content);
    if (zframe_eq(job->client, from) && job->request == request)
        return true; /* a copy of the same question */
    say_repeated(request_id, job->request_id);
    zframe_t *client = zframe_dup(from);
    if (!client)
        return true; /* it asks again */
    zframe_destroy(&job->client);
    job->client = client;
    job->request = request;
    job->came_ms =
        hub_moment(hub); /* a word of its own: it counts against a withdrawal before it */
    return true;
}
