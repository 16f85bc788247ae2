/* What an edition changed: what came, who moved, and why. */
#include "services/views/choice.h"
#include "services/views/html.h"
#include "services/views/pages.h"
#include "services/views/words.h"

#include "services/bus/reasons.h"

#include <stdlib.h>
#include <string.h>

enum { MOVERS = 10, ALL_MAX = 2000 };

struct changed {
    FILE *out;
    const struct request *request;
    const struct view *view, *before; /* before NULL: there is none, or it is not needed */
    bool before_kept;                 /* it is not retired */
    size_t node;
    struct choice places;
    uint64_t at_least;
    bool beyond;                 /* only moves beyond their interval */
    const struct change **moves; /* those that are looked at, the furthest first */
    size_t n_moves, n_risen;     /* risen: towards rank 1 */
};

static const struct area *area_of(const struct changed *c, const struct change *change) {
    return &c->view->pack->geography->areas[change->area];
}

static const RankChanged *reason_of(const struct changed *c, const struct change *change) {
    return reasons_find(c->view->reasons, area_of(c, change)->code,
                        c->view->pack->definition->nodes[change->node].id);
}

/* Else it is not known of any move whether it is beyond its interval. */
static bool has_intervals(const struct changed *c) {
    return c->view->pack->definition->uncertainty.n_factors > 0;
}

static bool is_beyond(const RankChanged *told) {
    return told && told->has_beyond_interval && told->beyond_interval;
}

/* --- which moves ------------------------------------------------------------------------------ */

/* Places towards rank 1; below 0 away from it. */
static int64_t rise_of(const struct change *change) {
    return (int64_t)change->old_rank - (int64_t)change->new_rank;
}

static bool has_both(const struct change *change) {
    return change->old_rank && change->new_rank;
}

/* Who gained or lost a rank moved further than any other. */
static uint64_t distance_of(const struct change *change) {
    return has_both(change) ? (uint64_t)llabs(rise_of(change)) : UINT64_MAX;
}

static int by_distance(const void *left, const void *right) {
    const struct change *a = *(const struct change *const *)left;
    const struct change *b = *(const struct change *const *)right;
    if (distance_of(a) != distance_of(b))
        return distance_of(a) > distance_of(b) ? -1 : 1;
    if (a->new_rank != b->new_rank)
        return a->new_rank < b->new_rank ? -1 : 1;
    return (a->area > b->area) - (a->area < b->area);
}

static bool take_moves(struct changed *c) {
    const struct changes *changes = c->view->changes;
    size_t n = changes ? changes->count : 0;
    c->moves = calloc(n + 1, sizeof *c->moves);
    if (!c->moves)
        return false;
    for (size_t i = 0; i < n; i++) {
        const struct change *change = &changes->changes[i];
        if (change->node != c->node || distance_of(change) < c->at_least ||
            !choice_takes(&c->places, c->view, c->node, change->area) ||
            (c->beyond && !is_beyond(reason_of(c, change))))
            continue;
        c->moves[c->n_moves++] = change;
        c->n_risen += has_both(change) && rise_of(change) > 0;
    }
    qsort(c->moves, c->n_moves, sizeof *c->moves, by_distance);
    return true;
}

/* --- rows ------------------------------------------------------------------------------------- */

static void rank_cell(FILE *out, const char *when, uint32_t rank) {
    if (rank)
        (void)fprintf(out, "<td class=\"n %s\">%u</td>", when, rank);
    else
        (void)fprintf(out, "<td class=\"n missing %s\">none</td>", when);
}

static void move_cell(FILE *out, const struct change *change) {
    (void)fputs("<td class=\"nowrap\">", out);
    if (has_both(change))
        html_rise(out, rise_of(change));
    else
        (void)fputs(change->new_rank ? "gained its rank" : "lost its rank", out);
    (void)fputs("</td>", out);
}

static void why_cell(const struct changed *c, const struct change *change) {
    const RankChanged *told = reason_of(c, change);
    (void)fputs("<td class=\"text\">", c->out);
    if (is_beyond(told))
        (void)fputs("<span class=\"tag\">beyond its interval</span> ", c->out);
    html_text(c->out, told && told->why ? told->why : "No reason is on record.");
    (void)fputs("</td>", c->out);
}

