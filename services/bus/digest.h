/* One message for each edition in place of one for each rank change: what caused it, how many moved
 * in all and of those that are wanted, and the largest moves with the reasons.
 *
 * The events of the log are given to it in their order, all of them from an edition.scored on: that
 * says how many rank changes follow, and so where the edition ends. */
#ifndef BUS_DIGEST_H
#define BUS_DIGEST_H

#include "core/fault.h"
#include "services/bus/messages.h"
#include "services/bus/request_id.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DIGEST_MOVES_MAX = 60,    /* that are told one by one */
    DIGEST_BYTES_MAX = 20000, /* of the message */
    DIGEST_ID_TEXT = 160,
};

struct digest_move {
    uint64_t seq;
    uint32_t distance;   /* rank_distance (services/bus/filter.h) */
    RankChanged *change; /* without its causes: `why` says them */
};

struct digest {
    uint64_t edition, time_ms;
    uint64_t last_ms;                           /* when `last` was committed */
    uint64_t first, last;                       /* events of it, so far */
    Mindex__V1__EditionScored *scored;          /* NULL: no edition has begun */
    char request_id[REQUEST_ID_TEXT];           /* that of its events; "": none */
    uint32_t seen, wanted;                      /* rank changes, so far */
    bool asked;                                 /* wanted, though nothing that is wanted moved */
    struct digest_move moves[DIGEST_MOVES_MAX]; /* the largest first; of equal ones the earlier */
    size_t n_moves;
};

/* Begin with {0}. */
void digest_clear(struct digest *digest);

/* Takes an event in. *complete: it was the last of an edition, and the digest is to be told (or
 * not: digest_worth) and cleared before the next event. What does not belong to an edition whose
 * beginning was seen is passed over. */
bool digest_take(struct digest *digest, const Filter *filter, const Event *event, bool *complete,
                 struct fault *fault);

/* Whether anything in it is wanted. */
bool digest_worth(const struct digest *digest);

/* "digest-EDITION-TIME-NAME": the same each time that it is told to the same subscription. */
const char *digest_id(const struct digest *digest, const char *name, char out[DIGEST_ID_TEXT]);

/* As a CloudEvent of type mindex.edition.digest, of less than DIGEST_BYTES_MAX: the moves that find
 * no room are counted, with the path at which they are read. Free it; NULL: out of memory. */
char *digest_text(const struct digest *digest, const char *name, size_t *length);

/* What it says in a sentence. Free it; NULL: out of memory. */
char *digest_sentence(const struct digest *digest);

#endif
