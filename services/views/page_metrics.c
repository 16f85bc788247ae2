/* The metric table: what each metric measures, where its figures come from, what it weighs. */
#include "services/views/api_parts.h"
#include "services/views/choice.h"
#include "services/views/html.h"
#include "services/views/metric_facts.h"
#include "services/views/pages.h"
#include "services/views/sheet.h"

#include <string.h>

/* The edition, and the releases that it was scored from. False: the answer is the problem. */
static bool read_edition(struct viewer *viewer, const struct request *request,
                         const struct view **view, const Releases **releases,
                         struct answer *answer) {
    struct fault fault = {0};
    *view = choice_view(viewer, request, answer);
    if (!*view)
        return false;
    *releases = viewer_releases(viewer, *view, &fault);
    if (!*releases)
        answer_fault(answer, request, &fault);
    return *releases != NULL;
}

/* --- one metric ------------------------------------------------------------------------------- */

static void name_cell(FILE *out, const struct request *request, const struct view *view,
                      const struct metric_facts *facts) {
    const struct node *node = &view->pack->definition->nodes[facts->node];
    (void)fputs("<th scope=\"row\"><a href=\"/league", out);
    html_with(out, request, "node", node->id);
    (void)fputs("\">", out);
    html_text(out, node->name);
    (void)fputs("</a>", out);
    if (node->proxy)
        (void)fputs(" <span class=\"tag\">proxy</span>", out);
    if (node->description && *node->description) {
        (void)fputs("<br><span class=\"small\">", out);
        html_text(out, node->description);
        (void)fputs("</span>", out);
    }
    (void)fputs("</th>", out);
}

static void measure_cells(FILE *out, const struct node *node, const struct metric_facts *facts) {
    (void)fputs("<td class=\"text\">", out);
    if (node->unit && *node->unit) {
        html_text(out, node->unit);
        (void)fputs("; ", out);
    }
    (void)fprintf(out,
                  "%s is more need</td><td class=\"n\">%.1f %%<br>"
                  "<span class=\"small muted\">%.1f %%</span></td>",
                  node->direction == HIGHER_IS_NEED ? "higher" : "lower", 100 * facts->of_all,
                  100 * facts->of_mission);
}

/* "districts (codes of 2023); 290 direct, 17 cascaded". */
static void reach_cell(FILE *out, const struct metric_facts *facts) {
    (void)fputs("<td class=\"text\">", out);
    html_text(out, level_words(facts->dataset->level));
    if (*facts->dataset->vintage) {
        (void)fputs(", codes of ", out);
        html_text(out, facts->dataset->vintage);
    }
    const char *before = ": ";
    for (int rule = RULE_DIRECT; rule < RULE_COUNT; rule++) {
        if (!facts->by_rule[rule])
            continue;
        (void)fprintf(out, "%s%zu %s", before, facts->by_rule[rule], rule_name((enum rule)rule));
        before = ", ";
    }
    (void)fputs("</td>", out);
}

static void period_cell(FILE *out, const struct metric_facts *facts) {
    (void)fputs("<td class=\"text\">", out);
    html_period(out, facts->period ? facts->period : "no release yet");
    if (facts->release) {
        (void)fputs("<br><span class=\"small muted\">release ", out);
        html_text(out, facts->release->label);
        (void)fputs("</span>", out);
    }
    (void)fputs("</td>", out);
}

static void missing_cell(FILE *out, const struct metric_facts *facts) {
    (void)fprintf(out, "<td class=\"n\">%zu", facts->missing);
    if (facts->imputed)
        (void)fprintf(out, "<br><span class=\"tag\">%zu imputed</span>", facts->imputed);
    (void)fputs("</td>", out);
}

static bool is_web(const char *url) {
    return strncmp(url, "https://", 8) == 0 || strncmp(url, "http://", 7) == 0;
}

