/* Which file is read, and how; and what goes before it. */
#include "services/bus/config.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE_ROOM = 1002 }; /* 1000 characters, the line's end and the terminator */

/* Of an installation by packages. */
static const char system_file[] = "/etc/mindex/mindex.conf", system_state[] = "/var/lib/mindex";

/* --- the file --------------------------------------------------------------------------------- */

/* Without the blanks at both ends. */
static char *trim(char *text) {
    while (isspace((unsigned char)*text))
        text++;
    size_t length = strlen(text);
    while (length && isspace((unsigned char)text[length - 1]))
        length--;
    text[length] = '\0';
    return text;
}

/* Of what some editors put before a text in UTF-8. */
static size_t mark_length(const char *text) {
    static const char mark[] = "\xef\xbb\xbf";
    return strncmp(text, mark, strlen(mark)) == 0 ? strlen(mark) : 0;
}

/* A comment begins at the line's begin or after a blank: a path may have a # in it. */
static void cut_comment(char *line) {
    for (char *at = line; *at; at++) {
        if (*at == '#' && (at == line || isspace((unsigned char)at[-1]))) {
            *at = '\0';
            return;
        }
    }
}

static void take_value(struct config *config, size_t key, const char *text,
                       struct problem_place place, struct problems *problems) {
    const char *name = config_keys[key].name;
    struct fault fault = {0};
    if (config->line[key])
        problems_add_at(problems, place, "key twice", "%s stands in line %u already", name,
                        config->line[key]);
    else if (!config_take(config, key, text, CONFIG_FILE, &fault))
        problems_add_at(problems, place, "wrong value", "%s: %s", name, fault.text);
    config->line[key] = (uint32_t)place.line;
}

static void take_line(struct config *config, char *line, struct problem_place place,
                      struct problems *problems) {
    cut_comment(line);
    char *name = trim(line), *equals = strchr(name, '=');
    struct fault fault = {0};
    if (!*name)
        return;
    if (!equals) {
        problems_add_at(problems, place, "no value", "found '%.100s', expected KEY = VALUE", name);
        return;
    }
    *equals = '\0';
    name = trim(name);
    size_t key = config_find(name);
    if (key < CONFIG_KEYS)
        take_value(config, key, trim(equals + 1), place, problems);
    else if (!config_unknown(name, &fault))
        problems_add_at(problems, place, "unknown key", "%s", fault.text);
}

/* The next line, with its end. False: there is none. `whole`: it ends within its room, and no NUL
 * stands in it; else the file is read no further, for it is hardly one of ours. */
static bool next_line(FILE *file, char line[LINE_ROOM], bool *whole) {
    size_t length = 0;
    int byte = '\0';
    while (length < LINE_ROOM - 1 && byte != '\n' && (byte = getc(file)) != EOF)
        line[length++] = (char)byte;
    line[length] = '\0';
    *whole = (byte == '\n' || byte == EOF) && strlen(line) == length;
    return length > 0;
}

/* Closes the file. */
static void take_file(struct config *config, FILE *file, struct problems *problems) {
    struct problem_place place = {.file = config->file};
    char line[LINE_ROOM], room[4096];
    bool whole;
    (void)setvbuf(file, room, _IOFBF, sizeof room); /* it has its room, whatever memory is left */
    while (next_line(file, line, &whole)) {
        place.line++;
        if (!whole) {
            problems_add_at(problems, place, "no text",
                            "a line of more than %d characters, or one with a NUL in it; expected "
                            "KEY = VALUE",
                            LINE_ROOM - 2);
            break;
        }
        take_line(config, line + (place.line == 1 ? mark_length(line) : 0), place, problems);
    }
    if (ferror(file))
        problems_add(problems, config->file, 0, 0, "cannot be read: %s", strerror(errno));
    (void)fclose(file);
}

/* The file that was chosen. One that nobody named need not be there. */
static void read_file(struct config *config, struct problems *problems) {
    FILE *file = fopen(config->file, "re");
    config->read = file != NULL;
    if (file)
        take_file(config, file, problems);
    else if (errno != ENOENT || config->named)
        problems_add(problems, config->file, 0, 0, "cannot be read: %s", strerror(errno));
}

bool config_read(const char *path, struct config *config, struct problems *problems) {
    config_init(config);
    (void)snprintf(config->file, sizeof config->file, "%s", path);
    read_file(config, problems);
    return problems->total == 0;
}

/* --- what goes before it ---------------------------------------------------------------------- */

static void take_environment(struct config *config, struct problems *problems) {
    for (size_t i = 0; i < CONFIG_KEYS; i++) {
        char variable[CONFIG_VARIABLE];
        struct fault fault = {0};
        config_variable(&config_keys[i], variable);
        const char *text = getenv(variable);
        if (text && *text && !config_take(config, i, text, CONFIG_ENVIRONMENT, &fault))
            problems_add(problems, variable, 0, 0, "%s", fault.text);
    }
}

static void choose_file(struct config *config) {
    const char *variable = getenv("MINDEX_CONFIG");
    const char *state = config->places.state;
    if (config->named)
        return;
    config->named = variable && *variable;
    if (config->named)
        (void)snprintf(config->file, sizeof config->file, "%s", variable);
    else if (config->source[config_find("state")] == CONFIG_DEFAULT && access(state, F_OK) != 0 &&
             access(system_file, F_OK) == 0)
        (void)snprintf(config->file, sizeof config->file, "%s", system_file);
    else
        (void)snprintf(config->file, sizeof config->file, "%s/mindex.conf", state);
}

static void take_chosen(struct config *config, struct problems *problems) {
    if (config->source[config_find("state")] == CONFIG_DEFAULT &&
        strcmp(config->file, system_file) == 0)
        (void)snprintf(config->places.state, sizeof config->places.state, "%s", system_state);
    read_file(config, problems);
}

bool config_load(struct config *config, struct problems *problems) {
    take_environment(config, problems);
    choose_file(config);
    take_chosen(config, problems);
    return problems->total == 0;
}

bool config_again(const struct config *before, struct config *again, struct problems *problems) {
    config_init(again);
    (void)snprintf(again->file, sizeof again->file, "%s", before->file);
    again->named = before->named || before->read;
    for (size_t i = 0; i < CONFIG_KEYS; i++) {
        if (before->source[i] > CONFIG_FILE)
            config_copy(again, before, i);
    }
    take_chosen(again, problems);
    again->named = before->named;
    return problems->total == 0;
}

bool config_places(const struct config *config, struct places *places, struct fault *fault) {
    return places_find(places, config->places.state, config->places.hub, config->places.events,
                       config->places.replay, fault) &&
           places_reach(places, config->places.key, config->places.listen, config->places.http,
                        fault) &&
           places_name(places, config->places.http_name, fault);
}
