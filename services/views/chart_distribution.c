#include "services/views/chart_distribution.h"

#include "core/stats.h"
#include "core/status.h"
#include "services/views/svg.h"

#include <math.h>

static const double WIDTH = 320, HEIGHT = 30, PAD = 8;
static const double TICK_TOP = 12, TICK_LENGTH = 14;

struct strip {
    double low, span;
    enum direction direction;
};

/* All the same: in the middle. */
static double x_of(const struct strip *s, double figure) {
    double share = s->span > 0 ? (figure - s->low) / s->span : 0.5;
    if (s->direction == LOWER_IS_NEED && s->span > 0)
        share = 1 - share;
    return PAD + share * (WIDTH - 2 * PAD);
}

/* Every tick in one path; places at one point of the picture are one tick. */
static void ticks(FILE *out, const struct strip *s, const double *figures, size_t n) {
    double before = NAN;
    (void)fputs("<path class=\"stroke line\" stroke-width=\"1\" d=\"", out);
    for (size_t i = 0; i < n; i++) {
        double x = round(x_of(s, figures[i]) * 2) / 2;
        if (x == before)
            continue;
        (void)fputc('M', out);
        svg_number(out, x);
        (void)fprintf(out, " %.0fv%.0f", TICK_TOP, TICK_LENGTH);
        before = x;
    }
    (void)fputs("\"/>\n", out);
}

/* On a strip of the ground, so that it is seen among the ticks. */
static void middle(FILE *out, double x) {
    (void)fputs("<path class=\"stroke ground\" stroke-width=\"5\" d=\"M", out);
    svg_number(out, x);
    (void)fputs(" 11V27\"/>\n<path class=\"stroke\" stroke-width=\"2\" stroke-dasharray=\"4 2\" "
                "d=\"M",
                out);
    svg_number(out, x);
    (void)fputs(" 8V30\"/>\n", out);
}

/* A triangle that points at a line, so that it is told by its shape too. */
static void mark(FILE *out, double x) {
    (void)fputs("<path class=\"mark\" d=\"M", out);
    svg_number(out, x - 6);
    (void)fputs(" 0h12l-6 10z\"/>\n<path class=\"stroke mark\" stroke-width=\"3\" d=\"M", out);
    svg_number(out, x);
    (void)fputs(" 8V28\"/>\n", out);
}

void chart_distribution(FILE *out, const struct column *figures, size_t own,
                        enum direction direction, double *work) {
    size_t n = 0;
    for (size_t a = 0; a < figures->count; a++) {
        if (figures->status[a] == STATUS_VALUE)
            work[n++] = figures->value[a];
    }
    (void)fprintf(out,
                  "<svg viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" height=\"%.0f\" "
                  "aria-hidden=\"true\">\n",
                  WIDTH, HEIGHT, WIDTH, HEIGHT);
    if (n > 0) {
        double median = stats_median(work, n); /* which sorts them */
        struct strip s = {work[0], work[n - 1] - work[0], direction};
        ticks(out, &s, work, n);
        middle(out, x_of(&s, median));
        if (figures->status[own] == STATUS_VALUE)
            mark(out, x_of(&s, figures->value[own]));
    }
    (void)fputs("</svg>\n", out);
}

/* --- intervals of ranks ----------------------------------------------------------------------- */

static double rank_x(double rank, size_t last) {
    return last > 1 ? 6 + (rank - 1) / ((double)last - 1) * 148 : 80;
}

void chart_interval(FILE *out, double low, double high, double rank, size_t last) {
    (void)fputs("<svg viewBox=\"0 0 160 18\" width=\"160\" height=\"18\" aria-hidden=\"true\">\n"
                "<path class=\"stroke rule\" stroke-width=\"2\" d=\"M6 9H154\"/>\n"
                "<path class=\"stroke accent\" stroke-width=\"7\" stroke-linecap=\"round\" d=\"M",
                out);
    svg_number(out, rank_x(low, last));
    (void)fputs(" 9H", out);
    svg_number(out, rank_x(high, last) + (high > low ? 0 : 0.01));
    (void)fputs("\"/>\n", out);
    if (rank > 0) {
        double x = rank_x(rank, last);
        (void)fputs("<path class=\"mark\" d=\"M", out);
        svg_number(out, x - 5);
        (void)fputs(" 0h10l-5 9z\"/>\n", out);
    }
    (void)fputs("</svg>\n", out);
}
