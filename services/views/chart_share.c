/* Share of spend against share of need: on the line who gets as much as by need, above it who gets
 * more; a band where the two are within 5 %. */
#include "services/views/html.h"
#include "services/views/page_spend.h"
#include "services/views/plot.h"
#include "services/views/svg.h"

#include <math.h>
#include <string.h>

enum { WIDTH = 900, HEIGHT = 640, NAMED = 8 };
static const double LEFT = 74, RIGHT = 885, TOP = 40, BOTTOM = 580, LETTER = 7.2;

struct chart {
    FILE *out;
    const struct view *view;
    const struct spend_share *share;
    struct plot_axis need, spend; /* per cent */
};

static void find_axes(struct chart *c) {
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < c->share->n_order; i++) {
        const struct share *share = &c->share->areas[c->share->order[i]];
        low = fmin(low, 100 * fmin(share->need, share->spend));
        high = fmax(high, 100 * fmax(share->need, share->spend));
    }
    /* The same figures on both, so that the line is a diagonal. */
    bool log = low > 0 && high / low > 8;
    c->need = plot_axis(low, high, log, LEFT, RIGHT);
    c->spend = plot_axis(low, high, log, BOTTOM, TOP);
}

static void axes(const struct chart *c) {
    double ticks[PLOT_TICKS_MAX];
    char text[60];
    size_t n = plot_ticks(&c->need, ticks);
    for (size_t i = 0; i < n; i++) {
        double x = plot_at(&c->need, ticks[i]), y = plot_at(&c->spend, ticks[i]);
        (void)snprintf(text, sizeof text, "%g %%", ticks[i]);
        svg_line(c->out, LEFT, y, RIGHT, y, "#e3e3e3", 1, NULL);
        svg_text(c->out, (struct svg_text){LEFT - 8, y + 4, 12, SVG_MUTED, SVG_END, 0, 0}, text);
        svg_line(c->out, x, BOTTOM, x, BOTTOM + 5, SVG_LINE, 1, NULL);
        svg_text(c->out, (struct svg_text){x, BOTTOM + 20, 12, SVG_MUTED, SVG_MIDDLE, 0, 0}, text);
    }
    svg_line(c->out, LEFT, BOTTOM, RIGHT, BOTTOM, SVG_LINE, 1, NULL);
    (void)snprintf(text, sizeof text, "share of need%s", c->need.log ? " (logarithmic)" : "");
    svg_text(c->out, (struct svg_text){RIGHT, BOTTOM + 46, 13, SVG_INK, SVG_END, 0, 0}, text);
    (void)snprintf(text, sizeof text, "share of spend%s", c->need.log ? " (logarithmic)" : "");
    svg_text(c->out, (struct svg_text){LEFT - 60, TOP - 16, 13, SVG_INK, SVG_START, 0, 0}, text);
}

/* A corner of the band, held in the square. */
static void corner(const struct chart *c, double need, double times) {
    double spend = fmin(fmax(need * times, c->spend.low), c->spend.high);
    (void)fprintf(c->out, "%.2f,%.2f ", plot_at(&c->need, need), plot_at(&c->spend, spend));
}

static void band(const struct chart *c) {
    double low = c->need.low, high = c->need.high;
    double above = 1 + SHARE_BAND / 100, below = 1 - SHARE_BAND / 100;
    double turn = high / above; /* where the upper edge meets the top */
    (void)fputs("<polygon class=\"target\" points=\"", c->out);
    corner(c, low, above);
    corner(c, turn, above);
    corner(c, high, above);
    corner(c, high, below);
    corner(c, fmin(fmax(low, 0) / below, high), below);
    corner(c, low, below);
    (void)fputs("\"/>\n", c->out);
    svg_line(c->out, LEFT, BOTTOM, RIGHT, TOP, SVG_INK, 1.2, "6 4");
}

