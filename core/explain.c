#include "core/explain.h"

#include "core/arena.h"
#include "core/explain_states.h"
#include "core/status.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { UNIONS_MAX = 12, PLAYERS = 3 };

/* A place's scores at every node in one state; `there` is false where there is none. */
struct reading {
    double *value;
    bool *there;
};

struct splitting {
    struct explain_states states;
    const size_t *areas;
    size_t n_areas, n_nodes, n_causes, n_masks;
    /* Whole unions: bases[world * n_masks + mask], each with n_areas * n_nodes entries. */
    struct reading *bases;
    struct reading mixed[1 << PLAYERS]; /* one place, parts of one union */
    double *amounts;
    bool *apart; /* [area * n_nodes + node]: every state that counts has a score */
    struct arena *arena;
};

/* --- scoring a state -------------------------------------------------------------------------- */

static bool reading_new(struct arena *arena, size_t n, struct reading *out) {
    out->value = arena_alloc(arena, n, sizeof *out->value);
    out->there = arena_alloc(arena, n, sizeof *out->there);
    return out->value && out->there;
}

/* Reads one place's scores after a run, as entry `at` of `out`. */
static void read_area(const struct splitting *s, size_t world, size_t area, bool scored,
                      struct reading *out, size_t at) {
    const struct explain_states *states = &s->states;
    size_t row = explain_row(states, world, area);
    for (size_t k = 0; k < s->n_nodes; k++) {
        size_t node = explain_node(states, world, k);
        size_t i = at * s->n_nodes + k;
        out->there[i] = false;
        if (!scored || row == SIZE_MAX || node == NO_NODE)
            continue;
        const struct column *score = scorer_scores(states->worlds[world].scorer, node);
        out->there[i] = score->status[row] == STATUS_VALUE;
        out->value[i] = out->there[i] ? score->value[row] : 0.0;
    }
}

static void set_mask(struct splitting *s, size_t world, size_t mask) {
    for (size_t u = 0; u < s->states.n_unions; u++)
        explain_set_union(&s->states, world, u, (mask >> u & 1) != 0);
}

/* A state that cannot be scored has no scores. There is no other reason why it has none: memory is
 * only asked for by imputation, which the states have behind them. */
static void score_bases(struct splitting *s) {
    struct fault ignored;
    for (size_t w = 0; w < s->states.n_worlds; w++) {
        struct explain_world *world = &s->states.worlds[w];
        (void)scorer_run(world->scorer, &world->method, &ignored);
        for (size_t mask = 0; mask < s->n_masks; mask++) {
            set_mask(s, w, mask);
            bool scored = scorer_rerun(world->scorer, &ignored);
            for (size_t i = 0; i < s->n_areas; i++)
                read_area(s, w, s->areas[i], scored, &s->bases[w * s->n_masks + mask], i);
        }
    }
}

/* --- the Owen value --------------------------------------------------------------------------- */

static double factorial(size_t n) {
    double out = 1.0;
    for (size_t i = 2; i <= n; i++)
        out *= (double)i;
    return out;
}

/* The share of all orders of `players` in which exactly `before` given ones come before one. */
static double order_share(size_t before, size_t players) {
    return factorial(before) * factorial(players - before - 1) / factorial(players);
}

static size_t bits(size_t mask) {
    size_t n = 0;
    for (; mask; mask &= mask - 1)
        n++;
    return n;
}

static size_t n_players(const struct splitting *s) {
    return s->states.n_unions + (s->states.n_worlds - 1);
}

/* Adds share * (with - without) of one place to a cause, at every node. */
static void add(struct splitting *s, size_t area, size_t cause, double share,
                const struct reading *with, size_t with_at, const struct reading *without,
                size_t without_at) {
    for (size_t k = 0; k < s->n_nodes; k++) {
        size_t a = with_at * s->n_nodes + k, b = without_at * s->n_nodes + k;
        size_t at = area * s->n_nodes + k;
        if (!with->there[a] || !without->there[b])
            s->apart[at] = false;
        else
            s->amounts[at * s->n_causes + cause] += share * (with->value[a] - without->value[b]);
    }
}

/* Within a union, for one place: present[] says which of own, filled and others there are. Scores
 * the parts that are neither nothing nor everything into `mixed`. */
static void score_parts(struct splitting *s, size_t world, size_t which, size_t area,
                        size_t present) {
    struct fault ignored;
    for (size_t part = 1; part < (1 << PLAYERS); part++) {
        if ((part & ~present) || part == present)
            continue;
        bool own = part & 1, filled = (part >> 1 & 1) != 0, others = (part >> 2 & 1) != 0;
        explain_set_union(&s->states, world, which, others);
        explain_set_cells(&s->states, world, which, area, own, filled);
        bool scored = scorer_rerun(s->states.worlds[world].scorer, &ignored);
        read_area(s, world, area, scored, &s->mixed[part], 0);
    }
}

