/* Items of a study, computed and put into a piece. */
#include "core/alternatives.h"
#include "core/uncertainty.h"
#include "services/bus/study_parts.h"

#include <stdlib.h>
#include <string.h>

struct study_run {
    const struct study *study;
    struct library *library;
    struct alternatives *alternatives; /* made with the first items */
    uint64_t first, count;             /* of the items that it holds */
    uint64_t failed, failed_item;      /* and the least of those */
    struct fault failure;              /* why that one */
    struct tally **tallies;            /* by node */
    double *outcomes;                  /* by item, as are: */
    uint8_t *scored;
    uint32_t **ranks; /* in the arena; NULL: not scored */
    char **failures;
    uint64_t room; /* items of these */
    struct arena *arena;
    study_stop *stop;
    void *context;
};

struct study_run *study_run_new(const struct study *study, struct library *library,
                                struct fault *fault) {
    struct study_run *run = calloc(1, sizeof *run);
    if (!run) {
        fault_memory(fault);
        return NULL;
    }
    run->study = study;
    run->library = library;
    return run;
}

/* Lets go of what it holds. */
static void clear(struct study_run *run) {
    for (size_t i = 0; run->tallies && i < run->study->n_nodes; i++)
        tally_destroy(&run->tallies[i]);
    free(run->tallies);
    free(run->outcomes);
    free(run->scored);
    free(run->ranks);
    free(run->failures);
    arena_destroy(&run->arena);
    *run = (struct study_run){
        .study = run->study, .library = run->library, .alternatives = run->alternatives};
}

void study_run_destroy(struct study_run **run) {
    if (!*run)
        return;
    clear(*run);
    alternatives_destroy(&(*run)->alternatives);
    free(*run);
    *run = NULL;
}

/* --- room ------------------------------------------------------------------------------------- */

static bool open_tallies(struct study_run *run, struct fault *fault) {
    const struct study *study = run->study;
    run->tallies = calloc(study->n_nodes, sizeof(struct tally *));
    if (!run->tallies)
        return fault_memory(fault);
    for (size_t i = 0; i < study->n_nodes; i++) {
        run->tallies[i] = tally_new(study->n_areas, study->pack->definition->bands,
                                    study->bin_width, study->n_nodes, fault);
        if (!run->tallies[i])
            return false;
    }
    return true;
}

static bool grow(void *list, size_t count, size_t size, struct fault *fault) {
    void *more = realloc(*(void **)list, (count + 1) * size);
    if (!more)
        return fault_memory(fault);
    *(void **)list = more;
    return true;
}

/* For `count` items more; those that have no outcome and no ranks need none. */
static bool make_room(struct study_run *run, uint64_t count, struct fault *fault) {
    const struct study *study = run->study;
    bool ranks = study_has_ranks(study), outcomes = study_has_outcomes(study);
    if (study_has_tallies(study) && !run->tallies && !open_tallies(run, fault))
        return false;
    if (!run->arena && !(run->arena = arena_new()))
        return fault_memory(fault);
    if ((!ranks && !outcomes) || run->count + count <= run->room)
        return true;
    uint64_t room = run->count + count + run->room / 2;
    room = room < study->message->items ? room : study->message->items;
    if (!grow(&run->scored, room, sizeof *run->scored, fault) ||
        (outcomes && !grow(&run->outcomes, room, sizeof *run->outcomes, fault)) ||
        (ranks && (!grow(&run->ranks, room, sizeof *run->ranks, fault) ||
                   !grow(&run->failures, room, sizeof *run->failures, fault))))
        return false;
    run->room = room;
    return true;
}

/* --- what becomes of an item ------------------------------------------------------------------ */

static bool stopped(const struct study_run *run, struct fault *fault) {
    return run->stop && run->stop(run->context) &&
           !fault_set(fault, FAULT_SYSTEM, "told to stop before all was computed");
}

