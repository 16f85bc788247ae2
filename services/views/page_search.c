/* Finding a place: what was typed leads to the place where it is one's name or code, and to a list
 * of places otherwise. */
#include "core/search.h"
#include "services/views/choice.h"
#include "services/views/html.h"
#include "services/views/pages.h"
#include "services/views/redirect.h"
#include "services/views/search_form.h"
#include "services/views/words.h"

#include <stdlib.h>
#include <string.h>

enum { LISTED_MAX = 50 };

struct found {
    const struct view *view;
    const struct request *request;
    const char *typed;
    const struct search_hit *hits;
    size_t n;
    const char *outside;
};

void search_form(FILE *out, const struct request *request, const char *typed) {
    (void)fputs("<search><form class=\"search-form\" action=\"/search\" method=\"get\">"
                "<label class=\"hidden\" for=\"q\">Name, former name or code of a place</label>"
                "<input id=\"q\" name=\"q\" type=\"search\" autocomplete=\"off\" data-suggest "
                "placeholder=\"Name, former name or code\" value=\"",
                out);
    html_text(out, typed);
    (void)fputs("\">", out);
    form_keep(out, request, "edition");
    (void)fputs("<button type=\"submit\">Search</button></form></search>\n", out);
}

/* --- one place -------------------------------------------------------------------------------- */

/* A former place's page is that of the place which it belongs to, with a word about it. */
static void lead_on(const struct found *f, struct answer *answer) {
    const struct search_hit *hit = &f->hits[0];
    const struct geography *g = f->view->pack->geography;
    answer_to_place(answer, f->request, g->areas[hit->area].code, "",
                    hit->relation == SEARCH_ITSELF ? NULL : g->codes[hit->code].code);
}

/* --- a list ----------------------------------------------------------------------------------- */

static void hit_row(FILE *out, const struct found *f, const struct search_hit *hit) {
    const struct area *area = &f->view->pack->geography->areas[hit->area];
    const struct node_scores *root = &f->view->edition->nodes[0];
    (void)fputs("<tr><th scope=\"row\">", out);
    html_place(out, f->request, area);
    if (hit->relation != SEARCH_ITSELF || strcmp(hit->found, area->name) != 0) {
        (void)fputs("<br><span class=\"small muted\">", out);
        html_text(out, hit->found);
        if (hit->relation != SEARCH_ITSELF) {
            (void)fputs(": ", out);
            html_text(out, search_relation_words(hit->relation));
        }
        (void)fputs("</span>", out);
    }
    (void)fputs("</th><td>", out);
    html_text(out, area->code);
    (void)fputs("</td><td>", out);
    html_text(out, area->type);
    (void)fputs("</td><td>", out);
    html_text(out, area->region);
    (void)fputs("</td><td class=\"n\">", out);
    if (root->rank[hit->area])
        html_rank(out, root->shown_rank[hit->area]);
    else
        html_missing(out, root->score.status[hit->area]);
    (void)fputs("</td></tr>\n", out);
}

static void list(FILE *out, const struct found *f) {
    char caption[64];
    size_t shown = f->n < LISTED_MAX ? f->n : LISTED_MAX;
    if (shown < f->n)
        (void)snprintf(caption, sizeof caption, "The first %zu of %zu places", shown, f->n);
    else
        (void)words_places(f->n, caption);
    table_begin(out, "found", "", caption);
    (void)fprintf(out,
                  "<thead><tr><th scope=\"col\">Place</th><th scope=\"col\">Code</th>"
                  "<th scope=\"col\">Type</th><th scope=\"col\">Region</th>"
                  "<th scope=\"col\" class=\"n\">Rank of %zu</th></tr></thead>\n<tbody>\n",
                  edition_ranked(f->view->edition, 0));
    for (size_t i = 0; i < shown; i++)
        hit_row(out, f, &f->hits[i]);
    (void)fputs("</tbody>\n", out);
    table_end(out);
}

static void nothing(FILE *out, const struct found *f) {
    if (f->outside) {
        (void)fputs("<p class=\"lead\">", out);
        html_text(out, f->outside);
        (void)fprintf(out, " is known, but is not one of the %zu places of this index.</p>\n",
                      f->view->edition->n_areas);
        return;
    }
    (void)fputs("<p class=\"lead\">No place is called “", out);
    html_text(out, f->typed);
    (void)fputs("”, and none has that code.</p>\n"
                "<p>Check the spelling, or try a part of the name: “tyne” finds Newcastle upon "
                "Tyne. Former names and codes are known, too.</p>\n",
                out);
}

static void say(FILE *out, const struct found *f) {
    if (!*f->typed) {
        (void)fputs("<p>Former names and codes are known, too: a place that is no more leads to "
                    "the one that it is a part of. Or choose from <a href=\"",
                    out);
        html_href(out, f->request, "/league");
        (void)fputs("\">all places in the league table</a>.</p>\n", out);
        return;
    }
    if (f->n == 0) {
        nothing(out, f);
        return;
    }
    (void)fputs(f->hits[0].match == SEARCH_NEAR ? "<p class=\"lead\">No place is called “"
                                                : "<p class=\"lead\">Places for “",
                out);
    html_text(out, f->typed);
    (void)fputs(f->hits[0].match == SEARCH_NEAR ? "”. Did you mean one of these?</p>\n" : "”</p>\n",
                out);
    list(out, f);
}

static void show(const struct found *f, struct answer *answer) {
    FILE *out = page_open(answer);
    if (!out)
        return;
    const struct page page = {.title = "Find a place",
                              .description = "Search a place by name, former name or code.",
                              .nav = "/search",
                              .view = f->view,
                              .request = f->request};
    page_begin(out, &page);
    (void)fputs("<h1>Find a place</h1>\n", out);
    search_form(out, f->request, f->typed);
    say(out, f);
    page_end(out, &page);
    page_close(answer, out);
}

void page_search(struct viewer *viewer, const struct request *request, struct answer *answer) {
    const struct view *view = choice_view(viewer, request, answer);
    if (!view)
        return;
    struct fault fault = {0};
    const char *typed = choice_given(request, "q");
    struct search *search = search_new(view->pack->geography, &fault);
    struct search_hit *hits = calloc(view->pack->geography->n_areas + 1, sizeof *hits);
    if (search && hits) {
        struct found f = {
            .view = view, .request = request, .typed = typed ? typed : "", .hits = hits};
        f.n = search_places(search, f.typed, hits);
        f.outside = search_outside(search, f.typed);
        if (search_exact(hits, f.n) == 1)
            lead_on(&f, answer);
        else
            show(&f, answer);
    }
    free(hits);
    search_destroy(&search);
}
