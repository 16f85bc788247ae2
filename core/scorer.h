/* Computing an index: from figures and a method to a score for every place at every node. All
 * memory is made at the start, so that the same index can be computed again and again, with other
 * figures or by another method, without allocating (but for regression and em, which grow theirs
 * once). */
#ifndef CORE_SCORER_H
#define CORE_SCORER_H

#include "core/figures.h"
#include "core/method.h"
#include "core/outliers.h"

struct scorer;

/* A coverage of 0.75 must be met by 6 of 8 metrics however their shares are rounded on the way. */
#define COVERAGE_ROUNDING 1e-9

/* Copies the figures. The pack stays the caller's and must outlive the scorer. */
struct scorer *scorer_new(const struct pack *pack, const struct figures *figures,
                          struct fault *fault);
void scorer_destroy(struct scorer **scorer);

/* Scores every node, in this order:
 *
 *   screening   a metric, and a place (a row), whose share of figures, or whose share of figures
 *               that are not 0 among those it has, is below the method's gets STATUS_SCREENED
 *               everywhere; both are counted on the figures as they came
 *   imputation  core/impute.h
 *   direction   times -1 where lower is need
 *   outliers    core/outliers.h; of a panel within each period, the record is the newest's
 *   normalise   core/normalise.h
 * and for every node above the metrics, children first:
 *   weights     core/weigh.h
 *   aggregate   core/aggregate.h over the children that have a score, where the metrics that enter
 *               it make up at least `coverage` of the weight below (a metric's share is the product
 *               of the shares on the way down; below a child that is itself thin none enters), or
 *               the children that have a score at least so much of their number, and else
 *               STATUS_THIN
 *   normalise
 *
 * In a panel all of it is over all periods together, or within each, as the definition says;
 * the screening of metrics, regression, em, and weights from the figures are always over all.
 * Only what the method says otherwise than in the last run, and what this reaches, is computed
 * anew. Same inputs, same bits, whatever ran before. A fault names the node. */
bool scorer_run(struct scorer *scorer, const struct method *method, struct fault *fault);

/* Screening and imputation alone: scorer_filled and scorer_imputed are there, scores are not. */
bool scorer_prepare(struct scorer *scorer, const struct method *method, struct fault *fault);

/* A metric's figures as they came, to be changed before scorer_rerun; scorer_changed says which. */
struct column *scorer_figures(struct scorer *scorer, size_t node);
void scorer_changed(struct scorer *scorer, size_t node);

/* Puts figures in place of a metric's. Where they are the same it is not to be scored again. */
bool scorer_take(struct scorer *scorer, size_t node, const struct metric_figures *figures,
                 struct fault *fault);

/* Scores again what the changed figures reach, by the method of the last scorer_run. */
bool scorer_rerun(struct scorer *scorer, struct fault *fault);

/* Of the last run. Rows as in core/figures.h. */
const struct column *scorer_scores(const struct scorer *scorer, size_t node);
double scorer_weight(const struct scorer *scorer, size_t node);
/* Metrics only: after imputation, in the publisher's unit; what filled a cell; what was treated,
 * and which cells were winsorised (1; else 0). */
const struct column *scorer_filled(const struct scorer *scorer, size_t node);
const uint8_t *scorer_imputed(const struct scorer *scorer, size_t node);
const uint8_t *scorer_winsorised(const struct scorer *scorer, size_t node);
const struct outliers *scorer_outliers(const struct scorer *scorer, size_t node);

/* The period of a metric's figures; NULL: none. */
const char *scorer_period(const struct scorer *scorer, size_t node);

/* How often the node was scored: while it is the same, so is all that the scorer says of it. */
uint64_t scorer_scored(const struct scorer *scorer, size_t node);

size_t scorer_rows(const struct scorer *scorer);
struct room *scorer_room(struct scorer *scorer); /* of scorer_rows places, free between runs */

#endif
