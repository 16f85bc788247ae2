/* The newest events of the log, without a gap, each told in words at most once however many hear
 * it. One thread's own. */
#ifndef PUBLISHING_RECENT_H
#define PUBLISHING_RECENT_H

#include "services/bus/wire.h"

struct recent;

struct recent *recent_new(size_t events_max); /* NULL: out of memory */
void recent_destroy(struct recent **recent);

/* Forgets all: the log is at `newest`, which was committed at `time_ms`. */
void recent_begin(struct recent *recent, uint64_t newest, uint64_t time_ms);

/* Takes a message with the Events that follow, and drops the oldest of what is too much. Out of
 * memory, or after a gap, it begins anew after them. */
void recent_take(struct recent *recent, Message **events);

uint64_t recent_newest(const struct recent *recent);
uint64_t recent_newest_ms(const struct recent *recent);
/* Whether all that came after `after` is here. */
bool recent_knows(const struct recent *recent, uint64_t after);

/* The event after `after`, of which that must be true; NULL: there is none yet. */
const Event *recent_next(const struct recent *recent, uint64_t after);
/* It as CloudEvents JSON, which stays the ring's. NULL: out of memory. */
const char *recent_text(struct recent *recent, const Event *event);

#endif
