#include "services/bus/hook_url.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

enum { PORT_HTTPS = 443, PORT_HTTP = 80, PORT_FREE = 1024, PORT_MAX = 65535 };

/* Printable ASCII and no blank: what else there is in a URL is percent-encoded. */
static bool plain(const char *url) {
    size_t length = strnlen(url, HOOK_URL_MAX + 1);
    for (size_t i = 0; i < length; i++) {
        if (url[i] <= ' ' || url[i] >= 0x7f)
            return false;
    }
    return length > 0 && length <= HOOK_URL_MAX;
}

/* libcurl takes three slashes for two, and none has a host before them. */
static bool two_slashes(const char *url) {
    const char *colon = strchr(url, ':');
    return !colon || (strncmp(colon, "://", 3) == 0 && colon[3] != '/' && !strchr(url, '\\'));
}

/* *text is NULL where there is no such part. Free it with curl_free. */
static bool get(CURLU *parsed, CURLUPart part, unsigned flags, char **text, struct fault *fault) {
    *text = NULL;
    return curl_url_get(parsed, part, text, flags) != CURLUE_OUT_OF_MEMORY || fault_memory(fault);
}

static bool has_not(CURLU *parsed, CURLUPart part, const char *why, struct fault *fault) {
    char *text;
    bool fine =
        get(parsed, part, 0, &text, fault) && (!text || fault_set(fault, FAULT_INPUT, "%s", why));
    curl_free(text);
    return fine;
}

static bool port_fits(CURLU *parsed, bool plain_http, struct fault *fault) {
    char *text;
    if (!get(parsed, CURLUPART_PORT, CURLU_DEFAULT_PORT, &text, fault))
        return false;
    if (!text)
        return fault_set(fault, FAULT_INPUT, "the port cannot be read");
    long port = strtol(text, NULL, 10);
    curl_free(text);
    return port == PORT_HTTPS || (plain_http && port == PORT_HTTP) ||
           (port >= PORT_FREE && port <= PORT_MAX) ||
           fault_set(fault, FAULT_INPUT, "found port %ld, expected 443%s or one from %d", port,
                     plain_http ? ", 80" : "", PORT_FREE);
}

static bool parts_fit(CURLU *parsed, const char *url, bool *plain_http, struct fault *fault) {
    char *scheme;
    if (!get(parsed, CURLUPART_SCHEME, 0, &scheme, fault))
        return false;
    if (!scheme)
        return fault_set(fault, FAULT_INPUT, "found no scheme, expected https://");
    *plain_http = strcmp(scheme, "http") == 0;
    bool fine = *plain_http || strcmp(scheme, "https") == 0 ||
                fault_set(fault, FAULT_INPUT, "found %.20s://, expected https://", scheme);
    curl_free(scheme);
    if (!fine)
        return false;
    if (!two_slashes(url))
        return fault_set(fault, FAULT_INPUT, "expected two slashes and a host after the scheme");
    if (strchr(url, '#')) /* also one with nothing behind it */
        return fault_set(fault, FAULT_INPUT, "a part after #, which no server is ever told");
    static const char known[] =
        "a user name or password in it, which lists and logs would show; messages "
        "are signed, and the signature says who sends them";
    return has_not(parsed, CURLUPART_USER, known, fault) &&
           has_not(parsed, CURLUPART_PASSWORD, known, fault) &&
           port_fits(parsed, *plain_http, fault);
}

bool hook_url_fits(const char *url, bool *plain_http, struct fault *fault) {
    bool is_plain;
    if (!plain_http)
        plain_http = &is_plain;
    if (!plain(url))
        return fault_set(fault, FAULT_INPUT,
                         "the URL: expected 1 to %d characters of ASCII without blanks, such as "
                         "https://example.org/hook",
                         HOOK_URL_MAX);
    CURLU *parsed = curl_url();
    if (!parsed)
        return fault_memory(fault);
    CURLUcode code = curl_url_set(parsed, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME);
    bool fine = code == CURLUE_OK ? parts_fit(parsed, url, plain_http, fault)
                : code == CURLUE_OUT_OF_MEMORY
                    ? fault_memory(fault)
                    : fault_set(fault, FAULT_INPUT,
                                "it cannot be read (%s); expected a URL such "
                                "as https://example.org/hook",
                                curl_url_strerror(code));
    curl_url_cleanup(parsed);
    return fine || fault_within(fault, "the URL");
}
