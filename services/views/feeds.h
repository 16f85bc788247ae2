/* Atom feeds (RFC 4287): what moved at a place or a mission, an entry for each edition, and the
 * releases, an entry each. The newest come first, and there are not more than FEED_ENTRIES of them;
 * with since=N only what came after event N. The same thing has the same id and the same date
 * whenever it is asked for. */
#ifndef VIEWS_FEEDS_H
#define VIEWS_FEEDS_H

#include "services/views/answer.h"
#include "services/views/viewer.h"

enum { FEED_ENTRIES = 20 };

void feed_place(struct viewer *viewer, const struct request *request, struct answer *answer);
void feed_mission(struct viewer *viewer, const struct request *request, struct answer *answer);
void feed_releases(struct viewer *viewer, const struct request *request, struct answer *answer);

#endif
