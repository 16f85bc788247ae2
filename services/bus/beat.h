/* What a worker tells the hub of the service around it, beside its heartbeat: only when it has
 * changed, and at most once a second. */
#ifndef BUS_BEAT_H
#define BUS_BEAT_H

#include "core/arena.h"
#include "services/bus/messages.h"

#include <stdbool.h>

/* Fills in what there is to tell, in the arena. False: memory ran out. Called on the thread that
 * speaks with the hub. */
typedef bool beat_teller(void *around, struct arena *arena, Heartbeat *out);

struct beat {
    beat_teller *tell; /* NULL: there is nothing to tell */
    void *around;
    uint8_t *told; /* packed, as the hub has it; NULL: it has nothing */
    size_t length;
    int64_t not_before; /* on clock_ms */
};

/* *out is what goes with the heartbeat at `now`, in the arena; empty where nothing has changed. */
void beat_next(struct beat *beat, int64_t now, struct arena *arena, Heartbeat *out);
/* The hub, which may be another, has nothing; also the end. */
void beat_forget(struct beat *beat);

#endif
