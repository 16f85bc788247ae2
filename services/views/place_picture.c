/* The one page of a place as SVG, for rsvg-convert: what a browser lays out for place_sheet.c is
 * laid out here by hand, with the width of letters guessed. */
#include "core/status.h"
#include "services/views/html.h"
#include "services/views/place.h"
#include "services/views/svg.h"

#include <math.h>
#include <string.h>

/* A4 at 96 dots an inch. */
enum { PAGE_WIDTH = 794, PAGE_HEIGHT = 1123, LINE_TEXT = 500, PICTURE_REASONS = 3 };

static const double LEFT = 60, RIGHT = 734, HALF = 412;
static const double LETTER = 0.53; /* the width of one, of its size: of a wide font, about */

struct sheet_of {
    FILE *out;
    const struct place *place;
    double y;
};

static const struct definition *definition_of(const struct sheet_of *s) {
    return s->place->view->pack->definition;
}

static const struct node_scores *scores_of(const struct sheet_of *s, size_t node) {
    return &s->place->view->edition->nodes[node];
}

static void put(const struct sheet_of *s, double x, double y, double size, const char *fill,
                enum svg_anchor anchor, bool bold, const char *text) {
    svg_text(s->out, (struct svg_text){x, y, size, fill, anchor, bold, 0}, text);
}

/* How many bytes of the text fit into `letters`, up to the end of a word. */
static size_t fitting(const char *text, size_t letters) {
    size_t at = 0, n = 0, word = 0;
    for (; text[at]; at++) {
        n += ((unsigned char)text[at] & 0xC0) != 0x80;
        if (n > letters)
            break;
        if (text[at] == ' ')
            word = at;
    }
    if (!text[at])
        return at;
    while (word == 0 && at > 0 && ((unsigned char)text[at] & 0xC0) == 0x80)
        at--;
    return word ? word : at;
}

/* Text in lines of `width`, `lines` at most; what does not fit is left out and shown to be. Moves
 * down. */
static void wrap(struct sheet_of *s, double x, double width, double size, const char *fill,
                 bool bold, int lines, const char *text) {
    size_t letters = (size_t)fmax(1, width / (size * LETTER));
    for (int i = 0; *text && i < lines; i++) {
        char line[LINE_TEXT + 8];
        size_t length = fitting(text, letters < LINE_TEXT / 4 ? letters : LINE_TEXT / 4);
        bool cut = text[length] && i + 1 == lines;
        (void)snprintf(line, sizeof line, "%.*s%s", (int)length, text, cut ? " …" : "");
        s->y += size * 1.35;
        put(s, x, s->y, size, fill, SVG_START, bold, line);
        text += length;
        text += *text == ' ';
    }
}

static void rule(struct sheet_of *s, double x1, double x2) {
    svg_line(s->out, x1, s->y + 6, x2, s->y + 6, "#d9dee3", 1, NULL);
}

static void heading(struct sheet_of *s, double x, double width, const char *text) {
    s->y += 14;
    rule(s, x, x + width);
    s->y += 8;
    wrap(s, x, width, 13.5, SVG_INK, true, 1, text);
    s->y += 3;
}

static void top(struct sheet_of *s) {
    const struct area *area = place_area(s->place);
    char text[WORDS_TEXT];
    (void)snprintf(text, sizeof text, "%.300s · edition %llu", definition_of(s)->title,
                   (unsigned long long)s->place->view->number);
    wrap(s, LEFT, RIGHT - LEFT, 12, SVG_BLUE, true, 1, text);
    svg_line(s->out, LEFT, s->y + 9, RIGHT, s->y + 9, SVG_BLUE, 4, NULL);
    s->y += 16;
    wrap(s, LEFT, RIGHT - LEFT, 26, SVG_INK, true, 2, area->name);
    (void)snprintf(text, sizeof text, "%.200s, %.200s · %.100s", area->type, area->region,
                   area->code);
    wrap(s, LEFT, RIGHT - LEFT, 12, SVG_MUTED, false, 1, text);
    s->y += 8;
    char headline[WORDS_TEXT + 40];
    (void)snprintf(headline, sizeof headline, "%s. Rank 1 is most need.",
                   place_headline(s->place, text));
    wrap(s, LEFT, RIGHT - LEFT, 15, SVG_INK, false, 3, headline);
}

static double on_line(double rank, size_t last) {
    return 560 + (last > 1 ? (rank - 1) / ((double)last - 1) : 0.5) * (RIGHT - 570);
}

static void head_row(struct sheet_of *s, size_t head) {
    size_t k = s->place->heads[head], ranked = edition_ranked(s->place->view->edition, k);
    const struct node_scores *scores = scores_of(s, k);
    char text[WORDS_TEXT];
    double low, high;
    s->y += 22;
    (void)snprintf(text, sizeof text, "%.*s", (int)fitting(definition_of(s)->nodes[k].name, 30),
                   definition_of(s)->nodes[k].name);
    put(s, LEFT, s->y, 12, SVG_INK, SVG_START, head == 0, text);
    put(s, 280, s->y, 12, SVG_INK, SVG_START, head == 0,
        words_rank(s->place->view, k, s->place->area, text));
    if (scores->rank[s->place->area] && place_interval(s->place, head, &low, &high)) {
        double x = on_line(scores->shown_rank[s->place->area], ranked);
        svg_line(s->out, on_line(1, ranked), s->y - 4, on_line((double)ranked, ranked), s->y - 4,
                 "#b9c0c6", 2, NULL);
        svg_line(s->out, on_line(low, ranked) - 2, s->y - 4, on_line(high, ranked) + 2, s->y - 4,
                 SVG_BLUE, 7, NULL);
        (void)fputs("<path fill=\"#c8480b\" d=\"M", s->out);
        svg_number(s->out, x - 5);
        (void)fputc(' ', s->out);
        svg_number(s->out, s->y - 13);
        (void)fputs("h10l-5 9z\"/>\n", s->out);
    }
    rule(s, LEFT, RIGHT);
}

