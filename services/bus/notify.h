/* What a service manager that waits for this process is told: systemd, or whoever else gives it
 * NOTIFY_SOCKET. Without one nothing is said, and none of this fails. A container's manager starts
 * again what ends, and listens to nobody: with WATCHDOG_USEC (microseconds) and without
 * NOTIFY_SOCKET, a process whose loop has not turned for so long ends itself, with status 142.
 *
 * Called on the thread of the process's main loop alone, but for notify_turned. */
#ifndef BUS_NOTIFY_H
#define BUS_NOTIFY_H

#include <stdint.h>

/* All sockets are bound: who is to be started after this process may be started. Also said when a
 * reload is over. */
void notify_ready(void);
void notify_reloading(void);
void notify_stopping(void);

/* One line for `systemctl status`; what may not be shown becomes a question mark or a blank, what
 * is too long is cut. */
void notify_status(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The loop has turned. Says so where the manager restarts who does not say it in time, at most as
 * often as half of that time: to be called in each turn. */
void notify_alive(void);
/* From `now` (clock_ms) until that is to be said again; INT64_MAX: nobody waits for it. */
int64_t notify_until(int64_t now);

/* Loops on threads of their own, each of which turns at least once a second. While one that has
 * begun has not turned for twenty, notify_alive does not say that the process is alive. */
enum notify_loop { NOTIFY_STREAM, NOTIFY_WEBHOOKS, NOTIFY_LOOPS };
void notify_turned(enum notify_loop loop);
void notify_ended(enum notify_loop loop);

/* In a child that is to become another program: what is said there is not said for this process. */
void notify_forget(void);

#endif
