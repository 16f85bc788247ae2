/* Which observations a place's figure was made of. */
#include "services/cli/trace_sources.h"

#include "core/status.h"

#include <string.h>

static void fill(struct trace_source *out, const struct release *release, size_t row, double weight,
                 enum rule rule, const struct geography *geography) {
    /* Known, because only a code of the geography can be a source. */
    size_t code = geography_code(geography, release->codes[release->code[row]]);
    *out = (struct trace_source){.code = &geography->codes[code],
                                 .share = weight,
                                 .rule = rule,
                                 .row = release->line[row],
                                 .column = release->column ? release->column[row] : 0,
                                 .period = release->periods[release->period[row]],
                                 .status = (enum status)release->status[row]};
    if (release->n_sheets)
        out->sheet = release->sheets[release->sheet[row]];
    if (out->status == STATUS_VALUE)
        out->value = release->value[row];
    out->flags = release->flags ? release->flags[row] : 0;
    out->low = out->flags & FLAG_HAS_LOW ? release->low[row] : 0.0;
    out->high = out->flags & FLAG_HAS_HIGH ? release->high[row] : 0.0;
}

/* Where there is no figure: the first row of a source of the place that has a mark instead. */
static void find_mark(const struct release *release, size_t period,
                      const struct geography *geography, const char *level, size_t area,
                      struct trace_input *out) {
    size_t at = geography_level(geography, level);
    if (at == SIZE_MAX)
        return;
    const size_t *first = &geography->first[at * geography->n_areas + area];
    for (size_t s = first[0]; s < first[1] && out->n_sources == 0; s++) {
        const struct source *source = &geography->sources[s];
        const char *code = geography->codes[source->code].code;
        for (size_t row = 0; row < release->n && out->n_sources == 0; row++) {
            if (release->period[row] == period && release->status[row] != STATUS_VALUE &&
                strcmp(release->codes[release->code[row]], code) == 0)
                fill(&out->sources[out->n_sources++], release, row, 1.0, source->rule, geography);
        }
    }
}

bool trace_sources(struct arena *arena, const struct release *release, size_t period,
                   const struct geography *geography, size_t area, struct trace_input *out,
                   struct fault *fault) {
    enum rule rule = RULE_NONE;
    size_t most = geography->most_sources + 1;
    struct release_source *found = arena_alloc(arena, most, sizeof *found);
    out->n_sources = 0;
    out->sources = arena_alloc(arena, most, sizeof *out->sources);
    if (!found || !out->sources)
        return fault_memory(fault);
    size_t n = 0;
    if (!release_sources(release, period, geography, out->dataset, area, found, &n, &rule, fault))
        return false;
    for (size_t i = 0; i < n; i++)
        fill(&out->sources[out->n_sources++], release, found[i].observation, found[i].weight, rule,
             geography);
    out->status = n ? STATUS_VALUE : STATUS_ABSENT;
    out->value = 0.0;
    for (size_t i = 0; i < n; i++)
        out->value += out->sources[i].share * out->sources[i].value;
    if (n == 1 && out->sources[0].share == 1.0)
        out->value = out->sources[0].value; /* bit for bit */
    if (n == 0)
        find_mark(release, period, geography, out->dataset->level, area, out);
    if (out->n_sources && n == 0)
        out->status = out->sources[0].status;
    return true;
}
