#include "core/explain_states.h"

#include "core/arena.h"
#include "core/status.h"

#include <stdlib.h>
#include <string.h>

/* --- worlds ----------------------------------------------------------------------------------- */

/* Releases of one pack's datasets as another pack's, by id. */
static const struct release **remap(struct arena *arena, const struct explain_side *side,
                                    const struct pack *pack) {
    const struct definition *to = pack->definition, *from = side->pack->definition;
    const struct release **out = arena_alloc(arena, to->n_datasets, sizeof *out);
    for (size_t i = 0; out && i < to->n_datasets; i++) {
        size_t dataset = definition_dataset(from, to->datasets[i].id);
        out[i] = dataset == NO_DATASET ? NULL : side->releases[dataset];
    }
    return out;
}

static bool copy_cells(struct arena *arena, const struct column *from, const uint8_t *imputed,
                       struct column *out, uint8_t **out_imputed) {
    *out_imputed = arena_alloc(arena, from->count, 1);
    if (!*out_imputed || !figures_column(arena, from->count, true, out))
        return false;
    memcpy(*out_imputed, imputed, from->count);
    memcpy(out->value, from->value, from->count * sizeof *out->value);
    memcpy(out->status, from->status, from->count);
    memcpy(out->rule, from->rule, from->count);
    return true;
}

/* A place that the other side does not have keeps its figures: that it came or went is a change of
 * the tables, and must not be one of figures as well. */
static void keep_places(const struct figures *own, const struct pack *own_pack,
                        const struct pack *other, struct figures *figures) {
    const struct geography *g = own_pack->geography;
    size_t next = 0;
    for (size_t row = 0; row < figures->n_rows; row++) {
        size_t found = geography_area_near(other->geography, g->areas[row % g->n_areas].code, next);
        next = found != SIZE_MAX ? found + 1 : next;
        if (found != SIZE_MAX)
            continue;
        for (size_t k = 0; k < own_pack->definition->n_nodes; k++) {
            if (!node_is_metric(&own_pack->definition->nodes[k]))
                continue;
            const struct metric_figures *from = &own->metrics[k];
            struct metric_figures *to = &figures->metrics[k];
            to->column.value[row] = from->column.value[row];
            to->column.status[row] = from->column.status[row];
            to->column.rule[row] = from->column.rule[row];
            to->imputed[row] = from->imputed[row];
        }
    }
}

/* One side's figures by the definition and the places of a world. */
static struct figures *take_figures(const struct explain_world *world, struct arena *arena,
                                    const struct explain_side *side, const struct explain_side *own,
                                    struct fault *fault) {
    const struct release **releases = remap(arena, side, world->pack);
    if (!releases) {
        fault_memory(fault);
        return NULL;
    }
    struct figures *figures = figures_new(world->pack, releases, fault);
    if (!figures || side->pack == world->pack)
        return figures;
    struct figures *kept = figures_new(world->pack, own->releases, fault);
    if (kept)
        keep_places(kept, world->pack, side->pack, figures);
    else
        figures_destroy(&figures);
    figures_destroy(&kept);
    return figures;
}

/* The figures of one side as this world's definition fills them in. `own` is the side whose
 * definition it is. */
static bool take_cells(struct explain_world *world, struct arena *arena,
                       const struct explain_side *side, const struct explain_side *own,
                       struct fault *fault) {
    const struct definition *definition = world->pack->definition;
    bool newer = world->cells[0] != NULL; /* the older side comes first */
    struct column *cells = arena_alloc(arena, definition->n_nodes, sizeof *cells);
    uint8_t **imputed = arena_alloc(arena, definition->n_nodes, sizeof *imputed);
    if (!cells || !imputed)
        return fault_memory(fault);
    world->cells[newer] = cells;
    world->imputed[newer] = imputed;
    struct figures *figures = take_figures(world, arena, side, own, fault);
    struct scorer *scorer = figures ? scorer_new(world->pack, figures, fault) : NULL;
    bool good = scorer && scorer_prepare(scorer, &definition->method, fault);
    for (size_t k = 0; good && k < definition->n_nodes; k++) {
        if (node_is_metric(&definition->nodes[k]) &&
            !copy_cells(arena, scorer_filled(scorer, k), scorer_imputed(scorer, k), &cells[k],
                        &imputed[k]))
            good = fault_memory(fault);
    }
    if (good && !world->scorer) {
        world->scorer = scorer;
        scorer = NULL;
    }
    scorer_destroy(&scorer);
    figures_destroy(&figures);
    return good;
}

