/* What the scoring worker finds out beside the scores: why ranks changed, and how sure they are. */
#ifndef SCORING_INSIGHT_H
#define SCORING_INSIGHT_H

#include "core/arena.h"
#include "core/explain.h"
#include "services/bus/messages.h"

/* The edition of `newer` compared with `before`, that of `older`. The message lies in the arena.
 * NULL: a fault; that nothing can be said about a change is none. */
Insight *insight_find(struct arena *arena, const struct explain_side *older,
                      const struct edition *before, const struct explain_side *newer,
                      const struct edition *edition, struct fault *fault);

#endif
