#include "services/cli/options.h"

#include <errno.h>
#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum kind { TEXT, NUMBER, FLAG, TOPIC, CSV, JSON, HELP };

#define AT(field) offsetof(struct command_line, field)

/* In the order of the help; the position is what getopt_long gives back. */
static const struct option_spec {
    const char *name, *value, *help; /* help NULL: not for people */
    enum kind kind;
    size_t at; /* where in struct command_line */
} known[] = {
    {"state", "FOLDER", "the installation's folder (default: $MINDEX_STATE, else ./mindex-state)",
     TEXT, AT(state)},
    {"hub", "ENDPOINT", "the hub's endpoint, where it is not in the state folder", TEXT, AT(hub)},
    {"events", "ENDPOINT", "the live stream's endpoint", TEXT, AT(events)},
    {"replay", "ENDPOINT", "the replay endpoint", TEXT, AT(replay)},
    {"key", "FILE", "the key to speak with, where one is asked for (default: $MINDEX_KEY)", TEXT,
     AT(key)},
    {"listen", "ENDPOINT",
     "let holders of keys speak here, too, such as tcp://*:5600 (replay: 5601, events: 5602)", TEXT,
     AT(listen)},
    {"http", "ENDPOINT", "serve metrics by HTTP there, such as http://127.0.0.1:5605", TEXT,
     AT(http)},
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
    {"node", "ID", "the node of the index: composite, a mission, an objective or a metric", TEXT,
     AT(node)},
    {"area", "AREA", "only this place, by code or name", TEXT, AT(area)},
    {"region", "NAME", "only places of this region", TEXT, AT(region)},
    {"table", "NAME", "which table; the command's summary names them, the first is the default",
     TEXT, AT(table)},
    {"with", "PATH", "the other definition (a file, or a pack's folder)", TEXT, AT(with)},
    {"edition", "N", "this edition and not the newest", NUMBER, AT(edition)},
    {"from", "N", "the older edition (default: the one before the newer)", NUMBER, AT(from)},
    {"to", "N", "the newer edition (default: the newest)", NUMBER, AT(to)},
    {"after", "N", "events after this number", NUMBER, AT(after)},
    {"count", "N", "end after so many", NUMBER, AT(count)},
    {"top", "N", "only the first N rows", NUMBER, AT(top)},
    {"topic", "PREFIX", "only events under topics with this prefix; may be repeated", TOPIC, 0},
    {"scoring", "N", "how many scoring workers to start (default: 2)", NUMBER, AT(scoring)},
    {"idle", "SECONDS", "end when no task has come for so long (default: work on)", NUMBER,
     AT(idle)},
    {"boundaries", "FILE", "a GeoJSON with real boundaries, for maps beside the cartograms", TEXT,
     AT(boundaries)},
    {"replicates", "N", "how many replicates, or rows of the design (default: the definition's)",
     NUMBER, AT(replicates)},
    {"seed", "N", "of the random numbers (default: the definition's)", NUMBER, AT(seed)},
    {"level", "ID", "whose nodes' weights are varied (default: those below the index)", TEXT,
     AT(level)},
    {"steps", "N", "into how many steps a weight of 1 is cut (default: 10)", NUMBER, AT(steps)},
    {"local", NULL, "compute it here, without workers", FLAG, AT(local)},
    {"threads", "N", "on how many threads (default: one for each processor)", NUMBER, AT(threads)},
    {"detach", NULL, "hand it in and leave, do not wait for the result", FLAG, AT(detach)},
    {"out", "FILE", "keep the result there, for 'mindex batch result FILE'", TEXT, AT(out)},
    {"digits", "N",
     "significant digits of numbers in CSV and JSON, 1 to 17 (default: all that count)", NUMBER,
     AT(digits)},
    {"all", NULL, "everything, not only the essence", FLAG, AT(all)},
    {"accept-warnings", NULL, "take what is suspicious beside the release before all the same",
     FLAG, AT(accept_warnings)},
    {"publish-at", "TIME",
     "hold it until then, such as 2026-11-25T09:30:00Z: on record, but not in force", TEXT,
     AT(publish_at)},
    {"dry-run", NULL, "only show which ranks would change; nothing is stored", FLAG, AT(dry_run)},
    {"reason", "TEXT", "why, for all who ask", TEXT, AT(reason)},
    {"failed", NULL, "those that were set aside", FLAG, AT(failed)},
    {"no-wait", NULL, "return with the receipt, do not wait for the edition", FLAG, AT(no_wait)},
    {"replace", NULL, "keep the database that is there aside", FLAG, AT(replace)},
    {"csv", NULL, "print CSV", CSV, 0},
    {"json", NULL, "print JSON", JSON, 0},
    {"supervised", NULL, NULL, FLAG, AT(supervised)},
    {"help", NULL, "this help", HELP, 0},
};

enum { KNOWN = sizeof known / sizeof *known };

static bool takes(const struct command *command, const char *option) {
    /* Whoever prints CSV can be asked for its digits. */
    const char *stands_for = strcmp(option, "digits") == 0 ? "csv" : option;
    char word[64];
    (void)snprintf(word, sizeof word, " %s ", stands_for);
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

static bool set_number(struct command_line *line, const struct option_spec *option,
                       const char *value) {
    uint64_t *to = (uint64_t *)((char *)line + option->at);
    line->has_after |= to == &line->after;
    line->has_seed |= to == &line->seed;
    line->has_replicates |= to == &line->replicates;
    if (!number(option->name, value, to))
        return false;
    if (to == &line->edition && *to == 0) { /* which would mean the newest */
        (void)command_failed(0, "--edition: editions are counted from 1, found %s", value);
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

static bool set(struct command_line *line, const struct option_spec *option, const char *value) {
    switch (option->kind) {
    case TEXT:
        *(const char **)((char *)line + option->at) = value;
        return true;
    case NUMBER:
        return set_number(line, option, value);
    case FLAG:
        *(bool *)((char *)line + option->at) = true;
        return true;
    case TOPIC:
        return add_topic(line, value);
    case CSV:
        line->format = FORMAT_CSV;
        return true;
    default:
        line->format = FORMAT_JSON;
        return true;
    }
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
        if (found != 'h' && found < 1000) {
            (void)fprintf(stderr, "Try 'mindex %s --help'.\n", command->name);
            return false;
        }
        const struct option_spec *option = found == 'h' ? &known[KNOWN - 1] : &known[found - 1000];
        if (option->kind == HELP) {
            options_help(command, stdout);
            *status = EXIT_OK;
            return false;
        }
        if (!takes(command, option->name)) {
            (void)command_failed(0, "'mindex %s' takes no --%s; try 'mindex %s --help'",
                                 command->name, option->name, command->name);
            return false;
        }
        if (!set(line, option, optarg))
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
    if (places_find(&line->places, line->state, line->hub, line->events, line->replay, &fault) &&
        places_reach(&line->places, line->key, line->listen, line->http, &fault)) {
        return true;
    }
    (void)command_failed(0, "%s", fault.text);
    return false;
}
