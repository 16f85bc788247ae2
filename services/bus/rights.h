/* What the holder of a key may do: roles, and the messages that each of them may send. */
#ifndef BUS_RIGHTS_H
#define BUS_RIGHTS_H

#include "core/fault.h"
#include "services/bus/messages.h"

#include <stddef.h>

enum {
    ROLE_READER = 1 << 0,    /* asks: editions, releases, events, and what is public of the blobs */
    ROLE_DEPOSITOR = 1 << 1, /* hands releases in, and nothing else: a publisher of statistics */
    ROLE_INGESTION = 1 << 2, /* workers: the tasks of their own role, and the blobs for them */
    ROLE_SCORING = 1 << 3,
    ROLE_COMPARISON = 1 << 4,
    ROLE_PUBLISHING = 1 << 5,
    ROLE_ADMIN = 1 << 6, /* everything; alone in withdrawing, loading a pack, and batch jobs */
    ROLES_ALL = (1 << 7) - 1,
    ROLES_WORKERS = ROLE_INGESTION | ROLE_SCORING | ROLE_COMPARISON | ROLE_PUBLISHING,
    ROLES_TEXT = 96,
};

/* Who may hear events, and who may have blobs of releases that are held. */
enum {
    ROLES_EVENTS = ROLE_READER | ROLE_PUBLISHING | ROLE_ADMIN,
    ROLES_HELD = ROLES_WORKERS | ROLE_ADMIN,
};

/* "reader,scoring" as a set, and back. Reading knows no empty set. */
bool roles_read(const char *text, unsigned *roles, struct fault *fault);
const char *roles_write(unsigned roles, char out[ROLES_TEXT]);

/* The most bytes of a message of somebody with these roles, which is known before it is read: who
 * only asks needs few. */
size_t rights_frame_max(unsigned roles);

/* Whether somebody with these roles may send this message. False: *what is what it would do, for
 * "may not ...", a constant. A kind of message that the table does not know is for ROLE_ADMIN. */
bool rights_allow(unsigned roles, const Message *message, const char **what);

#endif
