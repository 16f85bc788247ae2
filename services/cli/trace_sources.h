/* Which observations a place's figure was made of. */
#ifndef CLI_TRACE_SOURCES_H
#define CLI_TRACE_SOURCES_H

#include "services/cli/trace.h"

#include <string.h>

/* The rows of one period of a release that serve an area, for a dataset of `level`, by the rules of
 * core/geography.h, into `out` (TRACE_SOURCES_MAX places). False: they give no number; then they
 * are the rows with marks, if there are any. */
bool trace_sources(const struct release *release, size_t period, const struct geography *geography,
                   const char *level, size_t area, struct trace_source *out, size_t *n);

#endif
