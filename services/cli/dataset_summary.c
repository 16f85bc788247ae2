#include "services/cli/dataset_summary.h"

#include "core/column.h"

static bool count(struct arena *arena, const struct release *release, struct summary *out) {
    out->n_periods = release->n_periods;
    out->periods = arena_alloc(arena, release->n_periods, sizeof *out->periods);
    if (!out->periods)
        return false;
    out->newest = release_newest(release);
    out->low = out->high = SIZE_MAX;
    for (size_t i = 0; i < release->n_periods; i++)
        out->periods[i].period = release->periods[i];
    for (size_t i = 0; i < release->n; i++) {
        struct period_summary *period = &out->periods[release->period[i]];
        period->figures++;
        out->status[release->status[i]]++;
        for (size_t bit = 0; release->flags && bit < 8; bit++)
            out->flags[bit] += release->flags[i] >> bit & 1;
        if (release->status[i] != STATUS_VALUE)
            continue;
        period->numbers++;
        if (out->low == SIZE_MAX || release->value[i] < release->value[out->low])
            out->low = i;
        if (out->high == SIZE_MAX || release->value[i] > release->value[out->high])
            out->high = i;
    }
    return true;
}

static bool reach(struct arena *arena, const struct release *release,
                  const struct geography *geography, const char *level, struct summary *out) {
    struct fault fault = {0};
    size_t n = geography->n_areas;
    struct column column = {.count = n,
                            .value = arena_alloc(arena, n, sizeof(double)),
                            .status = arena_alloc(arena, n, 1),
                            .rule = arena_alloc(arena, n, 1)};
    out->not_reached = arena_alloc(arena, n, sizeof *out->not_reached);
    if (!column.value || !column.status || !column.rule || !out->not_reached)
        return false;
    if (out->newest == SIZE_MAX || geography_level(geography, level) == SIZE_MAX)
        return true;
    const struct dataset dataset = {.level = level};
    if (!release_to_areas(release, out->newest, geography, &dataset, &column, &fault))
        return false;
    out->reaches = true;
    out->n_areas = n;
    for (size_t i = 0; i < n; i++) {
        if (column.status[i] == STATUS_VALUE)
            out->reached++;
        else
            out->not_reached[out->n_not_reached++] = geography->areas[i].name;
    }
    return true;
}

const struct summary *summarise(struct arena *arena, const struct release *release,
                                const struct geography *geography, const char *level) {
    struct summary *out = arena_alloc(arena, 1, sizeof *out);
    if (!out || !count(arena, release, out) || !reach(arena, release, geography, level, out))
        return NULL;
    return out;
}
