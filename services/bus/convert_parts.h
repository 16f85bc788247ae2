/* What the services/bus/convert*.c files have in common: figures with their status. */
#ifndef BUS_CONVERT_PARTS_H
#define BUS_CONVERT_PARTS_H

#include "core/arena.h"
#include "services/bus/messages.h"

/* The numbers of those places that have one, in order; *count says how many. NULL: out of memory.
 */
double *convert_present(struct arena *arena, const double *value, const uint8_t *status, size_t n,
                        size_t *count);

/* The reverse. False when there is a status that is not known, a number too few or too many, or one
 * that is none. */
bool convert_spread(const ProtobufCBinaryData *status, const double *values, size_t n_values,
                    size_t n, double *value_out, uint8_t *status_out);

#endif
