#include "services/views/scatter.h"

#include "services/views/html.h"
#include "services/views/plot.h"
#include "services/views/svg.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 980, HEIGHT = 730, PAGE_WIDTH = 900, PAGE_HEIGHT = 600, LABELS_MAX = 200 };

static const double LETTER = 7.2; /* the width of one of a wide font at 12 px, about */
static const double QUADRANT_NAME = 230;

struct chart {
    const struct view *what;
    const struct comparison *comparison;
    const struct request *request; /* NULL: a document */
    const char *region;            /* whose places stand out; NULL: all */
    bool total;
    double left, right, top, bottom; /* of the square between the axes */
    struct plot_axis need, spend;
};

static double money(const struct chart *chart, const struct spend_row *row) {
    return chart->total ? row->total : row->per_head;
}

/* --- axes ------------------------------------------------------------------------------------- */

static void find_ranges(struct chart *chart) {
    double low = INFINITY, high = -INFINITY, need_low = INFINITY, need_high = -INFINITY;
    for (size_t i = 0; i < chart->comparison->n_rows; i++) {
        const struct spend_row *row = &chart->comparison->rows[i];
        if (!row->compared)
            continue;
        low = fmin(low, money(chart, row));
        high = fmax(high, money(chart, row));
        need_low = fmin(need_low, row->need);
        need_high = fmax(need_high, row->need);
    }
    /* Totals follow population, which spreads over more than a power of ten. */
    bool log = low > 0 && high / low > 8;
    double room = log ? 0 : 0.06 * (high - low); /* for the names of the quadrants */
    chart->spend = plot_axis(low - room, high + room, log, chart->bottom, chart->top);
    chart->need = plot_axis(need_low, need_high, false, chart->left, chart->right);
}

static struct chart chart_of(const struct view *what, const struct comparison *comparison) {
    return (struct chart){.what = what,
                          .comparison = comparison,
                          .total = comparison->rules.measure == SPEND_TOTAL,
                          .left = 90,
                          .right = 950,
                          .top = 120,
                          .bottom = 610};
}

static void axes(FILE *out, const struct chart *chart) {
    double ticks[PLOT_TICKS_MAX];
    char text[300];
    size_t n = plot_ticks(&chart->spend, ticks);
    for (size_t i = 0; i < n; i++) {
        double y = plot_at(&chart->spend, ticks[i]);
        plot_money(ticks[i], text);
        svg_line(out, chart->left, y, chart->right, y, "#e3e3e3", 1, NULL);
        svg_text(out, (struct svg_text){chart->left - 8, y + 4, 12, SVG_MUTED, SVG_END, 0, 0},
                 text);
    }
    n = plot_ticks(&chart->need, ticks);
    for (size_t i = 0; i < n; i++) {
        double x = plot_at(&chart->need, ticks[i]);
        (void)snprintf(text, sizeof text, "%g", ticks[i]);
        svg_line(out, x, chart->bottom, x, chart->bottom + 5, SVG_LINE, 1, NULL);
        svg_text(out, (struct svg_text){x, chart->bottom + 20, 12, SVG_MUTED, SVG_MIDDLE, 0, 0},
                 text);
    }
    svg_line(out, chart->left, chart->bottom, chart->right, chart->bottom, SVG_LINE, 1, NULL);
    (void)snprintf(text, sizeof text, "need: score at %s (more need to the right)",
                   chart->what->pack->definition->nodes[chart->comparison->rules.node].name);
    svg_text(out, (struct svg_text){chart->right, chart->bottom + 46, 13, SVG_INK, SVG_END, 0, 0},
             text);
    (void)snprintf(text, sizeof text, "spend, %s%s", chart->total ? "£ million" : "£ a head",
                   chart->spend.log ? " (logarithmic)" : "");
    svg_text(out,
             (struct svg_text){chart->left - 60, chart->top - 14, 13, SVG_INK, SVG_START, 0, 0},
             text);
}

/* --- quadrants -------------------------------------------------------------------------------- */

static unsigned count_in(const struct chart *chart, enum quadrant quadrant) {
    unsigned count = 0;
    for (size_t i = 0; i < chart->comparison->n_rows; i++) {
        count += chart->comparison->rows[i].quadrant == quadrant;
    }
    return count;
}

static void name_quadrant(FILE *out, const struct chart *chart, enum quadrant quadrant, double x,
                          double y, enum svg_anchor anchor) {
    char text[80];
    (void)snprintf(text, sizeof text, "%s: %u", quadrant_words(quadrant),
                   count_in(chart, quadrant));
    bool main = quadrant == HIGH_NEED_LOW_SPEND;
    svg_text(out, (struct svg_text){x, y, 14, main ? "#a33b00" : SVG_MUTED, anchor, 1, 1}, text);
}

