/* A database checked from end to end: is all of it there, as it was written, and consistent? */
#ifndef HUB_VERIFY_H
#define HUB_VERIFY_H

#include "core/fault.h"

#include <stddef.h>
#include <stdint.h>

enum verify_depth {
    VERIFY_STORED, /* all but the computation */
    VERIFY_SAMPLE, /* and some editions computed again: the first, the last, some between */
    VERIFY_ALL,    /* and every edition computed again */
};

struct verify_how {
    enum verify_depth depth;
    /* Called now and then in a long check; NULL: nobody wants to know. */
    void (*progress)(void *context, const char *check, uint64_t done, uint64_t total);
    void *context;
};

enum { VERIFY_CHECKS_MAX = 14, VERIFY_KEPT = 20, VERIFY_TEXT = 300 };

struct verify_check {
    const char *name, *unit; /* "events", "event": what was counted */
    uint64_t checked;
    uint64_t problems;                   /* all of them */
    char kept[VERIFY_KEPT][VERIFY_TEXT]; /* the first: where, what was found, what was expected */
};

struct verified {
    size_t n_checks;
    struct verify_check checks[VERIFY_CHECKS_MAX];
    uint64_t problems;
    uint64_t newest_edition, oldest_event, newest_event, subscriptions;
};

/* Reads the database as it stands at one moment, beside a hub or without one; writes nothing.
 * NULL: it cannot be opened, is none of mindex or of another schema, and the fault says so. Free
 * the result with verified_destroy. */
struct verified *verify_database(const char *path, const struct verify_how *how,
                                 struct fault *fault);
void verified_destroy(struct verified **verified);

#endif
