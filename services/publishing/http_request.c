#include "services/publishing/http_request.h"

#include "core/utf8.h"
#include "services/publishing/http_headers.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static unsigned refuse(char reason[REFUSED_TEXT], unsigned status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static unsigned refuse(char reason[REFUSED_TEXT], unsigned status, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(reason, REFUSED_TEXT, format, arguments);
    va_end(arguments);
    utf8_make_plain(reason);
    return status;
}

/* --- by which name ---------------------------------------------------------------------------- */

/* Whether `name`, a literal address, is one that the server is bound to. */
static bool is_bound_address(const struct http_host *host, const char *name) {
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    char inner[INET6_ADDRSTRLEN];
    size_t length = strlen(name);
    bool is_v4 = inet_pton(AF_INET, name, &v4.sin_addr) == 1, is_v6 = false;
    if (!is_v4 && length > 2 && length - 2 < sizeof inner && name[0] == '[') {
        memcpy(inner, name + 1, length - 2);
        inner[length - 2] = '\0';
        is_v6 = name[length - 1] == ']' && inet_pton(AF_INET6, inner, &v6.sin6_addr) == 1;
    }
    if (!is_v4 && !is_v6)
        return false;
    const struct sockaddr_in *bound4 = (const struct sockaddr_in *)&host->bound;
    const struct sockaddr_in6 *bound6 = (const struct sockaddr_in6 *)&host->bound;
    bool bound_is_v4 = host->bound.ss_family == AF_INET;
    bool all = bound_is_v4 ? bound4->sin_addr.s_addr == htonl(INADDR_ANY)
                           : IN6_IS_ADDR_UNSPECIFIED(&bound6->sin6_addr);
    bool loopback = address_local(is_v4 ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6) &&
                    address_local((const struct sockaddr *)&host->bound);
    bool same = is_v4 ? bound_is_v4 && bound4->sin_addr.s_addr == v4.sin_addr.s_addr
                      : !bound_is_v4 && IN6_ARE_ADDR_EQUAL(&bound6->sin6_addr, &v6.sin6_addr);
    return all || loopback || same;
}

/* A page elsewhere may have its own name point here, and would then be let read what is here by the
 * browser of someone who reaches us (DNS rebinding): its name is not ours. An address in figures is
 * never anybody's name. */
static bool is_ours(const struct http_host *host, const char *name, bool *named) {
    *named = false;
    for (size_t i = 0; i < host->n_names; i++)
        *named |= strcasecmp(host->names[i], name) == 0;
    return *named || strcasecmp(name, "localhost") == 0 || is_bound_address(host, name);
}

/* Splits "name:port" or "[address]:port"; false: it is neither. */
static bool split_host(const char *text, char name[HOST_MAX + 1]) {
    size_t length = *text == '[' ? strcspn(text, "]") + 1 : strcspn(text, ":");
    if (length == 0 || length > HOST_MAX || length > strlen(text))
        return false;
    memcpy(name, text, length);
    name[length] = '\0';
    const char *port = text + length;
    return *port == '\0' ||
           (*port == ':' && strlen(port) <= 6 && port[1 + strspn(port + 1, "0123456789")] == '\0');
}

/* --- decoding --------------------------------------------------------------------------------- */

static int hex(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Whether all of it is characters that a text may have. */
static bool is_plain(const char *text, size_t length) {
    const unsigned char *at = (const unsigned char *)text, *end = at + length;
    while (at < end) {
        bool plain;
        at += utf8_plain(at, end, &plain);
        if (!plain)
            return false;
    }
    return true;
}

/* Decodes `length` bytes at `from` into `to`, which has room for as many and a terminator. NULL:
 * they stand for no text; else where the terminator is. */
static char *decode(const char *from, size_t length, bool plus_is_blank, char *to) {
    char *out = to;
    for (size_t i = 0; i < length; i++) {
        if (from[i] == '%') {
            int high = i + 2 < length ? hex(from[i + 1]) : -1;
            int low = i + 2 < length ? hex(from[i + 2]) : -1;
            if (high < 0 || low < 0)
                return NULL;
            *out++ = (char)(high * 16 + low);
            i += 2;
        } else {
            *out++ = plus_is_blank && from[i] == '+' ? ' ' : from[i];
        }
    }
    *out = '\0';
    return is_plain(to, (size_t)(out - to)) ? out : NULL;
}

/* The same text is always the same letters; three for each byte at most. */
static char *encode(const char *text, char *out) {
    static const char digits[] = "0123456789ABCDEF";
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        if (isalnum(byte) || strchr("-._~,:;@/!$'()*", byte)) {
            *out++ = (char)byte;
        } else if (byte == ' ') {
            *out++ = '+';
        } else {
            *out++ = '%';
            *out++ = digits[byte >> 4];
            *out++ = digits[byte & 15];
        }
    }
    *out = '\0';
    return out;
}

