#include "services/bus/instant.h"
#include "services/cli/command.h"
#include "services/cli/status.h"

#include <jansson.h>

static json_t *number(bool has, uint64_t value) {
    return has ? json_integer((json_int_t)value) : json_null();
}

static json_t *instant(bool has, uint64_t ms) {
    char text[INSTANT_TEXT];
    return has ? json_string(instant_write(ms, text)) : json_null();
}

static json_t *workers(const StatusReport *status) {
    json_t *list = json_array();
    for (size_t i = 0; i < status->n_workers; i++) {
        const WorkerStatus *worker = status->workers[i];
        (void)json_array_append_new(
            list, json_pack("{s:s, s:s, s:s, s:o, s:i, s:I, s:I, s:s?}", "role", worker->role,
                            "name", worker->name, "build", worker->build, "protocol",
                            number(worker->has_protocol, worker->protocol), "in_hand",
                            (int)worker->leases, "done", (json_int_t)worker->done, "silent_ms",
                            (json_int_t)worker->silent_ms, "refused", worker->refused));
    }
    return list;
}

static json_t *roles(const StatusReport *status) {
    json_t *list = json_array();
    for (size_t i = 0; i < status->n_roles; i++) {
        const RoleStatus *role = status->roles[i];
        (void)json_array_append_new(
            list, json_pack("{s:s, s:I, s:I, s:I, s:I, s:o, s:o, s:o}", "role", role->role, "ready",
                            (json_int_t)role->ready, "in_hand", (json_int_t)role->leased, "held",
                            (json_int_t)role->held, "set_aside", (json_int_t)role->failed,
                            "oldest_ms", number(role->has_oldest_ms, role->oldest_ms), "errors",
                            number(role->has_errors, role->errors), "arrivals",
                            number(role->has_arrivals, role->arrivals)));
    }
    return list;
}

static json_t *subscribers(const StatusReport *status) {
    json_t *list = json_array();
    for (size_t i = 0; i < status->n_subscribers; i++) {
        const SubscriberStatus *one = status->subscribers[i];
        (void)json_array_append_new(
            list,
            json_pack("{s:s, s:s, s:s?, s:o, s:o, s:I, s:o}", "kind", one->kind, "name", one->name,
                      "state", one->state, "after", number(one->has_after, one->after), "lag",
                      number(one->has_lag, one->lag), "attempts", (json_int_t)one->attempts,
                      "since", instant(one->has_since_ms, one->since_ms)));
    }
    return list;
}

static json_t *last_release(const ReleaseInfo *last) {
    if (!last)
        return json_null();
    return json_pack("{s:I, s:s, s:s, s:s?, s:o, s:o, s:s?}", "release", (json_int_t)last->release,
                     "dataset", last->dataset, "label", last->label, "state", last->state, "time",
                     instant(true, last->time_ms), "edition",
                     number(last->has_edition, last->edition), "request_id", last->request_id);
}

static json_t *last_error(const ErrorStatus *last) {
    if (!last)
        return json_null();
    return json_pack("{s:o, s:s, s:s, s:s?}", "time", instant(true, last->time_ms), "role",
                     last->role, "text", last->text, "request_id", last->request_id);
}

static json_t *took(const StatusReport *status) {
    json_t *list = json_array();
    for (size_t i = 0; i < status->n_histograms; i++) {
        const Histogram *from = status->histograms[i];
        json_t *bounds = json_array(), *counts = json_array();
        for (size_t at = 0; at < from->n_bounds_ms; at++)
            (void)json_array_append_new(bounds, number(true, from->bounds_ms[at]));
        for (size_t at = 0; at < from->n_counts; at++)
            (void)json_array_append_new(counts, number(true, from->counts[at]));
        (void)json_array_append_new(list, json_pack("{s:s, s:o, s:o, s:f}", "what", from->name,
                                                    "bounds_ms", bounds, "counts", counts, "sum_ms",
                                                    from->sum_ms));
    }
    return list;
}

static json_t *texts(const struct concerns *concerns) {
    json_t *list = json_array();
    for (size_t i = 0; i < concerns->n; i++)
        (void)json_array_append_new(list, json_string(concerns->text[i]));
    return list;
}

static json_t *service(const StatusReport *status) {
    return json_pack(
        "{s:s, s:o, s:o, s:I, s:s, s:o, s:o, s:o, s:s?, s:I, s:I, s:o, s:I, s:I, s:i, s:i, s:i}",
        "build", status->build, "protocol", number(status->has_protocol, status->protocol),
        "protocol_least", number(status->has_protocol_least, status->protocol_least), "uptime_ms",
        (json_int_t)status->uptime_ms, "database", status->database, "database_bytes",
        number(status->has_database_bytes, status->database_bytes), "disk_free_bytes",
        number(status->has_disk_free_bytes, status->disk_free_bytes), "disk_size_bytes",
        number(status->has_disk_size_bytes, status->disk_size_bytes), "index", status->index,
        "releases", (json_int_t)status->releases, "editions", (json_int_t)status->editions,
        "newest_edition_time", instant(status->has_newest_edition_ms, status->newest_edition_ms),
        "published", (json_int_t)status->published, "newest_event",
        (json_int_t)status->newest_event, "tasks_ready", (int)status->tasks_ready, "tasks_leased",
        (int)status->tasks_leased, "tasks_failed", (int)status->tasks_failed);
}

static json_t *around(const StatusReport *status) {
    bool inbox = status->has_inbox_waiting;
    return json_pack("{s:i, s:I, s:I, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "jobs",
                     (int)status->jobs, "jobs_items_left", (json_int_t)status->jobs_items_left,
                     "jobs_left_ms", (json_int_t)status->jobs_left_ms, "subscriptions",
                     (int)status->subscriptions, "subscriptions_paused",
                     number(status->has_subscriptions_paused, status->subscriptions_paused),
                     "subscriptions_disabled",
                     number(status->has_subscriptions_disabled, status->subscriptions_disabled),
                     "inbox_waiting", number(inbox, status->inbox_waiting), "inbox_rejected",
                     number(inbox, status->inbox_rejected), "inbox_oldest",
                     instant(status->has_inbox_oldest_ms, status->inbox_oldest_ms),
                     "lease_expiries", number(status->has_lease_expiries, status->lease_expiries),
                     "errors", number(status->has_errors, status->errors));
}

int status_print_json(const StatusReport *status, const struct concerns *concerns) {
    json_t *out = service(status);
    (void)json_object_update_new(out, around(status));
    if (status->cannot_write) {
        (void)json_object_set_new(out, "cannot_write", json_string(status->cannot_write));
        (void)json_object_set_new(out, "cannot_write_since",
                                  instant(true, status->cannot_write_since_ms));
    }
    (void)json_object_set_new(out, "attention", texts(concerns));
    (void)json_object_set_new(out, "last_release", last_release(status->last_release));
    (void)json_object_set_new(out, "last_error", last_error(status->last_error));
    (void)json_object_set_new(out, "roles", roles(status));
    (void)json_object_set_new(out, "workers", workers(status));
    (void)json_object_set_new(out, "subscribers", subscribers(status));
    (void)json_object_set_new(out, "subscribers_total",
                              number(status->has_subscribers_total, status->subscribers_total));
    (void)json_object_set_new(out, "took", took(status));
    bool printed = out && json_dumpf(out, stdout, JSON_INDENT(2)) == 0 && puts("") >= 0;
    json_decref(out);
    return printed ? EXIT_OK : command_failed(EXIT_FAILED, "the status cannot be written");
}
