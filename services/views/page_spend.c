/* Need against spend: who needs much and gets little, by quadrants and by shares; what is compared
 * is the reader's choice. */
#include "services/views/page_spend.h"

#include "services/views/html.h"
#include "services/views/pages.h"

#include <stdlib.h>
#include <string.h>

static const char *const views[] = {"scatter", "share"};
static const char *const view_names[] = {"High and low", "Share of spend and share of need"};
enum { VIEWS = 2 };

void spend_money(const struct spent *s, double amount) {
    if (s->choice.rules.measure == SPEND_TOTAL)
        (void)fprintf(s->out, "£%.1f million", amount);
    else
        (void)fprintf(s->out, "£%.0f a head", amount);
}

/* --- links and the form ----------------------------------------------------------------------- */

/* A link to the page or its download that keeps what was asked for, but shows that view. */
static void link_begin(const struct spent *s, const char *path, const char *view) {
    static const char *const kept[] = {"measure", "leave-out", "ratio", "region", "edition"};
    const char *before = "?";
    (void)fprintf(s->out, "<a href=\"%s", path);
    if (view) {
        (void)fprintf(s->out, "?view=%s", view);
        before = "&amp;";
    }
    for (size_t i = 0; i < s->request->n_parameters; i++) {
        const struct parameter *parameter = &s->request->parameters[i];
        bool keep = false;
        for (size_t k = 0; k < sizeof kept / sizeof *kept; k++)
            keep |= strcmp(kept[k], parameter->name) == 0;
        if (!keep || !*parameter->value)
            continue;
        (void)fprintf(s->out, "%s%s=", before, parameter->name);
        html_url(s->out, parameter->value);
        before = "&amp;";
    }
    (void)fputc('"', s->out);
}

static void tabs(const struct spent *s) {
    (void)fputs("<nav class=\"tabs\" id=\"part-tabs\" data-part aria-label=\"Two ways to see "
                "it\"><ul>\n",
                s->out);
    for (size_t i = 0; i < VIEWS; i++) {
        (void)fputs("<li>", s->out);
        link_begin(s, "/spend", views[i]);
        (void)fprintf(s->out, "%s>%s</a></li>\n", i == s->shown ? " aria-current=\"page\"" : "",
                      view_names[i]);
    }
    (void)fputs("</ul></nav>\n", s->out);
}

static void box(const struct spent *s, size_t n, const char *value, const char *words,
                bool checked) {
    (void)fprintf(s->out,
                  "<div><input type=\"checkbox\" id=\"leave-%zu\" name=\"leave-out\" value=\"", n);
    html_text(s->out, value);
    (void)fprintf(s->out, "\"%s> <label for=\"leave-%zu\">", checked ? " checked" : "", n);
    html_text(s->out, words);
    (void)fputs("</label></div>\n", s->out);
}

/* Every type, and areas that the definition or the reader leaves out. "none" says that the choice
 * is the reader's, even where no box is ticked. */
static void left_out(const struct spent *s) {
    const char *types[CHOICE_GROUPS_MAX];
    const struct spend_rules *first = &s->view->pack->definition->spend;
    const struct geography *geography = s->view->pack->geography;
    size_t n_types = choice_types(s->view, types), n = 0;
    (void)fputs("<fieldset class=\"boxes\"><legend>Left out of the comparison</legend>\n"
                "<input type=\"hidden\" name=\"leave-out\" value=\"none\">\n",
                s->out);
    for (size_t i = 0; i < n_types; i++, n++)
        box(s, n, types[i], types[i], spend_choice_leaves_out_type(&s->choice, types[i]));
    for (size_t i = 0; i < geography->n_areas; i++) {
        const struct area *area = &geography->areas[i];
        bool now = spend_choice_leaves_out_area(&s->choice, area->code), at_first = false;
        for (size_t k = 0; k < first->n_exclude_areas; k++)
            at_first |= strcmp(first->exclude_areas[k], area->code) == 0;
        if (now || at_first)
            box(s, n++, area->code, area->name, now);
    }
    (void)fputs("</fieldset>\n", s->out);
}

