#include "core/definition_parts.h"

#include <string.h>

enum {
    DATASET,
    NAME,
    NODE,
    MEASURE,
    NEED_THRESHOLD,
    SPEND_THRESHOLD,
    EXCLUDE_TYPES,
    EXCLUDE_AREAS,
    N_KEYS
};

static bool read_threshold(const struct reading *in, const struct document_key *key,
                           struct threshold *out, struct fault *fault) {
    static const char *const words[] = {"mean", "median", "a number"};
    if (document_is_number(in->document, key->value)) {
        out->kind = THRESHOLD_GIVEN;
        return document_number(in->document, key->value, key->name, &out->given, fault);
    }
    size_t choice;
    if (!document_choice(in->document, key->value, key->name, words, 3, &choice, fault)) {
        return false;
    }
    if (choice == THRESHOLD_GIVEN) {
        return document_fault(in->document, key->value, fault, "'%s': which number?", key->name);
    }
    out->kind = (enum threshold_kind)choice;
    return true;
}

static bool read_exclusions(const struct reading *in, const struct document_key *keys,
                            struct fault *fault) {
    struct spend_rules *out = &in->out->spend;
    int types = keys[EXCLUDE_TYPES].value, areas = keys[EXCLUDE_AREAS].value;
    return (!types || document_texts(in->document, types, "exclude-types", in->arena,
                                     &out->exclude_types, &out->n_exclude_types, fault)) &&
           (!areas || document_texts(in->document, areas, "exclude-areas", in->arena,
                                     &out->exclude_areas, &out->n_exclude_areas, fault));
}

bool definition_read_spend(const struct reading *in, int at, struct fault *fault) {
    struct document_key keys[N_KEYS] = {
        [DATASET] = {"dataset", true, 0},
        [NAME] = {"name", true, 0},
        [NODE] = {"node", true, 0},
        [MEASURE] = {"measure", true, 0},
        [NEED_THRESHOLD] = {"need-threshold", true, 0},
        [SPEND_THRESHOLD] = {"spend-threshold", true, 0},
        [EXCLUDE_TYPES] = {"exclude-types", false, 0},
        [EXCLUDE_AREAS] = {"exclude-areas", false, 0},
    };
    static const char *const measures[] = {[SPEND_TOTAL] = "total", [SPEND_PER_HEAD] = "per-head"};
    const struct document *document = in->document;
    struct spend_rules *out = &in->out->spend;
    const char *dataset;
    size_t measure;
    if (!document_keys(document, at, "'spend'", keys, N_KEYS, fault) ||
        !document_text(document, keys[DATASET].value, "dataset", in->arena, &dataset, fault) ||
        !document_text(document, keys[NAME].value, "name", in->arena, &out->name, fault) ||
        !document_choice(document, keys[MEASURE].value, "measure", measures, 2, &measure, fault) ||
        !read_threshold(in, &keys[NEED_THRESHOLD], &out->need, fault) ||
        !read_threshold(in, &keys[SPEND_THRESHOLD], &out->spend, fault) ||
        !read_exclusions(in, keys, fault) ||
        !definition_find_node(in, keys[NODE].value, &out->node, fault)) {
        return false;
    }
    out->measure = (enum spend_measure)measure;
    return definition_find_dataset(in, keys[DATASET].value, dataset, &out->dataset, fault);
}