static void change(void *context, uint64_t k, struct method *method) {
    const struct study_run *run = context;
    const struct study *study = run->study;
    if (study->kind == STUDY_UNCERTAINTY) {
        uncertainty_change(study->pack->definition, study->message->seed, k, method);
    } else if (study->kind == STUDY_SENSITIVITY) {
        sensitivity_change(study->pack->definition, study->message->seed, k, method);
    } else {
        uint32_t parts[GRID_PARTS_MAX];
        grid_point(study->grid, k, parts);
        for (size_t i = 0; i < study->n_weighted; i++)
            method->nodes[study->weighted[i]].weight =
                (double)parts[i] / (double)study->message->grid->steps;
    }
}

/* The outcome is of the first node. */
static bool take(void *context, uint64_t k, size_t i, const uint32_t *rank, const uint8_t *band,
                 struct fault *fault) {
    struct study_run *run = context;
    if (run->tallies && !tally_add(run->tallies[i], rank, band, fault))
        return false;
    if (run->outcomes && i == 0) {
        run->outcomes[k - run->first] =
            mean_rank_shift(run->study->nominal, rank, run->study->n_areas);
        run->scored[k - run->first] = 1;
    }
    return !stopped(run, fault);
}

static bool take_failure(void *context, uint64_t k, const struct fault *why, struct fault *fault) {
    struct study_run *run = context;
    if (run->failed++ == 0 || k < run->failed_item) {
        run->failed_item = k;
        run->failure = *why;
    }
    if (run->outcomes)
        run->outcomes[k - run->first] = 0.0;
    if (run->scored)
        run->scored[k - run->first] = 0;
    return !stopped(run, fault);
}

static bool vary(struct study_run *run, uint64_t first, uint64_t count, struct fault *fault) {
    const struct study *study = run->study;
    const struct alternatives_use use = {
        .change = change, .ranks = take, .failed = take_failure, .context = run};
    if (!run->alternatives)
        run->alternatives =
            alternatives_new(study->pack, study->figures, study->nodes, study->n_nodes, fault);
    return run->alternatives && alternatives_run(run->alternatives, first, count, &use, fault);
}

/* That an alternative cannot be scored, or not be had, is told of it; the others are. */
static bool score(struct study_run *run, uint64_t k, struct fault *fault) {
    const struct study *study = run->study;
    size_t at = (size_t)(k - run->first);
    struct fault why = {0};
    run->ranks[at] = arena_alloc(run->arena, study->n_nodes * study->n_areas, sizeof(uint32_t));
    run->failures[at] = NULL;
    if (!run->ranks[at])
        return fault_memory(fault);
    if (study_score_alternative(study, run->library, k, run->ranks[at], &why)) {
        run->scored[at] = 1;
        return !stopped(run, fault);
    }
    run->failures[at] = arena_copy(run->arena, why.text, strlen(why.text));
    if (why.kind != FAULT_INPUT || !run->failures[at]) {
        *fault = why;
        return run->failures[at] ? false : fault_memory(fault);
    }
    memset(run->ranks[at], 0, study->n_nodes * study->n_areas * sizeof(uint32_t));
    return take_failure(run, k, &why, fault);
}

bool study_run_items(struct study_run *run, uint64_t first, uint64_t count, study_stop *stop,
                     void *context, struct fault *fault) {
    const struct study *study = run->study;
    uint64_t items = study->message->items;
    if (run->count == 0)
        run->first = first;
    if (count == 0 || first != run->first + run->count || count > items || first > items - count)
        return fault_set(fault, FAULT_INPUT, "items %llu to %llu of a study of %llu",
                         (unsigned long long)first, (unsigned long long)(first + count - 1),
                         (unsigned long long)items);
    run->stop = stop;
    run->context = context;
    bool good = make_room(run, count, fault);
    if (good && study_has_ranks(study)) {
        for (uint64_t k = first; good && k < first + count; k++)
            good = score(run, k, fault);
    } else if (good) {
        good = vary(run, first, count, fault);
    }
    run->count += count;
    if (!good)
        clear(run);
    return good;
}

