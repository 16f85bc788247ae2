/* Need against spend by high and low: the scatter, its quadrants by region, and the places of high
 * need and low spend. */
#include "services/views/html.h"
#include "services/views/page_spend.h"
#include "services/views/scatter.h"

#include <stdlib.h>
#include <string.h>

static const enum quadrant shown_first[] = {HIGH_NEED_LOW_SPEND, HIGH_NEED_HIGH_SPEND,
                                            LOW_NEED_LOW_SPEND, LOW_NEED_HIGH_SPEND};
enum { QUADRANTS = 4 };

struct count {
    const char *region;
    unsigned of[QUADRANT_COUNT], compared;
};

/* In order of first appearance; room for CHOICE_GROUPS_MAX. */
static size_t count_regions(const struct spent *s, struct count *out) {
    const char *regions[CHOICE_GROUPS_MAX];
    size_t n = choice_regions(s->view, regions);
    for (size_t r = 0; r < n; r++) {
        out[r] = (struct count){.region = regions[r]};
        for (size_t i = 0; i < s->choice.comparison->n_rows; i++) {
            const struct spend_row *row = &s->choice.comparison->rows[i];
            if (!row->compared ||
                strcmp(s->view->pack->geography->areas[i].region, regions[r]) != 0)
                continue;
            out[r].of[row->quadrant]++;
            out[r].compared++;
        }
    }
    return n;
}

static unsigned count_all(const struct spent *s, enum quadrant quadrant) {
    unsigned n = 0;
    for (size_t i = 0; i < s->choice.comparison->n_rows; i++)
        n += s->choice.comparison->rows[i].quadrant == quadrant;
    return n;
}

/* Areas compared of a quadrant (QUADRANT_NONE: all), the most need first. The caller frees it. */
static int by_need(const void *left, const void *right, void *context) {
    const struct spend_row *rows = context;
    size_t a = *(const size_t *)left, b = *(const size_t *)right;
    if (rows[a].need != rows[b].need)
        return rows[a].need > rows[b].need ? -1 : 1;
    return (a > b) - (a < b);
}

static size_t *places_of(const struct spent *s, enum quadrant quadrant, size_t *n) {
    const struct comparison *c = s->choice.comparison;
    size_t *out = calloc(c->n_rows + 1, sizeof *out);
    *n = 0;
    for (size_t i = 0; out && i < c->n_rows; i++) {
        if (c->rows[i].compared && (!quadrant || c->rows[i].quadrant == quadrant))
            out[(*n)++] = i;
    }
    if (out)
        qsort_r(out, *n, sizeof *out, by_need, c->rows);
    return out;
}

/* --- in words --------------------------------------------------------------------------------- */

static void finding(const struct spent *s, char *text, size_t size) {
    struct count counts[CHOICE_GROUPS_MAX];
    size_t n = count_regions(s, counts), most = 0;
    unsigned all = count_all(s, HIGH_NEED_LOW_SPEND);
    for (size_t i = 1; i < n; i++) {
        if (counts[i].of[HIGH_NEED_LOW_SPEND] > counts[most].of[HIGH_NEED_LOW_SPEND])
            most = i;
    }
    int used = snprintf(text, size, "%u of %u places compared have high need and low spend", all,
                        s->choice.comparison->compared);
    if (all && n > 1 && used > 0 && (size_t)used < size)
        (void)snprintf(text + used, size - (size_t)used, ", the most of them in %.100s (%u of %u).",
                       counts[most].region, counts[most].of[HIGH_NEED_LOW_SPEND],
                       counts[most].compared);
    else if (used > 0 && (size_t)used < size)
        (void)snprintf(text + used, size - (size_t)used, ".");
}

static void say_threshold(const struct spent *s, const char *what, const struct threshold *rule) {
    (void)fprintf(s->out, "%s is what is above the %s, ", what,
                  rule->kind == THRESHOLD_MEAN     ? "mean of the places compared"
                  : rule->kind == THRESHOLD_MEDIAN ? "median of the places compared"
                                                   : "threshold of the definition");
}

