#include "services/bus/log.h"

#include "core/utf8.h"
#include "services/bus/clock.h"
#include "services/bus/request_id.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    LINE_BYTES = 4096, /* what a pipe takes at once, unmixed with what others write (PIPE_BUF) */
    MESSAGES_WATCHED = 128, /* of one process; the hub has some sixty */
    BURST = 50,             /* warnings of one message, and a hundred times as many of others */
    EACH_US = 200000,       /* ... and then one in that time, or a hundredth of it */
    MORE = 100,
    NUMBER_DIGITS = 19 /* a longer one is text, to JSON */
};

static const char *process_role = "mindex";
static bool for_journal;
static atomic_int least_level = LEVEL_INFO, line_format = LOG_TEXT;
static _Thread_local char request_id[REQUEST_ID_TEXT];

/* Standard error is the journal's if it is the file that systemd named, and not where somebody has
 * sent it since. */
static bool is_journal(void) {
    const char *stream = getenv("JOURNAL_STREAM");
    struct stat info;
    char text[64];
    if (!stream || fstat(STDERR_FILENO, &info) != 0)
        return false;
    (void)snprintf(text, sizeof text, "%ju:%ju", (uintmax_t)info.st_dev, (uintmax_t)info.st_ino);
    return strcmp(stream, text) == 0;
}

void log_role(const char *role) {
    process_role = role;
    for_journal = is_journal();
}

void log_settings(enum log_level least, enum log_format format) {
    atomic_store(&least_level, (int)least);
    atomic_store(&line_format, (int)format);
}

void log_request(const char *id) {
    if (id && request_id_valid(id))
        memcpy(request_id, id, sizeof request_id);
    else
        request_id[0] = '\0';
}

/* --- a flood ---------------------------------------------------------------------------------- */

/* What a stranger can bring about must not fill a disk. */
static bool may_say(enum log_level level, const char *message, int64_t now, unsigned *unsaid) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static struct {
        const char *message;
        int64_t next; /* µs, and monotonic: when its lines would have come, had they come evenly */
        unsigned unsaid;
    } watched[MESSAGES_WATCHED];
    int64_t each = level >= LEVEL_WARNING ? EACH_US : EACH_US / MORE;
    int64_t ahead = (int64_t)BURST * EACH_US; /* the time of a burst, long or short */
    bool may = true;
    size_t i = 0;
    (void)pthread_mutex_lock(&lock);
    while (i < MESSAGES_WATCHED && watched[i].message && watched[i].message != message)
        i++;
    if (i < MESSAGES_WATCHED) {
        watched[i].message = message;
        if (watched[i].next < now)
            watched[i].next = now;
        may = watched[i].next - now < ahead;
        watched[i].next += may ? each : 0;
        watched[i].unsaid += !may;
        if (may) {
            *unsaid = watched[i].unsaid;
            watched[i].unsaid = 0;
        }
    }
    (void)pthread_mutex_unlock(&lock);
    return may;
}

/* --- a line ----------------------------------------------------------------------------------- */

struct line {
    char text[LINE_BYTES];
    size_t length;
    bool json, cut;
};

/* Room for the mark that something is left out, and the end. */
static const size_t RESERVE = sizeof ",\"cut\":true}\n";

static void put(struct line *line, const char *bytes, size_t length) {
    if (line->cut || length > sizeof line->text - RESERVE - line->length) {
        line->cut = true;
        return;
    }
    memcpy(line->text + line->length, bytes, length);
    line->length += length;
}

static void put_text(struct line *line, const char *text) {
    put(line, text, strlen(text));
}

/* Whether the character after a backslash makes an escape of JSON. */
static bool escapes(const char *at, const char *end) {
    if (at == end || !strchr("\"\\/bfnrtu", *at))
        return false;
    return *at != 'u' || (end - at > 4 && strspn(at + 1, "0123456789abcdefABCDEF") >= 4);
}

/* What stood in quotes is a string of JSON already, if it came through log_quote; else it is made
 * one. */
