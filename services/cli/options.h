/* The command line: one set of options for all commands, each command taking some of them. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "services/cli/command.h"

/* Parses what stands behind the command's name. False: a message was printed, exit with
 * EXIT_USAGE; or help was asked for and printed, *status is EXIT_OK. Nothing but the words is
 * looked at: command_settle takes the environment and the file. */
bool options_parse(const struct command *command, int argc, char **argv, struct command_line *line,
                   int *status);

/* What a command can be told to do by its first argument, such as `new` of `mindex key new`: the
 * words, which lie in `text`, and how many there are. */
enum { ACTIONS_TEXT = 160, ACTIONS_MAX = 16 };
size_t command_actions(const struct command *command, char text[ACTIONS_TEXT],
                       const char *actions[ACTIONS_MAX]);

/* An option as a person sees it. */
struct option_shown {
    const char *name, *value, *help; /* value NULL: it takes none */
};

/* The i-th option that any command takes; and one for other programs alone has no help. False:
 * there is none. */
bool option_shown_at(size_t i, struct option_shown *out);

/* The i-th option that the command takes, in the order of its help. False: there is none. */
bool command_option(const struct command *command, size_t i, struct option_shown *out);

/* Prints the command's usage, options and examples. */
void options_help(const struct command *command, FILE *out);

#endif
