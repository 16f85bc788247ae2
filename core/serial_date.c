#include "core/serial_date.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Of 27 to 58 those that are dates in the East Asian tables of 18.8.30. */
bool format_number_is_date(unsigned number) {
    return (number >= 14 && number <= 17) || number == 22 || (number >= 27 && number <= 31) ||
           number == 36 || (number >= 50 && number <= 54) || number == 57 || number == 58;
}

/* Past what only decorates: "text", \x, _x, *x, [colour]. NULL: `at` is a letter that counts. */
static const char *past_decoration(const char *at) {
    const char *close = NULL;
    switch (*at) {
    case '"':
        close = strchr(at + 1, '"');
        break;
    case '[':
        close = strchr(at, ']');
        break;
    case '\\':
    case '_':
    case '*':
        return at[1] ? at + 2 : at + 1;
    default:
        return NULL;
    }
    return close ? close + 1 : at + strlen(at);
}

bool format_is_date(const char *code) {
    bool month = false, time = false;
    if (strncasecmp(code, "general", 7) == 0)
        return false;
    while (*code && *code != ';') { /* the first section */
        const char *past = past_decoration(code);
        if (past) {
            time = time || strncasecmp(code, "[h", 2) == 0 || strncasecmp(code, "[s", 2) == 0 ||
                   strncasecmp(code, "[m]", 3) == 0 || strncasecmp(code, "[mm]", 4) == 0;
            code = past;
            continue;
        }
        if (strchr("yYdD", *code))
            return true;
        month = month || *code == 'm' || *code == 'M';
        time = time || strchr("hHsS", *code) != NULL;
        code++;
    }
    return month && !time;
}

/* Days since 1970-01-01 to a date of the Gregorian calendar: E. M. Reingold and N. Dershowitz,
 * "Calendrical Calculations", in the form that counts years from March. */
static void civil(int64_t days, int *year, int *month, int *day) {
    enum { TO_MARCH_0 = 719468, ERA = 146097 };
    days += TO_MARCH_0;
    int64_t era = days / ERA, of_era = days % ERA;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t from_march = (5 * of_year + 2) / 153;
    *day = (int)(of_year - (153 * from_march + 2) / 5 + 1);
    *month = (int)(from_march < 10 ? from_march + 3 : from_march - 9);
    *year = (int)(year_of_era + era * 400 + (*month <= 2));
}

bool serial_date(double days, bool from_1904, char out[SERIAL_DATE_ROOM]) {
    enum { SECONDS = 86400, LEAP_1900 = 60, LAST = 2958466 };
    enum { FROM_1900 = -25568, FROM_1904 = -24107 }; /* day 0 of each, in days since 1970 */
    if (!(days >= 0 && days < LAST))                 /* also what is no number */
        return false;
    int64_t seconds = llround(days * SECONDS);
    int64_t day = seconds / SECONDS, second = seconds % SECONDS;
    if (!from_1904 && (day == 0 || day == LEAP_1900))
        return false;
    int64_t since_1970 = from_1904 ? day + FROM_1904 : day + FROM_1900 - (day > LEAP_1900);
    int year, month, of_month;
    civil(since_1970, &year, &month, &of_month);
    if (year > 9999)
        return false;
    int used = snprintf(out, SERIAL_DATE_ROOM, "%04d-%02d-%02d", year, month, of_month);
    if (second && used > 0) {
        (void)snprintf(out + used, (size_t)(SERIAL_DATE_ROOM - used), "T%02d:%02d:%02d",
                       (int)(second / 3600), (int)(second / 60 % 60), (int)(second % 60));
    }
    return true;
}
