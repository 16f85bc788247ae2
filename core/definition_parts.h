/* The parts of reading a definition, for the core/definition*.c files only. */
#ifndef CORE_DEFINITION_PARTS_H
#define CORE_DEFINITION_PARTS_H

#include "core/definition.h"
#include "core/document.h"

struct reading {
    const struct document *document;
    struct definition *out;
    struct arena *arena;
    bool lists_datasets; /* else each metric is one */
};

/* Each reads the value at `at` into `out`. The tree needs levels and datasets; what comes after it
 * here needs the tree. */
bool definition_read_levels(const struct reading *in, int at, struct fault *fault);
bool definition_read_tree(const struct reading *in, int at, struct fault *fault);
bool definition_read_spend(const struct reading *in, int at, struct fault *fault);
bool definition_read_weight_sets(const struct reading *in, int at, struct fault *fault);
bool definition_read_uncertainty(const struct reading *in, int at, struct fault *fault);
bool definition_read_panel(const struct reading *in, int at, struct fault *fault);
bool definition_read_screening(const struct reading *in, int at, struct fault *fault);

/* Uses the weight set that the text at `at` names, in place of the tree's weights. */
bool definition_use_weights(const struct reading *in, int at, struct fault *fault);

/* The keys of a scale, which a level and a metric have in common. A level or metric has them in its
 * own table of keys, filled in by definition_scale_keys. */
enum { SCALE_KEYS = 8 };
void definition_scale_keys(struct document_key keys[SCALE_KEYS]);

/* Reads the scale of what stands at `at` from these keys. What is not given is taken from
 * `inherited` (NULL: nothing is). `metric_to_come`: targets and goalposts may be left to the
 * metrics. */
bool definition_read_scale(const struct reading *in, int at,
                           const struct document_key keys[SCALE_KEYS],
                           const struct scale *inherited, bool metric_to_come, struct scale *out,
                           struct fault *fault);

/* What is at `at` is a word or a mapping that says how. */
bool definition_read_imputation(const struct reading *in, int at, struct imputation *out,
                                struct fault *fault);
bool definition_read_treatment(const struct reading *in, int at, struct treatment *out,
                               struct fault *fault);
bool definition_read_weighting(const struct reading *in, int at, enum weighting *out,
                               struct fault *fault);
/* An aggregate and the power that goes with it (0: there is none); `at` is what they are of. */
bool definition_read_combination(const struct reading *in, int at, int aggregate, int power,
                                 struct combination *out, struct fault *fault);

/* Finds the metrics that a regression is on; `at` is for the fault. The tree must be there. */
bool definition_find_metrics(const struct reading *in, int at, struct imputation *imputation,
                             struct fault *fault);

/* The place with least need gets the low end of level i's scale, and a mean of logarithms of 0 says
 * nothing: refuses a scale that begins at 0 or below where the level above takes such a mean. */
bool definition_check_begin(const struct reading *in, int at, const struct level *levels, size_t i,
                            const struct scale *scale, struct fault *fault);

/* The level, node, weight set or dataset that the text at `at` names. A fault when there is none.
 */
bool definition_find_level(const struct reading *in, int at, size_t *out, struct fault *fault);
bool definition_find_node(const struct reading *in, int at, size_t *out, struct fault *fault);
bool definition_find_weight_set(const struct reading *in, int at, size_t *out, struct fault *fault);
bool definition_find_dataset(const struct reading *in, int at, const char *id, size_t *out,
                             struct fault *fault);

#endif
