/* The picture of a map: every place a shape in the colour of its band, as a hexagon or with its
 * real boundary. Drawn into a document of its own (map.h) or into a page (page_map.c). */
#ifndef VIEWS_MAP_SHAPES_H
#define VIEWS_MAP_SHAPES_H

#include "services/views/html.h"
#include "services/views/view.h"

#include <stdbool.h>
#include <stdio.h>

/* Colours of need, the darkest first. */
extern const char *const map_fills[HTML_SHADES];

/* Where the picture goes. */
struct map_frame {
    double left, top, width, height;
};

/* On a page every shape is a link to its place, and colours come from the style sheet. */
struct map_page {
    const char *id;                /* unique on the page; begins the ids of the patterns */
    const struct request *request; /* whose edition the links keep */
    bool hatched;                  /* the band of most need is told by a pattern, too */
};

/* The patterns that the shapes are filled with; before them. `page` NULL: of a document. */
void map_patterns(FILE *out, const struct map_page *page);

/* Hexagons (what->cells), or real boundaries (what->boundaries); places in the order of the pack,
 * on a page by rank. False: memory ran out. */
bool map_shapes(FILE *out, const struct view *what, size_t node, bool real,
                const struct map_frame *frame, const struct map_page *page);

/* The areas of the edition by rank at a node, those without a rank last, in the order of the pack
 * where ranks are the same; freed with free. NULL: memory ran out. */
size_t *places_by_rank(const struct view *what, size_t node);

#endif
