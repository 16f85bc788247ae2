/* Signatures of webhooks by Standard Webhooks 1.0: HMAC-SHA256 over "id.timestamp.body". */
#ifndef PUBLISHING_HOOK_SIGN_H
#define PUBLISHING_HOOK_SIGN_H

#include "core/fault.h"

#include <stddef.h>
#include <stdint.h>

enum {
    HOOK_SECRETS_MAX = 5, /* that sign at the same time, while one replaces another */
    HOOK_SIGNATURES_TEXT = HOOK_SECRETS_MAX * 50,
};

struct hook_text {
    const char *id;
    uint64_t timestamp; /* seconds since 1970 */
    const char *body;
    size_t length;
};

/* What the header webhook-signature says: "v1,BASE64" for each secret ("whsec_" and base64),
 * between blanks. Of more than HOOK_SECRETS_MAX the first sign. */
bool hook_sign(const struct hook_text *text, char *const *secrets, size_t n_secrets,
               char out[HOOK_SIGNATURES_TEXT], struct fault *fault);

#endif
