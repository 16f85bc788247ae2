/* Who asks for events again and again at the replay endpoint, and how far each is: by what it says
 * that it has. One that has not asked for a while has gone. */
#ifndef PUBLISHING_ASKERS_H
#define PUBLISHING_ASKERS_H

#include "services/publishing/audience.h"

#include <czmq.h>

struct askers;

/* At most so many are kept. NULL: out of memory. */
struct askers *askers_new(size_t most);
void askers_destroy(struct askers **askers);

/* It asks for what comes after event `after`. `key`: the name of its key; "": one of this machine's
 * users. Memory that runs out leaves it out. */
void askers_asked(struct askers *askers, zframe_t *client, const char *key, uint64_t after);
/* It has its answer, or will have none. */
void askers_answered(struct askers *askers, zframe_t *client);
void askers_forget(struct askers *askers, int64_t now);

/* On any thread: how many there are. */
size_t askers_count(struct askers *askers);
/* On any thread. Who waits for an answer has everything up to event `newest`. */
void askers_audience(struct askers *askers, uint64_t newest, struct audience *audience);

#endif
