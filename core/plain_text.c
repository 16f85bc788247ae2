#include "core/plain_text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *from, *to;
} replaced[] = {
    {"\xC2\xA0", " "},     /* no-break space */
    {"\xE2\x80\x89", " "}, /* thin space */
    {"\xE2\x80\xAF", " "}, /* narrow no-break space */
    {"\xEF\xBB\xBF", ""},  /* byte-order mark */
    {"\xE2\x80\x90", "-"}, /* hyphen */
    {"\xE2\x80\x91", "-"}, /* non-breaking hyphen */
    {"\xE2\x80\x93", "-"}, /* en dash */
    {"\xE2\x80\x94", "-"}, /* em dash */
    {"\xE2\x88\x92", "-"}, /* minus sign */
    {"\xE2\x80\x98", "'"}, /* quotation marks */
    {"\xE2\x80\x99", "'"},  {"\xE2\x80\x9C", "\""},
    {"\xE2\x80\x9D", "\""}, {"\xE2\x80\xA6", "..."}, /* ellipsis */
};

/* What stands for the character at *at, and its length there. */
static const char *stands_for(const char *at, size_t left, size_t *length, char one[2]) {
    if ((unsigned char)*at >= 0x80) {
        for (size_t i = 0; i < sizeof replaced / sizeof *replaced; i++) {
            *length = strlen(replaced[i].from);
            if (*length <= left && memcmp(at, replaced[i].from, *length) == 0)
                return replaced[i].to;
        }
    }
    *length = 1;
    one[0] = isspace((unsigned char)*at) ? ' ' : *at;
    one[1] = '\0';
    return one;
}

bool plain_text(const char *text, size_t length, char *out, size_t room) {
    size_t used = 0, step;
    bool blank = false, fits = true;
    char one[2];
    for (size_t i = 0; i < length && fits; i += step) {
        const char *to = stands_for(text + i, length - i, &step, one);
        if (*to == ' ') {
            blank = used > 0;
            continue;
        }
        size_t more = strlen(to);
        fits = used + more + blank < room;
        if (!fits || more == 0)
            continue;
        if (blank)
            out[used++] = ' ';
        blank = false;
        memcpy(out + used, to, more);
        used += more;
    }
    out[used] = '\0';
    return fits;
}

/* Where a footnote mark at the end begins; NULL: there is none. */
static char *trailing_note(char *text) {
    enum { LONGEST_NOTE = 24 };
    size_t length = strlen(text);
    if (length < 3 || (text[length - 1] != ']' && text[length - 1] != ')'))
        return NULL;
    char *open = strrchr(text, text[length - 1] == ']' ? '[' : '(');
    if (!open || open == text || length - (size_t)(open - text) > LONGEST_NOTE)
        return NULL;
    return *open == '[' || strncasecmp(open + 1, "note", 4) == 0 ? open : NULL;
}

void plain_label(const char *text, size_t length, char *out, size_t room) {
    (void)plain_text(text, length, out, room);
    for (char *note = trailing_note(out); note; note = trailing_note(out)) {
        while (note > out && note[-1] == ' ')
            note--;
        *note = '\0';
    }
}

void plain_heading(const char *text, size_t length, char *out, size_t room) {
    plain_label(text, length, out, room);
    for (char *at = out; *at; at++)
        *at = (char)tolower((unsigned char)*at);
}

bool plain_matches(const char *pattern, const char *text) {
    const char *star = NULL, *resume = NULL;
    while (*text) {
        if (*pattern == '*') {
            star = pattern++;
            resume = text;
        } else if (*pattern == *text) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star + 1;
            text = ++resume;
        } else {
            return false;
        }
    }
    return pattern[strspn(pattern, "*")] == '\0';
}