static const char *threshold_name(const struct threshold *threshold) {
    return threshold->kind == THRESHOLD_MEAN     ? "mean"
           : threshold->kind == THRESHOLD_MEDIAN ? "median"
                                                 : "threshold";
}

static void quadrants(FILE *out, const struct chart *chart) {
    double x = plot_at(&chart->need, chart->comparison->need_threshold);
    double y = plot_at(&chart->spend, chart->comparison->spend_threshold);
    (void)fprintf(out,
                  "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\""
                  " fill=\"#fdf0e9\"/>\n",
                  x, y, chart->right - x, chart->bottom - y);
    axes(out, chart);
    svg_line(out, x, chart->top, x, chart->bottom, SVG_INK, 1.2, "6 4");
    svg_line(out, chart->left, y, chart->right, y, SVG_INK, 1.2, "6 4");
}

/* --- points and their names ------------------------------------------------------------------- */

/* Another shape for each, not only another colour; about the point (0, 0). */
static void shape(FILE *out, enum quadrant quadrant, double x, double y) {
    static const char *const paths[QUADRANT_COUNT] = {
        [HIGH_NEED_LOW_SPEND] = "m0-6l6 10h-12z",
        [HIGH_NEED_HIGH_SPEND] = "m-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0z",
        [LOW_NEED_LOW_SPEND] = "m-4-4h8v8h-8z",
        [LOW_NEED_HIGH_SPEND] = "m0-6l5.5 6l-5.5 6l-5.5-6z",
    };
    bool main = quadrant == HIGH_NEED_LOW_SPEND;
    (void)fprintf(out,
                  "<path class=\"place area\" fill=\"%s\" fill-opacity=\"%s\" stroke=\"%s\""
                  " stroke-width=\"0.8\" d=\"M%.2f %.2f%s\"",
                  main ? SVG_ORANGE : SVG_BLUE, main ? "1" : "0.4", main ? SVG_INK : SVG_BLUE, x, y,
                  paths[quadrant]);
}

static void say_point(FILE *out, const struct chart *chart, size_t area) {
    const struct spend_row *row = &chart->comparison->rows[area];
    (void)fputs("<title>", out);
    html_text(out, chart->what->pack->geography->areas[area].name);
    (void)fprintf(out, ": need %.1f, £%.0f a head, £%.1f million, %s</title>", row->need,
                  row->per_head, row->total, quadrant_words(row->quadrant));
}

static bool stands_back(const struct chart *chart, size_t area) {
    return chart->region &&
           strcmp(chart->region, chart->what->pack->geography->areas[area].region) != 0;
}

/* On a page a link, which is no stop for the tab key: the table is the way by keyboard. */
static void point(FILE *out, const struct chart *chart, size_t area) {
    const struct spend_row *row = &chart->comparison->rows[area];
    const struct area *place = &chart->what->pack->geography->areas[area];
    double x = plot_at(&chart->need, row->need), y = plot_at(&chart->spend, money(chart, row));
    if (chart->request) {
        char path[300];
        (void)snprintf(path, sizeof path, "/places/%s", place->code);
        (void)fprintf(out, "<a tabindex=\"-1\"%s data-quadrant=\"%s\" data-region=\"",
                      stands_back(chart, area) ? " class=\"faint\"" : "",
                      quadrant_id(row->quadrant));
        html_text(out, place->region);
        (void)fputs("\" href=\"", out);
        html_href(out, chart->request, path);
        (void)fputs("\">", out);
        say_point(out, chart, area);
        shape(out, row->quadrant, x, y);
        (void)fputs("/></a>\n", out);
        return;
    }
    shape(out, row->quadrant, x, y);
    (void)fputc('>', out);
    say_point(out, chart, area);
    (void)fputs("</path>\n", out);
}

static bool is_free(const struct chart *chart, const struct plot_box *box,
                    const struct plot_box *placed, size_t n, size_t own) {
    if (box->left < chart->left || box->right > chart->right + 20 || box->bottom > chart->bottom)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (plot_overlaps(box, &placed[i]))
            return false;
    }
    for (size_t i = 0; i < chart->comparison->n_rows; i++) {
        const struct spend_row *row = &chart->comparison->rows[i];
        if (!row->compared || i == own)
            continue;
        double x = plot_at(&chart->need, row->need), y = plot_at(&chart->spend, money(chart, row));
        const struct plot_box dot = {x - 5, x + 5, y - 5, y + 5, SVG_MIDDLE};
        if (plot_overlaps(box, &dot))
            return false;
    }
    return true;
}

