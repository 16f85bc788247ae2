#include "services/bus/instant.h"
#include "services/cli/status.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum {
    WAITS_LONG_MS = 15 * 60 * 1000, /* a task that has been there so long */
    ERROR_FRESH_MS = 60 * 60 * 1000,
    DISK_FREE_PERCENT = 5,
    WEBHOOK_ATTEMPTS = 3, /* one or two failures are a receiver that starts anew */
};
#define DISK_FREE_LEAST ((uint64_t)1 << 30)

const char *status_duration(uint64_t ms, char out[AMOUNT_TEXT]) {
    uint64_t s = ms / 1000, minutes = s / 60, hours = minutes / 60, days = hours / 24;
    if (days)
        (void)snprintf(out, AMOUNT_TEXT, "%llu d %llu h", (unsigned long long)days,
                       (unsigned long long)(hours % 24));
    else if (hours)
        (void)snprintf(out, AMOUNT_TEXT, "%llu h %llu min", (unsigned long long)hours,
                       (unsigned long long)(minutes % 60));
    else if (minutes)
        (void)snprintf(out, AMOUNT_TEXT, "%llu min", (unsigned long long)minutes);
    else
        (void)snprintf(out, AMOUNT_TEXT, "%llu s", (unsigned long long)s);
    return out;
}

const char *status_bytes(uint64_t bytes, char out[AMOUNT_TEXT]) {
    static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB"};
    double amount = (double)bytes;
    size_t unit = 0;
    for (; amount >= 1000 && unit < 4; unit++)
        amount /= 1000;
    (void)snprintf(out, AMOUNT_TEXT, "%.*f %s", unit && amount < 10 ? 1 : 0, amount, units[unit]);
    return out;
}

static void note(struct concerns *concerns, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void note(struct concerns *concerns, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    if (concerns->n < CONCERNS_MAX)
        (void)vsnprintf(concerns->text[concerns->n++], CONCERN_TEXT, format, arguments);
    va_end(arguments);
}

static void look_at_disk(const StatusReport *status, struct concerns *concerns) {
    char since[INSTANT_TEXT], left[AMOUNT_TEXT], size[AMOUNT_TEXT];
    if (status->cannot_write)
        note(concerns,
             "the database cannot be written since %s: %s; nothing is taken in until it can",
             instant_write(status->cannot_write_since_ms, since), status->cannot_write);
    if (!status->has_disk_free_bytes || !status->disk_size_bytes)
        return;
    if (status->disk_free_bytes < DISK_FREE_LEAST ||
        status->disk_free_bytes / DISK_FREE_PERCENT < status->disk_size_bytes / 100)
        note(concerns, "the database's disk has %s left of %s: make room, or 'mindex prune'",
             status_bytes(status->disk_free_bytes, left),
             status_bytes(status->disk_size_bytes, size));
}

static void look_at_role(const StatusReport *status, const RoleStatus *role,
                         struct concerns *concerns) {
    size_t heard = 0, refused = 0;
    const WorkerStatus *one = NULL;
    char since[AMOUNT_TEXT];
    for (size_t i = 0; i < status->n_workers; i++) {
        const WorkerStatus *worker = status->workers[i];
        if (strcmp(worker->role, role->role) != 0)
            continue;
        heard += !worker->refused;
        refused += worker->refused != NULL;
        one = worker->refused ? worker : one;
    }
    if (!heard)
        note(concerns, "no %s worker is at work%s: start one ('mindex %s'), or look at its log",
             role->role, role->ready || role->leased ? ", and tasks wait for it" : "", role->role);
    if (refused)
        note(concerns, "%zu %s worker%s refused, as %s: %s", refused, role->role,
             refused == 1 ? " is" : "s are", one->name, one->refused);
    if (role->failed)
        note(concerns,
             "%u %s task%s set aside: 'mindex tasks --failed' says why, 'mindex tasks retry' puts "
             "them back",
             role->failed, role->role, role->failed == 1 ? " is" : "s are");
    if (role->oldest_ms > WAITS_LONG_MS)
        note(concerns, "a %s task has been there for %s: 'mindex tasks' says what becomes of it",
             role->role, status_duration(role->oldest_ms, since));
}

static void look_at_versions(const StatusReport *status, struct concerns *concerns) {
    size_t others = 0;
    const WorkerStatus *one = NULL;
    for (size_t i = 0; i < status->n_workers; i++) {
        const WorkerStatus *worker = status->workers[i];
        if (worker->refused || strcmp(worker->build, status->build) == 0)
            continue;
        others++;
        one = worker;
    }
    if (others)
        note(concerns,
             "%zu worker%s of another version than the hub, as %s (%s): fine while you upgrade, "
             "and not for long",
             others, others == 1 ? " is" : "s are", one->name, one->build);
}

static void look_at_webhooks(const StatusReport *status, struct concerns *concerns) {
    for (size_t i = 0; i < status->n_subscribers; i++) {
        const SubscriberStatus *one = status->subscribers[i];
        const char *state = one->state ? one->state : "";
        if (strcmp(state, "disabled") == 0)
            note(concerns,
                 "the webhook '%s' was given up, %llu events behind: 'mindex subscribe show %s' "
                 "says why, 'mindex subscribe resume %s' goes on",
                 one->name, (unsigned long long)one->lag, one->name, one->name);
        else if (strcmp(state, "active") == 0 && one->attempts >= WEBHOOK_ATTEMPTS)
            note(concerns,
                 "the webhook '%s' failed %u times in a row, and is %llu events behind: 'mindex "
                 "subscribe show %s'",
                 one->name, one->attempts, (unsigned long long)one->lag, one->name);
    }
}

void status_concerns(const StatusReport *status, uint64_t now_ms, struct concerns *concerns) {
    concerns->n = 0;
    look_at_disk(status, concerns);
    for (size_t i = 0; i < status->n_roles; i++)
        look_at_role(status, status->roles[i], concerns);
    if (status->inbox_rejected)
        note(concerns,
             "%u file%s of the inbox w%s rejected: beside each lies why (.reason.txt); take them "
             "away when that is settled",
             status->inbox_rejected, status->inbox_rejected == 1 ? "" : "s",
             status->inbox_rejected == 1 ? "as" : "ere");
    look_at_versions(status, concerns);
    const ErrorStatus *last = status->last_error;
    char ago[AMOUNT_TEXT];
    if (last && last->time_ms + ERROR_FRESH_MS > now_ms)
        note(concerns, "the last error is %s old, %s: %s",
             status_duration(now_ms > last->time_ms ? now_ms - last->time_ms : 0, ago), last->role,
             last->text);
    look_at_webhooks(status, concerns); /* last: there may be more of them than there is room for */
}
