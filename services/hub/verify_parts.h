/* What the parts of the verification share. Inside the hub's folder alone. */
#ifndef HUB_VERIFY_PARTS_H
#define HUB_VERIFY_PARTS_H

#include "services/bus/library.h"
#include "services/hub/sql.h"
#include "services/hub/verify.h"

/* What the event log says of an edition. */
struct told {
    uint64_t scored, changes, compared, published; /* how many events */
    bool waits;                                    /* a task will compare or publish it */
};

struct known_release {
    uint64_t id;
    char *dataset, *file_hash, *observations, *difference; /* hashes; difference: NULL, none */
    uint64_t figures, turn, withdrawn_ms;                  /* 0: none */
    uint64_t accepted, withdrawn;                          /* events that are kept */
    bool in_view;                                          /* of what is in force */
};

struct verifying {
    struct store *store;
    struct library *library;
    struct arena *arena;
    const struct verify_how *how;
    struct verified *out;
    struct verify_check *check;     /* the one that runs */
    EditionInfo **editions;         /* in the order of their numbers */
    struct told *told;              /* of each */
    size_t n_editions, n_retired;   /* these are the first */
    struct known_release *releases; /* by id */
    size_t n_releases;
};

/* Begins a check. */
void verify_begin(struct verifying *v, const char *name, const char *unit);
/* Notes a problem of the check that runs. Returns false. */
bool verify_problem(struct verifying *v, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Notes that the check cannot go on. */
bool verify_stop(struct verifying *v, const struct fault *fault);
/* One more was checked. */
void verify_count(struct verifying *v, uint64_t total);

/* The edition of this number, or NULL; *told is what the log says of it. */
const EditionInfo *verify_edition(const struct verifying *v, uint64_t number, struct told **told);
struct known_release *verify_release(const struct verifying *v, uint64_t id);

void verify_releases(struct verifying *v);      /* verify_releases.c */
void verify_events(struct verifying *v);        /* verify_log.c */
void verify_tasks(struct verifying *v);         /* verify_log.c */
void verify_jobs(struct verifying *v);          /* verify_jobs.c */
void verify_pieces(struct verifying *v);        /* verify_jobs.c */
void verify_subscriptions(struct verifying *v); /* verify_subscriptions.c; after the events */
void verify_editions(struct verifying *v);      /* verify_editions.c */
void verify_retired(struct verifying *v);       /* verify_retired.c */
void verify_inputs(struct verifying *v);        /* verify_editions.c */
void verify_again(struct verifying *v);         /* verify_editions.c */

#endif
