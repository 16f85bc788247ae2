#include "core/impute.h"

#include "core/linear.h"
#include "core/status.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { EM_ROUNDS = 20000 };

static bool is_figure(const struct impute_metric *metric, size_t row) {
    return metric->column->status[row] == STATUS_VALUE &&
           (metric->imputed[row] == IMPUTE_NONE || metric->imputed[row] == IMPUTE_CARRIED);
}

static bool is_gap(const struct impute_metric *metric, size_t row) {
    return metric->column->status[row] != STATUS_VALUE &&
           metric->column->status[row] != STATUS_NOT_APPLICABLE &&
           metric->column->status[row] != STATUS_SCREENED;
}

static void fill(struct impute_metric *metric, size_t row, enum impute method, double value) {
    metric->column->value[row] = value;
    metric->column->status[row] = STATUS_VALUE;
    metric->imputed[row] = (uint8_t)method;
}

static bool reserve(struct impute_table *table, size_t numbers, struct fault *fault) {
    if (numbers <= table->work_room)
        return true;
    double *work = calloc(numbers, sizeof *work);
    if (!work)
        return fault_memory(fault);
    free(table->work);
    table->work = work;
    table->work_room = numbers;
    return true;
}

/* --- one number for a column or a group ------------------------------------------------------- */

static bool same_group(const struct impute_table *table, const struct imputation *how, size_t a,
                       size_t b) {
    if (a / table->slice != b / table->slice)
        return false;
    if (how->method == IMPUTE_MEAN || how->method == IMPUTE_MEDIAN)
        return true;
    const struct area *left = &table->areas[a % table->n_areas];
    const struct area *right = &table->areas[b % table->n_areas];
    return how->group == GROUP_REGION ? strcmp(left->region, right->region) == 0
                                      : strcmp(left->type, right->type) == 0;
}

/* The middle of the group of `row`; false where no place of it has a figure. */
static bool middle_of_group(const struct impute_table *table, const struct impute_metric *metric,
                            const struct imputation *how, size_t row, struct room *room,
                            double *out) {
    size_t n = 0;
    for (size_t r = 0; r < table->n_rows; r++) {
        if (is_figure(metric, r) && same_group(table, how, row, r))
            room->x[n++] = metric->column->value[r];
    }
    if (n == 0)
        return false;
    bool mean = how->method == IMPUTE_MEAN || how->method == IMPUTE_GROUP_MEAN;
    *out = mean ? stats_mean(room->x, n) : stats_median(room->x, n);
    return true;
}

/* Group by group, in the order of their first gaps. */
static void impute_middle(const struct impute_table *table, struct impute_metric *metric,
                          const struct imputation *how, struct room *room) {
    size_t unknown = SIZE_MAX; /* a gap whose group has no figure */
    for (size_t first = 0; first < table->n_rows; first++) {
        double value;
        if (!is_gap(metric, first) ||
            (unknown != SIZE_MAX && same_group(table, how, unknown, first)))
            continue;
        if (!middle_of_group(table, metric, how, first, room, &value)) {
            unknown = first;
            continue;
        }
        for (size_t row = first; row < table->n_rows; row++) {
            if (is_gap(metric, row) && same_group(table, how, first, row))
                fill(metric, row, how->method, value);
        }
    }
}

/* --- regression ------------------------------------------------------------------------------- */

static bool has_all(const struct impute_table *table, const struct imputation *how, size_t row) {
    for (size_t i = 0; i < how->n_on; i++) {
        const struct impute_metric *on = &table->metrics[how->on[i]];
        if (!on->column || !is_figure(on, row))
            return false;
    }
    return true;
}

static bool impute_regression(struct impute_table *table, struct impute_metric *metric,
                              const struct imputation *how, struct fault *fault) {
    size_t columns = how->n_on + 1, rows = 0;
    if (!reserve(table, table->n_rows * (columns + 1), fault))
        return false;
    double *a = table->work, *y = a + table->n_rows * columns;
    for (size_t row = 0; row < table->n_rows; row++) {
        if (!is_figure(metric, row) || !has_all(table, how, row))
            continue;
        a[rows * columns] = 1.0;
        for (size_t i = 0; i < how->n_on; i++)
            a[rows * columns + i + 1] = table->metrics[how->on[i]].column->value[row];
        y[rows++] = metric->column->value[row];
    }
    if (rows < columns || !linear_least_squares(a, rows, columns, y)) {
        return fault_set(fault, FAULT_INPUT,
                         "metric '%s': no regression on %zu metrics: %zu places have all of them, "
                         "and these must be more, and the metrics not depend on each other",
                         metric->id, how->n_on, rows);
    }
    for (size_t row = 0; row < table->n_rows; row++) {
        if (!is_gap(metric, row) || !has_all(table, how, row))
            continue;
        double value = y[0];
        for (size_t i = 0; i < how->n_on; i++)
            value += y[i + 1] * table->metrics[how->on[i]].column->value[row];
        fill(metric, row, IMPUTE_REGRESSION, value);
    }
    return true;
}

