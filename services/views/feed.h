/* Writing an Atom feed. */
#ifndef VIEWS_FEED_H
#define VIEWS_FEED_H

#include "services/bus/buffer.h"
#include "services/views/answer.h"

/* Text content or an attribute's value of XML: escaped, and what is no character of XML becomes
 * U+FFFD or a blank. */
void feed_text(FILE *out, const char *text);

struct feed_head {
    const char *name; /* what the id is made of */
    const char *title, *subtitle;
    const char *page; /* the path of the page that says the same, for people */
    uint64_t updated_ms;
};
void feed_begin(FILE *out, const struct request *request, const struct feed_head *head);
void feed_end(FILE *out);

struct feed_entry {
    const char *name, *title;
    const char *page;
    const char *category; /* NULL: none */
    uint64_t published_ms, updated_ms;
};
/* Between the two, XHTML is written: elements that are closed, and text by feed_text. */
void feed_entry_begin(FILE *out, const struct request *request, const struct feed_entry *entry);
void feed_entry_end(FILE *out);

/* What was written becomes the answer. */
void feed_answer(struct buffer *buffer, FILE *out, struct answer *answer);

#endif
