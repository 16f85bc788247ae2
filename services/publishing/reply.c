#include "services/publishing/reply.h"

#include "services/bus/hash.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum {
    GZIP_LEAST = 512, /* bytes of a body that is worth compressing */
    GZIP_LEVEL = 6,
    GZIP_WINDOW = 15 + 16, /* zlib's way to ask for a gzip head */
    HEADERS_BYTES = 2048,  /* that a reply's headers take, about */
    ETAG_DIGITS = 16,
};

/* --- compressing ------------------------------------------------------------------------------ */

static bool is_text(const char *type) {
    return strncmp(type, "text/", 5) == 0 || strstr(type, "json") || strstr(type, "xml");
}

/* NULL: not worth it, or no memory, where the whole is sent just as well. */
static char *compress_body(const char *body, size_t length, size_t *out_length) {
    z_stream stream = {.next_in = (Bytef *)body, .avail_in = (uInt)length};
    if (length < GZIP_LEAST || length > UINT32_MAX ||
        deflateInit2(&stream, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return NULL;
    size_t room = deflateBound(&stream, length);
    char *out = malloc(room);
    stream.next_out = (Bytef *)out;
    stream.avail_out = (uInt)room;
    bool done = out && deflate(&stream, Z_FINISH) == Z_STREAM_END;
    *out_length = stream.total_out;
    (void)deflateEnd(&stream);
    if (done && *out_length < length)
        return out;
    free(out);
    return NULL;
}

/* --- headers ---------------------------------------------------------------------------------- */

static bool put(struct MHD_Response *response, const char *name, const char *value) {
    return MHD_add_response_header(response, name, value) == MHD_YES;
}

static bool put_common(struct MHD_Response *response) {
    /* Nothing of a page comes from elsewhere, and none of it stands within the page. */
    return put(response, "Content-Security-Policy",
               "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
               "frame-ancestors 'self'") &&
           put(response, "Referrer-Policy", "same-origin") &&
           put(response, "X-Content-Type-Options", "nosniff");
}

static const char *cache_control(const struct answer *answer) {
    if (answer->freshness == FRESH_NEVER || answer->status >= 400)
        return "no-store";
    if (answer->freshness == FRESH_UNTIL_EVENT)
        return "no-cache";
    return answer->freshness == FRESH_IN_THE_LOG ? "public, max-age=3600"
                                                 : "public, max-age=31536000, immutable";
}

/* Pages of other sites may read what is public in any case. A server that nobody gave a name is one
 * of a person's own machine or of a network within, where such a page would read in the reader's
 * place what its author could not. */
static bool readable_elsewhere(const struct asked *asked) {
    const char *path = asked->request.path;
    return asked->named && (strncmp(path, "/api/", 5) == 0 || strncmp(path, "/feeds/", 7) == 0);
}

bool reply_stream_headers(struct MHD_Response *response, const struct asked *asked) {
    return put_common(response) && put(response, "Content-Type", "text/event-stream") &&
           put(response, "Cache-Control", "no-store") &&
           put(response, "X-Accel-Buffering", "no") && /* a proxy is to pass it on as it comes */
           (!readable_elsewhere(asked) || put(response, "Access-Control-Allow-Origin", "*"));
}

static bool put_file_name(struct MHD_Response *response, const char *name) {
    char text[sizeof((struct answer *)0)->file_name + 40];
    (void)snprintf(text, sizeof text, "attachment; filename=\"%s\"", name);
    for (char *at = strchr(text, '"') + 1; at[0] && at[1]; at++) {
        if (*at == '"' || *at == '\\' || (unsigned char)*at < ' ' || (unsigned char)*at > '~')
            *at = '_';
    }
    return put(response, "Content-Disposition", text);
}

static bool put_headers(struct MHD_Response *response, const struct answer *answer,
                        const struct asked *asked, const char *etag) {
    return put_common(response) && put(response, "Cache-Control", cache_control(answer)) &&
           put(response, "Vary", asked ? "Accept, Accept-Encoding" : "Accept-Encoding") &&
           (!*etag || put(response, "ETag", etag)) &&
           (!*answer->link || put(response, "Link", answer->link)) &&
           (!*answer->location || put(response, "Location", answer->location)) &&
           (answer->status != 503 || put(response, "Retry-After", "5")) &&
           (answer->status != 405 || put(response, "Allow", "GET, HEAD")) &&
           (!asked || !readable_elsewhere(asked) ||
            put(response, "Access-Control-Allow-Origin", "*"));
}

/* --- making ----------------------------------------------------------------------------------- */

/* Takes the body if it is to be freed. */
static struct MHD_Response *with_body(const struct answer *answer, const struct asked *asked,
                                      char *body, size_t length, enum MHD_ResponseMemoryMode mode,
                                      const char *etag, bool gzip) {
    struct MHD_Response *response = MHD_create_response_from_buffer(length, body, mode);
    if (!response && mode == MHD_RESPMEM_MUST_FREE)
        free(body);
    bool fine = response && put_headers(response, answer, asked, etag) &&
                put(response, "Content-Type", answer->type) &&
                (!gzip || put(response, "Content-Encoding", "gzip")) &&
                (!*answer->file_name || put_file_name(response, answer->file_name));
    if (response && !fine) {
        MHD_destroy_response(response);
        response = NULL;
    }
    return response;
}

static struct MHD_Response *without_body(const struct answer *answer, const struct asked *asked,
                                         const char *etag) {
    struct MHD_Response *response =
        MHD_create_response_from_buffer(0, (void *)"", MHD_RESPMEM_PERSISTENT);
    if (response && !put_headers(response, answer, asked, etag)) {
        MHD_destroy_response(response);
        response = NULL;
    }
    return response;
}

static void put_etags(struct reply *reply, const struct answer *answer) {
    char hash[HASH_TEXT];
    hash_of(answer->body, answer->length, hash);
    (void)snprintf(reply->etag, sizeof reply->etag, "\"%" PRIu64 "-%.*s\"", answer->edition,
                   ETAG_DIGITS, hash);
    (void)snprintf(reply->gzip_etag, sizeof reply->gzip_etag, "\"%" PRIu64 "-%.*s-gz\"",
                   answer->edition, ETAG_DIGITS, hash);
}

/* `mode` is the body's; it is taken if it is to be freed. */
static struct reply *make(struct answer *answer, const struct asked *asked,
                          enum MHD_ResponseMemoryMode mode) {
    struct reply *reply = calloc(1, sizeof *reply);
    char *body = answer->body, *small = NULL;
    size_t small_length = 0;
    if (!reply || !body) {
        if (mode == MHD_RESPMEM_MUST_FREE)
            free(body);
        free(reply);
        return NULL;
    }
    reply->references = 1;
    reply->status = answer->status;
    reply->freshness = answer->status == 200 ? answer->freshness : FRESH_NEVER;
    if (reply->freshness != FRESH_NEVER) {
        put_etags(reply, answer);
        if (is_text(answer->type))
            small = compress_body(body, answer->length, &small_length);
        reply->same = without_body(answer, asked, reply->etag);
    }
    reply->body = body;
    reply->length = answer->length;
    reply->whole = with_body(answer, asked, body, answer->length, mode, reply->etag, false);
    if (small) {
        reply->gzip = with_body(answer, asked, small, small_length, MHD_RESPMEM_MUST_FREE,
                                reply->gzip_etag, true);
        reply->same_gzip = without_body(answer, asked, reply->gzip_etag);
    }
    reply->bytes = sizeof *reply + answer->length + small_length + HEADERS_BYTES;
    bool complete = reply->whole && (reply->same || reply->freshness == FRESH_NEVER) &&
                    (!reply->gzip || reply->same_gzip);
    if (!complete)
        reply_drop(&reply);
    return reply;
}

struct reply *reply_new(struct answer *answer, const struct asked *asked) {
    struct reply *reply = make(answer, asked, MHD_RESPMEM_MUST_FREE);
    answer->body = NULL;
    return reply;
}

struct reply *reply_of_asset(const struct asset *asset, bool for_ever) {
    struct answer answer = {.status = 200,
                            .type = asset->type,
                            .body = (char *)asset->bytes,
                            .length = asset->length,
                            .freshness = for_ever ? FRESH_FOR_EVER : FRESH_UNTIL_EVENT};
    return make(&answer, NULL, MHD_RESPMEM_PERSISTENT);
}

struct reply *reply_keep(struct reply *reply) {
    (void)__atomic_add_fetch(&reply->references, 1, __ATOMIC_RELAXED);
    return reply;
}

void reply_drop(struct reply **reply) {
    struct reply *last = *reply;
    *reply = NULL;
    if (!last || __atomic_sub_fetch(&last->references, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    struct MHD_Response *const parts[] = {last->whole, last->gzip, last->same, last->same_gzip};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (parts[i])
            MHD_destroy_response(parts[i]);
    }
    free(last);
}

/* --- sending ---------------------------------------------------------------------------------- */

static const char *header(struct MHD_Connection *connection, const char *name) {
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

enum MHD_Result reply_send(const struct reply *reply, struct MHD_Connection *connection,
                           unsigned *status) {
    bool gzip = reply->gzip && accepts_gzip(header(connection, "Accept-Encoding"));
    const char *held = *reply->etag ? header(connection, "If-None-Match") : NULL;
    /* The same edition in its other form is the same to who has it. */
    bool same = held && (etag_matches(held, reply->etag) ||
                         (reply->gzip && etag_matches(held, reply->gzip_etag)));
    struct MHD_Response *response = same   ? (gzip ? reply->same_gzip : reply->same)
                                    : gzip ? reply->gzip
                                           : reply->whole;
    *status = same ? 304 : reply->status;
    return MHD_queue_response(connection, *status, response);
}
