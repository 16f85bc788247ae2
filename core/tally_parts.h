/* What counting ranks (core/tally.c) and their bytes (core/tally_bytes.c) share.
 *
 * A tally in bytes is a row of whole numbers, each in seven bits a byte, the lowest first, as short
 * as can be:
 *   version, areas, bands, bin width, items
 * and for each area
 *   missing     items in which it has no rank; where that is all of them, nothing follows
 *   bands - 1   items in each band but the last
 *   beyond      the sum of its ranks less the least rank of each one's bin
 *   best, range in bins wider than 1: its least rank, less 1, and how far the largest lies above
 *   bins        each with a count above 0, until the counts add up to items - missing: twice the
 *               number of empty bins before it, and where its count is above 1, plus 1, and then
 *               count - 2 */
#ifndef CORE_TALLY_PARTS_H
#define CORE_TALLY_PARTS_H

#include "core/tally.h"

/* Room for one number at most, and for one bin with its count, each below 2^32. */
enum { TALLY_VERSION = 1, TALLY_NUMBER = 10, TALLY_BIN = 10 };

struct tally_buffer {
    uint8_t *bytes; /* to be freed */
    size_t length, room;
};

/* Room for so many bytes more, for tally_put. */
bool tally_reserve(struct tally_buffer *buffer, size_t more, struct fault *fault);
void tally_put(struct tally_buffer *buffer, uint64_t number);
/* The version and what follows it, up to the first area. */
bool tally_put_shape(struct tally_buffer *buffer, const struct tally_shape *shape,
                     struct fault *fault);

/* The least and the largest rank of a place; both 0: it has none so far. */
struct tally_ends {
    uint32_t best, worst;
};

static inline void tally_ends_widen(struct tally_ends *ends, struct tally_ends by) {
    if (by.best && (!ends->best || by.best < ends->best))
        ends->best = by.best;
    if (by.worst > ends->worst)
        ends->worst = by.worst;
}

/* What comes between the bands and the bins of a place with ranks; TALLY_MORE numbers at most. */
enum { TALLY_MORE = 3 };
void tally_put_more(struct tally_buffer *buffer, const struct tally_shape *shape, uint64_t beyond,
                    struct tally_ends ends);

struct tally_cursor {
    const uint8_t *at, *end;
};

/* The counts of one place by bin. A bit is set for each that is above 0, so that the few that are
 * can be found among many. */
struct tally_bins {
    uint32_t *count;
    uint64_t *set;
    size_t n, used;   /* bins; of those set */
    size_t low, high; /* words of `set` that may have a bit */
};

bool tally_bins_open(struct tally_bins *bins, size_t n, struct fault *fault);
void tally_bins_close(struct tally_bins *bins);
void tally_bins_clear(struct tally_bins *bins);

static inline void tally_bins_add(struct tally_bins *bins, size_t bin, uint32_t count) {
    size_t word = bin / 64;
    bins->used += bins->count[bin] == 0;
    bins->count[bin] += count;
    bins->set[word] |= UINT64_C(1) << bin % 64;
    bins->low = word < bins->low ? word : bins->low;
    bins->high = word > bins->high ? word : bins->high;
}

/* The bins that are set, in order: the least from `bin` on, which there must be. */
static inline size_t tally_bins_next(const struct tally_bins *bins, size_t bin) {
    size_t word = bin / 64;
    uint64_t left = bins->set[word] & UINT64_MAX << bin % 64;
    while (!left)
        left = bins->set[++word];
    return word * 64 + (size_t)__builtin_ctzll(left);
}

/* Adds the bins of a place with n ranks. False: they are not what they should be. */
bool tally_bins_take(struct tally_bins *bins, struct tally_cursor *cursor, uint32_t n);
/* Writes them. */
bool tally_bins_put(const struct tally_bins *bins, struct tally_buffer *out, struct fault *fault);

size_t tally_n_bins(size_t n_areas, uint32_t bin_width);

#endif
