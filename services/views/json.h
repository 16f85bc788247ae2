/* Writing JSON to a stream, beside services/bus/json_write.h. */
#ifndef VIEWS_JSON_H
#define VIEWS_JSON_H

#include "services/bus/json_write.h"

#include <stdio.h>

/* "key": with a comma before it unless `first`. */
void json_key(FILE *out, const char *key, int first);

#endif