static void put_json(struct line *line, const char *at, const char *end, bool quoted) {
    put_text(line, "\"");
    while (at < end) {
        bool whole = quoted && *at == '\\' && escapes(at + 1, end);
        if (!whole && (*at == '\\' || *at == '"'))
            put_text(line, "\\");
        put(line, at, whole ? 2 : 1);
        at += whole ? 2 : 1;
    }
    put_text(line, "\"");
}

static bool is_number(const char *at, size_t length) {
    size_t sign = length && *at == '-';
    size_t digits = strspn(at + sign, "0123456789");
    return digits > 0 && sign + digits == length && digits <= NUMBER_DIGITS &&
           (at[sign] != '0' || digits == 1);
}

struct pair {
    const char *key, *value, *end; /* the value without its quotes */
    size_t key_length;
    bool quoted;
};

/* The next of the pairs at *at, which moves on; false: there is none that is whole, or text stands
 * there that should have gone through log_quote. */
static bool next_pair(const char **at, struct pair *out) {
    out->key = *at + strspn(*at, " ");
    out->key_length = strspn(out->key, "abcdefghijklmnopqrstuvwxyz_");
    if (out->key_length == 0 || out->key[out->key_length] != '=')
        return false;
    out->value = out->key + out->key_length + 1;
    out->quoted = *out->value == '"';
    out->value += out->quoted;
    out->end = out->value;
    while (*out->end && *out->end != (out->quoted ? '"' : ' '))
        out->end += out->quoted && *out->end == '\\' && out->end[1] ? 2 : 1;
    *at = out->end + (*out->end != '\0');
    return !out->quoted || *out->end == '"';
}

static void put_pair(struct line *line, const struct pair *pair) {
    size_t before = line->length, length = (size_t)(pair->end - pair->value);
    if (!line->json) {
        put_text(line, " ");
        put(line, pair->key, (size_t)(pair->end + pair->quoted - pair->key));
    } else {
        put_text(line, ",\"");
        put(line, pair->key, pair->key_length);
        put_text(line, "\":");
        if (!pair->quoted && is_number(pair->value, length))
            put(line, pair->value, length);
        else
            put_json(line, pair->value, pair->end, pair->quoted);
    }
    if (line->cut)
        line->length = before; /* a pair stands whole or not at all */
}

static void put_pairs(struct line *line, const char *pairs, bool whole) {
    struct pair pair;
    while (next_pair(&pairs, &pair)) {
        if (!whole && !*pairs)
            break; /* its end is missing, perhaps */
        put_pair(line, &pair);
    }
    line->cut = line->cut || !whole;
}

static const char *const level_names[] = {"debug", "info", "warning", "error"};

static void put_head(struct line *line, enum log_level level, const struct timespec *now,
                     const char *message) {
    static const char *const priorities[] = {"<7>", "<6>", "<4>", "<3>"};
    struct tm utc;
    char stamp[32], head[200];
    (void)gmtime_r(&now->tv_sec, &utc);
    (void)strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);
    put_text(line, for_journal ? priorities[level] : "");
    (void)snprintf(head, sizeof head,
                   line->json ? "{\"ts\":\"%s.%03ldZ\",\"level\":\"%s\",\"pid\":%ld,\"role\":\"%s\""
                              : "ts=%s.%03ldZ level=%s pid=%ld role=%s",
                   stamp, now->tv_nsec / 1000000, level_names[level], (long)getpid(), process_role);
    put_text(line, head);
    if (*request_id) {
        put_text(line, line->json ? ",\"request_id\":\"" : " request_id=");
        put_text(line, request_id);
        put_text(line, line->json ? "\"" : "");
    }
    put_text(line, line->json ? ",\"msg\":\"" : " msg=\"");
    put_text(line, message);
    put_text(line, "\"");
}

static void end_line(struct line *line) {
    const char *mark = line->json ? ",\"cut\":true" : " cut=true";
    bool cut = line->cut;
    char *end = line->text + line->length;
    (void)snprintf(end, RESERVE, "%s%s\n", cut ? mark : "", line->json ? "}" : "");
    line->length += strlen(end);
}

