/* One line per event on standard error, key=value or JSON (deploy/LOGS.md):
 *   ts=2026-05-19T09:30:00.123Z level=info pid=71 role=hub msg="edition committed" edition=2
 * A line has at most 4096 bytes and is written at once, so that those of several threads and
 * processes do not mix; where the journal reads it, it begins with its priority, as <6>. */
#ifndef BUS_LOG_H
#define BUS_LOG_H

enum log_level { LEVEL_DEBUG, LEVEL_INFO, LEVEL_WARNING, LEVEL_ERROR };
enum log_format { LOG_TEXT, LOG_JSON };

/* The role that stands in every line of this process. Set once, before any thread starts. */
void log_role(const char *role);

/* Lines below `least` are not written. Until it is called: LEVEL_INFO, LOG_TEXT. At any time. */
void log_settings(enum log_level least, enum log_format format);

/* The request (services/bus/request_id.h) that this thread works on from now on, which stands in
 * its lines as request_id; NULL, or what is no id: none. */
void log_request(const char *id);

/* `message` is a constant, by which lines can be found. `pairs` is a printf format that gives
 * "key=value" pairs, one at least. Text that may hold blanks, and all that comes from outside, goes
 * in as %s of log_quote; whatever it holds, a line stays one line. Of warnings and errors with the
 * same message fifty come through, then five a second, of informations a hundred times as many; the
 * next one tells how many were not said. */
void log_debug(const char *message, const char *pairs, ...) __attribute__((format(printf, 2, 3)));
void log_info(const char *message, const char *pairs, ...) __attribute__((format(printf, 2, 3)));
void log_warning(const char *message, const char *pairs, ...) __attribute__((format(printf, 2, 3)));
void log_error(const char *message, const char *pairs, ...) __attribute__((format(printf, 2, 3)));

enum { LOG_QUOTED = 400 };

/* `text` in quotes, as a string of JSON: quotes, controls and what is no UTF-8 escaped; what does
 * not fit is cut, which "…" at its end shows. Returns `out`. */
const char *log_quote(const char *text, char out[LOG_QUOTED]);

#endif
