#include "services/cli/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

struct option_help {
    const char *name, *value, *help;
};

/* In the order of the help; the position is what getopt_long gives back. */
static const struct option_help known[] = {
    {"state", "FOLDER", "the installation's folder (default: $MINDEX_STATE, else ./mindex-state)"},
    {"hub", "ENDPOINT", "the hub's endpoint, where it is not in the state folder"},
    {"events", "ENDPOINT", "the live stream's endpoint"},
    {"replay", "ENDPOINT", "the replay endpoint"},
    {"pack", "FOLDER", "the folder with the definition and its tables"},
    {"definition", "FILE", "a definition without tables; places and figures are in one CSV file"},
    {"dataset", "ID", "the dataset, where the file's name does not say it"},
    {"label", "TEXT", "the release's label, where the file's name does not say it"},
    {"node", "ID", "the node of the index: composite, a mission, an objective or a metric"},
    {"area", "AREA", "only this place, by code or name"},
    {"region", "NAME", "only places of this region"},
    {"table", "NAME", "which table; the command's summary names them, the first is the default"},
    {"with", "PATH", "the other definition (a file, or a pack's folder)"},
    {"edition", "N", "this edition and not the newest"},
    {"from", "N", "the older edition (default: the one before the newer)"},
    {"to", "N", "the newer edition (default: the newest)"},
    {"after", "N", "events after this number"},
    {"count", "N", "end after so many"},
    {"top", "N", "only the first N rows"},
    {"topic", "PREFIX", "only events under topics with this prefix; may be repeated"},
    {"scoring", "N", "how many scoring workers to start (default: 2)"},
    {"boundaries", "FILE", "a GeoJSON with real boundaries, for maps beside the cartograms"},
    {"replicates", "N", "how many replicates, or rows of the design (default: the definition's)"},
    {"seed", "N", "of the random numbers (default: the definition's)"},
    {"digits", "N",
     "significant digits of numbers in CSV and JSON, 1 to 17 (default: all that count)"},
    {"all", NULL, "everything, not only the essence"},
    {"no-wait", NULL, "return with the receipt, do not wait for the edition"},
    {"csv", NULL, "print CSV"},
    {"json", NULL, "print JSON"},
    {"supervised", NULL, NULL},
    {"help", NULL, "this help"},
};

enum { KNOWN = sizeof known / sizeof *known };

static bool takes(const struct command *command, const char *option) {
    char word[64];
    (void)snprintf(word, sizeof word, " %s ", option);
    if (strcmp(option, "digits") == 0)
        option = "csv", (void)snprintf(word, sizeof word, " csv ");
    return strcmp(option, "help") == 0 || strstr(command->options, word) != NULL;
}

void options_help(const struct command *command, FILE *out) {
    (void)fprintf(out, "%s\n\nUsage: mindex %s [options] %s\n\nOptions:\n", command->summary,
                  command->name, command->arguments);
    for (size_t i = 0; i < KNOWN; i++) {
        if (!known[i].help || !takes(command, known[i].name))
            continue;
        char left[64];
        (void)snprintf(left, sizeof left, "--%s %s", known[i].name,
                       known[i].value ? known[i].value : "");
        (void)fprintf(out, "  %-22s %s\n", left, known[i].help);
    }
    (void)fprintf(out, "\nExamples:\n%s", command->examples);
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

static const char **text_option(struct command_line *line, const char *name) {
    struct {
        const char *name, **at;
    } const texts[] = {
        {"state", &line->state},
        {"hub", &line->hub},
        {"events", &line->events},
        {"replay", &line->replay},
        {"pack", &line->pack},
        {"dataset", &line->dataset},
        {"label", &line->label},
        {"node", &line->node},
        {"area", &line->area},
        {"region", &line->region},
        {"definition", &line->definition},
        {"boundaries", &line->boundaries},
        {"table", &line->table},
        {"with", &line->with},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (strcmp(texts[i].name, name) == 0)
            return texts[i].at;
    }
    return NULL;
}

static uint64_t *number_option(struct command_line *line, const char *name) {
    struct {
        const char *name;
        uint64_t *at;
    } const numbers[] = {{"edition", &line->edition}, {"after", &line->after},
                         {"count", &line->count},     {"top", &line->top},
                         {"scoring", &line->scoring}, {"digits", &line->digits},
                         {"from", &line->from},       {"to", &line->to},
                         {"seed", &line->seed},       {"replicates", &line->replicates}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (strcmp(numbers[i].name, name) == 0)
            return numbers[i].at;
    }
    return NULL;
}

static bool set_number(struct command_line *line, const char *name, const char *value,
                       uint64_t *figure) {
    line->has_after |= figure == &line->after;
    line->has_seed |= figure == &line->seed;
    if (!number(name, value, figure))
        return false;
    if (line->digits <= 17 && (figure != &line->digits || line->digits > 0))
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

/* An option without a value. */
static void set_flag(struct command_line *line, const char *name) {
    if (strcmp(name, "all") == 0)
        line->all = true;
    else if (strcmp(name, "no-wait") == 0)
        line->no_wait = true;
    else if (strcmp(name, "supervised") == 0)
        line->supervised = true;
    else
        line->format = strcmp(name, "csv") == 0 ? FORMAT_CSV : FORMAT_JSON;
}

static bool set(struct command_line *line, const char *name, const char *value) {
    const char **text = text_option(line, name);
    uint64_t *figure = number_option(line, name);
    if (figure)
        return set_number(line, name, value, figure);
    if (strcmp(name, "topic") == 0)
        return add_topic(line, value);
    if (text)
        *text = value;
    else
        set_flag(line, name);
    return true;
}

bool options_parse(const struct command *command, int argc, char **argv, struct command_line *line,
                   int *status) {
    struct option options[KNOWN + 1] = {0};
    for (size_t i = 0; i < KNOWN; i++) {
        options[i].name = known[i].name;
        options[i].has_arg = known[i].value ? required_argument : no_argument;
        options[i].val = (int)i + 1000;
    }
    *status = EXIT_USAGE;
    int found;
    while ((found = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        const char *name = found == 'h' ? "help" : found >= 1000 ? known[found - 1000].name : NULL;
        if (!name) {
            (void)fprintf(stderr, "Try 'mindex %s --help'.\n", command->name);
            return false;
        }
        if (strcmp(name, "help") == 0) {
            options_help(command, stdout);
            *status = EXIT_OK;
            return false;
        }
        if (!takes(command, name)) {
            (void)command_failed(0, "'mindex %s' takes no --%s; try 'mindex %s --help'",
                                 command->name, name, command->name);
            return false;
        }
        if (!set(line, name, optarg))
            return false;
    }
    line->arguments = argv + optind;
    line->n_arguments = (size_t)(argc - optind);
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
    struct fault fault = {0};
    if (places_find(&line->places, line->state, line->hub, line->events, line->replay, &fault)) {
        return true;
    }
    (void)command_failed(0, "%s", fault.text);
    return false;
}
