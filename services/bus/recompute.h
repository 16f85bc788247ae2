/* An edition computed again from its inputs: the same bits, or what differs. */
#ifndef BUS_RECOMPUTE_H
#define BUS_RECOMPUTE_H

#include "services/bus/hash.h"
#include "services/bus/library.h"
#include "services/bus/messages.h"

struct recomputed {
    char scores[HASH_TEXT];     /* of the EditionScores that the inputs give now */
    char comparison[HASH_TEXT]; /* of the Comparison; "" where the edition has none */
};

/* Takes the list of inputs from the stored scores, which are read but not believed, and computes
 * both anew. Starts a turn of the library. False: it cannot be computed, and the fault says why. */
bool recompute_edition(struct library *library, const EditionInfo *info, struct recomputed *out,
                       struct fault *fault);

/* What is wrong with it, as a few words; NULL: it is the same to the bit. */
const char *recompute_differs(const EditionInfo *info, const struct recomputed *now);

#endif
