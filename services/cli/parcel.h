/* Files on their way to be handed in. */
#ifndef CLI_PARCEL_H
#define CLI_PARCEL_H

#include "services/bus/messages.h"

#include <stdbool.h>
#include <stddef.h>

enum { PARCEL_FILES_MAX = 2000 };

struct parcel;

/* NULL: out of memory. */
struct parcel *parcel_new(void);
void parcel_destroy(struct parcel **parcel);

/* Adds the file at `path` under `name`. False: what is wrong was printed on standard error. */
bool parcel_add(struct parcel *parcel, const char *path, const char *name);

/* Adds a release under its path, and the files beside it that describe it (core/table_schema.h) */
bool parcel_add_release(struct parcel *parcel, const char *path);

/* Adds a pack's files: the definition and the tables at its top, the dataset descriptions in
 * `datasets`, and the releases in `data`. */
bool parcel_add_pack(struct parcel *parcel, const char *folder);

/* The same without the releases. */
bool parcel_add_definition(struct parcel *parcel, const char *folder);

size_t parcel_count(const struct parcel *parcel);

/* Lists the files in `hand_in`; `files` has room for PARCEL_FILES_MAX and must live as long. */
void parcel_fill(struct parcel *parcel, File **files, HandIn *hand_in);

#endif
