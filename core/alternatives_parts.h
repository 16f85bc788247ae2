/* What the files of core/alternatives.h share. An item is planned first: which of the metrics'
 * columns it takes, by which weights, and how its nodes put them together. Items of a block that
 * take the same columns in the same way are scored together, a tile of several at once
 * (alternatives_tile.c), for a few hundred rows at a time, so that what is multiplied is near the
 * processor. What a plan cannot say goes by the scorer, whose metrics' columns are kept
 * (alternatives_kept.c): a way of preparing and normalising metrics is computed once. */
#ifndef CORE_ALTERNATIVES_PARTS_H
#define CORE_ALTERNATIVES_PARTS_H

#include "core/alternatives.h"

#include "core/scorer.h"
#include "core/weighted.h"

enum {
    ITEMS = WEIGHTED_ITEMS, /* of a tile, at most */
    BLOCK = 256,            /* items that are planned before they are scored */
    ROWS = 256,             /* rows at a time: a multiple of WEIGHTED_STEP */
    KEPT_EACH = 32,         /* columns of one metric */
};

/* Numbers in the columns that are kept at most, over all metrics and in all forms: 1 GB. And in
 * those of the items of a tile, of which there are fewer for it, but 4 at least: 64 MB, and as much
 * for what they are covered by. */
#define KEPT_MAX ((size_t)1 << 27)
#define TILE_MAX ((size_t)1 << 23)

/* In which form a column is summed up. Generalised means take columns as they are, and are more
 * than a sum; the rest goes row by row. */
enum form { FORM_VALUE, FORM_LOG, FORM_POSITIVE, FORM_COUNT, FORM_SHARES = FORM_COUNT, FORM_NONE };

/* A metric's scores by one way of preparing and normalising it. */
struct kept {
    struct scale scale;
    struct treatment treatment;
    struct imputation imputation;
    bool dropped; /* screened */
    bool whole;   /* no figure is missing */
    uint8_t *status;
    /* As it is, its logarithms, and as it is where that is above 0; NaN where there is none, and
     * where a figure is missing what adds nothing. NULL: not needed so far. */
    double *column[FORM_COUNT];
};

struct kept_metric {
    struct kept *kept[KEPT_EACH];
    size_t count;
};

/* A child of a node above the metrics. */
struct child {
    size_t node;
    bool metric;
    size_t at; /* among the metrics, or the parents */
};

struct parent {
    size_t node;
    struct child *children;
    size_t n_children;
    bool asked; /* ranks are wanted at it */
    /* Whole columns of each item of a tile, made when they are needed first; and by row, of all
     * items: whether a figure below is missing. */
    double *whole[ITEMS];
    uint8_t *whole_status[ITEMS];
    double *whole_covered[ITEMS]; /* read only where a figure below is missing */
    uint8_t *ragged;
    double *part[ITEMS]; /* ROWS each */
    uint8_t *part_status[ITEMS];
    double *part_covered[ITEMS];
};

/* How a node above the metrics puts its children together: the same for all items of a tile. */
struct recipe {
    double power, coverage;
    enum aggregate method;
    bool of_children;
};

struct plan {
    uint64_t k;
    uint64_t hash;          /* of what items of a tile share: */
    uint8_t *kept;          /* by metric */
    struct recipe *recipes; /* by parent */
    double *weights;        /* by node, of those in the index: 0 or more */
    bool *in;               /* by node */
    struct scale *scales;   /* by parent */
    struct plan *next;      /* of those of its kind, in a block */
};

struct tile; /* alternatives_tile.c */

struct alternatives {
    const struct pack *pack;
    struct scorer *scorer;
    struct method method; /* of one item */
    const size_t *nodes;  /* at which ranks are wanted */
    size_t n_nodes;
    size_t n_rows, n_areas, slices;
    size_t stride; /* numbers from one column to the next: rows, rounded up */
    size_t *at;    /* by node: among the metrics, or the parents */
    size_t *metrics, n_metrics;
    struct parent *parents; /* children first */
    size_t n_parents;
    struct kept_metric *kept;
    size_t n_kept, kept_max; /* numbers; of them at most */
    struct plan *plans;
    struct tile *tile;
    size_t tile_items;    /* at most */
    struct column scores; /* of the node that is being handed over */
    uint32_t *rank;
    uint8_t *band;
    struct arena *arena;
};

/* `count` numbers that lie as vectors do; NULL: memory ran out. */
double *alternatives_numbers(struct arena *arena, size_t count);

/* --- alternatives_kept.c ---------------------------------------------------------------------- */

/* Whether the method prepares each metric as the plans can say. */
bool kept_prepares(const struct alternatives *a, const struct method *method);

/* The kept columns of a metric by its method, in a->kept[metric]; `guess` is looked at
 * first. KEPT_EACH: not there. */
size_t kept_find(const struct alternatives *a, size_t metric, const struct node_method *method,
                 size_t guess);

/* Keeps the metrics' columns of the scorer's last run, which was by `method`. False: memory ran
 * out; where there is only no room for more, they are not kept. */
bool kept_take(struct alternatives *a, const struct method *method, struct fault *fault);

/* The column in a form; NULL: there is no room for more of them. False: memory ran out. */
bool kept_column(struct alternatives *a, struct kept *kept, enum form form, const double **out);

/* --- alternatives_plan.c ---------------------------------------------------------------------- */

bool plan_open(struct alternatives *a);

/* False: the item goes by the scorer. */
bool plan_item(struct alternatives *a, const struct method *method, struct plan *plan);

bool plan_same(const struct alternatives *a, const struct plan *x, const struct plan *y);

/* --- alternatives_tile.c ---------------------------------------------------------------------- */

bool tile_open(struct alternatives *a);

/* Scores the items together; scored[j] says whether item j has scores, which none has where there
 * is no room for the columns. False: memory ran out. */
bool tile_score(struct alternatives *a, struct plan *const *plans, size_t n, bool *scored,
                struct fault *fault);

/* Of an item of the last tile, over all rows. */
struct column tile_scores(const struct alternatives *a, size_t item, size_t node);

#endif
