/* A place's rank over editions, as a small picture: most need at the top. */
#ifndef VIEWS_CHART_TREND_H
#define VIEWS_CHART_TREND_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* `ranks` oldest first, 0: none; `last` is the greatest rank that there is. */
void chart_trend(FILE *out, const double *ranks, const uint64_t *editions, size_t n, size_t last);

#endif
