/* What a study asks for: checked, and opened. */
#include "core/alternatives.h"
#include "services/bus/convert.h"
#include "services/bus/stored.h"
#include "services/bus/study_parts.h"

#include <stdlib.h>
#include <string.h>

const char *const study_kinds[STUDY_KINDS] = {
    [STUDY_UNCERTAINTY] = "uncertainty", [STUDY_SENSITIVITY] = "sensitivity",
    [STUDY_WEIGHTS] = "weights",         [STUDY_WHAT_IF] = "what-if",
    [STUDY_BACK_CAST] = "back-cast",
};

/* The largest NodeSpread: nominal, items, mean, low, median, high; and a number for each band. */
enum { SPREAD_BYTES = 40, BAND_BYTES = 5, RESULT_BYTES_MAX = 128 << 20 };

static enum study_kind kind_of(const Study *study) {
    int kind = 0;
    while (kind < STUDY_KINDS && strcmp(study->kind, study_kinds[kind]) != 0)
        kind++;
    return (enum study_kind)kind;
}

bool study_has_tallies(const struct study *study) {
    return study->kind == STUDY_UNCERTAINTY || study->kind == STUDY_WEIGHTS;
}

bool study_has_outcomes(const struct study *study) {
    return study->kind == STUDY_SENSITIVITY ||
           (study->kind == STUDY_WEIGHTS && study->message->items <= STUDY_POINTS_KEPT);
}

bool study_has_ranks(const struct study *study) {
    return study->kind == STUDY_WHAT_IF || study->kind == STUDY_BACK_CAST;
}

const Study *study_message(const struct study *study) {
    return study->message;
}

/* --- how many items --------------------------------------------------------------------------- */

static bool count_replicates(const Study *study, const struct definition *definition,
                             uint64_t *items, struct fault *fault) {
    if (definition->uncertainty.n_factors == 0)
        return fault_set(fault, FAULT_INPUT,
                         "the definition has no 'uncertainty': it must say which choices could "
                         "have been made otherwise");
    *items = study->items;
    return (*items >= 2 && *items <= STUDY_REPLICATES_MAX) ||
           fault_set(fault, FAULT_INPUT, "2 to %d replicates can be computed, found %llu",
                     STUDY_REPLICATES_MAX, (unsigned long long)*items);
}

static bool count_design(const Study *study, const struct definition *definition, uint64_t *items,
                         struct fault *fault) {
    size_t factors = definition->uncertainty.n_factors;
    if (factors < 2)
        return fault_set(fault, FAULT_INPUT,
                         "sensitivity needs 2 factors or more under 'uncertainty', the definition "
                         "has %zu",
                         factors);
    if (study->n_nodes != 1)
        return fault_set(fault, FAULT_INPUT, "sensitivity is of one node, found %zu",
                         study->n_nodes);
    *items = (uint64_t)study->rows * (factors + 2);
    if (study->rows < 2 || *items > STUDY_DESIGN_MAX)
        return fault_set(fault, FAULT_INPUT,
                         "the design of %zu factors can have 2 to %zu rows, found %u", factors,
                         STUDY_DESIGN_MAX / (factors + 2), study->rows);
    return study->bootstrap <= STUDY_BOOTSTRAP_MAX ||
           fault_set(fault, FAULT_INPUT, "the rows can be resampled up to %d times, found %u",
                     STUDY_BOOTSTRAP_MAX, study->bootstrap);
}

/* The nodes of a level, by its id; returns how many. `out` NULL: only counted. */
static size_t nodes_of_level(const struct definition *definition, const char *level, size_t *out) {
    size_t n = 0;
    for (size_t k = 0; k < definition->n_nodes; k++) {
        if (strcmp(definition->levels[definition->nodes[k].level].id, level) != 0)
            continue;
        if (out)
            out[n] = k;
        n++;
    }
    return n;
}

static bool count_points(const Study *study, const struct definition *definition, uint64_t *items,
                         struct fault *fault) {
    if (!study->grid)
        return fault_set(fault, FAULT_INPUT, "a study of weights without a grid");
    size_t n = nodes_of_level(definition, study->grid->level, NULL);
    if (n < 2)
        return fault_set(fault, FAULT_INPUT,
                         "the index has %zu nodes of the level '%.80s': weights are of 2 or more",
                         n, study->grid->level);
    struct grid *grid = grid_new(n, study->grid->steps, fault);
    if (!grid)
        return false;
    *items = grid_points(grid);
    grid_destroy(&grid);
    return *items <= STUDY_POINTS_MAX ||
           fault_set(fault, FAULT_INPUT,
                     "a grid of %zu weights in %u steps has %llu points, more than %d: take fewer "
                     "steps",
                     n, study->grid->steps, (unsigned long long)*items, STUDY_POINTS_MAX);
}