/* --- the path --------------------------------------------------------------------------------- */

/* A path in its plain form has no empty part, and none that goes up or stays; nor what a browser
 * takes for a slash. */
static bool is_plain_path(const char *path) {
    if (strchr(path, '\\'))
        return false;
    for (const char *part = path; *part == '/';) {
        size_t length = strcspn(++part, "/");
        if ((length == 0 && path[1] != '\0') || (length == 1 && part[0] == '.') ||
            (length == 2 && part[0] == '.' && part[1] == '.'))
            return false;
        part += length;
    }
    return true;
}

static unsigned read_path(struct asked *asked, const char *target, size_t length, char **texts,
                          char reason[REFUSED_TEXT]) {
    char *path = *texts;
    char *end = decode(target, length, false, path);
    if (!end)
        return refuse(reason, 400,
                      "the path is no text; expected UTF-8 without control characters, "
                      "percent-encoded");
    for (size_t i = 0; i + 2 < length; i++) {
        if (target[i] == '%' && target[i + 1] == '2' && (target[i + 2] | 0x20) == 'f')
            return refuse(reason, 400, "the path has a slash that is percent-encoded");
    }
    *texts = end + 1;
    asked->request.path = path;
    if (end - path > 1 && end[-1] == '/') {
        end[-1] = '\0';
        bool plain = is_plain_path(path); /* "//elsewhere/" would lead to another host */
        end[-1] = '/';
        if (plain && length < REFUSED_TEXT) {
            memcpy(reason, target, length - 1);
            reason[length - 1] = '\0';
            return 308;
        }
    }
    return is_plain_path(path)
               ? 0
               : refuse(reason, 404,
                        "there is nothing at %.200s; expected a path in its plain form", path);
}

/* --- the query -------------------------------------------------------------------------------- */

static unsigned read_parameter(struct request *request, const char *part, size_t length,
                               char **texts, char reason[REFUSED_TEXT]) {
    const char *equals = memchr(part, '=', length);
    size_t name_length = equals ? (size_t)(equals - part) : length;
    if (request->n_parameters == PARAMETERS_MAX)
        return refuse(reason, 400, "the query has more than %d parameters", PARAMETERS_MAX);
    char *name = *texts, *end = decode(part, name_length, true, name);
    char *value = end ? end + 1 : NULL;
    end = value ? decode(part + name_length + (equals != NULL),
                         length - name_length - (equals != NULL), true, value)
                : NULL;
    if (!end)
        return refuse(reason, 400,
                      "a parameter of the query is no text; expected UTF-8 without control "
                      "characters, percent-encoded");
    *texts = end + 1;
    /* Into its place: by name, and those of one name in the order in which they came. */
    size_t at = request->n_parameters++;
    while (at > 0 && strcmp(request->parameters[at - 1].name, name) > 0) {
        request->parameters[at] = request->parameters[at - 1];
        at--;
    }
    request->parameters[at] = (struct parameter){name, value};
    return 0;
}

static unsigned read_query(struct asked *asked, const char *query, char **texts,
                           char reason[REFUSED_TEXT]) {
    struct request *request = &asked->request;
    while (*query) {
        size_t length = strcspn(query, "&");
        unsigned refused = length ? read_parameter(request, query, length, texts, reason) : 0;
        if (refused)
            return refused;
        query += length + (query[length] == '&');
    }
    char *out = *texts;
    request->query = out;
    for (size_t i = 0; i < request->n_parameters; i++) {
        if (i > 0)
            *out++ = '&';
        out = encode(request->parameters[i].name, out);
        *out++ = '=';
        out = encode(request->parameters[i].value, out);
    }
    *out++ = '\0';
    *texts = out;
    return 0;
}

/* --- all of it -------------------------------------------------------------------------------- */

