#include "core/fault.h"

#include "core/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#undef fault_set
#undef fault_memory
#undef fault_within

bool fault_set(struct fault *fault, enum fault_kind kind, const char *format, ...) {
    va_list args;
    va_start(args, format);
    fault->kind = kind;
    fault->gone = false;
    (void)vsnprintf(fault->text, sizeof fault->text, format, args);
    va_end(args);
    utf8_make_plain(fault->text); /* it may quote a file that anybody has written */
    return false;
}

bool fault_memory(struct fault *fault) {
    return fault_set(fault, FAULT_MEMORY, "out of memory");
}

bool fault_within(struct fault *fault, const char *format, ...) {
    char was[sizeof fault->text];
    memcpy(was, fault->text, sizeof was);
    va_list args;
    va_start(args, format);
    int used = vsnprintf(fault->text, sizeof fault->text, format, args);
    va_end(args);
    utf8_make_plain(fault->text);
    size_t at = used < 0 ? 0 : (size_t)used;
    if (at + 2 < sizeof fault->text) {
        fault->text[at] = ':';
        fault->text[at + 1] = ' ';
        size_t room = sizeof fault->text - at - 3;
        size_t length = strnlen(was, room);
        memcpy(fault->text + at + 2, was, length);
        fault->text[at + 2 + length] = '\0';
    }
    return false;
}
