#include "core/linear.h"

#include <float.h>
#include <math.h>
#include <string.h>

bool linear_cholesky(double *a, size_t n) {
    for (size_t j = 0; j < n; j++) {
        double whole = a[j * n + j], left = whole;
        for (size_t k = 0; k < j; k++)
            left -= a[j * n + k] * a[j * n + k];
        if (!(left > whole * 1e-13) || !isfinite(left))
            return false;
        double root = sqrt(left);
        a[j * n + j] = root;
        for (size_t i = j + 1; i < n; i++) {
            double sum = a[i * n + j];
            for (size_t k = 0; k < j; k++)
                sum -= a[i * n + k] * a[j * n + k];
            a[i * n + j] = sum / root;
        }
    }
    return true;
}

void linear_solve(const double *factor, size_t n, double *b) {
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++)
            b[i] -= factor[i * n + k] * b[k];
        b[i] /= factor[i * n + i];
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t k = i + 1; k < n; k++)
            b[i] -= factor[k * n + i] * b[k];
        b[i] /= factor[i * n + i];
    }
}

/* --- least squares ---------------------------------------------------------------------------- */

static double length_below(const double *a, size_t rows, size_t columns, size_t j) {
    double squares = 0.0;
    for (size_t i = j; i < rows; i++)
        squares += a[i * columns + j] * a[i * columns + j];
    return sqrt(squares);
}

/* Mirrors what is right of column j, and y, so that column j is `to` and then zeros. */
static void reflect(double *a, size_t rows, size_t columns, size_t j, double to, double *y) {
    double *v = &a[j * columns + j]; /* v[i * columns]: the reflection's vector */
    v[0] -= to;
    double half = -to * v[0]; /* |v|^2 / 2 */
    for (size_t k = j + 1; k <= columns; k++) {
        double dot = 0.0;
        for (size_t i = j; i < rows; i++)
            dot += a[i * columns + j] * (k < columns ? a[i * columns + k] : y[i]);
        dot /= half;
        for (size_t i = j; i < rows; i++)
            *(k < columns ? &a[i * columns + k] : &y[i]) -= dot * a[i * columns + j];
    }
}

bool linear_least_squares(double *a, size_t rows, size_t columns, double *y) {
    double diagonal[256];
    if (columns > sizeof diagonal / sizeof *diagonal || rows < columns)
        return false;
    for (size_t j = 0; j < columns; j++) {
        double whole = 0.0, below = length_below(a, rows, columns, j);
        for (size_t i = 0; i < rows; i++)
            whole += a[i * columns + j] * a[i * columns + j];
        if (!(below > sqrt(whole) * 1e-11) || !isfinite(below))
            return false;
        diagonal[j] = a[j * columns + j] > 0.0 ? -below : below;
        reflect(a, rows, columns, j, diagonal[j], y);
    }
    for (size_t j = columns; j-- > 0;) {
        for (size_t k = j + 1; k < columns; k++)
            y[j] -= a[j * columns + k] * y[k];
        y[j] /= diagonal[j];
    }
    return true;
}

/* --- eigenvalues ------------------------------------------------------------------------------ */

static void rotate(double *a, double *vectors, size_t n, size_t p, size_t q) {
    double theta = (a[q * n + q] - a[p * n + p]) / (2.0 * a[p * n + q]);
    double t = (theta < 0.0 ? -1.0 : 1.0) / (fabs(theta) + hypot(theta, 1.0));
    double c = 1.0 / hypot(t, 1.0), s = t * c;
    for (size_t i = 0; i < n; i++) {
        double x = a[i * n + p], y = a[i * n + q];
        a[i * n + p] = c * x - s * y;
        a[i * n + q] = s * x + c * y;
    }
    for (size_t i = 0; i < n; i++) {
        double x = a[p * n + i], y = a[q * n + i];
        a[p * n + i] = c * x - s * y;
        a[q * n + i] = s * x + c * y;
        x = vectors[p * n + i];
        y = vectors[q * n + i];
        vectors[p * n + i] = c * x - s * y;
        vectors[q * n + i] = s * x + c * y;
    }
}

static double off_diagonal(const double *a, size_t n, double *all) {
    double off = 0.0;
    *all = 0.0;
    for (size_t i = 0; i < n * n; i++) {
        *all += a[i] * a[i];
        off += i % (n + 1) ? a[i] * a[i] : 0.0;
    }
    return off;
}

static void swap_vectors(double *vectors, size_t n, size_t i, size_t k) {
    for (size_t c = 0; c < n; c++) {
        double keep = vectors[i * n + c];
        vectors[i * n + c] = vectors[k * n + c];
        vectors[k * n + c] = keep;
    }
}

static void order(double *values, double *vectors, size_t n) {
    for (size_t i = 0; i < n; i++) {
        size_t best = i;
        for (size_t k = i + 1; k < n; k++)
            best = values[k] > values[best] ? k : best;
        double keep = values[i];
        values[i] = values[best];
        values[best] = keep;
        swap_vectors(vectors, n, i, best);
        double sum = 0.0;
        for (size_t c = 0; c < n; c++)
            sum += vectors[i * n + c];
        for (size_t c = 0; sum < 0.0 && c < n; c++)
            vectors[i * n + c] = -vectors[i * n + c];
    }
}

bool linear_eigen(double *a, size_t n, double *values, double *vectors) {
    memset(vectors, 0, n * n * sizeof *vectors);
    for (size_t i = 0; i < n; i++)
        vectors[i * n + i] = 1.0;
    for (int sweep = 0; sweep < 100; sweep++) {
        double all, off = off_diagonal(a, n, &all);
        if (!(off > all * DBL_EPSILON * DBL_EPSILON)) {
            for (size_t i = 0; i < n; i++)
                values[i] = a[i * n + i];
            order(values, vectors, n);
            return isfinite(all);
        }
        for (size_t p = 0; p < n; p++) {
            for (size_t q = p + 1; q < n; q++) {
                if (a[p * n + q] != 0.0)
                    rotate(a, vectors, n, p, q);
            }
        }
    }
    return false;
}
