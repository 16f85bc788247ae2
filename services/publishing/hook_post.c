#include "services/publishing/hook_post.h"

#include "core/number.h"
#include "core/utf8.h"
#include "services/bus/clock.h"
#include "services/bus/cloudevent.h"
#include "services/bus/hook_url.h"
#include "services/bus/version.h"
#include "services/publishing/hook_sign.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    ANSWER_BYTES_MAX = 64 << 10, /* that are read of an answer, of its headers and of its content */
    CONNECT_MS = 10000,
    KEPT_SECONDS = 60, /* a connection, for the next message */
    KEPT_CONNECTIONS = 64,
    RETRY_AFTER_MAX_MS = 24 * 3600 * 1000,
};

/* One message under way. */
struct post {
    const struct hook_guard *guard;
    CURL *easy;
    struct curl_slist *headers;
    void *context;
    int64_t began;
    size_t read; /* bytes of the answer */
    bool plain_http;
    struct fault refused; /* the last address that was not let through */
    char error[CURL_ERROR_SIZE];
    struct post *next, **at;
};

struct hook_poster {
    const struct hook_guard *guard;
    CURLM *multi;
    int timeout_ms;
    struct post *posts;
    size_t n_posts;
};

/* --- libcurl's calls -------------------------------------------------------------------------- */

/* Each address is looked at here, when the connection is made: what the name led to earlier says
 * nothing. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *to) {
    struct post *post = context;
    if (purpose != CURLSOCKTYPE_IPCXN ||
        !hook_guard_allows(post->guard, &to->addr, post->plain_http, &post->refused))
        return CURL_SOCKET_BAD;
    post->refused = (struct fault){0}; /* what comes of this one matters more */
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/* Of an answer's content and headers alike: read up to a bound, and thrown away. */
static size_t count_bytes(char *bytes, size_t size, size_t n, void *context) {
    struct post *post = context;
    (void)bytes;
    post->read += size * n;
    return post->read <= ANSWER_BYTES_MAX ? size * n : 0;
}

/* --- sending ---------------------------------------------------------------------------------- */

static void post_destroy(struct post *post) {
    if (post->easy)
        curl_easy_cleanup(post->easy);
    curl_slist_free_all(post->headers);
    free(post);
}

static bool add_header(struct post *post, const char *name, const char *value) {
    char line[HOOK_SIGNATURES_TEXT + 100];
    (void)snprintf(line, sizeof line, "%s: %s", name, value);
    struct curl_slist *more = curl_slist_append(post->headers, line);
    if (more)
        post->headers = more;
    return more != NULL;
}

static bool add_headers(struct post *post, const struct hook_message *message,
                        const char *signatures, uint64_t timestamp) {
    char seconds[32];
    (void)snprintf(seconds, sizeof seconds, "%" PRIu64, timestamp);
    struct curl_slist *none = curl_slist_append(NULL, "Expect:"); /* libcurl's own is left out */
    post->headers = none;
    return none && add_header(post, "Content-Type", CLOUDEVENT_TYPE "; charset=utf-8") &&
           add_header(post, "Accept", "*/*") &&
           add_header(post, "User-Agent", "mindex/" MINDEX_VERSION) &&
           add_header(post, "webhook-id", message->id) &&
           add_header(post, "webhook-timestamp", seconds) &&
           add_header(post, "webhook-signature", signatures);
}

#define SET(option, value) (curl_easy_setopt(post->easy, option, value) == CURLE_OK)

/* No redirects, proxies, cookies or credentials; no other protocol. */
static bool set_up(struct post *post, const char *url, const struct hook_message *message,
                   int timeout_ms) {
    return SET(CURLOPT_URL, url) && SET(CURLOPT_PROTOCOLS_STR, "http,https") &&
           SET(CURLOPT_FOLLOWLOCATION, 0L) && SET(CURLOPT_PROXY, "") &&
           SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) && SET(CURLOPT_POST, 1L) &&
           SET(CURLOPT_POSTFIELDS, message->body) &&
           SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)message->length) &&
           SET(CURLOPT_HTTPHEADER, post->headers) &&
           SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) &&
           SET(CURLOPT_HTTP09_ALLOWED, 0L) && SET(CURLOPT_NOSIGNAL, 1L) &&
           SET(CURLOPT_QUICK_EXIT, 1L) && /* a name that is not found in time holds nobody up */
           SET(CURLOPT_TIMEOUT_MS, (long)timeout_ms) &&
           SET(CURLOPT_CONNECTTIMEOUT_MS,
               (long)(timeout_ms < CONNECT_MS ? timeout_ms : CONNECT_MS)) &&
           SET(CURLOPT_MAXLIFETIME_CONN, (long)KEPT_SECONDS) &&
           SET(CURLOPT_OPENSOCKETFUNCTION, open_socket) && SET(CURLOPT_OPENSOCKETDATA, post) &&
           SET(CURLOPT_WRITEFUNCTION, count_bytes) && SET(CURLOPT_WRITEDATA, post) &&
           SET(CURLOPT_HEADERFUNCTION, count_bytes) && SET(CURLOPT_HEADERDATA, post) &&
           SET(CURLOPT_ERRORBUFFER, post->error) && SET(CURLOPT_PRIVATE, post);
}

static void link_post(struct hook_poster *poster, struct post *post) {
    post->next = poster->posts;
    post->at = &poster->posts;
    if (post->next)
        post->next->at = &post->next;
    poster->posts = post;
    poster->n_posts++;
}

