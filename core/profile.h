/* One place among the others: the metrics by which it stands out, and the middle of its groups. */
#ifndef CORE_PROFILE_H
#define CORE_PROFILE_H

#include "core/edition.h"

struct standing {
    size_t node;
    double share; /* of the places with a score, those that have more need: 0 is most need */
    double below; /* ... and those that have less */
};

/* The metrics at which the place has a rank, of most need first; of equals, in the order of the
 * definition. Shares are the same however ties are ranked. `out` has room for every node; returns
 * how many. */
size_t profile_standings(const struct pack *pack, const struct edition *edition, size_t area,
                         struct standing *out);

/* Of n standings the first `top` are weaknesses, where more places have less need than have more,
 * and the last `top` strengths, where more have more. Of few, those in the second half are no
 * weaknesses, those in the first no strengths, and the one in the middle is neither. */
enum side { SIDE_NEITHER, SIDE_WEAKNESS, SIDE_STRENGTH };
enum side profile_side(const struct standing *standings, size_t n, size_t at, size_t top);

/* The places beside which one is looked at, itself among them. */
enum peers { PEERS_ALL, PEERS_REGION, PEERS_TYPE };

/* `out` has room for every area; returns how many. */
size_t profile_peers(const struct geography *geography, size_t area, enum peers peers, size_t *out);

/* The middle of the figures of n areas, those without one left out; `work` has room for n. False:
 * none has one. */
bool profile_median(const struct column *column, const size_t *areas, size_t n, double *work,
                    double *out);

#endif
