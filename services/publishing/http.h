/* A small HTTP server on a thread of its own: pages by their paths, for GET and HEAD alone. It is
 * bound where it is told to be, and asks nobody who he is: what is only for some does not belong
 * on it. */
#ifndef PUBLISHING_HTTP_H
#define PUBLISHING_HTTP_H

#include "core/fault.h"

#include <stddef.h>

struct http_answer {
    unsigned status;  /* 200 unless the page changes it */
    const char *type; /* of the content; a constant */
    char *body;       /* from malloc; the server's to free. NULL: out of memory */
    size_t length;
};

struct http_page {
    const char *path;
    /* Called on the server's thread, one at a time, and so must not take long. */
    void (*answer)(void *context, struct http_answer *answer);
    void *context;
};

struct http;

/* Serves at `endpoint` (endpoint_http, services/bus/endpoint.h) until http_destroy; `pages` must
 * outlive it. Call it when signals are blocked already. NULL: the fault says why not. */
struct http *http_new(const char *endpoint, const struct http_page *pages, size_t n_pages,
                      struct fault *fault);
void http_destroy(struct http **http);

#endif
