/* What came of a release that was read: counts, range, and the areas of the index it reaches. */
#ifndef CLI_DATASET_SUMMARY_H
#define CLI_DATASET_SUMMARY_H

#include "core/arena.h"
#include "core/geography.h"
#include "core/release.h"
#include "core/status.h"

struct period_summary {
    const char *period;
    size_t figures, numbers;
};

struct summary {
    struct period_summary *periods; /* oldest first */
    size_t n_periods, newest;       /* newest SIZE_MAX: there is no number */
    size_t status[STATUS_COUNT];
    size_t flags[8];  /* by bit */
    size_t low, high; /* observations with the smallest and the largest number */
    bool reaches;     /* the rest is known */
    size_t n_areas, reached;
    const char **not_reached; /* names of areas without a number in the newest period */
    size_t n_not_reached;
};

/* NULL: out of memory. It lies in the arena and uses the release's texts. */
const struct summary *summarise(struct arena *arena, const struct release *release,
                                const struct geography *geography, const char *level);

#endif
