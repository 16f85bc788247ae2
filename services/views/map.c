#include "services/views/map.h"

#include "services/views/map_shapes.h"
#include "services/views/svg.h"

#include <string.h>

enum { WIDTH = 860, HEIGHT = 960 };

/* The picture's place on the sheet; legend and notes stand around it. */
static const struct map_frame picture = {.left = 30, .top = 110, .width = 610, .height = 790};

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
        legend_row(out, y, map_fills[html_shade(definition, band) - 1], band_name(definition, band),
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
    (void)snprintf(title, sizeof title, "%s, by place", what->pack->definition->nodes[node].name);
    finding(what, node, sentence, sizeof sentence);
    svg_begin(out, WIDTH, HEIGHT, title, sentence);
    map_patterns(out, NULL);
    (void)map_shapes(out, what, node, real, &picture, NULL);
    captions(out, what, title, sentence, real);
    legend(out, what, node);
    svg_end(out);
}
