/* Scoring: from the metrics' figures to scores, ranks and bands at every node. */
#ifndef CORE_EDITION_H
#define CORE_EDITION_H

#include "core/column.h"
#include "core/pack.h"
#include "core/release.h"
#include "core/scorer.h"

#include <stddef.h>
#include <stdint.h>

/* One node's column over the areas of the geography. */
struct node_scores {
    struct column score; /* rule is NULL */
    uint32_t *rank;      /* 0: none; of equal scores the best, where the average is shown */
    double *shown_rank;  /* the same, but the average of equal ones where the definition says so */
    uint8_t *band;       /* 0: none */
    /* metrics only */
    struct column raw;        /* the figure that was scored, in the publisher's unit */
    uint8_t *imputed;         /* enum impute: what filled in the figure; 0: it was published */
    struct outliers outliers; /* what was done before it was normalised */
    uint8_t *winsorised;      /* 1: the place's figure was moved; else 0 */
    const char *period;       /* of those figures; NULL: no release, or none with a number */
};

struct kept_node;

struct edition {
    size_t n_areas, n_nodes;
    struct node_scores *nodes; /* in the order of the definition */
    struct kept_node **kept;   /* whose columns they are, which other editions may have too */
    struct arena *arena;
};

/* An edition with every column allocated and nothing in it (all STATUS_ABSENT). For
 * edition_score, and for who reads one from a message. */
struct edition *edition_new(const struct pack *pack, struct fault *fault);
void edition_destroy(struct edition **edition);

/* Scores the pack's index from one release for each dataset (`releases[dataset]`, NULL: none yet),
 * as core/figures.h takes the figures and core/scorer.h scores them; then ranks and bands. Of a
 * panel, the newest period. Same inputs, same bits. */
struct edition *edition_score(const struct pack *pack, const struct release *const *releases,
                              struct fault *fault);

/* One period (from 0; without a panel there is only that) of what the scorer's last run scored. */
struct edition *edition_of_scorer(const struct pack *pack, struct scorer *scorer, size_t period,
                                  struct fault *fault);

/* The same after other figures, beside `before`, which is of the same scorer and period (NULL:
 * none): what was not scored again since is neither ranked nor copied, but shared. Both editions
 * stay on their own; they belong to one thread. */
struct edition *edition_after(const struct pack *pack, struct scorer *scorer, size_t period,
                              const struct edition *before, struct fault *fault);

/* Fills shown_rank of every node from rank. */
bool edition_show_ranks(struct edition *edition, enum ties ties, struct fault *fault);

/* How many areas have a rank at `node`. */
size_t edition_ranked(const struct edition *edition, size_t node);

#endif
