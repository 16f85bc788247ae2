/* What the hub said of itself and of its service, as metrics. */
#include "services/publishing/metrics_page.h"

#include "services/bus/clock.h"

#include <string.h>

enum {
    UNTIMED_MS = 60000,
    VERSIONS_TOLD = 20, /* those that are left count as of version "other" */
};

/* --- workers and tasks ------------------------------------------------------------------------ */

static uint32_t workers_of(const StatusReport *status, const char *role, bool refused) {
    uint32_t count = 0;
    for (size_t i = 0; i < status->n_workers; i++)
        count += strcmp(status->workers[i]->role, role) == 0 &&
                 (status->workers[i]->refused != NULL) == refused;
    return count;
}

static bool same_kind(const WorkerStatus *left, const WorkerStatus *right) {
    return strcmp(left->role, right->role) == 0 && strcmp(left->build, right->build) == 0 &&
           left->protocol == right->protocol && !left->refused && !right->refused;
}

/* Of the kind of worker `at`; 0: one before it in the list is of the same. */
static uint32_t count_kind(const StatusReport *status, size_t at) {
    uint32_t count = 0;
    for (size_t i = 0; i < status->n_workers; i++) {
        bool same = same_kind(status->workers[i], status->workers[at]);
        if (same && i < at)
            return 0;
        count += same;
    }
    return count;
}

static void write_versions(struct metrics_page *out, const StatusReport *status) {
    uint32_t told = 0, others = 0;
    metrics_family(out, "mindex_workers_by_version", "gauge",
                   "Workers that the hub hears, by role, version and worker protocol.");
    for (size_t i = 0; i < status->n_workers; i++) {
        const WorkerStatus *worker = status->workers[i];
        uint32_t count = count_kind(status, i);
        char protocol[16];
        (void)snprintf(protocol, sizeof protocol, "%lu", (unsigned long)worker->protocol);
        if (count && told < VERSIONS_TOLD)
            metrics_labelled(out, "mindex_workers_by_version", count,
                             METRICS_LABELS("role", worker->role, "version", worker->build,
                                            "protocol", protocol));
        else
            others += count;
        told += count != 0;
    }
    if (others)
        metrics_labelled(out, "mindex_workers_by_version", others,
                         METRICS_LABELS("role", "", "version", "other", "protocol", ""));
}

static bool any_at_work(const StatusReport *status) {
    for (size_t i = 0; i < status->n_workers; i++) {
        if (!status->workers[i]->refused)
            return true;
    }
    return false;
}

static void write_workers(struct metrics_page *out, const StatusReport *status) {
    metrics_family(out, "mindex_workers", "gauge", "Workers that the hub hears, by role.");
    for (size_t i = 0; i < status->n_roles; i++)
        metrics_labelled(out, "mindex_workers", workers_of(status, status->roles[i]->role, false),
                         METRICS_LABELS("role", status->roles[i]->role));
    if (!status->has_protocol)
        return; /* a hub of version 0.1.0 */
    metrics_family(out, "mindex_workers_refused", "gauge",
                   "Workers that ask and are given nothing, as they speak no worker protocol that "
                   "the hub does.");
    for (size_t i = 0; i < status->n_roles; i++)
        metrics_labelled(out, "mindex_workers_refused",
                         workers_of(status, status->roles[i]->role, true),
                         METRICS_LABELS("role", status->roles[i]->role));
    metrics_family(out, "mindex_worker_arrivals_total", "counter",
                   "Workers that the hub welcomed, since its start: one that comes anew counts "
                   "again.");
    for (size_t i = 0; i < status->n_roles; i++)
        metrics_labelled(out, "mindex_worker_arrivals_total", status->roles[i]->arrivals,
                         METRICS_LABELS("role", status->roles[i]->role));
    if (any_at_work(status))
        write_versions(out, status);
}

/* Of one role in one state. */
static void tasks(struct metrics_page *out, const RoleStatus *role, const char *state,
                  uint32_t count) {
    metrics_labelled(out, "mindex_tasks", count,
                     METRICS_LABELS("role", role->role, "state", state));
}

