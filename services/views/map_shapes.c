#include "services/views/map_shapes.h"

#include "core/status.h"
#include "services/views/svg.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Light is little need, dark is much. */
const char *const map_fills[HTML_SHADES] = {"#000d54", "#004ea6", "#00a7ba", "#a9d891", "#eaecb1"};

struct drawing {
    FILE *out;
    const struct view *what;
    size_t node;
    const struct map_frame *frame;
    const struct map_page *page; /* NULL: a document */
    size_t ranked;               /* places that have a rank */
};

/* --- how a place looks, and what it says ------------------------------------------------------ */

static void pattern(FILE *out, const struct map_page *page, const char *name, int angle,
                    const char *ground, const char *line) {
    (void)fprintf(out,
                  "<pattern id=\"%s%s\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\""
                  " patternTransform=\"rotate(%d)\"><rect width=\"6\" height=\"6\" %s/>"
                  "<line x1=\"0\" y1=\"0\" x2=\"0\" y2=\"6\" %s/></pattern>",
                  page ? page->id : "", name, angle, ground, line);
}

void map_patterns(FILE *out, const struct map_page *page) {
    (void)fputs("<defs>", out);
    if (page)
        pattern(out, page, "none", 45, "class=\"ground\"",
                "class=\"stroke line\" stroke-width=\"3\"");
    else
        pattern(out, page, "none", 45, "fill=\"#ffffff\"",
                "stroke=\"" SVG_LINE "\" stroke-width=\"3\"");
    if (page && page->hatched)
        pattern(out, page, "most", -45, "class=\"need-1\"", "class=\"hatch\" stroke-width=\"2\"");
    (void)fputs("</defs>\n", out);
}

static void paint(const struct drawing *d, size_t area) {
    unsigned shade =
        html_shade(d->what->pack->definition, d->what->edition->nodes[d->node].band[area]);
    const char *id = d->page ? d->page->id : "";
    if (shade == 0)
        (void)fprintf(d->out, " fill=\"url(#%snone)\"", id);
    else if (!d->page)
        (void)fprintf(d->out, " fill=\"%s\"", map_fills[shade - 1]);
    else if (shade == 1 && d->page->hatched)
        (void)fprintf(d->out, " fill=\"url(#%smost)\"", id);
}

/* "rank 12 of 307, score 61.4, high need", or why there is no rank; a metric's figure, too.
 * `ranked` is how many places have a rank. */
static void write_standing(FILE *out, const struct view *what, size_t node, size_t area,
                           size_t ranked) {
    const struct node *of = &what->pack->definition->nodes[node];
    const struct node_scores *scores = &what->edition->nodes[node];
    enum status status = scores->score.status[area];
    if (status == STATUS_VALUE) {
        (void)fputs("rank ", out);
        html_rank(out, scores->shown_rank[area]);
        (void)fprintf(out, " of %zu, score %.1f, ", ranked, scores->score.value[area]);
        html_text(out, band_name(what->pack->definition, scores->band[area]));
        (void)fputs(" need", out);
    } else {
        (void)fprintf(out, "no rank, %s", status_words(status));
    }
    if (node_is_metric(of) && scores->raw.status[area] == STATUS_VALUE) {
        (void)fputs("; ", out);
        svg_number(out, scores->raw.value[area]);
        (void)fputc(' ', out);
        html_text(out, of->unit ? of->unit : "");
    }
}

/* On a page a link, which is no stop for the tab key: the table is the way by keyboard, and map.js
 * adds the arrow keys. */
