/* The files of an edition: tables as CSV, maps and a chart as SVG, in one folder. */
#ifndef PUBLISHING_EDITION_FILES_H
#define PUBLISHING_EDITION_FILES_H

#include "core/boundaries.h"
#include "core/cartogram.h"
#include "core/changes.h"
#include "core/edition.h"
#include "core/spend.h"

#include <stdint.h>

struct edition_files {
    uint64_t number;
    const struct pack *pack;
    const struct edition *edition;
    const struct changes *changes;       /* NULL: the first edition */
    const struct reasons *reasons;       /* of those changes; NULL: nobody knows them */
    const char *cause, *dataset, *label; /* dataset and label NULL: the definition is the cause */
    const struct comparison *comparison; /* NULL: none */
    const struct cell *cells;            /* a hexagon for each area; NULL: no cartograms */
    const struct boundaries *boundaries; /* NULL: no maps with real boundaries */
};

/* Writes the folder. All files are written and synced beside it first, then take its place in one
 * step, so that a reader never finds half an edition; what was left of an earlier attempt goes.
 * Writing the same edition twice gives the same bytes. *count: how many files. */
bool edition_files_write(const char *folder, const struct edition_files *what, unsigned *count,
                         struct fault *fault);

#endif
