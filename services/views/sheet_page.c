/* Which rows of a sheet are answered, and where the others are. */
#include "services/views/sheet_parts.h"

#include "services/views/buffer.h"
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

/* The same request from another row on (limit 0: all rows), as another format. "" where it would be
 * too long, or memory ran out. */
static void address(const struct request *request, uint64_t offset, uint64_t limit,
                    const char *ending, char out[ADDRESS_TEXT]) {
    struct buffer buffer;
    FILE *stream = buffer_open(&buffer);
    *out = '\0';
    if (!stream)
        return;
    write_path(stream, request->path, ending);
    const char *comma = "?";
    if (limit) {
        (void)fprintf(stream, "?limit=%llu&offset=%llu", (unsigned long long)limit,
                      (unsigned long long)offset);
        comma = "&";
    }
    for (size_t i = 0; i < request->n_parameters; i++) {
        const struct parameter *p = &request->parameters[i];
        if (strcmp(p->name, "limit") == 0 || strcmp(p->name, "offset") == 0)
            continue;
        (void)fputs(comma, stream);
        comma = "&";
        html_url(stream, p->name);
        (void)fputc('=', stream);
        html_url(stream, p->value);
    }
    if (!buffer_close(&buffer, stream))
        return;
    if (buffer.length < ADDRESS_TEXT)
        memcpy(out, buffer.bytes, buffer.length + 1);
    free(buffer.bytes);
}

static void add_link(char out[1024], const char *url, const char *relation) {
    size_t used = strlen(out);
    if (!*url || used + strlen(url) + strlen(relation) + 16 > 1024)
        return;
    (void)snprintf(out + used, 1024 - used, "%s<%s>; rel=\"%s\"", used ? ", " : "", url, relation);
}

bool sheet_find_page(const struct sheet *sheet, const struct request *request, uint64_t initial,
                     struct sheet_page *page, struct answer *answer) {
    *page = (struct sheet_page){0};
    if (!request_number(request, "offset", 0, 0, UINT64_MAX, &page->offset, answer) ||
        !request_number(request, "limit", initial, 1, LIMIT_MOST, &page->limit, answer))
        return false;
    uint64_t rows = sheet_rows(sheet), offset = page->offset, limit = page->limit;
    page->first = offset < rows ? (size_t)offset : (size_t)rows;
    page->end = rows - page->first > limit ? page->first + (size_t)limit : (size_t)rows;
    address(request, 0, 0, ".csv", page->csv);
    if (page->first == 0 && page->end == rows)
        return true;
    if (page->end < rows)
        address(request, page->end, limit, NULL, page->next);
    if (page->first > 0)
        address(request, page->first > limit ? page->first - limit : 0, limit, NULL, page->prev);
    address(request, 0, limit, NULL, page->begin);
    address(request, rows ? (rows - 1) / limit * limit : 0, limit, NULL, page->last);
    add_link(answer->link, page->next, "next");
    add_link(answer->link, page->prev, "prev");
    add_link(answer->link, page->begin, "first");
    add_link(answer->link, page->last, "last");
    return true;
}
