/* The nodes above the metrics. */
#include "core/aggregate.h"
#include "core/clones.h"
#include "core/scorer_parts.h"
#include "core/status.h"
#include "core/weigh.h"

#include <math.h>
#include <string.h>

/* --- nodes above the metrics ------------------------------------------------------------------ */

/* The children that are in the index; returns how many. */
static size_t gather_children(struct scorer *scorer, size_t k) {
    const struct node *nodes = scorer->definition->nodes;
    size_t n = 0;
    for (size_t c = k + 1; c < nodes[k].end; c = nodes[c].end) {
        if (scorer->nodes[c].dropped)
            continue;
        scorer->children[n] = &scorer->nodes[c].score;
        scorer->ids[n] = nodes[c].id;
        scorer->score[n++] = scorer->method->nodes[c].weight;
    }
    return n;
}

static bool weigh_children(struct scorer *scorer, size_t k, size_t count, struct fault *fault) {
    const struct node *nodes = scorer->definition->nodes;
    struct weigh_children children = {.columns = scorer->children,
                                      .ids = scorer->ids,
                                      .given = scorer->score,
                                      .count = count,
                                      .work = scorer->work};
    if (!weigh(scorer->method->nodes[k].weighting, &children, scorer->weight, fault))
        return fault_within(fault, "node '%s'", nodes[k].id);
    size_t n = 0;
    for (size_t c = k + 1; c < nodes[k].end; c = nodes[c].end)
        scorer->nodes[c].weight = scorer->nodes[c].dropped ? 0.0 : scorer->weight[n++];
    return true;
}

/* The children that are in the index, all together. */
struct family {
    size_t count;
    double weight;
    bool whole; /* each has a score in every row, of all that is below it */
};

static struct family family_of(const struct scorer *scorer, size_t k) {
    const struct node *nodes = scorer->definition->nodes;
    struct family family = {.whole = true};
    for (size_t c = k + 1; c < nodes[k].end; c = nodes[c].end) {
        if (scorer->nodes[c].dropped)
            continue;
        family.count++;
        family.weight += scorer->nodes[c].weight;
        family.whole = family.whole && scorer->nodes[c].whole;
    }
    return family;
}

/* --- rows ------------------------------------------------------------------------------------- */

/* Children are walked through one after another over a block of rows, whose sums stay in the
 * nearest cache. A row's sums are of the same terms in the same order as when it stands alone: a
 * child without a score adds 0, which leaves a sum as it is. */
enum { BLOCK = 512 };

struct block {
    size_t first, count;   /* rows */
    double sum[BLOCK];     /* of weight times score */
    double weight[BLOCK];  /* of the children that have a score */
    double covered[BLOCK]; /* of the weight below */
    int32_t there[BLOCK];  /* children that have a score */
};

static void block_begin(struct block *block, size_t first, size_t rows) {
    block->first = first;
    block->count = rows - first < BLOCK ? rows - first : BLOCK;
    memset(block->sum, 0, sizeof block->sum);
    memset(block->weight, 0, sizeof block->weight);
    memset(block->covered, 0, sizeof block->covered);
    memset(block->there, 0, sizeof block->there);
}

/* `covered` NULL: all that is below a score is there. */
CLONES
static void block_add(struct block *block, const struct column *score, const double *covered,
                      double weight) {
    const double *value = score->value + block->first;
    const uint8_t *status = score->status + block->first;
    size_t n = block->count;
    for (size_t i = 0; i < n; i++) {
        bool there = status[i] == STATUS_VALUE;
        block->sum[i] += there ? weight * value[i] : 0.0;
        block->weight[i] += there ? weight : 0.0;
        block->there[i] += there;
    }
    if (!covered) {
        for (size_t i = 0; i < n; i++)
            block->covered[i] += status[i] == STATUS_VALUE ? weight : 0.0;
        return;
    }
    covered += block->first;
    for (size_t i = 0; i < n; i++)
        block->covered[i] += status[i] == STATUS_VALUE ? weight * covered[i] : 0.0;
}

