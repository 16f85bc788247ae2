#include "core/room.h"

#include <stdlib.h>

bool room_open(struct room *room, size_t count, struct fault *fault) {
    *room = (struct room){.count = count};
    room->x = calloc(count + 1, 2 * sizeof *room->x);
    room->entries = calloc(count + 1, 2 * sizeof *room->entries);
    room->slots = calloc(count + 1, 2 * sizeof *room->slots);
    if (!room->x || !room->entries || !room->slots) {
        room_close(room);
        return fault_memory(fault);
    }
    room->y = room->x + count + 1;
    room->spare = room->entries + count + 1;
    room->spare_slots = room->slots + count + 1;
    return true;
}

void room_close(struct room *room) {
    free(room->x);
    free(room->entries);
    free(room->slots);
    *room = (struct room){0};
}
