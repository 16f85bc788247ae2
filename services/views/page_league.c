/* The league table: every place by rank, or in another order, as a page and as a download. */
#include "core/status.h"
#include "core/utf8.h"
#include "services/views/api_parts.h"
#include "services/views/html.h"
#include "services/views/league.h"
#include "services/views/pages.h"
#include "services/views/sheet.h"

#include <stdlib.h>
#include <string.h>

/* More rows are for a file, or for who asks for them by `limit`. */
enum { SHOWN_MOST = 1000 };

/* What both the page and its download are made from. */
struct standing {
    const struct request *request;
    const struct view *view;
    struct league_wanted wanted;
    struct league *league;
    size_t ranked;                     /* places that have a rank */
    const struct spread *spread;       /* NULL: no rank intervals at this node */
    size_t columns[CHOICE_GROUPS_MAX]; /* nodes whose ranks are columns: the root's children */
    size_t n_columns;
};

/* How sure a metric's own rank is does not depend on how the index is put together. */
static bool find_spread(struct viewer *viewer, struct standing *out, struct answer *answer) {
    const struct definition *definition = out->view->pack->definition;
    struct fault fault = {0};
    if (node_is_metric(&definition->nodes[out->wanted.node]) ||
        definition->uncertainty.n_factors == 0)
        return true;
    out->spread = viewer_spread(viewer, out->view, out->wanted.node, &fault);
    if (out->spread || fault.kind == FAULT_INPUT)
        return true;
    answer_fault(answer, out->request, &fault);
    return false;
}

static void find_columns(struct standing *out) {
    const struct definition *definition = out->view->pack->definition;
    for (size_t k = 1; out->wanted.node == 0 && k < definition->n_nodes; k++) {
        if (definition->nodes[k].level == 1 && out->n_columns < CHOICE_GROUPS_MAX)
            out->columns[out->n_columns++] = k;
    }
}

/* `most` rows unless told; 0: all, of which a sheet gives the page that `limit` and `offset` say.
 * False: the answer is the problem, or has no body because memory ran out. */
static bool stand(struct viewer *viewer, const struct request *request, size_t most,
                  struct standing *out, struct answer *answer) {
    *out = (struct standing){.request = request};
    out->view = choice_view(viewer, request, answer);
    if (!out->view || !league_read(request, out->view, &out->wanted, answer) ||
        !find_spread(viewer, out, answer))
        return false;
    if (!most || !out->wanted.limit)
        out->wanted.limit = most;
    find_columns(out);
    out->ranked = edition_ranked(out->view->edition, out->wanted.node);
    out->league = league_of(out->view, &out->wanted);
    return out->league != NULL;
}

static const struct node *node_of(const struct standing *s) {
    return &s->view->pack->definition->nodes[s->wanted.node];
}

static const struct rank_spread *interval_of(const struct standing *s, size_t area) {
    const struct rank_spread *spread = s->spread ? &s->spread->areas[area] : NULL;
    return spread && spread->n ? spread : NULL;
}

/* --- links that keep what is chosen ----------------------------------------------------------- */

static void parameter(FILE *out, int *n, const char *name, const char *value) {
    (void)fprintf(out, "%s%s=", (*n)++ ? "&amp;" : "?", name);
    html_url(out, value);
}

static void link_to(FILE *out, const struct standing *s, const char *path, enum league_sort sort,
                    size_t sort_node, bool falling) {
    const struct node *nodes = s->view->pack->definition->nodes;
    const struct choice *places = &s->wanted.places;
    const char *kept[] = {"band", "limit", "edition"};
    int n = 0;
    (void)fputs(path, out);
    if (s->wanted.node)
        parameter(out, &n, "node", nodes[s->wanted.node].id);
    if (places->region)
        parameter(out, &n, "region", places->region);
    if (places->type)
        parameter(out, &n, "type", places->type);
    if (sort != LEAGUE_RANK)
        parameter(out, &n, "sort",
                  sort == LEAGUE_NODE ? nodes[sort_node].id : league_sort_words[sort]);
    if (falling != league_falls(sort))
        parameter(out, &n, "order", falling ? "desc" : "asc");
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        if (choice_given(s->request, kept[i]))
            parameter(out, &n, kept[i], choice_given(s->request, kept[i]));
    }
}

