/* Asking a service and waiting for the answer. */
#ifndef BUS_CLIENT_H
#define BUS_CLIENT_H

#include "services/bus/wire.h"

struct client;

/* `key` is the path of the key file to speak with; "" or NULL: none. */
struct client *client_open(const char *endpoint, const char *key, struct fault *fault);
struct client *client_new(const char *endpoint, struct fault *fault); /* without a key */
void client_destroy(struct client **client);

/* While an answer is awaited, a message on `also` (an actor's pipe) ends the waiting with a fault;
 * the message stays there to be read. */
bool client_heed(struct client *client, zsock_t *also);

/* Sends `request` (its number is filled in) and waits up to `timeout_ms` for the answer to it. An
 * answer to an earlier request is thrown away. NULL: nobody answered in time, or the service
 * answered with an error; the fault says which, and is FAULT_INPUT for an error that will not pass.
 * Free the answer with wire_free. */
Message *client_ask(struct client *client, Message *request, int timeout_ms, struct fault *fault);

/* The same, asked again each `retry_ms` until it is answered, for as long as `timeout_ms` (-1: for
 * ever). For requests that may be made twice: every one of the hub's may. */
Message *client_insist(struct client *client, Message *request, int retry_ms, int timeout_ms,
                       struct fault *fault);

/* The bytes of a blob of the hub's, as a library fetches them; `client` is a struct client. */
bool client_fetch(void *client, const char *hash, uint8_t **bytes, size_t *length,
                  struct fault *fault);

/* The question for an edition, 0: the newest. It points to `wanted`, which it fills. */
Message client_edition_question(Mindex__V1__EditionWanted *wanted, uint64_t number);
/* The same for a list of them, the newest first: those before edition `before` (0: all), at most
 * `limit` (0: as many as the hub gives at once). */
Message client_editions_question(Mindex__V1__EditionsWanted *wanted, uint64_t before,
                                 uint32_t limit);

#endif
