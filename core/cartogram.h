/* A hexagon cartogram: every area one hexagon of the same size, near where it is on the map, so
 * that a borough of a million people is not hidden behind a county of sheep. */
#ifndef CORE_CARTOGRAM_H
#define CORE_CARTOGRAM_H

#include "core/fault.h"
#include "core/geography.h"

struct cell {
    int column, row; /* "odd-r" layout: odd rows are shifted right by half a hexagon. Column 0 is
                        the westernmost; row 0 is the northernmost, or row 1, where it is shifted */
};

enum { CELL_EDGES = 6 };

/* The cell across an edge: 0 to the north-east, then clockwise to 5, north-west. */
struct cell cell_across(struct cell cell, int edge);

/* One cell for each area, no two the same: the areas are spread from their positions until they
 * have room, then given to the cells of a grid so that the sum of squared distances is least
 * (assignment problem, Jonker and Volgenant 1987), and moved together where that leaves a hole in
 * the picture (core/holes.h). Deterministic. `cells` has n_areas places. A
 * fault when there are more than CARTOGRAM_AREAS_MAX areas: so many hexagons nobody could read. */
enum { CARTOGRAM_AREAS_MAX = 1000 };
bool cartogram_layout(const struct geography *geography, struct cell *cells, struct fault *fault);

#endif