static void write_tasks(struct metrics_page *out, const StatusReport *status) {
    metrics_family(out, "mindex_tasks", "gauge",
                   "Tasks by role and state: ready to be given out, leased to a worker, held until "
                   "those before them are done, failed and set aside.");
    for (size_t i = 0; i < status->n_roles; i++) {
        const RoleStatus *role = status->roles[i];
        tasks(out, role, "ready", role->ready);
        tasks(out, role, "leased", role->leased);
        tasks(out, role, "held", role->held);
        tasks(out, role, "failed", role->failed);
    }
    metrics_family(out, "mindex_task_oldest_seconds", "gauge",
                   "How long the oldest task that is ready or leased has been there; 0: none is. "
                   "Tasks of batch jobs do not count.");
    for (size_t i = 0; i < status->n_roles; i++)
        metrics_labelled_seconds(out, "mindex_task_oldest_seconds", status->roles[i]->oldest_ms,
                                 METRICS_LABELS("role", status->roles[i]->role));
}

static void write_errors(struct metrics_page *out, const StatusReport *status) {
    if (!status->has_errors)
        return; /* a hub of version 0.1.0 */
    metrics_family(out, "mindex_errors_total", "counter",
                   "Errors that the hub knows of, since its start, by the role whose they were.");
    metrics_labelled(out, "mindex_errors_total", status->errors, METRICS_LABELS("role", "hub"));
    for (size_t i = 0; i < status->n_roles; i++)
        metrics_labelled(out, "mindex_errors_total", status->roles[i]->errors,
                         METRICS_LABELS("role", status->roles[i]->role));
    if (!status->last_error)
        return;
    metrics_family(out, "mindex_last_error_timestamp_seconds", "gauge",
                   "When the last of them was, by the role whose it was.");
    metrics_labelled_seconds(out, "mindex_last_error_timestamp_seconds",
                             status->last_error->time_ms,
                             METRICS_LABELS("role", status->last_error->role));
}

static void write_disk(struct metrics_page *out, const StatusReport *status) {
    if (status->has_database_bytes)
        metrics_one(out, "mindex_database_bytes", "gauge", "The database, with its log.",
                    status->database_bytes);
    if (!status->has_inbox_waiting)
        return;
    metrics_family(out, "mindex_inbox_files", "gauge",
                   "Files that wait in the inbox, and that were rejected and lie there still.");
    metrics_labelled(out, "mindex_inbox_files", status->inbox_waiting,
                     METRICS_LABELS("state", "waiting"));
    metrics_labelled(out, "mindex_inbox_files", status->inbox_rejected,
                     METRICS_LABELS("state", "rejected"));
    uint64_t now = clock_wall_ms(), oldest = status->inbox_oldest_ms;
    metrics_seconds(out, "mindex_inbox_oldest_seconds",
                    "Since the oldest file that waits in the inbox was written; 0: none waits.",
                    oldest && now > oldest ? now - oldest : 0);
}

static void write_status(struct metrics_page *out, const StatusReport *status) {
    metrics_seconds(out, "mindex_hub_uptime_seconds", "Since the hub was started.",
                    status->uptime_ms);
    metrics_one(out, "mindex_hub_writable", "gauge",
                "1: the hub's database can be written; 0: it cannot.",
                status->cannot_write == NULL);
    if (status->n_roles) { /* not of a hub of an earlier build */
        write_workers(out, status);
        write_tasks(out, status);
    }
    metrics_one(out, "mindex_releases_total", "counter", "Releases on record.", status->releases);
    metrics_one(out, "mindex_editions_total", "counter", "Editions on record.", status->editions);
    metrics_one(out, "mindex_events_total", "counter", "Events: the number of the newest.",
                status->newest_event);
    metrics_one(out, "mindex_published_edition", "gauge",
                "The newest edition whose files are complete.", status->published);
    if (status->last_release)
        metrics_seconds(out, "mindex_last_release_timestamp_seconds",
                        "When the release was handed in that came last of those that are told of.",
                        status->last_release->time_ms);
    write_errors(out, status);
    write_disk(out, status);
}

