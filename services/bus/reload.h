/* What a running process does on SIGHUP: it reads its settings again. */
#ifndef BUS_RELOAD_H
#define BUS_RELOAD_H

#include "services/bus/config.h"

/* Takes what the file now says of the keys that `role` uses and that can change in a running
 * process, and logs what changed, what waits until the process is started again, or every mistake;
 * with one, nothing changes. Where a manager waits for this process, it is told. False: a mistake,
 * or no memory. */
bool reload(struct config *config, const char *role);

#endif
