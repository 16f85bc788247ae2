/* The assignment problem: each of n people one of m seats, so that the sum of the costs is least.
 * Shortest augmenting paths with potentials: R. Jonker and A. Volgenant, "A shortest augmenting
 * path algorithm for dense and sparse linear assignment problems", Computing 38 (1987). O(n^2 m).
 */
#ifndef CORE_ASSIGNMENT_H
#define CORE_ASSIGNMENT_H

#include <stdbool.h>
#include <stddef.h>

/* cost[i * m + k] is that of seat k for i; n <= m. chosen[i] becomes i's seat, no two the same.
 * Among equals the first seat wins, so the same input gives the same result. False: out of memory.
 */
bool assignment_solve(const double *cost, size_t n, size_t m, size_t *chosen);

#endif
