/* What each kind of result means: one transaction that stores it, tells of it and orders what
 * follows. */
#ifndef HUB_RESULTS_H
#define HUB_RESULTS_H

#include "services/hub/hub.h"

/* Stores a scoring, comparison or publishing result, begins and commits. *next is the task that
 * follows, to be queued after this returns true; on false the caller rolls back and destroys it.
 * A fault of kind FAULT_INPUT means that the result itself cannot be right. */
bool result_commit(struct hub *hub, const struct job *job, const TaskDone *done, struct job **next,
                   struct fault *fault);

/* The publishing of an edition as it now stands, inside the open transaction. `request_id` NULL or
 * "": nobody in particular asks for it. */
bool result_next_publish(struct hub *hub, uint64_t edition, const char *request_id,
                         struct job **next, struct fault *fault);

#endif
