/* The parts of reading a definition, for the core/definition*.c files only. */
#ifndef CORE_DEFINITION_PARTS_H
#define CORE_DEFINITION_PARTS_H

#include "core/definition.h"
#include "core/document.h"

struct reading {
    const struct document *document;
    struct definition *out;
    struct arena *arena;
};

/* Each reads the value at `at` into `out`. The tree needs levels and datasets, the spend rules
 * need the tree and the datasets. */
bool definition_read_levels(const struct reading *in, int at, struct fault *fault);
bool definition_read_tree(const struct reading *in, int at, struct fault *fault);
bool definition_read_spend(const struct reading *in, int at, struct fault *fault);

/* The dataset that the text at `at` names. A fault when there is none. */
bool definition_find_dataset(const struct reading *in, int at, const char *id, size_t *out,
                             struct fault *fault);

#endif