/* A heading that sorts: the other way round where the table is sorted by it already. */
static void heading(FILE *out, const struct standing *s, const char *words, bool number,
                    enum league_sort sort, size_t sort_node) {
    bool here = s->wanted.sort == sort && (sort != LEAGUE_NODE || s->wanted.sort_node == sort_node);
    bool falling = here ? !s->wanted.falling : league_falls(sort);
    (void)fprintf(out, "<th scope=\"col\"%s", number ? " class=\"n\"" : "");
    if (here)
        (void)fprintf(out, " aria-sort=\"%s\"", s->wanted.falling ? "descending" : "ascending");
    (void)fprintf(out, "><a class=\"sort\" id=\"sort-%d-%zu\" href=\"", (int)sort, sort_node);
    link_to(out, s, "/league", sort, sort_node, falling);
    (void)fputs("\">", out);
    html_text(out, words);
    (void)fputs("</a></th>\n", out);
}

/* --- the page --------------------------------------------------------------------------------- */

static void form(FILE *out, const struct standing *s) {
    form_begin(out, s->request, "/league");
    form_nodes(out, s->view, "node", "Ranked by", NULL, s->wanted.node);
    form_places(out, s->view, &s->wanted.places);
    form_keep(out, s->request, "sort");
    form_keep(out, s->request, "order");
    form_keep(out, s->request, "limit");
    form_end(out, "Show");
}

/* The place of most need among those that are shown, in whatever order; SIZE_MAX: none. */
static size_t first_of(const struct standing *s) {
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < s->league->n; i++) {
        const struct league_row *row = &s->league->rows[i];
        if (row->within && (best == SIZE_MAX || row->within < s->league->rows[best].within))
            best = i;
    }
    return best;
}

static void say_which(FILE *out, const struct standing *s) {
    const struct choice *places = &s->wanted.places;
    if (places->band) {
        (void)fputs(" of ", out);
        html_text(out, band_name(s->view->pack->definition, places->band));
        (void)fputs(" need", out);
    }
    if (places->type) {
        (void)fputs(" of the type ", out);
        html_text(out, places->type);
    }
    if (places->region) {
        (void)fputs(" in ", out);
        html_text(out, places->region);
    }
}

/* How many others have the same rank. */
static size_t equals_of(const struct standing *s, const struct league_row *row) {
    size_t n = 0;
    for (size_t i = 0; i < s->league->n; i++)
        n += s->league->rows[i].rank == row->rank;
    return n - 1;
}

static void finding(FILE *out, const struct standing *s) {
    size_t equals, best = first_of(s), n_areas = s->view->edition->n_areas;
    (void)fputs("<p class=\"lead\">", out);
    if (s->league->of == 0) {
        (void)fputs("There is no place", out);
        say_which(out, s);
        (void)fputs(".", out);
    } else if (best == SIZE_MAX) {
        (void)fprintf(out, "%zu places", s->league->of);
        say_which(out, s);
        (void)fputs(", none with a rank.", out);
    } else {
        const struct league_row *row = &s->league->rows[best];
        (void)fprintf(out, "Of %s%zu place%s", s->league->of == n_areas ? "all " : "",
                      s->league->of, s->league->of == 1 ? "" : "s");
        say_which(out, s);
        (void)fputs(", ", out);
        html_text(out, s->view->pack->geography->areas[row->area].name);
        equals = equals_of(s, row);
        if (equals)
            (void)fprintf(out, " and %zu other%s have the most need", equals,
                          equals == 1 ? "" : "s");
        else
            (void)fputs(" has the most need", out);
        if (choice_narrows(&s->wanted.places))
            (void)fprintf(out, ": rank %u of %zu", row->rank, s->ranked);
        (void)fputs(".", out);
    }
    if (s->view->changes)
        (void)fprintf(out, " %zu of %zu places changed rank in this edition.",
                      changes_at(s->view->changes, s->wanted.node), s->ranked);
    (void)fputs("</p>\n", out);
}

static void notes(FILE *out, const struct standing *s) {
    const struct definition *definition = s->view->pack->definition;
    const struct node *node = node_of(s);
    (void)fputs("<p class=\"small\">Rank 1 is most need", out);
    if (node_is_metric(node))
        (void)fprintf(out, "; here a %s figure is more need",
                      node->direction == HIGHER_IS_NEED ? "higher" : "lower");
    (void)fputs(". “Up” is towards rank 1, “down” away from it. ", out);
    if (s->n_columns)
        (void)fputs("Under the name of each part stands the rank there. ", out);
    if (s->spread)
        (void)fprintf(out,
                      "The interval holds %.0f %% of the ranks that a place gets when the choices "
                      "of the method are made otherwise, %u times: where the intervals of two "
                      "places overlap, do not say that one has more need than the other. ",
                      100 * definition->uncertainty.interval, s->spread->replicates);
    (void)fputs("<a href=\"", out);
    html_href(out, s->request, "/method");
    (void)fputs("\">How ranks are made, and what not to read into them</a>. <a href=\"/map", out);
    html_with(out, s->request, "node", node->id);
    (void)fputs("\">The same as a map</a></p>\n", out);
}

