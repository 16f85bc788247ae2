/* What an item takes, as a tile can compute it. */
#include "core/alternatives_parts.h"

#include "core/aggregate.h"
#include "core/arena.h"

#include <math.h>
#include <string.h>

bool plan_open(struct alternatives *a) {
    a->plans = arena_alloc(a->arena, BLOCK, sizeof *a->plans);
    for (size_t i = 0; a->plans && i < BLOCK; i++) {
        struct plan *plan = &a->plans[i];
        plan->kept = arena_alloc(a->arena, a->n_metrics, sizeof *plan->kept);
        plan->recipes = arena_alloc(a->arena, a->n_parents, sizeof *plan->recipes);
        plan->weights = arena_alloc(a->arena, a->pack->definition->n_nodes, sizeof(double));
        plan->in = arena_alloc(a->arena, a->pack->definition->n_nodes, sizeof *plan->in);
        plan->scales = arena_alloc(a->arena, a->n_parents, sizeof *plan->scales);
        if (!plan->kept || !plan->recipes || !plan->weights || !plan->in || !plan->scales)
            return false;
    }
    return a->plans != NULL;
}

static bool plan_metrics(struct alternatives *a, const struct method *method, struct plan *plan) {
    size_t kept = 0; /* what one metric is like, the next one often is */
    for (size_t i = 0; i < a->n_metrics; i++) {
        const struct node_method *metric = &method->nodes[a->metrics[i]];
        kept = kept_find(a, i, metric, kept);
        if (kept == KEPT_EACH)
            return false;
        plan->kept[i] = (uint8_t)kept;
        plan->in[a->metrics[i]] = !metric->left_out && !a->kept[i].kept[kept]->dropped;
    }
    return true;
}

/* Weights of a node's children; those that are not in the index have 0. Without any, as where the
 * one metric of an objective is left out, the node is not in the index itself. */
static bool plan_weights(const struct parent *parent, const struct method *method,
                         struct plan *plan) {
    enum weighting weighting = method->nodes[parent->node].weighting;
    double all = 0.0;
    bool any = false;
    if (weighting != WEIGHTS_GIVEN && weighting != WEIGHTS_EQUAL)
        return false;
    for (size_t c = 0; c < parent->n_children; c++) {
        size_t node = parent->children[c].node;
        double weight = weighting == WEIGHTS_EQUAL ? 1.0 : method->nodes[node].weight;
        if (!(weight >= 0.0) || !isfinite(weight))
            return false;
        plan->weights[node] = plan->in[node] ? weight : 0.0;
        any = any || plan->in[node];
        all += plan->weights[node];
    }
    plan->in[parent->node] = any;
    return all > 0.0 || !any;
}

static bool plan_parent(const struct alternatives *a, size_t p, const struct method *method,
                        struct plan *plan) {
    const struct parent *parent = &a->parents[p];
    const struct node_method *node = &method->nodes[parent->node];
    if (aggregate_compares_places(node->combination.method) || node->scale.reference)
        return false;
    plan->scales[p] = node->scale;
    plan->recipes[p].power = node->combination.power;
    plan->recipes[p].coverage = node->coverage;
    plan->recipes[p].method = node->combination.method;
    plan->recipes[p].of_children = node->of_children;
    return plan_weights(parent, method, plan);
}

/* FNV-1a, of 8 bytes at a time. */
static uint64_t hash_of(uint64_t hash, const void *bytes, size_t length) {
    const char *at = bytes;
    for (size_t i = 0; i < length; i += 8) {
        uint64_t word = 0;
        memcpy(&word, at + i, length - i < 8 ? length - i : 8);
        hash = (hash ^ word) * UINT64_C(0x100000001b3);
    }
    return hash;
}

bool plan_item(struct alternatives *a, const struct method *method, struct plan *plan) {
    if (!kept_prepares(a, method) || !plan_metrics(a, method, plan))
        return false;
    for (size_t p = 0; p < a->n_parents; p++) {
        if (!plan_parent(a, p, method, plan))
            return false;
    }
    for (size_t i = 0; i < a->n_nodes; i++) {
        if (!plan->in[a->nodes[i]])
            return false;
    }
    plan->hash = hash_of(UINT64_C(0xcbf29ce484222325), plan->kept, a->n_metrics);
    plan->hash = hash_of(plan->hash, plan->recipes, a->n_parents * sizeof *plan->recipes);
    return true;
}

bool plan_same(const struct alternatives *a, const struct plan *x, const struct plan *y) {
    return x->hash == y->hash && memcmp(x->kept, y->kept, a->n_metrics) == 0 &&
           memcmp(x->recipes, y->recipes, a->n_parents * sizeof *x->recipes) == 0;
}
