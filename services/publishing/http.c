#include "services/publishing/http.h"

#include "services/bus/clock.h"
#include "services/bus/filter.h"
#include "services/bus/log.h"
#include "services/publishing/patience.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    CONNECTIONS_MAX = 512,
    CONNECTION_BYTES = 16 << 10, /* headers of a request, and of its answer */
    IDLE_SECONDS = 10,           /* without a byte either way */
    ASKING_MS = 20000,     /* from a connection, or the answer before, to the end of headers */
    ANSWERING_MS = 120000, /* from there to the end of the answer */
    BACKLOG = 511,
    ASSETS_MAX = 64,
};

const double http_bounds[HTTP_BUCKETS] = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005,
                                          0.01,   0.025,   0.1,    0.25,  1,      5};

struct http {
    struct MHD_Daemon *daemon;
    struct http_host host;
    char names[HTTP_NAMES_TEXT]; /* of the host */
    struct desk *views, *service;
    struct sse *sse;
    struct patience *patience;
    struct reply *assets[ASSETS_MAX][2]; /* to be looked at again; for ever */
    pthread_mutex_t lock;                /* of the counts */
    struct http_counts counts;
};

/* One request, from its first line to the end of its answer. */
struct exchange {
    struct order order; /* the first, so that one is the other */
    struct MHD_Connection *connection;
    int64_t began; /* on clock_ns */
    bool seen;     /* its headers */
    bool ready;    /* the order was answered */
    char target[];
};

static struct line *line_of(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

/* --- answers ---------------------------------------------------------------------------------- */

static void count(struct http *http, const struct exchange *exchange, unsigned status) {
    double seconds = (double)(clock_ns() - exchange->began) / 1e9;
    size_t bucket = 0;
    while (bucket < HTTP_BUCKETS && seconds > http_bounds[bucket])
        bucket++;
    (void)pthread_mutex_lock(&http->lock);
    http->counts.requests[status / 100 - 1]++;
    http->counts.unchanged += status == 304;
    *(bucket < HTTP_BUCKETS ? &http->counts.within[bucket] : &http->counts.beyond) += 1;
    http->counts.seconds += seconds;
    (void)pthread_mutex_unlock(&http->lock);
}

static enum MHD_Result send_reply(struct http *http, struct exchange *exchange,
                                  const struct reply *reply) {
    unsigned status;
    enum MHD_Result sent = reply_send(reply, exchange->connection, &status);
    if (sent == MHD_YES)
        count(http, exchange, status);
    return sent;
}

static const char *header(const struct exchange *exchange, const char *name) {
    return MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, name);
}

/* An answer for what does not come as far as a desk, or was turned away there. MHD_NO closes the
 * connection. */
static enum MHD_Result send_answer(struct http *http, struct exchange *exchange,
                                   struct answer *answer, const struct request *request) {
    const struct asked asked = {.request = *request};
    struct reply *reply = reply_new(answer, exchange->order.asked ? exchange->order.asked : &asked);
    enum MHD_Result sent = reply ? send_reply(http, exchange, reply) : MHD_NO;
    reply_drop(&reply);
    return sent;
}

static enum MHD_Result refuse(struct http *http, struct exchange *exchange, unsigned status,
                              const char *reason) {
    char accept[ACCEPT_TEXT];
    accept_canonical(header(exchange, "Accept"), accept);
    struct request request = {.path = "/", .query = "", .accept = accept, .base = ""};
    if (exchange->order.asked)
        request = exchange->order.asked->request;
    struct answer answer = {0};
    answer_problem(&answer, &request, status, "%s", reason);
    return send_answer(http, exchange, &answer, &request);
}

static enum MHD_Result redirect(struct http *http, struct exchange *exchange, const char *to) {
    struct request request = {.path = "/", .query = "", .accept = "", .base = ""};
    struct answer answer = {.status = MHD_HTTP_PERMANENT_REDIRECT,
                            .type = "text/plain; charset=utf-8",
                            .body = strdup("it is at the address without the slash\n"),
                            .freshness = FRESH_NEVER};
    answer.length = answer.body ? strlen(answer.body) : 0;
    (void)snprintf(answer.location, sizeof answer.location, "%s", to);
    return send_answer(http, exchange, &answer, &request);
}

/* --- orders ----------------------------------------------------------------------------------- */

/* On whichever thread has the answer: the server's own takes it up from there. */
static void on_ready(struct order *order) {
    struct exchange *exchange = (struct exchange *)order;
    exchange->ready = true;
    MHD_resume_connection(exchange->connection);
}

