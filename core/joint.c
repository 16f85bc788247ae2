#include "core/joint.h"

#include "core/status.h"

#include <math.h>
#include <string.h>

static bool has_all(const struct column *const *columns, size_t count, size_t row) {
    for (size_t c = 0; c < count; c++) {
        if (columns[c]->status[row] != STATUS_VALUE)
            return false;
    }
    return true;
}

size_t joint_products(const struct column *const *columns, size_t count, double *products,
                      double *deviations) {
    size_t n = 0, first = 0, rows = count ? columns[0]->count : 0;
    double *mean = deviations; /* until the end */
    memset(products, 0, count * count * sizeof *products);
    memset(mean, 0, count * sizeof *mean);
    for (size_t row = 0; row < rows; row++) {
        if (!has_all(columns, count, row))
            continue;
        first = n++ ? first : row;
        for (size_t i = 0; i < count; i++) {
            mean[i] += columns[i]->value[row];
            products[i * count + i] += columns[i]->value[row] != columns[i]->value[first];
        }
    }
    /* A mean is rounded: only figures that differ may have deviations from it. */
    for (size_t i = 0; n && i < count; i++) {
        bool varies = products[i * count + i] > 0.0;
        mean[i] = varies ? mean[i] / (double)n : columns[i]->value[first];
        products[i * count + i] = 0.0;
    }
    for (size_t row = 0; row < rows; row++) {
        if (!has_all(columns, count, row))
            continue;
        for (size_t i = 0; i < count; i++) {
            double d = columns[i]->value[row] - mean[i];
            for (size_t k = 0; k <= i; k++)
                products[i * count + k] += d * (columns[k]->value[row] - mean[k]);
        }
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < i; k++)
            products[k * count + i] = products[i * count + k];
        deviations[i] = sqrt(products[i * count + i]);
    }
    return n;
}

size_t joint_constant(const double *deviations, size_t count) {
    size_t i = 0;
    while (i < count && deviations[i] > 0.0 && isfinite(deviations[i]))
        i++;
    return i;
}

void joint_correlate(double *products, const double *deviations, size_t count) {
    for (size_t i = 0; i < count * count; i++)
        products[i] /= deviations[i / count] * deviations[i % count];
}
