/* The files of an edition: tables as CSV, maps and a chart as SVG, in one folder. */
#ifndef PUBLISHING_EDITION_FILES_H
#define PUBLISHING_EDITION_FILES_H

#include "services/views/view.h"

/* Writes the folder. All files are written and synced beside it first, then take its place in one
 * step, so that a reader never finds half an edition; what was left of an earlier attempt goes.
 * Writing the same edition twice gives the same bytes. *count: how many files. */
bool edition_files_write(const char *folder, const struct view *what, unsigned *count,
                         struct fault *fault);

#endif
