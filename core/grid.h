/* The points of a grid of weights: every way to give `parts` parts whole numbers of steps that add
 * up to `steps`, numbered in the order of a dictionary, so that any of them can be made from its
 * number alone. Their number is a binomial coefficient, and so are those of all that begin with
 * the same parts: the combinatorial number system. */
#ifndef CORE_GRID_H
#define CORE_GRID_H

#include "core/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GRID_PARTS_MAX = 64, GRID_STEPS_MAX = 1000 };

struct grid;

/* 2 parts at least, 1 step at least. NULL: there are more points than 2^53, or memory ran out. */
struct grid *grid_new(size_t parts, uint32_t steps, struct fault *fault);
void grid_destroy(struct grid **grid);

uint64_t grid_points(const struct grid *grid);

/* Point k, from 0: `parts` numbers. */
void grid_point(const struct grid *grid, uint64_t k, uint32_t *out);

#endif
