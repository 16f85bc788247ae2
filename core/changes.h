/* Rank changes: which places moved, at which node, between two editions. */
#ifndef CORE_CHANGES_H
#define CORE_CHANGES_H

#include "core/edition.h"

struct change {
    size_t node, area;           /* in the newer edition's pack */
    uint32_t old_rank, new_rank; /* 0: none */
    uint8_t old_band, new_band;
    uint8_t old_status, new_status;
    double old_score, new_score; /* read only where the status is STATUS_VALUE */
};

struct changes {
    size_t count;
    struct change *changes; /* by node, then by area, in the newer edition's order */
};

/* Every (node, area) whose rank differs, nodes and areas matched by id and code, so that the two
 * packs may differ. A node or an area that only one edition has is not a change. NULL: memory. */
struct changes *changes_between(const struct pack *old_pack, const struct edition *old_edition,
                                const struct pack *new_pack, const struct edition *new_edition,
                                struct fault *fault);
void changes_destroy(struct changes **changes);

/* How many of them are at `node`. */
size_t changes_at(const struct changes *changes, size_t node);

#endif