static void source_cell(FILE *out, const struct dataset *dataset) {
    (void)fputs("<td class=\"text long\">", out);
    if (*dataset->publisher) {
        html_text(out, dataset->publisher);
        (void)fputs(": ", out);
    }
    bool link = is_web(dataset->url);
    if (link) {
        (void)fputs("<a rel=\"external\" href=\"", out);
        html_text(out, dataset->url);
        (void)fputs("\">", out);
    }
    html_text(out, dataset->title);
    (void)fputs(link ? "</a>. " : ". ", out);
    html_text(out, dataset->licence);
    if (*dataset->note) {
        (void)fputs("<br><span class=\"small\">", out);
        html_text(out, dataset->note);
        (void)fputs("</span>", out);
    }
    (void)fputs("</td>", out);
}

static void metric_row(FILE *out, const struct request *request, const struct view *view,
                       const struct metric_facts *facts) {
    const struct node *node = &view->pack->definition->nodes[facts->node];
    (void)fputs("<tr>", out);
    name_cell(out, request, view, facts);
    measure_cells(out, node, facts);
    reach_cell(out, facts);
    period_cell(out, facts);
    missing_cell(out, facts);
    source_cell(out, facts->dataset);
    (void)fputs("<td><a href=\"/league.csv", out);
    html_with(out, request, "node", node->id);
    (void)fputs("\">CSV<span class=\"hidden\"> of ", out);
    html_text(out, node->name);
    (void)fputs("</span></a></td></tr>\n", out);
}

/* --- the page --------------------------------------------------------------------------------- */

static void mission_table(FILE *out, const struct request *request, const struct view *view,
                          const Releases *releases, size_t mission) {
    const struct definition *definition = view->pack->definition;
    const struct node *nodes = definition->nodes;
    char id[120];
    (void)fputs("<section><h2 id=\"", out);
    html_text(out, nodes[mission].id);
    (void)fputs("\">", out);
    html_text(out, nodes[mission].name);
    (void)fputs("</h2>\n", out);
    if (nodes[mission].description && *nodes[mission].description) {
        (void)fputs("<p>", out);
        html_text(out, nodes[mission].description);
        (void)fputs("</p>\n", out);
    }
    (void)snprintf(id, sizeof id, "metrics-%zu", mission);
    table_begin(out, id, "league", nodes[mission].name);
    (void)fputs(
        "<thead><tr><th scope=\"col\">Metric</th>"
        "<th scope=\"col\">Unit and direction</th>"
        "<th scope=\"col\" class=\"n\">Weight in all; in this part</th>"
        "<th scope=\"col\">Published for, and how it reached the places</th>"
        "<th scope=\"col\">Period in use</th><th scope=\"col\" class=\"n\">Places without</th>"
        "<th scope=\"col\">Source and licence</th><th scope=\"col\">Figures</th>"
        "</tr></thead>\n<tbody>\n",
        out);
    for (size_t k = mission; k < nodes[mission].end; k++) {
        struct metric_facts facts;
        if (!node_is_metric(&nodes[k]))
            continue;
        metric_facts(view, k, releases, &facts);
        metric_row(out, request, view, &facts);
    }
    (void)fputs("</tbody>\n", out);
    table_end(out);
    (void)fputs("</section>\n", out);
}

static void counts(const struct view *view, size_t *metrics, size_t *proxies, size_t *larger) {
    const struct definition *definition = view->pack->definition;
    *metrics = *proxies = *larger = 0;
    for (size_t k = 0; k < definition->n_nodes; k++) {
        struct metric_facts facts;
        if (!node_is_metric(&definition->nodes[k]))
            continue;
        metric_facts(view, k, NULL, &facts);
        ++*metrics;
        *proxies += definition->nodes[k].proxy;
        *larger += facts.by_rule[RULE_CASCADED] + facts.by_rule[RULE_SHARED] > facts.published / 2;
    }
}

