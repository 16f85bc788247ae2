/* Tables that more than one command prints. */
#ifndef CLI_TABLES_H
#define CLI_TABLES_H

#include "core/changes.h"
#include "core/spend.h"
#include "services/cli/command.h"

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

/* What is known about a rank change beside it. */
struct change_note {
    const char *why; /* NULL: not known */
    bool has_interval;
    double rank_low, rank_high;
};

/* The changes that the command line asks for (--all, --top), else those at `node`; of one area, or
 * of all (SIZE_MAX). Sorts `changes`, the largest move first. NULL: out of memory. */
struct table *changes_table(const struct command_line *line, const struct pack *pack,
                            struct changes *changes,
                            struct change_note (*note)(void *context, const struct change *change),
                            void *context, size_t node, size_t area);

#endif
