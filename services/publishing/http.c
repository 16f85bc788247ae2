#include "services/publishing/http.h"

#include "services/bus/endpoint.h"
#include "services/bus/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    CONNECTIONS_MAX = 128,
    CONNECTION_BYTES = 16 << 10, /* headers of a request, and of its answer */
    IDLE_SECONDS = 10,
    BACKLOG = 64,
};

struct http {
    struct MHD_Daemon *daemon;
    const struct http_page *pages;
    size_t n_pages;
};

/* --- one request ------------------------------------------------------------------------------ */

static enum MHD_Result respond(struct MHD_Connection *connection, struct http_answer *answer,
                               const char *allow) {
    struct MHD_Response *response =
        answer->body
            ? MHD_create_response_from_buffer(answer->length, answer->body, MHD_RESPMEM_MUST_FREE)
            : NULL;
    if (!response) {
        free(answer->body);
        return MHD_NO; /* the connection is closed */
    }
    bool fine = MHD_add_response_header(response, "Content-Type", answer->type) == MHD_YES &&
                MHD_add_response_header(response, "Cache-Control", "no-store") == MHD_YES &&
                MHD_add_response_header(response, "X-Content-Type-Options", "nosniff") == MHD_YES &&
                (!allow || MHD_add_response_header(response, "Allow", allow) == MHD_YES);
    enum MHD_Result queued =
        fine ? MHD_queue_response(connection, answer->status, response) : MHD_NO;
    MHD_destroy_response(response);
    return queued;
}

static void say(struct http_answer *answer, unsigned status, const char *text) {
    answer->status = status;
    answer->body = strdup(text);
    answer->length = strlen(text);
}

/* As libmicrohttpd has it: called when the headers are there, for each part of what the request
 * brings along, which is thrown away, and at its end. A connection is kept for the next request
 * where the answer comes then, and ends with one that comes before. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection,
                                  const char *path, const char *method, const char *version,
                                  const char *upload, size_t *uploaded, void **request) {
    (void)version, (void)upload;
    const struct http *http = context;
    struct http_answer answer = {.status = MHD_HTTP_OK, .type = "text/plain; charset=utf-8"};
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
        say(&answer, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD are answered here\n");
        return respond(connection, &answer, "GET, HEAD");
    }
    if (!*request || *uploaded) {
        *request = context;
        *uploaded = 0;
        return MHD_YES;
    }
    for (size_t i = 0; i < http->n_pages; i++) {
        if (strcmp(http->pages[i].path, path) != 0)
            continue;
        http->pages[i].answer(http->pages[i].context, &answer);
        return respond(connection, &answer, NULL);
    }
    say(&answer, MHD_HTTP_NOT_FOUND, "there is no such page\n");
    return respond(connection, &answer, NULL);
}

/* --- the server ------------------------------------------------------------------------------- */

/* What the library has to say is about a connection that broke, or a request that was none: no
 * more than a scraper that went away is worth in the log. */
static void ignore(void *context, const char *format, va_list arguments) {
    (void)context, (void)format, (void)arguments;
}

/* A listening socket. -1: the fault says why not. */
static int listen_at(const char *endpoint, struct sockaddr_storage *address, struct fault *fault) {
    int yes = 1;
    if (!endpoint_http(endpoint, address, fault))
        return -1;
    socklen_t length =
        address->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
    int listener = socket(address->ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool bound = listener >= 0 &&
                 setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
                 bind(listener, (const struct sockaddr *)address, length) == 0 &&
                 listen(listener, BACKLOG) == 0 &&
                 getsockname(listener, (struct sockaddr *)address, &length) == 0;
    if (bound)
        return listener;
    fault_set(fault, FAULT_SYSTEM, "the endpoint %s cannot be bound: %s", endpoint,
              strerror(errno));
    if (listener >= 0)
        (void)close(listener);
    return -1;
}

static void tell_where(const char *endpoint, const struct sockaddr_storage *address) {
    /* The port stands at the same place in both kinds of address. */
    unsigned port = ntohs(((const struct sockaddr_in *)address)->sin_port);
    log_info("http open", "endpoint=%s port=%u", endpoint, port);
    if (!address_local((const struct sockaddr *)address))
        log_warning("http is open to others", "reason=\"whoever reaches %s is answered\"",
                    endpoint);
}

static bool start(struct http *http, const char *endpoint, struct fault *fault) {
    struct sockaddr_storage address;
    int listener = listen_at(endpoint, &address, fault);
    if (listener < 0)
        return false;
    http->daemon = MHD_start_daemon(
        MHD_USE_AUTO_INTERNAL_THREAD | MHD_USE_ERROR_LOG |
            (address.ss_family == AF_INET6 ? MHD_USE_IPv6 : 0U),
        0, NULL, NULL, on_request, http, MHD_OPTION_EXTERNAL_LOGGER, ignore, NULL,
        MHD_OPTION_LISTEN_SOCKET, listener, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)IDLE_SECONDS, MHD_OPTION_END);
    if (!http->daemon) {
        (void)close(listener);
        return fault_set(fault, FAULT_SYSTEM, "no HTTP server can be started at %s", endpoint);
    }
    tell_where(endpoint, &address);
    return true;
}

struct http *http_new(const char *endpoint, const struct http_page *pages, size_t n_pages,
                      struct fault *fault) {
    struct http *http = calloc(1, sizeof *http);
    if (!http) {
        fault_memory(fault);
        return NULL;
    }
    http->pages = pages;
    http->n_pages = n_pages;
    if (!start(http, endpoint, fault))
        http_destroy(&http);
    return http;
}

void http_destroy(struct http **http) {
    if (!*http)
        return;
    if ((*http)->daemon)
        MHD_stop_daemon((*http)->daemon);
    free(*http);
    *http = NULL;
}
