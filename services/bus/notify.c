#include "services/bus/notify.h"

#include "core/utf8.h"
#include "services/bus/clock.h"

#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

enum {
    STATUS_TEXT = 400,
    STATUS_HUNG = 128 + SIGALRM,
    LOOP_HUNG_MS = 20000,
    LOOK_AGAIN_MS = 1000, /* whether a loop that hangs turns again */
};

/* A process has one manager, as it has one log. */
static struct {
    bool known;
    int64_t every_ms; /* 0: nobody waits for it */
    int64_t next;
    bool own; /* nobody hears of it, so that this process ends itself */
} watchdog;

static _Atomic int64_t turned[NOTIFY_LOOPS]; /* 0: it has not begun, or has ended */

/* --- without a manager that listens ----------------------------------------------------------  */

static void set_alarm(int64_t ms) {
    const struct itimerval after = {
        .it_value = {.tv_sec = ms / 1000, .tv_usec = (suseconds_t)(ms % 1000 * 1000)}};
    (void)setitimer(ITIMER_REAL, &after, NULL);
}

/* The first process of a container is not ended by a signal that it does not take. */
static void end_hung(int signal) {
    static const char line[] = "level=error msg=\"the loop has hung and the process ends\"\n";
    (void)signal;
    (void)!write(STDERR_FILENO, line, sizeof line - 1);
    _exit(STATUS_HUNG);
}

static void take_alarm(void) {
    struct sigaction action = {.sa_handler = end_hung};
    (void)sigemptyset(&action.sa_mask);
    watchdog.own = sigaction(SIGALRM, &action, NULL) == 0;
}

/* --- what is said ----------------------------------------------------------------------------  */

void notify_ready(void) {
    (void)sd_notify(0, "READY=1");
}

/* The time is for Type=notify-reload, which systemd has since 253. */
void notify_reloading(void) {
    (void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRId64, clock_ns() / 1000);
}

void notify_stopping(void) {
    if (watchdog.own)
        set_alarm(0);
    (void)sd_notify(0, "STOPPING=1\nSTATUS=stopping");
}

void notify_status(const char *format, ...) {
    char text[STATUS_TEXT];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    utf8_make_plain(text); /* systemd takes no notice of a status that is no UTF-8 */
    (void)sd_notifyf(0, "STATUS=%s", text);
}

static void find_watchdog(void) {
    uint64_t us = 0;
    if (sd_watchdog_enabled(0, &us) > 0 && us / 2000 <= INT32_MAX)
        watchdog.every_ms = us < 2000 ? 1 : (int64_t)(us / 2000);
    watchdog.known = true;
}

int64_t notify_until(int64_t now) {
    if (!watchdog.known)
        find_watchdog();
    if (!watchdog.every_ms)
        return INT64_MAX;
    return watchdog.next > now ? watchdog.next - now : 0;
}

void notify_turned(enum notify_loop loop) {
    turned[loop] = clock_ms();
}

void notify_ended(enum notify_loop loop) {
    turned[loop] = 0;
}

static bool all_turn(int64_t now) {
    for (size_t i = 0; i < NOTIFY_LOOPS; i++) {
        int64_t last = turned[i];
        if (last && now - last >= LOOP_HUNG_MS)
            return false;
    }
    return true;
}

void notify_alive(void) {
    int64_t now = clock_ms();
    if (notify_until(now) > 0)
        return;
    if (!all_turn(now)) {
        watchdog.next = now + LOOK_AGAIN_MS;
        return;
    }
    watchdog.next = now + watchdog.every_ms;
    bool heard = sd_notify(0, "WATCHDOG=1") != 0;
    if (!heard && !watchdog.own)
        take_alarm();
    if (watchdog.own)
        set_alarm(2 * watchdog.every_ms);
}

void notify_forget(void) {
    (void)unsetenv("NOTIFY_SOCKET");
    (void)unsetenv("WATCHDOG_USEC");
    (void)unsetenv("WATCHDOG_PID");
}
