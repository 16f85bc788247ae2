/* From the codes that a publisher uses to the areas of the index. */
#include "core/release.h"

#include "core/status.h"

#include <stdlib.h>

size_t release_newest(const struct release *release) {
    size_t newest = SIZE_MAX;
    for (size_t i = 0; i < release->n; i++) {
        if (release->status[i] != STATUS_VALUE)
            continue;
        if (newest == SIZE_MAX || release->period[i] > newest)
            newest = release->period[i];
    }
    return newest;
}

/* For each code of the geography: the observation of the period plus 1, or 0. */
static uint32_t *by_code(const struct release *release, size_t period,
                         const struct geography *geography) {
    uint32_t *found = calloc(geography->n_codes + 1, sizeof *found);
    size_t *known = calloc(release->n_codes + 1, sizeof *known);
    for (size_t i = 0; known && i < release->n_codes; i++) {
        known[i] = geography_code(geography, release->codes[i]);
    }
    for (size_t i = 0; found && known && i < release->n; i++) {
        size_t code = known[release->code[i]];
        if (release->period[i] == period && code != SIZE_MAX)
            found[code] = (uint32_t)i + 1;
    }
    if (!known) {
        free(found);
        found = NULL;
    }
    free(known);
    return found;
}

/* The weighted mean of the sources of one step; false where one of them has no number. */
static bool step_value(const struct release *release, const uint32_t *found,
                       const struct source *sources, size_t count, double *out) {
    double sum = 0, weights = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t row = found[sources[i].code];
        if (!row || release->status[row - 1] != STATUS_VALUE)
            return false;
        if (count == 1) {
            *out = release->value[row - 1]; /* bit for bit: no multiplying by a weight */
            return true;
        }
        sum += sources[i].weight * release->value[row - 1];
        weights += sources[i].weight;
    }
    *out = sum / weights;
    return weights > 0;
}

static void place(const struct release *release, const uint32_t *found,
                  const struct source *sources, size_t count, struct column *out, size_t area) {
    out->status[area] = STATUS_ABSENT;
    out->rule[area] = RULE_NONE;
    out->value[area] = 0;
    for (size_t from = 0, to; from < count; from = to) {
        for (to = from + 1; to < count && sources[to].step == sources[from].step; to++)
            continue;
        if (step_value(release, found, sources + from, to - from, &out->value[area])) {
            out->status[area] = STATUS_VALUE;
            out->rule[area] = (uint8_t)sources[from].rule;
            return;
        }
        for (size_t i = from; i < to && out->status[area] == STATUS_ABSENT; i++) {
            uint32_t row = found[sources[i].code];
            if (row && release->status[row - 1] != STATUS_VALUE) {
                out->status[area] = release->status[row - 1];
            }
        }
    }
}

bool release_to_areas(const struct release *release, size_t period,
                      const struct geography *geography, const char *level, struct column *out,
                      struct fault *fault) {
    size_t at = geography_level(geography, level);
    if (at == SIZE_MAX) {
        return fault_set(fault, FAULT_INPUT, "the geography has no sources for the level '%s'",
                         level);
    }
    uint32_t *found = by_code(release, period, geography);
    if (!found)
        return fault_memory(fault);
    for (size_t area = 0; area < geography->n_areas; area++) {
        const size_t *first = &geography->first[at * geography->n_areas + area];
        place(release, found, geography->sources + first[0], first[1] - first[0], out, area);
    }
    free(found);
    return true;
}
