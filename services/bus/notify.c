#include "services/bus/notify.h"

#include "services/bus/clock.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>

enum { STATUS_TEXT = 400 };

/* A process has one manager, as it has one log. */
static struct {
    bool known;
    int64_t every_ms; /* 0: nobody waits for it */
    int64_t next;
} watchdog;

void notify_ready(void) {
    (void)sd_notify(0, "READY=1");
}

/* The time is for Type=notify-reload, which systemd has since 253. */
void notify_reloading(void) {
    (void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRId64, clock_ns() / 1000);
}

void notify_stopping(void) {
    (void)sd_notify(0, "STOPPING=1\nSTATUS=stopping");
}

void notify_status(const char *format, ...) {
    char text[STATUS_TEXT];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    for (char *at = text; *at; at++) {
        unsigned char byte = (unsigned char)*at;
        if (byte < ' ' || byte == 0x7f)
            *at = ' ';
    }
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

void notify_alive(void) {
    int64_t now = clock_ms();
    if (notify_until(now) > 0)
        return;
    watchdog.next = now + watchdog.every_ms;
    (void)sd_notify(0, "WATCHDOG=1");
}

void notify_forget(void) {
    (void)unsetenv("NOTIFY_SOCKET");
    (void)unsetenv("WATCHDOG_USEC");
    (void)unsetenv("WATCHDOG_PID");
}
