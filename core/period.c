#include "core/period.h"

#include <string.h>

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

/* Behind a year: "/25", "-24", "/2025", " - 25": a span that ends in a later year. */
static bool span_rest(const char *at, const char *end, int year) {
    int last;
    blanks(&at, end);
    if (!one_of(&at, end, "/-"))
        return false;
    blanks(&at, end);
    if (end - at == 4)
        return digits(&at, end, 4, &last) && last > year && last - year < 20;
    if (end - at != 2 || !digits(&at, end, 2, &last))
        return false;
    int later = (last - year % 100 + 100) % 100;
    return later > 0 && later < 20;
}

/* Behind a year: "/Q2 to 2026/Q1", " Q1". */
static bool quarter_rest(const char *at, const char *end, int *month) {
    int year, other;
    blanks(&at, end);
    (void)one_of(&at, end, "/-");
    if (!quarter(&at, end, month))
        return false;
    if (at == end)
        return true;
    if (end - at < 4 || memcmp(at, " to ", 4) != 0)
        return false;
    at += 4;
    if (!digits(&at, end, 4, &year))
        return false;
    (void)one_of(&at, end, "/- ");
    return quarter(&at, end, &other) && at == end;
}

bool period_key(const char *text, size_t length, int32_t *key) {
    const char *at = text, *end = text + length;
    int year, month = 1, day = 1;
    blanks(&at, end);
    while (end > at && end[-1] == ' ')
        end--;
    if (!digits(&at, end, 4, &year) || year < 1000)
        return false;
    /* "2023-12" is December; "2023-24" a span, for there is no month 24. */
    if (at != end && !iso_rest(at, end, year, &month, &day) && !span_rest(at, end, year) &&
        !quarter_rest(at, end, &month)) {
        return false;
    }
    *key = year * 10000 + month * 100 + day;
    return true;
}
