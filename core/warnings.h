/* What is suspicious about a release beside the one that is in force: it can be right, but somebody
 * should have looked.
 *
 *   older         its newest period begins before the newest of the one in force
 *   unit          the median of new by old figures is about 100 or 1000, or one by these: within a
 *                 factor of WARNING_UNIT_WITHIN, over at least WARNING_UNIT_LEAST areas
 *   missing-area  an area of the index had a figure, and now has no row that serves it (a mark such
 *                 as [c] is a row)
 *   jump          a code's figure is WARNING_JUMP_FACTOR times what it was, or one by it
 *
 * Compared are the newest period of the release with the same period of the one in force or, where
 * that has none, with its newest: last year's. Figures are looked at by the publisher's codes, only
 * those that serve an area of the index. Beside the others of a dataset a figure near 0 says
 * nothing by its ratio (2 homicides after none): without its sign, a figure below a
 * WARNING_TINY-th of the median of those in force counts as that. Where the unit is suspicious,
 * jumps are not listed: all of them would be. */
#ifndef CORE_WARNINGS_H
#define CORE_WARNINGS_H

#include "core/geography.h"
#include "core/problems.h"
#include "core/release.h"

/* Bits of struct dataset's `accepts`, too: definitions name them. */
enum warning { WARNING_OLDER, WARNING_UNIT, WARNING_MISSING_AREA, WARNING_JUMP, WARNING_COUNT };

extern const char *const warning_names[WARNING_COUNT];

/* Tried on 79 successive releases of 19 datasets that ONS's Explore local statistics drew from 2023
 * to 2026. */
#define WARNING_JUMP_FACTOR 3.0
#define WARNING_TINY        20.0
#define WARNING_UNIT_WITHIN 1.5
enum { WARNING_UNIT_LEAST = 3 };

struct warnings {
    size_t counts[WARNING_COUNT];
    struct problems problems; /* the first of them, in words */
};

/* Adds what is suspicious about `now`, which is called `file` and is of `dataset`.
 * False: memory, or a level that the geography does not have. */
bool warnings_find(const struct release *before, const struct release *now,
                   const struct geography *geography, const struct dataset *dataset,
                   const char *file, struct warnings *out, struct fault *fault);

#endif
