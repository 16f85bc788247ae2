#include "core/neighbours.h"

#include "core/stats.h"
#include "core/status.h"

#include <math.h>
#include <stdlib.h>

static bool is_own(const struct node_scores *scores, size_t area) {
    enum rule rule = scores->raw.rule[area];
    return scores->score.status[area] == STATUS_VALUE && !scores->imputed[area] &&
           rule != RULE_CASCADED && rule != RULE_SUCCESSOR;
}

/* Of the places with a figure of their own. False: there is no spread. */
static bool spread_of(const struct node_scores *scores, double *work, double *mean, double *sd) {
    size_t n = 0;
    for (size_t a = 0; a < scores->score.count; a++) {
        if (is_own(scores, a))
            work[n++] = scores->score.value[a];
    }
    if (n < 2)
        return false;
    *mean = stats_mean(work, n);
    *sd = stats_sd(work, n);
    return *sd > 0 && isfinite(*sd);
}

/* Adds one metric's part to the sums of squares of all places. */
static void add_metric(const struct node_scores *scores, size_t area, double mean, double sd,
                       struct neighbour *all) {
    double own = (scores->score.value[area] - mean) / sd;
    for (size_t a = 0; a < scores->score.count; a++) {
        if (!is_own(scores, a))
            continue;
        double apart = (scores->score.value[a] - mean) / sd - own;
        all[a].distance += apart * apart;
        all[a].shared++;
    }
}

static int by_distance(const void *left, const void *right) {
    const struct neighbour *a = left, *b = right;
    if (a->distance != b->distance)
        return a->distance < b->distance ? -1 : 1;
    return a->area < b->area ? -1 : a->area > b->area;
}

/* Leaves the places that share enough, with their distances; returns how many. */
static size_t keep_near(struct neighbour *all, size_t n_areas, size_t area, size_t n_metrics) {
    size_t n = 0;
    for (size_t a = 0; a < n_areas; a++) {
        if (a == area || all[a].shared == 0 || all[a].shared * 2 < n_metrics)
            continue;
        double scale = (double)n_metrics / (double)all[a].shared;
        all[n++] = (struct neighbour){a, sqrt(scale * all[a].distance), all[a].shared};
    }
    qsort(all, n, sizeof *all, by_distance);
    return n;
}

bool neighbours_find(const struct pack *pack, const struct edition *edition, size_t area,
                     size_t most, struct neighbour *out, size_t *n, size_t *n_metrics,
                     struct fault *fault) {
    struct neighbour *all = calloc(edition->n_areas + 1, sizeof *all);
    double *work = calloc(edition->n_areas + 1, sizeof *work);
    bool fine = all && work ? true : fault_memory(fault);
    *n = *n_metrics = 0;
    for (size_t k = 0; fine && k < edition->n_nodes; k++) {
        const struct node_scores *scores = &edition->nodes[k];
        double mean, sd;
        if (!node_is_metric(&pack->definition->nodes[k]) || !is_own(scores, area) ||
            !spread_of(scores, work, &mean, &sd))
            continue;
        add_metric(scores, area, mean, sd, all);
        ++*n_metrics;
    }
    if (fine) {
        size_t near = keep_near(all, edition->n_areas, area, *n_metrics);
        *n = near < most ? near : most;
        for (size_t i = 0; i < *n; i++)
            out[i] = all[i];
    }
    free(all);
    free(work);
    return fine;
}
