/* The hub role: the store and the queue. */
#ifndef HUB_RUN_H
#define HUB_RUN_H

#include "services/bus/config.h"

/* Runs the hub until SIGINT or SIGTERM. Returns an exit status. */
int hub_run(const char *database, const char *endpoint, const struct config *config, int signals);

#endif
