/* Need against public spend: the regional spend per head, applied to each area by its population,
 * beside the area's score at one node. */
#ifndef CORE_SPEND_H
#define CORE_SPEND_H

#include "core/edition.h"
#include "core/stats.h"

enum quadrant {
    QUADRANT_NONE = 0, /* not compared */
    HIGH_NEED_LOW_SPEND,
    HIGH_NEED_HIGH_SPEND,
    LOW_NEED_LOW_SPEND,
    LOW_NEED_HIGH_SPEND,
};

enum { QUADRANT_COUNT = 5 };

/* "", "high-need-low-spend" ... and "", "high need, low spend" ... Never NULL. */
const char *quadrant_id(enum quadrant quadrant);
const char *quadrant_words(enum quadrant quadrant);

struct spend_row {
    bool compared;
    const char *reason; /* why not; "" when compared. A constant or the pack's text */
    bool has_need, has_spend;
    double need;
    double per_head; /* GBP */
    double total;    /* GBP million: per head x population */
    enum quadrant quadrant;
};

struct spend_region {
    const char *name; /* the pack's text */
    uint32_t compared, high_need_low_spend;
};

struct comparison {
    struct spend_rules rules; /* by which it was made */
    const char *period;       /* the release's text */
    struct spend_row *rows;   /* one for each area of the pack */
    size_t n_rows;
    double need_threshold, spend_threshold; /* above is high */
    struct spend_region *regions;           /* in order of first appearance */
    size_t n_regions;
    uint32_t compared;
    bool has_pearson, has_spearman;
    struct correlation pearson, spearman;
    struct arena *arena;
};

/* Compares by the definition's rules. Thresholds are over the areas compared. The comparison
 * points into the pack and the release, which must outlive it. A fault when the definition has no
 * comparison, or nothing can be compared. */
struct comparison *spend_compare(const struct pack *pack, const struct edition *edition,
                                 const struct release *spend, struct fault *fault);

/* The figures of `from` compared by other rules of the same dataset and node: another measure,
 * other thresholds, other areas left out. Points into `rules`, `from` and the pack, which must
 * outlive it. A fault when nothing is left to compare. */
struct comparison *spend_compare_by(const struct pack *pack, const struct comparison *from,
                                    const struct spend_rules *rules, struct fault *fault);

void comparison_destroy(struct comparison **comparison);

#endif
