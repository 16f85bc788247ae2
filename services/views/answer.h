/* What is asked of the views, and what they answer: a page, a table, a picture. Nothing here knows
 * HTTP's wire: services/publishing/http.c carries both, and the command line uses the views too. */
#ifndef VIEWS_ANSWER_H
#define VIEWS_ANSWER_H

#include "core/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CAPTURES_MAX = 3, PARAMETERS_MAX = 32 };

/* A part of the query, decoded: name=value. */
struct parameter {
    const char *name, *value;
};

struct request {
    const char *path;   /* decoded; begins with '/' */
    const char *query;  /* as it was asked, without '?'; "" */
    const char *accept; /* the Accept header; "" */
    const char *base;   /* "http://127.0.0.1:5605": what absolute links begin with */
    struct parameter parameters[PARAMETERS_MAX]; /* in the order of the query */
    size_t n_parameters;
    const char *captured[CAPTURES_MAX]; /* what stands in the path for the route's {} */
};

/* The first value under that name; NULL: none. */
const char *request_get(const struct request *request, const char *name);
struct answer;

/* A whole number; `initial` where it is not given. False: `answer` is the problem that says what
 * was found and what was expected (from `least` to `most`). */
bool request_number(const struct request *request, const char *name, uint64_t initial,
                    uint64_t least, uint64_t most, uint64_t *out, struct answer *answer);

enum freshness {
    FRESH_UNTIL_EVENT, /* of the newest edition, or a list: stands until the log has a new event */
    FRESH_IN_THE_LOG,  /* of one edition, by its number: stands as long as the log; where that is
                          restored, or another is served at the address, it is another edition */
    FRESH_FOR_EVER,    /* part of the program, by its hash */
    FRESH_NEVER,       /* not to be kept: /metrics, errors */
};

struct answer {
    unsigned status;  /* 200 unless the view changes it */
    const char *type; /* of the content; a constant */
    char *body;       /* from malloc; who asked frees it. NULL: out of memory */
    size_t length;
    struct buffer *page; /* of which body is made while a page is written (html.h: page_open) */
    enum freshness freshness;
    uint64_t edition;    /* that it shows; 0: none */
    char location[512];  /* with a status of redirection; "" */
    char link[1024];     /* Link header, as for the next page; "" */
    char file_name[128]; /* for a download; "" */
};

/* Makes it a problem document (RFC 9457, application/problem+json), or, where `request` prefers
 * HTML, a page that says the same: what was found, what was expected, what to do. What was in the
 * body is freed. FAULT_INPUT is 404 here, or 410 (gone); FAULT_SYSTEM and FAULT_MEMORY are 503 with
 * the reason. */
void answer_problem(struct answer *answer, const struct request *request, unsigned status,
                    const char *format, ...) __attribute__((format(printf, 4, 5)));
void answer_fault(struct answer *answer, const struct request *request, const struct fault *fault);

#endif
