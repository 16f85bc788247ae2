#include "core/describe.h"

#include "core/joint.h"
#include "core/linear.h"
#include "core/status.h"

#include <math.h>

/* --- one column ------------------------------------------------------------------------------- */

static void describe_sorted(const double *x, struct summary *out) {
    size_t n = out->n;
    out->min = x[0];
    out->max = x[n - 1];
    out->quartile_1 = stats_quantile(x, n, 0.25);
    out->median = stats_quantile(x, n, 0.5);
    out->quartile_3 = stats_quantile(x, n, 0.75);
    double fence = 1.5 * (out->quartile_3 - out->quartile_1);
    for (size_t i = 0; i < n; i++) {
        out->uniques += i == 0 || x[i] != x[i - 1];
        out->zeros += x[i] == 0.0;
        out->outliers += x[i] < out->quartile_1 - fence || x[i] > out->quartile_3 + fence;
    }
}

void describe_column(const struct column *column, struct room *room, struct summary *out) {
    *out = (struct summary){0};
    for (size_t i = 0; i < column->count; i++) {
        if (column->status[i] == STATUS_VALUE) {
            room->entries[out->n] = (struct sort_entry){column->value[i], i};
            room->x[out->n++] = column->value[i];
        }
    }
    out->missing = column->count - out->n;
    if (out->n == 0)
        return;
    out->mean = stats_mean(room->x, out->n);
    out->sd = out->n > 1 ? stats_sd(room->x, out->n) : 0.0;
    out->has_sd = out->n > 1 && isfinite(out->sd);
    out->has_shape = stats_shape(room->x, out->n, &out->skewness, &out->kurtosis);
    sort_entries(room->entries, room->spare, out->n);
    for (size_t i = 0; i < out->n; i++)
        room->x[i] = room->entries[i].key;
    describe_sorted(room->x, out);
}

/* --- Student's t ------------------------------------------------------------------------------ */

/* The continued fraction of the incomplete beta function, by Lentz's method. */
static double beta_fraction(double a, double b, double x) {
    const double tiny = 1e-300;
    double c = 1.0, d = 1.0 - (a + b) * x / (a + 1.0);
    d = 1.0 / (fabs(d) < tiny ? tiny : d);
    double h = d;
    for (int m = 1; m <= 10000; m++) {
        double even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        double odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 + even * d;
        c = 1.0 + even / c;
        d = 1.0 / (fabs(d) < tiny ? tiny : d);
        c = fabs(c) < tiny ? tiny : c;
        h *= d * c;
        d = 1.0 + odd * d;
        c = 1.0 + odd / c;
        d = 1.0 / (fabs(d) < tiny ? tiny : d);
        c = fabs(c) < tiny ? tiny : c;
        h *= d * c;
        if (fabs(d * c - 1.0) < 1e-16)
            break;
    }
    return h;
}

/* The regularised incomplete beta function; y is 1 - x, which is known better than by subtracting.
 */
static double beta(double a, double b, double x, double y) {
    if (x <= 0.0)
        return 0.0;
    if (y <= 0.0)
        return 1.0;
    double front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(y));
    return x < (a + 1.0) / (a + b + 2.0) ? front * beta_fraction(a, b, x) / a
                                         : 1.0 - front * beta_fraction(b, a, y) / b;
}

double describe_t(double t, double freedom) {
    double squares = t * t;
    if (isinf(squares))
        return 0.0;
    return beta(freedom / 2.0, 0.5, freedom / (freedom + squares), squares / (freedom + squares));
}

/* --- two columns ------------------------------------------------------------------------------ */

static double p_value(double r, size_t n) {
    if (fabs(r) >= 1.0)
        return 0.0;
    double freedom = (double)n - 2.0;
    return describe_t(r * sqrt(freedom / (1.0 - r * r)), freedom);
}

void describe_relation(const struct column *a, const struct column *b, struct room *room,
                       struct relation *out) {
    *out = (struct relation){0};
    for (size_t i = 0; i < a->count; i++) {
        if (a->status[i] != STATUS_VALUE || b->status[i] != STATUS_VALUE)
            continue;
        room->x[out->n] = a->value[i];
        room->y[out->n++] = b->value[i];
    }
    out->has_pearson = stats_pearson(room->x, room->y, out->n, &out->pearson);
    if (out->has_pearson)
        out->pearson_p = p_value(out->pearson.value, out->n);
    out->has_spearman = stats_spearman(room->x, room->y, out->n, room, &out->spearman);
    if (out->has_spearman)
        out->spearman_p = p_value(out->spearman.value, out->n);
}

/* --- a node's children ------------------------------------------------------------------------ */

void describe_alpha(const struct column *const *children, size_t count, double *work,
                    struct alpha *out) {
    double *c = work, *sd = work + count * count;
    *out = (struct alpha){.children = count};
    out->n = joint_products(children, count, c, sd);
    out->defined = count >= 2 && out->n >= 3 && joint_constant(sd, count) == count;
    if (!out->defined)
        return;
    double k = (double)count, variances = 0.0, all = 0.0, correlations = 0.0;
    for (size_t i = 0; i < count; i++) {
        variances += c[i * count + i];
        for (size_t j = 0; j < count; j++) {
            all += c[i * count + j];
            if (i != j)
                correlations += c[i * count + j] / (sd[i] * sd[j]);
        }
    }
    double mean_r = correlations / (k * (k - 1.0));
    out->raw = k / (k - 1.0) * (1.0 - variances / all);
    out->standardised = k * mean_r / (1.0 + (k - 1.0) * mean_r);
    out->defined = isfinite(out->raw) && isfinite(out->standardised);
}

bool describe_components(const struct column *const *children, size_t count, double *work,
                         double *values, double *loadings, size_t *n) {
    double *c = work, *sd = work + count * count;
    *n = joint_products(children, count, c, sd);
    if (*n < 3 || joint_constant(sd, count) != count)
        return false;
    joint_correlate(c, sd, count);
    return linear_eigen(c, count, values, loadings);
}
