/* One file of a hand-in becomes releases: one, or one for each dataset that it feeds. */
#ifndef INGESTION_READ_RELEASE_H
#define INGESTION_READ_RELEASE_H

#include "core/arena.h"
#include "core/pack.h"
#include "core/problems.h"
#include "services/bus/messages.h"

/* Adds the releases to `out`, which has room for one more for each dataset of the pack; they live
 * in the arena. What is wrong is added to the problems.
 *
 * The dataset is the one given, or by the folder's name, or (of a tidy file) by the file's name;
 * else the file is read for each dataset whose description fits it. A description that came with
 * the file says how it is read (core/publication_schema.h). */
void read_release(struct arena *arena, const struct pack *pack, const HandIn *hand_in,
                  const File *file, ReadResult *out, struct problems *problems);

#endif
