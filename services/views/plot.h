/* What charts of points share: axes, their ticks, and names beside points that cover nothing. */
#ifndef VIEWS_PLOT_H
#define VIEWS_PLOT_H

#include <stdbool.h>
#include <stddef.h>

struct plot_axis {
    double low, high; /* figures */
    double from, to;  /* where they stand in the picture */
    bool log;
};

/* An axis for figures from `low` to `high`, with some room beyond both; logarithmic where `log` is
 * set and low is above 0. */
struct plot_axis plot_axis(double low, double high, bool log, double from, double to);
double plot_at(const struct plot_axis *axis, double figure);

/* Round figures on the axis, about five of them or, on a logarithmic one, 1, 2 and 5 in each power
 * of ten. Returns how many. */
enum { PLOT_TICKS_MAX = 60 };
size_t plot_ticks(const struct plot_axis *axis, double out[PLOT_TICKS_MAX]);

/* Money for an axis: "£1,500", "£0.5". */
void plot_money(double pounds, char out[40]);

struct plot_box {
    double left, right, top, bottom;
    int anchor; /* enum svg_anchor: the font is the reader's, a name grows away from its point */
};

bool plot_overlaps(const struct plot_box *a, const struct plot_box *b);

/* The places beside a point at (x, y) where a name of that width may stand: right, left, above,
 * below. */
enum { PLOT_SIDES = 4 };
void plot_sides(double x, double y, double width, struct plot_box out[PLOT_SIDES]);

#endif
