/* What is sent to a webhook: an event, a digest, or a test, as CloudEvents JSON of less than
 * 20 kB. */
#ifndef PUBLISHING_HOOK_MESSAGE_H
#define PUBLISHING_HOOK_MESSAGE_H

#include "services/bus/digest.h"
#include "services/bus/messages.h"

struct hook_message {
    char id[DIGEST_ID_TEXT]; /* webhook-id: the same each time that it is sent */
    char *body;
    size_t length;
    uint64_t first, last; /* events that it is about; 0: a test */
    uint64_t last_ms;     /* when the last was committed, since 1970 */
};

/* Each is freed with hook_message_destroy. NULL: out of memory. */

/* An event that is too long is told by its number and where it can be read. */
struct hook_message *hook_message_event(const Event *event);
struct hook_message *hook_message_digest(const struct digest *digest, const char *subscription);
struct hook_message *hook_message_test(uint64_t resend, const char *subscription, uint64_t time_ms);
void hook_message_destroy(struct hook_message **message);

#endif