/* `settled`: what the stream's filter means; NULL: it says so itself. */
static enum MHD_Result send_stream(struct http *http, struct exchange *exchange,
                                   const struct reply *settled) {
    char reason[REFUSED_TEXT];
    unsigned status;
    const struct asked *asked = exchange->order.asked;
    struct MHD_Response *response =
        sse_open(http->sse, exchange->connection, &asked->request, settled,
                 header(exchange, "Last-Event-ID"), &status, reason);
    if (!response)
        return refuse(http, exchange, status, reason);
    enum MHD_Result sent = reply_stream_headers(response, asked)
                               ? MHD_queue_response(exchange->connection, status, response)
                               : MHD_NO;
    MHD_destroy_response(response);
    patience_give(http->patience, line_of(exchange->connection), PATIENCE_FOR_EVER);
    count(http, exchange, status);
    return sent;
}

/* A browser that follows gives up for good at any status but 200, and comes back where a stream
 * ends; it keeps its id. */
static enum MHD_Result send_away(struct http *http, struct exchange *exchange) {
    static char text[] =
        "retry: 2000\nevent: problem\ndata: the hub does not answer; come back in a "
        "moment\n\n";
    struct MHD_Response *response =
        MHD_create_response_from_buffer(sizeof text - 1, text, MHD_RESPMEM_PERSISTENT);
    if (!response)
        return MHD_NO;
    enum MHD_Result sent = reply_stream_headers(response, exchange->order.asked)
                               ? MHD_queue_response(exchange->connection, MHD_HTTP_OK, response)
                               : MHD_NO;
    MHD_destroy_response(response);
    count(http, exchange, MHD_HTTP_OK);
    return sent;
}

static bool is_stream(const struct exchange *exchange) {
    return strcmp(exchange->order.asked->request.path, "/api/v1/events/stream") == 0;
}

/* A stream's reply is what its filter means, and it begins then. */
static enum MHD_Result send_made(struct http *http, struct exchange *exchange,
                                 const struct reply *reply) {
    if (is_stream(exchange) && reply->status == MHD_HTTP_OK)
        return send_stream(http, exchange, reply);
    if (is_stream(exchange) && reply->status == MHD_HTTP_SERVICE_UNAVAILABLE)
        return send_away(http, exchange);
    return send_reply(http, exchange, reply);
}

static enum MHD_Result send_order(struct http *http, struct exchange *exchange) {
    switch (exchange->order.end) {
    case ORDER_REPLIED:
        return send_made(http, exchange, exchange->order.reply);
    case ORDER_NO_ROOM:
        return refuse(http, exchange, MHD_HTTP_SERVICE_UNAVAILABLE,
                      "too many wait for an answer; ask again in a few seconds");
    case ORDER_HUB_AWAY:
        if (is_stream(exchange))
            return send_away(http, exchange);
        return refuse(http, exchange, MHD_HTTP_SERVICE_UNAVAILABLE,
                      "the hub does not answer, and this was not kept from before; ask again in a "
                      "few seconds, or start it with 'mindex up'");
    case ORDER_FAILED:
        break;
    }
    return refuse(http, exchange, MHD_HTTP_SERVICE_UNAVAILABLE,
                  "the answer could not be made; ask again in a few seconds");
}

static enum MHD_Result ask(struct http *http, struct exchange *exchange, struct desk *desk) {
    struct reply *kept = desk_kept(desk, exchange->order.asked);
    if (kept) {
        enum MHD_Result sent = send_made(http, exchange, kept);
        reply_drop(&kept);
        return sent;
    }
    exchange->order.ready = on_ready;
    MHD_suspend_connection(exchange->connection);
    desk_ask(desk, &exchange->order);
    return MHD_YES;
}

/* --- where it is answered --------------------------------------------------------------------- */

static enum MHD_Result send_asset(struct http *http, struct exchange *exchange, const char *name) {
    const struct request *request = &exchange->order.asked->request;
    const char *hash = request_get(request, "v");
    const struct asset *asset = asset_find(name);
    size_t at = asset ? (size_t)(asset - assets) : ASSETS_MAX;
    if (at >= ASSETS_MAX)
        return refuse(http, exchange, MHD_HTTP_NOT_FOUND, "there is no such file");
    bool for_ever = hash && strcmp(hash, asset->hash) == 0;
    return send_reply(http, exchange, http->assets[at][for_ever]);
}

