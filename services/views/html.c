#include "services/views/html.h"

#include "core/number.h"
#include "core/status.h"
#include "core/succession.h"
#include "services/bus/buffer.h"
#include "services/views/assets.h"
#include "services/views/words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* --- text ------------------------------------------------------------------------------------- */

void html_text(FILE *out, const char *text) {
    for (; *text; text++) {
        switch (*text) {
        case '&':
            (void)fputs("&amp;", out);
            break;
        case '<':
            (void)fputs("&lt;", out);
            break;
        case '>':
            (void)fputs("&gt;", out);
            break;
        case '"':
            (void)fputs("&quot;", out);
            break;
        case '\'':
            (void)fputs("&#39;", out);
            break;
        default:
            (void)fputc((unsigned char)*text < ' ' || *text == 127 ? ' ' : *text, out);
        }
    }
}

void html_url(FILE *out, const char *text) {
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (; *text; text++) {
        if (strchr(plain, *text))
            (void)fputc(*text, out);
        else
            (void)fprintf(out, "%%%02X", (unsigned)(unsigned char)*text);
    }
}

/* The edition that was asked for by its number; NULL: none. */
static const char *edition_asked(const struct request *request) {
    const char *edition = request ? request_get(request, "edition") : NULL;
    bool number = edition && *edition && strlen(edition) <= 20 &&
                  strspn(edition, "0123456789") == strlen(edition);
    return number ? edition : NULL;
}

void html_href(FILE *out, const struct request *request, const char *path) {
    const char *edition = edition_asked(request);
    html_text(out, path);
    if (edition)
        (void)fprintf(out, "%sedition=%s", strchr(path, '?') ? "&amp;" : "?", edition);
}

void html_with(FILE *out, const struct request *request, const char *name, const char *value) {
    const char *edition = edition_asked(request);
    (void)fprintf(out, "?%s=", name);
    html_url(out, value);
    if (edition)
        (void)fprintf(out, "&amp;edition=%s", edition);
}

void html_place_href(FILE *out, const struct request *request, const char *code) {
    (void)fputs("/places/", out);
    html_url(out, code);
    html_href(out, request, "");
}

void html_place(FILE *out, const struct request *request, const struct area *area) {
    (void)fputs("<a href=\"", out);
    html_place_href(out, request, area->code);
    (void)fputs("\">", out);
    html_text(out, area->name);
    (void)fputs("</a>", out);
}

void html_missing(FILE *out, unsigned status) {
    (void)fputs("<span class=\"missing\">", out);
    html_text(out, status_words((enum status)status));
    (void)fputs("</span>", out);
}

static const char *const months[] = {"January",   "February", "March",    "April",
                                     "May",       "June",     "July",     "August",
                                     "September", "October",  "November", "December"};

static void write_day(FILE *out, const struct tm *day) {
    (void)fprintf(out, "%d %s %d", day->tm_mday, months[day->tm_mon], day->tm_year + 1900);
}

void html_date(FILE *out, uint64_t ms) {
    time_t seconds = (time_t)(ms / 1000);
    struct tm day;
    if (gmtime_r(&seconds, &day))
        write_day(out, &day);
}

/* The day before the one `count` years or months after it, which is the last of a period. */
static struct tm last_day(struct tm first, int count, char unit) {
    first.tm_year += unit == 'Y' ? count : 0;
    first.tm_mon += unit == 'M' ? count : 0;
    first.tm_mday -= 1;
    (void)timegm(&first); /* which makes a date of it */
    return first;
}

enum { DAY_LENGTH = 10, PERIODS_MAX = 999 };

/* The day at the beginning of the text. */
static bool first_day(const char *text, struct tm *out) {
    int32_t day;
    if (strnlen(text, DAY_LENGTH) < DAY_LENGTH || !day_read(text, DAY_LENGTH, &day))
        return false;
    *out = (struct tm){
        .tm_year = day / 10000 - 1900, .tm_mon = day / 100 % 100 - 1, .tm_mday = day % 100};
    return true;
}

