/* Where a place stands, overall and by mission, and what moved in this edition. */
#include "core/status.h"
#include "services/views/chart_distribution.h"
#include "services/views/html.h"
#include "services/views/place.h"

#include <math.h>

/* --- where it stands -------------------------------------------------------------------------- */

static void head_row(FILE *out, const struct place *place, size_t head) {
    size_t k = place->heads[head], area = place->area;
    const struct definition *d = place->view->pack->definition;
    const struct node_scores *scores = &place->view->edition->nodes[k];
    double low = 0, high = 0, before = view_rank_before(place->view, k, area);
    size_t ranked = edition_ranked(place->view->edition, k);
    bool interval = scores->rank[area] && place_interval(place, head, &low, &high);
    (void)fprintf(out, "<tr%s><th scope=\"row\">", head == 0 ? " class=\"own\"" : "");
    html_text(out, d->nodes[k].name);
    (void)fputs("</th><td class=\"n\">", out);
    if (scores->rank[area]) {
        html_rank(out, scores->shown_rank[area]);
        (void)fprintf(out, " <span class=\"muted\">of %zu</span></td><td>", ranked);
        html_band(out, d, scores->band[area]);
    } else {
        html_missing(out, scores->score.status[area]);
        (void)fputs("</td><td>", out);
        html_band(out, d, 0);
    }
    (void)fputs("</td><td class=\"n\">", out);
    if (interval) {
        html_rank(out, round(low));
        (void)fputs(" to ", out);
        html_rank(out, round(high));
    } else {
        (void)fputs("<span class=\"missing\">not known</span>", out);
    }
    (void)fputs("</td><td>", out);
    if (interval)
        chart_interval(out, low, high, scores->shown_rank[area], ranked);
    (void)fputs("</td><td class=\"n\">", out);
    if (!place->view->changes)
        (void)fputs("<span class=\"missing\">first edition</span>", out);
    else if (before > 0)
        html_rank(out, before);
    else
        (void)fputs("<span class=\"missing\">no rank</span>", out);
    (void)fputs("</td></tr>\n", out);
}

static void interval_note(FILE *out, const struct place *place) {
    const struct uncertainty *u = &place->view->pack->definition->uncertainty;
    if (!place->spreads[0])
        return;
    (void)fprintf(out,
                  "<p class=\"small muted\">The interval holds the ranks that the place has in "
                  "%.0f per cent of %u alternative indices, made with other reasonable choices of "
                  "method. A move within it says little.</p>\n",
                  u->interval * 100, u->replicates);
}

void place_write_summary(FILE *out, const struct place *place) {
    const struct node_scores *root = &place->view->edition->nodes[0];
    const struct definition *d = place->view->pack->definition;
    char caption[WORDS_NAME + 20], parts[WORDS_NAME];
    double low, high;
    (void)fputs("<section id=\"summary\">\n<div class=\"headline\">\n<p class=\"figure-big\">",
                out);
    if (root->rank[place->area]) {
        (void)fputs("Rank ", out);
        html_rank(out, root->shown_rank[place->area]);
        (void)fprintf(out, " <span class=\"of\">of %zu</span></p>\n<p>",
                      edition_ranked(place->view->edition, 0));
        html_band(out, place->view->pack->definition, root->band[place->area]);
        (void)fputs(" need overall; rank 1 is most need.", out);
        if (place_interval(place, 0, &low, &high)) {
            (void)fputs(" By other reasonable choices of method: rank ", out);
            html_rank(out, round(low));
            (void)fputs(" to ", out);
            html_rank(out, round(high));
            (void)fputs(".", out);
        }
        (void)fputs("</p>\n</div>\n", out);
    } else {
        (void)fputs("No rank</p>\n<p>", out);
        html_missing(out, root->score.status[place->area]);
        (void)fputs("</p>\n</div>\n", out);
    }
    (void)snprintf(caption, sizeof caption, "Rank by %s", words_parts(d, false, parts));
    table_begin(out, "heads", "heads", caption);
    (void)fputs("<thead><tr><th scope=\"col\">", out);
    html_text(out, d->levels[1].name);
    (void)fputs("</th><th scope=\"col\" class=\"n\">Rank</th>"
                "<th scope=\"col\">Need</th><th scope=\"col\" class=\"n\">Interval</th>"
                "<th scope=\"col\">Most to least need</th>"
                "<th scope=\"col\" class=\"n\">Rank before</th></tr></thead>\n<tbody>\n",
                out);
    for (size_t i = 0; i < place->n_heads; i++)
        head_row(out, place, i);
    (void)fputs("</tbody>\n", out);
    table_end(out);
    interval_note(out, place);
    (void)fputs("</section>\n", out);
}

/* --- what moved ------------------------------------------------------------------------------- */

static void change_item(FILE *out, const struct place *place, size_t node) {
    char text[32];
    const struct change *change = place_change(place, node);
    const char *why = place_why(place, node);
    if (!change)
        return;
    (void)fputs("<li><strong>", out);
    html_text(out, place->view->pack->definition->nodes[node].name);
    (void)fputs("</strong>: ", out);
    if (why)
        html_text(out, why);
    else if (change->old_rank && change->new_rank)
        (void)fprintf(out, "from rank %u to %u (%s).", change->old_rank, change->new_rank,
                      words_rise((int64_t)change->old_rank - change->new_rank, text));
    else
        (void)fputs(change->new_rank ? "it has a rank now, and had none before."
                                     : "it has no rank any more.",
                    out);
    (void)fputs("</li>\n", out);
}

static size_t below_heads(const struct place *place) {
    const struct changes *changes = place->view->changes;
    const struct definition *d = place->view->pack->definition;
    size_t n = 0;
    for (size_t i = 0; i < changes->count; i++)
        n +=
            changes->changes[i].area == place->area && d->nodes[changes->changes[i].node].level > 1;
    return n;
}

void place_write_changes(FILE *out, const struct place *place) {
    char text[WORDS_TEXT];
    size_t moved = 0;
    (void)fprintf(out, "<section id=\"changed\">\n<h2>What moved in edition %llu</h2>\n<p>",
                  (unsigned long long)place->view->number);
    html_text(out, words_occasion(place->view, text));
    (void)fputs(".</p>\n", out);
    for (size_t i = 0; place->view->changes && i < place->n_heads; i++)
        moved += place_change(place, place->heads[i]) != NULL;
    if (moved) {
        (void)fputs("<ul class=\"reasons\">\n", out);
    } else {
        (void)fputs("<p>", out);
        html_text(out, place_still(place, text));
        (void)fputs("</p>\n", out);
    }
    for (size_t i = 0; moved && i < place->n_heads; i++)
        change_item(out, place, place->heads[i]);
    if (moved)
        (void)fputs("</ul>\n", out);
    if (place->view->changes && below_heads(place)) {
        (void)fprintf(out, "<details><summary>%zu more below the ", below_heads(place));
        html_text(out, words_parts(place->view->pack->definition, true, text));
        (void)fputs("</summary>\n<ul class=\"reasons\">\n", out);
        for (size_t k = 0; k < place->view->pack->definition->n_nodes; k++) {
            if (place->view->pack->definition->nodes[k].level > 1)
                change_item(out, place, k);
        }
        (void)fputs("</ul></details>\n", out);
    }
    (void)fputs("</section>\n", out);
}
