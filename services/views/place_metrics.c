/* A place's figures, each among those of all places; and those that it lacks. */
#include "core/status.h"
#include "services/views/chart_distribution.h"
#include "services/views/html.h"
#include "services/views/place.h"

#include <string.h>

static const struct definition *definition_of(const struct place *place) {
    return place->view->pack->definition;
}

static const struct node_scores *scores_of(const struct place *place, size_t node) {
    return &place->view->edition->nodes[node];
}

static void marks(FILE *out, const struct place *place, size_t node) {
    char text[PLACE_MARKS][PLACE_MARK_TEXT];
    size_t n = place_marks(place->view, node, place->area, text);
    for (size_t i = 0; i < n; i++) {
        (void)fputs(" <span class=\"tag\">", out);
        html_text(out, text[i]);
        (void)fputs("</span>", out);
    }
}

static void figure(FILE *out, const struct place *place, size_t node) {
    const struct column *raw = &scores_of(place, node)->raw;
    if (raw->status[place->area] == STATUS_VALUE)
        html_number(out, raw->value[place->area]);
    else
        html_missing(out, raw->status[place->area]);
}

static void rank(FILE *out, const struct place *place, size_t node) {
    const struct node_scores *scores = scores_of(place, node);
    if (!scores->rank[place->area]) {
        (void)fputs("<span class=\"missing\">no rank</span>", out);
        return;
    }
    html_rank(out, scores->shown_rank[place->area]);
    (void)fprintf(out, " <span class=\"muted\">of %zu</span>",
                  edition_ranked(place->view->edition, node));
}

static void strip(FILE *out, const struct place *place, size_t node) {
    const struct node *metric = &definition_of(place)->nodes[node];
    (void)fputs("<li><div class=\"what\"><strong>", out);
    html_text(out, metric->name);
    (void)fputs("</strong><br><span class=\"small muted\">", out);
    html_text(out, metric->unit);
    if (scores_of(place, node)->period) {
        (void)fputs(", ", out);
        html_period(out, scores_of(place, node)->period);
    }
    (void)fprintf(out, "; %s is more need</span>",
                  metric->direction == HIGHER_IS_NEED ? "higher" : "lower");
    marks(out, place, node);
    (void)fputs("</div>\n", out);
    chart_distribution(out, &scores_of(place, node)->raw, place->area, metric->direction,
                       place->work);
    (void)fputs("<div class=\"figures\"><span class=\"value\">", out);
    figure(out, place, node);
    (void)fputs("</span><br><span class=\"small\">", out);
    if (scores_of(place, node)->rank[place->area])
        (void)fputs("rank ", out);
    rank(out, place, node);
    (void)fputs("</span></div></li>\n", out);
}

static void row(FILE *out, const struct place *place, size_t node) {
    const struct node *metric = &definition_of(place)->nodes[node];
    const struct node_scores *scores = scores_of(place, node);
    double middle;
    (void)fputs("<tr><th scope=\"row\">", out);
    html_text(out, metric->name);
    (void)fputs("</th><td class=\"n\">", out);
    figure(out, place, node);
    (void)fputs("</td><td class=\"n\">", out);
    if (profile_median(&scores->raw, place->peers[PEERS_ALL], place->n_peers[PEERS_ALL],
                       place->work, &middle))
        html_number(out, middle);
    else
        (void)fputs("<span class=\"missing\">no figures</span>", out);
    (void)fputs("</td><td>", out);
    html_text(out, metric->unit);
    (void)fputs("</td><td>", out);
    html_period(out, scores->period ? scores->period : "no release");
    (void)fputs("</td><td class=\"n\">", out);
    rank(out, place, node);
    (void)fputs("</td><td>", out);
    if (scores->band[place->area])
        html_band(out, definition_of(place), scores->band[place->area]);
    else
        html_missing(out, scores->score.status[place->area]);
    (void)fputs("</td><td>", out);
    marks(out, place, node);
    (void)fputs("</td></tr>\n", out);
}

static const char *count_word(size_t n, char out[24]) {
    (void)snprintf(out, 24, n ? "%zu" : "none", n);
    return out;
}

/* "Health: Burnley has very high need by 3 of 8 metrics, very low need by 1; 1 has no figure" */
static void finding(const struct place *place, size_t head, char text[WORDS_TEXT]) {
    const struct definition *d = definition_of(place);
    char high[24], low[24];
    size_t n = 0, most = 0, least = 0, none = 0;
    for (size_t k = head; k < d->nodes[head].end; k++) {
        if (!node_is_metric(&d->nodes[k]))
            continue;
        unsigned band = scores_of(place, k)->band[place->area];
        n++;
        most += band == 1;
        least += band == d->bands;
        none += scores_of(place, k)->raw.status[place->area] != STATUS_VALUE;
    }
    int length = snprintf(
        text, WORDS_TEXT, "%.300s: %.300s has %s need by %s of %zu metric%s, and %s need by %s",
        d->nodes[head].name, place_area(place)->name, band_name(d, 1), count_word(most, high), n,
        n == 1 ? "" : "s", band_name(d, d->bands), count_word(least, low));
    if (length > 0 && length < WORDS_TEXT && none)
        (void)snprintf(text + length, (size_t)(WORDS_TEXT - length), "; %zu %s no figure", none,
                       none == 1 ? "has" : "have");
}

