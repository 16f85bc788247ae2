#include "services/views/feed.h"

#include "core/utf8.h"
#include "services/bus/hash.h"
#include "services/bus/instant.h"
#include "services/bus/version.h"

#include <stdio.h>
#include <string.h>

/* U+FFFE and U+FFFF are UTF-8 and no characters of XML. */
static bool is_character(const unsigned char *at, size_t length) {
    return length && !(length == 3 && at[0] == 0xef && at[1] == 0xbf && at[2] >= 0xbe);
}

void feed_text(FILE *out, const char *text) {
    const unsigned char *at = (const unsigned char *)text, *end = at + strlen(text);
    while (at < end) {
        size_t length = utf8_sequence(at, end);
        if (!is_character(at, length))
            (void)fputs("\xef\xbf\xbd", out);
        else if (utf8_controls(at, length))
            (void)fputc(' ', out);
        else if (strchr("&<>\"'", *at))
            (void)fprintf(out, "&#%d;", *at);
        else
            (void)fwrite(at, 1, length, out);
        at += length ? length : 1;
    }
}

/* "urn:uuid:" of what names the thing for ever, of version 8 (RFC 9562): the first half of a
 * SHA-256. */
static void write_id(FILE *out, const char *name) {
    char hash[HASH_TEXT];
    hash_of(name, strlen(name), hash);
    hash[12] = '8';
    hash[16] = "89ab"[(unsigned char)hash[16] % 4];
    (void)fprintf(out, "<id>urn:uuid:%.8s-%.4s-%.4s-%.4s-%.12s</id>\n", hash, hash + 8, hash + 12,
                  hash + 16, hash + 20);
}

static void element(FILE *out, const char *name, const char *text) {
    (void)fprintf(out, "<%s>", name);
    feed_text(out, text);
    (void)fprintf(out, "</%s>\n", name);
}

static void instant(FILE *out, const char *name, uint64_t ms) {
    char text[INSTANT_TEXT];
    element(out, name, instant_write(ms, text));
}

static void link_to(FILE *out, const struct request *request, const char *rel, const char *type,
                    const char *path, const char *query) {
    (void)fprintf(out, "<link rel=\"%s\" type=\"%s\" href=\"", rel, type);
    feed_text(out, request->base);
    feed_text(out, path);
    if (*query) {
        (void)fputc('?', out);
        feed_text(out, query);
    }
    (void)fputs("\"/>\n", out);
}

/* As it was asked for, percent-encoded again. */
static void link_to_self(FILE *out, const struct request *request) {
    char path[1024];
    size_t used = 0;
    for (const char *at = request->path; *at && used + 4 < sizeof path; at++) {
        bool plain = (*at >= '0' && *at <= '9') || (*at >= 'A' && *at <= 'Z') ||
                     (*at >= 'a' && *at <= 'z') || strchr("-._~/", *at);
        used += (size_t)snprintf(path + used, sizeof path - used, plain ? "%c" : "%%%02X",
                                 (unsigned char)*at);
    }
    path[used] = '\0';
    link_to(out, request, "self", "application/atom+xml", path, request->query);
}

void feed_begin(FILE *out, const struct request *request, const struct feed_head *head) {
    (void)fputs("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
                "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"en-GB\">\n",
                out);
    write_id(out, head->name);
    element(out, "title", head->title);
    element(out, "subtitle", head->subtitle);
    instant(out, "updated", head->updated_ms);
    (void)fputs("<author><name>mindex</name></author>\n", out);
    (void)fputs("<generator version=\"" MINDEX_VERSION "\">mindex</generator>\n", out);
    link_to_self(out, request);
    link_to(out, request, "alternate", "text/html", head->page, "");
}

void feed_end(FILE *out) {
    (void)fputs("</feed>\n", out);
}

void feed_entry_begin(FILE *out, const struct request *request, const struct feed_entry *entry) {
    (void)fputs("<entry>\n", out);
    write_id(out, entry->name);
    element(out, "title", entry->title);
    instant(out, "published", entry->published_ms);
    instant(out, "updated", entry->updated_ms);
    link_to(out, request, "alternate", "text/html", entry->page, "");
    if (entry->category) {
        (void)fputs("<category term=\"", out);
        feed_text(out, entry->category);
        (void)fputs("\"/>\n", out);
    }
    (void)fputs("<content type=\"xhtml\"><div xmlns=\"http://www.w3.org/1999/xhtml\">", out);
}

void feed_entry_end(FILE *out) {
    (void)fputs("</div></content>\n</entry>\n", out);
}

void feed_answer(struct buffer *buffer, FILE *out, struct answer *answer) {
    answer->type = "application/atom+xml; charset=utf-8";
    if (!buffer_close(buffer, out))
        return;
    answer->body = buffer->bytes;
    answer->length = buffer->length;
}
