/* Whose the state folder is. An installed service has a user of its own, and whoever looks after it
 * is another: what root makes there that user could not read, and what is there nobody else can. */
#ifndef CLI_OWNER_H
#define CLI_OWNER_H

#include "services/bus/endpoint.h"

#include <stdbool.h>

/* False: this is root, and the folder is another user's; who to be instead was printed. */
bool owner_may_write(const struct places *places);

/* False: the hub's socket is in there, and the folder is closed to who this is; likewise. */
bool owner_may_enter(const struct places *places);

#endif