/* --- how long things took --------------------------------------------------------------------- */

/* One series of a histogram. `labels` as in {..}, without the braces; "": none. */
static void series(struct metrics_page *out, const char *name, const char *labels,
                   const Histogram *took) {
    const char *comma = *labels ? "," : "";
    uint64_t all = took->counts[took->n_counts - 1];
    for (size_t i = 0; i < took->n_bounds_ms; i++)
        metrics_say(out, "%s_bucket{%s%sle=\"%g\"} %llu\n", name, labels, comma,
                    (double)took->bounds_ms[i] / 1000, (unsigned long long)took->counts[i]);
    metrics_say(out, "%s_bucket{%s%sle=\"+Inf\"} %llu\n", name, labels, comma,
                (unsigned long long)all);
    const char *open = *labels ? "{" : "", *close = *labels ? "}" : "";
    metrics_say(out, "%s_sum%s%s%s %.3f\n", name, open, labels, close, took->sum_ms / 1000);
    metrics_say(out, "%s_count%s%s%s %llu\n", name, open, labels, close, (unsigned long long)all);
}

/* What the hub measures that is no task's. NULL: it is one. */
static const char *family_of(const char *measured, const char **help) {
    if (strcmp(measured, "accept") == 0) {
        *help = "From a hand-in to its receipt.";
        return "mindex_accept_seconds";
    }
    if (strcmp(measured, "release-to-edition") == 0) {
        *help = "From a release's acceptance to the commit of its edition.";
        return "mindex_release_to_edition_seconds";
    }
    return NULL;
}

static bool can_be_told(const Histogram *took) {
    return took->n_counts == took->n_bounds_ms + 1 &&
           took->name[strspn(took->name, "abcdefghijklmnopqrstuvwxyz-")] == '\0';
}

static void write_measures(struct metrics_page *out, const StatusReport *status) {
    bool headed = false;
    const char *help = "";
    for (size_t i = 0; i < status->n_histograms; i++) {
        const Histogram *took = status->histograms[i];
        if (!can_be_told(took) || family_of(took->name, &help))
            continue;
        if (!headed)
            metrics_family(out, "mindex_task_seconds", "histogram",
                           "From giving a task to a worker to its result, by kind.");
        headed = true;
        char labels[80];
        (void)snprintf(labels, sizeof labels, "kind=\"%.40s\"", took->name);
        series(out, "mindex_task_seconds", labels, took);
    }
    for (size_t i = 0; i < status->n_histograms; i++) {
        const Histogram *took = status->histograms[i];
        const char *name = family_of(took->name, &help);
        if (!name || !can_be_told(took))
            continue;
        metrics_family(out, name, "histogram", help);
        series(out, name, "", took);
    }
    if (status->has_lease_expiries)
        metrics_one(out, "mindex_lease_expiries_total", "counter",
                    "Tasks that a worker did not do within its lease, since the hub's start.",
                    status->lease_expiries);
}

/* --- who follows the events ------------------------------------------------------------------- */

/* Names that last: of webhooks and of keys. Connections come and go, each with another address. */
enum { SUBSCRIBERS_TOLD = 50 };

static const char *const kinds[] = {"webhook", "sse", "replay"};
enum { KINDS = sizeof kinds / sizeof *kinds };

static void write_kinds(struct metrics_page *out, const StatusReport *status) {
    uint64_t lags[KINDS] = {0};
    for (size_t i = 0; i < status->n_subscribers; i++) {
        const SubscriberStatus *one = status->subscribers[i];
        /* One that is paused or disabled stays behind, and that is known. */
        bool counts = !one->state || strcmp(one->state, "active") == 0;
        for (size_t kind = 0; kind < KINDS; kind++) {
            if (counts && one->lag > lags[kind] && strcmp(one->kind, kinds[kind]) == 0)
                lags[kind] = one->lag;
        }
    }
    metrics_family(out, "mindex_subscriber_lag_events_max", "gauge",
                   "Events in the log behind the one that is most behind; a webhook that is paused "
                   "or disabled does not count.");
    for (size_t kind = 0; kind < KINDS; kind++)
        metrics_labelled(out, "mindex_subscriber_lag_events_max", lags[kind],
                         METRICS_LABELS("kind", kinds[kind]));
}

