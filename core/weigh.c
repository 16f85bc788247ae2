#include "core/weigh.h"

#include "core/linear.h"
#include "core/status.h"

#include <math.h>

static bool complete(const struct weigh_children *children, size_t row) {
    for (size_t i = 0; i < children->count; i++) {
        if (children->columns[i]->status[row] != STATUS_VALUE)
            return false;
    }
    return true;
}

/* Covariance (up to a factor) of the children over the places that have all of them, and their
 * standard deviations (up to its root). */
static bool covariances(const struct weigh_children *children, double *c, double *sd, double *mean,
                        struct fault *fault) {
    size_t m = children->count, rows = 0, all = children->columns[0]->count;
    for (size_t i = 0; i < m; i++)
        mean[i] = 0.0;
    for (size_t row = 0; row < all; row++) {
        if (!complete(children, row))
            continue;
        rows++;
        for (size_t i = 0; i < m; i++)
            mean[i] += children->columns[i]->value[row];
    }
    if (rows < 3) {
        return fault_set(fault, FAULT_INPUT,
                         "weights from the figures need 3 places with every child, found %zu",
                         rows);
    }
    for (size_t i = 0; i < m * m; i++)
        c[i] = 0.0;
    for (size_t row = 0; row < all; row++) {
        if (!complete(children, row))
            continue;
        for (size_t i = 0; i < m; i++) {
            double d = children->columns[i]->value[row] - mean[i] / (double)rows;
            for (size_t k = 0; k <= i; k++)
                c[i * m + k] += d * (children->columns[k]->value[row] - mean[k] / (double)rows);
        }
    }
    for (size_t i = 0; i < m; i++) {
        sd[i] = sqrt(c[i * m + i]);
        if (!(sd[i] > 0.0) || !isfinite(sd[i])) {
            return fault_set(fault, FAULT_INPUT,
                             "weights from the figures: '%s' is the same everywhere",
                             children->ids[i]);
        }
        for (size_t k = 0; k < i; k++)
            c[k * m + i] = c[i * m + k];
    }
    return true;
}

static bool check_positive(enum weighting method, const struct weigh_children *children,
                           const double *weights, struct fault *fault) {
    for (size_t i = 0; i < children->count; i++) {
        if (weights[i] > 0.0 && isfinite(weights[i]))
            continue;
        return fault_set(
            fault, FAULT_INPUT,
            "weights: %s gives '%s' the weight %.4g, which is not above 0: it does not "
            "go with its siblings",
            weighting_names[method], children->ids[i], weights[i]);
    }
    return true;
}

static bool principal(enum weighting method, const struct weigh_children *children, double *weights,
                      struct fault *fault) {
    size_t m = children->count;
    double *c = children->work, *vectors = c + m * m, *sd = vectors + m * m, *mean = sd + m;
    if (!covariances(children, c, sd, mean, fault))
        return false;
    for (size_t i = 0; i < m * m; i++)
        c[i] /= sd[i / m] * sd[i % m];
    if (!linear_eigen(c, m, mean, vectors))
        return fault_set(fault, FAULT_INPUT, "the correlations have no principal component");
    for (size_t i = 0; i < m; i++)
        weights[i] = vectors[i];
    if (!check_positive(method, children, weights, fault))
        return false;
    double sum = 0.0;
    for (size_t i = 0; i < m; i++) {
        weights[i] = method == WEIGHTS_PCA_SQUARED ? weights[i] * weights[i] : weights[i];
        sum += weights[i];
    }
    for (size_t i = 0; i < m; i++)
        weights[i] /= sum;
    return true;
}

static bool optimised(const struct weigh_children *children, double *weights, struct fault *fault) {
    size_t m = children->count;
    double *c = children->work, *sd = c + m * m, *mean = sd + m, sum = 0.0;
    if (!covariances(children, c, sd, mean, fault))
        return false;
    for (size_t i = 0; i < m; i++)
        weights[i] = sd[i] * children->given[i];
    if (!linear_cholesky(c, m)) {
        return fault_set(fault, FAULT_INPUT,
                         "weights: the children depend on each other, so that no weights give each "
                         "its importance");
    }
    linear_solve(c, m, weights);
    for (size_t i = 0; i < m; i++)
        sum += weights[i];
    for (size_t i = 0; i < m; i++)
        weights[i] /= sum;
    return check_positive(WEIGHTS_OPTIMISED, children, weights, fault);
}

bool weigh(enum weighting method, const struct weigh_children *children, double *weights,
           struct fault *fault) {
    switch (method) {
    case WEIGHTS_PCA:
    case WEIGHTS_PCA_SQUARED:
        return principal(method, children, weights, fault);
    case WEIGHTS_OPTIMISED:
        return optimised(children, weights, fault);
    default:
        for (size_t i = 0; i < children->count; i++)
            weights[i] = method == WEIGHTS_EQUAL ? 1.0 : children->given[i];
        return true;
    }
}
