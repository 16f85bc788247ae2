#include "services/cli/door.h"

#include "services/bus/clock.h"
#include "services/bus/process.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { AGAIN_MS = 50 };

/* 0: connected; else an errno. */
static int knock(const struct sockaddr_storage *address, socklen_t length, int ms) {
    int door = socket(address->ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int why = 0;
    socklen_t size = sizeof why;
    if (door < 0)
        return errno;
    if (connect(door, (const struct sockaddr *)address, length) != 0)
        why = errno;
    if (why == EINPROGRESS) {
        struct pollfd ready = {.fd = door, .events = POLLOUT};
        if (poll(&ready, 1, ms) != 1)
            why = ETIMEDOUT;
        else if (getsockopt(door, SOL_SOCKET, SO_ERROR, &why, &size) != 0)
            why = errno;
    }
    (void)close(door);
    return why == EAGAIN ? 0 : why; /* so many wait at the door that it is one */
}

bool door_open(const char *endpoint, int ms, struct fault *fault) {
    struct sockaddr_storage address;
    socklen_t length = endpoint_address(endpoint, &address);
    int64_t end = clock_ms() + ms;
    for (;;) {
        int64_t left = end - clock_ms();
        int why = length ? knock(&address, length, left > 0 ? (int)left : 0) : 0;
        if (!why)
            return true;
        if (left <= AGAIN_MS)
            return fault_set(fault, FAULT_SYSTEM, "nobody listens at %s (%s)", endpoint,
                             why == ENOENT ? "there is no such socket" : strerror(why));
        (void)poll(NULL, 0, AGAIN_MS);
    }
}

long door_supervisor(const struct places *places) {
    char path[PATH_TEXT + 16];
    (void)snprintf(path, sizeof path, "%s/up.lock", places->state);
    return process_lock_holder(path);
}

/* The hub may be run by something else than `mindex up`; it holds its database. */
bool door_tended(const struct places *places) {
    char path[PATH_TEXT + 16];
    (void)snprintf(path, sizeof path, "%s.lock", places->database);
    return door_supervisor(places) || process_lock_holder(path);
}
