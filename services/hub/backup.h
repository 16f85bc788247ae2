/* A copy of the database, made while a hub works on it, and put back later. */
#ifndef HUB_BACKUP_H
#define HUB_BACKUP_H

#include "core/fault.h"
#include "services/bus/endpoint.h"

#include <stdbool.h>
#include <stdint.h>

/* Copies the database as it stands at one moment to `to`, which must not be there yet; a hub is
 * not held up. The copy is one file, checked (verify.h, all but the computation), and on disk when
 * this returns; if it fails, there is no file. It is for this user alone, as is the database: both
 * have the secrets of so many *subscriptions. */
bool backup_make(const char *database, const char *to, uint64_t *subscriptions,
                 struct fault *fault);

struct restored {
    char aside[PATH_TEXT + 64];    /* where the database that was there is; "": there was none */
    char editions[PATH_TEXT + 64]; /* where files of editions are that it does not have; "": none */
    uint64_t newest_edition, newest_event, subscriptions;
};

/* Puts a copy of `from` where the installation's database is: checked, and brought forward to this
 * program's schema; `from` stays as it is. The newest edition's files will be published again. A
 * database that is there is kept aside with `replace`, and is a fault without. A fault too, when a
 * hub runs. What was there is there until the whole is done. */
bool restore_make(const char *from, const struct places *places, bool replace, struct restored *out,
                  struct fault *fault);

#endif
