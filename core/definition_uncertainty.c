/* The uncertainty section: which choices could have been made otherwise. */
#include "core/definition_parts.h"

#include <stdio.h>
#include <string.h>

enum { FACTORS_MAX = 32, ALTERNATIVES_MAX = 1000, REPLICATES_MAX = 10000000 };

const char *const vary_names[VARY_COUNT] = {
    [VARY_NORMALISE] = "normalise",       [VARY_AGGREGATE] = "aggregate",
    [VARY_WEIGHTING] = "weights",         [VARY_WEIGHT_SET] = "weight-set",
    [VARY_WEIGHT_NOISE] = "weight-noise", [VARY_TREATMENT] = "treat",
    [VARY_IMPUTATION] = "impute",         [VARY_LEAVE_OUT] = "leave-out",
};

/* Which keys a kind of factor needs. */
static const struct {
    bool level, among, noise;
} kinds[VARY_COUNT] = {
    [VARY_NORMALISE] = {true, true, false},    [VARY_AGGREGATE] = {true, true, false},
    [VARY_WEIGHTING] = {true, true, false},    [VARY_WEIGHT_SET] = {false, true, false},
    [VARY_WEIGHT_NOISE] = {true, false, true}, [VARY_TREATMENT] = {false, true, false},
    [VARY_IMPUTATION] = {false, true, false},  [VARY_LEAVE_OUT] = {false, false, false},
};

static bool read_scale_alternative(const struct reading *in, int at, struct scale *out,
                                   struct fault *fault) {
    struct document_key keys[SCALE_KEYS];
    definition_scale_keys(keys);
    return document_keys(in->document, at, "an alternative", keys, SCALE_KEYS, fault) &&
           definition_read_scale(in, at, keys, NULL, false, out, fault);
}

static bool read_combination_alternative(const struct reading *in, int at, struct combination *out,
                                         struct fault *fault) {
    struct document_key keys[] = {{"aggregate", true, 0}, {"power", false, 0}};
    if (document_is_word(in->document, at))
        return definition_read_combination(in, at, at, 0, out, fault);
    return document_keys(in->document, at, "an alternative", keys, 2, fault) &&
           definition_read_combination(in, at, keys[0].value, keys[1].value, out, fault);
}

/* "tree" is the weights as the tree has them. */
static bool read_set_alternative(const struct reading *in, int at, size_t *out,
                                 struct fault *fault) {
    const char *name;
    if (!document_text(in->document, at, "among", in->arena, &name, fault))
        return false;
    *out = SIZE_MAX;
    return strcmp(name, "tree") == 0 || definition_find_weight_set(in, at, out, fault);
}

static bool read_imputation_alternative(const struct reading *in, int at, struct imputation *out,
                                        struct fault *fault) {
    if (!definition_read_imputation(in, at, out, fault))
        return false;
    if (out->method == IMPUTE_CARRIED) {
        return document_fault(in->document, at, fault,
                              "carry-forward is done when figures are taken, and cannot be varied");
    }
    return out->method != IMPUTE_REGRESSION || definition_find_metrics(in, at, out, fault);
}

/* The size of an alternative of each kind, for its array. */
static size_t alternative_size(enum vary what) {
    switch (what) {
    case VARY_NORMALISE:
        return sizeof(struct scale);
    case VARY_AGGREGATE:
        return sizeof(struct combination);
    case VARY_WEIGHTING:
        return sizeof(enum weighting);
    case VARY_TREATMENT:
        return sizeof(struct treatment);
    case VARY_IMPUTATION:
        return sizeof(struct imputation);
    default:
        return sizeof(size_t);
    }
}

static bool read_alternative(const struct reading *in, int at, enum vary what, void *out,
                             struct fault *fault) {
    switch (what) {
    case VARY_NORMALISE:
        return read_scale_alternative(in, at, out, fault);
    case VARY_AGGREGATE:
        return read_combination_alternative(in, at, out, fault);
    case VARY_WEIGHTING:
        return definition_read_weighting(in, at, out, fault);
    case VARY_TREATMENT:
        return definition_read_treatment(in, at, out, fault);
    case VARY_IMPUTATION:
        return read_imputation_alternative(in, at, out, fault);
    default:
        return read_set_alternative(in, at, out, fault);
    }
}

static void set_alternatives(struct factor *factor, const void *all) {
    switch (factor->what) {
    case VARY_NORMALISE:
        factor->among.scales = all;
        break;
    case VARY_AGGREGATE:
        factor->among.combinations = all;
        break;
    case VARY_WEIGHTING:
        factor->among.weightings = all;
        break;
    case VARY_TREATMENT:
        factor->among.treatments = all;
        break;
    case VARY_IMPUTATION:
        factor->among.imputations = all;
        break;
    default:
        factor->among.sets = all;
        break;
    }
}

