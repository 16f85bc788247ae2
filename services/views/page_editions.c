/* Every edition: what made it, what moved, and the ways into it. */
#include "services/views/choice.h"
#include "services/views/html.h"
#include "services/views/pages.h"

#include <inttypes.h>
#include <string.h>

enum { A_PAGE = 100 };

static const char *dataset_title(const struct definition *definition, const char *id) {
    size_t dataset = definition_dataset(definition, id);
    return dataset == NO_DATASET ? id : definition->datasets[dataset].title;
}

static void cause(FILE *out, const struct view *view, const EditionInfo *info) {
    if (!info->dataset) {
        (void)fputs(info->number == 1 ? "The first scoring" : "A change of the definition", out);
        return;
    }
    (void)fputs(strcmp(info->cause, "withdrawal") == 0 ? "Withdrawal of release " : "Release ",
                out);
    html_text(out, info->label ? info->label : "");
    (void)fputs(" of ", out);
    html_text(out, dataset_title(view->pack->definition, info->dataset));
}

static const char *nature_words(const char *nature) {
    static const char *const words[][2] = {{"data", "new figures"},
                                           {"revision", "figures revised"},
                                           {"method", "another method"},
                                           {"withdrawal", "figures withdrawn"}};
    for (size_t i = 0; nature && i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i][0], nature) == 0)
            return words[i][1];
    }
    return nature ? nature : "not known";
}

static void ways(FILE *out, uint64_t number) {
    static const char *const links[][2] = {
        {"/league", "League table"}, {"/map", "Map"}, {"/changes", "What changed"}};
    for (size_t i = 0; i < sizeof links / sizeof *links; i++)
        (void)fprintf(out,
                      "%s<a href=\"%s?edition=%" PRIu64
                      "\">%s<span class=\"hidden\"> of edition %" PRIu64 "</span></a>",
                      i ? " · " : "", links[i][0], number, links[i][1], number);
}

static void retired(FILE *out, uint64_t time_ms) {
    (void)fputs("<span class=\"missing\">retired on ", out);
    html_date(out, time_ms);
    (void)fputs(", not kept</span>", out);
}

static void table(FILE *out, const struct view *view, const Editions *editions) {
    table_begin(out, "editions", "league", "Editions, newest first");
    (void)fputs("<thead><tr><th scope=\"col\">Edition</th><th scope=\"col\">Scored on</th>"
                "<th scope=\"col\">What made it</th><th scope=\"col\">Nature</th>"
                "<th scope=\"col\" class=\"n\">Places with a rank</th>"
                "<th scope=\"col\" class=\"n\">Places that moved</th>"
                "<th scope=\"col\">See</th></tr></thead>\n<tbody>\n",
                out);
    for (size_t i = 0; i < editions->n_editions; i++) {
        const EditionInfo *info = editions->editions[i];
        (void)fprintf(out, "<tr><th scope=\"row\">Edition %" PRIu64 "</th><td>", info->number);
        html_date(out, info->time_ms);
        (void)fputs("</td><td class=\"text\">", out);
        cause(out, view, info);
        (void)fputs("</td><td>", out);
        html_text(out, nature_words(info->nature));
        (void)fprintf(out, "</td><td class=\"n\">%u</td><td class=\"n\">", info->ranked);
        if (info->number > 1)
            (void)fprintf(out, "%u", info->places_moved);
        else
            (void)fputs("<span class=\"missing\">first edition</span>", out);
        (void)fputs("</td><td>", out);
        if (info->has_retired_ms)
            retired(out, info->retired_ms);
        else
            ways(out, info->number);
        (void)fputs("</td></tr>\n", out);
    }
    (void)fputs("</tbody>\n", out);
    table_end(out);
}

static void older(FILE *out, const Editions *editions) {
    uint64_t last = editions->n_editions ? editions->editions[editions->n_editions - 1]->number : 0;
    if (last > 1)
        (void)fprintf(out,
                      "<p><a rel=\"next\" href=\"/editions?before=%" PRIu64 "\">Older editions"
                      "</a></p>\n",
                      last);
}

void page_editions(struct viewer *viewer, const struct request *request, struct answer *answer) {
    struct fault fault = {0};
    uint64_t before;
    if (!request_number(request, "before", 0, 1, INT64_MAX, &before, answer))
        return;
    const struct view *view = choice_view(viewer, request, answer);
    if (!view)
        return;
    const Editions *editions = viewer_editions(viewer, before, A_PAGE, &fault);
    if (!editions) {
        answer_fault(answer, request, &fault);
        return;
    }
    answer->freshness = FRESH_UNTIL_EVENT; /* the list grows, whichever edition was asked for */
    FILE *out = page_open(answer);
    if (!out)
        return;
    const struct page page = {.title = "Editions",
                              .description = "Every edition of the index: what made it, and how "
                                             "many places moved.",
                              .view = view,
                              .request = request,
                              .feed = "/feeds/releases.atom"};
    page_begin(out, &page);
    (void)fputs(
        "<h1>Editions</h1>\n<p class=\"lead\">Each release of figures and each change of the "
        "definition makes a new edition. An edition never changes: its number in an address "
        "shows the same figures as long as this log is kept.</p>\n",
        out);
    table(out, view, editions);
    older(out, editions);
    page_end(out, &page);
    page_close(answer, out);
}
