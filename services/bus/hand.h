/* The second thread of a worker: it performs tasks, and asks the first for blobs. The two share
 * nothing but the pipe between them. */
#ifndef BUS_HAND_H
#define BUS_HAND_H

#include <czmq.h>

/* What passes through the pipe: a word, then what belongs to it. */
#define HAND_TASK    "TASK"    /* to the hand: a task's frame */
#define HAND_BLOB    "BLOB"    /* from it: a hash; to it: the content, or nothing: there is none */
#define HAND_DONE    "DONE"    /* from it: the result's frame */
#define HAND_FAILED  "FAILED"  /* from it: the reason and the task's number */
#define HAND_TROUBLE "TROUBLE" /* likewise: it failed by what is around the worker */

/* A zactor's; `role` is a const struct role *. */
void hand_main(zsock_t *pipe, void *role);

#endif
