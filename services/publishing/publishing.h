/* The publishing role: the event stream for subscribers, and a folder of files for each edition. */
#ifndef PUBLISHING_PUBLISHING_H
#define PUBLISHING_PUBLISHING_H

#include "services/bus/config.h"

/* Works until SIGINT or SIGTERM. `boundaries` is a GeoJSON file for maps with real boundaries, or
 * NULL. Returns an exit status. */
int publishing_run(const struct places *places, const struct config *config, const char *boundaries,
                   int signals);

#endif