/* --- expectation-maximisation ----------------------------------------------------------------- */

struct em {
    struct impute_table *table;
    size_t m;                  /* metrics */
    size_t *nodes;             /* which */
    size_t *seen, *gaps;       /* of one row: metrics with a figure and without */
    double *centre, *scale;    /* m: figures are taken less their mean, in standard deviations */
    double *mean, *covariance; /* m, m x m */
    double *sum, *products;    /* of the round: m, m x m */
    double *factor, *cross, *x;
};

static const struct impute_metric *em_metric(const struct em *em, size_t i) {
    return &em->table->metrics[em->nodes[i]];
}

static double em_figure(const struct em *em, size_t i, size_t row) {
    return (em_metric(em, i)->column->value[row] - em->centre[i]) / em->scale[i];
}

/* Splits a row, fills x with figures and conditional means, and leaves in `cross` (gaps x seen) the
 * regression of the gaps on what is seen. False: the covariance is not of full rank. */
static bool em_expect(struct em *em, size_t row, size_t *n_seen, size_t *n_gaps) {
    *n_seen = *n_gaps = 0;
    for (size_t i = 0; i < em->m; i++) {
        bool there = is_figure(em_metric(em, i), row);
        *(there ? &em->seen[(*n_seen)++] : &em->gaps[(*n_gaps)++]) = i;
        em->x[i] = there ? em_figure(em, i, row) : em->mean[i];
    }
    size_t s = *n_seen;
    if (*n_gaps == 0 || s == 0)
        return true;
    for (size_t i = 0; i < s; i++) {
        for (size_t k = 0; k < s; k++)
            em->factor[i * s + k] = em->covariance[em->seen[i] * em->m + em->seen[k]];
    }
    if (!linear_cholesky(em->factor, s))
        return false;
    for (size_t g = 0; g < *n_gaps; g++) {
        double *b = &em->cross[g * s];
        for (size_t k = 0; k < s; k++)
            b[k] = em->covariance[em->gaps[g] * em->m + em->seen[k]];
        linear_solve(em->factor, s, b);
        for (size_t k = 0; k < s; k++)
            em->x[em->gaps[g]] += b[k] * (em->x[em->seen[k]] - em->mean[em->seen[k]]);
    }
    return true;
}

/* Adds a row to the sums: x, x x', and for two gaps the covariance that is left between them. */
static void em_add(struct em *em, size_t n_seen, size_t n_gaps) {
    size_t m = em->m;
    for (size_t i = 0; i < m; i++) {
        em->sum[i] += em->x[i] - em->mean[i];
        for (size_t k = 0; k < m; k++)
            em->products[i * m + k] += (em->x[i] - em->mean[i]) * (em->x[k] - em->mean[k]);
    }
    for (size_t g = 0; g < n_gaps; g++) {
        for (size_t h = 0; h < n_gaps; h++) {
            double left = em->covariance[em->gaps[g] * m + em->gaps[h]];
            for (size_t k = 0; k < n_seen; k++)
                left -= em->cross[g * n_seen + k] * em->covariance[em->seen[k] * m + em->gaps[h]];
            em->products[em->gaps[g] * m + em->gaps[h]] += left;
        }
    }
}

/* One round; *change is the largest change of a parameter. */
static bool em_round(struct em *em, size_t rows, double *change) {
    size_t m = em->m, n_seen, n_gaps;
    memset(em->sum, 0, m * sizeof *em->sum);
    memset(em->products, 0, m * m * sizeof *em->products);
    for (size_t row = 0; row < em->table->n_rows; row++) {
        if (!em_expect(em, row, &n_seen, &n_gaps))
            return false;
        if (n_seen)
            em_add(em, n_seen, n_gaps);
    }
    *change = 0.0;
    for (size_t i = 0; i < m; i++) {
        em->sum[i] /= (double)rows;
        *change = fmax(*change, fabs(em->sum[i]));
    }
    for (size_t i = 0; i < m; i++) {
        for (size_t k = 0; k < m; k++) {
            double *old = &em->covariance[i * m + k];
            double now = em->products[i * m + k] / (double)rows - em->sum[i] * em->sum[k];
            *change = fmax(*change, fabs(now - *old));
            *old = now;
        }
    }
    for (size_t i = 0; i < m; i++)
        em->mean[i] += em->sum[i];
    return true;
}

