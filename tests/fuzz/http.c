/* What a request is read from, a line each: its target, Host, Accept, and a list of tags or
 * encodings. */
#include "services/publishing/http_headers.h"
#include "services/publishing/http_request.h"
#include "tests/fuzz/fuzz.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

enum { LINES = 4 };

static struct http_host host_of(uint32_t address) {
    struct http_host host = {.names = {"index.example.org"}, .n_names = 1};
    struct sockaddr_in *bound = (struct sockaddr_in *)&host.bound;
    bound->sin_family = AF_INET;
    bound->sin_addr.s_addr = htonl(address);
    return host;
}

/* Everything but slashes and plain letters percent-encoded. */
static void spell(const char *path, char *out) {
    for (; *path; path++) {
        if (*path == '/')
            *out++ = '/';
        else
            out += sprintf(out, "%%%02x", (unsigned)(unsigned char)*path);
    }
    *out = '\0';
}

/* Spelt otherwise it is the same question. */
static void ask_again(const struct asked *asked, const struct http_host *host) {
    static char target[16 * TARGET_MAX];
    char reason[REFUSED_TEXT] = "";
    struct asked *again;
    spell(asked->request.path, target);
    if (strlen(target) + 1 + strlen(asked->request.query) > TARGET_MAX)
        return;
    (void)strcat(strcat(target, "?"), asked->request.query);
    const struct asking asking = {.target = target,
                                  .host = asked->request.base + strlen("http://"),
                                  .accept = asked->request.accept};
    fuzz_check(asked_read(&asking, host, &again, reason) == 0);
    fuzz_check(strcmp(again->key, asked->key) == 0);
    asked_drop(&again);
}

static void check_request(const struct request *request) {
    fuzz_check(request->path[0] == '/' && !strstr(request->path, "//") &&
               !strstr(request->path, "/../") && !strchr(request->path, '\\'));
    fuzz_check(request->n_parameters <= PARAMETERS_MAX);
    for (size_t i = 0; i < request->n_parameters; i++) {
        const struct parameter *given = &request->parameters[i];
        fuzz_check(request_get(request, given->name) != NULL);
        fuzz_check(i == 0 || strcmp(request->parameters[i - 1].name, given->name) <= 0);
    }
    fuzz_check(strncmp(request->base, "http://", 7) == 0);
    for (const char *at = request->query; *at; at++)
        fuzz_check(*at > ' ' && *at < 0x7f);
}

static void read_request(char *const lines[LINES], const struct http_host *host) {
    char reason[REFUSED_TEXT] = "";
    struct asked *asked;
    const struct asking asking = {
        .target = lines[0], .host = *lines[1] ? lines[1] : NULL, .accept = lines[2], .old = true};
    unsigned refused = asked_read(&asking, host, &asked, reason);
    if (refused) {
        fuzz_check(!asked && *reason && strlen(reason) < REFUSED_TEXT);
        fuzz_check(refused == 308 ? reason[0] == '/' && reason[1] != '/' && reason[1] != '\\'
                                  : refused >= 400 && refused <= 503);
        return;
    }
    check_request(&asked->request);
    ask_again(asked, host);
    asked_drop(&asked);
}

static void read_headers(char *const lines[LINES]) {
    char accept[ACCEPT_TEXT], again[ACCEPT_TEXT];
    accept_canonical(lines[2], accept);
    accept_canonical(accept, again);
    fuzz_check(strcmp(accept, again) == 0);
    (void)accepts_gzip(lines[3]);
    (void)etag_matches(lines[3], "\"1-0123456789abcdef\"");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    char *text = calloc(1, length + 1), *lines[LINES];
    fuzz_check(text != NULL);
    memcpy(text, bytes, length);
    char *at = text;
    for (size_t i = 0; i < LINES; i++) {
        lines[i] = at;
        at += strcspn(at, "\n");
        if (*at)
            *at++ = '\0';
    }
    const struct http_host here = host_of(INADDR_LOOPBACK), all = host_of(INADDR_ANY);
    read_request(lines, &here);
    read_request(lines, &all);
    read_headers(lines);
    free(text);
    return 0;
}