static void ratios(const struct spent *s) {
    static const char *const ids[] = {"1", "1.5", "2", "3", "5"};
    static const char *const words[] = {"as much", "1.5 times as much", "twice as much",
                                        "3 times as much", "5 times as much"};
    static const double values[] = {1, 1.5, 2, 3, 5};
    const size_t n = sizeof ids / sizeof *ids;
    const char *own_id[6], *own_words[6];
    char id[40], word[60];
    size_t chosen = n;
    for (size_t i = 0; i < n; i++) {
        own_id[i] = ids[i];
        own_words[i] = words[i];
        if (values[i] == s->choice.ratio)
            chosen = i;
    }
    (void)snprintf(id, sizeof id, "%g", s->choice.ratio);
    (void)snprintf(word, sizeof word, "%g times as much", s->choice.ratio);
    own_id[n] = id;
    own_words[n] = word;
    form_words(s->out, "ratio", "A head at most need counts", own_id, own_words,
               chosen == n ? n + 1 : n, chosen);
}

static void form(const struct spent *s) {
    static const char *const ids[] = {"total", "per-head"};
    static const char *const words[] = {"In total", "Per head"};
    form_begin(s->out, s->request, "/spend");
    if (s->shown)
        (void)fprintf(s->out, "<input type=\"hidden\" name=\"view\" value=\"%s\">\n",
                      views[s->shown]);
    form_words(s->out, "measure", "Spend", ids, words, 2,
               s->choice.rules.measure == SPEND_TOTAL ? 0 : 1);
    form_regions(s->out, s->view, s->region);
    if (s->shown == 1)
        ratios(s);
    left_out(s);
    form_end(s->out, "Show");
}

/* --- what is to be known ---------------------------------------------------------------------- */

static void say_left_out(const struct spent *s) {
    const struct spend_rules *rules = &s->choice.rules;
    const struct geography *geography = s->view->pack->geography;
    size_t n = rules->n_exclude_types + rules->n_exclude_areas;
    if (n == 0)
        (void)fputs("Nothing is left out", s->out);
    for (size_t i = 0; i < n; i++) {
        (void)fputs(i == 0 ? "Left out are " : i + 1 == n ? " and " : ", ", s->out);
        if (i < rules->n_exclude_types) {
            (void)fputs("places of the type ", s->out);
            html_text(s->out, rules->exclude_types[i]);
        } else {
            const char *code = rules->exclude_areas[i - rules->n_exclude_types];
            size_t area = geography_area(geography, code);
            html_text(s->out, area == SIZE_MAX ? code : geography->areas[area].name);
        }
    }
    (void)fputs(s->choice.own ? ", as the definition has it. " : ", as you chose. ", s->out);
    if (!s->choice.own) {
        (void)fputs("<a href=\"", s->out);
        html_href(s->out, s->request, s->shown ? "/spend?view=share" : "/spend");
        (void)fputs("\">Back to the definition’s choice</a>. ", s->out);
    }
}

static void notice(const struct spent *s) {
    (void)fputs("<div class=\"notice\"><p>Spend is ", s->out);
    html_text(s->out, s->choice.rules.name);
    (void)fputs(", ", s->out);
    html_text(s->out, s->choice.comparison->period);
    (void)fputs(". It is known <strong>for regions only</strong>. Each place is given its region’s "
                "spend a head, times its people in total: what is really spent in a place may be "
                "far more or less.</p>\n<p>",
                s->out);
    (void)fprintf(s->out, "%u of %zu places are compared. ", s->choice.comparison->compared,
                  s->choice.comparison->n_rows);
    say_left_out(s);
    (void)fputs("</p></div>\n", s->out);
}

static void case_for_money(const struct spent *s) {
    (void)fputs(
        "<section>\n<h2>What would make the case for money</h2>\n"
        "<p>High need beside low spend is a reason to ask, and not yet a case. Before you use it, "
        "see that it holds:</p>\n<ul>\n"
        "<li>The need is sure: on the place’s page, its rank interval stays among the places of "
        "high need, and the metrics behind it are the place’s own, not cascaded from a county or "
        "filled in.</li>\n"
        "<li>The spend is its own: put the place’s real spend, from its accounts, beside the "
        "region’s figure. This page cannot.</li>\n"
        "<li>It does not hang on the choice: it stays when you change per head and in total, what "
        "is left out and, for shares, how much more a head counts at most need.</li>\n"
        "<li>It has lasted: the place was there in editions before this one.</li>\n"
        "<li>Money would help: this page does not show that more spend lowers need.</li>\n"
        "</ul>\n</section>\n",
        s->out);
}

