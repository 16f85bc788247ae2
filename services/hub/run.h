/* The hub role: the store and the queue. */
#ifndef HUB_RUN_H
#define HUB_RUN_H

/* Runs the hub until SIGINT or SIGTERM. Returns an exit status. */
int hub_run(const char *database, const char *endpoint, int signals);

#endif
