/* The table of all commands. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "services/cli/command.h"

extern const struct command commands[];
extern const size_t n_commands;

/* NULL: there is none. */
const struct command *command_named(const char *name);

#endif