/* At the first side that is free; else no name, the tooltip and the table have it. */
static bool place_label(const struct chart *chart, size_t area, double width,
                        const struct plot_box *placed, size_t n, struct plot_box *out) {
    const struct spend_row *row = &chart->comparison->rows[area];
    struct plot_box sides[PLOT_SIDES];
    plot_sides(plot_at(&chart->need, row->need), plot_at(&chart->spend, money(chart, row)), width,
               sides);
    for (size_t i = 0; i < PLOT_SIDES; i++) {
        *out = sides[i];
        if (is_free(chart, out, placed, n, area))
            return true;
    }
    return false;
}

static void labels(FILE *out, const struct chart *chart) {
    /* Not where the quadrant has its own name. */
    struct plot_box placed[LABELS_MAX] = {{chart->right - QUADRANT_NAME, chart->right,
                                           chart->bottom - 24, chart->bottom - 6, SVG_END}};
    size_t n = 1;
    for (size_t i = 0; i < chart->comparison->n_rows && n < LABELS_MAX; i++) {
        if (chart->comparison->rows[i].quadrant != HIGH_NEED_LOW_SPEND || stands_back(chart, i))
            continue;
        const char *name = chart->what->pack->geography->areas[i].name;
        double width = LETTER * (double)strlen(name);
        if (!place_label(chart, i, width, placed, n, &placed[n]))
            continue;
        const struct plot_box *box = &placed[n];
        /* One of its places was taken over whole.
         * NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult) */
        double at = box->anchor == SVG_START ? box->left
                    : box->anchor == SVG_END ? box->right
                                             : (box->left + box->right) / 2;
        svg_text(
            out,
            (struct svg_text){at, box->bottom - 3, 12, SVG_INK, (enum svg_anchor)box->anchor, 0, 1},
            name);
        n++;
    }
}

/* Along the spend line: above or below it, at its left end or its right one, the first that is
 * free of points. */
static void name_spend_threshold(FILE *out, const struct chart *chart, const char *text) {
    double y = plot_at(&chart->spend, chart->comparison->spend_threshold);
    double width = LETTER * (double)strlen(text);
    double left = chart->left + 4, right = chart->right - 4;
    const struct plot_box tries[] = {
        {left, left + width, y - 16, y - 3, SVG_START},
        {right - width, right, y - 16, y - 3, SVG_END},
        {left, left + width, y + 3, y + 16, SVG_START},
        {right - width, right, y + 3, y + 16, SVG_END},
    };
    const struct plot_box *box = &tries[0];
    for (size_t i = sizeof tries / sizeof *tries; i-- > 0;) {
        if (is_free(chart, &tries[i], NULL, 0, SIZE_MAX))
            box = &tries[i];
    }
    double x = box->anchor == SVG_START ? box->left : box->right;
    svg_text(out,
             (struct svg_text){x, box->bottom - 2, 12, SVG_INK, (enum svg_anchor)box->anchor, 0, 1},
             text);
}

static void name_thresholds(FILE *out, const struct chart *chart) {
    const struct spend_rules *rules = &chart->comparison->rules;
    double x = plot_at(&chart->need, chart->comparison->need_threshold);
    char text[80];
    (void)snprintf(text, sizeof text, "%s need %.1f", threshold_name(&rules->need),
                   chart->comparison->need_threshold);
    svg_text(out, (struct svg_text){x, chart->top - 6, 12, SVG_INK, SVG_MIDDLE, 0, 1}, text);
    (void)snprintf(text, sizeof text, "%s spend £%.0f %s", threshold_name(&rules->spend),
                   chart->comparison->spend_threshold, chart->total ? "million" : "a head");
    name_spend_threshold(out, chart, text);
}

/* --- around the chart ------------------------------------------------------------------------- */

static void say_correlation(char *out, size_t size, const char *name, bool has,
                            const struct correlation *r) {
    if (has) {
        (void)snprintf(out, size, "%s %.2f (95%% interval %.2f to %.2f)", name, r->value, r->low,
                       r->high);
    } else {
        (void)snprintf(out, size, "%s not defined", name);
    }
}

/* Appends the types and places that the definition leaves out. */
static void say_left_out(const struct chart *chart, char *text, size_t size, int used) {
    const struct spend_rules *rules = &chart->comparison->rules;
    const struct geography *geography = chart->what->pack->geography;
    const char *before = " Left out: ";
    for (size_t i = 0; i < rules->n_exclude_types && used > 0 && (size_t)used < size; i++) {
        used += snprintf(text + used, size - (size_t)used, "%s%s", before, rules->exclude_types[i]);
        before = ", ";
    }
    for (size_t i = 0; i < rules->n_exclude_areas && used > 0 && (size_t)used < size; i++) {
        size_t area = geography_area(geography, rules->exclude_areas[i]);
        used += snprintf(text + used, size - (size_t)used, "%s%s", before,
                         area == SIZE_MAX ? rules->exclude_areas[i] : geography->areas[area].name);
        before = ", ";
    }
}