static bool lasts(const SubscriberStatus *one) {
    return strcmp(one->kind, "webhook") == 0 ||
           (strcmp(one->kind, "replay") == 0 && strcmp(one->name, "local") != 0);
}

/* The list begins with those that are most behind: the first of a name is told. */
static bool named_before(const StatusReport *status, size_t at) {
    for (size_t i = 0; i < at; i++) {
        if (strcmp(status->subscribers[i]->kind, status->subscribers[at]->kind) == 0 &&
            strcmp(status->subscribers[i]->name, status->subscribers[at]->name) == 0)
            return true;
    }
    return false;
}

static void write_named(struct metrics_page *out, const StatusReport *status) {
    uint32_t told = 0;
    for (size_t i = 0; i < status->n_subscribers && told < SUBSCRIBERS_TOLD; i++) {
        const SubscriberStatus *one = status->subscribers[i];
        if (!lasts(one) || named_before(status, i))
            continue;
        if (!told++)
            metrics_family(
                out, "mindex_subscriber_lag_events", "gauge",
                "Events in the log behind a webhook, or the holder of a key who asks for "
                "events; the fifty that are most behind.");
        metrics_labelled(out, "mindex_subscriber_lag_events", one->lag,
                         METRICS_LABELS("kind", one->kind, "name", one->name));
    }
    told = 0;
    for (size_t i = 0; i < status->n_subscribers && told < SUBSCRIBERS_TOLD; i++) {
        const SubscriberStatus *one = status->subscribers[i];
        if (!one->attempts || !lasts(one) || named_before(status, i))
            continue;
        if (!told++)
            metrics_family(out, "mindex_webhook_failures", "gauge",
                           "Attempts that failed in a row, of webhooks whose last one did.");
        metrics_labelled(out, "mindex_webhook_failures", one->attempts,
                         METRICS_LABELS("name", one->name));
    }
}

static void write_subscribers(struct metrics_page *out, const StatusReport *status) {
    if (status->has_subscriptions)
        metrics_one(out, "mindex_webhook_subscriptions", "gauge",
                    "Subscriptions by webhook that are active.", status->subscriptions);
    if (!status->has_subscribers_total)
        return; /* a hub of version 0.1.0 */
    metrics_one(out, "mindex_webhook_subscriptions_paused", "gauge",
                "Subscriptions by webhook that were paused.", status->subscriptions_paused);
    metrics_one(out, "mindex_webhook_subscriptions_disabled", "gauge",
                "Subscriptions by webhook that were given up, as nobody took what was sent.",
                status->subscriptions_disabled);
    write_kinds(out, status);
    write_named(out, status);
}

/* --- batch jobs, and all of it ---------------------------------------------------------------- */

static void write_jobs(struct metrics_page *out, const StatusReport *status) {
    uint64_t left = status->jobs_left_ms;
    metrics_one(out, "mindex_batch_jobs", "gauge", "Batch jobs that have not ended.", status->jobs);
    metrics_one(out, "mindex_batch_items", "gauge", "Items of these that are not done.",
                status->jobs_items_left);
    metrics_seconds(
        out, "mindex_batch_left_seconds",
        "What one worker would need for them, by what has been needed so far; while nothing is "
        "known of that, a minute.",
        status->jobs_items_left && !left ? UNTIMED_MS : left);
}

void metrics_of_hub(struct metrics_page *page, const StatusReport *status) {
    write_status(page, status);
    write_jobs(page, status);
    write_measures(page, status);
    write_subscribers(page, status);
}
