/* The life of a worker process: it says hello to the hub, asks for a task when it is idle, keeps
 * its heartbeat going while it works, hands the result in and asks for the next. It keeps nothing
 * between tasks but copies of blobs, so it can be killed at any moment: what it was doing is given
 * to another. It outlives the hub: when the hub is back it says hello again. */
#ifndef BUS_WORKER_H
#define BUS_WORKER_H

#include "core/fault.h"
#include "services/bus/beat.h"
#include "services/bus/config.h"
#include "services/bus/endpoint.h"
#include "services/bus/library.h"
#include "services/bus/wire.h"

#include <stdbool.h>

/* What one kind of worker does. */
struct role {
    const char *name; /* ingestion, scoring, comparison, publishing */
    /* Performs one task with what the library holds, and returns the TaskDone message as a frame
     * (worker_result makes one). NULL: it cannot be done, and the fault says why. `context` is the
     * role's own. Called on one thread, one task at a time. */
    zframe_t *(*perform)(struct library *library, const Task *task, void *context,
                         struct fault *fault);
    void *context;
    beat_teller *tell;     /* what of the service around it the hub is to know; NULL: nothing */
    void *around;          /* for `tell`, which is called on another thread than `perform` */
    struct config *config; /* read again on SIGHUP */
    bool idles;            /* it ends when it has had no task for so long as `config` says */
};

/* Works until SIGINT or SIGTERM, or until it has been idle for too long. Then it finishes its task
 * if that takes half a second at most, or hands it back; where the task cannot be interrupted it
 * does not return but ends the process. `signals` is what process_start gave. Returns an exit
 * status. */
int worker_run(const struct role *role, const struct places *places, int signals);

/* `done` as a frame to be returned by perform. NULL: out of memory. */
zframe_t *worker_result(TaskDone *done);

#endif
