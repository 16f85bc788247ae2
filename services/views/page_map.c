/* The map of need at a node: hexagons or real boundaries, two nodes beside each other if wanted,
 * each with its finding and its table. */
#include "core/utf8.h"
#include "services/bus/buffer.h"
#include "services/views/choice.h"
#include "services/views/html.h"
#include "services/views/map_shapes.h"
#include "services/views/pages.h"

#include <stdlib.h>
#include <string.h>

static const char *const kinds[] = {"cartogram", "boundaries"};
static const char *const kind_words[] = {"Hexagons", "Real boundaries"};
static const char *const patterns[] = {"no", "yes"};
static const char *const pattern_words[] = {"Colours", "Colours and lines"};

static const struct map_frame frame = {.left = 4, .top = 4, .width = 632, .height = 752};

struct mapped {
    const struct request *request;
    const struct view *view;
    size_t node, other; /* NO_NODE: one map alone */
    size_t kind, pattern;
    bool other_kind; /* the one that was asked for is not to be had */
};

/* The kind that was asked for, or the one that there is. */
static bool has_kind(const struct view *view, size_t kind) {
    return kind ? view->boundaries != NULL : view->cells != NULL;
}

static bool read_request(struct viewer *viewer, const struct request *request, struct mapped *out,
                         struct answer *answer) {
    *out = (struct mapped){.request = request};
    out->view = choice_view(viewer, request, answer);
    if (!out->view || !choice_node(request, "node", out->view, 0, &out->node, answer) ||
        !choice_node(request, "beside", out->view, NO_NODE, &out->other, answer) ||
        !choice_word(request, "kind", kinds, 2, &out->kind, answer) ||
        !choice_word(request, "pattern", patterns, 2, &out->pattern, answer))
        return false;
    out->other_kind = !has_kind(out->view, out->kind);
    if (out->other_kind)
        out->kind = !out->kind;
    if (has_kind(out->view, out->kind))
        return true;
    answer_problem(answer, request, 404,
                   "there is no map of this index: its pack has no boundaries, and more than %d "
                   "places are too many for hexagons",
                   CARTOGRAM_AREAS_MAX);
    return false;
}

/* --- finding ---------------------------------------------------------------------------------- */

/* Of a region (NULL: of all). */
static size_t in_band(const struct view *view, size_t node, const char *region, unsigned band) {
    const struct choice choice = {.region = region};
    size_t n = 0;
    for (size_t i = 0; i < view->edition->n_areas; i++)
        n += view->edition->nodes[node].band[i] == band && choice_takes(&choice, view, node, i);
    return n;
}

/* The region that has most of the places of a band; *count of them. NULL: regions are not told. */
static const char *most_of_band(const struct view *view, size_t node, unsigned band,
                                size_t *count) {
    const char *regions[CHOICE_GROUPS_MAX], *best = NULL;
    size_t n = choice_regions(view, regions);
    *count = 0;
    for (size_t r = 0; r < n; r++) {
        size_t here = in_band(view, node, regions[r], band);
        if (here > *count) {
            *count = here;
            best = regions[r];
        }
    }
    return best;
}

/* "Need for Safer streets is highest in Middlesbrough, Blackpool and Hull; 12 of the 62 places of
 * very high need are in North West." Freed with free. NULL: memory ran out. */
static char *finding(const struct view *view, size_t node) {
    enum { NAMED = 3 };
    const struct definition *definition = view->pack->definition;
    const struct area *areas = view->pack->geography->areas;
    size_t *order = places_by_rank(view, node), ranked = edition_ranked(view->edition, node);
    struct buffer buffer;
    FILE *text = order ? buffer_open(&buffer) : NULL;
    if (!text) {
        free(order);
        return NULL;
    }
    if (ranked == 0)
        (void)fputs("No place has a score here.", text);
    for (size_t i = 0; i < ranked && i < NAMED; i++) {
        bool last = i + 1 == NAMED || i + 1 == ranked;
        if (i == 0)
            (void)fprintf(text, "%s: need is highest in ", definition->nodes[node].name);
        (void)fprintf(text, "%s%s", i == 0 ? "" : last ? " and " : ", ", areas[order[i]].name);
    }
    size_t here, all = in_band(view, node, NULL, 1);
    const char *region = most_of_band(view, node, 1, &here);
    if (region)
        (void)fprintf(text, "; %zu of the %zu places of %s need are in %s", here, all,
                      band_name(definition, 1), region);
    if (ranked)
        (void)fputc('.', text);
    free(order);
    return buffer_close(&buffer, text) ? buffer.bytes : NULL;
}