/* Means and variances of the figures that are there, and no correlation: where it begins. */
static bool em_begin(struct em *em, size_t *rows, struct fault *fault) {
    memset(em->covariance, 0, em->m * em->m * sizeof *em->covariance);
    *rows = 0;
    for (size_t row = 0; row < em->table->n_rows; row++) {
        bool any = false;
        for (size_t i = 0; i < em->m; i++)
            any = any || is_figure(em_metric(em, i), row);
        *rows += any;
    }
    for (size_t i = 0; i < em->m; i++) {
        const struct impute_metric *metric = em_metric(em, i);
        double sum = 0.0, squares = 0.0, n = 0.0;
        for (size_t row = 0; row < em->table->n_rows; row++) {
            if (is_figure(metric, row)) {
                sum += metric->column->value[row];
                n += 1.0;
            }
        }
        em->mean[i] = 0.0;
        em->centre[i] = n > 0.0 ? sum / n : 0.0;
        for (size_t row = 0; row < em->table->n_rows; row++) {
            if (is_figure(metric, row))
                squares += pow(metric->column->value[row] - em->centre[i], 2.0);
        }
        if (!(squares > 0.0) || !isfinite(squares)) {
            return fault_set(fault, FAULT_INPUT,
                             "metric '%s': em needs figures that are not all the same", metric->id);
        }
        em->covariance[i * em->m + i] = 1.0;
        em->scale[i] = sqrt(squares / n);
    }
    return true;
}

/* Changes shrink by the same factor from round to round in the end, so that those to come add up to
 * change * factor / (1 - factor); below 2e-15 for each metric there is only rounding. */
static bool em_settled(const struct em *em, double before, double change) {
    return change < 2e-15 * (double)em->m ||
           (change < 1e-12 && change < before && change * change / (before - change) < 1e-12);
}

static bool em_run(struct em *em, struct fault *fault) {
    size_t rows, n_seen, n_gaps;
    if (!em_begin(em, &rows, fault))
        return false;
    double before = INFINITY, change = INFINITY;
    for (int round = 0; round == 0 || !em_settled(em, before, change); round++) {
        before = change;
        if (round == EM_ROUNDS || !em_round(em, rows, &change)) {
            return fault_set(fault, FAULT_INPUT,
                             "em over %zu metrics and %zu places %s: it needs more places than "
                             "metrics, and metrics that do not depend on each other",
                             em->m, rows,
                             round == EM_ROUNDS ? "does not settle"
                                                : "has no covariance of full rank");
        }
    }
    for (size_t row = 0; row < em->table->n_rows; row++) {
        if (!em_expect(em, row, &n_seen, &n_gaps))
            return fault_set(fault, FAULT_INPUT, "em has no covariance of full rank");
        for (size_t g = 0; n_seen && g < n_gaps; g++) {
            size_t i = em->gaps[g];
            struct impute_metric *metric = &em->table->metrics[em->nodes[i]];
            if (is_gap(metric, row))
                fill(metric, row, IMPUTE_EM, em->centre[i] + em->scale[i] * em->x[i]);
        }
    }
    return true;
}

static bool impute_em(struct impute_table *table, size_t m, const struct node_method *methods,
                      struct fault *fault) {
    struct em em = {.table = table, .m = m};
    if (!reserve(table, 4 * m * m + 5 * m, fault))
        return false;
    em.nodes = table->indexes;
    em.seen = em.nodes + m;
    em.gaps = em.seen + m;
    em.covariance = table->work;
    em.products = em.covariance + m * m;
    em.factor = em.products + m * m;
    em.cross = em.factor + m * m;
    em.mean = em.cross + m * m;
    em.sum = em.mean + m;
    em.x = em.sum + m;
    em.scale = em.x + m;
    em.centre = em.scale + m;
    size_t n = 0;
    for (size_t k = 0; k < table->n_nodes; k++) {
        if (table->metrics[k].column && methods[k].imputation.method == IMPUTE_EM)
            em.nodes[n++] = k;
    }
    return em_run(&em, fault);
}

/* --- all of them ------------------------------------------------------------------------------ */

bool impute(struct impute_table *table, const struct node_method *methods, struct room *room,
            struct fault *fault) {
    size_t em = 0;
    for (size_t k = 0; k < table->n_nodes; k++) {
        struct impute_metric *metric = &table->metrics[k];
        const struct imputation *how = &methods[k].imputation;
        if (!metric->column)
            continue;
        if (how->method == IMPUTE_MEDIAN || how->method == IMPUTE_MEAN ||
            how->method == IMPUTE_GROUP_MEDIAN || how->method == IMPUTE_GROUP_MEAN)
            impute_middle(table, metric, how, room);
        else if (how->method == IMPUTE_REGRESSION && !impute_regression(table, metric, how, fault))
            return false;
        em += how->method == IMPUTE_EM;
    }
    return em == 0 || impute_em(table, em, methods, fault);
}
