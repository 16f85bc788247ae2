/* The limits of the installation, and whether its file is right. */
#include "services/bus/config.h"

#include "services/bus/refusal.h"
#include "services/cli/command.h"
#include "services/publishing/hook_guard.h"

#include <string.h>

bool command_config(const struct command_line *line, struct config *config) {
    char path[PATH_TEXT + 16];
    struct problems problems = {0};
    config_path(&line->places, path);
    if (config_read(path, config, &problems))
        return true;
    problems_write(stderr, &problems);
    (void)command_failed(0,
                         "%llu mistake%s in the configuration: nothing is done before that is "
                         "mended; 'mindex config check' looks again",
                         (unsigned long long)problems.total, problems.total == 1 ? "" : "s");
    return false;
}

static int show(const struct command_line *line, const struct config *config) {
    static const char *const columns[] = {"key",     "value", "unit", "from",
                                          "default", "least", "most", "help"};
    struct table *table = table_new(8, columns, columns);
    for (size_t i = 0; table && i < CONFIG_KEYS; i++) {
        const struct config_key *key = &config_keys[i];
        char from[32] = "default";
        if (config->line[i])
            (void)snprintf(from, sizeof from, "line %u", config->line[i]);
        table_text(table, key->name);
        table_count(table, config_value(config, key));
        table_text(table, key->unit);
        table_text(table, from);
        table_count(table, key->initial);
        table_count(table, key->least);
        table_count(table, key->most);
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

static int check(const struct command_line *line, const struct config *config) {
    char path[PATH_TEXT + 16];
    size_t set = 0;
    for (size_t i = 0; i < CONFIG_KEYS; i++)
        set += config->line[i] != 0;
    config_path(&line->places, path);
    if (printf("%s: %zu of %d keys are set, the rest have their defaults\n", path, set,
               CONFIG_KEYS) < 0)
        return EXIT_FAILED;
    return check_guard(line);
}

int config_command(const struct command_line *line) {
    struct config config;
    bool shows = strcmp(line->arguments[0], "show") == 0;
    if (line->n_arguments > 1)
        return command_failed(EXIT_USAGE, "'mindex config %s' takes no argument, found '%s'",
                              line->arguments[0], line->arguments[1]);
    if (!command_config(line, &config))
        return EXIT_FAILED;
    return shows ? show(line, &config) : check(line, &config);
}
