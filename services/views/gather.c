#include "services/views/gather.h"

#include <stdlib.h>

bool view_gather(struct library *library, const struct view_hashes *hashes, struct view *view,
                 struct changes **changes, struct fault *fault) {
    view->pack = library_pack(library, hashes->pack, fault);
    view->edition =
        view->pack ? library_edition(library, hashes->pack, hashes->scores, fault) : NULL;
    if (!view->edition)
        return false;
    if (!view->boundaries)
        view->boundaries = view->pack->boundaries;
    if (hashes->comparison) {
        view->comparison = library_comparison(library, hashes->pack, hashes->comparison, fault);
        if (!view->comparison)
            return false;
    }
    view->changes = *changes;
    if (*changes || !hashes->previous_scores || !hashes->previous_pack)
        return true;
    const struct pack *old_pack = library_pack(library, hashes->previous_pack, fault);
    const struct edition *old =
        old_pack ? library_edition(library, hashes->previous_pack, hashes->previous_scores, fault)
                 : NULL;
    if (old)
        *changes = changes_between(old_pack, old, view->pack, view->edition, fault);
    view->changes = *changes;
    return *changes != NULL;
}

bool view_lay_out(const struct pack *pack, struct cell **cells, struct fault *fault) {
    *cells = NULL;
    if (pack->geography->n_areas > CARTOGRAM_AREAS_MAX)
        return true;
    *cells = calloc(pack->geography->n_areas, sizeof **cells);
    if (!*cells)
        return fault_memory(fault);
    if (cartogram_layout(pack->geography, *cells, fault))
        return true;
    free(*cells);
    *cells = NULL;
    return false;
}
