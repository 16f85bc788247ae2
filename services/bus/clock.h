/* The two clocks: leases and heartbeats go by the first, events are stamped by the second. */
#ifndef BUS_CLOCK_H
#define BUS_CLOCK_H

#include <stdint.h>

int64_t clock_ms(void);       /* monotonic, from an arbitrary start */
int64_t clock_ns(void);       /* the same, finer: for how long something takes */
uint64_t clock_wall_ms(void); /* since 1970 UTC */

#endif