static void point(const struct chart *c, size_t area, const char *region,
                  const struct request *request) {
    static const char *const paths[SHARE_PLACES] = {
        [SHARE_NONE] = "",
        [SHARE_BELOW] = "m0-6l6 10h-12z",
        [SHARE_ON_TARGET] = "m-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0z",
        [SHARE_ABOVE] = "m0-6l5.5 6l-5.5 6l-5.5-6z",
    };
    const struct share *share = &c->share->areas[area];
    const struct area *place = &c->view->pack->geography->areas[area];
    bool below = share->place == SHARE_BELOW;
    char path[300];
    (void)snprintf(path, sizeof path, "/places/%s", place->code);
    (void)fprintf(c->out, "<a tabindex=\"-1\"%s data-target=\"%s\" data-region=\"",
                  region && strcmp(region, place->region) != 0 ? " class=\"faint\"" : "",
                  share_place_id(share->place));
    html_text(c->out, place->region);
    (void)fputs("\" href=\"", c->out);
    html_href(c->out, request, path);
    (void)fputs("\"><title>", c->out);
    html_text(c->out, place->name);
    (void)fprintf(c->out, ": %.2f %% of need, %.2f %% of spend, gap %+.0f %%, %s</title>",
                  100 * share->need, 100 * share->spend, share->gap,
                  share_place_words(share->place));
    (void)fprintf(c->out,
                  "<path class=\"place area\" fill=\"%s\" fill-opacity=\"%s\" stroke=\"%s\""
                  " stroke-width=\"0.8\" d=\"M%.2f %.2f%s\"/></a>\n",
                  below ? SVG_ORANGE : SVG_BLUE, below ? "1" : "0.4", below ? SVG_INK : SVG_BLUE,
                  plot_at(&c->need, 100 * share->need), plot_at(&c->spend, 100 * share->spend),
                  paths[share->place]);
}

/* Names the places furthest from their share, where a name covers none before it. */
static void names(const struct chart *c) {
    struct plot_box placed[2 * NAMED];
    size_t n = 0, count = c->share->n_order;
    for (size_t i = 0; i < count; i++) {
        bool far = i < NAMED || i + NAMED >= count;
        size_t area = c->share->order[i];
        const struct share *share = &c->share->areas[area];
        if (!far || share->place == SHARE_ON_TARGET || n == 2 * (size_t)NAMED)
            continue;
        const char *name = c->view->pack->geography->areas[area].name;
        double x = plot_at(&c->need, 100 * share->need);
        double y = plot_at(&c->spend, 100 * share->spend);
        struct plot_box sides[PLOT_SIDES];
        plot_sides(x, y, LETTER * (double)strlen(name), sides);
        /* Away from the line: below it to the right, above it to the left. */
        placed[n] = sides[share->place == SHARE_BELOW ? 0 : 1];
        bool fits = placed[n].left > LEFT && placed[n].right < RIGHT + 10;
        for (size_t k = 0; k < n && fits; k++)
            fits = !plot_overlaps(&placed[n], &placed[k]);
        if (!fits)
            continue;
        double at = share->place == SHARE_BELOW ? placed[n].left : placed[n].right;
        svg_text(c->out,
                 (struct svg_text){at, y + 4, 12, SVG_INK, (enum svg_anchor)placed[n].anchor, 0, 1},
                 name);
        n++;
    }
}

void share_chart(FILE *out, const struct view *view, const struct spend_choice *choice,
                 const char *region, const struct request *request) {
    struct chart c = {.out = out, .view = view, .share = choice->share};
    find_axes(&c);
    (void)fprintf(
        out,
        "<svg class=\"map points\" viewBox=\"0 0 %d %d\" role=\"group\" aria-label=\"Share "
        "of spend against share of need, a shape for each place\">\n",
        WIDTH, HEIGHT);
    band(&c);
    axes(&c);
    for (size_t i = 0; i < c.share->n_order; i++)
        point(&c, c.share->order[i], region, request);
    (void)fputs("<g class=\"names\" pointer-events=\"none\">\n", out);
    names(&c);
    svg_text(out, (struct svg_text){LEFT + 8, TOP + 20, 14, SVG_MUTED, SVG_START, 1, 1},
             "more than its share of need");
    svg_text(out, (struct svg_text){RIGHT, BOTTOM - 10, 14, "#a33b00", SVG_END, 1, 1},
             "less than its share of need");
    (void)fputs("</g>\n</svg>\n", out);
}
