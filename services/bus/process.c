#include "services/bus/process.h"

#include "services/bus/log.h"

#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>

int process_start(const char *role, bool supervised, struct fault *fault) {
    log_role(role);
    if (sodium_init() < 0) {
        fault_set(fault, FAULT_SYSTEM, "libsodium cannot be initialised");
        return -1;
    }
    if (supervised)
        (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    sigset_t stops;
    (void)sigemptyset(&stops);
    (void)sigaddset(&stops, SIGINT);
    (void)sigaddset(&stops, SIGTERM);
    /* Blocked before any thread starts, so that every thread inherits it. */
    int signals = -1;
    if (sigprocmask(SIG_BLOCK, &stops, NULL) == 0)
        signals = signalfd(-1, &stops, SFD_CLOEXEC);
    if (signals < 0) {
        fault_set(fault, FAULT_SYSTEM, "signals cannot be taken: %s", strerror(errno));
    }
    return signals;
}

bool process_stops(const void *ready, const int *signals) {
    return ready == signals;
}
