#include "services/bus/endpoint.h"

#include "core/number.h"
#include "services/bus/hash.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
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

/* Under /tmp anybody may have made the folder before us, to put sockets of his own into it. */
static bool private_folder(const char *path, struct fault *fault) {
    struct stat info;
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        return fault_set(fault, FAULT_SYSTEM, "the folder %s cannot be made: %s", path,
                         strerror(errno));
    }
    if (lstat(path, &info) == 0 && S_ISDIR(info.st_mode) && info.st_uid == getuid() &&
        (info.st_mode & 022) == 0)
        return true;
    return fault_set(fault, FAULT_INPUT,
                     "%s is not ours alone, so that another's sockets may be in it; remove it, or "
                     "choose a state folder with a shorter path",
                     path);
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
        if (!private_folder(folder, fault))
            return false;
        (void)snprintf(head, sizeof head, "ipc://%s/", folder);
    }
    return put(out, ENDPOINT_TEXT, fault, head, name);
}

static bool choose(char out[ENDPOINT_TEXT], const char *given, const char *state, const char *name,
                   struct fault *fault) {
    if (given && *given)
        return put(out, ENDPOINT_TEXT, fault, given, "");
    return socket_in(out, state, name, fault);
}

bool places_find(struct places *places, const char *state, const char *hub, const char *events,
                 const char *replay, struct fault *fault) {
    struct places *p = places;
    return absolute(p->state, state, fault) &&
           put(p->database, PATH_TEXT, fault, p->state, "/mindex.db") &&
           put(p->inbox, PATH_TEXT, fault, p->state, "/inbox") &&
           put(p->accepted, PATH_TEXT, fault, p->state, "/accepted") &&
           put(p->rejected, PATH_TEXT, fault, p->state, "/rejected") &&
           put(p->editions, PATH_TEXT, fault, p->state, "/editions") &&
           put(p->keys, PATH_TEXT, fault, p->state, "/keys") &&
           choose(p->hub, hub, p->state, "hub", fault) &&
           choose(p->events, events, p->state, "events", fault) &&
           choose(p->replay, replay, p->state, "replay", fault);
}

bool places_reach(struct places *places, const char *key, const char *listen, const char *http,
                  struct fault *fault) {
    char first[ENDPOINT_TEXT];
    struct sockaddr_storage address;
    return put(places->key, PATH_TEXT, fault, key, "") &&
           put(places->listen, ENDPOINT_TEXT, fault, listen, "") &&
           put(places->http, ENDPOINT_TEXT, fault, http, "") &&
           (!*listen || endpoint_door(first, listen, DOOR_EVENTS, fault)) &&
           (!*http || endpoint_http(http, &address, fault));
}

bool endpoint_names(char *list, const char *names[HTTP_NAMES_MAX], size_t *n_names,
                    struct fault *fault) {
    *n_names = 0;
    for (char *rest = NULL, *name = strtok_r(list, ", ", &rest); name;
         name = strtok_r(NULL, ", ", &rest)) {
        bool fine = name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "0123456789-.:[]")] == '\0';
        if (!fine || *n_names == HTTP_NAMES_MAX)
            return fault_set(fault, FAULT_INPUT,
                             "\"%.100s\" is no name to be asked by, or one too many; expected up "
                             "to %d such as index.example.org, with commas between them",
                             name, HTTP_NAMES_MAX);
        names[(*n_names)++] = name;
    }
    return true;
}

bool places_name(struct places *places, const char *names, struct fault *fault) {
    char list[HTTP_NAMES_TEXT];
    const char *found[HTTP_NAMES_MAX];
    size_t n_found;
    if (!put(places->http_names, HTTP_NAMES_TEXT, fault, names, ""))
        return false;
    memcpy(list, places->http_names, sizeof list);
    return endpoint_names(list, found, &n_found, fault);
}

bool endpoint_is(const char *endpoint, const char *transport) {
    size_t length = strlen(transport);
    return strncmp(endpoint, transport, length) == 0 && strncmp(endpoint + length, "://", 3) == 0;
}

bool endpoint_door(char out[ENDPOINT_TEXT], const char *listen, enum endpoint_door door,
                   struct fault *fault) {
    const char *colon = strrchr(listen, ':');
    char *end = NULL;
    if (!endpoint_is(listen, "tcp") || colon < listen + strlen("tcp://") + 1) {
        return fault_set(fault, FAULT_INPUT,
                         "%s is no place to listen at; expected tcp://ADDRESS:PORT, such as "
                         "tcp://*:5600, where the two ports that follow are taken, too",
                         listen);
    }
    if (strcmp(colon, ":*") == 0)
        return put(out, ENDPOINT_TEXT, fault, listen, "");
    unsigned long port = strtoul(colon + 1, &end, 10);
    if (colon[1] < '0' || colon[1] > '9' || *end || port < 1 || port > 65533) {
        return fault_set(fault, FAULT_INPUT, "%s: the port is a number from 1 to 65533, or *",
                         listen);
    }
    char head[ENDPOINT_TEXT], tail[16];
    if (!put(head, ENDPOINT_TEXT, fault, listen, ""))
        return false;
    head[colon + 1 - listen] = '\0';
    (void)snprintf(tail, sizeof tail, "%lu", port + door);
    return put(out, ENDPOINT_TEXT, fault, head, tail);
}

