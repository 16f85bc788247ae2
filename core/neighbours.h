/* Statistical neighbours: the places that are most like one by the index's own metrics.
 *
 * The distance between two places is the Euclidean distance of their metrics' scores, each
 * standardised over the places that have it of their own (less the mean, by the standard deviation
 * of the sample), as
 * benchmarking of English authorities has it (T. Benton et al., The Development of the Children's
 * Services Statistical Neighbour Benchmarking Tool, NFER 2007), here with equal weights. Scores are
 * the figures after the treatment of outliers, so that no single extreme figure decides.
 *
 * A figure that is not a place's own says nothing about how alike two places are: what is missing,
 * imputed, or the rate of a larger area (cascaded, of a successor) is left out for that place, and
 * so is a metric that is the same everywhere. Of the M metrics that the place has both have m: the
 * distance is sqrt(M / m * sum of squares), after J. K. Dixon, Pattern recognition with partly
 * missing data (1979). Places that share fewer than half of the M are no neighbours. */
#ifndef CORE_NEIGHBOURS_H
#define CORE_NEIGHBOURS_H

#include "core/edition.h"

struct neighbour {
    size_t area;
    double distance;
    size_t shared; /* metrics that both have */
};

/* The nearest first, of equals in the order of the areas; at most `most`, into `out`. *n_metrics is
 * how many metrics of its own the place has. False: memory. */
bool neighbours_find(const struct pack *pack, const struct edition *edition, size_t area,
                     size_t most, struct neighbour *out, size_t *n, size_t *n_metrics,
                     struct fault *fault);

#endif
