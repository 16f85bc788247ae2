/* Completion for shells: scripts made from the table of commands, and the lists that they ask for.
 */
#include "services/bus/rights.h"
#include "services/cli/commands.h"
#include "services/cli/door.h"
#include "services/cli/options.h"
#include "services/cli/session.h"

#include <string.h>

/* --- what may stand where --------------------------------------------------------------------- */

enum filler { NOTHING, FILES, FOLDERS, LIST, WORDS };

/* `words` is the name of what `mindex completion` lists, or the words themselves; NULL: roles. */
static const struct {
    const char *value, *option; /* of the table; NULL: any */
    enum filler filler;
    const char *words;
} values[] = {
    {"AREA", NULL, LIST, "places"},
    {"ID", "node", LIST, "nodes"},
    {"ID", "mission", LIST, "nodes"},
    {"ID", "dataset", LIST, "datasets"},
    {"NAME", "region", LIST, "regions"},
    {"ROLES", NULL, WORDS, NULL},
    {"NATURE", NULL, WORDS, "data revision method withdrawal"},
    {"html|pdf", NULL, WORDS, "html pdf"},
    {"FOLDER", NULL, FOLDERS, NULL},
    {"FILE", NULL, FILES, NULL},
    {"PATH", NULL, FILES, NULL},
};
enum { VALUES = sizeof values / sizeof *values };

/* All of them, with blanks between. */
static const char *role_words(char out[ROLES_TEXT]) {
    (void)roles_write(ROLES_ALL, out);
    for (char *comma = out; (comma = strchr(comma, ','));)
        *comma = ' ';
    return out;
}

/* What may follow an option. *words lies in the table, or in `room`. */
static enum filler source_of(const struct option_shown *option, char room[ROLES_TEXT],
                             const char **words) {
    for (size_t i = 0; i < VALUES; i++) {
        if (strcmp(values[i].value, option->value) == 0 &&
            (!values[i].option || strcmp(values[i].option, option->name) == 0)) {
            bool roles = values[i].filler == WORDS && !values[i].words;
            *words = roles ? role_words(room) : values[i].words;
            return values[i].filler;
        }
    }
    return NOTHING;
}

static enum filler source_of_arguments(const struct command *command) {
    return strstr(command->arguments, "FILE")     ? FILES
           : strstr(command->arguments, "FOLDER") ? FOLDERS
           : strstr(command->arguments, "AREA")   ? LIST
                                                  : NOTHING;
}

/* --- bash ------------------------------------------------------------------------------------- */

static void bash_words(const struct command *command) {
    static const char *const of_arguments[] = {"", "files", "folders", "places", ""};
    char text[ACTIONS_TEXT];
    const char *actions[ACTIONS_MAX];
    struct option_shown option;
    printf("    %s) options='", command->name);
    for (size_t i = 0; command_option(command, i, &option); i++)
        printf("%s--%s", i ? " " : "", option.name);
    printf("' actions='");
    size_t n = command_actions(command, text, actions);
    for (size_t i = 0; i < n; i++)
        printf("%s%s", i ? " " : "", actions[i]);
    printf("' arguments=%s ;;\n", of_arguments[source_of_arguments(command)]);
}

/* What follows an option, whichever command it is of: names mean the same everywhere. */
static void bash_values(void) {
    struct option_shown option;
    const char *words;
    char room[ROLES_TEXT];
    for (size_t i = 0; option_shown_at(i, &option); i++) {
        if (!option.value)
            continue;
        enum filler source = source_of(&option, room, &words);
        printf("    --%s) ", option.name);
        if (source == LIST)
            printf("_mindex_list %s", words);
        else if (source == WORDS)
            printf("COMPREPLY=($(compgen -W '%s' -- \"$cur\"))", words);
        else if (source != NOTHING)
            printf("_mindex_%s", source == FILES ? "files" : "folders");
        printf("%sreturn ;;\n", source == NOTHING ? "" : "; ");
    }
}

