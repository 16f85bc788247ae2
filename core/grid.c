#include "core/grid.h"

#include <stdlib.h>

static const uint64_t POINTS_MAX = (uint64_t)1 << 53;

struct grid {
    size_t parts;
    uint32_t steps;
    uint64_t *ways; /* [parts * (steps + 1) + steps]: to share so many steps among so many parts */
};

static uint64_t ways(const struct grid *grid, size_t parts, uint32_t steps) {
    return grid->ways[parts * ((size_t)grid->steps + 1) + steps];
}

/* With the last part, or with a step less for it. Too many is POINTS_MAX + 1. */
static void count(struct grid *grid) {
    size_t row = (size_t)grid->steps + 1;
    grid->ways[0] = 1;
    for (size_t p = 1; p <= grid->parts; p++) {
        for (uint32_t s = 0; s <= grid->steps; s++) {
            uint64_t sum = ways(grid, p - 1, s) + (s ? ways(grid, p, s - 1) : 0);
            grid->ways[p * row + s] = sum > POINTS_MAX ? POINTS_MAX + 1 : sum;
        }
    }
}

struct grid *grid_new(size_t parts, uint32_t steps, struct fault *fault) {
    if (parts < 2 || parts > GRID_PARTS_MAX || steps < 1 || steps > GRID_STEPS_MAX) {
        fault_set(fault, FAULT_INPUT,
                  "a grid has 2 to %d weights in 1 to %d steps, found %zu in %u", GRID_PARTS_MAX,
                  GRID_STEPS_MAX, parts, steps);
        return NULL;
    }
    struct grid *grid = calloc(1, sizeof *grid);
    uint64_t *all = calloc((parts + 1) * ((size_t)steps + 1), sizeof *all);
    if (!grid || !all) {
        free(grid);
        free(all);
        fault_memory(fault);
        return NULL;
    }
    *grid = (struct grid){parts, steps, all};
    count(grid);
    if (grid_points(grid) > POINTS_MAX) {
        fault_set(fault, FAULT_INPUT, "a grid of %zu weights in %u steps has too many points",
                  parts, steps);
        grid_destroy(&grid);
    }
    return grid;
}

void grid_destroy(struct grid **grid) {
    if (!*grid)
        return;
    free((*grid)->ways);
    free(*grid);
    *grid = NULL;
}

uint64_t grid_points(const struct grid *grid) {
    return ways(grid, grid->parts, grid->steps);
}

void grid_point(const struct grid *grid, uint64_t k, uint32_t *out) {
    uint32_t left = grid->steps;
    for (size_t p = 0; p + 1 < grid->parts; p++) {
        size_t rest = grid->parts - p - 1;
        out[p] = 0;
        /* All that have so few steps here stand before it. */
        for (uint64_t before = ways(grid, rest, left); k >= before && left;
             before = ways(grid, rest, left)) {
            k -= before;
            out[p]++;
            left--;
        }
    }
    out[grid->parts - 1] = left;
}
