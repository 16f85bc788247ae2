#include "services/cli/options.h"

#include "core/nearest.h"
#include "services/bus/filter.h"
#include "services/cli/colour.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum kind { TEXT, NUMBER, FLAG, TOPIC, PAIR, KEY, FILE_OF_KEYS, ANY_KEY, CSV, JSON, PLAIN, HELP };

#define AT(field) offsetof(struct command_line, field)

/* In the order of the help. */
static const struct option_spec {
    const char *name, *value, *help; /* help NULL: not for people */
    enum kind kind;
    size_t at; /* where in struct command_line */
} known[] = {
    {"state", "FOLDER",
     "the installation's folder (default: $MINDEX_STATE, else the settings', else ./mindex-state)",
     KEY, 0},
    {"hub", "ENDPOINT", "the hub's endpoint, where it is not in the state folder", KEY, 0},
    {"events", "ENDPOINT", "the live stream's endpoint", KEY, 0},
    {"replay", "ENDPOINT", "the replay endpoint", KEY, 0},
    {"key", "FILE", "the key to speak with, where one is asked for (default: $MINDEX_KEY)", KEY, 0},
    {"listen", "ENDPOINT",
     "let holders of keys speak here, too, such as tcp://*:5600 (replay: 5601, events: 5602)", KEY,
     0},
    {"http", "ENDPOINT", "serve pages, the API and metrics there: http://127.0.0.1:5605", KEY, 0},
    {"http-name", "NAME,...", "names by which it is asked there, as index.example.org", KEY, 0},
    {"role", "ROLES", "what the key's holder may do: reader, depositor, scoring ...", TEXT,
     AT(role)},
    {"service", "FILE", "the service's public key, a service.pub that was brought here", TEXT,
     AT(service)},
    {"pack", "FOLDER", "the folder with the definition and its tables", TEXT, AT(pack)},
    {"definition", "FILE", "a definition without tables; places and figures are in one CSV file",
     TEXT, AT(definition)},
    {"dataset", "ID", "the dataset, where the file's name does not say it", TEXT, AT(dataset)},
    {"description", "FILE", "a dataset description that is not in the pack", TEXT, AT(description)},
    {"label", "TEXT", "the release's label, where the file's name does not say it", TEXT,
     AT(label)},
    {"node", "ID", "the node of the tree: the index itself, a mission, a metric ..., by its id",
     TEXT, AT(node)},
    {"area", "AREA", "only this place, by code or name", TEXT, AT(area)},
    {"region", "NAME", "only places of this region", TEXT, AT(region)},
    {"table", "NAME", "which table; the command's summary names them, the first is the default",
     TEXT, AT(table)},
    {"with", "PATH", "the other definition (a file, or a pack's folder)", TEXT, AT(with)},
    {"edition", "N", "this edition and not the newest", NUMBER, AT(edition)},
    {"from", "N", "the older edition (default: the one before the newer); or the first event",
     NUMBER, AT(from)},
    {"to", "N", "the newer edition (default: the newest); or the last event", NUMBER, AT(to)},
    {"after", "N", "events after this number", NUMBER, AT(after)},
    {"count", "N", "end after so many", NUMBER, AT(count)},
    {"top", "N", "only the first N rows", NUMBER, AT(top)},
    {"topic", "PREFIX", "only events under topics with this prefix; may be repeated", TOPIC, 0},
    {"type", "TYPE", "only events of this type, such as release.accepted; may be repeated", PAIR,
     0},
    {"mission", "ID", "only moves within this mission, or at the index; may be repeated", PAIR, 0},
    {"area-type", "TYPE", "only places of this type, such as 'London borough'; may be repeated",
     PAIR, 0},
    {"at-least", "N", "only moves of at least N places", PAIR, 0},
    {"band", "BAND", "only moves into or out of this band; any: from one to another", PAIR, 0},
    {"beyond-interval", NULL, "only moves from outside the place's rank interval", PAIR, 0},
    {"nature", "NATURE", "only what is caused by data, revision, method or withdrawal", PAIR, 0},
    {"url", "URL", "where messages are sent: https://example.org/hook", TEXT, AT(url)},
    {"digest", NULL, "one message for each edition, not one for each event", FLAG, AT(digest)},
    {"scoring", "N", "how many scoring workers to start (default: 2)", KEY, 0},
    {"idle", "SECONDS", "end when no task has come for so long (default: work on)", KEY, 0},
    {"boundaries", "FILE", "a GeoJSON with real boundaries for the maps, in place of the pack's",
     KEY, 0},
    {"replicates", "N", "how many replicates, or rows of the design (default: the definition's)",
     NUMBER, AT(replicates)},
    {"seed", "N", "of the random numbers (default: the definition's)", NUMBER, AT(seed)},
    {"level", "ID", "whose nodes' weights are varied (default: those below the index)", TEXT,
     AT(level)},
    {"steps", "N", "into how many steps a weight of 1 is cut (default: 10)", NUMBER, AT(steps)},
    {"local", NULL, "compute it here, without workers", FLAG, AT(local)},
    {"threads", "N", "on how many threads (default: one for each processor)", NUMBER, AT(threads)},
    {"detach", NULL, "hand it in and leave, do not wait for the result", FLAG, AT(detach)},
    {"out", "FILE", "write what comes of it there", TEXT, AT(out)},
    {"format", "html|pdf", "of the report (default: by the ending of FILE)", TEXT, AT(document)},
    {"digits", "N",
     "significant digits of numbers in CSV and JSON, 1 to 17 (default: all that count)", NUMBER,
     AT(digits)},
    {"all", NULL, "everything, not only the essence", FLAG, AT(all)},
    {"accept-warnings", NULL, "take what is suspicious beside the release before all the same",
     FLAG, AT(accept_warnings)},
    {"publish-at", "TIME",
     "hold it until then, such as 2026-11-25T09:30:00Z: on record, but not in force", TEXT,
     AT(publish_at)},
    {"keep", "N", "keep the newest N editions", NUMBER, AT(keep)},
    {"before", "DATE", "only editions scored before then, such as 2025-01-01", TEXT, AT(before)},
    {"dry-run", NULL, "only show what would change; nothing is stored", FLAG, AT(dry_run)},
    {"reason", "TEXT", "why, for all who ask", TEXT, AT(reason)},
    {"failed", NULL, "only those that failed, or were set aside", FLAG, AT(failed)},
    {"no-wait", NULL, "return with the receipt, do not wait for the edition", FLAG, AT(no_wait)},
    {"replace", NULL, "keep the database that is there aside", FLAG, AT(replace)},
    {"man", NULL, "as a page of the manual", FLAG, AT(man)},
    {"csv", NULL, "print CSV", CSV, 0},
    {"json", NULL, "print JSON", JSON, 0},
    {"config", "FILE",
     "the settings (default: mindex.conf in the state folder, else /etc/mindex/mindex.conf)",
     FILE_OF_KEYS, 0},
    {"set", "KEY=VALUE", "a setting, before the file's; may be repeated ('mindex config show')",
     ANY_KEY, 0},
    {"supervised", NULL, NULL, FLAG, AT(supervised)},
    {"no-color", NULL, "no colours, on a terminal either (so does NO_COLOR)", PLAIN, 0},
    {"help", NULL, "this help", HELP, 0},
};