static void downloads(FILE *out, const struct standing *s) {
    static const char *const files[][2] = {{"/league.csv", "CSV"},
                                           {"/league.xlsx", "XLSX"},
                                           {"/league.json", "JSON"},
                                           {"/league.geojson", "GeoJSON"}};
    (void)fputs("<p class=\"hidden\" id=\"league-files\">This table as a file</p>\n"
                "<ul class=\"downloads\" aria-labelledby=\"league-files\">\n",
                out);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        (void)fputs("<li><a href=\"", out);
        link_to(out, s, files[i][0], s->wanted.sort, s->wanted.sort_node, s->wanted.falling);
        (void)fprintf(out, "\">%s</a></li>\n", files[i][1]);
    }
    (void)fputs("</ul>\n", out);
}

static void head_row(FILE *out, const struct standing *s) {
    const struct node *nodes = s->view->pack->definition->nodes;
    char since[40];
    (void)fputs("<thead><tr>\n", out);
    heading(out, s, "Rank", true, LEAGUE_RANK, 0);
    if (choice_narrows(&s->wanted.places))
        (void)fputs("<th scope=\"col\" class=\"n\">Among these</th>\n", out);
    heading(out, s, "Place", false, LEAGUE_NAME, 0);
    (void)fputs("<th scope=\"col\">Need</th>\n", out);
    heading(out, s, "Score", true, LEAGUE_SCORE, 0);
    if (s->spread)
        (void)fputs("<th scope=\"col\" class=\"n\">Interval of the rank</th>\n", out);
    if (node_is_metric(node_of(s)))
        (void)fputs("<th scope=\"col\" class=\"n\">Figure</th>\n", out);
    if (s->view->changes) {
        (void)snprintf(since, sizeof since, "Since edition %llu",
                       (unsigned long long)s->view->number - 1);
        heading(out, s, since, false, LEAGUE_CHANGE, 0);
    }
    for (size_t i = 0; i < s->n_columns; i++)
        heading(out, s, nodes[s->columns[i]].name, true, LEAGUE_NODE, s->columns[i]);
    heading(out, s, "Region", false, LEAGUE_REGION, 0);
    heading(out, s, "Type of place", false, LEAGUE_TYPE, 0);
    (void)fputs("</tr></thead>\n", out);
}

static void rank_cell(FILE *out, const struct view *view, size_t node, size_t area) {
    const struct node_scores *scores = &view->edition->nodes[node];
    (void)fputs("<td class=\"n\">", out);
    if (scores->rank[area])
        html_rank(out, scores->shown_rank[area]);
    else
        html_missing(out, scores->score.status[area]);
    (void)fputs("</td>", out);
}

static void change_cell(FILE *out, const struct league_row *row) {
    int64_t rise = league_rise(row);
    (void)fputs("<td>", out);
    if (rise)
        html_rise(out, rise);
    else if (row->moved)
        (void)fputs(row->rank ? "ranked anew" : "no rank any more", out);
    else
        (void)fputs(row->is_new ? "new" : row->rank ? "no change" : "", out);
    (void)fputs("</td>", out);
}

static void figure_cell(FILE *out, const struct standing *s, size_t area) {
    const struct node_scores *scores = &s->view->edition->nodes[s->wanted.node];
    enum status status = scores->raw.status[area];
    enum rule rule = scores->raw.rule[area];
    (void)fputs("<td class=\"n\">", out);
    if (status != STATUS_VALUE) {
        html_missing(out, status);
        (void)fputs("</td>", out);
        return;
    }
    (void)fprintf(out, "%.2f", scores->raw.value[area]);
    if (scores->imputed[area])
        (void)fprintf(out, " <span class=\"tag\">imputed: %s</span>",
                      impute_names[scores->imputed[area]]);
    else if (rule != RULE_DIRECT && rule != RULE_NONE)
        (void)fprintf(out, " <span class=\"tag\">%s</span>", rule_name(rule));
    (void)fputs("</td>", out);
}

