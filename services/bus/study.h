/* A study (proto/batch.proto) and the work on it: an index computed in many ways. It is opened from
 * what the library has; ranges of its items are computed into pieces, by anybody, in any order;
 * pieces that lie side by side are put together, and all of it becomes the result. The result's
 * bytes do not depend on how the items were cut, nor on who computed them.
 *
 * What is kept of items is bounded, however many there are: counts of ranks (core/tally.h), and an
 * outcome of eight bytes or the ranks of each where the number of items has a bound. */
#ifndef BUS_STUDY_H
#define BUS_STUDY_H

#include "core/arena.h"
#include "services/bus/hash.h"
#include "services/bus/library.h"
#include "services/bus/messages.h"

enum study_kind {
    STUDY_UNCERTAINTY, /* replicates, by the definition's factors: counts of ranks */
    STUDY_SENSITIVITY, /* the design of core/uncertainty.h at one node: an outcome an item */
    STUDY_WEIGHTS,     /* every point of a grid of weights: counts of ranks, and outcomes */
    STUDY_WHAT_IF,     /* alternatives to the definition: ranks */
    STUDY_BACK_CAST,   /* the inputs of other editions: ranks */
    STUDY_KINDS,
};

extern const char *const study_kinds[STUDY_KINDS];

enum {
    STUDY_REPLICATES_MAX = 10000000,
    STUDY_DESIGN_MAX = 4000000, /* items of a sensitivity study: 32 MB of outcomes */
    STUDY_BOOTSTRAP_MAX = 10000,
    STUDY_POINTS_MAX = 1000000000, /* of a grid */
    STUDY_POINTS_KEPT = 100000,    /* a grid of more has no outcomes by point */
    STUDY_ALTERNATIVES_MAX = 10000,
    STUDY_RANKS_MAX = 40000000, /* ranks of all alternatives, at all nodes */
};

/* How many items follow from the rest of the study, or of an uncertainty study, which says it
 * itself, are asked for. `pack` is the study's. False: it is no study, or too large a one. */
bool study_items(const Study *study, const struct pack *pack, uint64_t *items, struct fault *fault);

/* --- opened ----------------------------------------------------------------------------------- */

/* Once opened it is only read: any number of threads may work on it. */
struct study;

/* From its bytes. It belongs to the caller; the library, which must outlive it, keeps the study's
 * pack meanwhile. */
struct study *study_open(struct library *library, const uint8_t *bytes, size_t length,
                         struct fault *fault);
void study_destroy(struct study **study);

const Study *study_message(const struct study *study);

/* --- computing -------------------------------------------------------------------------------- */

/* One thread's work on a study. */
struct study_run;

/* What alternatives need besides comes from the library, which is then this thread's alone. */
struct study_run *study_run_new(const struct study *study, struct library *library,
                                struct fault *fault);
void study_run_destroy(struct study_run **run);

/* Whether to end before all is computed; asked after each item. */
typedef bool study_stop(void *context);

/* Computes items first ... first + count - 1 to what it holds, which they must follow. `stop` may
 * be NULL. False: a fault, FAULT_SYSTEM where `stop` said so; it then holds nothing. */
bool study_run_items(struct study_run *run, uint64_t first, uint64_t count, study_stop *stop,
                     void *context, struct fault *fault);

/* What it holds as a message in the arena; it holds nothing then. */
StudyPiece *study_run_piece(struct study_run *run, struct arena *arena, struct fault *fault);

/* --- putting together ------------------------------------------------------------------------- */

/* Pieces that lie side by side, in any order, as one. What it points to lies in the arena and in
 * the pieces. NULL: a fault; pieces of another study, with a gap or an overlap, or torn. */
StudyPiece *study_merge(const struct study *study, struct arena *arena, StudyPiece *const *pieces,
                        size_t n, struct fault *fault);

/* The same with pieces that are all of it. What it points to lies in the study, too. */
StudyResult *study_finish(const struct study *study, struct arena *arena, StudyPiece *const *pieces,
                          size_t n, struct fault *fault);

#endif