static bool read_alternatives(const struct reading *in, int at, struct factor *out,
                              struct fault *fault) {
    size_t n, size = alternative_size(out->what);
    if (!document_list(in->document, at, "among", &n, fault))
        return false;
    if (n < 2 || n > ALTERNATIVES_MAX)
        return document_fault(in->document, at, fault,
                              "'among': expected 2 to %d alternatives, found %zu", ALTERNATIVES_MAX,
                              n);
    char *all = arena_alloc(in->arena, n, size);
    if (!all)
        return fault_memory(fault);
    for (size_t i = 0; i < n; i++) {
        if (!read_alternative(in, document_entry(in->document, at, i), out->what, all + i * size,
                              fault))
            return false;
    }
    out->count = n;
    set_alternatives(out, all);
    return true;
}

/* One of the metrics, or none of them. */
static bool list_metrics(const struct reading *in, struct factor *out, struct fault *fault) {
    size_t *metrics = arena_alloc(in->arena, in->out->n_nodes + 1, sizeof *metrics);
    if (!metrics)
        return fault_memory(fault);
    metrics[out->count++] = SIZE_MAX;
    for (size_t k = 0; k < in->out->n_nodes; k++) {
        if (node_is_metric(&in->out->nodes[k]))
            metrics[out->count++] = k;
    }
    out->among.metrics = metrics;
    return true;
}

static bool read_noise(const struct reading *in, int at, double *out, struct fault *fault) {
    if (!document_number(in->document, at, "noise", out, fault))
        return false;
    return (*out > 0.0 && *out < 1.0) ||
           document_fault(in->document, at, fault,
                          "'noise': expected a share above 0 and below 1, found %g", *out);
}

static bool check_keys(const struct reading *in, int at, const struct factor *factor,
                       const struct document_key *keys, const bool *wanted, size_t n,
                       struct fault *fault) {
    for (size_t k = 0; k < n; k++) {
        if (wanted[k] != (keys[k].value != 0)) {
            return document_fault(in->document, keys[k].value ? keys[k].value : at, fault,
                                  "vary: %s %s '%s'", vary_names[factor->what],
                                  wanted[k] ? "needs" : "takes no", keys[k].name);
        }
    }
    return true;
}

static bool check_level(const struct reading *in, int at, const struct factor *factor,
                        struct fault *fault) {
    bool parents = factor->what == VARY_AGGREGATE || factor->what == VARY_WEIGHTING;
    return !parents || factor->level + 1 < in->out->n_levels ||
           document_fault(in->document, at, fault,
                          "vary: %s is not for the last level, which is of metrics",
                          vary_names[factor->what]);
}

static bool read_factor(const struct reading *in, int at, struct factor *out, struct fault *fault) {
    enum { VARY, LEVEL, AMONG, NOISE, N_KEYS };
    struct document_key keys[N_KEYS] = {[VARY] = {"vary", true, 0},
                                        [LEVEL] = {"level", false, 0},
                                        [AMONG] = {"among", false, 0},
                                        [NOISE] = {"noise", false, 0}};
    size_t choice;
    if (!document_keys(in->document, at, "a factor", keys, N_KEYS, fault) ||
        !document_choice(in->document, keys[VARY].value, "vary", vary_names, VARY_COUNT, &choice,
                         fault))
        return false;
    out->what = (enum vary)choice;
    const bool wanted[] = {kinds[choice].level, kinds[choice].among, kinds[choice].noise};
    if (!check_keys(in, at, out, &keys[LEVEL], wanted, 3, fault) ||
        (wanted[0] && !definition_find_level(in, keys[LEVEL].value, &out->level, fault)) ||
        (wanted[0] && !check_level(in, keys[LEVEL].value, out, fault)) ||
        (wanted[1] && !read_alternatives(in, keys[AMONG].value, out, fault)) ||
        (wanted[2] && !read_noise(in, keys[NOISE].value, &out->noise, fault)) ||
        (out->what == VARY_LEAVE_OUT && !list_metrics(in, out, fault)))
        return false;
    char name[200];
    int length = snprintf(name, sizeof name, "%s%s%s", vary_names[out->what],
                          wanted[0] ? " of " : "", wanted[0] ? in->out->levels[out->level].id : "");
    if ((size_t)length >= sizeof name)
        length = (int)sizeof name - 1;
    out->name = arena_copy(in->arena, name, (size_t)length);
    return out->name || fault_memory(fault);
}

