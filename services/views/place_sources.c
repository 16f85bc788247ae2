/* A place's need against spend, where its figures come from, and how to take them along. */
#include "services/views/html.h"
#include "services/views/place.h"

#include <string.h>

/* --- spend ------------------------------------------------------------------------------------ */

static void spend_facts(FILE *out, const struct place *place, const struct spend_row *row) {
    const struct comparison *c = place->view->comparison;
    const struct spend_rules *rules = &place->view->pack->definition->spend;
    const char *unit = rules->measure == SPEND_TOTAL ? "million" : "a head";
    (void)fputs("<p class=\"lead\">", out);
    html_text(out, quadrant_words(row->quadrant));
    (void)fputs(".</p>\n<dl class=\"facts\">\n<dt>Spend a head</dt><dd>£", out);
    html_number(out, row->per_head);
    (void)fputs("</dd>\n<dt>Spend in total</dt><dd>£", out);
    html_number(out, row->total);
    (void)fputs(" million</dd>\n<dt>Need</dt><dd>", out);
    html_text(out, place->view->pack->definition->nodes[rules->node].name);
    (void)fputs(": score ", out);
    html_number(out, row->need);
    (void)fputs("; above ", out);
    html_number(out, c->need_threshold);
    (void)fputs(" is high need</dd>\n<dt>High spend</dt><dd>above £", out);
    html_number(out, c->spend_threshold);
    (void)fprintf(out, " %s</dd>\n</dl>\n", unit);
}

void place_write_spend(FILE *out, const struct place *place) {
    const struct comparison *c = place->view->comparison;
    (void)fputs("<section id=\"spend\">\n<h2>Need and spend</h2>\n", out);
    if (!c) {
        (void)fputs("<p>This edition is not compared with spend.</p>\n</section>\n", out);
        return;
    }
    const struct spend_row *row = &c->rows[place->area];
    if (row->compared) {
        spend_facts(out, place, row);
    } else {
        (void)fputs("<p>It is not compared: ", out);
        html_text(out, row->reason);
        (void)fputs(".</p>\n", out);
    }
    (void)fputs("<p class=\"small muted\">Spend is ", out);
    html_text(out, place->view->pack->definition->spend.name);
    (void)fputs(", ", out);
    html_text(out, c->period);
    (void)fputs(", published by region: each place is given its region’s spend a head, so that it "
                "says nothing of what was spent within the region.</p>\n<p><a href=\"",
                out);
    html_href(out, place->request, "/spend");
    (void)fputs("\">All places by need and spend</a></p>\n</section>\n", out);
}

/* --- sources ---------------------------------------------------------------------------------- */

static void release_row(FILE *out, const struct place *place, const ReleaseInfo *release) {
    const struct definition *d = place->view->pack->definition;
    size_t dataset = definition_dataset(d, release->dataset);
    (void)fputs("<tr><th scope=\"row\">", out);
    html_text(out, dataset != NO_DATASET ? d->datasets[dataset].title : release->dataset);
    (void)fputs("</th><td>", out);
    html_text(out, dataset != NO_DATASET ? d->datasets[dataset].publisher : "");
    (void)fputs("</td><td>", out);
    html_text(out, release->label);
    if (release->revision)
        (void)fputs(" <span class=\"tag\">revised</span>", out);
    (void)fputs("</td><td class=\"nowrap\">", out);
    html_date(out, release->time_ms);
    (void)fputs("</td><td>", out);
    html_text(out, release->file_name);
    (void)fprintf(out, "<br><span class=\"small muted\">SHA-256 %.12s…</span></td></tr>\n",
                  release->file_hash);
}

static void releases(FILE *out, const struct place *place) {
    struct fault unused = {0};
    const Releases *all = viewer_releases(place->viewer, place->view, &unused);
    if (!all)
        return;
    (void)fprintf(out,
                  "<details><summary>The %zu releases that this edition was scored from"
                  "</summary>\n",
                  all->n_releases);
    table_begin(out, "releases", "", "Releases of this edition");
    (void)fputs("<thead><tr><th scope=\"col\">Data set</th><th scope=\"col\">Publisher</th>"
                "<th scope=\"col\">Release</th><th scope=\"col\">Taken in</th>"
                "<th scope=\"col\">File</th></tr></thead>\n<tbody>\n",
                out);
    for (size_t i = 0; i < all->n_releases; i++)
        release_row(out, place, all->releases[i]);
    (void)fputs("</tbody>\n", out);
    table_end(out);
    (void)fputs("</details>\n", out);
}

void place_write_sources(FILE *out, const struct place *place) {
    static const char *const formats[][2] = {{"csv", "CSV"}, {"xlsx", "XLSX"}};
    const char *code = place_area(place)->code;
    (void)fputs("<section id=\"sources\">\n<h2>Sources and downloads</h2>\n"
                "<p>Each figure is its publisher’s. <a href=\"",
                out);
    html_href(out, place->request, "/metrics-table");
    (void)fputs("\">The table of metrics</a> says who measures what, and <a href=\"", out);
    html_href(out, place->request, "/method");
    (void)fputs("\">the method</a> how ranks are made of it, and what they cannot say.</p>\n", out);
    releases(out, place);
    (void)fputs("<h3>Take it along</h3>\n<ul class=\"downloads\">\n", out);
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        (void)fprintf(out, "<li><a href=\"/api/v1/editions/%llu/metrics.%s?area=",
                      (unsigned long long)place->view->number, formats[i][0]);
        html_url(out, code);
        (void)fprintf(out, "\">All its figures, %s</a></li>\n", formats[i][1]);
    }
    (void)fprintf(out, "<li><a href=\"/api/v1/editions/%llu/areas/",
                  (unsigned long long)place->view->number);
    html_url(out, code);
    (void)fputs("\">Everything about it, JSON</a></li>\n<li><a href=\"/api/v1/areas/", out);
    html_url(out, code);
    (void)fputs("/history.csv\">Its ranks over the editions, CSV</a></li>\n", out);
    (void)fputs("<li><a href=\"/places/", out);
    html_url(out, code);
    (void)fputs("/print", out);
    html_href(out, place->request, "");
    (void)fputs("\">One page to print</a></li>\n</ul>\n<h3>Be told when it moves</h3>\n<p>"
                "<a href=\"/feeds/places/",
                out);
    html_url(out, code);
    (void)fputs(".atom\">Atom feed of ", out);
    html_text(out, place_area(place)->name);
    (void)fputs("</a>; on a terminal <code>mindex watch --topic rank.place.", out);
    html_text(out, code);
    (void)fputs(".</code>; to a system of yours <code>mindex subscribe new NAME --url URL --area ",
                out);
    html_text(out, code);
    (void)fputs("</code>.</p>\n</section>\n", out);
}
