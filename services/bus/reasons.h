/* The rank changes of one edition as its events tell them: why each came about, and how sure the
 * rank is. Asked of the hub, which keeps them in its log. */
#ifndef BUS_REASONS_H
#define BUS_REASONS_H

#include "services/bus/client.h"

struct reasons;

/* The events numbered from `first` to `last`. NULL: a fault. */
struct reasons *reasons_fetch(struct client *client, uint64_t first, uint64_t last,
                              struct fault *fault);
void reasons_destroy(struct reasons **reasons);

/* NULL: there is no such change; also when `reasons` is NULL. It belongs to the reasons. */
const RankChanged *reasons_find(const struct reasons *reasons, const char *area, const char *node);

#endif
