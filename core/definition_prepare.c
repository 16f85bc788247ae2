/* What is done to metrics before they are normalised: imputation and the treatment of outliers. */
#include "core/definition_parts.h"

#include <string.h>

enum { ON_MAX = 200, WINSORISE_MAX = 1000000 };

/* --- impute: a word, or a mapping ------------------------------------------------------------- */

static bool read_on(const struct reading *in, int at, struct imputation *out, struct fault *fault) {
    const char **names;
    if (!document_texts(in->document, at, "on", in->arena, &names, &out->n_on, fault))
        return false;
    out->names = names;
    return (out->n_on >= 1 && out->n_on <= ON_MAX) ||
           document_fault(in->document, at, fault, "'on': expected 1 to %d metrics, found %zu",
                          ON_MAX, out->n_on);
}

static bool read_group(const struct reading *in, int at, struct imputation *out,
                       struct fault *fault) {
    static const char *const groups[] = {"region", "type"};
    size_t choice;
    if (!document_choice(in->document, at, "by", groups, 2, &choice, fault))
        return false;
    out->group = (enum grouping)choice;
    return true;
}

static bool read_imputation_keys(const struct reading *in, int at, const struct document_key *by,
                                 const struct document_key *on, struct imputation *out,
                                 struct fault *fault) {
    bool grouped = out->method == IMPUTE_GROUP_MEAN || out->method == IMPUTE_GROUP_MEDIAN;
    bool regression = out->method == IMPUTE_REGRESSION;
    const struct document_key *keys[] = {by, on};
    const bool wanted[] = {grouped, regression};
    for (size_t i = 0; i < 2; i++) {
        if (wanted[i] != (keys[i]->value != 0)) {
            return document_fault(in->document, keys[i]->value ? keys[i]->value : at, fault,
                                  "impute: %s %s '%s'", impute_names[out->method],
                                  wanted[i] ? "needs" : "takes no", keys[i]->name);
        }
    }
    return (!grouped || read_group(in, by->value, out, fault)) &&
           (!regression || read_on(in, on->value, out, fault));
}

bool definition_read_imputation(const struct reading *in, int at, struct imputation *out,
                                struct fault *fault) {
    struct document_key keys[] = {{"method", true, 0}, {"by", false, 0}, {"on", false, 0}};
    size_t choice;
    *out = (struct imputation){0};
    bool mapping = document_find(in->document, at, "method") != 0;
    if (mapping && !document_keys(in->document, at, "'impute'", keys, 3, fault))
        return false;
    if (!document_choice(in->document, mapping ? keys[0].value : at, "impute", impute_names,
                         IMPUTE_COUNT, &choice, fault))
        return false;
    out->method = (enum impute)choice;
    return read_imputation_keys(in, at, &keys[1], &keys[2], out, fault);
}

bool definition_find_metrics(const struct reading *in, int at, struct imputation *imputation,
                             struct fault *fault) {
    size_t *on = arena_alloc(in->arena, imputation->n_on, sizeof *on);
    if (!on)
        return fault_memory(fault);
    for (size_t i = 0; i < imputation->n_on; i++) {
        on[i] = definition_node(in->out, imputation->names[i]);
        if (on[i] == NO_NODE || !node_is_metric(&in->out->nodes[on[i]])) {
            return document_fault(
                in->document, at, fault, "impute: regression on '%s': %s", imputation->names[i],
                on[i] == NO_NODE ? "there is no such metric" : "that is no metric");
        }
    }
    imputation->on = on;
    return true;
}

/* --- treat: none, or a mapping ---------------------------------------------------------------- */

static bool read_above(const struct reading *in, const struct document_key *key, double otherwise,
                       double *out, struct fault *fault) {
    *out = otherwise;
    if (!key->value)
        return true;
    if (!document_number(in->document, key->value, key->name, out, fault))
        return false;
    return *out > 0.0 ||
           document_fault(in->document, key->value, fault,
                          "'%s': expected a number above 0, found %g", key->name, *out);
}

static bool read_winsorise(const struct reading *in, int at, struct treatment *out,
                           struct fault *fault) {
    double points = 0.0;
    if (at && !document_number(in->document, at, "winsorise", &points, fault))
        return false;
    if (!(points >= 0.0 && points <= WINSORISE_MAX) || points != (double)(unsigned)points) {
        return document_fault(
            in->document, at, fault,
            "'winsorise': expected how many points at most, a whole number from 0 "
            "up, found %g",
            points);
    }
    out->winsorise = (unsigned)points;
    return true;
}

static bool check_treatment(const struct reading *in, int at, const struct treatment *treatment,
                            struct fault *fault) {
    if (treatment->has_lambda && treatment->transform != TRANSFORM_BOX_COX)
        return document_fault(in->document, at, fault, "'lambda' belongs to transform: box-cox");
    if (treatment->always && (treatment->transform == TRANSFORM_NONE || treatment->winsorise))
        return document_fault(in->document, at, fault,
                              "'always' applies a 'transform', whatever the shape, and no "
                              "'winsorise'");
    if (!treatment->always && !treatment->winsorise && treatment->transform == TRANSFORM_NONE)
        return document_fault(in->document, at, fault,
                              "'treat' needs 'winsorise', 'transform' or both, or is none");
    return true;
}

bool definition_read_treatment(const struct reading *in, int at, struct treatment *out,
                               struct fault *fault) {
    enum { SKEWNESS, KURTOSIS, WINSORISE, TRANSFORM, LAMBDA, ALWAYS, N_KEYS };
    struct document_key keys[N_KEYS] = {
        [SKEWNESS] = {"skewness", false, 0},   [KURTOSIS] = {"kurtosis", false, 0},
        [WINSORISE] = {"winsorise", false, 0}, [TRANSFORM] = {"transform", false, 0},
        [LAMBDA] = {"lambda", false, 0},       [ALWAYS] = {"always", false, 0},
    };
    static const char *const none[] = {"none"};
    size_t choice = TRANSFORM_NONE;
    *out = (struct treatment){0};
    if (document_is_word(in->document, at))
        return document_choice(in->document, at, "treat", none, 1, &choice, fault);
    if (!document_keys(in->document, at, "'treat'", keys, N_KEYS, fault) ||
        !read_above(in, &keys[SKEWNESS], 2.0, &out->skewness, fault) ||
        !read_above(in, &keys[KURTOSIS], 3.5, &out->kurtosis, fault) ||
        !read_winsorise(in, keys[WINSORISE].value, out, fault) ||
        (keys[TRANSFORM].value &&
         !document_choice(in->document, keys[TRANSFORM].value, "transform", transform_names,
                          TRANSFORM_COUNT, &choice, fault)) ||
        (keys[LAMBDA].value &&
         !document_number(in->document, keys[LAMBDA].value, "lambda", &out->lambda, fault)) ||
        (keys[ALWAYS].value &&
         !document_bool(in->document, keys[ALWAYS].value, "always", &out->always, fault)))
        return false;
    out->on = true;
    out->transform = (enum transform)choice;
    out->has_lambda = keys[LAMBDA].value != 0;
    return check_treatment(in, at, out, fault);
}