static void opening(FILE *out, const struct request *request, const struct view *view) {
    const struct node *nodes = view->pack->definition->nodes;
    size_t metrics, proxies, larger;
    counts(view, &metrics, &proxies, &larger);
    (void)fprintf(
        out,
        "<p class=\"lead\">%zu metrics make up the index. For %zu of them most places have "
        "the figure of a larger area that they lie in, and %zu %s a proxy.</p>\n",
        metrics, larger, proxies, proxies == 1 ? "is" : "are");
    (void)fputs("<dl class=\"facts small\"><dt>Proxy</dt><dd>stands in for something that is not "
                "published</dd><dt>Cascaded</dt><dd>the figure of a larger area, which all "
                "places in it share: they differ from each other by other metrics "
                "alone</dd><dt>Places without</dt><dd>places of which no figure is published; that "
                "is not a figure of 0</dd></dl>\n<ul class=\"plain-links\">\n",
                out);
    for (size_t k = 1; k < view->pack->definition->n_nodes; k++) {
        if (nodes[k].level != 1)
            continue;
        (void)fputs("<li><a href=\"#", out);
        html_url(out, nodes[k].id);
        (void)fputs("\">", out);
        html_text(out, nodes[k].name);
        (void)fputs("</a></li>\n", out);
    }
    (void)fputs("</ul>\n<ul class=\"downloads\">\n", out);
    static const char *const files[][2] = {{"/metrics-table.csv", "CSV of all metrics"},
                                           {"/metrics-table.xlsx", "XLSX"},
                                           {"/metrics-table.json", "JSON"}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        (void)fputs("<li><a href=\"", out);
        html_href(out, request, files[i][0]);
        (void)fprintf(out, "\">%s</a></li>\n", files[i][1]);
    }
    (void)fputs("</ul>\n", out);
}

void page_metrics(struct viewer *viewer, const struct request *request, struct answer *answer) {
    const struct view *view;
    const Releases *releases;
    FILE *out = read_edition(viewer, request, &view, &releases, answer) ? page_open(answer) : NULL;
    if (!out)
        return;
    const struct page page = {.title = "Metrics and their sources",
                              .description = "What each metric measures, who publishes it, and "
                                             "what it weighs.",
                              .nav = "/metrics-table",
                              .view = view,
                              .request = request,
                              .wide = true};
    page_begin(out, &page);
    (void)fputs("<h1>Metrics and their sources</h1>\n", out);
    opening(out, request, view);
    for (size_t k = 1; k < view->pack->definition->n_nodes; k++) {
        if (view->pack->definition->nodes[k].level == 1)
            mission_table(out, request, view, releases, k);
    }
    page_end(out, &page);
    page_close(answer, out);
}

/* --- the download ----------------------------------------------------------------------------- */

static const struct sheet_column columns[] = {
    {"metric", "Metric", "its id", NULL, SHEET_TEXT, SHEET_KEY},
    {"name", "Name", "what it measures", NULL, SHEET_TEXT, SHEET_PLAIN},
    {"mission", "Mission", "id of the part of the index that it is in", NULL, SHEET_TEXT,
     SHEET_PLAIN},
    {"mission_name", "Mission, in words", "its name", NULL, SHEET_TEXT, SHEET_PLAIN},
    {"unit", "Unit", "the publisher's", NULL, SHEET_TEXT, SHEET_PLAIN},
    {"direction", "Direction", "higher-is-need or lower-is-need", NULL, SHEET_TEXT, SHEET_PLAIN},
    {"proxy", "Proxy", "whether it stands in for something that is not published", NULL,
     SHEET_TRUTH, SHEET_PLAIN},
    {"weight_in_mission", "Weight in its mission", "share from 0 to 1", NULL, SHEET_NUMBER,
     SHEET_PLAIN},
    {"weight", "Weight in all", "share from 0 to 1", NULL, SHEET_NUMBER, SHEET_PLAIN},
    {"dataset", "Data set", "its id", NULL, SHEET_TEXT, SHEET_PLAIN},
    {"level", "Level", "of the codes that it is published for", NULL, SHEET_TEXT, SHEET_PLAIN},
    {"code_vintage", "Code vintage", "the year of those codes", NULL, SHEET_TEXT, SHEET_PLAIN},
    {"direct", "Direct", "places with a figure of their own", NULL, SHEET_COUNT, SHEET_PLAIN},
    {"cascaded", "Cascaded", "places with the figure of a larger area", NULL, SHEET_COUNT,
     SHEET_PLAIN},
    {"otherwise", "Otherwise", "places whose figure came by another rule", NULL, SHEET_COUNT,
     SHEET_PLAIN},
    {"imputed", "Imputed", "places whose figure was filled in", NULL, SHEET_COUNT, SHEET_PLAIN},
    {"missing", "Missing", "places without a figure", NULL, SHEET_COUNT, SHEET_PLAIN},
    {"period", "Period", "that was scored", NULL, SHEET_TEXT, SHEET_PLAIN},
    {"release", "Release", "label of the release that it was scored from", NULL, SHEET_TEXT,
     SHEET_PLAIN},
    {"received", "Received", "when that release was handed in", NULL, SHEET_INSTANT, SHEET_PLAIN},
    {"publisher", "Publisher", "who publishes it", NULL, SHEET_TEXT, SHEET_PLAIN},
    {"source", "Source", "title of the publication", NULL, SHEET_TEXT, SHEET_PLAIN},
    {"licence", "Licence", "under which it is published", NULL, SHEET_TEXT, SHEET_PLAIN},
    {"url", "Address", "where it is published", NULL, SHEET_TEXT, SHEET_PLAIN},
    {"note", "Note", "what to know of it", NULL, SHEET_TEXT, SHEET_PLAIN},
};

