/* What the two files share that score a tile: alternatives_tile.c by columns, alternatives_rows.c
 * the rows that sums of whole columns cannot say. */
#ifndef CORE_ALTERNATIVES_TILE_H
#define CORE_ALTERNATIVES_TILE_H

#include "core/alternatives_parts.h"
#include "core/generalised.h"

/* Of one parent, for the items of the tile. */
struct mix {
    enum form form;
    const struct child **children; /* those that are in the index in any item */
    size_t count;
    bool shared;     /* all are metrics, whose columns are those of every item */
    double *weights; /* [child * ITEMS + item], and below [item * count + child] */
    double *weights_by_item;
    double *in; /* as `weights`: 1 of those in the index, else 0 */
    double all[ITEMS];
    const double **columns; /* by child: metrics' whole columns; NULL for parents */
    const uint8_t **status; /* likewise */
    const double **x;       /* by child, of the part that is being scored */
    struct generalised_child *generalised;
    bool whole, normalised;
    bool gaps;     /* below it figures are missing */
    unsigned pass; /* after that in which what is below is normalised */
};

struct tile {
    struct plan *const *plans;
    size_t n;
    bool *scored;
    bool fits;         /* there is room for the columns that it takes */
    struct mix *mixes; /* by parent */
    double *forms;     /* of one item's children that are parents: ROWS each */
    double *score, *weight;
    size_t from, rows; /* the part that is being scored */
};

/* What an item has at a parent in the rows that are being scored. */
static inline double *tile_values(const struct alternatives *a, size_t p, size_t j) {
    const struct parent *parent = &a->parents[p];
    return a->tile->mixes[p].whole ? parent->whole[j] + a->tile->from : parent->part[j];
}

static inline uint8_t *tile_statuses(const struct alternatives *a, size_t p, size_t j) {
    const struct parent *parent = &a->parents[p];
    return a->tile->mixes[p].whole ? parent->whole_status[j] + a->tile->from
                                   : parent->part_status[j];
}

static inline double *tile_coverages(const struct alternatives *a, size_t p, size_t j) {
    const struct parent *parent = &a->parents[p];
    return a->tile->mixes[p].whole ? parent->whole_covered[j] + a->tile->from
                                   : parent->part_covered[j];
}

/* --- alternatives_rows.c ---------------------------------------------------------------------- */

/* One row of one item, by any mean. False: it has none. */
bool tile_score_row(const struct alternatives *a, size_t p, size_t j, size_t r);

/* One row of all items, by an arithmetic or a geometric mean. Where it has none, the score is not
 * finite. */
void tile_score_row_of_all(const struct alternatives *a, size_t p, size_t r);

#endif
