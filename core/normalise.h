/* Normalisation: bringing columns in different units to one scale. Higher stays higher. */
#ifndef CORE_NORMALISE_H
#define CORE_NORMALISE_H

#include "core/column.h"
#include "core/method.h"
#include "core/room.h"

/* Normalises the numbers of `column` in place; places without one are passed over and keep their
 * status. `reference` is the place of the reference area in the column, and is read by that method
 * alone. With s in place of a share of the way from low to high, low + s * (high - low):
 *
 *   none                   nothing
 *   min-max                s = (x - min) / (max - min)
 *   z-score                low + (x - mean) / sd * high; sd of the sample (n - 1)
 *   percentile-rank        s = (rank - 1) / (n - 1)
 *   rank                   the rank, 1 the smallest
 *   borda                  the rank less 1
 *   scaled                 s = (x - a) / (b - a), a and b given
 *   goalposts              the same, but never below 0 or above 1 (UNDP, Human Development Index)
 *   distance-to-target     s = 1 - (t - x) / (t - min), t given
 *   distance-to-leader     s = 1 - (max - x) / (max - min)
 *   distance-to-reference  s = 1 - (r - x) / (r - min), r the figure of one area
 *   fraction-of-maximum    s = x / max
 *   exponential            s = -0.23 ln(1 - R (1 - exp(-100 / 23))), R = rank / n: the exponential
 *                          transformation of the English Indices of Deprivation
 *                          (Ministry of Housing, Communities and Local Government, The English
 *                          Indices of Deprivation 2019: Technical report, appendix E)
 *
 * The others: OECD/JRC, Handbook on Constructing Composite Indicators (2008), step 5. Ranks are of
 * the numbers in the column, 1 the smallest; scale->ties says what equal ones get.
 *
 * A column whose numbers are all the same, or that has one number only, cannot be told apart by
 * min-max, z-score, percentile rank or distance to the leader: every place gets the middle of the
 * range (z-score: low). A fault: the figures cannot mean what the method says (a target that is not
 * above the least figure, a maximum that is not above 0, a reference area without a figure). A
 * column without numbers is left as it is. */
bool normalise(const struct scale *scale, size_t reference, struct column *column,
               struct room *room, struct fault *fault);

/* The scale for figures that were turned (times -1), from the one for figures as published. */
struct scale normalise_turned(const struct scale *scale);

/* Whether the smallest number always becomes the low end of the range. */
bool normalise_begins_at_low(enum normalise method);

/* The method that a definition calls `name`. False when there is none. */
bool normalise_of_name(const char *name, enum normalise *out);
const char *normalise_name(enum normalise method);

#endif
