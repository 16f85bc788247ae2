#include "core/marks.h"

#include "core/number.h"
#include "core/plain_text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { CELL_MAX = 200 };

const char *const meaning_words[MEANINGS] = {
    "not-available", "confidential", "not-applicable", "low",       "unreliable",
    "zero",          "provisional",  "revised",        "estimated", "forecast",
    "break",         "note",         "negative",
};

static const struct mark known[] = {
    {"x", MEANS_NOT_AVAILABLE},  {"w", MEANS_NOT_AVAILABLE},
    {"c", MEANS_CONFIDENTIAL},   {"z", MEANS_NOT_APPLICABLE},
    {"low", MEANS_LOW},          {"k", MEANS_LOW},
    {"u", MEANS_UNRELIABLE},     {"p", MEANS_PROVISIONAL},
    {"r", MEANS_REVISED},        {"e", MEANS_ESTIMATED},
    {"f", MEANS_FORECAST},       {"b", MEANS_BREAK},
    {"..", MEANS_NOT_AVAILABLE}, {":", MEANS_NOT_AVAILABLE},
    {"-", MEANS_NOT_AVAILABLE},  {".", MEANS_NOT_AVAILABLE},
    {"--", MEANS_NOT_AVAILABLE}, {"...", MEANS_NOT_AVAILABLE},
    {"NA", MEANS_NOT_AVAILABLE}, {"N/A", MEANS_NOT_AVAILABLE},
    {"*", MEANS_CONFIDENTIAL},   {"~", MEANS_LOW},
};

/* Only in brackets: bare they are too easily something else. */
static const char *const notes[] = {"ns", "s", "ss", "sss", "a", "t", "n"};

static bool same(const char *mark, const char *text, size_t length) {
    return strlen(mark) == length && strncasecmp(mark, text, length) == 0;
}

static bool find_own(const struct marks *marks, const char *text, size_t length,
                     enum meaning *out) {
    for (size_t i = 0; i < marks->n_own; i++) {
        if (!same(marks->own[i].text, text, length))
            continue;
        *out = marks->own[i].meaning;
        return true;
    }
    return false;
}

static bool find_known(const char *text, size_t length, enum meaning *out) {
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (!same(known[i].text, text, length))
            continue;
        *out = known[i].meaning;
        return true;
    }
    return false;
}

/* Footnotes: "note 3", "notes 1, 2", "3". */
static bool is_note(const char *text, size_t length) {
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++) {
        if (same(notes[i], text, length))
            return true;
    }
    if (length >= 4 && strncasecmp(text, "note", 4) == 0)
        return true;
    size_t digits = 0;
    while (digits < length && isdigit((unsigned char)text[digits]))
        digits++;
    return digits == length && length > 0 && length <= 2;
}

/* --- a row of marks --------------------------------------------------------------------------- */

/* All that a row of marks says together. */
struct said {
    bool missing; /* a reason why there is no figure */
    bool zero;
    enum status status;
    uint16_t flags;
};

static void say(struct said *said, enum meaning meaning) {
    static const uint16_t flags[MEANINGS] = {
        [MEANS_UNRELIABLE] = FLAG_UNRELIABLE, [MEANS_PROVISIONAL] = FLAG_PROVISIONAL,
        [MEANS_REVISED] = FLAG_REVISED,       [MEANS_ESTIMATED] = FLAG_ESTIMATED,
        [MEANS_FORECAST] = FLAG_FORECAST,     [MEANS_BREAK] = FLAG_BREAK};
    static const enum status reasons[] = {STATUS_NOT_AVAILABLE, STATUS_CONFIDENTIAL,
                                          STATUS_NOT_APPLICABLE, STATUS_LOW};
    said->flags |= flags[meaning];
    said->zero |= meaning == MEANS_ZERO;
    if (meaning > MEANS_LOW)
        return;
    said->missing = true;
    said->status = reasons[meaning];
}

