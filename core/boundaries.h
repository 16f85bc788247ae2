/* Real boundaries, from a GeoJSON FeatureCollection (RFC 7946) of Polygons and MultiPolygons whose
 * features have a property `code`. */
#ifndef CORE_BOUNDARIES_H
#define CORE_BOUNDARIES_H

#include "core/fault.h"

#include <stddef.h>

struct point {
    double longitude, latitude; /* degrees, WGS 84 */
};

struct ring {
    const struct point *points;
    size_t n;
};

/* Every ring of the area, holes too: drawn with the even-odd rule. */
struct shape {
    const char *code;
    const struct ring *rings;
    size_t n_rings;
};

struct boundaries {
    const struct shape *shapes; /* sorted by code */
    size_t n_shapes;
    struct arena *arena;
};

/* Reads `length` bytes called `name`. NULL: the fault says what is wrong. */
struct boundaries *boundaries_read(const char *name, const char *bytes, size_t length,
                                   struct fault *fault);
void boundaries_destroy(struct boundaries **boundaries);

/* NULL when the file has no such area. */
const struct shape *boundaries_find(const struct boundaries *boundaries, const char *code);

#endif