static void band_cell(const struct changed *c, const struct change *change) {
    (void)fputs("<td>", c->out);
    if (change->old_band && change->old_band != change->new_band) {
        html_band(c->out, c->view->pack->definition, change->old_band);
        (void)fputs(" to ", c->out);
    }
    html_band(c->out, c->view->pack->definition, change->new_band);
    (void)fputs("</td>", c->out);
}

static void row(const struct changed *c, const struct change *change) {
    (void)fputs("<tr><th scope=\"row\">", c->out);
    html_place(c->out, c->request, area_of(c, change));
    (void)fputs("</th>", c->out);
    rank_cell(c->out, "before", change->old_rank);
    rank_cell(c->out, "now", change->new_rank);
    move_cell(c->out, change);
    band_cell(c, change);
    why_cell(c, change);
    (void)fputs("</tr>\n", c->out);
}

/* Moves of one direction (1: up the ranking, -1: down, 0: all), at most so many. */
static void table(const struct changed *c, const char *id, const char *caption, int direction,
                  size_t most) {
    table_begin(c->out, id, "moves sticky", caption);
    (void)fputs("<thead><tr><th scope=\"col\">Place</th>"
                "<th scope=\"col\" class=\"n\">Rank before</th>"
                "<th scope=\"col\" class=\"n\">Rank now</th><th scope=\"col\">Moved</th>"
                "<th scope=\"col\">Need</th><th scope=\"col\">Why</th></tr></thead>\n<tbody>\n",
                c->out);
    size_t shown = 0;
    for (size_t i = 0; i < c->n_moves && shown < most; i++) {
        int64_t rise = has_both(c->moves[i]) ? rise_of(c->moves[i]) : 0;
        if (direction != 0 && rise * direction <= 0)
            continue;
        row(c, c->moves[i]);
        shown++;
    }
    (void)fputs("</tbody>\n", c->out);
    table_end(c->out);
}

/* --- need and spend --------------------------------------------------------------------------- */

static bool was_or_is_in(const struct comparison *comparison, size_t area) {
    return comparison && area != SIZE_MAX && comparison->rows[area].quadrant == HIGH_NEED_LOW_SPEND;
}

static void links_of(const struct changed *c, const char *words, bool entered) {
    const struct geography *now = c->view->pack->geography;
    const struct geography *old = c->before->pack->geography;
    size_t n = 0;
    (void)fprintf(c->out, "<p><strong>%s:</strong> ", words);
    for (size_t i = 0; i < now->n_areas; i++) {
        bool is = was_or_is_in(c->view->comparison, i);
        bool was = was_or_is_in(c->before->comparison, geography_area(old, now->areas[i].code));
        if (is == was || is != entered)
            continue;
        (void)fputs(n++ ? ", " : "", c->out);
        html_place(c->out, c->request, &now->areas[i]);
    }
    (void)fputs(n ? "</p>\n" : "none</p>\n", c->out);
}

static void spend(const struct changed *c) {
    if (!c->before || !c->before->comparison || !c->view->comparison)
        return;
    (void)fputs("<section>\n<h2>High need, low spend</h2>\n", c->out);
    links_of(c, "Entered", true);
    links_of(c, "Left", false);
    (void)fputs("<p><a href=\"", c->out);
    html_href(c->out, c->request, "/spend");
    (void)fputs("\">Need against spend now</a></p>\n</section>\n", c->out);
}

/* --- by mission ------------------------------------------------------------------------------- */

static const struct change *furthest_at(const struct view *view, size_t node) {
    const struct change *best = NULL;
    for (size_t i = 0; i < view->changes->count; i++) {
        const struct change *change = &view->changes->changes[i];
        if (change->node == node && (!best || by_distance(&change, &best) < 0))
            best = change;
    }
    return best;
}

