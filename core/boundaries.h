/* Real boundaries, from a table of the pack, or from a GeoJSON FeatureCollection (RFC 7946) of
 * Polygons and MultiPolygons whose features have a property `code`.
 *
 * The table (core/boundaries_table.c) has the columns area_code,ring,points: a row for each ring,
 * outer ones and holes alike, numbered from 1 within its area; `points` are longitude and latitude
 * in degrees (WGS 84), a blank after each number but the last ("-1.25 54.66 -1.2 54.7 ..."). The
 * last point is joined to the first, which is not repeated. */
#ifndef CORE_BOUNDARIES_H
#define CORE_BOUNDARIES_H

#include "core/fault.h"
#include "core/geography.h"

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
    const char *credit; /* what a map must say of where they come from; "" */
    struct arena *arena;
};

enum { BOUNDARY_SHAPES_MAX = 200000, BOUNDARY_POINTS_MAX = 10000000 };

/* Reads `length` bytes of GeoJSON called `name`; the credit is its member `credit`. NULL: the fault
 * says what is wrong. */
struct boundaries *boundaries_read(const char *name, const char *bytes, size_t length,
                                   struct fault *fault);
/* Reads a table of the pack; `credit` is copied. */
struct boundaries *boundaries_of_table(struct table_file table, const char *credit,
                                       struct fault *fault);
void boundaries_destroy(struct boundaries **boundaries);

/* Sorts what was read by code, and makes it the boundaries' own. */
void boundaries_set(struct boundaries *boundaries, struct shape *shapes, size_t n);

/* NULL when there is no such area. */
const struct shape *boundaries_find(const struct boundaries *boundaries, const char *code);

#endif
