#include "core/period.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* A number of exactly `digits` digits at *text; moves on over it. */
static bool digits(const char **text, const char *end, int count, int *out) {
    int value = 0;
    if (end - *text < count)
        return false;
    for (int i = 0; i < count; i++) {
        char c = (*text)[i];
        if (c < '0' || c > '9')
            return false;
        value = value * 10 + (c - '0');
    }
    *text += count;
    *out = value;
    return true;
}

static bool one_of(const char **text, const char *end, const char *set) {
    if (*text == end || !strchr(set, **text))
        return false;
    (*text)++;
    return true;
}

static void blanks(const char **text, const char *end) {
    while (*text < end && **text == ' ')
        (*text)++;
}

static bool is_day(int year, int month, int day) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1] + (month == 2 && leap);
}

/* "Q1" ... "Q4" */
static bool quarter(const char **text, const char *end, int *month) {
    const char *at = *text;
    int number;
    if (!one_of(&at, end, "Qq") || !digits(&at, end, 1, &number) || number < 1 || number > 4) {
        return false;
    }
    *month = number * 3 - 2;
    *text = at;
    return true;
}

/* What may stand behind a whole date: a midnight ("T00:00:00"), then an ISO duration ("/P1Y"). */
static bool tail_of_date(const char *at, const char *end) {
    if (end - at >= 9 && memcmp(at, "T00:00:00", 9) == 0)
        at += 9;
    int number;
    return at == end || (end - at == 4 && one_of(&at, end, "/") && one_of(&at, end, "P") &&
                         digits(&at, end, 1, &number) && number > 0 && one_of(&at, end, "YMWD"));
}

/* Behind a year: "-MM", "-MM-DD..."; *month and *day stay where there is none. */
static bool iso_rest(const char *at, const char *end, int year, int *month, int *day) {
    int m, d = 1;
    if (!one_of(&at, end, "-") || !digits(&at, end, 2, &m))
        return false;
    if (at < end &&
        (!one_of(&at, end, "-") || !digits(&at, end, 2, &d) || !tail_of_date(at, end))) {
        return false;
    }
    if (!is_day(year, m, d))
        return false;
    *month = m;
    *day = d;
    return true;
}

/* A word, letter case aside, that ends where the letters do. */
static bool word(const char **text, const char *end, const char *expected) {
    size_t length = strlen(expected);
    if ((size_t)(end - *text) < length || strncasecmp(*text, expected, length) != 0 ||
        (*text + length < end && isalpha((unsigned char)(*text)[length]))) {
        return false;
    }
    *text += length;
    return true;
}

/* What joins the two ends of a span: "/", "-" or "to". */
static bool joint(const char **text, const char *end) {
    const char *at = *text;
    blanks(&at, end);
    if (!one_of(&at, end, "/-") && !word(&at, end, "to"))
        return false;
    blanks(&at, end);
    *text = at;
    return true;
}

/* Behind a year: "/25", "-24", "/2025", " - 25", " to 2022", "24": a span that ends later. */
static bool span_rest(const char *at, const char *end, int year) {
    int last;
    bool joined = joint(&at, end);
    if (joined && end - at == 4)
        return digits(&at, end, 4, &last) && last > year && last - year < 20;
    if (end - at != 2 || !digits(&at, end, 2, &last))
        return false;
    int later = (last - year % 100 + 100) % 100;
    return later > 0 && later < (joined ? 20 : 2);
}

/* Behind a year: "/Q2 to 2026/Q1", " Q1". */
static bool quarter_rest(const char *at, const char *end, int year, int *month) {
    int last, other;
    blanks(&at, end);
    (void)one_of(&at, end, "/-");
    if (!quarter(&at, end, month))
        return false;
    if (at == end)
        return true;
    if (end - at < 4 || memcmp(at, " to ", 4) != 0)
        return false;
    at += 4;
    if (!digits(&at, end, 4, &last))
        return false;
    (void)one_of(&at, end, "/- ");
    return quarter(&at, end, &other) && at == end && year * 12 + *month <= last * 12 + other;
}

/* --- in words --------------------------------------------------------------------------------- */

static bool month_name(const char **text, const char *end, int *month) {
    static const char *const names[] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};
    char brief[4] = "";
    for (int i = 0; i < 12; i++) {
        memcpy(brief, names[i], 3);
        if (!word(text, end, names[i]) && !word(text, end, brief) &&
            !(i == 8 && word(text, end, "Sept")))
            continue;
        *month = i + 1;
        return true;
    }
    return false;
}

struct moment {
    int year, month, day; /* 0: not said */
};

/* Behind a month: "-22" or "-2022", as spreadsheets write it; two digits are of 1970 to 2069. */
static bool year_of_month(const char **text, const char *end, int *year) {
    const char *at = *text;
    if (!one_of(&at, end, "-"))
        return false;
    if (!digits(&at, end, 4, year)) {
        if (!digits(&at, end, 2, year))
            return false;
        *year += *year < 70 ? 2000 : 1900;
    }
    if (at < end && *at >= '0' && *at <= '9')
        return false;
    *text = at;
    return true;
}

/* "March", "Mar 2024", "Mar-24", "31 March 2024", "Q1 2024". */
static bool moment(const char **text, const char *end, struct moment *out) {
    *out = (struct moment){0};
    if (!quarter(text, end, &out->month)) {
        if ((digits(text, end, 2, &out->day) || digits(text, end, 1, &out->day)) && out->day == 0)
            return false;
        blanks(text, end);
        if (!month_name(text, end, &out->month))
            return false;
    }
    const char *at = *text;
    blanks(&at, end);
    int year;
    if (digits(&at, end, 4, &out->year))
        *text = at;
    else if (out->day == 0 && year_of_month(text, end, &year))
        out->year = year;
    return out->day == 0 || out->year == 0 || is_day(out->year, out->month, out->day);
}

