/* The whole file of settings, each beside its default and none of them set: what is installed as
 * /etc/mindex/mindex.conf. */
#include "services/bus/config.h"

#include "services/cli/command.h"

#include <string.h>

enum { WIDTH = 98 };

static const char *const head =
    "# mindex.conf: the settings of this installation of mindex.\n"
    "#\n"
    "# A line is KEY = VALUE. A # at its beginning, or after a blank, begins a comment. Nothing\n"
    "# is set here yet: each key stands beside its default, and is set by taking the # away.\n"
    "#\n"
    "# What the command line says goes before the environment, that before this file, and this\n"
    "# file before the defaults. Exactly one file is read: that of --config or $MINDEX_CONFIG;\n"
    "# else mindex.conf in the state folder, where --state or $MINDEX_STATE names one or\n"
    "# ./mindex-state is there; else /etc/mindex/mindex.conf.\n"
    "#\n"
    "#   mindex config check    says what is wrong, line by line; nothing starts with a mistake\n"
    "#   mindex config show     says what is in force here, and where it is from\n"
    "#\n"
    "# 'reload' marks what a running service takes when it is told to read this file again\n"
    "# ('systemctl reload mindex.target', or SIGHUP to 'mindex up'). The rest waits for a "
    "restart.\n";

/* A comment of as many lines as it takes. */
static void put_comment(const char *text) {
    while (*text) {
        size_t length = strlen(text);
        if (length > WIDTH) {
            length = WIDTH;
            while (length > 1 && text[length] != ' ')
                length--;
        }
        printf("# %.*s\n", (int)length, text);
        text += length + (text[length] == ' ');
    }
}

static void put_bounds(const struct config_key *key) {
    char variable[CONFIG_VARIABLE];
    config_variable(key, variable);
    if (key->kind == CONFIG_COUNT)
        printf("# %llu to %llu %s; ", (unsigned long long)key->least, (unsigned long long)key->most,
               key->unit);
    else
        printf("# %s%s; ", key->kind == CONFIG_CHOICE ? "one of: " : "", key->unit);
    printf("$%s%s\n", variable, key->reloads ? "; reload" : "");
}

int config_print_default(void) {
    (void)fputs(head, stdout);
    for (size_t i = 0; i < CONFIG_KEYS; i++) {
        const struct config_key *key = &config_keys[i];
        char initial[CONFIG_VALUE];
        config_default(key, initial);
        printf("\n");
        put_comment(key->help);
        put_bounds(key);
        printf("#%s =%s%s\n", key->name, *initial ? " " : "", initial);
    }
    return fflush(stdout) == 0 && !ferror(stdout)
               ? EXIT_OK
               : command_failed(EXIT_FAILED, "the settings cannot be written");
}