static size_t present_players(const struct splitting *s, size_t which, size_t area) {
    bool own, filled, others;
    explain_differences(&s->states, which, area, &own, &filled, &others);
    return (size_t)own | (size_t)filled << 1 | (size_t)others << 2;
}

/* One place, one union, beside the others as `mask` says. */
static void split_area(struct splitting *s, size_t world, size_t which, size_t mask, size_t area) {
    size_t present = present_players(s, which, s->areas[area]), players = bits(present);
    if (players > 1)
        score_parts(s, world, which, s->areas[area], present);
    const struct reading *none = &s->bases[world * s->n_masks + mask];
    const struct reading *all = &s->bases[world * s->n_masks + (mask | (size_t)1 << which)];
    size_t before = bits(mask) + (world == 1);
    double outer = order_share(before, n_players(s));
    for (size_t player = 0; player < PLAYERS; player++) {
        size_t one = (size_t)1 << player;
        for (size_t part = 0; (present & one) && part < (1 << PLAYERS); part++) {
            if ((part & ~present) || (part & one))
                continue;
            size_t with = part | one;
            add(s, area, which * PLAYERS + player, outer * order_share(bits(part), players),
                with == present ? all : &s->mixed[with], with == present ? area : 0,
                part == 0 ? none : &s->mixed[part], part == 0 ? area : 0);
        }
    }
}

static void split_union(struct splitting *s, size_t world, size_t which) {
    for (size_t mask = 0; mask < s->n_masks; mask++) {
        if (mask >> which & 1)
            continue;
        set_mask(s, world, mask);
        for (size_t area = 0; area < s->n_areas; area++)
            split_area(s, world, which, mask, area);
    }
}

static void split_definition(struct splitting *s) {
    for (size_t mask = 0; s->states.n_worlds == 2 && mask < s->n_masks; mask++) {
        for (size_t area = 0; area < s->n_areas; area++)
            add(s, area, s->states.n_unions * PLAYERS, order_share(bits(mask), n_players(s)),
                &s->bases[s->n_masks + mask], area, &s->bases[mask], area);
    }
}

static void split(struct splitting *s) {
    memset(s->apart, true, s->n_areas * s->n_nodes * sizeof *s->apart);
    score_bases(s);
    for (size_t w = 0; w < s->states.n_worlds; w++) {
        for (size_t u = 0; u < s->states.n_unions; u++)
            split_union(s, w, u);
    }
    split_definition(s);
}

/* --- the result ------------------------------------------------------------------------------- */

static bool name_causes(struct splitting *s, struct explanation *out) {
    struct explain_cause *causes = arena_alloc(s->arena, s->n_causes, sizeof *causes);
    if (!causes)
        return false;
    for (size_t u = 0; u < s->states.n_unions; u++) {
        const char *id = s->states.unions[u].id;
        const char *copy = arena_copy(s->arena, id, strlen(id));
        if (!copy)
            return false;
        const struct explain_world *newer = &s->states.worlds[s->states.n_worlds - 1];
        size_t in_older = definition_node(s->states.worlds[0].pack->definition, id);
        size_t in_newer = definition_node(newer->pack->definition, id);
        for (size_t p = 0; p < PLAYERS; p++)
            causes[u * PLAYERS + p] =
                (struct explain_cause){(enum cause)p, copy, in_older, in_newer};
    }
    if (s->states.n_worlds == 2)
        causes[s->n_causes - 2] = (struct explain_cause){CAUSE_DEFINITION, NULL, NO_NODE, NO_NODE};
    causes[s->n_causes - 1] = (struct explain_cause){CAUSE_TOGETHER, NULL, NO_NODE, NO_NODE};
    out->causes = causes;
    return true;
}

static bool finish(struct splitting *s, struct explanation *out) {
    size_t n = s->n_areas * s->n_nodes;
    bool *known = arena_alloc(s->arena, n, sizeof *known);
    const struct reading *before = &s->bases[0];
    const struct reading *after = &s->bases[s->states.n_worlds * s->n_masks - 1];
    if (!known || !name_causes(s, out))
        return false;
    for (size_t i = 0; i < n; i++) {
        double *amounts = &s->amounts[i * s->n_causes];
        known[i] = before->there[i] && after->there[i];
        if (known[i] && s->apart[i])
            continue;
        memset(amounts, 0, s->n_causes * sizeof *amounts);
        if (known[i])
            amounts[s->n_causes - 1] = after->value[i] - before->value[i];
    }
    out->n_areas = s->n_areas;
    out->n_nodes = s->n_nodes;
    out->n_causes = s->n_causes;
    out->amounts = s->amounts;
    out->known = known;
    out->before = before->value;
    out->after = after->value;
    out->arena = s->arena;
    return true;
}

