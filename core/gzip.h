/* What is in a gzip file (RFC 1952), as a stream. */
#ifndef CORE_GZIP_H
#define CORE_GZIP_H

#include "core/fault.h"

#include <stdbool.h>
#include <stddef.h>

struct gzip;

/* `bytes` stay the caller's and must outlive it. */
struct gzip *gzip_new(const void *bytes, size_t length, struct fault *fault);
void gzip_destroy(struct gzip **gzip);

/* Puts the next up to `room` bytes into `into`; *got is 0 at the end only. Members one behind the
 * other are one file; zeros behind the last are padding. */
bool gzip_read(struct gzip *gzip, void *into, size_t room, size_t *got, struct fault *fault);

#endif
