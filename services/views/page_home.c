/* The first page: the search, what the newest edition says, the missions, and ways on. */
#include "services/views/choice.h"
#include "services/views/html.h"
#include "services/views/pages.h"
#include "services/views/search_form.h"
#include "services/views/words.h"

#include <ctype.h>
#include <string.h>

enum { MOST_NEED = 10, MOVERS = 3 };

struct home {
    FILE *out;
    const struct view *view;
    const struct request *request;
};

/* The area of that rank at the node, the first of equals; SIZE_MAX: none. */
static size_t area_of_rank(const struct view *view, size_t node, size_t rank) {
    for (size_t i = 0; i < view->edition->n_areas; i++) {
        if (view->edition->nodes[node].rank[i] == rank)
            return i;
    }
    return SIZE_MAX;
}

static size_t areas_of_rank(const struct view *view, size_t node, size_t rank) {
    size_t n = 0;
    for (size_t i = 0; i < view->edition->n_areas; i++)
        n += view->edition->nodes[node].rank[i] == rank;
    return n;
}

static void link_to(const struct home *h, const char *path, const char *words) {
    (void)fputs("<a href=\"", h->out);
    html_href(h->out, h->request, path);
    (void)fprintf(h->out, "\">%s</a>", words);
}

/* --- the newest edition ----------------------------------------------------------------------- */

static int64_t rise(const struct change *change) {
    return (int64_t)change->old_rank - (int64_t)change->new_rank;
}

/* The largest rise (or fall) at the root below the one before; NULL: none is left. */
static const struct change *next_mover(const struct view *view, int64_t sign,
                                       const struct change *before) {
    const struct change *best = NULL;
    for (size_t i = 0; i < view->changes->count; i++) {
        const struct change *change = &view->changes->changes[i];
        if (change->node != 0 || !change->old_rank || !change->new_rank)
            continue;
        int64_t by = rise(change) * sign;
        bool after =
            !before || by < rise(before) * sign || (by == rise(before) * sign && change > before);
        if (by > 0 && after && (!best || by > rise(best) * sign))
            best = change;
    }
    return best;
}

static void movers(const struct home *h, int64_t sign, const char *heading) {
    char text[32];
    const struct change *change = next_mover(h->view, sign, NULL);
    if (!change)
        return;
    (void)fprintf(h->out, "<div><h3>%s</h3>\n<ul>\n", heading);
    for (int i = 0; change && i < MOVERS; i++) {
        (void)fputs("<li>", h->out);
        html_place(h->out, h->request, &h->view->pack->geography->areas[change->area]);
        (void)fprintf(h->out, ": %s, from %u to %u</li>\n", words_rise(rise(change), text),
                      change->old_rank, change->new_rank);
        change = next_mover(h->view, sign, change);
    }
    (void)fputs("</ul></div>\n", h->out);
}

static void newest(const struct home *h) {
    char text[WORDS_TEXT];
    FILE *out = h->out;
    (void)fprintf(out, "<section>\n<h2>Edition %llu: what changed</h2>\n<p class=\"lead\">",
                  (unsigned long long)h->view->number);
    html_text(out, words_occasion(h->view, text));
    (void)fputs(". ", out);
    html_text(out, words_moves(h->view, 0, text));
    (void)fputs(".</p>\n", out);
    if (h->view->changes && changes_at(h->view->changes, 0)) {
        (void)fputs("<div class=\"columns\">\n", out);
        movers(h, 1, "Furthest up the ranking");
        movers(h, -1, "Furthest down the ranking");
        (void)fputs("</div>\n", out);
    }
    if (h->view->changes) {
        (void)fputs("<p>", out);
        link_to(h, "/changes", "Everything that changed, and why");
        (void)fputs("</p>\n", out);
    }
    (void)fputs("</section>\n", out);
}

/* --- most need -------------------------------------------------------------------------------- */

static void most_need_row(const struct home *h, size_t area) {
    const struct view *view = h->view;
    const struct definition *d = view->pack->definition;
    (void)fputs("<tr><td class=\"n\">", h->out);
    html_rank(h->out, view->edition->nodes[0].shown_rank[area]);
    (void)fputs("</td><th scope=\"row\">", h->out);
    html_place(h->out, h->request, &view->pack->geography->areas[area]);
    (void)fputs("</th>", h->out);
    for (size_t k = 1; k < d->n_nodes; k = d->nodes[k].end) {
        (void)fputs("<td>", h->out);
        if (view->edition->nodes[k].rank[area])
            html_band(h->out, d, view->edition->nodes[k].band[area]);
        else
            html_missing(h->out, view->edition->nodes[k].score.status[area]);
        (void)fputs("</td>", h->out);
    }
    (void)fputs("</tr>\n", h->out);
}

static void most_need(const struct home *h) {
    const struct definition *d = h->view->pack->definition;
    FILE *out = h->out;
    char caption[WORDS_NAME + 60], parts[WORDS_NAME];
    (void)fputs("<section>\n<h2>Where need is greatest</h2>\n", out);
    (void)snprintf(caption, sizeof caption, "Places of most need, and their need by %s",
                   words_parts(d, false, parts));
    table_begin(out, "most-need", "wide sticky", caption);
    (void)fputs("<thead><tr><th scope=\"col\" class=\"n\">Rank</th><th scope=\"col\">Place</th>",
                out);
    for (size_t k = 1; k < d->n_nodes; k = d->nodes[k].end) {
        (void)fputs("<th scope=\"col\">", out);
        html_text(out, d->nodes[k].name);
        (void)fputs("</th>", out);
    }
    (void)fputs("</tr></thead>\n<tbody>\n", out);
    size_t rows = 0;
    for (size_t rank = 1; rank <= h->view->edition->n_areas && rows < MOST_NEED; rank++) {
        for (size_t a = 0; a < h->view->edition->n_areas && rows < MOST_NEED; a++) {
            if (h->view->edition->nodes[0].rank[a] == rank) {
                most_need_row(h, a);
                rows++;
            }
        }
    }
    (void)fputs("</tbody>\n", out);
    table_end(out);
    (void)fputs("<p>", out);
    link_to(h, "/league", "The whole league table");
    (void)fputs("</p>\n</section>\n", out);
}