bool hook_post(struct hook_poster *poster, const Subscription *to,
               const struct hook_message *message, uint64_t now_ms, void *context,
               struct fault *fault) {
    char signatures[HOOK_SIGNATURES_TEXT];
    const struct hook_text text = {message->id, now_ms / 1000, message->body, message->length};
    bool plain_http;
    if (!hook_url_fits(to->url, &plain_http, fault) ||
        !hook_sign(&text, to->secrets, to->n_secrets, signatures, fault))
        return false;
    struct post *post = calloc(1, sizeof *post);
    if (!post)
        return fault_memory(fault);
    post->guard = poster->guard;
    post->context = context;
    post->plain_http = plain_http;
    post->began = clock_ms();
    post->easy = curl_easy_init();
    if (!post->easy || !add_headers(post, message, signatures, text.timestamp) ||
        !set_up(post, to->url, message, poster->timeout_ms) ||
        curl_multi_add_handle(poster->multi, post->easy) != CURLM_OK) {
        post_destroy(post);
        return fault_memory(fault);
    }
    link_post(poster, post);
    return true;
}

/* --- outcomes --------------------------------------------------------------------------------- */

static void say_why(const struct post *post, CURLcode code, struct hook_outcome *outcome) {
    if (outcome->status >= 300 && outcome->status < 400)
        (void)snprintf(outcome->error, sizeof outcome->error,
                       "answered %u, a redirection, which is not followed", outcome->status);
    else if (outcome->status >= 200)
        (void)snprintf(outcome->error, sizeof outcome->error, "answered %u", outcome->status);
    else if (*post->refused.text)
        (void)snprintf(outcome->error, sizeof outcome->error, "%.290s", post->refused.text);
    else
        (void)snprintf(outcome->error, sizeof outcome->error, "%s",
                       *post->error ? post->error : curl_easy_strerror(code));
    utf8_make_plain(outcome->error); /* libcurl repeats what the other side says */
}

/* Seconds or a date. CURLINFO_RETRY_AFTER would do, but for newer versions of libcurl, to which no
 * server may ask for more than six hours. */
static uint64_t asked_pause_ms(const struct post *post) {
    struct curl_header *header;
    unsigned long seconds;
    if (curl_easy_header(post->easy, "Retry-After", 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
        return 0;
    const char *text = header->value;
    if (!number_whole(text, strlen(text), 0, ULONG_MAX, &seconds)) {
        time_t until = curl_getdate(text, NULL);
        time_t now = (time_t)(clock_wall_ms() / 1000);
        seconds = until > now ? (unsigned long)(until - now) : 0;
    }
    return seconds < RETRY_AFTER_MAX_MS / 1000 ? seconds * 1000 : RETRY_AFTER_MAX_MS;
}

static void judge(const struct post *post, CURLcode code, struct hook_outcome *outcome) {
    long status = 0;
    memset(outcome, 0, sizeof *outcome);
    outcome->context = post->context;
    outcome->took_ms = (uint32_t)(clock_ms() - post->began);
    (void)curl_easy_getinfo(post->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 100 && status <= 999)
        outcome->status = (unsigned)status;
    outcome->taken = status >= 200 && status < 300;
    if (outcome->taken)
        return;
    if (status == 429 || (status >= 502 && status <= 504))
        outcome->retry_after_ms = asked_pause_ms(post);
    say_why(post, code, outcome);
}

static void unlink_post(struct hook_poster *poster, struct post *post) {
    poster->n_posts--;
    *post->at = post->next;
    if (post->next)
        post->next->at = post->at;
    (void)curl_multi_remove_handle(poster->multi, post->easy);
    post_destroy(post);
}

bool hook_poster_next(struct hook_poster *poster, struct hook_outcome *outcome) {
    int left;
    for (CURLMsg *said; (said = curl_multi_info_read(poster->multi, &left));) {
        struct post *post = NULL;
        if (said->msg != CURLMSG_DONE)
            continue;
        (void)curl_easy_getinfo(said->easy_handle, CURLINFO_PRIVATE, &post);
        judge(post, said->data.result, outcome);
        unlink_post(poster, post);
        return true;
    }
    return false;
}

void hook_poster_wait(struct hook_poster *poster, struct curl_waitfd *also, unsigned n_also,
                      int wait_ms) {
    int running = 0;
    (void)curl_multi_perform(poster->multi, &running);
    if ((size_t)running < poster->n_posts)
        return; /* an answer was there already, and nothing would wake us for it */
    (void)curl_multi_poll(poster->multi, also, n_also, wait_ms, NULL);
    (void)curl_multi_perform(poster->multi, &running);
}

struct hook_poster *hook_poster_new(const struct hook_guard *guard, int timeout_ms,
                                    struct fault *fault) {
    struct hook_poster *poster = calloc(1, sizeof *poster);
    if (!poster || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        free(poster);
        fault_memory(fault);
        return NULL;
    }
    poster->guard = guard;
    poster->timeout_ms = timeout_ms;
    poster->multi = curl_multi_init();
    if (!poster->multi || curl_multi_setopt(poster->multi, CURLMOPT_MAXCONNECTS,
                                            (long)KEPT_CONNECTIONS) != CURLM_OK) {
        fault_memory(fault);
        hook_poster_destroy(&poster);
    }
    return poster;
}

void hook_poster_destroy(struct hook_poster **poster) {
    if (!*poster)
        return;
    while ((*poster)->posts)
        unlink_post(*poster, (*poster)->posts);
    if ((*poster)->multi)
        (void)curl_multi_cleanup((*poster)->multi);
    curl_global_cleanup();
    free(*poster);
    *poster = NULL;
}