static void bash(void) {
    (void)fputs(
        "# bash: source <(mindex completion bash)\n"
        "_mindex_files() {\n"
        "    compopt -o filenames 2>/dev/null\n"
        "    mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
        "}\n"
        "_mindex_folders() {\n"
        "    compopt -o filenames 2>/dev/null\n"
        "    mapfile -t COMPREPLY < <(compgen -d -- \"$cur\")\n"
        "}\n"
        "# Names of the service, which may have blanks in them; of no service, none.\n"
        "_mindex_list() {\n"
        "    local line state=() i typed=${cur//\\\\/}\n"
        "    typed=${typed#[\\'\\\"]}\n"
        "    for ((i = 2; i < COMP_CWORD; i++)); do\n"
        "        [[ ${COMP_WORDS[i]} == --state ]] && state=(--state \"${COMP_WORDS[i + 1]}\")\n"
        "    done\n"
        "    while IFS= read -r line; do\n"
        "        [[ ${line,,} == \"${typed,,}\"* ]] && COMPREPLY+=(\"$(printf %q \"$line\")\")\n"
        "    done < <(\"${COMP_WORDS[0]}\" completion \"$1\" \"${state[@]}\" 2>/dev/null)\n"
        "}\n"
        "_mindex() {\n"
        "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
        "    local options='' actions='' arguments=''\n"
        "    COMPREPLY=()\n"
        "    if ((COMP_CWORD == 1)); then\n"
        "        COMPREPLY=($(compgen -W '",
        stdout);
    for (size_t i = 0; i < n_commands; i++)
        printf("%s ", commands[i].name);
    (void)fputs("--help --version' -- \"$cur\"))\n"
                "        return\n"
                "    fi\n"
                "    case ${COMP_WORDS[1]} in\n",
                stdout);
    for (size_t i = 0; i < n_commands; i++)
        bash_words(&commands[i]);
    (void)fputs("    *) return ;;\n"
                "    esac\n"
                "    case $prev in\n",
                stdout);
    bash_values();
    (void)fputs("    esac\n"
                "    if [[ $cur == -* ]]; then\n"
                "        COMPREPLY=($(compgen -W \"$options\" -- \"$cur\"))\n"
                "    elif [[ -n $actions ]] && ((COMP_CWORD == 2)); then\n"
                "        COMPREPLY=($(compgen -W \"$actions\" -- \"$cur\"))\n"
                "    elif [[ $arguments == files ]]; then\n"
                "        _mindex_files\n"
                "    elif [[ $arguments == folders ]]; then\n"
                "        _mindex_folders\n"
                "    elif [[ $arguments == places ]]; then\n"
                "        _mindex_list places\n"
                "    fi\n"
                "}\n"
                "complete -F _mindex mindex\n",
                stdout);
}

/* --- zsh -------------------------------------------------------------------------------------- */

/* Within single quotes, and within the brackets of _arguments. */
static void quoted(const char *text, size_t length, const char *escaped) {
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\'')
            (void)fputs("'\\''", stdout);
        else
            printf("%s%c", strchr(escaped, text[i]) ? "\\" : "", text[i]);
    }
}

static void zsh_value(const struct option_shown *option) {
    static const char *const by_source[] = {"", "_files", "_files -/", "", ""};
    const char *words = "";
    char room[ROLES_TEXT];
    enum filler source = source_of(option, room, &words);
    printf(":%s:", option->value);
    if (source == LIST)
        printf(" _mindex_list %s", words); /* a blank: without options of _arguments' */
    else if (source == WORDS)
        printf("(%s)", words);
    else
        printf("%s", by_source[source]);
}

static void zsh_command(const struct command *command) {
    static const char *const by_source[] = {"", "'*:file:_files'", "'*:folder:_files -/'",
                                            "'*:place: _mindex_list places'", ""};
    char text[ACTIONS_TEXT];
    const char *actions[ACTIONS_MAX];
    struct option_shown option;
    printf("    %s) _arguments", command->name);
    for (size_t i = 0; command_option(command, i, &option); i++) {
        printf(" \\\n        '--%s[", option.name);
        quoted(option.help, strlen(option.help), "[]:\\");
        printf("]");
        if (option.value)
            zsh_value(&option);
        printf("'");
    }
    size_t n = command_actions(command, text, actions);
    for (size_t i = 0; i < n; i++)
        printf("%s%s", i ? " " : " \\\n        '1:what:(", actions[i]);
    printf("%s \\\n        %s ;;\n", n ? ")'" : "", by_source[source_of_arguments(command)]);
}

static void zsh(void) {
    (void)fputs("#compdef mindex\n"
                "# zsh: mindex completion zsh > a folder of $fpath/_mindex\n"
                "_mindex_list() {\n"
                "    local -a found\n"
                "    found=(${(f)\"$(mindex completion $1 2>/dev/null)\"})\n"
                "    compadd -M 'm:{a-z}={A-Z}' -a found\n"
                "}\n"
                "_mindex() {\n"
                "    local -a known\n"
                "    if ((CURRENT == 2)); then\n"
                "        known=(\n",
                stdout);
    for (size_t i = 0; i < n_commands; i++) {
        printf("            '%s:", commands[i].name);
        quoted(commands[i].summary, strcspn(commands[i].summary, "\n"), "");
        printf("'\n");
    }
    (void)fputs("        )\n"
                "        _describe command known\n"
                "        return\n"
                "    fi\n"
                "    shift words\n"
                "    ((CURRENT--))\n"
                "    case $words[1] in\n",
                stdout);
    for (size_t i = 0; i < n_commands; i++)
        zsh_command(&commands[i]);
    (void)fputs("    esac\n"
                "}\n"
                "if [ \"$funcstack[1]\" = _mindex ]; then _mindex \"$@\"; else compdef _mindex "
                "mindex; fi\n",
                stdout);
}

