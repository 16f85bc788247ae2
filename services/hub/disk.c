/* The hub while its database cannot be written: it says so, takes nothing in, keeps what workers
 * have done, and tries until it can. */
#include "services/bus/clock.h"
#include "services/bus/log.h"
#include "services/hub/hub.h"

enum {
    PROBE_MS = 1000,
    SAY_AGAIN_MS = 60000,
};

static void begin(struct hub *hub, const char *reason, int64_t now) {
    char quoted[LOG_QUOTED];
    log_error("the database cannot be written", "reason=%s newest_event=%llu",
              log_quote(reason, quoted), (unsigned long long)hub->newest_event);
    hub->disk = (struct disk){.failing = true,
                              .since_ms = clock_wall_ms(),
                              .probe_at = now + PROBE_MS,
                              .say_at = now + SAY_AGAIN_MS};
    errors_note(hub, "hub", NULL, reason);
}

static void end(struct hub *hub) {
    log_info("the database can be written again", "after_ms=%llu",
             (unsigned long long)(clock_wall_ms() - hub->disk.since_ms));
    hub->disk = (struct disk){0};
    chain_settle(hub);
}

static void stay(struct hub *hub, const char *reason, int64_t now) {
    hub->disk.probe_at = now + PROBE_MS;
    if (now < hub->disk.say_at)
        return;
    char quoted[LOG_QUOTED];
    log_error("the database still cannot be written", "reason=%s", log_quote(reason, quoted));
    hub->disk.say_at = now + SAY_AGAIN_MS;
}

int64_t disk_watch(struct hub *hub, int64_t now) {
    store_tidy(hub->store); /* who waited for what is committed has it by now */
    const char *reason = store_trouble(hub->store);
    struct fault fault = {0};
    if (!reason)
        return INT64_MAX;
    if (!hub->disk.failing)
        begin(hub, reason, now);
    if (now < hub->disk.probe_at)
        return hub->disk.probe_at;
    if (store_probe(hub->store, &fault)) {
        end(hub);
        return now; /* there is work again */
    }
    stay(hub, fault.text, now);
    return hub->disk.probe_at;
}

bool disk_refuses(struct hub *hub, zframe_t *from, uint64_t request) {
    const char *trouble = store_trouble(hub->store);
    char reason[400];
    if (!trouble)
        return false;
    (void)snprintf(reason, sizeof reason,
                   "the hub cannot write its database now (%s), and takes nothing in until it can; "
                   "'mindex status' tells when; hand it in again then",
                   trouble);
    hub_put_off(hub, from, request, reason);
    return true;
}
