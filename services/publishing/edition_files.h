/* The files of an edition: tables as CSV, maps and a chart as SVG, in one folder. */
#ifndef PUBLISHING_EDITION_FILES_H
#define PUBLISHING_EDITION_FILES_H

#include "services/views/view.h"

/* Writes the folder. All files are written and synced beside it first, then take its place in one
 * step, so that a reader never finds half an edition; what was left of an earlier attempt goes.
 * Writing the same edition twice gives the same bytes. *count: how many files. */
bool edition_files_write(const char *folder, const struct view *what, unsigned *count,
                         struct fault *fault);

/* Removes the folders of editions before `oldest`, whole or in part, but for the one that "latest"
 * leads to. May be cut short at any point, and is gone on with the next time. */
bool edition_files_retire(const char *editions, uint64_t oldest, struct fault *fault);
/* How much the files of an edition are; 0 where there are none. */
uint64_t edition_files_bytes(const char *editions, uint64_t edition);

#endif
