#include "services/bus/protocol.h"

#include "services/bus/version.h"

#include <stdio.h>

enum { SPOKEN_TEXT = 32, FIRST = 1 /* of version 0.1.0, which names none */ };

static const char *spoken(uint32_t least, uint32_t newest, char out[SPOKEN_TEXT]) {
    if (least == newest)
        (void)snprintf(out, SPOKEN_TEXT, "%lu", (unsigned long)newest);
    else
        (void)snprintf(out, SPOKEN_TEXT, "%lu to %lu", (unsigned long)least, (unsigned long)newest);
    return out;
}

uint32_t protocol_of_worker(const Mindex__V1__Hello *hello, char reason[PROTOCOL_REASON]) {
    uint32_t newest = hello->has_protocol ? hello->protocol : FIRST;
    uint32_t least = hello->has_protocol_least ? hello->protocol_least : FIRST;
    char theirs[SPOKEN_TEXT], ours[SPOKEN_TEXT];
    if (least > newest) /* of one that names the newest alone, and is older than the first */
        least = newest;
    if (newest >= WORKER_PROTOCOL_LEAST && least <= WORKER_PROTOCOL)
        return newest < WORKER_PROTOCOL ? newest : WORKER_PROTOCOL;
    (void)snprintf(reason, PROTOCOL_REASON,
                   "the worker, mindex %.31s, speaks worker protocol %s, and the hub, mindex %s, "
                   "%s: upgrade the %s, or start a worker of the hub's version",
                   hello->build, spoken(least, newest, theirs), MINDEX_VERSION,
                   spoken(WORKER_PROTOCOL_LEAST, WORKER_PROTOCOL, ours),
                   newest < WORKER_PROTOCOL_LEAST ? "worker" : "hub");
    return 0;
}

uint32_t protocol_of_hub(const Mindex__V1__Welcome *welcome, char reason[PROTOCOL_REASON]) {
    uint32_t settled = welcome->has_protocol ? welcome->protocol : FIRST;
    char ours[SPOKEN_TEXT];
    if (settled >= WORKER_PROTOCOL_LEAST && settled <= WORKER_PROTOCOL)
        return settled;
    (void)snprintf(
        reason, PROTOCOL_REASON,
        "the hub, mindex %.31s, settles for worker protocol %lu, and this worker, mindex "
        "%s, speaks %s: upgrade the %s, or start a worker of the hub's version",
        welcome->build ? welcome->build : "of a version that it does not name",
        (unsigned long)settled, MINDEX_VERSION,
        spoken(WORKER_PROTOCOL_LEAST, WORKER_PROTOCOL, ours),
        settled < WORKER_PROTOCOL_LEAST ? "hub" : "worker");
    return 0;
}