static bool check_alternative(const Alternative *alternative, enum study_kind kind,
                              struct fault *fault) {
    if (!alternative->has_definition)
        return true;
    if (kind != STUDY_WHAT_IF || alternative->pack)
        return fault_set(fault, FAULT_INPUT, "'%.80s': a definition has no place beside %s",
                         alternative->name, alternative->pack ? "a pack" : "an edition");
    struct definition *definition =
        definition_read(alternative->name, (const char *)alternative->definition.data,
                        alternative->definition.len, fault);
    definition_destroy(&definition);
    return fault->kind == FAULT_NONE;
}

static bool count_alternatives(const Study *study, const struct pack *pack, enum study_kind kind,
                               uint64_t *items, struct fault *fault) {
    size_t n = study->n_alternatives, areas = pack->geography->n_areas;
    *items = n;
    if (n < 1 || n > STUDY_ALTERNATIVES_MAX || n * areas > STUDY_RANKS_MAX / study->n_nodes)
        return fault_set(fault, FAULT_INPUT,
                         "%zu alternatives of %zu places at %zu nodes: expected 1 to %d, and %d "
                         "ranks at most",
                         n, areas, study->n_nodes, STUDY_ALTERNATIVES_MAX, STUDY_RANKS_MAX);
    for (size_t i = 0; i < n; i++) {
        struct fault why = {0};
        if (check_alternative(study->alternatives[i], kind, &why))
            continue;
        *fault = why;
        return false;
    }
    return true;
}

static bool check_nodes(const Study *study, const struct definition *definition,
                        struct fault *fault) {
    if (study->n_nodes == 0 || study->n_nodes > definition->n_nodes)
        return fault_set(fault, FAULT_INPUT, "ranks at %zu nodes, of an index of %zu",
                         study->n_nodes, definition->n_nodes);
    for (size_t i = 0; i < study->n_nodes; i++) {
        if (definition_node(definition, study->nodes[i]) == NO_NODE)
            return fault_set(fault, FAULT_INPUT, "the index has no node '%.80s'", study->nodes[i]);
        for (size_t k = 0; k < i; k++) {
            if (strcmp(study->nodes[k], study->nodes[i]) == 0)
                return fault_set(fault, FAULT_INPUT, "ranks at '%.80s' twice", study->nodes[i]);
        }
    }
    return true;
}

/* The result travels in one message. */
static bool check_spread(const Study *study, const struct pack *pack, struct fault *fault) {
    size_t each = SPREAD_BYTES + BAND_BYTES * pack->definition->bands,
           areas = pack->geography->n_areas;
    return study->n_nodes <= RESULT_BYTES_MAX / each / areas ||
           fault_set(fault, FAULT_INPUT,
                     "the ranks of %zu places at %zu nodes are too many for one study", areas,
                     study->n_nodes);
}

bool study_items(const Study *study, const struct pack *pack, uint64_t *items,
                 struct fault *fault) {
    enum study_kind kind = kind_of(study);
    if (!check_nodes(study, pack->definition, fault))
        return false;
    switch (kind) {
    case STUDY_UNCERTAINTY:
        return count_replicates(study, pack->definition, items, fault) &&
               check_spread(study, pack, fault);
    case STUDY_SENSITIVITY:
        return count_design(study, pack->definition, items, fault);
    case STUDY_WEIGHTS:
        return count_points(study, pack->definition, items, fault) &&
               check_spread(study, pack, fault);
    case STUDY_WHAT_IF:
    case STUDY_BACK_CAST:
        return count_alternatives(study, pack, kind, items, fault);
    default:
        return fault_set(fault, FAULT_INPUT, "there is no study of the kind '%.80s'", study->kind);
    }
}

/* --- opening ---------------------------------------------------------------------------------- */

