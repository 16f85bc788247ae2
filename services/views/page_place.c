/* A place's page: where it stands, what moved and why, its figures among all, its neighbours; and
 * the same on one page, to print. */
#include "core/search.h"
#include "services/views/choice.h"
#include "services/views/html.h"
#include "services/views/pages.h"
#include "services/views/place.h"
#include "services/views/redirect.h"

#include <stdlib.h>
#include <string.h>

/* --- finding the place ------------------------------------------------------------------------ */

/* The code is not an area's: of one that it belongs to, the page; of several, the list of them. */
static void lead_on(const struct view *view, const struct request *request, const char *end,
                    struct answer *answer) {
    struct fault fault = {0};
    const char *code = request->captured[0];
    struct search *search = search_new(view->pack->geography, &fault);
    struct search_hit *hits = calloc(view->pack->geography->n_areas + 1, sizeof *hits);
    size_t n = search && hits ? search_places(search, code, hits) : 0;
    size_t exact = search_exact(hits, n);
    if (exact == 1) {
        const char *to = view->pack->geography->areas[hits[0].area].code;
        const char *was = view->pack->geography->codes[hits[0].code].code;
        answer_to_place(answer, request, to, end, strcmp(to, was) != 0 ? was : NULL);
    } else if (exact > 1) {
        answer_to_search(answer, request, code);
    } else if (search && hits) {
        answer_problem(answer, request, 404,
                       "this edition has no place with the code or name \"%.100s\"%s%.100s%s", code,
                       n ? "; did you mean " : "", n ? hits[0].found : "", n ? "?" : "");
    }
    free(hits);
    search_destroy(&search);
}

/* --- the page --------------------------------------------------------------------------------- */

/* Who came by the code of a place that is no more, or of a later or larger one, is told. */
static void was_notice(FILE *out, const struct place *place) {
    const char *was = choice_given(place->request, "was");
    const struct geography *g = place->view->pack->geography;
    struct fault fault = {0};
    struct search *search = was ? search_new(g, &fault) : NULL;
    struct search_hit *hits = search ? calloc(g->n_areas + 1, sizeof *hits) : NULL;
    size_t n = hits ? search_places(search, was, hits) : 0;
    for (size_t i = 0; i < n; i++) {
        if (hits[i].area != place->area || hits[i].match > SEARCH_NAME)
            continue;
        const struct known_code *code = &g->codes[hits[i].code];
        (void)fputs("<p class=\"notice\">", out);
        html_text(out, code->name);
        (void)fputs(" (", out);
        html_text(out, code->code);
        (void)fputs(") is ", out);
        static const char *const words[] = {
            [SEARCH_ITSELF] = "another code of this place.",
            [SEARCH_FORMER] = "no more: it became this place or a part of it.",
            [SEARCH_LATER] =
                ("a later area, which this place became or became a part of. The index "
                 "has the places as they stood before."),
            [SEARCH_LARGER] = "a larger area that covers this place.",
        };
        (void)fprintf(out, "%s</p>\n", words[hits[i].relation]);
    }
    free(hits);
    search_destroy(&search);
}

static void on_this_page(FILE *out, const struct view *view) {
    static const char *const parts[][2] = {
        {"changed", "What moved"},    {"over-editions", "Over the editions"},
        {"sides", "Strengths"},       {"metrics", "All metrics"},
        {"neighbours", "Neighbours"}, {"comparison", "Comparison"},
        {"spend", "Need and spend"},  {"sources", "Sources and downloads"},
    };
    (void)fputs("<nav class=\"on-page\" aria-label=\"On this page\"><ul class=\"plain-links\">\n",
                out);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (strcmp(parts[i][0], "spend") != 0 || view_of_spend(view))
            (void)fprintf(out, "<li><a href=\"#%s\">%s</a></li>\n", parts[i][0], parts[i][1]);
    }
    (void)fputs("</ul></nav>\n", out);
}

static void heading(FILE *out, const struct place *place) {
    const struct area *area = place_area(place);
    (void)fputs("<p class=\"over\">", out);
    html_text(out, area->type);
    (void)fputs(", ", out);
    html_text(out, area->region);
    (void)fputs("</p>\n<h1>", out);
    html_text(out, area->name);
    (void)fputs("</h1>\n<p class=\"muted small\">", out);
    html_text(out, area->code);
    (void)fputs(" · ", out);
    html_number(out, area->population);
    (void)fputs(" people · <a href=\"/places/", out);
    html_url(out, area->code);
    (void)fputs("/print", out);
    html_href(out, place->request, "");
    (void)fputs("\">On one page, to print</a></p>\n", out);
}

static void show(FILE *out, const struct place *place) {
    char description[WORDS_TEXT], feed[400] = "";
    FILE *path = fmemopen(feed, sizeof feed - 1, "w");
    if (path) {
        (void)fputs("/feeds/places/", path);
        html_url(path, place_area(place)->code);
        (void)fputs(".atom", path);
        (void)fclose(path);
    }
    const struct page page = {.title = place_area(place)->name,
                              .description = place_headline(place, description),
                              .view = place->view,
                              .request = place->request,
                              .feed = *feed ? feed : NULL};
    page_begin(out, &page);
    was_notice(out, place);
    heading(out, place);
    place_write_summary(out, place);
    on_this_page(out, place->view);
    place_write_changes(out, place);
    place_write_trend(out, place);
    place_write_sides(out, place);
    place_write_metrics(out, place);
    place_write_missing(out, place);
    place_write_neighbours(out, place);
    place_write_comparison(out, place);
    if (view_of_spend(place->view))
        place_write_spend(out, place);
    place_write_sources(out, place);
    page_end(out, &page);
}

static void print(FILE *out, const struct place *place) {
    char address[500];
    (void)snprintf(address, sizeof address, "%.300s/places/%.100s?edition=%llu",
                   place->request->base, place_area(place)->code,
                   (unsigned long long)place->view->number);
    place_write_sheet(out, place, false, address);
}

static void answer_with(struct viewer *viewer, const struct request *request, struct answer *answer,
                        const char *end, void (*write)(FILE *out, const struct place *place)) {
    struct fault fault = {0};
    struct place place;
    const struct view *view = choice_view(viewer, request, answer);
    size_t area = view ? geography_area(view->pack->geography, request->captured[0]) : SIZE_MAX;
    if (view && area == SIZE_MAX)
        lead_on(view, request, end, answer);
    if (area == SIZE_MAX)
        return;
    if (!place_gather(viewer, view, request, area, &place, &fault)) {
        answer_fault(answer, request, &fault);
    } else {
        FILE *out = page_open(answer);
        if (out) {
            write(out, &place);
            page_close(answer, out);
        }
    }
    place_free(&place);
}

void page_place(struct viewer *viewer, const struct request *request, struct answer *answer) {
    answer_with(viewer, request, answer, "", show);
}

void page_place_print(struct viewer *viewer, const struct request *request, struct answer *answer) {
    answer_with(viewer, request, answer, "/print", print);
}