static void body_row(FILE *out, const struct standing *s, const struct league_row *row) {
    const struct view *view = s->view;
    const struct area *area = &view->pack->geography->areas[row->area];
    const struct node_scores *scores = &view->edition->nodes[s->wanted.node];
    const struct rank_spread *interval = interval_of(s, row->area);
    (void)fputs("<tr>", out);
    rank_cell(out, view, s->wanted.node, row->area);
    if (choice_narrows(&s->wanted.places) && row->within)
        (void)fprintf(out, "<td class=\"n\">%u</td>", row->within);
    else if (choice_narrows(&s->wanted.places))
        (void)fputs("<td class=\"n\"></td>", out);
    (void)fputs("<th scope=\"row\">", out);
    html_place(out, s->request, area);
    (void)fputs("</th><td>", out);
    html_band(out, view->pack->definition, scores->band[row->area]);
    (void)fputs("</td><td class=\"n\">", out);
    if (scores->score.status[row->area] == STATUS_VALUE)
        (void)fprintf(out, "%.1f", scores->score.value[row->area]);
    (void)fputs("</td>", out);
    if (interval)
        (void)fprintf(out, "<td class=\"n\">%.0f to %.0f</td>", interval->low, interval->high);
    else if (s->spread)
        (void)fputs("<td class=\"n\"></td>", out);
    if (node_is_metric(node_of(s)))
        figure_cell(out, s, row->area);
    if (view->changes)
        change_cell(out, row);
    for (size_t i = 0; i < s->n_columns; i++)
        rank_cell(out, view, s->columns[i], row->area);
    (void)fputs("<td class=\"words\">", out);
    html_text(out, area->region);
    (void)fputs("</td><td class=\"words\">", out);
    html_text(out, area->type);
    (void)fputs("</td>", out);
    (void)fputs("</tr>\n", out);
}

static void table(FILE *out, const struct standing *s) {
    char caption[400];
    const struct node *node = node_of(s);
    (void)snprintf(caption, sizeof caption, "%.200s: %zu of %zu places%s%.60s", node->name,
                   s->league->n, s->view->edition->n_areas,
                   node_is_metric(node) && node->unit ? "; figures in " : "",
                   node_is_metric(node) && node->unit ? node->unit : "");
    utf8_make_plain(caption);
    table_begin(out, "league", "league", caption);
    head_row(out, s);
    (void)fputs("<tbody>\n", out);
    for (size_t i = 0; i < s->league->n; i++)
        body_row(out, s, &s->league->rows[i]);
    (void)fputs("</tbody>\n", out);
    table_end(out);
}

static void write_page(FILE *out, const struct standing *s) {
    char title[300];
    (void)snprintf(title, sizeof title, "League table: %.200s", node_of(s)->name);
    utf8_make_plain(title); /* it may be cut within a character, as a caption may */
    const struct page page = {.title = title,
                              .description = "Every place by rank, score and band of need, with "
                                             "the change since the edition before.",
                              .nav = "/league",
                              .view = s->view,
                              .request = s->request,
                              .script = "table.js",
                              .wide = true};
    page_begin(out, &page);
    (void)fputs("<h1 id=\"part-title\" data-part>", out);
    html_text(out, title);
    (void)fputs("</h1>\n", out);
    form(out, s);
    (void)fputs("<div id=\"part-league\" data-part>\n", out);
    finding(out, s);
    notes(out, s);
    downloads(out, s);
    table(out, s);
    (void)fputs("</div>\n", out);
    page_end(out, &page);
}

void page_league(struct viewer *viewer, const struct request *request, struct answer *answer) {
    struct standing s;
    FILE *out = stand(viewer, request, SHOWN_MOST, &s, answer) ? page_open(answer) : NULL;
    if (out) {
        write_page(out, &s);
        page_close(answer, out);
    }
    free(s.league);
}

/* --- the download ----------------------------------------------------------------------------- */

static const struct sheet_column first_columns[] = {
    {"area_code", "Code", "GSS code of the place", NULL, SHEET_TEXT, SHEET_AREA},
    {"area_name", "Place", "its name", NULL, SHEET_TEXT, SHEET_PLAIN},
    {"region", "Region", "the region that it lies in", NULL, SHEET_TEXT, SHEET_PLAIN},
    {"type", "Type of place", "as the area table has it", NULL, SHEET_TEXT, SHEET_PLAIN},
    {"rank", "Rank", "among all places; 1 is most need", NULL, SHEET_NUMBER, SHEET_PLAIN},
    {"of", "Of", "how many places have a rank", NULL, SHEET_COUNT, SHEET_PLAIN},
    {"rank_among_chosen", "Rank among these", "among the places that were chosen", NULL,
     SHEET_COUNT, SHEET_PLAIN},
    {"score", "Score", "more is more need", NULL, SHEET_NUMBER, SHEET_PLAIN},
    {"status", "Status", "why there is no score", NULL, SHEET_TEXT, SHEET_STATUS},
    {"band", "Need", "band of need", NULL, SHEET_TEXT, SHEET_PLAIN},
    {"rank_low", "Rank, low end", "low end of the interval of the rank", NULL, SHEET_NUMBER,
     SHEET_PLAIN},
    {"rank_high", "Rank, high end", "high end of the interval of the rank", NULL, SHEET_NUMBER,
     SHEET_PLAIN},
    {"rank_before", "Rank before", "in the edition before", NULL, SHEET_NUMBER, SHEET_PLAIN},
    {"risen", "Risen", "places risen towards rank 1 since the edition before; below 0: fallen",
     "places", SHEET_NUMBER, SHEET_PLAIN},
};

