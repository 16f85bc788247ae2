/* Holes in a cartogram: an empty cell with hexagons all around looks like one more hexagon, a
 * place without a figure. */
#ifndef CORE_HOLES_H
#define CORE_HOLES_H

#include <stdbool.h>
#include <stddef.h>

/* chosen[i] is the seat of area i in a grid of rows x columns ("odd-r" layout, seat = row * columns
 * + column). From each hole to the nearest edge of the picture, areas move up by one cell, until
 * every empty cell is open to the outside. Deterministic. False: out of memory. */
bool holes_close(size_t *chosen, size_t n, int columns, int rows);

#endif