static void mission_row(const struct changed *c, size_t node) {
    const struct definition *d = c->view->pack->definition;
    const struct change *furthest = furthest_at(c->view, node);
    (void)fputs("<tr><th scope=\"row\"><a href=\"/changes", c->out);
    html_with(c->out, c->request, "node", d->nodes[node].id);
    (void)fputs("\">", c->out);
    html_text(c->out, d->nodes[node].name);
    (void)fprintf(c->out, "</a></th><td class=\"n\">%zu</td><td class=\"n\">%zu</td><td>",
                  changes_at(c->view->changes, node), edition_ranked(c->view->edition, node));
    if (furthest) {
        html_place(c->out, c->request, area_of(c, furthest));
        if (has_both(furthest))
            (void)fprintf(c->out, ", from %u to %u", furthest->old_rank, furthest->new_rank);
    }
    (void)fputs("</td></tr>\n", c->out);
}

/* Of the index, its missions, and whatever else moved at all. */
static void missions(const struct changed *c) {
    const struct definition *d = c->view->pack->definition;
    (void)fputs("<section>\n<h2>Where ranks changed</h2>\n", c->out);
    table_begin(c->out, "nodes", "sticky", "Places that moved, by what they are ranked by");
    (void)fputs("<thead><tr><th scope=\"col\">Ranked by</th>"
                "<th scope=\"col\" class=\"n\">Moved</th><th scope=\"col\" class=\"n\">Ranked</th>"
                "<th scope=\"col\">Furthest</th></tr></thead>\n<tbody>\n",
                c->out);
    for (size_t k = 0; k < d->n_nodes; k++) {
        if (d->nodes[k].level <= 1 || changes_at(c->view->changes, k))
            mission_row(c, k);
    }
    (void)fputs("</tbody>\n", c->out);
    table_end(c->out);
    (void)fputs("</section>\n", c->out);
}

/* --- the page --------------------------------------------------------------------------------- */

static void form(const struct changed *c) {
    form_begin(c->out, c->request, "/changes");
    form_nodes(c->out, c->view, "node", "Ranked by", NULL, c->node);
    form_places(c->out, c->view, &c->places);
    (void)fprintf(c->out,
                  "<div><label for=\"choose-at-least\">Moved at least, places</label>\n<input "
                  "type=\"number\" id=\"choose-at-least\" name=\"at-least\" min=\"1\" "
                  "max=\"100000\" value=\"%llu\"></div>\n",
                  (unsigned long long)c->at_least);
    if (has_intervals(c))
        (void)fprintf(
            c->out,
            "<div class=\"boxes\"><div><input type=\"checkbox\" id=\"choose-beyond\" "
            "name=\"beyond-interval\" value=\"1\"%s> <label for=\"choose-beyond\">Only moves "
            "beyond their rank interval</label></div></div>\n",
            c->beyond ? " checked" : "");
    form_end(c->out, "Show");
}

static void editions(const struct changed *c) {
    (void)fputs("<p>", c->out);
    if (c->before_kept)
        (void)fprintf(c->out, "<a href=\"/changes?edition=%llu\">What edition %llu changed</a>. ",
                      (unsigned long long)c->view->number - 1,
                      (unsigned long long)c->view->number - 1);
    (void)fputs("<a href=\"", c->out);
    html_href(c->out, c->request, "/editions");
    (void)fputs("\">All editions</a></p>\n", c->out);
}

static size_t count_beyond(const struct changed *c) {
    size_t n = 0;
    for (size_t i = 0; i < c->n_moves; i++)
        n += is_beyond(reason_of(c, c->moves[i]));
    return n;
}

static void lead(const struct changed *c) {
    char text[WORDS_TEXT];
    (void)fputs("<p class=\"lead\">", c->out);
    html_text(c->out, words_occasion(c->view, text));
    (void)fputs(". ", c->out);
    html_text(c->out, words_moves(c->view, c->node, text));
    (void)fputs(".</p>\n", c->out);
    if (!c->view->changes || !c->n_moves)
        return;
    (void)fprintf(
        c->out,
        "<p>Of the %zu moves below, %zu are up the ranking, towards rank 1 of most need. A place "
        "can go up though its own score falls, where those of its neighbours in the ranking fall "
        "further.",
        c->n_moves, c->n_risen);
    if (has_intervals(c))
        (void)fprintf(c->out,
                      " %zu are <strong>beyond their interval</strong>: the old rank lies outside "
                      "what other choices of method give the place now. A smaller move may be no "
                      "more than the method.",
                      count_beyond(c));
    (void)fputs("</p>\n", c->out);
}

