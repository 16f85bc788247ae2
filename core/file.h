/* Reading a file that somebody hands in, in bounded memory. */
#ifndef CORE_FILE_H
#define CORE_FILE_H

#include "core/problems.h"

#include <stdbool.h>
#include <stddef.h>

/* Reads the regular file at `path` whole. *bytes is the caller's, to be freed with free. False:
 * `problems` says what is wrong with it: it cannot be read, is no regular file, is longer than
 * `max_bytes`, or has a line longer than CSV_LINE_MAX, which is found while it is read, so that of
 * a huge file of one line only the beginning is. (A zip archive or gzip has no lines.) */
bool file_load(const char *path, size_t max_bytes, char **bytes, size_t *length,
               struct problems *problems);

#endif
