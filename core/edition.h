/* Scoring: from the metrics' figures to scores, ranks and bands at every node. */
#ifndef CORE_EDITION_H
#define CORE_EDITION_H

#include "core/column.h"
#include "core/pack.h"
#include "core/release.h"

#include <stddef.h>
#include <stdint.h>

/* One node's column over the areas of the geography. */
struct node_scores {
    struct column score; /* rule is NULL */
    uint32_t *rank;      /* 0: none */
    uint8_t *band;       /* 0: none */
    /* metrics only */
    struct column raw;  /* the figure that was scored, in the publisher's unit */
    const char *period; /* of those figures; NULL: no release, or none with a number */
};

struct edition {
    size_t n_areas, n_nodes;
    struct node_scores *nodes; /* in the order of the definition */
    struct arena *arena;
};

/* An edition with every column allocated and nothing in it (all STATUS_ABSENT). For
 * edition_score, and for who reads one from a message. */
struct edition *edition_new(const struct pack *pack, struct fault *fault);
void edition_destroy(struct edition **edition);

/* Scores the pack's index from one release for each dataset (`releases[dataset]`, NULL: none yet).
 *
 * For each metric: its dataset's newest period is brought to the areas, turned so that more is
 * more need (times -1 where lower is need), and normalised by the metric level's method. For each
 * node above, an area's score is the aggregate of its children's by weight, where the metrics
 * that enter it make up at least `coverage` of the weight below (a metric's share is the product
 * of the shares on the way down; below a child that is itself thin none enters), and else
 * STATUS_THIN; then the column is normalised by the level's method. Then ranks and bands. Same
 * inputs, same bits. */
struct edition *edition_score(const struct pack *pack, const struct release *const *releases,
                              struct fault *fault);

/* How many areas have a rank at `node`. */
size_t edition_ranked(const struct edition *edition, size_t node);

#endif
