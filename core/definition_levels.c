#include "core/aggregate.h"
#include "core/definition_parts.h"
#include "core/normalise.h"

#include <string.h>

enum { LEVELS_MIN = 2, LEVELS_MAX = 64 };

enum { ID, NAME, AGGREGATE, COVERAGE, NORMALISE, RANGE, MEAN_AND_SD, N_KEYS };

static bool read_aggregate(const struct reading *in, const struct document_key *keys,
                           struct level *out, struct fault *fault) {
    const char *const words[] = {
        aggregate_name(AGGREGATE_ARITHMETIC),
        aggregate_name(AGGREGATE_GEOMETRIC),
    };
    size_t choice;
    if (!document_choice(in->document, keys[AGGREGATE].value, "aggregate", words, 2, &choice,
                         fault) ||
        !document_number(in->document, keys[COVERAGE].value, "coverage", &out->coverage, fault)) {
        return false;
    }
    out->aggregate = (enum aggregate)choice;
    if (out->coverage >= 0.0 && out->coverage <= 1.0)
        return true;
    return document_fault(in->document, keys[COVERAGE].value, fault,
                          "'coverage': expected a share from 0 to 1, found %g", out->coverage);
}

/* What stands above the metrics is aggregated from what is below; metrics are not. */
static bool check_place(const struct reading *in, int at, const struct document_key *keys,
                        bool last, struct fault *fault) {
    for (size_t k = AGGREGATE; k <= COVERAGE; k++) {
        if (last && keys[k].value) {
            return document_fault(in->document, keys[k].value, fault,
                                  "the last level is of metrics, which have no '%s'", keys[k].name);
        }
        if (!last && !keys[k].value) {
            return document_fault(in->document, at, fault, "a level above the last needs '%s'",
                                  keys[k].name);
        }
    }
    return true;
}

static bool read_pair(const struct reading *in, int at, const char *what, struct level *out,
                      struct fault *fault) {
    size_t n;
    if (!document_list(in->document, at, what, &n, fault))
        return false;
    if (n != 2) {
        return document_fault(in->document, at, fault, "'%s': expected two numbers, found %zu",
                              what, n);
    }
    return document_number(in->document, document_entry(in->document, at, 0), what, &out->low,
                           fault) &&
           document_number(in->document, document_entry(in->document, at, 1), what, &out->high,
                           fault);
}

static bool read_scale(const struct reading *in, int at, const struct document_key *keys,
                       struct level *out, struct fault *fault) {
    bool ranged =
        out->normalise == NORMALISE_MIN_MAX || out->normalise == NORMALISE_PERCENTILE_RANK;
    const bool wanted[] = {ranged, out->normalise == NORMALISE_Z_SCORE};
    for (size_t k = RANGE; k <= MEAN_AND_SD; k++) {
        bool given = keys[k].value != 0;
        if (given == wanted[k - RANGE])
            continue;
        return document_fault(in->document, given ? keys[k].value : at, fault,
                              given ? "normalise: %s takes no '%s'" : "normalise: %s needs '%s'",
                              normalise_name(out->normalise), keys[k].name);
    }
    if (out->normalise == NORMALISE_NONE)
        return true;
    const struct document_key *key = &keys[ranged ? RANGE : MEAN_AND_SD];
    if (!read_pair(in, key->value, key->name, out, fault))
        return false;
    if (ranged && !(out->low < out->high)) {
        return document_fault(in->document, key->value, fault,
                              "'range': expected the lower number first, found [%g, %g]", out->low,
                              out->high);
    }
    if (!ranged && !(out->high > 0.0)) {
        return document_fault(in->document, key->value, fault,
                              "'mean-and-sd': expected a standard deviation above 0, found %g",
                              out->high);
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
        [NORMALISE] = {"normalise", true, 0},
        [RANGE] = {"range", false, 0},
        [MEAN_AND_SD] = {"mean-and-sd", false, 0},
    };
    const char *const words[] = {
        normalise_name(NORMALISE_NONE),
        normalise_name(NORMALISE_MIN_MAX),
        normalise_name(NORMALISE_Z_SCORE),
        normalise_name(NORMALISE_PERCENTILE_RANK),
    };
    size_t choice;
    if (!document_keys(in->document, at, "a level", keys, N_KEYS, fault) ||
        !document_id(in->document, keys[ID].value, "id", in->arena, &out->id, fault) ||
        !document_text(in->document, keys[NAME].value, "name", in->arena, &out->name, fault) ||
        !check_place(in, at, keys, last, fault) ||
        (!last && !read_aggregate(in, keys, out, fault)) ||
        !document_choice(in->document, keys[NORMALISE].value, "normalise", words,
                         sizeof words / sizeof *words, &choice, fault)) {
        return false;
    }
    out->normalise = (enum normalise)choice;
    return read_scale(in, at, keys, out, fault);
}

static bool check_level(const struct reading *in, int at, const struct level *levels, size_t i,
                        struct fault *fault) {
    for (size_t k = 0; k < i; k++) {
        if (strcmp(levels[k].id, levels[i].id) == 0) {
            return document_fault(in->document, at, fault, "a second level '%s'", levels[i].id);
        }
    }
    const struct level *level = &levels[i];
    bool ranged =
        level->normalise == NORMALISE_MIN_MAX || level->normalise == NORMALISE_PERCENTILE_RANK;
    /* The place with least need gets the low end, and a geometric mean of 0 says nothing. */
    if (i > 0 && levels[i - 1].aggregate == AGGREGATE_GEOMETRIC && ranged && level->low <= 0.0) {
        return document_fault(in->document, at, fault,
                              "level '%s' is a geometric mean of this level, whose range must "
                              "then begin above 0: found [%g, %g]",
                              levels[i - 1].id, level->low, level->high);
    }
    return true;
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
