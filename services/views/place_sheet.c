/* A place on one page of A4: for paper, and for `mindex report`. web/print.css lays it out. */
#include "core/status.h"
#include "core/utf8.h"
#include "services/views/assets.h"
#include "services/views/chart_distribution.h"
#include "services/views/html.h"
#include "services/views/place.h"

#include <math.h>
#include <string.h>

/* What fits: the sheet is one page, however much there is to say. */
enum { SHEET_REASONS = 3, SHEET_REASON_TEXT = 420, SHEET_NEIGHBOURS = 6 };

static const struct definition *definition_of(const struct place *place) {
    return place->view->pack->definition;
}

static const struct node_scores *scores_of(const struct place *place, size_t node) {
    return &place->view->edition->nodes[node];
}

/* Cut at a word, so that a long sentence is seen to be cut. */
static void cut_text(FILE *out, const char *text, size_t most) {
    char short_text[SHEET_REASON_TEXT + 1];
    size_t length = strlen(text);
    if (length <= most) {
        html_text(out, text);
        return;
    }
    memcpy(short_text, text, most);
    length = most;
    while (length > 0 && short_text[length - 1] != ' ')
        length--;
    short_text[length > 0 ? length - 1 : most] = '\0';
    utf8_make_plain(short_text); /* one long word may be cut within a letter */
    html_text(out, short_text);
    (void)fputs(" …", out);
}

static void top(FILE *out, const struct place *place) {
    const struct area *area = place_area(place);
    char text[WORDS_TEXT];
    double low, high;
    (void)fputs("<header>\n<p class=\"site\">", out);
    html_text(out, definition_of(place)->title);
    (void)fprintf(out, " · edition %llu", (unsigned long long)place->view->number);
    if (place->view->time_ms) {
        (void)fputs(", ", out);
        html_date(out, place->view->time_ms);
    }
    (void)fputs("</p>\n<h1>", out);
    html_text(out, area->name);
    (void)fputs("</h1>\n<p class=\"over\">", out);
    html_text(out, area->type);
    (void)fputs(", ", out);
    html_text(out, area->region);
    (void)fputs(" · ", out);
    html_text(out, area->code);
    (void)fputs(" · ", out);
    html_number(out, area->population);
    (void)fputs(" people</p>\n</header>\n<p class=\"headline\">", out);
    html_text(out, place_headline(place, text));
    if (scores_of(place, 0)->rank[place->area] && place_interval(place, 0, &low, &high)) {
        (void)fputs(". By other choices of method: ", out);
        html_rank(out, round(low));
        (void)fputs(" to ", out);
        html_rank(out, round(high));
    }
    (void)fputs(". Rank 1 is most need.</p>\n", out);
}

static void head_row(FILE *out, const struct place *place, size_t head) {
    size_t k = place->heads[head], ranked = edition_ranked(place->view->edition, k);
    const struct node_scores *scores = scores_of(place, k);
    double low, high, before = view_rank_before(place->view, k, place->area);
    (void)fputs("<tr><th scope=\"row\">", out);
    html_text(out, definition_of(place)->nodes[k].name);
    (void)fputs("</th>", out);
    if (!scores->rank[place->area]) {
        (void)fputs("<td colspan=\"5\">no rank: ", out);
        html_text(out, status_words((enum status)scores->score.status[place->area]));
        (void)fputs("</td></tr>\n", out);
        return;
    }
    (void)fputs("<td class=\"n\">", out);
    html_rank(out, scores->shown_rank[place->area]);
    (void)fprintf(out, " of %zu</td><td>", ranked);
    html_band(out, definition_of(place), scores->band[place->area]);
    (void)fputs("</td><td class=\"n\">", out);
    if (before > 0)
        html_rank(out, before);
    else
        (void)fputs("–", out);
    (void)fputs("</td><td class=\"n\">", out);
    bool interval = place_interval(place, head, &low, &high);
    if (interval) {
        html_rank(out, round(low));
        (void)fputs(" to ", out);
        html_rank(out, round(high));
    }
    (void)fputs("</td><td>", out);
    if (interval)
        chart_interval(out, low, high, scores->shown_rank[place->area], ranked);
    (void)fputs("</td></tr>\n", out);
}

static void heads(FILE *out, const struct place *place) {
    (void)fputs("<table class=\"heads\"><thead><tr><th scope=\"col\">", out);
    html_text(out, place->view->pack->definition->levels[1].name);
    (void)fputs("</th><th scope=\"col\" class=\"n\">Rank</th><th scope=\"col\">Need</th>"
                "<th scope=\"col\" class=\"n\">Before</th><th scope=\"col\" class=\"n\">Interval"
                "</th><th scope=\"col\">Most to least need</th></tr></thead>\n<tbody>\n",
                out);
    for (size_t i = 0; i < place->n_heads; i++)
        head_row(out, place, i);
    (void)fputs("</tbody></table>\n", out);
}

static void reasons(FILE *out, const struct place *place) {
    char text[WORDS_TEXT];
    size_t n = 0;
    (void)fputs("<section>\n<h2>What moved</h2>\n<p>", out);
    cut_text(out, words_occasion(place->view, text), 200);
    (void)fputs(".</p>\n", out);
    for (size_t i = 0; i < place->n_heads && n < SHEET_REASONS; i++) {
        const char *why = place_why(place, place->heads[i]);
        if (!why)
            continue;
        (void)fputs("<p>", out);
        cut_text(out, why, SHEET_REASON_TEXT);
        (void)fputs("</p>\n", out);
        n++;
    }
    if (n == 0) {
        (void)fputs("<p>", out);
        html_text(out, place_still(place, text));
        (void)fputs("</p>\n", out);
    }
    (void)fputs("</section>\n", out);
}

