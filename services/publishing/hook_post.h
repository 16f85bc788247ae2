/* Sending messages to webhooks by HTTP, many at a time, on the thread of whoever calls. */
#ifndef PUBLISHING_HOOK_POST_H
#define PUBLISHING_HOOK_POST_H

#include "services/publishing/hook_guard.h"
#include "services/publishing/hook_message.h"

#include <curl/curl.h>

/* What became of a message. It was taken where the answer's status is 2xx, whatever came of its
 * content, which nobody reads. */
struct hook_outcome {
    void *context;
    bool taken;
    unsigned status;         /* of HTTP; 0: no answer */
    uint64_t retry_after_ms; /* the answer asks for so long a pause; 0: it does not */
    uint32_t took_ms;
    char error[300]; /* why it was not taken */
};

struct hook_poster;

/* The guard stays the caller's, and must outlive it. An attempt ends after `timeout_ms`. */
struct hook_poster *hook_poster_new(const struct hook_guard *guard, int timeout_ms,
                                    struct fault *fault);
/* What is under way is broken off. */
void hook_poster_destroy(struct hook_poster **poster);

/* Begins to send; `message` must stay until its outcome is there, and nothing else need. False: it
 * cannot be sent, as the fault says, and there will be no outcome. */
bool hook_post(struct hook_poster *poster, const Subscription *to,
               const struct hook_message *message, uint64_t now_ms, void *context,
               struct fault *fault);

/* Waits up to `wait_ms` for something to happen to what is under way, or on one of `also`. */
void hook_poster_wait(struct hook_poster *poster, struct curl_waitfd *also, unsigned n_also,
                      int wait_ms);
/* The next that has ended; false: none. */
bool hook_poster_next(struct hook_poster *poster, struct hook_outcome *outcome);

#endif
