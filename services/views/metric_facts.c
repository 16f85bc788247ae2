#include "services/views/metric_facts.h"

#include "core/status.h"

#include <string.h>

const char *level_words(const char *level) {
    static const char *const words[][2] = {
        {"lad", "districts"},
        {"utla", "counties and unitary authorities"},
        {"csp", "community safety partnerships"},
        {"pfa", "police force areas"},
        {"region", "regions"},
        {"icb", "integrated care boards"},
        {"sub-icb", "sub-areas of integrated care boards"},
        {"combined-authority", "combined authorities"},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i][0], level) == 0)
            return words[i][1];
    }
    return level;
}

/* The node's share of the weight of its parent. */
static double weight_share(const struct definition *definition, size_t node) {
    const struct node *nodes = definition->nodes;
    const struct node_method *methods = definition->method.nodes;
    size_t parent = nodes[node].parent;
    double sum = 0;
    for (size_t k = parent + 1; k < nodes[parent].end; k = nodes[k].end)
        sum += methods[k].weight;
    return sum > 0 ? methods[node].weight / sum : 0;
}

double weight_within(const struct definition *definition, size_t node, size_t ancestor) {
    double share = 1;
    for (size_t k = node; k != ancestor && k != 0; k = definition->nodes[k].parent)
        share *= weight_share(definition, k);
    return share;
}

static const ReleaseInfo *find_release(const Releases *releases, const char *dataset) {
    for (size_t i = 0; releases && i < releases->n_releases; i++) {
        if (strcmp(releases->releases[i]->dataset, dataset) == 0)
            return releases->releases[i];
    }
    return NULL;
}

void metric_facts(const struct view *view, size_t node, const Releases *releases,
                  struct metric_facts *out) {
    const struct definition *definition = view->pack->definition;
    const struct node_scores *scores = &view->edition->nodes[node];
    size_t mission = definition_mission(definition, node);
    *out = (struct metric_facts){
        .node = node,
        .dataset = &definition->datasets[definition->nodes[node].dataset],
        .mission = mission,
        .of_all = weight_within(definition, node, 0),
        .of_mission = weight_within(definition, node, mission),
        .period = scores->period,
    };
    out->release = find_release(releases, out->dataset->id);
    for (size_t i = 0; i < view->edition->n_areas; i++) {
        if (scores->raw.status[i] != STATUS_VALUE) {
            out->missing++;
        } else if (scores->imputed[i]) {
            out->imputed++;
        } else {
            out->published++;
            out->by_rule[scores->raw.rule[i]]++;
        }
    }
}
