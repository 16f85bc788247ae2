/* Outliers: bringing a column's skewness and kurtosis within limits before it is normalised. */
#ifndef CORE_OUTLIERS_H
#define CORE_OUTLIERS_H

#include "core/column.h"
#include "core/method.h"
#include "core/room.h"

#include <stdint.h>

/* What was done to a column, and what came of it. */
struct outliers {
    bool looked; /* the definition treats outliers here; else all is empty */
    bool shaped; /* skewness and kurtosis are defined: 4 figures, not all the same */
    double skewness_before, kurtosis_before;
    double skewness_after, kurtosis_after;
    bool passes;                    /* after */
    uint32_t moved_high, moved_low; /* points winsorised, if that was kept */
    enum transform transform;       /* kept; TRANSFORM_NONE: none */
    enum transform rejected;        /* tried, and left because it did not help */
    double lambda;                  /* of Box-Cox */
};

/* Treats the figures of a column (already turned, so that more is more need) in place and says what
 * it did. Figures are numbers with STATUS_VALUE; the rest stays as it is.
 *
 * A column passes while |skewness| < limit or kurtosis < limit (stats_shape). Else the largest
 * figures, if skewness is at least 0, and else the smallest, become equal to the next one, ties
 * together, again and again, until the column passes, `winsorise` places or more have been moved,
 * or only two values are left: all the same would pass, and say nothing.
 * When that is not enough the untouched column is transformed instead:
 *
 *   log            ln x; figures must be above 0
 *   log-shifted    ln(x - min + a), a = 0.01 (max - min)
 *   log-from-one   ln(x - min + 1)
 *   log-mirrored   -ln(max - x + a), for a tail of small figures
 *   box-cox        (z^lambda - 1) / lambda, or ln z where lambda is 0, of z = x - min + 1; lambda
 *                  as given, or of greatest likelihood within -5 and 5 (Box and Cox, An analysis of
 *                  transformations, 1964)
 *
 * Without a transform the winsorised column stays. A transform is kept when it passes or brings
 * |skewness| down; else the column stays as it came, and the record says so. With `always`, the
 * transform alone is applied, whatever the shape. The procedure is that of COINr's Treat (Becker et
 * al., COINr: An R package for developing composite indicators, 2022), except that it keeps a
 * transform that made matters worse. A fault: a logarithm of what is not above 0. */
bool outliers_treat(const struct treatment *treatment, struct column *column, struct room *room,
                    struct outliers *out, struct fault *fault);

/* What was done, in a few words: "winsorised 3 high, 0 low", "box-cox, lambda 0.5" ...; "" for
 * nothing. `size` is at least 80. */
void outliers_words(const struct outliers *outliers, char *text, size_t size);

#endif
