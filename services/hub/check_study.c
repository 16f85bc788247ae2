/* Whether studies, their pieces and their results could be. What they compute the hub does not
 * know: workers check that. */
#include "services/bus/stored.h"
#include "services/bus/study.h"
#include "services/bus/text.h"
#include "services/hub/check.h"

#include <stdlib.h>
#include <string.h>

enum {
    NODES_MAX = 10000,
    INPUTS_MAX = 10000,
    AROUND_BYTES = 1 << 10, /* of a message, beside what it carries */
};

/* More than any kind of study can have. */
static const uint64_t items_max = STUDY_POINTS_MAX;

/* --- what is handed in ------------------------------------------------------------------------ */

static bool kind_known(const char *kind) {
    for (size_t i = 0; i < STUDY_KINDS; i++) {
        if (strcmp(kind, study_kinds[i]) == 0)
            return true;
    }
    return false;
}

static int by_text(const void *key, const void *entry) {
    return strcmp(key, *(char *const *)entry);
}

static bool is_one_of(const char *hash, char **list, size_t n) {
    return n && bsearch(hash, list, n, sizeof *list, by_text) != NULL;
}

static bool check_inputs(const struct known_inputs *known, Input *const *inputs, size_t n,
                         struct fault *fault) {
    if (n > INPUTS_MAX)
        return fault_set(fault, FAULT_INPUT, "%zu inputs: %d at most", n, INPUTS_MAX);
    for (size_t i = 0; i < n; i++) {
        if (!text_is_plain(inputs[i]->dataset, NAME_BYTES_MAX))
            return fault_set(fault, FAULT_INPUT, "an input whose dataset's name cannot be");
        if (!is_one_of(inputs[i]->observations, known->observations, known->n_observations))
            return fault_set(fault, FAULT_INPUT,
                             "the hub has no release of %.100s in force, now or before, with the "
                             "observations %.64s",
                             inputs[i]->dataset, inputs[i]->observations);
    }
    return true;
}

static bool check_pack(const struct known_inputs *known, const char *pack, struct fault *fault) {
    return is_one_of(pack, known->packs, known->n_packs) ||
           fault_set(fault, FAULT_INPUT,
                     "the hub has no pack %.64s; 'mindex load FOLDER' loads one, and 'mindex batch "
                     "--local' does without",
                     pack);
}

static bool check_alternatives(const struct known_inputs *known, const Study *study,
                               struct fault *fault) {
    if (study->n_alternatives > STUDY_ALTERNATIVES_MAX)
        return fault_set(fault, FAULT_INPUT, "%zu alternatives: %d at most", study->n_alternatives,
                         STUDY_ALTERNATIVES_MAX);
    for (size_t i = 0; i < study->n_alternatives; i++) {
        const Mindex__V1__Alternative *of = study->alternatives[i];
        if (!text_is_plain(of->name, PATH_BYTES_MAX))
            return fault_set(fault, FAULT_INPUT, "an alternative whose name cannot be");
        if ((of->pack && !check_pack(known, of->pack, fault)) ||
            !check_inputs(known, of->inputs, of->n_inputs, fault))
            return fault_within(fault, "alternative '%.100s'", of->name);
    }
    return true;
}

static bool check_names(const Study *study, struct fault *fault) {
    if (!kind_known(study->kind))
        return fault_set(fault, FAULT_INPUT,
                         "there is no study of the kind '%.40s'; there are uncertainty, "
                         "sensitivity, weights, what-if and back-cast",
                         study->kind);
    if (study->items == 0 || study->items > items_max)
        return fault_set(fault, FAULT_INPUT, "a study of %llu items: expected 1 to %llu",
                         (unsigned long long)study->items, (unsigned long long)items_max);
    if (study->n_nodes > NODES_MAX)
        return fault_set(fault, FAULT_INPUT, "%zu nodes: %d at most", study->n_nodes, NODES_MAX);
    bool plain = !study->grid || text_is_plain(study->grid->level, NAME_BYTES_MAX);
    for (size_t i = 0; plain && i < study->n_nodes; i++)
        plain = text_is_plain(study->nodes[i], NAME_BYTES_MAX);
    return plain || fault_set(fault, FAULT_INPUT, "a node or level whose name cannot be");
}

bool check_study(struct hub *hub, const Study *study, struct fault *fault) {
    struct known_inputs known;
    struct arena *arena = arena_new();
    bool fine = arena ? check_names(study, fault) &&
                            store_known_inputs(hub->store, arena, &known, fault) &&
                            check_pack(&known, study->pack, fault) &&
                            check_inputs(&known, study->inputs, study->n_inputs, fault) &&
                            check_alternatives(&known, study, fault)
                      : fault_memory(fault);
    arena_destroy(&arena);
    return fine;
}

/* --- what workers bring ----------------------------------------------------------------------- */

static bool check_size(const ProtobufCMessage *message, struct fault *fault) {
    size_t bytes = protobuf_c_message_get_packed_size(message);
    return bytes <= WIRE_FRAME_MAX - AROUND_BYTES ||
           fault_set(fault, FAULT_INPUT, "of %zu bytes, which no message could carry", bytes);
}

bool check_piece(const struct job *job, const StudyPiece *piece, struct fault *fault) {
    bool same = strcmp(piece->study, job->batch->row.study) == 0 && piece->first == job->first &&
                piece->count == job->count;
    if (!same)
        return fault_set(fault, FAULT_INPUT, "a piece of other items than were given out");
    return piece->failed > piece->count
               ? fault_set(fault, FAULT_INPUT, "a piece with more failed items than it has")
               : check_size(&piece->base, fault);
}

bool check_study_result(const struct job *job, const StudyResult *result, struct fault *fault) {
    size_t length;
    char hash[HASH_TEXT];
    uint8_t *bytes = stored_bytes(&result->study->base, &length);
    if (!bytes)
        return fault_memory(fault);
    hash_of(bytes, length, hash);
    free(bytes);
    bool same = strcmp(hash, job->batch->row.study) == 0 && strcmp(result->hash, hash) == 0;
    return same ? check_size(&result->base, fault)
                : fault_set(fault, FAULT_INPUT, "the result of another study");
}