static void downloads(const struct spent *s) {
    static const char *const files[][2] = {
        {"/spend.csv", "CSV"}, {"/spend.xlsx", "XLSX"}, {"/spend.json", "JSON"}};
    (void)fputs("<p id=\"downloads\">Every place with its figures:</p>\n<ul class=\"downloads\" "
                "aria-labelledby=\"downloads\">\n",
                s->out);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        (void)fputs("<li>", s->out);
        link_begin(s, files[i][0], NULL);
        (void)fprintf(s->out, ">%s</a></li>\n", files[i][1]);
    }
    (void)fputs("</ul>\n", s->out);
}

/* ---------------------------------------------------------------------------------------------- */

static bool read_request(struct viewer *viewer, const struct request *request, struct spent *out,
                         struct answer *answer) {
    struct choice places;
    bool pending;
    *out = (struct spent){.request = request};
    out->view = choice_view(viewer, request, answer);
    if (!out->view || !choice_word(request, "view", views, VIEWS, &out->shown, answer) ||
        !choice_places(request, out->view, &places, answer))
        return false;
    out->region = places.region;
    return (spend_compared(viewer, out->view, request, answer, &pending) || !pending) &&
           spend_choice_read(request, out->view, &out->choice, answer);
}

/* False: memory ran out. */
static bool write_page(const struct spent *s) {
    const struct page page = {.title = "Need and spend",
                              .description = "Where need is high and public spend is low, and how "
                                             "each place’s share of spend compares with its share "
                                             "of need.",
                              .nav = "/spend",
                              .view = s->view,
                              .request = s->request,
                              .script = "map.js"};
    page_begin(s->out, &page);
    (void)fputs("<h1>Need and spend</h1>\n", s->out);
    tabs(s);
    form(s);
    (void)fputs("<div id=\"part-spend\" data-part>\n", s->out);
    notice(s);
    bool whole = s->shown == 0 ? spend_quadrants(s) : spend_shares(s);
    downloads(s);
    (void)fputs("</div>\n", s->out);
    case_for_money(s);
    page_end(s->out, &page);
    return whole;
}

/* An index need not have it: the menu leads here all the same. */
static void say_none(const struct view *view, const struct request *request,
                     struct answer *answer) {
    const struct page page = {.title = "Need and spend",
                              .description = "This edition is not compared with spend.",
                              .nav = "/spend",
                              .view = view,
                              .request = request};
    FILE *out = page_open(answer);
    if (!out)
        return;
    page_begin(out, &page);
    (void)fprintf(out,
                  "<h1>Need and spend</h1>\n<p>Edition %llu has no comparison with spend: its "
                  "definition has none, or no figures of spend are in.</p>\n",
                  (unsigned long long)view->number);
    page_end(out, &page);
    page_close(answer, out);
}

void page_spend(struct viewer *viewer, const struct request *request, struct answer *answer) {
    struct spent s;
    const struct view *view = choice_view(viewer, request, answer);
    if (!view)
        return;
    bool pending;
    if (!spend_compared(viewer, view, request, answer, &pending)) {
        if (!pending)
            say_none(view, request, answer);
        return;
    }
    if (!read_request(viewer, request, &s, answer))
        return;
    s.out = page_open(answer);
    if (s.out) {
        bool whole = write_page(&s);
        page_close(answer, s.out);
        if (!whole) {
            free(answer->body);
            answer->body = NULL;
        }
    }
    spend_choice_end(&s.choice);
}

void page_spend_file(struct viewer *viewer, const struct request *request, struct answer *answer) {
    struct spent s;
    if (!read_request(viewer, request, &s, answer))
        return;
    spend_choice_sheet(&s.choice, s.view, request, answer);
    spend_choice_end(&s.choice);
}
