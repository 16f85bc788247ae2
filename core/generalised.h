/* The generalised mean (sum(w x^p) / sum(w)) ^ (1 / p), of one row of scores or of many at once, by
 * the same steps. */
#ifndef CORE_GENERALISED_H
#define CORE_GENERALISED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* False where a score is below 0, or is 0 and the power is below 0. `count` is at least 1. */
bool generalised_mean(double power, const double *score, const double *weight, size_t count,
                      double *out);

struct generalised_child {
    const double *value;   /* by row */
    const uint8_t *status; /* by row: those that are not STATUS_VALUE are left out; NULL: none is */
    double weight;
};

/* The means of n rows; not finite where generalised_mean is false, or no child has a score. */
void generalised_means(double power, const struct generalised_child *children, size_t count,
                       size_t n, double *out);

#endif
