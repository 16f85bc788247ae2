/* The command line: one set of options for all commands, each command taking some of them. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "services/cli/command.h"

/* Parses what stands behind the command's name. False: a message was printed, exit with
 * EXIT_USAGE; or help was asked for and printed, *status is EXIT_OK. */
bool options_parse(const struct command *command, int argc, char **argv, struct command_line *line,
                   int *status);

/* Prints the command's usage, options and examples. */
void options_help(const struct command *command, FILE *out);

#endif
