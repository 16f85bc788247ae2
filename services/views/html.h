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

struct page {
    const char *title;       /* without the site's name */
    const char *description; /* one sentence */
    const char *nav;         /* the path of the entry of the navigation that it is under; NULL */
    const struct view *view; /* for the line that names the edition; NULL: none */
    const struct request *request;
};

/* Everything up to <main>'s content, and everything after. */
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

#endif
