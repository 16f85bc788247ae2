/* How sure ranks are: the index computed again and again with the choices of its definition made
 * otherwise (core/variation.h), and what of the ranks' spread comes from which choice.
 *
 * Replicate k draws, for each factor, a number that is a function of seed, stream, k and factor
 * alone (core/random.h), so that it is the same whoever computes it. A factor with alternatives
 * takes number floor(u n) of them, counted from 0; noise takes one number for each weight. A
 * replicate that cannot be scored is counted and left out. */
#ifndef CORE_UNCERTAINTY_H
#define CORE_UNCERTAINTY_H

#include "core/figures.h"
#include "core/pack.h"

#include <stdbool.h>
#include <stdint.h>

/* --- what items vary -------------------------------------------------------------------------- */

/* For core/alternatives.h: makes `method`, a copy of the definition's, that of replicate k, or that
 * of item row * (factors + 2) + column of the sensitivity design: column 0 is the row of matrix A,
 * column 1 that of B, and column 2 + i that of A with factor i from B. */
void uncertainty_change(const struct definition *definition, uint64_t seed, uint64_t k,
                        struct method *method);
void sensitivity_change(const struct definition *definition, uint64_t seed, uint64_t item,
                        struct method *method);

/* --- rank intervals --------------------------------------------------------------------------- */

struct rank_spread {
    uint32_t n;               /* replicates in which the place has a rank */
    uint32_t nominal;         /* its rank by the definition; 0: none */
    double mean;              /* read if n is above 0, as are: */
    double low, median, high; /* type 7 quantiles, at (1 - interval) / 2, 1/2, (1 + interval) / 2 */
};

struct spread {
    size_t n_areas;
    uint32_t replicates, failed;
    char failure[200];  /* why the first of them failed; "" */
    uint32_t bin_width; /* of the ranks that were counted (core/tally.h); 1: quantiles are exact */
    unsigned bands;
    struct rank_spread *areas;
    uint32_t *band_counts; /* [area * bands + band - 1]: replicates in which it is in the band */
    struct arena *arena;
};

/* Rank intervals at each of `nodes`, by the definition's factors. out[i] belongs to the caller; on
 * failure all are NULL. A fault: no factors, memory, or the definition's own index cannot be
 * scored. */
bool uncertainty_spread(const struct pack *pack, const struct figures *figures, const size_t *nodes,
                        size_t n_nodes, uint32_t replicates, uint64_t seed, struct spread **out,
                        struct fault *fault);
void spread_destroy(struct spread **spread);

/* --- sensitivity ------------------------------------------------------------------------------ */

struct sensitivity_index {
    double value, low, high; /* 95 % percentile bootstrap */
};

/* Of the mean absolute difference of ranks from the definition's own, at one node. */
struct sensitivity {
    size_t n_factors;
    uint32_t rows,
        failed;   /* rows of the design that were asked for; that have a failed replicate */
    bool defined; /* 2 rows, and the output varies */
    double mean, variance;
    struct sensitivity_index *first, *total; /* by factor */
    struct arena *arena;
};

/* Variance-based indices from N (d + 2) replicates: matrices A and B of N rows and, for each of d
 * factors, A with that factor from B. First order: mean((y_B - mean) (y_ABi - y_A)) / V (A.
 * Saltelli et al., Variance based sensitivity analysis of model output, 2010, table 2 b; centred,
 * which changes what it estimates in nothing but its error); total: mean((y_A - y_ABi)^2) / (2 V)
 * (M. J. W. Jansen, Analysis of variance designs for model output, 1999); V is the sample variance
 * of y_A and y_B together. Intervals by resampling rows `bootstrap` times.
 *
 * `outcomes` are of the items of the design (sensitivity_change) in order, NAN for one that cannot
 * be scored; they are moved about. */
struct sensitivity *sensitivity_of(double *outcomes, uint32_t rows, size_t factors, uint64_t seed,
                                   uint32_t bootstrap, struct fault *fault);
void sensitivity_destroy(struct sensitivity **sensitivity);

/* The outcome of an item: the mean absolute difference between the ranks of the places that have
 * both; 0 where none has. */
double mean_rank_shift(const uint32_t *before, const uint32_t *after, size_t n_areas);

/* --- leaving one metric out ------------------------------------------------------------------- */

struct left_out {
    size_t metric;
    bool scored; /* else `failure` says why not */
    char failure[200];
    uint32_t compared; /* places with a rank with and without */
    double mean_shift; /* mean absolute difference of ranks */
    uint32_t most_shift;
    size_t most_area;
    bool has_correlation;
    double correlation; /* Pearson's, of the scores with and without */
};

/* out: one for each metric, in the order of the definition, in room for all nodes; *n_out of them.
 */
bool uncertainty_leave_out(const struct pack *pack, const struct figures *figures, size_t node,
                           struct left_out *out, size_t *n_out, struct fault *fault);

#endif