enum { KNOWN = sizeof known / sizeof *known };

static bool takes(const struct command *command, const struct option_spec *option) {
    if (option->kind == HELP || option->kind == PLAIN)
        return true;
    /* Whoever prints CSV can be asked for its digits, and an installation has its settings. */
    bool settings = option->kind == FILE_OF_KEYS || option->kind == ANY_KEY;
    const char *stands_for = strcmp(option->name, "digits") == 0 ? "csv"
                             : settings                          ? "state"
                                                                 : option->name;
    char word[64];
    (void)snprintf(word, sizeof word, " %s ", stands_for);
    return strstr(command->options, word) != NULL;
}

bool option_shown_at(size_t i, struct option_shown *out) {
    if (i < KNOWN)
        *out = (struct option_shown){known[i].name, known[i].value, known[i].help};
    return i < KNOWN;
}

bool command_option(const struct command *command, size_t i, struct option_shown *out) {
    for (const struct option_spec *option = known; option < known + KNOWN; option++) {
        if (!option->help || !takes(command, option) || i-- > 0)
            continue;
        *out = (struct option_shown){option->name, option->value, option->help};
        return true;
    }
    return false;
}

/* In the arguments' first word, which has '|' in it where there is a choice. */
size_t command_actions(const struct command *command, char text[ACTIONS_TEXT],
                       const char *actions[ACTIONS_MAX]) {
    const char *at = command->arguments + (*command->arguments == '[');
    size_t n = 0, length = strcspn(at, " ]");
    if (!memchr(at, '|', length))
        return 0;
    (void)snprintf(text, ACTIONS_TEXT, "%.*s", (int)length, at);
    for (char *word; n < ACTIONS_MAX && (word = strsep(&text, "|"));)
        actions[n++] = word;
    return n;
}

