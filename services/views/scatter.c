#include "services/views/scatter.h"

#include "services/views/svg.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 980, HEIGHT = 730, LABELS_MAX = 200 };

static const double LEFT = 90, RIGHT = 950, TOP = 120, BOTTOM = 610;
static const double LETTER = 7.2; /* the width of one of a wide font at 12 px, about */

struct chart {
    const struct view *what;
    const struct comparison *comparison;
    bool total, log; /* log: the spend axis */
    double need_low, need_high, spend_low, spend_high;
};

static double money(const struct chart *chart, const struct spend_row *row) {
    return chart->total ? row->total : row->per_head;
}

static double x_of(const struct chart *chart, double need) {
    return LEFT + (need - chart->need_low) / (chart->need_high - chart->need_low) * (RIGHT - LEFT);
}

static double y_of(const struct chart *chart, double spend) {
    double low = chart->spend_low, high = chart->spend_high;
    double share = chart->log ? log(spend / low) / log(high / low) : (spend - low) / (high - low);
    return BOTTOM - share * (BOTTOM - TOP);
}

/* --- axes ------------------------------------------------------------------------------------- */

/* 1, 2 or 5 times a power of ten, so that `span` has about five of them. */
static double step_for(double span) {
    double power = pow(10, floor(log10(span / 5)));
    double times = span / 5 / power;
    return power * (times < 1.5 ? 1 : times < 3.5 ? 2 : times < 7.5 ? 5 : 10);
}

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
    chart->log = low > 0 && high / low > 8;
    double pad = chart->log ? 0 : fmax((high - low) * 0.06, 1e-9);
    chart->spend_low = chart->log ? low / 1.15 : low - pad;
    chart->spend_high = chart->log ? high * 1.2 : high + pad;
    pad = fmax((need_high - need_low) * 0.05, 1e-9);
    chart->need_low = need_low - pad;
    chart->need_high = need_high + pad;
}

static void spend_tick(FILE *out, const struct chart *chart, double value) {
    if (value < chart->spend_low || value > chart->spend_high)
        return;
    char text[40];
    if (value >= 1000)
        (void)snprintf(text, sizeof text, "£%.0f,%03.0f", floor(value / 1000), fmod(value, 1000));
    else
        (void)snprintf(text, sizeof text, "£%g", value);
    double y = y_of(chart, value);
    svg_line(out, LEFT, y, RIGHT, y, "#e3e3e3", 1, NULL);
    svg_text(out, (struct svg_text){LEFT - 8, y + 4, 12, SVG_MUTED, SVG_END, 0, 0}, text);
}

/* More than any axis of figures that can be has; of others adding a step may change nothing. */
enum { TICKS_MAX = 1000 };

static void axes(FILE *out, const struct chart *chart) {
    int left = TICKS_MAX;
    if (chart->log) {
        static const double times[] = {1, 2, 5};
        for (double power = pow(10, floor(log10(chart->spend_low)));
             power < chart->spend_high && left > 0; power *= 10, left--) {
            for (int i = 0; i < 3; i++)
                spend_tick(out, chart, power * times[i]);
        }
    } else {
        double step = step_for(chart->spend_high - chart->spend_low);
        for (double at = ceil(chart->spend_low / step) * step; at <= chart->spend_high && left > 0;
             at += step, left--) {
            spend_tick(out, chart, at);
        }
    }
    double step = step_for(chart->need_high - chart->need_low);
    left = TICKS_MAX;
    for (double at = ceil(chart->need_low / step) * step; at <= chart->need_high && left > 0;
         at += step, left--) {
        char text[40];
        (void)snprintf(text, sizeof text, "%g", at + 0.0); /* no minus before a zero */
        svg_line(out, x_of(chart, at), BOTTOM, x_of(chart, at), BOTTOM + 5, SVG_LINE, 1, NULL);
        svg_text(out,
                 (struct svg_text){x_of(chart, at), BOTTOM + 20, 12, SVG_MUTED, SVG_MIDDLE, 0, 0},
                 text);
    }
    svg_line(out, LEFT, BOTTOM, RIGHT, BOTTOM, SVG_LINE, 1, NULL);
    char text[300];
    const struct spend_rules *rules = &chart->what->pack->definition->spend;
    (void)snprintf(text, sizeof text, "need: score at %s (more need to the right)",
                   chart->what->pack->definition->nodes[rules->node].name);
    svg_text(out, (struct svg_text){RIGHT, BOTTOM + 42, 13, SVG_INK, SVG_END, 0, 0}, text);
    (void)snprintf(text, sizeof text, "spend, %s%s", chart->total ? "£ million" : "£ a head",
                   chart->log ? " (logarithmic)" : "");
    svg_text(out, (struct svg_text){LEFT - 60, TOP - 14, 13, SVG_INK, SVG_START, 0, 0}, text);
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
    double x = x_of(chart, chart->comparison->need_threshold);
    double y = y_of(chart, chart->comparison->spend_threshold);
    (void)fprintf(out,
                  "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\""
                  " fill=\"#fdf0e9\"/>\n",
                  x, y, RIGHT - x, BOTTOM - y);
    axes(out, chart);
    svg_line(out, x, TOP, x, BOTTOM, SVG_INK, 1.2, "6 4");
    svg_line(out, LEFT, y, RIGHT, y, SVG_INK, 1.2, "6 4");
}

