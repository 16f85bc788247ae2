/* Reading a publisher's file by the description that came with it: a schema beside the file, or
 * beside a table in an archive (core/table_schema.h). */
#ifndef CORE_PUBLICATION_SCHEMA_H
#define CORE_PUBLICATION_SCHEMA_H

#include "core/extract.h"
#include "core/table_schema.h"

struct publication_schema {
    const struct table_schema *const *tables; /* one, or one for each table of an archive */
    size_t n;                                 /* 0: none came with it */
};

/* Finds what came with a publication; all lies in the arena. `beside` finds files beside that of
 * the publication; its `find` may be NULL. False: the fault says what is wrong with a schema. */
bool publication_schema_find(struct publication *publication, struct schema_beside beside,
                             struct arena *arena, struct publication_schema *out,
                             struct fault *fault);

/* As extract (core/extract.h), by the schemas. `own` is the description of the dataset, or NULL:
 * its unit, level, number of areas and range hold, and its columns, if a schema has them. Where it
 * has not, EXTRACT_NO_FIT, unless `alone`: then the schema alone must tell. What a schema promises
 * and the file breaks is a problem, too. */
enum extract_result publication_schema_extract(const struct publication_schema *by,
                                               const struct description *own, bool alone,
                                               const struct geography *geography, const char *level,
                                               struct publication *publication, struct arena *arena,
                                               struct extract_report *report, struct release **out,
                                               struct problems *problems);

#endif
