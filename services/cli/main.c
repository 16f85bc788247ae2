/* mindex: one program, a command for each role and for each thing that a person does. */
#include "core/utf8.h"
#include "services/bus/version.h"
#include "services/cli/colour.h"
#include "services/cli/help.h"

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

int main(int argc, char **argv) {
    /* CZMQ would take the signals for itself, and Ctrl-C would end no command. */
    zsys_handler_set(NULL);
    if (sodium_init() < 0)
        return command_failed(EXIT_FAILED, "libsodium cannot be initialised");
    if (argc < 2) {
        help_print(stderr);
        return EXIT_USAGE;
    }
    const char *name = argv[1];
    if (strcmp(name, "--version") == 0 || strcmp(name, "version") == 0) {
        return printf("mindex %s\n", MINDEX_VERSION) < 0 ? EXIT_FAILED : EXIT_OK;
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        help_print(stdout);
        return EXIT_OK;
    }
    const struct command *command = command_named(name);
    struct command_line line = {0};
    int status;
    if (!command)
        return help_unknown(name);
    return options_parse(command, argc - 1, argv + 1, &line, &status) &&
                   command_settle(command, &line, &status)
               ? command->run(&line)
               : status;
}