/* --- points and their names ------------------------------------------------------------------- */

static void point(FILE *out, const struct chart *chart, size_t area) {
    const struct spend_row *row = &chart->comparison->rows[area];
    double x = x_of(chart, row->need), y = y_of(chart, money(chart, row));
    if (row->quadrant == HIGH_NEED_LOW_SPEND) { /* another shape, not only another colour */
        (void)fprintf(out,
                      "<path class=\"place\" fill=\"%s\" stroke=\"%s\" stroke-width=\"0.8\""
                      " d=\"M%.2f %.2fl6 10h-12z\">",
                      SVG_ORANGE, SVG_INK, x, y - 6);
    } else {
        (void)fprintf(out,
                      "<circle class=\"place\" cx=\"%.2f\" cy=\"%.2f\" r=\"4.5\" fill=\"%s\""
                      " fill-opacity=\"0.55\" stroke=\"%s\" stroke-width=\"0.6\">",
                      x, y, "#2073bc", SVG_BLUE);
    }
    (void)fputs("<title>", out);
    svg_escape(out, chart->what->pack->geography->areas[area].name);
    (void)fprintf(out, ": need %.1f, £%.0f a head, £%.1f million, %s</title>%s\n", row->need,
                  row->per_head, row->total, quadrant_words(row->quadrant),
                  row->quadrant == HIGH_NEED_LOW_SPEND ? "</path>" : "</circle>");
}

struct label_box {
    double left, right, top, bottom;
    enum svg_anchor anchor; /* the font is the reader's: a name grows away from its point */
};

static bool overlaps(const struct label_box *a, const struct label_box *b) {
    return a->left < b->right && b->left < a->right && a->top < b->bottom && b->top < a->bottom;
}

static bool is_free(const struct chart *chart, const struct label_box *box,
                    const struct label_box *placed, size_t n, size_t own) {
    if (box->left < LEFT || box->right > RIGHT + 20 || box->bottom > BOTTOM)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (overlaps(box, &placed[i]))
            return false;
    }
    for (size_t i = 0; i < chart->comparison->n_rows; i++) {
        const struct spend_row *row = &chart->comparison->rows[i];
        if (!row->compared || i == own)
            continue;
        double x = x_of(chart, row->need), y = y_of(chart, money(chart, row));
        const struct label_box dot = {x - 5, x + 5, y - 5, y + 5, SVG_MIDDLE};
        if (overlaps(box, &dot))
            return false;
    }
    return true;
}

/* To the right of the point, to its left, above, below: the first that is free; else no name, the
 * tooltip and the table have it. */
static bool place_label(const struct chart *chart, size_t area, double width,
                        const struct label_box *placed, size_t n, struct label_box *out) {
    const struct spend_row *row = &chart->comparison->rows[area];
    double x = x_of(chart, row->need), y = y_of(chart, money(chart, row));
    const struct label_box tries[] = {
        {x + 8, x + 8 + width, y - 6, y + 7, SVG_START},
        {x - 8 - width, x - 8, y - 6, y + 7, SVG_END},
        {x - width / 2, x + width / 2, y - 21, y - 8, SVG_MIDDLE},
        {x - width / 2, x + width / 2, y + 7, y + 20, SVG_MIDDLE},
    };
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
        *out = tries[i];
        if (is_free(chart, out, placed, n, area))
            return true;
    }
    return false;
}