/* Which rows have enough below them for a score, and the share of the weight that they have. */
static void block_cover(const struct block *block, const struct family *family,
                        const struct node_method *method, const bool *place_dropped,
                        struct scored_node *out) {
    double *covered = out->covered + block->first;
    uint8_t *status = out->score.status + block->first;
    for (size_t i = 0; i < block->count; i++) {
        covered[i] = block->covered[i] / family->weight;
        double share =
            method->of_children ? (double)block->there[i] / (double)family->count : covered[i];
        bool enough = block->there[i] > 0 && !(share < method->coverage - COVERAGE_ROUNDING);
        uint8_t without = place_dropped[block->first + i] ? STATUS_SCREENED : STATUS_THIN;
        status[i] = enough ? STATUS_VALUE : without;
    }
}

/* A row without a score has a 0 in its place. */
CLONES
static void block_mean(const struct block *block, const struct column *out) {
    double *value = out->value + block->first;
    const uint8_t *status = out->status + block->first;
    for (size_t i = 0; i < block->count; i++) {
        double mean = block->sum[i] / block->weight[i];
        value[i] = status[i] == STATUS_VALUE ? mean : 0.0;
    }
}

/* Of children that all have a score in every row; out has the sums. */
CLONES
static void add_whole(double *out, size_t n, const double *value, double weight) {
    for (size_t i = 0; i < n; i++)
        out[i] += weight * value[i];
}

CLONES
static void divide_whole(double *out, size_t n, double all) {
    for (size_t i = 0; i < n; i++)
        out[i] /= all;
}

static bool has_no_mean(const struct scorer *scorer, size_t k, size_t row, struct fault *fault) {
    return fault_set(fault, FAULT_INPUT, "node '%s', area %s: the scores below have no %s mean",
                     scorer->definition->nodes[k].id,
                     scorer->pack->geography->areas[row % scorer->n_areas].code,
                     aggregate_name(scorer->method->nodes[k].combination.method));
}

/* Of methods that look at all that the children have. */
static bool aggregate_row(struct scorer *scorer, size_t k, size_t row, struct fault *fault) {
    const struct node *nodes = scorer->definition->nodes;
    double *out = &scorer->nodes[k].score.value[row];
    size_t n = 0;
    for (size_t c = k + 1; c < nodes[k].end; c = nodes[c].end) {
        const struct scored_node *child = &scorer->nodes[c];
        if (child->score.status[row] != STATUS_VALUE)
            continue;
        scorer->score[n] = child->score.value[row];
        scorer->weight[n++] = child->weight;
    }
    const struct combination *combination = &scorer->method->nodes[k].combination;
    return (aggregate(combination, scorer->score, scorer->weight, n, out) && isfinite(*out)) ||
           has_no_mean(scorer, k, row, fault);
}

static bool aggregate_rows(struct scorer *scorer, size_t k, struct fault *fault) {
    const uint8_t *status = scorer->nodes[k].score.status;
    for (size_t row = 0; row < scorer->n_rows; row++) {
        if (status[row] == STATUS_VALUE && !aggregate_row(scorer, k, row, fault))
            return false;
    }
    return true;
}

/* In place of the scores of the rows that have one, their generalised means. */
static void generalised_rows(struct scorer *scorer, size_t k, size_t count) {
    struct column *out = &scorer->nodes[k].score;
    for (size_t c = 0; c < count; c++)
        scorer->generalised[c] = (struct generalised_child){
            scorer->children[c]->value, scorer->children[c]->status, scorer->weight[c]};
    generalised_means(scorer->method->nodes[k].combination.power, scorer->generalised, count,
                      out->count, out->value);
    for (size_t row = 0; row < out->count; row++)
        out->value[row] = out->status[row] == STATUS_VALUE ? out->value[row] : 0.0;
}

