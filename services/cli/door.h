/* Whether anybody is there, before anything is asked: ZeroMQ would wait, and not say. */
#ifndef CLI_DOOR_H
#define CLI_DOOR_H

#include "services/bus/endpoint.h"

#include <stdbool.h>

/* Whether somebody listens at the endpoint within `ms`. What cannot be tried without looking a name
 * up is taken for open. False: the fault says what came. */
bool door_open(const char *endpoint, int ms, struct fault *fault);

/* The process id of the `mindex up` of the state folder; 0: none runs that can be seen. */
long door_supervisor(const struct places *places);

/* Whether something of the service runs in the state folder, so that it is worth waiting for. */
bool door_tended(const struct places *places);

#endif
