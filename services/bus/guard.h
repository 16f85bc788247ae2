/* Who may speak: what a process needs that listens where others than this machine's users can
 * reach it. CURVE proves who a peer is, and the allow-list says what he may; a peer without an
 * allowed key ends in libzmq's handshake, and nothing of his comes to us. */
#ifndef BUS_GUARD_H
#define BUS_GUARD_H

#include "services/bus/allowed.h"
#include "services/bus/endpoint.h"
#include "services/bus/wire.h"

struct guard;

/* Makes the service's key if need be, and answers libzmq's questions about keys in a thread of its
 * own: one guard a process, before any socket listens. NULL: the fault says why. */
struct guard *guard_new(const struct places *places, struct fault *fault);
void guard_destroy(struct guard **guard);

/* Lets holders of keys speak at the socket, too, beside where it is bound already. */
bool guard_listen(struct guard *guard, zsock_t *socket, enum endpoint_door door,
                  struct fault *fault);

/* Ends every connection of a holder of a key; those of this machine's users stay. Holders come back
 * by themselves, once guard_readmit has bound the endpoint again, which cannot be at once: ask
 * until it returns true. */
void guard_expel(struct guard *guard, zsock_t *socket, enum endpoint_door door);
bool guard_readmit(struct guard *guard, zsock_t *socket, enum endpoint_door door);

/* The name of the key that the peer who sent the frame has proved to hold; NULL: he is one of this
 * machine's users. A routing id is a claim, this is none. Lives as long as the frame. `guard` may
 * be NULL: nobody else can reach us. */
const char *guard_sender(const struct guard *guard, zframe_t *frame);
/* What the key's holder may do now; ROLES_ALL for NULL. 0: nothing, he is out. */
unsigned guard_roles(struct guard *guard, const char *key);
/* The roles that any key has lost since this was last asked. */
unsigned guard_lost(struct guard *guard);

/* Says no: writes the reason for the peer, and logs it. Returns `reason`. */
enum { GUARD_REASON = 256 };
const char *guard_refuse(struct guard *guard, const char *key, const char *what,
                         char reason[GUARD_REASON]);

/* A descriptor for zpoller_add, readable when the list may have changed; calm it, then ask
 * guard_lost. */
int *guard_watch(struct guard *guard);
void guard_calm(struct guard *guard);

#endif
