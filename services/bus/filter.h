/* Which events somebody wants: the Filter of proto/channels.proto, the same for every channel. It
 * is written as name=value pairs, in a query, on the command line and in a file alike; a name may
 * stand several times, and any of its values will do:
 *
 *   type=rank.changed&area=E07000117&area=E07000118&mission=growth&node=skills&region=E12000002
 *   &area-type=London%20borough&at-least=5&band=very%20high&beyond-interval=1&nature=data
 *
 * What each means is said at the message. One that says which moves and names no type wants rank
 * changes alone. Of a rank change, what it does not say is not wanted: a place without a region is
 * in no region. A place that gained or lost its rank moved far, and
 * beyond any interval. */
#ifndef BUS_FILTER_H
#define BUS_FILTER_H

#include "core/fault.h"
#include "core/pack.h"
#include "services/bus/messages.h"

#include <stdbool.h>

enum {
    FILTER_VALUES_MAX = 1000, /* under one name */
    FILTER_VALUE_MAX = 200,   /* bytes */
};

/* The names, for help and completion. */
enum { FILTER_NAMES = 10 };
extern const char *const filter_names[FILTER_NAMES];
bool filter_has_name(const char *name);

/* One that wants everything. NULL: out of memory. */
Filter *filter_new(void);
void filter_destroy(Filter **filter);

/* Adds a pair. A fault says what was found and what is expected. */
bool filter_take(Filter *filter, const char *name, const char *value, struct fault *fault);

/* The text above, percent-encoded: pairs in the order of the message's fields. Free it; NULL: out
 * of memory. */
char *filter_write(const Filter *filter);

/* Whether a filter that came from another process is one that filter_take makes. */
bool filter_fits(const Filter *filter, struct fault *fault);

/* Whether a pair of that name is held against the pack. */
bool filter_of_pack(const char *name);

/* Holds its words against what the pack has, and puts codes and ids in place of names. A fault
 * suggests the nearest. */
bool filter_settle(Filter *filter, const struct pack *pack, struct fault *fault);

/* `filter` NULL: everything is wanted. */
bool filter_wants(const Filter *filter, const Event *event);

/* How many places up or down; UINT32_MAX: the place gained or lost its rank. */
uint32_t rank_distance(const RankChanged *change);

#endif