/* A request may name the host within its target (RFC 9112, 3.2.2). */
static const char *split_target(const char *target, char host[HOST_MAX + 8], const char **named) {
    static const char scheme[] = "http://";
    if (strncasecmp(target, scheme, strlen(scheme)) != 0)
        return target;
    target += strlen(scheme);
    size_t length = strcspn(target, "/?");
    if (length == 0 || length >= HOST_MAX + 8)
        return target;
    memcpy(host, target, length);
    host[length] = '\0';
    *named = host;
    return target[length] == '/' ? target + length : "/";
}

static unsigned read_base(struct asked *asked, const struct http_host *host, const char *named,
                          bool old, char **texts, char reason[REFUSED_TEXT]) {
    char name[HOST_MAX + 1];
    if (!named && !old)
        return refuse(reason, 400, "the request has no Host; expected a name or an address");
    if (!named)
        named = "localhost"; /* no browser that could be led here asks so */
    if (!split_host(named, name))
        return refuse(reason, 400, "Host is \"%.100s\"; expected a name or an address, and a port",
                      named);
    if (!is_ours(host, name, &asked->named))
        return refuse(reason, 421,
                      "this server is not asked by the name \"%.100s\"; expected its address, "
                      "localhost, or a name that it was given with --http-name",
                      name);
    char *end = stpcpy(stpcpy(*texts, "http://"), named);
    for (char *at = *texts; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    asked->request.base = *texts;
    *texts = end + 1;
    return 0;
}

static unsigned read_all(struct asked *asked, const struct asking *asking,
                         const struct http_host *host, char *texts, char reason[REFUSED_TEXT]) {
    char within[HOST_MAX + 8];
    const char *named = asking->host;
    const char *target = split_target(asking->target, within, &named);
    if (*target != '/')
        return refuse(reason, 400, "the request asks for no path; expected one that begins with /");
    size_t path_length = strcspn(target, "?");
    const char *query = target + path_length + (target[path_length] == '?');
    unsigned refused = read_base(asked, host, named, asking->old, &texts, reason);
    if (!refused)
        refused = read_path(asked, target, path_length, &texts, reason);
    if (!refused)
        refused = read_query(asked, query, &texts, reason);
    if (refused)
        return refused;
    accept_canonical(asking->accept, texts);
    asked->request.accept = texts;
    texts += strlen(texts) + 1;
    asked->key = texts;
    const char *const parts[] = {asked->request.path, asked->request.query, asked->request.accept,
                                 asked->request.base};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        texts = stpcpy(stpcpy(texts, i > 0 ? "\n" : ""), parts[i]);
    return 0;
}

unsigned asked_read(const struct asking *asking, const struct http_host *host, struct asked **asked,
                    char reason[REFUSED_TEXT]) {
    size_t length = strlen(asking->target);
    *asked = NULL;
    if (length > TARGET_MAX)
        return refuse(reason, 414, "the address has %zu bytes; expected at most %d", length,
                      TARGET_MAX);
    if (asking->host && strlen(asking->host) > HOST_MAX)
        return refuse(reason, 400, "Host has more than %d bytes", HOST_MAX);
    /* The path; names and values with their terminators; the query, of which each byte becomes
     * three at most; Accept; the base; and all but the second once more as the key. */
    const size_t parameters = PARAMETERS_MAX, accept = ACCEPT_TEXT, base = HOST_MAX + 32;
    size_t room = 2 * (length + 1) + (length + 2 * parameters) + 2 * (3 * length + 3 * parameters) +
                  2 * accept + 2 * base;
    struct asked *fresh = malloc(sizeof *fresh + room);
    if (!fresh)
        return refuse(reason, 503, "the server has no memory to spare");
    memset(fresh, 0, sizeof *fresh);
    fresh->references = 1;
    unsigned refused = read_all(fresh, asking, host, (char *)(fresh + 1), reason);
    if (refused)
        free(fresh);
    else
        *asked = fresh;
    return refused;
}

struct asked *asked_keep(struct asked *asked) {
    (void)__atomic_add_fetch(&asked->references, 1, __ATOMIC_RELAXED);
    return asked;
}

void asked_drop(struct asked **asked) {
    if (*asked && __atomic_sub_fetch(&(*asked)->references, 1, __ATOMIC_ACQ_REL) == 0)
        free(*asked);
    *asked = NULL;
}
