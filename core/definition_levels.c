#include "core/aggregate.h"
#include "core/definition_parts.h"
#include "core/nearest.h"
#include "core/normalise.h"

#include <string.h>

enum { LEVELS_MIN = 2, LEVELS_MAX = 64 };

enum {
    ID,
    NAME,
    AGGREGATE,
    COVERAGE,
    POWER,
    WEIGHTS,
    TREAT,
    IMPUTE,
    SCALE,
    N_KEYS = SCALE + SCALE_KEYS
};

static bool read_power(const struct reading *in, int at, int power, struct combination *out,
                       struct fault *fault) {
    bool wanted = out->method == AGGREGATE_GENERALISED;
    if (wanted != (power != 0)) {
        return document_fault(in->document, power ? power : at, fault,
                              power ? "aggregate: %s takes no 'power'"
                                    : "aggregate: %s needs 'power'",
                              aggregate_name(out->method));
    }
    if (!wanted)
        return true;
    if (!document_number(in->document, power, "power", &out->power, fault))
        return false;
    return out->power != 0.0 || document_fault(in->document, power, fault,
                                               "'power': expected a number that is not 0 (the "
                                               "mean of power 0 is the geometric), found 0");
}

bool definition_read_combination(const struct reading *in, int at, int aggregate, int power,
                                 struct combination *out, struct fault *fault) {
    const char *words[AGGREGATE_COUNT];
    size_t choice;
    *out = (struct combination){0};
    for (int i = 0; i < AGGREGATE_COUNT; i++)
        words[i] = aggregate_name((enum aggregate)i);
    if (!document_choice(in->document, aggregate, "aggregate", words, AGGREGATE_COUNT, &choice,
                         fault))
        return false;
    out->method = (enum aggregate)choice;
    return read_power(in, at, power, out, fault);
}

bool definition_read_weighting(const struct reading *in, int at, enum weighting *out,
                               struct fault *fault) {
    size_t choice;
    if (!document_choice(in->document, at, "weights", weighting_names, WEIGHTS_COUNT, &choice,
                         fault))
        return false;
    *out = (enum weighting)choice;
    return true;
}

/* A share, or {children: share}. */
static bool read_coverage(const struct reading *in, int at, struct node_method *out,
                          struct fault *fault) {
    struct document_key keys[] = {{"children", true, 0}};
    out->of_children =
        !document_is_number(in->document, at) && document_find(in->document, at, "children") != 0;
    if (out->of_children && !document_keys(in->document, at, "'coverage'", keys, 1, fault))
        return false;
    int share = out->of_children ? keys[0].value : at;
    if (!document_number(in->document, share, "coverage", &out->coverage, fault))
        return false;
    return (out->coverage >= 0.0 && out->coverage <= 1.0) ||
           document_fault(in->document, share, fault,
                          "'coverage': expected a share from 0 to 1, found %g", out->coverage);
}

static bool read_aggregate(const struct reading *in, int at, const struct document_key *keys,
                           struct node_method *out, struct fault *fault) {
    if (!definition_read_combination(in, at, keys[AGGREGATE].value, keys[POWER].value,
                                     &out->combination, fault) ||
        !read_coverage(in, keys[COVERAGE].value, out, fault) ||
        (keys[WEIGHTS].value &&
         !definition_read_weighting(in, keys[WEIGHTS].value, &out->weighting, fault)))
        return false;
    if (out->weighting == WEIGHTS_OPTIMISED && out->combination.method != AGGREGATE_ARITHMETIC) {
        return document_fault(
            in->document, keys[WEIGHTS].value, fault,
            "weights: optimised are those of an arithmetic mean, and this level's "
            "is %s",
            aggregate_name(out->combination.method));
    }
    return true;
}

static bool read_preparation(const struct reading *in, const struct document_key *keys,
                             struct node_method *out, struct fault *fault) {
    return (!keys[TREAT].value ||
            definition_read_treatment(in, keys[TREAT].value, &out->treatment, fault)) &&
           (!keys[IMPUTE].value ||
            definition_read_imputation(in, keys[IMPUTE].value, &out->imputation, fault));
}

