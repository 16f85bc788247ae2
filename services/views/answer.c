#include "services/views/answer.h"

#include "core/utf8.h"
#include "services/views/html.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { REASON_TEXT = 2000 };

const char *request_get(const struct request *request, const char *name) {
    for (size_t i = 0; i < request->n_parameters; i++) {
        if (strcmp(request->parameters[i].name, name) == 0)
            return request->parameters[i].value;
    }
    return NULL;
}

/* Digits alone: strtoull would take signs and blanks. */
static bool whole_number(const char *text, uint64_t *out) {
    size_t length = strlen(text);
    if (length == 0 || strspn(text, "0123456789") != length)
        return false;
    errno = 0;
    *out = strtoull(text, NULL, 10);
    return errno == 0;
}

bool request_number(const struct request *request, const char *name, uint64_t initial,
                    uint64_t least, uint64_t most, uint64_t *out, struct answer *answer) {
    const char *text = request_get(request, name);
    *out = initial;
    if (!text || (whole_number(text, out) && *out >= least && *out <= most))
        return true;
    answer_problem(answer, request, 400,
                   "%s is \"%.100s\"; expected a whole number from %" PRIu64 " to %" PRIu64, name,
                   text, least, most);
    return false;
}

/* --- problems --------------------------------------------------------------------------------- */

static const char *title_of(unsigned status) {
    switch (status) {
    case 400:
        return "The request cannot be understood";
    case 404:
        return "There is no such thing";
    case 405:
        return "Only GET and HEAD are answered";
    case 406:
        return "Not in that format";
    case 410:
        return "It is not kept any more";
    case 413:
        return "That is too much for one answer";
    case 414:
        return "The address is too long";
    case 421:
        return "Not served under that name";
    case 503:
        return "Not now";
    default:
        return "That went wrong";
    }
}

/* Whether HTML is asked for before JSON: as a browser does, and nobody else. */
static bool prefers_html(const struct request *request) {
    const char *html = strstr(request->accept, "text/html");
    const char *json = strstr(request->accept, "json");
    bool is_api = strncmp(request->path, "/api/", 5) == 0;
    return html && !is_api && (!json || html < json);
}

/* RFC 9457. The type is about:blank, for which the title says what the status does. */
static void write_json(struct answer *answer, const struct request *request, const char *reason) {
    json_t *problem = json_pack("{s:s, s:s, s:i, s:s, s:s}", "type", "about:blank", "title",
                                title_of(answer->status), "status", (int)answer->status, "detail",
                                reason, "instance", request->path);
    answer->type = "application/problem+json";
    answer->body = problem ? json_dumps(problem, JSON_INDENT(2)) : NULL;
    answer->length = answer->body ? strlen(answer->body) : 0;
    json_decref(problem);
}

static void write_page(struct answer *answer, const struct request *request, const char *reason) {
    const struct page page = {
        .title = title_of(answer->status), .description = reason, .request = request};
    unsigned status = answer->status;
    FILE *out = page_open(answer);
    if (!out)
        return;
    page_begin(out, &page);
    (void)fputs("<h1>", out);
    html_text(out, page.title);
    (void)fputs("</h1>\n<p class=\"problem\">", out);
    html_text(out, reason);
    (void)fputs("</p>\n<p><a href=\"/\">Find a place</a></p>\n", out);
    page_end(out, &page);
    page_close(answer, out);
    answer->status = status;
}

static void become_problem(struct answer *answer, const struct request *request, unsigned status,
                           char reason[REASON_TEXT]) {
    utf8_make_plain(reason); /* it may be cut within a character */
    free(answer->body);
    *answer = (struct answer){.status = status, .freshness = FRESH_NEVER};
    if (prefers_html(request))
        write_page(answer, request, reason);
    else
        write_json(answer, request, reason);
    answer->freshness = FRESH_NEVER;
}

void answer_problem(struct answer *answer, const struct request *request, unsigned status,
                    const char *format, ...) {
    char reason[REASON_TEXT];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    become_problem(answer, request, status, reason);
}

void answer_fault(struct answer *answer, const struct request *request, const struct fault *fault) {
    char reason[REASON_TEXT];
    (void)snprintf(reason, sizeof reason, "%s", fault->text);
    become_problem(answer, request,
                   fault->gone                  ? 410
                   : fault->kind == FAULT_INPUT ? 404
                                                : 503,
                   reason);
}
