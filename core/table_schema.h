/* The description that a file brings with it, by one of two standards:
 *   Frictionless Data: datapackage.json with a resource whose path is the file, a resource, or a
 *     Table Schema alone (versions 1 and 2, datapackage.org)
 *   CSV on the Web: metadata for a table, or for a group of them (W3C, Metadata Vocabulary for
 *     Tabular Data)
 * Both are JSON. What they say of a table's form and columns is read into one struct; properties
 * that are not named here are passed over, as the standards want it. Of an address that leads
 * elsewhere nothing is fetched: a schema or dialect that stands in a file of its own must lie
 * beside, too. */
#ifndef CORE_TABLE_SCHEMA_H
#define CORE_TABLE_SCHEMA_H

#include "core/arena.h"
#include "core/book.h"
#include "core/description.h"
#include "core/fault.h"

#include <stdbool.h>
#include <stddef.h>

enum { SCHEMA_BYTES_MAX = 4 << 20, SCHEMA_FIELDS_MAX = 4096, SCHEMA_PATH = 1024 };

enum schema_type { SCHEMA_ANY, SCHEMA_NUMBER, SCHEMA_INTEGER };

/* A column, and what is promised of its cells. */
struct schema_field {
    const char *name;
    struct patterns headings; /* any of which it has in the file, as plain_heading makes them */
    int role;                 /* ROLE_CODE ... by the property "mindex"; -1: not said */
    const char *property;     /* the address of what it means, or NULL */
    bool area;                /* its cells are codes, by the address that is made of them */
    const char *unit;         /* or NULL */
    enum schema_type type;
    char decimal, group;    /* 0: not said */
    bool required;          /* no cell is missing */
    bool has_low, has_high; /* what a number may be ... */
    bool above, below;      /* ... itself excluded */
    double low, high;
    const char *const *allowed; /* what a cell may be; none: anything */
    size_t n_allowed;
    const char *const *missing; /* what stands for a missing value; the empty cell always does */
    size_t n_missing;
};

struct table_schema {
    const char *name;  /* of its file */
    const char *table; /* the member of the archive that it describes; NULL: the file */
    bool has_encoding;
    enum book_encoding encoding;
    char separator;     /* 0: not said */
    size_t header_rows; /* 0: not said */
    const char *sheet;  /* of a workbook, or NULL */
    bool may_lack;      /* a column that is described need not be there */
    const struct schema_field *fields;
    size_t n_fields;
};

/* Finds what lies beside a table: the bytes of the file called `name`, which stay the finder's.
 * *bytes NULL: there is none. False: the fault says why it cannot be read. */
struct schema_beside {
    bool (*find)(void *who, const char *name, const char **bytes, size_t *length,
                 struct fault *fault);
    void *who;
};

/* The names under which a schema of `table` may lie beside it, the nearest first: for d/t.csv
 * d/t.csv-metadata.json, d/t.schema.json, d/t.csv.schema.json, d/csv-metadata.json,
 * d/datapackage.json and, for the folder above, datapackage.json. False: there are no more, or it
 * does not fit. */
bool table_schema_name(const char *table, size_t index, char *out, size_t room);

/* Reads the schema called `name` for the file called `table`. *out lives in the arena; NULL without
 * a fault: it describes other files. False: the fault says where in the JSON what is wrong. */
bool table_schema_read(const char *name, const char *bytes, size_t length, const char *table,
                       struct schema_beside beside, struct arena *arena,
                       const struct table_schema **out, struct fault *fault);

/* The nearest schema that lies beside `table`; *out NULL: none does. */
bool table_schema_find(const char *table, struct schema_beside beside, struct arena *arena,
                       const struct table_schema **out, struct fault *fault);

enum schema_fit {
    SCHEMA_FITS,
    SCHEMA_LACKS, /* columns that the description names, or a role: the fault says which */
    SCHEMA_FAILS, /* out of memory */
};

/* A layout that reads the schema's table. Form and marks are the schema's. Which column plays which
 * part is said by the first layout of `own`, the dataset's description (NULL: it has none), whose
 * columns the schema has all. Else, if `alone`, it is said for each part by a field's property
 * "mindex" ("code", "period", "value" ...), by a name that `own` has for it, by what the schema
 * says that columns mean, or by names that are known (core/known_columns.h); the rules of the first
 * layout of `own` hold then, and its filters if their columns are there. All lies in the arena;
 * *unit too, "" where it is not said. */
enum schema_fit table_schema_layout(const struct table_schema *schema,
                                    const struct description *own, bool alone, struct arena *arena,
                                    struct layout *out, const char **unit, struct fault *fault);

#endif
