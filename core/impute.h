/* Imputation: filling in what is missing, by the definition's rule, with a mark that stays. */
#ifndef CORE_IMPUTE_H
#define CORE_IMPUTE_H

#include "core/column.h"
#include "core/geography.h"
#include "core/method.h"
#include "core/room.h"

#include <stdint.h>

/* A metric's figures with the marks: imputed[row] is the enum impute that filled the cell, 0: none.
 */
struct impute_metric {
    const char *id; /* for faults */
    struct column *column;
    uint8_t *imputed;
};

/* All the metrics of an index, by node; `column` is NULL for nodes that are none, and for metrics
 * that are left out. */
struct impute_table {
    struct impute_metric *metrics;
    size_t n_nodes, n_rows;
    size_t slice; /* rows that are filled in by themselves: n_rows, or those of one period */
    const struct area *areas; /* row r is a figure of areas[r % n_areas] */
    size_t n_areas;
    size_t *indexes; /* room for 3 * n_nodes */
    double *work;    /* grown when needed, freed by the owner of the table */
    size_t work_room;
};

/* Fills in the missing figures of every metric by methods[node].imputation. All methods read
 * figures alone and never what another has filled in (but what was carried forward counts as a
 * figure). Not applicable ([z]) is never filled in; nor is a cell about which the method knows
 * nothing (no figure in the group, a gap among the regression's own metrics).
 *
 *   median, mean                of the metric's figures
 *   group-median, group-mean    of those of the same region or type
 *   regression                  least squares with an intercept on the metrics of the definition,
 *                               over the places that have all of them
 *   em                          the conditional mean given the place's other figures, under a
 *                               multivariate normal distribution with the mean and covariance of
 *                               greatest likelihood, over all metrics that ask for em, by
 *                               expectation-maximisation (Dempster, Laird and Rubin, 1977; Little
 *                               and Rubin, Statistical Analysis with Missing Data, ch. 11) until
 *                               all changes of a parameter that are still to come add up to less
 *                               than 1e-12 of the metric's standard deviation
 *   carry-forward               done before, core/figures.h
 *
 * A fault names the metric and says why a method cannot be applied. */
bool impute(struct impute_table *table, const struct node_method *methods, struct room *room,
            struct fault *fault);

#endif
