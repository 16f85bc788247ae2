/* The parts of reading a table schema, for the core/table_schema*.c files only. */
#ifndef CORE_TABLE_SCHEMA_PARTS_H
#define CORE_TABLE_SCHEMA_PARTS_H

#include "core/table_schema.h"

#include <jansson.h>

/* A schema on its way. */
struct schema_reading {
    const char *name;  /* its file */
    const char *table; /* path of the file that is looked for */
    struct schema_beside beside;
    struct arena *arena;
};

enum { SCHEMA_WHERE = 160 };

/* Faults "name: where: ...", `where` a path in the JSON. Returns false. */
bool schema_fault(const struct schema_reading *in, const char *where, struct fault *fault,
                  const char *format, ...) __attribute__((format(printf, 4, 5)));

/* JSON with errors by line and column; NULL: the fault says why. The caller frees it. */
json_t *schema_json(const char *name, const char *bytes, size_t length, struct fault *fault);

/* How well an address of a table fits the table that is looked for: 2 by path, 1 by name, 0. */
int schema_names_table(const struct schema_reading *in, const char *address);

/* A value that may stand in a file of its own beside the schema: *out is a new reference, NULL
 * where there is no value. */
bool schema_linked(const struct schema_reading *in, json_t *value, const char *where, json_t **out,
                   struct fault *fault);

/* "utf-8" and its like. */
bool schema_encoding(const struct schema_reading *in, json_t *value, const char *where,
                     struct table_schema *out, struct fault *fault);

/* A dialect's delimiter and quoting, of which both standards use the same words. */
bool schema_dialect(const struct schema_reading *in, json_t *dialect, const char *where,
                    struct table_schema *out, struct fault *fault);

/* A word, or a list of words, numbers among them as they are written; copied to the arena. NULL: no
 * words. */
bool schema_words(const struct schema_reading *in, json_t *value, const char *where,
                  const char *const **out, size_t *count, struct fault *fault);

/* Adds a heading, as plain_heading makes it. */
bool schema_heading(const struct schema_reading *in, struct schema_field *field, const char *text,
                    struct fault *fault);

/* A bound: a number, or one in quotes. */
bool schema_bound(const struct schema_reading *in, json_t *value, const char *where, bool *has,
                  double *out, struct fault *fault);

/* A single character; 0 where there is none or it is another thing. */
char schema_character(json_t *value);

/* The part of a column by the property "mindex"; -1: none. */
bool schema_role(const struct schema_reading *in, json_t *field, const char *where, int *out,
                 struct fault *fault);

/* A text, copied; *out NULL where there is none. False: out of memory. */
bool schema_text(const struct schema_reading *in, json_t *value, const char **out,
                 struct fault *fault);

/* Which of both, read whole; *out false: it describes other files. */
bool schema_frictionless(const struct schema_reading *in, json_t *root, struct table_schema *out,
                         bool *fits, struct fault *fault);
bool schema_csvw(const struct schema_reading *in, json_t *root, struct table_schema *out,
                 bool *fits, struct fault *fault);

#endif
