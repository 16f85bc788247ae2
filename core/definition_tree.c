#include "core/definition_parts.h"

#include "core/nearest.h"

#include <string.h>

enum { NODES_MAX = 10000 };

struct tree {
    const struct reading *in;
    struct node *nodes;
    struct node_method *methods;
    size_t n;
};

/* How many nodes there are at and below `at`: at least as many as read_node will read. */
static size_t count_nodes(const struct document *document, int at) {
    size_t n = 1, children;
    int list = document_find(document, at, "children");
    struct fault ignored;
    if (!list || !document_list(document, list, "children", &children, &ignored))
        return n;
    for (size_t i = 0; i < children; i++) {
        n += count_nodes(document, document_entry(document, list, i));
    }
    return n;
}

static bool read_weight(const struct reading *in, int at, double *out, struct fault *fault) {
    *out = 1.0;
    if (!at)
        return true;
    if (!document_number(in->document, at, "weight", out, fault))
        return false;
    return *out > 0.0 || document_fault(in->document, at, fault,
                                        "'weight': expected a number above 0, found %g", *out);
}

/* The keys that every node has stand first in both kinds' tables. */
enum { ID, NAME, DESCRIPTION, WEIGHT, N_COMMON };

static bool read_common(struct tree *tree, struct node *node, const struct document_key *keys,
                        struct fault *fault) {
    const struct reading *in = tree->in;
    node->description = "";
    if (!document_id(in->document, keys[ID].value, "id", in->arena, &node->id, fault) ||
        !document_text(in->document, keys[NAME].value, "name", in->arena, &node->name, fault) ||
        !read_weight(in, keys[WEIGHT].value, &node->weight, fault) ||
        (keys[DESCRIPTION].value &&
         !document_text(in->document, keys[DESCRIPTION].value, "description", in->arena,
                        &node->description, fault))) {
        return false;
    }
    if (definition_node(in->out, node->id) != NO_NODE) {
        return document_fault(in->document, keys[ID].value, fault, "a second node '%s'", node->id);
    }
    in->out->n_nodes = tree->n;
    return true;
}

enum {
    UNIT = N_COMMON,
    DIRECTION,
    DATASET,
    PROXY,
    DENOMINATOR,
    PER,
    TREAT,
    IMPUTE,
    SCALE,
    N_METRIC_KEYS = SCALE + SCALE_KEYS
};

/* A metric's own method, in place of its level's or on top of it. */
static bool read_own_method(const struct reading *in, int at, const struct document_key *keys,
                            size_t level, struct node_method *method, struct fault *fault) {
    struct scale shared = method->scale;
    bool own = false;
    for (size_t k = SCALE; k < N_METRIC_KEYS; k++)
        own = own || keys[k].value;
    if (!definition_read_scale(in, at, &keys[SCALE], &shared, false, &method->scale, fault) ||
        !definition_check_begin(in, at, in->out->levels, level, &method->scale, fault) ||
        (keys[TREAT].value &&
         !definition_read_treatment(in, keys[TREAT].value, &method->treatment, fault)) ||
        (keys[IMPUTE].value &&
         !definition_read_imputation(in, keys[IMPUTE].value, &method->imputation, fault)))
        return false;
    method->scale.own = own;
    method->treatment.own = keys[TREAT].value != 0;
    method->imputation.own = keys[IMPUTE].value != 0;
    return true;
}

static bool read_dataset_of(const struct reading *in, int id, int named, struct node *node,
                            struct fault *fault) {
    const char *dataset = node->id;
    if (named && !document_text(in->document, named, "dataset", in->arena, &dataset, fault))
        return false;
    return definition_find_dataset(in, named ? named : id, dataset, &node->dataset, fault);
}

/* "population" is a dataset, if there is one of that name, and else the area table's. */
static bool read_denominator(const struct reading *in, const struct document_key *keys,
                             struct node *node, struct fault *fault) {
    int at = keys[DENOMINATOR].value, per = keys[PER].value;
    const char *id;
    node->denominator = DENOMINATOR_NONE;
    node->per = 1.0;
    if (per && !at)
        return document_fault(in->document, per, fault, "'per' belongs to a 'denominator'");
    if (!at)
        return true;
    if ((per && !document_number(in->document, per, "per", &node->per, fault)) ||
        !document_text(in->document, at, "denominator", in->arena, &id, fault))
        return false;
    if (!(node->per > 0.0))
        return document_fault(in->document, per, fault,
                              "'per': expected a number above 0, found %g", node->per);
    if (strcmp(id, "population") == 0 && definition_dataset(in->out, id) == NO_DATASET) {
        node->denominator = DENOMINATOR_POPULATION;
        return true;
    }
    return definition_find_dataset(in, at, id, &node->denominator, fault);
}

static bool read_metric(struct tree *tree, int at, size_t self, struct fault *fault) {
    struct node *node = &tree->nodes[self];
    struct document_key keys[N_METRIC_KEYS] = {
        [ID] = {"id", true, 0},
        [NAME] = {"name", true, 0},
        [DESCRIPTION] = {"description", false, 0},
        [WEIGHT] = {"weight", false, 0},
        [UNIT] = {"unit", tree->in->lists_datasets, 0},
        [DIRECTION] = {"direction", true, 0},
        [DATASET] = {"dataset", false, 0},
        [PROXY] = {"proxy", false, 0},
        [DENOMINATOR] = {"denominator", false, 0},
        [PER] = {"per", false, 0},
        [TREAT] = {"treat", false, 0},
        [IMPUTE] = {"impute", false, 0},
    };
    definition_scale_keys(&keys[SCALE]);
    static const char *const directions[] = {"higher-is-need", "lower-is-need"};
    const struct reading *in = tree->in;
    size_t direction;
    node->unit = "";
    if (!document_keys(in->document, at, "a metric", keys, N_METRIC_KEYS, fault) ||
        !read_common(tree, node, keys, fault) ||
        (keys[UNIT].value &&
         !document_text(in->document, keys[UNIT].value, "unit", in->arena, &node->unit, fault)) ||
        !document_choice(in->document, keys[DIRECTION].value, "direction", directions, 2,
                         &direction, fault) ||
        (keys[PROXY].value &&
         !document_bool(in->document, keys[PROXY].value, "proxy", &node->proxy, fault)) ||
        !read_own_method(in, at, keys, node->level, &tree->methods[self], fault) ||
        !read_dataset_of(in, keys[ID].value, keys[DATASET].value, node, fault))
        return false;
    node->direction = direction == 0 ? HIGHER_IS_NEED : LOWER_IS_NEED;
    return read_denominator(in, keys, node, fault);
}