/* Whether words of the filter must be held against the pack, for which somebody must read it. */
static bool names_the_pack(const struct request *request) {
    for (size_t i = 0; i < request->n_parameters; i++) {
        if (filter_of_pack(request->parameters[i].name))
            return true;
    }
    return false;
}

static bool is_service(const char *path) {
    return strcmp(path, "/metrics") == 0 || strcmp(path, "/healthz") == 0;
}

static enum MHD_Result dispatch(struct http *http, struct exchange *exchange, const char *version) {
    static const char assets_path[] = "/assets/";
    char reason[REFUSED_TEXT];
    const struct asking asking = {.target = exchange->target,
                                  .host = header(exchange, "Host"),
                                  .accept = header(exchange, "Accept"),
                                  .old = strcmp(version, MHD_HTTP_VERSION_1_0) == 0};
    unsigned refused = asked_read(&asking, &http->host, &exchange->order.asked, reason);
    if (refused == MHD_HTTP_PERMANENT_REDIRECT)
        return redirect(http, exchange, reason);
    if (refused)
        return refuse(http, exchange, refused, reason);
    const char *path = exchange->order.asked->request.path;
    if (is_service(path))
        return ask(http, exchange, http->service);
    if (strncmp(path, assets_path, strlen(assets_path)) == 0)
        return send_asset(http, exchange, path + strlen(assets_path));
    if (is_stream(exchange) && !names_the_pack(&exchange->order.asked->request))
        return send_stream(http, exchange, NULL);
    return ask(http, exchange, http->views);
}

/* --- as libmicrohttpd has it ------------------------------------------------------------------ */

/* With the first line of a request: its target, before the library decodes it. */
static void *on_target(void *context, const char *target, struct MHD_Connection *connection) {
    (void)context;
    size_t length = strlen(target);
    struct exchange *exchange = malloc(sizeof *exchange + length + 1);
    if (!exchange)
        return NULL;
    memset(exchange, 0, sizeof *exchange);
    memcpy(exchange->target, target, length + 1);
    exchange->connection = connection;
    exchange->began = clock_ns();
    return exchange;
}

struct said { /* how often */
    unsigned host, length, coding;
};

static enum MHD_Result count_header(void *context, enum MHD_ValueKind kind, const char *name,
                                    const char *value) {
    (void)kind, (void)value;
    struct said *said = context;
    said->host += strcasecmp(name, MHD_HTTP_HEADER_HOST) == 0;
    said->length += strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0;
    said->coding += strcasecmp(name, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0;
    return MHD_YES;
}

/* Whether everybody reads the same out of its headers: a proxy that takes another Host or another
 * end for the true one would take a part of one person's request for another's. */
static bool is_plain_request(struct MHD_Connection *connection) {
    struct said said = {0};
    (void)MHD_get_connection_values(connection, MHD_HEADER_KIND, count_header, &said);
    return said.host <= 1 && said.length + said.coding <= 1;
}

/* Called when the headers are there, for each part of what the request brings along, which is
 * thrown away, at its end, and when the connection may go on. A connection is kept for the next
 * request where the answer comes then, and ends with one that comes before. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection,
                                  const char *path, const char *method, const char *version,
                                  const char *upload, size_t *uploaded, void **request) {
    (void)path, (void)upload;
    struct http *http = context;
    struct exchange *exchange = *request;
    if (!exchange)
        return MHD_NO; /* out of memory */
    if (exchange->ready)
        return send_order(http, exchange);
    if (!exchange->seen) {
        patience_give(http->patience, line_of(connection), ANSWERING_MS);
        exchange->seen = true;
        if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
            return refuse(http, exchange, MHD_HTTP_METHOD_NOT_ALLOWED,
                          "only GET and HEAD are answered here");
        if (!is_plain_request(connection))
            return refuse(http, exchange, MHD_HTTP_BAD_REQUEST,
                          "the headers say twice what there may be one of; expected one Host, and "
                          "one Content-Length or Transfer-Encoding at most");
        return MHD_YES;
    }
    if (*uploaded) {
        *uploaded = 0;
        return MHD_YES;
    }
    return dispatch(http, exchange, version);
}

static void on_completed(void *context, struct MHD_Connection *connection, void **request,
                         enum MHD_RequestTerminationCode why) {
    (void)why;
    struct http *http = context;
    struct exchange *exchange = *request;
    patience_give(http->patience, line_of(connection), ASKING_MS);
    if (!exchange)
        return;
    reply_drop(&exchange->order.reply);
    asked_drop(&exchange->order.asked);
    free(exchange);
    *request = NULL;
}

