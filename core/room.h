/* Room for the work on one column, made once, so that nothing is allocated while scoring. */
#ifndef CORE_ROOM_H
#define CORE_ROOM_H

#include "core/fault.h"
#include "core/sort.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct room {
    size_t count;                       /* places of the longest column */
    double *x, *y;                      /* count numbers each */
    struct sort_entry *entries, *spare; /* count each */
    uint64_t *slots, *spare_slots;      /* of core/order.h; count and 1 each */
};

bool room_open(struct room *room, size_t count, struct fault *fault);
void room_close(struct room *room);

#endif