static bool read_counts(const struct reading *in, const struct document_key *keys,
                        struct uncertainty *out, struct fault *fault) {
    double replicates = 1000.0, seed = 1.0;
    out->interval = 0.9;
    if ((keys[0].value &&
         !document_number(in->document, keys[0].value, "replicates", &replicates, fault)) ||
        (keys[1].value && !document_number(in->document, keys[1].value, "seed", &seed, fault)) ||
        (keys[2].value &&
         !document_number(in->document, keys[2].value, "interval", &out->interval, fault)))
        return false;
    if (!(replicates >= 2.0 && replicates <= REPLICATES_MAX) ||
        replicates != (double)(uint32_t)replicates)
        return document_fault(in->document, keys[0].value, fault,
                              "'replicates': expected a whole number from 2 to %d, found %g",
                              REPLICATES_MAX, replicates);
    if (!(seed >= 0.0 && seed <= 9e15) || seed != (double)(uint64_t)seed)
        return document_fault(in->document, keys[1].value, fault,
                              "'seed': expected a whole number from 0 up, found %g", seed);
    if (!(out->interval > 0.0 && out->interval < 1.0))
        return document_fault(in->document, keys[2].value, fault,
                              "'interval': expected a share above 0 and below 1, found %g",
                              out->interval);
    out->replicates = (uint32_t)replicates;
    out->seed = (uint64_t)seed;
    return true;
}

/* --- a factor that would vary nothing cannot mean what it says -------------------------------- */

static bool reaches_a_node(const struct reading *in, const struct factor *factor) {
    const struct definition *d = in->out;
    for (size_t k = 0; k < d->n_nodes; k++) {
        const struct node_method *node = &d->method.nodes[k];
        bool metric = node_is_metric(&d->nodes[k]);
        if ((factor->what == VARY_NORMALISE && d->nodes[k].level == factor->level &&
             !node->scale.own) ||
            (factor->what == VARY_TREATMENT && metric && !node->treatment.own) ||
            (factor->what == VARY_IMPUTATION && metric && !node->imputation.own))
            return true;
    }
    return factor->what != VARY_NORMALISE && factor->what != VARY_TREATMENT &&
           factor->what != VARY_IMPUTATION;
}

static bool uses_given(enum weighting weighting) {
    return weighting == WEIGHTS_GIVEN || weighting == WEIGHTS_OPTIMISED;
}

/* Whether any parent of a level's nodes looks at the weights that they are given. */
static bool reads_weights(const struct reading *in, const struct uncertainty *u, size_t level) {
    const struct definition *d = in->out;
    for (size_t k = 0; k < d->n_nodes; k++) {
        if (d->nodes[k].level + 1 == level && uses_given(d->method.nodes[k].weighting))
            return true;
    }
    for (size_t f = 0; f < u->n_factors; f++) {
        const struct factor *factor = &u->factors[f];
        for (size_t i = 0; factor->what == VARY_WEIGHTING && i < factor->count; i++) {
            if (factor->level + 1 == level && uses_given(factor->among.weightings[i]))
                return true;
        }
    }
    return false;
}

/* Whether a factor before it sets the same. Noises multiply, and both metrics are left out. */
static bool stands_twice(const struct uncertainty *u, size_t f) {
    const struct factor *factor = &u->factors[f];
    for (size_t i = 0; i < f; i++) {
        if (factor->what != VARY_WEIGHT_NOISE && factor->what != VARY_LEAVE_OUT &&
            u->factors[i].what == factor->what && u->factors[i].level == factor->level)
            return true;
    }
    return false;
}

static bool check_effect(const struct reading *in, int list, const struct uncertainty *u,
                         struct fault *fault) {
    for (size_t f = 0; f < u->n_factors; f++) {
        const struct factor *factor = &u->factors[f];
        int at = document_entry(in->document, list, f);
        if (stands_twice(u, f))
            return document_fault(
                in->document, at, fault,
                "vary: %s stands here a second time and would undo the first; all "
                "alternatives belong into one factor",
                factor->name);
        if (!reaches_a_node(in, factor))
            return document_fault(in->document, at, fault,
                                  "vary: %s varies nothing, as all that it is for say their own",
                                  factor->name);
        if (factor->what == VARY_WEIGHT_NOISE && !reads_weights(in, u, factor->level))
            return document_fault(in->document, at, fault,
                                  "vary: %s varies nothing, as no node above takes given weights",
                                  factor->name);
    }
    return true;
}

bool definition_read_uncertainty(const struct reading *in, int at, struct fault *fault) {
    struct document_key keys[] = {
        {"replicates", false, 0}, {"seed", false, 0}, {"interval", false, 0}, {"factors", true, 0}};
    struct uncertainty *out = &in->out->uncertainty;
    size_t n;
    if (!document_keys(in->document, at, "'uncertainty'", keys, 4, fault) ||
        !read_counts(in, keys, out, fault) ||
        !document_list(in->document, keys[3].value, "factors", &n, fault))
        return false;
    if (n < 1 || n > FACTORS_MAX)
        return document_fault(in->document, keys[3].value, fault,
                              "'factors': expected 1 to %d, found %zu", FACTORS_MAX, n);
    struct factor *factors = arena_alloc(in->arena, n, sizeof *factors);
    if (!factors)
        return fault_memory(fault);
    for (size_t i = 0; i < n; i++) {
        if (!read_factor(in, document_entry(in->document, keys[3].value, i), &factors[i], fault))
            return false;
    }
    out->factors = factors;
    out->n_factors = n;
    return check_effect(in, keys[3].value, out, fault);
}
