/* Maps of need: one node, every area in the colour of its band. */
#ifndef VIEWS_MAP_H
#define VIEWS_MAP_H

#include "services/views/view.h"

#include <stdbool.h>
#include <stdio.h>

/* A map of `node`: hexagons (what->cells), or real boundaries (what->boundaries). */
void map_write(FILE *out, const struct view *what, size_t node, bool real);

#endif