static void mission(FILE *out, const struct place *place, size_t head) {
    const struct definition *d = definition_of(place);
    char text[WORDS_TEXT], id[200];
    (void)fputs("<h3>", out);
    html_text(out, d->nodes[head].name);
    (void)fputs("</h3>\n", out);
    finding(place, head, text);
    (void)snprintf(id, sizeof id, "metrics-%.150s", d->nodes[head].id);
    figure_begin(out, id, text);
    (void)fputs("<ul class=\"strips\">\n", out);
    for (size_t k = head; k < d->nodes[head].end; k++) {
        if (node_is_metric(&d->nodes[k]))
            strip(out, place, k);
    }
    (void)fputs("</ul>\n", out);
    figure_table(out, "The figures as a table");
    (void)snprintf(id, sizeof id, "figures-%.150s", d->nodes[head].id);
    (void)snprintf(text, sizeof text, "%.300s: figures of %.300s", d->nodes[head].name,
                   place_area(place)->name);
    table_begin(out, id, "wide", text);
    (void)fputs("<thead><tr><th scope=\"col\">Metric</th><th scope=\"col\" class=\"n\">Figure</th>"
                "<th scope=\"col\" class=\"n\">Middle of all</th><th scope=\"col\">Unit</th>"
                "<th scope=\"col\">Period</th><th scope=\"col\" class=\"n\">Rank</th>"
                "<th scope=\"col\">Need</th><th scope=\"col\">Marks</th></tr></thead>\n<tbody>\n",
                out);
    for (size_t k = head; k < d->nodes[head].end; k++) {
        if (node_is_metric(&d->nodes[k]))
            row(out, place, k);
    }
    (void)fputs("</tbody>\n", out);
    table_end(out);
    figure_end(out);
}

void place_write_metrics(FILE *out, const struct place *place) {
    (void)fputs("<section id=\"metrics\">\n<h2>Its figures among all places</h2>\n"
                "<p>Each fine line is a place, and more need is to the right. "
                "<svg class=\"key\" viewBox=\"0 0 14 22\" width=\"14\" height=\"22\" "
                "aria-hidden=\"true\"><path class=\"mark\" d=\"M1 0h12l-6 10z\"/>"
                "<path class=\"stroke mark\" stroke-width=\"3\" d=\"M7 8V21\"/></svg> marks ",
                out);
    html_text(out, place_area(place)->name);
    (void)fputs(", the dashed line the middle of all. Figures are rounded here; the downloads have "
                "all their digits.</p>\n",
                out);
    for (size_t i = 1; i < place->n_heads; i++)
        mission(out, place, place->heads[i]);
    (void)fputs("</section>\n", out);
}

/* --- what is missing -------------------------------------------------------------------------- */

static bool lacks(const struct place *place, size_t node) {
    const struct node_scores *scores = scores_of(place, node);
    return node_is_metric(&definition_of(place)->nodes[node]) &&
           (scores->raw.status[place->area] != STATUS_VALUE || scores->imputed[place->area]);
}

void place_write_missing(FILE *out, const struct place *place) {
    size_t n_nodes = definition_of(place)->n_nodes, n = 0;
    for (size_t k = 0; k < n_nodes; k++)
        n += lacks(place, k);
    (void)fputs("<section id=\"missing\">\n<h3>What is missing</h3>\n", out);
    if (n == 0) {
        (void)fputs("<p>Nothing: every metric has a published figure.</p>\n</section>\n", out);
        return;
    }
    (void)fprintf(
        out,
        "<p>%zu of its metrics %s no published figure. What is missing is not taken for "
        "0: it is left out of the score of what it is a part of, or filled in where the definition "
        "says so.</p>\n<ul>\n",
        n, n == 1 ? "has" : "have");
    for (size_t k = 0; k < n_nodes; k++) {
        if (!lacks(place, k))
            continue;
        const struct node_scores *scores = scores_of(place, k);
        (void)fputs("<li>", out);
        html_text(out, definition_of(place)->nodes[k].name);
        (void)fputs(": ", out);
        html_text(out, scores->imputed[place->area]
                           ? "filled in, as the definition says"
                           : status_words((enum status)scores->raw.status[place->area]));
        (void)fputs("</li>\n", out);
    }
    (void)fputs("</ul>\n</section>\n", out);
}
