#include "services/hub/measures.h"

static const uint64_t bounds_ms[MEASURE_BOUNDS] = {1,   5,    10,   25,   50,    100,   250,
                                                   500, 1000, 2500, 5000, 10000, 30000, 60000};

static const char *const names[MEASURES] = {
    [JOB_READ] = "read",
    [JOB_SCORE] = "score",
    [JOB_COMPARE] = "compare",
    [JOB_PUBLISH] = "publish",
    [JOB_STUDY] = "study",
    [MEASURE_ACCEPT] = "accept",
    [MEASURE_EDITION] = "release-to-edition",
};

void measures_add(struct measures *measures, enum measure what, int64_t ms) {
    uint64_t took = ms > 0 ? (uint64_t)ms : 0;
    size_t bucket = 0;
    while (bucket < MEASURE_BOUNDS && took > bounds_ms[bucket])
        bucket++;
    measures->took[what].counts[bucket]++;
    measures->took[what].sum_ms += (double)took;
}

/* On the wire each bound counts all that took no longer. */
static Histogram *histogram_of(const struct measures *measures, size_t what, struct arena *arena) {
    Histogram *out = arena_alloc(arena, 1, sizeof *out);
    uint64_t *counts = arena_alloc(arena, MEASURE_BOUNDS + 1, sizeof *counts), sum = 0;
    if (!out || !counts)
        return NULL;
    mindex__v1__histogram__init(out);
    for (size_t i = 0; i <= MEASURE_BOUNDS; i++)
        counts[i] = sum += measures->took[what].counts[i];
    out->name = (char *)names[what];
    out->n_bounds_ms = MEASURE_BOUNDS;
    out->bounds_ms = (uint64_t *)bounds_ms;
    out->n_counts = MEASURE_BOUNDS + 1;
    out->counts = counts;
    out->sum_ms = measures->took[what].sum_ms;
    return out;
}

bool measures_status(const struct measures *measures, struct arena *arena, StatusReport *status) {
    status->has_lease_expiries = true;
    status->lease_expiries = measures->lease_expiries;
    status->histograms = arena_alloc(arena, MEASURES, sizeof *status->histograms);
    for (size_t i = 0; status->histograms && i < MEASURES; i++) {
        Histogram *histogram = histogram_of(measures, i, arena);
        if (!histogram)
            return false;
        status->histograms[status->n_histograms++] = histogram;
    }
    return status->histograms != NULL;
}