static void begin_shape(const struct drawing *d, size_t area) {
    const struct area *place = &d->what->pack->geography->areas[area];
    unsigned band = d->what->edition->nodes[d->node].band[area];
    if (!d->page) {
        (void)fputs("<path class=\"area\" id=\"", d->out);
        html_text(d->out, place->code);
        (void)fputc('"', d->out);
    } else {
        (void)fputs("<a tabindex=\"-1\" href=\"", d->out);
        html_place_href(d->out, d->page->request, place->code);
        (void)fputs("\" data-region=\"", d->out);
        html_text(d->out, place->region);
        (void)fprintf(d->out, "\" data-band=\"%u\"", band);
    }
    if (d->page) {
        (void)fputs("><title>", d->out);
        html_text(d->out, place->name);
        (void)fputs(": ", d->out);
        write_standing(d->out, d->what, d->node, area, d->ranked);
        unsigned shade = html_shade(d->what->pack->definition, band);
        bool plain = shade && !(shade == 1 && d->page->hatched);
        (void)fputs("</title><path class=\"area", d->out);
        if (plain)
            (void)fprintf(d->out, " need-%u", shade);
        (void)fputc('"', d->out);
    }
    paint(d, area);
    (void)fputs(" d=\"", d->out);
}

static void end_shape(const struct drawing *d, size_t area) {
    if (d->page) {
        (void)fputs("\"/></a>\n", d->out);
        return;
    }
    (void)fputs("\"><title>", d->out);
    html_text(d->out, d->what->pack->geography->areas[area].name);
    (void)fputs(": ", d->out);
    write_standing(d->out, d->what, d->node, area, d->ranked);
    (void)fputs("</title></path>\n", d->out);
}

struct placing {
    uint32_t rank; /* UINT32_MAX: none */
    size_t area;
};

static int by_rank(const void *left, const void *right) {
    const struct placing *a = left, *b = right;
    int order = (a->rank > b->rank) - (a->rank < b->rank);
    return order ? order : (a->area > b->area) - (a->area < b->area);
}

size_t *places_by_rank(const struct view *what, size_t node) {
    size_t n = what->edition->n_areas;
    struct placing *placings = calloc(n + 1, sizeof *placings);
    size_t *out = calloc(n + 1, sizeof *out);
    for (size_t i = 0; placings && i < n; i++) {
        uint32_t rank = what->edition->nodes[node].rank[i];
        placings[i] = (struct placing){rank ? rank : UINT32_MAX, i};
    }
    if (placings && out) {
        qsort(placings, n, sizeof *placings, by_rank);
        for (size_t i = 0; i < n; i++)
            out[i] = placings[i].area;
    } else {
        free(out);
        out = NULL;
    }
    free(placings);
    return out;
}

/* Every place in turn: by rank on a page, so that who walks through the links hears that order. */
static bool each_place(const struct drawing *d,
                       void draw(const struct drawing *, const void *, size_t area),
                       const void *with) {
    size_t *order = d->page ? places_by_rank(d->what, d->node) : NULL;
    if (d->page && !order)
        return false;
    for (size_t i = 0; i < d->what->edition->n_areas; i++)
        draw(d, with, order ? order[i] : i);
    free(order);
    return true;
}

/* --- points ----------------------------------------------------------------------------------- */

/* Tenths of a unit, each point as its way from the one before, and nothing that a path can do
 * without, so that a long coast is short. */
struct pen {
    FILE *out;
    long x, y;
    bool drawing;  /* a line, which needs no letter again */
    bool fraction; /* the last number has one, and ends where another begins with its point */
};

/* "1.5", "-.5", with a blank before it if it needs one after a number. */
static void tenths(struct pen *pen, long value, bool after_letter) {
    long whole = labs(value) / 10, rest = labs(value) % 10;
    bool parted = after_letter || (pen->fraction && !whole && rest);
    (void)fputs(value < 0 ? "-" : parted ? "" : " ", pen->out);
    if (whole || !rest)
        (void)fprintf(pen->out, "%ld", whole);
    if (rest)
        (void)fprintf(pen->out, ".%ld", rest);
    pen->fraction = rest != 0;
}

