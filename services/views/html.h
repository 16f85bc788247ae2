/* Writing HTML: the frame that all pages share, and text that is always escaped. */
#ifndef VIEWS_HTML_H
#define VIEWS_HTML_H

#include "services/views/answer.h"
#include "services/views/view.h"

#include <stdio.h>

/* Text content or an attribute's value, escaped; control characters become blanks. Everything that
 * comes from a pack, a release or a request goes through here. */
void html_text(FILE *out, const char *text);
/* A part of a URL's path or query, percent-encoded. */
void html_url(FILE *out, const char *text);

/* The value of href for one of our own pages: the path, which is written as it stands and may have
 * a query, with edition=N where the request asked for an edition, so that links keep it. */
void html_href(FILE *out, const struct request *request, const char *path);

/* The query of such a link: "?name=value" and the edition that was asked for. */
void html_with(FILE *out, const struct request *request, const char *name, const char *value);

/* The value of href for the page of the place with that code. */
void html_place_href(FILE *out, const struct request *request, const char *code);

/* A link to a place's page, by its name. */
void html_place(FILE *out, const struct request *request, const struct area *area);

/* Why there is no figure: the status in words, marked as such. */
void html_missing(FILE *out, unsigned status);

/* "19 May 2026". */
void html_date(FILE *out, uint64_t ms);

/* A period as people say it: "2023" for 2023-01-01/P1Y, "1 April 2024 to 31 March 2025" for
 * 2024-04-01/P1Y, "30 April 2025" for a day; as it stands where it is written otherwise. */
void html_period(FILE *out, const char *period);

/* A rank as it is shown: a whole number, or 7.5 where equal places share the average. */
void html_rank(FILE *out, double rank);

/* "up 3" towards rank 1, or "down 3", told apart by colour too. */
void html_rise(FILE *out, int64_t rise);

/* A figure for people: "1,234", "56.8", "0.25". Tables to download have all its digits. */
void html_number(FILE *out, double figure);

struct page {
    const char *title;       /* without the site's name */
    const char *description; /* one sentence */
    const char *nav;         /* the path of the entry of the navigation that it is under; NULL */
    const struct view *view; /* for the line that names the edition; NULL: none */
    const struct request *request;
    const char *script; /* a module of services/views/web for this page: "map.js"; NULL: none */
    const char *feed;   /* the path of its Atom feed; NULL: none */
    bool wide;          /* its content takes the width of the window: wide tables, maps */
};

/* Everything up to <main>'s content, and everything after. The page writes its own <h1>. */
void page_begin(FILE *out, const struct page *page);
void page_end(FILE *out, const struct page *page);

/* The answer is a page: opens a stream in memory for it (NULL: out of memory), and closes it. */
FILE *page_open(struct answer *answer);
void page_close(struct answer *answer, FILE *out);

/* A chart in its frame: <figure> with the one-sentence finding as its caption, the picture, and
 * behind <details> the table that says the same. Call begin, write the SVG, call table, write the
 * table, call end. */
void figure_begin(FILE *out, const char *id, const char *finding);
void figure_table(FILE *out, const char *summary);
void figure_end(FILE *out);

/* A table that scrolls sideways where the window is narrow, by keyboard too. `id` is unique on the
 * page; the caller writes <thead> and <tbody> between. `class` may be "". */
void table_begin(FILE *out, const char *id, const char *class, const char *caption);
void table_end(FILE *out);

/* The shade of a band, from 1 (most need) to HTML_SHADES, however many bands there are; 0 for 0. */
enum { HTML_SHADES = 5 };
unsigned html_shade(const struct definition *definition, unsigned band);

/* A band in words with its mark: <span class="band band-1">very high</span>. Of 0: "no band". */
void html_band(FILE *out, const struct definition *definition, unsigned band);

#endif
