/* What the headers of an HTTP request ask for. Nothing here knows the library or a connection. */
#ifndef PUBLISHING_HTTP_HEADERS_H
#define PUBLISHING_HTTP_HEADERS_H

#include <stdbool.h>
#include <stddef.h>

enum { ACCEPT_TEXT = 256, ETAG_TEXT = 64 };

/* Accept in one spelling: the media types that we have, the most wanted first, and what the rest is
 * is left out, so that equal wishes are equal texts and there are not many of them. "": anything.
 * `header` NULL: there is none. */
void accept_canonical(const char *header, char out[ACCEPT_TEXT]);

/* Whether Accept-Encoding lets us send gzip. */
bool accepts_gzip(const char *header);

/* Whether If-None-Match has the tag, which is with its quotes, or "*"; weak or strong. */
bool etag_matches(const char *header, const char *etag);

#endif
