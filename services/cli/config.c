/* The limits of the installation, and whether its file is right. */
#include "services/bus/config.h"

#include "services/bus/log.h"
#include "services/bus/refusal.h"
#include "services/cli/command.h"
#include "services/publishing/hook_guard.h"

#include <string.h>

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

static int show(const struct command_line *line) {
    static const char *const columns[] = {"key",   "value", "unit",   "from", "default",
                                          "least", "most",  "reload", "help"};
    const struct config *config = &line->config;
    struct table *table = table_new(9, columns, columns);
    for (size_t i = 0; table && i < CONFIG_KEYS; i++) {
        const struct config_key *key = &config_keys[i];
        char value[CONFIG_VALUE], initial[CONFIG_VALUE], from[160];
        config_text(config, key, value);
        config_default(key, initial);
        source_text(config, i, from);
        table_text(table, key->name);
        table_text(table, value);
        table_text(table, key->unit);
        table_text(table, from);
        table_text(table, initial);
        if (key->kind == CONFIG_COUNT) {
            table_count(table, key->least);
            table_count(table, key->most);
        } else {
            table_text(table, NULL);
            table_text(table, NULL);
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

static int check(const struct command_line *line) {
    const struct config *config = &line->config;
    size_t set = 0;
    for (size_t i = 0; i < CONFIG_KEYS; i++)
        set += config->line[i] != 0;
    if (printf("%s: %s%zu of %d keys are set, the rest have their defaults\n", config->file,
               config->read ? "" : "not there; ", set, CONFIG_KEYS) < 0)
        return EXIT_FAILED;
    return check_guard(line);
}

int config_command(const struct command_line *line) {
    bool shows = strcmp(line->arguments[0], "show") == 0;
    if (line->n_arguments > 1)
        return command_failed(EXIT_USAGE, "'mindex config %s' takes no argument, found '%s'",
                              line->arguments[0], line->arguments[1]);
    if (line->problems.total)
        return say_wrong(&line->problems);
    return shows ? show(line) : check(line);
}
