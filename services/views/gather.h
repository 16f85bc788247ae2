/* Putting an edition's view together out of the store. */
#ifndef VIEWS_GATHER_H
#define VIEWS_GATHER_H

#include "services/bus/library.h"
#include "services/views/view.h"

/* Hashes; NULL: none. */
struct view_hashes {
    const char *pack, *scores, *comparison;
    const char *previous_pack, *previous_scores; /* of the edition before */
};

/* The shown ranks of the older edition at the nodes and areas of the newer one, as struct view has
 * them; freed with free. NULL: out of memory. */
double *view_ranks_before(const struct pack *old_pack, const struct edition *old,
                          const struct pack *pack, struct fault *fault);

/* Fills in pack, edition and comparison, which belong to the library and are there for its turn,
 * and the changes, which go to *changes and are the caller's to destroy; NULL: there is no edition
 * before. Where *changes is there already it is kept. Boundaries that are not given are the pack's.
 */
bool view_gather(struct library *library, const struct view_hashes *hashes, struct view *view,
                 struct changes **changes, struct fault *fault);

/* The hexagons of a pack, to be freed with free. An index of too many areas has none (*cells is
 * NULL): its maps are the real ones. */
bool view_lay_out(const struct pack *pack, struct cell **cells, struct fault *fault);

#endif
