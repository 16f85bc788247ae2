/* What every long-running process of mindex does at its start and end. */
#ifndef BUS_PROCESS_H
#define BUS_PROCESS_H

#include "core/fault.h"

#include <czmq.h>

/* Call first, before any socket or thread. Names the role for the log, takes SIGINT, SIGTERM and
 * SIGHUP out of the ordinary way and gives a descriptor that is readable when one has come; SIGPIPE
 * is ignored from here on; a process whose parent is a supervisor is told to stop when the
 * supervisor is gone. -1: the fault says why. */
int process_start(const char *role, bool supervised, struct fault *fault);

/* Whether what zpoller_wait returned is `signals`, with a signal to stop. */
bool process_stops(const void *ready, const int *signals);

/* The same for SIGHUP, which is taken: the settings are to be read again. Where it came because
 * the terminal is gone that the process was started at, it is to stop, and this is false. */
bool process_reloads(const void *ready, const int *signals);

/* Whether SIGINT or SIGTERM has come, without waiting: for what may take long within one turn.
 * `signals` 0: nobody can tell. */
bool process_told_to_stop(int signals);

/* Takes the lock file at `path`, made if need be, for as long as the descriptor that it returns is
 * open; the end of the process, however it comes, lets go of it. -1: the fault says why, which may
 * be that another process has it. */
int process_lock(const char *path, struct fault *fault);

/* Who holds such a lock, without touching it: a process id; 0: nobody, or nobody that can be seen
 * from here. */
long process_lock_holder(const char *path);

/* Call before binding: takes the lock beside an ipc endpoint's socket until the process ends.
 * ZeroMQ removes a socket file that is in its way, also that of a process that is alive, which
 * would go on and be heard by nobody. False: another process is bound there. */
bool process_lock_endpoint(const char *endpoint, struct fault *fault);

#endif
