/* Maps of need: one node, every area in the colour of its band. */
#ifndef PUBLISHING_MAP_H
#define PUBLISHING_MAP_H

#include "services/publishing/edition_files.h"

#include <stdbool.h>
#include <stdio.h>

/* A map of `node`: hexagons (what->cells), or real boundaries (what->boundaries). */
void map_write(FILE *out, const struct edition_files *what, size_t node, bool real);

#endif