static void pen_to(struct pen *pen, double x, double y, bool begins) {
    long to_x = lround(x * 10), to_y = lround(y * 10);
    if (!begins && to_x == pen->x && to_y == pen->y)
        return;
    bool letter = begins || !pen->drawing;
    if (letter)
        (void)fputc(begins ? 'M' : 'l', pen->out);
    tenths(pen, begins ? to_x : to_x - pen->x, letter);
    tenths(pen, begins ? to_y : to_y - pen->y, false);
    pen->drawing = !begins;
    pen->x = to_x;
    pen->y = to_y;
}

/* --- hexagons --------------------------------------------------------------------------------- */

struct hexes {
    double radius, left, top; /* of the first cell's middle */
};

static double hex_x(const struct hexes *h, struct cell cell) {
    return h->left + (cell.column + 0.5 * (cell.row & 1)) * h->radius * sqrt(3);
}

static double hex_y(const struct hexes *h, struct cell cell) {
    return h->top + cell.row * 1.5 * h->radius;
}

/* Corner 0 is at the top; clockwise. */
static void corner(struct pen *pen, double x, double y, double radius, int i, bool begins) {
    static const double sine[] = {0, 0.8660254037844386,  0.8660254037844386,
                                  0, -0.8660254037844386, -0.8660254037844386};
    static const double cosine[] = {-1, -0.5, 0.5, 1, 0.5, -0.5};
    pen_to(pen, x + sine[i % 6] * radius, y + cosine[i % 6] * radius, begins);
}

static struct hexes fit_hexes(const struct view *what, const struct map_frame *frame) {
    int columns = 0, rows = 0;
    for (size_t i = 0; i < what->edition->n_areas; i++) {
        if (what->cells[i].column > columns)
            columns = what->cells[i].column;
        if (what->cells[i].row > rows)
            rows = what->cells[i].row;
    }
    double by_width = frame->width / ((columns + 1.5) * sqrt(3));
    double by_height = frame->height / (1.5 * rows + 2);
    double radius = fmin(fmin(by_width, by_height), 60);
    return (struct hexes){radius, frame->left + radius, frame->top + radius};
}

static void draw_hex(const struct drawing *d, const void *with, size_t area) {
    const struct hexes *h = with;
    struct cell cell = d->what->cells[area];
    struct pen pen = {.out = d->out};
    begin_shape(d, area);
    for (int k = 0; k < CELL_EDGES; k++)
        corner(&pen, hex_x(h, cell), hex_y(h, cell), h->radius, k, k == 0);
    (void)fputc('z', d->out);
    end_shape(d, area);
}

static const char *region_at(const struct view *what, struct cell cell) {
    for (size_t i = 0; i < what->edition->n_areas; i++) {
        if (what->cells[i].column == cell.column && what->cells[i].row == cell.row) {
            return what->pack->geography->areas[i].region;
        }
    }
    return "";
}

static void draw_regions(const struct drawing *d, const struct hexes *h) {
    const struct view *what = d->what;
    struct pen pen = {.out = d->out};
    (void)fprintf(d->out,
                  "<path class=\"regions\" %s stroke-width=\"1.6\" stroke-linecap=\"round\" d=\"",
                  d->page ? "pointer-events=\"none\"" : "fill=\"none\" stroke=\"" SVG_INK "\"");
    for (size_t i = 0; i < what->edition->n_areas; i++) {
        const char *region = what->pack->geography->areas[i].region;
        double x = hex_x(h, what->cells[i]), y = hex_y(h, what->cells[i]);
        for (int edge = 0; edge < CELL_EDGES; edge++) { /* from corner `edge` to the next one */
            if (strcmp(region, region_at(what, cell_across(what->cells[i], edge))) == 0)
                continue;
            corner(&pen, x, y, h->radius, edge, true);
            corner(&pen, x, y, h->radius, edge + 1, false);
        }
    }
    (void)fputs("\"/>\n", d->out);
}

