/* Points in time as people write them: RFC 3339, "2026-11-25T09:30:00Z". */
#ifndef BUS_INSTANT_H
#define BUS_INSTANT_H

#include "core/fault.h"

#include <stdint.h>

/* Milliseconds since 1970 UTC. The offset from UTC ("Z", "+01:00") must be there: a time without
 * one is another time in another place. A fault says what was expected. */
bool instant_read(const char *text, uint64_t *ms, struct fault *fault);

enum { INSTANT_TEXT = 32 };

/* In UTC, to the second; with the milliseconds where there are any. Returns `out`. */
const char *instant_write(uint64_t ms, char out[INSTANT_TEXT]);

#endif