static const char *or_missing(const char *text) {
    return text && *text ? text : NULL;
}

static void sheet_row(struct sheet *sheet, const struct view *view,
                      const struct metric_facts *facts) {
    const struct definition *definition = view->pack->definition;
    const struct node *node = &definition->nodes[facts->node];
    const struct dataset *dataset = facts->dataset;
    size_t direct = facts->by_rule[RULE_DIRECT], cascaded = facts->by_rule[RULE_CASCADED];
    sheet_text(sheet, node->id);
    sheet_text(sheet, node->name);
    sheet_text(sheet, definition->nodes[facts->mission].id);
    sheet_text(sheet, definition->nodes[facts->mission].name);
    sheet_text(sheet, or_missing(node->unit));
    sheet_text(sheet, node->direction == HIGHER_IS_NEED ? "higher-is-need" : "lower-is-need");
    sheet_truth(sheet, node->proxy);
    sheet_number(sheet, facts->of_mission);
    sheet_number(sheet, facts->of_all);
    sheet_text(sheet, dataset->id);
    sheet_text(sheet, dataset->level);
    sheet_text(sheet, or_missing(dataset->vintage));
    sheet_count(sheet, direct);
    sheet_count(sheet, cascaded);
    sheet_count(sheet, facts->published - direct - cascaded);
    sheet_count(sheet, facts->imputed);
    sheet_count(sheet, facts->missing);
    sheet_text(sheet, or_missing(facts->period));
    sheet_text(sheet, facts->release ? facts->release->label : NULL);
    if (facts->release)
        sheet_instant(sheet, facts->release->time_ms);
    else
        sheet_missing(sheet);
    sheet_text(sheet, or_missing(dataset->publisher));
    sheet_text(sheet, or_missing(dataset->title));
    sheet_text(sheet, or_missing(dataset->licence));
    sheet_text(sheet, or_missing(dataset->url));
    sheet_text(sheet, or_missing(dataset->note));
}

void page_metrics_file(struct viewer *viewer, const struct request *request,
                       struct answer *answer) {
    const struct view *view;
    const Releases *releases;
    struct api_source source;
    char name[100], title[300];
    if (!read_edition(viewer, request, &view, &releases, answer))
        return;
    (void)snprintf(name, sizeof name, "metrics-edition-%llu", (unsigned long long)view->number);
    (void)snprintf(title, sizeof title, "Metrics and their sources — %.200s",
                   view->pack->definition->title);
    api_sources(view->pack->definition, &source);
    struct sheet *sheet =
        sheet_new(name, title, source.source, columns, sizeof columns / sizeof *columns);
    const struct sheet_about about = {
        .edition = view->number, .time_ms = view->time_ms, .licence = source.licence};
    if (sheet)
        sheet_describe(sheet, &about);
    for (size_t k = 0; sheet && k < view->pack->definition->n_nodes; k++) {
        struct metric_facts facts;
        if (!node_is_metric(&view->pack->definition->nodes[k]))
            continue;
        metric_facts(view, k, releases, &facts);
        sheet_row(sheet, view, &facts);
    }
    sheet_answer(&sheet, request, answer);
}
