#include "services/publishing/http_headers.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { WISHES_MAX = 3, PARTS_MAX = 40 };

/* A part of a list: its value without the blanks around it, and its q in thousandths. */
struct wish {
    const char *value;
    size_t length;
    unsigned quality;
};

static size_t blanks(const char *text) {
    return strspn(text, " \t");
}

/* "0.5" as 500; what is no such number is 1000, as if nothing had been said. */
static unsigned quality_of(const char *text, size_t length) {
    unsigned value = 0, place = 1000;
    if (length == 0 || length > 5 || (text[0] != '0' && text[0] != '1') ||
        (length > 1 && text[1] != '.'))
        return 1000;
    for (size_t i = 0; i < length; i++) {
        if (i == 1)
            continue;
        if (text[i] < '0' || text[i] > '9')
            return 1000;
        value += (unsigned)(text[i] - '0') * place;
        place /= 10;
    }
    return value > 1000 ? 1000 : value;
}

/* The next part of a list such as "text/html;level=1;q=0.5, *;q=0". False: there are no more. */
static bool next_wish(const char **at, struct wish *wish) {
    *at += strspn(*at, " \t,");
    if (!**at)
        return false;
    size_t length = strcspn(*at, ",");
    const char *end = *at + length;
    wish->value = *at;
    wish->length = strcspn(*at, ",; \t");
    wish->quality = 1000;
    for (const char *part = *at + wish->length; part < end;) {
        part += strcspn(part, ";,");
        if (part >= end)
            break;
        part++;
        part += blanks(part);
        if ((*part == 'q' || *part == 'Q') && part[1] == '=')
            wish->quality = quality_of(part + 2, strcspn(part + 2, ";, \t"));
    }
    *at = end;
    return true;
}

static bool is(const struct wish *wish, const char *value) {
    return wish->length == strlen(value) && strncasecmp(wish->value, value, wish->length) == 0;
}

/* --- Accept ----------------------------------------------------------------------------------- */

static const char *known_type(const struct wish *wish) {
    static const char *const types[] = {
        "text/html",
        "application/json",
        "text/csv",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/geo+json",
        "application/vnd.json-stat+json",
        "application/csvm+json",
        "application/atom+xml",
        "application/problem+json",
        "image/svg+xml",
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (is(wish, types[i]))
            return types[i];
    }
    bool any = wish->length > 2 && strncmp(wish->value + wish->length - 2, "/*", 2) == 0;
    return any ? "*/*" : NULL;
}

struct wanted {
    const char *type;
    unsigned quality;
};

/* Behind those that are wanted as much, so that the order of the list decides. */
static size_t insert(struct wanted *wanted, size_t n, const char *type, unsigned quality) {
    size_t at = n;
    for (size_t i = 0; i < n; i++) {
        if (wanted[i].type == type)
            return n;
    }
    while (at > 0 && wanted[at - 1].quality < quality)
        at--;
    memmove(&wanted[at + 1], &wanted[at], (n - at) * sizeof *wanted);
    wanted[at] = (struct wanted){type, quality};
    return n + 1;
}

void accept_canonical(const char *header, char out[ACCEPT_TEXT]) {
    struct wanted wanted[PARTS_MAX + 1];
    struct wish wish;
    size_t n = 0;
    out[0] = '\0';
    for (const char *at = header ? header : ""; n < PARTS_MAX && next_wish(&at, &wish);) {
        const char *type = wish.quality ? known_type(&wish) : NULL;
        if (type)
            n = insert(wanted, n, type, wish.quality);
    }
    if (n > WISHES_MAX)
        n = WISHES_MAX;
    char *end = out;
    for (size_t i = 0; i < n; i++)
        end = stpcpy(stpcpy(end, i > 0 ? ", " : ""), wanted[i].type);
    if (strcmp(out, "*/*") == 0)
        out[0] = '\0';
}

/* --- Accept-Encoding, If-None-Match ----------------------------------------------------------- */

bool accepts_gzip(const char *header) {
    struct wish wish;
    bool any = false;
    for (const char *at = header ? header : ""; next_wish(&at, &wish);) {
        if (is(&wish, "gzip"))
            return wish.quality > 0;
        if (is(&wish, "*"))
            any = wish.quality > 0;
    }
    return any;
}

bool etag_matches(const char *header, const char *etag) {
    size_t length = strlen(etag);
    for (const char *at = header ? header : ""; *at;) {
        at += strspn(at, " \t,");
        if (*at == '*')
            return true;
        if (strncmp(at, "W/", 2) == 0)
            at += 2;
        if (*at != '"')
            return false; /* no list of tags */
        const char *end = strchr(at + 1, '"');
        if (!end)
            return false;
        if ((size_t)(end + 1 - at) == length && memcmp(at, etag, length) == 0)
            return true;
        at = end + 1;
        at += strspn(at, " \t,");
    }
    return false;
}