static void thresholds(const struct spent *s) {
    (void)fputs("<p>", s->out);
    say_threshold(s, "High need", &s->choice.rules.need);
    (void)fprintf(s->out, "a score of %.1f. ", s->choice.comparison->need_threshold);
    say_threshold(s, "High spend", &s->choice.rules.spend);
    spend_money(s, s->choice.comparison->spend_threshold);
    (void)fputs(".</p>\n", s->out);
}

static void correlation(const struct spent *s) {
    const struct comparison *c = s->choice.comparison;
    if (!c->has_pearson || !c->has_spearman) {
        (void)fputs("<p>Too few places are compared to say whether need and spend go "
                    "together.</p>\n",
                    s->out);
        return;
    }
    (void)fputs(c->spearman.low > 0    ? "<p>Where need is higher, spend tends to be higher: "
                : c->spearman.high < 0 ? "<p>Where need is higher, spend tends to be lower: "
                                       : "<p>Need and spend do not clearly go together: ",
                s->out);
    (void)fprintf(s->out,
                  "the correlation is %.2f by ranks (Spearman; 95&nbsp;%% interval %.2f to %.2f) "
                  "and %.2f by figures (Pearson; %.2f to %.2f).",
                  c->spearman.value, c->spearman.low, c->spearman.high, c->pearson.value,
                  c->pearson.low, c->pearson.high);
    if (s->choice.rules.measure == SPEND_TOTAL)
        (void)fputs(" Spend in total follows how many people a place has.", s->out);
    (void)fputs("</p>\n", s->out);
}

/* --- tables ----------------------------------------------------------------------------------- */

static bool place_rows(const struct spent *s, enum quadrant quadrant) {
    size_t n, *places = places_of(s, quadrant, &n);
    if (!places)
        return false;
    for (size_t i = 0; i < n; i++) {
        const struct spend_row *row = &s->choice.comparison->rows[places[i]];
        const struct area *area = &s->view->pack->geography->areas[places[i]];
        if (quadrant && s->region && strcmp(s->region, area->region) != 0)
            continue;
        (void)fputs("<tr><th scope=\"row\">", s->out);
        html_place(s->out, s->request, area);
        (void)fputs("</th><td class=\"words\">", s->out);
        html_text(s->out, area->region);
        (void)fputs("</td><td class=\"words\">", s->out);
        html_text(s->out, area->type);
        (void)fprintf(s->out,
                      "</td><td class=\"n\">%.1f</td><td class=\"n\">£%.0f</td>"
                      "<td class=\"n\">%.1f</td>",
                      row->need, row->per_head, row->total);
        if (!quadrant)
            (void)fprintf(s->out, "<td>%s</td>", quadrant_words(row->quadrant));
        (void)fputs("</tr>\n", s->out);
    }
    free(places);
    return true;
}

static bool place_table(const struct spent *s, const char *id, const char *caption,
                        enum quadrant quadrant) {
    table_begin(s->out, id, "wide sticky", caption);
    (void)fputs("<thead><tr><th scope=\"col\">Place</th><th scope=\"col\">Region</th>"
                "<th scope=\"col\">Type</th><th scope=\"col\" class=\"n\">Need (score)</th>"
                "<th scope=\"col\" class=\"n\">Spend a head</th>"
                "<th scope=\"col\" class=\"n\">Spend, £ million</th>",
                s->out);
    if (!quadrant)
        (void)fputs("<th scope=\"col\">Need and spend</th>", s->out);
    (void)fputs("</tr></thead>\n<tbody>\n", s->out);
    bool listed = place_rows(s, quadrant);
    (void)fputs("</tbody>\n", s->out);
    table_end(s->out);
    return listed;
}

static void count_row(const struct spent *s, const struct count *count) {
    (void)fputs("<tr><th scope=\"row\">", s->out);
    html_text(s->out, count->region);
    (void)fputs("</th>", s->out);
    for (size_t q = 0; q < QUADRANTS; q++)
        (void)fprintf(s->out, "<td class=\"n\">%u</td>", count->of[shown_first[q]]);
    (void)fprintf(s->out, "<td class=\"n\">%u</td></tr>\n", count->compared);
}

