#include "services/views/map.h"

#include "core/status.h"
#include "services/views/svg.h"

#include <math.h>
#include <string.h>

enum { WIDTH = 860, HEIGHT = 960 };

/* The picture's place on the sheet; legend and notes stand around it. */
static const double LEFT = 30, TOP = 110, PICTURE_WIDTH = 610, PICTURE_HEIGHT = 790;

/* Light is little need, dark is much. The darkest for band 1. */
static const char *const fills[] = {"#000d54", "#004ea6", "#00a7ba", "#a9d891", "#eaecb1"};

static const char *fill_of(const struct view *what, size_t node, size_t area) {
    unsigned band = what->edition->nodes[node].band[area];
    unsigned bands = what->pack->definition->bands;
    if (band == 0)
        return "url(#none)";
    return fills[(band - 1) * 5 / bands];
}

static void tooltip(FILE *out, const struct view *what, size_t node, size_t area) {
    const struct node_scores *scores = &what->edition->nodes[node];
    (void)fputs("<title>", out);
    svg_escape(out, what->pack->geography->areas[area].name);
    enum status status = scores->score.status[area];
    if (status == STATUS_VALUE) {
        (void)fprintf(out, ": rank %u of %zu, score %.1f, ", scores->rank[area],
                      edition_ranked(what->edition, node), scores->score.value[area]);
        svg_escape(out, band_name(what->pack->definition, scores->band[area]));
        (void)fputs(" need", out);
    } else {
        (void)fprintf(out, ": no rank, %s", status_words(status));
    }
    (void)fputs("</title>", out);
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
static void corner(FILE *out, double x, double y, double radius, int i) {
    static const double sine[] = {0, 0.8660254037844386,  0.8660254037844386,
                                  0, -0.8660254037844386, -0.8660254037844386};
    static const double cosine[] = {-1, -0.5, 0.5, 1, 0.5, -0.5};
    svg_number(out, x + sine[i % 6] * radius);
    (void)fputc(' ', out);
    svg_number(out, y + cosine[i % 6] * radius);
}

static struct hexes fit_hexes(const struct view *what) {
    int columns = 0, rows = 0;
    for (size_t i = 0; i < what->edition->n_areas; i++) {
        if (what->cells[i].column > columns)
            columns = what->cells[i].column;
        if (what->cells[i].row > rows)
            rows = what->cells[i].row;
    }
    double by_width = PICTURE_WIDTH / ((columns + 1.5) * sqrt(3));
    double by_height = PICTURE_HEIGHT / (1.5 * rows + 2);
    double radius = fmin(fmin(by_width, by_height), 60);
    return (struct hexes){radius, LEFT + radius, TOP + radius};
}

static void draw_hexes(FILE *out, const struct view *what, size_t node, const struct hexes *h) {
    (void)fputs("<g stroke=\"#ffffff\" stroke-width=\"1\">\n", out);
    for (size_t i = 0; i < what->edition->n_areas; i++) {
        double x = hex_x(h, what->cells[i]), y = hex_y(h, what->cells[i]);
        (void)fprintf(out, "<path class=\"area\" id=\"%s\" fill=\"%s\" d=\"M",
                      what->pack->geography->areas[i].code, fill_of(what, node, i));
        for (int k = 0; k < 6; k++) {
            if (k)
                (void)fputc('L', out);
            corner(out, x, y, h->radius, k);
        }
        (void)fputs("Z\">", out);
        tooltip(out, what, node, i);
        (void)fputs("</path>\n", out);
    }
    (void)fputs("</g>\n", out);
}

static const char *region_at(const struct view *what, struct cell cell) {
    for (size_t i = 0; i < what->edition->n_areas; i++) {
        if (what->cells[i].column == cell.column && what->cells[i].row == cell.row) {
            return what->pack->geography->areas[i].region;
        }
    }
    return "";
}

static void draw_regions(FILE *out, const struct view *what, const struct hexes *h) {
    (void)fprintf(out,
                  "<path fill=\"none\" stroke=\"%s\" stroke-width=\"1.6\""
                  " stroke-linecap=\"round\" d=\"",
                  SVG_INK);
    for (size_t i = 0; i < what->edition->n_areas; i++) {
        const char *region = what->pack->geography->areas[i].region;
        double x = hex_x(h, what->cells[i]), y = hex_y(h, what->cells[i]);
        for (int edge = 0; edge < CELL_EDGES; edge++) { /* from corner `edge` to the next one */
            if (strcmp(region, region_at(what, cell_across(what->cells[i], edge))) == 0)
                continue;
            (void)fputc('M', out);
            corner(out, x, y, h->radius, edge);
            (void)fputc('L', out);
            corner(out, x, y, h->radius, edge + 1);
        }
    }
    (void)fputs("\"/>\n", out);
}

/* Each region's name in the middle of its hexagons. */
static void name_regions(FILE *out, const struct view *what, const struct hexes *h) {
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
        svg_text(out, style, areas[i].region);
    }
}