static bool is_screened(const struct column *cells) {
    for (size_t row = 0; row < cells->count; row++) {
        if (cells->status[row] != STATUS_SCREENED)
            return false;
    }
    return true;
}

/* What screening and imputation did is in the cells already. */
static bool settle_method(struct explain_world *world, struct arena *arena) {
    const struct definition *definition = world->pack->definition;
    size_t n = definition->n_nodes;
    world->nodes = arena_alloc(arena, n, sizeof *world->nodes);
    world->screened[0] = arena_alloc(arena, n, sizeof *world->screened[0]);
    world->screened[1] = arena_alloc(arena, n, sizeof *world->screened[1]);
    if (!world->nodes || !world->screened[0] || !world->screened[1])
        return false;
    memcpy(world->nodes, definition->method.nodes, n * sizeof *world->nodes);
    for (size_t k = 0; k < n; k++) {
        world->nodes[k].imputation = (struct imputation){0};
        for (size_t t = 0; node_is_metric(&definition->nodes[k]) && t < 2; t++)
            world->screened[t][k] = is_screened(&world->cells[t][k]);
    }
    world->method = (struct method){.nodes = world->nodes};
    return true;
}

/* A metric that is screened on one side is not in the index there, which is more than having gaps:
 * coverage does not count it. */
static void set_cells(struct explain_world *world, size_t k, bool newer) {
    world->nodes[k].left_out =
        world->pack->definition->method.nodes[k].left_out || world->screened[newer][k];
    struct column *to = scorer_figures(world->scorer, k);
    const struct column *from = &world->cells[newer][k];
    memcpy(to->value, from->value, from->count * sizeof *to->value);
    memcpy(to->status, from->status, from->count);
    memcpy(to->rule, from->rule, from->count);
    scorer_changed(world->scorer, k);
}

static bool open_world(struct explain_states *states, size_t w, const struct pack *pack,
                       const struct explain_side *older, const struct explain_side *newer,
                       struct fault *fault) {
    struct explain_world *world = &states->worlds[w];
    world->pack = pack;
    const struct explain_side *own = pack == newer->pack ? newer : older;
    if (!take_cells(world, states->arena, older, own, fault) ||
        !take_cells(world, states->arena, newer, own, fault))
        return false;
    if (!settle_method(world, states->arena))
        return fault_memory(fault);
    for (size_t k = 0; k < pack->definition->n_nodes; k++) {
        if (node_is_metric(&pack->definition->nodes[k]))
            set_cells(world, k, false); /* filled in, also where nothing changed */
    }
    return true;
}

/* --- unions ----------------------------------------------------------------------------------- */

static bool same_cell(const struct explain_world *world, size_t k, size_t row) {
    const struct column *a = &world->cells[0][k], *b = &world->cells[1][k];
    if (a->status[row] != b->status[row] || a->rule[row] != b->rule[row] ||
        world->imputed[0][k][row] != world->imputed[1][k][row])
        return false;
    return a->status[row] != STATUS_VALUE || a->value[row] == b->value[row];
}

static bool count_changed(struct explain_world *world, struct arena *arena, struct fault *fault) {
    const struct definition *d = world->pack->definition;
    world->changed = arena_alloc(arena, d->n_nodes, sizeof *world->changed);
    if (!world->changed)
        return fault_memory(fault);
    for (size_t k = 0; k < d->n_nodes; k++) {
        for (size_t row = 0; node_is_metric(&d->nodes[k]) && row < world->cells[0][k].count; row++)
            world->changed[k] += !same_cell(world, k, row);
    }
    return true;
}

struct changed {
    size_t metric[2];                    /* node in the old and the new pack */
    const struct definition *definition; /* the newer of those that have it */
    size_t node;                         /* in that */
};

