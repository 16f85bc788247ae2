/* The name of what somebody did: handed in, loaded or withdrew something. It is made where that
 * begins, and stands in every log line, task, release and event that comes of it. */
#ifndef BUS_REQUEST_ID_H
#define BUS_REQUEST_ID_H

#include <stdbool.h>

enum { REQUEST_ID_TEXT = 17 }; /* sixteen lower-case hexadecimal digits, and a 0 */

/* A new one, at random. */
void request_id_new(char out[REQUEST_ID_TEXT]);

bool request_id_valid(const char *text);

/* The one that came from outside, or, where there is none or it is something else (NULL too), a new
 * one. */
void request_id_take(const char *given, char out[REQUEST_ID_TEXT]);

#endif