static void draw_cartogram(FILE *out, const struct view *what, size_t node) {
    struct hexes h = fit_hexes(what);
    draw_hexes(out, what, node, &h);
    draw_regions(out, what, &h);
    name_regions(out, what, &h);
}

/* --- real boundaries -------------------------------------------------------------------------- */

struct frame {
    double west, north, scale, shrink; /* shrink: of a degree of longitude */
};

static struct frame fit_frame(const struct view *what) {
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
    double scale = fmin(PICTURE_WIDTH / ((east - west) * shrink), PICTURE_HEIGHT / (north - south));
    return (struct frame){west, north, scale, shrink};
}

static void draw_shape(FILE *out, const struct frame *frame, const struct shape *shape) {
    for (size_t r = 0; r < shape->n_rings; r++) {
        for (size_t p = 0; p < shape->rings[r].n; p++) {
            struct point at = shape->rings[r].points[p];
            (void)fputc(p ? 'L' : 'M', out);
            svg_number(out, LEFT + (at.longitude - frame->west) * frame->shrink * frame->scale);
            (void)fputc(' ', out);
            svg_number(out, TOP + (frame->north - at.latitude) * frame->scale);
        }
        (void)fputc('Z', out);
    }
}

static void draw_boundaries(FILE *out, const struct view *what, size_t node) {
    struct frame frame = fit_frame(what);
    (void)fprintf(out, "<g stroke=\"%s\" stroke-width=\"0.4\" fill-rule=\"evenodd\">\n", SVG_LINE);
    for (size_t i = 0; i < what->edition->n_areas; i++) {
        const char *code = what->pack->geography->areas[i].code;
        const struct shape *shape = boundaries_find(what->boundaries, code);
        if (!shape)
            continue;
        (void)fprintf(out, "<path class=\"area\" id=\"%s\" fill=\"%s\" d=\"", code,
                      fill_of(what, node, i));
        draw_shape(out, &frame, shape);
        (void)fputs("\">", out);
        tooltip(out, what, node, i);
        (void)fputs("</path>\n", out);
    }
    (void)fputs("</g>\n", out);
}

/* --- around the picture ----------------------------------------------------------------------- */

static size_t in_band(const struct view *what, size_t node, unsigned band) {
    size_t count = 0;
    for (size_t i = 0; i < what->edition->n_areas; i++) {
        count += what->edition->nodes[node].band[i] == band;
    }
    return count;
}

static void legend_row(FILE *out, double y, const char *fill, const char *name, size_t count) {
    char text[120];
    (void)fprintf(out,
                  "<rect x=\"660\" y=\"%d\" width=\"24\" height=\"24\" fill=\"%s\" stroke=\"%s\""
                  " stroke-width=\"0.8\"/>\n",
                  (int)y, fill, SVG_INK);
    (void)snprintf(text, sizeof text, "%s (%zu)", name, count);
    svg_text(out, (struct svg_text){.x = 692, .y = y + 17, .size = 14, .fill = SVG_INK}, text);
}

