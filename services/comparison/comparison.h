/* The comparison role: an edition's need beside public spending. Stateless. */
#ifndef COMPARISON_COMPARISON_H
#define COMPARISON_COMPARISON_H

#include "services/bus/endpoint.h"
#include "services/bus/worker.h"

/* Works until SIGINT or SIGTERM. Returns an exit status. */
int comparison_run(const struct places *places, struct config *config, int signals);

/* One task, as struct role has it (services/bus/worker.h); `context` is not used. */
zframe_t *comparison_perform(struct library *library, const Task *task, void *context,
                             struct fault *fault);

#endif
