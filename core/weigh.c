#include "core/weigh.h"

#include "core/joint.h"
#include "core/linear.h"

#include <math.h>

/* Covariances and standard deviations of the children, both up to a factor. */
static bool covariances(const struct weigh_children *children, double *c, double *sd,
                        struct fault *fault) {
    size_t places = joint_products(children->columns, children->count, c, sd);
    if (places < 3) {
        return fault_set(fault, FAULT_INPUT,
                         "weights from the figures need 3 places with every child, found %zu",
                         places);
    }
    size_t constant = joint_constant(sd, children->count);
    return constant == children->count ||
           fault_set(fault, FAULT_INPUT, "weights from the figures: '%s' is the same everywhere",
                     children->ids[constant]);
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
    double *c = children->work, *vectors = c + m * m, *sd = vectors + m * m, *values = sd + m;
    if (!covariances(children, c, sd, fault))
        return false;
    joint_correlate(c, sd, m);
    if (!linear_eigen(c, m, values, vectors))
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
    double *c = children->work, *sd = c + m * m, sum = 0.0;
    if (!covariances(children, c, sd, fault))
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
