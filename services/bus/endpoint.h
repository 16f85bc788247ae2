/* Where the processes of one installation meet. All of it follows from the state folder, unless an
 * endpoint is given. */
#ifndef BUS_ENDPOINT_H
#define BUS_ENDPOINT_H

#include "core/fault.h"

enum { ENDPOINT_TEXT = 256, PATH_TEXT = 1024 };

struct places {
    char state[PATH_TEXT]; /* absolute */
    char database[PATH_TEXT];
    char inbox[PATH_TEXT], accepted[PATH_TEXT], rejected[PATH_TEXT];
    char editions[PATH_TEXT];
    char hub[ENDPOINT_TEXT];    /* ROUTER of the hub: workers and clients */
    char events[ENDPOINT_TEXT]; /* XPUB of publishing: the live stream */
    char replay[ENDPOINT_TEXT]; /* ROUTER of publishing: events after a number */
};

/* Fills in what follows from `state` (NULL: the environment's MINDEX_STATE, else "./mindex-state").
 * `hub`, `events` and `replay` replace the ipc endpoints of that folder where not NULL; so do
 * MINDEX_HUB, MINDEX_EVENTS and MINDEX_REPLAY from the environment. Creates nothing. */
bool places_find(struct places *places, const char *state, const char *hub, const char *events,
                 const char *replay, struct fault *fault);

/* Creates the folder and its parents. */
bool make_folder(const char *path, struct fault *fault);

#endif