/* One mark in [ ] or ( ) at the beginning; moves on behind it. */
static bool bracketed(const struct marks *marks, const char **at, struct said *said) {
    char close = **at == '[' ? ']' : ')';
    const char *end = strchr(*at, close);
    enum meaning meaning = MEANS_NOTE;
    if (!end)
        return false;
    const char *inside = *at + 1;
    size_t length = (size_t)(end - inside), whole = length + 2;
    if (!find_own(marks, *at, whole, &meaning) && !find_own(marks, inside, length, &meaning) &&
        !find_known(inside, length, &meaning) && !is_note(inside, length)) {
        return false;
    }
    say(said, meaning);
    *at = end + 1;
    return true;
}

/* Marks one after the other, in brackets or parted by blanks and commas, to the end of the text. */
static bool read_marks(const struct marks *marks, const char *at, struct said *said) {
    while (*at) {
        at += strspn(at, " ,");
        if (!*at)
            return true;
        if (*at == '[' || *at == '(') {
            if (!bracketed(marks, &at, said))
                return false;
            continue;
        }
        enum meaning meaning;
        size_t length = strcspn(at, " ,[(");
        if (!find_own(marks, at, length, &meaning) && !find_known(at, length, &meaning))
            return false;
        say(said, meaning);
        at += length;
    }
    return true;
}

/* --- numbers ---------------------------------------------------------------------------------- */

static const char *skip_currency(const char *at) {
    static const char *const signs[] = {"\xC2\xA3", "\xE2\x82\xAC", "$"}; /* pound, euro, dollar */
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        size_t length = strlen(signs[i]);
        if (strncmp(at, signs[i], length) == 0)
            return at + length + strspn(at + length, " ");
    }
    return at;
}

/* Digits, grouped by threes or not at all. Copies the digits; NULL: wrongly grouped, or none. */
static const char *whole_part(const char *at, char group, char *out, size_t *used) {
    size_t run = 0, groups = 0;
    for (;; at++) {
        if (isdigit((unsigned char)*at)) {
            out[(*used)++] = *at;
            run++;
        } else if (*at == group && group && run > 0 && isdigit((unsigned char)at[1])) {
            if (groups ? run != 3 : run > 3)
                return NULL;
            groups++;
            run = 0;
        } else {
            return groups && run != 3 ? NULL : at;
        }
    }
}

/* A number at the beginning of a text; *rest is what stands behind it. */
static bool number_part(const struct marks *marks, const char *at, double *out, const char **rest) {
    char decimal = marks->decimal ? marks->decimal : '.';
    char group = marks->group ? marks->group : decimal == ',' ? '.' : ',';
    char plain[CELL_MAX + 2];
    size_t used = 0;
    at = skip_currency(at);
    if (*at == '-' || *at == '+') {
        if (*at == '-')
            plain[used++] = '-';
        at++;
    }
    at = skip_currency(at + strspn(at, " "));
    size_t start = used;
    at = whole_part(at, group, plain, &used);
    if (!at)
        return false;
    if (*at == decimal && isdigit((unsigned char)at[1])) {
        if (used == start)
            plain[used++] = '0';
        plain[used++] = '.';
        for (at++; isdigit((unsigned char)*at); at++)
            plain[used++] = *at;
    }
    if (used == start)
        return false;
    size_t sign = at[0] && strchr("+-", at[1]) && at[1] ? 1 : 0;
    if ((*at == 'e' || *at == 'E') && isdigit((unsigned char)at[1 + sign])) {
        plain[used++] = 'e';
        for (at++; *at == '-' || *at == '+' || isdigit((unsigned char)*at); at++)
            plain[used++] = *at;
    }
    const char *percent = at + strspn(at, " ");
    *rest = *percent == '%' ? percent + 1 : at;
    return number_read(plain, used, out);
}

static const char expected_number[] = "a number such as 12.5, or a mark such as [x]";

/* "(12)": what round brackets mean is for the description to say. */
static bool in_brackets(const struct marks *marks, const char *at, struct figure *out,
                        const char **expected) {
    enum meaning meaning;
    const char *rest;
    if (!number_part(marks, at + 1, &out->value, &rest) || rest[0] != ')' || rest[1])
        return false;
    if (!find_own(marks, "()", 2, &meaning)) {
        *expected = "a number without round brackets; where they mean a negative or an unreliable "
                    "one, the description can say so: marks: {\"()\": negative}";
        return false;
    }
    struct said said = {0};
    say(&said, meaning);
    if (meaning == MEANS_NEGATIVE)
        out->value = -out->value;
    out->flags = said.flags;
    out->status = STATUS_VALUE;
    return true;
}

