/* Reads editions, and what is told of them, from the hub; keeps what was read. One thread each. */
#ifndef VIEWS_VIEWER_H
#define VIEWS_VIEWER_H

#include "core/boundaries.h"
#include "core/uncertainty.h"
#include "services/bus/messages.h"
#include "services/views/view.h"

struct viewer;

/* `hub` and `key` as client_open has them; `boundaries` (NULL: none) must outlive it. */
struct viewer *viewer_new(const char *hub, const char *key, const struct boundaries *boundaries,
                          struct fault *fault);
void viewer_destroy(struct viewer **viewer);

/* Starts a new turn: what the viewer gave before is not to be used any more. */
void viewer_turn(struct viewer *viewer);

/* Each belongs to the viewer. NULL: the fault is FAULT_INPUT where there is no such thing, and
 * FAULT_SYSTEM where the hub does not answer. */

/* By number; 0: the newest. With its changes, reasons, comparison and hexagons. */
const struct view *viewer_edition(struct viewer *viewer, uint64_t number, struct fault *fault);
/* The one that the view's changes are told against. It may be retired, and is then without changes
 * of its own. */
const struct view *viewer_edition_before(struct viewer *viewer, const struct view *view,
                                         struct fault *fault);
const EditionInfo *viewer_edition_info(struct viewer *viewer, const struct view *view,
                                       struct fault *fault);
/* Newest first: below `before` (0: all), at most `limit`. */
const Editions *viewer_editions(struct viewer *viewer, uint64_t before, uint32_t limit,
                                struct fault *fault);
/* Those that the edition was scored from, or (view NULL) all that are public, newest first. */
const Releases *viewer_releases(struct viewer *viewer, const struct view *view,
                                struct fault *fault);
/* What the edition was scored from: a release for each dataset of its pack, NULL: none. */
const struct release *const *viewer_inputs(struct viewer *viewer, const struct view *view,
                                           struct fault *fault);
/* Rank intervals at a node by the definition's `uncertainty`. A fault of kind FAULT_INPUT where it
 * has none. */
const struct spread *viewer_spread(struct viewer *viewer, const struct view *view, size_t node,
                                   struct fault *fault);
/* Events after `after` (EventsWanted; NO_EVENT: from the oldest that is kept), `limit` at most. */
#define NO_EVENT UINT64_MAX
const Events *viewer_events(struct viewer *viewer, uint64_t after, uint32_t limit,
                            const char *const *topics, size_t n_topics, struct fault *fault);

/* Ranks at the root and at each node just below it over the last editions up to `view`, oldest
 * first: what a trend is drawn from. */
enum { HISTORY_MAX = 40 };
struct past_edition {
    uint64_t number, time_ms;
    const struct view *view; /* only pack and edition are there, and of this no more than columns of
                                the score, rank and band at those nodes */
};
struct history {
    size_t n;
    struct past_edition past[HISTORY_MAX];
};
const struct history *viewer_history(struct viewer *viewer, const struct view *view,
                                     struct fault *fault);

#endif
