/* A key of a person or a machine: a CURVE key pair in a file of its own, readable by its owner
 * alone, with all that the holder needs to speak with the service. The file is text, a line each:
 * name, public, secret, and service, the service's public key. A .pub file has only the first two,
 * and is no secret. Keys are written as ZeroMQ does, 40 characters of Z85. */
#ifndef BUS_KEY_H
#define BUS_KEY_H

#include "core/fault.h"

#include <stddef.h>

enum { KEY_NAME_TEXT = 49, KEY_TEXT = 41, KEY_PRINT_TEXT = 17 };

struct key {
    char name[KEY_NAME_TEXT];
    char public[KEY_TEXT];
    char secret[KEY_TEXT];  /* "": not known */
    char service[KEY_TEXT]; /* "": not known */
};

/* Letters, digits, dot, hyphen and underscore; it becomes a file's name. */
bool key_name_check(const char *name, struct fault *fault);
/* Whether it is a key in Z85. */
bool key_is(const char *text);
/* A new pair; without the service's. */
bool key_make(struct key *key, const char *name, struct fault *fault);

/* Reads a file with a secret. Refused: a file that others may read or write. */
bool key_load(struct key *key, const char *path, struct fault *fault);
/* Reads name and public key from a .pub file or a key file. */
bool key_load_public(struct key *key, const char *path, struct fault *fault);

/* Writes a file that must not be there yet, whole or not at all, and on the disk when it returns:
 * with mode 0600 if the key has its secret, else as a .pub file. */
bool key_save(const struct key *key, const char *path, struct fault *fault);

/* Writes over the secret. */
void key_forget(struct key *key);

/* A short name of a public key, to be compared by eye. Returns `out`. */
const char *key_print(const char *public, char out[KEY_PRINT_TEXT]);

#endif
