#include "services/bus/beat.h"

#include <stdlib.h>
#include <string.h>

enum { TELL_AGAIN_MS = 1000 };

/* Whether it is new to the hub, which is taken to have it from now on. */
static bool is_new(struct beat *beat, const Heartbeat *what) {
    size_t length = mindex__v1__heartbeat__get_packed_size(what);
    uint8_t *packed = malloc(length + 1);
    if (!packed)
        return false; /* the next one tells */
    mindex__v1__heartbeat__pack(what, packed);
    if (beat->told && beat->length == length && memcmp(beat->told, packed, length) == 0) {
        free(packed);
        return false;
    }
    free(beat->told);
    beat->told = packed;
    beat->length = length;
    return true;
}

void beat_next(struct beat *beat, int64_t now, struct arena *arena, Heartbeat *out) {
    mindex__v1__heartbeat__init(out);
    if (!beat->tell || now < beat->not_before)
        return;
    beat->not_before = now + TELL_AGAIN_MS;
    if (!beat->tell(beat->around, arena, out) || !is_new(beat, out))
        mindex__v1__heartbeat__init(out);
}

void beat_forget(struct beat *beat) {
    free(beat->told);
    beat->told = NULL;
    beat->not_before = 0;
}
