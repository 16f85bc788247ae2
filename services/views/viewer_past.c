/* The ranks of past editions: of each the columns at the root and just below it, and no more, so
 * that many of them can be kept. */
#include "services/views/viewer_parts.h"

#include "services/bus/convert.h"
#include "services/bus/stored.h"

#include <stdlib.h>
#include <string.h>

static void *copy_of(struct arena *arena, const void *from, size_t count, size_t size) {
    void *copy = arena_alloc(arena, count, size);
    if (copy)
        memcpy(copy, from, count * size);
    return copy;
}

static bool copy_node(struct arena *arena, const struct node_scores *from,
                      struct node_scores *out) {
    size_t n = from->score.count;
    out->score = (struct column){.count = n,
                                 .value = copy_of(arena, from->score.value, n, sizeof(double)),
                                 .status = copy_of(arena, from->score.status, n, 1)};
    out->rank = copy_of(arena, from->rank, n, sizeof *from->rank);
    out->shown_rank = copy_of(arena, from->shown_rank, n, sizeof(double));
    out->band = copy_of(arena, from->band, n, 1);
    return out->score.value && out->score.status && out->rank && out->shown_rank && out->band;
}

static struct past *past_of(const struct pack *pack, const struct edition *edition,
                            struct fault *fault) {
    struct arena *arena = arena_new();
    struct past *past = arena ? arena_alloc(arena, 1, sizeof *past) : NULL;
    bool fine = past != NULL;
    if (fine) {
        past->arena = arena;
        past->edition = (struct edition){.n_areas = edition->n_areas, .n_nodes = edition->n_nodes};
        past->edition.nodes = arena_alloc(arena, edition->n_nodes, sizeof *past->edition.nodes);
        fine = past->edition.nodes != NULL;
    }
    for (size_t k = 0; fine && k < edition->n_nodes; k++) {
        if (k == 0 || pack->definition->nodes[k].parent == 0)
            fine = copy_node(arena, &edition->nodes[k], &past->edition.nodes[k]);
    }
    if (fine)
        return past;
    arena_destroy(&arena);
    fault_memory(fault);
    return NULL;
}

/* Not by the library, which would hold the whole of each edition until the next turn. */
static struct edition *read_edition(struct viewer *viewer, const struct pack *pack,
                                    const char *hash, struct fault *fault) {
    uint8_t *bytes = NULL;
    size_t length = 0;
    if (!library_bytes(viewer->library, hash, &bytes, &length, fault))
        return NULL;
    EditionScores *message =
        stored_message(&mindex__v1__edition_scores__descriptor, bytes, length, hash, fault);
    free(bytes);
    struct edition *edition = message ? edition_of_message(message, pack, fault) : NULL;
    if (message)
        mindex__v1__edition_scores__free_unpacked(message, NULL);
    return edition;
}

static const struct past *find_past(struct viewer *viewer, const EditionInfo *info,
                                    struct fault *fault) {
    char key[KEPT_KEY];
    (void)snprintf(key, sizeof key, "%s.%s", info->pack, info->scores);
    struct past *past = viewer_find(viewer, KEPT_PAST, key);
    if (past)
        return past;
    const struct pack *pack = library_pack(viewer->library, info->pack, fault);
    struct edition *edition = pack ? read_edition(viewer, pack, info->scores, fault) : NULL;
    past = edition ? past_of(pack, edition, fault) : NULL;
    edition_destroy(&edition);
    if (!past)
        return NULL;
    past->view = (struct view){.pack = pack, .edition = &past->edition};
    library_keep(viewer->library, pack);
    return viewer_keep(viewer, KEPT_PAST, key, past, fault) ? past : NULL;
}

const struct history *viewer_history(struct viewer *viewer, const struct view *view,
                                     struct fault *fault) {
    const Editions *editions = viewer_editions(viewer, view->number + 1, HISTORY_MAX, fault);
    struct history *history = editions ? calloc(1, sizeof *history) : NULL;
    if (editions && !history)
        fault_memory(fault);
    if (!history || !viewer_keep(viewer, KEPT_HISTORY, "", history, fault))
        return NULL;
    size_t n = editions->n_editions < HISTORY_MAX ? editions->n_editions : HISTORY_MAX;
    for (size_t i = n; i-- > 0;) { /* they come newest first */
        const EditionInfo *info = editions->editions[i];
        if (info->has_retired_ms)
            continue;
        const struct past *past = find_past(viewer, info, fault);
        if (!past)
            return NULL;
        history->past[history->n++] =
            (struct past_edition){info->number, info->time_ms, &past->view};
    }
    return history;
}
