/* Which rows of a sheet are answered, and where the others are. */
#include "services/views/sheet_parts.h"

#include "services/bus/buffer.h"
#include "services/views/html.h"

#include <stdlib.h>
#include <string.h>

enum { LIMIT_MOST = 1000000 };

/* A path is percent-encoded letter by letter, but for what divides it. `ending` (NULL: its own)
 * takes the place of its ending. */
static void write_path(FILE *out, const char *path, const char *ending) {
    size_t length = strlen(path);
    if (ending)
        length -= sheet_ending(path);
    for (size_t i = 0; i < length; i++) {
        const char letter[] = {path[i], '\0'};
        if (path[i] == '/')
            (void)fputc('/', out);
        else
            html_url(out, letter);
    }
    if (ending)
        (void)fputs(ending, out);
}

static void write_address(FILE *out, const struct request *request, uint64_t offset, uint64_t limit,
                          const char *ending) {
    const char *comma = "?";
    write_path(out, request->path, ending);
    if (limit) {
        (void)fprintf(out, "?limit=%llu&offset=%llu", (unsigned long long)limit,
                      (unsigned long long)offset);
        comma = "&";
    }
    for (size_t i = 0; i < request->n_parameters; i++) {
        const struct parameter *p = &request->parameters[i];
        if (strcmp(p->name, "limit") == 0 || strcmp(p->name, "offset") == 0)
            continue;
        (void)fputs(comma, out);
        comma = "&";
        html_url(out, p->name);
        (void)fputc('=', out);
        html_url(out, p->value);
    }
}

bool sheet_address(const struct request *request, uint64_t offset, uint64_t limit,
                   const char *ending, char out[ADDRESS_TEXT], struct fault *fault) {
    struct buffer buffer;
    FILE *stream = buffer_open(&buffer);
    if (!stream)
        return fault_memory(fault);
    write_address(stream, request, offset, limit, ending);
    if (!buffer_close(&buffer, stream))
        return fault_memory(fault);
    bool fits = buffer.length < ADDRESS_TEXT;
    if (fits)
        memcpy(out, buffer.bytes, buffer.length + 1);
    free(buffer.bytes);
    return fits ||
           fault_set(fault, FAULT_INPUT,
                     "an address beside this one would have %zu bytes; expected less than %d",
                     buffer.length, ADDRESS_TEXT);
}

static void add_link(char out[1024], const char *url, const char *relation) {
    size_t used = strlen(out);
    if (!*url || used + strlen(url) + strlen(relation) + 16 > 1024)
        return;
    (void)snprintf(out + used, 1024 - used, "%s<%s>; rel=\"%s\"", used ? ", " : "", url, relation);
}

/* What is no number is refused when it is answered. */
void sheet_read_page(const struct request *request, struct sheet_window *window) {
    uint64_t *const into[] = {&window->first, &window->count};
    static const char *const names[] = {"offset", "limit"};
    for (size_t i = 0; i < 2; i++) {
        const char *text = request_get(request, names[i]);
        if (text && *text && strspn(text, "0123456789") == strlen(text) && strlen(text) < 20)
            *into[i] = strtoull(text, NULL, 10);
    }
}

static bool find_addresses(const struct request *request, uint64_t rows, struct sheet_page *page,
                           struct fault *fault) {
    uint64_t limit = page->limit, first = page->first;
    uint64_t before = first > limit ? first - limit : 0;
    if (first == 0 && page->end == rows)
        return true;
    return (page->end == rows ||
            sheet_address(request, page->end, limit, NULL, page->next, fault)) &&
           (first == 0 || sheet_address(request, before, limit, NULL, page->prev, fault)) &&
           sheet_address(request, 0, limit, NULL, page->begin, fault) &&
           sheet_address(request, rows ? (rows - 1) / limit * limit : 0, limit, NULL, page->last,
                         fault);
}

bool sheet_find_page(const struct sheet *sheet, const struct request *request, uint64_t initial,
                     struct sheet_page *page, struct answer *answer) {
    struct fault fault = {0};
    *page = (struct sheet_page){.request = request};
    if (!request_number(request, "offset", 0, 0, UINT64_MAX, &page->offset, answer) ||
        !request_number(request, "limit", initial, 1, LIMIT_MOST, &page->limit, answer))
        return false;
    uint64_t rows = sheet_rows(sheet), offset = page->offset, limit = page->limit;
    page->first = offset < rows ? (size_t)offset : (size_t)rows;
    page->end = rows - page->first > limit ? page->first + (size_t)limit : (size_t)rows;
    if (!find_addresses(request, rows, page, &fault)) {
        if (fault.kind == FAULT_INPUT)
            answer_problem(answer, request, 414, "%s", fault.text);
        return false;
    }
    add_link(answer->link, page->next, "next");
    add_link(answer->link, page->prev, "prev");
    add_link(answer->link, page->begin, "first");
    add_link(answer->link, page->last, "last");
    return true;
}
