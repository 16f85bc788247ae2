/* Content hashes: SHA-256 in lower-case hexadecimal. */
#ifndef BUS_HASH_H
#define BUS_HASH_H

#include <stddef.h>

enum { HASH_TEXT = 65 }; /* 64 digits and the terminator */

void hash_of(const void *bytes, size_t length, char out[HASH_TEXT]);

#endif