/* "/P3Y", "/P6M": how many of which. */
static bool duration(const char *text, int *count, char *unit) {
    size_t length = strlen(text);
    unsigned long number;
    if (length < 4 || strncmp(text, "/P", 2) != 0 ||
        !number_whole(text + 2, length - 3, 1, PERIODS_MAX, &number))
        return false;
    *count = (int)number;
    *unit = text[length - 1];
    return *unit == 'Y' || *unit == 'M';
}

static void write_interval(FILE *out, const struct tm *first, int count, char unit) {
    struct tm last = last_day(*first, count, unit);
    bool years = unit == 'Y' && first->tm_mon == 0 && first->tm_mday == 1;
    if (years && count == 1) {
        (void)fprintf(out, "%d", first->tm_year + 1900);
    } else if (years) {
        (void)fprintf(out, "%d to %d", first->tm_year + 1900, last.tm_year + 1900);
    } else if (unit == 'M' && count == 1 && first->tm_mday == 1) {
        (void)fprintf(out, "%s %d", months[first->tm_mon], first->tm_year + 1900);
    } else {
        write_day(out, first);
        (void)fputs(" to ", out);
        write_day(out, &last);
    }
}

void html_period(FILE *out, const char *period) {
    struct tm first;
    int count;
    char unit;
    bool day = first_day(period, &first);
    if (day && !period[DAY_LENGTH])
        write_day(out, &first);
    else if (day && duration(period + DAY_LENGTH, &count, &unit))
        write_interval(out, &first, count, unit);
    else
        html_text(out, period);
}

void html_rank(FILE *out, double rank) {
    (void)fprintf(out, rank == floor(rank) ? "%.0f" : "%.1f", rank);
}

void html_rise(FILE *out, int64_t rise) {
    char text[32];
    (void)fprintf(out, "<span class=\"%s\">%s</span>", rise > 0 ? "up" : "down",
                  words_rise(rise, text));
}

enum { FIGURE_TEXT = 400 }; /* the longest double has 309 digits before the point */

void html_number(FILE *out, double figure) {
    char text[FIGURE_TEXT];
    double size = fabs(figure);
    (void)snprintf(text, sizeof text, "%.*f", size >= 1000 ? 0 : size >= 100 ? 1 : 2, size);
    char *point = strchr(text, '.');
    for (char *end = text + strlen(text) - 1; point && (*end == '0' || end == point); end--) {
        bool last = end == point;
        *end = '\0';
        if (last)
            break;
    }
    size_t whole = strcspn(text, ".");
    if (figure < 0 && strcmp(text, "0") != 0)
        (void)fputs("−", out);
    for (size_t i = 0; text[i]; i++) {
        if (i > 0 && i < whole && (whole - i) % 3 == 0)
            (void)fputc(',', out);
        (void)fputc(text[i], out);
    }
}

unsigned html_shade(const struct definition *definition, unsigned band) {
    return band ? (band - 1) * HTML_SHADES / definition->bands + 1 : 0;
}

void html_band(FILE *out, const struct definition *definition, unsigned band) {
    (void)fprintf(out, "<span class=\"band band-%u\">", html_shade(definition, band));
    html_text(out, band ? band_name(definition, band) : "no band");
    (void)fputs("</span>", out);
}

/* --- the frame -------------------------------------------------------------------------------- */

static const struct {
    const char *path, *name;
} entries[] = {
    {"/search", "Find a place"},  {"/league", "League table"},  {"/map", "Map"},
    {"/spend", "Need and spend"}, {"/changes", "What changed"}, {"/metrics-table", "Metrics"},
    {"/method", "Method"},
};

enum { ENTRIES = sizeof entries / sizeof *entries };

static const char *site_name(const struct page *page) {
    return page->view ? page->view->pack->definition->title : "Index of need";
}

static void script(FILE *out, const char *name) {
    (void)fprintf(out, "<script type=\"module\" src=\"%s\"></script>\n", asset_path(name));
}