/* --- the page --------------------------------------------------------------------------------- */

static void form(FILE *out, const struct mapped *m) {
    form_begin(out, m->request, "/map");
    form_nodes(out, m->view, "node", "Need for", NULL, m->node);
    form_nodes(out, m->view, "beside", "Beside it", "Nothing", m->other);
    if (has_kind(m->view, !m->kind))
        form_words(out, "kind", "Map", kinds, kind_words, 2, m->kind);
    form_words(out, "pattern", "Shades", patterns, pattern_words, 2, m->pattern);
    form_end(out, "Show");
}

/* Names every band and counts it; map.js makes each a button that shows its places alone. */
static void legend(FILE *out, const struct view *view, size_t node) {
    const struct definition *definition = view->pack->definition;
    (void)fputs("<ul class=\"legend\" aria-label=\"Bands of need\">\n", out);
    for (unsigned band = 1; band <= definition->bands; band++) {
        (void)fprintf(out, "<li data-band=\"%u\">", band);
        html_band(out, definition, band);
        (void)fprintf(out, " <span class=\"muted\">%zu</span></li>\n",
                      in_band(view, node, NULL, band));
    }
    size_t none = in_band(view, node, NULL, 0);
    if (none)
        (void)fprintf(out,
                      "<li data-band=\"0\"><span class=\"band\">no score</span> "
                      "<span class=\"muted\">%zu</span></li>\n",
                      none);
    (void)fputs("</ul>\n", out);
}

static bool picture(FILE *out, const struct mapped *m, size_t node, const char *id) {
    const struct map_page page = {.id = id, .request = m->request, .hatched = m->pattern != 0};
    const char *name = m->view->pack->definition->nodes[node].name;
    (void)fputs("<svg class=\"map\" viewBox=\"0 0 640 760\" role=\"group\" aria-label=\"Map: ",
                out);
    html_text(out, name);
    (void)fputs(". The table below says the same.\">\n", out);
    map_patterns(out, &page);
    bool drawn = map_shapes(out, m->view, node, m->kind == 1, &frame, &page);
    (void)fputs("</svg>\n", out);
    return drawn;
}

static bool table(FILE *out, const struct mapped *m, size_t node, const char *id) {
    const struct view *view = m->view;
    const struct node_scores *scores = &view->edition->nodes[node];
    char name[80], caption[300];
    size_t *order = places_by_rank(view, node);
    if (!order)
        return false;
    (void)snprintf(name, sizeof name, "%stable", id);
    (void)snprintf(caption, sizeof caption, "%.200s: %zu places by rank",
                   view->pack->definition->nodes[node].name, view->edition->n_areas);
    utf8_make_plain(caption);
    table_begin(out, name, "", caption);
    (void)fputs("<thead><tr><th scope=\"col\" class=\"n\">Rank</th><th scope=\"col\">Place</th>"
                "<th scope=\"col\">Region</th><th scope=\"col\">Need</th></tr></thead>\n<tbody>\n",
                out);
    for (size_t i = 0; i < view->edition->n_areas; i++) {
        const struct area *area = &view->pack->geography->areas[order[i]];
        (void)fputs("<tr><td class=\"n\">", out);
        if (scores->rank[order[i]])
            html_rank(out, scores->shown_rank[order[i]]);
        (void)fputs("</td><th scope=\"row\">", out);
        html_place(out, m->request, area);
        (void)fputs("</th><td>", out);
        html_text(out, area->region);
        (void)fputs("</td><td>", out);
        html_band(out, view->pack->definition, scores->band[order[i]]);
        (void)fputs("</td></tr>\n", out);
    }
    (void)fputs("</tbody>\n", out);
    table_end(out);
    free(order);
    return true;
}

static bool one_map(FILE *out, const struct mapped *m, size_t node, const char *id) {
    char *text = finding(m->view, node);
    if (!text)
        return false;
    figure_begin(out, id, text);
    free(text);
    legend(out, m->view, node);
    bool drawn = picture(out, m, node, id);
    figure_table(out, "The same as a table, by rank");
    bool listed = table(out, m, node, id);
    figure_end(out);
    return drawn && listed;
}

