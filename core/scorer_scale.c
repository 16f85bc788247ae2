/* Bringing the scores of a node to its scale. */
#include "core/clones.h"
#include "core/normalise.h"
#include "core/scorer_parts.h"
#include "core/status.h"

#include <float.h>
#include <math.h>

struct column scorer_slice(const struct scorer *scorer, const struct column *column, size_t s) {
    size_t n = scorer->n_rows / scorer->slices;
    return (struct column){
        .count = n, .value = column->value + s * n, .status = column->status + s * n};
}

CLONES
static bool all_finite(const double *value, size_t n) {
    uint64_t infinite = 0;
    for (size_t i = 0; i < n; i++)
        infinite |= fabs(value[i]) <= DBL_MAX ? 0 : 1;
    return infinite == 0;
}

size_t scorer_not_finite(const struct column *score) {
    if (all_finite(score->value, score->count))
        return SIZE_MAX;
    size_t row = 0;
    while (isfinite(score->value[row]))
        row++;
    return row;
}

bool scorer_check_finite(const struct scorer *scorer, size_t k, const char *what,
                         struct fault *fault) {
    size_t row = scorer_not_finite(&scorer->nodes[k].score);
    return row == SIZE_MAX ||
           fault_set(fault, FAULT_INPUT, "node '%s', area %s: the %s is too large a number",
                     scorer->definition->nodes[k].id,
                     scorer->pack->geography->areas[row % scorer->n_areas].code, what);
}

bool scorer_normalise(struct scorer *scorer, size_t k, struct fault *fault) {
    const struct node *node = &scorer->definition->nodes[k];
    const struct scale *scale = &scorer->method->nodes[k].scale;
    bool turned = node_is_metric(node) && node->direction == LOWER_IS_NEED;
    struct scale in_use = turned ? normalise_turned(scale) : *scale;
    size_t reference =
        scale->reference ? geography_area(scorer->pack->geography, scale->reference) : SIZE_MAX;
    if (scale->reference && reference == SIZE_MAX)
        return fault_set(fault, FAULT_INPUT, "node '%s': there is no area '%s' to refer to",
                         node->id, scale->reference);
    for (size_t s = 0; s < scorer->slices; s++) {
        struct column part = scorer_slice(scorer, &scorer->nodes[k].score, s);
        /* Of several periods together, the newest. */
        size_t row = reference == SIZE_MAX ? SIZE_MAX : reference + part.count - scorer->n_areas;
        if (!normalise(&in_use, row, &part, &scorer->room, fault))
            return fault_within(fault, "node '%s'", node->id);
    }
    return scorer_check_finite(scorer, k, "score", fault);
}
