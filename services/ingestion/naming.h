/* Which dataset and which label a file is, by its name. */
#ifndef INGESTION_NAMING_H
#define INGESTION_NAMING_H

#include "core/definition.h"

#include <stdbool.h>

enum { NAMING_LABEL = 200 };

struct naming {
    size_t dataset;           /* NO_DATASET: the name tells none */
    size_t folder;            /* the dataset whose id is the name of the folder, or NO_DATASET */
    char label[NAMING_LABEL]; /* "": the name tells none */
};

/* `path` may be "DATASET/LABEL.csv" (below any folders), or "DATASET.csv", or a file name that
 * begins with the dataset's id: "DATASET-LABEL.csv", with "-", "_", "." or a blank between. The
 * longest dataset id that fits is taken. */
struct naming naming_of(const struct definition *definition, const char *path);

#endif