static void downloads(const struct changed *c) {
    static const char *const endings[][2] = {{"csv", "CSV"}, {"xlsx", "XLSX"}, {"json", "JSON"}};
    (void)fputs("<p id=\"downloads\">Every move of this edition there, with its reason:</p>\n"
                "<ul class=\"downloads\" aria-labelledby=\"downloads\">\n",
                c->out);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        (void)fprintf(c->out, "<li><a href=\"/api/v1/editions/%llu/changes.%s?node=",
                      (unsigned long long)c->view->number, endings[i][0]);
        html_url(c->out, c->view->pack->definition->nodes[c->node].id);
        (void)fprintf(c->out, "\">%s</a></li>\n", endings[i][1]);
    }
    (void)fputs("</ul>\n", c->out);
}

static void moves(const struct changed *c) {
    char caption[200];
    (void)fputs("<section>\n<h2>Up the ranking</h2>\n", c->out);
    table(c, "risers", "Places that went furthest up, towards rank 1", 1, MOVERS);
    (void)fputs("</section>\n<section>\n<h2>Down the ranking</h2>\n", c->out);
    table(c, "fallers", "Places that went furthest down, away from rank 1", -1, MOVERS);
    (void)fputs("</section>\n", c->out);
    (void)snprintf(caption, sizeof caption, "All %zu moves, the furthest first", c->n_moves);
    (void)fprintf(c->out, "<details><summary>%s</summary>\n", caption);
    table(c, "moves", caption, 0, ALL_MAX);
    (void)fputs("</details>\n", c->out);
}

static void write_page(const struct changed *c) {
    char title[100];
    (void)snprintf(title, sizeof title, "What changed in edition %llu",
                   (unsigned long long)c->view->number);
    const struct page page = {.title = title,
                              .description = "Which places moved in this edition of the index, and "
                                             "why.",
                              .nav = "/changes",
                              .view = c->view,
                              .request = c->request,
                              .script = "table.js",
                              .feed = "/feeds/releases.atom"};
    page_begin(c->out, &page);
    (void)fprintf(c->out, "<h1>%s</h1>\n", title);
    form(c);
    (void)fputs("<div id=\"part-changes\" data-part>\n", c->out);
    lead(c);
    if (c->view->changes && c->n_moves)
        moves(c);
    else if (c->view->changes)
        (void)fputs("<p>No move fits what you chose.</p>\n", c->out);
    if (c->view->changes)
        downloads(c);
    (void)fputs("</div>\n", c->out);
    spend(c);
    if (c->view->changes)
        missions(c);
    editions(c);
    page_end(c->out, &page);
}

/* False: the answer is the problem, or has no body because memory ran out. */
static bool read_request(struct viewer *viewer, const struct request *request, struct changed *out,
                         struct answer *answer) {
    struct fault fault = {0};
    uint64_t beyond;
    *out = (struct changed){.request = request, .at_least = 1};
    out->view = choice_view(viewer, request, answer);
    if (!out->view || !choice_node(request, "node", out->view, 0, &out->node, answer) ||
        !choice_places(request, out->view, &out->places, answer) ||
        (choice_given(request, "at-least") &&
         !request_number(request, "at-least", 1, 1, 100000, &out->at_least, answer)) ||
        !request_number(request, "beyond-interval", 0, 0, 1, &beyond, answer))
        return false;
    out->beyond = beyond != 0;
    if (out->view->changes)
        out->before = viewer_edition_before(viewer, out->view, &fault);
    const EditionInfo *before =
        out->before ? viewer_edition_info(viewer, out->before, &fault) : NULL;
    out->before_kept = before && !before->has_retired_ms;
    if (fault.kind == FAULT_MEMORY || fault.kind == FAULT_SYSTEM) {
        answer_fault(answer, request, &fault);
        return false;
    }
    return take_moves(out);
}

void page_changes(struct viewer *viewer, const struct request *request, struct answer *answer) {
    struct changed c;
    if (read_request(viewer, request, &c, answer)) {
        c.out = page_open(answer);
        if (c.out) {
            write_page(&c);
            page_close(answer, c.out);
        }
    }
    free(c.moves);
}
