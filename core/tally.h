/* How often each place had which rank, over any number of items: from it rank intervals are read.
 *
 * Counts are whole numbers that add up, so that items may come in any order, on any number of
 * computers, and be put together in any order: the bytes are the same.
 *
 * Ranks are counted in bins of equal width. In bins of width 1 quantiles are exact; in wider ones a
 * rank is taken for the middle of its bin, but never beyond the least or the largest that the place
 * had, so that a quantile is within (width - 1) / 2 of the exact one, and exact where it is the
 * least or the largest. The mean is exact in either case. */
#ifndef CORE_TALLY_H
#define CORE_TALLY_H

#include "core/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Counts that are kept at most, over all places and nodes: what bounds a tally, whatever the number
 * of items. */
enum { TALLY_CELLS_MAX = 40000000 };

/* The narrowest bins with which the tallies of so many items at so many nodes are within that: 1
 * where even a count for each item would be. */
uint32_t tally_bin_width(size_t n_areas, size_t n_nodes, uint64_t items);

/* --- counting --------------------------------------------------------------------------------- */

/* The ranks at one node. */
struct tally;

/* One of the tallies at n_nodes nodes, which share the memory that speed is bought with: 32 MB, or
 * 64 bytes for each place and node where that is more. */
struct tally *tally_new(size_t n_areas, unsigned bands, uint32_t bin_width, size_t n_nodes,
                        struct fault *fault);
void tally_destroy(struct tally **tally);

/* Adds an item: a rank (1 to n_areas; 0: none) and a band (1 to bands) for each place. After a
 * failure the tally is of no use. */
bool tally_add(struct tally *tally, const uint32_t *rank, const uint8_t *band, struct fault *fault);

/* What has been added, in bytes that the caller frees; NULL: memory ran out. */
uint8_t *tally_bytes(struct tally *tally, size_t *length, struct fault *fault);

/* --- bytes ------------------------------------------------------------------------------------ */

struct tally_span {
    const uint8_t *bytes;
    size_t length;
};

struct tally_shape {
    size_t n_areas;
    unsigned bands;
    uint32_t bin_width;
    uint32_t items;
};

/* What a tally is of, by how its bytes begin. False: they are none. */
bool tally_shape(const struct tally_span *span, struct tally_shape *shape, struct fault *fault);

/* The same, with all of its bytes checked. False: they are none, or not whole. */
bool tally_check(const struct tally_span *span, struct tally_shape *shape, struct fault *fault);

/* Several tallies of one shape as one, as if it had been given all their items: in bytes that the
 * caller frees. n at least 1. NULL: they are not what they should be, or memory ran out. */
uint8_t *tally_merge(const struct tally_span *spans, size_t n, size_t *length, struct fault *fault);

struct tally_place {
    uint32_t n;               /* items in which the place has a rank */
    double mean;              /* read if n is above 0, as are: */
    double low, median, high; /* type 7 quantiles, at (1 - interval) / 2, 1/2, (1 + interval) / 2 */
};

/* places: one for each area. band_counts[area * bands + band - 1]: items in which it is in the
 * band. */
bool tally_summarise(const struct tally_span *span, double interval, struct tally_place *places,
                     uint32_t *band_counts, struct fault *fault);

#endif
