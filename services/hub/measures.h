/* How long things took since the hub's start, and how often a lease ran out: figures for whoever
 * watches by machine, in a few hundred bytes however much there was. */
#ifndef HUB_MEASURES_H
#define HUB_MEASURES_H

#include "core/arena.h"
#include "services/bus/messages.h"
#include "services/hub/queue.h"

enum { MEASURE_BOUNDS = 14 };

/* What is measured: the tasks of each kind, from being given to a worker to its result, and: */
enum measure {
    MEASURE_ACCEPT = JOB_KINDS, /* from a hand-in to its receipt */
    MEASURE_EDITION,            /* from a release's acceptance to the commit of its edition */
    MEASURES
};

struct measures {
    uint64_t lease_expiries;
    struct {
        uint64_t counts[MEASURE_BOUNDS + 1]; /* within each bound, and beyond all; each once */
        double sum_ms;
    } took[MEASURES];
};

/* What is below 0, as the wall clock was put back, is 0. */
void measures_add(struct measures *measures, enum measure what, int64_t ms);

/* Fills in histograms and lease_expiries. False: out of memory. */
bool measures_status(const struct measures *measures, struct arena *arena, StatusReport *status);

#endif
