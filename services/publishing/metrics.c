#include "services/publishing/metrics.h"

#include "services/bus/clock.h"
#include "services/bus/version.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FRESH_MS = 500,   /* an answer serves all who ask within that time */
    ANSWER_MS = 1000, /* how long the hub may take */
    UNTIMED_MS = 60000,
};

struct metrics {
    struct client *client;
    Message *status;    /* the hub's last answer; NULL: it gave none */
    int64_t ask_again;  /* on clock_ms */
    struct fault fault; /* why there is none */
};

/* --- the text format -------------------------------------------------------------------------- */

struct page {
    FILE *text;
    bool failed; /* glibc's streams in memory forget it when memory ran out for a part */
};

static void say(struct page *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(struct page *out, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    if (vfprintf(out->text, format, arguments) < 0)
        out->failed = true;
    va_end(arguments);
}

static void family(struct page *out, const char *name, const char *type, const char *help) {
    say(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void sample(struct page *out, const char *name, uint64_t value) {
    say(out, "%s %llu\n", name, (unsigned long long)value);
}

static void one(struct page *out, const char *name, const char *type, const char *help,
                uint64_t value) {
    family(out, name, type, help);
    sample(out, name, value);
}

static void seconds(struct page *out, const char *name, const char *help, uint64_t ms) {
    family(out, name, "gauge", help);
    say(out, "%s %llu.%03u\n", name, (unsigned long long)(ms / 1000), (unsigned)(ms % 1000));
}

/* The value of a label between its quotes. */
static void label(struct page *out, const char *text) {
    for (; *text; text++) {
        bool special = *text == '\\' || *text == '"' || *text == '\n';
        say(out, "%s%c", special ? "\\" : "", *text == '\n' ? 'n' : *text);
    }
}

static void build(struct page *out, const char *role, const char *version) {
    say(out, "mindex_build_info{role=\"%s\",version=\"", role);
    label(out, version);
    say(out, "\"} 1\n");
}

static void by_role(struct page *out, const char *name, const char *role, const char *state,
                    uint32_t value) {
    say(out, "%s{role=\"", name);
    label(out, role);
    if (state)
        say(out, "\",state=\"%s", state);
    say(out, "\"} %lu\n", (unsigned long)value);
}

/* --- what the hub said ------------------------------------------------------------------------ */

static uint32_t workers_of(const StatusReport *status, const char *role) {
    uint32_t count = 0;
    for (size_t i = 0; i < status->n_workers; i++)
        count += strcmp(status->workers[i]->role, role) == 0;
    return count;
}

static void write_roles(struct page *out, const StatusReport *status) {
    if (!status->n_roles)
        return; /* a hub of an earlier build */
    family(out, "mindex_workers", "gauge", "Workers that the hub hears, by role.");
    for (size_t i = 0; i < status->n_roles; i++)
        by_role(out, "mindex_workers", status->roles[i]->role, NULL,
                workers_of(status, status->roles[i]->role));
    family(out, "mindex_tasks", "gauge",
           "Tasks by role and state: ready to be given out, leased to a worker, held until those "
           "before them are done, failed and set aside.");
    for (size_t i = 0; i < status->n_roles; i++) {
        const RoleStatus *role = status->roles[i];
        by_role(out, "mindex_tasks", role->role, "ready", role->ready);
        by_role(out, "mindex_tasks", role->role, "leased", role->leased);
        by_role(out, "mindex_tasks", role->role, "held", role->held);
        by_role(out, "mindex_tasks", role->role, "failed", role->failed);
    }
}

static void write_status(struct page *out, const StatusReport *status) {
    seconds(out, "mindex_hub_uptime_seconds", "Since the hub was started.", status->uptime_ms);
    one(out, "mindex_hub_writable", "gauge", "1: the hub's database can be written; 0: it cannot.",
        status->cannot_write == NULL);
    write_roles(out, status);
    one(out, "mindex_releases_total", "counter", "Releases on record.", status->releases);
    one(out, "mindex_editions_total", "counter", "Editions on record.", status->editions);
    one(out, "mindex_events_total", "counter", "Events: the number of the newest.",
        status->newest_event);
    one(out, "mindex_published_edition", "gauge", "The newest edition whose files are complete.",
        status->published);
}

/* --- how long things took --------------------------------------------------------------------- */

/* One series of a histogram. `labels` as in {..}, without the braces; "": none. */
static void series(struct page *out, const char *name, const char *labels, const Histogram *took) {
    const char *comma = *labels ? "," : "";
    uint64_t all = took->counts[took->n_counts - 1];
    for (size_t i = 0; i < took->n_bounds_ms; i++)
        say(out, "%s_bucket{%s%sle=\"%g\"} %llu\n", name, labels, comma,
            (double)took->bounds_ms[i] / 1000, (unsigned long long)took->counts[i]);
    say(out, "%s_bucket{%s%sle=\"+Inf\"} %llu\n", name, labels, comma, (unsigned long long)all);
    const char *open = *labels ? "{" : "", *close = *labels ? "}" : "";
    say(out, "%s_sum%s%s%s %.3f\n", name, open, labels, close, took->sum_ms / 1000);
    say(out, "%s_count%s%s%s %llu\n", name, open, labels, close, (unsigned long long)all);
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

static void write_measures(struct page *out, const StatusReport *status) {
    bool headed = false;
    const char *help = "";
    for (size_t i = 0; i < status->n_histograms; i++) {
        const Histogram *took = status->histograms[i];
        if (!can_be_told(took) || family_of(took->name, &help))
            continue;
        if (!headed)
            family(out, "mindex_task_seconds", "histogram",
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
        family(out, name, "histogram", help);
        series(out, name, "", took);
    }
    if (status->has_lease_expiries)
        one(out, "mindex_lease_expiries_total", "counter",
            "Tasks that a worker did not do within its lease, since the hub's start.",
            status->lease_expiries);
    if (status->has_subscriptions)
        one(out, "mindex_webhook_subscriptions", "gauge",
            "Subscriptions by webhook that are active.", status->subscriptions);
}

static void write_jobs(struct page *out, const StatusReport *status) {
    uint64_t left = status->jobs_left_ms;
    one(out, "mindex_batch_jobs", "gauge", "Batch jobs that have not ended.", status->jobs);
    one(out, "mindex_batch_items", "gauge", "Items of these that are not done.",
        status->jobs_items_left);
    seconds(out, "mindex_batch_left_seconds",
            "What one worker would need for them, by what has been needed so far; while nothing is "
            "known of that, a minute.",
            status->jobs_items_left && !left ? UNTIMED_MS : left);
}

static void write_all(struct page *out, const StatusReport *status) {
    one(out, "mindex_up", "gauge", "1: the hub answers; 0: it does not.", status != NULL);
    family(out, "mindex_build_info", "gauge", "Versions of the program, by role; always 1.");
    build(out, "publishing", MINDEX_VERSION);
    if (status) {
        build(out, "hub", status->build);
        write_status(out, status);
        write_jobs(out, status);
        write_measures(out, status);
    }
}

/* --- what was served -------------------------------------------------------------------------- */

static void write_requests(struct page *out, const struct http_counts *http) {
    family(out, "mindex_http_requests_total", "counter",
           "Requests answered by HTTP, by the class of their status.");
    for (unsigned i = 0; i < HTTP_CLASSES; i++)
        say(out, "mindex_http_requests_total{status=\"%uxx\"} %llu\n", i + 1,
            (unsigned long long)http->requests[i]);
    one(out, "mindex_http_unchanged_total", "counter",
        "Of these, answered with 304: who asked has it already.", http->unchanged);
    family(out, "mindex_http_request_seconds", "histogram",
           "From a request's first line until its answer is there.");
    uint64_t sum = 0;
    for (size_t i = 0; i < HTTP_BUCKETS; i++) {
        sum += http->within[i];
        say(out, "mindex_http_request_seconds_bucket{le=\"%g\"} %llu\n", http_bounds[i],
            (unsigned long long)sum);
    }
    sum += http->beyond;
    say(out, "mindex_http_request_seconds_bucket{le=\"+Inf\"} %llu\n", (unsigned long long)sum);
    say(out, "mindex_http_request_seconds_sum %.6f\n", http->seconds);
    say(out, "mindex_http_request_seconds_count %llu\n", (unsigned long long)sum);
    one(out, "mindex_http_connections", "gauge", "Connections that are open.", http->connections);
    one(out, "mindex_http_connections_cut_total", "counter",
        "Connections that were too slow to ask, or to take the answer.", http->cut);
}

static void write_desk(struct page *out, const struct desk_counts *views) {
    family(out, "mindex_http_cache_requests_total", "counter",
           "Pages and resources that were asked for: kept from before (hit), made for one (miss), "
           "made for several at once (joined), or refused as too many wait or the hub is away.");
    const struct {
        const char *name;
        uint64_t count;
    } ends[] = {{"hit", views->hits},
                {"miss", views->misses},
                {"joined", views->joined},
                {"refused", views->refused}};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        say(out, "mindex_http_cache_requests_total{result=\"%s\"} %llu\n", ends[i].name,
            (unsigned long long)ends[i].count);
    one(out, "mindex_http_cache_entries", "gauge", "Answers that are kept.", views->replies);
    one(out, "mindex_http_cache_bytes", "gauge", "Memory that they take.", views->bytes);
    one(out, "mindex_http_line", "gauge", "Requests for which nobody has begun to make the answer.",
        views->line);
}

static void write_streams(struct page *out, const struct sse_counts *sse) {
    one(out, "mindex_sse_streams", "gauge", "Connections that follow the events.", sse->streams);
    one(out, "mindex_sse_streams_total", "counter", "Connections that did, ever.", sse->opened);
    one(out, "mindex_sse_events_total", "counter", "Events written for them.", sse->sent);
    one(out, "mindex_sse_log_reads_total", "counter",
        "Questions to the hub for events that were not held in memory any more.", sse->from_log);
}

static void write_served(struct page *out, const struct served *served) {
    write_requests(out, &served->http);
    write_desk(out, &served->views);
    write_streams(out, &served->sse);
    one(out, "mindex_zmq_topics", "gauge",
        "Topics that at least one ZeroMQ subscriber wants of the live stream.", served->topics);
}

/* --- all of it -------------------------------------------------------------------------------- */

void metrics_text(const StatusReport *status, const struct served *served, struct answer *answer) {
    answer->type = "text/plain; version=0.0.4; charset=utf-8";
    struct page page = {.text = open_memstream(&answer->body, &answer->length)};
    if (!page.text)
        return;
    write_all(&page, status);
    write_served(&page, served);
    if (fclose(page.text) != 0 || page.failed) {
        free(answer->body);
        answer->body = NULL;
    }
}

/* --- asking it -------------------------------------------------------------------------------- */

static void ask(struct metrics *metrics) {
    Mindex__V1__StatusWanted status = MINDEX__V1__STATUS_WANTED__INIT;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_STATUS_WANTED;
    question.status_wanted = &status;
    wire_free(&metrics->status);
    metrics->status = client_ask(metrics->client, &question, ANSWER_MS, &metrics->fault);
    if (metrics->status && metrics->status->body_case != MINDEX__V1__MESSAGE__BODY_STATUS) {
        fault_set(&metrics->fault, FAULT_SYSTEM, "the hub's answer is of another kind");
        wire_free(&metrics->status);
    }
}

/* NULL: the hub does not answer. */
static const StatusReport *status_now(struct metrics *metrics) {
    if (clock_ms() >= metrics->ask_again) {
        ask(metrics);
        metrics->ask_again = clock_ms() + FRESH_MS;
    }
    return metrics->status ? metrics->status->status : NULL;
}

void metrics_answer(struct metrics *metrics, const struct served *served, struct answer *answer) {
    answer->freshness = FRESH_NEVER;
    metrics_text(status_now(metrics), served, answer);
}

void metrics_health(struct metrics *metrics, struct answer *answer) {
    const StatusReport *status = status_now(metrics);
    const char *trouble = !status ? metrics->fault.text : status->cannot_write;
    answer->freshness = FRESH_NEVER;
    answer->type = "text/plain; charset=utf-8";
    if (trouble)
        answer->status = 503;
    int length = asprintf(&answer->body, "%s%s\n", status && trouble ? "the database: " : "",
                          trouble ? trouble : "ok");
    if (length < 0)
        answer->body = NULL;
    answer->length = length < 0 ? 0 : (size_t)length;
}

struct metrics *metrics_new(const char *hub, const char *key, struct fault *fault) {
    struct metrics *metrics = calloc(1, sizeof *metrics);
    if (metrics)
        metrics->client = client_open(hub, key, fault);
    else
        fault_memory(fault);
    if (metrics && !metrics->client)
        metrics_destroy(&metrics);
    return metrics;
}

void metrics_destroy(struct metrics **metrics) {
    if (!*metrics)
        return;
    wire_free(&(*metrics)->status);
    client_destroy(&(*metrics)->client);
    free(*metrics);
    *metrics = NULL;
}