/* --- cells ------------------------------------------------------------------------------------ */

static bool take_said(const struct said *said, struct figure *out, const char **expected) {
    if (said->zero && !said->missing) {
        out->status = STATUS_VALUE;
        out->flags = said->flags;
        return true;
    }
    if (said->missing) {
        out->status = said->status;
        return true;
    }
    if (said->flags & FLAG_UNRELIABLE) {
        out->status = STATUS_UNRELIABLE;
        return true;
    }
    if (said->flags == 0) { /* only notes */
        out->status = STATUS_NOT_AVAILABLE;
        out->empty = true;
        return true;
    }
    *expected = "a number beside a mark that qualifies one";
    return false;
}

/* A number, and what stands behind it. */
static bool number_and_marks(const struct marks *marks, const char *text, struct figure *out,
                             const char **expected) {
    const char *rest;
    struct said said = {0};
    if (!number_part(marks, text, &out->value, &rest) || *rest == ',')
        return false;
    if (!read_marks(marks, rest, &said))
        return false;
    if (said.missing || said.zero) {
        *expected = "no mark for a missing figure beside a number";
        return false;
    }
    out->status = STATUS_VALUE;
    out->flags = said.flags;
    return true;
}

static bool one_mark(enum meaning meaning, struct figure *out, const char **expected) {
    struct said said = {0};
    say(&said, meaning);
    return take_said(&said, out, expected);
}

static bool of_text(const struct marks *marks, const char *text, struct figure *out,
                    const char **expected) {
    enum meaning meaning;
    struct said said = {0};
    if (find_own(marks, text, strlen(text), &meaning))
        return one_mark(meaning, out, expected);
    if (!*text) {
        out->empty = true;
        return true;
    }
    if (*text == '(' && in_brackets(marks, text, out, expected))
        return true;
    if (number_and_marks(marks, text, out, expected))
        return true;
    return *expected == expected_number && read_marks(marks, text, &said) &&
           take_said(&said, out, expected);
}

bool marks_read(const struct marks *marks, const char *text, size_t length, enum cell_kind kind,
                struct figure *out, const char **expected) {
    char plain[CELL_MAX];
    enum meaning meaning;
    bool own = find_own(marks, text, length, &meaning);
    *out = (struct figure){.status = STATUS_NOT_AVAILABLE};
    *expected = expected_number;
    if (kind == CELL_NUMBER) {
        out->status = STATUS_VALUE;
        return number_read(text, length, &out->value);
    }
    if (kind != CELL_TEXT && !own) {
        *expected = kind == CELL_BOOLEAN ? "a number or a mark, not a cell that is true or false"
                    : kind == CELL_DATE  ? "a number or a mark, not a date"
                                         : "a number or a mark, not an error of the workbook";
        return false;
    }
    if (!plain_text(text, length, plain, sizeof plain))
        return false;
    bool good = of_text(marks, plain, out, expected);
    if (good && out->status != STATUS_VALUE)
        out->value = 0;
    return good;
}

bool marks_qualify(const struct marks *marks, const char *text, size_t length, bool prose,
                   struct figure *figure, const char **expected) {
    char plain[CELL_MAX];
    struct said said = {0};
    *expected = "a mark such as [x] or [p], or nothing";
    if (!plain_text(text, length, plain, sizeof plain) || !read_marks(marks, plain, &said))
        return prose;
    if (figure->status == STATUS_VALUE) {
        *expected = "no mark for a missing figure beside a number";
        figure->flags |= said.flags;
        return !said.missing && !said.zero;
    }
    if (!said.missing && !said.zero && said.flags == 0)
        return true;
    struct figure alone = {0};
    if (!take_said(&said, &alone, expected))
        return false;
    *expected = "the same mark as in the cell of the value";
    if (!figure->empty && alone.status != figure->status)
        return false;
    figure->status = alone.status;
    figure->flags = alone.flags;
    figure->value = 0;
    figure->empty = false;
    return true;
}