/* --- nodes ------------------------------------------------------------------------------------ */

/* Where every child has a score everywhere, the mean is all that there is to compute. */
static void mean_of_whole(struct scorer *scorer, size_t k, const struct family *family) {
    struct column *out = &scorer->nodes[k].score;
    for (size_t first = 0; first < out->count; first += BLOCK) {
        size_t n = out->count - first < BLOCK ? out->count - first : BLOCK;
        memset(out->value + first, 0, n * sizeof *out->value);
        for (size_t c = 0; c < family->count; c++)
            add_whole(out->value + first, n, scorer->children[c]->value + first, scorer->weight[c]);
        divide_whole(out->value + first, n, family->weight);
    }
}

static void cover_rows(struct scorer *scorer, size_t k, const struct family *family) {
    const struct node *nodes = scorer->definition->nodes;
    const struct node_method *method = &scorer->method->nodes[k];
    struct scored_node *out = &scorer->nodes[k];
    struct block block;
    for (size_t first = 0; first < scorer->n_rows; first += BLOCK) {
        block_begin(&block, first, scorer->n_rows);
        for (size_t c = k + 1; c < nodes[k].end; c = nodes[c].end) {
            const struct scored_node *child = &scorer->nodes[c];
            if (!child->dropped)
                block_add(&block, &child->score,
                          child->whole || node_is_metric(&nodes[c]) ? NULL : child->covered,
                          child->weight);
        }
        block_cover(&block, family, method, scorer->place_dropped, out);
        if (method->combination.method == AGGREGATE_ARITHMETIC)
            block_mean(&block, &out->score);
    }
}

/* The places of one period are compared with each other, or of all. */
static void compare_places(struct scorer *scorer, size_t k, size_t count) {
    enum aggregate method = scorer->method->nodes[k].combination.method;
    size_t n = scorer->n_rows / scorer->slices;
    for (size_t s = 0; s < scorer->slices; s++) {
        struct column out = scorer_slice(scorer, &scorer->nodes[k].score, s);
        aggregate_places(method, scorer->children, scorer->weight, count, s * n, &out);
    }
}

static bool combine_children(struct scorer *scorer, size_t k, struct fault *fault) {
    const struct node_method *method = &scorer->method->nodes[k];
    struct scored_node *out = &scorer->nodes[k];
    struct family family = family_of(scorer, k);
    enum aggregate mean = method->combination.method;
    out->whole = family.whole && isfinite(family.weight) && method->coverage <= 1.0;
    if (!out->whole)
        cover_rows(scorer, k, &family);
    else
        memset(out->score.status, STATUS_VALUE, scorer->n_rows);
    if (out->whole && mean == AGGREGATE_ARITHMETIC)
        mean_of_whole(scorer, k, &family);
    if (mean == AGGREGATE_GENERALISED)
        generalised_rows(scorer, k, family.count);
    else if (mean != AGGREGATE_ARITHMETIC)
        memset(out->score.value, 0, scorer->n_rows * sizeof *out->score.value);
    if (aggregate_compares_places(mean)) {
        compare_places(scorer, k, family.count);
        return true;
    }
    if (mean != AGGREGATE_ARITHMETIC && mean != AGGREGATE_GENERALISED)
        return aggregate_rows(scorer, k, fault);
    size_t row = scorer_not_finite(&out->score);
    return row == SIZE_MAX || has_no_mean(scorer, k, row, fault);
}

bool scorer_score_parent(struct scorer *scorer, size_t k, struct fault *fault) {
    size_t count = gather_children(scorer, k);
    scorer->nodes[k].dropped = count == 0;
    if (count == 0) {
        memset(scorer->nodes[k].score.status, STATUS_SCREENED, scorer->n_rows);
        return true;
    }
    return weigh_children(scorer, k, count, fault) && combine_children(scorer, k, fault) &&
           scorer_normalise(scorer, k, fault);
}
