/* A batch job in memory: which of its items lie in pieces, which are to be cut next, and how large
 * the next cut is. Knows nothing of what the items are. What it holds is bounded by the number of
 * tasks in hand, however many items there are: pieces that lie side by side are merged. */
#ifndef HUB_BATCH_H
#define HUB_BATCH_H

#include "services/hub/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MERGE_PIECES = 16,           /* that become one */
    MERGE_BYTES = 96 << 20,      /* of them all, at most: what comes of them fits into a message */
    FIRST_CUT = 8,               /* items, while nobody knows how long one takes */
    CUT_BYTES = 32 << 20,        /* of a piece: no cut is made larger than what gives so many */
    PIECE_BYTES_PER_S = 2 << 20, /* from one worker, for which tasks become longer */
    HUB_BYTES_PER_S = 32 << 20,  /* from all of them: a third of what a hub takes in */
    HUB_TASKS_PER_S = 2000,
    CUT_MS = 100,       /* that a task is to take, where pieces are small */
    CUT_MS_MAX = 10000, /* and where they are large */
};

struct piece {
    struct piece_row row;
    bool merging; /* a task will replace it; its level is already that of what comes of it */
};

struct batch {
    struct job_row row;   /* its texts are the batch's own; state, result and reason are not used */
    uint64_t done;        /* items in pieces */
    uint64_t next;        /* all items before are in pieces, or in tasks */
    struct piece *pieces; /* by their first item */
    size_t n_pieces, room;
    bool settled;            /* nothing can be merged since the pieces last changed */
    unsigned n_tasks;        /* in the queue */
    unsigned in_hand;        /* of these, with a worker */
    uint64_t last_task;      /* the number of its newest task; 0: it had none yet */
    uint64_t cut;            /* items of the next task */
    double item_ns;          /* that one takes, for the next cut; 0: nobody knows */
    struct batch *following; /* handed in later */
};

/* A job of which nothing is done. NULL: out of memory. */
struct batch *batch_new(const struct job_row *row);
void batch_destroy(struct batch **batch);

/* Makes room for `more` pieces, so that batch_put cannot fail. */
bool batch_reserve(struct batch *batch, size_t more);
/* Puts a piece in the place of all that lie within it. */
void batch_put(struct batch *batch, const struct piece_row *row);

/* All items are in pieces. */
bool batch_whole(const struct batch *batch);
/* Takes the next range of items that nobody has. `workers` share what is left. False: there is
 * none. */
bool batch_cut(struct batch *batch, size_t workers, uint64_t *first, uint64_t *count);
/* Whether pieces can be merged now: those of items *first to *first + *count - 1, which are marked.
 * They become one of *level. */
bool batch_merge(struct batch *batch, uint64_t *first, uint64_t *count);
/* The level of what is made of these items. */
uint32_t batch_level(const struct batch *batch, uint64_t first, uint64_t count);
/* The merging will not be. */
void batch_unmerge(struct batch *batch, uint64_t first, uint64_t count);
/* The pieces within a range: how many, from *at on. */
size_t batch_within(const struct batch *batch, uint64_t first, uint64_t count, size_t *at);

/* A task of `count` items took so long and gave a piece of so many bytes: the next is to take
 * CUT_MS, or as long as its bytes need, or as so many workers need for the hub to keep up with
 * them; but `longest_ns` at most. */
void batch_measure(struct batch *batch, uint64_t count, uint64_t busy_ns, uint64_t bytes,
                   size_t workers, uint64_t longest_ns);

/* What workers will spend on what is left, if it takes as long as what is done did. 0: nobody
 * knows. */
double batch_ns_left(const struct batch *batch);
/* Milliseconds until it is done with as many workers as are at it. False: nobody knows. */
bool batch_left(const struct batch *batch, uint64_t *ms);

#endif
