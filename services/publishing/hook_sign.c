#include "services/publishing/hook_sign.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { SECRET_LEAST = 24, SECRET_MOST = 64 }; /* bytes */

static const char prefix[] = "whsec_";

static bool read_secret(const char *secret, uint8_t key[SECRET_MOST], size_t *length) {
    size_t skip = sizeof prefix - 1;
    const char *end = NULL;
    return strncmp(secret, prefix, skip) == 0 &&
           sodium_base642bin(key, SECRET_MOST, secret + skip, strlen(secret + skip), NULL, length,
                             &end, sodium_base64_VARIANT_ORIGINAL) == 0 &&
           *end == '\0' && *length >= SECRET_LEAST;
}

static void sign(const struct hook_text *text, const uint8_t *key, size_t length,
                 uint8_t out[crypto_auth_hmacsha256_BYTES]) {
    crypto_auth_hmacsha256_state state;
    char stamp[32];
    (void)snprintf(stamp, sizeof stamp, ".%" PRIu64 ".", text->timestamp);
    (void)crypto_auth_hmacsha256_init(&state, key, length);
    (void)crypto_auth_hmacsha256_update(&state, (const uint8_t *)text->id, strlen(text->id));
    (void)crypto_auth_hmacsha256_update(&state, (const uint8_t *)stamp, strlen(stamp));
    (void)crypto_auth_hmacsha256_update(&state, (const uint8_t *)text->body, text->length);
    (void)crypto_auth_hmacsha256_final(&state, out);
    sodium_memzero(&state, sizeof state);
}

bool hook_sign(const struct hook_text *text, char *const *secrets, size_t n_secrets,
               char out[HOOK_SIGNATURES_TEXT], struct fault *fault) {
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < n_secrets && i < HOOK_SECRETS_MAX; i++) {
        uint8_t key[SECRET_MOST], signature[crypto_auth_hmacsha256_BYTES];
        char encoded[sodium_base64_ENCODED_LEN(crypto_auth_hmacsha256_BYTES,
                                               sodium_base64_VARIANT_ORIGINAL)];
        size_t length = 0;
        bool fine = read_secret(secrets[i], key, &length);
        if (fine) {
            sign(text, key, length, signature);
            (void)sodium_bin2base64(encoded, sizeof encoded, signature, sizeof signature,
                                    sodium_base64_VARIANT_ORIGINAL);
            used += (size_t)snprintf(out + used, HOOK_SIGNATURES_TEXT - used, "%sv1,%s",
                                     used ? " " : "", encoded);
        }
        sodium_memzero(key, sizeof key);
        if (!fine)
            return fault_set(fault, FAULT_INPUT,
                             "secret %zu is not whsec_ and %d to %d bytes in base64", i + 1,
                             SECRET_LEAST, SECRET_MOST);
    }
    return used || fault_set(fault, FAULT_INPUT, "there is no secret to sign with");
}
