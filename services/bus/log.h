/* One line per event on standard error, key=value:
 *   ts=2026-05-19T09:30:00.123Z level=info role=hub msg="edition committed" edition=2 */
#ifndef BUS_LOG_H
#define BUS_LOG_H

/* The role that stands in every line of this process. Set once, before any thread starts. */
void log_role(const char *role);

/* `pairs` is a printf format that gives " key=value" pairs, or "". Text from outside goes in as
 * %s of log_quote; control characters become blanks in any case. */
void log_info(const char *message, const char *pairs, ...) __attribute__((format(printf, 2, 3)));
void log_warning(const char *message, const char *pairs, ...) __attribute__((format(printf, 2, 3)));
void log_error(const char *message, const char *pairs, ...) __attribute__((format(printf, 2, 3)));

enum { LOG_QUOTED = 400 };

/* `text` in quotes, control characters and quotes replaced, cut to fit. Returns `out`. */
const char *log_quote(const char *text, char out[LOG_QUOTED]);

#endif
