#include "services/bus/recompute.h"

#include "services/bus/convert.h"

#include <string.h>

static bool hash_message(struct arena *arena, const ProtobufCMessage *message, char hash[HASH_TEXT],
                         struct fault *fault) {
    size_t length = protobuf_c_message_get_packed_size(message);
    uint8_t *bytes = arena_alloc(arena, length, 1);
    if (!bytes)
        return fault_memory(fault);
    protobuf_c_message_pack(message, bytes);
    hash_of(bytes, length, hash);
    return true;
}

static bool compare_again(struct arena *arena, const struct pack *pack,
                          const struct edition *edition, const struct release *const *releases,
                          const EditionInfo *info, char hash[HASH_TEXT], struct fault *fault) {
    size_t dataset = pack->definition->spend.dataset;
    if (!info->comparison)
        return true;
    if (dataset == NO_DATASET || !releases[dataset])
        return fault_set(fault, FAULT_INPUT, "its comparison with spend has no spend");
    struct comparison *comparison = spend_compare(pack, edition, releases[dataset], fault);
    const Comparison *message = comparison ? comparison_message(arena, pack, comparison) : NULL;
    bool hashed = message && hash_message(arena, &message->base, hash, fault);
    if (comparison && !message)
        fault_memory(fault);
    comparison_destroy(&comparison);
    return hashed;
}

static Input **input_messages(struct arena *arena, const struct edition_inputs *inputs) {
    Input **list = arena_alloc(arena, inputs->n, sizeof *list);
    for (size_t i = 0; list && i < inputs->n; i++) {
        list[i] = arena_alloc(arena, 1, sizeof *list[i]);
        if (!list[i])
            return NULL;
        mindex__v1__input__init(list[i]);
        list[i]->dataset = inputs->datasets[i];
        list[i]->observations = inputs->observations[i];
    }
    return list;
}

static bool compute(struct library *library, struct arena *arena, const EditionInfo *info,
                    struct recomputed *out, struct fault *fault) {
    const struct edition_inputs *inputs = library_inputs(library, info->scores, fault);
    const struct pack *pack = inputs ? library_pack(library, info->pack, fault) : NULL;
    if (!pack)
        return false;
    Input **list = input_messages(arena, inputs);
    const struct release **releases = list
                                          ? library_releases(library, arena, pack, inputs->datasets,
                                                             inputs->observations, inputs->n, fault)
                                          : NULL;
    if (!list)
        fault_memory(fault);
    struct edition *edition = releases ? edition_score(pack, releases, fault) : NULL;
    if (!edition)
        return false;
    const EditionScores *scores =
        edition_message(arena, pack, info->pack, edition, list, inputs->n);
    bool computed =
        scores ? hash_message(arena, &scores->base, out->scores, fault) &&
                     compare_again(arena, pack, edition, releases, info, out->comparison, fault)
               : fault_memory(fault);
    edition_destroy(&edition);
    return computed;
}

bool recompute_edition(struct library *library, const EditionInfo *info, struct recomputed *out,
                       struct fault *fault) {
    *out = (struct recomputed){0};
    struct arena *arena = arena_new();
    library_turn(library);
    bool computed = arena ? compute(library, arena, info, out, fault) : fault_memory(fault);
    arena_destroy(&arena);
    return computed;
}

const char *recompute_differs(const EditionInfo *info, const struct recomputed *now) {
    if (strcmp(now->scores, info->scores) != 0)
        return "the scores differ";
    if (strcmp(now->comparison, info->comparison ? info->comparison : "") != 0)
        return "the comparison with spend differs";
    return NULL;
}
