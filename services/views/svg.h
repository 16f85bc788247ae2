/* Writing SVG: text escaped, numbers short and the same in every locale. */
#ifndef VIEWS_SVG_H
#define VIEWS_SVG_H

#include <stdio.h>

/* Colours of the whole house: the UK Government Analysis Function's palette, and for need the
 * sequential palette of ONS's Explore local statistics, light to dark, which keeps its order for
 * the colour-blind and in grey. */
#define SVG_INK    "#222222"
#define SVG_MUTED  "#595959"
#define SVG_LINE   "#8c8c8c"
#define SVG_BLUE   "#12436d"
#define SVG_ORANGE "#f46a25"

/* Opens the document: size, white ground, a title and description for screen readers. */
void svg_begin(FILE *out, double width, double height, const char *title, const char *description);
void svg_end(FILE *out);

/* A number with up to two decimals and no trailing zeros. */
void svg_number(FILE *out, double value);

enum svg_anchor { SVG_START, SVG_MIDDLE, SVG_END };

struct svg_text {
    double x, y;
    double size; /* px */
    const char *fill;
    enum svg_anchor anchor;
    int bold;
    int halo; /* a white edge, for text that stands on a picture */
};

void svg_text(FILE *out, struct svg_text style, const char *text);

/* A straight line; `dash` may be NULL. */
void svg_line(FILE *out, double x1, double y1, double x2, double y2, const char *stroke,
              double width, const char *dash);

#endif
