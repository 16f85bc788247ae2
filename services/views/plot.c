#include "services/views/plot.h"

#include "services/views/svg.h"

#include <math.h>
#include <stdio.h>

struct plot_axis plot_axis(double low, double high, bool log, double from, double to) {
    struct plot_axis axis = {.from = from, .to = to, .log = log && low > 0};
    double pad = fmax((high - low) * 0.055, 1e-9);
    axis.low = axis.log ? low / 1.15 : low - pad;
    axis.high = axis.log ? high * 1.2 : high + pad;
    return axis;
}

double plot_at(const struct plot_axis *axis, double figure) {
    double share = axis->log ? log(figure / axis->low) / log(axis->high / axis->low)
                             : (figure - axis->low) / (axis->high - axis->low);
    return axis->from + share * (axis->to - axis->from);
}

/* 1, 2 or 5 times a power of ten, so that `span` has about five of them. */
static double step_for(double span) {
    double power = pow(10, floor(log10(span / 5)));
    double times = span / 5 / power;
    return power * (times < 1.5 ? 1 : times < 3.5 ? 2 : times < 7.5 ? 5 : 10);
}

/* Of extreme figures adding a step may change nothing: there are never more than there is room
 * for. */
size_t plot_ticks(const struct plot_axis *axis, double out[PLOT_TICKS_MAX]) {
    static const double times[] = {1, 2, 5};
    size_t n = 0;
    if (!axis->log) {
        double step = step_for(axis->high - axis->low);
        for (double at = ceil(axis->low / step) * step; at <= axis->high && n < PLOT_TICKS_MAX;
             at += step)
            out[n++] = at + 0.0; /* no minus before a zero */
        return n;
    }
    int power = (int)floor(log10(axis->low));
    for (; pow(10, power) < axis->high && n + 3 <= PLOT_TICKS_MAX; power++) {
        for (int i = 0; i < 3; i++) {
            double at = times[i] * pow(10, power);
            if (at >= axis->low && at <= axis->high)
                out[n++] = at;
        }
    }
    return n;
}

void plot_money(double pounds, char out[40]) {
    if (pounds >= 1000 && pounds < 1e9)
        (void)snprintf(out, 40, "£%.0f,%03.0f", floor(pounds / 1000), fmod(pounds, 1000));
    else
        (void)snprintf(out, 40, "£%g", pounds);
}

bool plot_overlaps(const struct plot_box *a, const struct plot_box *b) {
    return a->left < b->right && b->left < a->right && a->top < b->bottom && b->top < a->bottom;
}

void plot_sides(double x, double y, double width, struct plot_box out[PLOT_SIDES]) {
    out[0] = (struct plot_box){x + 8, x + 8 + width, y - 6, y + 7, SVG_START};
    out[1] = (struct plot_box){x - 8 - width, x - 8, y - 6, y + 7, SVG_END};
    out[2] = (struct plot_box){x - width / 2, x + width / 2, y - 21, y - 8, SVG_MIDDLE};
    out[3] = (struct plot_box){x - width / 2, x + width / 2, y + 7, y + 20, SVG_MIDDLE};
}
