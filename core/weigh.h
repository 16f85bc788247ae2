/* The weights of a node's children, where the figures decide them. */
#ifndef CORE_WEIGH_H
#define CORE_WEIGH_H

#include "core/column.h"
#include "core/fault.h"
#include "core/method.h"

/* One node's children; those that are left out of the index are not among them. */
struct weigh_children {
    const struct column *const *columns; /* scores */
    const char *const *ids;              /* for faults */
    const double *given;                 /* the definition's weights */
    size_t count;
    double *work; /* WEIGH_WORK(count) numbers */
};

#define WEIGH_WORK(count) (2 * (count) * (count) + 2 * (count))

/* Weights, in the order of the children:
 *
 *   given        the definition's
 *   equal        1 each
 *   pca          the loadings on the first principal component of the correlations (eigenvector of
 *                length 1, turned so that its sum is not negative)
 *   pca-squared  their squares, the share of the component's variance that a child explains
 *                (OECD/JRC, Handbook on Constructing Composite Indicators, 2008, step 6)
 *   optimised    those with which the correlation of each child with the weighted mean of all is
 *                proportional to its given weight, that is its stated importance (Becker et al.,
 *                Weights and importance in composite indicators, 2017); they solve C w = s t, with
 *                C the covariance, s the standard deviations and t the importances, and are exact
 *
 * Correlations are over the places where every child has a score. Weights sum to 1, but for those
 * given and equal. A fault where a weight would not be above 0, or cannot be computed: too few
 * places, a child that is the same everywhere, children that depend on each other. */
bool weigh(enum weighting method, const struct weigh_children *children, double *weights,
           struct fault *fault);

#endif
