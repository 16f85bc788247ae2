/* How an index is computed: every choice that a definition makes, as plain values that can be
 * copied and varied. core/definition.h reads them, core/scorer.h computes by them. */
#ifndef CORE_METHOD_H
#define CORE_METHOD_H

#include "core/stats.h"

#include <stdbool.h>
#include <stddef.h>

/* How missing figures of a metric are filled in; core/impute.h says what each computes. The numbers
 * are on the wire: never change one. */
enum impute {
    IMPUTE_NONE = 0,
    IMPUTE_MEDIAN = 1,
    IMPUTE_MEAN = 2,
    IMPUTE_GROUP_MEDIAN = 3,
    IMPUTE_GROUP_MEAN = 4,
    IMPUTE_REGRESSION = 5,
    IMPUTE_EM = 6,
    IMPUTE_CARRIED = 7,
};

enum { IMPUTE_COUNT = 8 };

enum grouping { GROUP_REGION, GROUP_TYPE };

struct imputation {
    bool own; /* the metric's, not its level's */
    enum impute method;
    enum grouping group;      /* of the methods by group */
    const char *const *names; /* regression: the metrics that it is on, by id ... */
    const size_t *on;         /* ... and as nodes */
    size_t n_on;
};

enum transform {
    TRANSFORM_NONE,
    TRANSFORM_LOG,
    TRANSFORM_LOG_SHIFTED,
    TRANSFORM_LOG_FROM_ONE,
    TRANSFORM_LOG_MIRRORED,
    TRANSFORM_BOX_COX,
    TRANSFORM_COUNT,
};

/* How a metric's outliers are treated; core/outliers.h says what each does. */
struct treatment {
    bool own; /* the metric's, not its level's */
    bool on;
    bool always;               /* the transform, whatever the shape */
    double skewness, kurtosis; /* a column passes below either */
    unsigned winsorise;        /* move points until that many have been; 0: none */
    enum transform transform;  /* when that was not enough */
    bool has_lambda;           /* Box-Cox; else by maximum likelihood */
    double lambda;
};

/* How a column of figures becomes comparable; core/normalise.h says what each computes. */
enum normalise {
    NORMALISE_NONE,
    NORMALISE_MIN_MAX,
    NORMALISE_Z_SCORE,
    NORMALISE_PERCENTILE_RANK,
    NORMALISE_RANK,
    NORMALISE_BORDA,
    NORMALISE_SCALED,
    NORMALISE_GOALPOSTS,
    NORMALISE_TARGET,
    NORMALISE_LEADER,
    NORMALISE_REFERENCE,
    NORMALISE_MAXIMUM,
    NORMALISE_EXPONENTIAL,
    NORMALISE_COUNT,
};

/* A method of normalisation with all that it needs. Figures are in the publisher's unit. */
struct scale {
    bool own; /* the metric's, not its level's */
    enum normalise method;
    double low, high;           /* the range; mean and sd of the z-score */
    double post_low, post_high; /* scaled, goalposts: what becomes low and high */
    double target;              /* distance to target: what becomes high */
    const char *reference;      /* distance to reference: code of the area that becomes high */
    bool capped;                /* distance to target, to reference: never above high */
    enum ties ties;             /* methods that rank */
    unsigned given; /* which keys the definition has given: bits by definition_scale.c */
};

/* Where the weights of a node's children come from; core/weigh.h says what each computes. */
enum weighting {
    WEIGHTS_GIVEN,
    WEIGHTS_EQUAL,
    WEIGHTS_PCA,
    WEIGHTS_PCA_SQUARED,
    WEIGHTS_OPTIMISED,
    WEIGHTS_COUNT,
};

/* How the scores of children become one; core/aggregate.h says what each computes. */
enum aggregate {
    AGGREGATE_ARITHMETIC,
    AGGREGATE_GEOMETRIC,
    AGGREGATE_HARMONIC,
    AGGREGATE_GENERALISED,
    AGGREGATE_MEDIAN,
    AGGREGATE_COPELAND,
    AGGREGATE_OUTRANKING,
    AGGREGATE_COUNT,
};

struct combination {
    enum aggregate method;
    double power; /* of the generalised mean */
};

struct node_method {
    struct scale scale;
    double weight; /* among its siblings, relative; by the weight set in force */
    /* metrics only */
    struct imputation imputation;
    struct treatment treatment;
    bool left_out; /* as if the metric were not in the tree */
    /* nodes above metrics only */
    enum weighting weighting; /* of its children */
    struct combination combination;
    double coverage; /* least share (0 to 1) of what is below that must have a value ... */
    bool
        of_children; /* ... which is the children, each counting the same; else metrics by weight */
};

/* Least shares (0 to 1; 0: no screening) that a place, or a metric, must have to enter the index.
 */
struct screening {
    double place_available, place_non_zero;
    double metric_available, metric_non_zero;
};

struct method {
    struct screening screening;
    struct node_method *nodes; /* one for each node of the definition */
};

/* Words of a definition. */
extern const char *const impute_names[IMPUTE_COUNT];
extern const char *const transform_names[TRANSFORM_COUNT];
extern const char *const weighting_names[WEIGHTS_COUNT];

#endif