/* --- fish ------------------------------------------------------------------------------------- */

static void fish_command(const struct command *command) {
    static const char *const by_source[] = {"", " -F", " -a '(__fish_complete_directories)'", "",
                                            ""};
    char text[ACTIONS_TEXT], room[ROLES_TEXT];
    const char *actions[ACTIONS_MAX], *words = "";
    struct option_shown option;
    printf("complete -c mindex -n __fish_use_subcommand -a %s -d '", command->name);
    quoted(command->summary, strcspn(command->summary, "\n"), "");
    printf("'\n");
    for (size_t i = 0; command_option(command, i, &option); i++) {
        printf("complete -c mindex -n '__fish_seen_subcommand_from %s' -l %s -d '", command->name,
               option.name);
        quoted(option.help, strlen(option.help), "");
        printf("'");
        if (option.value) {
            enum filler source = source_of(&option, room, &words);
            printf(" %s%s", source == FILES ? "-r" : "-x", by_source[source]);
            if (source == LIST)
                printf(" -a '(mindex completion %s 2>/dev/null)'", words);
            else if (source == WORDS)
                printf(" -a '%s'", words);
        }
        printf("\n");
    }
    size_t n = command_actions(command, text, actions);
    for (size_t i = 0; i < n; i++)
        printf("complete -c mindex -n '__fish_seen_subcommand_from %s' -a %s\n", command->name,
               actions[i]);
    enum filler source = source_of_arguments(command);
    if (source == LIST)
        printf("complete -c mindex -n '__fish_seen_subcommand_from %s' "
               "-a '(mindex completion places 2>/dev/null)'\n",
               command->name);
    else if (source != NOTHING)
        printf("complete -c mindex -n '__fish_seen_subcommand_from %s'%s\n", command->name,
               by_source[source]);
}

static void fish(void) {
    (void)fputs("# fish: mindex completion fish > ~/.config/fish/completions/mindex.fish\n"
                "complete -c mindex -f\n",
                stdout);
    for (size_t i = 0; i < n_commands; i++)
        fish_command(&commands[i]);
}

/* --- lists ------------------------------------------------------------------------------------ */

static void print_list(const struct pack *pack, const char *name) {
    const struct definition *definition = pack->definition;
    const struct geography *geography = pack->geography;
    if (strcmp(name, "nodes") == 0) {
        for (size_t i = 0; i < definition->n_nodes; i++)
            printf("%s\n", definition->nodes[i].id);
    } else if (strcmp(name, "datasets") == 0) {
        for (size_t i = 0; i < definition->n_datasets; i++)
            printf("%s\n", definition->datasets[i].id);
    } else if (strcmp(name, "places") == 0) {
        for (size_t i = 0; i < geography->n_areas; i++)
            printf("%s\n", geography->areas[i].name);
    }
    for (size_t i = 0; strcmp(name, "regions") == 0 && i < geography->n_areas; i++) {
        size_t before = 0;
        while (strcmp(geography->areas[before].region, geography->areas[i].region) != 0)
            before++;
        if (before == i)
            printf("%s\n", geography->areas[i].region);
    }
}

/* Nobody waits for a list: without a service it is empty. */
static int list(const struct command_line *line, const char *name) {
    struct fault fault = {0};
    struct session session;
    if (!door_open(line->places.hub, 0, &fault))
        return EXIT_OK;
    int status = session_open(&session, line);
    if (status == EXIT_OK)
        status = session_edition(&session, 0);
    if (status == EXIT_OK)
        print_list(session.pack, name);
    session_close(&session);
    return status;
}

int completion_command(const struct command_line *line) {
    static const struct {
        const char *name;
        void (*print)(void);
    } shells[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};
    const char *name = line->arguments[0];
    if (line->n_arguments > 1)
        return command_failed(EXIT_USAGE, "'mindex completion' takes one shell, found %zu",
                              line->n_arguments);
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++) {
        if (strcmp(shells[i].name, name) != 0)
            continue;
        shells[i].print();
        return fflush(stdout) == 0 ? EXIT_OK : command_failed(EXIT_FAILED, "the output was closed");
    }
    return list(line, name);
}
