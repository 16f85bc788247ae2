/* Zip archives (by libzip) and gzip (by zlib), read member by member as streams.
 *
 * Nothing is ever written and no name of a member is used as a path. An archive is refused when
 * it has more than BOOK_MEMBERS_MAX members, two of one name, or members that say that they unpack
 * to more than BOOK_EXPANSION_MAX times its own length or more than the budget; a member when it is
 * encrypted, or holds more than it says. */
#ifndef CORE_ARCHIVE_H
#define CORE_ARCHIVE_H

#include "core/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct archive;

/* `bytes` stay the caller's and must outlive the archive. What the members unpack to is taken from
 * *budget, so that archives inside an archive share one. */
struct archive *archive_open(const void *bytes, size_t length, uint64_t *budget,
                             struct fault *fault);
void archive_destroy(struct archive **archive);

size_t archive_members(const struct archive *archive);

/* As it may be shown: control characters and marks that turn the direction of text are escaped. */
const char *archive_name(const struct archive *archive, size_t member);

enum { ARCHIVE_NONE = -1 };

/* The index of a member, or ARCHIVE_NONE. Where there is none of just that name, one that differs
 * in the case of ASCII letters only, or has backslashes for slashes. */
int64_t archive_find(const struct archive *archive, const char *name);

struct unpacking;

/* Several may be open at once; the archive must outlive them. */
struct unpacking *archive_unpack(struct archive *archive, size_t member, struct fault *fault);

/* What is in a gzip file, of which `bytes` must outlive it. */
struct unpacking *gzip_unpack(const void *bytes, size_t length, uint64_t budget,
                              struct fault *fault);
void unpacking_destroy(struct unpacking **unpacking);

/* Puts the next up to `room` bytes into `into`; *got is 0 at the end only. Has the type of csv_more
 * (core/csv.h), with the unpacking as its context. */
bool unpacking_read(void *unpacking, void *into, size_t room, size_t *got, struct fault *fault);

/* All that is left, at most `most` bytes, with a NUL behind. *bytes is the caller's, to be freed
 * with free. */
bool unpacking_all(struct unpacking *unpacking, uint64_t most, char **bytes, size_t *length,
                   struct fault *fault);

#endif