static bool make_room(struct splitting *s) {
    size_t unions = s->states.n_unions, worlds = s->states.n_worlds;
    s->n_masks = (size_t)1 << unions;
    s->n_causes = unions * PLAYERS + (worlds - 1) + 1;
    s->bases = arena_alloc(s->arena, worlds * s->n_masks, sizeof *s->bases);
    s->amounts = arena_alloc(s->arena, s->n_areas * s->n_nodes, s->n_causes * sizeof *s->amounts);
    s->apart = arena_alloc(s->arena, s->n_areas * s->n_nodes, sizeof *s->apart);
    bool room = s->bases && s->amounts && s->apart;
    for (size_t i = 0; room && i < worlds * s->n_masks; i++)
        room = reading_new(s->arena, s->n_areas * s->n_nodes, &s->bases[i]);
    for (size_t i = 0; room && i < (1 << PLAYERS); i++)
        room = reading_new(s->arena, s->n_nodes, &s->mixed[i]);
    return room;
}

/* --- where no state in between can be set up -------------------------------------------------- */

static bool read_side(const struct explain_side *side, struct explain_world *world,
                      struct fault *fault) {
    struct figures *figures = figures_new(side->pack, side->releases, fault);
    world->pack = side->pack;
    world->scorer = figures ? scorer_new(side->pack, figures, fault) : NULL;
    figures_destroy(&figures);
    return world->scorer && scorer_run(world->scorer, &side->pack->definition->method, fault);
}

/* The new definition cannot take the old figures, or the old one the new: both editions as they
 * are, and one cause. */
static bool take_whole(struct splitting *s, const struct explain_side *older,
                       const struct explain_side *newer, struct fault *fault) {
    struct explain_states *states = &s->states;
    if (!explain_states_open_whole(states, older->pack, newer->pack, fault) ||
        !read_side(older, &states->worlds[0], fault) ||
        !read_side(newer, &states->worlds[1], fault))
        return false;
    if (!make_room(s))
        return fault_memory(fault);
    for (size_t w = 0; w < 2; w++) {
        for (size_t i = 0; i < s->n_areas; i++)
            read_area(s, w, s->areas[i], true, &s->bases[w], i);
    }
    return true; /* nothing is apart */
}

struct explanation *explain(const struct explain_side *older, const struct explain_side *newer,
                            const size_t *areas, size_t n_areas, size_t most_unions,
                            struct fault *fault) {
    struct splitting s = {.areas = areas,
                          .n_areas = n_areas,
                          .n_nodes = newer->pack->definition->n_nodes,
                          .arena = arena_new()};
    struct explanation *out = s.arena ? arena_alloc(s.arena, 1, sizeof *out) : NULL;
    size_t most = most_unions > UNIONS_MAX ? UNIONS_MAX : most_unions;
    bool good = out || fault_memory(fault);
    if (good && explain_states_open(&s.states, older, newer, most, fault)) {
        good = make_room(&s) || fault_memory(fault);
        if (good)
            split(&s);
    } else if (good && fault->kind == FAULT_INPUT && older->pack != newer->pack) {
        explain_states_close(&s.states);
        good = take_whole(&s, older, newer, fault);
    } else {
        good = false;
    }
    good = good && (finish(&s, out) || fault_memory(fault));
    explain_states_close(&s.states);
    if (good)
        return out;
    arena_destroy(&s.arena);
    return NULL;
}

void explanation_destroy(struct explanation **explanation) {
    if (!*explanation)
        return;
    /* The explanation lies in its own arena. */
    struct arena *arena = (*explanation)->arena;
    arena_destroy(&arena);
    *explanation = NULL;
}

double explanation_amount(const struct explanation *explanation, size_t area, size_t node,
                          size_t cause) {
    return explanation
        ->amounts[(area * explanation->n_nodes + node) * explanation->n_causes + cause];
}

const char *cause_name(enum cause cause) {
    static const char *const names[CAUSE_COUNT] = {
        [CAUSE_OWN] = "own",           [CAUSE_FILLED] = "filled",
        [CAUSE_OTHERS] = "others",     [CAUSE_DEFINITION] = "definition",
        [CAUSE_TOGETHER] = "together",
    };
    return names[cause];
}