static void reasons(struct sheet_of *s) {
    char text[WORDS_TEXT];
    int n = 0;
    heading(s, LEFT, RIGHT - LEFT, "What moved");
    wrap(s, LEFT, RIGHT - LEFT, 12, SVG_INK, false, 2, words_occasion(s->place->view, text));
    for (size_t i = 0; i < s->place->n_heads && n < PICTURE_REASONS; i++) {
        const char *why = place_why(s->place, s->place->heads[i]);
        if (!why)
            continue;
        s->y += 3;
        wrap(s, LEFT, RIGHT - LEFT, 12, SVG_INK, false, 4, why);
        n++;
    }
    if (n == 0)
        wrap(s, LEFT, RIGHT - LEFT, 12, SVG_INK, false, 1, place_still(s->place, text));
}

static void ranked_row(struct sheet_of *s, double x, double width, const char *name, double rank) {
    char text[LINE_TEXT];
    double y = s->y;
    wrap(s, x, width - 70, 12, SVG_INK, false, 2, name);
    if (rank > 0)
        (void)snprintf(text, sizeof text, "rank %.*f", rank == floor(rank) ? 0 : 1, rank);
    else
        (void)snprintf(text, sizeof text, "no rank");
    put(s, x + width, y + 12 * 1.35, 12, SVG_INK, SVG_END, false, text);
    s->y += 3;
}

static void side(struct sheet_of *s, double x, enum side wanted, const char *words) {
    size_t n = s->place->n_standings;
    bool any = false;
    heading(s, x, RIGHT - HALF, words);
    for (size_t i = 0; i < n; i++) {
        size_t at = wanted == SIDE_WEAKNESS ? i : n - 1 - i;
        size_t k = s->place->standings[at].node;
        if (profile_side(s->place->standings, n, at, PLACE_SIDES) != wanted)
            continue;
        any = true;
        ranked_row(s, x, RIGHT - HALF, definition_of(s)->nodes[k].name,
                   scores_of(s, k)->shown_rank[s->place->area]);
    }
    if (!any)
        wrap(s, x, RIGHT - HALF, 12, SVG_INK, false, 1, "No metric");
}

static void neighbours(struct sheet_of *s) {
    heading(s, LEFT, RIGHT - HALF, "Nearest neighbours, with their rank");
    for (size_t i = 0; i < s->place->n_near && i < 6; i++) {
        size_t a = s->place->near[i].area;
        ranked_row(s, LEFT, RIGHT - HALF, s->place->view->pack->geography->areas[a].name,
                   scores_of(s, 0)->rank[a] ? scores_of(s, 0)->shown_rank[a] : 0);
    }
}

static void spend(struct sheet_of *s) {
    const struct comparison *c = s->place->view->comparison;
    const struct spend_row *row = c ? &c->rows[s->place->area] : NULL;
    char text[WORDS_TEXT];
    heading(s, HALF, RIGHT - HALF, "Need and spend");
    if (row && row->compared)
        (void)snprintf(text, sizeof text, "%s: £%.0f a head of %.200s, by its region.",
                       quadrant_words(row->quadrant), row->per_head, definition_of(s)->spend.name);
    else
        (void)snprintf(text, sizeof text, "Not compared%s%.300s.", row ? ": " : "",
                       row ? row->reason : "");
    wrap(s, HALF, RIGHT - HALF, 12, SVG_INK, false, 5, text);
}

void place_write_picture(FILE *out, const struct place *place, const char *address) {
    struct sheet_of s = {out, place, 42};
    char text[WORDS_TEXT];
    svg_begin(out, PAGE_WIDTH, PAGE_HEIGHT, place_area(place)->name, place_headline(place, text));
    top(&s);
    s.y += 8;
    for (size_t i = 0; i < place->n_heads && i < 12; i++)
        head_row(&s, i);
    reasons(&s);
    double y = s.y;
    side(&s, LEFT, SIDE_WEAKNESS, "Most need");
    double left = s.y;
    s.y = y;
    side(&s, HALF, SIDE_STRENGTH, "Least need");
    y = s.y = fmax(left, s.y);
    neighbours(&s);
    s.y = y;
    if (view_of_spend(place->view))
        spend(&s);
    s.y = PAGE_HEIGHT - 66;
    wrap(&s, LEFT, RIGHT - LEFT, 9.5, SVG_MUTED, false, 3, place_rights(s.place, text));
    wrap(&s, LEFT, RIGHT - LEFT, 9.5, SVG_MUTED, false, 1, address);
    svg_end(out);
}
