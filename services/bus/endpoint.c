#include "services/bus/endpoint.h"

#include "services/bus/hash.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A path of a Unix socket holds 107 bytes (sun_path); ZeroMQ cannot bind a longer one. */
enum { SOCKET_PATH_MAX = 107 };

static bool put(char *out, size_t size, struct fault *fault, const char *head, const char *tail) {
    int length = snprintf(out, size, "%s%s", head, tail);
    if (length >= 0 && (size_t)length < size)
        return true;
    return fault_set(fault, FAULT_INPUT, "the path %s%s is longer than %zu bytes", head, tail,
                     size - 1);
}

static bool absolute(char out[PATH_TEXT], const char *path, struct fault *fault) {
    if (*path == '/')
        return put(out, PATH_TEXT, fault, path, "");
    char here[PATH_MAX];
    if (!getcwd(here, sizeof here)) {
        return fault_set(fault, FAULT_SYSTEM, "the current folder cannot be read: %s",
                         strerror(errno));
    }
    if (strncmp(path, "./", 2) == 0)
        path += 2;
    if (!put(out, PATH_TEXT, fault, here, "/"))
        return false;
    size_t used = strlen(out);
    return put(out + used, PATH_TEXT - used, fault, path, "");
}

/* Sockets lie in the state folder, or under /tmp by the folder's hash where its path is too long.
 */
static bool socket_in(char out[ENDPOINT_TEXT], const char *state, const char *name,
                      struct fault *fault) {
    char head[PATH_TEXT + 16];
    if (strlen(state) + 1 + strlen(name) <= SOCKET_PATH_MAX) {
        (void)snprintf(head, sizeof head, "ipc://%s/", state);
    } else {
        char hash[HASH_TEXT], folder[64];
        hash_of(state, strlen(state), hash);
        (void)snprintf(folder, sizeof folder, "/tmp/mindex-%u-%.16s", (unsigned)getuid(), hash);
        if (!make_folder(folder, fault))
            return false;
        (void)snprintf(head, sizeof head, "ipc://%s/", folder);
    }
    return put(out, ENDPOINT_TEXT, fault, head, name);
}

static bool choose(char out[ENDPOINT_TEXT], const char *given, const char *variable,
                   const char *state, const char *name, struct fault *fault) {
    if (!given)
        given = getenv(variable);
    if (given && *given)
        return put(out, ENDPOINT_TEXT, fault, given, "");
    return socket_in(out, state, name, fault);
}

bool places_find(struct places *places, const char *state, const char *hub, const char *events,
                 const char *replay, struct fault *fault) {
    if (!state)
        state = getenv("MINDEX_STATE");
    if (!state || !*state)
        state = "mindex-state";
    struct places *p = places;
    return absolute(p->state, state, fault) &&
           put(p->database, PATH_TEXT, fault, p->state, "/mindex.db") &&
           put(p->inbox, PATH_TEXT, fault, p->state, "/inbox") &&
           put(p->accepted, PATH_TEXT, fault, p->state, "/accepted") &&
           put(p->rejected, PATH_TEXT, fault, p->state, "/rejected") &&
           put(p->editions, PATH_TEXT, fault, p->state, "/editions") &&
           choose(p->hub, hub, "MINDEX_HUB", p->state, "hub", fault) &&
           choose(p->events, events, "MINDEX_EVENTS", p->state, "events", fault) &&
           choose(p->replay, replay, "MINDEX_REPLAY", p->state, "replay", fault);
}

bool make_folder(const char *path, struct fault *fault) {
    char part[PATH_TEXT];
    if (!put(part, sizeof part, fault, path, ""))
        return false;
    for (char *slash = part + 1;; slash++) {
        char was = *slash;
        if (was != '/' && was != '\0')
            continue;
        *slash = '\0';
        if (mkdir(part, 0755) != 0 && errno != EEXIST) {
            return fault_set(fault, FAULT_SYSTEM, "the folder %s cannot be made: %s", part,
                             strerror(errno));
        }
        if (was == '\0')
            return true;
        *slash = was;
    }
}
