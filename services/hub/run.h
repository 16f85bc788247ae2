/* The hub role: the store and the queue. */
#ifndef HUB_RUN_H
#define HUB_RUN_H

#include "services/bus/config.h"
#include "services/bus/endpoint.h"

/* Runs the hub until SIGINT or SIGTERM. Returns an exit status. */
int hub_run(const struct places *places, const struct config *config, int signals);

#endif
