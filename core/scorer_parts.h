/* The parts of a scorer, for the core/scorer*.c files only. */
#ifndef CORE_SCORER_PARTS_H
#define CORE_SCORER_PARTS_H

#include "core/arena.h"
#include "core/generalised.h"
#include "core/impute.h"
#include "core/scorer.h"

struct scored_node {
    struct column came;       /* metrics: the figures as they came */
    uint8_t *carried;         /* metrics: of those, what was carried forward */
    char *period;             /* metrics: the newest of those; NULL: none */
    struct column filled;     /* metrics: screened and imputed; what came, where nothing is */
    uint8_t *imputed;         /* metrics: what filled it in */
    struct column own_filled; /* metrics: room for what is screened or imputed, made when needed */
    uint8_t *own_imputed;
    struct outliers outliers; /* metrics */
    uint8_t *winsorised;      /* metrics: by row */
    struct column score;
    double *covered; /* above metrics: which share of the weight below has a value, for each row */
    bool whole;      /* every row has a score, of all the weight below; `covered` is not set */
    double weight;   /* in force, among its siblings */
    bool dropped;    /* not in the index: left out, or screened */
    bool came_anew;  /* metrics: to be screened and imputed again */
    bool dirty;      /* to be scored again */
    uint64_t scored; /* how often it was */
};

struct scorer {
    const struct pack *pack;
    const struct definition *definition;
    const struct method *method; /* of the last run */
    struct method last;          /* what it said then; its nodes are the scorer's */
    bool has_run;
    struct scored_node *nodes;
    size_t n_nodes, n_rows, n_areas, slices;
    bool *place_dropped; /* by row */
    bool drops_places;   /* any */
    struct impute_table table;
    struct room room;
    /* of one node's children */
    double *score, *weight, *work;
    const struct column **children;
    struct generalised_child *generalised;
    const char **ids;
    struct arena *arena;
};

/* Screens and imputes the metrics whose figures came anew. */
bool scorer_prepare_metrics(struct scorer *scorer, struct fault *fault);

/* The score of a node: of a metric, from its prepared figures; above, from its children's. */
bool scorer_score_metric(struct scorer *scorer, size_t node, struct fault *fault);
bool scorer_score_parent(struct scorer *scorer, size_t node, struct fault *fault);

/* The rows of slice s: one for each panel period, or all together. */
struct column scorer_slice(const struct scorer *scorer, const struct column *column, size_t s);

/* Brings the node's scores to its scale. */
bool scorer_normalise(struct scorer *scorer, size_t node, struct fault *fault);

/* The first row whose score is not finite: what overflowed must not reach a comparison, which would
 * take it without a word. SIZE_MAX: all are. Rows without a score have a 0 in its place. */
size_t scorer_not_finite(const struct column *score);
/* A fault that names the node and the area of that score. */
bool scorer_check_finite(const struct scorer *scorer, size_t node, const char *what,
                         struct fault *fault);

#endif
