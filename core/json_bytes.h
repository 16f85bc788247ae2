/* JSON out of bytes, where memory may run out: jansson then says in places that the text is not
 * JSON, or leaves out a letter of it and says nothing. */
#ifndef CORE_JSON_BYTES_H
#define CORE_JSON_BYTES_H

#include <jansson.h>

#include <stdbool.h>
#include <stddef.h>

/* The caller frees it with json_decref. NULL: *no_memory, or else the error says where the bytes
 * are no JSON. `flags` are jansson's. */
json_t *json_bytes_read(const char *bytes, size_t length, size_t flags, bool *no_memory,
                        json_error_t *error);

#endif