void options_help(const struct command *command, FILE *out) {
    const char *bold = colour(out, COLOUR_HEADING), *plain = colour(out, COLOUR_NONE);
    struct option_shown option;
    (void)fprintf(out, "%s\n\n%sUsage:%s mindex %s [options]%s%s\n\n%sOptions:%s\n",
                  command->summary, bold, plain, command->name, *command->arguments ? " " : "",
                  command->arguments, bold, plain);
    for (size_t i = 0; command_option(command, i, &option); i++) {
        char left[64];
        (void)snprintf(left, sizeof left, "--%s %s", option.name, option.value ? option.value : "");
        (void)fprintf(out, "  %-22s %s\n", left, option.help);
    }
    (void)fprintf(out, "\n%sExamples:%s\n%s", bold, plain, command->examples);
}

static bool number(const char *option, const char *text, uint64_t *out) {
    char *end = NULL;
    errno = 0;
    *out = strtoull(text, &end, 10);
    if (errno == 0 && *text >= '0' && *text <= '9' && *end == '\0')
        return true;
    (void)command_failed(0, "--%s takes a whole number, found '%s'", option, text);
    return false;
}

static bool set_number(struct command_line *line, const struct option_spec *option,
                       const char *value) {
    uint64_t *to = (uint64_t *)((char *)line + option->at);
    line->has_after |= to == &line->after;
    line->has_seed |= to == &line->seed;
    line->has_replicates |= to == &line->replicates;
    if (!number(option->name, value, to))
        return false;
    /* Of most, 0 stands for what was not given, and would mean the default in silence. */
    bool from_0 = to == &line->after || to == &line->seed || to == &line->replicates;
    if (*to == 0 && !from_0) {
        (void)command_failed(0, "--%s takes a whole number from 1, found %s", option->name, value);
        return false;
    }
    if (line->digits <= 17 && (to != &line->digits || line->digits > 0))
        return true;
    (void)command_failed(0, "--digits takes 1 to 17, found %s", value);
    return false;
}

static bool add_topic(struct command_line *line, const char *value) {
    if (line->n_topics == TOPICS_MAX) {
        (void)command_failed(0, "more than %d topics", TOPICS_MAX);
        return false;
    }
    line->topics[line->n_topics++] = value;
    return true;
}

static bool add_pair(struct command_line *line, const char *name, const char *value) {
    if (line->n_pairs == PAIRS_MAX) {
        (void)command_failed(0, "more than %d options that choose events", PAIRS_MAX);
        return false;
    }
    line->pairs[line->n_pairs].name = name;
    line->pairs[line->n_pairs++].value = value ? value : "1";
    return true;
}

static bool set_key(struct command_line *line, const struct option_spec *option,
                    const char *value) {
    struct fault fault = {0};
    bool any = option->kind == ANY_KEY;
    if (any ? config_take_pair(&line->config, value, &fault)
            : config_take(&line->config, config_find(option->name), value, CONFIG_FLAG, &fault))
        return true;
    (void)command_failed(0, "--%s%s %s", option->name, any ? "" : ":", fault.text);
    return false;
}

static bool choose_file(struct command_line *line, const char *value) {
    struct config *config = &line->config;
    config->named = *value && strlen(value) < sizeof config->file;
    if (!config->named) {
        (void)command_failed(0, "--config takes FILE, found '%.100s'", value);
        return false;
    }
    (void)snprintf(config->file, sizeof config->file, "%s", value);
    return true;
}

static bool set(struct command_line *line, const struct option_spec *option, const char *value) {
    if (filter_has_name(option->name) && !add_pair(line, option->name, value))
        return false;
    switch (option->kind) {
    case PAIR:
        return true;
    case TEXT:
        *(const char **)((char *)line + option->at) = value;
        return true;
    case NUMBER:
        return set_number(line, option, value);
    case FLAG:
        *(bool *)((char *)line + option->at) = true;
        return true;
    case KEY:
    case ANY_KEY:
        return set_key(line, option, value);
    case FILE_OF_KEYS:
        return choose_file(line, value);
    case TOPIC:
        return add_topic(line, value);
    case CSV:
        line->format = FORMAT_CSV;
        return true;
    case PLAIN:
        colour_never();
        return true;
    default:
        line->format = FORMAT_JSON;
        return true;
    }
}

/* --- the words, one after the other ----------------------------------------------------------- */

static const struct option_spec *find_option(const char *name, size_t length) {
    for (const struct option_spec *option = known; option < known + KNOWN; option++) {
        if (strlen(option->name) == length && memcmp(option->name, name, length) == 0)
            return option;
    }
    return NULL;
}

