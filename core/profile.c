#include "core/profile.h"

#include "core/stats.h"
#include "core/status.h"

#include <stdlib.h>
#include <string.h>

static int by_share(const void *left, const void *right) {
    const struct standing *a = left, *b = right;
    if (a->share != b->share)
        return a->share < b->share ? -1 : 1;
    return a->node < b->node ? -1 : a->node > b->node;
}

static struct standing standing_of(size_t node, const struct column *score, size_t area) {
    size_t above = 0, below = 0, n = 0;
    for (size_t a = 0; a < score->count; a++) {
        n += score->status[a] == STATUS_VALUE;
        above += score->status[a] == STATUS_VALUE && score->value[a] > score->value[area];
        below += score->status[a] == STATUS_VALUE && score->value[a] < score->value[area];
    }
    return (struct standing){node, (double)above / (double)n, (double)below / (double)n};
}

size_t profile_standings(const struct pack *pack, const struct edition *edition, size_t area,
                         struct standing *out) {
    size_t n = 0;
    for (size_t k = 0; k < edition->n_nodes; k++) {
        const struct node_scores *scores = &edition->nodes[k];
        if (node_is_metric(&pack->definition->nodes[k]) && scores->rank[area])
            out[n++] = standing_of(k, &scores->score, area);
    }
    if (n)
        qsort(out, n, sizeof *out, by_share);
    return n;
}

enum side profile_side(const struct standing *standings, size_t n, size_t at, size_t top) {
    const struct standing *own = &standings[at];
    size_t after = n - 1 - at;
    if (at < top && at < after && own->share < own->below)
        return SIDE_WEAKNESS;
    return after < top && after < at && own->share > own->below ? SIDE_STRENGTH : SIDE_NEITHER;
}

size_t profile_peers(const struct geography *geography, size_t area, enum peers peers,
                     size_t *out) {
    const struct area *areas = geography->areas, *own = &areas[area];
    size_t n = 0;
    for (size_t a = 0; a < geography->n_areas; a++) {
        bool in = peers == PEERS_ALL ||
                  (peers == PEERS_REGION && strcmp(areas[a].region, own->region) == 0) ||
                  (peers == PEERS_TYPE && strcmp(areas[a].type, own->type) == 0);
        if (in)
            out[n++] = a;
    }
    return n;
}

bool profile_median(const struct column *column, const size_t *areas, size_t n, double *work,
                    double *out) {
    size_t found = 0;
    for (size_t i = 0; i < n; i++) {
        if (column->status[areas[i]] == STATUS_VALUE)
            work[found++] = column->value[areas[i]];
    }
    if (found)
        *out = stats_median(work, found);
    return found > 0;
}