/* --- missions --------------------------------------------------------------------------------- */

static void mission_link(const struct home *h, const char *path, const char *id,
                         const char *words) {
    (void)fprintf(h->out, "<a href=\"%s", path);
    html_with(h->out, h->request, "node", id);
    (void)fprintf(h->out, "\">%s</a>", words);
}

static size_t metrics_below(const struct definition *d, size_t node) {
    size_t n = 0;
    for (size_t k = node; k < d->nodes[node].end; k++)
        n += node_is_metric(&d->nodes[k]);
    return n;
}

static void mission(const struct home *h, size_t node) {
    const struct definition *d = h->view->pack->definition;
    size_t first = area_of_rank(h->view, node, 1);
    (void)fputs("<li class=\"card\"><h3>", h->out);
    html_text(h->out, d->nodes[node].name);
    (void)fputs("</h3>\n", h->out);
    if (d->nodes[node].description && *d->nodes[node].description) {
        (void)fputs("<p class=\"small\">", h->out);
        html_text(h->out, d->nodes[node].description);
        (void)fputs("</p>\n", h->out);
    }
    size_t metrics = metrics_below(d, node);
    (void)fputs("<p class=\"small\">", h->out);
    if (!node_is_metric(&d->nodes[node]))
        (void)fprintf(h->out, "%zu metric%s. ", metrics, metrics == 1 ? "" : "s");
    if (first != SIZE_MAX) {
        size_t equals = areas_of_rank(h->view, node, 1) - 1;
        (void)fputs("Most need in ", h->out);
        html_place(h->out, h->request, &h->view->pack->geography->areas[first]);
        if (equals)
            (void)fprintf(h->out, " and %zu alike", equals);
        (void)fputs(".", h->out);
    }
    (void)fputs("</p>\n<p class=\"small\">", h->out);
    mission_link(h, "/league", d->nodes[node].id, "League table");
    (void)fputs(" · ", h->out);
    mission_link(h, "/map", d->nodes[node].id, "Map");
    (void)fputs("</p></li>\n", h->out);
}

static void missions(const struct home *h) {
    const struct definition *d = h->view->pack->definition;
    char parts[WORDS_NAME];
    (void)words_parts(d, true, parts);
    parts[0] = (char)toupper((unsigned char)parts[0]);
    (void)fputs("<section>\n<h2>", h->out);
    html_text(h->out, parts);
    (void)fputs("</h2>\n<ul class=\"cards\">\n", h->out);
    for (size_t k = 1; k < d->n_nodes; k = d->nodes[k].end)
        mission(h, k);
    (void)fputs("</ul>\n</section>\n", h->out);
}

static void ways_on(const struct home *h) {
    const char *const ways[][3] = {
        {"/map", "Map",
         h->view->boundaries ? "Each place by its need, as equal hexagons or real boundaries."
                             : "Each place by its need, as equal hexagons."},
        {"/spend", "Need and spend", "Where need is high and public spend is low."},
        {"/metrics-table", "Metrics", "What is measured, by whom, and how new it is."},
        {"/method", "Method and limits", "How ranks are made, and what they cannot say."},
    };
    (void)fputs("<section>\n<h2>Look further</h2>\n<ul class=\"cards\">\n", h->out);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        if (strcmp(ways[i][0], "/spend") == 0 && !view_of_spend(h->view))
            continue;
        (void)fputs("<li class=\"card\"><h3>", h->out);
        link_to(h, ways[i][0], ways[i][1]);
        (void)fprintf(h->out, "</h3>\n<p class=\"small\">%s</p></li>\n", ways[i][2]);
    }
    (void)fputs("</ul>\n</section>\n", h->out);
}

void page_home(struct viewer *viewer, const struct request *request, struct answer *answer) {
    const struct view *view = choice_view(viewer, request, answer);
    FILE *out = view ? page_open(answer) : NULL;
    if (!out)
        return;
    const struct definition *d = view->pack->definition;
    const struct home h = {out, view, request};
    const struct page page = {.title = "Overview",
                              .description = "How much need each place has, why, and what changed.",
                              .nav = "/",
                              .view = view,
                              .request = request,
                              .feed = "/feeds/releases.atom"};
    size_t n_missions = 0;
    char text[WORDS_NAME];
    for (size_t k = 1; k < d->n_nodes; k = d->nodes[k].end)
        n_missions++;
    page_begin(out, &page);
    (void)fputs("<h1>", out);
    html_text(out, d->title);
    (void)fprintf(out, "</h1>\n<p class=\"lead\">The need of %s",
                  words_places(view->edition->n_areas, text));
    if (n_missions < metrics_below(d, 0)) {
        (void)fprintf(out, " in %zu ", n_missions);
        html_text(out, words_parts(d, n_missions != 1, text));
    }
    (void)fprintf(out, ", from %zu published metric%s. Rank 1 of %zu is most need.</p>\n",
                  metrics_below(d, 0), metrics_below(d, 0) == 1 ? "" : "s",
                  edition_ranked(view->edition, 0));
    search_form(out, request, "");
    newest(&h);
    most_need(&h);
    missions(&h);
    ways_on(&h);
    page_end(out, &page);
    page_close(answer, out);
}