static size_t find_changed(const struct explain_states *states, struct changed *out) {
    const struct explain_world *old = &states->worlds[0];
    const struct explain_world *new = &states->worlds[states->n_worlds - 1];
    const struct definition *d = new->pack->definition, *before = old->pack->definition;
    size_t n = 0;
    for (size_t k = 0; k < d->n_nodes; k++) {
        if (!node_is_metric(&d->nodes[k]))
            continue;
        size_t was = definition_node(before, d->nodes[k].id);
        if (was != NO_NODE && !node_is_metric(&before->nodes[was]))
            was = NO_NODE;
        if (new->changed[k] || (was != NO_NODE && old->changed[was]))
            out[n++] = (struct changed){{was, k}, d, k};
    }
    for (size_t k = 0; k < before->n_nodes; k++) {
        size_t is = definition_node(d, before->nodes[k].id);
        if (node_is_metric(&before->nodes[k]) && is == NO_NODE && old->changed[k])
            out[n++] = (struct changed){{k, NO_NODE}, before, k};
    }
    return n;
}

static const char *ancestor(const struct changed *changed, size_t level) {
    size_t node = changed->node;
    while (changed->definition->nodes[node].level > level)
        node = changed->definition->nodes[node].parent;
    return changed->definition->nodes[node].id;
}

static size_t find_union(const struct explain_states *states, const char *id) {
    for (size_t u = 0; u < states->n_unions; u++) {
        if (strcmp(states->unions[u].id, id) == 0)
            return u;
    }
    return UNION_NONE;
}

/* Gathers by ancestors at a level; false: more unions than may be. */
static bool gather(struct explain_states *states, const struct changed *changed, size_t n,
                   size_t level, size_t most) {
    states->n_unions = 0;
    for (size_t i = 0; i < n; i++) {
        const char *id = ancestor(&changed[i], level);
        size_t u = find_union(states, id);
        if (u == UNION_NONE) {
            if (states->n_unions == most)
                return false;
            u = states->n_unions++;
            states->unions[u].id = id;
            states->unions[u].n = 0;
        }
        struct explain_union *to = &states->unions[u];
        to->metrics[to->n][0] = changed[i].metric[0];
        to->metrics[to->n++][1] = changed[i].metric[1];
    }
    return true;
}

static bool find_unions(struct explain_states *states, size_t most, struct fault *fault) {
    const struct definition *d = states->worlds[states->n_worlds - 1].pack->definition;
    size_t all = d->n_nodes + states->worlds[0].pack->definition->n_nodes;
    struct changed *changed = calloc(all, sizeof *changed);
    if (!changed)
        return fault_memory(fault);
    size_t n = find_changed(states, changed);
    most = most < 1 ? 1 : most;
    states->unions = arena_alloc(states->arena, most, sizeof *states->unions);
    bool room = states->unions != NULL;
    for (size_t u = 0; room && u < most; u++) {
        states->unions[u].metrics =
            arena_alloc(states->arena, n, sizeof *states->unions[u].metrics);
        room = states->unions[u].metrics != NULL;
    }
    /* Level 0 is the root: one union. */
    for (size_t level = d->n_levels; room && level-- > 0;) {
        if (gather(states, changed, n, level, most))
            break;
    }
    free(changed);
    return room || fault_memory(fault);
}

/* --- opening ---------------------------------------------------------------------------------- */

static bool map_packs(struct explain_states *states, const struct pack *old, const struct pack *new,
                      struct fault *fault) {
    size_t areas = new->geography->n_areas, nodes = new->definition->n_nodes;
    size_t *area = arena_alloc(states->arena, areas, sizeof *area);
    size_t *node = arena_alloc(states->arena, nodes, sizeof *node);
    if (!area || !node)
        return fault_memory(fault);
    for (size_t a = 0; a < areas; a++)
        area[a] = geography_area_near(old->geography, new->geography->areas[a].code, a);
    for (size_t k = 0; k < nodes; k++)
        node[k] = definition_node(old->definition, new->definition->nodes[k].id);
    states->to_old_area = area;
    states->to_old_node = node;
    return true;
}

bool explain_states_open(struct explain_states *states, const struct explain_side *older,
                         const struct explain_side *newer, size_t most_unions,
                         struct fault *fault) {
    *states = (struct explain_states){.n_worlds = older->pack == newer->pack ? 1 : 2};
    states->arena = arena_new();
    if (!states->arena)
        return fault_memory(fault);
    for (size_t w = 0; w < states->n_worlds; w++) {
        if (!open_world(states, w, w ? newer->pack : older->pack, older, newer, fault) ||
            !count_changed(&states->worlds[w], states->arena, fault))
            return false;
    }
    return map_packs(states, older->pack, newer->pack, fault) &&
           find_unions(states, most_unions, fault);
}

