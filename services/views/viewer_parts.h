/* The insides of the viewer, for its own files alone. */
#ifndef VIEWS_VIEWER_PARTS_H
#define VIEWS_VIEWER_PARTS_H

#include "services/bus/client.h"
#include "services/bus/hash.h"
#include "services/bus/library.h"
#include "services/bus/reasons.h"
#include "services/views/viewer.h"

/* What a viewer keeps beyond the turn in which it was made, each with a bound: what was used least
 * recently goes first. */
enum kept_kind {
    KEPT_VIEW,    /* struct shown */
    KEPT_CELLS,   /* struct cell[], by pack */
    KEPT_PAST,    /* struct past, by pack and scores */
    KEPT_ANSWER,  /* Message of the hub's: for the turn alone */
    KEPT_HISTORY, /* struct history: likewise */
    KEPT_KINDS
};

enum { KEPT_KEY = 2 * HASH_TEXT + 1 };

struct kept {
    enum kept_kind kind;
    char key[KEPT_KEY];
    uint64_t turn; /* when it was last used */
    void *object;
    struct kept *next;
};

struct viewer {
    struct client *client;
    struct library *library;
    const struct boundaries *boundaries;
    uint64_t turn;
    uint64_t newest; /* edition of this turn; 0: not asked yet */
    struct kept *kept;
    struct arena *arena; /* of this turn; NULL: not needed yet */
};

/* An edition that is shown. What belongs to the library is looked up anew in each turn. */
struct shown {
    struct view view;
    Message *answer; /* with its EditionInfo */
    struct changes *changes;
    double *before; /* ranks */
    struct reasons *reasons;
    struct spread **spreads; /* by node; NULL: none asked for yet */
    size_t n_spreads;
};

/* The ranks at the root and just below it of an edition. */
struct past {
    struct view view;
    struct edition edition;
    struct arena *arena;
};

/* Of this turn or an earlier one; marks it as used. NULL: none. */
void *viewer_find(struct viewer *viewer, enum kept_kind kind, const char *key);
/* Takes the object over; also when memory runs out, and it is freed. */
bool viewer_keep(struct viewer *viewer, enum kept_kind kind, const char *key, void *object,
                 struct fault *fault);
/* Forgets what is too much (`all`: everything). */
void viewer_trim(struct viewer *viewer, bool all);

#endif
