/* Writing JSON to a stream. */
#ifndef VIEWS_JSON_H
#define VIEWS_JSON_H

#include <stdio.h>

/* The text between quotes, escaped; what is no UTF-8 becomes U+FFFD. NULL: null. */
void json_text(FILE *out, const char *text);

/* The shortest digits that read back to the same bits; null where it is not finite. */
void json_number(FILE *out, double number);

/* "key": with a comma before it unless `first`. */
void json_key(FILE *out, const char *key, int first);

#endif
