#include "services/ingestion/naming.h"

#include <stdio.h>
#include <string.h>

static bool separates(char c) {
    return c == '-' || c == '_' || c == '.' || c == ' ';
}

/* The dataset whose id is the whole of `name`, or its beginning up to a separator; *rest is what
 * stands behind it. */
static size_t leading_dataset(const struct definition *definition, const char *name, size_t length,
                              size_t *rest) {
    size_t best = NO_DATASET, best_length = 0;
    for (size_t i = 0; i < definition->n_datasets; i++) {
        size_t n = strlen(definition->datasets[i].id);
        if (n > length || n <= best_length || memcmp(name, definition->datasets[i].id, n) != 0) {
            continue;
        }
        if (n < length && !separates(name[n]))
            continue;
        best = i;
        best_length = n;
    }
    *rest = best_length;
    return best;
}

struct naming naming_of(const struct definition *definition, const char *path) {
    struct naming out = {.dataset = NO_DATASET, .folder = NO_DATASET};
    const char *slash = strrchr(path, '/');
    const char *file = slash ? slash + 1 : path;
    const char *dot = strrchr(file, '.');
    size_t stem = dot && dot != file ? (size_t)(dot - file) : strlen(file);
    size_t rest = 0;
    out.dataset = leading_dataset(definition, file, stem, &rest);
    if (slash) {
        const char *folder = slash;
        while (folder > path && folder[-1] != '/')
            folder--;
        size_t length = (size_t)(slash - folder), used;
        out.folder = leading_dataset(definition, folder, length, &used);
        if (used != length)
            out.folder = NO_DATASET; /* a folder's name must be the whole id */
    }
    if (out.dataset == NO_DATASET)
        out.dataset = out.folder;
    while (rest < stem && separates(file[rest]))
        rest++;
    if (out.dataset != NO_DATASET) {
        (void)snprintf(out.label, sizeof out.label, "%.*s", (int)(stem - rest), file + rest);
    }
    return out;
}
