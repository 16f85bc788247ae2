/* Rows below which figures are missing, and means that are not made of sums. */
#include "core/alternatives_tile.h"

#include "core/aggregate.h"
#include "core/clones.h"
#include "core/powers.h"
#include "core/status.h"

#include <string.h>

/* One row of one item, by any mean: as core/scorer_parents.c scores it. */
bool tile_score_row(const struct alternatives *a, size_t p, size_t j, size_t r) {
    const struct tile *tile = a->tile;
    const struct mix *mix = &tile->mixes[p];
    const struct recipe *recipe = &tile->plans[0]->recipes[p];
    double covered = 0.0, *value = tile_values(a, p, j) + r;
    size_t n = 0, children = 0;
    for (size_t c = 0; c < mix->count; c++) {
        const struct child *child = mix->children[c];
        double weight = mix->weights_by_item[j * mix->count + c];
        if (!tile->plans[j]->in[child->node])
            continue;
        children++;
        uint8_t status =
            child->metric ? mix->status[c][tile->from + r] : tile_statuses(a, child->at, j)[r];
        if (status != STATUS_VALUE)
            continue;
        bool whole = child->metric || a->parents[child->at].ragged[tile->from + r] == 0;
        covered += weight * (whole ? 1.0 : tile_coverages(a, child->at, j)[r]);
        const struct kept *kept =
            child->metric ? a->kept[child->at].kept[tile->plans[0]->kept[child->at]] : NULL;
        tile->score[n] =
            kept ? kept->column[FORM_VALUE][tile->from + r] : tile_values(a, child->at, j)[r];
        tile->weight[n++] = weight;
    }
    covered /= mix->all[j];
    tile_coverages(a, p, j)[r] = covered;
    double share = recipe->of_children ? (double)n / (double)children : covered;
    bool thin = n == 0 || share < recipe->coverage - COVERAGE_ROUNDING;
    tile_statuses(a, p, j)[r] = thin ? STATUS_THIN : STATUS_VALUE;
    if (thin)
        *value = 0.0;
    if (thin || mix->form == FORM_SHARES) /* which has been computed */
        return true;
    const struct combination combination = {recipe->method, recipe->power};
    return aggregate(&combination, tile->score, tile->weight, n, value);
}

/* One row of all items, by a mean that is made of sums: side by side. */
struct row {
    double sum[ITEMS], total[ITEMS], covered[ITEMS], n[ITEMS], children[ITEMS];
};

/* What one child has for each item; where it has no score, `there` is 0 and x adds nothing. */
struct term {
    double x[ITEMS], there[ITEMS], covered[ITEMS];
};

CLONES
static void add_products(struct row *row, const double *weights, const double *in,
                         const struct term *term) {
    for (size_t j = 0; j < ITEMS; j++)
        row->sum[j] += weights[j] * term->there[j] * term->x[j];
    for (size_t j = 0; j < ITEMS; j++) {
        double weight = weights[j] * term->there[j];
        row->total[j] += weight;
        row->covered[j] += weight * term->covered[j];
        row->n[j] += in[j] * term->there[j];
        row->children[j] += in[j];
    }
}

static void metric_term(const struct mix *mix, size_t c, size_t row, struct term *term) {
    bool there = mix->status[c][row] == STATUS_VALUE;
    for (size_t j = 0; j < ITEMS; j++) {
        term->x[j] = there ? mix->columns[c][row] : 0.0;
        term->there[j] = there ? 1.0 : 0.0;
        term->covered[j] = 1.0;
    }
}

static void parent_term(const struct alternatives *a, const struct mix *mix, size_t at, size_t r,
                        struct term *term) {
    const struct tile *tile = a->tile;
    bool whole = a->parents[at].ragged[tile->from + r] == STATUS_VALUE;
    for (size_t j = 0; j < ITEMS; j++) {
        bool there = j < tile->n && tile_statuses(a, at, j)[r] == STATUS_VALUE;
        term->x[j] = there ? tile_values(a, at, j)[r] : 1.0; /* whose logarithm is 0 */
        term->there[j] = there ? 1.0 : 0.0;
        term->covered[j] = whole || !there ? 1.0 : tile_coverages(a, at, j)[r];
    }
    if (mix->form == FORM_LOG)
        powers_log(term->x, term->x, ITEMS);
}

static void put_row(const struct alternatives *a, size_t p, size_t r, const struct row *row,
                    const double *means) {
    const struct tile *tile = a->tile;
    const struct mix *mix = &tile->mixes[p];
    const struct recipe *recipe = &tile->plans[0]->recipes[p];
    for (size_t j = 0; j < tile->n; j++) {
        if (!tile->plans[j]->in[a->parents[p].node])
            continue;
        double covered = row->covered[j] / mix->all[j];
        double share = recipe->of_children ? row->n[j] / row->children[j] : covered;
        bool thin = row->n[j] == 0.0 || share < recipe->coverage - COVERAGE_ROUNDING;
        tile_coverages(a, p, j)[r] = covered;
        tile_statuses(a, p, j)[r] = thin ? STATUS_THIN : STATUS_VALUE;
        tile_values(a, p, j)[r] = thin ? 0.0 : means[j];
    }
}

void tile_score_row_of_all(const struct alternatives *a, size_t p, size_t r) {
    const struct tile *tile = a->tile;
    const struct mix *mix = &tile->mixes[p];
    struct row row;
    struct term term;
    double means[ITEMS];
    memset(&row, 0, sizeof row);
    for (size_t c = 0; c < mix->count; c++) {
        const struct child *child = mix->children[c];
        if (child->metric)
            metric_term(mix, c, tile->from + r, &term);
        else
            parent_term(a, mix, child->at, r, &term);
        add_products(&row, mix->weights + c * ITEMS, mix->in + c * ITEMS, &term);
    }
    for (size_t j = 0; j < ITEMS; j++)
        means[j] = row.sum[j] / row.total[j];
    if (mix->form == FORM_LOG)
        powers_exp(means, means, ITEMS);
    put_row(a, p, r, &row, means);
}