static bool read_node(struct tree *tree, int at, size_t parent, struct fault *fault);

static bool read_parent(struct tree *tree, int at, size_t self, struct fault *fault) {
    enum { CHILDREN = N_COMMON, N_KEYS };
    struct document_key keys[N_KEYS] = {
        [ID] = {"id", true, 0},
        [NAME] = {"name", true, 0},
        [DESCRIPTION] = {"description", false, 0},
        [WEIGHT] = {"weight", false, 0},
        [CHILDREN] = {"children", true, 0},
    };
    const struct document *document = tree->in->document;
    size_t n;
    if (!document_keys(document, at, "a node above the metrics", keys, N_KEYS, fault) ||
        !read_common(tree, &tree->nodes[self], keys, fault) ||
        !document_list(document, keys[CHILDREN].value, "children", &n, fault)) {
        return false;
    }
    if (n == 0) {
        return document_fault(document, keys[CHILDREN].value, fault, "'%s' has no children",
                              tree->nodes[self].id);
    }
    for (size_t i = 0; i < n; i++) {
        int child = document_entry(document, keys[CHILDREN].value, i);
        if (!read_node(tree, child, self, fault))
            return false;
    }
    return true;
}

/* Metrics stand at the last level and nowhere else. */
static bool check_depth(const struct tree *tree, int at, size_t level, struct fault *fault) {
    const struct definition *definition = tree->in->out;
    const struct document *document = tree->in->document;
    const struct level *last = &definition->levels[definition->n_levels - 1];
    bool has_children = document_find(document, at, "children") != 0;
    if (level + 1 == definition->n_levels && has_children) {
        return document_fault(document, document_find(document, at, "children"), fault,
                              "children below '%s', the last of %zu levels", last->id,
                              definition->n_levels);
    }
    if (level + 1 < definition->n_levels && !has_children) {
        return document_fault(document, at, fault,
                              "a node at level '%s' has no 'children': metrics stand at level "
                              "'%s', the last of %zu",
                              definition->levels[level].id, last->id, definition->n_levels);
    }
    return true;
}

static bool read_node(struct tree *tree, int at, size_t parent, struct fault *fault) {
    size_t self = tree->n++;
    struct node *node = &tree->nodes[self];
    node->parent = parent;
    node->level = parent == NO_NODE ? 0 : tree->nodes[parent].level + 1;
    node->dataset = NO_DATASET;
    node->denominator = DENOMINATOR_NONE;
    if (!check_depth(tree, at, node->level, fault))
        return false;
    tree->methods[self] = tree->in->out->levels[node->level].method;
    bool metric = node->level + 1 == tree->in->out->n_levels;
    bool good = metric ? read_metric(tree, at, self, fault) : read_parent(tree, at, self, fault);
    node->end = tree->n;
    tree->methods[self].weight = node->weight;
    return good;
}

/* Regressions name metrics that may stand further down. */
static bool find_regressors(struct tree *tree, int at, struct fault *fault) {
    for (size_t k = 0; k < tree->n; k++) {
        struct imputation *how = &tree->methods[k].imputation;
        if (how->method != IMPUTE_REGRESSION)
            continue;
        if (!definition_find_metrics(tree->in, at, how, fault))
            return false;
        for (size_t i = 0; i < how->n_on; i++) {
            if (how->on[i] == k)
                return document_fault(tree->in->document, at, fault,
                                      "impute: regression of '%s' on itself", tree->nodes[k].id);
        }
    }
    return true;
}

bool definition_read_tree(const struct reading *in, int at, struct fault *fault) {
    size_t room = count_nodes(in->document, at);
    if (room > NODES_MAX) {
        return document_fault(in->document, at, fault, "%zu nodes: at most %d can be read", room,
                              NODES_MAX);
    }
    struct tree tree = {.in = in};
    tree.nodes = arena_alloc(in->arena, room, sizeof *tree.nodes);
    tree.methods = arena_alloc(in->arena, room, sizeof *tree.methods);
    if (!tree.nodes || !tree.methods)
        return fault_memory(fault);
    in->out->nodes = tree.nodes;
    in->out->method.nodes = tree.methods;
    return read_node(&tree, at, NO_NODE, fault) && find_regressors(&tree, at, fault);
}

bool definition_find_node(const struct reading *in, int at, size_t *out, struct fault *fault) {
    const char *id;
    if (!document_text(in->document, at, "node", in->arena, &id, fault))
        return false;
    *out = definition_node(in->out, id);
    if (*out != NO_NODE)
        return true;
    struct nearest nearest = {.word = id};
    for (size_t i = 0; i < in->out->n_nodes; i++)
        nearest_offer(&nearest, in->out->nodes[i].id);
    return document_unknown(in->document, at, "node", id, nearest.best, fault);
}