static void labels(FILE *out, const struct chart *chart) {
    struct label_box placed[LABELS_MAX];
    size_t n = 0;
    for (size_t i = 0; i < chart->comparison->n_rows && n < LABELS_MAX; i++) {
        if (chart->comparison->rows[i].quadrant != HIGH_NEED_LOW_SPEND)
            continue;
        const char *name = chart->what->pack->geography->areas[i].name;
        double width = LETTER * (double)strlen(name);
        if (!place_label(chart, i, width, placed, n, &placed[n]))
            continue;
        const struct label_box *box = &placed[n];
        /* One of its places was taken over whole.
         * NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult) */
        double at = box->anchor == SVG_START ? box->left
                    : box->anchor == SVG_END ? box->right
                                             : (box->left + box->right) / 2;
        svg_text(out, (struct svg_text){at, box->bottom - 3, 12, SVG_INK, box->anchor, 0, 1}, name);
        n++;
    }
}

/* Along the spend line: above or below it, at its left end or its right one, the first that is
 * free of points. */
static void name_spend_threshold(FILE *out, const struct chart *chart, const char *text) {
    double y = y_of(chart, chart->comparison->spend_threshold);
    double width = LETTER * (double)strlen(text), left = LEFT + 4, right = RIGHT - 4;
    const struct label_box tries[] = {
        {left, left + width, y - 16, y - 3, SVG_START},
        {right - width, right, y - 16, y - 3, SVG_END},
        {left, left + width, y + 3, y + 16, SVG_START},
        {right - width, right, y + 3, y + 16, SVG_END},
    };
    const struct label_box *box = &tries[0];
    for (size_t i = sizeof tries / sizeof *tries; i-- > 0;) {
        if (is_free(chart, &tries[i], NULL, 0, SIZE_MAX))
            box = &tries[i];
    }
    double x = box->anchor == SVG_START ? box->left : box->right;
    svg_text(out, (struct svg_text){x, box->bottom - 2, 12, SVG_INK, box->anchor, 0, 1}, text);
}

static void name_thresholds(FILE *out, const struct chart *chart) {
    const struct spend_rules *rules = &chart->what->pack->definition->spend;
    double x = x_of(chart, chart->comparison->need_threshold);
    char text[80];
    (void)snprintf(text, sizeof text, "%s need %.1f", threshold_name(&rules->need),
                   chart->comparison->need_threshold);
    svg_text(out, (struct svg_text){x, TOP - 6, 12, SVG_INK, SVG_MIDDLE, 0, 1}, text);
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
    const struct spend_rules *rules = &chart->what->pack->definition->spend;
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
    const struct spend_rules *rules = &chart->what->pack->definition->spend;
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

void scatter_write(FILE *out, const struct view *what) {
    const struct spend_rules *rules = &what->pack->definition->spend;
    struct chart chart = {
        .what = what, .comparison = what->comparison, .total = rules->measure == SPEND_TOTAL};
    char title[300], sentence[300];
    find_ranges(&chart);
    (void)snprintf(title, sizeof title, "%s: need against public spend",
                   what->pack->definition->nodes[rules->node].name);
    (void)snprintf(sentence, sizeof sentence,
                   "%u of %u places compared have high need and low spend.",
                   count_in(&chart, HIGH_NEED_LOW_SPEND), what->comparison->compared);
    svg_begin(out, WIDTH, HEIGHT, title, sentence);
    quadrants(out, &chart);
    for (size_t i = 0; i < what->comparison->n_rows; i++) {
        if (what->comparison->rows[i].compared)
            point(out, &chart, i);
    }
    labels(out, &chart);
    name_thresholds(out, &chart);
    name_quadrant(out, &chart, LOW_NEED_HIGH_SPEND, LEFT + 8, TOP + 20, SVG_START);
    name_quadrant(out, &chart, HIGH_NEED_HIGH_SPEND, RIGHT, TOP + 20, SVG_END);
    name_quadrant(out, &chart, LOW_NEED_LOW_SPEND, LEFT + 8, BOTTOM - 10, SVG_START);
    name_quadrant(out, &chart, HIGH_NEED_LOW_SPEND, RIGHT, BOTTOM - 10, SVG_END);
    captions(out, &chart, title, sentence);
    svg_end(out);
}