/* How many places of each band each region has. */
static void regions(FILE *out, const struct mapped *m, size_t node, const char *id) {
    const struct definition *definition = m->view->pack->definition;
    const char *names[CHOICE_GROUPS_MAX];
    size_t n = choice_regions(m->view, names);
    char table[80], caption[300];
    if (n < 2)
        return;
    (void)snprintf(table, sizeof table, "%sregions", id);
    (void)snprintf(caption, sizeof caption, "%.200s: places of each band by region",
                   definition->nodes[node].name);
    utf8_make_plain(caption);
    (void)fputs("<div>\n", out);
    table_begin(out, table, "", caption);
    (void)fputs("<thead><tr><th scope=\"col\">Region</th>", out);
    for (unsigned band = 1; band <= definition->bands; band++) {
        (void)fputs("<th scope=\"col\" class=\"n\">", out);
        html_text(out, band_name(definition, band));
        (void)fputs("</th>", out);
    }
    (void)fputs("</tr></thead>\n<tbody>\n", out);
    for (size_t r = 0; r < n; r++) {
        (void)fputs("<tr><th scope=\"row\">", out);
        html_text(out, names[r]);
        (void)fputs("</th>", out);
        for (unsigned band = 1; band <= definition->bands; band++)
            (void)fprintf(out, "<td class=\"n\">%zu</td>", in_band(m->view, node, names[r], band));
        (void)fputs("</tr>\n", out);
    }
    (void)fputs("</tbody>\n", out);
    table_end(out);
    (void)fputs("</div>\n", out);
}

static void notes(FILE *out, const struct mapped *m) {
    const char *credit = m->kind ? m->view->boundaries->credit : "";
    (void)fputs("<p class=\"small\">", out);
    if (m->kind)
        (void)fputs(
            "Large shapes are not more people: a county of few may be larger than a city of "
            "many. ",
            out);
    else
        (void)fputs("Each hexagon is one place, near where it is on the map, so that small cities "
                    "count as much for the eye as wide counties. ",
                    out);
    if (*credit) {
        html_text(out, credit);
        (void)fputs(". ", out);
    }
    (void)fputs("<a href=\"", out);
    html_href(out, m->request, "/method");
    (void)fputs("\">How ranks are made, and what not to read into them</a>. <a href=\"/league",
                out);
    html_with(out, m->request, "node", m->view->pack->definition->nodes[m->node].id);
    (void)fputs("\">The same as a league table</a></p>\n", out);
}

/* False: memory ran out. */
static bool write_page(FILE *out, const struct mapped *m) {
    char title[300];
    const struct node *nodes = m->view->pack->definition->nodes;
    (void)snprintf(title, sizeof title, "Map: %.200s", nodes[m->node].name);
    utf8_make_plain(title); /* it may be cut within a character, here and below */
    const struct page page = {.title = title,
                              .description = "Every place in the colour of its band of need.",
                              .nav = "/map",
                              .view = m->view,
                              .request = m->request,
                              .script = "map.js",
                              .wide = true};
    page_begin(out, &page);
    (void)fputs("<h1 id=\"part-title\" data-part>", out);
    html_text(out, title);
    (void)fputs("</h1>\n", out);
    form(out, m);
    (void)fputs("<div id=\"part-map\" data-part>\n", out);
    if (m->other_kind)
        (void)fprintf(out, "<p class=\"notice\">%s</p>\n",
                      m->kind
                          ? "There are too many places for hexagons: these are the real boundaries."
                          : "The pack of this index has no boundaries: these are hexagons.");
    (void)fputs("<div class=\"maps\">\n", out);
    bool fine = one_map(out, m, m->node, "map-a-") &&
                (m->other == NO_NODE || one_map(out, m, m->other, "map-b-"));
    regions(out, m, m->node, "map-a-");
    if (m->other != NO_NODE)
        regions(out, m, m->other, "map-b-");
    (void)fputs("</div>\n", out);
    notes(out, m);
    (void)fputs("</div>\n", out);
    page_end(out, &page);
    return fine;
}

void page_map(struct viewer *viewer, const struct request *request, struct answer *answer) {
    struct mapped m;
    FILE *out = read_request(viewer, request, &m, answer) ? page_open(answer) : NULL;
    if (!out)
        return;
    bool fine = write_page(out, &m);
    page_close(answer, out);
    if (fine)
        return;
    free(answer->body);
    answer->body = NULL;
}
