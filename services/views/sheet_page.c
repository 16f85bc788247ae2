/* Which rows of a sheet are answered, and where the others are. */
#include "services/views/sheet_parts.h"

#include "services/views/buffer.h"
#include "services/views/html.h"

#include <stdlib.h>
#include <string.h>

enum { LIMIT_MOST = 1000000 };

/* A path is percent-encoded part by part. */
static void write_path(FILE *out, const char *path) {
    char part[256];
    while (*path) {
        size_t length = strcspn(path, "/");
        (void)snprintf(part, sizeof part, "%.*s", (int)length, path);
        html_url(out, part);
        path += length;
        if (*path)
            (void)fputc(*path++, out);
    }
}

/* The same request from another row on. "" where it would be too long, or memory ran out. */
static void address(const struct request *request, uint64_t offset, uint64_t limit,
                    char out[1024]) {
    struct buffer buffer;
    FILE *stream = buffer_open(&buffer);
    *out = '\0';
    if (!stream)
        return;
    write_path(stream, request->path);
    (void)fprintf(stream, "?limit=%llu&offset=%llu", (unsigned long long)limit,
                  (unsigned long long)offset);
    for (size_t i = 0; i < request->n_parameters; i++) {
        const struct parameter *p = &request->parameters[i];
        if (strcmp(p->name, "limit") == 0 || strcmp(p->name, "offset") == 0)
            continue;
        (void)fputc('&', stream);
        html_url(stream, p->name);
        (void)fputc('=', stream);
        html_url(stream, p->value);
    }
    if (!buffer_close(&buffer, stream))
        return;
    if (buffer.length < 1024)
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
    if (page->first == 0 && page->end == rows)
        return true;
    if (page->end < rows)
        address(request, page->end, limit, page->next);
    if (page->first > 0)
        address(request, page->first > limit ? page->first - limit : 0, limit, page->prev);
    address(request, 0, limit, page->begin);
    address(request, rows ? (rows - 1) / limit * limit : 0, limit, page->last);
    add_link(answer->link, page->next, "next");
    add_link(answer->link, page->prev, "prev");
    add_link(answer->link, page->begin, "first");
    add_link(answer->link, page->last, "last");
    return true;
}
