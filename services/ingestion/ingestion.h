/* The ingestion role: it reads what is handed in, and hands in what is dropped into the inbox. */
#ifndef INGESTION_INGESTION_H
#define INGESTION_INGESTION_H

#include "services/bus/config.h"
#include "services/bus/endpoint.h"
#include "services/bus/worker.h"

/* Works until SIGINT or SIGTERM. Returns an exit status. */
int ingestion_run(const struct places *places, struct config *config, int signals);

/* One task, as struct role has it (services/bus/worker.h); `context` is not used. */
zframe_t *ingestion_perform(struct library *library, const Task *task, void *context,
                            struct fault *fault);

#endif
