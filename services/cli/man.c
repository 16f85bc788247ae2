/* Pages of the manual, from the table of commands: mdoc, as mandoc and groff read it. */
#include "services/cli/help.h"

#include <ctype.h>
#include <string.h>

static const char day[] = "November 27, 2026"; /* of the last change to what is said here */

/* Text as text: no character of it is a request or an escape. */
static void put_text(FILE *out, const char *text, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (i == 0 && (text[i] == '.' || text[i] == '\''))
            (void)fputs("\\&", out);
        if (text[i] == '\\')
            (void)fputs("\\e", out);
        else if (text[i] == '-')
            (void)fputs("\\-", out);
        else
            (void)fputc(text[i], out);
    }
}

static void put_line(FILE *out, const char *text, size_t length) {
    put_text(out, text, length);
    (void)fputc('\n', out);
}

/* Running text: each sentence on a line of its own, by which the reader knows its end. */
static void put_sentences(FILE *out, const char *text, size_t length) {
    const char *end = text + length, *stop;
    while ((stop = memmem(text, (size_t)(end - text), ". ", 2))) {
        put_line(out, text, (size_t)(stop + 1 - text));
        text = stop + 2;
    }
    put_line(out, text, (size_t)(end - text));
}

/* Lines as they stand: those that are indented as a display, an empty one between paragraphs. */
static void put_lines(FILE *out, const char *text) {
    bool display = false, fresh = true, parted = false;
    while (*text) {
        size_t length = strcspn(text, "\n");
        bool indented = strncmp(text, "  ", 2) == 0;
        if (display && length && !indented) {
            (void)fputs(".Ed\n", out);
            display = false;
        }
        if (!length) {
            parted = !fresh;
        } else if (indented && !display) {
            (void)fputs(".Bd -literal -offset indent\n", out);
            display = true;
        } else if (!indented && parted) {
            (void)fputs(".Pp\n", out);
        }
        if (length) {
            if (indented)
                put_line(out, text + 2, length - 2);
            else
                put_sentences(out, text, length);
            fresh = parted = false;
        }
        text += length + (text[length] == '\n');
    }
    if (display)
        (void)fputs(".Ed\n", out);
}

/* A heading's name: in capitals. */
static void put_title(FILE *out, const char *name) {
    for (; *name; name++)
        (void)fputc(toupper((unsigned char)*name), out);
}

/* One line about it, as the manual's index has it: small at the beginning, without a full stop. */
static void put_about(FILE *out, const char *summary) {
    size_t length = strcspn(summary, "\n");
    if (length && summary[length - 1] == '.')
        length--;
    (void)fputs(".Nd ", out);
    (void)fputc(tolower((unsigned char)summary[0]), out);
    put_line(out, summary + 1, length - 1);
}

static void put_head(FILE *out, const struct command *command) {
    (void)fprintf(out, ".Dd %s\n.Dt MINDEX", day);
    if (command) {
        (void)fputs("-", out);
        put_title(out, command->name);
    }
    (void)fprintf(out, " 1\n.Os\n.Sh NAME\n.Nm mindex%s%s\n", command ? "-" : "",
                  command ? command->name : "");
}

static void put_exits(FILE *out) {
    (void)fputs(".Sh EXIT STATUS\n"
                ".Bl -tag -width Ds -compact\n"
                ".It 0\nDone.\n"
                ".It 1\nFailed: something went wrong that the command cannot help.\n"
                ".It 2\nThe command line is wrong.\n"
                ".It 3\nRefused, and nothing has changed.\n"
                ".It 4\nNo such place, region, node, dataset, release, edition or key.\n"
                ".El\n",
                out);
}

static void put_options(FILE *out, const struct command *command) {
    struct option_shown option;
    (void)fputs(".Bl -tag -width Ds\n", out);
    for (size_t i = 0; command_option(command, i, &option); i++) {
        (void)fprintf(out, ".It Fl Fl %s%s%s\n", option.name, option.value ? " Ar " : "",
                      option.value ? option.value : "");
        (void)fputc(toupper((unsigned char)option.help[0]), out);
        put_text(out, option.help + 1, strlen(option.help) - 1);
        (void)fputs(".\n", out);
    }
    (void)fputs(".El\n", out);
}

