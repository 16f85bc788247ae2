#include "services/bus/instant.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const char advice[] = "give the day, the time and its offset from UTC, such as "
                             "2026-11-25T09:30:00Z or 2026-06-25T09:30:00+01:00";

/* `pattern` has a d for each digit, and stands for itself else. Moves *text on behind it. */
static bool fits(const char **text, const char *pattern) {
    size_t i = 0;
    for (; pattern[i]; i++) {
        char c = (*text)[i];
        if (pattern[i] == 'd' ? c < '0' || c > '9' : c != pattern[i])
            return false;
    }
    *text += i;
    return true;
}

static int number(const char *text, int digits) {
    int out = 0;
    for (int i = 0; i < digits; i++)
        out = out * 10 + (text[i] - '0');
    return out;
}

/* Seconds since 1970 of a day and time that the calendar has. */
static bool seconds_of(const char *text, int64_t *out) {
    struct tm given = {.tm_year = number(text, 4) - 1900,
                       .tm_mon = number(text + 5, 2) - 1,
                       .tm_mday = number(text + 8, 2),
                       .tm_hour = number(text + 11, 2),
                       .tm_min = number(text + 14, 2),
                       .tm_sec = number(text + 17, 2)};
    struct tm back = given;
    *out = (int64_t)timegm(&back);
    return back.tm_year == given.tm_year && back.tm_mon == given.tm_mon &&
           back.tm_mday == given.tm_mday && back.tm_hour == given.tm_hour &&
           back.tm_min == given.tm_min && back.tm_sec == given.tm_sec && given.tm_year >= 70;
}

/* The digits behind a point, as milliseconds; finer ones are left out. */
static bool fraction(const char **at, int *ms) {
    *ms = 0;
    if (**at != '.')
        return true;
    (*at)++;
    int digits = 0;
    for (; **at >= '0' && **at <= '9' && digits < 9; (*at)++, digits++) {
        if (digits < 3)
            *ms = *ms * 10 + (**at - '0');
    }
    for (int i = digits; i < 3; i++)
        *ms *= 10;
    return digits > 0;
}

/* Seconds that local time is ahead. */
static bool offset(const char **at, int64_t *out) {
    const char *from = *at;
    *out = 0;
    if (fits(at, "Z") || fits(at, "z"))
        return true;
    if (!fits(at, "+dd:dd") && !fits(at, "-dd:dd"))
        return false;
    int hours = number(from + 1, 2), minutes = number(from + 4, 2);
    *out = (*from == '-' ? -60 : 60) * ((int64_t)hours * 60 + minutes);
    return hours < 24 && minutes < 60;
}

bool instant_read(const char *text, uint64_t *ms, struct fault *fault) {
    const char *at = text;
    int64_t seconds, ahead;
    int fine;
    if (!fits(&at, "dddd-dd-ddTdd:dd:dd") || !seconds_of(text, &seconds) || !fraction(&at, &fine))
        return fault_set(fault, FAULT_INPUT, "'%.60s' is no time: %s", text, advice);
    if (!*at)
        return fault_set(fault, FAULT_INPUT, "'%.60s' has no offset from UTC: %s", text, advice);
    if (!offset(&at, &ahead) || *at || seconds - ahead < 0)
        return fault_set(fault, FAULT_INPUT, "'%.60s' is no time: %s", text, advice);
    *ms = (uint64_t)(seconds - ahead) * 1000 + (uint64_t)fine;
    return true;
}

const char *instant_write(uint64_t ms, char out[INSTANT_TEXT]) {
    time_t seconds = (time_t)(ms / 1000);
    struct tm utc;
    size_t used = 0;
    out[0] = '\0';
    if (!gmtime_r(&seconds, &utc))
        return out;
    used = strftime(out, INSTANT_TEXT, "%Y-%m-%dT%H:%M:%S", &utc);
    if (used && ms % 1000)
        (void)snprintf(out + used, INSTANT_TEXT - used, ".%03uZ", (unsigned)(ms % 1000));
    else if (used)
        (void)snprintf(out + used, INSTANT_TEXT - used, "Z");
    else
        out[0] = '\0';
    return out;
}
