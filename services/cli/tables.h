/* Tables that more than one command prints. */
#ifndef CLI_TABLES_H
#define CLI_TABLES_H

#include "core/changes.h"
#include "core/spend.h"
#include "services/cli/table.h"

/* Places by rank at `node`; `region` NULL: all; `top` 0: all. NULL: out of memory. */
struct table *ranks_table(const struct pack *pack, const struct edition *edition, size_t node,
                          const char *region, uint64_t top);

/* Every place at every node (NO_NODE) or at one: figure, score, status, rank, band. NULL: out of
 * memory. */
struct table *all_scores_table(const struct pack *pack, const struct edition *edition, size_t node);

/* The same for several periods: an empty table, and one period's rows added to it. */
struct table *panel_table(void);
void panel_table_add(struct table *table, const struct pack *pack, const struct edition *edition,
                     size_t node, const char *period);

#endif
