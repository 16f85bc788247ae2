#include "services/bus/client.h"

#include "services/bus/clock.h"

#include <errno.h>
#include <limits.h>

enum {
    FULL_AGAIN_MS = 100, /* until what was asked before has left for the hub */
    BLOB_MS = 10000,
};

struct client {
    zsock_t *socket, *watch;
    zpoller_t *poller;
    zsock_t *also;
    uint64_t last_request;
    char endpoint[256];
};

struct client *client_new(const char *endpoint, struct fault *fault) {
    return client_open(endpoint, NULL, fault);
}

struct client *client_open(const char *endpoint, const char *key, struct fault *fault) {
    struct client *client = calloc(1, sizeof *client);
    if (!client) {
        fault_memory(fault);
        return NULL;
    }
    (void)snprintf(client->endpoint, sizeof client->endpoint, "%s", endpoint);
    /* While nobody is there one request waits, and not a copy for each time that it is asked. */
    const struct wire_limits limits = {.out = 1};
    client->socket = wire_open(ZMQ_DEALER, &limits, fault);
    client->watch = client->socket ? wire_watch(client->socket) : NULL;
    bool connected = client->watch && wire_connect_with(client->socket, endpoint, key, fault);
    client->poller = connected ? zpoller_new(client->socket, client->watch, NULL) : NULL;
    if (!client->poller && fault->kind == FAULT_NONE)
        fault_memory(fault);
    if (!client->poller)
        client_destroy(&client);
    return client;
}

void client_destroy(struct client **client) {
    if (!*client)
        return;
    zpoller_destroy(&(*client)->poller);
    wire_unwatch((*client)->socket, &(*client)->watch);
    zsock_destroy(&(*client)->socket);
    free(*client);
    *client = NULL;
}

bool client_heed(struct client *client, zsock_t *also) {
    client->also = also;
    return zpoller_add(client->poller, also) == 0;
}

/* The answer to `request` if it comes by `deadline`. *failed: it answered with an error, or `also`
 * has a message. */
static Message *await(struct client *client, uint64_t request, int64_t deadline, bool *failed,
                      struct fault *fault) {
    for (;;) {
        int64_t left = deadline - clock_ms();
        if (left < 0)
            left = 0;
        void *ready = zpoller_wait(client->poller, left > INT_MAX ? INT_MAX : (int)left);
        if (ready && ready == client->also) {
            fault_set(fault, FAULT_SYSTEM, "stopped while waiting for %s", client->endpoint);
            *failed = true;
        }
        if (ready == client->watch) {
            *failed = !wire_admitted(client->watch, client->endpoint, fault);
            if (!*failed)
                continue;
        }
        if (!ready || *failed)
            return NULL;
        zframe_t *frame = NULL;
        (void)wire_take(client->socket, NULL, &frame);
        Message *answer = frame ? wire_read(frame) : NULL;
        *failed = !answer && wire_is_other(frame, client->endpoint, fault);
        zframe_destroy(&frame);
        if (answer && answer->has_request && answer->request == request) {
            if (answer->body_case != MINDEX__V1__MESSAGE__BODY_ERROR)
                return answer;
            bool try_again = answer->error->has_try_again && answer->error->try_again;
            fault_set(fault, try_again ? FAULT_SYSTEM : FAULT_INPUT, "%s", answer->error->reason);
            fault->gone = answer->error->gone;
            *failed = true;
        }
        wire_free(&answer);
        if (*failed)
            return NULL;
    }
}

Message *client_insist(struct client *client, Message *request, int retry_ms, int timeout_ms,
                       struct fault *fault) {
    int64_t end = timeout_ms < 0 ? INT64_MAX : clock_ms() + timeout_ms;
    request->has_request = true;
    request->request = ++client->last_request;
    for (;;) {
        bool sent = wire_send(client->socket, NULL, request);
        if (!sent && errno != EAGAIN) {
            fault_memory(fault);
            return NULL;
        }
        int64_t now = clock_ms();
        int patience = sent || retry_ms < FULL_AGAIN_MS ? retry_ms : FULL_AGAIN_MS;
        int64_t deadline = end - now < patience ? end : now + patience;
        bool failed = false;
        Message *answer = await(client, request->request, deadline, &failed, fault);
        if (answer || failed)
            return answer;
        if (clock_ms() >= end) {
            fault_set(fault, FAULT_SYSTEM,
                      "no answer from %s within %d s; is the service running there? Start it with "
                      "'mindex up', or name its state folder with --state",
                      client->endpoint, timeout_ms / 1000);
            return NULL;
        }
    }
}

Message *client_ask(struct client *client, Message *request, int timeout_ms, struct fault *fault) {
    return client_insist(client, request, timeout_ms, timeout_ms, fault);
}

bool client_fetch(void *client, const char *hash, uint8_t **bytes, size_t *length,
                  struct fault *fault) {
    Mindex__V1__BlobWanted wanted = MINDEX__V1__BLOB_WANTED__INIT;
    wanted.hash = (char *)hash;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_BLOB_WANTED;
    question.blob_wanted = &wanted;
    Message *answer = client_ask(client, &question, BLOB_MS, fault);
    if (!answer)
        return false;
    bool found = answer->body_case == MINDEX__V1__MESSAGE__BODY_BLOB && answer->blob->has_content;
    if (found) {
        *length = answer->blob->content.len;
        *bytes = malloc(*length + 1);
        if (*bytes)
            memcpy(*bytes, answer->blob->content.data, *length);
        else
            found = fault_memory(fault);
    } else {
        fault_set(fault, FAULT_INPUT, "the hub has no blob %s", hash);
    }
    wire_free(&answer);
    return found;
}

Message client_edition_question(Mindex__V1__EditionWanted *wanted, uint64_t number) {
    mindex__v1__edition_wanted__init(wanted);
    wanted->has_number = number != 0;
    wanted->number = number;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_EDITION_WANTED;
    question.edition_wanted = wanted;
    return question;
}

Message client_editions_question(Mindex__V1__EditionsWanted *wanted, uint64_t before,
                                 uint32_t limit) {
    mindex__v1__editions_wanted__init(wanted);
    wanted->has_before = before != 0;
    wanted->before = before;
    wanted->has_limit = limit != 0;
    wanted->limit = limit;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_EDITIONS_WANTED;
    question.editions_wanted = wanted;
    return question;
}
