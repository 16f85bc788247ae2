/* A description that a publisher's file comes with: a Frictionless data package (datapackage.json,
 * specs.frictionlessdata.io) or CSVW metadata (W3C, "Metadata Vocabulary for Tabular Data"). It
 * says how the table is written; what its columns mean for a dataset is told by the names of
 * columns in the dataset's own description, or by names that are known well (area_code, period,
 * value ...), or by a property "mindex" of the field ("code", "period", "value" ...). */
#ifndef CORE_COMPANION_H
#define CORE_COMPANION_H

#include "core/arena.h"
#include "core/description.h"
#include "core/publication.h"

/* Reads JSON called `name` that describes, perhaps among others, the table `table` (a path, whose
 * folders do not count). `own` is the dataset's description, or NULL; of it are taken the rules
 * that a foreign schema does not have (filters, codes that count, scale, marks, areas, range).
 * The result lies in the arena. NULL: the fault says why not. */
const struct description *companion_read(const char *name, const char *bytes, size_t length,
                                         const char *table, const struct description *own,
                                         struct arena *arena, struct fault *fault);

/* Whether a file of this name is no table but describes one. */
bool companion_is_one(const char *name);

/* Whether the file `name` may describe the table `table`, both paths: it is TABLE-metadata.json, or
 * a datapackage.json in the same folder. */
bool companion_is_for(const char *name, const char *table);

/* The same out of the archive that a publication is: of the first of its tables that is described
 * in it. NULL without a fault: the archive has none, or it is no archive. */
const struct description *companion_within(struct publication *publication,
                                           const struct description *own, struct arena *arena,
                                           struct fault *fault);

#endif
