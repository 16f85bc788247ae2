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

double *view_ranks_before(const struct pack *old_pack, const struct edition *old,
                          const struct pack *pack, struct fault *fault) {
    const struct definition *definition = pack->definition;
    const struct geography *geography = pack->geography;
    size_t n_areas = geography->n_areas;
    double *before = calloc(definition->n_nodes * n_areas, sizeof *before);
    if (!before)
        fault_memory(fault);
    for (size_t k = 0; before && k < definition->n_nodes; k++) {
        size_t node = definition_node(old_pack->definition, definition->nodes[k].id);
        for (size_t i = 0; node != NO_NODE && i < n_areas; i++) {
            size_t area = geography_area_near(old_pack->geography, geography->areas[i].code, i);
            if (area != SIZE_MAX)
                before[k * n_areas + i] = old->nodes[node].shown_rank[area];
        }
    }
    return before;
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