/* A span that ends with a month begins with the next one a year before. */
static bool year_ending(const char *at, const char *end, int32_t *key) {
    struct moment last;
    blanks(&at, end);
    if (!moment(&at, end, &last) || at != end || last.year < 1000)
        return false;
    bool december = last.month == 12;
    *key =
        (december ? last.year : last.year - 1) * 10000 + (december ? 1 : last.month + 1) * 100 + 1;
    return true;
}

static bool in_words(const char *at, const char *end, int32_t *key) {
    struct moment first, last;
    const char *start = at;
    if (word(&at, end, "year")) {
        blanks(&at, end);
        return (word(&at, end, "ending") || word(&at, end, "ended")) && year_ending(at, end, key);
    }
    if (word(&at, end, "YE"))
        return year_ending(at, end, key);
    at = start;
    if (!moment(&at, end, &first))
        return false;
    if (at != end) {
        if (!joint(&at, end) || !moment(&at, end, &last) || at != end || last.year == 0)
            return false;
        if (first.year == 0)
            first.year = last.year - (first.month > last.month);
        if (first.year * 12 + first.month > last.year * 12 + last.month)
            return false;
    }
    if (first.year < 1000 || (first.day && !is_day(first.year, first.month, first.day)))
        return false;
    *key = first.year * 10000 + first.month * 100 + (first.day ? first.day : 1);
    return true;
}

static bool key_of(const char *at, const char *end, int32_t *key) {
    int year, month = 1, day = 1;
    const char *start = at;
    if (!digits(&at, end, 4, &year) || year < 1000)
        return in_words(start, end, key);
    /* "2023-12" is December; "2023-24" a span, for there is no month 24. */
    if (at != end && !iso_rest(at, end, year, &month, &day) && !span_rest(at, end, year) &&
        !quarter_rest(at, end, year, &month)) {
        return false;
    }
    *key = year * 10000 + month * 100 + day;
    return true;
}

/* --- qualifiers ------------------------------------------------------------------------------- */

static bool is_qualifier(const char *text, size_t length) {
    static const char *const words[] = {"p",         "r",           "e",        "f",
                                        "b",         "provisional", "revised",  "estimate",
                                        "estimated", "forecast",    "projected"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strlen(words[i]) == length && strncasecmp(text, words[i], length) == 0)
            return true;
    }
    return false;
}

size_t period_length(const char *text, size_t length) {
    size_t from = length;
    bool bracket = length && text[length - 1] == ')';
    while (from && (bracket ? text[from - 1] != '(' : isalpha((unsigned char)text[from - 1]) != 0))
        from--;
    if (from == 0 || !is_qualifier(text + from, length - from - bracket))
        return length;
    from -= bracket;
    while (from && text[from - 1] == ' ')
        from--;
    return from ? from : length;
}

bool period_key(const char *text, size_t length, int32_t *key) {
    enum { LONGEST = 80 };
    static const char en_dash[] = "\xE2\x80\x93";
    char plain[LONGEST + 1];
    size_t n = 0;
    while (length && *text == ' ') {
        text++;
        length--;
    }
    while (length && text[length - 1] == ' ')
        length--;
    length = period_length(text, length);
    for (size_t i = 0; i < length; i++) {
        bool dash = length - i >= 3 && memcmp(text + i, en_dash, 3) == 0;
        if (n == LONGEST)
            return false;
        plain[n++] = dash ? '-' : text[i];
        i += dash ? 2 : 0;
    }
    return key_of(plain, plain + n, key);
}

/* --- intervals -------------------------------------------------------------------------------- */

/* Whether the text is so many letters of the pattern's kinds: 0 a digit, else the letter itself. */
static bool is_like(const char *text, size_t length, const char *pattern) {
    if (strlen(pattern) != length)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (pattern[i] == '0' ? !isdigit((unsigned char)text[i]) : text[i] != pattern[i])
            return false;
    }
    return true;
}

/* How long the period is that the text says; NULL: it does not, or not for certain. */
static const char *duration_of(const char *text, size_t length, int32_t key) {
    static const struct {
        const char *pattern, *duration;
    } known[] = {{"0000", "P1Y"},    {"0000-00-00", "P1D"}, {"0000 Q0", "P3M"},
                 {"0000/Q0", "P3M"}, {"0000-Q0", "P3M"},    {"Q0 0000", "P3M"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (is_like(text, length, known[i].pattern))
            return known[i].duration;
    }
    /* "2023-12" is a month, "2023-24" a span: the key has the month of the first alone. */
    if (is_like(text, length, "0000-00") && key / 100 % 100 == (text[5] - '0') * 10 + text[6] - '0')
        return "P1M";
    if (strncasecmp(text, "year end", 8) == 0 || strncasecmp(text, "YE ", 3) == 0)
        return "P1Y";
    return NULL;
}

bool period_interval(const char *text, char out[PERIOD_INTERVAL]) {
    int32_t key;
    size_t length = strlen(text);
    const char *slash = strstr(text, "/P");
    out[0] = '\0';
    if (!period_key(text, length, &key))
        return false;
    while (length && *text == ' ') {
        text++;
        length--;
    }
    length = period_length(text, length);
    while (length && text[length - 1] == ' ')
        length--;
    char said[4] = "";
    if (slash)
        memcpy(said, slash + 1, 3); /* the key has been found, so that it is one */
    const char *duration = slash ? said : duration_of(text, length, key);
    if (!duration)
        return false;
    (void)snprintf(out, PERIOD_INTERVAL, "%04d-%02d-%02d/%s", key / 10000, key / 100 % 100,
                   key % 100, duration);
    return true;
}