bool explain_states_open_whole(struct explain_states *states, const struct pack *older,
                               const struct pack *newer, struct fault *fault) {
    *states = (struct explain_states){.n_worlds = 2, .arena = arena_new()};
    return states->arena ? map_packs(states, older, newer, fault) : fault_memory(fault);
}

void explain_states_close(struct explain_states *states) {
    for (size_t w = 0; w < 2; w++)
        scorer_destroy(&states->worlds[w].scorer);
    arena_destroy(&states->arena);
}

/* --- setting up a state ----------------------------------------------------------------------- */

/* Which of a union's metrics world `w` has: with one world the new pack is the old. */
static size_t metric_in(const struct explain_states *states, size_t w, const size_t metric[2]) {
    return states->n_worlds == 1 ? metric[1] : metric[w];
}

void explain_set_union(struct explain_states *states, size_t world, size_t which, bool newer) {
    struct explain_world *w = &states->worlds[world];
    const struct explain_union *u = &states->unions[which];
    for (size_t i = 0; i < u->n; i++) {
        size_t k = metric_in(states, world, u->metrics[i]);
        if (k != NO_NODE)
            set_cells(w, k, newer);
    }
}

/* Published for the place itself, whatever code it had, or for all of its parts. */
static bool is_own_rule(uint8_t rule) {
    return rule == RULE_DIRECT || rule == RULE_RECODED || rule == RULE_SUMMED;
}

/* An imputed figure on either side, or one that reached the place by another kind of rule. */
static bool is_filled(const struct explain_world *world, size_t k, size_t row) {
    const struct column *a = &world->cells[0][k], *b = &world->cells[1][k];
    bool both = a->status[row] == STATUS_VALUE && b->status[row] == STATUS_VALUE;
    return world->imputed[0][k][row] || world->imputed[1][k][row] ||
           (both && a->rule[row] != b->rule[row] &&
            !(is_own_rule(a->rule[row]) && is_own_rule(b->rule[row])));
}

size_t explain_row(const struct explain_states *states, size_t world, size_t area) {
    size_t in = states->n_worlds == 2 && world == 0 ? states->to_old_area[area] : area;
    const struct explain_world *w = &states->worlds[world];
    if (in == SIZE_MAX)
        return SIZE_MAX;
    return scorer_rows(w->scorer) - w->pack->geography->n_areas + in; /* the newest period */
}

size_t explain_node(const struct explain_states *states, size_t world, size_t node) {
    return states->n_worlds == 2 && world == 0 ? states->to_old_node[node] : node;
}

/* The whole metric came or went, whatever the place's own figure is: that belongs to the others. */
static bool is_metric_screened(const struct explain_world *world, size_t k) {
    return world->screened[0][k] != world->screened[1][k];
}

void explain_set_cells(struct explain_states *states, size_t world, size_t which, size_t area,
                       bool own_new, bool filled_new) {
    struct explain_world *w = &states->worlds[world];
    const struct explain_union *u = &states->unions[which];
    size_t row = explain_row(states, world, area);
    for (size_t i = 0; row != SIZE_MAX && i < u->n; i++) {
        size_t k = metric_in(states, world, u->metrics[i]);
        if (k == NO_NODE || same_cell(w, k, row) || is_metric_screened(w, k))
            continue;
        struct column *to = scorer_figures(w->scorer, k);
        const struct column *from = &w->cells[is_filled(w, k, row) ? filled_new : own_new][k];
        to->value[row] = from->value[row];
        to->status[row] = from->status[row];
        to->rule[row] = from->rule[row];
        scorer_changed(w->scorer, k);
    }
}

void explain_differences(const struct explain_states *states, size_t which, size_t area, bool *own,
                         bool *filled, bool *others) {
    const struct explain_union *u = &states->unions[which];
    *own = *filled = *others = false;
    for (size_t w = 0; w < states->n_worlds; w++) {
        const struct explain_world *world = &states->worlds[w];
        size_t row = explain_row(states, w, area);
        for (size_t i = 0; i < u->n; i++) {
            size_t k = metric_in(states, w, u->metrics[i]);
            if (k == NO_NODE)
                continue;
            bool differs =
                row != SIZE_MAX && !same_cell(world, k, row) && !is_metric_screened(world, k);
            *others = *others || world->changed[k] > differs;
            if (!differs)
                continue;
            *(is_filled(world, k, row) ? filled : own) = true;
        }
    }
}
