#include "core/definition_parts.h"

#include <string.h>

enum { NODES_MAX = 10000 };

struct tree {
    const struct reading *in;
    struct node *nodes;
    size_t n, room;
};

/* How many nodes there are at and below `at`, as far as anybody can tell before they are read. */
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

/* A metric's own normalisation, in place of its level's or on top of it. */
static bool read_own_scale(const struct reading *in, int at, const struct document_key *keys,
                           struct node *node, struct fault *fault) {
    const struct scale *shared = node->scale;
    struct scale *own = arena_alloc(in->arena, 1, sizeof *own);
    if (!own)
        return fault_memory(fault);
    node->scale = own;
    return definition_read_scale(in, at, keys, shared, false, own, fault);
}

static bool read_metric(struct tree *tree, int at, struct node *node, struct fault *fault) {
    enum { UNIT = N_COMMON, DIRECTION, DATASET, PROXY, SCALE, N_KEYS = SCALE + SCALE_KEYS };
    struct document_key keys[N_KEYS] = {
        [ID] = {"id", true, 0},
        [NAME] = {"name", true, 0},
        [DESCRIPTION] = {"description", false, 0},
        [WEIGHT] = {"weight", false, 0},
        [UNIT] = {"unit", tree->in->lists_datasets, 0},
        [DIRECTION] = {"direction", true, 0},
        [DATASET] = {"dataset", false, 0},
        [PROXY] = {"proxy", false, 0},
    };
    definition_scale_keys(&keys[SCALE]);
    static const char *const directions[] = {"higher-is-need", "lower-is-need"};
    const struct reading *in = tree->in;
    size_t direction;
    node->unit = "";
    if (!document_keys(in->document, at, "a metric", keys, N_KEYS, fault) ||
        !read_common(tree, node, keys, fault) ||
        (keys[UNIT].value &&
         !document_text(in->document, keys[UNIT].value, "unit", in->arena, &node->unit, fault)) ||
        !document_choice(in->document, keys[DIRECTION].value, "direction", directions, 2,
                         &direction, fault) ||
        (keys[PROXY].value &&
         !document_bool(in->document, keys[PROXY].value, "proxy", &node->proxy, fault))) {
        return false;
    }
    node->direction = direction == 0 ? HIGHER_IS_NEED : LOWER_IS_NEED;
    if (!read_own_scale(in, at, &keys[SCALE], node, fault))
        return false;
    const char *dataset = node->id;
    int named = keys[DATASET].value;
    if (named && !document_text(in->document, named, "dataset", in->arena, &dataset, fault)) {
        return false;
    }
    return definition_find_dataset(in, named ? named : keys[ID].value, dataset, &node->dataset,
                                   fault);
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
    if (tree->n == tree->room) {
        return document_fault(tree->in->document, at, fault, "a node that was not counted");
    }
    size_t self = tree->n++;
    struct node *node = &tree->nodes[self];
    node->parent = parent;
    node->level = parent == NO_NODE ? 0 : tree->nodes[parent].level + 1;
    node->dataset = NO_DATASET;
    node->scale = &tree->in->out->levels[node->level].scale;
    if (!check_depth(tree, at, node->level, fault))
        return false;
    bool metric = node->level + 1 == tree->in->out->n_levels;
    bool good = metric ? read_metric(tree, at, node, fault) : read_parent(tree, at, self, fault);
    node->end = tree->n;
    return good;
}

bool definition_read_tree(const struct reading *in, int at, struct fault *fault) {
    size_t room = count_nodes(in->document, at);
    if (room > NODES_MAX) {
        return document_fault(in->document, at, fault, "%zu nodes: at most %d can be read", room,
                              NODES_MAX);
    }
    struct tree tree = {.in = in, .room = room};
    tree.nodes = arena_alloc(in->arena, room, sizeof *tree.nodes);
    if (!tree.nodes)
        return fault_memory(fault);
    in->out->nodes = tree.nodes;
    return read_node(&tree, at, NO_NODE, fault);
}