/* In figures, or localhost: no other name, no interface, nothing shortened. Its port becomes 0. */
static bool read_address(const char *host, struct sockaddr_storage *address) {
    memset(address, 0, sizeof *address);
    struct sockaddr_in *four = (struct sockaddr_in *)address;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)address;
    if (strcmp(host, "localhost") == 0)
        host = "127.0.0.1";
    if (inet_pton(AF_INET, host, &four->sin_addr) == 1)
        address->ss_family = AF_INET;
    else if (inet_pton(AF_INET6, host, &six->sin6_addr) == 1)
        address->ss_family = AF_INET6;
    return address->ss_family != AF_UNSPEC;
}

bool address_local(const struct sockaddr *address) {
    if (address->sa_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr) >> 24 == 127;
    return address->sa_family == AF_INET6 &&
           IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)address)->sin6_addr);
}

static bool loopback(const char *host) {
    struct sockaddr_storage address;
    return read_address(host, &address) && address_local((const struct sockaddr *)&address);
}

/* HOST:PORT and [HOST]:PORT, taken apart. */
static bool split_port(const char *text, char host[ENDPOINT_TEXT], const char **port) {
    const char *colon = strrchr(text, ':');
    size_t length = colon ? (size_t)(colon - text) : 0;
    if (length == 0 || length >= ENDPOINT_TEXT)
        return false;
    bool bracketed = text[0] == '[' && text[length - 1] == ']' && length > 2;
    if (bracketed) {
        text++;
        length -= 2;
    }
    memcpy(host, text, length);
    host[length] = '\0';
    *port = colon + 1;
    return bracketed || !strchr(host, ':');
}

bool endpoint_http(const char *http, struct sockaddr_storage *address, struct fault *fault) {
    static const char head[] = "http://";
    char host[ENDPOINT_TEXT];
    const char *port = "";
    unsigned long number = 0;
    bool known = strncmp(http, head, strlen(head)) == 0 &&
                 split_port(http + strlen(head), host, &port) &&
                 read_address(strcmp(host, "*") == 0 ? "0.0.0.0" : host, address);
    if (!known || (strcmp(port, "*") != 0 && !number_whole(port, strlen(port), 1, 65535, &number)))
        return fault_set(fault, FAULT_INPUT,
                         "%s is no place to be read at; expected http://ADDRESS:PORT with an "
                         "address in figures, such as http://127.0.0.1:5605 for this machine or "
                         "http://*:5605 for all who reach it",
                         http);
    /* The port stands at the same place in both. */
    ((struct sockaddr_in *)address)->sin_port = htons((uint16_t)number);
    return true;
}

socklen_t endpoint_address(const char *endpoint, struct sockaddr_storage *address) {
    struct sockaddr_un *file = (struct sockaddr_un *)address;
    char host[ENDPOINT_TEXT];
    const char *port = "";
    unsigned long number = 0;
    if (endpoint_is(endpoint, "ipc") && endpoint_local(endpoint)) {
        struct fault fault;
        memset(address, 0, sizeof *address);
        file->sun_family = AF_UNIX;
        bool fits =
            put(file->sun_path, sizeof file->sun_path, &fault, endpoint + strlen("ipc://"), "");
        return fits ? sizeof *file : 0;
    }
    if (!endpoint_is(endpoint, "tcp") || !split_port(endpoint + strlen("tcp://"), host, &port) ||
        !read_address(host, address) || !number_whole(port, strlen(port), 1, 65535, &number))
        return 0;
    ((struct sockaddr_in *)address)->sin_port = htons((uint16_t)number);
    return address->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6)
                                          : sizeof(struct sockaddr_in);
}

bool endpoint_local(const char *endpoint) {
    if (endpoint_is(endpoint, "ipc")) {
        /* @ is Linux's name space of sockets without a file, and so without permissions; for *
         * ZeroMQ makes a name of its own. */
        const char *path = endpoint + strlen("ipc://");
        return *path != '\0' && *path != '@' && *path != '*';
    }
    char host[ENDPOINT_TEXT];
    if (!endpoint_is(endpoint, "tcp") || strlen(endpoint) >= sizeof host || strchr(endpoint, ';'))
        return false;
    (void)snprintf(host, sizeof host, "%s", endpoint + strlen("tcp://"));
    char *colon = strrchr(host, ':');
    if (!colon)
        return false;
    *colon = '\0';
    if (host[0] == '[' && colon > host + 1 && colon[-1] == ']') {
        colon[-1] = '\0';
        return loopback(host + 1);
    }
    return loopback(host);
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
