/* Help of the program as a whole, and its manual. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "services/cli/commands.h"
#include "services/cli/options.h"

#include <stdio.h>

/* The list of commands. */
void help_print(FILE *out);

/* Says that there is no such command, and which may be meant; returns EXIT_USAGE. */
int help_unknown(const char *name);

/* The page of the manual about the command (NULL: about the program), in mdoc. */
void help_man(const struct command *command, FILE *out);

#endif
