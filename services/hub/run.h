/* The hub role: the store and the queue. */
#ifndef HUB_RUN_H
#define HUB_RUN_H

#include "services/bus/config.h"
#include "services/bus/endpoint.h"

/* Runs the hub until SIGINT or SIGTERM; SIGHUP reads `config` again. Returns an exit status. */
int hub_run(const struct places *places, struct config *config, int signals);

#endif