static bool find_nodes(struct study *study, struct fault *fault) {
    const struct definition *definition = study->pack->definition;
    const Study *message = study->message;
    uint64_t items;
    if (!study_items(message, study->pack, &items, fault))
        return false;
    if (items != message->items)
        return fault_set(fault, FAULT_INPUT, "a study of %llu items, which says that it has %llu",
                         (unsigned long long)items, (unsigned long long)message->items);
    study->n_areas = study->pack->geography->n_areas;
    study->n_nodes = message->n_nodes;
    study->nodes = arena_alloc(study->arena, study->n_nodes, sizeof *study->nodes);
    if (!study->nodes)
        return fault_memory(fault);
    for (size_t i = 0; i < study->n_nodes; i++)
        study->nodes[i] = definition_node(definition, message->nodes[i]);
    study->bin_width = tally_bin_width(study->n_areas, study->n_nodes, items);
    return true;
}

static bool open_figures(struct study *study, struct fault *fault) {
    const struct release **releases =
        library_releases_of(study->library, study->arena, study->pack, study->message->inputs,
                            study->message->n_inputs, fault);
    study->figures = releases ? figures_new(study->pack, releases, fault) : NULL;
    return study->figures != NULL;
}

static bool take_nominal(void *context, uint64_t k, size_t i, const uint32_t *rank,
                         const uint8_t *band, struct fault *fault) {
    struct study *study = context;
    memcpy(study->nominal + i * study->n_areas, rank, study->n_areas * sizeof *rank);
    (void)k, (void)band, (void)fault;
    return true;
}

static bool rank_nominal(struct study *study, struct fault *fault) {
    const struct alternatives_use as_it_is = {.ranks = take_nominal, .context = study};
    study->nominal =
        arena_alloc(study->arena, study->n_nodes * study->n_areas, sizeof *study->nominal);
    if (!study->nominal)
        return fault_memory(fault);
    struct alternatives *alternatives =
        alternatives_new(study->pack, study->figures, study->nodes, study->n_nodes, fault);
    bool ranked = alternatives && alternatives_run(alternatives, 0, 1, &as_it_is, fault);
    alternatives_destroy(&alternatives);
    return ranked;
}

static bool open_grid(struct study *study, struct fault *fault) {
    const struct definition *definition = study->pack->definition;
    const Mindex__V1__WeightGrid *grid = study->message->grid;
    study->weighted = arena_alloc(study->arena, definition->n_nodes, sizeof *study->weighted);
    if (!study->weighted)
        return fault_memory(fault);
    study->n_weighted = nodes_of_level(definition, grid->level, study->weighted);
    study->grid = grid_new(study->n_weighted, grid->steps, fault);
    return study->grid != NULL;
}

/* The pack as it came, so that its definition can be replaced. */
static bool open_files(struct study *study, struct fault *fault) {
    uint8_t *bytes = NULL;
    size_t length = 0;
    if (!library_bytes(study->library, study->message->pack, &bytes, &length, fault))
        return false;
    study->files = stored_message(&mindex__v1__pack__descriptor, bytes, length, "the pack", fault);
    free(bytes);
    return study->files != NULL;
}

static bool open_study(struct study *study, struct fault *fault) {
    study->pack = library_pack(study->library, study->message->pack, fault);
    if (!study->pack)
        return false;
    library_keep(study->library, study->pack);
    if (!find_nodes(study, fault))
        return false;
    if (study->kind == STUDY_WHAT_IF)
        return open_files(study, fault);
    if (study->kind == STUDY_BACK_CAST)
        return true;
    return open_figures(study, fault) && rank_nominal(study, fault) &&
           (study->kind != STUDY_WEIGHTS || open_grid(study, fault));
}

struct study *study_open(struct library *library, const uint8_t *bytes, size_t length,
                         struct fault *fault) {
    struct arena *arena = arena_new();
    struct study *study = arena ? arena_alloc(arena, 1, sizeof *study) : NULL;
    if (!study) {
        arena_destroy(&arena);
        fault_memory(fault);
        return NULL;
    }
    study->arena = arena;
    study->library = library;
    hash_of(bytes, length, study->hash);
    study->message =
        stored_message(&mindex__v1__study__descriptor, bytes, length, "the study", fault);
    study->kind = study->message ? kind_of(study->message) : STUDY_KINDS;
    if (!study->message || !open_study(study, fault))
        study_destroy(&study);
    return study;
}

void study_destroy(struct study **study) {
    struct study *it = *study;
    if (!it)
        return;
    if (it->pack)
        library_let_go(it->library, it->pack);
    figures_destroy(&it->figures);
    grid_destroy(&it->grid);
    if (it->files)
        mindex__v1__pack__free_unpacked(it->files, NULL);
    if (it->message)
        mindex__v1__study__free_unpacked(it->message, NULL);
    struct arena *arena = it->arena;
    arena_destroy(&arena);
    *study = NULL;
}
