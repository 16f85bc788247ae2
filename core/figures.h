/* The figures that an index is made of: for every metric a column over the places, taken from the
 * releases, before anything is filled in or treated. */
#ifndef CORE_FIGURES_H
#define CORE_FIGURES_H

#include "core/column.h"
#include "core/pack.h"
#include "core/release.h"

#include <stdint.h>

struct metric_figures {
    struct column column; /* in the publisher's unit, or per its denominator */
    uint8_t *imputed;     /* IMPUTE_CARRIED where an older period's figure stands in; else 0 */
    const char *period;   /* the newest of those figures; NULL: none */
};

/* Row r is of area r % n_areas in panel period r / n_areas; without a panel there is one period,
 * the newest of each release. */
struct figures {
    size_t n_areas, n_periods, n_rows;
    struct metric_figures *metrics; /* by node; nodes that are no metrics are empty */
    struct arena *arena;
};

/* Takes the figures of the pack's metrics from one release for each dataset (`releases[dataset]`,
 * NULL: none yet). For each metric its dataset's newest period that has a figure, or, in a panel,
 * the period that begins on the same day as the panel's, is brought to the areas. Where the metric
 * carries forward, a gap takes the newest older figure of its release. Then the figure is divided
 * by its denominator, from the same period or else the newest of that dataset, and multiplied by
 * `per`; without a denominator above 0 it takes the denominator's status, or STATUS_NOT_APPLICABLE.
 */
struct figures *figures_new(const struct pack *pack, const struct release *const *releases,
                            struct fault *fault);
void figures_destroy(struct figures **figures);

/* Room for the figures of one metric over n rows. False: memory ran out. */
bool figures_metric_room(struct arena *arena, size_t n, struct metric_figures *out);

/* Takes the figures of one metric into such room, as figures_new does; `spare`, of n_areas places
 * with rules, is used on the way. The period is the release's text. */
bool figures_metric(const struct pack *pack, const struct release *const *releases, size_t node,
                    struct metric_figures *out, struct column *spare, struct fault *fault);

/* A column of n places, all STATUS_ABSENT; with rules or without. False: memory ran out. */
bool figures_column(struct arena *arena, size_t n, bool ruled, struct column *out);

#endif
