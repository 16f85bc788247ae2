/* Small dense linear algebra. Matrices are row-major; nothing is allocated. */
#ifndef CORE_LINEAR_H
#define CORE_LINEAR_H

#include <stdbool.h>
#include <stddef.h>

/* The lower Cholesky factor of a symmetric n x n matrix, in its place; the upper triangle is left
 * as it is. False: not positive definite, to within rounding. */
bool linear_cholesky(double *a, size_t n);

/* Solves L L' x = b in place of b, by the factor of linear_cholesky. */
void linear_solve(const double *factor, size_t n, double *b);

/* Least squares by Householder reflections: the x (columns of them) for which |A x - y| is least.
 * A (rows x columns) and y (rows) are used up; x is left in the first entries of y. False: the
 * columns depend on each other, to within rounding. rows >= columns. */
bool linear_least_squares(double *a, size_t rows, size_t columns, double *y);

/* Eigenvalues, greatest first, and eigenvectors (the rows of `vectors`, of length 1) of a symmetric
 * n x n matrix, which is used up, by Jacobi's rotations. The sum of a vector is at least 0. False:
 * no convergence, which a finite matrix does not do. */
bool linear_eigen(double *a, size_t n, double *values, double *vectors);

#endif
