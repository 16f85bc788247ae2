#include "services/views/redirect.h"

#include "core/csv.h"
#include "services/views/choice.h"
#include "services/views/html.h"

#include <stdlib.h>
#include <string.h>

enum { SEE_OTHER = 303 };

static FILE *begin(char **text, size_t *length) {
    *text = NULL;
    return open_memstream(text, length);
}

/* The edition, and the end of it. */
static void finish(struct answer *answer, const struct request *request, FILE *out, char **text,
                   const size_t *length, const char *before) {
    const char *edition = choice_given(request, "edition");
    if (edition) {
        (void)fprintf(out, "%sedition=", before);
        html_url(out, edition);
    }
    bool fine = csv_close(out, text);
    if (!fine || *length >= sizeof answer->location) {
        free(*text);
        return;
    }
    answer->status = SEE_OTHER;
    answer->type = "text/plain; charset=utf-8";
    memcpy(answer->location, *text, *length + 1);
    answer->body = *text;
    answer->length = *length;
}

void answer_to_place(struct answer *answer, const struct request *request, const char *code,
                     const char *end, const char *was) {
    char *text;
    size_t length;
    FILE *out = begin(&text, &length);
    if (!out)
        return;
    (void)fputs("/places/", out);
    html_url(out, code);
    (void)fputs(end, out);
    if (was) {
        (void)fputs("?was=", out);
        html_url(out, was);
    }
    finish(answer, request, out, &text, &length, was ? "&" : "?");
}

void answer_to_search(struct answer *answer, const struct request *request, const char *typed) {
    char *text;
    size_t length;
    FILE *out = begin(&text, &length);
    if (!out)
        return;
    (void)fputs("/search?q=", out);
    html_url(out, typed);
    finish(answer, request, out, &text, &length, "&");
}
