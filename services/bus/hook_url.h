/* The address that a webhook is sent to. */
#ifndef BUS_HOOK_URL_H
#define BUS_HOOK_URL_H

#include "core/fault.h"

#include <stdbool.h>

enum { HOOK_URL_MAX = 2000 }; /* bytes */

/* Whether messages may go there as far as its text tells: https, or http (which the publishing role
 * follows only to addresses that its operator has allowed); no user name or password, which would
 * be shown in lists and logs; no fragment; port 443, 80 with http, or one from 1024. Where its name
 * leads to is looked at when there is a connection to be made (services/publishing/hook_guard.h).
 * *plain_http, if not NULL, says which of the two it is. */
bool hook_url_fits(const char *url, bool *plain_http, struct fault *fault);

#endif