static void on_connection(void *context, struct MHD_Connection *connection, void **line,
                          enum MHD_ConnectionNotificationCode what) {
    struct http *http = context;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        patience_end(http->patience, *line);
        *line = NULL;
        return;
    }
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    *line = info ? patience_begin(http->patience, info->connect_fd, ASKING_MS) : NULL;
}

/* What the library has to say is about a connection that broke, or a request that was none: no
 * more than a client that went away is worth in the log. */
static void ignore(void *context, const char *format, va_list arguments) {
    (void)context, (void)format, (void)arguments;
}

/* --- the server ------------------------------------------------------------------------------- */

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
    char quoted[LOG_QUOTED];
    log_info("http open", "endpoint=%s port=%u", log_quote(endpoint, quoted), port);
    if (!address_local((const struct sockaddr *)address))
        log_warning("http is open to others",
                    "endpoint=%s reason=\"whoever reaches it is answered\"", quoted);
}

/* The library has closed the socket or not, by where it failed; another file may be open under the
 * number since. */
static void close_if_same(int listener, const struct stat *was) {
    struct stat is;
    if (fstat(listener, &is) == 0 && is.st_dev == was->st_dev && is.st_ino == was->st_ino)
        (void)close(listener);
}

static bool start(struct http *http, const char *endpoint, struct fault *fault) {
    struct stat socket;
    int listener = listen_at(endpoint, &http->host.bound, fault);
    if (listener < 0)
        return false;
    bool known = fstat(listener, &socket) == 0;
    unsigned v6 = http->host.bound.ss_family == AF_INET6 ? MHD_USE_IPv6 : 0U;
    http->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG | v6, 0, NULL,
        NULL, on_request, http, MHD_OPTION_EXTERNAL_LOGGER, ignore, NULL, MHD_OPTION_LISTEN_SOCKET,
        listener, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)IDLE_SECONDS, MHD_OPTION_URI_LOG_CALLBACK, on_target, http,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, http, MHD_OPTION_NOTIFY_CONNECTION,
        on_connection, http, MHD_OPTION_END);
    if (!http->daemon) {
        if (known)
            close_if_same(listener, &socket);
        return fault_set(fault, FAULT_SYSTEM, "no HTTP server can be started at %s", endpoint);
    }
    tell_where(endpoint, &http->host.bound);
    return true;
}

static bool prepare_assets(struct http *http, struct fault *fault) {
    for (size_t i = 0; assets[i].name; i++) {
        for (int for_ever = 0; for_ever < 2; for_ever++) {
            struct reply **reply = i < ASSETS_MAX ? &http->assets[i][for_ever] : NULL;
            if (!reply || !(*reply = reply_of_asset(&assets[i], for_ever)))
                return fault_memory(fault);
        }
    }
    return true;
}

struct http *http_new(const struct http_places *places, struct fault *fault) {
    struct http *http = calloc(1, sizeof *http);
    if (!http) {
        fault_memory(fault);
        return NULL;
    }
    (void)pthread_mutex_init(&http->lock, NULL);
    http->views = places->views;
    http->service = places->service;
    http->sse = places->sse;
    (void)snprintf(http->names, sizeof http->names, "%s", places->names);
    bool ready = endpoint_names(http->names, http->host.names, &http->host.n_names, fault) &&
                 prepare_assets(http, fault) && (http->patience = patience_new(fault)) &&
                 start(http, places->endpoint, fault);
    if (!ready)
        http_destroy(&http);
    return http;
}

void http_destroy(struct http **http) {
    struct http *closing = *http;
    if (!closing)
        return;
    if (closing->daemon)
        MHD_stop_daemon(closing->daemon);
    patience_destroy(&closing->patience);
    for (size_t i = 0; i < ASSETS_MAX; i++) {
        reply_drop(&closing->assets[i][0]);
        reply_drop(&closing->assets[i][1]);
    }
    (void)pthread_mutex_destroy(&closing->lock);
    free(closing);
    *http = NULL;
}

void http_count(struct http *http, struct http_counts *counts) {
    (void)pthread_mutex_lock(&http->lock);
    *counts = http->counts;
    (void)pthread_mutex_unlock(&http->lock);
    counts->connections = patience_lines(http->patience);
    counts->cut = patience_cut(http->patience);
}
