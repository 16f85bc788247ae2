/* Share of spend against share of need: who is on target, below and above, and how far that hangs
 * on what a share of need is. */
#include "services/views/html.h"
#include "services/views/page_spend.h"

#include <string.h>

enum { ENDS = 10 };

static const struct area *area_at(const struct spent *s, size_t i) {
    return &s->view->pack->geography->areas[s->choice.share->order[i]];
}

static const struct share *share_at(const struct spent *s, size_t i) {
    return &s->choice.share->areas[s->choice.share->order[i]];
}

static void finding(const struct spent *s, char *text, size_t size) {
    const struct spend_share *share = s->choice.share;
    const struct share *last = share_at(s, 0), *first = share_at(s, share->n_order - 1);
    (void)snprintf(text, size,
                   "%u of %zu places get a share of spend within %g %% of their share of need; %u "
                   "get less and %u get more, from %.80s (%+.0f %%) to %.80s (%+.0f %%).",
                   share->places[SHARE_ON_TARGET], share->n_order, SHARE_BAND,
                   share->places[SHARE_BELOW], share->places[SHARE_ABOVE], area_at(s, 0)->name,
                   last->gap, area_at(s, share->n_order - 1)->name, first->gap);
}

/* --- tables ----------------------------------------------------------------------------------- */

static void figures(const struct spent *s, const struct share *share) {
    if (share->place == SHARE_NONE) {
        for (int i = 0; i < 3; i++)
            (void)fputs("<td class=\"n missing\">none compared</td>", s->out);
        return;
    }
    (void)fprintf(s->out,
                  "<td class=\"n\">%.2f&nbsp;%%</td><td class=\"n\">%.2f&nbsp;%%</td>"
                  "<td class=\"n\">%+.1f&nbsp;%%</td>",
                  100 * share->need, 100 * share->spend, share->gap);
}

/* From place `from` of the order to just before `to`, or back from it to just after. */
static void place_rows(const struct spent *s, size_t from, size_t to) {
    for (size_t i = from; i != to; i = from < to ? i + 1 : i - 1) {
        (void)fputs("<tr><th scope=\"row\">", s->out);
        html_place(s->out, s->request, area_at(s, i));
        (void)fputs("</th><td>", s->out);
        html_text(s->out, area_at(s, i)->region);
        (void)fputs("</td>", s->out);
        figures(s, share_at(s, i));
        (void)fprintf(s->out, "<td>%s</td></tr>\n", share_place_words(share_at(s, i)->place));
    }
}

static void place_table(const struct spent *s, const char *id, const char *caption, size_t from,
                        size_t to) {
    table_begin(s->out, id, "wide sticky", caption);
    (void)fputs("<thead><tr><th scope=\"col\">Place</th><th scope=\"col\">Region</th>"
                "<th scope=\"col\" class=\"n\">Share of need</th>"
                "<th scope=\"col\" class=\"n\">Share of spend</th>"
                "<th scope=\"col\" class=\"n\">Gap</th>"
                "<th scope=\"col\">Target</th></tr></thead>\n<tbody>\n",
                s->out);
    place_rows(s, from, to);
    (void)fputs("</tbody>\n", s->out);
    table_end(s->out);
}

static void group_table(const struct spent *s, const char *id, const char *caption,
                        const char *heading, const struct share_group *groups, size_t n) {
    table_begin(s->out, id, "wide sticky", caption);
    (void)fprintf(s->out,
                  "<thead><tr><th scope=\"col\">%s</th>"
                  "<th scope=\"col\" class=\"n\">Below</th><th scope=\"col\" class=\"n\">On "
                  "target</th><th scope=\"col\" class=\"n\">Above</th>"
                  "<th scope=\"col\" class=\"n\">Share of need</th>"
                  "<th scope=\"col\" class=\"n\">Share of spend</th>"
                  "<th scope=\"col\" class=\"n\">Gap of all</th></tr></thead>\n<tbody>\n",
                  heading);
    for (size_t i = 0; i < n; i++) {
        (void)fputs("<tr><th scope=\"row\">", s->out);
        html_text(s->out, groups[i].name);
        (void)fprintf(s->out,
                      "</th><td class=\"n\">%u</td><td class=\"n\">%u</td><td class=\"n\">%u</td>",
                      groups[i].areas[SHARE_BELOW], groups[i].areas[SHARE_ON_TARGET],
                      groups[i].areas[SHARE_ABOVE]);
        figures(s, &groups[i].share);
        (void)fputs("</tr>\n", s->out);
    }
    (void)fputs("</tbody>\n", s->out);
    table_end(s->out);
}

