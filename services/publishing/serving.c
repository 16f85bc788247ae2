#include "services/publishing/serving.h"

#include "services/bus/clock.h"
#include "services/publishing/http.h"
#include "services/publishing/metrics.h"
#include "services/views/site.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum {
    VIEWERS = 2,
    IN_LINE_MAX = 64, /* questions that wait for a viewer; some tenths of a second each at most */
    REPLIES_MAX = 4000,
    REPLY_BYTES_MAX = 64 << 20,
    STOP_MS = 1000,
    STREAMS_STOP_MS = 200, /* for their last bytes */
};

struct serving {
    struct viewer *viewers[VIEWERS];
    struct metrics *metrics;
    struct pulse *pulse;
    struct desk *views, *service;
    struct sse *sse;
    const struct places *places;
    const struct stream *stream;
    uint64_t started_ms;
    struct http *http; /* set once, while the service desk may be at work */
};

/* --- the clerks ------------------------------------------------------------------------------- */

/* Ready is who could show the newest edition now. */
static void answer_ready(struct viewer *viewer, struct answer *answer) {
    struct fault fault = {0};
    viewer_turn(viewer);
    const struct view *view = viewer_edition(viewer, 0, &fault);
    if (!view)
        answer->status = 503;
    int length = view ? asprintf(&answer->body, "ok, edition %" PRIu64 "\n", view->number)
                      : asprintf(&answer->body, "%s\n", fault.text);
    if (length < 0)
        answer->body = NULL;
    answer->length = length < 0 ? 0 : (size_t)length;
    answer->freshness = FRESH_NEVER;
}

static void answer_view(void *context, struct request *request, struct answer *answer) {
    if (strcmp(request->path, "/readyz") == 0)
        answer_ready(context, answer);
    else
        site_answer(context, request, answer);
}

/* The second number of /proc/self/statm, in pages; 0: it cannot be told. */
static uint64_t resident_bytes(void) {
    char line[200], *at = NULL;
    FILE *memory = fopen("/proc/self/statm", "re");
    if (memory && fgets(line, sizeof line, memory))
        at = strchr(line, ' ');
    if (memory)
        (void)fclose(memory);
    return at ? strtoull(at, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

/* What the system says of this process and of its disk. */
static void look_around(const struct serving *serving, struct served *served) {
    struct statvfs disk;
    served->resident_bytes = resident_bytes();
    if (statvfs(serving->places->editions, &disk) == 0) {
        served->disk_free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
        served->disk_size_bytes = (uint64_t)disk.f_blocks * disk.f_frsize;
    }
    served->started_ms = serving->started_ms;
}

static void answer_service(void *context, struct request *request, struct answer *answer) {
    struct serving *serving = context;
    struct served served = {0};
    struct http *http = __atomic_load_n(&serving->http, __ATOMIC_ACQUIRE);
    if (strcmp(request->path, "/healthz") == 0) {
        metrics_health(serving->metrics, answer);
        return;
    }
    if (http)
        http_count(http, &served.http);
    desk_count(serving->views, &served.views);
    sse_count(serving->sse, &served.sse);
    served.topics = stream_topics(serving->stream);
    served.askers = stream_askers(serving->stream);
    look_around(serving, &served);
    metrics_answer(serving->metrics, &served, answer);
}

/* --- beginning and end ------------------------------------------------------------------------ */

static bool open_views(struct serving *serving, const struct places *places,
                       const struct boundaries *boundaries, struct fault *fault) {
    static const struct desk_limits limits = {IN_LINE_MAX, REPLIES_MAX, REPLY_BYTES_MAX};
    struct clerk clerks[VIEWERS];
    for (size_t i = 0; i < VIEWERS; i++) {
        serving->viewers[i] = viewer_new(places->hub, places->key, boundaries, fault);
        if (!serving->viewers[i])
            return false;
        clerks[i] = (struct clerk){answer_view, serving->viewers[i]};
    }
    serving->sse = sse_new(places->hub, places->key, fault);
    if (!serving->sse)
        return false;
    const struct pulse_listener listener = sse_listener(serving->sse);
    serving->pulse = pulse_new(places->hub, places->key, &listener, fault);
    if (serving->pulse)
        serving->views = desk_new(clerks, VIEWERS, &limits, serving->pulse, fault);
    return serving->views != NULL;
}

static bool open_service(struct serving *serving, const struct places *places,
                         struct fault *fault) {
    static const struct desk_limits limits = {.line = 8};
    const struct clerk clerk = {answer_service, serving};
    serving->metrics = metrics_new(places->hub, places->key, fault);
    if (serving->metrics)
        serving->service = desk_new(&clerk, 1, &limits, NULL, fault);
    return serving->service != NULL;
}

struct serving *serving_new(const struct places *places, const struct boundaries *boundaries,
                            const struct stream *stream, struct fault *fault) {
    struct serving *serving = calloc(1, sizeof *serving);
    if (!serving) {
        fault_memory(fault);
        return NULL;
    }
    serving->places = places;
    serving->stream = stream;
    serving->started_ms = clock_wall_ms();
    if (open_views(serving, places, boundaries, fault) && open_service(serving, places, fault)) {
        const struct http_places http = {.endpoint = places->http,
                                         .names = places->http_names,
                                         .views = serving->views,
                                         .service = serving->service,
                                         .sse = serving->sse};
        __atomic_store_n(&serving->http, http_new(&http, fault), __ATOMIC_RELEASE);
    }
    if (!serving->http)
        (void)serving_destroy(&serving);
    return serving;
}

void serving_audience(struct serving *serving, struct audience *audience) {
    sse_audience(serving->sse, audience);
}

bool serving_destroy(struct serving **serving) {
    struct serving *closing = *serving;
    if (!closing)
        return true;
    *serving = NULL;
    sse_close(closing->sse, STREAMS_STOP_MS);
    if (!desk_close(closing->service, STOP_MS) || !desk_close(closing->views, STOP_MS))
        return false;
    http_destroy(&closing->http);
    desk_destroy(&closing->service);
    desk_destroy(&closing->views);
    pulse_destroy(&closing->pulse);
    sse_destroy(&closing->sse);
    metrics_destroy(&closing->metrics);
    for (size_t i = 0; i < VIEWERS; i++)
        viewer_destroy(&closing->viewers[i]);
    free(closing);
    return true;
}