static void region_table(const struct spent *s) {
    struct count counts[CHOICE_GROUPS_MAX], all = {.region = "All places compared"};
    size_t n = count_regions(s, counts);
    (void)fputs("<section>\n<h2>By region</h2>\n", s->out);
    table_begin(s->out, "regions", "sticky", "Places compared by need and spend");
    (void)fputs("<thead><tr><th scope=\"col\">Region</th>", s->out);
    for (size_t q = 0; q < QUADRANTS; q++)
        (void)fprintf(s->out, "<th scope=\"col\" class=\"n\">%s</th>",
                      quadrant_words(shown_first[q]));
    (void)fputs("<th scope=\"col\" class=\"n\">Compared</th></tr></thead>\n<tbody>\n", s->out);
    for (size_t r = 0; r < n; r++) {
        count_row(s, &counts[r]);
        all.compared += counts[r].compared;
        for (size_t q = 0; q < QUADRANT_COUNT; q++)
            all.of[q] += counts[r].of[q];
    }
    (void)fputs("</tbody>\n<tfoot>", s->out);
    count_row(s, &all);
    (void)fputs("</tfoot>\n", s->out);
    table_end(s->out);
    (void)fputs("</section>\n", s->out);
}

static bool worst_table(const struct spent *s) {
    char caption[200];
    (void)snprintf(caption, sizeof caption, "Places of high need and low spend%s%.100s, by need",
                   s->region ? " in " : "", s->region ? s->region : "");
    (void)fputs("<section>\n<h2>High need, low spend</h2>\n", s->out);
    bool listed = place_table(s, "high-need-low-spend", caption, HIGH_NEED_LOW_SPEND);
    (void)fputs("</section>\n", s->out);
    return listed;
}

/* Why a place is not among them, by reason. */
static void not_compared(const struct spent *s) {
    const struct comparison *c = s->choice.comparison;
    if (c->compared == c->n_rows)
        return;
    (void)fputs("<section>\n<h2>Not compared</h2>\n<ul>\n", s->out);
    for (size_t i = 0; i < c->n_rows; i++) {
        const char *reason = c->rows[i].reason;
        unsigned n = 0;
        bool told = c->rows[i].compared;
        for (size_t k = 0; k < c->n_rows && !told; k++) {
            bool same = !c->rows[k].compared && strcmp(c->rows[k].reason, reason) == 0;
            told = same && k < i;
            n += same;
        }
        if (told)
            continue;
        (void)fprintf(s->out, "<li>%u %s: ", n, n == 1 ? "place" : "places");
        html_text(s->out, reason);
        (void)fputs("</li>\n", s->out);
    }
    (void)fputs("</ul>\n</section>\n", s->out);
}

/* --- all of it -------------------------------------------------------------------------------- */

static void legend(const struct spent *s) {
    (void)fputs("<ul class=\"legend\" aria-label=\"Shapes\">\n", s->out);
    for (size_t q = 0; q < QUADRANTS; q++) {
        (void)fputs("<li>", s->out);
        scatter_mark(s->out, shown_first[q]);
        (void)fprintf(s->out, " %s <span class=\"muted\">%u</span></li>\n",
                      quadrant_words(shown_first[q]), count_all(s, shown_first[q]));
    }
    (void)fputs("</ul>\n", s->out);
}

bool spend_quadrants(const struct spent *s) {
    char text[400];
    finding(s, text, sizeof text);
    (void)fputs("<div class=\"maps\">\n", s->out);
    figure_begin(s->out, "scatter", text);
    legend(s);
    scatter_in_page(s->out, s->view, s->choice.comparison, s->region, s->request);
    figure_table(s->out, "The same as a table, by need");
    bool listed = place_table(s, "all", "All places compared, by need", QUADRANT_NONE);
    figure_end(s->out);
    (void)fputs("</div>\n", s->out);
    thresholds(s);
    correlation(s);
    region_table(s);
    listed &= worst_table(s);
    not_compared(s);
    return listed;
}
