/* What a definition says of the index as a whole: screening, weight sets, the panel. */
#include "core/definition_parts.h"
#include "core/nearest.h"
#include "core/period.h"

#include <string.h>

enum { SETS_MAX = 100, PERIODS_MAX = 200 };

/* --- screening -------------------------------------------------------------------------------- */

static bool read_shares(const struct reading *in, int at, const char *what, double *available,
                        double *non_zero, struct fault *fault) {
    struct document_key keys[] = {{"available", false, 0}, {"non-zero", false, 0}};
    double *out[] = {available, non_zero};
    if (!document_keys(in->document, at, what, keys, 2, fault))
        return false;
    for (size_t k = 0; k < 2; k++) {
        if (!keys[k].value)
            continue;
        if (!document_number(in->document, keys[k].value, keys[k].name, out[k], fault))
            return false;
        if (!(*out[k] >= 0.0 && *out[k] <= 1.0)) {
            return document_fault(in->document, keys[k].value, fault,
                                  "'%s': expected a share from 0 to 1, found %g", keys[k].name,
                                  *out[k]);
        }
    }
    return true;
}

bool definition_read_screening(const struct reading *in, int at, struct fault *fault) {
    struct document_key keys[] = {{"places", false, 0}, {"metrics", false, 0}};
    struct screening *out = &in->out->method.screening;
    return document_keys(in->document, at, "'screen'", keys, 2, fault) &&
           (!keys[0].value || read_shares(in, keys[0].value, "'places'", &out->place_available,
                                          &out->place_non_zero, fault)) &&
           (!keys[1].value || read_shares(in, keys[1].value, "'metrics'", &out->metric_available,
                                          &out->metric_non_zero, fault));
}

/* --- weight sets ------------------------------------------------------------------------------ */

static bool read_entry(const struct reading *in, int at, double *weights, bool *given,
                       struct fault *fault) {
    struct document_key keys[] = {{"node", true, 0}, {"weight", true, 0}};
    size_t node;
    double weight;
    if (!document_keys(in->document, at, "a weight", keys, 2, fault) ||
        !definition_find_node(in, keys[0].value, &node, fault) ||
        !document_number(in->document, keys[1].value, "weight", &weight, fault))
        return false;
    if (!(weight > 0.0)) {
        return document_fault(in->document, keys[1].value, fault,
                              "'weight': expected a number above 0, found %g", weight);
    }
    if (given[node])
        return document_fault(in->document, at, fault, "a second weight for '%s'",
                              in->out->nodes[node].id);
    given[node] = true;
    weights[node] = weight;
    return true;
}

static bool read_set(const struct reading *in, int at, struct weight_set *out,
                     struct fault *fault) {
    struct document_key keys[] = {{"id", true, 0}, {"weights", true, 0}};
    size_t n;
    if (!document_keys(in->document, at, "a weight set", keys, 2, fault) ||
        !document_id(in->document, keys[0].value, "id", in->arena, &out->name, fault) ||
        !document_list(in->document, keys[1].value, "weights", &n, fault))
        return false;
    double *weights = arena_alloc(in->arena, in->out->n_nodes, sizeof *weights);
    bool *given = arena_alloc(in->arena, in->out->n_nodes, sizeof *given);
    if (!weights || !given)
        return fault_memory(fault);
    for (size_t k = 0; k < in->out->n_nodes; k++)
        weights[k] = in->out->nodes[k].weight;
    for (size_t i = 0; i < n; i++) {
        if (!read_entry(in, document_entry(in->document, keys[1].value, i), weights, given, fault))
            return false;
    }
    out->weights = weights;
    return true;
}

bool definition_read_weight_sets(const struct reading *in, int at, struct fault *fault) {
    size_t n;
    if (!document_list(in->document, at, "weight-sets", &n, fault))
        return false;
    if (n > SETS_MAX)
        return document_fault(in->document, at, fault, "%zu weight sets: at most %d can be read", n,
                              SETS_MAX);
    struct weight_set *sets = arena_alloc(in->arena, n, sizeof *sets);
    if (!sets)
        return fault_memory(fault);
    for (size_t i = 0; i < n; i++) {
        int entry = document_entry(in->document, at, i);
        if (!read_set(in, entry, &sets[i], fault))
            return false;
        for (size_t k = 0; k < i; k++) {
            if (strcmp(sets[k].name, sets[i].name) == 0)
                return document_fault(in->document, entry, fault, "a second weight set '%s'",
                                      sets[i].name);
        }
    }
    in->out->weight_sets = sets;
    in->out->n_weight_sets = n;
    return true;
}

bool definition_find_weight_set(const struct reading *in, int at, size_t *out,
                                struct fault *fault) {
    const char *id;
    if (!document_text(in->document, at, "weights", in->arena, &id, fault))
        return false;
    struct nearest nearest = {.word = id};
    for (size_t i = 0; i < in->out->n_weight_sets; i++) {
        if (strcmp(in->out->weight_sets[i].name, id) == 0) {
            *out = i;
            return true;
        }
        nearest_offer(&nearest, in->out->weight_sets[i].name);
    }
    return document_unknown(in->document, at, "weight set", id, nearest.best, fault);
}

bool definition_use_weights(const struct reading *in, int at, struct fault *fault) {
    size_t set;
    if (!definition_find_weight_set(in, at, &set, fault))
        return false;
    for (size_t k = 0; k < in->out->n_nodes; k++)
        in->out->method.nodes[k].weight = in->out->weight_sets[set].weights[k];
    return true;
}

/* --- the panel -------------------------------------------------------------------------------- */

static bool read_keys(const struct reading *in, int at, const char **periods, size_t n,
                      struct fault *fault) {
    int32_t *keys = arena_alloc(in->arena, n, sizeof *keys);
    if (!keys)
        return fault_memory(fault);
    for (size_t i = 0; i < n; i++) {
        int entry = document_entry(in->document, at, i);
        if (!period_key(periods[i], strlen(periods[i]), &keys[i])) {
            return document_fault(in->document, entry, fault,
                                  "'%s' is no period, expected one such as 2024 or 2023-24",
                                  periods[i]);
        }
        if (i && keys[i] <= keys[i - 1])
            return document_fault(in->document, entry, fault,
                                  "'periods': expected the oldest first, found %s after %s",
                                  periods[i], periods[i - 1]);
    }
    in->out->panel.keys = keys;
    return true;
}

bool definition_read_panel(const struct reading *in, int at, struct fault *fault) {
    struct document_key keys[] = {{"periods", true, 0}, {"normalise", true, 0}};
    static const char *const words[] = {"over-all", "within-each"};
    struct panel *out = &in->out->panel;
    const char **periods;
    size_t choice;
    if (!document_keys(in->document, at, "'panel'", keys, 2, fault) ||
        !document_texts(in->document, keys[0].value, "periods", in->arena, &periods,
                        &out->n_periods, fault) ||
        !document_choice(in->document, keys[1].value, "normalise", words, 2, &choice, fault))
        return false;
    if (out->n_periods < 1 || out->n_periods > PERIODS_MAX)
        return document_fault(in->document, keys[0].value, fault,
                              "'periods': expected 1 to %d, found %zu", PERIODS_MAX,
                              out->n_periods);
    out->periods = periods;
    out->within = choice == 1;
    return read_keys(in, keys[0].value, periods, out->n_periods, fault);
}