/* Each region's name in the middle of its hexagons. */
static void name_regions(const struct drawing *d, const struct hexes *h) {
    const struct view *what = d->what;
    const struct area *areas = what->pack->geography->areas;
    for (size_t i = 0; i < what->edition->n_areas; i++) {
        double x = 0, y = 0, count = 0;
        bool named = false;
        for (size_t k = 0; k < what->edition->n_areas && !named; k++) {
            if (strcmp(areas[i].region, areas[k].region) != 0)
                continue;
            named = k < i; /* by an area before this one */
            x += hex_x(h, what->cells[k]);
            y += hex_y(h, what->cells[k]);
            count++;
        }
        if (named)
            continue;
        struct svg_text style = {.x = x / count,
                                 .y = y / count + 5,
                                 .size = 12,
                                 .fill = SVG_INK,
                                 .anchor = SVG_MIDDLE,
                                 .bold = 1,
                                 .halo = 1};
        svg_text(d->out, style, areas[i].region);
    }
}

static bool draw_cartogram(const struct drawing *d) {
    struct hexes h = fit_hexes(d->what, d->frame);
    (void)fputs("<g stroke=\"#ffffff\" stroke-width=\"1\">\n", d->out);
    if (!each_place(d, draw_hex, &h))
        return false;
    (void)fputs("</g>\n", d->out);
    draw_regions(d, &h);
    (void)fputs("<g class=\"names\" pointer-events=\"none\">\n", d->out);
    name_regions(d, &h);
    (void)fputs("</g>\n", d->out);
    return true;
}

/* --- real boundaries -------------------------------------------------------------------------- */

struct projection {
    double west, north, scale, shrink; /* shrink: of a degree of longitude */
};

static struct projection fit(const struct drawing *d) {
    const struct view *what = d->what;
    double west = 180, east = -180, south = 90, north = -90;
    for (size_t i = 0; i < what->edition->n_areas; i++) {
        const struct shape *shape =
            boundaries_find(what->boundaries, what->pack->geography->areas[i].code);
        for (size_t r = 0; shape && r < shape->n_rings; r++) {
            for (size_t p = 0; p < shape->rings[r].n; p++) {
                struct point at = shape->rings[r].points[p];
                west = fmin(west, at.longitude);
                east = fmax(east, at.longitude);
                south = fmin(south, at.latitude);
                north = fmax(north, at.latitude);
            }
        }
    }
    double shrink = cos((south + north) / 2 * 3.14159265358979323846 / 180);
    double scale =
        fmin(d->frame->width / ((east - west) * shrink), d->frame->height / (north - south));
    return (struct projection){west, north, scale, shrink};
}

static void draw_shape(const struct drawing *d, const void *with, size_t area) {
    const struct projection *to = with;
    const struct shape *shape =
        boundaries_find(d->what->boundaries, d->what->pack->geography->areas[area].code);
    struct pen pen = {.out = d->out};
    if (!shape)
        return;
    begin_shape(d, area);
    for (size_t r = 0; r < shape->n_rings; r++) {
        for (size_t p = 0; p < shape->rings[r].n; p++) {
            struct point at = shape->rings[r].points[p];
            pen_to(&pen, d->frame->left + (at.longitude - to->west) * to->shrink * to->scale,
                   d->frame->top + (to->north - at.latitude) * to->scale, p == 0);
        }
        (void)fputc('z', d->out);
    }
    end_shape(d, area);
}

static bool draw_boundaries(const struct drawing *d) {
    struct projection to = fit(d);
    (void)fprintf(d->out, "<g stroke=\"%s\" stroke-width=\"0.4\" fill-rule=\"evenodd\">\n",
                  SVG_LINE);
    bool drawn = each_place(d, draw_shape, &to);
    (void)fputs("</g>\n", d->out);
    return drawn;
}

bool map_shapes(FILE *out, const struct view *what, size_t node, bool real,
                const struct map_frame *frame, const struct map_page *page) {
    const struct drawing d = {out, what, node, frame, page, edition_ranked(what->edition, node)};
    return real ? draw_boundaries(&d) : draw_cartogram(&d);
}
