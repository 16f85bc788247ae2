#include "core/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_MAX = 64 };

bool number_read(const char *text, size_t length, double *out) {
    char copy[NUMBER_MAX + 1];
    if (length == 0 || length > NUMBER_MAX)
        return false;
    memcpy(copy, text, length);
    copy[length] = '\0';
    /* strtod takes more than a table should hold: blanks, hexadecimal, "nan", "infinity". */
    if (strspn(copy, "0123456789+-.eE") != length)
        return false;
    char *end;
    double value = strtod(copy, &end);
    if (*end != '\0' || !isfinite(value))
        return false;
    *out = value;
    return true;
}

bool number_whole(const char *text, size_t length, unsigned long low, unsigned long high,
                  unsigned long *out) {
    if (length == 0)
        return false;
    unsigned long value = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        unsigned long digit = (unsigned long)(text[i] - '0');
        if (digit > high || value > (high - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    if (value < low)
        return false;
    *out = value;
    return true;
}
