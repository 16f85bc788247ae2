#include "services/ingestion/suspect.h"

#include "services/bus/convert.h"

#include <string.h>

/* The observations in force of a dataset; NULL: none. */
static const char *in_force(const ReadTask *order, const char *dataset) {
    for (size_t i = 0; i < order->n_in_force; i++) {
        if (strcmp(order->in_force[i]->dataset, dataset) == 0)
            return order->in_force[i]->observations;
    }
    return NULL;
}

static bool suspect_one(struct library *library, struct arena *arena, const struct pack *pack,
                        const char *hash, ReadRelease *read, struct fault *fault) {
    size_t at = definition_dataset(pack->definition, read->dataset);
    const struct dataset *dataset = &pack->definition->datasets[at];
    const struct release *before = library_release(library, hash, fault);
    struct release *now = before ? release_of_message(read->observations, fault) : NULL;
    struct warnings *warnings = arena_alloc(arena, 1, sizeof *warnings);
    if (now && !warnings)
        fault_memory(fault);
    bool found =
        now && warnings &&
        warnings_find(before, now, pack->geography, dataset, read->file_name, warnings, fault);
    if (found && warnings->problems.total) {
        read->warnings = warnings_message(arena, warnings, dataset->accepts);
        found = read->warnings || fault_memory(fault);
    }
    if (now)
        release_destroy(&now);
    return found;
}

bool suspect(struct library *library, struct arena *arena, const struct pack *pack,
             const ReadTask *order, ReadResult *read, struct fault *fault) {
    struct pack *own = read->pack ? pack_of_message(read->pack, fault) : NULL;
    if (read->pack && !own)
        return false;
    bool fine = true;
    for (size_t i = 0; fine && i < read->n_releases; i++) {
        const char *hash = in_force(order, read->releases[i]->dataset);
        if (hash)
            fine = suspect_one(library, arena, own ? own : pack, hash, read->releases[i], fault);
    }
    pack_destroy(&own);
    return fine;
}