static void head(FILE *out, const struct page *page) {
    (void)fputs("<!doctype html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\">\n"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                "<meta name=\"color-scheme\" content=\"light dark\">\n<title>",
                out);
    html_text(out, page->title);
    (void)fputs(" – ", out);
    html_text(out, site_name(page));
    (void)fputs("</title>\n<meta name=\"description\" content=\"", out);
    html_text(out, page->description);
    (void)fprintf(out, "\">\n<link rel=\"stylesheet\" href=\"%s\">\n", asset_path("site.css"));
    (void)fprintf(out, "<link rel=\"icon\" href=\"%s\" type=\"image/svg+xml\">\n",
                  asset_path("icon.svg"));
    if (page->feed) {
        (void)fputs("<link rel=\"alternate\" type=\"application/atom+xml\" href=\"", out);
        html_text(out, page->feed);
        (void)fputs("\">\n", out);
    }
    script(out, "search.js");
    script(out, "live.js");
    if (page->script)
        script(out, page->script);
    (void)fputs("</head>\n", out);
}

/* The search field; the pages on which it is the main thing have their own. */
static void site_search(FILE *out, const struct page *page) {
    const char *edition = edition_asked(page->request);
    (void)fputs("<search><form class=\"site-search\" action=\"/search\" method=\"get\">"
                "<label class=\"hidden\" for=\"site-q\">Find a place by name or code</label>"
                "<input id=\"site-q\" name=\"q\" type=\"search\" autocomplete=\"off\" "
                "placeholder=\"Find a place\" data-suggest>",
                out);
    if (edition)
        (void)fprintf(out, "<input type=\"hidden\" name=\"edition\" value=\"%s\">", edition);
    (void)fputs("<button type=\"submit\">Search</button></form></search>\n", out);
}

static void navigation(FILE *out, const struct page *page) {
    (void)fputs("<nav class=\"site-nav\" aria-label=\"Main\"><ul>\n", out);
    for (size_t i = 0; i < ENTRIES; i++) {
        if (strcmp(entries[i].path, "/spend") == 0 && page->view && !view_of_spend(page->view))
            continue;
        bool here = page->nav && strcmp(page->nav, entries[i].path) == 0;
        (void)fputs("<li><a href=\"", out);
        html_href(out, page->request, entries[i].path);
        (void)fprintf(out, "\"%s>%s</a></li>\n", here ? " aria-current=\"page\"" : "",
                      entries[i].name);
    }
    (void)fputs("</ul></nav>\n", out);
}

static void query_without_edition(FILE *out, const struct request *request) {
    const char *before = "?";
    for (size_t i = 0; i < request->n_parameters; i++) {
        const struct parameter *parameter = &request->parameters[i];
        if (strcmp(parameter->name, "edition") == 0)
            continue;
        (void)fputs(before, out);
        html_url(out, parameter->name);
        (void)fputc('=', out);
        html_url(out, parameter->value);
        before = "&amp;";
    }
}

/* Who follows a link to an edition is told that there may be a newer one. */
static void edition_notice(FILE *out, const struct page *page) {
    const char *edition = edition_asked(page->request);
    if (!edition)
        return;
    (void)fprintf(out,
                  "<aside aria-label=\"Edition\"><p class=\"edition-notice\">You are looking at "
                  "edition %s. "
                  "<a href=\"",
                  edition);
    html_text(out, page->request->path);
    query_without_edition(out, page->request);
    (void)fputs("\">See the newest edition</a></p></aside>\n", out);
}

