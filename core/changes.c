#include "core/changes.h"

#include <stdlib.h>

struct matching {
    const struct edition *old_edition, *new_edition;
    size_t *old_node; /* of each node and area of the newer pack: its index in the older one, or */
    size_t *old_area; /* NO_NODE and SIZE_MAX */
    bool same_places; /* both editions have the same areas in the same order */
};

static struct change change_of(const struct matching *matching, size_t node, size_t area) {
    const struct node_scores *was = &matching->old_edition->nodes[matching->old_node[node]];
    const struct node_scores *is = &matching->new_edition->nodes[node];
    size_t before = matching->old_area[area];
    return (struct change){
        .node = node,
        .area = area,
        .old_rank = was->rank[before],
        .new_rank = is->rank[area],
        .old_band = was->band[before],
        .new_band = is->band[area],
        .old_status = was->score.status[before],
        .new_status = is->score.status[area],
        .old_score = was->score.value[before],
        .new_score = is->score.value[area],
    };
}

/* Editions that share a node's columns have nothing to compare there. */
static bool is_shared(const struct matching *matching, size_t node) {
    return matching->same_places && matching->old_edition->nodes[matching->old_node[node]].rank ==
                                        matching->new_edition->nodes[node].rank;
}

/* Counts the changes, and writes them to `out` where that is not NULL. */
static size_t find_changes(const struct matching *matching, struct change *out) {
    size_t n = 0;
    for (size_t node = 0; node < matching->new_edition->n_nodes; node++) {
        if (matching->old_node[node] == NO_NODE || is_shared(matching, node))
            continue;
        const uint32_t *new_rank = matching->new_edition->nodes[node].rank;
        const uint32_t *old_rank = matching->old_edition->nodes[matching->old_node[node]].rank;
        for (size_t area = 0; area < matching->new_edition->n_areas; area++) {
            size_t before = matching->old_area[area];
            if (before == SIZE_MAX || old_rank[before] == new_rank[area])
                continue;
            if (out)
                out[n] = change_of(matching, node, area);
            n++;
        }
    }
    return n;
}

static struct changes *collect(const struct matching *matching, struct fault *fault) {
    struct changes *out = calloc(1, sizeof *out);
    if (out) {
        out->count = find_changes(matching, NULL);
        out->changes = calloc(out->count + 1, sizeof *out->changes);
    }
    if (!out || !out->changes) {
        fault_memory(fault);
        changes_destroy(&out);
        return NULL;
    }
    find_changes(matching, out->changes);
    return out;
}

struct changes *changes_between(const struct pack *old_pack, const struct edition *old_edition,
                                const struct pack *new_pack, const struct edition *new_edition,
                                struct fault *fault) {
    size_t n_nodes = new_edition->n_nodes, n_areas = new_edition->n_areas;
    struct matching matching = {.old_edition = old_edition, .new_edition = new_edition};
    matching.old_node = calloc(n_nodes + n_areas, sizeof *matching.old_node);
    if (!matching.old_node) {
        fault_memory(fault);
        return NULL;
    }
    matching.old_area = matching.old_node + n_nodes;
    for (size_t k = 0; k < n_nodes; k++) {
        const char *id = new_pack->definition->nodes[k].id;
        matching.old_node[k] = definition_node(old_pack->definition, id);
    }
    matching.same_places = old_pack->geography->n_areas == n_areas;
    for (size_t a = 0; a < n_areas; a++) {
        const char *code = new_pack->geography->areas[a].code;
        matching.old_area[a] = geography_area_near(old_pack->geography, code, a);
        matching.same_places = matching.same_places && matching.old_area[a] == a;
    }
    struct changes *out = collect(&matching, fault);
    free(matching.old_node);
    return out;
}

void changes_destroy(struct changes **changes) {
    if (!*changes)
        return;
    free((*changes)->changes);
    free(*changes);
    *changes = NULL;
}

size_t changes_at(const struct changes *changes, size_t node) {
    size_t n = 0;
    for (size_t i = 0; i < changes->count; i++)
        n += changes->changes[i].node == node;
    return n;
}
