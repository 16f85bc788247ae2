/* A place beside others: what it stands out by, its statistical neighbours, and its peers. */
#include "core/stats.h"
#include "core/status.h"
#include "services/views/html.h"
#include "services/views/place.h"

#include <string.h>

static const struct definition *definition_of(const struct place *place) {
    return place->view->pack->definition;
}

static const struct node_scores *scores_of(const struct place *place, size_t node) {
    return &place->view->edition->nodes[node];
}

/* --- strengths and weaknesses ----------------------------------------------------------------- */

static void side(FILE *out, const struct place *place, enum side wanted, const char *id,
                 const char *caption) {
    table_begin(out, id, "", caption);
    (void)fputs("<thead><tr><th scope=\"col\">Metric</th><th scope=\"col\" class=\"n\">Figure</th>"
                "<th scope=\"col\" class=\"n\">Rank</th></tr></thead>\n<tbody>\n",
                out);
    bool any = false;
    for (size_t i = 0; i < place->n_standings; i++) {
        size_t at = wanted == SIDE_WEAKNESS ? i : place->n_standings - 1 - i;
        if (profile_side(place->standings, place->n_standings, at, PLACE_SIDES) != wanted)
            continue;
        any = true;
        size_t k = place->standings[at].node;
        const struct node *node = &definition_of(place)->nodes[k];
        (void)fputs("<tr><th scope=\"row\">", out);
        html_text(out, node->name);
        (void)fputs("<br><span class=\"small muted\">", out);
        html_text(out, node->unit);
        (void)fputs("</span></th><td class=\"n\">", out);
        html_number(out, scores_of(place, k)->raw.value[place->area]);
        (void)fputs("</td><td class=\"n\">", out);
        html_rank(out, scores_of(place, k)->shown_rank[place->area]);
        (void)fprintf(out, " <span class=\"muted\">of %zu</span></td></tr>\n",
                      edition_ranked(place->view->edition, k));
    }
    if (!any)
        (void)fputs("<tr><th scope=\"row\">No metric</th><td></td><td></td></tr>\n", out);
    (void)fputs("</tbody>\n", out);
    table_end(out);
}

void place_write_sides(FILE *out, const struct place *place) {
    (void)fputs("<section id=\"sides\">\n<h2>Strengths and weaknesses</h2>\n"
                "<p>The metrics by which it has most and least need against other places.</p>\n",
                out);
    if (place->n_standings < 2) {
        (void)fputs("<p>Too few of its metrics have a rank.</p>\n</section>\n", out);
        return;
    }
    (void)fputs("<div class=\"columns\">\n", out);
    side(out, place, SIDE_WEAKNESS, "weaknesses", "Weaknesses: most need");
    side(out, place, SIDE_STRENGTH, "strengths", "Strengths: least need");
    (void)fputs("</div>\n</section>\n", out);
}

/* --- neighbours ------------------------------------------------------------------------------- */

static void neighbour_row(FILE *out, const struct place *place, const struct neighbour *near) {
    const struct area *area = &place->view->pack->geography->areas[near->area];
    (void)fputs("<tr><th scope=\"row\">", out);
    html_place(out, place->request, area);
    (void)fputs("</th><td class=\"words\">", out);
    html_text(out, area->type);
    (void)fputs("</td><td class=\"words\">", out);
    html_text(out, area->region);
    (void)fputs("</td>", out);
    for (size_t i = 0; i < place->n_heads; i++) {
        const struct node_scores *scores = scores_of(place, place->heads[i]);
        (void)fputs("<td class=\"n\">", out);
        if (scores->rank[near->area])
            html_rank(out, scores->shown_rank[near->area]);
        else
            html_missing(out, scores->score.status[near->area]);
        (void)fputs("</td>", out);
    }
    (void)fprintf(out, "<td class=\"n\">%.2f</td><td class=\"n\">%zu</td></tr>\n", near->distance,
                  near->shared);
}

void place_write_neighbours(FILE *out, const struct place *place) {
    (void)fputs("<section id=\"neighbours\">\n<h2>Statistical neighbours</h2>\n", out);
    if (place->n_near == 0) {
        (void)fputs("<p>There are too few figures of its own to find any.</p>\n</section>\n", out);
        return;
    }
    (void)fputs("<p>The places that are most like it by the metrics of the index, wherever they "
                "are.</p>\n",
                out);
    table_begin(out, "neighbour-table", "wide sticky", "Ranks of its nearest neighbours");
    (void)fputs("<thead><tr><th scope=\"col\">Place</th><th scope=\"col\">Type</th>"
                "<th scope=\"col\">Region</th>",
                out);
    for (size_t i = 0; i < place->n_heads; i++) {
        (void)fputs("<th scope=\"col\" class=\"n\">", out);
        html_text(out, definition_of(place)->nodes[place->heads[i]].name);
        (void)fputs("</th>", out);
    }
    (void)fputs("<th scope=\"col\" class=\"n\">Distance</th>"
                "<th scope=\"col\" class=\"n\">Metrics shared</th></tr></thead>\n<tbody>\n",
                out);
    for (size_t i = 0; i < place->n_near; i++)
        neighbour_row(out, place, &place->near[i]);
    (void)fputs("</tbody>\n", out);
    table_end(out);
    (void)fprintf(out,
                  "<details><summary>How neighbours are found</summary>\n<p>By the distance "
                  "between places (Euclidean) over the scores of its metrics, each standardised to "
                  "a mean of 0 and a standard deviation of 1, all with the same weight, as in the "
                  "statistical neighbour model of the National Foundation for Educational Research "
                  "(Benton and others, 2007). Figures that are missing, imputed, or of a larger "
                  "area are not a place’s own and are left out, and the distance is scaled up for "
                  "them (Dixon, 1979): of this place %zu metrics are used. Places that share fewer "
                  "than half of these are no neighbours. Neighbours are near by what the index "
                  "measures, not by how they are governed or where they lie.</p></details>\n"
                  "</section>\n",
                  place->n_metrics);
}

