/* Whether a result, which may lie in a file that anybody has written, has what is printed of it. */
#include "services/bus/stored.h"
#include "services/bus/study.h"
#include "services/bus/text.h"
#include "services/cli/batch_tables.h"

#include <string.h>

static bool spreads_fit(const StudyResult *result) {
    size_t n = result->n_areas;
    for (size_t i = 0; i < result->n_spreads; i++) {
        const NodeSpread *spread = result->spreads[i];
        if (spread->n_items != n || spread->n_nominal != n || spread->n_mean != n ||
            spread->n_low != n || spread->n_median != n || spread->n_high != n ||
            spread->n_bands != n * result->n_band_names)
            return false;
    }
    return result->n_spreads == result->study->n_nodes;
}

static bool points_fit(const StudyResult *result) {
    for (size_t k = 0; k < result->n_grid; k++) {
        if (result->grid[k]->n_weights != result->n_weighted)
            return false;
    }
    return result->study->grid != NULL;
}

static bool alternatives_fit(const StudyResult *result) {
    size_t nodes = result->study->n_nodes;
    if (result->n_alternatives != result->study->n_alternatives)
        return false;
    for (size_t k = 0; k < result->n_alternatives; k++) {
        const AlternativeResult *one = result->alternatives[k];
        if (one->n_ranks != (one->failure ? 0 : nodes))
            return false;
        for (size_t i = 0; i < one->n_ranks; i++) {
            if (one->ranks[i]->n_rank != result->n_areas)
                return false;
        }
    }
    return true;
}

static bool fits(const StudyResult *result) {
    const char *kind = result->study->kind;
    if (result->n_area_names != result->n_areas || result->n_node_names != result->study->n_nodes ||
        result->study->n_nodes == 0 || result->n_band_names == 0 ||
        result->failed > result->study->items)
        return false;
    if (strcmp(kind, study_kinds[STUDY_UNCERTAINTY]) == 0)
        return spreads_fit(result);
    if (strcmp(kind, study_kinds[STUDY_WEIGHTS]) == 0)
        return spreads_fit(result) && points_fit(result);
    if (strcmp(kind, study_kinds[STUDY_SENSITIVITY]) == 0)
        return result->sensitivity != NULL;
    return (strcmp(kind, study_kinds[STUDY_WHAT_IF]) == 0 ||
            strcmp(kind, study_kinds[STUDY_BACK_CAST]) == 0) &&
           alternatives_fit(result);
}

StudyResult *batch_result_read(const uint8_t *bytes, size_t length, const char *what,
                               struct fault *fault) {
    StudyResult *result =
        stored_message(&mindex__v1__study_result__descriptor, bytes, length, what, fault);
    if (result)
        text_make_plain(&result->base);
    if (!result || fits(result))
        return result;
    mindex__v1__study_result__free_unpacked(result, NULL);
    fault_set(fault, FAULT_INPUT, "%s is no result of a study, or not all of it", what);
    return NULL;
}