/* The same with other ratios: what a reader should know before a share of need is quoted. */
static bool ratio_table(const struct spent *s) {
    static const double ratios[] = {1, 1.5, 2, 3, 5};
    table_begin(s->out, "ratios", "", "Places by how much a head counts at most need");
    (void)fputs("<thead><tr><th scope=\"col\">A head at most need counts</th>"
                "<th scope=\"col\" class=\"n\">Below</th><th scope=\"col\" class=\"n\">On "
                "target</th><th scope=\"col\" class=\"n\">Above</th></tr></thead>\n<tbody>\n",
                s->out);
    for (size_t i = 0; i < sizeof ratios / sizeof *ratios; i++) {
        struct fault fault = {0};
        struct spend_share *share =
            spend_share(s->view->pack, s->choice.comparison, ratios[i], &fault);
        if (!share)
            return false;
        (void)fprintf(s->out,
                      "<tr%s><th scope=\"row\">%g times</th><td class=\"n\">%u</td>"
                      "<td class=\"n\">%u</td><td class=\"n\">%u</td></tr>\n",
                      ratios[i] == s->choice.ratio ? " class=\"own\"" : "", ratios[i],
                      share->places[SHARE_BELOW], share->places[SHARE_ON_TARGET],
                      share->places[SHARE_ABOVE]);
        spend_share_destroy(&share);
    }
    (void)fputs("</tbody>\n", s->out);
    table_end(s->out);
    return true;
}

/* --- all of it -------------------------------------------------------------------------------- */

static bool how(const struct spent *s) {
    const struct spend_share *share = s->choice.share;
    bool total = s->choice.rules.measure == SPEND_TOTAL;
    (void)fprintf(
        s->out,
        "<section>\n<h2>How a share of need is made</h2>\n"
        "<p>A score says who needs more, and not how much more money. So a share of need wants "
        "one assumption: here a head in the place of the most need (score %.1f) counts %g times a "
        "head in the place of the least (score %.1f), and between them in a straight line. %s</p>\n"
        "<p>The gap is how much more a place gets than if all of the money went by need. Within "
        "%g&nbsp;%% it is on target, as the <a "
        "href=\"https://ifs.org.uk/news/large-mismatches-between-funding-different-areas-"
        "receive-public-services-and-their-spending\" rel=\"external\">Institute for Fiscal "
        "Studies</a> has it (2023), which found 39 of 150 council areas on target for local "
        "government funding by assessments of need that are made for money.</p>\n",
        share->most, share->ratio, share->least,
        total
            ? "A place’s need is that times its people, its spend the total."
            : "Per head each place counts once, whatever its people; in total the order of places "
              "is the same, and only the mean that they are held against is another.",
        SHARE_BAND);
    bool reckoned = ratio_table(s);
    (void)fputs("</section>\n", s->out);
    return reckoned;
}

bool spend_shares(const struct spent *s) {
    const struct spend_share *share = s->choice.share;
    char text[600], caption[100];
    if (!share) {
        (void)fputs("<p class=\"notice warn\">", s->out);
        html_text(s->out, s->choice.unshared.text);
        (void)fputs("</p>\n", s->out);
        return true;
    }
    finding(s, text, sizeof text);
    (void)fputs("<div class=\"maps\">\n", s->out);
    figure_begin(s->out, "share", text);
    share_chart(s->out, s->view, &s->choice, s->region, s->request);
    figure_table(s->out, "The same as a table, from the furthest below");
    place_table(s, "all", "All places compared, from the furthest below their share", 0,
                share->n_order);
    figure_end(s->out);
    (void)fputs("</div>\n<section>\n<h2>By region and type of place</h2>\n", s->out);
    group_table(s, "regions", "Places by region, and the region’s places together", "Region",
                share->regions, share->n_regions);
    group_table(s, "types", "Places by type, and the type’s places together", "Type of place",
                share->types, share->n_types);
    (void)fputs("</section>\n<section>\n<h2>Furthest from their share</h2>\n", s->out);
    size_t ends = share->n_order < 2 * (size_t)ENDS ? share->n_order / 2 : ENDS;
    (void)snprintf(caption, sizeof caption, "The %zu places furthest below", ends);
    place_table(s, "below", caption, 0, ends);
    (void)snprintf(caption, sizeof caption, "The %zu places furthest above", ends);
    place_table(s, "above", caption, share->n_order - 1, share->n_order - 1 - ends);
    (void)fputs("</section>\n", s->out);
    return how(s);
}
