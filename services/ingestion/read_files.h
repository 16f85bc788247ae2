/* Reading a hand-in: files in, releases (and a pack) or a refusal out. */
#ifndef INGESTION_READ_FILES_H
#define INGESTION_READ_FILES_H

#include "core/arena.h"
#include "core/pack.h"
#include "core/problems.h"
#include "services/bus/messages.h"

/* Reads releases by `pack`. For a hand-in that is a pack, `pack` may be NULL and is not used: the
 * pack in the files is. The result lives in the arena; NULL: refused, and `problems` says why. */
ReadResult *read_files(struct arena *arena, const struct pack *pack, const HandIn *hand_in,
                       struct problems *problems);

#endif
