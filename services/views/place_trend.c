/* A place's ranks over the editions. */
#include "services/views/chart_trend.h"
#include "services/views/html.h"
#include "services/views/place.h"

/* Its ranks at a head over the editions; 0: none. Nodes and areas are found by id and code, as
 * another edition may have another definition. */
static double past_rank(const struct place *place, const struct past_edition *past, size_t node) {
    const struct view *view = past->view;
    size_t k =
        definition_node(view->pack->definition, place->view->pack->definition->nodes[node].id);
    size_t area = geography_area(view->pack->geography, place_area(place)->code);
    bool kept = k != NO_NODE && area != SIZE_MAX && view->edition->nodes[k].rank;
    return kept && view->edition->nodes[k].rank[area] ? view->edition->nodes[k].shown_rank[area]
                                                      : 0;
}

static void trend_of(FILE *out, const struct place *place, size_t node) {
    double ranks[HISTORY_MAX];
    uint64_t numbers[HISTORY_MAX];
    size_t n = place->history->n;
    for (size_t i = 0; i < n; i++) {
        ranks[i] = past_rank(place, &place->history->past[i], node);
        numbers[i] = place->history->past[i].number;
    }
    (void)fputs("<div><h3>", out);
    html_text(out, place->view->pack->definition->nodes[node].name);
    (void)fputs("</h3>\n", out);
    chart_trend(out, ranks, numbers, n, edition_ranked(place->view->edition, node));
    (void)fputs("</div>\n", out);
}

static void trend_finding(const struct place *place, char text[WORDS_TEXT]) {
    const struct history *h = place->history;
    double first = past_rank(place, &h->past[0], 0), last = past_rank(place, &h->past[h->n - 1], 0);
    const char *name = place_area(place)->name;
    const char *way = last < first   ? "up the ranking"
                      : last > first ? "down the ranking"
                                     : "no change";
    if (h->n < 2 || !(first > 0) || !(last > 0))
        (void)snprintf(text, WORDS_TEXT,
                       "%.300s: there are not two editions with a rank overall to draw a line "
                       "between.",
                       name);
    else
        (void)snprintf(text, WORDS_TEXT,
                       "%.300s overall went from rank %.0f in edition %llu to rank %.0f in edition "
                       "%llu: %s.",
                       name, first, (unsigned long long)h->past[0].number, last,
                       (unsigned long long)h->past[h->n - 1].number, way);
}

static void trend_cause(FILE *out, const struct past_edition *past, const Editions *editions) {
    char text[WORDS_TEXT];
    for (size_t i = 0; editions && i < editions->n_editions; i++) {
        const EditionInfo *info = editions->editions[i];
        if (info->number != past->number)
            continue;
        const struct view view = {.number = info->number,
                                  .pack = past->view->pack,
                                  .cause = info->cause,
                                  .dataset = info->dataset,
                                  .label = info->label};
        html_text(out, words_occasion(&view, text));
    }
}

static void trend_row(FILE *out, const struct place *place, const struct past_edition *past,
                      const Editions *editions) {
    (void)fputs("<tr><th scope=\"row\"><a href=\"/places/", out);
    html_url(out, place_area(place)->code);
    (void)fprintf(out, "?edition=%llu\">%llu</a></th><td class=\"nowrap\">",
                  (unsigned long long)past->number, (unsigned long long)past->number);
    html_date(out, past->time_ms);
    (void)fputs("</td>", out);
    for (size_t i = 0; i < place->n_heads; i++) {
        double rank = past_rank(place, past, place->heads[i]);
        (void)fputs("<td class=\"n\">", out);
        if (rank > 0)
            html_rank(out, rank);
        else
            (void)fputs("<span class=\"missing\">no rank</span>", out);
        (void)fputs("</td>", out);
    }
    (void)fputs("<td class=\"text\">", out);
    trend_cause(out, past, editions);
    (void)fputs("</td></tr>\n", out);
}

static void trend_table(FILE *out, const struct place *place) {
    const struct history *h = place->history;
    struct fault unused = {0};
    const Editions *editions =
        viewer_editions(place->viewer, place->view->number + 1, HISTORY_MAX, &unused);
    figure_table(out, "The ranks as a table, with what made each edition");
    table_begin(out, "trend-table", "wide", "Ranks by edition, the newest first");
    (void)fputs("<thead><tr><th scope=\"col\">Edition</th><th scope=\"col\">Scored on</th>", out);
    for (size_t i = 0; i < place->n_heads; i++) {
        (void)fputs("<th scope=\"col\" class=\"n\">", out);
        html_text(out, place->view->pack->definition->nodes[place->heads[i]].name);
        (void)fputs("</th>", out);
    }
    (void)fputs("<th scope=\"col\">What made it</th></tr></thead>\n<tbody>\n", out);
    for (size_t i = h->n; i-- > 0;)
        trend_row(out, place, &h->past[i], editions);
    (void)fputs("</tbody>\n", out);
    table_end(out);
}

void place_write_trend(FILE *out, const struct place *place) {
    char text[WORDS_TEXT];
    if (place->history->n == 0)
        return;
    (void)fputs("<section>\n<h2 id=\"over-editions\">Over the editions</h2>\n", out);
    trend_finding(place, text);
    figure_begin(out, "trend", text);
    (void)fputs(
        "<p class=\"small muted\">Higher is nearer to rank 1. Each picture has its own scale, of "
        "20 ranks at least.</p>\n<div class=\"multiples\">\n",
        out);
    for (size_t i = 0; i < place->n_heads; i++)
        trend_of(out, place, place->heads[i]);
    (void)fputs("</div>\n", out);
    trend_table(out, place);
    figure_end(out);
    (void)fputs("</section>\n", out);
}