/* --- peers ------------------------------------------------------------------------------------ */

enum { COLUMNS = 4 };

/* A group of places, whose middle is a column. */
struct column_of {
    const size_t *areas;
    size_t n;
};

struct comparing {
    const struct place *place;
    struct column_of columns[COLUMNS];
    size_t near[PLACE_NEIGHBOURS];
};

static bool middle_rank(const struct node_scores *scores, const struct column_of *column,
                        double *work, double *out) {
    size_t n = 0;
    for (size_t i = 0; i < column->n; i++) {
        if (scores->rank[column->areas[i]])
            work[n++] = scores->shown_rank[column->areas[i]];
    }
    if (n)
        *out = stats_median(work, n);
    return n > 0;
}

static void missing_middle(FILE *out) {
    (void)fputs("<span class=\"missing\">none</span>", out);
}

static void rank_row(FILE *out, const struct comparing *c, size_t node) {
    const struct place *place = c->place;
    const struct node_scores *scores = scores_of(place, node);
    double middle;
    (void)fputs("<tr><th scope=\"row\">", out);
    html_text(out, definition_of(place)->nodes[node].name);
    (void)fputs("</th><td>rank</td><td class=\"n\">", out);
    if (scores->rank[place->area])
        html_rank(out, scores->shown_rank[place->area]);
    else
        html_missing(out, scores->score.status[place->area]);
    (void)fputs("</td>", out);
    for (size_t i = 0; i < COLUMNS; i++) {
        (void)fputs("<td class=\"n\">", out);
        if (middle_rank(scores, &c->columns[i], place->work, &middle))
            html_rank(out, middle);
        else
            missing_middle(out);
        (void)fputs("</td>", out);
    }
    (void)fputs("</tr>\n", out);
}

static void figure_row(FILE *out, const struct comparing *c, size_t node) {
    const struct place *place = c->place;
    const struct column *raw = &scores_of(place, node)->raw;
    double middle;
    (void)fputs("<tr><th scope=\"row\">", out);
    html_text(out, definition_of(place)->nodes[node].name);
    (void)fputs("</th><td>", out);
    html_text(out, definition_of(place)->nodes[node].unit);
    (void)fputs("</td><td class=\"n\">", out);
    if (raw->status[place->area] == STATUS_VALUE)
        html_number(out, raw->value[place->area]);
    else
        html_missing(out, raw->status[place->area]);
    (void)fputs("</td>", out);
    for (size_t i = 0; i < COLUMNS; i++) {
        (void)fputs("<td class=\"n\">", out);
        if (profile_median(raw, c->columns[i].areas, c->columns[i].n, place->work, &middle))
            html_number(out, middle);
        else
            missing_middle(out);
        (void)fputs("</td>", out);
    }
    (void)fputs("</tr>\n", out);
}

static void comparison_head(FILE *out, const struct comparing *c) {
    const struct area *area = place_area(c->place);
    (void)fputs("<thead><tr><th scope=\"col\">Measure</th><th scope=\"col\">Unit</th>"
                "<th scope=\"col\" class=\"n\">",
                out);
    html_text(out, area->name);
    (void)fprintf(out,
                  "</th><th scope=\"col\" class=\"n\">Neighbours (%zu)</th>"
                  "<th scope=\"col\" class=\"n\">",
                  c->columns[0].n);
    html_text(out, area->type);
    (void)fprintf(out, " (%zu)</th><th scope=\"col\" class=\"n\">", c->columns[1].n);
    html_text(out, area->region);
    (void)fprintf(out,
                  " (%zu)</th><th scope=\"col\" class=\"n\">All places (%zu)</th></tr></thead>\n",
                  c->columns[2].n, c->columns[3].n);
}

void place_write_comparison(FILE *out, const struct place *place) {
    const struct definition *d = definition_of(place);
    struct comparing c = {.place = place};
    for (size_t i = 0; i < place->n_near; i++)
        c.near[i] = place->near[i].area;
    c.columns[0] = (struct column_of){c.near, place->n_near};
    c.columns[1] = (struct column_of){place->peers[PEERS_TYPE], place->n_peers[PEERS_TYPE]};
    c.columns[2] = (struct column_of){place->peers[PEERS_REGION], place->n_peers[PEERS_REGION]};
    c.columns[3] = (struct column_of){place->peers[PEERS_ALL], place->n_peers[PEERS_ALL]};
    (void)fputs("<section id=\"comparison\">\n<h2>Beside its peers</h2>\n"
                "<p>The middle (median) of its neighbours, of the places of its type, of its "
                "region, and of all. Rank 1 is most need.</p>\n",
                out);
    table_begin(out, "comparison-ranks", "", "Ranks beside its peers");
    comparison_head(out, &c);
    (void)fputs("<tbody>\n", out);
    for (size_t i = 0; i < place->n_heads; i++)
        rank_row(out, &c, place->heads[i]);
    (void)fputs("</tbody>\n", out);
    table_end(out);
    (void)fputs("<details><summary>Every metric beside its peers</summary>\n", out);
    table_begin(out, "comparison-figures", "", "Figures beside its peers");
    comparison_head(out, &c);
    (void)fputs("<tbody>\n", out);
    for (size_t k = 0; k < d->n_nodes; k++) {
        if (node_is_metric(&d->nodes[k]))
            figure_row(out, &c, k);
    }
    (void)fputs("</tbody>\n", out);
    table_end(out);
    (void)fputs("</details>\n</section>\n", out);
}
