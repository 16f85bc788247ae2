/* An index computed here and now, from wherever its inputs come, for the commands that look into
 * it. */
#ifndef CLI_COMPUTED_H
#define CLI_COMPUTED_H

#include "core/edition.h"
#include "services/cli/origin.h"

struct computed {
    const struct pack *pack;
    struct figures *figures;
    struct scorer *scorer;
    struct edition *edition; /* of a panel, the newest period */
};

/* Says what is wrong on standard error and returns an exit status; EXIT_OK is 0. Close it whatever
 * it returns; the origin must outlive it. */
int computed_open(struct computed *computed, const struct origin *origin);
void computed_close(struct computed *computed);

/* Opens what the command line says, gives it to `show`, closes it, and returns an exit status. */
int computed_run(const struct command_line *line,
                 int (*show)(const struct computed *computed, const struct command_line *line));

/* The command line without its first argument, which is arguments[-1] then. */
struct command_line without_first(const struct command_line *line);

/* The children of a node that are in the index, into arrays with room for all nodes; returns how
 * many. */
size_t children_of(const struct computed *computed, size_t node, const struct column **columns,
                   size_t *nodes);

#endif