static void side(FILE *out, const struct place *place, enum side wanted, const char *heading) {
    bool any = false;
    (void)fprintf(out, "<section>\n<h2>%s</h2>\n<table><tbody>\n", heading);
    for (size_t i = 0; i < place->n_standings; i++) {
        size_t at = wanted == SIDE_WEAKNESS ? i : place->n_standings - 1 - i;
        if (profile_side(place->standings, place->n_standings, at, PLACE_SIDES) != wanted)
            continue;
        any = true;
        size_t k = place->standings[at].node;
        (void)fputs("<tr><th scope=\"row\">", out);
        cut_text(out, definition_of(place)->nodes[k].name, 70);
        (void)fputs("</th><td class=\"n\">rank ", out);
        html_rank(out, scores_of(place, k)->shown_rank[place->area]);
        (void)fputs("</td></tr>\n", out);
    }
    if (!any)
        (void)fputs("<tr><th scope=\"row\">No metric</th><td></td></tr>\n", out);
    (void)fputs("</tbody></table>\n</section>\n", out);
}

static void neighbours(FILE *out, const struct place *place) {
    (void)fputs("<section>\n<h2>Nearest neighbours, with their rank</h2>\n<table><tbody>\n", out);
    for (size_t i = 0; i < place->n_near && i < SHEET_NEIGHBOURS; i++) {
        size_t a = place->near[i].area;
        (void)fputs("<tr><th scope=\"row\">", out);
        cut_text(out, place->view->pack->geography->areas[a].name, 50);
        (void)fputs("</th><td class=\"n\">", out);
        if (scores_of(place, 0)->rank[a])
            html_rank(out, scores_of(place, 0)->shown_rank[a]);
        else
            (void)fputs("no rank", out);
        (void)fputs("</td></tr>\n", out);
    }
    (void)fputs("</tbody></table>\n</section>\n", out);
}

static void spend(FILE *out, const struct place *place) {
    const struct comparison *c = place->view->comparison;
    const struct spend_row *row = c ? &c->rows[place->area] : NULL;
    (void)fputs("<h2>Need and spend</h2>\n<p>", out);
    if (row && row->compared) {
        html_text(out, quadrant_words(row->quadrant));
        (void)fputs(": £", out);
        html_number(out, row->per_head);
        (void)fputs(" a head of ", out);
        cut_text(out, definition_of(place)->spend.name, 80);
        (void)fputs(", by its region.", out);
    } else {
        (void)fputs("Not compared", out);
        (void)fputs(row ? ": " : "", out);
        cut_text(out, row ? row->reason : "", 120);
        (void)fputs(".", out);
    }
    (void)fputs("</p>\n", out);
}

static void figures(FILE *out, const struct place *place) {
    size_t missing = 0, imputed = 0, cascaded = 0;
    (void)fputs("<h2>How good its figures are</h2>\n<p>", out);
    for (size_t k = 0; k < definition_of(place)->n_nodes; k++) {
        const struct node_scores *scores = scores_of(place, k);
        if (!node_is_metric(&definition_of(place)->nodes[k]))
            continue;
        missing += scores->raw.status[place->area] != STATUS_VALUE;
        imputed += scores->imputed[place->area] != 0;
        cascaded += scores->raw.status[place->area] == STATUS_VALUE &&
                    scores->raw.rule[place->area] == RULE_CASCADED;
    }
    (void)fprintf(out,
                  "Metrics without a figure: %zu; imputed: %zu; of a larger area (cascaded): %zu."
                  "</p>\n",
                  missing, imputed, cascaded);
}

static void document_head(FILE *out, const struct place *place, bool alone) {
    const struct asset *style = asset_find("print.css");
    (void)fputs("<!doctype html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\">\n"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
                out);
    html_text(out, place_area(place)->name);
    (void)fputs(" – ", out);
    html_text(out, definition_of(place)->title);
    (void)fputs("</title>\n", out);
    if (!alone)
        (void)fprintf(out,
                      "<link rel=\"stylesheet\" href=\"%s\">\n"
                      "<link rel=\"icon\" href=\"%s\" type=\"image/svg+xml\">\n",
                      asset_path("print.css"), asset_path("icon.svg"));
    else if (style)
        (void)fprintf(out, "<style>\n%.*s</style>\n", (int)style->length, style->bytes);
    (void)fputs("</head>\n<body>\n", out);
    if (alone)
        return;
    (void)fputs("<nav class=\"screen\" aria-label=\"Back\"><p><a href=\"", out);
    html_place_href(out, place->request, place_area(place)->code);
    (void)fputs("\">Back to the page of ", out);
    html_text(out, place_area(place)->name);
    (void)fputs("</a>. This view fits on one page of A4.</p></nav>\n", out);
}

void place_write_sheet(FILE *out, const struct place *place, bool alone, const char *address) {
    char text[WORDS_TEXT];
    document_head(out, place, alone);
    (void)fputs("<main class=\"sheet\">\n", out);
    top(out, place);
    heads(out, place);
    reasons(out, place);
    (void)fputs("<div class=\"halves\">\n", out);
    side(out, place, SIDE_WEAKNESS, "Most need");
    side(out, place, SIDE_STRENGTH, "Least need");
    neighbours(out, place);
    (void)fputs("<section>\n", out);
    if (view_of_spend(place->view))
        spend(out, place);
    figures(out, place);
    (void)fputs("</section>\n</div>\n<footer>\n<p>", out);
    html_text(out, place_rights(place, text));
    (void)fputc(' ', out);
    html_text(out, address);
    (void)fputs("</p>\n</footer>\n</main>\n</body>\n</html>\n", out);
}
