/* The scoring role: from the releases of a task to the scores of an edition. A task carries all
 * that it needs, so that any number of them may run, anywhere; what the one before it had in common
 * with it is not computed again. */
#ifndef SCORING_SCORING_H
#define SCORING_SCORING_H

#include "services/bus/endpoint.h"
#include "services/bus/worker.h"

/* Works until SIGINT or SIGTERM, or until no task has come for so long as `config` says. Returns an
 * exit status. */
int scoring_run(const struct places *places, struct config *config, int signals);

/* One task, as struct role has it (services/bus/worker.h); `context` is not used. */
zframe_t *scoring_perform(struct library *library, const Task *task, void *context,
                          struct fault *fault);

#endif
