/* The normalisation of a level or a metric: which keys each method takes and needs. */
#include "core/definition_parts.h"
#include "core/normalise.h"

#include <string.h>

enum { METHOD, RANGE, MEAN_AND_SD, POSTS, TARGET, REFERENCE, CAPPED, TIES };

#define BIT(key) (1u << (key))

static const struct {
    unsigned needs, takes;
} methods[NORMALISE_COUNT] = {
    [NORMALISE_NONE] = {0, 0},
    [NORMALISE_MIN_MAX] = {BIT(RANGE), 0},
    [NORMALISE_Z_SCORE] = {BIT(MEAN_AND_SD), 0},
    [NORMALISE_PERCENTILE_RANK] = {BIT(RANGE), BIT(TIES)},
    [NORMALISE_RANK] = {0, BIT(TIES)},
    [NORMALISE_BORDA] = {0, BIT(TIES)},
    [NORMALISE_SCALED] = {BIT(RANGE) | BIT(POSTS), 0},
    [NORMALISE_GOALPOSTS] = {BIT(RANGE) | BIT(POSTS), 0},
    [NORMALISE_TARGET] = {BIT(RANGE) | BIT(TARGET), BIT(CAPPED)},
    [NORMALISE_LEADER] = {BIT(RANGE), 0},
    [NORMALISE_REFERENCE] = {BIT(RANGE) | BIT(REFERENCE), BIT(CAPPED)},
    [NORMALISE_MAXIMUM] = {BIT(RANGE), 0},
    [NORMALISE_EXPONENTIAL] = {BIT(RANGE), BIT(TIES)},
};

static const char *const key_names[SCALE_KEYS] = {
    "normalise", "range", "mean-and-sd", "goalposts", "target", "reference", "capped", "ties"};

void definition_scale_keys(struct document_key keys[SCALE_KEYS]) {
    for (size_t k = 0; k < SCALE_KEYS; k++)
        keys[k] = (struct document_key){key_names[k], false, 0};
}

static bool read_method(const struct reading *in, int at, struct scale *out, struct fault *fault) {
    const char *words[NORMALISE_COUNT];
    size_t choice;
    for (int i = 0; i < NORMALISE_COUNT; i++)
        words[i] = normalise_name((enum normalise)i);
    if (!document_choice(in->document, at, "normalise", words, NORMALISE_COUNT, &choice, fault))
        return false;
    out->method = (enum normalise)choice;
    return true;
}

static bool read_pair(const struct reading *in, const struct document_key *key, double *first,
                      double *second, struct fault *fault) {
    const struct document *document = in->document;
    size_t n;
    if (!document_list(document, key->value, key->name, &n, fault))
        return false;
    if (n != 2) {
        return document_fault(document, key->value, fault, "'%s': expected two numbers, found %zu",
                              key->name, n);
    }
    return document_number(document, document_entry(document, key->value, 0), key->name, first,
                           fault) &&
           document_number(document, document_entry(document, key->value, 1), key->name, second,
                           fault);
}

static bool read_rising(const struct reading *in, const struct document_key *key, double *low,
                        double *high, struct fault *fault) {
    if (!read_pair(in, key, low, high, fault))
        return false;
    return *low < *high || document_fault(in->document, key->value, fault,
                                          "'%s': expected the lower number first, found [%g, %g]",
                                          key->name, *low, *high);
}

static bool read_mean_and_sd(const struct reading *in, const struct document_key *key,
                             struct scale *out, struct fault *fault) {
    if (!read_pair(in, key, &out->low, &out->high, fault))
        return false;
    return out->high > 0.0 || document_fault(in->document, key->value, fault,
                                             "'%s': expected a standard deviation above 0, found "
                                             "%g",
                                             key->name, out->high);
}

static bool read_ties(const struct reading *in, int at, enum ties *out, struct fault *fault) {
    static const char *const words[] = {"average", "min", "max", "dense"};
    size_t choice;
    if (!document_choice(in->document, at, "ties", words, 4, &choice, fault))
        return false;
    *out = (enum ties)choice;
    return true;
}

static bool read_key(const struct reading *in, const struct document_key *keys, size_t k,
                     struct scale *out, struct fault *fault) {
    int at = keys[k].value;
    switch (k) {
    case RANGE:
        return read_rising(in, &keys[k], &out->low, &out->high, fault);
    case MEAN_AND_SD:
        return read_mean_and_sd(in, &keys[k], out, fault);
    case POSTS:
        return read_rising(in, &keys[k], &out->post_low, &out->post_high, fault);
    case TARGET:
        return document_number(in->document, at, "target", &out->target, fault);
    case REFERENCE:
        return document_text(in->document, at, "reference", in->arena, &out->reference, fault);
    case CAPPED:
        return document_bool(in->document, at, "capped", &out->capped, fault);
    default:
        return read_ties(in, at, &out->ties, fault);
    }
}

/* What another method leaves to its heir: the range, if both have one. */
static struct scale inherit(const struct scale *from, enum normalise method) {
    if (from && from->method == method)
        return *from;
    struct scale out = {.method = method, .given = BIT(METHOD)};
    bool ranks = method == NORMALISE_RANK || method == NORMALISE_BORDA;
    out.ties = ranks ? TIES_MIN : TIES_AVERAGE;
    if (from && from->given & BIT(RANGE) && methods[method].needs & BIT(RANGE)) {
        out.low = from->low;
        out.high = from->high;
        out.given |= BIT(RANGE);
    }
    return out;
}

bool definition_read_scale(const struct reading *in, int at,
                           const struct document_key keys[SCALE_KEYS],
                           const struct scale *inherited, bool metric_to_come, struct scale *out,
                           struct fault *fault) {
    struct scale head = {.method = inherited ? inherited->method : NORMALISE_NONE};
    if (!keys[METHOD].value && !inherited)
        return document_fault(in->document, at, fault, "a level needs the key 'normalise'");
    if (keys[METHOD].value && !read_method(in, keys[METHOD].value, &head, fault))
        return false;
    *out = inherit(inherited, head.method);
    unsigned needs = methods[head.method].needs, takes = methods[head.method].takes;
    for (size_t k = METHOD + 1; k < SCALE_KEYS; k++) {
        if (!keys[k].value)
            continue;
        if (!((needs | takes) & BIT(k))) {
            return document_fault(in->document, keys[k].value, fault, "normalise: %s takes no '%s'",
                                  normalise_name(head.method), keys[k].name);
        }
        if (!read_key(in, keys, k, out, fault))
            return false;
        out->given |= BIT(k);
    }
    unsigned later = metric_to_come ? BIT(TARGET) | BIT(POSTS) : 0;
    for (size_t k = METHOD + 1; k < SCALE_KEYS; k++) {
        if (needs & ~later & ~out->given & BIT(k)) {
            return document_fault(in->document, at, fault, "normalise: %s needs '%s'",
                                  normalise_name(head.method), keys[k].name);
        }
    }
    return true;
}