static void man_of_command(const struct command *command, FILE *out) {
    put_head(out, command);
    put_about(out, command->summary);
    (void)fprintf(out, ".Sh SYNOPSIS\n.Nm mindex\n.Cm %s\n.Op Ar options\n", command->name);
    if (*command->arguments) {
        (void)fputs(".Ar ", out);
        put_line(out, command->arguments, strlen(command->arguments));
    }
    (void)fputs(".Sh DESCRIPTION\n", out);
    put_lines(out, command->summary);
    (void)fputs(".Pp\nThe options are:\n", out);
    put_options(out, command);
    put_exits(out);
    (void)fputs(".Sh EXAMPLES\n", out);
    put_lines(out, command->examples);
    (void)fputs(".Sh SEE ALSO\n.Xr mindex 1\n", out);
}

static void man_of_program(FILE *out) {
    static const char *const variables[][2] = {
        {"MINDEX_CONFIG", "The file of settings, where no option names it."},
        {"MINDEX_STATE", "The state folder, where no option names it."},
        {"MINDEX_HUB", "The hub's endpoint, where it is not in the state folder."},
        {"MINDEX_EVENTS", "The live stream's endpoint, likewise."},
        {"MINDEX_REPLAY", "The replay endpoint, likewise."},
        {"MINDEX_KEY", "The file of the key to speak with."},
        {"MINDEX_...",
         "Any other setting, by its key in capitals with _ for . and -: MINDEX_LOG_LEVEL."},
        {"NO_COLOR", "Where it is set and not empty, nothing is coloured."},
        {"TERM", "Where it is dumb or not set, nothing is coloured."},
        {"COLUMNS", "How wide the terminal is, where it does not say so itself."},
        {"PATH", "Where rsvg-convert or chromium is looked for, which write PDF."},
    };
    static const char *const files[][2] = {
        {"mindex-state", "The state folder, unless another is named; in it:"},
        {"mindex.conf", "The installation's settings (mindex-config(1))."},
        {"mindex.db", "The database, which the hub alone writes."},
        {"hub, events, replay", "The sockets of the service for users of this machine."},
        {"inbox/", "What is dropped there is handed in."},
        {"accepted/, rejected/",
         "Where it is moved to then; with the reason, where it was refused."},
        {"editions/latest", "The newest edition's tables, maps and charts."},
        {"keys/", "The service's keys, and the list of those that may speak with it."},
        {"/etc/mindex/mindex.conf",
         "The settings of an installed service, whose state folder is /var/lib/mindex."},
    };
    put_head(out, NULL);
    (void)fputs(".Nd an index of need for every local authority, right at all times\n"
                ".Sh SYNOPSIS\n.Nm\n.Ar command\n.Op Ar options\n.Op Ar arguments\n"
                ".Sh DESCRIPTION\n"
                "A message-driven service keeps an index of need right from the moment a data set "
                "is released:\nscores, ranks, the comparison with public spend, and for each place "
                "that moved the reason.\n"
                ".Nm\nis the service and all that is done with it.\n.Pp\nThe commands are:\n"
                ".Bl -tag -width uncertainty\n",
                out);
    for (size_t i = 0; i < n_commands; i++) {
        (void)fprintf(out, ".It Xr mindex-%s 1\n", commands[i].name);
        put_line(out, commands[i].summary, strcspn(commands[i].summary, "\n"));
    }
    (void)fputs(".El\n.Sh ENVIRONMENT\n.Bl -tag -width MINDEX_REPLAY\n", out);
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        (void)fprintf(out, ".It Ev %s\n", variables[i][0]);
        put_line(out, variables[i][1], strlen(variables[i][1]));
    }
    (void)fputs(".El\n.Sh FILES\n.Bl -tag -width Ds\n", out);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        (void)fprintf(out, ".It Pa ");
        put_line(out, files[i][0], strlen(files[i][0]));
        put_sentences(out, files[i][1], strlen(files[i][1]));
    }
    (void)fputs(".El\n", out);
    put_exits(out);
    (void)fputs(".Sh EXAMPLES\n"
                ".Bd -literal -offset indent\n"
                "mindex up \\-\\-pack deploy/england \\-\\-http http://127.0.0.1:5605\n"
                "mindex ranks \\-\\-node growth \\-\\-top 10\n"
                "mindex ingest gva\\-per\\-hour\\-2025\\-06\\-25.csv\n"
                "mindex explain Burnley\n"
                "mindex doctor\n"
                ".Ed\n",
                out);
}

void help_man(const struct command *command, FILE *out) {
    if (command)
        man_of_command(command, out);
    else
        man_of_program(out);
}
