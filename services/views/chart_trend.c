#include "services/views/chart_trend.h"

#include "services/views/html.h"
#include "services/views/svg.h"

#include <math.h>

static const double WIDTH = 300, HEIGHT = 118;
static const double LEFT = 36, RIGHT = 262, TOP = 14, BOTTOM = 86;
/* Ranks that the picture spans at least, so that a move of one place does not look like a fall. */
static const double LEAST_SPAN = 20;

struct trend {
    const double *ranks;
    size_t n;
    double first, last; /* ranks at the top and at the bottom */
};

static double x_of(const struct trend *t, size_t i) {
    return t->n == 1 ? (LEFT + RIGHT) / 2 : LEFT + (RIGHT - LEFT) * (double)i / (double)(t->n - 1);
}

static double y_of(const struct trend *t, double rank) {
    return TOP + (rank - t->first) / (t->last - t->first) * (BOTTOM - TOP);
}

/* All ranks that there are, in a window of LEAST_SPAN at least, within 1 to `most`. */
static void find_window(struct trend *t, double most) {
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < t->n; i++) {
        if (t->ranks[i] > 0) {
            low = fmin(low, t->ranks[i]);
            high = fmax(high, t->ranks[i]);
        }
    }
    if (low > high)
        low = high = (1 + most) / 2;
    double more = fmax(0, (LEAST_SPAN - (high - low)) / 2);
    t->first = fmax(1, low - more);
    t->last = fmin(fmax(most, 2), fmax(high + more, t->first + LEAST_SPAN));
    t->first = fmax(1, fmin(t->first, t->last - LEAST_SPAN));
}

static void point(FILE *out, double x, double y) {
    svg_number(out, x);
    (void)fputc(' ', out);
    svg_number(out, y);
}

/* Broken where there is no rank. */
static void line(FILE *out, const struct trend *t) {
    bool drawing = false;
    (void)fputs("<path class=\"stroke accent\" stroke-width=\"2.5\" stroke-linejoin=\"round\" d=\"",
                out);
    for (size_t i = 0; i < t->n; i++) {
        if (!(t->ranks[i] > 0)) {
            drawing = false;
            continue;
        }
        (void)fputc(drawing ? 'L' : 'M', out);
        point(out, x_of(t, i), y_of(t, t->ranks[i]));
        drawing = true;
    }
    (void)fputs("\"/>\n", out);
}

static void dot(FILE *out, double x, double y, double radius, const char *class) {
    (void)fprintf(out, "<circle class=\"%s\" cx=\"", class);
    svg_number(out, x);
    (void)fputs("\" cy=\"", out);
    svg_number(out, y);
    (void)fputs("\" r=\"", out);
    svg_number(out, radius);
    (void)fputs("\"/>\n", out);
}

static void text(FILE *out, double x, double y, const char *anchor, const char *class) {
    (void)fputs("<text x=\"", out);
    svg_number(out, x);
    (void)fputs("\" y=\"", out);
    svg_number(out, y);
    (void)fprintf(out, "\" font-size=\"13\" text-anchor=\"%s\" class=\"%s\">", anchor, class);
}

static void rank_label(FILE *out, const struct trend *t, size_t i, bool right) {
    if (!(t->ranks[i] > 0))
        return;
    text(out, x_of(t, i) + (right ? 9 : -8), y_of(t, t->ranks[i]) + 4.5, right ? "start" : "end",
         right ? "strong" : "muted");
    html_rank(out, t->ranks[i]);
    (void)fputs("</text>\n", out);
}

void chart_trend(FILE *out, const double *ranks, const uint64_t *editions, size_t n, size_t last) {
    struct trend t = {.ranks = ranks, .n = n};
    if (n == 0)
        return;
    find_window(&t, (double)last);
    (void)fprintf(out,
                  "<svg viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" height=\"%.0f\" "
                  "aria-hidden=\"true\">\n<path class=\"stroke rule\" d=\"M%.0f %.0fH%.0f\"/>\n",
                  WIDTH, HEIGHT, WIDTH, HEIGHT, LEFT, BOTTOM + 8, RIGHT);
    line(out, &t);
    for (size_t i = 0; i < n; i++) {
        if (ranks[i] > 0)
            dot(out, x_of(&t, i), y_of(&t, ranks[i]), i + 1 == n ? 4.5 : 3,
                i + 1 == n ? "mark" : "accent");
    }
    if (n > 1)
        rank_label(out, &t, 0, false);
    rank_label(out, &t, n - 1, true);
    text(out, x_of(&t, 0), HEIGHT - 6, n > 1 ? "start" : "middle", "muted");
    (void)fprintf(out, "edition %llu</text>\n", (unsigned long long)editions[0]);
    if (n > 1) {
        text(out, x_of(&t, n - 1), HEIGHT - 6, "end", "muted");
        (void)fprintf(out, "%llu</text>\n", (unsigned long long)editions[n - 1]);
    }
    (void)fputs("</svg>\n", out);
}
