/* What there is: all commands, one of them, or a page of the manual. */
#include "services/cli/help.h"

#include "core/nearest.h"
#include "services/cli/colour.h"

#include <string.h>

void help_print(FILE *out) {
    const char *bold = colour(out, COLOUR_HEADING), *plain = colour(out, COLOUR_NONE);
    (void)fprintf(out,
                  "mindex keeps an index of need for every local authority right from the moment a "
                  "data set is released.\n\n%sUsage:%s mindex COMMAND [options]\n\n"
                  "%sCommands:%s\n",
                  bold, plain, bold, plain);
    for (size_t i = 0; i < n_commands; i++) {
        const char *summary = commands[i].summary; /* its first line */
        (void)fprintf(out, "  %-11s %.*s\n", commands[i].name, (int)strcspn(summary, "\n"),
                      summary);
    }
    (void)fputs(
        "\n'mindex COMMAND --help' shows a command's options and examples.\n"
        "\nExit status: 0 done; 1 failed; 2 the command line is wrong; 3 refused, and nothing "
        "has changed;\n4 no such place, region, node, dataset, release, edition or key.\n",
        out);
}

int help_unknown(const char *name) {
    struct nearest near = {.word = name};
    for (size_t i = 0; i < n_commands; i++)
        nearest_offer(&near, commands[i].name);
    if (near.best) {
        return command_failed(EXIT_USAGE, "there is no command '%s'; did you mean '%s'?", name,
                              near.best);
    }
    return command_failed(EXIT_USAGE, "there is no command '%s'; 'mindex help' lists them", name);
}

int help_command(const struct command_line *line) {
    const char *name = line->n_arguments ? line->arguments[0] : NULL;
    const struct command *command = name ? command_named(name) : NULL;
    if (line->n_arguments > 1)
        return command_failed(EXIT_USAGE, "'mindex help' takes one command, found %zu",
                              line->n_arguments);
    if (name && !command)
        return help_unknown(name);
    if (line->man)
        help_man(command, stdout);
    else if (command)
        options_help(command, stdout);
    else
        help_print(stdout);
    return fflush(stdout) == 0 ? EXIT_OK : command_failed(EXIT_FAILED, "the output was closed");
}
