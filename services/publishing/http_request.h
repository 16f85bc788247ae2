/* A request as it came, made into one that the views answer, in one spelling: equal questions are
 * equal texts. Nothing here knows the library or a connection. */
#ifndef PUBLISHING_HTTP_REQUEST_H
#define PUBLISHING_HTTP_REQUEST_H

#include "services/bus/endpoint.h"
#include "services/views/answer.h"

enum { TARGET_MAX = 2048, HOST_MAX = 255, REFUSED_TEXT = 400 };

/* By which names the server may be asked. */
struct http_host {
    struct sockaddr_storage bound;
    const char *names[HTTP_NAMES_MAX]; /* that were given, beside the address and localhost */
    size_t n_names;
};

struct asked {
    struct request request; /* its texts belong to this */
    const char *key;        /* all that the answer depends on */
    bool named;             /* asked by a name that was given */
    unsigned references;
};

/* What a request is read from. Each may be NULL where it was not there. */
struct asking {
    const char *target; /* as it stands in the request's first line */
    const char *host, *accept;
    bool old; /* HTTP/1.0, which need not name the host */
};

/* 0: *asked is the request, with one reference. Else the status to refuse it with, and `reason`
 * says why; or 308, and `reason` is the path to ask for instead. Out of memory is 503. */
unsigned asked_read(const struct asking *asking, const struct http_host *host, struct asked **asked,
                    char reason[REFUSED_TEXT]);

struct asked *asked_keep(struct asked *asked); /* one reference more */
void asked_drop(struct asked **asked);         /* one less; the last frees it */

#endif
