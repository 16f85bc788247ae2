/* Where one place's figure stands among all: a strip with a tick for each place. More need is to
 * the right, whichever way the figure runs. */
#ifndef VIEWS_CHART_DISTRIBUTION_H
#define VIEWS_CHART_DISTRIBUTION_H

#include "core/column.h"
#include "core/definition.h"

#include <stdio.h>

/* `own` is the place; its figure may be missing. `work` has room for every place. */
void chart_distribution(FILE *out, const struct column *figures, size_t own,
                        enum direction direction, double *work);

/* An interval of ranks on the line from 1 (at the left: most need) to `last`, with the rank. */
void chart_interval(FILE *out, double low, double high, double rank, size_t last);

#endif
