#include "services/bus/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char *process_role = "mindex";

void log_role(const char *role) {
    process_role = role;
}

/* Whatever a pair's text holds, a line stays one line, and a terminal shows it as it is. */
static void make_plain(char *text) {
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte < ' ' || byte == 0x7f)
            *text = ' ';
    }
}

__attribute__((format(printf, 3, 0))) static void write_line(const char *level, const char *message,
                                                             const char *pairs, va_list args) {
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    struct tm utc;
    (void)gmtime_r(&now.tv_sec, &utc);
    char stamp[32], rest[1500];
    (void)strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);
    (void)vsnprintf(rest, sizeof rest, pairs, args);
    make_plain(rest);
    /* One call, so that lines of several threads and processes do not mix. */
    (void)fprintf(stderr, "ts=%s.%03ldZ level=%s role=%s msg=\"%s\"%s%s\n", stamp,
                  now.tv_nsec / 1000000, level, process_role, message, *rest ? " " : "",
                  *rest == ' ' ? rest + 1 : rest);
}

#define WRITE(level)                                                                               \
    va_list args;                                                                                  \
    va_start(args, pairs);                                                                         \
    write_line(level, message, pairs, args);                                                       \
    va_end(args)

void log_info(const char *message, const char *pairs, ...) {
    WRITE("info");
}

void log_warning(const char *message, const char *pairs, ...) {
    WRITE("warning");
}

void log_error(const char *message, const char *pairs, ...) {
    WRITE("error");
}

const char *log_quote(const char *text, char out[LOG_QUOTED]) {
    size_t at = 0;
    out[at++] = '"';
    for (const char *c = text; *c && at < LOG_QUOTED - 2; c++) {
        unsigned char byte = (unsigned char)*c;
        out[at++] = byte < ' ' || byte == 0x7f ? ' ' : byte == '"' || byte == '\\' ? '\'' : *c;
    }
    out[at++] = '"';
    out[at] = '\0';
    return out;
}
