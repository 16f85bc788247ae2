/* A filter out of a text as filter_write gives it. */
#ifndef TESTS_SERVICES_FILTER_TEXT_H
#define TESTS_SERVICES_FILTER_TEXT_H

#include "services/bus/filter.h"

#include <stdlib.h>
#include <string.h>

/* In place: %20 becomes a blank; what is no such thing stays. */
static inline void filter_text_decode(char *text) {
    char *to = text;
    for (const char *at = text; *at; at++, to++) {
        char digits[3] = {at[0] == '%' ? at[1] : '\0', '\0', '\0'}, *end;
        digits[1] = digits[0] ? at[2] : '\0';
        long byte = strtol(digits, &end, 16);
        bool coded = end == digits + 2 && byte > 0;
        *to = coded ? (char)byte : *at;
        at += coded ? 2 : 0;
    }
    *to = '\0';
}

/* NAME=VALUE&NAME=VALUE. A name without a value has an empty one. */
static inline bool filter_text_take(Filter *filter, const char *text, struct fault *fault) {
    char *copy = strdup(text), *rest = copy;
    bool fine = copy || fault_memory(fault);
    for (char *pair; fine && copy && (pair = strsep(&rest, "&"));) {
        char *value = strchr(pair, '=');
        if (value)
            *value++ = '\0';
        else
            value = pair + strlen(pair);
        filter_text_decode(value);
        fine = !*pair || filter_take(filter, pair, value, fault);
    }
    free(copy);
    return fine;
}

#endif
