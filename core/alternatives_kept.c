/* Metrics' columns, each computed once by the scorer. */
#include "core/alternatives_parts.h"

#include "core/arena.h"
#include "core/powers.h"
#include "core/status.h"

#include <string.h>

#define SAME(a, b) (memcmp(&(a), &(b), sizeof(a)) == 0)

static bool reads_other_metrics(const struct imputation *imputation) {
    return imputation->method == IMPUTE_REGRESSION || imputation->method == IMPUTE_EM;
}

/* Where metrics are prepared by what others have, all of them must be prepared as the definition
 * says: a column is kept by its own metric's method alone. */
bool kept_prepares(const struct alternatives *a, const struct method *method) {
    const struct method *own = &a->pack->definition->method;
    const struct screening *screening = &method->screening;
    if (!SAME(*screening, own->screening))
        return false;
    bool joint = screening->place_available > 0.0 || screening->place_non_zero > 0.0, same = true;
    for (size_t i = 0; i < a->n_metrics; i++) {
        const struct node_method *now = &method->nodes[a->metrics[i]];
        const struct node_method *was = &own->nodes[a->metrics[i]];
        joint = joint || reads_other_metrics(&now->imputation);
        same = same && now->left_out == was->left_out && SAME(now->imputation, was->imputation);
    }
    return same || !joint;
}

static bool is_of(const struct kept *kept, const struct node_method *method) {
    return SAME(kept->scale, method->scale) && SAME(kept->treatment, method->treatment) &&
           SAME(kept->imputation, method->imputation);
}

size_t kept_find(const struct alternatives *a, size_t metric, const struct node_method *method,
                 size_t guess) {
    const struct kept_metric *m = &a->kept[metric];
    if (guess < m->count && is_of(m->kept[guess], method))
        return guess;
    for (size_t i = 0; i < m->count; i++) {
        if (is_of(m->kept[i], method))
            return i;
    }
    return KEPT_EACH;
}

static bool has_room(const struct alternatives *a) {
    return a->n_kept + a->stride <= a->kept_max;
}

static bool take_metric(struct alternatives *a, size_t metric, const struct node_method *method,
                        struct fault *fault) {
    struct kept_metric *m = &a->kept[metric];
    size_t node = a->metrics[metric], n = a->n_rows;
    if (method->left_out || kept_find(a, metric, method, 0) != KEPT_EACH || m->count == KEPT_EACH ||
        !has_room(a))
        return true;
    if (!(method->weight > 0.0)) /* nor would its weight say whether it was screened */
        return true;
    struct kept *kept = arena_alloc(a->arena, 1, sizeof *kept);
    double *value = alternatives_numbers(a->arena, a->stride);
    uint8_t *status = arena_alloc(a->arena, a->stride, 1);
    if (!kept || !value || !status)
        return fault_memory(fault);
    *kept = (struct kept){.scale = method->scale,
                          .treatment = method->treatment,
                          .imputation = method->imputation,
                          .dropped = !(scorer_weight(a->scorer, node) > 0.0),
                          .status = status};
    const struct column *scores = scorer_scores(a->scorer, node);
    memcpy(status, scores->status, n);
    kept->whole = status_all_values(status, n);
    for (size_t row = 0; row < n; row++)
        value[row] = scores->status[row] == STATUS_VALUE ? scores->value[row] : 0.0;
    kept->column[FORM_VALUE] = value;
    a->n_kept += a->stride;
    m->kept[m->count++] = kept;
    return true;
}

bool kept_take(struct alternatives *a, const struct method *method, struct fault *fault) {
    for (size_t i = 0; i < a->n_metrics; i++) {
        if (!take_metric(a, i, &method->nodes[a->metrics[i]], fault))
            return false;
    }
    return true;
}

/* Where a figure is missing: its logarithm is taken for 0, and itself for infinite, of which a
 * weight is no part. */
static double *make_column(struct alternatives *a, const struct kept *kept, enum form form) {
    double *out = alternatives_numbers(a->arena, a->stride);
    if (!out)
        return NULL;
    const double *value = kept->column[FORM_VALUE];
    if (form == FORM_LOG)
        powers_log(value, out, a->n_rows);
    for (size_t row = 0; row < a->n_rows; row++) {
        bool there = kept->status[row] == STATUS_VALUE;
        if (form == FORM_POSITIVE)
            out[row] = !there ? (double)INFINITY : value[row] > 0.0 ? value[row] : (double)NAN;
        else if (!there)
            out[row] = 0.0;
    }
    for (size_t row = a->n_rows; form == FORM_POSITIVE && row < a->stride; row++)
        out[row] = 1.0;
    return out;
}

bool kept_column(struct alternatives *a, struct kept *kept, enum form form, const double **out) {
    if (!kept->column[form] && has_room(a)) {
        kept->column[form] = make_column(a, kept, form);
        if (!kept->column[form])
            return false;
        a->n_kept += a->stride;
    }
    *out = kept->column[form];
    return true;
}
