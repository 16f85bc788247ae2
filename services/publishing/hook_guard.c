#include "services/publishing/hook_guard.h"

#include "services/bus/endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NETWORKS_MAX = 1000, BYTES_V4 = 4, BYTES_V6 = 16 };

/* The first `bits` of an address; one of IPv4 as it is mapped into IPv6, ::ffff:a.b.c.d. */
struct network {
    uint8_t bytes[BYTES_V6];
    unsigned bits;
};

struct hook_guard {
    char path[PATH_TEXT + 32];
    struct network *networks;
    size_t n;
    struct stat seen; /* of the file that was read; st_ino 0: there was none */
};

/* --- addresses -------------------------------------------------------------------------------- */

static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

/* Every address in the one form. False: it is of another family. */
static bool bytes_of(const struct sockaddr *address, uint8_t out[BYTES_V6]) {
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;
        memcpy(out, mapped, sizeof mapped);
        memcpy(out + sizeof mapped, &v4->sin_addr, BYTES_V4);
        return true;
    }
    if (address->sa_family != AF_INET6)
        return false;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)address;
    memcpy(out, &v6->sin6_addr, BYTES_V6);
    return true;
}

static bool within(const uint8_t bytes[BYTES_V6], const struct network *network) {
    size_t whole = network->bits / 8;
    unsigned rest = network->bits % 8;
    uint8_t mask = (uint8_t)(0xff00U >> rest);
    return memcmp(bytes, network->bytes, whole) == 0 &&
           (rest == 0 || ((bytes[whole] ^ network->bytes[whole]) & mask) == 0);
}

#define V4(a, b, c, d, n)                                                                          \
    { {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d}, 96 + (n) }

/* What is not for the whole world, of IPv4 (as mapped, so also of ::ffff:0:0/96) and of IPv6's
 * global unicast; of IPv6 nothing else is for it. */
static const struct network special[] = {
    V4(0, 0, 0, 0, 8),              /* this network */
    V4(10, 0, 0, 0, 8),             /* private */
    V4(100, 64, 0, 0, 10),          /* of carriers' address translation */
    V4(127, 0, 0, 0, 8),            /* loopback */
    V4(169, 254, 0, 0, 16),         /* link-local, and the metadata of cloud machines */
    V4(172, 16, 0, 0, 12),          /* private */
    V4(192, 0, 0, 0, 24),           /* protocol assignments */
    V4(192, 0, 2, 0, 24),           /* documentation */
    V4(192, 88, 99, 0, 24),         /* 6to4 relays */
    V4(192, 168, 0, 0, 16),         /* private */
    V4(198, 18, 0, 0, 15),          /* benchmarks */
    V4(198, 51, 100, 0, 24),        /* documentation */
    V4(203, 0, 113, 0, 24),         /* documentation */
    V4(224, 0, 0, 0, 4),            /* multicast */
    V4(240, 0, 0, 0, 4),            /* reserved, and broadcast */
    {{0x20, 0x01, 0x00}, 23},       /* protocol assignments: Teredo, ORCHID, benchmarks */
    {{0x20, 0x01, 0x0d, 0xb8}, 32}, /* documentation */
    {{0x20, 0x02}, 16},             /* 6to4, with an IPv4 address within */
    {{0x3f, 0xff}, 20},             /* documentation */
};

bool address_public(const struct sockaddr *address) {
    static const struct network global = {{0x20}, 3};
    static const struct network v4 = V4(0, 0, 0, 0, 0);
    uint8_t bytes[BYTES_V6];
    if (!bytes_of(address, bytes) || (!within(bytes, &global) && !within(bytes, &v4)))
        return false;
    for (size_t i = 0; i < sizeof special / sizeof *special; i++) {
        if (within(bytes, &special[i]))
            return false;
    }
    return true;
}

bool hook_guard_allows(const struct hook_guard *guard, const struct sockaddr *address,
                       bool plain_http, struct fault *fault) {
    uint8_t bytes[BYTES_V6];
    if (!bytes_of(address, bytes))
        return fault_set(fault, FAULT_INPUT, "an address that is not of the internet");
    for (size_t i = 0; i < guard->n; i++) {
        if (within(bytes, &guard->networks[i]))
            return true;
    }
    char text[INET6_ADDRSTRLEN] = "?";
    (void)inet_ntop(AF_INET6, bytes, text, sizeof text);
    if (!address_public(address))
        return fault_set(fault, FAULT_INPUT,
                         "%s is no public address, and webhooks.allow does not name it", text);
    return !plain_http || fault_set(fault, FAULT_INPUT,
                                    "http without TLS leads to %s, which webhooks.allow does not "
                                    "name; expected https",
                                    text);
}

/* --- the file --------------------------------------------------------------------------------- */

struct hook_guard *hook_guard_new(const char *state_folder, struct fault *fault) {
    struct hook_guard *guard = calloc(1, sizeof *guard);
    if (guard)
        (void)snprintf(guard->path, sizeof guard->path, "%s/webhooks.allow", state_folder);
    else
        fault_memory(fault);
    return guard;
}