enum { FIRST_COLUMNS = sizeof first_columns / sizeof *first_columns };

static void number_or_missing(struct sheet *sheet, bool there, double number) {
    if (there)
        sheet_number(sheet, number);
    else
        sheet_missing(sheet);
}

static void sheet_row(struct sheet *sheet, const struct standing *s, const struct league_row *row) {
    const struct view *view = s->view;
    const struct area *area = &view->pack->geography->areas[row->area];
    const struct node_scores *scores = &view->edition->nodes[s->wanted.node];
    const struct rank_spread *interval = interval_of(s, row->area);
    bool scored = scores->score.status[row->area] == STATUS_VALUE;
    double before = view_rank_before(view, s->wanted.node, row->area);
    sheet_text(sheet, area->code);
    sheet_text(sheet, area->name);
    sheet_text(sheet, area->region);
    sheet_text(sheet, area->type);
    number_or_missing(sheet, row->rank, scores->shown_rank[row->area]);
    sheet_count(sheet, s->ranked);
    number_or_missing(sheet, row->within, row->within);
    number_or_missing(sheet, scored, scores->score.value[row->area]);
    sheet_text(sheet, scored ? NULL : status_words((enum status)scores->score.status[row->area]));
    sheet_text(sheet, scored ? band_name(view->pack->definition, scores->band[row->area]) : NULL);
    number_or_missing(sheet, interval, interval ? interval->low : 0);
    number_or_missing(sheet, interval, interval ? interval->high : 0);
    number_or_missing(sheet, before > 0, before);
    number_or_missing(sheet, before > 0 && row->rank, (double)league_rise(row));
    for (size_t i = 0; i < s->n_columns; i++) {
        const struct node_scores *other = &view->edition->nodes[s->columns[i]];
        number_or_missing(sheet, other->rank[row->area], other->shown_rank[row->area]);
    }
}

static void write_sheet(const struct standing *s, struct answer *answer) {
    struct sheet_column columns[FIRST_COLUMNS + CHOICE_GROUPS_MAX];
    struct api_source source;
    char keys[CHOICE_GROUPS_MAX][80], name[120], title[400];
    const struct definition *definition = s->view->pack->definition;
    memcpy(columns, first_columns, sizeof first_columns);
    for (size_t i = 0; i < s->n_columns; i++) {
        const struct node *node = &definition->nodes[s->columns[i]];
        (void)snprintf(keys[i], sizeof keys[i], "rank_%.70s", node->id);
        columns[FIRST_COLUMNS + i] = (struct sheet_column){keys[i], node->name,   "rank there",
                                                           NULL,    SHEET_NUMBER, SHEET_PLAIN};
    }
    (void)snprintf(name, sizeof name, "league-%.60s-edition-%llu", node_of(s)->id,
                   (unsigned long long)s->view->number);
    (void)snprintf(title, sizeof title, "%.150s — %.200s", node_of(s)->name, definition->title);
    api_sources(definition, &source);
    struct sheet *sheet =
        sheet_new(name, title, source.source, columns, FIRST_COLUMNS + s->n_columns);
    const struct sheet_about about = {.edition = s->view->number,
                                      .time_ms = s->view->time_ms,
                                      .node = node_of(s)->id,
                                      .licence = source.licence,
                                      .pack = s->view->pack,
                                      .shapes = s->view->boundaries};
    if (sheet)
        sheet_describe(sheet, &about);
    for (size_t i = 0; sheet && i < s->league->n; i++)
        sheet_row(sheet, s, &s->league->rows[i]);
    sheet_answer(&sheet, s->request, answer);
}

void page_league_file(struct viewer *viewer, const struct request *request, struct answer *answer) {
    struct standing s;
    if (stand(viewer, request, 0, &s, answer))
        write_sheet(&s, answer);
    free(s.league);
}