static void legend(FILE *out, const struct view *what, size_t node) {
    const struct definition *definition = what->pack->definition;
    svg_text(out, (struct svg_text){.x = 660, .y = 128, .size = 15, .fill = SVG_INK, .bold = 1},
             "Need (places)");
    double y = 140;
    for (unsigned band = 1; band <= definition->bands; band++, y += 32) {
        legend_row(out, y, fills[(band - 1) * 5 / definition->bands], band_name(definition, band),
                   in_band(what, node, band));
    }
    size_t missing = in_band(what, node, 0);
    if (missing)
        legend_row(out, y, "url(#none)", "no score", missing);
}

/* The sentence under the title: who is in front, or what moved. */
static void finding(const struct view *what, size_t node, char *out, size_t size) {
    const struct node_scores *scores = &what->edition->nodes[node];
    size_t first = SIZE_MAX;
    for (size_t i = 0; i < what->edition->n_areas; i++) {
        if (scores->rank[i] && (first == SIZE_MAX || scores->rank[i] < scores->rank[first]))
            first = i;
    }
    if (first == SIZE_MAX) {
        (void)snprintf(out, size, "No place has a score yet.");
        return;
    }
    int used = snprintf(out, size, "Most need: %s.", what->pack->geography->areas[first].name);
    if (what->changes && used > 0 && (size_t)used < size) {
        (void)snprintf(out + used, size - (size_t)used,
                       " %zu of %zu places changed rank in this edition.",
                       changes_at(what->changes, node), edition_ranked(what->edition, node));
    }
}

static void captions(FILE *out, const struct view *what, const char *title, const char *sentence,
                     bool real) {
    char made[300];
    svg_text(out, (struct svg_text){.x = 30, .y = 44, .size = 24, .fill = SVG_INK, .bold = 1},
             title);
    svg_text(out, (struct svg_text){.x = 30, .y = 72, .size = 15, .fill = SVG_MUTED}, sentence);
    if (what->dataset) {
        (void)snprintf(made, sizeof made, "%s, edition %llu, after the release '%s' of %s",
                       what->pack->definition->title, (unsigned long long)what->number, what->label,
                       what->dataset);
    } else {
        (void)snprintf(made, sizeof made, "%s, edition %llu", what->pack->definition->title,
                       (unsigned long long)what->number);
    }
    svg_text(out, (struct svg_text){.x = 30, .y = 920, .size = 12, .fill = SVG_MUTED}, made);
    const char *credit = real ? what->boundaries->credit : "";
    (void)snprintf(made, sizeof made, "%s%sFigures: ranks.csv beside this file.",
                   real ? credit : "Each hexagon is one place, near where it is on the map.",
                   !real     ? " "
                   : *credit ? ". "
                             : "");
    svg_text(out, (struct svg_text){.x = 30, .y = 938, .size = 12, .fill = SVG_MUTED}, made);
}

void map_write(FILE *out, const struct view *what, size_t node, bool real) {
    char title[300], sentence[300];
    (void)snprintf(title, sizeof title, "%s, by authority",
                   what->pack->definition->nodes[node].name);
    finding(what, node, sentence, sizeof sentence);
    svg_begin(out, WIDTH, HEIGHT, title, sentence);
    (void)fprintf(out,
                  "<defs><pattern id=\"none\" width=\"6\" height=\"6\""
                  " patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
                  "<rect width=\"6\" height=\"6\" fill=\"#ffffff\"/>"
                  "<line x1=\"0\" y1=\"0\" x2=\"0\" y2=\"6\" stroke=\"%s\" stroke-width=\"3\"/>"
                  "</pattern></defs>\n",
                  SVG_LINE);
    if (real)
        draw_boundaries(out, what, node);
    else
        draw_cartogram(out, what, node);
    captions(out, what, title, sentence, real);
    legend(out, what, node);
    svg_end(out);
}
