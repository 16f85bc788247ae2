/* Waiting for the edition that a command caused, and saying what it brings as it comes. */
#ifndef CLI_AWAIT_H
#define CLI_AWAIT_H

#include "services/bus/client.h"

enum { RETRY_MS = 15000, RECEIPT_MS = 120000 };

/* The edition whose scoring was told after event `through`, of `cause` (release, definition,
 * withdrawal) and `release` (0: the definition), until its files are complete. With `edition`,
 * which gets its number, nothing is said. Returns an exit status. */
int await_edition(struct client *client, uint64_t through, const char *cause, uint64_t release,
                  uint64_t *edition);

#endif