/* --- the piece -------------------------------------------------------------------------------- */

static bool put_tallies(struct study_run *run, struct arena *arena, StudyPiece *piece,
                        struct fault *fault) {
    size_t n = run->tallies ? run->study->n_nodes : 0;
    piece->tallies = arena_alloc(arena, n, sizeof *piece->tallies);
    if (!piece->tallies)
        return fault_memory(fault);
    for (size_t i = 0; i < n; i++) {
        size_t length;
        uint8_t *bytes = tally_bytes(run->tallies[i], &length, fault);
        if (!bytes)
            return false;
        piece->tallies[i].data = (uint8_t *)arena_copy(arena, (const char *)bytes, length);
        piece->tallies[i].len = length;
        free(bytes);
        if (!piece->tallies[i].data)
            return fault_memory(fault);
        piece->n_tallies++;
    }
    return true;
}

static void *copy(struct arena *arena, const void *from, size_t count, size_t size) {
    void *to = arena_alloc(arena, count, size);
    if (to && count)
        memcpy(to, from, count * size);
    return to;
}

static bool put_items(struct study_run *run, struct arena *arena, StudyPiece *piece,
                      struct fault *fault) {
    size_t n = (size_t)run->count;
    if (run->outcomes) {
        piece->n_outcomes = n;
        piece->outcomes = copy(arena, run->outcomes, n, sizeof *run->outcomes);
    }
    if (run->scored) {
        piece->has_scored = true;
        piece->scored.len = n;
        piece->scored.data = copy(arena, run->scored, n, 1);
    }
    return ((!run->outcomes || piece->outcomes) && (!run->scored || piece->scored.data)) ||
           fault_memory(fault);
}

static bool put_ranks(struct study_run *run, struct arena *arena, StudyPiece *piece,
                      struct fault *fault) {
    size_t n = run->ranks ? (size_t)run->count : 0, nodes = run->study->n_nodes,
           areas = run->study->n_areas;
    piece->ranks = arena_alloc(arena, n * nodes, sizeof *piece->ranks);
    piece->failures = arena_alloc(arena, n, sizeof *piece->failures);
    ItemRanks *all = arena_alloc(arena, n * nodes, sizeof *all);
    if (!piece->ranks || !piece->failures || !all)
        return fault_memory(fault);
    for (size_t k = 0; k < n; k++) {
        piece->failures[piece->n_failures++] = run->failures[k] ? run->failures[k] : (char *)"";
        for (size_t i = 0; i < nodes; i++) {
            ItemRanks *ranks = piece->ranks[piece->n_ranks] = &all[piece->n_ranks];
            mindex__v1__item_ranks__init(ranks);
            ranks->rank = run->ranks[k] + i * areas;
            ranks->n_rank = areas;
            piece->n_ranks++;
        }
    }
    return true;
}

StudyPiece *study_run_piece(struct study_run *run, struct arena *arena, struct fault *fault) {
    StudyPiece *piece = arena_alloc(arena, 1, sizeof *piece);
    if (!piece) {
        fault_memory(fault);
        return NULL;
    }
    mindex__v1__study_piece__init(piece);
    piece->study = (char *)run->study->hash;
    piece->first = run->first;
    piece->count = run->count;
    piece->failed = run->failed;
    piece->has_failed_item = run->failed > 0;
    piece->failed_item = run->failed_item;
    bool good = put_tallies(run, arena, piece, fault) && put_items(run, arena, piece, fault) &&
                put_ranks(run, arena, piece, fault);
    if (good && run->failed) {
        piece->failure = arena_copy(arena, run->failure.text, strlen(run->failure.text));
        good = piece->failure || fault_memory(fault);
    }
    if (good && run->arena)
        arena_take(arena, &run->arena); /* ranks lie in it */
    clear(run);
    return good ? piece : NULL;
}