/* Nothing can be done where nobody takes it. */
static void write_out(const char *at, size_t length) {
    while (length) {
        ssize_t written = write(STDERR_FILENO, at, length);
        if (written < 0 && errno != EINTR)
            return;
        at += written > 0 ? written : 0;
        length -= written > 0 ? (size_t)written : 0;
    }
}

__attribute__((format(printf, 3, 0))) static void
write_line(enum log_level level, const char *message, const char *pairs, va_list args) {
    int error = errno;
    struct timespec now;
    unsigned unsaid = 0;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if ((int)level < atomic_load(&least_level) ||
        (level != LEVEL_DEBUG && !may_say(level, message, clock_ns() / 1000, &unsaid)))
        return;
    struct line line = {.json = atomic_load(&line_format) == LOG_JSON};
    char text[LINE_BYTES], more[40] = "";
    int length = vsnprintf(text, sizeof text, pairs, args);
    utf8_make_plain(text);
    put_head(&line, level, &now, message);
    if (unsaid)
        (void)snprintf(more, sizeof more, "unsaid=%u", unsaid);
    put_pairs(&line, more, true);
    put_pairs(&line, text, length >= 0 && (size_t)length < sizeof text);
    end_line(&line);
    write_out(line.text, line.length);
    errno = error;
}

#define WRITE(level)                                                                               \
    va_list args;                                                                                  \
    va_start(args, pairs);                                                                         \
    write_line(level, message, pairs, args);                                                       \
    va_end(args)

void log_debug(const char *message, const char *pairs, ...) {
    WRITE(LEVEL_DEBUG);
}

void log_info(const char *message, const char *pairs, ...) {
    WRITE(LEVEL_INFO);
}

void log_warning(const char *message, const char *pairs, ...) {
    WRITE(LEVEL_WARNING);
}

void log_error(const char *message, const char *pairs, ...) {
    WRITE(LEVEL_ERROR);
}

/* --- text from outside ------------------------------------------------------------------------ */

/* One character of at most 4 bytes, as JSON may hold it and a terminal may show it. */
static size_t quote_one(const unsigned char *at, size_t length, bool plain, char out[8]) {
    if (*at == '"' || *at == '\\')
        return (size_t)snprintf(out, 8, "\\%c", *at);
    if (*at == '\n' || *at == '\t')
        return (size_t)snprintf(out, 8, "\\%c", *at == '\n' ? 'n' : 't');
    if (plain) {
        memcpy(out, at, length);
        return length;
    }
    if (length == 1)
        return (size_t)snprintf(out, 8, "\\u%04x", *at < 0x80 ? *at : 0xfffd);
    unsigned code = length == 2 ? (at[0] & 0x1fU) << 6 | (at[1] & 0x3fU)
                                : (at[0] & 0x0fU) << 12 | (at[1] & 0x3fU) << 6 | (at[2] & 0x3fU);
    return (size_t)snprintf(out, 8, "\\u%04x", code & 0xffff);
}

const char *log_quote(const char *text, char out[LOG_QUOTED]) {
    static const char mark[] = "…\"";
    const unsigned char *at = (const unsigned char *)text, *end = at + strlen(text);
    size_t length = 0, whole = 1; /* `whole`: up to where the mark still fits behind it */
    out[length++] = '"';
    while (at < end) {
        bool plain;
        char one[8];
        size_t taken = utf8_plain(at, end, &plain);
        size_t given = quote_one(at, taken, plain, one);
        if (length + given + sizeof "\"" > LOG_QUOTED) {
            memcpy(out + whole, mark, sizeof mark);
            return out;
        }
        memcpy(out + length, one, given);
        length += given;
        at += taken;
        if (length + sizeof mark <= LOG_QUOTED)
            whole = length;
    }
    memcpy(out + length, "\"", sizeof "\"");
    return out;
}
