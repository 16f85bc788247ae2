/* Which observations a place's figure was made of. This is the only place that knows how
 * core/release_areas.c chooses them. */
#include "services/cli/trace_sources.h"

#include "core/status.h"

/* The row of a code for the period; SIZE_MAX: none. */
static size_t row_of(const struct release *release, size_t period, const char *code) {
    for (size_t i = 0; i < release->n; i++) {
        if (release->period[i] == period && strcmp(release->codes[release->code[i]], code) == 0)
            return i;
    }
    return SIZE_MAX;
}

static void fill(struct trace_source *out, const struct release *release, size_t row,
                 const struct geography *geography, const struct source *source) {
    *out = (struct trace_source){.code = &geography->codes[source->code],
                                 .share = 1.0,
                                 .rule = source->rule,
                                 .row = release->line[row],
                                 .period = release->periods[release->period[row]],
                                 .status = (enum status)release->status[row]};
    if (out->status == STATUS_VALUE)
        out->value = release->value[row];
}

/* One step's rows; true where each has a number, so that the step is the one that was taken. */
static bool take_step(const struct release *release, size_t period,
                      const struct geography *geography, const struct source *sources, size_t count,
                      struct trace_source *out, size_t *n) {
    double weights = 0.0;
    bool whole = true;
    *n = 0;
    for (size_t i = 0; i < count; i++)
        weights += sources[i].weight;
    for (size_t i = 0; i < count && *n < TRACE_SOURCES_MAX; i++) {
        size_t row = row_of(release, period, geography->codes[sources[i].code].code);
        whole = whole && row != SIZE_MAX && release->status[row] == STATUS_VALUE;
        if (row == SIZE_MAX)
            continue;
        fill(&out[*n], release, row, geography, &sources[i]);
        out[(*n)++].share = count == 1 ? 1.0 : sources[i].weight / weights;
    }
    return whole;
}

bool trace_sources(const struct release *release, size_t period, const struct geography *geography,
                   const char *level, size_t area, struct trace_source *out, size_t *n) {
    size_t at = geography_level(geography, level);
    *n = 0;
    if (at == SIZE_MAX)
        return false;
    const size_t *first = &geography->first[at * geography->n_areas + area];
    size_t marked = SIZE_MAX; /* a step whose rows have marks, where no step has numbers */
    for (size_t from = first[0], to; from < first[1]; from = to) {
        for (to = from + 1;
             to < first[1] && geography->sources[to].step == geography->sources[from].step; to++)
            continue;
        if (take_step(release, period, geography, geography->sources + from, to - from, out, n))
            return true;
        if (*n && marked == SIZE_MAX)
            marked = from;
    }
    if (marked != SIZE_MAX) {
        size_t to = marked + 1;
        while (to < first[1] && geography->sources[to].step == geography->sources[marked].step)
            to++;
        (void)take_step(release, period, geography, geography->sources + marked, to - marked, out,
                        n);
    }
    return false;
}
