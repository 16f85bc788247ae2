/* mindex: one program, a command for each role and for each thing that a person does. */
#include "core/nearest.h"
#include "core/utf8.h"
#include "services/bus/version.h"
#include "services/cli/colour.h"
#include "services/cli/commands.h"
#include "services/cli/options.h"

#include <czmq.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#undef command_failed

int command_failed(int status, const char *format, ...) {
    va_list args;
    char *text = NULL;
    va_start(args, format);
    bool written = vasprintf(&text, format, args) >= 0;
    va_end(args);
    if (written)
        utf8_make_plain(text); /* a file's name may be another's work */
    (void)fprintf(stderr, "%smindex:%s %s\n", colour(stderr, COLOUR_ERROR),
                  colour(stderr, COLOUR_NONE), written ? text : "out of memory");
    if (written)
        free(text);
    return status;
}

int command_print(const struct command_line *line, struct table **table) {
    bool printed = *table && table_print(*table, line->format, (int)line->digits, stdout) &&
                   fflush(stdout) == 0;
    table_destroy(table);
    return printed ? EXIT_OK
                   : command_failed(EXIT_FAILED, "the table cannot be written: out of memory, or "
                                                 "the output was closed");
}

static void help(FILE *out) {
    (void)fputs("mindex keeps an index of need for every local authority right from the moment a "
                "data set is released.\n\nUsage: mindex COMMAND [options]\n\nCommands:\n",
                out);
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

static int unknown(const char *name) {
    struct nearest near = {.word = name};
    for (size_t i = 0; i < n_commands; i++)
        nearest_offer(&near, commands[i].name);
    if (near.best) {
        return command_failed(EXIT_USAGE, "there is no command '%s'; did you mean '%s'?", name,
                              near.best);
    }
    return command_failed(EXIT_USAGE, "there is no command '%s'; 'mindex help' lists them", name);
}

int main(int argc, char **argv) {
    /* CZMQ would take the signals for itself, and Ctrl-C would end no command. */
    zsys_handler_set(NULL);
    if (sodium_init() < 0)
        return command_failed(EXIT_FAILED, "libsodium cannot be initialised");
    if (argc < 2) {
        help(stderr);
        return EXIT_USAGE;
    }
    const char *name = argv[1];
    if (strcmp(name, "--version") == 0 || strcmp(name, "version") == 0) {
        return printf("mindex %s\n", MINDEX_VERSION) < 0 ? EXIT_FAILED : EXIT_OK;
    }
    if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        help(stdout);
        return EXIT_OK;
    }
    const struct command *command = command_named(name);
    struct command_line line = {0};
    int status;
    if (!command)
        return unknown(name);
    return options_parse(command, argc - 1, argv + 1, &line, &status) ? command->run(&line)
                                                                      : status;
}
