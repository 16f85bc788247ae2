/* What 'mindex status' is made of. */
#ifndef CLI_STATUS_H
#define CLI_STATUS_H

#include "services/bus/messages.h"

#include <stddef.h>
#include <stdint.h>

enum { CONCERNS_MAX = 32, CONCERN_TEXT = 500 };

/* What somebody should look at, the worst first, each with what to do about it. */
struct concerns {
    char text[CONCERNS_MAX][CONCERN_TEXT];
    size_t n;
};
void status_concerns(const StatusReport *status, uint64_t now_ms, struct concerns *concerns);

/* All of it as JSON on standard output; an exit status. */
int status_print_json(const StatusReport *status, const struct concerns *concerns);

/* "3 d 4 h", "2 min", "12 s"; "412 MB". Returns `out`. */
enum { AMOUNT_TEXT = 32 };
const char *status_duration(uint64_t ms, char out[AMOUNT_TEXT]);
const char *status_bytes(uint64_t bytes, char out[AMOUNT_TEXT]);

#endif
