#include "services/publishing/metrics.h"

#include "services/bus/clock.h"
#include "services/bus/version.h"
#include "services/publishing/metrics_page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FRESH_MS = 500,   /* an answer serves all who ask within that time */
    ANSWER_MS = 1000, /* how long the hub may take */
};

struct metrics {
    struct client *client;
    Message *status;    /* the hub's last answer; NULL: it gave none */
    int64_t ask_again;  /* on clock_ms */
    struct fault fault; /* why there is none */
};

/* --- what was served -------------------------------------------------------------------------- */

static void write_requests(struct metrics_page *out, const struct http_counts *http) {
    metrics_family(out, "mindex_http_requests_total", "counter",
                   "Requests answered by HTTP, by the class of their status.");
    for (unsigned i = 0; i < HTTP_CLASSES; i++)
        metrics_say(out, "mindex_http_requests_total{status=\"%uxx\"} %llu\n", i + 1,
                    (unsigned long long)http->requests[i]);
    metrics_one(out, "mindex_http_unchanged_total", "counter",
                "Of these, answered with 304: who asked has it already.", http->unchanged);
    metrics_family(out, "mindex_http_request_seconds", "histogram",
                   "From a request's first line until its answer is there.");
    uint64_t sum = 0;
    for (size_t i = 0; i < HTTP_BUCKETS; i++) {
        sum += http->within[i];
        metrics_say(out, "mindex_http_request_seconds_bucket{le=\"%g\"} %llu\n", http_bounds[i],
                    (unsigned long long)sum);
    }
    sum += http->beyond;
    metrics_say(out, "mindex_http_request_seconds_bucket{le=\"+Inf\"} %llu\n",
                (unsigned long long)sum);
    metrics_say(out, "mindex_http_request_seconds_sum %.6f\n", http->seconds);
    metrics_say(out, "mindex_http_request_seconds_count %llu\n", (unsigned long long)sum);
    metrics_one(out, "mindex_http_connections", "gauge", "Connections that are open.",
                http->connections);
    metrics_one(out, "mindex_http_connections_cut_total", "counter",
                "Connections that were too slow to ask, or to take the answer.", http->cut);
}

static void write_desk(struct metrics_page *out, const struct desk_counts *views) {
    metrics_family(
        out, "mindex_http_cache_requests_total", "counter",
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
        metrics_say(out, "mindex_http_cache_requests_total{result=\"%s\"} %llu\n", ends[i].name,
                    (unsigned long long)ends[i].count);
    metrics_one(out, "mindex_http_cache_entries", "gauge", "Answers that are kept.",
                views->replies);
    metrics_one(out, "mindex_http_cache_bytes", "gauge", "Memory that they take.", views->bytes);
    metrics_one(out, "mindex_http_line", "gauge",
                "Requests for which nobody has begun to make the answer.", views->line);
}

static void write_streams(struct metrics_page *out, const struct sse_counts *sse) {
    metrics_one(out, "mindex_sse_streams", "gauge", "Connections that follow the events.",
                sse->streams);
    metrics_one(out, "mindex_sse_streams_total", "counter", "Connections that did, ever.",
                sse->opened);
    metrics_one(out, "mindex_sse_events_total", "counter", "Events written for them.", sse->sent);
    metrics_one(out, "mindex_sse_log_reads_total", "counter",
                "Questions to the hub for events that were not held in memory any more.",
                sse->from_log);
}

/* Of the disks of both, where the database is and where the files are. */
static void write_disks(struct metrics_page *out, const StatusReport *status,
                        const struct served *served) {
    bool hub = status && status->has_disk_size_bytes;
    if (!hub && !served->disk_size_bytes)
        return;
    metrics_family(out, "mindex_disk_free_bytes", "gauge",
                   "Room for the service's user on the disk, of the hub's database and of the "
                   "editions' files.");
    if (hub)
        metrics_labelled(out, "mindex_disk_free_bytes", status->disk_free_bytes,
                         METRICS_LABELS("role", "hub"));
    if (served->disk_size_bytes)
        metrics_labelled(out, "mindex_disk_free_bytes", served->disk_free_bytes,
                         METRICS_LABELS("role", "publishing"));
    metrics_family(out, "mindex_disk_size_bytes", "gauge", "The whole of these disks.");
    if (hub)
        metrics_labelled(out, "mindex_disk_size_bytes", status->disk_size_bytes,
                         METRICS_LABELS("role", "hub"));
    if (served->disk_size_bytes)
        metrics_labelled(out, "mindex_disk_size_bytes", served->disk_size_bytes,
                         METRICS_LABELS("role", "publishing"));
}

/* Named as the clients of Prometheus name them. */
static void write_process(struct metrics_page *out, const struct served *served) {
    metrics_seconds(out, "process_start_time_seconds",
                    "When this process, of the publishing role, was started.", served->started_ms);
    if (served->resident_bytes)
        metrics_one(out, "process_resident_memory_bytes", "gauge", "Memory that it has.",
                    served->resident_bytes);
}

static void write_subscribers(struct metrics_page *out, const StatusReport *status,
                              const struct served *served) {
    metrics_family(out, "mindex_subscribers", "gauge",
                   "Who follows the events, by channel; those who asked for a replay within the "
                   "last minute.");
    if (status && status->has_subscribers_total)
        metrics_labelled(out, "mindex_subscribers",
                         (uint64_t)status->subscriptions + status->subscriptions_paused +
                             status->subscriptions_disabled,
                         METRICS_LABELS("kind", "webhook"));
    metrics_labelled(out, "mindex_subscribers", served->sse.streams, METRICS_LABELS("kind", "sse"));
    metrics_labelled(out, "mindex_subscribers", served->askers, METRICS_LABELS("kind", "replay"));
}

static void write_served(struct metrics_page *out, const struct served *served) {
    write_requests(out, &served->http);
    write_desk(out, &served->views);
    write_streams(out, &served->sse);
    metrics_one(out, "mindex_zmq_topics", "gauge",
                "Topics that at least one ZeroMQ subscriber wants of the live stream.",
                served->topics);
}

/* --- all of it -------------------------------------------------------------------------------- */

static void write_all(struct metrics_page *out, const StatusReport *status) {
    metrics_one(out, "mindex_up", "gauge", "1: the hub answers; 0: it does not.", status != NULL);
    metrics_family(out, "mindex_build_info", "gauge",
                   "Versions of the program, by role; always 1.");
    metrics_labelled(out, "mindex_build_info", 1,
                     METRICS_LABELS("role", "publishing", "version", MINDEX_VERSION));
    if (!status)
        return;
    metrics_labelled(out, "mindex_build_info", 1,
                     METRICS_LABELS("role", "hub", "version", status->build));
    metrics_of_hub(out, status);
}

void metrics_text(const StatusReport *status, const struct served *served, struct answer *answer) {
    answer->type = "text/plain; version=0.0.4; charset=utf-8";
    struct metrics_page page = {.text = open_memstream(&answer->body, &answer->length)};
    if (!page.text)
        return;
    write_all(&page, status);
    write_served(&page, served);
    write_subscribers(&page, status, served);
    write_disks(&page, status, served);
    write_process(&page, served);
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
