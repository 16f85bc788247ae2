/* An edition as it is shown: everything that its pictures, tables and pages are made of. */
#ifndef VIEWS_VIEW_H
#define VIEWS_VIEW_H

#include "core/boundaries.h"
#include "core/cartogram.h"
#include "core/changes.h"
#include "core/edition.h"
#include "core/spend.h"

#include <stdint.h>

struct view {
    uint64_t number;
    uint64_t time_ms; /* when it was scored; 0: not told */
    const struct pack *pack;
    const struct edition *edition;
    const struct changes *changes; /* NULL: the first edition */
    /* [node * n_areas + area]: the rank shown in the edition before, 0: none, or no such place or
     * node there. NULL: the first edition, or not asked for */
    const double *before;
    const struct reasons *reasons;       /* of those changes; NULL: nobody knows them */
    const char *cause, *dataset, *label; /* dataset and label NULL: the definition is the cause */
    const char *nature; /* data, revision, method or withdrawal; NULL: nobody said */
    const struct comparison *comparison; /* NULL: none */
    const struct cell *cells;            /* a hexagon for each area; NULL: no cartograms */
    const struct boundaries *boundaries; /* NULL: no maps with real boundaries */
};

/* Whether the index is compared with spend at all; the comparison may be still to come. */
static inline bool view_of_spend(const struct view *view) {
    return view->pack->definition->spend.dataset != NO_DATASET;
}

/* The rank shown in the edition before; 0: none there, no such place or node there, or not known.
 * That no rank change is told of does not say that the rank was the same: a place or a node that
 * only one edition has is no change. */
static inline double view_rank_before(const struct view *view, size_t node, size_t area) {
    return view->before ? view->before[node * view->pack->geography->n_areas + area] : 0;
}

#endif
