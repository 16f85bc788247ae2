/* Which observations a place's figure was made of. */
#ifndef CLI_TRACE_SOURCES_H
#define CLI_TRACE_SOURCES_H

#include "services/cli/trace.h"

/* Fills in the sources, the status and the value of `out`, whose dataset is set: the observations
 * of one period of a release that the figure of the area was made of (release_sources), or, where
 * there is no figure, the row with the mark that stands in its place, if any. The sources lie in
 * the arena. */
bool trace_sources(struct arena *arena, const struct release *release, size_t period,
                   const struct geography *geography, size_t area, struct trace_input *out,
                   struct fault *fault);

#endif
