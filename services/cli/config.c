/* The settings of the installation, and whether they are right. */
#include "services/bus/config.h"

#include "core/nearest.h"
#include "services/bus/log.h"
#include "services/bus/refusal.h"
#include "services/cli/command.h"
#include "services/publishing/hook_guard.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* These look after the settings, and say themselves what is wrong with them. */
static bool looks_after(const struct command *command) {
    return command->run == config_command || command->run == doctor_command;
}

static int say_wrong(const struct problems *problems) {
    problems_write(stderr, problems);
    return command_failed(EXIT_FAILED,
                          "%llu mistake%s in the configuration: nothing is done before that is "
                          "mended; 'mindex config check' looks again",
                          (unsigned long long)problems->total, problems->total == 1 ? "" : "s");
}

bool command_settle(const struct command *command, struct command_line *line, int *status) {
    struct fault fault = {0};
    bool installed = strstr(command->options, " state ") != NULL;
    if (installed && !config_load(&line->config, &line->problems) && !looks_after(command)) {
        *status = say_wrong(&line->problems);
        return false;
    }
    log_settings((enum log_level)line->config.log.level, (enum log_format)line->config.log.format);
    if (config_places(&line->config, &line->places, &fault))
        return true;
    *status = command_failed(EXIT_USAGE, "%s", fault.text);
    return false;
}

static void source_text(const struct config *config, size_t key, char out[160]) {
    char variable[CONFIG_VARIABLE], line[32] = "";
    config_variable(&config_keys[key], variable);
    if (config->line[key])
        (void)snprintf(line, sizeof line, "line %u", config->line[key]);
    if (config->source[key] == CONFIG_FILE)
        (void)snprintf(out, 160, "%s", line);
    else if (config->source[key] == CONFIG_DEFAULT)
        (void)snprintf(out, 160, "default");
    else
        (void)snprintf(out, 160, "%s%s%s", config->source[key] == CONFIG_FLAG ? "flag" : variable,
                       *line ? ", before " : "", line);
}

/* A count is a number in JSON, too. */
static void put_value(struct table *table, const struct config_key *key, const char *text,
                      uint64_t count) {
    if (key->kind == CONFIG_COUNT)
        table_count(table, count);
    else
        table_text(table, *text ? text : NULL);
}

static int show(const struct command_line *line) {
    static const char *const columns[] = {"key",   "value", "unit",   "from", "default",
                                          "least", "most",  "reload", "help"};
    const struct config *config = &line->config;
    struct table *table = table_new(9, columns, columns);
    for (size_t i = 0; table && i < CONFIG_KEYS; i++) {
        const struct config_key *key = &config_keys[i];
        char value[CONFIG_VALUE], initial[CONFIG_VALUE], from[160];
        uint64_t count = key->kind == CONFIG_TEXT ? 0 : config_value(config, key);
        config_text(config, key, value);
        config_default(key, initial);
        source_text(config, i, from);
        table_text(table, key->name);
        put_value(table, key, value, count);
        table_text(table, key->unit);
        table_text(table, from);
        put_value(table, key, initial, key->initial);
        if (key->kind == CONFIG_COUNT) {
            table_count(table, key->least);
            table_count(table, key->most);
        } else {
            table_missing(table);
            table_missing(table);
        }
        table_text(table, key->reloads ? "yes" : "no");
        table_text(table, key->help);
    }
    return command_print(line, &table);
}

static int check_guard(const struct command_line *line) {
    struct fault fault = {0};
    struct hook_guard *guard = hook_guard_new(line->places.state, &fault);
    bool right = guard && hook_guard_refresh(guard, &fault);
    hook_guard_destroy(&guard);
    return right ? EXIT_OK : command_failed(EXIT_FAILED, "%s", fault.text);
}

/* A file that is named must be there: who reads it would end for want of it. */
static bool check_files(const struct config *config) {
    bool right = true;
    for (size_t i = 0; i < CONFIG_KEYS; i++) {
        char path[CONFIG_VALUE], from[160];
        if (strcmp(config_keys[i].unit, "FILE") != 0)
            continue;
        config_text(config, &config_keys[i], path);
        source_text(config, i, from);
        if (!*path || access(path, R_OK) == 0)
            continue;
        (void)command_failed(0, "%s = %s (%s): %s", config_keys[i].name, path, from,
                             strerror(errno));
        right = false;
    }
    return right;
}

/* A variable that is nearly a setting's name is hardly meant for another program. */
static void check_variables(void) {
    for (char **entry = environ; *entry; entry++) {
        char name[CONFIG_VARIABLE], known[CONFIG_KEYS][CONFIG_VARIABLE];
        size_t length = strcspn(*entry, "=");
        if (strncmp(*entry, "MINDEX_", strlen("MINDEX_")) != 0 || length >= sizeof name)
            continue;
        (void)snprintf(name, sizeof name, "%.*s", (int)length, *entry);
        struct nearest near = {.word = name};
        bool is_one = strcmp(name, "MINDEX_CONFIG") == 0;
        for (size_t i = 0; i < CONFIG_KEYS; i++) {
            config_variable(&config_keys[i], known[i]);
            is_one |= strcmp(name, known[i]) == 0;
            nearest_offer(&near, known[i]);
        }
        if (near.best && !is_one)
            (void)command_failed(0, "the environment has %s, which is no setting; did you mean %s?",
                                 name, near.best);
    }
}

static int say_right(const struct config *config) {
    size_t set = 0, elsewhere = 0;
    char more[80] = "";
    for (size_t i = 0; i < CONFIG_KEYS; i++) {
        set += config->line[i] != 0;
        elsewhere += config->line[i] == 0 && config->source[i] != CONFIG_DEFAULT;
    }
    if (elsewhere)
        (void)snprintf(more, sizeof more, ", %zu by the environment or the command line",
                       elsewhere);
    bool said =
        printf("%s: %s%zu of %d keys are set%s, the rest have their defaults\n", config->file,
               config->read ? "" : "not there; ", set, CONFIG_KEYS, more) >= 0;
    return said ? EXIT_OK : EXIT_FAILED;
}

/* One that is not in force yet, by itself. */
static int check_other(const char *path) {
    struct config config;
    struct problems problems = {0};
    if (!config_read(path, &config, &problems))
        return say_wrong(&problems);
    if (!config.read)
        return command_failed(EXIT_NOT_FOUND, "%s: %s", path, strerror(ENOENT));
    return say_right(&config);
}

static int check(const struct command_line *line) {
    check_variables();
    int said = say_right(&line->config);
    bool right = check_files(&line->config);
    int guard = check_guard(line);
    return said != EXIT_OK ? said : right ? guard : EXIT_FAILED;
}

int config_command(const struct command_line *line) {
    const char *action = line->arguments[0];
    bool checks = strcmp(action, "check") == 0;
    size_t most = checks ? 2 : 1;
    if (line->n_arguments > most)
        return command_failed(EXIT_USAGE, "'mindex config %s' takes no%s argument, found '%s'",
                              action, checks ? " other" : "", line->arguments[most]);
    if (strcmp(action, "default") == 0)
        return config_print_default();
    if (line->n_arguments == 2)
        return check_other(line->arguments[1]);
    if (line->problems.total)
        return say_wrong(&line->problems);
    return checks ? check(line) : show(line);
}