/* What stands above the metrics is aggregated from what is below; metrics are not. */
static bool check_place(const struct reading *in, int at, const struct document_key *keys,
                        bool last, struct fault *fault) {
    for (size_t k = AGGREGATE; k <= IMPUTE; k++) {
        bool of_metrics = k == TREAT || k == IMPUTE;
        if (keys[k].value && last != of_metrics) {
            return document_fault(in->document, keys[k].value, fault,
                                  last ? "the last level is of metrics, which have no '%s'"
                                       : "a level above the last has no '%s', which is for metrics",
                                  keys[k].name);
        }
        if (!last && (k == AGGREGATE || k == COVERAGE) && !keys[k].value) {
            return document_fault(in->document, at, fault, "a level above the last needs '%s'",
                                  keys[k].name);
        }
    }
    return true;
}

static bool read_level(const struct reading *in, int at, bool last, struct level *out,
                       struct fault *fault) {
    struct document_key keys[N_KEYS] = {
        [ID] = {"id", true, 0},
        [NAME] = {"name", true, 0},
        [AGGREGATE] = {"aggregate", false, 0},
        [COVERAGE] = {"coverage", false, 0},
        [POWER] = {"power", false, 0},
        [WEIGHTS] = {"weights", false, 0},
        [TREAT] = {"treat", false, 0},
        [IMPUTE] = {"impute", false, 0},
    };
    definition_scale_keys(&keys[SCALE]);
    return document_keys(in->document, at, "a level", keys, N_KEYS, fault) &&
           document_id(in->document, keys[ID].value, "id", in->arena, &out->id, fault) &&
           document_text(in->document, keys[NAME].value, "name", in->arena, &out->name, fault) &&
           check_place(in, at, keys, last, fault) &&
           (last ? read_preparation(in, keys, &out->method, fault)
                 : read_aggregate(in, at, keys, &out->method, fault)) &&
           definition_read_scale(in, at, &keys[SCALE], NULL, last, &out->method.scale, fault);
}

/* Means that a single 0 makes 0, or nothing at all. */
static bool is_of_logs(const struct combination *combination) {
    return combination->method == AGGREGATE_GEOMETRIC ||
           combination->method == AGGREGATE_HARMONIC ||
           (combination->method == AGGREGATE_GENERALISED && combination->power < 0.0);
}

bool definition_check_begin(const struct reading *in, int at, const struct level *levels, size_t i,
                            const struct scale *scale, struct fault *fault) {
    if (i == 0 || !is_of_logs(&levels[i - 1].method.combination) ||
        !normalise_begins_at_low(scale->method) || scale->low > 0.0)
        return true;
    return document_fault(in->document, at, fault,
                          "level '%s' is a %s mean of this level, which must then begin above "
                          "0: %s begins at %g",
                          levels[i - 1].id, aggregate_name(levels[i - 1].method.combination.method),
                          normalise_name(scale->method), scale->low);
}

static bool check_level(const struct reading *in, int at, const struct level *levels, size_t i,
                        struct fault *fault) {
    for (size_t k = 0; k < i; k++) {
        if (strcmp(levels[k].id, levels[i].id) == 0) {
            return document_fault(in->document, at, fault, "a second level '%s'", levels[i].id);
        }
    }
    return definition_check_begin(in, at, levels, i, &levels[i].method.scale, fault);
}

bool definition_find_level(const struct reading *in, int at, size_t *out, struct fault *fault) {
    const char *id;
    if (!document_text(in->document, at, "level", in->arena, &id, fault))
        return false;
    struct nearest nearest = {.word = id};
    for (size_t i = 0; i < in->out->n_levels; i++) {
        if (strcmp(in->out->levels[i].id, id) == 0) {
            *out = i;
            return true;
        }
        nearest_offer(&nearest, in->out->levels[i].id);
    }
    return document_unknown(in->document, at, "level", id, nearest.best, fault);
}

bool definition_read_levels(const struct reading *in, int at, struct fault *fault) {
    size_t n;
    if (!document_list(in->document, at, "levels", &n, fault))
        return false;
    if (n < LEVELS_MIN || n > LEVELS_MAX) {
        return document_fault(in->document, at, fault,
                              "'levels': expected %d to %d of them, found %zu", LEVELS_MIN,
                              LEVELS_MAX, n);
    }
    struct level *levels = arena_alloc(in->arena, n, sizeof *levels);
    if (!levels)
        return fault_memory(fault);
    for (size_t i = 0; i < n; i++) {
        int entry = document_entry(in->document, at, i);
        if (!read_level(in, entry, i + 1 == n, &levels[i], fault) ||
            !check_level(in, entry, levels, i, fault)) {
            return false;
        }
    }
    in->out->levels = levels;
    in->out->n_levels = n;
    return true;
}
