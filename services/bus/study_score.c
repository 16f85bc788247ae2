/* Alternatives with a definition, a pack or inputs of their own: scored as an edition is. */
#include "services/bus/convert.h"
#include "services/bus/study_parts.h"

#include <stdlib.h>
#include <string.h>

/* The study's pack with another definition in place of its own. */
static struct pack *pack_with(const struct study *study, struct arena *arena,
                              const Alternative *alternative, struct fault *fault) {
    Pack with = *study->files;
    File changed;
    with.files = arena_alloc(arena, with.n_files, sizeof(File *));
    if (!with.files) {
        fault_memory(fault);
        return NULL;
    }
    for (size_t i = 0; i < with.n_files; i++) {
        with.files[i] = study->files->files[i];
        if (strcmp(with.files[i]->name, with.definition) != 0)
            continue;
        changed = *with.files[i];
        changed.content = alternative->definition;
        with.files[i] = &changed;
    }
    return pack_of_message(&with, fault);
}

/* Places are found by code, nodes by id. */
static bool take_ranks(const struct study *study, const struct pack *pack,
                       const struct edition *edition, uint32_t *ranks, struct fault *fault) {
    const struct geography *to = study->pack->geography, *from = pack->geography;
    size_t *place = calloc(study->n_areas, sizeof *place);
    if (!place)
        return fault_memory(fault);
    for (size_t a = 0; a < study->n_areas; a++)
        place[a] = geography_area(from, to->areas[a].code);
    for (size_t i = 0; i < study->n_nodes; i++) {
        size_t node = definition_node(pack->definition, study->message->nodes[i]);
        for (size_t a = 0; a < study->n_areas; a++)
            ranks[i * study->n_areas + a] =
                node == NO_NODE || place[a] == SIZE_MAX ? 0 : edition->nodes[node].rank[place[a]];
    }
    free(place);
    return true;
}

static bool score(const struct study *study, struct library *library, const struct pack *pack,
                  const Alternative *alternative, struct arena *arena, uint32_t *ranks,
                  struct fault *fault) {
    /* An edition of which every release was withdrawn has none, and not the study's. */
    bool own = alternative->n_inputs || study->kind == STUDY_BACK_CAST;
    Input **inputs = own ? alternative->inputs : study->message->inputs;
    size_t n = own ? alternative->n_inputs : study->message->n_inputs;
    const struct release **releases = library_releases_of(library, arena, pack, inputs, n, fault);
    struct edition *edition = releases ? edition_score(pack, releases, fault) : NULL;
    bool taken = edition && take_ranks(study, pack, edition, ranks, fault);
    edition_destroy(&edition);
    return taken;
}

bool study_score_alternative(const struct study *study, struct library *library, uint64_t k,
                             uint32_t *ranks, struct fault *fault) {
    const Alternative *alternative = study->message->alternatives[k];
    struct arena *arena = arena_new();
    struct pack *own = NULL;
    const struct pack *pack = study->pack;
    if (!arena)
        return fault_memory(fault);
    if (alternative->has_definition)
        pack = own = pack_with(study, arena, alternative, fault);
    else if (alternative->pack)
        pack = library_pack(library, alternative->pack, fault);
    bool scored = pack && score(study, library, pack, alternative, arena, ranks, fault);
    arena_destroy(&arena);
    pack_destroy(&own);
    return scored;
}
