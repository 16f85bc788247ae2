/* What was read, beside what is in force: the warnings of each release. */
#ifndef INGESTION_SUSPECT_H
#define INGESTION_SUSPECT_H

#include "services/bus/library.h"
#include "services/bus/messages.h"

/* Gives the releases of `read` their warnings, which lie in the arena; a dataset that has no
 * release in force gets none. `pack` is the one in force, NULL before the first; a hand-in that
 * brings a pack is looked at by that. */
bool suspect(struct library *library, struct arena *arena, const struct pack *pack,
             const ReadTask *order, ReadResult *read, struct fault *fault);

#endif
