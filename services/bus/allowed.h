/* The allow-list: which keys may speak here, and in which roles. One text file, replaced whole:
 *
 *   NAME PUBLIC-KEY ROLE[,ROLE] SINCE [REVOKED]
 *
 * A name stands for one key for ever: a revoked key stays in the list. */
#ifndef BUS_ALLOWED_H
#define BUS_ALLOWED_H

#include "services/bus/key.h"
#include "services/bus/rights.h"

#include <stddef.h>
#include <stdint.h>

struct allowed_key {
    char name[KEY_NAME_TEXT];
    char public[KEY_TEXT];
    unsigned roles;
    uint64_t since_ms, revoked_ms; /* since 1970; 0: not revoked */
};

struct allowed;

/* The list in the folder, which need not exist; nothing is read yet. NULL: out of memory. */
struct allowed *allowed_new(const char *folder);
void allowed_destroy(struct allowed **allowed);

/* Reads the file if it is another than the last time, at the price of one stat. A list that is not
 * there allows nobody; nor does one that cannot be read or that others may write, and the fault
 * says so (false). *lost, if not NULL, gets the roles that any key had before and has no longer. */
bool allowed_refresh(struct allowed *allowed, unsigned *lost, struct fault *fault);

size_t allowed_count(const struct allowed *allowed);
const struct allowed_key *allowed_at(const struct allowed *allowed, size_t i);
/* NULL: there is none. Revoked ones are found, too. */
const struct allowed_key *allowed_by_name(const struct allowed *allowed, const char *name);
const struct allowed_key *allowed_by_public(const struct allowed *allowed, const char *public);
/* The roles of a key; 0: it is not in the list, or revoked. */
unsigned allowed_roles(const struct allowed *allowed, const char *name);

/* Puts the key in, or in place of the one of that name, and the list on the disk. */
bool allowed_put(struct allowed *allowed, const struct allowed_key *key, struct fault *fault);

/* Whoever changes keys or list holds this: makes the folder (0700) if need be, waits for others,
 * and returns a descriptor to be closed. -1: the fault says why. */
int keys_lock(const char *folder, struct fault *fault);

/* The service's own key: the one that who starts the process gives it (service.key in the folder
 * that CREDENTIALS_DIRECTORY names), else the folder's, made if need be. service.pub says the same
 * afterwards. */
bool keys_service(const char *folder, struct key *key, struct fault *fault);
/* Its public half alone, for who cannot see the secret. */
bool keys_service_public(const char *folder, struct key *key, struct fault *fault);

#endif
