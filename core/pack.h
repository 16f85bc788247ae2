/* A pack: a definition with its tables, read and checked against each other. Read-only. */
#ifndef CORE_PACK_H
#define CORE_PACK_H

#include "core/boundaries.h"
#include "core/definition.h"
#include "core/geography.h"

struct description; /* core/description.h */

struct pack {
    struct definition *definition;
    struct geography *geography;
    struct boundaries *boundaries;     /* NULL: the definition names none */
    struct description **descriptions; /* by dataset; NULL: it has none */
};

/* Reads the definition called `name` among `files`, and the tables and dataset descriptions that it
 * names. The bytes stay the caller's and are not needed afterwards. */
struct pack *pack_read(const char *name, const struct table_file *files, size_t n_files,
                       struct fault *fault);
void pack_destroy(struct pack **pack);

#endif