static bool unknown_option(const struct command *command, const char *text, int length) {
    char word[64];
    (void)snprintf(word, sizeof word, "%.*s", length, text);
    struct nearest near = {.word = word};
    struct option_shown option;
    for (size_t i = 0; command_option(command, i, &option); i++)
        nearest_offer(&near, option.name);
    if (near.best)
        (void)command_failed(0, "'mindex %s' has no option --%s; did you mean --%s?", command->name,
                             word, near.best);
    else
        (void)command_failed(0, "'mindex %s' has no option --%s; try 'mindex %s --help'",
                             command->name, word, command->name);
    return false;
}

/* The option at argv[*i], and its value, which may be the next word. NULL: a message was printed.
 */
static const struct option_spec *take_option(const struct command *command, int argc, char **argv,
                                             int *i, const char **value) {
    const char *text = argv[*i] + 2, *equals = strchr(text, '=');
    size_t length = equals ? (size_t)(equals - text) : strlen(text);
    const struct option_spec *option = find_option(text, length);
    *value = equals ? equals + 1 : NULL;
    if (!option) {
        (void)unknown_option(command, text, length < 50 ? (int)length : 50);
        return NULL;
    }
    if (!takes(command, option)) {
        (void)command_failed(0, "'mindex %s' takes no --%s; try 'mindex %s --help'", command->name,
                             option->name, command->name);
        return NULL;
    }
    if (!option->value && equals) {
        (void)command_failed(0, "--%s takes no value, found '%s'", option->name, *value);
        return NULL;
    }
    if (option->value && !equals) {
        if (*i + 1 >= argc) {
            (void)command_failed(0, "--%s takes %s, found nothing behind it", option->name,
                                 option->value);
            return NULL;
        }
        *value = argv[++*i];
    }
    return option;
}

/* Options go into the line, arguments to the front of argv. */
static bool take_words(const struct command *command, int argc, char **argv,
                       struct command_line *line, int *status) {
    bool options_end = false;
    line->arguments = argv;
    for (int i = 1; i < argc; i++) {
        char *word = argv[i];
        if (options_end || word[0] != '-' || word[1] == '\0') {
            argv[line->n_arguments++] = word;
        } else if (strcmp(word, "--") == 0) {
            options_end = true;
        } else if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0) {
            options_help(command, stdout);
            *status = EXIT_OK;
            return false;
        } else if (word[1] != '-') {
            (void)command_failed(0,
                                 "there is no option '%s', options begin with --; try 'mindex "
                                 "%s --help'",
                                 word, command->name);
            return false;
        } else {
            const char *value;
            const struct option_spec *option = take_option(command, argc, argv, &i, &value);
            if (!option || !set(line, option, value))
                return false;
        }
    }
    return true;
}

/* Whether the first argument is something that the command can be told to do. */
static bool check_action(const struct command *command, const char *found) {
    char text[ACTIONS_TEXT], list[2 * ACTIONS_TEXT] = "";
    const char *actions[ACTIONS_MAX];
    size_t n = command_actions(command, text, actions), used = 0;
    struct nearest near = {.word = found};
    for (size_t i = 0; i < n; i++) {
        if (strcmp(actions[i], found) == 0)
            return true;
        nearest_offer(&near, actions[i]);
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s",
                                 i == 0      ? ""
                                 : i < n - 1 ? ", "
                                             : " or ",
                                 actions[i]);
    }
    if (n == 0)
        return true;
    (void)command_failed(0, "'mindex %s' takes %s, found '%s'%s%s%s", command->name, list, found,
                         near.best ? "; did you mean '" : "", near.best ? near.best : "",
                         near.best ? "'?" : "");
    return false;
}

static bool check_arguments(const struct command *command, const struct command_line *line) {
    if (command->needs_argument && line->n_arguments == 0) {
        (void)command_failed(0, "'mindex %s' needs %s; try 'mindex %s --help'", command->name,
                             command->arguments, command->name);
        return false;
    }
    if (!*command->arguments && line->n_arguments) {
        (void)command_failed(0, "'mindex %s' takes no argument, found '%s'", command->name,
                             line->arguments[0]);
        return false;
    }
    return !line->n_arguments || check_action(command, line->arguments[0]);
}

bool options_parse(const struct command *command, int argc, char **argv, struct command_line *line,
                   int *status) {
    *status = EXIT_USAGE;
    config_init(&line->config);
    return take_words(command, argc, argv, line, status) && check_arguments(command, line);
}
