/* The comparison role: an edition's need beside public spending. Stateless. */
#ifndef COMPARISON_COMPARISON_H
#define COMPARISON_COMPARISON_H

#include "services/bus/endpoint.h"

/* Works until SIGINT or SIGTERM. Returns an exit status. */
int comparison_run(const struct places *places, int signals);

#endif