void page_begin(FILE *out, const struct page *page) {
    head(out, page);
    (void)fprintf(out, "<body%s>\n", page->wide ? " class=\"wide\"" : "");
    (void)fputs(
        "<a class=\"skip\" href=\"#content\">Skip to the content</a>\n"
        "<header class=\"site-header\"><div class=\"inner\">\n<a class=\"site-name\" href=\"",
        out);
    html_href(out, page->request, "/");
    (void)fputs("\">", out);
    html_text(out, site_name(page));
    (void)fputs("</a>\n", out);
    if (!page->nav || (strcmp(page->nav, "/search") != 0 && strcmp(page->nav, "/") != 0))
        site_search(out, page);
    navigation(out, page);
    (void)fputs("</div>\n", out);
    edition_notice(out, page);
    (void)fputs("</header>\n", out);
    (void)fputs("<main id=\"content\" class=\"inner\" tabindex=\"-1\"", out);
    if (page->view) /* live.js holds it against the newest */
        (void)fprintf(out, " data-edition=\"%llu\"", (unsigned long long)page->view->number);
    (void)fputs(">\n", out);
}

void page_end(FILE *out, const struct page *page) {
    char text[WORDS_TEXT];
    (void)fputs("</main>\n<footer class=\"site-footer\"><div class=\"inner\">\n", out);
    if (page->view) {
        (void)fprintf(out, "<p>Edition %llu", (unsigned long long)page->view->number);
        if (page->view->time_ms) {
            (void)fputs(", ", out);
            html_date(out, page->view->time_ms);
        }
        (void)fputs(". Rank 1 is most need.</p>\n", out);
    }
    (void)fputs("<p>", out);
    if (page->view)
        html_text(out, words_licences(page->view->pack->definition, text));
    (void)fputs("The figures are their publishers’; their choice, their weights and the ranks that "
                "come of them are not figures of any publisher, nor of any government.</p>\n"
                "<ul class=\"plain-links\">\n",
                out);
    static const char *const links[][2] = {{"/metrics-table", "Sources"},
                                           {"/method", "Method and limits"},
                                           {"/editions", "All editions"}};
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        (void)fputs("<li><a href=\"", out);
        html_href(out, page->request, links[i][0]);
        (void)fprintf(out, "\">%s</a></li>\n", links[i][1]);
    }
    (void)fputs("<li><a href=\"/api/v1\">Data for machines</a></li>\n"
                "<li><a href=\"/feeds/releases.atom\">Feed of releases</a></li>\n"
                "</ul>\n</div></footer>\n</body>\n</html>\n",
                out);
}

FILE *page_open(struct answer *answer) {
    answer->type = "text/html; charset=utf-8";
    answer->page = malloc(sizeof *answer->page);
    FILE *out = answer->page ? buffer_open(answer->page) : NULL;
    if (!out) {
        free(answer->page);
        answer->page = NULL;
    }
    return out;
}

void page_close(struct answer *answer, FILE *out) {
    bool whole = buffer_close(answer->page, out);
    answer->body = answer->page->bytes;
    answer->length = whole ? answer->page->length : 0;
    free(answer->page);
    answer->page = NULL;
}

/* --- figures and tables ----------------------------------------------------------------------- */

void figure_begin(FILE *out, const char *id, const char *finding) {
    (void)fputs("<figure class=\"chart\" id=\"", out);
    html_text(out, id);
    (void)fputs("\">\n<figcaption>", out);
    html_text(out, finding);
    (void)fputs("</figcaption>\n<div class=\"picture\">\n", out);
}

void figure_table(FILE *out, const char *summary) {
    (void)fputs("</div>\n<details><summary>", out);
    html_text(out, summary);
    (void)fputs("</summary>\n", out);
}

void figure_end(FILE *out) {
    (void)fputs("</details>\n</figure>\n", out);
}

void table_begin(FILE *out, const char *id, const char *class, const char *caption) {
    (void)fputs("<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-labelledby=\"", out);
    html_text(out, id);
    (void)fputs("-caption\"><table id=\"", out);
    html_text(out, id);
    (void)fputs("\" class=\"", out);
    html_text(out, class);
    (void)fputs("\"><caption id=\"", out);
    html_text(out, id);
    (void)fputs("-caption\">", out);
    html_text(out, caption);
    (void)fputs("</caption>\n", out);
}

void table_end(FILE *out) {
    (void)fputs("</table></div>\n", out);
}
