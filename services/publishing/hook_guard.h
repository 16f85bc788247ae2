/* Where webhooks may go. Who can make a subscription must not be able to reach with it what only
 * this machine or its network can: an address is held against this list when the connection is
 * made, whatever its name was found to lead to before.
 *
 * Let through are public addresses, with https. What else is let through, and with http too, is the
 * operator's to say: the file webhooks.allow in the state folder, an address or a network on each
 * line ("10.1.2.0/24", "::1"), '#' before a comment. A file that cannot be read, that others may
 * write, or with anything wrong in it allows nothing. A change of it holds from the next connection
 * on; connections are kept for a minute at most. */
#ifndef PUBLISHING_HOOK_GUARD_H
#define PUBLISHING_HOOK_GUARD_H

#include "core/fault.h"

#include <stdbool.h>
#include <sys/socket.h>

struct hook_guard;

/* NULL: out of memory. */
struct hook_guard *hook_guard_new(const char *state_folder, struct fault *fault);
void hook_guard_destroy(struct hook_guard **guard);

/* Reads the file if it is another than the last time. False: the fault says what is wrong with it,
 * once. */
bool hook_guard_refresh(struct hook_guard *guard, struct fault *fault);

/* Whether a connection may be made. The fault says why not. */
bool hook_guard_allows(const struct hook_guard *guard, const struct sockaddr *address,
                       bool plain_http, struct fault *fault);

/* Whether the whole world can have such an address, by the registries of special-purpose addresses
 * (RFC 6890 and its successors). */
bool address_public(const struct sockaddr *address);

#endif
