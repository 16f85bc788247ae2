/* Writing JSON piece by piece, for what is sent often: no tree of it is built. */
#ifndef BUS_JSON_WRITE_H
#define BUS_JSON_WRITE_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdio.h>

/* In quotes, escaped; what is no UTF-8 is written as U+FFFD. NULL: null. */
void json_write_text(FILE *out, const char *text);

/* With the fewest digits that give the same double again; one that is not finite as null. */
void json_write_number(FILE *out, double number);

/* The fields of a message, name and value, each with a comma before it unless `first`: what is not
 * there is left out, lists are arrays, and messages objects. Bytes are left out. Returns whether
 * nothing was written yet, to go on with. */
bool json_write_fields(FILE *out, const ProtobufCMessage *message, bool first);

#endif
