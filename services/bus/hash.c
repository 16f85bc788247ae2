#include "services/bus/hash.h"

#include "services/bus/sha256.h"

#include <sodium.h>

void hash_of(const void *bytes, size_t length, char out[HASH_TEXT]) {
    unsigned char digest[crypto_hash_sha256_BYTES];
    if (!sha256_by_processor(bytes, length, digest))
        crypto_hash_sha256(digest, bytes, length);
    sodium_bin2hex(out, HASH_TEXT, digest, sizeof digest);
}
