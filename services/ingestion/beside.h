/* The descriptions that lie beside a publisher's file (core/table_schema.h): in the same hand-in,
 * and on disk before it is handed in. */
#ifndef INGESTION_BESIDE_H
#define INGESTION_BESIDE_H

#include "core/table_schema.h"
#include "services/bus/messages.h"

enum { BESIDE_MAX = 16 }; /* files that describe one, found on disk */

/* Finds among the files of a hand-in, which stay the caller's. */
struct schema_beside beside_in(const HandIn *hand_in);

/* Whether a file of this name is no table but what describes one, or a part of that. */
bool beside_is(const char *name);

/* Finds on disk, and keeps what it finds. */
struct beside_disk {
    const char *root; /* the folder that names are below; NULL: they are paths */
    struct arena *arena;
    File **files; /* what was found, by the names that were asked for */
    size_t n;
};

/* False: out of memory. The files lie in the arena. */
bool beside_disk_open(struct beside_disk *disk, const char *root, struct arena *arena);

struct schema_beside beside_on(struct beside_disk *disk);

/* Keeps all that belongs to the description of `table`. False: out of memory. What is wrong with it
 * is said when it is read with the table; what cannot be read at all is left out. */
bool beside_disk_all(struct beside_disk *disk, const char *table);

#endif