void hook_guard_destroy(struct hook_guard **guard) {
    if (!*guard)
        return;
    free((*guard)->networks);
    free(*guard);
    *guard = NULL;
}

/* "10.0.0.0/8", "::1". What stands behind the network's bits must be 0: who writes 10.1.2.3/8 may
 * mean either. */
static bool read_network(char *text, struct network *out, struct fault *fault) {
    struct network network = {.bits = 8 * BYTES_V6};
    char *slash = strchr(text, '/');
    unsigned base = 0;
    if (slash)
        *slash = '\0';
    if (inet_pton(AF_INET, text, network.bytes + sizeof mapped) == 1) {
        memcpy(network.bytes, mapped, sizeof mapped);
        base = 8 * (unsigned)sizeof mapped;
    } else if (inet_pton(AF_INET6, text, network.bytes) != 1) {
        return fault_set(fault, FAULT_INPUT,
                         "found '%.60s', expected an address or a network such as 10.1.2.0/24",
                         text);
    }
    if (slash) {
        char *end;
        unsigned long bits = strtoul(slash + 1, &end, 10);
        if (slash[1] < '0' || slash[1] > '9' || *end || bits > network.bits - base)
            return fault_set(fault, FAULT_INPUT, "found /%.20s, expected /0 to /%u", slash + 1,
                             network.bits - base);
        network.bits = base + (unsigned)bits;
    }
    for (unsigned bit = network.bits; bit < 8 * BYTES_V6; bit++) {
        if (network.bytes[bit / 8] & (0x80U >> bit % 8))
            return fault_set(fault, FAULT_INPUT,
                             "%s/%u has something behind its first %u bits, expected 0 there", text,
                             network.bits - base, network.bits - base);
    }
    *out = network;
    return true;
}

static bool read_line(struct hook_guard *guard, char *line, struct fault *fault) {
    line[strcspn(line, "#\r\n")] = '\0';
    line += strspn(line, " \t");
    size_t length = strlen(line);
    while (length && (line[length - 1] == ' ' || line[length - 1] == '\t'))
        line[--length] = '\0';
    if (!*line)
        return true;
    if (guard->n == NETWORKS_MAX)
        return fault_set(fault, FAULT_INPUT, "more than %d networks", NETWORKS_MAX);
    return read_network(line, &guard->networks[guard->n], fault) && ++guard->n;
}

static bool read_lines(struct hook_guard *guard, FILE *file, struct fault *fault) {
    char line[256];
    bool fine = true;
    for (unsigned number = 1; fine && fgets(line, sizeof line, file); number++) {
        if (!strchr(line, '\n') && !feof(file))
            fine = fault_set(fault, FAULT_INPUT, "a line of more than %zu characters",
                             sizeof line - 2);
        fine = (fine && read_line(guard, line, fault)) ||
               fault_within(fault, "%s, line %u", guard->path, number);
    }
    return fine && (feof(file) || fault_set(fault, FAULT_SYSTEM, "%s cannot be read", guard->path));
}

static bool read_file(struct hook_guard *guard, struct fault *fault) {
    /* What is no file, such as a pipe, must not make us wait. */
    int descriptor = open(guard->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    FILE *file = descriptor >= 0 ? fdopen(descriptor, "r") : NULL;
    if (!file) {
        bool none = descriptor < 0 && errno == ENOENT;
        if (descriptor >= 0)
            (void)close(descriptor);
        return none || fault_set(fault, FAULT_SYSTEM, "%s cannot be read", guard->path);
    }
    bool fine = true;
    if (!S_ISREG(guard->seen.st_mode) || guard->seen.st_mode & 022)
        fine = fault_set(fault, FAULT_INPUT,
                         "%s is no file, or others than its owner may write it; until 'chmod 600 "
                         "%s' it allows nothing",
                         guard->path, guard->path);
    fine = fine && read_lines(guard, file, fault);
    (void)fclose(file);
    return fine;
}

bool hook_guard_refresh(struct hook_guard *guard, struct fault *fault) {
    struct stat now = {0};
    if (stat(guard->path, &now) != 0)
        memset(&now, 0, sizeof now);
    /* Its ctime, and not its mtime: 'chown' and 'chmod' decide whether it can be read, too. */
    if (now.st_ino == guard->seen.st_ino && now.st_size == guard->seen.st_size &&
        now.st_ctim.tv_sec == guard->seen.st_ctim.tv_sec &&
        now.st_ctim.tv_nsec == guard->seen.st_ctim.tv_nsec)
        return true;
    guard->seen = now;
    guard->n = 0;
    if (!guard->networks)
        guard->networks = calloc(NETWORKS_MAX, sizeof *guard->networks);
    if (!guard->networks)
        return fault_memory(fault);
    if (now.st_ino == 0 || read_file(guard, fault))
        return true;
    guard->n = 0;
    return false;
}