static void captions(FILE *out, const struct chart *chart, const char *title,
                     const char *sentence) {
    const struct comparison *c = chart->comparison;
    const struct spend_rules *rules = &chart->comparison->rules;
    char pearson[100], spearman[100], text[500];
    svg_text(out, (struct svg_text){30, 42, 24, SVG_INK, SVG_START, 1, 0}, title);
    svg_text(out, (struct svg_text){30, 70, 15, SVG_MUTED, SVG_START, 0, 0}, sentence);
    say_correlation(pearson, sizeof pearson, "Pearson", c->has_pearson, &c->pearson);
    say_correlation(spearman, sizeof spearman, "Spearman", c->has_spearman, &c->spearman);
    (void)snprintf(text, sizeof text, "Correlation of need and spend: %s; %s.", pearson, spearman);
    svg_text(out, (struct svg_text){30, 676, 12, SVG_MUTED, SVG_START, 0, 0}, text);
    (void)snprintf(text, sizeof text, "Spend: %s, %s, by region, apportioned by population.",
                   rules->name, c->period);
    svg_text(out, (struct svg_text){30, 694, 12, SVG_MUTED, SVG_START, 0, 0}, text);
    int used =
        snprintf(text, sizeof text, "%s, edition %llu.", chart->what->pack->definition->title,
                 (unsigned long long)chart->what->number);
    say_left_out(chart, text, sizeof text, used);
    svg_text(out, (struct svg_text){30, 712, 12, SVG_MUTED, SVG_START, 0, 0}, text);
}

static void draw(FILE *out, const struct chart *chart) {
    quadrants(out, chart);
    for (size_t i = 0; i < chart->comparison->n_rows; i++) {
        if (chart->comparison->rows[i].compared)
            point(out, chart, i);
    }
    (void)fputs("<g class=\"names\" pointer-events=\"none\">\n", out);
    labels(out, chart);
    name_thresholds(out, chart);
    double left = chart->left + 8, right = chart->right;
    name_quadrant(out, chart, LOW_NEED_HIGH_SPEND, left, chart->top + 20, SVG_START);
    name_quadrant(out, chart, HIGH_NEED_HIGH_SPEND, right, chart->top + 20, SVG_END);
    name_quadrant(out, chart, LOW_NEED_LOW_SPEND, left, chart->bottom - 10, SVG_START);
    name_quadrant(out, chart, HIGH_NEED_LOW_SPEND, right, chart->bottom - 10, SVG_END);
    (void)fputs("</g>\n", out);
}

void scatter_write(FILE *out, const struct view *what) {
    struct chart chart = chart_of(what, what->comparison);
    char title[300], sentence[300];
    find_ranges(&chart);
    (void)snprintf(title, sizeof title, "%s: need against public spend",
                   what->pack->definition->nodes[chart.comparison->rules.node].name);
    (void)snprintf(sentence, sizeof sentence,
                   "%u of %u places compared have high need and low spend.",
                   count_in(&chart, HIGH_NEED_LOW_SPEND), what->comparison->compared);
    svg_begin(out, WIDTH, HEIGHT, title, sentence);
    draw(out, &chart);
    captions(out, &chart, title, sentence);
    svg_end(out);
}

void scatter_in_page(FILE *out, const struct view *what, const struct comparison *comparison,
                     const char *region, const struct request *request) {
    struct chart chart = chart_of(what, comparison);
    chart.request = request;
    chart.region = region;
    chart.right = PAGE_WIDTH - 15;
    chart.top = 44;
    chart.bottom = PAGE_HEIGHT - 60;
    find_ranges(&chart);
    (void)fprintf(out,
                  "<svg class=\"map points quadrants\" viewBox=\"0 0 %d %d\" role=\"group\""
                  " aria-label=\"Need against spend, a shape for each place\">\n",
                  PAGE_WIDTH, PAGE_HEIGHT);
    draw(out, &chart);
    (void)fputs("</svg>\n", out);
}

void scatter_mark(FILE *out, enum quadrant quadrant) {
    (void)fputs("<svg class=\"shape\" viewBox=\"0 0 16 16\" width=\"16\" height=\"16\""
                " aria-hidden=\"true\">",
                out);
    shape(out, quadrant, 8, 8);
    (void)fputs("/></svg>", out);
}
